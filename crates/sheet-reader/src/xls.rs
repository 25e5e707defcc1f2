//! Workbooks of the old programs, BIFF5 and BIFF8 in a compound file: `.xls` (MS-XLS).

mod record;
mod sheet;
mod text;

use self::{
    record::{Records, id},
    sheet::Sheet,
    text::{Continued, Encoding},
};
use crate::{
    Limits,
    allowance::Allowance,
    compound::{Compound, Entry, u16_at, u32_at},
    first::{FirstSheet, Sheet as _},
    number::NumberFormat,
    shared::SharedTexts,
};
use identity_core::sheet::{Budget, FileRefusal, Format, Row, Rows};
use std::collections::HashMap;

/// As many styles as a workbook can have.
const MOST_STYLES: usize = 65_536;

const BROKEN: FileRefusal = FileRefusal::Corrupt { what: "workbook" };

/// What the sheets of a workbook have in common.
struct Book {
    encoding: Encoding,
    texts: SharedTexts,
    formats: Vec<NumberFormat>,
    /// Days are counted from 1904 and not from 1900.
    from_1904: bool,
    /// Where the visible sheets are.
    sheets: Vec<u32>,
}

/// Opens the first visible sheet with something in it.
pub(crate) fn open(
    compound: Compound,
    stream: Entry,
    limits: Limits,
) -> Result<impl Rows + use<>, FileRefusal> {
    let left = Allowance::new(limits);
    let mut records = Records::new(compound.stream(stream)?, left);
    let book = book(&mut records, limits)?;
    let sheets = book.sheets.clone();
    let mut sheet = Sheet::new(records, book, limits);
    let mut first = Row::default();
    let mut places = sheets.iter().copied();
    for place in places.by_ref() {
        if !sheet.begin(place)? || !sheet.next_row(&mut first)? {
            continue;
        }
        let mut others = 0;
        let here = sheet.place();
        for other in places {
            others += u32::from(sheet.begin(other)? && sheet.has_values()?);
        }
        sheet.go_on(here);
        return Ok(FirstSheet::new(Format::Xls, sheet, first, others, limits));
    }
    Err(FileRefusal::SheetNone)
}

/// Reads what stands before the sheets.
fn book(records: &mut Records, limits: Limits) -> Result<Book, FileRefusal> {
    let version = match records.next()? {
        Some(id::BOF) => u16_at(records.data(), 0),
        Some(0x0009) => return Err(too_old("xls of Excel 2")),
        Some(0x0209) => return Err(too_old("xls of Excel 3")),
        Some(0x0409) => return Err(too_old("xls of Excel 4")),
        _ => None,
    };
    let mut book = Book {
        encoding: match version {
            Some(0x0600) => Encoding::Unicode,
            Some(0x0500) => Encoding::of(1_252),
            _ => return Err(BROKEN),
        },
        texts: SharedTexts::default(),
        formats: Vec::new(),
        from_1904: false,
        sheets: Vec::new(),
    };
    let mut codes = HashMap::new();
    let mut styles = Vec::new();
    let mut sheets = 0;
    loop {
        let Some(id) = records.next()? else {
            return Err(BROKEN);
        };
        let data = records.data();
        match id {
            id::FILEPASS => return Err(FileRefusal::Encrypted),
            id::EOF => break,
            id::DATE1904 => book.from_1904 = u16_at(data, 0) == Some(1),
            id::CODEPAGE => {
                if let (Encoding::Bytes(_), Some(page)) = (book.encoding, u16_at(data, 0)) {
                    book.encoding = Encoding::of(page);
                }
            }
            id::BOUNDSHEET => {
                sheets += 1;
                if sheets > limits.entries {
                    return Err(limits.too_many(Budget::Entries));
                }
                let place = u32_at(data, 0).ok_or(BROKEN)?;
                let hidden = data.get(4).is_none_or(|it| it & 3 != 0);
                // Other types are charts and macros.
                if !hidden && data.get(5) == Some(&0) {
                    book.sheets.push(place);
                }
            }
            id::FORMAT if codes.len() < MOST_STYLES => {
                let number = u16_at(data, 0).ok_or(BROKEN)?;
                let mut code = String::new();
                let mut text = Continued::new(records, 2);
                match book.encoding {
                    Encoding::Unicode => text.long(Encoding::Unicode, &mut code)?,
                    bytes @ Encoding::Bytes(_) => text.short(bytes, &mut code)?,
                }
                codes.insert(number, NumberFormat::of(&code));
            }
            id::XF if styles.len() < MOST_STYLES => {
                styles.push(u16_at(data, 2).ok_or(BROKEN)?);
            }
            id::SST => book.texts = texts(records, limits)?,
            _ => {}
        }
    }
    book.formats = styles
        .into_iter()
        .map(|it| {
            let own = codes.get(&it).copied();
            own.unwrap_or_else(|| NumberFormat::built_in(it.into()))
        })
        .collect();
    Ok(book)
}

/// Reads the texts that cells share.
fn texts(records: &mut Records, limits: Limits) -> Result<SharedTexts, FileRefusal> {
    let mut texts = SharedTexts::default();
    let count = u32_at(records.data(), 4).ok_or(BROKEN)?;
    let mut from = Continued::new(records, 8);
    let mut text = String::new();
    for _ in 0..count {
        if from.is_at_end()? {
            break;
        }
        text.clear();
        from.long(Encoding::Unicode, &mut text)?;
        limits.allow(&text)?;
        texts.push(&text, limits)?;
    }
    Ok(texts)
}

fn too_old(format: &'static str) -> FileRefusal {
    FileRefusal::FormatUnsupported { format }
}
