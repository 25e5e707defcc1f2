//! Lists and searches: a page is found by the key it begins after, so that the last is as fast as the first.

use crate::{
    cause::unavailable,
    column::{Bound, Column, Json},
    journal::sealed,
    row::{Tabled, cell_of, each, get, record, rows},
};
use identity_core::{
    account::Account,
    email::EmailKey,
    hcp::{
        Hcp, HcpLine,
        import::{Import, RejectedRow},
        search::{HcpKind, HcpSearch, SearchText},
    },
    id::Id,
    journal::{Hash, Sealed},
    outbox::{Message, MessageKind},
    owner::Owners,
    person::Person,
    port::{Page, StoreError, TenantLine, UserLine},
    role::Role,
    session::Session,
    tenant::Tenant,
    token::ApiToken,
    user::User,
};
use rusqlite::{
    Connection, Row,
    types::{ToSqlOutput, Value, ValueRef},
};
use std::collections::BTreeSet;

type Listed<T> = Result<Vec<T>, StoreError>;

/// Every record of a kind that fits, in the order of the keys.
pub(crate) fn records<T: Tabled>(
    connection: &Connection,
    tenant: Id<Tenant>,
    rest: &str,
    values: &[&dyn Bound],
) -> Listed<T> {
    let order = T::TABLE.key.join(", ");
    let mut list = Vec::new();
    let rest = format!("{rest} ORDER BY {order}");
    each(connection, tenant, &rest, values, |it| list.push(it.record))?;
    Ok(list)
}

pub(crate) fn tenants(connection: &Connection) -> Listed<TenantLine> {
    let sql = format!(
        "SELECT {}, t.tenant FROM tenants t ORDER BY t.tenant",
        Tenant::TABLE.selected("t")
    );
    let mut statement = connection.prepare_cached(&sql).map_err(unavailable)?;
    let mut rows = statement.raw_query();
    let mut list = Vec::new();
    while let Some(row) = rows.next().map_err(unavailable)? {
        let tenant = owned::<Tenant>(row)?.1;
        list.push(TenantLine {
            id: tenant.id,
            name: tenant.name,
            status: tenant.status,
            listing: tenant.listing,
        });
    }
    Ok(list)
}

/// A record that was selected with its tenant behind it, for statements that look through all tenants.
fn owned<T: Tabled>(row: &Row<'_>) -> Result<(Id<Tenant>, T), StoreError> {
    let place = T::TABLE.width();
    let tenant = cell_of(row, place, place, T::TABLE.name, "tenant")?;
    Ok((tenant, record::<T>(row, 0, tenant)?.record))
}

/// Users with person and login, by a condition on `u`.
fn user_lines(
    connection: &Connection,
    tenant: Id<Tenant>,
    rest: &str,
    values: &[&dyn Bound],
) -> Listed<UserLine> {
    let sql = format!(
        "SELECT {}, {}, {}
         FROM users u
         JOIN persons p ON p.tenant = u.tenant AND p.id = u.person
         LEFT JOIN accounts a ON a.id = u.account
         WHERE u.tenant = ?1{rest}",
        User::TABLE.selected("u"),
        Person::TABLE.selected("p"),
        Account::TABLE.selected("a"),
    );
    let mut list = Vec::new();
    rows(connection, &sql, tenant, values, |row| {
        list.push(user_line(connection, tenant, row)?);
        Ok(())
    })?;
    Ok(list)
}

