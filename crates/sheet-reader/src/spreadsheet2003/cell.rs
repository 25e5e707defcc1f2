//! The cells of a row.

use super::{Place, number, style::Styles};
use crate::{
    Limits,
    number::NumberFormat,
    xml::{Xml, attributes},
};
use identity_core::sheet::{Budget, CellKind, FileRefusal, Row};
use quick_xml::events::{BytesStart, Event};

/// Reads cells, with room for the one that is being read.
pub(super) struct Cells {
    limits: Limits,
    value: String,
    shown: String,
}

/// How the value of a cell is stored.
#[derive(Clone, Copy)]
enum Stored {
    Text,
    Number,
    Boolean,
    Date,
    Error,
}

/// What the start of a cell says.
struct Start {
    place: Place,
    format: Option<NumberFormat>,
}

impl Cells {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            value: String::new(),
            shown: String::new(),
        }
    }

    /// Reads the cells of the row that was just started, those with something in them as far as the last.
    pub(super) fn read_row(
        &mut self,
        xml: &mut Xml,
        styles: &Styles,
        row: &mut Row,
    ) -> Result<(), FileRefusal> {
        let mut column = 0_u32;
        loop {
            match xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == "Cell" => {
                    let start = start(&element, styles)?;
                    if let Some(index) = start.place.index {
                        if index <= column {
                            return Err(FileRefusal::Corrupt {
                                what: "order of cells",
                            });
                        }
                        column = index - 1;
                    }
                    let format = start.format.unwrap_or_else(|| styles.inherited(column));
                    self.read_cell(xml, format, styles.from_1904, column, row)?;
                    // A merged cell lies over the places of further ones.
                    column = column.saturating_add(start.place.further).saturating_add(1);
                }
                Event::Start(_) => xml.skip()?,
                Event::End(_) => return Ok(()),
                _ => {}
            }
        }
    }

    /// Reads the rest of a cell, and appends it to the row unless it is blank.
    fn read_cell(
        &mut self,
        xml: &mut Xml,
        format: NumberFormat,
        from_1904: bool,
        column: u32,
        row: &mut Row,
    ) -> Result<(), FileRefusal> {
        let longest = self.limits.cell_chars as usize * 4;
        self.value.clear();
        let mut stored = Stored::Text;
        loop {
            match xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == "Data" => {
                    stored = stored_as(&element)?;
                    self.value.clear();
                    xml.deep_text(&mut self.value, longest)?;
                    if self.value.len() > longest {
                        return Err(self.limits.too_many(Budget::CellLength));
                    }
                }
                // Comments among them, which have data of their own.
                Event::Start(_) => xml.skip()?,
                Event::End(_) => break,
                _ => {}
            }
        }
        if self.value.is_empty() {
            return Ok(());
        }
        let (kind, text) = match stored {
            Stored::Text => (CellKind::Text, self.value.as_str()),
            Stored::Error => (CellKind::Error, self.value.as_str()),
            Stored::Boolean => match self.value.trim() {
                "0" | "false" | "False" => (CellKind::Boolean, "FALSE"),
                _ => (CellKind::Boolean, "TRUE"),
            },
            Stored::Date => (CellKind::Date, date(&self.value, format)),
            Stored::Number => {
                let kind = format.show(&self.value, from_1904, &mut self.shown);
                (kind, self.shown.as_str())
            }
        };
        if text.is_empty() {
            return Ok(());
        }
        self.limits.allow(text)?;
        if column >= self.limits.columns {
            return Err(self.limits.too_many(Budget::Columns));
        }
        row.pad(column as usize);
        row.push(kind, text);
        Ok(())
    }
}

fn start(element: &BytesStart<'_>, styles: &Styles) -> Result<Start, FileRefusal> {
    let mut start = Start {
        place: Place::default(),
        format: None,
    };
    for it in attributes(element) {
        match it? {
            ("Index", value) => {
                let index = number(&value)?;
                if index == 0 {
                    return Err(FileRefusal::Corrupt { what: "place" });
                }
                start.place.index = Some(index);
            }
            ("MergeAcross", value) => start.place.further = number(&value)?,
            ("StyleID", value) => start.format = Some(styles.named(&value)),
            _ => {}
        }
    }
    Ok(start)
}

fn stored_as(element: &BytesStart<'_>) -> Result<Stored, FileRefusal> {
    for it in attributes(element) {
        if let ("Type", value) = it? {
            return Ok(match value.as_ref() {
                "Number" => Stored::Number,
                "Boolean" => Stored::Boolean,
                "DateTime" => Stored::Date,
                "Error" => Stored::Error,
                _ => Stored::Text,
            });
        }
    }
    Ok(Stored::Text)
}

/// A date has always a time of day, and a time of day a date: what the format shows of it.
fn date(stored: &str, format: NumberFormat) -> &str {
    let stored = stored.trim();
    let whole = stored.split_once('.').map_or(stored, |it| it.0);
    let (shows_day, shows_time) = match format {
        NumberFormat::Date { day, time } => (day, time),
        NumberFormat::Plain | NumberFormat::Digits(_) => (true, false),
    };
    match whole.split_once('T') {
        Some(("1899-12-30" | "1899-12-31" | "1904-01-01", time)) if !shows_day => time,
        Some((day, "00:00:00")) if !shows_time => day,
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_date_is_shown_what_its_format_shows() {
        let day = NumberFormat::of("dd/mm/yyyy");
        let time = NumberFormat::of("hh:mm");
        let both = NumberFormat::of("dd/mm/yyyy hh:mm");
        for (stored, format, shown) in [
            ("2024-02-29T00:00:00.000", day, "2024-02-29"),
            ("2024-02-29T00:00:00.000", both, "2024-02-29T00:00:00"),
            ("2024-02-29T13:45:30.000", day, "2024-02-29T13:45:30"),
            ("1899-12-31T13:45:30.000", time, "13:45:30"),
            ("2024-02-29T13:45:30", time, "2024-02-29T13:45:30"),
            ("2024-02-29", NumberFormat::Plain, "2024-02-29"),
        ] {
            assert_eq!(date(stored, format), shown, "{stored}");
        }
    }
}
