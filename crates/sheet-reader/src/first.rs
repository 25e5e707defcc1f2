//! The sheet of a workbook that is read: the first visible one with something in it.

use crate::Limits;
use identity_core::sheet::{Budget, FileRefusal, FileWarning, Format, Row, Rows};

/// A sheet that is in a part of its own, where others can be looked into before it is read.
pub(crate) trait Sheet: Send {
    /// Reads the next row that holds anything, as [`Rows::next_row`] does.
    fn next_row(&mut self, row: &mut Row) -> Result<bool, FileRefusal>;

    /// How much of how much was read, in bytes.
    fn progress(&self) -> (u64, u64);
}

/// The sheet, whose first row was read to see whether there is one.
pub(crate) struct FirstSheet<S> {
    format: Format,
    sheet: S,
    first: Option<Row>,
    /// How many other visible sheets hold something.
    others: u32,
    /// How many rows were given.
    rows: u32,
    limits: Limits,
}

impl<S> FirstSheet<S> {
    pub(crate) const fn new(
        format: Format,
        sheet: S,
        first: Row,
        others: u32,
        limits: Limits,
    ) -> Self {
        Self {
            format,
            sheet,
            first: Some(first),
            others,
            rows: 0,
            limits,
        }
    }
}

impl<S: Sheet> Rows for FirstSheet<S> {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, FileRefusal> {
        if let Some(first) = self.first.take() {
            *row = first;
        } else if !self.sheet.next_row(row)? {
            return Ok(false);
        }
        self.rows += 1;
        if self.rows > self.limits.rows {
            return Err(self.limits.too_many(Budget::Rows));
        }
        Ok(true)
    }

    fn format(&self) -> Format {
        self.format
    }

    fn warnings(&self) -> Vec<FileWarning> {
        let others = (self.others > 0).then_some(FileWarning::OtherSheets { count: self.others });
        others.into_iter().collect()
    }

    fn progress(&self) -> (u64, u64) {
        self.sheet.progress()
    }
}
