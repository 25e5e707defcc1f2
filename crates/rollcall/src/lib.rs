//! The program `rollcall`: the composition root, and the command line for coordinators, operators and auditors.
//!
//! ```text
//! rollcall init --tenant "St. Clare" --owner-email ada@stclare.example --owner-given Ada --owner-family Vermeulen
//! rollcall user add --email ben@stclare.example --given Ben --family Claes --role "System Administrator"
//! rollcall hcp check professionals.xlsx
//! rollcall hcp import professionals.xlsx --rejects rejected.csv
//! rollcall medhub connect --base-url https://stclare.medhub.com/functions/api --client-id 123 --private-key-file key.txt
//! rollcall medhub read
//! rollcall medhub link-all
//! rollcall medhub save
//! ```
//!
//! # What every command keeps to
//!
//! - `--json` prints one object on standard output, whatever happens. A failure is
//!   `{"error":{"code":…,"message":…,"next":…}}`, with a stable code in lower snake case, the `rule` where one
//!   refuses, and whatever it takes to go the next step, such as the persons to choose from.
//! - What is answered under elevation, refusals included, says so: `"elevation":{"id":…,"until":…}` beside the answer or the error,
//!   and for people a line on standard error.
//! - The exit status is 0 when all is done, 3 when it is done but for rejected rows or conflicts, 1 when it was refused or failed,
//!   2 for wrong usage.
//! - No rule is decided here: a command parses, finds who and what is meant, asks `identity-core`, and prints the answer.
//! - Secrets are read where they are used and shown at most once; errors hold no personal data but what was typed.
//!
//! The crate is a library for the sake of its own program alone: [`run`] is all there is.

mod arguments;
mod desk;
mod elevation;
mod failure;
mod hcps;
mod init;
mod journal;
mod medhub;
mod output;
mod owners;
mod pages;
mod persons;
mod progress;
mod rehearsal;
mod rejects;
mod roles;
mod secrets;
mod serve;
mod sessions;
mod tenants;
mod tokens;
mod usage;
mod users;

use crate::{
    arguments::{Arguments, Command, Options},
    elevation::Mark,
    failure::Failure,
    output::{Answer, Format},
};
use clap::Parser as _;
use std::{ffi::OsString, process::ExitCode};

/// Runs a command line, the program's name first, and says with which status to exit.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    log();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let parsed = match Arguments::try_parse_from(&arguments) {
        Ok(parsed) => parsed,
        Err(wrong) => return usage::tell(wrong, usage::wants_json(&arguments)),
    };
    let format = Format::of(&parsed.options);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let (answer, mark) = runtime.block_on(Box::pin(dispatch(parsed)));
            output::finish(format, &answer, mark)
        }
        Err(_) => {
            let failure = Failure::new("system", "no threads can be started", "try again");
            output::finish(format, &Err(failure), None)
        }
    }
}

/// The answer of a command, and the mark of what is answered under elevation (O4).
async fn dispatch(arguments: Arguments) -> (Result<Answer, Failure>, Option<Mark>) {
    let options = &arguments.options;
    let switches = arguments.command.switches();
    let answer = Box::pin(command(arguments.command, options)).await;
    let changesets = options.rehearsal.changesets();
    let answer = match answer {
        Ok(_) if !changesets.is_empty() => Ok(rehearsal::answer(Format::of(options), &changesets)),
        Ok(_) | Err(_) => answer,
    };
    let Some(session) = options.session.take() else {
        return (answer, None);
    };
    let mark = session.mark(switches).await;
    let ended = session.end().await;
    (answer.and_then(|it| ended.map(|()| it)), mark)
}

async fn command(command: Command, options: &Options) -> Result<Answer, Failure> {
    if options.dry_run && options.elevate.is_some() {
        return Err(Failure::usage(
            "`--elevate` opens a session and switches Tenant Owner on in it, and a dry run changes nothing",
            "switch it on in a session first: `rollcall session elevate REASON --session-file FILE`, then `--dry-run` with that file",
        ));
    }
    if let Some(instead) = command.instead_of_dry_run().filter(|_| options.dry_run) {
        let message = "this command has no dry run";
        return Err(Failure::new("dry_run_unsupported", message, instead));
    }
    match command {
        Command::Init(it) => it.run(options).await,
        Command::User(it) => it.run(options).await,
        Command::Role(it) => it.run(options).await,
        Command::Tenant(it) => it.run(options).await,
        Command::Person(it) => it.run(options).await,
        Command::Owner(it) => it.run(options).await,
        Command::Session(it) => it.run(options).await,
        Command::Hcp(it) => it.run(options).await,
        Command::Medhub(it) => it.run(options).await,
        Command::Journal(it) => it.run(options).await,
        Command::Token(it) => it.run(options).await,
        Command::Serve(it) => it.run(options).await,
    }
}

/// Logs go to standard error, and only where somebody asked for them.
fn log() {
    if let Ok(filter) = std::env::var("ROLLCALL_LOG") {
        let filter = tracing_subscriber::EnvFilter::builder().parse_lossy(filter);
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .init();
    }
}
