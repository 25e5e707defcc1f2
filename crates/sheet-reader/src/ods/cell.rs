//! The cells of a row.

use super::{repeated, times};
use crate::{
    Limits,
    allowance::Allowance,
    number::NumberFormat,
    xml::{Xml, attribute, referred},
};
use identity_core::sheet::{Budget, CellKind, FileRefusal, Row};
use quick_xml::{
    XmlVersion,
    events::{BytesStart, Event},
};
use std::{fmt::Write as _, sync::Arc};

/// As many elements and texts as a cell with something in it has, for those that are repeated.
pub(super) const TOKENS: u64 = 4;

/// Reads cells, with room for the one that is being read.
pub(super) struct Cells {
    left: Arc<Allowance>,
    limits: Limits,
    held: Held,
}

/// What one cell holds.
#[derive(Default)]
struct Held {
    /// The value, as an attribute has it.
    value: String,
    /// What the program showed of it.
    shown: String,
    /// The value in words.
    text: String,
}

/// How the value of a cell is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stored {
    Text,
    Number,
    Boolean,
    Date,
    Time,
    Error,
}

/// What the start of a cell says.
struct Start {
    stored: Stored,
    /// There is a value beside what is shown.
    valued: bool,
    formula: bool,
    repeated: u32,
}

impl Cells {
    pub(super) fn new(left: Arc<Allowance>, limits: Limits) -> Self {
        Self {
            left,
            limits,
            held: Held::default(),
        }
    }

    /// Reads the cells of the row that was just started, those with something in them as far as the last.
    pub(super) fn read_row(&mut self, xml: &mut Xml, row: &mut Row) -> Result<(), FileRefusal> {
        let mut column = 0_u32;
        loop {
            match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "table-cell" => {
                        let start = start(&element, &mut self.held.value)?;
                        self.read_cell(xml, &start, column, row)?;
                        column = column.saturating_add(start.repeated);
                    }
                    // What a merged cell lies over is not seen.
                    "covered-table-cell" => {
                        let repeated = repeated(&element, "number-columns-repeated")?;
                        column = column.saturating_add(repeated);
                        xml.skip()?;
                    }
                    _ => xml.skip()?,
                },
                Event::End(_) => return Ok(()),
                _ => {}
            }
        }
    }

    /// Reads the rest of a cell, and appends it to the row unless it is blank.
    fn read_cell(
        &mut self,
        xml: &mut Xml,
        start: &Start,
        column: u32,
        row: &mut Row,
    ) -> Result<(), FileRefusal> {
        self.held.shown.clear();
        let mut paragraphs = 0;
        loop {
            match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "p" | "h" => {
                        if paragraphs > 0 {
                            self.held.shown.push('\n');
                        }
                        paragraphs += 1;
                        paragraph(xml, &mut self.held.shown, self.limits)?;
                    }
                    // Comments and drawings among them.
                    _ => xml.skip()?,
                },
                Event::End(_) => break,
                _ => {}
            }
        }
        let (kind, text) = self.held.seen(start);
        if text.is_empty() {
            return Ok(());
        }
        self.limits.allow(text)?;
        let end = column.saturating_add(start.repeated);
        if end > self.limits.columns {
            return Err(self.limits.too_many(Budget::Columns));
        }
        let copies = u64::from(start.repeated) - 1;
        self.left.charge_tokens(TOKENS * copies)?;
        self.left.charge(text.len() as u64 * copies)?;
        row.pad(column as usize);
        for _ in column..end {
            row.push(kind, text);
        }
        Ok(())
    }
}

impl Held {
    /// What a person sees in the cell.
    fn seen(&mut self, start: &Start) -> (CellKind, &str) {
        let failed = start.formula
            && (start.stored == Stored::Number || start.valued && self.value.is_empty())
            && is_error(&self.shown);
        match start.stored {
            Stored::Error => (CellKind::Error, &self.shown),
            _ if failed => (CellKind::Error, &self.shown),
            // A format may show something around a text.
            Stored::Text if start.valued => (CellKind::Text, &self.value),
            Stored::Text => (CellKind::Text, &self.shown),
            Stored::Number => {
                let stored = match start.valued {
                    true => &self.value,
                    false => &self.shown,
                };
                let kind = NumberFormat::Plain.show(stored, false, &mut self.text);
                match kind == CellKind::Number && is_padded(&self.shown, &self.text) {
                    true => (kind, &self.shown),
                    false => (kind, &self.text),
                }
            }
            Stored::Boolean => match self.value.as_str() {
                "true" | "1" => (CellKind::Boolean, "TRUE"),
                "" => (CellKind::Boolean, &self.shown),
                _ => (CellKind::Boolean, "FALSE"),
            },
            Stored::Date | Stored::Time if !start.valued => (CellKind::Date, &self.shown),
            Stored::Date => {
                let whole = self
                    .value
                    .split_once('.')
                    .map_or(self.value.as_str(), |it| it.0);
                (CellKind::Date, whole)
            }
            Stored::Time => {
                self.text.clear();
                match time(&self.value, &mut self.text) {
                    Some(()) => (CellKind::Date, &self.text),
                    None => (CellKind::Date, &self.value),
                }
            }
        }
    }
}

