//! The views.

use crate::{
    email::Email,
    id::Id,
    name::PersonName,
    record::Stored,
    roster::{Identity, Kinds, MedhubUserId},
    user::{User, UserStatus},
};

use super::{
    Integration,
    plan::{Plan, Step},
    snapshot::Roster,
};

/// A local user as reconciliation sees them: whoever is learner or teacher, or linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// The user.
    pub user: Id<User>,
    /// The kinds by active assignments of Learner and Teacher.
    pub kinds: Kinds,
    /// Whether the access counts.
    pub status: UserStatus,
    /// The person's names.
    pub name: PersonName,
    /// The person's address.
    pub email: Option<Email>,
    /// The identity of the connected institution the user is linked to.
    pub link: Option<MedhubUserId>,
}

/// Both sides, as of one instant.
#[derive(Clone, Debug, Default)]
pub struct Reconciliation {
    /// The connection, if there is one.
    pub integration: Option<Integration>,
    /// The head of the last read, if there was one.
    pub roster: Option<Roster>,
    /// MedHub's people, in the order of their ids.
    pub identities: Vec<Identity>,
    /// The local people, in the order of their ids.
    pub locals: Vec<Local>,
    /// The plan of whoever looks.
    pub plan: Option<Stored<Plan>>,
    /// Its steps, in order.
    pub steps: Vec<Stored<Step>>,
}
