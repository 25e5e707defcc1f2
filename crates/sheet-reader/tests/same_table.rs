//! One table gives the same cells whichever program and format it comes from.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which may panic")]

mod xls;

use calamine::{Data, Reader as _};
use identity_core::sheet::{
    Budget, CellKind, FileRefusal, FileWarning, Format, Row, Rows, SheetReader as _,
};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format as Style, Formula, Workbook};
use sheet_reader::{Limits, Sheets};
use std::{
    fs::File,
    io::{Seek as _, Write as _},
    path::PathBuf,
};

type Cells = Vec<(CellKind, String)>;
type Table = Vec<(u32, Cells)>;

fn open(bytes: &[u8], name: Option<&str>) -> Result<Box<dyn Rows>, FileRefusal> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    Sheets::default().open(file, name)
}

fn rest(mut rows: Box<dyn Rows>) -> Result<Table, FileRefusal> {
    let mut row = Row::default();
    let mut table = Vec::new();
    while rows.next_row(&mut row)? {
        let cells = row
            .cells()
            .map(|it| (it.kind, it.text.to_owned()))
            .collect();
        table.push((row.number(), cells));
    }
    assert_eq!(rows.next_row(&mut row), Ok(false), "the end stays the end");
    let (read, all) = rows.progress();
    assert!(read <= all);
    Ok(table)
}

fn read(bytes: &[u8]) -> Result<Table, FileRefusal> {
    rest(open(bytes, None)?)
}

/// The texts of rows up to their last one.
fn texts(table: &Table) -> Vec<(u32, Vec<String>)> {
    table
        .iter()
        .map(|(number, cells)| {
            let mut texts: Vec<String> = cells.iter().map(|it| it.1.clone()).collect();
            while texts.last().is_some_and(String::is_empty) {
                texts.pop();
            }
            (*number, texts)
        })
        .collect()
}

fn fixture(ending: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../fixtures/professionals.{ending}"))
}

#[test]
fn a_spreadsheet_program_writes_the_same_table_in_every_format() {
    let of = |ending: &str, format: Format| {
        let rows = Sheets::default()
            .open(
                File::open(fixture(ending)).unwrap(),
                Some(&format!("p.{ending}")),
            )
            .unwrap();
        assert_eq!((rows.format(), rows.warnings()), (format, vec![]));
        texts(&rest(rows).unwrap())
    };
    let csv = of("csv", Format::Csv);
    assert_eq!(csv.len(), 41);
    assert_eq!(csv[3].1[..2], ["Chloé", "Lefèvre"]);
    assert_eq!(of("txt", Format::Txt), csv);
    // Columns were imported as text, so that nothing became a number.
    assert_eq!(of("xlsx", Format::Xlsx), csv);
    assert_eq!(of("ods", Format::Ods), csv);
    assert_eq!(of("xml", Format::Xml), csv);
    assert_eq!(of("xls", Format::Xls), csv);
}

/// The table has 41 rows, 6 columns and no text of more than 50 letters.
#[test]
fn every_format_keeps_to_the_limits() {
    let usual = Limits::default();
    let fits = Limits {
        rows: 41,
        columns: 6,
        cell_chars: 50,
        ..usual
    };
    let too_many = |what, limit| Err(FileRefusal::BudgetExceeded { what, limit });
    let rows = Limits { rows: 40, ..fits };
    let columns = Limits { columns: 5, ..fits };
    let cell_chars = Limits {
        cell_chars: 49,
        ..fits
    };
    for ending in ["csv", "txt", "xlsx", "ods", "xml", "xls"] {
        for (limits, expected) in [
            (fits, Ok(41)),
            (rows, too_many(Budget::Rows, 40)),
            (columns, too_many(Budget::Columns, 5)),
            (cell_chars, too_many(Budget::CellLength, 49)),
        ] {
            let rows = Sheets { limits }.open(File::open(fixture(ending)).unwrap(), None);
            let found = rows.and_then(rest).map(|it| it.len());
            assert_eq!(found, expected, "{ending}");
        }
    }
}

#[test]
fn the_name_of_a_file_is_compared_with_its_content() {
    let xlsx = std::fs::read(fixture("xlsx")).unwrap();
    for (bytes, name, found) in [
        (xlsx.as_slice(), "people.csv", Some(Format::Xlsx)),
        (b"a,b\n1,2\n", "people.XLSX", Some(Format::Csv)),
        (b"a\tb\n1\t2\n", "people.xls", Some(Format::Txt)),
        (b"a\tb\n1\t2\n", "people.csv", None),
        (b"a,b\n1,2\n", "people.txt", None),
        (&xlsx, "people.xlsm", None),
        (&xlsx, "people", None),
    ] {
        let warnings = open(bytes, Some(name)).unwrap().warnings();
        let expected: Vec<FileWarning> = found
            .map(|found| FileWarning::FormatMismatch { found })
            .into_iter()
            .collect();
        assert_eq!(warnings, expected, "{name}");
    }
}

