//! What is unique about a record, and what it refers to: the constraints of a store, as two functions.

use identity_core::{
    account::{Account, LoginLink, Provider},
    email::EmailKey,
    hcp::Party,
    id::Id,
    person::Person,
    reconcile::Institution,
    record::{Put, Ref},
    role::{Role, RoleStatus},
    roster::MedhubUserId,
    tenant::{Domain, Tenant},
    user::User,
};

use crate::broken::Guard;

/// Something that only one record may have: of its tenant, or of the platform where it says so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unique {
    /// A login name, of the platform.
    Login(EmailKey),
    /// What a provider knows an account by, of the platform.
    Subject(Provider, String),
    /// One user for each domain and person (E1).
    Person(Id<Domain>, Id<Person>),
    /// One user for each domain and account.
    Opened(Id<Domain>, Id<Account>),
    /// The name of a role that counts, as a reader compares it.
    RoleName(String),
    /// One assignment for each user and role.
    Assignment(Id<User>, Id<Role>),
    /// One link for each user (R3).
    LinkedUser(Id<User>),
    /// One link for each MedHub identity (R3).
    Link(Institution, MedhubUserId),
    /// One memory for each user and MedHub identity (R6).
    NotSame(Id<User>, Institution, MedhubUserId),
    /// The address of a professional.
    Professional(EmailKey),
    /// A token's hash, of the platform.
    TokenHash([u8; 32]),
    /// The name of a token that is not revoked.
    TokenName(String),
    /// A session's hash, of the platform.
    SessionHash([u8; 32]),
    /// One proposal for each user.
    Proposed(Id<User>),
}

impl Unique {
    /// What the record has that no other may have.
    pub(super) fn of(put: &Put) -> Vec<Self> {
        match put {
            Put::Account(it) => [Self::Login(it.login.key().clone())]
                .into_iter()
                .chain(match &it.link {
                    LoginLink::Linked { provider, subject } => {
                        Some(Self::Subject(*provider, subject.clone()))
                    }
                    LoginLink::Unlinked => None,
                })
                .collect(),
            Put::User(it) => [Self::Person(it.domain, it.person)]
                .into_iter()
                .chain(it.account.map(|account| Self::Opened(it.domain, account)))
                .collect(),
            Put::Role(it) => match it.status {
                RoleStatus::Active => vec![Self::RoleName(Role::name_key(&it.name))],
                RoleStatus::Retired => vec![],
            },
            Put::Assignment(it) => vec![Self::Assignment(it.user, it.role)],
            Put::Link(it) => vec![
                Self::LinkedUser(it.user),
                Self::Link(it.institution.clone(), it.medhub.clone()),
            ],
            Put::NotSame(it) => vec![Self::NotSame(
                it.user,
                it.institution.clone(),
                it.medhub.clone(),
            )],
            Put::Hcp(it) => match &it.party {
                Party::Professional { email, .. } => vec![Self::Professional(email.clone())],
                Party::Organisation { .. } => vec![],
            },
            Put::ApiToken(it) => [Self::TokenHash(it.hash.0)]
                .into_iter()
                .chain(
                    it.revoked_at
                        .is_none()
                        .then(|| Self::TokenName(it.name.key())),
                )
                .collect(),
            Put::Session(it) => vec![Self::SessionHash(it.hash.0)],
            Put::Proposal(it) => vec![Self::Proposed(it.user)],
            Put::Tenant(_)
            | Put::Domain(_)
            | Put::Owners(_)
            | Put::Person(_)
            | Put::Elevation(_)
            | Put::Import(_)
            | Put::RejectedRow(_)
            | Put::Integration(_)
            | Put::Roster(_)
            | Put::RosterPerson(_)
            | Put::Plan(_)
            | Put::Step(_)
            | Put::Credential(_)
            | Put::Tries(_) => vec![],
        }
    }

    /// Whether it is unique over all tenants.
    pub(super) const fn is_of_platform(&self) -> bool {
        match self {
            Self::Login(_) | Self::Subject(..) | Self::TokenHash(_) | Self::SessionHash(_) => true,
            Self::Person(..)
            | Self::Opened(..)
            | Self::RoleName(_)
            | Self::Assignment(..)
            | Self::LinkedUser(_)
            | Self::Link(..)
            | Self::NotSame(..)
            | Self::Professional(_)
            | Self::TokenName(_)
            | Self::Proposed(_) => false,
        }
    }

