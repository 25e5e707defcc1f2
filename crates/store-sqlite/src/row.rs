//! How a record lies in a row: each kind describes its table once, and every statement follows from that.

use crate::{
    cause::unavailable,
    column::{Bound, Column, Json},
};
use identity_core::{
    id::Id,
    port::StoreError,
    record::{Record, Stored, Version},
    tenant::Tenant,
};
use rusqlite::{Connection, Row, Statement, types::ToSqlOutput, types::ValueRef};
use serde::de::DeserializeOwned;
use std::fmt::Write as _;
use uuid::Uuid;

/// The table of one kind of records.
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: &'static str,
    /// Whether it has a `tenant` column, which then begins its key.
    pub(crate) of_tenant: bool,
    /// The rest of the key.
    pub(crate) key: &'static [&'static str],
    /// Everything else but the version, in the order in which it is bound and read.
    pub(crate) columns: &'static [&'static str],
    /// What there are two of when something unique is there already.
    pub(crate) what: &'static str,
}

/// A record that lies in a table.
pub(crate) trait Tabled: Record {
    const TABLE: &'static Table;

    /// The statements, made once.
    fn statements() -> &'static Statements;

    /// Where the record with this key is kept, in the eyes of a tenant: with that tenant itself, but for what is the
    /// platform's.
    fn home(_: &Self::Key, tenant: Id<Tenant>) -> Id<Tenant> {
        tenant
    }

    /// Binds the key without the tenant.
    fn bind_key(key: &Self::Key, to: &mut Binder<'_, '_>) -> rusqlite::Result<()>;

    /// Binds the columns, in their order.
    fn bind(&self, to: &mut Binder<'_, '_>) -> rusqlite::Result<()>;

    /// Reads the key without the tenant, then the columns.
    fn read(from: &mut Cells<'_, '_>) -> Result<Self, StoreError>;
}

/// `fn statements` of one kind.
macro_rules! statements {
    ($type:ty) => {
        fn statements() -> &'static crate::row::Statements {
            static STATEMENTS: std::sync::LazyLock<crate::row::Statements> =
                std::sync::LazyLock::new(|| {
                    crate::row::Statements::of(<$type as crate::row::Tabled>::TABLE)
                });
            &STATEMENTS
        }
    };
}
pub(crate) use statements;

/// What is done with one table. Parameters are numbered alike in all of them: tenant, key, columns, and last the version
/// that is expected.
pub(crate) struct Statements {
    pub(crate) insert: String,
    pub(crate) update: String,
    pub(crate) delete: String,
    /// The version of the row with a key.
    pub(crate) version: String,
    /// The row with a key.
    pub(crate) get: String,
    /// All rows, to be followed by a `WHERE`.
    pub(crate) select: String,
}

impl Statements {
    pub(crate) fn of(table: &Table) -> Self {
        let name = table.name;
        let tenant = table.of_tenant.then_some("tenant");
        let key: Vec<&str> = tenant
            .into_iter()
            .chain(table.key.iter().copied())
            .collect();
        let (mut columns, mut places, mut sets) = (key.join(", "), String::new(), String::new());
        let mut matches = String::new();
        for (column, place) in key.iter().zip(1..) {
            let _ = write!(places, "?{place}, ");
            let and = if place == 1 { "" } else { " AND " };
            let _ = write!(matches, "{and}{column} = ?{place}");
        }
        columns.push_str(", version");
        places.push('1');
        for (column, place) in table.columns.iter().zip(key.len() + 1..) {
            let _ = write!(columns, ", {column}");
            let _ = write!(places, ", ?{place}");
            let _ = write!(sets, ", {column} = ?{place}");
        }
        let last = key.len() + table.columns.len() + 1;
        let after_key = key.len() + 1;
        let select = format!("SELECT {} FROM {name}", table.selected(name));
        Self {
            insert: format!("INSERT INTO {name} ({columns}) VALUES ({places})"),
            update: format!(
                "UPDATE {name} SET version = version + 1{sets} WHERE {matches} AND version = ?{last}"
            ),
            delete: format!("DELETE FROM {name} WHERE {matches} AND version = ?{after_key}"),
            version: format!("SELECT version FROM {name} WHERE {matches}"),
            get: format!("{select} WHERE {matches}"),
            select,
        }
    }
}

