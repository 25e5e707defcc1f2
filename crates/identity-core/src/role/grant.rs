//! What may be given and taken, by whom: the one check of every path.

use super::{Role, RoleKind};
use crate::{
    authority::{Authority, AuthorityRefusal, ByOperator},
    changeset::Changeset,
    owner::OwnersProof,
    permission::{Permission, USERS_MANAGE},
    record::Stored,
    refusal::Refusal,
    tenant::{GrantPolicy, OwnerGrants},
};

/// Why a role is not given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantRefusal {
    /// The actor may not.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// The role permits what the actor may not do, and the tenant's policy forbids to give that away.
    #[error("role permits more than the acting user may do")]
    MoreThanHeld,
    /// The tenant asks for a second owner's approval.
    #[error("a second owner must approve")]
    SecondOwnerNeeded,
}

impl Refusal for GrantRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::MoreThanHeld => "more_than_held",
            Self::SecondOwnerNeeded => "second_owner_needed",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(AuthorityRefusal::NotElevated) | Self::SecondOwnerNeeded => "O2",
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
            Self::SecondOwnerNeeded => {
                "propose the user as an owner, and have another owner approve"
            }
        }
    }
}

/// A role that whoever acts may give or take, with the proof for Tenant Owner. Only [`permit_grant`], [`permit_role`] and the
/// replacement of an owner make one, and nothing gives a role without.
#[derive(Clone, Copy, Debug)]
pub struct Permitted<'a> {
    role: &'a Stored<Role>,
    owners: Option<OwnersProof>,
}

impl<'a> Permitted<'a> {
    /// The role.
    pub(crate) const fn role(&self) -> &'a Stored<Role> {
        self.role
    }

    /// What allows to change who is an owner, where the role is Tenant Owner.
    pub(crate) const fn owners(&self) -> Option<OwnersProof> {
        self.owners
    }

    /// Tenant Owner, in the hands of the operator (O6).
    pub(crate) const fn to_operator(role: &'a Stored<Role>, proof: ByOperator) -> Self {
        let owners = Some(OwnersProof::Operator(proof));
        Self { role, owners }
    }
}

/// Begins the changeset of an act that gives `role`: the one check for every path on which a role comes to a user (A3, O2, O7).
///
/// # Errors
/// As [`GrantRefusal`].
pub fn permit_grant<'a>(
    authority: &Authority,
    role: &'a Stored<Role>,
) -> Result<(Changeset, Permitted<'a>), GrantRefusal> {
    let permitted = permit_role(authority, role)?;
    match (role.record.kind, authority.tenant().owner_grants) {
        (RoleKind::TenantOwner, OwnerGrants::TwoOwners) => Err(GrantRefusal::SecondOwnerNeeded),
        _ => Ok(permitted),
    }
}

/// Begins the changeset of an act that takes `role`, or is one of the two that together give it.
///
/// # Errors
/// As [`GrantRefusal`], but for the second owner.
pub fn permit_role<'a>(
    authority: &Authority,
    role: &'a Stored<Role>,
) -> Result<(Changeset, Permitted<'a>), GrantRefusal> {
    let (mut changes, owners) = match role.record.kind {
        RoleKind::TenantOwner => {
            let (changes, elevated) = authority.elevated()?;
            (changes, Some(OwnersProof::Elevated(elevated)))
        }
        RoleKind::SystemAdministrator
        | RoleKind::Learner
        | RoleKind::Teacher
        | RoleKind::Patient
        | RoleKind::Guest
        | RoleKind::Custom => {
            let mut changes = authority.permit(&USERS_MANAGE)?;
            within_policy(authority, &role.record.permissions, &mut changes)?;
            (changes, None)
        }
    };
    changes.rely(role);
    Ok((changes, Permitted { role, owners }))
}

/// What a manager of users may give away: anything, or only what they hold, as the tenant wants it (A2).
pub(super) fn within_policy<'a>(
    authority: &Authority,
    given: impl IntoIterator<Item = &'a Permission>,
    changes: &mut Changeset,
) -> Result<(), GrantRefusal> {
    match authority.tenant().grant_policy {
        GrantPolicy::ManageUsersMayGrant => Ok(()),
        GrantPolicy::SubsetOnly => {
            for given in given {
                let held = authority
                    .permit(given)
                    .map_err(|_| GrantRefusal::MoreThanHeld)?;
                changes.rely_as(&held);
            }
            Ok(())
        }
    }
}
