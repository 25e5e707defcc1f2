//! Spreadsheets and delimited text as rows of cells, behind the port of `identity-core`.
//!
//! [`Sheets`] looks at what a file is, never at what it is called, and reads
//!
//! - delimited text (`.csv`, `.txt`) in UTF-8, UTF-16 or a legacy encoding, with whichever delimiter it has;
//! - Office Open XML workbooks (`.xlsx`, `.xlsm`): the first visible sheet that holds anything;
//! - workbooks of the old programs (`.xls`), from Excel 5 on: the same;
//! - `OpenDocument` spreadsheets (`.ods`, `.fods`) and XML Spreadsheet 2003 (`.xml`): the same.
//!
//! Other formats are told apart and refused by name. Rows are streamed: memory does not grow with the file,
//! except by the texts that the cells of a workbook share. A large file is read by a thread of its own, a thousand rows ahead of
//! whoever looks at them at most. Whatever the bytes are, a reader gives rows or a
//! [`FileRefusal`]; every count it takes has a limit in [`Limits`].
//!
//! ```
//! use identity_core::sheet::{FileRefusal, Row, Rows as _, SheetReader as _};
//! use sheet_reader::Sheets;
//! use std::io::{Seek as _, Write as _};
//!
//! let mut file = tempfile::tempfile()?;
//! file.write_all(b"First Name;Last Name\r\nAda;Lovelace\r\n")?;
//! file.rewind()?;
//! let mut rows = Sheets::default().open(file, Some("people.csv"))?;
//! let mut row = Row::default();
//! while rows.next_row(&mut row)? {
//!     let texts: Vec<&str> = row.cells().map(|it| it.text).collect();
//!     println!("{}: {}", row.number(), texts.join(" | "));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A module a format: a further one is named by `detect`, read by a module of its own, and opened here.

mod ahead;
mod allowance;
mod archive;
mod compound;
mod detect;
mod first;
mod number;
mod ods;
mod sequence;
mod shared;
mod spreadsheet2003;
mod text;
mod xls;
mod xlsx;
mod xml;

use crate::{
    ahead::Ahead,
    archive::Archive,
    compound::Compound,
    detect::{Archived, Content, detect},
};
use identity_core::sheet::{Budget, FileRefusal, FileWarning, Format, Row, Rows, SheetReader};
use std::{
    fs::File,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// The most that a file may take. Counts at the limit are allowed, one more is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file; 512 MiB by default.
    pub file_bytes: u64,
    /// Bytes of all parts of an archive together, as declared and as really unpacked, and then of the shared
    /// texts that cells repeat; 512 MiB by default.
    pub unpacked_bytes: u64,
    /// Bytes of one part of an archive, unpacked; 256 MiB by default.
    pub part_bytes: u64,
    /// Bytes of the texts that cells share, and four for each text; 64 MiB by default. They are the one thing
    /// held in memory.
    pub shared_text_bytes: u64,
    /// Parts of an archive, and sheets of a workbook; 2,000 by default.
    pub entries: u32,
    /// Rows with something in them; 1,048,576 by default, as many as a sheet has.
    pub rows: u32,
    /// Columns; 256 by default. Blank cells beyond are dropped, others refused.
    pub columns: u32,
    /// Characters of one cell; 32,767 by default, as in the usual spreadsheet programs.
    pub cell_chars: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 512 << 20,
            unpacked_bytes: 512 << 20,
            part_bytes: 256 << 20,
            shared_text_bytes: 64 << 20,
            entries: 2_000,
            rows: 1_048_576,
            columns: 256,
            cell_chars: 32_767,
        }
    }
}

impl Limits {
    fn too_many(self, what: Budget) -> FileRefusal {
        let limit = match what {
            Budget::Bytes => self.file_bytes,
            Budget::UnpackedBytes => self.unpacked_bytes,
            Budget::Entries => self.entries.into(),
            Budget::Rows => self.rows.into(),
            Budget::Columns => self.columns.into(),
            Budget::CellLength => self.cell_chars.into(),
            Budget::SharedText => self.shared_text_bytes,
        };
        FileRefusal::BudgetExceeded { what, limit }
    }

    /// Whether a cell's text is short enough.
    fn allow(self, cell: &str) -> Result<(), FileRefusal> {
        let limit = self.cell_chars as usize;
        if cell.len() > limit && cell.chars().count() > limit {
            return Err(self.too_many(Budget::CellLength));
        }
        Ok(())
    }
}

/// From this size on a file is read by a thread of its own, ahead of whoever looks at its rows.
const LARGE: u64 = 256 << 10;

/// Opens spreadsheets and delimited text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sheets {
    /// The most that a file may take.
    pub limits: Limits,
}

impl SheetReader for Sheets {
    fn open(&self, file: File, name: Option<&str>) -> Result<Box<dyn Rows>, FileRefusal> {
        let bytes = file.metadata().map_err(|it| unreadable(&it))?.len();
        if bytes > self.limits.file_bytes {
            return Err(FileRefusal::TooLarge {
                limit: self.limits.file_bytes,
            });
        }
        let rows = guarded(|| self.rows(file))?;
        let rows = Opened::new(rows, name)?;
        if bytes < LARGE {
            return Ok(Box::new(rows));
        }
        Ok(Box::new(Ahead::of(Box::new(rows))?))
    }
}

