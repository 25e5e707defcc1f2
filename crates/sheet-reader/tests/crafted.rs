//! Files made to do harm, each read in a process of its own whose memory and processor time are limited, so
//! that an abort is seen as what it is. Each guard was removed once, to see its file fail.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which may panic")]

mod xls;

use flate2::{Compress, Compression, Crc, FlushCompress};
use identity_core::sheet::{FileRefusal, Row, Rows as _, SheetReader as _};
use sheet_reader::{Limits, Sheets};
use std::{env, fs::File, io::Write as _, process::Command};

/// Without optimisation everything is smaller, so that the tests do not take minutes.
const SCALE: u32 = if cfg!(debug_assertions) { 16 } else { 1 };

/// Kilobytes of address space, in which the program itself has to fit too.
const MEMORY: u32 = 256 << 10;

/// Seconds of processor time.
const TIME: u32 = if cfg!(debug_assertions) { 60 } else { 10 };

const MIB: usize = 1 << 20;

fn limits() -> Limits {
    let usual = Limits::default();
    Limits {
        unpacked_bytes: usual.unpacked_bytes / u64::from(SCALE),
        part_bytes: usual.part_bytes / u64::from(SCALE),
        shared_text_bytes: usual.shared_text_bytes / u64::from(SCALE),
        ..usual
    }
}

fn read(file: File) -> Result<u32, FileRefusal> {
    let mut rows = Sheets { limits: limits() }.open(file, None)?;
    let mut row = Row::default();
    let mut count = 0;
    while rows.next_row(&mut row)? {
        count += 1;
    }
    Ok(count)
}

/// The child: reads the file that the parent names and says how it ended.
#[test]
fn child() {
    let Ok(path) = env::var("CRAFTED_FILE") else {
        return;
    };
    match read(File::open(path).unwrap()) {
        Ok(rows) => println!("\noutcome: {rows} rows"),
        Err(refusal) => println!("\noutcome: {} ({refusal})", refusal.code()),
    }
}

