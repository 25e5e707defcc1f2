//! Files made to do harm, each read in a process of its own whose memory and processor time are limited, so
//! that an abort is seen as what it is. Each guard was removed once, to see its file fail.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which may panic")]

mod old_workbook;
mod opendocument;
mod spreadsheet2003;
#[path = "../xls/mod.rs"]
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
