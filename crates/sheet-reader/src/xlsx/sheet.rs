//! The rows of one sheet.

use super::{
    Book,
    texts::{rich_text, unescape},
};
use crate::{
    Limits,
    allowance::Allowance,
    number::NumberFormat,
    xml::{Xml, attributes},
};
use identity_core::sheet::{Budget, CellKind, FileRefusal, Row};
use quick_xml::events::{BytesStart, Event};
use std::sync::Arc;

/// The last row that the format has.
const LAST_ROW: u32 = 1_048_576;

/// As many columns as the format has; even a blank cell is not beyond.
const COLUMNS: usize = 16_384;

/// As much of a further sheet as is searched for a value.
const SEARCHED: u64 = 64 << 10;

/// A sheet that is being read.
pub(crate) struct Sheet {
    xml: Xml,
    book: Arc<Book>,
    left: Arc<Allowance>,
    limits: Limits,
    /// The number of the last row.
    row: u32,
    /// The number of the last row that held something.
    filled: u32,
    value: String,
    shown: String,
    ended: bool,
}

/// How the value of a cell is stored.
#[derive(Clone, Copy)]
enum Stored {
    Number,
    Shared,
    Text,
    Boolean,
    Error,
    Date,
}

/// What the start of a cell says.
struct Start {
    /// Row and column, the row from 1 and the column from 0.
    place: Option<(u32, usize)>,
    style: usize,
    stored: Stored,
}

impl Sheet {
    pub(crate) fn new(xml: Xml, book: Arc<Book>, left: Arc<Allowance>, limits: Limits) -> Self {
        Self {
            xml,
            book,
            left,
            limits,
            row: 0,
            filled: 0,
            value: String::new(),
            shown: String::new(),
            ended: false,
        }
    }

    fn read_row(&mut self, number: Option<u32>, row: &mut Row) -> Result<(), FileRefusal> {
        let mut known = number;
        row.restart(number.unwrap_or(self.row.saturating_add(1)));
        if let Some(number) = number {
            self.begin(number)?;
        }
        let mut column = 0;
        loop {
            match self.xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == "c" => {
                    let start = start(&element)?;
                    if let Some((in_row, in_column)) = start.place {
                        match known {
                            None => {
                                self.begin(in_row)?;
                                row.restart(in_row);
                            }
                            Some(known) if known != in_row => {
                                return Err(FileRefusal::SheetRowsOutOfOrder);
                            }
                            Some(_) => {}
                        }
                        if in_column < column {
                            return Err(FileRefusal::Corrupt {
                                what: "order of cells",
                            });
                        }
                        column = in_column;
                    } else if known.is_none() {
                        self.begin(row.number())?;
                    }
                    known = Some(row.number());
                    if column >= COLUMNS {
                        return Err(FileRefusal::Corrupt { what: "cell place" });
                    }
                    self.read_cell(&start, column, row)?;
                    column += 1;
                }
                Event::Start(_) => self.xml.skip()?,
                Event::End(_) => break,
                _ => {}
            }
        }
        if known.is_none() {
            self.begin(row.number())?;
        }
        Ok(())
    }

    /// Rows come in order, none twice.
    fn begin(&mut self, number: u32) -> Result<(), FileRefusal> {
        if number > LAST_ROW {
            return Err(self.limits.too_many(Budget::Rows));
        }
        if number <= self.row {
            return Err(FileRefusal::SheetRowsOutOfOrder);
        }
        self.row = number;
        Ok(())
    }

    /// Reads the rest of a cell, and appends it to the row unless it is blank.
    fn read_cell(
        &mut self,
        start: &Start,
        column: usize,
        row: &mut Row,
    ) -> Result<(), FileRefusal> {
        let longest = self.limits.cell_chars as usize * 4;
        self.value.clear();
        loop {
            match self.xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "v" => {
                        self.value.clear();
                        self.xml.text(&mut self.value, longest)?;
                        if self.value.len() > longest {
                            return Err(self.limits.too_many(Budget::CellLength));
                        }
                    }
                    "is" => {
                        self.value.clear();
                        rich_text(&mut self.xml, &mut self.value, self.limits)?;
                    }
                    _ => self.xml.skip()?,
                },
                Event::End(_) => break,
                _ => {}
            }
        }
        if self.value.is_empty() {
            return Ok(());
        }
        let (kind, text) = match start.stored {
            Stored::Shared => {
                let text = self
                    .value
                    .trim()
                    .parse()
                    .ok()
                    .and_then(|it| self.book.texts.get(it))
                    .ok_or(FileRefusal::Corrupt {
                        what: "shared text",
                    })?;
                // A few bytes in a cell can stand for a long text, so those are counted as unpacked.
                self.left.charge(text.len() as u64)?;
                (CellKind::Text, text)
            }
            Stored::Text => {
                if self.value.contains("_x") {
                    unescape(&mut self.value);
                }
                self.limits.allow(&self.value)?;
                (CellKind::Text, self.value.as_str())
            }
            Stored::Number => {
                let format = self.book.formats.get(start.style);
                let kind = format.copied().unwrap_or(NumberFormat::Plain).show(
                    &self.value,
                    self.book.from_1904,
                    &mut self.shown,
                );
                self.limits.allow(&self.shown)?;
                (kind, self.shown.as_str())
            }
            Stored::Boolean => match self.value.trim() {
                "0" | "false" => (CellKind::Boolean, "FALSE"),
                _ => (CellKind::Boolean, "TRUE"),
            },
            Stored::Error => {
                self.limits.allow(&self.value)?;
                (CellKind::Error, self.value.as_str())
            }
            Stored::Date => {
                self.limits.allow(&self.value)?;
                (CellKind::Date, self.value.as_str())
            }
        };
        if text.is_empty() {
            return Ok(());
        }
        if column >= self.limits.columns as usize {
            return Err(self.limits.too_many(Budget::Columns));
        }
        row.pad(column);
        row.push(kind, text);
        Ok(())
    }
}

