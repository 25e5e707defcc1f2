//! `OpenDocument` spreadsheets: `.ods`, and `.fods`, which is the same in one file of XML (ODF 1.3 part 3).

mod cell;

use self::cell::Cells;
use crate::{
    Limits,
    allowance::Allowance,
    archive::Archive,
    sequence::{At, Sequence},
    text::encoding::Start,
    xml::{Plain, Xml, attribute, attributes},
};
use identity_core::sheet::{Budget, FileRefusal, FileWarning, Format, Row, Rows};
use quick_xml::events::{BytesStart, Event};
use std::{collections::HashSet, fs::File, mem, sync::Arc};

/// No program gives a style a longer name.
const LONGEST_NAME: usize = 1 << 10;

/// The first visible sheet with something in it.
pub(crate) struct Document {
    xml: Xml,
    left: Arc<Allowance>,
    limits: Limits,
    cells: Cells,
    sheets: Sequence,
    /// There was a spreadsheet, and not a text or a drawing.
    spreadsheet: bool,
    /// The style that is being read, and those whose sheets are not shown.
    style: String,
    hidden: HashSet<String>,
    /// A row that comes again, and how often.
    repeated: Row,
    again: u32,
}

/// What an element is for.
enum Step {
    /// Nothing by itself; what is in it counts.
    Enter,
    Skip,
    Style(String),
    Hidden,
    Spreadsheet,
    Sheet {
        visible: bool,
    },
    Row {
        repeated: u32,
    },
    Value,
}

impl Document {
    /// Reads a zip archive.
    pub(crate) fn packed(archive: &Archive, limits: Limits) -> Result<Self, FileRefusal> {
        if archive.contains("meta-inf/manifest.xml") {
            let mut manifest = Xml::new(archive.part("meta-inf/manifest.xml")?);
            loop {
                match manifest.next()? {
                    Event::Start(it) if it.local_name().as_ref() == "encryption-data" => {
                        return Err(FileRefusal::Encrypted);
                    }
                    Event::Eof => break,
                    _ => {}
                }
            }
        }
        let content = Xml::new(archive.part("content.xml")?);
        Ok(Self::new(content, archive.left(), limits))
    }

    /// Reads a file of XML.
    pub(crate) fn flat(file: File, start: Start, limits: Limits) -> Result<Self, FileRefusal> {
        let left = Allowance::new(limits);
        let xml = Xml::new(Plain::open(file, start, Arc::clone(&left))?);
        Ok(Self::new(xml, left, limits))
    }

    fn new(xml: Xml, left: Arc<Allowance>, limits: Limits) -> Self {
        Self {
            xml,
            cells: Cells::new(Arc::clone(&left), limits),
            left,
            limits,
            sheets: Sequence::new(limits),
            spreadsheet: false,
            style: String::new(),
            hidden: HashSet::new(),
            repeated: Row::default(),
            again: 0,
        }
    }

    /// Reads as far as the next row that holds something.
    fn read(&mut self, row: &mut Row) -> Result<bool, FileRefusal> {
        while !matches!(self.sheets.at(), At::End) {
            let step = match self.xml.next()? {
                Event::Start(element) => {
                    step(&element, self.sheets.at(), self.spreadsheet, &self.hidden)?
                }
                Event::End(_) => {
                    self.sheets.end_element(&self.xml);
                    continue;
                }
                Event::Eof if !self.spreadsheet => return Err(FileRefusal::FormatUnknown),
                Event::Eof => {
                    self.sheets.end();
                    continue;
                }
                _ => continue,
            };
            match step {
                Step::Enter => {}
                Step::Skip => self.xml.skip()?,
                Step::Spreadsheet => self.spreadsheet = true,
                Step::Style(name) => self.style = name,
                Step::Hidden => {
                    if self.hidden.len() >= self.limits.entries as usize {
                        return Err(self.limits.too_many(Budget::Entries));
                    }
                    self.hidden.insert(mem::take(&mut self.style));
                }
                Step::Sheet { visible } => self.sheets.begin_sheet(&mut self.xml, visible)?,
                Step::Row { repeated } => {
                    if self.read_row(repeated, row)? {
                        return Ok(true);
                    }
                }
                Step::Value => self.sheets.count_other(&mut self.xml)?,
            }
        }
        Ok(false)
    }