fn user_line(
    connection: &Connection,
    tenant: Id<Tenant>,
    row: &Row<'_>,
) -> Result<UserLine, StoreError> {
    let user = record::<User>(row, 0, tenant)?.record;
    let start = User::TABLE.width();
    let person = record::<Person>(row, start, tenant)?.record;
    let email = match user.account {
        None => person.email,
        Some(_) => {
            let start = start + Person::TABLE.width();
            Some(record::<Account>(row, start, tenant)?.record.login)
        }
    };
    let mut roles = Vec::new();
    rows(
        connection,
        "SELECT r.id, r.name FROM assignments a
         JOIN roles r ON r.tenant = a.tenant AND r.id = a.role
         WHERE a.tenant = ?1 AND a.user = ?2 AND a.status = 'active' AND r.status = 'active'
         ORDER BY a.role",
        tenant,
        &[&user.id],
        |row| {
            roles.push((
                cell_of(row, 0, 0, "roles", "id")?,
                cell_of(row, 1, 0, "roles", "name")?,
            ));
            Ok(())
        },
    )?;
    Ok(UserLine {
        id: user.id,
        person: user.person,
        name: person.name,
        email,
        status: user.status,
        roles,
    })
}

pub(crate) fn users(
    connection: &Connection,
    tenant: Id<Tenant>,
    page: &Page<Id<User>>,
) -> Listed<UserLine> {
    let (after, limit) = bounds(page);
    user_lines(
        connection,
        tenant,
        " AND u.id > ?2 ORDER BY u.id LIMIT ?3",
        &[&after, &limit],
    )
}

pub(crate) fn users_by_email(
    connection: &Connection,
    tenant: Id<Tenant>,
    email: &EmailKey,
) -> Listed<UserLine> {
    user_lines(
        connection,
        tenant,
        " AND u.id IN (
              SELECT x.id FROM persons y JOIN users x ON x.tenant = y.tenant AND x.person = y.id
              WHERE y.tenant = ?1 AND y.email_key = ?2
              UNION
              SELECT x.id FROM accounts y JOIN users x ON x.tenant = ?1 AND x.account = y.id
              WHERE y.login_key = ?2)
          AND EXISTS (
              SELECT 1 FROM domains d
              WHERE d.tenant = u.domain_of AND d.id = u.domain AND d.kind = 'internal')
          ORDER BY u.id",
        &[email],
    )
}

/// The record of the owners is compared with the facts at every commit that touches them, so that it can be believed.
pub(crate) fn owners(connection: &Connection, tenant: Id<Tenant>) -> Listed<UserLine> {
    let Some(owners) = get::<Owners>(connection, tenant, &tenant)? else {
        return Ok(Vec::new());
    };
    let mut list = Vec::new();
    for user in owners.record.usable {
        list.extend(user_lines(connection, tenant, " AND u.id = ?2", &[&user])?);
    }
    Ok(list)
}

/// Of each role the first that fit, of which the first of all are the page.
pub(crate) fn users_with_roles(
    connection: &Connection,
    tenant: Id<Tenant>,
    roles: &[Id<Role>],
    page: &Page<Id<User>>,
) -> Listed<UserLine> {
    let (after, limit) = bounds(page);
    let mut found: BTreeSet<Id<User>> = BTreeSet::new();
    for role in roles {
        rows(
            connection,
            "SELECT a.user FROM assignments a
             CROSS JOIN users u ON u.tenant = a.tenant AND u.id = a.user
             CROSS JOIN domains d ON d.tenant = u.domain_of AND d.id = u.domain
             WHERE a.tenant = ?1 AND a.role = ?2 AND a.user > ?3 AND a.status = 'active'
             AND u.status = 'active' AND d.status = 'active'
             ORDER BY a.user LIMIT ?4",
            tenant,
            &[role, &after, &limit],
            |row| {
                found.insert(cell_of(row, 0, 0, "assignments", "user")?);
                Ok(())
            },
        )?;
    }
    let mut list = Vec::new();
    for user in found.into_iter().take(page.bounded()) {
        list.extend(user_lines(connection, tenant, " AND u.id = ?2", &[&user])?);
    }
    Ok(list)
}

pub(crate) fn persons(
    connection: &Connection,
    tenant: Id<Tenant>,
    page: &Page<Id<Person>>,
) -> Listed<Person> {
    let (after, limit) = bounds(page);
    let mut list = Vec::new();
    each(
        connection,
        tenant,
        " AND id > ?2 ORDER BY id LIMIT ?3",
        &[&after, &limit],
        |it| list.push(it.record),
    )?;
    Ok(list)
}

