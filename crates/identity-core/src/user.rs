//! Users: a person's access in one domain of one tenant.

use crate::{
    account::Account,
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    email::Email,
    id::{Id, Mint},
    journal::Event,
    name::PersonName,
    owner::Owners,
    permission::USERS_MANAGE,
    person::Person,
    record::{Records, Stored},
    refusal::Refusal,
    role::{Assignment, AssignmentStatus, GrantRefusal, Role, RoleKind, permit_grant},
    tenant::{Domain, DomainKind},
    time::Instant,
};
use serde::{Deserialize, Serialize};

/// A person's access in one domain; one for each pair (E1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its identifier.
    pub id: Id<Self>,
    /// The point of entry.
    pub domain: Id<Domain>,
    /// Whose access it is.
    pub person: Id<Person>,
    /// The login that opens it, if one does.
    pub account: Option<Id<Account>>,
    /// Whether it counts.
    pub status: UserStatus,
}

/// Whether a user's access counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// It does.
    Active,
    /// The user has no authority at all.
    Inactive,
}

/// Asks for a user in the internal domain: e-mail first, then the names if nobody has that e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AddUser {
    /// The address by which the person is looked up; the login of the new user.
    pub email: Email,
    /// The names of the person who is made when nobody has the address.
    pub name: Option<PersonName>,
    /// The first role.
    pub role: Id<Role>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAdded {
    /// The user.
    pub user: Id<User>,
    /// Whose access it is.
    pub person: Id<Person>,
    /// Whether the person was known before.
    pub person_found: bool,
}

/// Why no user is added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddUserRefusal {
    /// The role may not be given, or users not be added.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// No such role.
    #[error("no such role in this tenant")]
    UnknownRole,
    /// The tenant has no internal domain.
    #[error("tenant has no internal domain")]
    NoDomain,
    /// Nobody has the address, and no names were given.
    #[error("nobody is known by this e-mail address, and no names were given")]
    NamesNeeded,
    /// Several persons share the address.
    #[error("{} persons share this e-mail address", .0.len())]
    SeveralPersons(Vec<Id<Person>>),
    /// The person has a user in this domain.
    #[error("the person has a user already: `{user}`")]
    HasUser {
        /// whose
        person: Id<Person>,
        /// which
        user: Id<User>,
    },
    /// Another person's user has this login.
    #[error("another person logs in with this e-mail address")]
    LoginTaken,
    /// Tenant Owner needs a login that works.
    #[error("the login is not linked to a login provider, and Tenant Owner needs one that is")]
    OwnerNotUsable,
}

impl From<AuthorityRefusal> for AddUserRefusal {
    fn from(refusal: AuthorityRefusal) -> Self {
        Self::Grant(refusal.into())
    }
}

impl Refusal for AddUserRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.code(),
            Self::UnknownRole => "role_unknown",
            Self::NoDomain => "domain_unknown",
            Self::NamesNeeded => "names_needed",
            Self::SeveralPersons(_) => "several_persons",
            Self::HasUser { .. } => "person_has_user",
            Self::LoginTaken => "login_taken",
            Self::OwnerNotUsable => "owner_not_usable",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.rule(),
            Self::UnknownRole | Self::NoDomain | Self::NamesNeeded | Self::SeveralPersons(_) => {
                "A5"
            }
            Self::HasUser { .. } | Self::LoginTaken => "E1",
            Self::OwnerNotUsable => "O1",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.next(),
            Self::UnknownRole => "list the roles and choose one of them",
            Self::NoDomain => "ask the platform operator about the tenant",
            Self::NamesNeeded => "give the given and the family name as well",
            Self::SeveralPersons(_) => "give one of them an address of their own first",
            Self::HasUser { .. } => "change the roles of that user instead",
            Self::LoginTaken => "use another e-mail address",
            Self::OwnerNotUsable => {
                "add the user with another role, link the login, then assign Tenant Owner"
            }
        }
    }
}

