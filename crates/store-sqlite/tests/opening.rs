//! What a file may be, and what is said of it when it is something else. Whatever is refused stays as it was, byte by byte.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails as the test does"
)]

mod fixture;

use fixture::{Place, tenant};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use store_sqlite::{OpenError, Options, SqliteStore, rusqlite::Connection};

/// Opens what must be refused, and looks that the file was not touched.
fn refusal(options: &Options) -> OpenError {
    let before = fs::read(&options.path).ok();
    let error = SqliteStore::open_with(options).map(drop).unwrap_err();
    assert_eq!(
        fs::read(&options.path).ok(),
        before,
        "the file was changed: {error}"
    );
    assert!(!error.next().is_empty());
    error
}

fn refused(place: &Place) -> OpenError {
    refusal(&place.options())
}

#[test]
fn a_missing_file_is_made_for_its_owner_alone() {
    let place = Place::new();
    let store = place.open();
    tenant(&store, 1);
    for ending in ["", "-wal", "-shm"] {
        let path = format!("{}{ending}", place.path.display());
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{ending}");
    }
}

#[test]
fn a_missing_file_is_refused_when_none_is_to_be_made() {
    let place = Place::new();
    let options = Options {
        create: false,
        ..place.options()
    };
    assert_eq!(refusal(&options), OpenError::Missing);
    assert_eq!(refusal(&options).code(), "database_missing");
}

#[test]
fn a_missing_folder_is_named() {
    let place = Place::new();
    let within = |path: &Path| Options::new(path.join("none").join("rollcall.db"));
    assert_eq!(
        refusal(&within(place.folder.path())),
        OpenError::FolderMissing
    );
    fs::write(&place.path, "").unwrap();
    let error = refusal(&Options::new(place.path.join("rollcall.db")));
    assert_eq!(error, OpenError::FolderMissing);
}

#[test]
fn a_folder_is_no_database() {
    let place = Place::new();
    let error = refusal(&Options::new(place.folder.path()));
    assert_eq!(error, OpenError::IsFolder);
}

#[test]
fn an_empty_file_is_a_new_database() {
    let place = Place::new();
    fs::write(&place.path, "").unwrap();
    tenant(&place.open(), 1);
}

#[test]
fn what_is_no_sqlite_file_is_refused() {
    for content in [
        b"a".to_vec(),
        b"given;family;email\nAda;Lovelace;ada@example.org\n".to_vec(),
        vec![0; 4096],
        vec![0xff; 100_000],
    ] {
        let place = Place::new();
        fs::write(&place.path, &content).unwrap();
        assert_eq!(refused(&place), OpenError::NotSqlite, "{}", content.len());
    }
}

#[test]
fn the_database_of_another_program_is_refused() {
    let place = Place::new();
    place
        .raw()
        .execute_batch("PRAGMA application_id = 7; CREATE TABLE notes (id INTEGER)")
        .unwrap();
    assert_eq!(refused(&place), OpenError::Foreign { found: 7 });

    let unnamed = Place::new();
    unnamed
        .raw()
        .execute_batch("CREATE TABLE notes (id INTEGER)")
        .unwrap();
    assert_eq!(refused(&unnamed), OpenError::Foreign { found: 0 });
}

/// Its log is neither copied into it nor taken away.
#[test]
fn a_foreign_database_in_use_keeps_its_log() {
    let place = Place::new();
    let other = place.raw();
    other
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE notes (id INTEGER)")
        .unwrap();
    let log = format!("{}-wal", place.path.display());
    let before = fs::read(&log).unwrap();
    assert_eq!(refused(&place), OpenError::Foreign { found: 0 });
    assert_eq!(fs::read(&log).unwrap(), before);
    other.execute("INSERT INTO notes VALUES (1)", []).unwrap();
}

#[test]
fn a_foreign_database_at_rest_is_left_without_a_log() {
    let place = Place::new();
    let other = place.raw();
    other
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE notes (id INTEGER)")
        .unwrap();
    drop(other);
    assert_eq!(refused(&place), OpenError::Foreign { found: 0 });
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 1);
}

#[test]
fn a_newer_schema_is_refused() {
    let place = Place::new();
    drop(place.open());
    place.raw().pragma_update(None, "user_version", 99).unwrap();
    assert_eq!(
        refused(&place),
        OpenError::Newer {
            found: 99,
            known: 1
        }
    );
}

#[test]
fn a_damaged_file_is_told_from_a_foreign_one() {
    let place = Place::new();
    drop(place.open());
    let mut bytes = fs::read(&place.path).unwrap();
    // The first page holds the schema.
    bytes[100..4096].fill(0xa5);
    fs::write(&place.path, &bytes).unwrap();
    assert_eq!(refused(&place).code(), "database_damaged");
}

