//! Roles and their assignment to users.

pub mod custom;

mod grant;
mod holding;

use grant::within_policy;
pub use grant::{GrantRefusal, Permitted, permit_grant, permit_role};
pub(crate) use holding::Loss;
pub use holding::{AssignRefusal, Holding, RemoveRefusal};

use crate::{
    id::{Id, Mint},
    name::Name,
    permission::{BUILT_IN, Permissions},
    tenant::DomainKind,
    user::User,
};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// A named set of permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its identifier.
    pub id: Id<Self>,
    /// What it is called; unique among the tenant's roles that count, by [`Role::name_key`]. No rule looks at it (A3).
    pub name: Name,
    /// What it is, for good.
    pub kind: RoleKind,
    /// What it permits. Tenant Owner permits everything and lists nothing.
    pub permissions: Permissions,
    /// Whether it counts.
    pub status: RoleStatus,
}

impl Role {
    /// A role of the customer's own, which counts.
    #[must_use]
    pub const fn custom(id: Id<Self>, name: Name, permissions: Permissions) -> Self {
        Self {
            id,
            name,
            kind: RoleKind::Custom,
            permissions,
            status: RoleStatus::Active,
        }
    }

    /// The form by which names of roles are compared: two that a reader takes for the same are the same, whatever the case,
    /// the blanks or the alphabet of their letters (UTS 39, skeleton).
    #[must_use]
    pub fn name_key(name: &Name) -> String {
        unicode_security::skeleton(&name.key()).collect()
    }

    /// Whether a reader takes one name for the other: by their keys, or as they are drawn. The key forgets the case first, and with
    /// it what only capitals look like, such as a Cyrillic `Т` or a zero.
    pub(crate) fn look_alike(one: &Name, other: &Name) -> bool {
        Self::name_key(one) == Self::name_key(other) || drawn(one) == drawn(other)
    }
}

/// What a name looks like, whatever the case. A capital `I` is drawn as a small `l` is, so that `i`, `l` and `1` are one letter here.
fn drawn(name: &Name) -> String {
    let compatible: String = name.as_str().nfkc().collect();
    let capitals: String = unicode_security::skeleton(&compatible).collect();
    unicode_security::skeleton(&capitals.to_lowercase())
        .flat_map(char::to_lowercase)
        .map(|it| if it == 'i' { 'l' } else { it })
        .collect()
}

/// Whether a role counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleStatus {
    /// It may be given, and whoever holds it may do what it permits.
    Active,
    /// It gives nothing any more, to nobody, and its name is free.
    Retired,
}

/// What a role is. Never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleKind {
    /// Everything, once switched on.
    TenantOwner,
    /// Every built-in permission.
    SystemAdministrator,
    /// Who is taught; the local side of MedHub's residents and fellows.
    Learner,
    /// Who teaches; the local side of MedHub's faculty.
    Teacher,
    /// Who is cared for, with an account of their own.
    Patient,
    /// Who is cared for and comes in by a link, for a day.
    Guest,
    /// Made by the customer.
    Custom,
}

impl RoleKind {
    /// Whose domain a user must belong to in order to hold a role of this kind.
    #[must_use]
    pub const fn domain(self) -> DomainKind {
        match self {
            Self::TenantOwner
            | Self::SystemAdministrator
            | Self::Learner
            | Self::Teacher
            | Self::Custom => DomainKind::Internal,
            Self::Patient | Self::Guest => DomainKind::PatientCare,
        }
    }

    /// Whether the customer made the role, and may change it.
    #[must_use]
    pub const fn is_custom(self) -> bool {
        match self {
            Self::Custom => true,
            Self::TenantOwner
            | Self::SystemAdministrator
            | Self::Learner
            | Self::Teacher
            | Self::Patient
            | Self::Guest => false,
        }
    }
}

/// The grant of one role to one user; at most one for each pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its identifier.
    pub id: Id<Self>,
    /// To whom.
    pub user: Id<User>,
    /// Which role.
    pub role: Id<Role>,
    /// The role's kind, which never changes.
    pub kind: RoleKind,
    /// Whether it counts.
    pub status: AssignmentStatus,
}

/// Whether an assignment counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignmentStatus {
    /// It does.
    Active,
    /// It does not.
    Inactive,
}

/// The roles every tenant begins with.
pub fn built_in(ids: &mut Mint) -> Vec<Role> {
    [
        (RoleKind::TenantOwner, "Tenant Owner", Permissions::new()),
        (
            RoleKind::SystemAdministrator,
            "System Administrator",
            Permissions::from(BUILT_IN),
        ),
        (RoleKind::Learner, "Learner", Permissions::new()),
        (RoleKind::Teacher, "Teacher", Permissions::new()),
        (RoleKind::Patient, "Patient", Permissions::new()),
        (RoleKind::Guest, "Guest", Permissions::new()),
    ]
    .into_iter()
    .filter_map(|(kind, name, permissions)| {
        Some(Role {
            id: ids.id(),
            name: Name::parse(name).ok()?,
            kind,
            permissions,
            status: RoleStatus::Active,
        })
    })
    .collect()
}

#[cfg(test)]
mod tests;
