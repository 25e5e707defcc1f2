//! A hospital in memory, for the tests of decisions: changesets are applied to one bag of records as a store would.

use crate::{
    account::{Account, Opens},
    authority::{Actor, Authority, AuthorityRefusal},
    changeset::{Changeset, Expect, Write},
    email::Email,
    hcp::{
        AddOrganisation, Hcp,
        professional::{AddProfessional, AddProfessionalRefusal},
    },
    id::{Id, Mint},
    journal::{Entry, Event, Hash},
    login::{Credential, PasswordHash, SetBy},
    name::{Name, PersonName},
    owner::{
        Elevation, Owners,
        elevation::{ElevationRefusal, EndReason, switch_off, switch_on},
    },
    permission::Permissions,
    person::Person,
    port::CommitError,
    record::{Records, Ref, Stored, Version},
    refusal::Refusal,
    role::{Assignment, AssignmentStatus, Holding, Role, RoleKind, RoleStatus},
    session::{OpenSession, Session, USUAL_LIFE},
    tenant::{CreateTenant, Domain, Listing, Tenant},
    time::{Instant, instant_from_micros},
    token::ApiToken,
    user::{AddUser, AddUserRefusal, User, UserStatus, Whose},
};
use chrono::Duration;
use std::collections::BTreeSet;

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) records: Records,
    /// All that was entered.
    pub(crate) journal: Vec<Entry>,
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

/// Whether a changeset puts a record in the place of this one.
pub(crate) fn replaces(changes: &Changeset, replaced: &Ref) -> bool {
    let puts = |it: &Write| matches!(it, Write::Replace(put, _) if put.reference() == *replaced);
    changes.writes().iter().any(puts)
}

/// What the journal is told.
pub(crate) fn events(changes: &Changeset) -> Vec<Event> {
    changes
        .entries()
        .iter()
        .map(|it| it.event.clone())
        .collect()
}

/// The code and the rule of a refusal, whose next step is said as well.
pub(crate) fn says(refusal: &impl Refusal) -> (&'static str, &'static str) {
    let next = refusal.next();
    assert!(next.contains(' ') && !next.ends_with('.'), "{next}");
    assert!(!refusal.to_string().is_empty());
    (refusal.code(), refusal.rule())
}

/// What every store keeps unique, beside the keys.
fn unique(records: &Records) -> Result<(), CommitError> {
    fn distinct<T: Ord>(
        what: &'static str,
        all: impl Iterator<Item = T>,
    ) -> Result<(), CommitError> {
        let all: Vec<_> = all.collect();
        let count = all.len();
        if all.into_iter().collect::<BTreeSet<_>>().len() == count {
            Ok(())
        } else {
            Err(CommitError::Duplicate { what })
        }
    }
    let users = || records.users.values().map(|it| &it.record);
    distinct("user", users().map(|it| (it.domain, it.person)))?;
    let opened = users().filter_map(|it| Some((it.domain, it.account?)));
    distinct("opened user", opened)?;
    let accounts = records.accounts.values();
    distinct("login", accounts.map(|it| it.record.login.key().clone()))?;
    let held = records.assignments.values();
    distinct(
        "assignment",
        held.map(|it| (it.record.user, it.record.role)),
    )?;
    let proposals = records.proposals.values();
    distinct("proposal", proposals.map(|it| it.record.user))?;
    let roles = records.roles.values().map(|it| &it.record);
    let counting = roles.filter(|it| it.status == RoleStatus::Active);
    distinct("role name", counting.map(|it| Role::name_key(&it.name)))
}

impl World {
    /// A tenant with its first owner, `owner@example.org`.
    pub(crate) fn new() -> Self {
        let mut ids = Mint::new(now(), [1; 10]);
        let tenant = ids.id();
        let command = CreateTenant {
            name: name("General Hospital"),
            domain: None,
            listing: Listing::Unlisted,
            owner_email: email("owner@example.org"),
            owner_name: person_name("Olive", "Owner"),
        };
        let (changes, created) = command
            .decide(tenant, &Records::default(), &mut ids)
            .unwrap();
        let mut world = Self {
            records: Records::default(),
            journal: vec![],
            tenant,
            owner: created.owner,
            ids,
        };
        world.commit(&changes);
        let patient_care = Domain::patient_care().unwrap();
        world.records.insert(patient_care.into(), Version::FIRST);
        world
    }

    /// Applies a changeset as a store would.
    pub(crate) fn commit(&mut self, changes: &Changeset) {
        self.try_commit(changes).unwrap();
    }

