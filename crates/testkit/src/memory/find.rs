//! How the memory store looks things up.

use super::{index::Unique, state::State};
use crate::broken::Guard;
use identity_core::{
    id::Id,
    owner::elevation::ElevationState,
    port::Find,
    record::{Record, Records, Ref, Table},
    role::RoleKind,
    session::SessionState,
    tenant::{Domain, Tenant},
};

/// Copies the records that are wanted.
fn copy<T: Record>(from: &Table<T>, to: &mut Table<T>, wanted: impl Fn(&T) -> bool) {
    for (key, stored) in from {
        if wanted(&stored.record) {
            to.insert(key.clone(), stored.clone());
        }
    }
}

impl State {
    /// Does one look-up.
    pub(super) fn find(&self, tenant: Id<Tenant>, find: &Find, to: &mut Records) {
        if self.lacks(Guard::IsolatedLoads) {
            for other in self.tenants.keys() {
                self.find_in(*other, find, to);
            }
        }
        self.find_in(tenant, find, to);
    }

    fn find_in(&self, tenant: Id<Tenant>, find: &Find, to: &mut Records) {
        let nothing = Records::default();
        let from = self.tenants.get(&tenant).map_or(&nothing, |it| &it.records);
        let mut one = |reference: Ref| {
            if let Some((put, version)) = self.record(tenant, &reference) {
                to.insert(put, version);
            }
        };
        let holder = |unique: Unique| self.holder(tenant, unique).map(|it| it.1.clone());
        match find {
            Find::Tenant => one(Ref::Tenant(tenant)),
            Find::Domains => {
                one(Ref::Domain(Domain::PATIENT_CARE));
                copy(&from.domains, &mut to.domains, |_| true);
            }
            Find::Domain(it) => one(Ref::Domain(*it)),
            Find::Roles => copy(&from.roles, &mut to.roles, |_| true),
            Find::Role(it) | Find::RoleToGive(it) => one(Ref::Role(*it)),
            Find::Access(it) | Find::Local(it) | Find::Keys(it) => one(Ref::User(*it)),
            Find::Owners => {
                one(Ref::Owners(tenant));
                copy(&from.assignments, &mut to.assignments, |it| {
                    it.kind == RoleKind::TenantOwner
                });
            }
            Find::AssignmentsOf(user) => {
                copy(&from.assignments, &mut to.assignments, |it| {
                    it.user == *user
                });
            }
            Find::Person(it) => one(Ref::Person(*it)),
            Find::PersonsWithEmail(email) => copy(&from.persons, &mut to.persons, |it| {
                it.email.as_ref().is_some_and(|it| it.key() == email)
            }),
            Find::UsersOf(person) | Find::KeysOf(person) => {
                copy(&from.users, &mut to.users, |it| it.person == *person);
            }
            Find::Account(it) => one(Ref::Account(*it)),
            Find::Login(login) | Find::LoginToOpen(login) => {
                if let Some(reference) = holder(Unique::Login(login.clone())) {
                    one(reference);
                }
            }
            Find::LinkedAccount(provider, subject) => {
                if let Some(reference) = holder(Unique::Subject(*provider, subject.clone())) {
                    one(reference);
                }
            }
            Find::UsersOpenedBy(account) | Find::AccessThrough(account) => {
                copy(&from.users, &mut to.users, |it| {
                    it.account == Some(*account)
                });
            }
            Find::Credential(account) => one(Ref::Credential(*account)),
            Find::Tries(key) => one(Ref::Tries(*key)),
            Find::TriesBefore(instant) => {
                let platform = self.tenants.get(&Tenant::PLATFORM);
                if let Some(platform) = platform {
                    copy(&platform.records.tries, &mut to.tries, |it| {
                        it.since < *instant
                    });
                }
            }
            Find::Session(it) => one(Ref::Session(*it)),
            Find::SessionsOf(user) => copy(&from.sessions, &mut to.sessions, |it| {
                it.user == *user && it.state == SessionState::Open
            }),
            Find::Elevation(it) => one(Ref::Elevation(*it)),
            Find::ElevationsOf(user) => copy(&from.elevations, &mut to.elevations, |it| {
                it.user == *user && it.state == ElevationState::On
            }),
            Find::Elevations => copy(&from.elevations, &mut to.elevations, |it| {
                it.state == ElevationState::On
            }),
            Find::ProposalOf(user) => {
                if let Some(reference) = holder(Unique::Proposed(*user)) {
                    one(reference);
                }
            }
            Find::Hcp(it) | Find::HcpsAbove(it, _) | Find::HcpToEdit(it) => one(Ref::Hcp(*it)),
            Find::HcpBelow(parent) => {
                let mut below = from.hcps.values();
                if let Some(first) = below.find(|it| it.record.parent == Some(*parent)) {
                    to.insert(first.record.clone().into(), first.version);
                }
            }
            Find::HcpWithEmail(email) => {
                if let Some(reference) = holder(Unique::Professional(email.clone())) {
                    one(reference);
                }
            }
            Find::HcpsOf(person) => {
                copy(&from.hcps, &mut to.hcps, |it| it.person() == Some(*person));
            }
            Find::Import(it) => one(Ref::Import(*it)),
            Find::Integration => one(Ref::Integration(tenant)),
            Find::Roster => one(Ref::Roster(tenant)),
            Find::RosterPeople => copy(&from.roster_people, &mut to.roster_people, |_| true),
            Find::RosterPerson(it) => one(Ref::RosterPerson(it.clone())),
            Find::LinkOf(user) => {
                if let Some(reference) = holder(Unique::LinkedUser(*user)) {
                    one(reference);
                }
            }
            Find::LinkTo(institution, medhub) => {
                if let Some(reference) = holder(Unique::Link(institution.clone(), medhub.clone())) {
                    one(reference);
                }
            }
            Find::NotSame(user, institution, medhub) => {
                let unique = Unique::NotSame(*user, institution.clone(), medhub.clone());
                if let Some(reference) = holder(unique) {
                    one(reference);
                }
            }
            Find::Plan(owner) => {
                one(Ref::Plan(*owner));
                copy(&from.steps, &mut to.steps, |it| it.plan == *owner);
            }
            Find::PlanHead(owner) => one(Ref::Plan(*owner)),
            Find::StepsOnUser(owner, user) => copy(&from.steps, &mut to.steps, |it| {
                it.plan == *owner && it.action.user() == Some(*user)
            }),
            Find::StepsOnIdentity(owner, medhub) => copy(&from.steps, &mut to.steps, |it| {
                it.plan == *owner && it.action.medhub() == medhub
            }),
            Find::ApiToken(it) => one(Ref::ApiToken(*it)),
            Find::ApiTokens => copy(&from.api_tokens, &mut to.api_tokens, |_| true),
        }
    }
}
