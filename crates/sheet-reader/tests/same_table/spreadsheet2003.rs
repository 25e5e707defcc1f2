//! XML Spreadsheet 2003.

use super::*;

/// An XML Spreadsheet 2003 with these sheets.
pub(super) fn spreadsheet2003(workbook: &str, sheets: &str) -> Vec<u8> {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><?mso-application progid="Excel.Sheet"?>
        <Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
        <ExcelWorkbook>{workbook}</ExcelWorkbook><Styles>
        <Style ss:ID="Default" ss:Name="Normal"><Alignment ss:Vertical="Bottom"/><NumberFormat/></Style>
        <Style ss:ID="id"><NumberFormat ss:Format="0000000000"/></Style><Style ss:ID="child" ss:Parent="id"><Font/></Style>
        <Style ss:ID="plain" ss:Parent="id"><NumberFormat ss:Format="General"/></Style>
        <Style ss:ID="day"><NumberFormat ss:Format="Short Date"/></Style><Style ss:ID="time"><NumberFormat ss:Format="h:mm;@"/></Style>
        <Style ss:ID="both"><NumberFormat ss:Format="General Date"/></Style><Style ss:ID="fixed"><NumberFormat ss:Format="Fixed"/></Style>
        <Style ss:ID="quoted"><NumberFormat ss:Format="&quot;day&quot;\\ 0"/></Style>
        </Styles>{sheets}</Workbook>"#
    )
    .into_bytes()
}

