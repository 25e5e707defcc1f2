//! Roles and their assignment to users.

use crate::{
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    id::{Id, Mint},
    journal::Event,
    name::Name,
    owner::Owners,
    permission::{BUILT_IN, Permissions, USERS_MANAGE},
    record::{Records, Stored},
    refusal::Refusal,
    tenant::GrantPolicy,
    time::Instant,
    user::{User, UserStatus},
};
use serde::{Deserialize, Serialize};

/// A named set of permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its identifier.
    pub id: Id<Self>,
    /// What it is called; unique in the tenant by [`Name::key`]. No rule looks at it (A3).
    pub name: Name,
    /// What it is, for good.
    pub kind: RoleKind,
    /// What it permits. Tenant Owner permits everything and lists nothing.
    pub permissions: Permissions,
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
    /// Made by the customer.
    Custom,
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
    ]
    .into_iter()
    .filter_map(|(kind, name, permissions)| {
        Some(Role {
            id: ids.id(),
            name: Name::parse(name).ok()?,
            kind,
            permissions,
        })
    })
    .collect()
}

/// Why a role is not given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantRefusal {
    /// The actor may not.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// The role permits what the actor may not do, and the tenant's policy forbids to give that away.
    #[error("role permits more than the acting user may do")]
    MoreThanHeld,
}

impl Refusal for GrantRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::MoreThanHeld => "more_than_held",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(AuthorityRefusal::NotElevated) => "O2",
            Self::Authority(it) => it.rule(),
            Self::MoreThanHeld => "A2",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(AuthorityRefusal::NotElevated) => {
                "an owner gives and takes Tenant Owner, with the role switched on and a reason"
            }
            Self::Authority(it) => it.next(),
            Self::MoreThanHeld => "ask somebody who holds those permissions",
        }
    }
}

/// Begins the changeset of an act that gives or takes `role`: the one check for every path on which a role comes to a user
/// (A3, O2, O7).
///
/// # Errors
/// As [`GrantRefusal`].
pub fn permit_grant(authority: &Authority, role: &Stored<Role>) -> Result<Changeset, GrantRefusal> {
    let mut changes = match role.record.kind {
        RoleKind::TenantOwner => authority.elevated()?.0,
        RoleKind::SystemAdministrator
        | RoleKind::Learner
        | RoleKind::Teacher
        | RoleKind::Custom => {
            let changes = authority.permit(&USERS_MANAGE)?;
            match authority.tenant().grant_policy {
                GrantPolicy::ManageUsersMayGrant => (),
                GrantPolicy::SubsetOnly if authority.holds_all(&role.record.permissions) => (),
                GrantPolicy::SubsetOnly => return Err(GrantRefusal::MoreThanHeld),
            }
            changes
        }
    };
    changes.rely(role);
    Ok(changes)
}

/// Why a role is not assigned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssignRefusal {
    /// It may not be given.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// No such user.
    #[error("no such user in this tenant")]
    UnknownUser,
    /// No such role.
    #[error("no such role in this tenant")]
    UnknownRole,
    /// The user is inactive, and an owner must be usable from the first moment.
    #[error("user is inactive or cannot log in, and Tenant Owner needs a usable user")]
    OwnerNotUsable,
    /// The user has it already.
    #[error("user holds the role already")]
    AlreadyHeld,
}

impl From<AuthorityRefusal> for AssignRefusal {
    fn from(refusal: AuthorityRefusal) -> Self {
        Self::Grant(refusal.into())
    }
}

impl Refusal for AssignRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.code(),
            Self::UnknownUser => "user_unknown",
            Self::UnknownRole => "role_unknown",
            Self::OwnerNotUsable => "owner_not_usable",
            Self::AlreadyHeld => "role_already_held",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.rule(),
            Self::UnknownUser | Self::UnknownRole | Self::AlreadyHeld => "A5",
            Self::OwnerNotUsable => "O1",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.next(),
            Self::UnknownUser => "list the users and choose one of them",
            Self::UnknownRole => "list the roles and choose one of them",
            Self::OwnerNotUsable => "reactivate the user and link the login first",
            Self::AlreadyHeld => "nothing is left to do",
        }
    }
}

/// What assigning and removing a role look at, beside the actor.
#[derive(Clone, Copy, Debug)]
pub struct Holding<'a> {
    records: &'a Records,
    user: Option<&'a Stored<User>>,
    role: Option<&'a Stored<Role>>,
}

impl<'a> Holding<'a> {
    /// Of this user and role, from what was loaded.
    #[must_use]
    pub fn of(records: &'a Records, user: Id<User>, role: Id<Role>) -> Self {
        Self {
            records,
            user: records.users.get(&user),
            role: records.roles.get(&role),
        }
    }