impl crate::first::Sheet for Sheet {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, FileRefusal> {
        while !self.ended {
            match self.xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == "row" => {
                    let number = row_number(&element)?;
                    self.read_row(number, row)?;
                    if !row.is_empty() {
                        row.leave_out(row.number().saturating_sub(self.filled).saturating_sub(1));
                        self.filled = row.number();
                        return Ok(true);
                    }
                }
                // The rest is read too, so that the checksum is looked at.
                Event::Eof => self.ended = true,
                _ => {}
            }
        }
        Ok(false)
    }

    fn progress(&self) -> (u64, u64) {
        self.xml.input().progress()
    }
}

fn row_number(element: &BytesStart<'_>) -> Result<Option<u32>, FileRefusal> {
    for it in attributes(element) {
        if let ("r", value) = it? {
            let number = value.parse().ok().filter(|it| *it > 0);
            return match number {
                Some(number) => Ok(Some(number)),
                None => Err(FileRefusal::Corrupt { what: "row number" }),
            };
        }
    }
    Ok(None)
}

fn start(element: &BytesStart<'_>) -> Result<Start, FileRefusal> {
    let mut start = Start {
        place: None,
        style: 0,
        stored: Stored::Number,
    };
    for it in attributes(element) {
        match it? {
            ("r", value) => {
                let place = place(&value).ok_or(FileRefusal::Corrupt { what: "cell place" })?;
                start.place = Some(place);
            }
            ("s", value) => start.style = value.parse().unwrap_or(0),
            ("t", value) => {
                start.stored = match value.as_ref() {
                    "s" => Stored::Shared,
                    "str" | "inlineStr" => Stored::Text,
                    "b" => Stored::Boolean,
                    "e" => Stored::Error,
                    "d" => Stored::Date,
                    _ => Stored::Number,
                };
            }
            _ => {}
        }
    }
    Ok(start)
}

/// The row, from 1, and the column, from 0, of a place such as `B3`.
fn place(text: &str) -> Option<(u32, usize)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (letters, digits) = text.split_at_checked(letters)?;
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let column = letters.bytes().fold(0, |sum, it| {
        sum * 26 + usize::from(it.to_ascii_uppercase() - b'A') + 1
    });
    let row = digits.parse().ok().filter(|it| *it > 0)?;
    Some((row, column - 1))
}

/// Whether a sheet has a value near its beginning.
pub(crate) fn has_values(mut xml: Xml) -> Result<bool, FileRefusal> {
    while xml.input().read() <= SEARCHED {
        match xml.next()? {
            Event::Start(element) => {
                if matches!(element.local_name().as_ref(), "v" | "is") {
                    return Ok(true);
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_letters_and_a_number() {
        for (text, found) in [
            ("A1", Some((1, 0))),
            ("z9", Some((9, 25))),
            ("AA10", Some((10, 26))),
            ("XFD1048576", Some((1_048_576, 16_383))),
            ("1", None),
            ("A", None),
            ("A0", None),
            ("ABCD1", None),
            ("A-1", None),
            ("Ä1", None),
        ] {
            assert_eq!(place(text), found, "{text}");
        }
    }
}
