//! Logins: who vouches for a human being, passwords, and how often they may be tried.
//!
//! A [`LoginProvider`] says for which account somebody has proved to be whom they say, and
//! [`Rollcall::open_session`](crate::service::Rollcall::open_session) opens a session for it. The embedded provider,
//! [`Rollcall::log_in`](crate::service::Rollcall::log_in), checks passwords by the rules of this module; how a password is hashed
//! is the [`Passwords`] port's.

mod credential;
mod password;
mod takeover;
mod tries;

pub(crate) use credential::permit_password;
pub use credential::{
    Credential, LinkRefusal, Linking, NewPassword, PasswordRefused, SetBy, change_password,
    set_link, set_password,
};
pub use password::{
    Hashing, HashingFailed, LONGEST, Password, PasswordHash, PasswordSyntax, Passwords, SHORTEST,
};
pub use takeover::{Present, PresentRefused, TakeoverRefusal, permit_takeover};
pub use tries::{Source, SourceSyntax, TooManyTries, Tries, TriesKey, TriesLimit};

use crate::{
    account::{Epoch, Opens, Provider},
    authority::AuthorityRefusal,
    refusal::{Named, Refusal},
    session::SessionRefusal,
    time::Instant,
};
use std::future::Future;

/// For whom a provider vouches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Vouched {
    /// Which provider.
    pub provider: Provider,
    /// Its name for the account.
    pub subject: String,
    /// The account's epoch as it was when the proof was looked at, where the provider knows it: a proof that was good before the
    /// password was changed opens nothing after.
    pub as_of: Option<Epoch>,
}

/// Checks what somebody gives to prove who they are: a password, an assertion of another system.
pub trait LoginProvider: Send + Sync {
    /// What is given.
    type Proof: Send;

    /// Says for whom the proof is good. Whatever is wrong with it, the refusal is one and the same.
    fn vouch(
        &self,
        proof: Self::Proof,
    ) -> impl Future<Output = Result<Vouched, crate::service::Failure<LoginRefusal>>> + Send;
}

/// Why nobody comes in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginRefusal {
    /// The login is unknown, or the proof is not good: to the outside the same.
    #[error("login or password is wrong")]
    Wrong,
    /// It was tried too often.
    #[error("too many tries")]
    TooManyTries {
        /// when it may be tried again
        until: Instant,
    },
    /// The login opens several users, and none was chosen.
    #[error("the login opens {} users, and none is named", .0.len())]
    SeveralUsers(
        /// which
        Vec<Opens>,
    ),
    /// The login opens no user, or not the one that was chosen.
    #[error("the login opens no such user")]
    NoUser,
    /// The user has no authority to come in with.
    #[error(transparent)]
    Session(#[from] SessionRefusal),
}

impl From<AuthorityRefusal> for LoginRefusal {
    fn from(refusal: AuthorityRefusal) -> Self {
        Self::Session(refusal.into())
    }
}

impl Refusal for LoginRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Wrong => "login_wrong",
            Self::TooManyTries { .. } => "too_many_tries",
            Self::SeveralUsers(_) => "several_users",
            Self::NoUser => "login_opens_nothing",
            Self::Session(it) => it.code(),
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Wrong | Self::TooManyTries { .. } => "E2",
            Self::SeveralUsers(_) => "A5",
            Self::NoUser => "A1",
            Self::Session(it) => it.rule(),
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Wrong => "look for typing errors, or have the password set anew",
            Self::TooManyTries { .. } => "wait until then",
            Self::SeveralUsers(_) => "log in again and name one of them",
            Self::NoUser => "ask an administrator for access",
            Self::Session(it) => it.next(),
        }
    }
    fn named(&self) -> Named {
        match self {
            Self::TooManyTries { until } => Named::until(*until),
            Self::SeveralUsers(choices) => Named {
                choices: choices.clone(),
                ..Named::default()
            },
            Self::Wrong | Self::NoUser | Self::Session(_) => Named::default(),
        }
    }
}
