//! One table gives the same cells whichever program and format it comes from.
#![expect(clippy::unwrap_used, reason = "helpers of tests, which may panic")]

use calamine::{Data, Reader as _};
use identity_core::sheet::{
    CellKind, FileRefusal, FileWarning, Format, Row, Rows, SheetReader as _,
};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format as Style, Formula, Workbook};
use sheet_reader::Sheets;
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
}

#[test]
fn formats_that_come_later_are_refused_by_name() {
    for (ending, format) in [("xls", "xls"), ("xml", "xml"), ("ods", "ods")] {
        let opened = Sheets::default().open(File::open(fixture(ending)).unwrap(), None);
        assert_eq!(
            opened.err(),
            Some(FileRefusal::FormatUnsupported { format })
        );
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
    fn a_damaged_workbook_is_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = std::fs::read(fixture("xlsx")).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        prop_assert_ne!(read(&bytes).err(), PANICKED);
    }
}
