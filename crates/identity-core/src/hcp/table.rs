//! A file of professionals, read row by row: what each row is by itself, before anybody looks at what is kept.

use super::{
    header::{Header, HeaderRefusal, WITHIN},
    import::ImportRefusal,
    row::{Field, Findings, HcpRow, Layout, Problem, ProblemCode, RowWarning, is_blank},
};
use crate::{
    phone::PhonePlan,
    sheet::{FileRefusal, FileWarning, Format, Row, Rows},
};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::{collections::BTreeMap, hash::BuildHasher};

/// What a row is by itself, before anybody looks at what is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Values.
    Accepted(HcpRow),
    /// Something is wrong with the row of this number.
    Rejected(u32, Vec<Problem>),
    /// So many rows hold nothing.
    Blank(u32),
}

/// Something odd that kept nothing from being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// About the file.
    File(FileWarning),
    /// A column that is not read.
    HeaderUnknown {
        /// its title, cut to 80 characters
        title: String,
    },
    /// About rows.
    Rows {
        /// what
        warning: RowWarning,
        /// how many rows
        rows: u32,
        /// the first of them
        first: u32,
    },
}

impl Warning {
    /// The stable code, in lower snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::File(it) => it.code(),
            Self::HeaderUnknown { .. } => "header_unknown",
            Self::Rows { warning, .. } => warning.code(),
        }
    }
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(it) => it.fmt(f),
            Self::HeaderUnknown { title } => write!(f, "column `{title}` is not read"),
            Self::Rows {
                warning,
                rows: 1,
                first,
            } => write!(f, "{warning} (row {first})"),
            Self::Rows {
                warning,
                rows,
                first,
            } => write!(f, "{warning} ({rows} rows, the first is {first})"),
        }
    }
}

/// A file of professionals, read row by row.
pub struct Table<'a, R> {
    rows: R,
    phones: &'a dyn PhonePlan,
    header: Header,
    layout: Layout,
    seen: Seen,
    row: Row,
    /// Whether the row in the buffer is still to be told, since blank ones came before it.
    waiting: bool,
    findings: Findings,
    warnings: BTreeMap<RowWarning, (u32, u32)>,
}

impl<'a, R: Rows> Table<'a, R> {
    /// Finds the header among the first rows.
    ///
    /// # Errors
    /// [`ImportRefusal::File`] or [`ImportRefusal::Header`].
    pub fn open(mut rows: R, phones: &'a dyn PhonePlan) -> Result<Self, ImportRefusal> {
        let mut row = Row::default();
        let mut any = false;
        for _ in 0..WITHIN {
            if !rows.next_row(&mut row)? {
                break;
            }
            any |= row.cells().any(|it| !is_blank(it));
            if let Some(header) = Header::read(&row) {
                let header = header?;
                let layout = Layout::of(&header);
                let (seen, findings, warnings) = Default::default();
                return Ok(Self {
                    rows,
                    phones,
                    header,
                    layout,
                    seen,
                    row,
                    waiting: false,
                    findings,
                    warnings,
                });
            }
        }
        Err(if any {
            HeaderRefusal::NotFound.into()
        } else {
            FileRefusal::Empty.into()
        })
    }

    /// The next row, or the blank ones before it; `None` at the end. Blank rows count where something follows them.
    ///
    /// # Errors
    /// [`FileRefusal`].
    pub fn next_line(&mut self) -> Result<Option<Line>, FileRefusal> {
        if self.waiting {
            self.waiting = false;
        } else {
            let mut blank = 0;
            loop {
                if !self.rows.next_row(&mut self.row)? {
                    return Ok(None);
                }
                blank += self.row.blank_before();
                if !self.row.cells().all(is_blank) {
                    break;
                }
                blank += 1;
            }
            if blank > 0 {
                self.waiting = true;
                return Ok(Some(Line::Blank(blank)));
            }
        }
        let number = self.row.number();
        let Some(accepted) = self.layout.read(&self.row, self.phones, &mut self.findings) else {
            let problems = std::mem::take(&mut self.findings.problems);
            return Ok(Some(Line::Rejected(number, problems)));
        };
        if let Some(code) = self.seen.first(&accepted) {
            let problem = self.layout.problem(Some(Field::EmailAddress), code);
            return Ok(Some(Line::Rejected(number, vec![problem])));
        }
        for warning in self.findings.warnings.drain(..) {
            self.warnings.entry(warning).or_insert((0, accepted.row)).0 += 1;
        }
        Ok(Some(Line::Accepted(accepted)))
    }