    /// Reads the row element that was just started, which stands for so many rows; `false` if nothing is in it.
    fn read_row(&mut self, repeated: u32, row: &mut Row) -> Result<bool, FileRefusal> {
        row.restart(self.sheets.next_number());
        self.cells.read_row(&mut self.xml, row)?;
        if row.is_empty() {
            self.sheets.pass(repeated);
            return Ok(false);
        }
        self.again = repeated.saturating_sub(1);
        if self.again > 0 {
            self.repeated.clone_from(row);
        }
        Ok(true)
    }

    /// Gives the row before once more. Few bytes can stand for many rows, so each is counted as if it had been read.
    fn repeat(&mut self, row: &mut Row) -> Result<(), FileRefusal> {
        self.again -= 1;
        row.restart(self.sheets.next_number());
        let mut bytes = 0;
        for cell in self.repeated.cells() {
            bytes += cell.text.len() as u64;
            row.push(cell.kind, cell.text);
        }
        self.left
            .charge_tokens(cell::TOKENS * self.repeated.len() as u64)?;
        self.left.charge(bytes)
    }
}

impl Rows for Document {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, FileRefusal> {
        if self.again > 0 {
            self.repeat(row)?;
        } else if !self.read(row)? {
            return Ok(false);
        }
        self.sheets.give(row)?;
        Ok(true)
    }

    fn format(&self) -> Format {
        Format::Ods
    }

    fn warnings(&self) -> Vec<FileWarning> {
        self.sheets.warnings()
    }

    fn progress(&self) -> (u64, u64) {
        self.xml.input().progress()
    }
}

fn step(
    element: &BytesStart<'_>,
    at: At,
    spreadsheet: bool,
    hidden: &HashSet<String>,
) -> Result<Step, FileRefusal> {
    let unsupported = |format| Err(FileRefusal::FormatUnsupported { format });
    Ok(match (element.local_name().as_ref(), at) {
        ("document" | "document-content" | "automatic-styles" | "body", _)
        | ("table-rows" | "table-header-rows" | "table-row-group", At::Sheet(_) | At::Other(_))
        | ("table-row", At::Other(_)) => Step::Enter,
        ("style", At::Before) if attribute(element, "family")?.as_deref() == Some("table") => {
            let name = attribute(element, "name")?.unwrap_or_default();
            if name.len() > LONGEST_NAME {
                return Err(FileRefusal::Corrupt { what: "style name" });
            }
            Step::Style(name)
        }
        ("table-properties", At::Before) => match attribute(element, "display")?.as_deref() {
            Some("false") => Step::Hidden,
            _ => Step::Enter,
        },
        ("spreadsheet", _) => Step::Spreadsheet,
        ("text", _) => return unsupported("odt"),
        ("presentation", _) => return unsupported("odp"),
        ("drawing", _) => return unsupported("odg"),
        ("table", _) if !spreadsheet => return unsupported("sxc"),
        ("table", At::Before | At::Behind) => Step::Sheet {
            visible: attribute(element, "style-name")?.is_none_or(|it| !hidden.contains(&it)),
        },
        ("table-row", At::Sheet(_)) => Step::Row {
            repeated: repeated(element, "number-rows-repeated")?,
        },
        ("table-cell", At::Other(_)) if attribute(element, "value-type")?.is_some() => Step::Value,
        _ => Step::Skip,
    })
}

/// How often an element comes, which may be more often than fits.
fn repeated(element: &BytesStart<'_>, name: &str) -> Result<u32, FileRefusal> {
    for it in attributes(element) {
        let (local, value) = it?;
        if local == name {
            return times(&value);
        }
    }
    Ok(1)
}

fn times(value: &str) -> Result<u32, FileRefusal> {
    let digits = !value.is_empty() && value.bytes().all(|it| it.is_ascii_digit());
    match value.parse::<u32>() {
        Ok(0) => Err(FileRefusal::Corrupt { what: "repetition" }),
        Ok(times) => Ok(times),
        Err(_) if digits => Ok(u32::MAX),
        Err(_) => Err(FileRefusal::Corrupt { what: "repetition" }),
    }
}
