//! The port to tables: rows of cells, as a person sees them in a spreadsheet program.
//!
//! A reader (an adapter) turns the bytes of a file into [`Row`]s; what the rows mean is decided here, so
//! that six formats have one meaning.

use std::fmt;

/// What a cell holds, as far as it matters to whoever reads text from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// Nothing.
    Blank,
    /// Text.
    Text,
    /// A number; its text is what a person typed (`32`, not `32.0`).
    Number,
    /// `TRUE` or `FALSE`.
    Boolean,
    /// A date or time, as ISO 8601 text.
    Date,
    /// An error value such as `#N/A`.
    Error,
}

/// One cell of a [`Row`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Cell<'a> {
    /// What it holds.
    pub kind: CellKind,
    /// What a person sees; empty when blank.
    pub text: &'a str,
}

/// One row of a table. The buffer is used again for each row of a file.
///
/// ```
/// use identity_core::sheet::{CellKind, Row};
/// let mut row = Row::default();
/// row.restart(2);
/// row.push(CellKind::Text, "Ada");
/// row.push(CellKind::Blank, "");
/// assert_eq!((row.number(), row.len(), row.cell(0).text), (2, 2, "Ada"));
/// assert_eq!(row.cell(9).kind, CellKind::Blank);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Row {
    number: u32,
    blank_before: u32,
    text: String,
    /// What each cell holds, and where its text ends, which is where the next begins.
    cells: Vec<(CellKind, u32)>,
}

impl Row {
    /// Empties the row and gives it the number that a person sees beside it, counted from 1.
    pub fn restart(&mut self, number: u32) {
        self.number = number;
        self.blank_before = 0;
        self.text.clear();
        self.cells.clear();
    }

    /// Says how many rows that hold nothing were left out right before this one.
    pub fn leave_out(&mut self, blank: u32) {
        self.blank_before = blank;
    }

    /// How many rows that hold nothing stand between this row and the one before it.
    #[must_use]
    pub const fn blank_before(&self) -> u32 {
        self.blank_before
    }

    /// The memory that the row holds on to, whatever it holds now, in bytes.
    #[must_use]
    pub const fn room(&self) -> usize {
        self.text.capacity() + self.cells.capacity() * size_of::<(CellKind, u32)>()
    }

    /// Appends a cell.
    pub fn push(&mut self, kind: CellKind, text: &str) {
        self.text.push_str(text);
        self.cells.push((kind, self.end()));
    }

    /// Where the text ends. No reader lets a row have as much as four gigabytes of it.
    fn end(&self) -> u32 {
        u32::try_from(self.text.len()).unwrap_or(u32::MAX)
    }

    /// Appends blank cells until there are `len` cells.
    pub fn pad(&mut self, len: usize) {
        let end = self.end();
        if self.cells.len() < len {
            self.cells.resize(len, (CellKind::Blank, end));
        }
    }

    /// The number that a person sees beside the row, counted from 1: in a spreadsheet its row, in a text
    /// file the line on which it begins.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// How many cells there are, blank ones at the end not counted by every reader.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is no cell at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The cell in this column, counted from 0; blank beyond the last.
    #[must_use]
    pub fn cell(&self, column: usize) -> Cell<'_> {
        let start = column.checked_sub(1).and_then(|it| self.cells.get(it));
        let start = start.map_or(0, |(_, end)| *end as usize);
        self.cells
            .get(column)
            .and_then(|(kind, end)| {
                Some(Cell {
                    kind: *kind,
                    text: self.text.get(start..*end as usize)?,
                })
            })
            .unwrap_or(Cell {
                kind: CellKind::Blank,
                text: "",
            })
    }

    /// The cells from the left.
    #[must_use]
    pub fn cells(&self) -> impl ExactSizeIterator<Item = Cell<'_>> {
        (0..self.len()).map(|it| self.cell(it))
    }
}

/// The formats of the customer's documents, told apart by content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Office Open XML.
    Xlsx,
    /// BIFF5 and BIFF8.
    Xls,
    /// XML Spreadsheet 2003.
    Xml,
    /// Text separated by commas, semicolons or bars.
    Csv,
    /// Text separated by tabs.
    Txt,
    /// `OpenDocument`, zipped or flat.
    Ods,
}