    /// The row of the last line that was accepted or rejected, as it stands in the file.
    #[must_use]
    pub const fn row(&self) -> &Row {
        &self.row
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// What the content turned out to be.
    #[must_use]
    pub fn format(&self) -> Format {
        self.rows.format()
    }

    /// Bytes read and bytes in all.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        self.rows.progress()
    }

    /// What was odd so far.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        let unknown = self
            .header
            .unknown
            .iter()
            .map(|it| Warning::HeaderUnknown { title: it.clone() });
        let rows = self
            .warnings
            .iter()
            .map(|(warning, (rows, first))| Warning::Rows {
                warning: *warning,
                rows: *rows,
                first: *first,
            });
        self.rows
            .warnings()
            .into_iter()
            .map(Warning::File)
            .chain(unknown)
            .chain(rows)
            .collect()
    }

    pub(super) fn problem(&self, field: Option<Field>, code: ProblemCode) -> Problem {
        self.layout.problem(field, code)
    }
}

impl<R> std::fmt::Debug for Table<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

/// The addresses of a file, to find the second row of each: their texts one behind the other in one string, so that a million
/// rows cost a few tens of megabytes.
#[derive(Default)]
struct Seen {
    texts: String,
    rows: Vec<SeenRow>,
    /// A hash of each key and its place among the rows: texts are looked at only where the hash is the same.
    by_key: HashTable<(u32, u32)>,
    hasher: DefaultHashBuilder,
}

#[derive(Clone, Copy, Debug)]
struct SeenRow {
    start: u32,
    len: u16,
    row: u32,
    /// A hash of the other values, to tell a repetition from a contradiction.
    content: u64,
}

impl Seen {
    /// Remembers the row, or says which one came first.
    fn first(&mut self, row: &HcpRow) -> Option<ProblemCode> {
        let key = row.email.key().as_str();
        let HcpRow {
            name,
            mobile,
            parent,
            ..
        } = row;
        let content =
            self.hasher
                .hash_one((name.given.as_str(), name.family.as_str(), mobile, parent));
        let Self {
            texts,
            rows,
            by_key,
            hasher,
        } = self;
        let text_of = |it: u32| {
            let seen = rows.get(it as usize)?;
            texts.get(seen.start as usize..seen.start as usize + usize::from(seen.len))
        };
        // Half of it is kept, so that a million rows stay small, and spread over all bits again where the table asks for it.
        let [_, _, _, _, hash @ ..] = hasher.hash_one(key).to_be_bytes();
        let hash = u32::from_be_bytes(hash);
        let spread = |it: u32| u64::from(it).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let entry = by_key.entry(
            spread(hash),
            |it| it.0 == hash && text_of(it.1) == Some(key),
            |it| spread(it.0),
        );
        match entry {
            hashbrown::hash_table::Entry::Occupied(known) => {
                rows.get(known.get().1 as usize).map(|first| {
                    let first_row = first.row;
                    if first.content == content {
                        ProblemCode::RowDuplicateInFile { first_row }
                    } else {
                        ProblemCode::RowConflictInFile { first_row }
                    }
                })
            }
            hashbrown::hash_table::Entry::Vacant(vacant) => {
                let number = u32::try_from(rows.len()).ok()?;
                let seen = SeenRow {
                    start: u32::try_from(texts.len()).ok()?,
                    len: u16::try_from(key.len()).ok()?,
                    row: row.row,
                    content,
                };
                vacant.insert((hash, number));
                rows.push(seen);
                texts.push_str(key);
                None
            }
        }
    }
}
