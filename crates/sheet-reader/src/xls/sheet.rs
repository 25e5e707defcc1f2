//! The rows of one sheet.

use super::{
    BROKEN, Book,
    record::{Records, id},
    text::Continued,
};
use crate::{
    Limits,
    compound::{f64_at, u16_at, u32_at},
    number::NumberFormat,
};
use identity_core::sheet::{Budget, CellKind, FileRefusal, Row};

/// As much of a further sheet as is searched for a value.
const SEARCHED: u64 = 64 << 10;

/// A sheet that is being read.
pub(super) struct Sheet {
    records: Records,
    book: Book,
    limits: Limits,
    place: Place,
    text: String,
}

/// How far a sheet was read.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    /// Where the next record begins, while other sheets are looked at.
    record: u64,
    /// The number of the last row that held something.
    filled: u32,
    /// The column of a formula whose text is in a record to come.
    awaited: Option<u16>,
    /// The last record is the first cell of the next row, and has this id.
    begun: Option<u16>,
    /// Charts in the sheet, and the sheet itself, that have not ended.
    depth: u32,
}

impl Sheet {
    pub(super) fn new(records: Records, book: Book, limits: Limits) -> Self {
        Self {
            records,
            book,
            limits,
            place: Place::default(),
            text: String::new(),
        }
    }

    /// Goes to the beginning of a sheet; `false` if it is none with cells.
    pub(super) fn begin(&mut self, at: u32) -> Result<bool, FileRefusal> {
        const CELLS: u16 = 0x0010;
        self.records.seek(at.into());
        self.place = Place {
            depth: 1,
            ..Place::default()
        };
        match self.records.next()? {
            Some(id::BOF) => Ok(u16_at(self.records.data(), 2) == Some(CELLS)),
            _ => Err(FileRefusal::Corrupt {
                what: "place of a sheet",
            }),
        }
    }

    /// How far the sheet was read, to come back to.
    pub(super) fn place(&self) -> Place {
        let mut place = self.place;
        place.record = self.records.place();
        if place.begun.take().is_some() {
            // The record is read again.
            place.record = place
                .record
                .saturating_sub(4 + self.records.data().len() as u64);
        }
        place
    }

    pub(super) fn go_on(&mut self, place: Place) {
        self.records.seek(place.record);
        self.place = place;
    }

    /// Whether a sheet has a value near its beginning.
    pub(super) fn has_values(&mut self) -> Result<bool, FileRefusal> {
        let start = self.records.place();
        while self.records.place() - start <= SEARCHED {
            match self.next_in_sheet()? {
                Some(id) if has_row(id) => return Ok(true),
                Some(_) => {}
                None => break,
            }
        }
        Ok(false)
    }

