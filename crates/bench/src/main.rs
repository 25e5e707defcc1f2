//! Whole jobs of Rollcall against the bare work they cannot avoid, measured in the same run on the same machine.
//!
//! ```text
//! cargo run --release -p bench                 # a million rows; several minutes
//! cargo run --release -p bench -- --quick      # fifty thousand
//! cargo run --release -p bench -- --only views --json
//! ```
//!
//! A ratio says more than a time: it is the price of everything the product does beyond the bare work, and it is the same on a
//! slow machine as on a fast one. Runs of both sides take turns, and the best of each counts, so that a busy machine spoils
//! little. Every job has a process of its own, so that its peak memory is its own.
//!
//! | job | ours | the bare work |
//! |---|---|---|
//! | `check` | a file of professionals checked: encoding, rows, every value, phone numbers, repeated addresses | the same file read by the `csv` crate into one `ByteRecord`, nothing done with it: whoever reads rows does at least that |
//! | `import` | the same file imported: read to its end, put in the order of the addresses, and committed | the finished records, computed before the clock starts, inserted by prepared statements into the same tables with the same indexes, settings and rows a transaction: what is durable afterwards is the same, journal with its hashes included; in the order of the file, and beside it, without a limit, in the order in which ours commits |
//! | `import` (once more) | the same file again, which changes nothing | the party and the person of every row selected by prepared statements, a thousand rows a read transaction, decoded into nothing |
//! | `views` | who matches whom among as many users as identities | their e-mail addresses trimmed and put into lower case as owned strings, the one side built into a `HashMap`, the other looked up in it, on one thread: the join without names, kinds, groups or reasons |
//! | `writers` | users added by 64 callers at once, each commit durable | users added by one caller; and beside it what SQLite alone gains when 64 such changes share a transaction |
//! | `writers` (one) | a user added by one caller: four records, three journal entries, a mail, each commit durable | the same rows inserted by prepared statements in a transaction each |
//! | `authorize` | a permission asked of loaded authority | a look-up in a `HashSet` of texts |
//! | `authorize` (SQLite) | a permission asked of the store, in a session | the same rows loaded by the same store |
//! | `lists` | a page of a hundred among as many users, at the beginning, in the middle and at the end | the ids of the same page selected |
//!
//! It is no test: it says in words what is over its limit, and ends well.

mod authorize;
mod check;
mod file;
mod hospital;
mod import;
mod lists;
mod machine;
mod measure;
mod views;
mod writers;

use crate::measure::Measure;
use clap::{Parser, ValueEnum};
use std::{
    error::Error,
    process::{Command, Stdio},
};

/// Whatever went wrong.
type Failure = Box<dyn Error + Send + Sync>;

/// Measures whole jobs against the bare work they cannot avoid.
#[derive(Debug, Parser)]
struct Options {
    /// How many rows, users or identities.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(10_000..=1_000_000))]
    rows: u32,
    /// Fifty thousand rows, for a first impression.
    #[arg(long, conflicts_with = "rows")]
    quick: bool,
    /// These jobs alone.
    #[arg(long, value_name = "NAME")]
    only: Vec<Job>,
    /// How often each side runs; the best counts.
    #[arg(long)]
    runs: Option<u32>,
    /// JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// The one job of this process, for its parent.
    #[arg(long, hide = true)]
    inside: Option<Job>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Job {
    Check,
    Import,
    Views,
    Writers,
    Authorize,
    Lists,
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
struct Scale {
    rows: u32,
    runs: Option<u32>,
}

impl Scale {
    /// How often each side runs, where a job says how often it should.
    fn runs(self, usual: u32) -> u32 {
        self.runs.unwrap_or(usual).max(1)
    }
}

fn main() -> Result<(), Failure> {
    let mut options = Options::parse();
    if options.quick {
        options.rows = 50_000;
    }
    let scale = Scale {
        rows: options.rows,
        runs: options.runs,
    };
    if let Some(job) = options.inside {
        println!("{}", serde_json::to_string(&run(job, scale)?)?);
        return Ok(());
    }
    let mut measures = Vec::new();
    for job in Job::value_variants() {
        if options.only.is_empty() || options.only.contains(job) {
            measures.extend(apart(*job, scale)?);
        }
    }
    let machine = machine::describe();
    if options.json {
        println!("{}", measure::json(&machine, &measures)?);
    } else {
        println!("{}", measure::table(&measures));
        println!("{machine}, {} rows", scale.rows);
        println!("{}", measure::summary(&measures));
    }
    Ok(())
}

fn run(job: Job, scale: Scale) -> Result<Vec<Measure>, Failure> {
    match job {
        Job::Check => check::run(scale),
        Job::Import => import::run(scale),
        Job::Views => views::run(scale),
        Job::Writers => writers::run(scale),
        Job::Authorize => authorize::run(),
        Job::Lists => lists::run(scale),
    }
}

/// Runs a job in a process of its own.
fn apart(job: Job, scale: Scale) -> Result<Vec<Measure>, Failure> {
    let name = job
        .to_possible_value()
        .map(|it| it.get_name().to_owned())
        .unwrap_or_default();
    eprintln!("{name} …");
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--inside", &name, "--rows", &scale.rows.to_string()]);
    if let Some(runs) = scale.runs {
        command.args(["--runs", &runs.to_string()]);
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("job `{name}` failed").into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