impl Sheets {
    fn rows(&self, mut file: File) -> Result<Box<dyn Rows>, FileRefusal> {
        match detect(&mut file)? {
            Content::Archive => {
                let archive = Archive::open(file, self.limits)?;
                match detect::archived(&archive)? {
                    Archived::Xlsx => Ok(Box::new(xlsx::open(&archive, self.limits)?)),
                    Archived::Ods => Ok(Box::new(ods::Document::packed(&archive, self.limits)?)),
                }
            }
            Content::FlatOds(start) => Ok(Box::new(ods::Document::flat(file, start, self.limits)?)),
            Content::Compound => {
                let compound = Compound::open(file, self.limits)?;
                let workbook = detect::workbook(&compound)?;
                let workbook = xls::open(compound, workbook, self.limits)?;
                Ok(Box::new(workbook))
            }
            Content::Unread(format) => Err(FileRefusal::FormatUnsupported { format }),
            Content::Spreadsheet2003(start) => Ok(Box::new(spreadsheet2003::Document::open(
                &file,
                start,
                self.limits,
            )?)),
            Content::Text(start) => Ok(Box::new(text::Delimited::open(file, start, self.limits)?)),
        }
    }
}

/// Runs what reads bytes from outside with the help of libraries. No panic is known in them; if there is
/// one, it costs the file and not the process.
fn guarded<T>(read: impl FnOnce() -> Result<T, FileRefusal>) -> Result<T, FileRefusal> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(FileRefusal::Corrupt { what: "content" }))
}

/// A table with its first row read already, so that a file without any is refused when it is opened, and
/// with the file's name looked at.
struct Opened {
    rows: Box<dyn Rows>,
    first: Option<Row>,
    mismatch: Option<FileWarning>,
    failed: bool,
}

impl Opened {
    fn new(mut rows: Box<dyn Rows>, name: Option<&str>) -> Result<Self, FileRefusal> {
        let mut first = Row::default();
        let found = rows.format();
        if !guarded(|| rows.next_row(&mut first))? {
            return Err(match family(found) {
                Format::Csv | Format::Txt => FileRefusal::Empty,
                Format::Xlsx | Format::Xls | Format::Xml | Format::Ods => FileRefusal::SheetNone,
            });
        }
        let mismatch = name
            .and_then(promised)
            .filter(|it| family(*it) != family(found))
            .map(|_| FileWarning::FormatMismatch { found });
        Ok(Self {
            rows,
            first: Some(first),
            mismatch,
            failed: false,
        })
    }
}

impl Rows for Opened {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, FileRefusal> {
        if let Some(first) = self.first.take() {
            *row = first;
            return Ok(true);
        }
        if self.failed {
            return Ok(false);
        }
        let read = guarded(|| self.rows.next_row(row));
        self.failed = read.is_err();
        read
    }

    fn format(&self) -> Format {
        self.rows.format()
    }

    fn warnings(&self) -> Vec<FileWarning> {
        self.mismatch
            .into_iter()
            .chain(self.rows.warnings())
            .collect()
    }

    fn progress(&self) -> (u64, u64) {
        self.rows.progress()
    }
}

/// The format that a file's name promises, if it promises one.
fn promised(name: &str) -> Option<Format> {
    let (_, ending) = name.rsplit_once('.')?;
    [
        ("xlsx", Format::Xlsx),
        ("xlsm", Format::Xlsx),
        ("xls", Format::Xls),
        ("xml", Format::Xml),
        ("csv", Format::Csv),
        ("txt", Format::Txt),
        ("tsv", Format::Txt),
        ("tab", Format::Txt),
        ("ods", Format::Ods),
        ("fods", Format::Ods),
    ]
    .into_iter()
    .find(|(it, _)| ending.eq_ignore_ascii_case(it))
    .map(|(_, format)| format)
}

/// Delimited text is one family, since either name is used with every delimiter.
fn family(format: Format) -> Format {
    match format {
        Format::Txt | Format::Csv => Format::Csv,
        Format::Xlsx | Format::Xls | Format::Xml | Format::Ods => format,
    }
}

fn unreadable(error: &io::Error) -> FileRefusal {
    FileRefusal::Unreadable { kind: error.kind() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_promises_a_format_by_its_ending() {
        for (name, format) in [
            ("a.XLSX", Some(Format::Xlsx)),
            ("a.b.csv", Some(Format::Csv)),
            ("csv", None),
            ("a.", None),
            ("a.doc", None),
        ] {
            assert_eq!(promised(name), format, "{name}");
        }
    }

    #[test]
    fn a_cell_may_be_as_long_as_the_limit() {
        let limits = Limits {
            cell_chars: 3,
            ..Limits::default()
        };
        assert_eq!(limits.allow("äöü"), Ok(()));
        assert_eq!(
            limits.allow("äöüß"),
            Err(FileRefusal::BudgetExceeded {
                what: Budget::CellLength,
                limit: 3
            })
        );
    }
}