    /// Applies a changeset as a store would, or nothing of it: what is expected, what is unique, and the owners' audit.
    pub(crate) fn try_commit(&mut self, changes: &Changeset) -> Result<(), CommitError> {
        let holds = |it: &Expect| match it {
            Expect::At(reference, version) => self.records.version(reference) == Some(*version),
            Expect::Persons { with, are } => {
                let has =
                    |it: &&Stored<Person>| it.record.email.as_ref().map(Email::key) == Some(with);
                let having = self.records.persons.values().filter(has);
                having.map(|it| it.record.id).collect::<Vec<_>>() == *are
            }
        };
        if !changes.expects().iter().all(holds) {
            return Err(CommitError::Stale);
        }
        let mut after = self.records.clone();
        for write in changes.writes() {
            match write {
                Write::Create(put) => {
                    if after.version(&put.reference()).is_some() {
                        return Err(CommitError::Duplicate { what: "record" });
                    }
                    after.insert(put.clone(), Version::FIRST);
                }
                Write::Replace(put, version) => {
                    if after.version(&put.reference()) != Some(*version) {
                        return Err(CommitError::Stale);
                    }
                    after.insert(put.clone(), version.next());
                }
                Write::Erase(reference, version) => {
                    if after.version(reference) != Some(*version) {
                        return Err(CommitError::Stale);
                    }
                    after.remove(reference);
                }
            }
        }
        unique(&after)?;
        // No store takes away what another record refers to, or lets one refer to nothing.
        let mut above = after.hcps.values().filter_map(|it| it.record.parent);
        if !above.all(|it| after.hcps.contains_key(&it)) {
            return Err(CommitError::Stale);
        }
        if changes.touches_owners() {
            Owners::audit(&after)?;
        }
        self.records = after;
        self.journal.extend(changes.entries().iter().cloned());
        Ok(())
    }

    /// Whether two changesets that were decided at the same moment each keep the other from being committed.
    pub(crate) fn collide(&self, one: &Changeset, other: &Changeset) -> bool {
        [(one, other), (other, one)].iter().all(|(first, second)| {
            let mut world = self.clone();
            world.commit(first);
            world.try_commit(second).is_err()
        })
    }

    /// How the end of an elevation was entered, each time that it was.
    pub(crate) fn ends_of(&self, ended: Id<Elevation>) -> Vec<(EndReason, Instant)> {
        let end = |it: &Entry| match it.event {
            Event::ElevationEnded {
                elevation,
                why,
                ended_at,
                ..
            } if elevation == ended => Some((why, ended_at)),
            _ => None,
        };
        self.journal.iter().filter_map(end).collect()
    }

    pub(crate) fn act(&mut self, actor: &Actor) -> Result<Authority, AuthorityRefusal> {
        Authority::of(actor, self.tenant, &self.records, self.ids.now())
    }

    /// An organisation below another, or none.
    pub(crate) fn organisation(&mut self, called: &str, parent: Option<Id<Hcp>>) -> Id<Hcp> {
        let command = AddOrganisation {
            name: name(called),
            email: None,
            phone: None,
            parent,
        };
        let authority = self.as_user(self.owner);
        let decided = command.decide(&authority, &self.records, &mut self.ids);
        let (changes, id) = decided.unwrap();
        self.commit(&changes);
        id
    }

    /// A professional with this address, by hand.
    pub(crate) fn professional(
        &mut self,
        address: &str,
        parent: Option<Id<Hcp>>,
    ) -> Result<Id<Hcp>, AddProfessionalRefusal> {
        let command = AddProfessional {
            name: person_name("Ada", "Lovelace"),
            email: email(address),
            mobile: None,
            parent,
        };
        let authority = self.as_user(self.owner);
        let (changes, id) = command.decide(&authority, &self.records, &mut self.ids)?;
        self.commit(&changes);
        Ok(id)
    }

    /// The user, acting with everyday roles.
    pub(crate) fn as_user(&mut self, user: Id<User>) -> Authority {
        self.act(&Actor::user(user)).unwrap()
    }

    /// A session of the user's, as an actor.
    pub(crate) fn log_in(&mut self, user: Id<User>) -> Actor {
        let authority = self.as_user(user);
        let command = OpenSession {
            hash: Hash::of(self.ids.id::<Session>().as_uuid().as_bytes()),
            account: self.records.users[&user].record.account.unwrap(),
            as_of: None,
            life: USUAL_LIFE,
        };
        let (changes, session) = command
            .decide(&authority, &self.records, &mut self.ids)
            .unwrap();
        self.commit(&changes);
        Actor::Session { session, user }
    }

    /// Switches Tenant Owner on in a session.
    pub(crate) fn switch_on(&mut self, actor: &Actor) -> Result<Elevation, ElevationRefusal> {
        let authority = self.act(actor)?;
        let reason = name("quarterly review");
        let (changes, elevation) = switch_on(&authority, &self.records, reason, &mut self.ids)?;
        self.commit(&changes);
        Ok(elevation)
    }

    /// The user, in a session with Tenant Owner switched on.
    pub(crate) fn elevated(&mut self, user: Id<User>) -> Authority {
        let actor = self.log_in(user);
        self.switch_on(&actor).unwrap();
        self.act(&actor).unwrap()
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, time: Duration) {
        let entropy =
            std::array::from_fn(|it| self.ids.id::<Tenant>().as_uuid().as_bytes()[6 + it]);
        self.ids = Mint::new(self.ids.now() + time, entropy);
    }

