//! A tenant with its people, made by raw changesets, so that it needs no rule to be right and no service to be there.

use crate::random::mint;
use chrono::TimeDelta;
use identity_core::{
    account::{Account, Opens},
    authority::Actor,
    changeset::Changeset,
    email::Email,
    id::{Id, Mint},
    journal::{By, Entry, Event, Hash},
    name::{Name, PersonName},
    owner::{Elevation, Owners, elevation::ElevationState},
    person::Person,
    port::{Clock, CommitError, Find, Random, Store},
    record::Records,
    role::{Assignment, AssignmentStatus, Role, RoleKind},
    service::Call,
    session::{Session, SessionState, USUAL_LIFE},
    tenant::{CreateTenant, Domain, Listing, Tenant},
    user::User,
};

/// A tenant with its people.
#[derive(Clone, Debug)]
pub struct Hospital {
    /// The tenant.
    pub tenant: Id<Tenant>,
    /// Its internal domain.
    pub domain: Id<Domain>,
    /// Its built-in roles.
    pub roles: Vec<Role>,
    /// Those who hold Tenant Owner; the first is a System Administrator as well.
    pub owners: Vec<Member>,
    /// Those who hold System Administrator, and nothing else.
    pub administrators: Vec<Member>,
    /// Those who hold Learner.
    pub learners: Vec<Member>,
    /// Those who hold Teacher.
    pub teachers: Vec<Member>,
}

/// A person of the tenant who can log in.
#[derive(Clone, Debug)]
pub struct Member {
    /// The user, active, in the internal domain.
    pub user: Id<User>,
    /// The person.
    pub person: Id<Person>,
    /// The login, linked.
    pub account: Id<Account>,
    /// The assignment of the role.
    pub assignment: Id<Assignment>,
    /// The address, of the person and of the login.
    pub email: Email,
}

/// How many people of each sort a hospital begins with.
///
/// The owner of a hospital called `General` has the address `owner1@general.example`, the learners
/// `learner1@general.example` and so on.
#[derive(Clone, Debug)]
#[must_use = "call `open` to make the hospital"]
pub struct Staffing {
    name: String,
    owners: usize,
    administrators: usize,
    learners: usize,
    teachers: usize,
}

impl Staffing {
    /// Of a hospital of this name, one word in ASCII letters, with one owner.
    pub fn of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            owners: 1,
            administrators: 0,
            learners: 0,
            teachers: 0,
        }
    }

    /// So many owners, at least one.
    pub fn owners(self, owners: usize) -> Self {
        assert!(owners > 0, "a tenant without an owner cannot be");
        Self { owners, ..self }
    }

    /// So many system administrators who are no owners.
    pub fn administrators(self, administrators: usize) -> Self {
        Self {
            administrators,
            ..self
        }
    }

    /// So many learners.
    pub fn learners(self, learners: usize) -> Self {
        Self { learners, ..self }
    }

    /// So many teachers.
    pub fn teachers(self, teachers: usize) -> Self {
        Self { teachers, ..self }
    }

    /// Makes the hospital, in two commits.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn open(
        self,
        store: &impl Store,
        clock: &impl Clock,
        random: &impl Random,
    ) -> Result<Hospital, CommitError> {
        let mut ids = mint(clock, random);
        let first = self.email("owner", 1);
        let create = CreateTenant {
            name: Name::parse(&self.name).unwrap(),
            domain: None,
            listing: Listing::Unlisted,
            owner_email: first.clone(),
            owner_name: name("Owner", 1),
        };
        let (changes, created) = create
            .decide(ids.id(), &Records::default(), &mut ids)
            .unwrap();
        let tenant = created.tenant;
        store.commit(changes).await?;
        let finds = vec![Find::Roles, Find::Owners];
        let records = store.load(tenant, finds).await?;
        let roles = records.roles.values().map(|it| it.record.clone()).collect();
        let mut hospital = Hospital {
            tenant,
            domain: created.domain,
            roles,
            owners: vec![first_owner(&records, created.owner, first)],
            administrators: vec![],
            learners: vec![],
            teachers: vec![],
        };
        let mut changes = Changeset::new(tenant);
        for (kind, word, from, to) in [
            (RoleKind::TenantOwner, "owner", 2, self.owners),
            (
                RoleKind::SystemAdministrator,
                "administrator",
                1,
                self.administrators,
            ),
            (RoleKind::Learner, "learner", 1, self.learners),
            (RoleKind::Teacher, "teacher", 1, self.teachers),
        ] {
            for number in from..=to {
                let email = self.email(word, number);
                let member = hospital.admit(&mut changes, &mut ids, kind, word, number, email);
                hospital.members(kind).push(member);
            }
        }
        let before = records.owners.values().next().unwrap();
        let usable = hospital.owners.iter().map(|it| it.user).collect();
        if before.record.usable != usable {
            changes.replace(before, Owners { tenant, usable });
        }
        if !changes.writes().is_empty() {
            store.commit(changes).await?;
        }
        Ok(hospital)
    }

    fn email(&self, word: &str, number: usize) -> Email {
        let name = self.name.to_ascii_lowercase();
        Email::parse(&format!("{word}{number}@{name}.example")).unwrap()
    }
}

