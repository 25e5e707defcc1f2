//! `OpenDocument`, mostly flat.

use super::*;

/// A flat `OpenDocument` spreadsheet with these sheets, of which those with the style `h` are hidden.
pub(super) fn flat(sheets: &str) -> Vec<u8> {
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
}
