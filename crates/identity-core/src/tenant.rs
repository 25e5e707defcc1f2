//! Tenants and their domains: a customer, and the points of entry its users belong to.

pub mod operator;
pub mod policy;

use crate::{
    account::{Account, Opens},
    authority::AuthorityRefusal,
    changeset::Changeset,
    email::Email,
    id::{Id, Mint},
    journal::{By, Entry, Event},
    login::Credential,
    name::{Name, PersonName},
    owner::Owners,
    person::Person,
    record::{Records, Stored},
    refusal::Refusal,
    role::{Assignment, AssignmentStatus, RoleKind, built_in},
    time::Instant,
    user::User,
};
use chrono::Duration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A customer, and the unit of isolation: an id of another tenant is an unknown id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its identifier.
    pub id: Id<Self>,
    /// What the customer is called.
    pub name: Name,
    /// Whether its users may do anything.
    pub status: TenantStatus,
    /// What a manager of users may give away (A2).
    pub grant_policy: GrantPolicy,
    /// Whether patients find it among the health systems.
    pub listing: Listing,
    /// Who must agree before somebody becomes an owner.
    pub owner_grants: OwnerGrants,
    /// How long Tenant Owner stays switched on (O4).
    pub elevation: ElevationLength,
}

impl Tenant {
    /// The place of what belongs to the platform and to no customer: the patient care domain, logins, and the journal of what
    /// the operator does to them. No customer has this id, and nobody acts in it as a user.
    pub const PLATFORM: Id<Self> = Id::from_uuid(uuid::Uuid::nil());
}

/// Whether patients who register find a tenant among the health systems.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listing {
    /// They do not.
    #[default]
    Unlisted,
    /// They do.
    Listed,
}

/// Who must agree before somebody becomes an owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerGrants {
    /// The owner who grants it.
    #[default]
    OneOwner,
    /// A second owner as well.
    TwoOwners,
}

/// How long Tenant Owner stays switched on: 1 to 60 minutes, 15 unless configured (O4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct ElevationLength(u8);

/// The length is not 1 to 60 minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an elevation lasts 1 to 60 minutes")]
pub struct ElevationLengthOutOfRange;

impl ElevationLength {
    /// Of so many minutes.
    ///
    /// # Errors
    /// [`ElevationLengthOutOfRange`].
    pub fn of_minutes(minutes: u32) -> Result<Self, ElevationLengthOutOfRange> {
        match u8::try_from(minutes) {
            Ok(minutes @ 1..=60) => Ok(Self(minutes)),
            Ok(_) | Err(_) => Err(ElevationLengthOutOfRange),
        }
    }

    /// In minutes.
    #[must_use]
    pub const fn minutes(self) -> u32 {
        self.0 as u32
    }

    /// As a span of time.
    #[must_use]
    pub fn duration(self) -> Duration {
        Duration::minutes(self.0.into())
    }
}

impl Default for ElevationLength {
    fn default() -> Self {
        Self(15)
    }
}

impl TryFrom<u32> for ElevationLength {
    type Error = ElevationLengthOutOfRange;
    fn try_from(minutes: u32) -> Result<Self, Self::Error> {
        Self::of_minutes(minutes)
    }
}

impl From<ElevationLength> for u32 {
    fn from(length: ElevationLength) -> Self {
        length.minutes()
    }
}

/// Whether a tenant's users may do anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenantStatus {
    /// They may.
    Active,
    /// None of them has any authority.
    Suspended {
        /// when it began
        since: Instant,
    },
}

/// What a manager of users may give away (A2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantPolicy {
    /// Any role except Tenant Owner.
    #[default]
    ManageUsersMayGrant,
    /// Only roles whose every permission the actor holds.
    SubsetOnly,
}

/// A point of entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Its identifier.
    pub id: Id<Self>,
    /// What it is called, such as the host name that its users enter by.
    pub name: Name,
    /// For whom it is.
    pub kind: DomainKind,
    /// Whether its users may do anything.
    pub status: DomainStatus,
}

impl Domain {
    /// The platform's one patient care domain, which every store holds from its beginning. All other domains are a tenant's.
    pub const PATIENT_CARE: Id<Self> = Id::from_uuid(uuid::Uuid::from_u128(1));

