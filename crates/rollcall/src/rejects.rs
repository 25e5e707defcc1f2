//! The rejected rows of an import as a file: to be corrected in a spreadsheet program, and imported again.
//!
//! The columns are those of the original, as they stand there, and two more that say what is wrong. Rows come in the order of
//! the file, in bounded memory. The file appears whole, under its name, or not at all.

use crate::failure::Failure;
use csv::{QuoteStyle, StringRecord, Terminator, Writer, WriterBuilder};
use identity_core::{
    hcp::{
        header::{Header, WITHIN},
        row::Problem,
    },
    sheet::{FileRefusal, FileWarning, Format, Row, Rows},
};
use std::{
    fs,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};
use tempfile::NamedTempFile;

/// The titles of the columns that say what is wrong.
const CODE: &str = "Rejection";
const MESSAGE: &str = "Rejection Message";

/// The titles of a file's header, once it was read.
pub(crate) type Titles = Arc<OnceLock<Vec<String>>>;

/// A table whose header is looked at in passing.
pub(crate) struct Headed<R> {
    rows: R,
    seen: usize,
    titles: Titles,
}

impl<R: Rows> Headed<R> {
    pub(crate) const fn new(rows: R, titles: Titles) -> Self {
        Self {
            rows,
            seen: 0,
            titles,
        }
    }
}

impl<R: Rows> Rows for Headed<R> {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, FileRefusal> {
        let more = self.rows.next_row(row)?;
        if more && self.seen < WITHIN && self.titles.get().is_none() {
            self.seen += 1;
            if let Some(Ok(_)) = Header::read(row) {
                let titles = row.cells().map(|it| it.text.to_owned()).collect();
                self.titles.get_or_init(|| titles);
            }
        }
        Ok(more)
    }
    fn format(&self) -> Format {
        self.rows.format()
    }
    fn warnings(&self) -> Vec<FileWarning> {
        self.rows.warnings()
    }
    fn progress(&self) -> (u64, u64) {
        self.rows.progress()
    }
}

/// A file of rejected rows on its way.
pub(crate) struct Rejects {
    path: PathBuf,
    writer: Writer<BufWriter<NamedTempFile>>,
    titles: Titles,
    /// Which columns of the original are kept: all but those of an earlier file of rejected rows.
    kept: Vec<usize>,
    width: usize,
    written: u32,
    failed: Option<io::Error>,
}

impl Rejects {
    /// Begins the file, which is to lie at `path`: none of the files in `spared`.
    pub(crate) fn begin(path: &Path, spared: &[&Path], titles: Titles) -> Result<Self, Failure> {
        if let Ok(there) = fs::canonicalize(path) {
            if there.is_dir() {
                return Err(unwritable("is a folder", "name a file within the folder"));
            }
            if spared
                .iter()
                .any(|it| fs::canonicalize(it).is_ok_and(|it| it == there))
            {
                return Err(Failure::new(
                    "rejects_overwrite",
                    "the rejected rows would be written over the file that is imported, or over the database",
                    "name another file with `--rejects`",
                ));
            }
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            Some(_) | None => Path::new("."),
        };
        let mut file = tempfile::Builder::new()
            .prefix(".rollcall-rejects-")
            .tempfile_in(folder)
            .map_err(|error| {
                unwritable(
                    &format!("cannot be written: {}", error.kind()),
                    "look whether its folder exists and may be written",
                )
            })?;
        let begun = file.write_all("\u{feff}".as_bytes());
        Ok(Self {
            path: path.to_owned(),
            writer: WriterBuilder::new()
                .quote_style(QuoteStyle::Always)
                .terminator(Terminator::CRLF)
                .flexible(true)
                .from_writer(BufWriter::new(file)),
            titles,
            kept: Vec::new(),
            width: 0,
            written: 0,
            failed: begun.err(),
        })
    }

    /// Takes a rejected row. What goes wrong is told at the end: an import is not stopped by it.
    pub(crate) fn take(&mut self, row: &Row, problems: &[Problem]) {
        if self.failed.is_some() {
            return;
        }
        if self.written == 0 {
            self.head();
        }
        if self.failed.is_none() {
            let record = self.record(row, problems);
            self.written += 1;
            self.failed = self.writer.write_record(&record).err().map(Into::into);
        }
    }