/// How many parties are looked at in one statement while a page fills.
const AT_ONCE: usize = 1000;

/// Goes through the parties that an index gives, from the key of the page on, until the page is full of those that fit. By name
/// there is no index: every row of an import would meet a page of its own in it.
pub(crate) fn hcps(
    connection: &Connection,
    tenant: Id<Tenant>,
    search: &HcpSearch,
    page: &Page<Id<Hcp>>,
) -> Listed<HcpLine> {
    let address = search.text.as_ref().and_then(SearchText::address);
    let end = address.map(|it| format!("{it}{}", char::MAX));
    let (condition, values): (_, Vec<&dyn Bound>) =
        match (&search.parent, search.kind, &address, &end) {
            (Some(parent), ..) => (" AND h.parent = ?4", vec![parent]),
            (None, Some(HcpKind::Organisation), ..) => (" AND h.kind = 'organisation'", vec![]),
            (None, Some(HcpKind::Professional) | None, Some(address), Some(end)) => {
                (BY_ADDRESS, vec![address, end])
            }
            (None, Some(HcpKind::Professional) | None, ..) => ("", vec![]),
        };
    let sql = format!(
        "SELECT {}, {} FROM hcps h
         LEFT JOIN persons p ON p.tenant = h.tenant AND p.id = h.person
         WHERE h.tenant = ?1 AND h.id > ?2{condition} ORDER BY h.id LIMIT ?3",
        Hcp::TABLE.selected("h"),
        Person::TABLE.selected("p"),
    );
    let wanted = page.bounded();
    let at_once = match *search == HcpSearch::default() {
        true => wanted,
        false => AT_ONCE,
    };
    let limit = i64::try_from(at_once).unwrap_or(1);
    let mut list = Vec::new();
    let mut after = After(page.after);
    loop {
        let (mut looked_at, mut last) = (0, None);
        let page: [&dyn Bound; 2] = [&after, &limit];
        rows(
            connection,
            &sql,
            tenant,
            &[&page, values.as_slice()].concat(),
            |row| {
                let hcp = record::<Hcp>(row, 0, tenant)?.record;
                looked_at += 1;
                last = Some(hcp.id);
                let start = Hcp::TABLE.width();
                let person = match hcp.person() {
                    Some(_) => Some(record::<Person>(row, start, tenant)?.record),
                    None => None,
                };
                let line = HcpLine { hcp, person };
                if list.len() < wanted && search.fits(&line) {
                    list.push(line);
                }
                Ok(())
            },
        )?;
        if list.len() == wanted || looked_at < at_once {
            return Ok(list);
        }
        after = After(last);
    }
}

/// Professionals by their addresses; of organisations there are few, and all are looked at.
const BY_ADDRESS: &str = " AND h.id IN (
    SELECT id FROM hcps WHERE tenant = ?1 AND email_key >= ?4 AND email_key < ?5
    UNION ALL SELECT id FROM hcps WHERE tenant = ?1 AND kind = 'organisation')";

pub(crate) fn hcps_below(
    connection: &Connection,
    tenant: Id<Tenant>,
    organisation: &Id<Hcp>,
) -> Result<u64, StoreError> {
    let mut below = 0;
    let sql = "SELECT count(*) FROM hcps WHERE tenant = ?1 AND parent = ?2";
    rows(connection, sql, tenant, &[organisation], |row| {
        below = cell_of(row, 0, 0, "hcps", "parent")?;
        Ok(())
    })?;
    Ok(below)
}

pub(crate) fn import(
    connection: &Connection,
    tenant: Id<Tenant>,
    import: &Id<Import>,
) -> Result<Option<Import>, StoreError> {
    Ok(get(connection, tenant, import)?.map(|it| it.record))
}

