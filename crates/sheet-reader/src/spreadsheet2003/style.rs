//! The number formats that cells have, or take over from their row, their column or their table.

use super::Place;
use crate::{
    number::NumberFormat,
    xml::{attribute, attributes},
};
use identity_core::sheet::FileRefusal;
use quick_xml::events::BytesStart;
use std::{collections::HashMap, iter};

/// As many styles as a workbook can have.
const MOST_STYLES: usize = 65_536;

/// No program gives a style a longer name.
const LONGEST_NAME: usize = 255;

/// Of so many columns is the style known. Further ones are refused or blank.
const COLUMNS: u32 = 16_384;

/// What styles say of numbers.
#[derive(Default)]
pub(super) struct Styles {
    /// Days are counted from 1904 and not from 1900.
    pub(super) from_1904: bool,
    /// The style that is being read.
    style: String,
    /// Those that do anything to a number.
    formats: HashMap<String, NumberFormat>,
    table: Option<NumberFormat>,
    columns: Vec<Option<NumberFormat>>,
    row: Option<NumberFormat>,
}

impl Styles {
    /// Takes in an element that says something of styles.
    pub(super) fn learn(&mut self, element: &BytesStart<'_>) -> Result<(), FileRefusal> {
        match element.local_name().as_ref() {
            "Date1904" => self.from_1904 = true,
            "Style" => {
                self.style = attribute(element, "ID")?.unwrap_or_default();
                let parent = attribute(element, "Parent")?;
                if let Some(parent) = parent.and_then(|it| self.formats.get(&it).copied()) {
                    self.set(parent)?;
                }
            }
            "NumberFormat" => {
                let code = attribute(element, "Format")?.unwrap_or_default();
                self.set(named(&code).unwrap_or_else(|| NumberFormat::of(&code)))?;
            }
            "Table" => self.table = self.of(element)?,
            "Column" => {
                let place = Place::of(element, "Span")?;
                let format = self.of(element)?;
                let end = place.index.map_or(self.columns.len(), |it| it as usize - 1);
                if end < self.columns.len() {
                    return Err(FileRefusal::Corrupt {
                        what: "order of columns",
                    });
                }
                let gap = end - self.columns.len();
                let room = (COLUMNS as usize).saturating_sub(self.columns.len());
                let further = place.further.min(COLUMNS) as usize;
                let columns = iter::repeat_n(None, gap)
                    .chain(iter::repeat_n(format, further + 1))
                    .take(room);
                self.columns.extend(columns);
            }
            _ => {}
        }
        Ok(())
    }

    fn set(&mut self, format: NumberFormat) -> Result<(), FileRefusal> {
        if format == NumberFormat::Plain {
            self.formats.remove(&self.style);
            return Ok(());
        }
        if self.formats.len() >= MOST_STYLES || self.style.len() > LONGEST_NAME {
            return Err(FileRefusal::Corrupt { what: "styles" });
        }
        self.formats.insert(self.style.clone(), format);
        Ok(())
    }

    /// The format of the element's own style, if it has one.
    fn of(&self, element: &BytesStart<'_>) -> Result<Option<NumberFormat>, FileRefusal> {
        for it in attributes(element) {
            if let ("StyleID", id) = it? {
                return Ok(Some(self.named(&id)));
            }
        }
        Ok(None)
    }

    /// The format of a style.
    pub(super) fn named(&self, id: &str) -> NumberFormat {
        self.formats.get(id).copied().unwrap_or(NumberFormat::Plain)
    }

    /// What holds for cells of one sheet alone is forgotten.
    pub(super) fn begin_sheet(&mut self) {
        self.table = None;
        self.columns.clear();
    }

    pub(super) fn begin_row(&mut self, element: &BytesStart<'_>) -> Result<(), FileRefusal> {
        self.row = self.of(element)?;
        Ok(())
    }

    /// The format of a cell without a style of its own.
    pub(super) fn inherited(&self, column: u32) -> NumberFormat {
        let column = self.columns.get(column as usize).copied().flatten();
        self.row
            .or(column)
            .or(self.table)
            .unwrap_or_else(|| self.named("Default"))
    }
}

/// The formats that have a name and no code.
fn named(format: &str) -> Option<NumberFormat> {
    let (day, time) = match format {
        "General Date" => (true, true),
        "Long Date" | "Medium Date" | "Short Date" => (true, false),
        "Long Time" | "Medium Time" | "Short Time" => (false, true),
        "General Number" | "Currency" | "Euro Currency" | "Fixed" | "Standard" | "Percent"
        | "Scientific" | "Yes/No" | "True/False" | "On/Off" => return Some(NumberFormat::Plain),
        _ => return None,
    };
    Some(NumberFormat::Date { day, time })
}
