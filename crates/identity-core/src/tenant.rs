//! Tenants and their domains: a customer, and the points of entry its users belong to.

use crate::{
    account::Account,
    changeset::Changeset,
    email::Email,
    id::{Id, Mint},
    journal::{By, Entry, Event},
    name::{Name, PersonName},
    owner::Owners,
    person::Person,
    record::Stored,
    refusal::Refusal,
    role::{Assignment, AssignmentStatus, RoleKind, built_in},
    time::Instant,
    user::{User, UserStatus},
};
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    /// For whom it is.
    pub kind: DomainKind,
    /// Whether its users may do anything.
    pub status: DomainStatus,
}

/// For whom a domain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainKind {
    /// The tenant's staff.
    Internal,
    /// Patients.
    PatientCare,
}

/// Whether a domain's users may do anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateTenantRefusal {
    /// The login exists, and no provider knows it: its owner could not log in.
    #[error("the owner's login is not linked to a login provider")]
    LoginUnlinked,
}

impl Refusal for CreateTenantRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::LoginUnlinked => "login_unlinked",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::LoginUnlinked => "O1",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::LoginUnlinked => "link the login first, or name another owner",
        }
    }
}

impl CreateTenant {
    /// Decides to make the tenant with this id: its internal domain, the built-in roles, and an owner who can log in. Since
    /// Tenant Owner gives nothing until it is switched on (O4), the owner is a System Administrator as well.
    ///
    /// `account` is the login that exists under the owner's address, if one does.
    ///
    /// # Errors
    /// As [`CreateTenantRefusal`].
    pub fn decide(
        self,
        tenant: Id<Tenant>,
        account: Option<&Stored<Account>>,
        ids: &mut Mint,
    ) -> Result<(Changeset, TenantCreated), CreateTenantRefusal> {
        let now = ids.now();
        let mut changes = Changeset::new(tenant);
        changes.create(Tenant {
            id: tenant,
            name: self.name,
            status: TenantStatus::Active,
            grant_policy: GrantPolicy::default(),
        });
        let domain = Domain {
            id: ids.id(),
            kind: DomainKind::Internal,
            status: DomainStatus::Active,
        };
        let person = Person {
            id: ids.id(),
            name: self.owner_name,
            email: Some(self.owner_email.clone()),
            birth_date: None,
            mobile: None,
        };
        let account = match account {
            Some(existing) if existing.record.is_linked() => {
                changes.rely(existing);
                existing.record.id
            }
            Some(_) => return Err(CreateTenantRefusal::LoginUnlinked),
            None => {
                let account = Account::embedded(ids.id(), self.owner_email);
                let id = account.id;
                changes.create(account);
                id
            }
        };
        let user = User {
            id: ids.id(),
            domain: domain.id,
            person: person.id,
            account: Some(account),
            status: UserStatus::Active,
        };
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
                RoleKind::Learner | RoleKind::Teacher | RoleKind::Custom => (),
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
        account::LoginLink,
        record::{Ref, Version},
        world::{email, events, name, now, person_name, relies_on},
    };

    /// O1: the first owner can log in from the first moment, or there is no tenant.
    #[test]
    fn a_tenant_begins_with_an_owner_who_can_log_in() {
        let mut ids = Mint::new(now(), [1; 10]);
        let tenant = ids.id();
        let command = CreateTenant {
            name: name("General Hospital"),
            owner_email: email("owner@example.org"),
            owner_name: person_name("Olive", "Owner"),
        };
        let mut account = Stored {
            record: Account::embedded(ids.id(), email("owner@example.org")),
            version: Version::FIRST,
        };
        let (changes, created) = command
            .clone()
            .decide(tenant, Some(&account), &mut ids)
            .unwrap();
        assert!(relies_on(&changes, &Ref::Account(account.record.id)));
        assert!(changes.touches_owners());
        let owner = created.owner;
        assert_eq!(
            events(&changes).first(),
            Some(&Event::TenantCreated { tenant, owner })
        );
        account.record.link = LoginLink::Unlinked;
        assert_eq!(
            command.decide(tenant, Some(&account), &mut ids),
            Err(CreateTenantRefusal::LoginUnlinked)
        );
    }
}