    /// The patient care domain as it is in the beginning.
    #[must_use]
    pub fn patient_care() -> Option<Self> {
        Some(Self {
            id: Self::PATIENT_CARE,
            name: Name::parse("Patient care").ok()?,
            kind: DomainKind::PatientCare,
            status: DomainStatus::Active,
        })
    }

    /// Where the domain with this id is kept, in the eyes of a tenant.
    #[must_use]
    pub fn home(id: Id<Self>, tenant: Id<Tenant>) -> Id<Tenant> {
        if id == Self::PATIENT_CARE {
            Tenant::PLATFORM
        } else {
            tenant
        }
    }
}

/// For whom a domain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DomainKind {
    /// The tenant's staff.
    Internal,
    /// Patients.
    PatientCare,
}

/// Whether a domain's users may do anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DomainStatus {
    /// They may.
    Active,
    /// None of them has any authority.
    Inactive,
}

/// Asks for a tenant with its first owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CreateTenant {
    /// What the customer is called.
    pub name: Name,
    /// What its internal domain is called; the customer's name where nothing is given.
    pub domain: Option<Name>,
    /// Whether patients find it among the health systems.
    pub listing: Listing,
    /// The owner's e-mail address and login.
    pub owner_email: Email,
    /// The owner's names.
    pub owner_name: PersonName,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantCreated {
    /// The tenant.
    pub tenant: Id<Tenant>,
    /// Its internal domain.
    pub domain: Id<Domain>,
    /// The first owner, who is its first system administrator too.
    pub owner: Id<User>,
}

/// Why no tenant is made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateTenantRefusal {
    /// The actor is not the operator.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// The login opens users of another tenant, and nobody has confirmed whose it is.
    #[error("the owner's login was made by another tenant, and nobody has confirmed whose it is")]
    LoginUnproved,
    /// The login exists, and no provider knows it: its owner could not log in.
    #[error("the owner's login is not linked to a login provider")]
    LoginUnlinked,
    /// Somebody else could come in as the owner.
    #[error("somebody else has set the password of the owner's login")]
    PasswordOfOthers,
}

impl Refusal for CreateTenantRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::LoginUnproved => "login_unproved",
            Self::LoginUnlinked => "login_unlinked",
            Self::PasswordOfOthers => "password_of_others",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::LoginUnproved | Self::PasswordOfOthers => "A3",
            Self::LoginUnlinked => "O1",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::LoginUnproved => "confirm the login first, or name another address",
            Self::LoginUnlinked => "link the login first, or name another owner",
            Self::PasswordOfOthers => "have the owner change the password first",
        }
    }
}

impl CreateTenant {
    /// Decides to make the tenant with this id: its internal domain, the built-in roles, and an owner who can log in. Since
    /// Tenant Owner gives nothing until it is switched on (O4), the owner is a System Administrator as well.
    ///
    /// `records` hold the login that exists under the owner's address, if one does, and its password.
    ///
    /// # Errors
    /// As [`CreateTenantRefusal`].
    pub fn decide(
        self,
        tenant: Id<Tenant>,
        records: &Records,
        ids: &mut Mint,
    ) -> Result<(Changeset, TenantCreated), CreateTenantRefusal> {
        let now = ids.now();
        let named = |it: &&Stored<Account>| it.record.login.key() == self.owner_email.key();
        let account = records.accounts.values().find(named);
        let mut changes = Changeset::new(tenant);
        let domain_name = self.domain.unwrap_or_else(|| self.name.clone());
        changes.create(Tenant {
            id: tenant,
            name: self.name,
            status: TenantStatus::Active,
            grant_policy: GrantPolicy::default(),
            listing: self.listing,
            owner_grants: OwnerGrants::default(),
            elevation: ElevationLength::default(),
        });
        let domain = Domain {
            id: ids.id(),
            name: domain_name,
            kind: DomainKind::Internal,
            status: DomainStatus::Active,
        };
        let person = Person::new(ids.id(), self.owner_name, Some(self.owner_email.clone()));
        let id = ids.id();
        let opens = Opens { tenant, user: id };
        let account = match account {
            Some(existing) if !existing.record.may_open_more() => {
                return Err(CreateTenantRefusal::LoginUnproved);
            }
            Some(existing) if !existing.record.is_linked() => {
                return Err(CreateTenantRefusal::LoginUnlinked);
            }
            Some(existing) if Credential::is_known_to_others(existing.record.id, records) => {
                return Err(CreateTenantRefusal::PasswordOfOthers);
            }
            Some(existing) => {
                changes.replace(existing, existing.record.clone().opening(opens));
                existing.record.id
            }
            None => {
                let account = Account::embedded(ids.id(), self.owner_email).opening(opens);
                let id = account.id;
                changes.create(account);
                id
            }
        };
        let user = User::new(id, domain.id, person.id, Some(account));
        let created = TenantCreated {
            tenant,
            domain: domain.id,
            owner: user.id,
        };
        changes.create(domain);
        changes.create(person);
        changes.create(user);
        let enter = |event| Entry {
            at: now,
            by: By::Operator,
            event,
        };
        changes.enter(enter(Event::TenantCreated {
            tenant,
            owner: created.owner,
        }));
        for role in built_in(ids) {
            let (id, kind) = (role.id, role.kind);
            changes.create(role);
            match kind {
                RoleKind::TenantOwner | RoleKind::SystemAdministrator => {
                    let assignment = Assignment {
                        id: ids.id(),
                        user: created.owner,
                        role: id,
                        kind,
                        status: AssignmentStatus::Active,
                    };
                    changes.enter(enter(Event::RoleAssigned {
                        assignment: assignment.id,
                        user: created.owner,
                        role: id,
                    }));
                    changes.create(assignment);
                }
                RoleKind::Learner
                | RoleKind::Teacher
                | RoleKind::Patient
                | RoleKind::Guest
                | RoleKind::Custom => (),
            }
        }
        changes.create(Owners {
            tenant,
            usable: BTreeSet::from([created.owner]),
        });
        Ok((changes, created))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::{LoginLink, Proof},
        login::{PasswordHash, SetBy},
        record::{Ref, Version},
        world::{email, events, name, now, person_name, replaces},
    };