impl AddUser {
    /// Decides to add the user; `records` hold the persons with the address, their users, the login of that name with the tenant's
    /// users that it opens, the domains, the roles and the owners.
    ///
    /// # Errors
    /// As [`AddUserRefusal`].
    pub fn decide(
        &self,
        authority: &Authority,
        records: &Records,
        ids: &mut Mint,
    ) -> Result<(Changeset, UserAdded), AddUserRefusal> {
        let role = records
            .roles
            .get(&self.role)
            .ok_or(AddUserRefusal::UnknownRole)?;
        let mut changes = permit_grant(authority, role)?;
        // Adding is an act of its own: it needs its permission also where the role alone could be given.
        if !authority.allows(&USERS_MANAGE) {
            return Err(GrantRefusal::from(AuthorityRefusal::Missing(USERS_MANAGE)).into());
        }
        let mut same_email = records.persons.values().filter(|it| {
            it.record
                .email
                .as_ref()
                .is_some_and(|it| it.key() == self.email.key())
        });
        let known = match (same_email.next(), same_email.next()) {
            (None, _) => None,
            (Some(one), None) => Some(one),
            (Some(one), Some(two)) => {
                let all = [one, two]
                    .into_iter()
                    .chain(same_email)
                    .map(|it| it.record.id)
                    .collect();
                return Err(AddUserRefusal::SeveralPersons(all));
            }
        };
        changes.rely_on_persons(
            self.email.key().clone(),
            known.iter().map(|it| it.record.id).collect(),
        );
        let person = match (known, &self.name) {
            (Some(known), _) => {
                changes.rely(known);
                known.record.id
            }
            (None, Some(name)) => {
                let id = ids.id();
                changes.create(Person {
                    id,
                    name: name.clone(),
                    email: Some(self.email.clone()),
                    birth_date: None,
                    mobile: None,
                });
                id
            }
            (None, None) => return Err(AddUserRefusal::NamesNeeded),
        };
        let domain = internal_domain(records)?;
        let account = records
            .accounts
            .values()
            .find(|it| it.record.login.key() == self.email.key());
        let opened_by = account.map(|it| it.record.id);
        let concerns =
            |it: &User| it.person == person || it.account.is_some() && it.account == opened_by;
        let access = Access {
            email: &self.email,
            person,
            domain,
            account,
            users: records
                .users
                .values()
                .filter(|it| concerns(&it.record))
                .collect(),
            roles: vec![role],
        };
        let opened = access.open(authority, records, &mut changes, ids)?;
        Ok((
            changes,
            UserAdded {
                user: opened.user,
                person,
                person_found: known.is_some(),
            },
        ))
    }
}

/// The domain of the tenant's staff.
pub(crate) fn internal_domain(records: &Records) -> Result<&Stored<Domain>, AddUserRefusal> {
    records
        .domains
        .values()
        .find(|it| it.record.kind == DomainKind::Internal)
        .ok_or(AddUserRefusal::NoDomain)
}

/// A user with a login and roles that may be given, for a person: what every path to a new user
/// goes through.
pub(crate) struct Access<'a> {
    /// The login's name.
    pub(crate) email: &'a Email,
    /// Whose access.
    pub(crate) person: Id<Person>,
    /// Where.
    pub(crate) domain: &'a Stored<Domain>,
    /// The login of that name, if there is one.
    pub(crate) account: Option<&'a Stored<Account>>,
    /// The tenant's users of that person, and those that the login opens.
    pub(crate) users: Vec<&'a Stored<User>>,
    /// The first roles.
    pub(crate) roles: Vec<&'a Stored<Role>>,
}

/// What [`Access::open`] made.
pub(crate) struct Opened {
    pub(crate) user: Id<User>,
    pub(crate) new_login: bool,
}

impl Access<'_> {
    pub(crate) fn open(
        &self,
        authority: &Authority,
        records: &Records,
        changes: &mut Changeset,
        ids: &mut Mint,
    ) -> Result<Opened, AddUserRefusal> {
        let (domain, person) = (self.domain.record.id, self.person);
        let mut here = self
            .users
            .iter()
            .map(|it| &it.record)
            .filter(|it| it.domain == domain);
        if let Some(user) = here.clone().find(|it| it.person == person) {
            return Err(AddUserRefusal::HasUser {
                person,
                user: user.id,
            });
        }
        let (account, linked) = match self.account {
            Some(known) if here.any(|it| it.account == Some(known.record.id)) => {
                return Err(AddUserRefusal::LoginTaken);
            }
            Some(known) => {
                changes.rely(known);
                (known.record.id, known.record.is_linked())
            }
            None => {
                let account = Account::embedded(ids.id(), self.email.clone());
                let made = (account.id, account.is_linked());
                changes.create(account);
                made
            }
        };
        changes.rely(self.domain);
        let (id, now) = (ids.id(), ids.now());
        changes.create(User {
            id,
            domain,
            person,
            account: Some(account),
            status: UserStatus::Active,
        });
        changes.enter(authority.entry(
            now,
            Event::UserAdded {
                user: id,
                person,
                domain,
                account,
            },
        ));
        for role in &self.roles {
            let Role { id: role, kind, .. } = role.record;
            let assignment = ids.id();
            let status = AssignmentStatus::Active;
            changes.create(Assignment {
                id: assignment,
                user: id,
                role,
                kind,
                status,
            });
            changes.enter(authority.entry(
                now,
                Event::RoleAssigned {
                    assignment,
                    user: id,
                    role,
                },
            ));
            if kind == RoleKind::TenantOwner {
                if !linked {
                    return Err(AddUserRefusal::OwnerNotUsable);
                }
                Owners::add(id, records, changes);
            }
        }
        Ok(Opened {
            user: id,
            new_login: self.account.is_none(),
        })
    }
}