impl Format {
    /// The usual file name ending, without the dot.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Xls => "xls",
            Self::Xml => "xml",
            Self::Csv => "csv",
            Self::Txt => "txt",
            Self::Ods => "ods",
        }
    }
}

/// What a reader counts, so that no file takes more than it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// Bytes of the file.
    Bytes,
    /// Bytes after unpacking.
    UnpackedBytes,
    /// Parts of an archive.
    Entries,
    /// Rows.
    Rows,
    /// Columns.
    Columns,
    /// Characters of one cell.
    CellLength,
    /// Bytes of the texts that cells share.
    SharedText,
}

impl Budget {
    /// The budget in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::UnpackedBytes => "unpacked bytes",
            Self::Entries => "archive entries",
            Self::Rows => "rows",
            Self::Columns => "columns",
            Self::CellLength => "characters in one cell",
            Self::SharedText => "bytes of shared text",
        }
    }
}

/// Why a file gives no rows, or no further ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileRefusal {
    /// More bytes than allowed.
    #[error("file is larger than {limit} bytes")]
    TooLarge {
        /// the most allowed
        limit: u64,
    },
    /// No bytes, or no row with anything in it.
    #[error("file is empty")]
    Empty,
    /// None of the known formats.
    #[error("file is in no known table format")]
    FormatUnknown,
    /// A known format that is not read.
    #[error("file is in the format {format}, which is not read")]
    FormatUnsupported {
        /// its name
        format: &'static str,
    },
    /// A web page with a spreadsheet's name.
    #[error("file is an HTML page, not a spreadsheet")]
    HtmlDisguised,
    /// Protected by a password.
    #[error("file is protected by a password")]
    Encrypted,
    /// Broken.
    #[error("file is damaged: {what}")]
    Corrupt {
        /// where
        what: &'static str,
    },
    /// Takes more of something than allowed.
    #[error("file has more than {limit} {}", what.as_str())]
    BudgetExceeded {
        /// of what
        what: Budget,
        /// the most allowed
        limit: u64,
    },
    /// A document type declaration, which could define entities without end.
    #[error("XML with a document type declaration")]
    XmlDtdForbidden,
    /// XML of another kind.
    #[error("XML, but no spreadsheet")]
    XmlNotSpreadsheet,
    /// Bytes that are text in no known encoding.
    #[error("text in no known encoding")]
    EncodingUndecodable,
    /// A quote that never closes.
    #[error("a quote opened on line {line} is never closed")]
    CsvUnterminatedQuote {
        /// the line, from 1
        line: u32,
    },
    /// A workbook without a visible sheet that holds anything.
    #[error("workbook has no visible sheet with anything in it")]
    SheetNone,
    /// Row numbers that run backwards.
    #[error("rows are out of order")]
    SheetRowsOutOfOrder,
    /// The caller gave up.
    #[error("cancelled")]
    Cancelled,
    /// The bytes could not be read.
    #[error("file could not be read: {kind}")]
    Unreadable {
        /// what the operating system said
        kind: std::io::ErrorKind,
    },
}

