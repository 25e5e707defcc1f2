//! The one thread that writes: it commits whatever waits with one sync of the disk.

use crate::{
    apply::{Seen, apply_parts, apply_whole, run},
    cause::Cause,
    queue::Queue,
    schema,
};
use futures_channel::oneshot;
use identity_core::{changeset::Changeset, port::CommitError};
use rusqlite::Connection;
use std::{
    cell::Cell,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

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
/// Pages in the WAL after which they are copied into the database: 64 MiB.
const CHECKPOINT_PAGES: i32 = 16_384;
/// Pages in the WAL after which the writer waits for readers, so that it can begin anew: 256 MiB.
const MOST_WAL_PAGES: i32 = 65_536;
/// How long it waits for them.
const CHECKPOINT_PATIENCE: Duration = Duration::from_millis(250);

thread_local! {
    /// How many pages the WAL has, as SQLite tells after each commit of this thread.
    static WAL_PAGES: Cell<i32> = const { Cell::new(0) };
}

/// Writes until the queue is closed and empty. Others may read through the connection while nothing is written.
pub(crate) fn write(
    connection: &Mutex<Connection>,
    queue: &Arc<Queue<Job>>,
    busy_timeout: Duration,
) {
    // However this thread ends, nobody may go on waiting for it.
    let _end = AtEnd(Arc::clone(queue));
    lock(connection).wal_hook(Some(|_, pages| {
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
        let connection = lock(connection);
        // What a reader that panicked has left open.
        roll_back(&connection);
        commit(&connection, group);
        checkpoint(&connection, busy_timeout);
    }
}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

struct AtEnd(Arc<Queue<Job>>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// Commits a group and answers it. What cannot be committed is left out of it.
pub(crate) fn commit(connection: &Connection, mut group: Vec<Job>) {
    for undo in [Undo::Group, Undo::Each] {
        match attempt(connection, group, undo) {
            Attempt::Done(answers) => {
                for (reply, answer) in answers {
                    // Whoever no longer waits for the answer need not have it.
                    let _ = reply.send(answer);
                }
                return;
            }
            Attempt::Lost(jobs) => group = jobs,
        }
    }
    // What one of them met, such as a full disk, took the whole transaction down: each on its own, then.
    group
        .into_iter()
        .for_each(|job| commit(connection, vec![job]));
}

/// What is undone when a changeset of a group fails halfway.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Undo {
    /// The whole group, which is tried again another way. For a savepoint each, SQLite copies every page that is written, and
    /// nearly all that fail do so before they write.
    Group,
    /// The changeset alone, under a savepoint.
    Each,
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

fn attempt(connection: &Connection, group: Vec<Job>, undo: Undo) -> Attempt {
    if let Err(cause) = begin(connection) {
        let answer = |job: Job| (job.reply, Err(cause.refused()));
        return Attempt::Done(group.into_iter().map(answer).collect());
    }
    let alone = group.len() == 1;
    let mut seen = Seen::default();
    let mut results = Vec::with_capacity(group.len());
    for job in &group {
        let written = connection.total_changes();
        let result = match undo {
            Undo::Group => apply_parts(connection, &job.changes, &mut seen),
            Undo::Each => apply_whole(connection, &job.changes, &mut seen),
        };
        let halfway =
            undo == Undo::Group && result.is_err() && connection.total_changes() != written;
        // One alone is its own group.
        if !alone && (halfway || connection.is_autocommit()) {
            roll_back(connection);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, open::open};
    use identity_core::{
        email::Email,
        id::{Id, Mint},
        name::{Name, PersonName},
        person::Person,
        record::{Records, Stored, Version},
        tenant::{CreateTenant, Listing, Tenant},
        time::instant_from_micros,
    };

    fn ids(seed: u8) -> Mint {
        let now = instant_from_micros(1_790_000_000_000_000).unwrap();
        Mint::new(now, [1, seed, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    /// A file with one tenant, and the writer's connection.
    fn begun(folder: &tempfile::TempDir) -> (Connection, Id<Tenant>) {
        let options = Options::new(folder.path().join("rollcall.db"));
        let (writer, _) = open(&options).unwrap();
        let tenant = tenant(&writer, "owner@example.org", &mut ids(0));
        (writer, tenant)
    }

    fn tenant(writer: &Connection, owner: &str, ids: &mut Mint) -> Id<Tenant> {
        let tenant = ids.id();
        let create = CreateTenant {
            name: Name::parse("Example Hospital").unwrap(),
            domain: None,
            listing: Listing::Unlisted,
            owner_email: Email::parse(owner).unwrap(),
            owner_name: names(),
        };
        let (changes, _) = create.decide(tenant, &Records::default(), ids).unwrap();
        let [answer] = answers(writer, [changes]);
        answer.unwrap();
        tenant
    }

    fn names() -> PersonName {
        PersonName {
            given: Name::parse("Ada").unwrap(),
            family: Name::parse("Lovelace").unwrap(),
        }
    }

    /// The longest there are, so that few persons fill a log.
    fn long_names() -> PersonName {
        let name = Name::parse(&"ä".repeat(200)).unwrap();
        PersonName {
            given: name.clone(),
            family: name,
        }
    }

    fn persons(tenant: Id<Tenant>, ids: &mut Mint, count: usize) -> Changeset {
        let mut changes = Changeset::new(tenant);
        for _ in 0..count {
            changes.create(Person::new(ids.id(), long_names(), None));
        }
        changes
    }

    /// Commits these together, and gives the answers.
    fn answers<const N: usize>(
        connection: &Connection,
        group: [Changeset; N],
    ) -> [Result<(), CommitError>; N] {
        let (jobs, answers): (Vec<_>, Vec<_>) = group
            .into_iter()
            .map(|changes| {
                let (reply, answer) = oneshot::channel();
                (Job { changes, reply }, answer)
            })
            .unzip();
        commit(connection, jobs);
        let answers: Vec<_> = answers
            .into_iter()
            .map(|mut it| it.try_recv().unwrap().unwrap())
            .collect();
        answers.try_into().unwrap()
    }

    fn count(connection: &Connection) -> i64 {
        connection
            .query_row("SELECT count(*) FROM persons", [], |row| row.get(0))
            .unwrap()
    }

    fn cause(answer: &Result<(), CommitError>) -> Option<Cause> {
        match answer {
            Err(CommitError::Store(err)) => Cause::of(err),
            _ => None,
        }
    }

    #[test]
    fn one_that_fails_leaves_the_others_of_its_group_committed() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, tenant) = begun(&folder);
        let mut ids = ids(1);
        let first = persons(tenant, &mut ids, 2);
        let mut second = persons(tenant, &mut ids, 2);
        // Half of it is new, and the other half is what the first one made.
        for write in first.writes() {
            if let identity_core::changeset::Write::Create(identity_core::record::Put::Person(
                person,
            )) = write
            {
                second.create(person.clone());
            }
        }
        let third = persons(tenant, &mut ids, 2);
        let [one, two, three] = answers(&writer, [first, second, third]);
        assert!(one.is_ok() && three.is_ok());
        assert!(matches!(two, Err(CommitError::Stale)));
        assert_eq!(count(&writer), 5);
        assert!(writer.is_autocommit());
    }

    /// What one changeset relied on is looked up once in a group, and again once another has written it.
    #[test]
    fn what_another_of_the_group_has_written_is_relied_on_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, tenant) = begun(&folder);
        let mut ids = ids(1);
        let person = Person::new(ids.id(), names(), None);
        let mut begin = Changeset::new(tenant);
        begin.create(person.clone());
        let [answer] = answers(&writer, [begin]);
        answer.unwrap();
        let at = |version| Stored {
            record: person.clone(),
            version: Version(version),
        };
        let relies = |ids: &mut Mint, version| {
            let mut changes = persons(tenant, ids, 1);
            changes.rely(&at(version));
            changes
        };
        let mut of_another = persons(
            self::tenant(&writer, "o@other.example", &mut ids),
            &mut ids,
            1,
        );
        of_another.rely(&at(1));
        let mut replaces = Changeset::new(tenant);
        replaces.replace(&at(1), Person::new(person.id, long_names(), None));
        let group = [
            relies(&mut ids, 1),
            relies(&mut ids, 1),
            of_another,
            replaces.clone(),
            relies(&mut ids, 1),
            relies(&mut ids, 2),
            replaces,
        ];
        let group = answers(&writer, group);
        let committed = group.each_ref().map(Result::is_ok);
        assert_eq!(committed, [true, true, false, true, false, true, false]);
        for stale in [2, 4, 6] {
            assert!(matches!(group[stale], Err(CommitError::Stale)));
        }
        assert_eq!(count(&writer), 6);
    }

    #[test]
    fn a_reader_that_panicked_keeps_nobody_from_writing() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, tenant) = begun(&folder);
        let writer = Mutex::new(writer);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let reading = writer.lock().unwrap();
                run(&reading, "BEGIN").unwrap();
                panic!("a reader's");
            });
            assert!(reader.join().is_err());
        });
        let queue = Arc::new(Queue::new());
        let (reply, mut answer) = oneshot::channel();
        let changes = persons(tenant, &mut ids(1), 1);
        queue.push(Job { changes, reply });
        queue.close();
        write(&writer, &queue, Duration::from_secs(1));
        answer.try_recv().unwrap().unwrap().unwrap();
    }

    /// SQLite rolls a whole transaction back when the disk is full. Those of the group for which there is room are committed all
    /// the same, whether the large one comes before or after them.
    #[test]
    fn one_that_does_not_fit_on_the_disk_is_refused_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, tenant) = begun(&folder);
        let pages: i64 = writer
            .query_row("PRAGMA page_count", [], |row| row.get(0))
            .unwrap();
        writer
            .pragma_update(None, "max_page_count", pages + 8)
            .unwrap();
        let mut ids = ids(1);
        for at in 0..3 {
            let mut group = [1, 1, 1].map(|count| persons(tenant, &mut ids, count));
            group[at] = persons(tenant, &mut ids, 5000);
            let before = count(&writer);
            let answers = answers(&writer, group);
            for (place, answer) in answers.iter().enumerate() {
                let expected = (place == at).then_some(Cause::DiskFull);
                assert_eq!(cause(answer), expected, "{at} {place} {answer:?}");
            }
            assert_eq!(count(&writer), before + 2);
        }
        writer
            .pragma_update(None, "max_page_count", 1_000_000)
            .unwrap();
        let [answer] = answers(&writer, [persons(tenant, &mut ids, 5000)]);
        answer.unwrap();
    }

    #[test]
    fn only_a_failed_sync_leaves_the_outcome_open() {
        use rusqlite::ffi;
        let cause =
            |code| Cause::from_sqlite(&rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        for (code, open) in [
            (ffi::SQLITE_IOERR_FSYNC, true),
            (ffi::SQLITE_IOERR_DIR_FSYNC, true),
            (ffi::SQLITE_IOERR_WRITE, false),
            (ffi::SQLITE_FULL, false),
            (ffi::SQLITE_BUSY, false),
            (ffi::SQLITE_READONLY, false),
        ] {
            assert_eq!(cause(code).leaves_commit_open(), open, "{code}");
        }
    }

    #[test]
    fn a_store_whose_writer_is_gone_says_so() {
        let queue = Arc::new(Queue::new());
        drop(AtEnd(Arc::clone(&queue)));
        let (reply, mut answer) = oneshot::channel();
        let changes = Changeset::new(ids(1).id());
        queue.push(Job { changes, reply });
        assert!(answer.try_recv().is_err());
    }

    /// The log is copied into the file now and then, so that it does not grow without end.
    #[test]
    fn the_log_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, tenant) = begun(&folder);
        let queue = Arc::new(Queue::new());
        let mut ids = ids(1);
        let mut answers = Vec::new();
        for _ in 0..24 {
            let (reply, answer) = oneshot::channel();
            let changes = persons(tenant, &mut ids, 5000);
            queue.push(Job { changes, reply });
            answers.push(answer);
        }
        queue.close();
        let writer = Mutex::new(writer);
        write(&writer, &queue, Duration::from_secs(1));
        for mut answer in answers {
            answer.try_recv().unwrap().unwrap().unwrap();
        }
        let log = std::fs::metadata(folder.path().join("rollcall.db-wal")).unwrap();
        let file = std::fs::metadata(folder.path().join("rollcall.db")).unwrap();
        assert!(file.len() > 48 << 20, "{}", file.len());
        assert!(log.len() < 80 << 20, "{}", log.len());
    }
}
