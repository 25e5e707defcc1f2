//! Users: a person's access in one domain of one tenant.

use crate::{
    account::{Account, Epoch, Opens},
    authority::{Authority, AuthorityRefusal, active_grants},
    changeset::Changeset,
    email::Email,
    id::{Id, Mint},
    journal::Event,
    login::Credential,
    name::PersonName,
    outbox::{Message, MessageKind},
    owner::Owners,
    permission::USERS_MANAGE,
    person::Person,
    record::{Records, Stored},
    refusal::{Named, Refusal},
    role::{Assignment, AssignmentStatus, GrantRefusal, Permitted, Role, RoleStatus, permit_grant},
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
    /// Counts what ends all the user's sessions and tokens at once: each deactivation.
    pub epoch: Epoch,
}

impl User {
    /// Active access.
    #[must_use]
    pub const fn new(
        id: Id<Self>,
        domain: Id<Domain>,
        person: Id<Person>,
        account: Option<Id<Account>>,
    ) -> Self {
        Self {
            id,
            domain,
            person,
            account,
            status: UserStatus::Active,
            epoch: Epoch(0),
        }
    }
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
    /// Which person.
    pub whose: Whose,
    /// The first role.
    pub role: Id<Role>,
    /// Whether the access counts from the beginning.
    pub status: UserStatus,
}

/// Which person a new user is for, among those who have the address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// The one who has it; there must be one.
    Known,
    /// The one who has it, or a new person of this name when nobody does.
    KnownOrNew(PersonName),
    /// This one of those who share it.
    Chosen(Id<Person>),
    /// A new person of this name, who shares it with others.
    Another(PersonName),
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
    /// The chosen person is unknown, or has another address.
    #[error("no such person with this e-mail address")]
    OtherPerson,
    /// The role was retired, or is for users of another domain.
    #[error("role was retired, or is not for users of the internal domain")]
    RoleUnfit,
    /// The person has a user in this domain.
    #[error("the person has a user already: `{user}`")]
    HasUser {
        /// whose
        person: Id<Person>,
        /// which
        user: Id<User>,
    },
    /// The login opens users of another tenant, and nobody has confirmed whose it is.
    #[error("the login was made by another tenant, and nobody has confirmed whose it is")]
    LoginUnproved,
    /// Another person's user has this login.
    #[error("another person logs in with this e-mail address")]
    LoginTaken,
    /// Tenant Owner needs a login that works.
    #[error("the login is not linked to a login provider, and Tenant Owner needs one that is")]
    OwnerNotUsable,
    /// Somebody else could come in as the owner.
    #[error("somebody else has set the password")]
    PasswordOfOthers,
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
            Self::OtherPerson => "person_unknown",
            Self::RoleUnfit => "role_unfit",
            Self::HasUser { .. } => "person_has_user",
            Self::LoginUnproved => "login_unproved",
            Self::LoginTaken => "login_taken",
            Self::OwnerNotUsable => "owner_not_usable",
            Self::PasswordOfOthers => "password_of_others",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.rule(),
            Self::UnknownRole
            | Self::NoDomain
            | Self::NamesNeeded
            | Self::SeveralPersons(_)
            | Self::OtherPerson => "A5",
            Self::RoleUnfit | Self::LoginUnproved | Self::PasswordOfOthers => "A3",
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
            Self::SeveralPersons(_) => "choose one of them, or say that it is another person",
            Self::OtherPerson => "list the persons with this e-mail address and choose one of them",
            Self::RoleUnfit => "list the roles and choose another",
            Self::HasUser { .. } => "change the roles of that user instead",
            Self::LoginUnproved => "have the platform operator confirm the login",
            Self::LoginTaken => "use another e-mail address",
            Self::OwnerNotUsable => {
                "add the user as active with another role, link the login, then assign Tenant Owner"
            }
            Self::PasswordOfOthers => "have the user change the password first",
        }
    }
    fn named(&self) -> Named {
        match self {
            Self::SeveralPersons(persons) => Named {
                persons: persons.clone(),
                ..Named::default()
            },
            Self::HasUser { user, .. } => Named::user(*user),
            Self::Grant(_)
            | Self::UnknownRole
            | Self::NoDomain
            | Self::NamesNeeded
            | Self::OtherPerson
            | Self::RoleUnfit
            | Self::LoginUnproved
            | Self::LoginTaken
            | Self::OwnerNotUsable
            | Self::PasswordOfOthers => Named::default(),
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
        let role = records.roles.get(&self.role);
        let role = authority.found(role, &USERS_MANAGE, AddUserRefusal::UnknownRole)?;
        let (mut changes, permitted) = permit_grant(authority, role)?;
        let added = self.add(permitted, authority, records, &mut changes, ids)?;
        Ok((changes, added))
    }

    /// Adds the user with the role, which whoever acts may give.
    pub(crate) fn add(
        &self,
        role: Permitted<'_>,
        authority: &Authority,
        records: &Records,
        changes: &mut Changeset,
        ids: &mut Mint,
    ) -> Result<UserAdded, AddUserRefusal> {
        let (person, person_found) =
            self.whose
                .find(&self.email, authority, records, changes, ids)?;
        let domain = internal_domain(records)?;
        let account = records
            .accounts
            .values()
            .find(|it| it.record.login.key() == self.email.key());
        let access = Access {
            email: &self.email,
            person,
            domain,
            account,
            users: records.users.values().collect(),
            roles: vec![role],
            status: self.status,
        };
        let opened = access.open(authority, records, changes, ids)?;
        changes.send(Message {
            id: ids.id(),
            kind: MessageKind::Added {
                user: opened.user,
                new_login: opened.new_login,
            },
            at: ids.now(),
        });
        Ok(UserAdded {
            user: opened.user,
            person,
            person_found,
        })
    }
}