pub(crate) fn rejected_rows(
    connection: &Connection,
    tenant: Id<Tenant>,
    import: &Id<Import>,
    page: &Page<u32>,
) -> Listed<RejectedRow> {
    let after = page.after.map_or(-1, i64::from);
    let mut list = Vec::new();
    each(
        connection,
        tenant,
        " AND import = ?2 AND row > ?3 ORDER BY row LIMIT ?4",
        &[import, &after, &limit(page)],
        |it| list.push(it.record),
    )?;
    Ok(list)
}

pub(crate) fn journal(
    connection: &Connection,
    tenant: Id<Tenant>,
    page: &Page<u64>,
) -> Listed<Sealed> {
    let mut list = Vec::new();
    rows(
        connection,
        "SELECT number, text, hash FROM journal
         WHERE tenant = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
        tenant,
        &[&page.after.unwrap_or(0), &limit(page)],
        |row| {
            list.push(sealed(row)?);
            Ok(())
        },
    )?;
    Ok(list)
}

pub(crate) fn api_token_by_hash(
    connection: &Connection,
    hash: &Hash,
) -> Result<Option<(Id<Tenant>, ApiToken)>, StoreError> {
    by_hash(connection, hash)
}

pub(crate) fn session_by_hash(
    connection: &Connection,
    hash: &Hash,
) -> Result<Option<(Id<Tenant>, Session)>, StoreError> {
    by_hash(connection, hash)
}

/// The record of whatever tenant with this hash of its secret.
fn by_hash<T: Tabled>(
    connection: &Connection,
    hash: &Hash,
) -> Result<Option<(Id<Tenant>, T)>, StoreError> {
    let table = T::TABLE;
    let sql = format!(
        "SELECT {}, t.tenant FROM {} t WHERE t.hash = ?1",
        table.selected("t"),
        table.name
    );
    let mut statement = connection.prepare_cached(&sql).map_err(unavailable)?;
    statement
        .raw_bind_parameter(1, hash.bound())
        .map_err(unavailable)?;
    let mut rows = statement.raw_query();
    rows.next().map_err(unavailable)?.map(owned).transpose()
}

/// A message that is gone by now is followed by all that are left: to send one again is less than to lose one.
pub(crate) fn outbox(
    connection: &Connection,
    tenant: Id<Tenant>,
    page: &Page<Id<Message>>,
) -> Listed<Message> {
    let (after, limit) = bounds(page);
    let mut list = Vec::new();
    rows(
        connection,
        "SELECT id, kind, at FROM outbox
         WHERE tenant = ?1 AND sequence > coalesce(
             (SELECT sequence FROM outbox WHERE tenant = ?1 AND id = ?2), 0)
         ORDER BY sequence LIMIT ?3",
        tenant,
        &[&after, &limit],
        |row| {
            list.push(Message {
                id: cell_of(row, 0, 0, "outbox", "id")?,
                kind: cell_of::<Kind>(row, 1, 0, "outbox", "kind")?.0,
                at: cell_of(row, 2, 0, "outbox", "at")?,
            });
            Ok(())
        },
    )?;
    Ok(list)
}

/// What a message tells, as it lies in its column.
struct Kind(MessageKind);

impl Column for Kind {
    fn to_sql(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Owned(Value::Null)
    }
    fn from_sql(value: ValueRef<'_>) -> Option<Self> {
        Json::read(value).map(Self)
    }
}

/// What a page begins after, and its length. No identifier is empty, so that all come after none.
fn bounds<K>(page: &Page<Id<K>>) -> (After<K>, i64) {
    (After(page.after), limit(page))
}

fn limit<K>(page: &Page<K>) -> i64 {
    i64::try_from(page.bounded()).unwrap_or(1)
}

struct After<K>(Option<Id<K>>);

impl<K> Bound for After<K> {
    fn bound(&self) -> ToSqlOutput<'_> {
        match &self.0 {
            Some(id) => id.to_sql(),
            None => ToSqlOutput::Borrowed(ValueRef::Blob(&[])),
        }
    }
}
