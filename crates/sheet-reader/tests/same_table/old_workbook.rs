//! Workbooks of the old programs.

use super::*;

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
pub(super) fn old_workbook(table: &[Vec<String>], room: usize) -> Vec<u8> {
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

/// The ids of the records that are read.
const RECORDS: &[u16] = &[
    0x0006, 0x000a, 0x0022, 0x002f, 0x003c, 0x0042, 0x0085, 0x00bd, 0x00be, 0x00d6, 0x00e0, 0x00fc,
    0x00fd, 0x0201, 0x0203, 0x0204, 0x0205, 0x0207, 0x027e, 0x041e, 0x0809,
];

proptest! {
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
}
