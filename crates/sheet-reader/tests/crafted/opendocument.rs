//! `OpenDocument`, packed and flat.

use super::{MIB, Part, Pieces, SCALE, assert_outcomes, part, zip};

const CONTENT: (&[u8], &[u8]) = (
    b"<office:document-content><office:body><office:spreadsheet>",
    b"</office:spreadsheet></office:body></office:document-content>",
);

/// A packed `OpenDocument` with these pieces in its spreadsheet.
fn opendocument<'a>(sheets: Pieces<'a>) -> Vec<u8> {
    let mut content = vec![(CONTENT.0, 1)];
    content.extend(sheets);
    content.push((CONTENT.1, 1));
    zip(&[
        part(
            "mimetype",
            vec![(b"application/vnd.oasis.opendocument.spreadsheet", 1)],
        ),
        part("content.xml", content),
    ])
}

/// The same in one file, with whatever stands before its spreadsheet.
fn flat(before: &str, sheets: &[u8]) -> Vec<u8> {
    let root = "<?xml version=\"1.0\"?><office:document office:mimetype=\"application/vnd.oasis.opendocument.spreadsheet\">";
    [
        root.as_bytes(),
        before.as_bytes(),
        b"<office:body><office:spreadsheet>",
        sheets,
        b"</office:spreadsheet></office:body></office:document>",
    ]
    .concat()
}

#[test]
fn opendocument_that_stands_for_much_is_refused() {
    let mib = 200 / SCALE;
    let one = |content: &str| {
        flat(
            "",
            format!("<table:table>{content}</table:table>").as_bytes(),
        )
    };
    let cell = |attributes: &str, content: &str| {
        one(&format!(
            "<table:table-row><table:table-cell {attributes}>{content}</table:table-cell></table:table-row>"
        ))
    };
    let filled = "office:value-type=\"float\" office:value=\"1\"";
    let row = |rows: &str, cells: &str, text: &str| {
        one(&format!(
            "<table:table-row table:number-rows-repeated=\"{rows}\"><table:table-cell office:value-type=\"string\" \
             table:number-columns-repeated=\"{cells}\"><text:p>{text}</text:p></table:table-cell></table:table-row>"
        ))
    };
    let long = vec![b'x'; MIB];
    let spaces = b"<text:s text:c=\"32767\"/>".repeat(MIB / 24);
    let rows = b"<table:table-row/>".repeat(MIB / 18);
    let sheets = b"<table:table/>".repeat(MIB / 14);
    let start: &[u8] =
        b"<table:table><table:table-row><table:table-cell office:value-type='string'><text:p>";
    let end: &[u8] = b"</text:p></table:table-cell></table:table-row></table:table>";
    let styles = (0..3_000).map(|it| format!("<style:style style:family=\"table\" style:name=\"{it}\"><style:table-properties table:display=\"false\"/></style:style>"));
    let styles = format!(
        "<office:automatic-styles>{}</office:automatic-styles>",
        styles.collect::<String>()
    );
    let named = format!(
        "<office:automatic-styles><style:style style:family=\"table\" style:name=\"{}\"/></office:automatic-styles>",
        "x".repeat(2_000)
    );
    assert_outcomes(vec![
        (
            "one cell everywhere",
            row("1048576", "16384", "1"),
            "file_budget_exceeded (file has more than 256 columns",
        ),
        (
            "one cell in many places",
            row("1048576", "256", "1"),
            "file_corrupt (file is damaged: more markup",
        ),
        (
            "one long text in many places",
            row("1048576", "1", &"x".repeat(32_767)),
            "file_budget_exceeded (file has more than",
        ),
        (
            "one row on every row",
            row("1048576", "1", "1"),
            "1048576 rows",
        ),
        (
            "a text with a letter too many",
            row("1", "1", &"x".repeat(32_768)),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "a value with a letter too many",
            cell(
                &format!("office:string-value=\"{}\"", "x".repeat(32_768)),
                "",
            ),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "the longest row there is, again and again",
            // Long enough to be read ahead.
            [
                row("1000", "256", &"\u{1d11e}".repeat(32_767)),
                b"<!--".to_vec(),
                vec![b' '; 300 << 10],
            ]
            .concat(),
            "file_budget_exceeded (file has more than",
        ),
        (
            "one row more",
            row("1048577", "1", "1"),
            "file_budget_exceeded (file has more than 1048576 rows",
        ),
        (
            "more rows than can be counted",
            row("99999999999999999999", "1", "1"),
            "file_budget_exceeded (file has more than 1048576 rows",
        ),
        (
            "no rows",
            row("0", "1", "1"),
            "file_corrupt (file is damaged: repetition",
        ),
        (
            "rows less than none",
            row("-1", "1", "1"),
            "file_corrupt (file is damaged: repetition",
        ),
        (
            "no cells",
            row("1", "0", "1"),
            "file_corrupt (file is damaged: repetition",
        ),
        (
            "opposite corners",
            one(&format!(
                "<table:table-row><table:table-cell {filled}/></table:table-row><table:table-row table:number-rows-repeated=\"1048574\"/>\
                <table:table-row><table:table-cell table:number-columns-repeated=\"16383\"/><table:table-cell {filled}/></table:table-row>"
            )),
            "file_budget_exceeded (file has more than 256 columns",
        ),
        (
            "first and last row",
            one(&format!(
                "<table:table-row><table:table-cell {filled}/></table:table-row><table:table-row table:number-rows-repeated=\"1048574\"/>\
                <table:table-row><table:table-cell {filled}/><table:table-cell table:number-columns-repeated=\"4294967295\"/></table:table-row>\
                <table:table-row table:number-rows-repeated=\"4294967295\"/><table:table-row table:number-rows-repeated=\"4294967295\"/>"
            )),
            "2 rows",
        ),
        (
            "a row behind the last",
            one(&format!(
                "<table:table-row table:number-rows-repeated=\"4294967295\"/><table:table-row><table:table-cell {filled}/></table:table-row>"
            )),
            "file_budget_exceeded (file has more than 1048576 rows",
        ),
        (
            "many spaces",
            cell(
                "office:value-type=\"string\"",
                "<text:p><text:s text:c=\"4294967295\"/></text:p>",
            ),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "spaces again and again",
            opendocument(vec![(start, 1), (&spaces, mib), (end, 1)]),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "one long text",
            opendocument(vec![(start, 1), (&long, mib), (end, 1)]),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "one long attribute",
            opendocument(vec![(b"<table:table a='", 1), (&long, mib), (b"'/>", 1)]),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "paragraphs without a letter",
            cell("", &"<text:p/>".repeat(200_000)),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "rows without a cell",
            opendocument(vec![
                (b"<table:table>", 1),
                (&rows, mib),
                (b"</table:table>", 1),
            ]),
            "sheet_none",
        ),
        (
            "many sheets",
            opendocument(vec![(&sheets, 1)]),
            "file_budget_exceeded (file has more than 2000",
        ),
        (
            "many hidden styles",
            flat(&styles, b""),
            "file_budget_exceeded (file has more than 2000",
        ),
        (
            "a long name",
            flat(&named, b""),
            "file_corrupt (file is damaged: style name",
        ),
        (
            "many attributes",
            cell(&"a=\"\" ".repeat(100_000), "<text:p>x</text:p>"),
            "1 rows",
        ),
        (
            "one long flat text",
            flat("", &[start, &long.repeat(20), end].concat()),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "deep nesting",
            opendocument(vec![(&b"<text:span>".repeat(MIB / 11), 1)]),
            "file_corrupt (file is damaged: XML nested too deep",
        ),
        (
            "deep rows",
            opendocument(vec![
                (b"<table:table>", 1),
                (&b"<table:table-row-group>".repeat(MIB / 23), 1),
            ]),
            "file_corrupt (file is damaged: XML nested too deep",
        ),
    ]);
}

