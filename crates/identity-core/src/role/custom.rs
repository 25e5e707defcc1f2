//! Roles of the customer's own: made, renamed, changed, retired. The built-in ones stay as they are.

use super::{GrantRefusal, Role, RoleKind, RoleStatus, within_policy};
use crate::{
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    id::{Id, Mint},
    journal::Event,
    name::Name,
    permission::{Catalogue, Permission, Permissions, ROLES_MANAGE, USERS_MANAGE},
    record::{Records, Stored},
    refusal::Refusal,
    time::Instant,
};
use serde::Serialize;

/// Asks for a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CreateRole {
    /// What to call it.
    pub name: Name,
    /// What it permits.
    pub permissions: Permissions,
}

/// Why a role is not made or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoleRefusal {
    /// The actor may not.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// No such role.
    #[error("no such role in this tenant")]
    UnknownRole,
    /// Another role is called so, or looks so.
    #[error("another role is called so, or looks so to a reader")]
    NameTaken,
    /// Neither Rollcall nor its host knows the permission.
    #[error("permission `{0}` is unknown")]
    UnknownPermission(Permission),
    /// The role is built in.
    #[error("role is built in")]
    BuiltIn,
    /// The role was retired.
    #[error("role was retired")]
    Retired,
    /// It is that already.
    #[error("role is so already")]
    Unchanged,
}

impl From<AuthorityRefusal> for RoleRefusal {
    fn from(refusal: AuthorityRefusal) -> Self {
        Self::Grant(refusal.into())
    }
}

impl Refusal for RoleRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.code(),
            Self::UnknownRole => "role_unknown",
            Self::NameTaken => "role_name_taken",
            Self::UnknownPermission(_) => "permission_unknown",
            Self::BuiltIn => "role_built_in",
            Self::Retired => "role_retired",
            Self::Unchanged => "role_unchanged",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.rule(),
            Self::UnknownRole | Self::UnknownPermission(_) | Self::Retired | Self::Unchanged => {
                "A5"
            }
            Self::NameTaken | Self::BuiltIn => "A3",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Grant(GrantRefusal::Authority(AuthorityRefusal::Missing(missing)))
                if *missing == USERS_MANAGE =>
            {
                "make a new role, or ask somebody who manages users as well: what is added here comes to everybody who holds it"
            }
            Self::Grant(it) => it.next(),
            Self::UnknownRole => "list the roles and choose one of them",
            Self::NameTaken => "choose a name that nobody takes for another",
            Self::UnknownPermission(_) => "choose among the permissions that there are",
            Self::BuiltIn => "make a role of your own instead",
            Self::Retired => "make a new role",
            Self::Unchanged => "nothing is left to do",
        }
    }
}

impl CreateRole {
    /// Decides to make the role; `records` hold the tenant's roles. It gives nobody anything until it is assigned, which is
    /// checked then.
    ///
    /// # Errors
    /// As [`RoleRefusal`].
    pub fn decide(
        self,
        authority: &Authority,
        records: &Records,
        catalogue: &Catalogue,
        ids: &mut Mint,
    ) -> Result<(Changeset, Id<Role>), RoleRefusal> {
        let mut changes = authority.permit(&ROLES_MANAGE)?;
        known(catalogue, &self.permissions)?;
        take_name(records, &self.name, None, &mut changes)?;
        let role = Role::custom(ids.id(), self.name, self.permissions);
        let id = role.id;
        changes.create(role);
        changes.enter(authority.entry(ids.now(), Event::RoleCreated { role: id }));
        Ok((changes, id))
    }
}

/// Decides to call a role otherwise; `records` hold the tenant's roles.
///
/// # Errors
/// As [`RoleRefusal`].
pub fn rename(
    authority: &Authority,
    records: &Records,
    role: Id<Role>,
    name: Name,
    now: Instant,
) -> Result<Changeset, RoleRefusal> {
    let mut changes = authority.permit(&ROLES_MANAGE)?;
    let before = changeable(records, role)?;
    if before.record.name == name {
        return Err(RoleRefusal::Unchanged);
    }
    take_name(records, &name, Some(role), &mut changes)?;
    changes.replace(
        before,
        Role {
            name,
            ..before.record.clone()
        },
    );
    changes.enter(authority.entry(now, Event::RoleRenamed { role }));
    Ok(changes)
}

