//! The plan: what an administrator has staged, one step after the other, until it is saved or thrown away.

use crate::{id::Id, record::Version, roster::MedhubUserId, time::Instant, user::User};
use serde::{Deserialize, Serialize};

/// An administrator's staged work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Whose.
    pub owner: Id<User>,
    /// The number the next step gets.
    pub next: u32,
    /// When the first step was staged.
    pub begun_at: Instant,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Whose plan.
    pub plan: Id<User>,
    /// Its number within the plan, from 1.
    pub number: u32,
    /// What to do.
    pub action: Action,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "action")]
pub enum Action {
    /// Tie a user to an identity.
    Link {
        /// the user
        user: Id<User>,
        /// the identity
        medhub: MedhubUserId,
        /// why the two are thought to be one
        evidence: Evidence,
    },
    /// Untie them.
    Unlink {
        /// the user
        user: Id<User>,
        /// the identity
        medhub: MedhubUserId,
    },
    /// Make a user from an identity.
    Import {
        /// the identity
        medhub: MedhubUserId,
        /// the version of the identity that was reviewed
        reviewed: Version,
    },
}

/// Why a user and an identity are thought to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// They were suggested: one to one by e-mail.
    Email,
    /// Somebody said so.
    Manual,
}