/// Why a user's status is not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatusRefusal {
    /// The actor may not.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// No such user.
    #[error("no such user in this tenant")]
    UnknownUser,
    /// It has that status.
    #[error("user has that status already")]
    Unchanged,
    /// An owner cannot be deactivated.
    #[error("user holds Tenant Owner")]
    HoldsTenantOwner,
}

impl Refusal for StatusRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::UnknownUser => "user_unknown",
            Self::Unchanged => "status_unchanged",
            Self::HoldsTenantOwner => "holds_tenant_owner",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::UnknownUser | Self::Unchanged => "A5",
            Self::HoldsTenantOwner => "O3",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::UnknownUser => "list the users and choose one of them",
            Self::Unchanged => "nothing is left to do",
            Self::HoldsTenantOwner => "another owner removes Tenant Owner first",
        }
    }
}

/// Decides to give a user another status.
///
/// # Errors
/// As [`StatusRefusal`]; a user who holds Tenant Owner is never deactivated, by nobody (O3).
pub fn set_status(
    authority: &Authority,
    records: &Records,
    user: Id<User>,
    status: UserStatus,
    now: Instant,
) -> Result<Changeset, StatusRefusal> {
    let mut changes = authority.permit(&USERS_MANAGE)?;
    let user = records.users.get(&user).ok_or(StatusRefusal::UnknownUser)?;
    if user.record.status == status {
        return Err(StatusRefusal::Unchanged);
    }
    let id = user.record.id;
    let event = match status {
        UserStatus::Active => Event::UserReactivated { user: id },
        UserStatus::Inactive if Owners::holds(id, records) => {
            return Err(StatusRefusal::HoldsTenantOwner);
        }
        UserStatus::Inactive => Event::UserDeactivated { user: id },
    };
    changes.replace(
        user,
        User {
            status,
            ..user.record.clone()
        },
    );
    changes.enter(authority.entry(now, event));
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        authority::Actor,
        changeset::{Expect, Write},
        record::Put,
        world::{World, email, events, now, person_name, relies_on},
    };

    /// E1: one user per person and domain; the refusal says who it is.
    #[test]
    fn a_person_who_has_a_user_gets_no_second_one() {
        let mut world = World::new();
        let first = world.add("ada@example.org", RoleKind::Learner);
        let authority = world.as_user(world.owner);
        match world.try_add(&authority, "ADA@example.org", RoleKind::Teacher) {
            Err(AddUserRefusal::HasUser { user, .. }) => assert_eq!(user, first),
            other => panic!("{other:?}"),
        }
        // Adding again neither lowers nor raises what somebody holds.
        assert!(world.assignment(first, RoleKind::Learner).is_some());
        assert!(world.assignment(first, RoleKind::Teacher).is_none());
    }

    #[test]
    fn a_known_person_is_found_by_address_and_a_new_one_needs_names() {
        let mut world = World::new();
        let role = world.role(RoleKind::Learner);
        let authority = world.as_user(world.owner);
        let command = AddUser {
            email: email("new@example.org"),
            name: None,
            role,
        };
        assert_eq!(
            command.decide(&authority, &world.records, &mut world.ids),
            Err(AddUserRefusal::NamesNeeded)
        );

        let known = Person {
            id: world.ids.id(),
            name: person_name("Known", "Person"),
            email: Some(email("new@example.org")),
            birth_date: None,
            mobile: None,
        };
        let mut changes = Changeset::new(world.tenant);
        changes.create(known.clone());
        world.commit(&changes);
        let (changes, added) = command
            .decide(&authority, &world.records, &mut world.ids)
            .unwrap();
        assert_eq!((added.person, added.person_found), (known.id, true));
        let expected = Expect::Persons {
            with: email("new@example.org").key().clone(),
            are: vec![known.id],
        };
        assert!(changes.expects().contains(&expected));

        let twin = Person {
            id: world.ids.id(),
            ..known
        };
        let mut changes = Changeset::new(world.tenant);
        changes.create(twin);
        world.commit(&changes);
        let refusal = command
            .decide(&authority, &world.records, &mut world.ids)
            .unwrap_err();
        assert!(matches!(refusal, AddUserRefusal::SeveralPersons(all) if all.len() == 2));
    }

    #[test]
    fn a_login_that_opens_another_persons_user_is_not_shared() {
        let mut world = World::new();
        let user = world.add("ada@example.org", RoleKind::Learner);
        // The person's address moves on, the login stays.
        let person = world.records.persons[&world.records.users[&user].record.person].clone();
        let mut changes = Changeset::new(world.tenant);
        changes.replace(
            &person,
            Person {
                email: Some(email("other@example.org")),
                ..person.record.clone()
            },
        );
        world.commit(&changes);
        let authority = world.as_user(world.owner);
        let refusal = world
            .try_add(&authority, "ada@example.org", RoleKind::Learner)
            .unwrap_err();
        assert_eq!(refusal, AddUserRefusal::LoginTaken);
    }

    /// O2, O7: adding somebody straight as an owner is the grant it amounts to.
    #[test]
    fn adding_an_owner_needs_what_granting_needs() {
        let mut world = World::new();
        let authority = world.as_user(world.owner);
        let refusal = world
            .try_add(&authority, "ada@example.org", RoleKind::TenantOwner)
            .unwrap_err();
        assert_eq!(
            (refusal.code(), refusal.rule()),
            ("elevation_required", "O2")
        );
        let authority = world.elevated(world.owner);
        let user = world
            .try_add(&authority, "ada@example.org", RoleKind::TenantOwner)
            .unwrap();
        assert!(
            world
                .records
                .owners
                .values()
                .next()
                .unwrap()
                .record
                .usable
                .contains(&user)
        );
    }

    /// O3: nobody deactivates an owner, not another owner and not the owner themselves.
    #[test]
    fn an_owner_is_not_deactivated_by_anybody() {
        let mut world = World::new();
        let second = world.add_owner("second@example.org");
        for authority in [
            world.as_user(world.owner),
            world.elevated(world.owner),
            world.elevated(second),
        ] {
            let refusal = set_status(
                &authority,
                &world.records,
                second,
                UserStatus::Inactive,
                now(),
            )
            .unwrap_err();
            assert_eq!(refusal, StatusRefusal::HoldsTenantOwner);
        }
    }

    /// A1: whoever is inactive, in an inactive domain, or has lost the assignment has no authority, and what was relied on is
    /// expected by the changeset.
    #[test]
    fn authority_is_read_anew_and_relied_on() {
        let mut world = World::new();
        let admin = world.add("admin@example.org", RoleKind::SystemAdministrator);
        let target = world.add("ada@example.org", RoleKind::Learner);
        let authority = world.as_user(admin);
        let changes = set_status(
            &authority,
            &world.records,
            target,
            UserStatus::Inactive,
            now(),
        )
        .unwrap();
        let assignment = world
            .assignment(admin, RoleKind::SystemAdministrator)
            .unwrap()
            .id;
        for (relied, what) in [
            (crate::record::Ref::User(admin), "user"),
            (crate::record::Ref::Assignment(assignment), "assignment"),
            (
                crate::record::Ref::Role(world.role(RoleKind::SystemAdministrator)),
                "role",
            ),
            (crate::record::Ref::Tenant(world.tenant), "tenant"),
        ] {
            let found = changes
                .expects()
                .iter()
                .any(|it| matches!(it, Expect::At(reference, _) if *reference == relied));
            assert!(found, "{what}");
        }
        let owner = world.as_user(world.owner);
        let changes =
            set_status(&owner, &world.records, admin, UserStatus::Inactive, now()).unwrap();
        world.commit(&changes);
        assert_eq!(
            world.act(&Actor::user(admin)).unwrap_err(),
            AuthorityRefusal::ActorInactive
        );
        let changes = set_status(&owner, &world.records, admin, UserStatus::Active, now()).unwrap();
        world.commit(&changes);
        assert!(world.act(&Actor::user(admin)).is_ok());
        assert_eq!(
            set_status(&owner, &world.records, admin, UserStatus::Active, now()),
            Err(StatusRefusal::Unchanged)
        );
    }

    /// J1: what is done is entered once, with who did it and under which elevation.
    #[test]
    fn every_change_has_its_entries() {
        let mut world = World::new();
        let authority = world.elevated(world.owner);
        let role = world.role(RoleKind::Learner);
        let command = AddUser {
            email: email("a@example.org"),
            name: Some(person_name("A", "B")),
            role,
        };
        let (changes, added) = command
            .decide(&authority, &world.records, &mut world.ids)
            .unwrap();
        let events: Vec<_> = changes.entries().iter().map(|it| &it.event).collect();
        assert!(
            matches!(events.as_slice(), [Event::Elevated { .. }, Event::UserAdded { user, .. }, Event::RoleAssigned { .. }] if *user == added.user)
        );
        let by_elevated = |it: &crate::journal::Entry| {
            matches!(
                it.by,
                crate::journal::By::User {
                    elevation: Some(_),
                    ..
                }
            )
        };
        assert!(changes.entries().iter().all(by_elevated));
        let elevations = changes
            .writes()
            .iter()
            .filter(|it| matches!(it, Write::Create(Put::Elevation(_))))
            .count();
        assert_eq!(elevations, 1);
        let text = serde_json::to_string(changes.entries()).unwrap();
        assert!(!text.contains("example.org") && !text.contains("quarterly"));
    }

    /// O1: somebody whose login no provider knows is not added as an owner, though with another role they are.
    #[test]
    fn an_owner_is_not_added_under_a_login_that_is_unlinked() {
        let mut world = World::new();
        let account = Account {
            link: crate::account::LoginLink::Unlinked,
            ..Account::embedded(world.ids.id(), email("ada@example.org"))
        };
        let mut changes = Changeset::new(world.tenant);
        changes.create(account);
        world.commit(&changes);
        let authority = world.elevated(world.owner);
        assert_eq!(
            world.try_add(&authority, "ada@example.org", RoleKind::TenantOwner),
            Err(AddUserRefusal::OwnerNotUsable)
        );
        let authority = world.as_user(world.owner);
        assert!(
            world
                .try_add(&authority, "ada@example.org", RoleKind::Learner)
                .is_ok()
        );
    }

    /// E1, A1: a user of another domain is no hindrance, and whoever is found is relied on as they were.
    #[test]
    fn one_user_a_domain_and_what_was_found_is_relied_on() {
        let mut world = World::new();
        let ada = world.add("ada@example.org", RoleKind::Learner);
        let elsewhere = Domain {
            id: world.ids.id(),
            kind: DomainKind::PatientCare,
            status: crate::tenant::DomainStatus::Active,
        };
        let domain = world.records.users[&ada].record.domain;
        let user = &mut world.records.users.get_mut(&ada).unwrap().record;
        user.domain = elsewhere.id;
        let (person, account, user_domain) = (user.person, user.account.unwrap(), user.domain);
        world
            .records
            .insert(elsewhere.into(), crate::record::Version::FIRST);
        // Whoever acts is of that other domain too, so that the new user's is relied on for its own sake.
        let acting = &mut world.records.users.get_mut(&world.owner).unwrap().record;
        acting.domain = user_domain;
        let authority = world.as_user(world.owner);
        let command = AddUser {
            email: email("ada@example.org"),
            name: None,
            role: world.role(RoleKind::Learner),
        };
        let (changes, added) = command
            .decide(&authority, &world.records, &mut world.ids)
            .unwrap();
        assert_eq!(added.person, person);
        for relied in [
            crate::record::Ref::Person(person),
            crate::record::Ref::Account(account),
            crate::record::Ref::Domain(domain),
        ] {
            assert!(relies_on(&changes, &relied), "{relied:?}");
        }
    }

    /// J1: a change of status is entered.
    #[test]
    fn ending_and_beginning_access_are_entered() {
        let mut world = World::new();
        let user = world.add("ada@example.org", RoleKind::Learner);
        let authority = world.as_user(world.owner);
        for (status, event) in [
            (UserStatus::Inactive, Event::UserDeactivated { user }),
            (UserStatus::Active, Event::UserReactivated { user }),
        ] {
            let changes = set_status(&authority, &world.records, user, status, now()).unwrap();
            world.commit(&changes);
            assert_eq!(events(&changes), [event]);
        }
    }
}