    fn assignment(&self) -> Option<&'a Stored<Assignment>> {
        let (user, role) = (self.user?.record.id, self.role?.record.id);
        self.records
            .assignments
            .values()
            .find(|it| it.record.user == user && it.record.role == role)
    }

    /// Decides to assign the role.
    ///
    /// # Errors
    /// As [`AssignRefusal`].
    pub fn assign(
        &self,
        authority: &Authority,
        ids: &mut Mint,
    ) -> Result<(Changeset, Id<Assignment>), AssignRefusal> {
        let user = self.user.ok_or(AssignRefusal::UnknownUser)?;
        let role = self.role.ok_or(AssignRefusal::UnknownRole)?;
        let mut changes = permit_grant(authority, role)?;
        let kind = role.record.kind;
        let id = match self.assignment() {
            Some(held) => match held.record.status {
                AssignmentStatus::Active => return Err(AssignRefusal::AlreadyHeld),
                AssignmentStatus::Inactive => {
                    changes.replace(
                        held,
                        Assignment {
                            status: AssignmentStatus::Active,
                            ..held.record.clone()
                        },
                    );
                    held.record.id
                }
            },
            None => {
                let id = ids.id();
                let status = AssignmentStatus::Active;
                changes.create(Assignment {
                    id,
                    user: user.record.id,
                    role: role.record.id,
                    kind,
                    status,
                });
                id
            }
        };
        changes.rely(user);
        if kind == RoleKind::TenantOwner {
            if user.record.status != UserStatus::Active
                || !Owners::can_enter(&user.record, self.records)
            {
                return Err(AssignRefusal::OwnerNotUsable);
            }
            Owners::add(user.record.id, self.records, &mut changes);
        }
        changes.enter(authority.entry(
            ids.now(),
            Event::RoleAssigned {
                assignment: id,
                user: user.record.id,
                role: role.record.id,
            },
        ));
        Ok((changes, id))
    }

    /// Decides to remove the role.
    ///
    /// # Errors
    /// As [`RemoveRefusal`].
    pub fn remove(&self, authority: &Authority, now: Instant) -> Result<Changeset, RemoveRefusal> {
        let user = self.user.ok_or(RemoveRefusal::UnknownUser)?.record.id;
        let role = self.role.ok_or(RemoveRefusal::UnknownRole)?;
        let mut changes = permit_grant(authority, role)?;
        let held = self.assignment().ok_or(RemoveRefusal::NotHeld)?;
        if role.record.kind == RoleKind::TenantOwner {
            let (_, elevated) = authority.elevated().map_err(GrantRefusal::from)?;
            if elevated.user() == user {
                return Err(RemoveRefusal::OwnOwnership);
            }
            if Owners::remaining_without(user, self.records) == 0 {
                return Err(RemoveRefusal::LastOwner);
            }
            Owners::remove(user, self.records, &mut changes);
        }
        changes.erase(held);
        changes.enter(authority.entry(
            now,
            Event::RoleRemoved {
                assignment: held.record.id,
                user,
                role: role.record.id,
            },
        ));
        Ok(changes)
    }
}

/// Why a role is not removed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoveRefusal {
    /// It may not be taken.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// No such user.
    #[error("no such user in this tenant")]
    UnknownUser,
    /// No such role.
    #[error("no such role in this tenant")]
    UnknownRole,
    /// The user does not have it.
    #[error("user does not hold the role")]
    NotHeld,
    /// An owner removes Tenant Owner from themselves.
    #[error("an owner cannot remove Tenant Owner from themselves")]
    OwnOwnership,
    /// No usable owner would be left.
    #[error("no usable owner would be left")]
    LastOwner,
}

impl From<AuthorityRefusal> for RemoveRefusal {
    fn from(refusal: AuthorityRefusal) -> Self {
        Self::Grant(refusal.into())
    }
}

impl Refusal for RemoveRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.code(),
            Self::UnknownUser => "user_unknown",
            Self::UnknownRole => "role_unknown",
            Self::NotHeld => "role_not_held",
            Self::OwnOwnership => "own_ownership",
            Self::LastOwner => "last_owner",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.rule(),
            Self::UnknownUser | Self::UnknownRole | Self::NotHeld => "A5",
            Self::OwnOwnership => "O2",
            Self::LastOwner => "O1",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.next(),
            Self::UnknownUser => "list the users and choose one of them",
            Self::UnknownRole => "list the roles and choose one of them",
            Self::NotHeld => "nothing is left to do",
            Self::OwnOwnership => "ask another owner to remove it",
            Self::LastOwner => "give Tenant Owner to another user first",
        }
    }
}
