//! XML Spreadsheet 2003, which the programs save as `.xml` (and some as `.xls`).

mod cell;
mod style;

use self::{cell::Cells, style::Styles};
use crate::{
    Limits,
    allowance::Allowance,
    sequence::{At, Sequence},
    text::encoding::{Source, Start},
    unreadable,
    xml::{Plain, Xml, attributes},
};
use identity_core::sheet::{Budget, FileRefusal, FileWarning, Format, Row, Rows};
use memchr::memmem;
use quick_xml::events::{BytesStart, Event};
use std::{collections::HashSet, fs::File};

/// The first visible sheet with something in it.
pub(crate) struct Document {
    xml: Xml,
    sheets: Sequence,
    styles: Styles,
    cells: Cells,
    /// The numbers, from 1, of the sheets that are not shown.
    hidden: HashSet<u32>,
}

/// What an element is for.
enum Step {
    /// Nothing by itself; what is in it counts.
    Enter,
    Skip,
    /// What the styles are told of.
    Style,
    Sheet,
    Row(Place),
    Value,
}

/// Where an element says it stands, counted from 1, and over how many further places it goes.
#[derive(Clone, Copy, Default)]
struct Place {
    index: Option<u32>,
    further: u32,
}

impl Document {
    pub(crate) fn open(file: &File, start: Start, limits: Limits) -> Result<Self, FileRefusal> {
        let clone = || file.try_clone().map_err(|it| unreadable(&it));
        let plain = || Plain::open(clone()?, start, Allowance::new(limits));
        // That a sheet is hidden is said behind its rows. Hardly any is, so most files are only searched for the word.
        let hidden = match mentions_hidden(Source::declared(clone()?, start)?)? {
            true => hidden(Xml::new(plain()?), limits)?,
            false => HashSet::new(),
        };
        Ok(Self {
            xml: Xml::new(plain()?),
            sheets: Sequence::new(limits),
            styles: Styles::default(),
            cells: Cells::new(limits),
            hidden,
        })
    }

    /// Reads as far as the next row that holds something.
    fn read(&mut self, row: &mut Row) -> Result<bool, FileRefusal> {
        while !matches!(self.sheets.at(), At::End) {
            let step = match self.xml.next()? {
                Event::Start(element) => {
                    let step = step(&element, self.sheets.at())?;
                    match step {
                        Step::Style => self.styles.learn(&element)?,
                        Step::Row(_) => self.styles.begin_row(&element)?,
                        Step::Sheet => self.styles.begin_sheet(),
                        Step::Enter | Step::Skip | Step::Value => {}
                    }
                    step
                }
                Event::End(_) => {
                    self.sheets.end_element(&self.xml);
                    continue;
                }
                Event::Eof if self.sheets.sheets() == 0 => {
                    return Err(FileRefusal::XmlNotSpreadsheet);
                }
                Event::Eof => {
                    self.sheets.end();
                    continue;
                }
                _ => continue,
            };
            match step {
                Step::Enter | Step::Style => {}
                Step::Skip => self.xml.skip()?,
                Step::Sheet => {
                    let visible = !self.hidden.contains(&(self.sheets.sheets() + 1));
                    self.sheets.begin_sheet(&mut self.xml, visible)?;
                }
                Step::Row(place) => {
                    if self.read_row(place, row)? {
                        return Ok(true);
                    }
                }
                Step::Value => self.sheets.count_other(&mut self.xml)?,
            }
        }
        Ok(false)
    }

    fn read_row(&mut self, place: Place, row: &mut Row) -> Result<bool, FileRefusal> {
        if let Some(index) = place.index {
            let skipped = index.checked_sub(self.sheets.next_number());
            self.sheets
                .pass(skipped.ok_or(FileRefusal::SheetRowsOutOfOrder)?);
        }
        row.restart(self.sheets.next_number());
        self.cells.read_row(&mut self.xml, &self.styles, row)?;
        if row.is_empty() {
            self.sheets.pass(1);
            self.sheets.pass(place.further);
            return Ok(false);
        }
        Ok(true)
    }
}

impl Rows for Document {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, FileRefusal> {
        if !self.read(row)? {
            return Ok(false);
        }
        self.sheets.give(row)?;
        Ok(true)
    }

    fn format(&self) -> Format {
        Format::Xml
    }

    fn warnings(&self) -> Vec<FileWarning> {
        self.sheets.warnings()
    }

    fn progress(&self) -> (u64, u64) {
        self.xml.input().progress()
    }
}

fn step(element: &BytesStart<'_>, at: At) -> Result<Step, FileRefusal> {
    Ok(match (element.local_name().as_ref(), at) {
        ("Workbook" | "ExcelWorkbook" | "Styles", At::Before)
        | ("Row" | "Cell", At::Other(_))
        | ("Table", At::Other(_)) => Step::Enter,
        ("Date1904" | "Style" | "NumberFormat", At::Before)
        | ("Table" | "Column", At::Sheet(_)) => Step::Style,
        ("Worksheet", _) => Step::Sheet,
        ("Row", At::Sheet(_)) => Step::Row(Place::of(element, "Span")?),
        ("Data", At::Other(_)) => Step::Value,
        _ => Step::Skip,
    })
}

impl Place {
    fn of(element: &BytesStart<'_>, further: &str) -> Result<Self, FileRefusal> {
        let mut place = Self::default();
        for it in attributes(element) {
            let (name, value) = it?;
            if name == "Index" {
                place.index = Some(number(&value)?);
            } else if name == further {
                place.further = number(&value)?;
            }
        }
        if place.index == Some(0) {
            return Err(FileRefusal::Corrupt { what: "place" });
        }
        Ok(place)
    }
}

fn number(value: &str) -> Result<u32, FileRefusal> {
    let broken = FileRefusal::Corrupt { what: "place" };
    value.trim().parse().map_err(|_| broken)
}

/// Whether the word for a hidden sheet is anywhere in the text.
fn mentions_hidden(mut source: Source) -> Result<bool, FileRefusal> {
    const WORDS: [&[u8]; 2] = [b"SheetHidden", b"SheetVeryHidden"];
    const KEPT: usize = 16;
    let finders = WORDS.map(memmem::Finder::new);
    let mut block = vec![0; 64 << 10];
    let mut kept = 0;
    loop {
        let read = source.read(block.get_mut(kept..).unwrap_or_default())?;
        if read == 0 {
            return Ok(false);
        }
        let filled = block.get(..kept + read).unwrap_or_default();
        if finders.iter().any(|it| it.find(filled).is_some()) {
            return Ok(true);
        }
        let end = filled.len();
        kept = end.min(KEPT);
        block.copy_within(end - kept..end, 0);
    }
}

/// The numbers of the sheets that are not shown.
fn hidden(mut xml: Xml, limits: Limits) -> Result<HashSet<u32>, FileRefusal> {
    let mut hidden = HashSet::new();
    let mut sheets = 0;
    let mut text = String::new();
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "Worksheet" => {
                    sheets += 1;
                    if sheets > limits.entries {
                        return Err(limits.too_many(Budget::Entries));
                    }
                }
                "Visible" => {
                    text.clear();
                    xml.text(&mut text, 64)?;
                    if matches!(text.trim(), "SheetHidden" | "SheetVeryHidden") {
                        hidden.insert(sheets);
                    }
                }
                _ => {}
            },
            Event::Eof => return Ok(hidden),
            _ => {}
        }
    }
}
