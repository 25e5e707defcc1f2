//! Decisions that explain themselves: the assignments that give a permission, or what keeps others from giving it.

use super::{Authority, AuthorityRefusal, Standing};
use crate::{
    id::Id,
    owner::Elevation,
    permission::Permission,
    record::Stored,
    refusal::Refusal,
    role::{Assignment, AssignmentStatus, Role, RoleKind, RoleStatus},
};
use serde::Serialize;

/// The answer to a question about a permission, with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explanation {
    /// The actor may.
    Allowed {
        /// every assignment that gives it
        because: Vec<Ground>,
        /// the elevation the answer is given under, if there is one
        elevation: Option<Id<Elevation>>,
    },
    /// The actor may not.
    Refused {
        /// why
        why: Denial,
        /// every assignment that would give it, were it not for something
        withheld: Vec<Withheld>,
    },
}

/// An assignment that gives a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Ground {
    /// Which.
    pub assignment: Id<Assignment>,
    /// Of which role.
    pub role: Id<Role>,
    /// What the role is.
    pub kind: RoleKind,
}

/// An assignment that would give a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Withheld {
    /// Which, of what.
    #[serde(flatten)]
    pub ground: Ground,
    /// What keeps it from giving it.
    pub by: Obstacle,
}

/// What keeps an assignment from giving anything. Of several it is the last here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// The role is Tenant Owner, and is not switched on where the actor acts.
    SwitchedOff,
    /// The assignment is inactive.
    AssignmentInactive,
    /// The role was retired.
    RoleRetired,
}

/// Why an actor does not have a permission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// The actor has no authority at all, no assignment that would give it, or Tenant Owner without having switched it on.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// The assignment that would give it is inactive.
    #[error("assignment that would give permission `{0}` is inactive")]
    AssignmentInactive(Permission),
    /// The role that would give it was retired.
    #[error("role that would give permission `{0}` was retired")]
    RoleRetired(Permission),
}

impl Refusal for Denial {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::AssignmentInactive(_) => "assignment_inactive",
            Self::RoleRetired(_) => "role_retired",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::AssignmentInactive(_) | Self::RoleRetired(_) => "A1",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::AssignmentInactive(_) => "ask an administrator to let the role count again",
            Self::RoleRetired(_) => "ask an administrator for another role that has the permission",
        }
    }
}

/// Why a question about a permission is not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuestionRefusal {
    /// Whoever asks may not know it.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// Neither Rollcall nor its host knows the permission.
    #[error("permission `{0}` is unknown")]
    UnknownPermission(Permission),
    /// No such user.
    #[error("no such user in this tenant")]
    UnknownUser,
}

impl Refusal for QuestionRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::UnknownPermission(_) => "permission_unknown",
            Self::UnknownUser => "user_unknown",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::UnknownPermission(_) | Self::UnknownUser => "A5",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::UnknownPermission(_) => "choose among the permissions that there are",
            Self::UnknownUser => "list the users and choose one of them",
        }
    }
}

impl From<AuthorityRefusal> for Explanation {
    fn from(refusal: AuthorityRefusal) -> Self {
        Self::Refused {
            why: refusal.into(),
            withheld: vec![],
        }
    }
}

/// Whether a role that counts gives a permission. Tenant Owner has every permission there is, also those a host adds later.
#[must_use]
pub fn gives(role: &Role, permission: &Permission) -> bool {
    role.kind == RoleKind::TenantOwner || role.permissions.contains(permission)
}

type Held = (Stored<Assignment>, Stored<Role>);

/// Those of these assignments that would give a permission.
fn giving<'a>(
    held: &'a [Held],
    permission: &'a Permission,
) -> impl Iterator<Item = (Ground, &'a Held)> {
    held.iter()
        .filter(|(_, role)| gives(&role.record, permission))
        .map(|it| {
            let (assignment, role) = it;
            let ground = Ground {
                assignment: assignment.record.id,
                role: role.record.id,
                kind: role.record.kind,
            };
            (ground, it)
        })
}

/// What keeps an assignment that the authority does not count from counting.
fn obstacle((assignment, role): &Held) -> Obstacle {
    match (role.record.status, assignment.record.status) {
        (RoleStatus::Retired, _) => Obstacle::RoleRetired,
        (RoleStatus::Active, AssignmentStatus::Inactive) => Obstacle::AssignmentInactive,
        (RoleStatus::Active, AssignmentStatus::Active) => Obstacle::SwitchedOff,
    }
}

impl Authority {
    /// What the actor would be told about a permission: which of their assignments give it, or what keeps others from it. The
    /// obstacle that is the easiest to take away is the reason.
    #[must_use]
    pub fn explain(&self, permission: &Permission) -> Explanation {
        let missing = || AuthorityRefusal::Missing(permission.clone());
        let standing = match &self.standing {
            Standing::Operator => return missing().into(),
            Standing::User(standing) => standing,
        };
        let because: Vec<_> = giving(&standing.grants, permission)
            .map(|(ground, _)| ground)
            .collect();
        if !because.is_empty() {
            return Explanation::Allowed {
                because,
                elevation: self.elevation().map(|it| it.id),
            };
        }
        let withheld: Vec<_> = giving(&standing.idle, permission)
            .map(|(ground, held)| Withheld {
                ground,
                by: obstacle(held),
            })
            .collect();
        let why = match withheld.iter().map(|it| it.by).min() {
            None => missing().into(),
            Some(Obstacle::SwitchedOff) => AuthorityRefusal::NotElevated.into(),
            Some(Obstacle::AssignmentInactive) => Denial::AssignmentInactive(permission.clone()),
            Some(Obstacle::RoleRetired) => Denial::RoleRetired(permission.clone()),
        };
        Explanation::Refused { why, withheld }
    }
}