    /// What there is another of, in words.
    pub(super) const fn what(&self) -> &'static str {
        match self {
            Self::Login(_) | Self::Subject(..) => "account",
            Self::Person(..) | Self::Opened(..) => "user",
            Self::RoleName(_) => "role",
            Self::Assignment(..) => "assignment",
            Self::LinkedUser(_) | Self::Link(..) => "link",
            Self::NotSame(..) => "memory of a pair",
            Self::Professional(_) => "professional",
            Self::TokenHash(_) | Self::TokenName(_) => "token",
            Self::SessionHash(_) => "session",
            Self::Proposed(_) => "proposal",
        }
    }

    /// The guard that keeps it unique.
    pub(super) const fn guard(&self) -> Guard {
        match self {
            Self::Login(_) => Guard::OneAccountALogin,
            Self::Subject(..) => Guard::OneAccountASubject,
            Self::Person(..) => Guard::OneUserAPerson,
            Self::Opened(..) => Guard::OneUserAnAccount,
            Self::RoleName(_) => Guard::OneRoleAName,
            Self::Assignment(..) => Guard::OneAssignmentARole,
            Self::LinkedUser(_) => Guard::OneLinkAUser,
            Self::Link(..) => Guard::OneLinkAnIdentity,
            Self::NotSame(..) => Guard::OneMemoryAPair,
            Self::Professional(_) => Guard::OneProfessionalAnAddress,
            Self::TokenHash(_) => Guard::OneTokenAHash,
            Self::TokenName(_) => Guard::OneTokenAName,
            Self::SessionHash(_) => Guard::OneSessionAHash,
            Self::Proposed(_) => Guard::OneProposalAUser,
        }
    }
}

/// The records that must be there as long as this one of `tenant` is.
pub(super) fn references(tenant: Id<Tenant>, put: &Put) -> Vec<Ref> {
    let mut all = match put {
        // A tenant is its own beginning, and what is the platform's has none.
        Put::Tenant(_) | Put::Account(_) | Put::Tries(_) => return vec![],
        Put::Credential(it) => return vec![Ref::Account(it.account)],
        Put::Domain(it) if it.id == Domain::PATIENT_CARE => return vec![],
        Put::User(it) => {
            let mut all = vec![Ref::Domain(it.domain), Ref::Person(it.person)];
            all.extend(it.account.map(Ref::Account));
            all
        }
        Put::Assignment(it) => vec![Ref::User(it.user), Ref::Role(it.role)],
        // Not the account: it may be erased, and the session of it rests.
        Put::Session(it) => vec![Ref::User(it.user)],
        Put::Elevation(it) => vec![Ref::User(it.user), Ref::Session(it.session)],
        Put::Proposal(it) => vec![Ref::User(it.user), Ref::User(it.by)],
        Put::Hcp(it) => {
            let person = it.person().map(Ref::Person);
            person.into_iter().chain(it.parent.map(Ref::Hcp)).collect()
        }
        Put::RejectedRow(it) => vec![Ref::Import(it.import)],
        Put::Import(it) => vec![Ref::User(it.by)],
        Put::Link(it) => vec![Ref::User(it.user), Ref::User(it.by)],
        Put::NotSame(it) => vec![Ref::User(it.user), Ref::User(it.by)],
        Put::Plan(it) => vec![Ref::User(it.owner)],
        // Not the plan: it and its steps may be put and taken in any order.
        Put::Step(it) => vec![Ref::User(it.plan)],
        Put::ApiToken(it) => vec![Ref::User(it.user)],
        Put::Domain(_)
        | Put::Owners(_)
        | Put::Person(_)
        | Put::Role(_)
        | Put::Integration(_)
        | Put::Roster(_)
        | Put::RosterPerson(_) => vec![],
    };
    all.push(Ref::Tenant(tenant));
    all
}

/// Where a record is kept, in the eyes of a tenant: with that tenant itself, but for what is the platform's.
pub(super) fn kept_in(tenant: Id<Tenant>, reference: &Ref) -> Id<Tenant> {
    match reference {
        Ref::Account(_) | Ref::Credential(_) | Ref::Tries(_) => Tenant::PLATFORM,
        Ref::Domain(it) => Domain::home(*it, tenant),
        Ref::Tenant(_)
        | Ref::Owners(_)
        | Ref::Person(_)
        | Ref::User(_)
        | Ref::Role(_)
        | Ref::Assignment(_)
        | Ref::Elevation(_)
        | Ref::Hcp(_)
        | Ref::Import(_)
        | Ref::RejectedRow(_)
        | Ref::Integration(_)
        | Ref::Roster(_)
        | Ref::RosterPerson(_)
        | Ref::Link(_)
        | Ref::NotSame(_)
        | Ref::Plan(_)
        | Ref::Step(_)
        | Ref::Session(_)
        | Ref::Proposal(_)
        | Ref::ApiToken(_) => tenant,
    }
}

/// The tenant that a record's key names, for those whose key does.
pub(super) const fn tenant_in(reference: &Ref) -> Option<Id<Tenant>> {
    match reference {
        Ref::Tenant(tenant)
        | Ref::Owners(tenant)
        | Ref::Integration(tenant)
        | Ref::Roster(tenant) => Some(*tenant),
        Ref::Domain(_)
        | Ref::Person(_)
        | Ref::Account(_)
        | Ref::User(_)
        | Ref::Role(_)
        | Ref::Assignment(_)
        | Ref::Elevation(_)
        | Ref::Hcp(_)
        | Ref::Import(_)
        | Ref::RejectedRow(_)
        | Ref::RosterPerson(_)
        | Ref::Link(_)
        | Ref::NotSame(_)
        | Ref::Plan(_)
        | Ref::Step(_)
        | Ref::Session(_)
        | Ref::Proposal(_)
        | Ref::Credential(_)
        | Ref::Tries(_)
        | Ref::ApiToken(_) => None,
    }
}
