//! The settings of a connection, each read back: a setting that did not take is an error and never a surprise.

use crate::open::OpenError;
use rusqlite::{Connection, config::DbConfig};
use std::time::Duration;

/// What every connection is set to, and what it then says.
const SETTINGS: [(&str, &str, i64); 8] = [
    ("synchronous", "FULL", 2),
    ("foreign_keys", "ON", 1),
    ("trusted_schema", "OFF", 0),
    ("cell_size_check", "ON", 1),
    ("secure_delete", "FAST", 2),
    ("temp_store", "MEMORY", 2),
    ("mmap_size", "0", 0),
    // Without it `INSERT OR REPLACE` would pass by the trigger that keeps journal entries from being deleted.
    ("recursive_triggers", "ON", 1),
];

const SWITCHES: [(DbConfig, bool, &str); 4] = [
    (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true, "defensive"),
    (DbConfig::SQLITE_DBCONFIG_DQS_DML, false, "dqs_dml"),
    (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false, "dqs_ddl"),
    (
        DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA,
        false,
        "trusted_schema",
    ),
];

/// The WAL is cut to this many bytes when it is begun anew.
const WAL_KEPT: i64 = 64 << 20;

/// Puts a connection into the state in which [`apply`](crate::apply) may be called on its transactions: the settings of the
/// store's own connections. Extensions cannot be loaded unless the host allows them by a call of its own.
///
/// # Errors
/// [`OpenError`] when the database cannot be used, or a setting did not take.
pub fn configure(connection: &Connection, busy_timeout: Duration) -> Result<(), OpenError> {
    connection.busy_timeout(busy_timeout)?;
    for (switch, on, name) in SWITCHES {
        if connection.set_db_config(switch, on)? != on {
            return Err(OpenError::Setting { name });
        }
    }
    for (name, value, expected) in SETTINGS {
        connection.pragma_update(None, name, value)?;
        let found = connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        // A build without memory mapping has no such setting at all, which is what is wanted.
        let found = match found {
            Err(rusqlite::Error::QueryReturnedNoRows) => expected,
            other => other?,
        };
        if found != expected {
            return Err(OpenError::Setting { name });
        }
    }
    connection.pragma_update(None, "journal_size_limit", WAL_KEPT)?;
    connection.set_prepared_statement_cache_capacity(256);
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if mode == "wal" {
        Ok(())
    } else {
        Err(OpenError::NoWal)
    }
}

/// Sets how much of the file a connection keeps in memory.
pub(crate) fn cache(connection: &Connection, bytes: i64) -> rusqlite::Result<()> {
    connection.pragma_update(None, "cache_size", -(bytes >> 10))
}