#[test]
fn opendocument_with_tricks_is_refused() {
    let of = |names: &[(&'static str, &'static [u8])]| {
        let parts: Vec<Part<'_>> = names
            .iter()
            .map(|(name, it)| part(name, vec![(it, 1)]))
            .collect();
        zip(&parts)
    };
    let mimetype: (&str, &[u8]) = (
        "mimetype",
        b"application/vnd.oasis.opendocument.spreadsheet",
    );
    let bomb = b"<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><x>&b;</x>";
    let behind = [br#"<?xml version="1.0"?><office:document office:mimetype="application/vnd.oasis.opendocument.spreadsheet">"#.as_slice(), bomb].concat();
    let entity = b"<table:table><table:table-row><table:table-cell><text:p>&boom;</text:p></table:table-cell></table:table-row></table:table>";
    let mut utf16 = vec![0xff, 0xfe];
    for unit in String::from_utf8(flat("", b"")).unwrap().encode_utf16() {
        utf16.extend_from_slice(&unit.to_le_bytes());
    }
    utf16.extend_from_slice(&[0x3d, 0xd8].repeat(MIB));
    assert_outcomes(vec![
        ("a document type", of(&[mimetype, ("content.xml", bomb)]), "xml_dtd_forbidden"),
        ("a document type in the manifest", of(&[mimetype, ("content.xml", b""), ("META-INF/manifest.xml", bomb)]), "xml_dtd_forbidden"),
        ("a document type within", behind, "xml_dtd_forbidden"),
        ("an unknown entity", opendocument(vec![(entity, 1)]), "file_corrupt (file is damaged: XML entity"),
        (
            "a password",
            of(&[mimetype, ("content.xml", b"\x01\x02"), ("META-INF/manifest.xml", b"<m:manifest><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>")]),
            "file_encrypted",
        ),
        ("a password, newer", of(&[mimetype, ("encrypted-package", b"\x01\x02")]), "file_encrypted"),
        ("nothing in it", of(&[mimetype, ("content.xml", b"")]), "file_format_unknown"),
        ("no text of XML", of(&[mimetype, ("content.xml", b"\xff\xfe\0")]), "file_"),
        (
            "a text",
            of(&[("mimetype", b""), ("content.xml", b"<o:document-content><o:body><o:text/></o:body></o:document-content>")]),
            "file_format_unsupported (file is in the format odt",
        ),
        (
            "the format before",
            of(&[("mimetype", b""), ("content.xml", b"<o:document-content><o:body><t:table/></o:body></o:document-content>")]),
            "file_format_unsupported (file is in the format sxc",
        ),
        ("half pairs", utf16, "encoding_undecodable"),
        ("open elements", flat("", b"<table:table><table:table-row>"), "file_corrupt"),
        ("nothing behind the root", b"<?xml version='1.0'?><office:document office:mimetype='application/vnd.oasis.opendocument.spreadsheet'>".to_vec(), "file_corrupt"),
    ]);
}
