//! What decisions look at: each look-up of the port as a statement, all of them in one read transaction.

use crate::{
    apply::run,
    cause::unavailable,
    column::Bound,
    row::{Tabled, cell_of, each, get, record, rows},
};
use identity_core::{
    account::Account,
    hcp::{Hcp, import::Import},
    id::Id,
    login::{Credential, Tries},
    operation::{Operation, OperationKey},
    owner::{Elevation, Owners, Proposal},
    person::Person,
    port::{Find, StoreError, load_with},
    reconcile::{
        Integration, Link,
        not_same::NotSame,
        plan::{Plan, Step},
        snapshot::{Roster, RosterPerson},
    },
    record::Records,
    role::{Assignment, Role},
    session::Session,
    tenant::{Domain, Tenant},
    token::ApiToken,
    user::User,
};
use rusqlite::Connection;

/// Everything the look-ups ask for and entail, as the connection's transaction sees it.
pub(crate) fn load(
    connection: &Connection,
    tenant: Id<Tenant>,
    finds: Vec<Find>,
) -> Result<Records, StoreError> {
    load_with(finds, |find, records| {
        look_up(connection, tenant, find, records)
    })
}

/// Does some reading in one read transaction, so that all of it is as of one instant.
pub(crate) fn at_one_instant<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    run(connection, "BEGIN").map_err(unavailable)?;
    let result = read(connection);
    // After a failure of the disk SQLite may have ended the transaction itself.
    if !connection.is_autocommit() {
        run(connection, "ROLLBACK").map_err(unavailable)?;
    }
    result
}

fn look_up(
    connection: &Connection,
    tenant: Id<Tenant>,
    find: &Find,
    records: &mut Records,
) -> Result<(), StoreError> {
    let mut at = At {
        connection,
        tenant,
        records,
    };
    match find {
        Find::Tenant => at.one::<Tenant>(&tenant),
        Find::Domains => {
            at.all::<Domain>()?;
            at.one::<Domain>(&Domain::PATIENT_CARE)
        }
        Find::Domain(id) => at.one::<Domain>(id),
        Find::Roles => at.all::<Role>(),
        Find::Role(id) | Find::RoleToGive(id) => at.one::<Role>(id),
        Find::Access(id) | Find::Local(id) | Find::Keys(id) => at.one::<User>(id),
        Find::Owners => {
            at.one::<Owners>(&tenant)?;
            at.some::<Assignment>(" AND kind = 'tenant_owner'", &[])
        }
        Find::AssignmentsOf(user) => at.some::<Assignment>(" AND user = ?2", &[user]),
        Find::Person(id) => at.one::<Person>(id),
        Find::PersonsWithEmail(email) => at.some::<Person>(" AND email_key = ?2", &[email]),
        Find::UsersOf(person) | Find::KeysOf(person) => {
            at.some::<User>(" AND person = ?2", &[person])
        }
        Find::Account(id) => at.one::<Account>(id),
        Find::Login(login) | Find::LoginToOpen(login) => {
            at.of_platform::<Account>(" AND login_key = ?2", &[login])
        }
        Find::LinkedAccount(provider, subject) => {
            at.of_platform::<Account>(" AND provider = ?2 AND subject = ?3", &[provider, subject])
        }
        Find::Credential(account) => at.one::<Credential>(account),
        Find::Tries(key) => at.one::<Tries>(key),
        Find::TriesBefore(instant) => {
            at.of_platform::<Tries>(" AND since < ?2 ORDER BY since LIMIT 1000", &[instant])
        }
        Find::UsersOpenedBy(account) | Find::AccessThrough(account) => {
            at.some::<User>(" AND account = ?2", &[account])
        }
        Find::Hcp(id) | Find::HcpsAbove(id, _) | Find::HcpToEdit(id) => at.one::<Hcp>(id),
        Find::HcpBelow(id) => at.some::<Hcp>(" AND parent = ?2 ORDER BY id LIMIT 1", &[id]),
        Find::HcpWithEmail(email) => at.some::<Hcp>(" AND email_key = ?2", &[email]),
        Find::HcpsOf(person) => at.some::<Hcp>(" AND person = ?2", &[person]),
        Find::Import(id) => at.one::<Import>(id),
        Find::Session(id) => at.one::<Session>(id),
        Find::SessionsOf(user) => at.some::<Session>(" AND user = ?2 AND state = 'open'", &[user]),
        Find::Elevation(id) => at.one::<Elevation>(id),
        Find::ElevationsOf(user) => {
            at.some::<Elevation>(" AND user = ?2 AND state = 'on'", &[user])
        }
        Find::Elevations => at.some::<Elevation>(" AND state = 'on'", &[]),
        Find::ProposalOf(user) => at.some::<Proposal>(" AND user = ?2", &[user]),
        Find::Integration => at.one::<Integration>(&tenant),
        Find::Roster => at.one::<Roster>(&tenant),
        Find::RosterPeople => at.all::<RosterPerson>(),
        Find::RosterPerson(id) => at.one::<RosterPerson>(id),
        Find::LinkOf(user) => at.some::<Link>(" AND user = ?2", &[user]),
        Find::LinkTo(institution, medhub) => at.some::<Link>(
            " AND institution = ?2 AND medhub = ?3",
            &[institution, medhub],
        ),
        Find::NotSame(user, institution, medhub) => at.some::<NotSame>(
            " AND user = ?2 AND institution = ?3 AND medhub = ?4",
            &[user, institution, medhub],
        ),
        Find::PlanHead(owner) => at.one::<Plan>(owner),
        Find::Plan(owner) => {
            at.one::<Plan>(owner)?;
            at.some::<Step>(" AND plan = ?2", &[owner])
        }
        Find::StepsOnUser(owner, user) => {
            at.some::<Step>(" AND plan = ?2 AND user = ?3", &[owner, user])
        }
        Find::StepsOnIdentity(owner, medhub) => {
            at.some::<Step>(" AND plan = ?2 AND medhub = ?3", &[owner, medhub])
        }
        Find::ApiToken(id) => at.one::<ApiToken>(id),
        Find::ApiTokens => at.all::<ApiToken>(),
    }
}