    /// Gives the user a role of their own with just these permissions.
    pub(crate) fn allow(
        &mut self,
        user: Id<User>,
        permissions: impl Into<Permissions>,
    ) -> Id<Role> {
        let id = self.ids.id();
        let mut changes = Changeset::new(self.tenant);
        let called = name(&format!("Desk {id}"));
        changes.create(Role::custom(id, called, permissions.into()));
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

    /// A token in the name of the user, as an actor.
    pub(crate) fn program(&mut self, user: Id<User>) -> Actor {
        let token = ApiToken {
            id: self.ids.id(),
            name: name("nightly"),
            user,
            user_epoch: self.records.users[&user].record.epoch,
            hash: Hash::of(b"secret"),
            created_at: self.ids.now(),
            expires_at: self.ids.now() + Duration::days(1),
            revoked_at: None,
        };
        let id = token.id;
        self.records.insert(token.into(), Version::FIRST);
        Actor::Token(id)
    }

    /// A user of the staff with a role that permits just this.
    pub(crate) fn desk(&mut self, login: &str, permissions: impl Into<Permissions>) -> Id<User> {
        let user = self.add(login, RoleKind::Learner);
        self.allow(user, permissions);
        user
    }

    /// A patient, who logs in with this address; where somebody does already, with their login.
    pub(crate) fn patient(&mut self, login: &str) -> Id<User> {
        let mut changes = Changeset::new(self.tenant);
        let person = Person::new(
            self.ids.id(),
            person_name("Pat", "Ient"),
            Some(email(login)),
        );
        let id = self.ids.id();
        let opens = Opens {
            tenant: self.tenant,
            user: id,
        };
        let known = self.login(login).cloned();
        let account = match known {
            Some(known) => {
                changes.replace(&known, known.record.clone().opening(opens));
                known.record.id
            }
            None => {
                let account = Account::embedded(self.ids.id(), email(login)).opening(opens);
                let id = account.id;
                changes.create(account);
                id
            }
        };
        changes.create(User::new(
            id,
            Domain::PATIENT_CARE,
            person.id,
            Some(account),
        ));
        changes.create(person);
        changes.create(Assignment {
            id: self.ids.id(),
            user: id,
            role: self.role(RoleKind::Patient),
            kind: RoleKind::Patient,
            status: AssignmentStatus::Active,
        });
        self.commit(&changes);
        id
    }

    /// A login of this name, which opens nobody yet.
    pub(crate) fn bare_login(&mut self, login: &str) -> Id<Account> {
        let account = Account::embedded(self.ids.id(), email(login));
        let id = account.id;
        self.records.insert(account.into(), Version::FIRST);
        id
    }

    /// Somebody has set the password of a login.
    pub(crate) fn password(&mut self, account: Id<Account>, set_by: SetBy) {
        let credential = Credential {
            account,
            hash: PasswordHash("hashed".into()),
            set_at: now(),
            set_by,
        };
        self.records.insert(credential.into(), Version::FIRST);
    }

    /// The login of this name.
    pub(crate) fn login(&self, login: &str) -> Option<&Stored<Account>> {
        let named = |it: &&Stored<Account>| it.record.login.key() == email(login).key();
        self.records.accounts.values().find(named)
    }

    /// The login of this user.
    pub(crate) fn account(&self, user: Id<User>) -> &Stored<Account> {
        &self.records.accounts[&self.records.users[&user].record.account.unwrap()]
    }

    /// The login of the user opens a user of another tenant too.
    pub(crate) fn works_elsewhere(&mut self, user: Id<User>) {
        let account = self.account(user).clone();
        let opens = Opens {
            tenant: self.ids.id(),
            user: self.ids.id(),
        };
        let mut changes = Changeset::new(self.tenant);
        changes.replace(&account, account.record.clone().opening(opens));
        self.commit(&changes);
    }

    /// The tenant gives power away otherwise.
    pub(crate) fn policy(&mut self, edit: impl FnOnce(&mut Tenant)) {
        let before = self.records.tenants[&self.tenant].clone();
        let mut after = before.record.clone();
        edit(&mut after);
        let mut changes = Changeset::new(self.tenant);
        changes.replace(&before, after);
        self.commit(&changes);
    }

    /// The owners, as their record lists them.
    pub(crate) fn owners(&self) -> &BTreeSet<Id<User>> {
        &self.records.owners[&self.tenant].record.usable
    }

    /// The domain of the staff.
    pub(crate) fn domain(&self) -> Id<Domain> {
        self.records.users[&self.owner].record.domain
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
            whose: Whose::KnownOrNew(person_name("Given", "Family")),
            role,
            status: UserStatus::Active,
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
        let actor = self.log_in(self.owner);
        self.switch_on(&actor).unwrap();
        let authority = self.act(&actor).unwrap();
        let role = self.role(RoleKind::TenantOwner);
        let (changes, _) = Holding::of(&self.records, user, role)
            .assign(&authority, &mut self.ids)
            .unwrap();
        self.commit(&changes);
        let authority = self.act(&actor).unwrap();
        let off = switch_off(&authority, &self.records, self.ids.now()).unwrap();
        self.commit(&off);
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