#[test]
fn cells_are_shown_as_a_person_sees_them() {
    let mut workbook = Workbook::new();
    let hidden = workbook.add_worksheet();
    hidden.write_string(0, 0, "hidden").unwrap();
    hidden.set_hidden(true);
    workbook.add_worksheet();
    let sheet = workbook.add_worksheet();
    sheet.set_active(true);
    let padded = Style::new().set_num_format("0000000000");
    let day = Style::new().set_num_format("dd/mm/yyyy");
    let minute = Style::new().set_num_format("yyyy-mm-dd hh:mm");
    sheet.write_number(2, 1, 32.0).unwrap();
    sheet
        .write_number_with_format(2, 2, 470_123_456.0, &padded)
        .unwrap();
    sheet.write_number(2, 3, 0.1).unwrap();
    sheet.write_boolean(2, 4, true).unwrap();
    let date = ExcelDateTime::from_ymd(2024, 2, 29).unwrap();
    sheet.write_datetime_with_format(2, 5, &date, &day).unwrap();
    let time = date.and_hms(13, 45, 30).unwrap();
    sheet
        .write_datetime_with_format(2, 6, &time, &minute)
        .unwrap();
    sheet
        .write_formula(2, 7, Formula::new("=A1&\"x\"").set_result("Smith & Co"))
        .unwrap();
    sheet
        .write_formula(2, 8, Formula::new("=1/0").set_result("#DIV/0!"))
        .unwrap();
    sheet
        .write_string(3, 0, " <Ada>\u{1}\r\n& \"Co\"_x0041_ ")
        .unwrap();
    let bold = Style::new().set_bold();
    sheet
        .write_rich_string(3, 1, &[(&bold, "Van "), (&Style::new(), "den Berg")])
        .unwrap();
    sheet.write_blank(4, 0, &bold).unwrap();
    workbook
        .add_worksheet()
        .write_string(0, 0, "other")
        .unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let cell = |kind, text: &str| (kind, text.to_owned());
    let expected = vec![
        (
            3,
            vec![
                cell(CellKind::Blank, ""),
                cell(CellKind::Number, "32"),
                cell(CellKind::Number, "0470123456"),
                cell(CellKind::Number, "0.1"),
                cell(CellKind::Boolean, "TRUE"),
                cell(CellKind::Date, "2024-02-29"),
                cell(CellKind::Date, "2024-02-29T13:45:30"),
                cell(CellKind::Text, "Smith & Co"),
                cell(CellKind::Error, "#DIV/0!"),
            ],
        ),
        (
            4,
            vec![
                cell(CellKind::Text, " <Ada>\u{1}\r\n& \"Co\"_x0041_ "),
                cell(CellKind::Text, "Van den Berg"),
            ],
        ),
    ];
    let rows = open(&bytes, None).unwrap();
    assert_eq!(rows.warnings(), [FileWarning::OtherSheets { count: 1 }]);
    assert_eq!(rest(rows).unwrap(), expected);
}

/// A flat `OpenDocument` spreadsheet with these sheets, of which those with the style `h` are hidden.
fn flat(sheets: &str) -> Vec<u8> {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><office:document xmlns:office="o" xmlns:table="t" xmlns:text="x"
        office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:automatic-styles>
        <style:style style:name="n" style:family="table-cell"/>
        <style:style style:name="h" style:family="table"><style:table-properties table:display="false"/></style:style>
        <style:style style:name="v" style:family="table"><style:table-properties table:display="true"/></style:style>
        </office:automatic-styles><office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body></office:document>"#
    )
    .into_bytes()
}