#[test]
fn a_database_that_somebody_holds_is_reported_as_locked() {
    let place = Place::new();
    drop(place.open());
    let holder = place.raw();
    holder
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
        .unwrap();
    assert_eq!(refused(&place), OpenError::Locked);
    drop(holder);
    place.open();
}

#[test]
fn a_locked_empty_database_is_reported_as_locked() {
    let place = Place::new();
    let holder = Connection::open(&place.path).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(refused(&place), OpenError::Locked);
}

/// The superuser may write everywhere, so that this runs as somebody else.
#[test]
fn what_cannot_be_written_is_reported_as_read_only() {
    const CHILD: &str = "ROLLCALL_TEST_READ_ONLY";
    if let Some(path) = std::env::var_os(CHILD) {
        let error = SqliteStore::open(&path).map(drop).unwrap_err();
        assert_eq!(error, OpenError::ReadOnly);
        return;
    }
    let place = Place::new();
    drop(place.open());
    let program = place.folder.path().join("program");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(&program, 0o755);
    let missing = place.folder.path().join("missing.db");
    for (file, folder, path) in [
        (0o444, 0o777, &place.path),
        (0o666, 0o555, &place.path),
        (0o000, 0o777, &place.path),
        (0o444, 0o555, &missing),
    ] {
        mode(&place.path, file);
        mode(place.folder.path(), folder);
        let before = fs::read(&place.path);
        let mut child = std::process::Command::new(&program);
        child
            .args(["what_cannot_be_written_is_reported_as_read_only", "--exact"])
            .env(CHILD, path);
        if fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0)
        {
            std::os::unix::process::CommandExt::uid(&mut child, 65_534);
        }
        let output = child.output().unwrap();
        mode(place.folder.path(), 0o777);
        assert!(
            output.status.success(),
            "{file:o} {folder:o}: {}",
            String::from_utf8_lossy(&output.stdout)
        );
        assert_eq!(before.ok(), fs::read(&place.path).ok());
        assert!(!missing.exists());
    }
}

/// DUR-07: whoever comes second waits, and finds the schema made.
#[test]
fn many_at_once_may_open_a_new_file() {
    const CHILD: &str = "ROLLCALL_TEST_OPEN";
    if let Some(path) = std::env::var_os(CHILD) {
        drop(SqliteStore::open(path).unwrap());
        return;
    }
    for _ in 0..5 {
        let place = Place::new();
        let children: Vec<_> = (0..8)
            .map(|_| {
                std::process::Command::new(std::env::current_exe().unwrap())
                    .args(["many_at_once_may_open_a_new_file", "--exact"])
                    .env(CHILD, &place.path)
                    .stdout(std::process::Stdio::null())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        tenant(&place.open(), 1);
    }
}

#[test]
fn the_file_is_whole_when_the_last_clone_is_gone() {
    let place = Place::new();
    let store = place.open();
    let clone = store.clone();
    tenant(&store, 1);
    drop(store);
    drop(clone);
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 1);
}

/// Extensions are code from a file; double quotes are names and never text.
#[test]
fn a_configured_connection_is_strict() {
    let place = Place::new();
    drop(place.open());
    let connection = place.raw();
    store_sqlite::configure(&connection, std::time::Duration::ZERO).unwrap();
    for refused in [
        "SELECT load_extension('none')",
        "SELECT \"nosuch\"",
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = ''",
    ] {
        assert!(connection.execute_batch(refused).is_err(), "{refused}");
    }
}

#[test]
fn a_connection_without_a_log_is_not_configured() {
    let connection = Connection::open_in_memory().unwrap();
    let error = store_sqlite::configure(&connection, std::time::Duration::ZERO).unwrap_err();
    assert_eq!(error, OpenError::NoWal);
}

/// A small file system of its own, where this user may mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
            .arg(folder.path())
            .stderr(std::process::Stdio::null())
            .status();
        mounted.is_ok_and(|it| it.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .arg(self.0.path())
            .status();
    }
}

#[test]
fn a_disk_without_room_for_the_schema_is_reported_as_full() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let options = Options::new(disk.0.path().join("rollcall.db"));
    let error = SqliteStore::open_with(&options).map(drop).unwrap_err();
    assert_eq!(error, OpenError::DiskFull);
    // Nothing of the schema is there: with room for it, it is a new database.
    let copy = Place::new();
    fs::copy(&options.path, &copy.path).unwrap();
    tenant(&copy.open(), 1);
}
