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
        let access = Access {
            email: &self.email,
            person,
            role,
            records,
        };
        let user = access.open(authority, &mut changes, ids)?;
        Ok((
            changes,
            UserAdded {
                user,
                person,
                person_found: known.is_some(),
            },
        ))
    }
}

/// A user with one role and a login, for a person: the part that every path to a new user shares.
pub(crate) struct Access<'a> {
    pub(crate) email: &'a Email,
    pub(crate) person: Id<Person>,
    pub(crate) role: &'a Stored<Role>,
    pub(crate) records: &'a Records,
}

impl Access<'_> {
    pub(crate) fn open(
        &self,
        authority: &Authority,
        changes: &mut Changeset,
        ids: &mut Mint,
    ) -> Result<Id<User>, AddUserRefusal> {
        let records = self.records;
        let domain = records
            .domains
            .values()
            .find(|it| it.record.kind == DomainKind::Internal)
            .ok_or(AddUserRefusal::NoDomain)?;
        let mut users = records
            .users
            .values()
            .filter(|it| it.record.domain == domain.record.id);
        if let Some(user) = users.clone().find(|it| it.record.person == self.person) {
            return Err(AddUserRefusal::HasUser {
                person: self.person,
                user: user.record.id,
            });
        }
        let known = records
            .accounts
            .values()
            .find(|it| it.record.login.key() == self.email.key());
        let (account, linked) = match known {
            Some(known) if users.any(|it| it.record.account == Some(known.record.id)) => {
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
        changes.rely(domain);
        let user = User {
            id: ids.id(),
            domain: domain.record.id,
            person: self.person,
            account: Some(account),
            status: UserStatus::Active,
        };
        let (id, role) = (user.id, &self.role.record);
        changes.create(user);
        let assignment = Assignment {
            id: ids.id(),
            user: id,
            role: role.id,
            kind: role.kind,
            status: AssignmentStatus::Active,
        };
        let now = ids.now();
        changes.enter(authority.entry(
            now,
            Event::UserAdded {
                user: id,
                person: self.person,
                domain: domain.record.id,
                account,
            },
        ));
        changes.enter(authority.entry(
            now,
            Event::RoleAssigned {
                assignment: assignment.id,
                user: id,
                role: role.id,
            },
        ));
        changes.create(assignment);
        if role.kind == RoleKind::TenantOwner {
            if !linked {
                return Err(AddUserRefusal::OwnerNotUsable);
            }
            Owners::add(id, records, changes);
        }
        Ok(id)
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