    /// Gives the file its name. `None` when nothing was rejected: then there is no file.
    pub(crate) fn finish(mut self) -> Result<Option<(PathBuf, u32)>, Failure> {
        if self.written == 0 && self.failed.is_none() {
            return Ok(None);
        }
        let done = match self.failed.take() {
            Some(error) => Err(error),
            None => self
                .writer
                .into_inner()
                .map_err(csv::IntoInnerError::into_error)
                .and_then(|buffer| buffer.into_inner().map_err(io::IntoInnerError::into_error))
                .and_then(|file| {
                    file.as_file().sync_all()?;
                    file.persist(&self.path).map_err(|error| error.error)
                }),
        };
        match done {
            Ok(_) => Ok(Some((self.path, self.written))),
            Err(error) => Err(unwritable(
                &format!("could not be written: {}", error.kind()),
                "make room or name another file, then run the same command again: rows already imported are found unchanged",
            )),
        }
    }

    fn head(&mut self) {
        let titles = self.titles.get().cloned().unwrap_or_default();
        let (kept, mut head): (Vec<usize>, Vec<String>) = titles
            .iter()
            .enumerate()
            .filter(|(_, it)| *it != CODE && *it != MESSAGE)
            .map(|(place, title)| (place, harmless(title)))
            .unzip();
        head.extend([CODE.to_owned(), MESSAGE.to_owned()]);
        (self.kept, self.width) = (kept, titles.len());
        self.failed = self.writer.write_record(&head).err().map(Into::into);
    }

    fn record(&self, row: &Row, problems: &[Problem]) -> StringRecord {
        let codes: Vec<_> = problems.iter().map(|it| it.code.code()).collect();
        let messages: Vec<_> = problems
            .iter()
            .map(|it| match &*it.column {
                "" => it.code.to_string(),
                column => format!("{column}: {}", it.code),
            })
            .collect();
        let mut record: StringRecord = self
            .kept
            .iter()
            .map(|it| harmless(row.cell(*it).text))
            .collect();
        record.push_field(&codes.join("; "));
        record.push_field(&harmless(&messages.join("; ")));
        // Cells beyond the header stay beyond it, where they are seen and rejected again until somebody moves them.
        for beyond in row.cells().skip(self.width) {
            record.push_field(&harmless(beyond.text));
        }
        record
    }
}

fn unwritable(what: &str, next: &str) -> Failure {
    let message = format!("the file for the rejected rows {what}");
    Failure::new("rejects_unwritable", message, next)
}

/// A cell that no spreadsheet program takes for a formula.
fn harmless(cell: &str) -> String {
    let formula = [
        '=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠',
    ];
    if cell.starts_with(formula) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use identity_core::{hcp::row::ProblemCode, sheet::CellKind};

    fn row(number: u32, cells: &[&str]) -> Row {
        let mut row = Row::default();
        row.restart(number);
        cells.iter().for_each(|it| row.push(CellKind::Text, it));
        row
    }

    fn problem(column: &str) -> Problem {
        Problem {
            column: column.into(),
            code: ProblemCode::EmailSyntax,
        }
    }

    fn titles(titles: &[&str]) -> Titles {
        let lock = Titles::default();
        lock.get_or_init(|| titles.iter().map(|it| (*it).to_owned()).collect());
        lock
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_written_as_text() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("+32470", "'+32470"),
            ("-", "'-"),
            ("@x", "'@x"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("\nx", "'\nx"),
            ("\0x", "'\0x"),
            ("＝1", "'＝1"),
            ("＋1", "'＋1"),
            ("－1", "'－1"),
            ("＠x", "'＠x"),
            ("'t Hooft", "'t Hooft"),
            ("Ada", "Ada"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), written);
        }
    }

    #[test]
    fn rows_stand_in_the_order_of_the_file_whenever_they_were_rejected() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let mut rejects = Rejects::begin(&path, &[], titles(&["E-mail", CODE, "City"])).unwrap();
        for number in [2, 4, 3] {
            let cells = ["x", "old", "Ghent", "beyond"];
            rejects.take(&row(number, &cells), &[problem("E-mail")]);
        }
        assert_eq!(rejects.finish().unwrap(), Some((path.clone(), 3)));
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[0],
            "\u{feff}\"E-mail\",\"City\",\"Rejection\",\"Rejection Message\""
        );
        assert!(lines[1].starts_with("\"x\",\"Ghent\",\"email_syntax\",\"E-mail: not an e-mail"));
        assert!(lines[1].ends_with(",\"beyond\""));
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn nothing_rejected_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let rejects = Rejects::begin(&path, &[], titles(&["E-mail"])).unwrap();
        assert_eq!(rejects.finish().unwrap(), None);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
