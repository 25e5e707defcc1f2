//! Whatever was acknowledged is there after a crash, whole; and several processes may write one file.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails as the test does"
)]

mod fixture;

use fixture::*;
use identity_core::{
    hcp::search::HcpSearch,
    journal::Event,
    port::{CommitError, Directory, Find, Page, Store},
};
use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};
use store_sqlite::{Cause, SqliteStore};

/// This test program once more, as another process that runs one test with these variables.
fn again(test: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture"]);
    command.envs(variables.iter().copied());
    command
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Commits single rows, several at a time, and says which are acknowledged, until it is killed.
fn commit_until_killed(path: &str, round: u64) {
    let store = SqliteStore::open(path).unwrap();
    let tenant = block_on(store.tenants()).unwrap()[0].id;
    let mut ids = mint(100 + round);
    for first in (round * 100_000..).step_by(4) {
        let waiting: Vec<_> = (first..first + 4)
            .map(|row| (row, store.commit(import_rows(tenant, &mut ids, row, 1))))
            .collect();
        for (row, waiting) in waiting {
            block_on(waiting).unwrap();
            println!("\nacknowledged {row}");
            std::io::stdout().flush().unwrap();
        }
    }
}

/// DUR-01, DUR-02: killed at any moment, nothing acknowledged is lost, nothing is there by half, and the journal is whole.
#[test]
fn a_killed_process_loses_nothing_that_was_acknowledged() {
    const TEST: &str = "a_killed_process_loses_nothing_that_was_acknowledged";
    const CHILD: &str = "ROLLCALL_TEST_KILLED";
    if let Ok(child) = std::env::var(CHILD) {
        let (round, path) = child.split_once(' ').unwrap();
        return commit_until_killed(path, round.parse().unwrap());
    }
    let place = Place::new();
    let (tenant, _) = tenant(&place.open(), 1);
    let mut acknowledged = Vec::new();
    for round in 0..30 {
        let mut child = again(TEST, &[(CHILD, &format!("{round} {}", text(&place.path)))])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Each round is killed elsewhere, and what was acknowledged until then is read to the end.
        let (mut left, mut killed) = (1 + round * 7 % 23, false);
        for line in lines {
            let line = line.unwrap();
            let Some(row) = line.strip_prefix("acknowledged ") else {
                continue;
            };
            acknowledged.push(row.parse::<u64>().unwrap());
            left -= u64::from(left > 0);
            if left == 0 && !killed {
                child.kill().unwrap();
                killed = true;
            }
        }
        child.wait().unwrap();
        assert!(killed, "round {round} ended by itself");
    }
    let store = place.open();
    let (_, events) = verified(&store, tenant);
    let rows: std::collections::BTreeSet<u64> = events
        .iter()
        .filter_map(|it| match it {
            Event::HcpCreated { row, .. } => row.map(u64::from),
            _ => None,
        })
        .collect();
    for row in &acknowledged {
        assert!(rows.contains(row), "row {row} was acknowledged and is lost");
    }
    // Each journal entry has its professional, each professional its person, and nothing else is there.
    let mut found = 0;
    let mut after = None;
    loop {
        let page = Page { after, limit: 1000 };
        let lines = block_on(store.hcps(tenant, HcpSearch::default(), page)).unwrap();
        let Some(last) = lines.last() else { break };
        after = Some(last.hcp.id);
        found += lines.iter().filter(|it| it.person.is_some()).count();
    }
    assert_eq!(found, rows.len());
    drop(store);
    assert_whole(&place);
}

fn assert_whole(place: &Place) {
    let raw = place.raw();
    let check: String = raw
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    let broken: i64 = raw
        .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(broken, 0);
}

/// Two processes on one tenant: each finds the journal's end where the other left it, and of two who take one address one
/// is told.
#[test]
fn two_processes_may_write_one_file() {
    const TEST: &str = "two_processes_may_write_one_file";
    const CHILD: &str = "ROLLCALL_TEST_TWO";
    if let Ok(child) = std::env::var(CHILD) {
        let (number, path) = child.split_once(' ').unwrap();
        let number: u64 = number.parse().unwrap();
        let store = SqliteStore::open(path).unwrap();
        let tenant = block_on(store.tenants()).unwrap()[0].id;
        let mut ids = mint(100 + number);
        let mut won = 0;
        for row in 0..200 {
            match commit(&store, import_rows(tenant, &mut ids, row, 1)) {
                Ok(()) => won += 1,
                Err(CommitError::Stale) => (),
                Err(err) => panic!("{err}"),
            }
        }
        println!("\nwon {won}");
        return;
    }
    let place = Place::new();
    let (tenant, _) = tenant(&place.open(), 1);
    let children: Vec<_> = (0..2)
        .map(|number| {
            again(TEST, &[(CHILD, &format!("{number} {}", text(&place.path)))])
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let won: usize = children
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success());
            let output = String::from_utf8(output.stdout).unwrap();
            let won = output.lines().find_map(|it| it.strip_prefix("won "));
            won.unwrap().parse::<usize>().unwrap()
        })
        .sum();
    assert_eq!(won, 200);
    let store = place.open();
    assert_eq!(verified(&store, tenant).1.len(), 203);
    drop(store);
    assert_whole(&place);
}

/// Commits until the file may not grow any more, and looks that it goes on as far as it can.
fn commit_until_full(path: &str) {
    let store = SqliteStore::open(path).unwrap();
    let tenant = block_on(store.tenants()).unwrap()[0].id;
    let mut ids = mint(100);
    let mut committed = 0;
    let error = loop {
        match commit(&store, import_rows(tenant, &mut ids, committed * 50, 50)) {
            Ok(()) => committed += 1,
            Err(CommitError::Store(err)) => break err,
            Err(other) => panic!("{other:?}"),
        }
    };
    let cause = Cause::of(&error).unwrap();
    assert!(
        matches!(cause, Cause::DiskFull | Cause::Io { .. }),
        "{cause:?}"
    );
    assert!(committed > 0);
    // Reading goes on, and nothing of the refused changeset is there.
    let entries = verified(&store, tenant).1.len();
    assert_eq!(entries, 3 + 50 * usize::try_from(committed).unwrap());
    println!("\ncommitted {committed}");
}

/// DUR-03: a limit on the size of files stands for a full disk; it needs no privilege.
#[test]
fn a_full_disk_is_told_and_leaves_everything_whole() {
    const TEST: &str = "a_full_disk_is_told_and_leaves_everything_whole";
    const CHILD: &str = "ROLLCALL_TEST_FULL";
    if let Ok(path) = std::env::var(CHILD) {
        return commit_until_full(&path);
    }
    let place = Place::new();
    let (tenant, _) = tenant(&place.open(), 1);
    let program = std::env::current_exe().unwrap();
    let output = Command::new("sh")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 1000; exec \"$0\" \"$1\" --exact --nocapture",
            text(&program),
            TEST,
        ])
        .env(CHILD, &place.path)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let committed: usize = text
        .lines()
        .find_map(|it| it.strip_prefix("committed "))
        .unwrap()
        .parse()
        .unwrap();
    let store = place.open();
    assert_eq!(verified(&store, tenant).1.len(), 3 + 50 * committed);
    // There is room again.
    let row = 1_000_000;
    commit(&store, import_rows(tenant, &mut mint(500), row, 50)).unwrap();
    let find = Find::HcpWithEmail(
        email(&format!("grace.hopper.{row}@hospital.example.org"))
            .key()
            .clone(),
    );
    let records = block_on(store.load(tenant, vec![find])).unwrap();
    assert_eq!(records.hcps.len(), 1);
    drop(store);
    assert_whole(&place);
}
