//! The outbox: mails that are owed, written in the commit of the change they tell of (J3).

use crate::{id::Id, time::Instant, user::User};
use serde::{Deserialize, Serialize};

/// A mail that is owed. It holds ids alone: address, text and any password are made when it is sent (E5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its identifier, from which the mail's Message-ID is made.
    pub id: Id<Self>,
    /// What it tells.
    pub kind: MessageKind,
    /// Since when it is owed.
    pub at: Instant,
}

/// What a mail tells, and to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum MessageKind {
    /// Access was set up from MedHub: how to log in for the first time.
    Imported {
        /// for whom
        user: Id<User>,
        /// whether the login is new, so that a first password is owed too
        new_login: bool,
    },
    /// Access was set up by an administrator: how to log in for the first time.
    Added {
        /// for whom
        user: Id<User>,
        /// whether the login is new, so that a first password is owed too
        new_login: bool,
    },
    /// A notice to whom it concerns: the user is an owner now.
    OwnerGranted {
        /// who
        user: Id<User>,
    },
    /// A notice: the login has another name.
    LoginMoved {
        /// whose
        user: Id<User>,
    },
    /// A notice: the login has a new password.
    PasswordSet {
        /// whose
        user: Id<User>,
    },
}