/// Each kind of cell as the programs store it, and what a person sees of it.
#[test]
fn cells_of_opendocument_are_shown_as_a_person_sees_them() {
    use CellKind::{Boolean, Date, Error, Number, Text};
    for (attributes, content, kind, shown) in [
        (
            r#"value-type="float" office:value="32""#,
            "<text:p>32</text:p>",
            Number,
            "32",
        ),
        (
            r#"value-type="float" office:value="32.0""#,
            "<text:p>32.00 km</text:p>",
            Number,
            "32",
        ),
        (
            r#"value-type="float" office:value="470123456""#,
            "<text:p>0470123456</text:p>",
            Number,
            "0470123456",
        ),
        (
            r#"value-type="float" office:value="1234.5""#,
            "<text:p>1.234,50</text:p>",
            Number,
            "1234.5",
        ),
        (r#"value-type="float" office:value="7""#, "", Number, "7"),
        (
            r#"value-type="percentage" office:value="0.5""#,
            "<text:p>50%</text:p>",
            Number,
            "0.5",
        ),
        (
            r#"value-type="currency" office:value="3.25" office:currency="EUR""#,
            "<text:p>3,25 €</text:p>",
            Number,
            "3.25",
        ),
        (
            r#"value-type="boolean" office:boolean-value="true""#,
            "<text:p>WAHR</text:p>",
            Boolean,
            "TRUE",
        ),
        (
            r#"value-type="boolean" office:boolean-value="false""#,
            "<text:p>FAUX</text:p>",
            Boolean,
            "FALSE",
        ),
        (
            r#"value-type="date" office:date-value="2024-02-29""#,
            "<text:p>29/02/24</text:p>",
            Date,
            "2024-02-29",
        ),
        (
            r#"value-type="date" office:date-value="2024-02-29T13:45:30.500000000""#,
            "<text:p>x</text:p>",
            Date,
            "2024-02-29T13:45:30",
        ),
        (
            r#"value-type="time" office:time-value="PT13H45M30S""#,
            "<text:p>1:45 PM</text:p>",
            Date,
            "13:45:30",
        ),
        (
            r#"value-type="string""#,
            "<text:p>Smith &amp; Co</text:p>",
            Text,
            "Smith & Co",
        ),
        (
            r#"value-type="string" office:string-value="Ada""#,
            "<text:p>Dr. Ada</text:p>",
            Text,
            "Ada",
        ),
        (
            r#"value-type="string""#,
            "<text:p>one</text:p><text:p/><text:p>three</text:p>",
            Text,
            "one\n\nthree",
        ),
        (
            r#"value-type="string""#,
            "<text:p> a\n  b<text:s text:c=\"3\"/>c<text:tab/>d<text:line-break/>e<text:s/>&#160;f</text:p>",
            Text,
            "a b   c\td\ne \u{a0}f",
        ),
        (
            r#"value-type="string""#,
            "<text:p><text:s/>Van <text:span>den <text:a>Berg</text:a></text:span></text:p>",
            Text,
            " Van den Berg",
        ),
        (
            r#"value-type="string""#,
            "<office:annotation><text:p>a comment</text:p></office:annotation><text:p>Ada</text:p>",
            Text,
            "Ada",
        ),
        (
            r#"value-type="string""#,
            "<text:p>漢<text:ruby><text:ruby-base>字</text:ruby-base><text:ruby-text>kan</text:ruby-text></text:ruby></text:p>",
            Text,
            "漢字",
        ),
        (
            r#"value-type="string" table:formula="of:=1/0" office:string-value="" calcext:value-type="error""#,
            "<text:p>#DIV/0!</text:p>",
            Error,
            "#DIV/0!",
        ),
        (
            r#"calcext:value-type="error" office:value-type="string""#,
            "<text:p>Err:502</text:p>",
            Error,
            "Err:502",
        ),
        (
            r#"table:formula="of:=1/0" office:value-type="float" office:value="0""#,
            "<text:p>#N/A</text:p>",
            Error,
            "#N/A",
        ),
        (
            r#"value-type="string""#,
            "<text:p>#N/A</text:p>",
            Text,
            "#N/A",
        ),
    ] {
        let sheet = format!(
            "<table:table><table:table-row><table:table-cell {attributes}>{content}</table:table-cell></table:table-row></table:table>"
        );
        let expected = vec![(1, vec![(kind, shown.to_owned())])];
        assert_eq!(read(&flat(&sheet)), Ok(expected), "{attributes} {content}");
    }
}

#[test]
fn the_first_visible_sheet_of_opendocument_is_read_and_its_rows_keep_their_places() {
    let cell =
        |text: &str| format!(r#"<t:table-cell o:value-type="string"><p>{text}</p></t:table-cell>"#);
    let bytes = flat(&format!(
        r#"<t:calculation-settings/><t:table t:style-name="h"><t:table-row>{hidden}</t:table-row></t:table>
        <t:table t:style-name="v"><t:table-column/><t:table-row t:number-rows-repeated="1048576"><t:table-cell/></t:table-row></t:table>
        <t:table t:style-name="v"><t:shapes><frame><t:table><t:table-row>{hidden}</t:table-row></t:table></frame></t:shapes>
        <t:table-header-rows><t:table-row t:number-rows-repeated="2"><t:table-cell t:number-columns-repeated="16384"/></t:table-row>
        <t:table-row>{a}<t:covered-table-cell><p>not seen</p></t:covered-table-cell><t:table-cell/>{b}</t:table-row></t:table-header-rows>
        <t:table-row-group><t:table-row-group><t:table-row t:number-rows-repeated="2"><t:table-cell t:number-columns-repeated="2"
         o:value-type="float" o:value="1"/><t:table-cell t:number-columns-repeated="99999999999"/></t:table-row></t:table-row-group></t:table-row-group>
        <t:table-row t:number-rows-repeated="99999999999"/></t:table>
        <t:table><t:table-row>{a}</t:table-row></t:table><t:table><t:table-row/></t:table>
        <t:table t:style-name="h"><t:table-row>{hidden}</t:table-row></t:table><t:table><t:table-row>{a}{b}</t:table-row><t:table-row>{a}</t:table-row></t:table>"#,
        hidden = cell("hidden"),
        a = cell("a"),
        b = cell("b"),
    ));
    let mut rows = open(&bytes, Some("people.fods")).unwrap();
    let mut row = Row::default();
    let mut found = Vec::new();
    while rows.next_row(&mut row).unwrap() {
        let texts: Vec<String> = row.cells().map(|it| it.text.to_owned()).collect();
        found.push((row.number(), row.blank_before(), texts.join("|")));
    }
    assert_eq!(
        found,
        [
            (3, 2, "a|||b".to_owned()),
            (4, 0, "1|1".to_owned()),
            (5, 0, "1|1".to_owned())
        ]
    );
    assert_eq!(rows.warnings(), [FileWarning::OtherSheets { count: 2 }]);
}

/// An XML Spreadsheet 2003 with these sheets.
fn spreadsheet2003(workbook: &str, sheets: &str) -> Vec<u8> {
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

/// Texts that cells share, in records of so many bytes; those that go on say anew how wide the letters are, which
/// may change there. Some texts say more about themselves.
fn shared_texts(texts: &[&str], room: usize) -> Vec<u8> {
    let count = u32::try_from(texts.len()).unwrap().to_le_bytes();
    let mut records = vec![[count, count].concat()];
    for (number, text) in texts.iter().enumerate() {
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut last = records.last_mut().unwrap();
        if last.len() + 10 > room {
            records.push(Vec::new());
            last = records.last_mut().unwrap();
        }
        let is_wide = |from: usize| units.iter().skip(from).any(|it| *it > 0xff);
        let mut wide = is_wide(0);
        let (runs, pronounced) = (number % 3 == 1, number % 5 == 2);
        last.extend(u16::try_from(units.len()).unwrap().to_le_bytes());
        last.push(u8::from(wide) | u8::from(pronounced) << 2 | u8::from(runs) << 3);
        if runs {
            last.extend([2, 0]);
        }
        if pronounced {
            last.extend([3, 0, 0, 0]);
        }
        for (at, unit) in units.iter().enumerate() {
            if last.len() + if wide { 2 } else { 1 } > room {
                wide = is_wide(at);
                records.push(vec![u8::from(wide)]);
                last = records.last_mut().unwrap();
            }
            last.extend(unit.to_le_bytes());
            if !wide {
                last.pop();
            }
        }
        let further = if runs { 8 } else { 0 } + if pronounced { 3 } else { 0 };
        for _ in 0..further {
            if last.len() == room {
                records.push(Vec::new());
                last = records.last_mut().unwrap();
            }
            last.push(0x41);
        }
    }
    let ids = std::iter::once(0x00fc).chain(std::iter::repeat(0x003c));
    records
        .iter()
        .zip(ids)
        .flat_map(|(data, id)| xls::record(id, data))
        .collect()
}

/// A table of texts as a workbook.
fn old_workbook(table: &[Vec<String>], room: usize) -> Vec<u8> {
    let all: Vec<&str> = table.iter().flatten().map(String::as_str).collect();
    let mut sheet = xls::record(0x0200, &[0; 14]);
    let mut index = 0_u32;
    for (row, cells) in (0..).zip(table) {
        for (column, _) in (0..).zip(cells) {
            sheet.extend(xls::cell(0x00fd, row, column, 0, &index.to_le_bytes()));
            index += 1;
        }
    }
    let common = shared_texts(&all, room);
    xls::compound(&[(
        "Workbook",
        &xls::workbook(0x0600, &common, &[(false, sheet)]),
    )])
}

/// A style with this number format.
fn style(format: u16) -> Vec<u8> {
    xls::record(0x00e0, &[[0, 0], format.to_le_bytes()].concat())
}

/// A formula with these eight bytes as what it gave.
fn formula(row: u16, column: u16, style: u16, result: [u8; 8]) -> Vec<u8> {
    xls::cell(
        0x0006,
        row,
        column,
        style,
        &[result.as_slice(), &[0; 8]].concat(),
    )
}

#[test]
fn cells_of_old_workbooks_are_shown_as_a_person_sees_them() {
    use CellKind::{Boolean, Date, Error, Number, Text};
    let text = |it: &str| {
        [
            u16::try_from(it.len()).unwrap().to_le_bytes().as_slice(),
            &[0],
            it.as_bytes(),
        ]
        .concat()
    };
    let format = [&164_u16.to_le_bytes(), text("0000000000").as_slice()].concat();
    let common = [
        shared_texts(&["Ada"], 100),
        xls::record(0x041e, &format),
        style(0),
        style(164),
        style(14),
        style(20),
        style(22),
    ]
    .concat();
    let second: Vec<u8> = [
        &[9_u8, 0, 1],
        "Παπα\u{1d11e}doo"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>()
            .as_slice(),
    ]
    .concat();
    let sheet = [
        xls::cell(0x0201, 0, 0, 0, &[]),
        xls::cell(0x00be, 1, 0, 0, &[0, 0, 0, 0, 1, 0]),
        xls::number(2, 1, 0, 32.0),
        xls::number(2, 2, 1, 470_123_456.0),
        xls::cell(0x027e, 2, 3, 0, &0x0000_0c83_u32.to_le_bytes()),
        xls::cell(
            0x00bd,
            2,
            4,
            2,
            &[
                &45_351.0_f64
                    .to_bits()
                    .to_be_bytes()
                    .iter()
                    .rev()
                    .skip(4)
                    .copied()
                    .collect::<Vec<u8>>()[..],
                &[0, 0, 0x82, 0, 0, 0, 5, 0],
            ]
            .concat(),
        ),
        xls::cell(0x0205, 2, 6, 0, &[1, 0]),
        xls::cell(0x0205, 2, 7, 0, &[0x2a, 1]),
        xls::cell(0x00fd, 2, 8, 0, &[0; 4]),
        xls::cell(0x0204, 2, 9, 0, &second),
        // A chart has numbers of its own.
        xls::begin(0x0600, 0x20),
        xls::number(9, 9, 0, 9.0),
        xls::record(0x000a, &[]),
        xls::number(3, 0, 3, 0.5),
        xls::number(3, 1, 4, 45_351.5),
        formula(3, 2, 0, 7.0_f64.to_le_bytes()),
        formula(3, 3, 0, [0, 0, 0, 0, 0, 0, 0xff, 0xff]),
        xls::record(0x04bc, &[0; 20]),
        xls::record(0x0207, &text("calculated")),
        formula(3, 4, 0, [1, 0, 1, 0, 0, 0, 0xff, 0xff]),
        formula(3, 5, 0, [2, 0, 7, 0, 0, 0, 0xff, 0xff]),
        formula(3, 6, 0, [3, 0, 0, 0, 0, 0, 0xff, 0xff]),
        xls::cell(
            0x00d6,
            3,
            7,
            0,
            &[text("rich"), vec![1, 0, 0, 0, 0, 0]].concat(),
        ),
        xls::number(3, 8, 0, f64::NAN),
        formula(4, 0, 0, [0, 0, 0, 0, 0, 0, 0xff, 0xff]),
        xls::number(6, 0, 0, 0.1),
    ]
    .concat();
    let filled = || xls::number(0, 0, 0, 1.0);
    let sheets = [
        (true, filled()),
        (false, Vec::new()),
        (false, sheet),
        (false, filled()),
        (true, filled()),
        (false, xls::cell(0x0201, 0, 0, 0, &[])),
    ];
    let cell = |kind, text: &str| (kind, text.to_owned());
    let expected = vec![
        (
            3,
            vec![
                cell(CellKind::Blank, ""),
                cell(Number, "32"),
                cell(Number, "0470123456"),
                cell(Number, "8"),
                cell(Date, "2024-02-29"),
                cell(Number, "32"),
                cell(Boolean, "TRUE"),
                cell(Error, "#N/A"),
                cell(Text, "Ada"),
                cell(Text, "Παπα\u{1d11e}doo"),
            ],
        ),
        (
            4,
            vec![
                cell(Date, "12:00:00"),
                cell(Date, "2024-02-29T12:00:00"),
                cell(Number, "7"),
                cell(Text, "calculated"),
                cell(Boolean, "TRUE"),
                cell(Error, "#DIV/0!"),
                cell(CellKind::Blank, ""),
                cell(Text, "rich"),
                cell(Error, "#NUM!"),
            ],
        ),
        (7, vec![cell(Number, "0.1")]),
    ];
    let stream = xls::workbook(0x0600, &common, &sheets);
    // In sectors of their own, and in small ones.
    let long = [stream.clone(), vec![0; 4_096]].concat();
    assert!(stream.len() < 4_096);
    for (stream, size) in [
        (&stream, 512),
        (&long, 512),
        (&stream, 4_096),
        (&long, 4_096),
    ] {
        let other: &[u8] = &[0; 5_000];
        let bytes = xls::compound_of(
            size,
            &[
                ("\u{5}SummaryInformation", other),
                ("Workbook", stream),
                ("Book", b"older"),
            ],
        );
        let rows = open(&bytes, Some("people.xls")).unwrap();
        assert_eq!(rows.warnings(), [FileWarning::OtherSheets { count: 1 }]);
        assert_eq!(rest(rows).unwrap(), expected);
    }
}

#[test]
fn workbooks_of_excel_5_are_read_in_their_code_page() {
    let format = [&164_u16.to_le_bytes()[..], &[10], b"0000000000"].concat();
    let label = [&[4_u8, 0], b"\xd3\xeeva".as_slice()].concat();
    let common = |page: u16| {
        [
            xls::record(0x0042, &page.to_le_bytes()),
            xls::record(0x0022, &[1, 0]),
            xls::record(0x041e, &format),
            style(164),
            style(14),
        ]
        .concat()
    };
    let sheet = [
        xls::number(0, 0, 0, 7.0),
        xls::number(0, 1, 1, 0.0),
        xls::cell(0x0204, 0, 2, 0, &label),
        formula(0, 3, 0, [0, 0, 0, 0, 0, 0, 0xff, 0xff]),
        xls::record(0x0207, &label),
    ]
    .concat();
    for (page, text) in [
        (1252, "Óîva"),
        (1250, "Óîva"),
        (1251, "Уоva"),
        (1253, "Σξva"),
        (437, "Óîva"),
    ] {
        let stream = xls::workbook(0x0500, &common(page), &[(false, sheet.clone())]);
        let texts = ["0000000007", "1904-01-01", text, text]
            .map(str::to_owned)
            .to_vec();
        let bytes = xls::compound(&[("Book", &stream)]);
        assert_eq!(self::texts(&read(&bytes).unwrap()), [(1, texts)], "{page}");
    }
}

#[test]
fn a_workbook_without_anything_is_refused() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet();
    let bytes = workbook.save_to_buffer().unwrap();
    assert_eq!(read(&bytes), Err(FileRefusal::SheetNone));
    for sheets in [
        "",
        "<table:table/>",
        "<table:table><table:table-row/></table:table>",
    ] {
        assert_eq!(read(&flat(sheets)), Err(FileRefusal::SheetNone));
    }
    for sheets in [
        "<Worksheet/>",
        "<Worksheet><Table><Row><Cell/></Row></Table></Worksheet>",
    ] {
        assert_eq!(
            read(&spreadsheet2003("", sheets)),
            Err(FileRefusal::SheetNone)
        );
    }
}

/// Whatever encoding a document of XML says it has, or shows that it has.
#[test]
fn xml_is_read_in_its_encoding() {
    let sheet = r#"<table:table><table:table-row><table:table-cell office:value-type="string">
        <text:p>Zoë</text:p></table:table-cell></table:table-row></table:table>"#;
    let utf8 = String::from_utf8(flat(sheet)).unwrap();
    let sheet = r#"<Worksheet><Table><Row><Cell><Data ss:Type="String">Zoë</Data></Cell></Row></Table></Worksheet>"#;
    in_its_encoding(&utf8);
    in_its_encoding(&String::from_utf8(spreadsheet2003("", sheet)).unwrap());
}

fn in_its_encoding(utf8: &str) {
    let latin = utf8.replace("\"UTF-8\"", "'iso-8859-1'");
    let latin: Vec<u8> = latin.chars().map(|it| u8::try_from(it).unwrap()).collect();
    let wrong = utf8.replace("UTF-8", "UTF-16");
    let marked = format!("\u{feff}{wrong}");
    let expected = Ok(vec![(1, vec![(CellKind::Text, "Zoë".to_owned())])]);
    for bytes in [
        utf8.as_bytes().to_vec(),
        format!("\u{feff}{utf8}").into_bytes(),
        latin.clone(),
        wrong.clone().into_bytes(),
        marked.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        marked.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        wrong.encode_utf16().flat_map(u16::to_le_bytes).collect(),
    ] {
        assert_eq!(read(&bytes), expected);
    }
    let undeclared = String::from_utf8_lossy(&latin).replace("iso-8859-1", "klingon");
    for bytes in [undeclared.into_bytes(), [utf8.as_bytes(), b"\xff"].concat()] {
        assert_eq!(read(&bytes), Err(FileRefusal::EncodingUndecodable));
    }
}

#[test]
fn a_file_cut_off_anywhere_is_read_or_refused() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_string(0, 0, "First Name").unwrap();
    sheet.write_number(1, 0, 32.5).unwrap();
    let xlsx = workbook.save_to_buffer().unwrap();
    assert!(read(&xlsx).is_ok());
    for len in 0..xlsx.len() {
        let refusal = read(&xlsx[..len]).err();
        assert_ne!(refusal, PANICKED, "{len}");
        // Fewer bytes than the signature may be anything.
        assert!(len < 4 || refusal.is_some(), "{len}");
    }
    let sheet = r#"<table:table><table:table-row><table:table-cell office:value-type="float" office:value="1"/>
        <table:table-cell><text:p>é<text:s/></text:p></table:table-cell></table:table-row></table:table>"#;
    let ods = flat(sheet);
    let sheet = r#"<Worksheet><Table><Row><Cell><Data ss:Type="String">é&#10;</Data></Cell></Row></Table></Worksheet>"#;
    let xml = spreadsheet2003("", sheet);
    for bytes in [ods, xml] {
        assert!(read(&bytes).is_ok());
        for len in 0..bytes.len() {
            let refusal = read(&bytes[..len]).err();
            assert_ne!(refusal, PANICKED, "{len}");
            assert!(len < 64 || refusal.is_some(), "{len}");
        }
    }
    let xls = old_workbook(&[vec!["First Name".to_owned(), "Ελένη".to_owned()]], 20);
    assert!(read(&xls).is_ok());
    for len in 0..xls.len() {
        let refusal = read(&xls[..len]).err();
        assert_ne!(refusal, PANICKED, "{len}");
        // Nothing is in the last bytes but what fills the sector.
        assert!(
            len < 8 || len + 512 > xls.len() || refusal.is_some(),
            "{len}"
        );
    }
    let csv = "\u{feff}Prénom;\"No\"\"m\"\r\nΑθηνά;\"a\r\nb\"\r\n";
    let utf16: Vec<u8> = csv.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [csv.as_bytes(), &utf16] {
        assert!(read(bytes).is_ok());
        for len in 0..bytes.len() {
            assert_ne!(read(&bytes[..len]).err(), PANICKED, "{len}");
        }
    }
}

/// What a panic in a library is turned into.
const PANICKED: Option<FileRefusal> = Some(FileRefusal::Corrupt { what: "content" });

/// Any text that XML and a spreadsheet can hold.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[A-Za-zÀ-ž' @.+-]{1,20}",
        1 => "[ -~\u{a0}-\u{2fff}\r\n\t,;|\"&<>]{1,40}",
        1 => Just(String::new()),
        1 => "_x[0-9A-F]{4}_",
        1 => "\\PC{1,10}",
    ]
}

