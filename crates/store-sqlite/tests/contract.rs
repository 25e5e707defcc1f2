//! The contract suite of `testkit`, on files.

#![expect(
    clippy::unwrap_used,
    reason = "a store that cannot be opened fails its suite"
)]

use store_sqlite::SqliteStore;
use tempfile::TempDir;

async fn open() -> (SqliteStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("rollcall.db")).unwrap();
    (store, folder)
}

testkit::contract_suite!(open);
