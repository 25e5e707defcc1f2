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

#[cfg(test)]
mod tests {
    use super::*;

    /// A look-up that walked through the tenant would make every import quadratic.
    #[test]
    fn every_look_up_within_a_tenant_has_its_index() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        for (table, looked_for, index) in [
            (
                "persons",
                "tenant = ?1 AND email_key = ?2",
                "persons_by_email (tenant=? AND email_key=?)",
            ),
            (
                "users",
                "tenant = ?1 AND person = ?2",
                "users_by_person (tenant=? AND person=?)",
            ),
            (
                "users",
                "tenant = ?1 AND account = ?2",
                "users_by_account (account=? AND tenant=?)",
            ),
            (
                "assignments",
                "tenant = ?1 AND user = ?2",
                "(tenant=? AND user=?)",
            ),
            (
                "assignments",
                "tenant = ?1 AND kind = 'tenant_owner'",
                "assignments_of_owners (tenant=?)",
            ),
            (
                "hcps",
                "tenant = ?1 AND email_key = ?2",
                "hcps_by_email (tenant=? AND email_key=?)",
            ),
            (
                "hcps",
                "tenant = ?1 AND person = ?2",
                "hcps_by_person (tenant=? AND person=?)",
            ),
            (
                "hcps",
                "tenant = ?1 AND id > ?2 AND parent = ?3 ORDER BY id",
                "hcps_by_parent (tenant=? AND parent=? AND id>?)",
            ),
            (
                "hcps",
                "tenant = ?1 AND id > ?2 AND kind = 'organisation' ORDER BY id",
                "hcps_of_organisations (tenant=? AND id>?)",
            ),
            (
                "hcps",
                "tenant = ?1 AND email_key >= ?2 AND email_key < ?3",
                "hcps_by_email (tenant=? AND email_key>? AND email_key<?)",
            ),
            (
                "assignments",
                "tenant = ?1 AND role = ?2 AND user > ?3 ORDER BY user",
                "assignments_by_role (tenant=? AND role=? AND user>?)",
            ),
            (
                "accounts",
                "?1 IS NOT NULL AND provider = ?2 AND subject = ?3",
                "accounts_by_subject (provider=? AND subject=?)",
            ),
            (
                "sessions",
                "tenant = ?1 AND user = ?2 AND state = 'open'",
                "sessions_open (tenant=? AND user=?)",
            ),
            ("sessions", "hash = ?1", "(hash=?)"),
            (
                "elevations",
                "tenant = ?1 AND user = ?2 AND state = 'on'",
                "elevations_on (tenant=? AND user=?)",
            ),
            (
                "elevations",
                "tenant = ?1 AND state = 'on'",
                "elevations_on (tenant=?)",
            ),
            (
                "proposals",
                "tenant = ?1 AND user = ?2",
                "(tenant=? AND user=?)",
            ),
            (
                "links",
                "tenant = ?1 AND user = ?2",
                "(tenant=? AND user=?)",
            ),
            (
                "links",
                "tenant = ?1 AND institution = ?2 AND medhub = ?3",
                "(tenant=? AND institution=? AND medhub=?)",
            ),
            (
                "not_same",
                "tenant = ?1 AND user = ?2 AND institution = ?3 AND medhub = ?4",
                "(tenant=? AND institution=? AND user=? AND medhub=?)",
            ),
            (
                "not_same",
                "tenant = ?1 AND institution = ?2 ORDER BY user, medhub",
                "(tenant=? AND institution=?)",
            ),
            (
                "steps",
                "tenant = ?1 AND plan = ?2 AND user = ?3",
                "steps_by_user (tenant=? AND plan=? AND user=?)",
            ),
            (
                "steps",
                "tenant = ?1 AND plan = ?2 AND medhub = ?3",
                "steps_by_medhub (tenant=? AND plan=? AND medhub=?)",
            ),
            (
                "persons",
                "tenant = ?1 AND id = ?2",
                "PRIMARY KEY (tenant=? AND id=?)",
            ),
            (
                "journal",
                "tenant = ?1 AND number > ?2 ORDER BY number",
                "PRIMARY KEY (tenant=? AND number>?)",
            ),
        ] {
            let query = format!("EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE {looked_for}");
            let values = vec![None::<Vec<u8>>; looked_for.matches('?').count()];
            let values = rusqlite::params_from_iter(values);
            let plan: String = connection
                .query_row(&query, values, |row| row.get(3))
                .unwrap();
            assert!(plan.contains(index), "{table}, {looked_for}: {plan}");
        }
    }
}