impl Table {
    /// What [`record`] reads, from this table or an alias of it: version, key, columns.
    pub(crate) fn selected(&self, alias: &str) -> String {
        let mut list = format!("{alias}.version");
        for column in self.key.iter().chain(self.columns) {
            let _ = write!(list, ", {alias}.{column}");
        }
        list
    }

    /// How many columns that is.
    pub(crate) const fn width(&self) -> usize {
        1 + self.key.len() + self.columns.len()
    }
}

/// Binds one value after the other.
pub(crate) struct Binder<'a, 'c> {
    statement: &'a mut Statement<'c>,
    tenant: Id<Tenant>,
    next: usize,
    strayed: bool,
}

impl<'a, 'c> Binder<'a, 'c> {
    /// A binder of the statement's first parameter, which is the tenant where the table has one.
    pub(crate) fn begin(
        statement: &'a mut Statement<'c>,
        table: &Table,
        tenant: Id<Tenant>,
    ) -> rusqlite::Result<Self> {
        let mut binder = Self {
            statement,
            tenant,
            next: 1,
            strayed: false,
        };
        if table.of_tenant {
            binder.put(&tenant)?;
        }
        Ok(binder)
    }

    pub(crate) fn put(&mut self, value: &impl Bound) -> rusqlite::Result<()> {
        self.value(value.bound())
    }

    pub(crate) fn json(&mut self, value: &impl serde::Serialize) -> rusqlite::Result<()> {
        self.value(Json(value).bound())
    }

    pub(crate) fn null(&mut self) -> rusqlite::Result<()> {
        self.value(ToSqlOutput::Borrowed(ValueRef::Null))
    }

    fn value(&mut self, value: ToSqlOutput<'_>) -> rusqlite::Result<()> {
        let place = self.next;
        self.next += 1;
        self.statement.raw_bind_parameter(place, value)
    }

    /// The tenant a record says it is of, which is not bound: it must be the changeset's own.
    pub(crate) fn own(&mut self, tenant: Id<Tenant>) {
        self.strayed |= tenant != self.tenant;
    }

    /// Whether a record of another tenant was bound.
    pub(crate) const fn strayed(&self) -> bool {
        self.strayed
    }
}

/// Reads one column after the other.
pub(crate) struct Cells<'a, 'r> {
    row: &'a Row<'r>,
    table: &'static Table,
    tenant: Id<Tenant>,
    /// Where the table's columns begin in the row.
    start: usize,
    next: usize,
}

impl<'a, 'r> Cells<'a, 'r> {
    /// The tenant whose row it is.
    pub(crate) const fn tenant(&self) -> Id<Tenant> {
        self.tenant
    }

    pub(crate) fn take<T: Column>(&mut self) -> Result<T, StoreError> {
        self.read(T::from_sql)
    }

    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T, StoreError> {
        self.read(Json::<T>::read)
    }

    /// A column that follows from others, such as a key to search by, and must hold just this.
    pub(crate) fn same<'b>(&mut self, value: impl Into<Option<&'b str>>) -> Result<(), StoreError> {
        let expected = value
            .into()
            .map_or(ValueRef::Null, |it| ValueRef::Text(it.as_bytes()));
        self.read(|it| (it == expected).then_some(()))
    }

    /// A column that is only searched by, and is not worth comparing with what it follows from at each reading.
    pub(crate) const fn skip(&mut self) {
        self.next += 1;
    }

    /// A column that must be empty.
    pub(crate) fn empty(&mut self) -> Result<(), StoreError> {
        self.same(None)
    }

    fn read<T>(&mut self, read: impl FnOnce(ValueRef<'_>) -> Option<T>) -> Result<T, StoreError> {
        let place = self.start + self.next;
        self.next += 1;
        let value = self.row.get_ref(place).map_err(unavailable)?;
        read(value).ok_or_else(|| self.corrupt())
    }

    /// The column that was read last cannot be what it is.
    pub(crate) fn corrupt(&self) -> StoreError {
        let table = self.table;
        let column = match self.next.checked_sub(2) {
            None => "version",
            Some(place) => table
                .key
                .iter()
                .chain(table.columns)
                .nth(place)
                .copied()
                .unwrap_or("version"),
        };
        let key = |place| self.row.get_ref(self.start + 1 + place).map(shown);
        let id = if table.key.is_empty() {
            self.tenant.to_string()
        } else {
            let parts: Vec<String> = (0..table.key.len()).flat_map(key).collect();
            parts.join("/")
        };
        StoreError::Corrupt {
            table: table.name,
            column,
            id,
        }
    }
}

