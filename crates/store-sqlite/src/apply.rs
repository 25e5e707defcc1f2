//! How a changeset is applied inside a transaction: the one path for the writer and for a host's own transaction.

use crate::{
    cause::{Cause, failed},
    column::{Bound as _, Column},
    journal,
    reader::load,
    record::by_kind,
    row::{Binder, Tabled, cell_of, rows},
};
use identity_core::{
    changeset::{Changeset, Expect, Write},
    email::EmailKey,
    id::Id,
    journal::Head,
    operation::Operation,
    outbox::Message,
    owner::Owners,
    person::Person,
    port::{CommitError, Find},
    record::{Put, Ref, Version},
    tenant::Tenant,
};
use rusqlite::{Connection, Error, config::DbConfig, ffi};
use std::collections::{BTreeSet, HashMap};

/// What a transaction knows without looking again. Other processes write too, so that it lives as long as the transaction and no
/// longer.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The ends of the journals, as the transaction left them.
    heads: HashMap<Id<Tenant>, Head>,
    /// Whose changeset relied on which record, which it found at this version and nothing has written since. The changesets of a
    /// group are mostly of a few actors, and rely on what gives them their rights.
    versions: HashMap<Ref, (Id<Tenant>, Version)>,
}

impl Seen {
    fn version(&self, tenant: Id<Tenant>, of: &Ref) -> Option<Version> {
        let (whose, version) = self.versions.get(of)?;
        (*whose == tenant).then_some(*version)
    }
}

/// Applies a changeset inside the host's own transaction, all or nothing, with everything a store checks at a commit. The
/// host commits it; until then nothing is durable.
///
/// The transaction should have begun as `IMMEDIATE`: one that reads first and writes later fails with
/// [`Cause::Locked`] when anybody else wrote in between. Its connection must have been
/// [configured](crate::configure).
///
/// # Errors
/// As [`Store::commit`](identity_core::port::Store::commit), but for `Unknown`: whatever the error, nothing of the changeset
/// was applied. After a full disk or a failing one SQLite may have rolled back the whole transaction
/// ([`Connection::is_autocommit`]).
pub fn apply(
    transaction: &rusqlite::Transaction<'_>,
    changes: &Changeset,
) -> Result<(), CommitError> {
    let checked = transaction
        .db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY)
        .map_err(failed)?;
    if !checked {
        return Err(Cause::NotConfigured.refused());
    }
    apply_whole(transaction, changes, &mut Seen::default())
}

/// Applies a changeset under a savepoint of its own: when it fails, nothing of it is left.
pub(crate) fn apply_whole(
    connection: &Connection,
    changes: &Changeset,
    seen: &mut Seen,
) -> Result<(), CommitError> {
    run(connection, "SAVEPOINT changeset").map_err(failed)?;
    match apply_parts(connection, changes, seen) {
        Ok(()) => run(connection, "RELEASE changeset").map_err(failed),
        Err(err) => {
            // Where SQLite itself rolled everything back there is no savepoint any more, and nothing left to undo.
            if !connection.is_autocommit() {
                run(connection, "ROLLBACK TO changeset").map_err(failed)?;
                run(connection, "RELEASE changeset").map_err(failed)?;
            }
            Err(err)
        }
    }
}

/// Runs a statement without parameters or rows.
pub(crate) fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.raw_execute().map(|_| ())
}

/// Applies a changeset. What it did before it failed is the caller's to undo; what it knows afterwards still holds.
pub(crate) fn apply_parts(
    connection: &Connection,
    changes: &Changeset,
    seen: &mut Seen,
) -> Result<(), CommitError> {
    let tenant = changes.tenant();
    // First, since whoever repeats an operation need not expect what it changed meanwhile.
    if let Some(operation) = changes.operation() {
        keep_answer(connection, tenant, operation)?;
    }
    for expect in changes.expects() {
        match expect {
            Expect::At(reference, version) => {
                if seen.version(tenant, reference) != Some(*version) {
                    if current(connection, tenant, reference)? != Some(*version) {
                        return Err(CommitError::Stale);
                    }
                    seen.versions.insert(reference.clone(), (tenant, *version));
                }
            }
            Expect::Persons { with, are } => check_persons(connection, tenant, with, are)?,
        }
    }
    for write in changes.writes() {
        match write {
            Write::Create(put) => by_kind!(Put, put, create(connection, tenant)),
            Write::Replace(put, version) => {
                seen.versions.remove(&put.reference());
                by_kind!(Put, put, replace(connection, tenant, *version))
            }
            Write::Erase(reference, version) => {
                seen.versions.remove(reference);
                by_kind!(Ref, reference, erase(connection, tenant, *version))
            }
        }?;
    }
    for message in changes.messages() {
        keep_message(connection, tenant, message)?;
    }
    let head = if changes.entries().is_empty() {
        None
    } else {
        let head = match seen.heads.get(&tenant) {
            Some(head) => *head,
            None => journal::head(connection, tenant)?,
        };
        Some(journal::append(
            connection,
            tenant,
            head,
            changes.entries(),
        )?)
    };
    // A changeset that only appends would find no reference that tells. The platform is no tenant, and none may take its place.
    let is_tenant = seen.version(tenant, &Ref::Tenant(tenant)).is_some()
        || version_of::<Tenant>(&tenant, connection, tenant)?.is_some();
    let of_platform = tenant == Tenant::PLATFORM;
    if is_tenant == of_platform {
        return Err(CommitError::Stale);
    }
    if changes.touches_owners() {
        if !of_platform {
            audit(connection, tenant)?;
        }
        for other in opened_elsewhere(connection, changes)? {
            audit(connection, other)?;
        }
    }
    if let Some(head) = head {
        seen.heads.insert(tenant, head);
    }
    Ok(())
}