    /// O1: the first owner can log in from the first moment, or there is no tenant.
    #[test]
    fn a_tenant_begins_with_an_owner_who_can_log_in() {
        let mut ids = Mint::new(now(), [1; 10]);
        let tenant = ids.id();
        let command = CreateTenant {
            name: name("General Hospital"),
            domain: None,
            listing: Listing::Unlisted,
            owner_email: email("owner@example.org"),
            owner_name: person_name("Olive", "Owner"),
        };
        let mut records = Records::default();
        let account = Account::embedded(ids.id(), email("owner@example.org"));
        let id = account.id;
        records.insert(account.clone().into(), Version::FIRST);
        let (changes, created) = command.clone().decide(tenant, &records, &mut ids).unwrap();
        assert!(replaces(&changes, &Ref::Account(id)));
        assert!(changes.touches_owners());
        let owner = created.owner;
        assert_eq!(
            events(&changes).first(),
            Some(&Event::TenantCreated { tenant, owner })
        );
        for (set_by, known) in [(SetBy::Other, true), (SetBy::Holder, false)] {
            let credential = Credential {
                account: id,
                hash: PasswordHash("hashed".into()),
                set_at: now(),
                set_by,
            };
            records.insert(credential.into(), Version::FIRST);
            let decided = command.clone().decide(tenant, &records, &mut ids);
            let refused = known.then_some(CreateTenantRefusal::PasswordOfOthers);
            assert_eq!(decided.err(), refused);
        }
        // A login of somebody else's, until it was confirmed.
        let opens = Opens {
            tenant: ids.id(),
            user: ids.id(),
        };
        for (proof, refused) in [(Proof::Unproved, true), (Proof::Proved, false)] {
            let elsewhere = Account {
                proof,
                ..account.clone().opening(opens)
            };
            let mut records = records.clone();
            records.insert(elsewhere.into(), Version::FIRST);
            let decided = command.clone().decide(tenant, &records, &mut ids);
            let refusal = refused.then_some(CreateTenantRefusal::LoginUnproved);
            assert_eq!(decided.err(), refusal);
        }
        let unlinked = Account {
            link: LoginLink::Unlinked,
            ..account
        };
        records.insert(unlinked.into(), Version::FIRST);
        assert_eq!(
            command.decide(tenant, &records, &mut ids),
            Err(CreateTenantRefusal::LoginUnlinked)
        );
    }

