//! The journal: what happened, by whom, as a hash chain a tenant.
//!
//! Entries hold ids, never names or addresses (J1). Each is sealed with the hash of the one before it (J2): whoever
//! changes, removes, adds or swaps entries breaks the chain, and [`Verifier`] names the first entry that does not
//! fit. Cutting off the end leaves a shorter chain that is whole; a signed [`Checkpoint`] kept elsewhere shows it.

mod chain;
mod checkpoint;
mod event;
mod filter;
mod signed;

pub use chain::{Broken, Hash, Head, LineSyntax, Sealed, Verifier};
pub use checkpoint::{Checkpoint, NotSigned};
pub use event::Event;
pub use filter::Filter;
pub use signed::CheckpointRefusal;

use crate::{
    id::Id, owner::Elevation, session::Session, time::Instant, token::ApiToken, user::User,
};
use serde::{Deserialize, Serialize};

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum By {
    /// The platform's own staff.
    Operator,
    /// A user of the tenant.
    User {
        /// who
        user: Id<User>,
        /// in which session, if in one
        #[serde(skip_serializing_if = "Option::is_none", default)]
        session: Option<Id<Session>>,
        /// the elevation it was done under, if any
        #[serde(skip_serializing_if = "Option::is_none", default)]
        elevation: Option<Id<Elevation>>,
    },
    /// A program, with a token that stands for a user.
    Token {
        /// which
        token: Id<ApiToken>,
        /// the user it stands for
        user: Id<User>,
    },
    /// Nobody: it follows from the time.
    Clock,
}

/// One line of a tenant's journal, before it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was decided.
    pub at: Instant,
    /// Who did it.
    pub by: By,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

#[cfg(test)]
mod tests;