impl FileRefusal {
    /// The stable code, in lower snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "file_too_large",
            Self::Empty => "file_empty",
            Self::FormatUnknown => "file_format_unknown",
            Self::FormatUnsupported { .. } => "file_format_unsupported",
            Self::HtmlDisguised => "file_html_disguised",
            Self::Encrypted => "file_encrypted",
            Self::Corrupt { .. } => "file_corrupt",
            Self::BudgetExceeded { .. } => "file_budget_exceeded",
            Self::XmlDtdForbidden => "xml_dtd_forbidden",
            Self::XmlNotSpreadsheet => "xml_not_spreadsheet",
            Self::EncodingUndecodable => "encoding_undecodable",
            Self::CsvUnterminatedQuote { .. } => "csv_unterminated_quote",
            Self::SheetNone => "sheet_none",
            Self::SheetRowsOutOfOrder => "sheet_rows_out_of_order",
            Self::Cancelled => "file_cancelled",
            Self::Unreadable { .. } => "file_unreadable",
        }
    }

    /// What whoever holds the file can do next.
    #[must_use]
    pub const fn next(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } | Self::BudgetExceeded { .. } => {
                "split the file into smaller ones, or remove what is not the table"
            }
            Self::Empty => "choose a file with a header row and at least one row below it",
            Self::FormatUnknown
            | Self::FormatUnsupported { .. }
            | Self::HtmlDisguised
            | Self::XmlNotSpreadsheet
            | Self::XmlDtdForbidden => {
                "open the file in a spreadsheet program and save it as .xlsx or .csv"
            }
            Self::Encrypted => "save the file again without a password",
            Self::Corrupt { .. } | Self::SheetRowsOutOfOrder => {
                "open the file in a spreadsheet program, look whether it is whole, and save it again"
            }
            Self::EncodingUndecodable => "save the file again as UTF-8",
            Self::CsvUnterminatedQuote { .. } => {
                "look for a lone quotation mark on that line and remove or double it"
            }
            Self::SheetNone => {
                "make the sheet with the table visible, or put the table on the first sheet"
            }
            Self::Cancelled => "start again when you are ready",
            Self::Unreadable { .. } => "look whether the file exists and may be read",
        }
    }
}

/// Something odd about a file that does not keep it from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileWarning {
    /// The name promises another format than the content is.
    FormatMismatch {
        /// what the content is
        found: Format,
    },
    /// Further sheets with something in them were not read.
    OtherSheets {
        /// how many
        count: u32,
    },
    /// The text is in a legacy encoding, which was guessed.
    EncodingGuessed {
        /// its name
        encoding: &'static str,
    },
}

impl FileWarning {
    /// The stable code, in lower snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::FormatMismatch { .. } => "file_format_mismatch",
            Self::OtherSheets { .. } => "sheet_others_ignored",
            Self::EncodingGuessed { .. } => "encoding_guessed",
        }
    }
}

impl fmt::Display for FileWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FormatMismatch { found } => write!(
                f,
                "the file's name promises another format than its content, which is {}",
                found.as_str()
            ),
            Self::OtherSheets { count } => write!(
                f,
                "only the first visible sheet was read, {count} more hold something"
            ),
            Self::EncodingGuessed { encoding } => write!(
                f,
                "the text is not UTF-8 and was read as {encoding}: look at names with accents"
            ),
        }
    }
}

/// Rows of one table, one after the other.
pub trait Rows: Send {
    /// Reads the next row that holds something into `row`, or returns `false` at the end. Rows that hold nothing are
    /// left out, and [counted](Row::leave_out) where something follows them.
    ///
    /// # Errors
    /// As [`FileRefusal`]; after an error there are no further rows.
    fn next_row(&mut self, row: &mut Row) -> Result<bool, FileRefusal>;

    /// What the content turned out to be.
    fn format(&self) -> Format;

    /// What is odd about the file, as far as it was read.
    fn warnings(&self) -> Vec<FileWarning>;

    /// How far the reader is: bytes consumed and bytes in all, for a progress bar.
    fn progress(&self) -> (u64, u64);
}

impl<R: Rows + ?Sized> Rows for Box<R> {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, FileRefusal> {
        (**self).next_row(row)
    }
    fn format(&self) -> Format {
        (**self).format()
    }
    fn warnings(&self) -> Vec<FileWarning> {
        (**self).warnings()
    }
    fn progress(&self) -> (u64, u64) {
        (**self).progress()
    }
}

/// The port that opens a file as a table.
pub trait SheetReader: Send + Sync + 'static {
    /// Opens a file; `name` is what the sender calls it, used for nothing but a warning.
    ///
    /// # Errors
    /// As [`FileRefusal`].
    fn open(&self, file: std::fs::File, name: Option<&str>) -> Result<Box<dyn Rows>, FileRefusal>;
}

impl fmt::Debug for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cell({:?})", self.kind)
    }
}
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("number", &self.number)
            .field("cells", &self.cells.len())
            .finish_non_exhaustive()
    }
}