/// Compares the owners with their record, as the transaction has them now (O1).
fn audit(connection: &Connection, tenant: Id<Tenant>) -> Result<(), CommitError> {
    let records = load(connection, tenant, vec![Find::Owners])?;
    Ok(Owners::audit(&records)?)
}

/// The other tenants whose users are opened by accounts that were changed: their owners may have become unusable too.
fn opened_elsewhere(
    connection: &Connection,
    changes: &Changeset,
) -> Result<BTreeSet<Id<Tenant>>, CommitError> {
    let mut tenants = BTreeSet::new();
    for write in changes.writes() {
        let account = match write {
            Write::Replace(Put::Account(account), _) => account.id,
            // One that opened a user could not have been erased.
            Write::Erase(..) | Write::Create(_) | Write::Replace(..) => continue,
        };
        let sql = "SELECT DISTINCT tenant FROM users WHERE tenant <> ?1 AND account = ?2";
        rows(connection, sql, changes.tenant(), &[&account], |row| {
            tenants.insert(cell_of(row, 0, 0, "users", "tenant")?);
            Ok(())
        })?;
    }
    Ok(tenants)
}

/// The version a record has now.
fn current(
    connection: &Connection,
    tenant: Id<Tenant>,
    reference: &Ref,
) -> Result<Option<Version>, CommitError> {
    by_kind!(Ref, reference, version_of(connection, tenant))
}

fn version_of<T: Tabled>(
    key: &T::Key,
    connection: &Connection,
    tenant: Id<Tenant>,
) -> Result<Option<Version>, CommitError> {
    let mut statement = connection
        .prepare_cached(&T::statements().version)
        .map_err(failed)?;
    let home = T::home(key, tenant);
    let mut to = Binder::begin(&mut statement, T::TABLE, home).map_err(failed)?;
    T::bind_key(key, &mut to).map_err(failed)?;
    if to.strayed() {
        return Ok(None);
    }
    let mut rows = statement.raw_query();
    match rows.next().map_err(failed)? {
        Some(row) => Ok(Version::from_sql(row.get_ref(0).map_err(failed)?)),
        None => Ok(None),
    }
}

/// The persons with the address are just these. Both lists are in the order of the ids.
fn check_persons(
    connection: &Connection,
    tenant: Id<Tenant>,
    with: &EmailKey,
    are: &[Id<Person>],
) -> Result<(), CommitError> {
    let mut statement = connection
        .prepare_cached("SELECT id FROM persons WHERE tenant = ?1 AND email_key = ?2 ORDER BY id")
        .map_err(failed)?;
    statement
        .raw_bind_parameter(1, tenant.bound())
        .map_err(failed)?;
    statement
        .raw_bind_parameter(2, with.bound())
        .map_err(failed)?;
    let mut rows = statement.raw_query();
    let mut expected = are.iter();
    while let Some(row) = rows.next().map_err(failed)? {
        let id = Id::from_sql(row.get_ref(0).map_err(failed)?);
        if id.as_ref() != expected.next() {
            return Err(CommitError::Stale);
        }
    }
    match expected.next() {
        None => Ok(()),
        Some(_) => Err(CommitError::Stale),
    }
}

/// What is the platform's and has a place among the tenants' records is written by the platform's own changesets alone.
fn at_home<T: Tabled>(key: &T::Key, tenant: Id<Tenant>) -> Result<(), CommitError> {
    if T::home(key, tenant) == tenant {
        Ok(())
    } else {
        Err(CommitError::Stale)
    }
}

