//! Workbooks of the old programs, and the compound files they are in.

use super::{MIB, SCALE, assert_outcomes, xls};

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
