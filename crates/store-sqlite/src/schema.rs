//! The schema and its migrations.

use rusqlite::{Connection, TransactionBehavior};
use rusqlite_migration::{HookError, M, Migrations};

/// "Roll" in ASCII: how the header of a file tells that it is ours.
pub(crate) const APPLICATION_ID: i64 = 0x526f_6c6c;

/// The newest schema that this program knows: how many migrations there are.
pub(crate) const NEWEST: i64 = 1;

const IDENTITY: &str = include_str!("schema/0001_identity.sql");

/// Brings an older or empty database to the newest schema, in one transaction. Safe when several processes do it at once:
/// one does it, the others wait and find it done.
pub(crate) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let migrations = Migrations::new(vec![M::up_with_hook(IDENTITY, |transaction| {
        not_done_meanwhile(transaction, 1)
    })]);
    connection.set_transaction_behavior(TransactionBehavior::Immediate);
    let result = loop {
        let before = version(connection)?;
        match migrations.to_latest(connection) {
            Ok(()) => break Ok(()),
            // The library looks at the version before it has the lock: somebody else may have been faster.
            Err(_) if version(connection)? > before => (),
            Err(rusqlite_migration::Error::RusqliteError { err, .. }) => break Err(err),
            Err(_) => break Err(rusqlite::Error::InvalidQuery),
        }
    };
    connection.set_transaction_behavior(TransactionBehavior::Deferred);
    result
}

/// Under the lock, the migration with this number was still to be done: else it is rolled back instead of done twice.
fn not_done_meanwhile(connection: &Connection, number: i64) -> Result<(), HookError> {
    if version(connection)? < number {
        Ok(())
    } else {
        Err(HookError::Hook("migrated meanwhile".to_owned()))
    }
}

/// The schema of the database.
pub(crate) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("PRAGMA user_version")?
        .query_row([], |row| row.get(0))
}
