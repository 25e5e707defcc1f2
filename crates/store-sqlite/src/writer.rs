//! The one thread that writes: it commits whatever waits with one sync of the disk.

use crate::{
    apply::{Heads, apply_parts, apply_whole, run},
    cause::Cause,
    queue::Queue,
    schema,
};
use futures_channel::oneshot;
use identity_core::{changeset::Changeset, port::CommitError};
use rusqlite::Connection;
use std::{cell::Cell, sync::Arc, time::Duration};

/// A changeset that waits for its commit.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) changes: Changeset,
    pub(crate) reply: oneshot::Sender<Result<(), CommitError>>,
}

/// The most changesets in one commit: enough to spread a sync over, few enough to answer soon.
const MOST_CHANGESETS: usize = 256;
/// The most writes in one commit, unless one changeset alone has more.
const MOST_WRITES: usize = 8_192;
/// Pages in the WAL after which they are copied into the database: 16 MiB.
const CHECKPOINT_PAGES: i32 = 4_096;
/// Pages in the WAL after which the writer waits for readers, so that it can begin anew: 256 MiB.
const MOST_WAL_PAGES: i32 = 65_536;
/// How long it waits for them.
const CHECKPOINT_PATIENCE: Duration = Duration::from_millis(250);

thread_local! {
    /// How many pages the WAL has, as SQLite tells after each commit of this thread.
    static WAL_PAGES: Cell<i32> = const { Cell::new(0) };
}

/// Writes until the queue is closed and empty.
pub(crate) fn write(connection: &Connection, queue: &Arc<Queue<Job>>, busy_timeout: Duration) {
    // However this thread ends, nobody may go on waiting for it.
    let _end = AtEnd(Arc::clone(queue));
    connection.wal_hook(Some(|_, pages| {
        WAL_PAGES.set(pages);
        Ok(())
    }));
    loop {
        let (mut changesets, mut writes) = (0, 0);
        let group = queue.take_group(|job| {
            changesets += 1;
            writes += job.changes.writes().len();
            changesets > MOST_CHANGESETS || writes > MOST_WRITES
        });
        if group.is_empty() {
            return;
        }
        commit(connection, group);
        checkpoint(connection, busy_timeout);
    }
}

struct AtEnd(Arc<Queue<Job>>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// Commits a group and answers it. What cannot be committed is left out of it.
pub(crate) fn commit(connection: &Connection, group: Vec<Job>) {
    match attempt(connection, group) {
        Attempt::Done(answers) => {
            for (reply, answer) in answers {
                // Whoever no longer waits for the answer need not have it.
                let _ = reply.send(answer);
            }
        }
        // What one of them met, such as a full disk, took the whole transaction down: each on its own, then.
        Attempt::Lost(group) => group
            .into_iter()
            .for_each(|job| commit(connection, vec![job])),
    }
}

enum Attempt {
    /// Everybody has an answer.
    Done(Vec<Answer>),
    /// Nothing was committed, and there are several to be tried one by one.
    Lost(Vec<Job>),
}

type Answer = (
    oneshot::Sender<Result<(), CommitError>>,
    Result<(), CommitError>,
);

fn attempt(connection: &Connection, group: Vec<Job>) -> Attempt {
    if let Err(cause) = begin(connection) {
        let answer = |job: Job| (job.reply, Err(cause.refused()));
        return Attempt::Done(group.into_iter().map(answer).collect());
    }
    let alone = group.len() == 1;
    let mut heads = Heads::default();
    let mut results = Vec::with_capacity(group.len());
    for job in &group {
        // One alone needs no savepoint: its transaction is rolled back as a whole.
        let result = if alone {
            apply_parts(connection, &job.changes, &mut heads)
        } else {
            apply_whole(connection, &job.changes, &mut heads)
        };
        if connection.is_autocommit() && !alone {
            return Attempt::Lost(group);
        }
        results.push(result);
    }
    if results.iter().any(Result::is_ok) {
        if let Err(err) = run(connection, "COMMIT") {
            let cause = Cause::from_sqlite(&err);
            roll_back(connection);
            if cause.leaves_commit_open() {
                for result in results.iter_mut().filter(|it| it.is_ok()) {
                    *result = Err(CommitError::Unknown(Box::new(cause)));
                }
            } else if alone {
                results = vec![Err(cause.refused())];
            } else {
                return Attempt::Lost(group);
            }
        }
    } else {
        roll_back(connection);
    }
    Attempt::Done(group.into_iter().map(|it| it.reply).zip(results).collect())
}

/// Takes the write lock, waiting for other processes, and looks whether the schema is still the one this program knows.
fn begin(connection: &Connection) -> Result<(), Cause> {
    run(connection, "BEGIN IMMEDIATE").map_err(|err| Cause::from_sqlite(&err))?;
    let found = match schema::version(connection) {
        Ok(schema::NEWEST) => return Ok(()),
        Ok(found) => Cause::Newer {
            found,
            known: schema::NEWEST,
        },
        Err(err) => Cause::from_sqlite(&err),
    };
    roll_back(connection);
    Err(found)
}

/// Ends a transaction that is not to be, where SQLite has not done so itself.
fn roll_back(connection: &Connection) {
    if !connection.is_autocommit() {
        // A rollback fails only when there is nothing to roll back; the next `BEGIN` says so if there is.
        let _ = run(connection, "ROLLBACK");
    }
}

/// Copies what is in the WAL into the database, now and then and after everybody was answered. What fails here is tried again
/// after the next commit, and nothing is lost meanwhile: the WAL holds it.
fn checkpoint(connection: &Connection, busy_timeout: Duration) {
    let pages = WAL_PAGES.get();
    if pages < CHECKPOINT_PAGES {
        return;
    }
    if pages < MOST_WAL_PAGES {
        let _ = copy(connection, "PRAGMA wal_checkpoint(PASSIVE)");
    } else {
        let _ = connection.busy_timeout(CHECKPOINT_PATIENCE);
        let _ = copy(connection, "PRAGMA wal_checkpoint(RESTART)");
        let _ = connection.busy_timeout(busy_timeout);
    }
}

fn copy(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.query_row([], |_| Ok(()))
}
