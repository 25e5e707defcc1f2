//! What is printed, in one place: an answer is a JSON document and a text for people at once.

use crate::{arguments::Options, elevation::Mark, failure::Failure};
use comfy_table::{ColumnConstraint, ContentArrangement, LineStyle, Table, presets};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::{
    borrow::Cow,
    io::{self, Write as _},
    process::ExitCode,
};

/// For whom to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Human,
    Json,
}

impl Format {
    pub(crate) const fn of(options: &Options) -> Self {
        if options.json {
            Self::Json
        } else {
            Self::Human
        }
    }
}

/// How a command ended that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything is done: status 0.
    Done,
    /// Some of it is not: status 3.
    Partly,
}

/// What a command prints on standard output.
#[derive(Debug)]
pub(crate) struct Answer {
    text: String,
    outcome: Outcome,
}

impl Answer {
    /// The document for programs, or the text for people.
    pub(crate) fn of(
        format: Format,
        document: &impl Serialize,
        human: impl FnOnce() -> String,
    ) -> Self {
        let text = match format {
            Format::Human => printable(&human()),
            // Documents are structs of texts and numbers, none of which JSON can refuse.
            Format::Json => serde_json::to_string(document).unwrap_or_default() + "\n",
        };
        Self {
            text,
            outcome: Outcome::Done,
        }
    }

    /// Everything was said before.
    pub(crate) const fn nothing() -> Self {
        Self {
            text: String::new(),
            outcome: Outcome::Done,
        }
    }

    /// The same answer, ended so.
    pub(crate) const fn ended(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }
}

/// Prints how the command ended, with the mark of what is answered under elevation (O4), and says with which status to exit.
pub(crate) fn finish(
    format: Format,
    answer: &Result<Answer, Failure>,
    mark: Option<Mark>,
) -> ExitCode {
    let (text, status) = match answer {
        Ok(Answer { text, outcome }) => {
            let status = match outcome {
                Outcome::Done => 0,
                Outcome::Partly => 3,
            };
            (Cow::Borrowed(text.as_str()), status)
        }
        Err(failure) => match format {
            Format::Json => {
                let text = format!("{}\n", failure.document());
                (Cow::Owned(text), failure.status())
            }
            Format::Human => {
                mark.iter().for_each(|it| note(&it.human()));
                note(&failure.human());
                return ExitCode::from(failure.status());
            }
        },
    };
    let text = match mark {
        None => text,
        Some(mark) => match (format, marked(&text, mark)) {
            (Format::Json, Some(marked)) => Cow::Owned(marked),
            (Format::Json | Format::Human, _) => {
                note(&mark.human());
                text
            }
        },
    };
    exit(print(&text), status)
}

/// An answer for programs with its mark in it. What says of itself under which elevation it is keeps what else it says of it. An
/// answer that was printed line by line has no place for the mark.
fn marked(text: &str, mark: Mark) -> Option<String> {
    let mut document: Map<String, Value> = serde_json::from_str(text).ok()?;
    let mark = json!(mark);
    match (document.get_mut("elevation"), &mark) {
        (Some(Value::Object(own)), Value::Object(mark)) => own.extend(mark.clone()),
        _ => _ = document.insert("elevation".to_owned(), mark),
    }
    Some(format!("{}\n", Value::Object(document)))
}

/// Prints a line of a long answer, and says whether anybody still reads.
pub(crate) fn line(text: &str) -> Result<bool, Failure> {
    match print(&format!("{text}\n")) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(_) => Err(Failure::new(
            "output_failed",
            "standard output cannot be written",
            "look whether the disk is full",
        )),
    }
}

/// Prints an answer of a command that goes on. That nobody reads it is no reason to stop.
pub(crate) fn tell(answer: &Answer) {
    let _ = print(&answer.text);
}

/// The status with which to exit, once this was printed or not.
pub(crate) fn exit(printed: io::Result<()>, status: u8) -> ExitCode {
    match printed {
        // Whoever reads has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(status),
        Err(_) => {
            note(
                "error: standard output cannot be written (output_failed)\nnext:  look whether the disk is full; what the command did stays done\n",
            );
            ExitCode::from(1)
        }
        Ok(()) => ExitCode::from(status),
    }
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Says something beside the answer, on standard error.
pub(crate) fn note(text: &str) {
    // Nobody is left to be told that nobody listens.
    let _ = io::stderr().write_all(printable(text).as_bytes());
}

/// A text without what could steer a terminal: names come from files and from other systems.
fn printable(text: &str) -> String {
    text.chars()
        .map(|it| {
            if it != '\n' && steers(it) {
                char::REPLACEMENT_CHARACTER
            } else {
                it
            }
        })
        .collect()
}

/// A text that was typed, with such characters as they are written in Rust: whoever reads it can tell which they were.
pub(crate) fn escaped(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        if steers(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Whether a character could steer a terminal, or change the order in which others are read.
fn steers(character: char) -> bool {
    let turns = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || character.is_control()
}

/// The line below a table's titles.
const RULE: LineStyle = LineStyle::none().fill('─').junction('─');

/// The width that a column of words needs, to be of use in a table.
const WORDS: usize = 12;

/// A table that fits the terminal: ids, codes and addresses stay whole, so that they can be copied, and words wrap. Where there is
/// no room for a table, a block a row.
pub(crate) fn table<const N: usize>(titles: [&str; N], rows: &[[String; N]]) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING.header_separator(RULE))
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(titles);
    let mut least = 0;
    for (place, column) in (0..N).zip(table.column_iter_mut()) {
        let cells = || rows.iter().filter_map(move |it| it.get(place));
        least += if cells().any(|it| it.contains(char::is_whitespace)) {
            WORDS
        } else {
            column.set_constraint(ColumnConstraint::ContentWidth);
            let longest = cells().map(|it| it.chars().count()).max();
            longest.unwrap_or_default().max(WORDS) + 2
        };
    }
    match table.width() {
        Some(width) if usize::from(width) < least => blocks(titles, rows),
        Some(_) | None => {
            table.add_rows(rows);
            let mut text = table.trim_fmt();
            text.push('\n');
            text
        }
    }
}

fn blocks<const N: usize>(titles: [&str; N], rows: &[[String; N]]) -> String {
    let mut text = String::new();
    for row in rows {
        for (title, cell) in titles.iter().zip(row).filter(|(_, it)| !it.is_empty()) {
            text.push_str(&format!("{title}: {cell}\n"));
        }
        text.push('\n');
    }
    text
}

/// `1 user`, `2 users`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    }
}

/// An answer that is its id alone.
pub(crate) fn done(format: Format, name: &str, id: impl Serialize, human: String) -> Answer {
    Answer::of(format, &json!({ name: id }), || human + "\n")
}
