//! One table gives the same cells whichever program and format it comes from.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which may panic")]

mod old_workbook;
mod opendocument;
mod spreadsheet2003;
#[path = "../xls/mod.rs"]
mod xls;

use self::{old_workbook::old_workbook, opendocument::flat, spreadsheet2003::spreadsheet2003};
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

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
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