fn rectangle() -> impl Strategy<Value = Vec<Vec<String>>> {
    (2..6_usize).prop_flat_map(|columns| {
        prop::collection::vec(prop::collection::vec(cell(), columns), 1..20)
    })
}

/// Pieces of documents, in no order that makes sense.
const MARKUP: &[&str] = &[
    "<table:table>",
    "</table:table>",
    "<table:table-row>",
    "</table:table-row>",
    "<table:table-cell office:value-type='float' office:value='1'>",
    "<table:table-cell table:number-columns-repeated='300'>",
    "</table:table-cell>",
    "<table:table-row table:number-rows-repeated='4294967295'>",
    "<text:p>",
    "</text:p>",
    "<text:s text:c='9'/>",
    "x",
    "&#10;",
    "&amp;",
    "<table:table-row-group>",
    "</table:table-row-group>",
    "<table:covered-table-cell/>",
    "<![CDATA[ y ]]>",
    "<!-- -->",
    "<?p?>",
    "</office:spreadsheet>",
    "<table:table-properties display='false'/>",
    "<table:table table:style-name='h'/>",
    "<Worksheet>",
    "</Worksheet>",
    "<Table>",
    "</Table>",
    "<Row ss:Index='3'>",
    "</Row>",
    "<Row ss:Index='1048577'>",
    "<Cell ss:Index='2' ss:MergeAcross='4294967295'>",
    "<Cell>",
    "</Cell>",
    "<Data ss:Type='Number'>",
    "</Data>",
    "<Column ss:Index='20000' ss:Span='4294967295'/>",
    "<Visible>SheetHidden</Visible>",
    "<Style ss:ID='a'><NumberFormat ss:Format='[$'/></Style>",
];

