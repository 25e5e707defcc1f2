//! The SQLite store of Rollcall: everything in one file.
//!
//! [`SqliteStore`] serves the two ports of `identity-core`. One thread writes: it takes all the changesets that wait, applies
//! each under a savepoint of its own, all or nothing, and makes them durable with one sync of the disk; only then is anybody
//! answered. Readers have connections of their own and never wait for the writer. No runtime is needed: the futures are
//! answered by those threads, and work on any executor.
//!
//! ```no_run
//! use store_sqlite::SqliteStore;
//!
//! let store = SqliteStore::open("rollcall.db")?;
//! # Ok::<(), store_sqlite::OpenError>(())
//! ```
//!
//! Several processes may open one file. Every expectation of a changeset is checked inside the transaction that applies it,
//! so that it does not matter which of them wrote in between.
//!
//! # Inside a transaction of the host's own
//!
//! A host that keeps tables of its own in the same file can commit them together with a changeset: [`configure`] its
//! connection once, begin an `IMMEDIATE` transaction, and [`apply`] the changeset on it. It is the same code with the same
//! checks; the [`rusqlite`] that the connection must be of is re-exported here.
//!
//! # What the file keeps safe by itself
//!
//! - No row can refer to one of another tenant: every key and every reference carries the tenant.
//! - Logins, users, roles, assignments, links, professionals' addresses and tokens are unique by indexes.
//! - Journal entries can neither be changed nor deleted.
//! - A value that could not have been written is reported as corrupt with its table and column, and is never a panic.
//!
//! # Answers
//!
//! A changeset that meets something unique is answered by `Duplicate`; one that meets its own record where it would create it,
//! or refers to a record that went away, or takes one away that others refer to, by `Stale`: whoever loads again decides on
//! what is there now. [`Cause`] tells why the store is unavailable.

mod apply;
mod cause;
mod column;
mod connection;
mod journal;
mod list;
mod open;
mod queue;
mod reader;
mod reconciliation;
mod record;
mod row;
mod schema;
mod store;
mod writer;

pub use apply::apply;
pub use cause::Cause;
pub use connection::configure;
pub use open::{OpenError, Options};
pub use rusqlite;
pub use store::SqliteStore;