impl Whose {
    /// The person, and whether they were known before; `records` hold the persons with the address.
    pub(crate) fn find(
        &self,
        email: &Email,
        authority: &Authority,
        records: &Records,
        changes: &mut Changeset,
        ids: &mut Mint,
    ) -> Result<(Id<Person>, bool), AddUserRefusal> {
        let has = |it: &&Stored<Person>| {
            let own = it.record.email.as_ref();
            own.is_some_and(|it| it.key() == email.key())
        };
        let same: Vec<_> = records.persons.values().filter(has).collect();
        let all = || same.iter().map(|it| it.record.id).collect::<Vec<_>>();
        // Whoever gets or loses the address meanwhile may be the one who was meant.
        changes.rely_on_persons(email.key().clone(), all());
        let known = match (self, same.as_slice()) {
            (Self::Chosen(id), same) => Some(
                *same
                    .iter()
                    .find(|it| it.record.id == *id)
                    .ok_or(AddUserRefusal::OtherPerson)?,
            ),
            (Self::Another(_), _) | (Self::KnownOrNew(_), []) => None,
            (Self::Known, []) => return Err(AddUserRefusal::NamesNeeded),
            (Self::Known | Self::KnownOrNew(_), [one]) => Some(*one),
            (Self::Known | Self::KnownOrNew(_), _) => {
                return Err(AddUserRefusal::SeveralPersons(all()));
            }
        };
        match (known, self) {
            (Some(known), _) => {
                // Written as they are, so that whoever erases them at the same moment sees the new user.
                changes.replace(known, known.record.clone());
                Ok((known.record.id, true))
            }
            (None, Self::KnownOrNew(name) | Self::Another(name)) => {
                let person = Person::new(ids.id(), name.clone(), Some(email.clone()));
                let id = person.id;
                changes.create(person);
                changes.enter(authority.entry(ids.now(), Event::PersonAdded { person: id }));
                Ok((id, false))
            }
            (None, Self::Known | Self::Chosen(_)) => Err(AddUserRefusal::NamesNeeded),
        }
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
    /// The first roles, which whoever acts may give.
    pub(crate) roles: Vec<Permitted<'a>>,
    /// Whether it counts from the beginning.
    pub(crate) status: UserStatus,
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
        let unfit = |it: &Stored<Role>| {
            it.record.status != RoleStatus::Active
                || it.record.kind.domain() != self.domain.record.kind
        };
        if self.roles.iter().any(|it| unfit(it.role())) {
            return Err(AddUserRefusal::RoleUnfit);
        }
        let id = ids.id();
        let opens = Opens {
            tenant: changes.tenant(),
            user: id,
        };
        let (account, linked) = match self.account {
            Some(known) if here.any(|it| it.account == Some(known.record.id)) => {
                return Err(AddUserRefusal::LoginTaken);
            }
            Some(known) if !known.record.may_open_more() => {
                return Err(AddUserRefusal::LoginUnproved);
            }
            Some(known) => {
                // Written, so that whoever changes the login at the same moment sees whom it opens.
                changes.replace(known, known.record.clone().opening(opens));
                (known.record.id, known.record.is_linked())
            }
            None => {
                let account = Account::embedded(ids.id(), self.email.clone()).opening(opens);
                let made = (account.id, account.is_linked());
                changes.create(account);
                made
            }
        };
        changes.rely(self.domain);
        let now = ids.now();
        changes.create(User {
            status: self.status,
            ..User::new(id, domain, person, Some(account))
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
        for permitted in &self.roles {
            let Role { id: role, kind, .. } = permitted.role().record;
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
            if let Some(proof) = permitted.owners() {
                if !linked || self.status != UserStatus::Active {
                    return Err(AddUserRefusal::OwnerNotUsable);
                }
                if Credential::is_known_to_others(account, records) {
                    return Err(AddUserRefusal::PasswordOfOthers);
                }
                Owners::add(id, proof, records, changes);
                changes.send(Message {
                    id: ids.id(),
                    kind: MessageKind::OwnerGranted { user: id },
                    at: now,
                });
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
    /// What the user would come back to may not be given.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// No such user.
    #[error("no such user in this tenant")]
    UnknownUser,
    /// It has that status.
    #[error("user has that status already")]
    Unchanged,
    /// What was known of the person was erased.
    #[error("what was known of the person was erased")]
    PersonErased,
    /// An owner cannot be deactivated.
    #[error("user holds Tenant Owner")]
    HoldsTenantOwner,
}

impl Refusal for StatusRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::Grant(it) => it.code(),
            Self::UnknownUser => "user_unknown",
            Self::Unchanged => "status_unchanged",
            Self::PersonErased => "person_erased",
            Self::HoldsTenantOwner => "holds_tenant_owner",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::Grant(it) => it.rule(),
            Self::UnknownUser | Self::Unchanged | Self::PersonErased => "A5",
            Self::HoldsTenantOwner => "O3",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::Grant(it) => it.next(),
            Self::UnknownUser => "list the users and choose one of them",
            Self::Unchanged => "nothing is left to do",
            Self::PersonErased => "add the user anew",
            Self::HoldsTenantOwner => "another owner removes Tenant Owner first",
        }
    }
}

/// Decides to give a user another status; `records` hold the user's access and person.
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
        UserStatus::Active => {
            let person = records.persons.get(&user.record.person);
            if person.is_some_and(|it| it.record.erased_at.is_some()) {
                return Err(StatusRefusal::PersonErased);
            }
            // What the user holds counts again, as if it were given anew (A3).
            for (assignment, role) in active_grants(id, records) {
                changes.rely_as(&permit_grant(authority, role)?.0);
                changes.rely(assignment);
            }
            Event::UserReactivated { user: id }
        }
        UserStatus::Inactive if Owners::holds(id, records) => {
            return Err(StatusRefusal::HoldsTenantOwner);
        }
        UserStatus::Inactive => Event::UserDeactivated { user: id },
    };
    // Whoever was deactivated comes back with new sessions and tokens, never with those from before.
    let epoch = match status {
        UserStatus::Active => user.record.epoch,
        UserStatus::Inactive => user.record.epoch.next(),
    };
    changes.replace(
        user,
        User {
            status,
            epoch,
            ..user.record.clone()
        },
    );
    changes.enter(authority.entry(now, event));
    Ok(changes)
}

#[cfg(test)]
mod tests;
