//! The tenants' journals: their ends, and what is appended.

use crate::{
    cause::{failed, unavailable},
    column::{Bound as _, Column},
    row::cell_of,
};
use identity_core::{
    id::Id,
    journal::{Entry, Head, Sealed},
    port::{CommitError, StoreError},
    tenant::Tenant,
};
use rusqlite::{Connection, Row};

/// The end of the tenant's journal.
pub(crate) fn head(connection: &Connection, tenant: Id<Tenant>) -> Result<Head, StoreError> {
    let mut statement = connection
        .prepare_cached(
            "SELECT number, text, hash FROM journal WHERE tenant = ?1 ORDER BY number DESC LIMIT 1",
        )
        .map_err(unavailable)?;
    statement
        .raw_bind_parameter(1, tenant.bound())
        .map_err(unavailable)?;
    let mut rows = statement.raw_query();
    match rows.next().map_err(unavailable)? {
        Some(row) => sealed(row).map(|it| it.head()),
        None => Ok(Head::default()),
    }
}

/// Appends entries behind this end, and gives the new one.
pub(crate) fn append(
    connection: &Connection,
    tenant: Id<Tenant>,
    mut head: Head,
    entries: &[Entry],
) -> Result<Head, CommitError> {
    let mut statement = connection
        .prepare_cached("INSERT INTO journal (tenant, number, text, hash) VALUES (?1, ?2, ?3, ?4)")
        .map_err(failed)?;
    statement
        .raw_bind_parameter(1, tenant.bound())
        .map_err(failed)?;
    for entry in entries {
        let sealed = head.seal(tenant, entry);
        statement
            .raw_bind_parameter(2, sealed.number.bound())
            .map_err(failed)?;
        statement
            .raw_bind_parameter(3, sealed.text.bound())
            .map_err(failed)?;
        statement
            .raw_bind_parameter(4, sealed.hash.bound())
            .map_err(failed)?;
        statement.raw_execute().map_err(failed)?;
        head = sealed.head();
    }
    Ok(head)
}

/// An entry from `number, text, hash`.
pub(crate) fn sealed(row: &Row<'_>) -> Result<Sealed, StoreError> {
    Ok(Sealed {
        number: cell(row, 0, "number")?,
        text: cell(row, 1, "text")?,
        hash: cell(row, 2, "hash")?,
    })
}

fn cell<T: Column>(row: &Row<'_>, place: usize, column: &'static str) -> Result<T, StoreError> {
    cell_of(row, place, 0, "journal", column)
}