/// Where a look-up takes place, and where what it finds is put.
struct At<'a> {
    connection: &'a Connection,
    tenant: Id<Tenant>,
    records: &'a mut Records,
}

impl At<'_> {
    fn one<T: Tabled>(&mut self, key: &T::Key) -> Result<(), StoreError> {
        if let Some(found) = get::<T>(self.connection, self.tenant, key)? {
            self.records.insert(found.record.into(), found.version);
        }
        Ok(())
    }

    fn all<T: Tabled>(&mut self) -> Result<(), StoreError> {
        self.some::<T>("", &[])
    }

    fn some<T: Tabled>(&mut self, rest: &str, values: &[&dyn Bound]) -> Result<(), StoreError> {
        let records = &mut *self.records;
        each::<T>(self.connection, self.tenant, rest, values, |it| {
            records.insert(it.record.into(), it.version);
        })
    }

    /// What has no tenant, and fits the rest of the condition.
    fn of_platform<T: Tabled>(
        &mut self,
        rest: &str,
        values: &[&dyn Bound],
    ) -> Result<(), StoreError> {
        let select = &T::statements().select;
        let sql = format!("{select} WHERE ?1 IS NOT NULL{rest}");
        let (records, tenant) = (&mut *self.records, self.tenant);
        rows(self.connection, &sql, tenant, values, |row| {
            let found = record::<T>(row, 0, tenant)?;
            records.insert(found.record.into(), found.version);
            Ok(())
        })
    }
}

/// The answer kept under an operation key.
pub(crate) fn operation(
    connection: &Connection,
    tenant: Id<Tenant>,
    key: &OperationKey,
) -> Result<Option<Operation>, StoreError> {
    let mut found = None;
    rows(
        connection,
        "SELECT key, fingerprint, answer FROM operations WHERE tenant = ?1 AND key = ?2",
        tenant,
        &[key],
        |row| {
            found = Some(Operation {
                key: cell_of(row, 0, 0, "operations", "key")?,
                fingerprint: cell_of(row, 1, 0, "operations", "fingerprint")?,
                answer: cell_of(row, 2, 0, "operations", "answer")?,
            });
            Ok(())
        },
    )?;
    Ok(found)
}