/// Finds out the records of the owner with whom the tenant began.
fn first_owner(records: &Records, owner: Id<User>, email: Email) -> Member {
    let user = &records.users[&owner].record;
    let mut held = records.assignments.values().map(|it| &it.record);
    let assignment = held.find(|it| it.user == owner && it.kind == RoleKind::TenantOwner);
    Member {
        user: owner,
        person: user.person,
        account: user.account.unwrap(),
        assignment: assignment.unwrap().id,
        email,
    }
}

/// Names such as `Teacher Two`; the numbers beyond the first few are digits.
fn name(word: &str, number: usize) -> PersonName {
    let mut letters = word.chars();
    let given: String = letters
        .next()
        .map(|it| it.to_ascii_uppercase())
        .into_iter()
        .chain(letters)
        .collect();
    let family = match number {
        1 => "One".to_owned(),
        2 => "Two".to_owned(),
        3 => "Three".to_owned(),
        more => more.to_string(),
    };
    PersonName {
        given: Name::parse(&given).unwrap(),
        family: Name::parse(&family).unwrap(),
    }
}

impl Hospital {
    /// The built-in role of this kind.
    #[must_use]
    pub fn role(&self, kind: RoleKind) -> Id<Role> {
        self.roles.iter().find(|it| it.kind == kind).unwrap().id
    }

    /// A call by this member in a session of their own, opened now.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn logged_in(
        &self,
        member: &Member,
        store: &impl Store,
        clock: &impl Clock,
        random: &impl Random,
    ) -> Result<Call, CommitError> {
        let mut ids = mint(clock, random);
        let finds = vec![Find::Access(member.user)];
        let records = store.load(self.tenant, finds).await?;
        let (id, user) = (ids.id(), member.user);
        let opened_at = ids.now();
        let mut changes = Changeset::new(self.tenant);
        changes.create(Session {
            id,
            user,
            account: member.account,
            hash: Hash::of(id.as_uuid().as_bytes()),
            opened_at,
            expires_at: opened_at + USUAL_LIFE,
            user_epoch: records.users[&user].record.epoch,
            account_epoch: records.accounts[&member.account].record.epoch,
            elevation: None,
            state: SessionState::Open,
        });
        changes.enter(Entry {
            at: opened_at,
            by: By::Operator,
            event: Event::SessionOpened { session: id, user },
        });
        store.commit(changes).await?;
        Ok(Call::new(self.tenant, Actor::Session { session: id, user }))
    }

    /// A call by this owner in a session of their own, with Tenant Owner switched on for a quarter of an hour from now.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn elevated(
        &self,
        owner: &Member,
        store: &impl Store,
        clock: &impl Clock,
        random: &impl Random,
    ) -> Result<Call, CommitError> {
        let call = self.logged_in(owner, store, clock, random).await?;
        let records = store.load(self.tenant, call.actor.find()).await?;
        let session = records.sessions.values().next().unwrap();
        let mut ids = mint(clock, random);
        let since = ids.now();
        let elevation = Elevation {
            id: ids.id(),
            user: owner.user,
            session: session.record.id,
            reason: Name::parse("quarterly review").unwrap(),
            since,
            until: since + TimeDelta::minutes(15),
            state: ElevationState::On,
        };
        let mut changes = Changeset::new(self.tenant);
        changes.enter(Entry {
            at: since,
            by: By::Operator,
            event: Event::Elevated {
                elevation: elevation.id,
                user: owner.user,
                session: session.record.id,
                until: elevation.until,
            },
        });
        changes.replace(
            session,
            Session {
                elevation: Some(elevation.id),
                ..session.record.clone()
            },
        );
        changes.create(elevation);
        store.commit(changes).await?;
        Ok(call)
    }

    fn members(&mut self, kind: RoleKind) -> &mut Vec<Member> {
        match kind {
            RoleKind::TenantOwner => &mut self.owners,
            RoleKind::SystemAdministrator => &mut self.administrators,
            RoleKind::Learner => &mut self.learners,
            RoleKind::Teacher => &mut self.teachers,
            RoleKind::Patient | RoleKind::Guest | RoleKind::Custom => {
                panic!("a hospital begins with its staff and without roles of its own")
            }
        }
    }

    /// Adds to a changeset what makes one more member: person, login, user, role and the journal's entries. It does not
    /// write the owners' record.
    fn admit(
        &self,
        changes: &mut Changeset,
        ids: &mut Mint,
        kind: RoleKind,
        word: &str,
        number: usize,
        email: Email,
    ) -> Member {
        let person = Person::new(ids.id(), name(word, number), Some(email.clone()));
        let (account, user) = (ids.id(), ids.id());
        let user = User::new(user, self.domain, person.id, Some(account));
        let account = Account::embedded(account, email.clone()).opening(Opens {
            tenant: self.tenant,
            user: user.id,
        });
        let assignment = Assignment {
            id: ids.id(),
            user: user.id,
            role: self.role(kind),
            kind,
            status: AssignmentStatus::Active,
        };
        let member = Member {
            user: user.id,
            person: person.id,
            account: account.id,
            assignment: assignment.id,
            email,
        };
        let events = [
            Event::UserAdded {
                user: user.id,
                person: person.id,
                domain: self.domain,
                account: account.id,
            },
            Event::RoleAssigned {
                assignment: assignment.id,
                user: user.id,
                role: assignment.role,
            },
        ];
        changes.create(person);
        changes.create(account);
        changes.create(user);
        changes.create(assignment);
        for event in events {
            let (at, by) = (ids.now(), By::Operator);
            changes.enter(Entry { at, by, event });
        }
        member
    }
}
