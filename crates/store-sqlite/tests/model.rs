//! The service over a SQLite file, compared with the model of a tenant.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a store that cannot be opened fails the test, and what was tried is worth reading"
)]

use store_sqlite::SqliteStore;
use testkit::model::trial::{Extent, compare};

/// Whatever is asked by whomever in whatever order, a file has what the rules promise after each command, and refuses with the code
/// that they name: the very commands that the memory store is given. All tenants are in one file, and what four threads ask is
/// committed together. `ROLLCALL_MODEL_SEQUENCES=10000` makes a million commands of it, best in release; `ROLLCALL_MODEL_SEED`
/// makes others.
#[test]
fn a_file_does_as_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("rollcall.db")).unwrap();
    let extent = Extent::usual();
    let statistics = compare(extent, || store.clone());
    eprintln!("{} commands\n{}", statistics.commands(), statistics.table());
    // A shorter run proves less, and does not claim to see every refusal.
    let missing = statistics.missing();
    assert!(missing.is_empty() || extent.is_short(), "{missing:?}");
}