/// How reading ends in a limited process.
fn outcome(bytes: &[u8]) -> String {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let limited = format!("ulimit -v {MEMORY} && ulimit -t {TIME} && exec \"$0\" \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &limited])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env("CRAFTED_FILE", file.path())
        .env("MALLOC_ARENA_MAX", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let found = said.lines().find_map(|it| it.strip_prefix("outcome: "));
    match found {
        Some(found) if output.status.success() => found.to_owned(),
        _ => format!(
            "{} {said} {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}

/// Bytes as pieces that are repeated, so that a gigabyte takes no time to make.
type Pieces<'a> = Vec<(&'a [u8], u32)>;

struct Part<'a> {
    name: &'a str,
    pieces: Pieces<'a>,
    declared: Option<u32>,
    method: u16,
    flags: u16,
    attributes: u32,
}

fn part<'a>(name: &'a str, pieces: Pieces<'a>) -> Part<'a> {
    Part {
        name,
        pieces,
        declared: None,
        method: 8,
        flags: 0,
        attributes: 0,
    }
}

/// Deflates the pieces, each once; a full flush makes what comes after independent of what came before.
fn deflated(pieces: &Pieces<'_>) -> (Vec<u8>, u32, u32) {
    let (mut packed, mut len, mut crc) = (Vec::new(), 0_u64, Crc::new());
    for (bytes, times) in pieces {
        let mut once = Vec::with_capacity(bytes.len() + 1_024);
        let mut compress = Compress::new(Compression::best(), false);
        compress
            .compress_vec(bytes, &mut once, FlushCompress::Full)
            .unwrap();
        assert_eq!(compress.total_in(), bytes.len() as u64);
        let mut crc_once = Crc::new();
        crc_once.update(bytes);
        for _ in 0..*times {
            packed.extend_from_slice(&once);
            len += bytes.len() as u64;
            crc.combine(&crc_once);
        }
    }
    packed.extend_from_slice(&[3, 0]);
    (packed, u32::try_from(len).unwrap(), crc.sum())
}

fn zip(parts: &[Part<'_>]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for part in parts {
        let (packed, len, crc) = deflated(&part.pieces);
        let declared = part.declared.unwrap_or(len);
        let offset = u32::try_from(file.len()).unwrap();
        let mut common = Vec::new();
        for field in [20, part.flags, part.method, 0, 0] {
            common.extend_from_slice(&field.to_le_bytes());
        }
        for field in [crc, u32::try_from(packed.len()).unwrap(), declared] {
            common.extend_from_slice(&field.to_le_bytes());
        }
        common.extend_from_slice(&u16::try_from(part.name.len()).unwrap().to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        file.extend_from_slice(b"PK\x03\x04");
        file.extend_from_slice(&common);
        file.extend_from_slice(part.name.as_bytes());
        file.extend_from_slice(&packed);
        directory.extend_from_slice(b"PK\x01\x02\x14\x03");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 6]);
        directory.extend_from_slice(&part.attributes.to_le_bytes());
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(part.name.as_bytes());
    }
    let offset = u32::try_from(file.len()).unwrap();
    let count = u16::try_from(parts.len()).unwrap().to_le_bytes();
    file.extend_from_slice(&directory);
    file.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    file.extend_from_slice(&[count, count].concat());
    file.extend_from_slice(&u32::try_from(directory.len()).unwrap().to_le_bytes());
    file.extend_from_slice(&offset.to_le_bytes());
    file.extend_from_slice(&[0, 0]);
    file
}

const TYPES: &[u8] = b"<Types/>";
const WORKBOOK: &[u8] =
    br#"<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="s"/></sheets></workbook>"#;
const RELATIONS: &[u8] = br#"<Relationships>
    <Relationship Id="s" Type="x/worksheet" Target="worksheets/sheet1.xml"/>
    <Relationship Id="t" Type="x/sharedStrings" Target="sharedStrings.xml"/>
    <Relationship Id="f" Type="x/styles" Target="styles.xml"/></Relationships>"#;
const SHEET: (&[u8], &[u8]) = (b"<worksheet><sheetData>", b"</sheetData></worksheet>");

/// The parts of a workbook with one sheet.
fn parts<'a>(sheet: Pieces<'a>, texts: Pieces<'a>) -> Vec<Part<'a>> {
    vec![
        part("[Content_Types].xml", vec![(TYPES, 1)]),
        part("xl/workbook.xml", vec![(WORKBOOK, 1)]),
        part("xl/_rels/workbook.xml.rels", vec![(RELATIONS, 1)]),
        part("xl/worksheets/sheet1.xml", sheet),
        part("xl/sharedStrings.xml", texts),
    ]
}

fn workbook(sheet: Pieces<'_>, texts: Pieces<'_>) -> Vec<u8> {
    zip(&parts(sheet, texts))
}

/// A sheet with this between its start and its end.
fn sheet(content: &str) -> Vec<u8> {
    workbook(
        vec![(SHEET.0, 1), (content.as_bytes(), 1), (SHEET.1, 1)],
        vec![(b"<sst/>", 1)],
    )
}

const FINE: &str = r#"<row r="1"><c r="A1"><v>1</v></c></row>"#;

fn assert_outcomes(cases: Vec<(&str, Vec<u8>, &str)>) {
    for (name, bytes, expected) in cases {
        let found = outcome(&bytes);
        assert!(found.starts_with(expected), "{name}: {found}");
    }
}

#[test]
fn what_unpacks_to_much_is_refused() {
    let mib = 200 / SCALE;
    let long = vec![b'x'; MIB];
    let empty = b"<si/>".repeat(MIB / 5);
    let cells = b"<c/>".repeat(MIB / 4);
    let blank_row = [b"<row>", "<c/>".repeat(10_000).as_bytes(), b"</row>"].concat();
    let shared = br#"<c t="s"><v>0</v></c>"#.repeat(MIB / 21);
    let rows = b"<row/>".repeat(MIB / 6);
    let longest = "x".repeat(32_767);
    assert_outcomes(vec![
        (
            "one shared text",
            workbook(
                vec![(SHEET.0, 1), (SHEET.1, 1)],
                vec![(b"<sst><si><t>", 1), (&long, mib), (b"</t></si></sst>", 1)],
            ),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "many shared texts without a letter",
            workbook(
                vec![(SHEET.0, 1), (SHEET.1, 1)],
                vec![(b"<sst>", 1), (&empty, mib), (b"</sst>", 1)],
            ),
            "file_budget_exceeded (file has more than",
        ),
        (
            "many cells with one long text",
            workbook(
                vec![
                    (SHEET.0, 1),
                    (b"<row>", 1),
                    (&shared[..21 * 256], 1),
                    (b"</row>", 1),
                    (&[b"<row>", &shared[..21 * 256], b"</row>"].concat(), 4_000),
                    (SHEET.1, 1),
                ],
                vec![
                    (b"<sst><si><t>", 1),
                    (longest.as_bytes(), 1),
                    (b"</t></si></sst>", 1),
                ],
            ),
            "file_budget_exceeded (file has more than",
        ),
        (
            "one value",
            workbook(
                vec![
                    (SHEET.0, 1),
                    (b"<row><c><v>", 1),
                    (&long, mib),
                    (b"</v></c></row>", 1),
                ],
                vec![(b"<sst/>", 1)],
            ),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "one comment",
            workbook(
                vec![
                    (SHEET.0, 1),
                    (b"<!--", 1),
                    (&long, mib),
                    (b"-->", 1),
                    (SHEET.1, 1),
                ],
                vec![(b"<sst/>", 1)],
            ),
            "file_budget_exceeded",
        ),
        (
            "cells without a value",
            workbook(
                vec![(SHEET.0, 1), (&blank_row, 2_000 / SCALE), (SHEET.1, 1)],
                vec![(b"<sst/>", 1)],
            ),
            "sheet_none",
        ),
        (
            "more cells than can be read in time",
            workbook(
                vec![(SHEET.0, 1), (&blank_row, 6_500 / SCALE), (SHEET.1, 1)],
                vec![(b"<sst/>", 1)],
            ),
            if SCALE == 1 {
                "file_corrupt (file is damaged: more markup"
            } else {
                "sheet_none"
            },
        ),
        (
            "more cells than a row has",
            workbook(
                vec![
                    (SHEET.0, 1),
                    (b"<row>", 1),
                    (&cells, 1),
                    (b"</row>", 1),
                    (SHEET.1, 1),
                ],
                vec![(b"<sst/>", 1)],
            ),
            "file_corrupt (file is damaged: cell place",
        ),
        (
            "rows without a cell",
            workbook(
                vec![(SHEET.0, 1), (&rows, mib), (SHEET.1, 1)],
                vec![(b"<sst/>", 1)],
            ),
            "file_budget_exceeded (file has more than 1048576 rows",
        ),
        (
            "more than one part may have",
            workbook(
                vec![(SHEET.0, 1), (&cells, 257 / SCALE + 1), (SHEET.1, 1)],
                vec![(b"<sst/>", 1)],
            ),
            "file_budget_exceeded (file has more than",
        ),
    ]);
}

#[test]
fn what_says_less_than_it_is_is_refused() {
    let long = vec![b'x'; MIB];
    let mut forged = parts(
        vec![
            (SHEET.0, 1),
            (b"<row><c><v>", 1),
            (&long, 500),
            (b"</v></c></row>", 1),
        ],
        vec![(b"<sst/>", 1)],
    );
    forged[3].declared = Some(100);
    let mut boastful = parts(vec![(SHEET.0, 1), (SHEET.1, 1)], vec![(b"<sst/>", 1)]);
    boastful[4].declared = Some(1 << 30);
    let mut wrong = sheet(FINE);
    let at = wrong
        .windows(4)
        .rposition(|it| it == b"PK\x01\x02")
        .unwrap();
    wrong[at + 16] ^= 1;
    assert_outcomes(vec![
        (
            "forged size",
            zip(&forged),
            "file_corrupt (file is damaged: a part is longer",
        ),
        ("declared size", zip(&boastful), "file_budget_exceeded"),
        ("checksum", wrong, "file_corrupt (file is damaged: checksum"),
    ]);
}

#[test]
fn archives_with_tricks_are_refused() {
    let usual = || {
        parts(
            vec![(SHEET.0, 1), (FINE.as_bytes(), 1), (SHEET.1, 1)],
            vec![(b"<sst/>", 1)],
        )
    };
    let changed = |change: fn(&mut Vec<Part<'_>>)| {
        let mut parts = usual();
        change(&mut parts);
        zip(&parts)
    };
    let named = |name: &'static str| zip(&[part(name, vec![(b"x", 1)])]);
    let mut miscounted = zip(&usual());
    let end = miscounted.len() - 22;
    miscounted[end + 10] = 4;
    let mut crowded = zip(&usual());
    crowded[end + 10..end + 12].copy_from_slice(&2_001_u16.to_le_bytes());
    let names: Vec<String> = (0..2_001).map(|it| format!("{it}")).collect();
    let many: Vec<Part<'_>> = names.iter().map(|it| part(it, vec![])).collect();
    assert_outcomes(vec![
        ("none", zip(&usual()), "1 rows"),
        (
            "two of one name",
            changed(|it| it.push(part("XL\\Workbook.xml", vec![]))),
            "file_corrupt (file is damaged: two parts",
        ),
        (
            "a link",
            changed(|it| it[4].attributes = 0o120_777 << 16),
            "file_corrupt",
        ),
        (
            "a password",
            changed(|it| it[3].flags = 1),
            "file_encrypted",
        ),
        (
            "another compression",
            changed(|it| it[3].method = 12),
            "file_corrupt",
        ),
        (
            "no compression, but it is",
            changed(|it| it[3].method = 0),
            "file_corrupt",
        ),
        ("a wrong count", miscounted, "file_corrupt"),
        (
            "many entries said",
            crowded,
            "file_budget_exceeded (file has more than 2000 archive",
        ),
        (
            "many entries",
            zip(&many),
            "file_budget_exceeded (file has more than 2000 archive",
        ),
        ("no sheet", changed(|it| drop(it.remove(3))), "sheet_none"),
        (
            "no workbook",
            changed(|it| drop(it.remove(1))),
            "file_format_unknown",
        ),
        ("nothing", zip(&[]), "file_format_unknown"),
        ("only a signature", b"PK\x03\x04".to_vec(), "file_corrupt"),
        (
            "xlsb",
            {
                let mut parts = usual();
                parts.push(part("xl/workbook.bin", vec![]));
                zip(&parts)
            },
            "file_format_unsupported (file is in the format xlsb",
        ),
        (
            "numbers",
            named("Index/Document.iwa"),
            "file_format_unsupported (file is in the format numbers",
        ),
        ("another zip", named("holiday.jpg"), "file_format_unknown"),
    ]);
}

#[test]
fn xml_with_tricks_is_refused() {
    let doctype = |part: usize| {
        let bomb: &[u8] = br#"<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>"#;
        let mut parts = parts(
            vec![(SHEET.0, 1), (FINE.as_bytes(), 1), (SHEET.1, 1)],
            vec![(b"<sst/>", 1)],
        );
        parts[part].pieces = vec![(bomb, 1)];
        zip(&parts)
    };
    let deep = b"<a>".repeat(MIB / 3);
    let sheets = br#"<sheet name="S" r:id="s"/>"#.repeat(MIB / 26);
    let relations = br#"<Relationship Id="00000000" Type="x/worksheet" Target="a"/>"#.repeat(1_000);
    let mut many_sheets = parts(vec![(SHEET.0, 1), (SHEET.1, 1)], vec![(b"<sst/>", 1)]);
    many_sheets[1].pieces = vec![(b"<workbook>", 1), (&sheets, 10), (b"</workbook>", 1)];
    let mut many_relations = parts(vec![(SHEET.0, 1), (SHEET.1, 1)], vec![(b"<sst/>", 1)]);
    many_relations[2].pieces = vec![(b"<r>", 1), (&relations, 100), (b"</r>", 1)];
    let mut many_styles = parts(
        vec![(SHEET.0, 1), (FINE.as_bytes(), 1), (SHEET.1, 1)],
        vec![(b"<sst/>", 1)],
    );
    let styles = b"<xf/>".repeat(MIB / 5);
    many_styles.push(part(
        "xl/styles.xml",
        vec![
            (b"<s><cellXfs>", 1),
            (&styles, 100 / SCALE),
            (b"</cellXfs></s>", 1),
        ],
    ));
    let attributes = format!(
        "<row r=\"1\" {}><c><v>1</v></c></row>",
        "a=\"\" ".repeat(100_000)
    );
    let one = |content: &str| sheet(content);
    assert_outcomes(vec![
        ("DOCTYPE in the workbook", doctype(1), "xml_dtd_forbidden"),
        ("DOCTYPE in the relations", doctype(2), "xml_dtd_forbidden"),
        ("DOCTYPE in the sheet", doctype(3), "xml_dtd_forbidden"),
        ("DOCTYPE in the texts", doctype(4), "xml_dtd_forbidden"),
        (
            "deep nesting",
            workbook(
                vec![(SHEET.0, 1), (&deep, 100 / SCALE)],
                vec![(b"<sst/>", 1)],
            ),
            "file_corrupt (file is damaged: XML nested too deep",
        ),
        (
            "many sheets",
            zip(&many_sheets),
            "file_budget_exceeded (file has more than 2000",
        ),
        ("many relations", zip(&many_relations), "sheet_none"),
        ("many styles", zip(&many_styles), "1 rows"),
        ("many attributes", one(&attributes), "1 rows"),
        (
            "an unknown entity",
            one("<row><c t=\"str\"><v>&boom;</v></c></row>"),
            "file_corrupt (file is damaged: XML entity",
        ),
        ("an element left open", one("<row><c>"), "file_corrupt"),
        (
            "opposite corners",
            one("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>\
                 <row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>"),
            "file_budget_exceeded (file has more than 256 columns",
        ),
        (
            "first and last row",
            one("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>\
                 <row r=\"1048576\"><c r=\"A1048576\"><v>1</v></c><c r=\"XFD1048576\"/></row>"),
            "2 rows",
        ),
        (
            "a row that no sheet has",
            one("<row r=\"1048577\"><c><v>1</v></c></row>"),
            "file_budget_exceeded (file has more than 1048576 rows",
        ),
        (
            "rows backwards",
            one("<row r=\"2\"><c><v>1</v></c></row><row r=\"1\"><c><v>1</v></c></row>"),
            "sheet_rows_out_of_order",
        ),
        (
            "a row twice",
            one("<row r=\"2\"><c><v>1</v></c></row><row r=\"2\"><c><v>1</v></c></row>"),
            "sheet_rows_out_of_order",
        ),
        (
            "a cell of another row",
            one("<row r=\"2\"><c r=\"A3\"><v>1</v></c></row>"),
            "sheet_rows_out_of_order",
        ),
        (
            "cells backwards",
            one("<row><c r=\"B1\"><v>1</v></c><c r=\"A1\"><v>1</v></c></row>"),
            "file_corrupt",
        ),
        (
            "a shared text that is not there",
            one("<row><c t=\"s\"><v>7</v></c></row>"),
            "file_corrupt (file is damaged: shared text",
        ),
        ("row zero", one("<row r=\"0\"/>"), "file_corrupt"),
        (
            "a place without a number",
            one("<row><c r=\"AAAA\"/></row>"),
            "file_corrupt",
        ),
    ]);
}

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

/// An XML Spreadsheet 2003 with these styles, and this in its workbook.
fn spreadsheet2003(styles: &str, sheets: &[u8]) -> Vec<u8> {
    let root = "<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"><Styles>";
    [
        root.as_bytes(),
        styles.as_bytes(),
        b"</Styles>",
        sheets,
        b"</Workbook>",
    ]
    .concat()
}

#[test]
fn xml_spreadsheet_2003_with_tricks_is_refused() {
    let mib = 100 / SCALE as usize;
    let one = |rows: &str| {
        spreadsheet2003(
            "",
            format!("<Worksheet><Table>{rows}</Table></Worksheet>").as_bytes(),
        )
    };
    let long = vec![b'x'; mib * MIB];
    let data: &[u8] = b"<Worksheet><Table><Row><Cell><Data>";
    let end: &[u8] = b"</Data></Cell></Row></Table></Worksheet>";
    let filled = "<Data Type=\"Number\">1</Data>";
    let styles: String = (0..66_000)
        .map(|it| format!("<Style ID=\"{it}\"><NumberFormat Format=\"00\"/></Style>"))
        .collect();
    let named = format!(
        "<Style ID=\"{}\"><NumberFormat Format=\"00\"/></Style>",
        "x".repeat(256)
    );
    let columns = "<Column Span=\"4294967295\"/><Column Index=\"4294967295\" Span=\"4294967295\"/>"
        .repeat(1_000);
    let hidden = "<Worksheet><Table><Row><Cell><Data>x</Data></Cell></Row></Table><O><Visible>SheetHidden</Visible></O></Worksheet>";
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>";
    let root = "<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">";
    assert_outcomes(vec![
        (
            "none",
            one(&format!("<Row><Cell>{filled}</Cell></Row>")),
            "1 rows",
        ),
        (
            "opposite corners",
            one(&format!(
                "<Row><Cell>{filled}</Cell></Row><Row Index=\"1048576\"><Cell Index=\"16384\">{filled}</Cell></Row>"
            )),
            "file_budget_exceeded (file has more than 256 columns",
        ),
        (
            "first and last row",
            one(&format!(
                "<Row><Cell>{filled}</Cell></Row><Row Index=\"1048576\"><Cell>{filled}</Cell><Cell Index=\"4294967295\" MergeAcross=\"4294967295\"/></Row>\
                <Row Index=\"4294967295\" Span=\"4294967295\"/><Row Span=\"4294967295\"/>"
            )),
            "2 rows",
        ),
        (
            "a row that no sheet has",
            one(&format!(
                "<Row Index=\"1048577\"><Cell>{filled}</Cell></Row>"
            )),
            "file_budget_exceeded (file has more than 1048576 rows",
        ),
        (
            "a row behind all",
            one(&format!(
                "<Row Span=\"4294967295\"/><Row Span=\"4294967295\"/><Row><Cell>{filled}</Cell></Row>"
            )),
            "file_budget_exceeded (file has more than 1048576 rows",
        ),
        (
            "rows backwards",
            one("<Row Index=\"2\"/><Row Index=\"1\"/>"),
            "sheet_rows_out_of_order",
        ),
        (
            "a row twice",
            one("<Row Index=\"2\"/><Row Index=\"2\"/>"),
            "sheet_rows_out_of_order",
        ),
        (
            "row zero",
            one("<Row Index=\"0\"/>"),
            "file_corrupt (file is damaged: place",
        ),
        (
            "cells backwards",
            one("<Row><Cell Index=\"2\"/><Cell Index=\"1\"/></Row>"),
            "file_corrupt (file is damaged: order of cells",
        ),
        (
            "a cell under another",
            one("<Row><Cell MergeAcross=\"3\"/><Cell Index=\"2\"/></Row>"),
            "file_corrupt (file is damaged: order of cells",
        ),
        (
            "cell zero",
            one("<Row><Cell Index=\"0\"/></Row>"),
            "file_corrupt (file is damaged: place",
        ),
        (
            "a merged cell everywhere",
            one(&format!(
                "<Row><Cell MergeAcross=\"4294967295\">{filled}</Cell><Cell>{filled}</Cell></Row>"
            )),
            "file_budget_exceeded (file has more than 256 columns",
        ),
        (
            "no number",
            one("<Row Index=\"x\"/>"),
            "file_corrupt (file is damaged: place",
        ),
        ("columns everywhere", one(&columns), "sheet_none"),
        (
            "columns backwards",
            one("<Column Index=\"4\"/><Column Index=\"3\"/>"),
            "file_corrupt (file is damaged: order of columns",
        ),
        (
            "many styles",
            spreadsheet2003(&styles, b""),
            "file_corrupt (file is damaged: styles",
        ),
        (
            "a long name",
            spreadsheet2003(&named, b""),
            "file_corrupt (file is damaged: styles",
        ),
        (
            "one long text",
            spreadsheet2003("", &[data, &long, end].concat()),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "one long number",
            one(&format!(
                "<Row><Cell><Data Type=\"Number\">{}<b/>1</Data></Cell></Row>",
                "0".repeat(200_000)
            )),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "many short texts",
            spreadsheet2003(
                "",
                &[data, &b"<i>x</i>".repeat(mib * MIB / 8), end].concat(),
            ),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "one long comment",
            spreadsheet2003("", &[b"<!--", long.as_slice(), b"-->"].concat()),
            "file_budget_exceeded",
        ),
        (
            "deep nesting",
            spreadsheet2003("", &[data, &b"<b>".repeat(mib * MIB / 3)].concat()),
            "file_corrupt (file is damaged: XML nested too deep",
        ),
        (
            "many sheets",
            spreadsheet2003("", &b"<Worksheet/>".repeat(2_001)),
            "file_budget_exceeded (file has more than 2000",
        ),
        (
            "many hidden sheets",
            spreadsheet2003("", hidden.repeat(2_001).as_bytes()),
            "file_budget_exceeded (file has more than 2000",
        ),
        (
            "all hidden",
            spreadsheet2003("", hidden.as_bytes()),
            "sheet_none",
        ),
        (
            "many attributes",
            one(&format!(
                "<Row {}><Cell>{filled}</Cell></Row>",
                "a=\"\" ".repeat(100_000)
            )),
            "1 rows",
        ),
        (
            "an unknown entity",
            one("<Row><Cell><Data>&boom;</Data></Cell></Row>"),
            "file_corrupt (file is damaged: XML entity",
        ),
        (
            "a document type",
            format!("{bomb}{root}&b;</Workbook>").into_bytes(),
            "xml_dtd_forbidden",
        ),
        (
            "a document type within",
            format!(
                "<?xml version='1.0'?>{root}<Styles>{}{bomb}",
                "<a/>".repeat(10_000)
            )
            .into_bytes(),
            "xml_dtd_forbidden",
        ),
        ("open elements", one("<Row><Cell>"), "file_corrupt"),
        (
            "rows without a cell",
            one(&"<Row/>".repeat(mib * MIB / 6)),
            "sheet_none",
        ),
    ]);
}

/// A workbook with these records in common, and these in its one sheet.
fn old_workbook(common: &[u8], sheet: &[u8]) -> Vec<u8> {
    xls::compound(&[(
        "Workbook",
        &xls::workbook(0x0600, common, &[(false, sheet.to_vec())]),
    )])
}

/// The texts that cells share: how many there are said to be, and they themselves.
fn shared(count: u32, texts: &[u8]) -> Vec<u8> {
    let count = count.to_le_bytes();
    xls::record(0x00fc, &[&count, &count, texts].concat())
}

#[test]
fn old_workbooks_that_stand_for_much_are_refused() {
    let one = |row: u16, column: u16| xls::number(row, column, 0, 1.0);
    let many = (64 << 20) / SCALE as usize;
    let long = [
        &32_767_u16.to_le_bytes(),
        b"\0".as_slice(),
        // Where the text goes on, a letter says how wide the others are.
        &b"x".repeat(32_767 + 3),
    ]
    .concat();
    let longer = [
        &32_768_u16.to_le_bytes(),
        b"\0".as_slice(),
        &b"x".repeat(32_768 + 3),
    ]
    .concat();
    let labels: Vec<u8> = (0..40_000 / SCALE as u16)
        .flat_map(|row| (0..4).flat_map(move |column| xls::cell(0x00fd, row, column, 0, &[0; 4])))
        .collect();
    let formats: Vec<u8> = (0..u16::MAX)
        .flat_map(|it| xls::record(0x041e, &[&it.to_le_bytes()[..], b"\x02\0\x0000"].concat()))
        .collect();
    let styles = xls::record(0x00e0, &[0; 20]).repeat(100_000);
    let mut ranks = vec![0, 0, 0, 0];
    ranks.extend([0, 0, 2, 0, 0, 0].repeat(1_300));
    ranks.extend([0, 0]);
    let sheets = vec![(false, Vec::new()); 2_001];
    assert_outcomes(vec![
        ("none", old_workbook(b"", &one(0, 0)), "1 rows"),
        (
            "more sectors than the head names tables for",
            xls::compound(&[
                ("other", &vec![0; 10 * MIB]),
                (
                    "Workbook",
                    &xls::workbook(0x0600, b"", &[(false, one(0, 0))]),
                ),
            ]),
            "1 rows",
        ),
        (
            "first and last row",
            old_workbook(b"", &[one(0, 0), one(65_535, 255)].concat()),
            "2 rows",
        ),
        (
            "opposite corners",
            old_workbook(b"", &[one(0, 0), one(65_535, 65_535)].concat()),
            "file_budget_exceeded (file has more than 256 columns",
        ),
        (
            "a size that is not so",
            old_workbook(b"", &[xls::record(0x0200, &[0xff; 14]), one(0, 0)].concat()),
            "1 rows",
        ),
        (
            "sizes the wrong way round",
            old_workbook(
                b"",
                &[
                    xls::record(0x0200, &[9, 0, 0, 0, 1, 0, 0, 0, 9, 0, 1, 0, 0, 0]),
                    one(0, 0),
                ]
                .concat(),
            ),
            "1 rows",
        ),
        (
            "many texts said",
            old_workbook(&shared(u32::MAX, b"\x01\0\0x"), &one(0, 0)),
            "1 rows",
        ),
        (
            "many texts without a letter",
            old_workbook(
                &shared(u32::MAX, &b"\0\0\0".repeat(many / 4 + 1)),
                &one(0, 0),
            ),
            "file_budget_exceeded (file has more than",
        ),
        (
            "many short texts",
            old_workbook(
                &shared(u32::MAX, &b"\x01\0\0x".repeat(many / 5 + 1)),
                &one(0, 0),
            ),
            "file_budget_exceeded (file has more than",
        ),
        (
            "many cells with one long text",
            old_workbook(&shared(1, &long), &labels),
            "file_budget_exceeded (file has more than",
        ),
        (
            "one long text",
            old_workbook(&shared(1, &longer), &one(0, 0)),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "one long label",
            old_workbook(b"", &xls::cell(0x0204, 0, 0, 0, &longer)),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "one long result",
            old_workbook(
                b"",
                &[
                    xls::cell(0x0006, 0, 0, 0, &[0, 0, 0, 0, 0, 0, 0xff, 0xff]),
                    xls::record(0x0207, &longer),
                ]
                .concat(),
            ),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "a text that is not there",
            old_workbook(&shared(1, b"\xff\xff\x01x"), &one(0, 0)),
            "file_corrupt (file is damaged: record",
        ),
        (
            "half a letter",
            old_workbook(&shared(1, b"\x02\0\x01x"), &one(0, 0)),
            "file_corrupt (file is damaged: record",
        ),
        (
            "runs that are not there",
            old_workbook(&shared(1, b"\x01\0\x08\xff\xffx"), &one(0, 0)),
            "file_corrupt (file is damaged: record",
        ),
        (
            "much about one text",
            old_workbook(&shared(1, b"\x01\0\x04\xff\xff\xff\xffx"), &one(0, 0)),
            "file_corrupt (file is damaged: record",
        ),
        (
            "records that say nothing",
            old_workbook(
                &xls::record(0x1234, b"").repeat(many / 4),
                &xls::record(0x1234, b"").repeat(many / 4),
            ),
            "sheet_none",
        ),
        (
            "records that only go on",
            old_workbook(
                &[shared(9, b""), xls::record(0x003c, b"").repeat(many / 4)].concat(),
                &one(0, 0),
            ),
            "1 rows",
        ),
        (
            "charts without an end",
            old_workbook(b"", &xls::begin(0x0600, 0x20).repeat(many / 20)),
            "file_corrupt (file is damaged: workbook is cut off",
        ),
        ("many formats", old_workbook(&formats, &one(0, 0)), "1 rows"),
        ("many styles", old_workbook(&styles, &one(0, 0)), "1 rows"),
        (
            "many numbers",
            old_workbook(b"", &xls::record(0x00bd, &ranks)),
            "file_budget_exceeded (file has more than 256 columns",
        ),
        (
            "cells without a value",
            old_workbook(b"", &xls::cell(0x0201, 0, 0, 0, &[]).repeat(many / 10)),
            "sheet_none",
        ),
        (
            "many sheets",
            xls::compound(&[("Workbook", &xls::workbook(0x0600, b"", &sheets))]),
            "file_budget_exceeded (file has more than 2000",
        ),
    ]);
}

#[test]
fn old_workbooks_with_tricks_are_refused() {
    let one = |row: u16, column: u16| xls::number(row, column, 0, 1.0);
    let in_sheet = |records: &[&[u8]]| old_workbook(b"", &records.concat());
    let stream = |bytes: &[u8]| xls::compound(&[("Workbook", bytes)]);
    let moved = |to: u32| {
        let mut bytes = xls::workbook(0x0600, b"", &[(false, one(0, 0))]);
        // Behind the beginning and the head of the record.
        bytes[24..28].copy_from_slice(&to.to_le_bytes());
        stream(&bytes)
    };
    let cut = |id: u16| {
        let whole = xls::workbook(0x0600, b"", &[(false, one(0, 0))]);
        let len = whole.len() - 4;
        stream(&[&whole[..len], &id.to_le_bytes(), &[0xff, 0xff]].concat())
    };
    let second = one(1, 0);
    let first = one(0, 0);
    assert_outcomes(vec![
        (
            "a password",
            old_workbook(&xls::record(0x002f, &[0; 6]), &first),
            "file_encrypted",
        ),
        (
            "a password of Excel 5",
            xls::compound(&[(
                "Book",
                &xls::workbook(0x0500, &xls::record(0x002f, &[0; 4]), &[]),
            )]),
            "file_encrypted",
        ),
        (
            "Excel 2",
            stream(&xls::record(0x0009, &[0; 4])),
            "file_format_unsupported (file is in the format xls of Excel 2",
        ),
        (
            "Excel 3",
            stream(&xls::record(0x0209, &[0; 6])),
            "file_format_unsupported (file is in the format xls of Excel 3",
        ),
        (
            "Excel 4",
            stream(&xls::record(0x0409, &[0; 6])),
            "file_format_unsupported (file is in the format xls of Excel 4",
        ),
        (
            "no beginning",
            stream(&xls::record(0x1234, &[0; 6])),
            "file_corrupt (file is damaged: workbook",
        ),
        (
            "another version",
            stream(&xls::begin(0x0700, 5)),
            "file_corrupt (file is damaged: workbook",
        ),
        (
            "nothing",
            stream(b""),
            "file_corrupt (file is damaged: workbook",
        ),
        (
            "no end",
            stream(&xls::begin(0x0600, 5)),
            "file_corrupt (file is damaged: workbook",
        ),
        (
            "a sheet behind the end",
            moved(u32::MAX),
            "file_corrupt (file is damaged: place of a sheet",
        ),
        (
            "a sheet within a record",
            moved(25),
            "file_corrupt (file is damaged: place of a sheet",
        ),
        ("a sheet that is the workbook", moved(0), "sheet_none"),
        (
            "a record that is cut off",
            cut(0x0203),
            "file_corrupt (file is damaged: workbook is cut off",
        ),
        (
            "a record without its cell",
            in_sheet(&[&xls::record(0x0203, &[0; 2])]),
            "file_corrupt (file is damaged: workbook",
        ),
        (
            "a record without its row",
            in_sheet(&[&xls::record(0x0203, &[])]),
            "file_corrupt (file is damaged: workbook",
        ),
        (
            "a number without its end",
            in_sheet(&[&xls::cell(0x0203, 0, 0, 0, &[0; 7])]),
            "file_corrupt (file is damaged: workbook",
        ),
        (
            "a formula without its result",
            in_sheet(&[&xls::cell(0x0006, 0, 0, 0, &[])]),
            "file_corrupt (file is damaged: workbook",
        ),
        (
            "a label without its letters",
            in_sheet(&[&xls::cell(0x0204, 0, 0, 0, &[9, 0, 0])]),
            "file_corrupt (file is damaged: record",
        ),
        (
            "a shared text that is not there",
            in_sheet(&[&xls::cell(0x00fd, 0, 0, 0, &[7, 0, 0, 0])]),
            "file_corrupt (file is damaged: shared text",
        ),
        (
            "a result without its text",
            in_sheet(&[&xls::cell(0x0006, 0, 0, 0, &[0, 0, 0, 0, 0, 0, 0xff, 0xff])]),
            "sheet_none",
        ),
        (
            "a text without its formula",
            in_sheet(&[&xls::record(0x0207, &[1, 0, 0, 65])]),
            "sheet_none",
        ),
        (
            "rows backwards",
            in_sheet(&[&second, &first]),
            "sheet_rows_out_of_order",
        ),
        (
            "cells backwards",
            in_sheet(&[&one(0, 1), &first]),
            "file_corrupt (file is damaged: order of cells",
        ),
        (
            "a cell twice",
            in_sheet(&[&first, &first]),
            "file_corrupt (file is damaged: order of cells",
        ),
    ]);
}

/// Where a sector of a compound file is in it, and the place of what follows it in the table of sectors.
fn sector(number: usize) -> usize {
    (number + 1) * 512
}

#[test]
fn compound_files_with_tricks_are_refused() {
    let workbook = xls::workbook(0x0600, b"", &[(false, xls::number(0, 0, 0, 1.0))]);
    let long = [workbook.clone(), vec![0; 8_192]].concat();
    // One sector of the table, one of the directory, then the stream.
    let changed = |stream: &[u8], change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = xls::compound(&[("Workbook", stream)]);
        change(&mut bytes);
        bytes
    };
    let put = |at: usize, value: u32| {
        move |bytes: &mut Vec<u8>| bytes[at..at + 4].copy_from_slice(&value.to_le_bytes())
    };
    let next = |of: usize, to: u32| put(sector(0) + of * 4, to);
    let entry =
        |number: usize, field: usize, value: u32| put(sector(1) + number * 128 + field, value);
    let broken = "file_corrupt (file is damaged: compound file";
    let huge = vec![0; 16 * MIB / SCALE as usize];
    let mut further = xls::compound(&[("Workbook", &workbook), ("other", &huge)]);
    further.extend(vec![0xff; 512]);
    let last = u32::try_from(further.len() / 512 - 2).unwrap();
    let at = further.len() - 4;
    further[at..].copy_from_slice(&last.to_le_bytes());
    further[68..72].copy_from_slice(&last.to_le_bytes());
    // Nothing of the table is there, so that the circle is what is looked at.
    for name in 0..109 {
        further[76 + name * 4..][..4].copy_from_slice(&[0xff; 4]);
    }
    assert_outcomes(vec![
        ("none", changed(&long, &|_| {}), "1 rows"),
        (
            "none, in small sectors",
            changed(&workbook, &|_| {}),
            "1 rows",
        ),
        ("a stream in a circle", changed(&long, &next(3, 2)), broken),
        (
            "a stream that follows itself",
            changed(&long, &next(2, 2)),
            broken,
        ),
        (
            "a stream that ends early",
            changed(&long, &next(3, 0xffff_fffe)),
            broken,
        ),
        (
            "a stream out of the file",
            changed(&long, &next(3, 0x00ff_ffff)),
            broken,
        ),
        (
            "a stream in what is free",
            changed(&long, &next(3, 0xffff_ffff)),
            broken,
        ),
        (
            "a stream that begins nowhere",
            changed(&long, &entry(1, 116, 0x0fff_ffff)),
            broken,
        ),
        (
            "a stream of four gigabytes",
            changed(&long, &entry(1, 120, u32::MAX)),
            broken,
        ),
        (
            "a stream a little too long",
            changed(&long, &entry(1, 120, 8_192 + 2_048)),
            broken,
        ),
        (
            "a directory in a circle",
            changed(&long, &next(1, 1)),
            broken,
        ),
        (
            "a directory that begins nowhere",
            changed(&long, &put(48, 0x0fff_ffff)),
            broken,
        ),
        (
            "no directory",
            changed(&long, &put(48, 0xffff_fffe)),
            "file_format_unknown",
        ),
        (
            "a name below itself",
            changed(&long, &|bytes| {
                entry(1, 68, 1)(bytes);
                entry(1, 72, 1)(bytes);
                entry(1, 0, 0x0041_0041)(bytes);
            }),
            "file_format_unknown",
        ),
        (
            "names in a circle",
            changed(&long, &|bytes| {
                entry(0, 76, 0)(bytes);
                entry(0, 68, 0)(bytes);
            }),
            "file_format_unknown",
        ),
        (
            "a name longer than its room",
            changed(&long, &entry(1, 64, 0x0002_ffff)),
            "file_format_unknown",
        ),
        (
            "sectors of two gigabytes",
            changed(&long, &|bytes| bytes[30] = 31),
            broken,
        ),
        (
            "sectors of one byte",
            changed(&long, &|bytes| bytes[30] = 0),
            broken,
        ),
        (
            "a table out of the file",
            changed(&long, &put(76, 0x0fff_ffff)),
            broken,
        ),
        ("no table", changed(&long, &put(76, 0xffff_ffff)), broken),
        (
            "further tables out of the file",
            changed(&long, &|bytes| {
                put(76, u32::MAX)(bytes);
                put(68, 0x0fff_ffff)(bytes);
            }),
            broken,
        ),
        ("further tables in a circle", further, broken),
        (
            "small sectors in a circle",
            changed(&workbook, &|bytes| {
                let table = bytes.len() - 512;
                bytes[table..table + 4].copy_from_slice(&[0; 4]);
            }),
            "file_",
        ),
        (
            "small sectors out of their stream",
            changed(&workbook, &|bytes| {
                let table = bytes.len() - 512;
                bytes[table..table + 4].copy_from_slice(&[0xff, 0xff, 0xff, 0x0f]);
            }),
            broken,
        ),
        (
            "small sectors that begin nowhere",
            changed(&workbook, &entry(1, 116, u32::MAX)),
            broken,
        ),
        (
            "no table of small sectors",
            changed(&workbook, &put(60, 0xffff_fffe)),
            broken,
        ),
        (
            "no stream of small sectors",
            changed(&workbook, &entry(0, 116, 0xffff_fffe)),
            broken,
        ),
        (
            "many names",
            xls::compound(&vec![("name", b"".as_slice()); 33_000]),
            "file_budget_exceeded (file has more than 2000 archive entries",
        ),
        (
            "only a signature",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(),
            broken,
        ),
        (
            "only a head",
            changed(&long, &|bytes| bytes.truncate(512)),
            broken,
        ),
    ]);
}

#[test]
fn text_with_tricks_is_refused() {
    let mib = 100 * MIB / SCALE as usize;
    let mut zeros = b"a,b\n".to_vec();
    zeros.resize(MIB, 0);
    let utf16 =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let mut surrogates = utf16("\u{feff}a,b\nc,");
    surrogates.extend_from_slice(&[0x3d, 0xd8, 0x3d, 0xd8]);
    assert_outcomes(vec![
        (
            "an open quote",
            [b"a\n\"".as_slice(), &b"x\n".repeat(mib / 2)].concat(),
            "csv_unterminated_quote (a quote opened on line 2 ",
        ),
        (
            "one long cell",
            [b"a\n".as_slice(), &b"x".repeat(3 * mib)].concat(),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "one long cell of quotes",
            b"\"".repeat(mib),
            "file_budget_exceeded (file has more than 32767",
        ),
        (
            "one long row",
            b"x,".repeat(mib / 2),
            "file_budget_exceeded (file has more than 256 columns",
        ),
        (
            "delimiters",
            b",".repeat(mib),
            "file_budget_exceeded (file has more than 256 columns",
        ),
        ("line ends", b"\r".repeat(mib), "file_empty"),
        (
            "many rows",
            b"1\n".repeat(1_048_577),
            "file_budget_exceeded (file has more than 1048576 rows",
        ),
        ("zeros", zeros, "file_format_unknown"),
        ("only zeros", vec![0; MIB], "file_format_unknown"),
        (
            "one zero",
            [b"a,b\n1,\0x\n".as_slice(), &b"2,y\n".repeat(100)].concat(),
            "102 rows",
        ),
        ("half pairs", surrogates, "encoding_undecodable"),
        (
            "half pairs and much of them",
            [utf16("\u{feff}a\n"), [0x3d, 0xd8].repeat(mib / 2)].concat(),
            "encoding_undecodable",
        ),
        (
            "a picture",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0".to_vec(),
            "file_format_unknown",
        ),
    ]);
}

#[test]
fn other_formats_are_named() {
    let compound = |name: &str| xls::compound(&[("other", b""), (name, &[0; 5_000])]);
    let text = |it: &str| it.as_bytes().to_vec();
    let utf16: Vec<u8> = "\u{feff}<html><table>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_outcomes(vec![
        ("nothing", vec![], "file_empty"),
        ("encrypted", compound("EncryptedPackage"), "file_encrypted"),
        (
            "a workbook without anything",
            compound("Workbook"),
            "file_corrupt (file is damaged: workbook",
        ),
        (
            "a compound file of another kind",
            compound("WordDocument"),
            "file_format_unknown",
        ),
        (
            "xls of Excel 3",
            b"\x09\x02\x06\0\0\0\x10\0".to_vec(),
            "file_format_unsupported",
        ),
        (
            "html",
            text("\n <!DOCTYPE html><html>"),
            "file_html_disguised",
        ),
        (
            "html without a head",
            text("<table><tr><td>"),
            "file_html_disguised",
        ),
        ("html in UTF-16", utf16, "file_html_disguised"),
        (
            "xhtml",
            text("<?xml version=\"1.0\"?><html>"),
            "file_html_disguised",
        ),
        (
            "xml that only mentions a spreadsheet",
            text(
                "<?xml version=\"1.0\"?><people xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\"/>",
            ),
            "xml_not_spreadsheet",
        ),
        (
            "other xml",
            text("<?xml version=\"1.0\"?><people/>"),
            "xml_not_spreadsheet",
        ),
        (
            "xml with a document type",
            text("<?xml version=\"1.0\"?><!DOCTYPE people>"),
            "xml_dtd_forbidden",
        ),
        (
            "pdf",
            text("%PDF-1.7"),
            "file_format_unsupported (file is in the format pdf",
        ),
        (
            "json",
            text("[\n {\"a\": 1}]"),
            "file_format_unsupported (file is in the format json",
        ),
        (
            "rtf",
            text("{\\rtf1"),
            "file_format_unsupported (file is in the format rtf",
        ),
        (
            "a table that begins with a bracket",
            text("<name>,[place]\na,b\n"),
            "2 rows",
        ),
    ]);
}