/// Each kind of cell as the programs store it, and what a person sees of it.
#[test]
fn cells_of_xml_spreadsheet_2003_are_shown_as_a_person_sees_them() {
    use CellKind::{Boolean, Date, Error, Number, Text};
    for (style, data, kind, shown) in [
        (
            "Default",
            r#"<Data ss:Type="Number">32</Data>"#,
            Number,
            "32",
        ),
        (
            "Default",
            r#"<Data ss:Type="Number">32.0</Data>"#,
            Number,
            "32",
        ),
        (
            "id",
            r#"<Data ss:Type="Number">470123456</Data>"#,
            Number,
            "0470123456",
        ),
        (
            "child",
            r#"<Data ss:Type="Number">470123456</Data>"#,
            Number,
            "0470123456",
        ),
        (
            "plain",
            r#"<Data ss:Type="Number">470123456</Data>"#,
            Number,
            "470123456",
        ),
        (
            "fixed",
            r#"<Data ss:Type="Number">1.5</Data>"#,
            Number,
            "1.5",
        ),
        ("quoted", r#"<Data ss:Type="Number">5</Data>"#, Number, "5"),
        ("nowhere", r#"<Data ss:Type="Number">5</Data>"#, Number, "5"),
        (
            "day",
            r#"<Data ss:Type="Number">45351</Data>"#,
            Date,
            "2024-02-29",
        ),
        (
            "day",
            r#"<Data ss:Type="DateTime">2024-02-29T00:00:00.000</Data>"#,
            Date,
            "2024-02-29",
        ),
        (
            "both",
            r#"<Data ss:Type="DateTime">2024-02-29T13:45:30.000</Data>"#,
            Date,
            "2024-02-29T13:45:30",
        ),
        (
            "time",
            r#"<Data ss:Type="DateTime">1899-12-31T13:45:30.000</Data>"#,
            Date,
            "13:45:30",
        ),
        (
            "Default",
            r#"<Data ss:Type="Boolean">1</Data>"#,
            Boolean,
            "TRUE",
        ),
        (
            "Default",
            r#"<Data ss:Type="Boolean">0</Data>"#,
            Boolean,
            "FALSE",
        ),
        (
            "Default",
            r##"<Data ss:Type="Error">#N/A</Data>"##,
            Error,
            "#N/A",
        ),
        (
            "Default",
            r#"<Data ss:Type="String">Smith &amp; Co&#10;&#233;</Data>"#,
            Text,
            "Smith & Co\né",
        ),
        (
            "Default",
            r#"<Data ss:Type="String">  <![CDATA[<Ada>]]> </Data>"#,
            Text,
            "  <Ada> ",
        ),
        (
            "Default",
            r#"<ss:Data ss:Type="String" xmlns="http://www.w3.org/TR/REC-html40"><B>Van</B><Font html:Color="r"> den <I>Berg</I></Font></ss:Data>"#,
            Text,
            "Van den Berg",
        ),
        (
            "Default",
            r#"<Data ss:Type="String">Ada</Data><Comment><ss:Data ss:Type="String">a comment</ss:Data></Comment><NamedCell/>"#,
            Text,
            "Ada",
        ),
    ] {
        let sheet = format!(
            r#"<Worksheet><Table><Row><Cell ss:StyleID="{style}">{data}</Cell></Row></Table></Worksheet>"#
        );
        let expected = vec![(1, vec![(kind, shown.to_owned())])];
        assert_eq!(
            read(&spreadsheet2003("", &sheet)),
            Ok(expected),
            "{style} {data}"
        );
    }
    let sheet = r#"<Worksheet><Table><Row><Cell ss:StyleID="day"><Data ss:Type="Number">0</Data></Cell></Row></Table></Worksheet>"#;
    let expected = vec![(1, vec![(Date, "1904-01-01".to_owned())])];
    assert_eq!(read(&spreadsheet2003("<Date1904/>", sheet)), Ok(expected));
}

#[test]
fn the_first_visible_sheet_of_xml_spreadsheet_2003_is_read_and_its_rows_keep_their_places() {
    let cell = |attributes: &str, number: &str| {
        format!(r#"<Cell {attributes}><Data ss:Type="Number">{number}</Data></Cell>"#)
    };
    let visible =
        |word: &str| format!("<WorksheetOptions><Visible>{word}</Visible></WorksheetOptions>");
    let bytes = spreadsheet2003(
        "",
        &format!(
            r#"<Worksheet><Table><Row>{a}</Row></Table>{hidden}</Worksheet><Worksheet><Table ss:StyleID="id"/></Worksheet>
            <Worksheet><Names/><Table><Column/><Column ss:Index="3" ss:StyleID="id" ss:Span="1"/><Column ss:StyleID="day"/>
            <Row ss:Index="3">{merged}{b}{a}{c}</Row><Row ss:Span="2"/>
            <Row ss:StyleID="plain">{b}{c}</Row><Row ss:Index="9"><Cell ss:Index="256"/><Cell/></Row><Row/><Row>{a}</Row>
            <Row ss:Index="1048576"/></Table>{shown}</Worksheet>
            <Worksheet><Table><Row>{a}</Row></Table></Worksheet><Worksheet><Table><Row><Cell><Comment><Data>x</Data></Comment></Cell></Row></Table></Worksheet>
            <Worksheet><Table><Row>{a}</Row></Table>{very}</Worksheet>"#,
            a = cell("", "7"),
            merged = cell(r#"ss:MergeAcross="1" ss:MergeDown="1""#, "1"),
            b = cell(r#"ss:Index="3""#, "45"),
            c = cell("", "0"),
            hidden = visible("SheetHidden"),
            very = visible("SheetVeryHidden"),
            shown = visible("SheetVisible"),
        ),
    );
    let mut rows = open(&bytes, Some("people.xml")).unwrap();
    let mut row = Row::default();
    let mut found = Vec::new();
    while rows.next_row(&mut row).unwrap() {
        let texts: Vec<String> = row.cells().map(|it| it.text.to_owned()).collect();
        found.push((row.number(), row.blank_before(), texts.join("|")));
    }
    assert_eq!(
        found,
        [
            (3, 2, "1||0000000045|0000000007|1899-12-31".to_owned()),
            (7, 3, "||45|0".to_owned()),
            (11, 3, "7".to_owned()),
        ]
    );
    assert_eq!(rows.warnings(), [FileWarning::OtherSheets { count: 1 }]);
}

proptest! {
    #[test]
    fn what_was_written_to_xml_spreadsheet_2003_is_read(table in rectangle(), utf16 in any::<bool>()) {
        let mut rows = String::new();
        for (number, cells) in (1..).zip(&table) {
            // Rows and cells that hold nothing are left out, as the programs do.
            if cells.iter().any(|it| !it.is_empty()) {
                rows += &format!("<Row ss:Index='{number}'>");
                for (number, cell) in (1..).zip(cells).filter(|it| !it.1.is_empty()) {
                    let text = escaped(cell).replace('\n', "&#10;").replace('\r', "&#13;");
                    rows += &format!("<Cell ss:Index='{number}'><Data ss:Type='String'>{text}</Data></Cell>");
                }
                rows += "</Row>";
            }
        }
        let mut bytes = spreadsheet2003("", &format!("<Worksheet><Table>{rows}</Table></Worksheet>"));
        if utf16 {
            let text = format!("\u{feff}{}", String::from_utf8(bytes).unwrap());
            bytes = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        }
        let written: Table = (1..)
            .zip(table)
            .filter(|(_, cells)| cells.iter().any(|it| !it.is_empty()))
            .map(|(number, cells)| (number, cells.into_iter().map(|it| (CellKind::Text, it)).collect()))
            .collect();
        match read(&bytes) {
            Ok(found) => prop_assert_eq!(texts(&found), texts(&written)),
            Err(refusal) => {
                prop_assert_eq!(refusal, FileRefusal::SheetNone);
                prop_assert!(written.is_empty());
            }
        }
    }
}