/// Relies on the table's own uniqueness, so that a record that is new costs one statement.
fn create<T: Tabled>(
    record: &T,
    connection: &Connection,
    tenant: Id<Tenant>,
) -> Result<(), CommitError> {
    let key = record.key();
    at_home::<T>(&key, tenant)?;
    let mut statement = connection
        .prepare_cached(&T::statements().insert)
        .map_err(failed)?;
    let mut to = Binder::begin(&mut statement, T::TABLE, tenant).map_err(failed)?;
    T::bind_key(&key, &mut to).map_err(failed)?;
    record.bind(&mut to).map_err(failed)?;
    if to.strayed() {
        return Err(CommitError::Stale);
    }
    match statement.raw_execute() {
        Ok(_) => Ok(()),
        // Which uniqueness SQLite checks first is its own affair; that the record itself is there comes first here.
        Err(err) if is_duplicate(&err) => match version_of::<T>(&key, connection, tenant)? {
            Some(_) => Err(CommitError::Stale),
            None => Err(refused::<T>(err)),
        },
        Err(err) => Err(refused::<T>(err)),
    }
}

fn replace<T: Tabled>(
    record: &T,
    connection: &Connection,
    tenant: Id<Tenant>,
    before: Version,
) -> Result<(), CommitError> {
    let key = record.key();
    at_home::<T>(&key, tenant)?;
    let mut statement = connection
        .prepare_cached(&T::statements().update)
        .map_err(failed)?;
    let mut to = Binder::begin(&mut statement, T::TABLE, tenant).map_err(failed)?;
    T::bind_key(&key, &mut to).map_err(failed)?;
    record.bind(&mut to).map_err(failed)?;
    to.put(&before).map_err(failed)?;
    one_row::<T>(to.strayed(), statement.raw_execute())
}

fn erase<T: Tabled>(
    key: &T::Key,
    connection: &Connection,
    tenant: Id<Tenant>,
    before: Version,
) -> Result<(), CommitError> {
    at_home::<T>(key, tenant)?;
    let mut statement = connection
        .prepare_cached(&T::statements().delete)
        .map_err(failed)?;
    let mut to = Binder::begin(&mut statement, T::TABLE, tenant).map_err(failed)?;
    T::bind_key(key, &mut to).map_err(failed)?;
    to.put(&before).map_err(failed)?;
    one_row::<T>(to.strayed(), statement.raw_execute())
}

/// A change that met its record at the version it expected, which is one row.
fn one_row<T: Tabled>(strayed: bool, done: rusqlite::Result<usize>) -> Result<(), CommitError> {
    match done {
        _ if strayed => Err(CommitError::Stale),
        Ok(1) => Ok(()),
        Ok(_) => Err(CommitError::Stale),
        Err(err) => Err(refused::<T>(err)),
    }
}

fn keep_answer(
    connection: &Connection,
    tenant: Id<Tenant>,
    operation: &Operation,
) -> Result<(), CommitError> {
    let inserted = connection
        .prepare_cached(
            "INSERT INTO operations (tenant, key, fingerprint, answer) VALUES (?1, ?2, ?3, ?4)",
        )
        .and_then(|mut statement| {
            statement.raw_bind_parameter(1, tenant.bound())?;
            statement.raw_bind_parameter(2, operation.key.bound())?;
            statement.raw_bind_parameter(3, operation.fingerprint.bound())?;
            statement.raw_bind_parameter(4, operation.answer.bound())?;
            statement.raw_execute()
        });
    match inserted {
        Ok(_) => Ok(()),
        Err(err) if is_duplicate(&err) => Err(CommitError::Duplicate { what: "operation" }),
        Err(err) => Err(failed(err)),
    }
}

fn keep_message(
    connection: &Connection,
    tenant: Id<Tenant>,
    message: &Message,
) -> Result<(), CommitError> {
    let inserted = connection
        .prepare_cached("INSERT INTO outbox (tenant, id, kind, at) VALUES (?1, ?2, ?3, ?4)")
        .and_then(|mut statement| {
            statement.raw_bind_parameter(1, tenant.bound())?;
            statement.raw_bind_parameter(2, message.id.bound())?;
            statement.raw_bind_parameter(3, crate::column::Json(&message.kind).bound())?;
            statement.raw_bind_parameter(4, message.at.bound())?;
            statement.raw_execute()
        });
    match inserted {
        Ok(_) => Ok(()),
        Err(err) if is_duplicate(&err) => Err(CommitError::Duplicate { what: "message" }),
        Err(err) => Err(failed(err)),
    }
}

fn is_duplicate(err: &Error) -> bool {
    matches!(
        extended_code(err),
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
    )
}

/// What a refused write means to the decision. Something unique is there already, or something it refers to went away (or
/// still is referred to) since it was loaded: a new decision on fresh records decides otherwise. Every other constraint only
/// refuses what no record can hold, which is a fault.
fn refused<T: Tabled>(err: Error) -> CommitError {
    match extended_code(&err) {
        ffi::SQLITE_CONSTRAINT_UNIQUE => CommitError::Duplicate {
            what: T::TABLE.what,
        },
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_FOREIGNKEY => CommitError::Stale,
        _ => failed(err),
    }
}

fn extended_code(err: &Error) -> i32 {
    match err {
        Error::SqliteFailure(failure, _) => failure.extended_code,
        _ => ffi::SQLITE_MISUSE,
    }
}
