//! Sheets that follow each other in one document, as `OpenDocument` and XML Spreadsheet 2003 have them. Nothing is
//! known of a sheet before the ones in front of it were read.

use crate::{Limits, xml::Xml};
use identity_core::sheet::{Budget, FileRefusal, FileWarning, Row};

/// The last row that the programs have.
const LAST_ROW: u32 = 1_048_576;

/// Where in the document reading stands, and what was counted on the way.
pub(crate) struct Sequence {
    at: At,
    limits: Limits,
    sheets: u32,
    others: u32,
    /// The number of the last row.
    row: u32,
    /// The number of the last row that held something.
    filled: u32,
    /// Rows given so far.
    rows: u32,
}

/// A place in the document. Sheets know the depth of their elements.
#[derive(Clone, Copy)]
pub(crate) enum At {
    /// Before the first sheet with something in it.
    Before,
    /// In a sheet whose rows are given.
    Sheet(u32),
    /// Behind it.
    Behind,
    /// In a further sheet, looking for a value.
    Other(u32),
    /// Nothing follows.
    End,
}

impl Sequence {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            at: At::Before,
            limits,
            sheets: 0,
            others: 0,
            row: 0,
            filled: 0,
            rows: 0,
        }
    }

    pub(crate) fn at(&self) -> At {
        self.at
    }

    /// How many sheets have begun so far, in all.
    pub(crate) fn sheets(&self) -> u32 {
        self.sheets
    }

    /// Enters the sheet that was just started, or passes over it.
    pub(crate) fn begin_sheet(&mut self, xml: &mut Xml, visible: bool) -> Result<(), FileRefusal> {
        self.sheets += 1;
        if self.sheets > self.limits.entries {
            return Err(self.limits.too_many(Budget::Entries));
        }
        match self.at {
            At::Before if visible => {
                self.at = At::Sheet(xml.depth());
                self.row = 0;
                Ok(())
            }
            At::Behind if visible => {
                self.at = At::Other(xml.depth());
                Ok(())
            }
            At::Before | At::Sheet(_) | At::Behind | At::Other(_) | At::End => xml.skip(),
        }
    }

    /// An element has ended, perhaps that of a sheet.
    pub(crate) fn end_element(&mut self, xml: &Xml) {
        match self.at {
            At::Sheet(depth) if xml.depth() < depth => {
                self.at = match self.rows {
                    0 => At::Before,
                    _ => At::Behind,
                };
            }
            At::Other(depth) if xml.depth() < depth => self.at = At::Behind,
            At::Before | At::Sheet(_) | At::Behind | At::Other(_) | At::End => {}
        }
    }

    /// The document has ended.
    pub(crate) fn end(&mut self) {
        self.at = At::End;
    }

    /// Counts a further sheet that holds something, and passes over the rest of it.
    pub(crate) fn count_other(&mut self, xml: &mut Xml) -> Result<(), FileRefusal> {
        if let At::Other(depth) = self.at {
            self.others += 1;
            xml.leave(depth)?;
            self.at = At::Behind;
        }
        Ok(())
    }

    /// The number of the row behind the last.
    pub(crate) fn next_number(&self) -> u32 {
        self.row.saturating_add(1)
    }

    /// Passes over rows, which may be more than there can be: nothing may follow then.
    pub(crate) fn pass(&mut self, rows: u32) {
        self.row = self.row.saturating_add(rows);
    }

    /// Counts a row that holds something, the next after the last.
    pub(crate) fn give(&mut self, row: &mut Row) -> Result<(), FileRefusal> {
        if self.row >= LAST_ROW {
            return Err(self.limits.too_many(Budget::Rows));
        }
        self.row += 1;
        row.leave_out(self.row.saturating_sub(self.filled).saturating_sub(1));
        self.filled = self.row;
        self.rows += 1;
        match self.rows > self.limits.rows {
            true => Err(self.limits.too_many(Budget::Rows)),
            false => Ok(()),
        }
    }

    pub(crate) fn warnings(&self) -> Vec<FileWarning> {
        let others = (self.others > 0).then_some(FileWarning::OtherSheets { count: self.others });
        others.into_iter().collect()
    }
}