/// A key in an error: identifiers as they are always written, what is none as it lies there.
fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(it) => it.to_string(),
        ValueRef::Real(it) => it.to_string(),
        ValueRef::Text(it) => String::from_utf8_lossy(it).chars().take(64).collect(),
        ValueRef::Blob(it) => Uuid::from_slice(it).map_or_else(
            |_| format!("{} bytes", it.len()),
            |it| it.hyphenated().to_string(),
        ),
    }
}

/// Reads the record whose columns begin at `start`.
pub(crate) fn record<T: Tabled>(
    row: &Row<'_>,
    start: usize,
    tenant: Id<Tenant>,
) -> Result<Stored<T>, StoreError> {
    let mut cells = Cells {
        row,
        table: T::TABLE,
        tenant,
        start,
        next: 0,
    };
    let version: Version = cells.take()?;
    let record = T::read(&mut cells)?;
    Ok(Stored { record, version })
}

/// The record with this key.
pub(crate) fn get<T: Tabled>(
    connection: &Connection,
    tenant: Id<Tenant>,
    key: &T::Key,
) -> Result<Option<Stored<T>>, StoreError> {
    let mut statement = connection
        .prepare_cached(&T::statements().get)
        .map_err(unavailable)?;
    let home = T::home(key, tenant);
    let mut to = Binder::begin(&mut statement, T::TABLE, home).map_err(unavailable)?;
    T::bind_key(key, &mut to).map_err(unavailable)?;
    if to.strayed() {
        return Ok(None);
    }
    let mut rows = statement.raw_query();
    match rows.next().map_err(unavailable)? {
        Some(row) => record(row, 0, home).map(Some),
        None => Ok(None),
    }
}

/// The records of the tenant that fit the rest of the condition, each handed on; its values are `?2` and on.
pub(crate) fn each<T: Tabled>(
    connection: &Connection,
    tenant: Id<Tenant>,
    rest: &str,
    values: &[&dyn Bound],
    mut then: impl FnMut(Stored<T>),
) -> Result<(), StoreError> {
    let sql = format!("{} WHERE tenant = ?1{rest}", T::statements().select);
    rows(connection, &sql, tenant, values, |row| {
        then(record(row, 0, tenant)?);
        Ok(())
    })
}

/// The rows of any statement whose first parameter is the tenant.
pub(crate) fn rows(
    connection: &Connection,
    sql: &str,
    tenant: Id<Tenant>,
    values: &[&dyn Bound],
    mut then: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(unavailable)?;
    statement
        .raw_bind_parameter(1, tenant.to_sql())
        .map_err(unavailable)?;
    for (value, place) in values.iter().zip(2_usize..) {
        statement
            .raw_bind_parameter(place, value.bound())
            .map_err(unavailable)?;
    }
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(unavailable)? {
        then(row)?;
    }
    Ok(())
}

/// One column of a row that is not read as a record; the one at `key` tells which row it is.
pub(crate) fn cell_of<T: Column>(
    row: &Row<'_>,
    place: usize,
    key: usize,
    table: &'static str,
    column: &'static str,
) -> Result<T, StoreError> {
    let value = row.get_ref(place).map_err(unavailable)?;
    T::from_sql(value).ok_or_else(|| StoreError::Corrupt {
        table,
        column,
        id: row.get_ref(key).map_or_else(|_| String::new(), shown),
    })
}
