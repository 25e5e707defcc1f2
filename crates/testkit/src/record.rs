//! Records of whatever kind: what the core does by type, done by value, for tests that walk every kind there is.

use identity_core::{
    changeset::Changeset,
    record::{Put, Record, Records, Ref, Stored, Version},
};

/// Evaluates an expression with the record of whatever kind in it. A kind that the core adds fails to compile here.
macro_rules! each_kind {
    ($put:expr, $it:ident => $of:expr) => {
        match $put {
            Put::Tenant($it) => $of,
            Put::Domain($it) => $of,
            Put::Owners($it) => $of,
            Put::Person($it) => $of,
            Put::Account($it) => $of,
            Put::User($it) => $of,
            Put::Role($it) => $of,
            Put::Assignment($it) => $of,
            Put::Elevation($it) => $of,
            Put::Hcp($it) => $of,
            Put::Import($it) => $of,
            Put::RejectedRow($it) => $of,
            Put::Integration($it) => $of,
            Put::Roster($it) => $of,
            Put::RosterPerson($it) => $of,
            Put::Link($it) => $of,
            Put::NotSame($it) => $of,
            Put::Plan($it) => $of,
            Put::Step($it) => $of,
            Put::Session($it) => $of,
            Put::Proposal($it) => $of,
            Put::Credential($it) => $of,
            Put::Tries($it) => $of,
            Put::ApiToken($it) => $of,
        }
    };
}

/// The record with this key, and its version.
#[must_use]
pub fn stored(records: &Records, reference: &Ref) -> Option<(Put, Version)> {
    macro_rules! look {
        ($($kind:ident: $table:ident,)*) => {
            match reference {
                $(Ref::$kind(key) => records.$table.get(key).map(|it| (it.record.clone().into(), it.version)),)*
            }
        };
    }
    look! {
        Tenant: tenants,
        Domain: domains,
        Owners: owners,
        Person: persons,
        Account: accounts,
        User: users,
        Role: roles,
        Assignment: assignments,
        Elevation: elevations,
        Hcp: hcps,
        Import: imports,
        RejectedRow: rejected_rows,
        Integration: integrations,
        Roster: rosters,
        RosterPerson: roster_people,
        Link: links,
        NotSame: not_same,
        Plan: plans,
        Step: steps,
        Session: sessions,
        Proposal: proposals,
        Credential: credentials,
        Tries: tries,
        ApiToken: api_tokens,
    }
}

/// Adds a record of whatever kind.
pub fn create(changes: &mut Changeset, put: Put) {
    each_kind!(put, it => changes.create(it));
}

/// Puts a record in the place of the one with its key, which is thought to be at `version`.
pub fn replace(changes: &mut Changeset, put: Put, version: Version) {
    fn one<T: Record>(changes: &mut Changeset, record: T, version: Version) {
        let before = Stored {
            record: record.clone(),
            version,
        };
        changes.replace(&before, record);
    }
    each_kind!(put, record => one(changes, record, version));
}

/// Takes a record away that is thought to be at `version`.
pub fn erase(changes: &mut Changeset, put: Put, version: Version) {
    each_kind!(put, record => changes.erase(&Stored { record, version }));
}

/// Relies on a record that is thought to be at `version`.
pub fn rely(changes: &mut Changeset, put: Put, version: Version) {
    each_kind!(put, record => changes.rely(&Stored { record, version }));
}