/// The ids of the records that are read.
const RECORDS: &[u16] = &[
    0x0006, 0x000a, 0x0022, 0x002f, 0x003c, 0x0042, 0x0085, 0x00bd, 0x00be, 0x00d6, 0x00e0, 0x00fc,
    0x00fd, 0x0201, 0x0203, 0x0204, 0x0205, 0x0207, 0x027e, 0x041e, 0x0809,
];

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A text as the programs write it: a paragraph a line, and elements for white space that XML would lose.
fn paragraphs(text: &str, spans: bool) -> String {
    let mut all = String::new();
    for line in text.split('\n') {
        all += "<text:p>";
        let mut last = None;
        for char in line.chars() {
            match char {
                '\t' => all += "<text:tab/>",
                ' ' if matches!(last, None | Some(' ')) => all += "<text:s/>",
                ' ' => all.push(' '),
                _ if spans => {
                    all += &format!("<text:span>{}</text:span>", escaped(&char.to_string()));
                }
                _ => all += &escaped(&char.to_string()),
            }
            last = Some(char);
        }
        all += "</text:p>";
    }
    if text.is_empty() { String::new() } else { all }
}

proptest! {
    #[test]
    fn what_was_written_to_a_workbook_is_read(table in rectangle()) {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        sheet.write_string(0, 0, "head").unwrap();
        for (row, cells) in (1..).zip(&table) {
            for (column, text) in (0..).zip(cells) {
                sheet.write_string(row, column, text).unwrap();
            }
        }
        let bytes = workbook.save_to_buffer().unwrap();
        let written: Table = (2..)
            .zip(table)
            .filter(|(_, cells)| cells.iter().any(|it| !it.is_empty()))
            .map(|(number, cells)| (number, cells.into_iter().map(|it| (CellKind::Text, it)).collect()))
            .collect();
        let expected = texts(&written);
        let found = texts(&read(&bytes).unwrap());
        prop_assert_eq!(&found[1..], &expected[..]);
    }

    #[test]
    fn what_was_written_to_opendocument_is_read(table in rectangle(), spans in any::<bool>()) {
        let table: Vec<Vec<String>> = table
            .into_iter()
            .map(|cells| cells.into_iter().map(|it| it.replace('\r', " ")).collect())
            .collect();
        let mut rows = String::new();
        for same in table.chunk_by(|a, b| a == b) {
            rows += &format!("<table:table-row table:number-rows-repeated='{}'>", same.len());
            for same in same[0].chunk_by(|a, b| a == b) {
                rows += &format!(
                    "<table:table-cell office:value-type='string' table:number-columns-repeated='{}'>{}</table:table-cell>",
                    same.len(),
                    paragraphs(&same[0], spans),
                );
            }
            rows += "</table:table-row>\n";
        }
        let bytes = flat(&format!("<table:table>{rows}</table:table>"));
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

    /// What writes is no program that others use, so another reader has to agree that it writes right.
    #[test]
    fn what_was_written_to_an_old_workbook_is_read(table in rectangle(), room in 16..300_usize) {
        let bytes = old_workbook(&table, room);
        let mut other: calamine::Xls<_> =
            calamine::open_workbook_from_rs(std::io::Cursor::new(&bytes)).unwrap();
        let range = other.worksheet_range("S").unwrap();
        for (row, cells) in (0..).zip(&table) {
            for (column, text) in (0..).zip(cells) {
                // Halves of a pair in two records are two letters to it.
                if text.chars().any(|it| it > '\u{ffff}') {
                    continue;
                }
                let found = match range.get_value((row, column)) {
                    Some(Data::String(found)) => found.as_str(),
                    _ => "",
                };
                prop_assert_eq!(found, text);
            }
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

    #[test]
    fn numbers_of_old_workbooks_are_read_as_another_reader_reads_them(
        numbers in prop::collection::vec(prop::num::f64::NORMAL, 1..20),
        short in prop::collection::vec(any::<u32>(), 1..20),
    ) {
        let mut sheet = Vec::new();
        for (row, number) in (0..).zip(&numbers) {
            sheet.extend(xls::number(row, 0, 0, *number));
        }
        for (row, number) in (100..).zip(&short) {
            sheet.extend(xls::cell(0x027e, row, 0, 0, &number.to_le_bytes()));
        }
        let bytes = xls::compound(&[("Workbook", &xls::workbook(0x0600, &style(0), &[(false, sheet)]))]);
        let mut other: calamine::Xls<_> =
            calamine::open_workbook_from_rs(std::io::Cursor::new(&bytes)).unwrap();
        let range = other.worksheet_range("S").unwrap();
        for (number, cells) in read(&bytes).unwrap() {
            let expected = match range.get_value((number - 1, 0)) {
                Some(Data::Float(expected)) if expected.is_finite() => *expected,
                Some(Data::Int(expected)) => *expected as f64,
                Some(Data::Float(_)) => {
                    prop_assert_eq!(cells[0].0, CellKind::Error);
                    continue;
                }
                _ => return Err(TestCaseError::fail("no number")),
            };
            prop_assert_eq!(cells[0].1.parse::<f64>().unwrap(), expected);
        }
    }

    #[test]
    fn a_damaged_old_workbook_is_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        texts in rectangle(),
    ) {
        let mut bytes = old_workbook(&texts, 50);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        prop_assert_ne!(read(&bytes).err(), PANICKED);
    }

    #[test]
    fn any_records_are_read_or_refused(
        records in prop::collection::vec(
            (prop::sample::select(RECORDS), prop::collection::vec(any::<u8>(), 0..24)),
            0..30,
        ),
        version in prop::sample::select(&[0x0600_u16, 0x0500][..]),
    ) {
        let records: Vec<u8> = records.iter().flat_map(|(id, data)| xls::record(*id, data)).collect();
        for (common, sheet) in [(&records, &Vec::new()), (&Vec::new(), &records)] {
            let stream = xls::workbook(version, common, &[(false, sheet.clone())]);
            prop_assert_ne!(read(&xls::compound(&[("Workbook", &stream)])).err(), PANICKED);
        }
    }

    #[test]
    fn numbers_are_read_as_another_reader_reads_them(
        numbers in prop::collection::vec(prop::num::f64::NORMAL, 1..20),
    ) {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        for (row, number) in (0..).zip(&numbers) {
            sheet.write_number(row, 0, *number).unwrap();
        }
        let bytes = workbook.save_to_buffer().unwrap();
        let mut other: calamine::Xlsx<_> =
            calamine::open_workbook_from_rs(std::io::Cursor::new(&bytes)).unwrap();
        let range = other.worksheet_range("Sheet1").unwrap();
        for (row, found) in (0..).zip(read(&bytes).unwrap()) {
            let Some(Data::Float(expected)) = range.get_value((row, 0)) else {
                return Err(TestCaseError::fail("no number"));
            };
            prop_assert_eq!(found.1[0].1.parse::<f64>().unwrap(), *expected);
        }
    }

    #[test]
    fn what_was_written_to_text_is_read(
        table in rectangle(),
        delimiter in prop::sample::select(&b",;\t|"[..]),
        crlf in any::<bool>(),
        bits in 0..3,
    ) {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter)
            .quote_style(csv::QuoteStyle::Always)
            .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
            .from_writer(Vec::new());
        for _ in 0..20 {
            writer.write_record(table[0].iter().map(|_| "head")).unwrap();
        }
        for cells in &table {
            writer.write_record(cells).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let marked = format!("\u{feff}{text}");
        let bytes: Vec<u8> = match bits {
            0 => text.into_bytes(),
            1 => marked.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            _ => marked.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        };
        let expected: Vec<Vec<String>> = table
            .into_iter()
            .filter(|cells| cells.iter().any(|it| !it.is_empty()))
            .collect();
        let found: Vec<Vec<String>> = read(&bytes)
            .unwrap()
            .into_iter()
            .skip(20)
            .map(|(_, cells)| cells.into_iter().map(|it| it.1).collect())
            .collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_ne!(read(&bytes).err(), PANICKED);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[a\",;\t|\r\n=sepé\0]{0,200}") {
        prop_assert_ne!(read(text.as_bytes()).err(), PANICKED);
    }

    #[test]
    fn any_markup_is_read_or_refused(
        pieces in prop::collection::vec(prop::sample::select(MARKUP), 0..40),
    ) {
        prop_assert_ne!(read(&flat(&pieces.concat())).err(), PANICKED);
        prop_assert_ne!(read(&spreadsheet2003("", &pieces.concat())).err(), PANICKED);
    }

    #[test]
    fn a_damaged_workbook_is_read_or_refused(
        format in 0..4_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let ending = ["xlsx", "ods", "xml", "xls"][format];
        let mut bytes = std::fs::read(fixture(ending)).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        prop_assert_ne!(read(&bytes).err(), PANICKED);
    }
}