    /// The id of the next record of the sheet itself; `None` at its end.
    fn next_in_sheet(&mut self) -> Result<Option<u16>, FileRefusal> {
        if let Some(id) = self.place.begun.take() {
            return Ok(Some(id));
        }
        while self.place.depth > 0 {
            let id = self.records.next()?.ok_or(FileRefusal::Corrupt {
                what: "workbook is cut off",
            })?;
            match id {
                id::BOF => self.place.depth = self.place.depth.saturating_add(1),
                id::EOF => self.place.depth -= 1,
                _ if self.place.depth == 1 => return Ok(Some(id)),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Appends what the cells of the last record hold.
    fn read_cells(&mut self, id: u16, row: &mut Row) -> Result<(), FileRefusal> {
        let data = self.records.data();
        let column = u16_at(data, 2).ok_or(BROKEN)?;
        let style = u16_at(data, 4).ok_or(BROKEN)?;
        match id {
            id::NUMBER => {
                let value = f64_at(data, 6).ok_or(BROKEN)?;
                self.push_number(column, style, value, row)
            }
            id::RK => {
                let value = rk(u32_at(data, 6).ok_or(BROKEN)?);
                self.push_number(column, style, value, row)
            }
            id::MULRK => {
                // Row, first column, a style and a number for each, last column.
                let count = data.len().saturating_sub(6) / 6;
                for at in 0..count {
                    let data = self.records.data();
                    let style = u16_at(data, 4 + at * 6).ok_or(BROKEN)?;
                    let value = rk(u32_at(data, 6 + at * 6).ok_or(BROKEN)?);
                    let column = u16::try_from(usize::from(column) + at).map_err(|_| BROKEN)?;
                    self.push_number(column, style, value, row)?;
                }
                Ok(())
            }
            id::BOOLERR => {
                let (value, error) = (data.get(6), data.get(7));
                let value = *value.ok_or(BROKEN)?;
                self.push_code(column, value, error != Some(&0), row)
            }
            id::LABELSST => {
                let index = u32_at(data, 6).ok_or(BROKEN)?;
                let text = self.book.texts.get(index as usize);
                let text = text.ok_or(FileRefusal::Corrupt {
                    what: "shared text",
                })?;
                // A few bytes in a cell can stand for a long text, so those are counted.
                self.records.left().charge(text.len() as u64)?;
                push(self.limits, column, CellKind::Text, text, row)
            }
            id::LABEL | id::RSTRING => {
                self.text.clear();
                Continued::new(&mut self.records, 6).long(self.book.encoding, &mut self.text)?;
                push(self.limits, column, CellKind::Text, &self.text, row)
            }
            id::FORMULA => self.read_formula(column, style, row),
            _ => Ok(()),
        }
    }

    /// Appends what a formula gave when it was last calculated.
    fn read_formula(&mut self, column: u16, style: u16, row: &mut Row) -> Result<(), FileRefusal> {
        let data = self.records.data();
        if u16_at(data, 12) != Some(0xffff) {
            let value = f64_at(data, 6).ok_or(BROKEN)?;
            return self.push_number(column, style, value, row);
        }
        let value = *data.get(8).ok_or(BROKEN)?;
        match data.get(6) {
            Some(0) => {
                self.place.awaited = Some(column);
                Ok(())
            }
            Some(1) => self.push_code(column, value, false, row),
            Some(2) => self.push_code(column, value, true, row),
            // No text.
            _ => Ok(()),
        }
    }

    /// Appends the text of the formula before, which the last record has.
    fn read_awaited(&mut self, row: &mut Row) -> Result<(), FileRefusal> {
        let Some(column) = self.place.awaited.take() else {
            return Ok(());
        };
        self.text.clear();
        Continued::new(&mut self.records, 0).long(self.book.encoding, &mut self.text)?;
        push(self.limits, column, CellKind::Text, &self.text, row)
    }

    fn push_number(
        &mut self,
        column: u16,
        style: u16,
        value: f64,
        row: &mut Row,
    ) -> Result<(), FileRefusal> {
        if !value.is_finite() {
            return push(self.limits, column, CellKind::Error, "#NUM!", row);
        }
        let format = self.book.formats.get(usize::from(style)).copied();
        let kind = format.unwrap_or(NumberFormat::Plain).show_value(
            value,
            self.book.from_1904,
            &mut self.text,
        );
        push(self.limits, column, kind, &self.text, row)
    }

    /// Appends an error or a truth value.
    fn push_code(
        &self,
        column: u16,
        value: u8,
        error: bool,
        row: &mut Row,
    ) -> Result<(), FileRefusal> {
        let (kind, text) = match (error, value) {
            (false, 0) => (CellKind::Boolean, "FALSE"),
            (false, _) => (CellKind::Boolean, "TRUE"),
            (true, 0x00) => (CellKind::Error, "#NULL!"),
            (true, 0x07) => (CellKind::Error, "#DIV/0!"),
            (true, 0x0f) => (CellKind::Error, "#VALUE!"),
            (true, 0x17) => (CellKind::Error, "#REF!"),
            (true, 0x1d) => (CellKind::Error, "#NAME?"),
            (true, 0x24) => (CellKind::Error, "#NUM!"),
            (true, _) => (CellKind::Error, "#N/A"),
        };
        push(self.limits, column, kind, text, row)
    }
}

impl crate::first::Sheet for Sheet {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, FileRefusal> {
        let mut number = None;
        row.restart(0);
        while let Some(id) = self.next_in_sheet()? {
            if !has_row(id) {
                if id == id::STRING {
                    self.read_awaited(row)?;
                }
                continue;
            }
            let here = u32::from(u16_at(self.records.data(), 0).ok_or(BROKEN)?) + 1;
            if number != Some(here) {
                if !row.is_empty() {
                    self.place.begun = Some(id);
                    break;
                }
                if here <= self.place.filled || number.is_some_and(|it| here < it) {
                    return Err(FileRefusal::SheetRowsOutOfOrder);
                }
                number = Some(here);
                row.restart(here);
            }
            self.place.awaited = None;
            self.read_cells(id, row)?;
        }
        if row.is_empty() {
            return Ok(false);
        }
        row.leave_out(row.number() - self.place.filled - 1);
        self.place.filled = row.number();
        Ok(true)
    }

    fn progress(&self) -> (u64, u64) {
        self.records.progress()
    }
}

/// Whether a record is a cell with something in it, or several.
fn has_row(id: u16) -> bool {
    matches!(
        id,
        id::NUMBER
            | id::RK
            | id::MULRK
            | id::BOOLERR
            | id::LABELSST
            | id::LABEL
            | id::RSTRING
            | id::FORMULA
    )
}

fn push(
    limits: Limits,
    column: u16,
    kind: CellKind,
    text: &str,
    row: &mut Row,
) -> Result<(), FileRefusal> {
    if text.is_empty() {
        return Ok(());
    }
    limits.allow(text)?;
    let column = usize::from(column);
    if column < row.len() {
        return Err(FileRefusal::Corrupt {
            what: "order of cells",
        });
    }
    if column >= limits.columns as usize {
        return Err(limits.too_many(Budget::Columns));
    }
    row.pad(column);
    row.push(kind, text);
    Ok(())
}

/// A number in four bytes: the upper half of a float or a whole number, perhaps a hundred times too large.
fn rk(bits: u32) -> f64 {
    let value = match bits & 2 {
        0 => f64::from_bits(u64::from(bits & !3) << 32),
        _ => f64::from(bits.cast_signed() >> 2),
    };
    match bits & 1 {
        0 => value,
        _ => value / 100.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_are_whole_or_floats_and_perhaps_hundredths() {
        for (bits, value) in [
            (0x0000_0082, 32.0),
            (0xffff_ffe6, -7.0),
            (0x0000_0c83, 8.0),
            (0x4040_0000, 32.0),
            (0x40a9_0001, 32.0),
            (0x0000_0000, 0.0),
        ] {
            assert_eq!(rk(bits).to_string(), f64::to_string(&value), "{bits:x}");
        }
    }
}