/// Decides to let a role permit something else. What is added comes to everybody who holds the role, whoever makes the change
/// included, and so is checked like its grant: by whoever manages users as well, within the tenant's policy (A3).
///
/// # Errors
/// As [`RoleRefusal`].
pub fn set_permissions(
    authority: &Authority,
    records: &Records,
    catalogue: &Catalogue,
    role: Id<Role>,
    permissions: Permissions,
    now: Instant,
) -> Result<Changeset, RoleRefusal> {
    let mut changes = authority.permit(&ROLES_MANAGE)?;
    let before = changeable(records, role)?;
    known(catalogue, &permissions)?;
    if before.record.permissions == permissions {
        return Err(RoleRefusal::Unchanged);
    }
    let mut added = permissions
        .difference(&before.record.permissions)
        .peekable();
    if added.peek().is_some() {
        changes.rely_as(&authority.permit(&USERS_MANAGE)?);
        within_policy(authority, added, &mut changes)?;
    }
    changes.replace(
        before,
        Role {
            permissions,
            ..before.record.clone()
        },
    );
    changes.enter(authority.entry(now, Event::RoleChanged { role }));
    Ok(changes)
}

/// Decides to retire a role: it gives nothing any more to whoever holds it, and cannot be given.
///
/// # Errors
/// As [`RoleRefusal`].
pub fn retire(
    authority: &Authority,
    records: &Records,
    role: Id<Role>,
    now: Instant,
) -> Result<Changeset, RoleRefusal> {
    let mut changes = authority.permit(&ROLES_MANAGE)?;
    let before = changeable(records, role)?;
    changes.replace(
        before,
        Role {
            status: RoleStatus::Retired,
            ..before.record.clone()
        },
    );
    changes.enter(authority.entry(now, Event::RoleRetired { role }));
    Ok(changes)
}

/// The role, if it is the customer's own and counts.
fn changeable(records: &Records, role: Id<Role>) -> Result<&Stored<Role>, RoleRefusal> {
    let role = records.roles.get(&role).ok_or(RoleRefusal::UnknownRole)?;
    match role.record.kind {
        RoleKind::Custom => (),
        RoleKind::TenantOwner
        | RoleKind::SystemAdministrator
        | RoleKind::Learner
        | RoleKind::Teacher
        | RoleKind::Patient
        | RoleKind::Guest => return Err(RoleRefusal::BuiltIn),
    }
    match role.record.status {
        RoleStatus::Active => Ok(role),
        RoleStatus::Retired => Err(RoleRefusal::Retired),
    }
}

fn known(catalogue: &Catalogue, permissions: &Permissions) -> Result<(), RoleRefusal> {
    match permissions.iter().find(|it| !catalogue.has(it)) {
        Some(unknown) => Err(RoleRefusal::UnknownPermission(unknown.clone())),
        None => Ok(()),
    }
}

/// Takes a name that no other role that counts has.
fn take_name(
    records: &Records,
    name: &Name,
    but_for: Option<Id<Role>>,
    changes: &mut Changeset,
) -> Result<(), RoleRefusal> {
    let taken = records.roles.values().map(|it| &it.record).any(|it| {
        it.status == RoleStatus::Active
            && Some(it.id) != but_for
            && Role::look_alike(&it.name, name)
    });
    if taken {
        return Err(RoleRefusal::NameTaken);
    }
    // A role that every tenant has is written as it is: two names that are taken at one moment, and look alike only to the eye,
    // collide on it.
    let guest = |it: &&Stored<Role>| it.record.kind == RoleKind::Guest;
    if let Some(guest) = records.roles.values().find(guest) {
        changes.replace(guest, guest.record.clone());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
