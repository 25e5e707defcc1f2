//! What was measured, and how it is shown.

use crate::Failure;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// One line of the table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Measure {
    /// What was done.
    pub(crate) job: String,
    /// What ours took, or managed.
    pub(crate) ours: Amount,
    /// The same of the bare work, where there is one.
    pub(crate) bare: Option<Amount>,
    /// What is allowed, if anything is said about it.
    pub(crate) limit: Option<Limit>,
    /// How many rows ours went through.
    pub(crate) rows: Option<u32>,
}

/// A quantity.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Amount {
    Seconds(f64),
    Microseconds(f64),
    Nanoseconds(f64),
    Bytes(f64),
    PerSecond(f64),
}

/// What is allowed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Limit {
    /// Ours over the bare work.
    RatioAtMost(f64),
    /// Ours over the bare work.
    RatioAtLeast(f64),
    /// Ours alone.
    AtMost(Amount),
}

/// How ours stands to its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Within,
    Over,
    NoLimit,
}

impl Amount {
    const fn value(self) -> f64 {
        match self {
            Self::Seconds(it)
            | Self::Microseconds(it)
            | Self::Nanoseconds(it)
            | Self::Bytes(it)
            | Self::PerSecond(it) => it,
        }
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Seconds(it) => write!(f, "{it:.3} s"),
            Self::Microseconds(it) => write!(f, "{it:.1} µs"),
            Self::Nanoseconds(it) => write!(f, "{it:.1} ns"),
            Self::Bytes(it) => write!(f, "{:.0} MB", it / 1e6),
            Self::PerSecond(it) => write!(f, "{it:.0} /s"),
        }
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::RatioAtMost(it) => write!(f, "≤ {it:.1}"),
            Self::RatioAtLeast(it) => write!(f, "≥ {it:.1}"),
            Self::AtMost(it) => write!(f, "≤ {it}"),
        }
    }
}

impl Measure {
    fn ratio(&self) -> Option<f64> {
        Some(self.ours.value() / self.bare?.value())
    }

    fn verdict(&self) -> Verdict {
        let within = match self.limit {
            None => return Verdict::NoLimit,
            Some(Limit::RatioAtMost(limit)) => self.ratio().is_some_and(|it| it <= limit),
            Some(Limit::RatioAtLeast(limit)) => self.ratio().is_some_and(|it| it >= limit),
            Some(Limit::AtMost(limit)) => self.ours.value() <= limit.value(),
        };
        if within {
            Verdict::Within
        } else {
            Verdict::Over
        }
    }

    fn rows_per_second(&self) -> Option<f64> {
        match self.ours {
            Amount::Seconds(seconds) => Some(f64::from(self.rows?) / seconds),
            Amount::Microseconds(_)
            | Amount::Nanoseconds(_)
            | Amount::Bytes(_)
            | Amount::PerSecond(_) => None,
        }
    }
}

/// All of it for people.
pub(crate) fn table(measures: &[Measure]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::ASCII_MARKDOWN)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header([
            "job",
            "ours",
            "bare work",
            "ratio",
            "limit",
            "verdict",
            "rows per second",
        ]);
    let shown = |it: Option<String>| it.unwrap_or_default();
    for measure in measures {
        let verdict = match measure.verdict() {
            Verdict::Within => "within",
            Verdict::Over => "over the limit",
            Verdict::NoLimit => "",
        };
        table.add_row([
            measure.job.clone(),
            measure.ours.to_string(),
            shown(measure.bare.map(|it| it.to_string())),
            shown(measure.ratio().map(|it| format!("{it:.2}"))),
            shown(measure.limit.map(|it| it.to_string())),
            verdict.to_owned(),
            shown(measure.rows_per_second().map(|it| format!("{it:.0}"))),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// What is over its limit, in words.
pub(crate) fn summary(measures: &[Measure]) -> String {
    let over: Vec<&str> = measures
        .iter()
        .filter(|it| it.verdict() == Verdict::Over)
        .map(|it| it.job.as_str())
        .collect();
    if over.is_empty() {
        "Everything is within its limit.".to_owned()
    } else {
        format!("Over the limit: {}.", over.join("; "))
    }
}

/// All of it for programs.
pub(crate) fn json(machine: &str, measures: &[Measure]) -> Result<String, Failure> {
    #[derive(Serialize)]
    struct Line<'a> {
        #[serde(flatten)]
        measure: &'a Measure,
        ratio: Option<f64>,
        rows_per_second: Option<f64>,
        verdict: Verdict,
    }
    let lines: Vec<_> = measures
        .iter()
        .map(|measure| Line {
            measure,
            ratio: measure.ratio(),
            rows_per_second: measure.rows_per_second(),
            verdict: measure.verdict(),
        })
        .collect();
    let whole = serde_json::json!({ "machine": machine, "measures": lines });
    Ok(serde_json::to_string_pretty(&whole)?)
}

/// How long something takes.
pub(crate) fn timed<T>(
    work: impl FnOnce() -> Result<T, Failure>,
) -> Result<(T, Duration), Failure> {
    let start = Instant::now();
    let done = work()?;
    Ok((done, start.elapsed()))
}

/// The best of several runs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Best(Option<Duration>);

impl Best {
    pub(crate) fn of(&mut self, run: Duration) {
        self.0 = Some(self.0.map_or(run, |it| it.min(run)));
    }

    pub(crate) fn seconds(self) -> f64 {
        self.0.unwrap_or_default().as_secs_f64()
    }
}

/// Tells how far it is.
pub(crate) fn tell(what: &str, ours: Duration, bare: Duration) {
    eprintln!("  {what}: {ours:.2?} against {bare:.2?}");
}