fn start(element: &BytesStart<'_>, into: &mut String) -> Result<Start, FileRefusal> {
    let broken = FileRefusal::Corrupt { what: "XML" };
    let mut start = Start {
        stored: Stored::Text,
        valued: false,
        formula: false,
        repeated: 1,
    };
    into.clear();
    for it in element.attributes().with_checks(false) {
        let it = it.map_err(|_| broken)?;
        match it.key.local_name().as_ref() {
            // An error is said beside the type that it stands for, in either order.
            "value-type" if start.stored != Stored::Error => {
                start.stored = match it.value.as_ref() {
                    "float" | "percentage" | "currency" => Stored::Number,
                    "boolean" => Stored::Boolean,
                    "date" => Stored::Date,
                    "time" => Stored::Time,
                    "error" => Stored::Error,
                    _ => Stored::Text,
                };
            }
            "value" | "string-value" | "date-value" | "time-value" | "boolean-value" => {
                start.valued = true;
                into.clear();
                into.push_str(
                    &it.normalized_value(XmlVersion::Implicit1_0)
                        .map_err(|_| broken)?,
                );
            }
            "formula" => start.formula = true,
            "number-columns-repeated" => start.repeated = times(&it.value)?,
            _ => {}
        }
    }
    Ok(start)
}

/// Appends the text of the paragraph that was just started: white space is one space and none at the beginning,
/// since further ones have elements (ODF 1.3 part 3, 6.1.2).
fn paragraph(xml: &mut Xml, into: &mut String, limits: Limits) -> Result<(), FileRefusal> {
    let longest = limits.cell_chars as usize * 4;
    let within = xml.depth();
    let mut white = true;
    while xml.depth() >= within {
        match xml.next()? {
            Event::Text(text) => collapse(&text, &mut white, into),
            Event::CData(text) => collapse(&text, &mut white, into),
            Event::GeneralRef(name) => {
                let char = referred(&name)?;
                collapse(char.encode_utf8(&mut [0; 4]), &mut white, into);
            }
            Event::Start(element) => match element.local_name().as_ref() {
                "s" => {
                    let spaces = attribute(&element, "c")?.map_or(Ok(1), |it| times(&it))?;
                    if spaces > limits.cell_chars {
                        return Err(limits.too_many(Budget::CellLength));
                    }
                    into.extend((0..spaces).map(|_| ' '));
                    white = false;
                }
                "tab" => {
                    into.push('\t');
                    white = false;
                }
                "line-break" => {
                    into.push('\n');
                    white = false;
                }
                "annotation" | "note" | "ruby-text" | "frame" | "custom-shape" | "script" => {
                    xml.skip()?;
                }
                // Runs, links and fields show what is in them.
                _ => {}
            },
            _ => {}
        }
        if into.len() > longest {
            return Err(limits.too_many(Budget::CellLength));
        }
    }
    Ok(())
}

fn collapse(text: &str, white: &mut bool, into: &mut String) {
    for char in text.chars() {
        let is_white = matches!(char, ' ' | '\t' | '\r' | '\n');
        if !is_white {
            into.push(char);
        } else if !*white {
            into.push(' ');
        }
        *white = is_white;
    }
}

/// Whether a number is shown with more zeros before it than it needs, as identifiers and telephone numbers are.
fn is_padded(shown: &str, number: &str) -> bool {
    let (shown, number) = match (shown.strip_prefix('-'), number.strip_prefix('-')) {
        (Some(shown), Some(number)) => (shown, number),
        (None, None) => (shown, number),
        _ => return false,
    };
    shown.len() > number.len()
        && shown.bytes().all(|it| it.is_ascii_digit())
        && shown
            .split_at_checked(shown.len() - number.len())
            .is_some_and(|(zeros, rest)| rest == number && zeros.bytes().all(|it| it == b'0'))
}

/// Older programs store a failed formula as zero or as no text, and only show what is wrong.
fn is_error(shown: &str) -> bool {
    matches!(
        shown,
        "#DIV/0!" | "#N/A" | "#NAME?" | "#NULL!" | "#NUM!" | "#REF!" | "#VALUE!"
    ) || shown
        .strip_prefix("Err:")
        .is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
}

/// Writes a duration such as `PT13H45M30.5S` as a time of day.
fn time(duration: &str, into: &mut String) -> Option<()> {
    let (hours, rest) = duration.strip_prefix("PT")?.split_once('H')?;
    let (minutes, rest) = rest.split_once('M')?;
    let seconds = rest.strip_suffix('S')?;
    let seconds = seconds.split_once(['.', ',']).map_or(seconds, |it| it.0);
    let number = |text: &str| text.parse::<u32>().ok();
    let (hours, minutes, seconds) = (number(hours)?, number(minutes)?, number(seconds)?);
    write!(into, "{hours:02}:{minutes:02}:{seconds:02}").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_before_a_number_are_seen() {
        for (shown, number, padded) in [
            ("0470123456", "470123456", true),
            ("-07", "-7", true),
            ("0000", "0", true),
            ("7", "7", false),
            ("-07", "7", false),
            ("1,234.50", "1234.5", false),
            ("17", "7", false),
            ("", "7", false),
        ] {
            assert_eq!(is_padded(shown, number), padded, "{shown} {number}");
        }
    }

    #[test]
    fn durations_are_times_of_day() {
        for (duration, shown) in [
            ("PT13H45M30S", Some("13:45:30")),
            ("PT00H00M00.999S", Some("00:00:00")),
            ("PT25H01M01S", Some("25:01:01")),
            ("P1DT1H1M1S", None),
            ("PT-1H00M00S", None),
            ("", None),
        ] {
            let mut text = String::new();
            let found = time(duration, &mut text).map(|()| text.as_str());
            assert_eq!(found, shown, "{duration}");
        }
    }
}