    /// O4: 15 minutes unless configured, from 1 to 60, both ends, whichever way it is read.
    #[test]
    fn an_elevation_lasts_from_a_minute_to_an_hour() {
        assert_eq!(ElevationLength::default().minutes(), 15);
        for (minutes, good) in [
            (0, false),
            (1, true),
            (15, true),
            (60, true),
            (61, false),
            (255, false),
            (256, false),
            (256 + 15, false),
            (u32::MAX, false),
        ] {
            let length = ElevationLength::of_minutes(minutes);
            assert_eq!(length.is_ok(), good, "{minutes}");
            let read: Option<ElevationLength> = serde_json::from_str(&minutes.to_string()).ok();
            assert_eq!(read, length.ok());
            if let Ok(length) = length {
                assert_eq!(length.minutes(), minutes);
                assert_eq!(length.duration(), Duration::minutes(minutes.into()));
                assert_eq!(serde_json::to_string(&length).unwrap(), minutes.to_string());
            }
        }
    }

    /// O1: a tenant begins with one domain, the built-in roles, and an owner who is the first administrator; nobody else.
    #[test]
    fn a_tenant_begins_with_a_domain_its_roles_and_one_owner() {
        for (domain, called) in [(None, "General Hospital"), (Some("Staff"), "Staff")] {
            let mut ids = Mint::new(now(), [1; 10]);
            let tenant = ids.id();
            let command = CreateTenant {
                name: name("General Hospital"),
                domain: domain.map(name),
                listing: Listing::Listed,
                owner_email: email("owner@example.org"),
                owner_name: person_name("Olive", "Owner"),
            };
            let (changes, created) = command
                .decide(tenant, &Records::default(), &mut ids)
                .unwrap();
            let mut records = Records::default();
            for write in changes.writes() {
                match write {
                    crate::changeset::Write::Create(put) => {
                        records.insert(put.clone(), Version::FIRST);
                    }
                    other => panic!("{other:?}"),
                }
            }
            let made = records.tenants[&tenant].record.clone();
            let expected = Tenant {
                id: tenant,
                name: name("General Hospital"),
                status: TenantStatus::Active,
                grant_policy: GrantPolicy::ManageUsersMayGrant,
                listing: Listing::Listed,
                owner_grants: OwnerGrants::OneOwner,
                elevation: ElevationLength::default(),
            };
            assert_eq!(made, expected);
            let domains: Vec<_> = records.domains.values().map(|it| &it.record).collect();
            let expected = Domain {
                id: created.domain,
                name: name(called),
                kind: DomainKind::Internal,
                status: DomainStatus::Active,
            };
            assert_eq!(domains, [&expected]);
            let held = records.assignments.values();
            let held: BTreeSet<_> = held.map(|it| (it.record.user, it.record.kind)).collect();
            let expected = [RoleKind::TenantOwner, RoleKind::SystemAdministrator];
            assert_eq!(held, expected.map(|it| (created.owner, it)).into());
            assert_eq!(records.roles.len(), 6);
            assert_eq!(Owners::audit(&records), Ok(()));
            let account = records.accounts.values().next().unwrap();
            let user = created.owner;
            assert_eq!(account.record.opens, [Opens { tenant, user }].into());
            let text = serde_json::to_string(changes.entries()).unwrap();
            assert!(!text.contains("Olive") && !text.contains("example.org"));
            assert_eq!(changes.entries().len(), 3);
            assert!(changes.entries().iter().all(|it| it.by == By::Operator));
        }
    }

    /// The patient care domain is the platform's, and every other a tenant's.
    #[test]
    fn one_domain_is_the_platforms() {
        let domain = Domain::patient_care().unwrap();
        assert_eq!(domain.kind, DomainKind::PatientCare);
        assert_eq!(domain.status, DomainStatus::Active);
        let tenant = Id::mint(now(), &[3; 10]);
        assert_eq!(Domain::home(domain.id, tenant), Tenant::PLATFORM);
        let other = Id::mint(now(), &[4; 10]);
        assert_eq!(Domain::home(other, tenant), tenant);
    }

    /// A5: the refusal has its code, the rule and the next step.
    #[test]
    fn the_refusal_says_what_it_is() {
        for (refusal, code, rule) in [
            (CreateTenantRefusal::LoginUnproved, "login_unproved", "A3"),
            (CreateTenantRefusal::LoginUnlinked, "login_unlinked", "O1"),
            (
                CreateTenantRefusal::PasswordOfOthers,
                "password_of_others",
                "A3",
            ),
        ] {
            assert_eq!(crate::world::says(&refusal), (code, rule));
        }
    }
}
