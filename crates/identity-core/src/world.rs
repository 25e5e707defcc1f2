//! A hospital in memory, for the tests of decisions: changesets are applied to one bag of records as a store would.

use crate::{
    authority::{Actor, Authority, AuthorityRefusal},
    changeset::{Changeset, Expect, Write},
    email::Email,
    id::{Id, Mint},
    journal::Event,
    name::{Name, PersonName},
    owner::Owners,
    permission::Permissions,
    record::{Records, Ref, Version},
    role::{Assignment, AssignmentStatus, Holding, Role, RoleKind},
    tenant::{CreateTenant, Tenant},
    time::{Instant, instant_from_micros},
    user::{AddUser, AddUserRefusal, User},
};

pub(crate) struct World {
    pub(crate) records: Records,
    pub(crate) tenant: Id<Tenant>,
    pub(crate) owner: Id<User>,
    pub(crate) ids: Mint,
}

pub(crate) fn now() -> Instant {
    instant_from_micros(1_780_000_000_000_000).unwrap()
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) fn person_name(given: &str, family: &str) -> PersonName {
    PersonName {
        given: name(given),
        family: name(family),
    }
}

pub(crate) fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// Whether a changeset relies on this record without writing it.
pub(crate) fn relies_on(changes: &Changeset, relied: &Ref) -> bool {
    let at = |it: &Expect| matches!(it, Expect::At(reference, _) if reference == relied);
    changes.expects().iter().any(at)
}

/// What the journal is told.
pub(crate) fn events(changes: &Changeset) -> Vec<Event> {
    changes
        .entries()
        .iter()
        .map(|it| it.event.clone())
        .collect()
}

impl World {
    /// A tenant with its first owner, `owner@example.org`.
    pub(crate) fn new() -> Self {
        let mut ids = Mint::new(now(), [1; 10]);
        let tenant = ids.id();
        let command = CreateTenant {
            name: name("General Hospital"),
            owner_email: email("owner@example.org"),
            owner_name: person_name("Olive", "Owner"),
        };
        let (changes, created) = command.decide(tenant, None, &mut ids).unwrap();
        let mut world = Self {
            records: Records::default(),
            tenant,
            owner: created.owner,
            ids,
        };
        world.commit(&changes);
        world
    }

    /// Applies a changeset as a store would, the owners' audit included.
    pub(crate) fn commit(&mut self, changes: &Changeset) {
        let mut after = self.records.clone();
        for write in changes.writes() {
            match write {
                Write::Create(put) => {
                    assert_eq!(after.version(&put.reference()), None, "{put:?} is there");
                    after.insert(put.clone(), Version::FIRST);
                }
                Write::Replace(put, version) => {
                    assert_eq!(
                        after.version(&put.reference()),
                        Some(*version),
                        "{put:?} moved"
                    );
                    after.insert(put.clone(), version.next());
                }
                Write::Erase(reference, version) => {
                    assert_eq!(
                        after.version(reference),
                        Some(*version),
                        "{reference:?} moved"
                    );
                    after.remove(reference);
                }
            }
        }
        if changes.touches_owners() {
            Owners::audit(&after).unwrap();
        }
        self.records = after;
    }

    pub(crate) fn act(&mut self, actor: &Actor) -> Result<Authority, AuthorityRefusal> {
        Authority::of(actor, self.tenant, &self.records, &mut self.ids)
    }

    /// The user, acting with everyday roles.
    pub(crate) fn as_user(&mut self, user: Id<User>) -> Authority {
        self.act(&Actor::user(user)).unwrap()
    }

    /// The user, with Tenant Owner switched on.
    pub(crate) fn elevated(&mut self, user: Id<User>) -> Authority {
        self.act(&Actor::User {
            user,
            elevate: Some(name("quarterly review")),
        })
        .unwrap()
    }

    /// Gives the user a role of their own with just these permissions.
    pub(crate) fn allow(
        &mut self,
        user: Id<User>,
        permissions: impl Into<Permissions>,
    ) -> Id<Role> {
        let id = self.ids.id();
        let mut changes = Changeset::new(self.tenant);
        changes.create(Role {
            id,
            name: name(&format!("Desk {id}")),
            kind: RoleKind::Custom,
            permissions: permissions.into(),
        });
        changes.create(Assignment {
            id: self.ids.id(),
            user,
            role: id,
            kind: RoleKind::Custom,
            status: AssignmentStatus::Active,
        });
        self.commit(&changes);
        id
    }

    pub(crate) fn role(&self, kind: RoleKind) -> Id<Role> {
        self.records
            .roles
            .values()
            .find(|it| it.record.kind == kind)
            .unwrap()
            .record
            .id
    }

    pub(crate) fn try_add(
        &mut self,
        authority: &Authority,
        login: &str,
        kind: RoleKind,
    ) -> Result<Id<User>, AddUserRefusal> {
        let role = self.role(kind);
        let command = AddUser {
            email: email(login),
            name: Some(person_name("Given", "Family")),
            role,
        };
        let (changes, added) = command.decide(authority, &self.records, &mut self.ids)?;
        self.commit(&changes);
        Ok(added.user)
    }

    /// A user with this role, added by the owner's everyday self.
    pub(crate) fn add(&mut self, login: &str, kind: RoleKind) -> Id<User> {
        let authority = self.as_user(self.owner);
        self.try_add(&authority, login, kind).unwrap()
    }

    /// One more owner, who is nothing else.
    pub(crate) fn add_owner(&mut self, login: &str) -> Id<User> {
        let user = self.add(login, RoleKind::Learner);
        let authority = self.elevated(self.owner);
        let role = self.role(RoleKind::TenantOwner);
        let (changes, _) = Holding::of(&self.records, user, role)
            .assign(&authority, &mut self.ids)
            .unwrap();
        self.commit(&changes);
        user
    }

    pub(crate) fn assignment(&self, user: Id<User>, kind: RoleKind) -> Option<&Assignment> {
        let held = |it: &&Assignment| {
            it.user == user && it.kind == kind && it.status == AssignmentStatus::Active
        };
        self.records
            .assignments
            .values()
            .map(|it| &it.record)
            .find(held)
    }
}
