//! Identity accounts: the global logins that open users in one or more tenants.

use crate::{email::Email, id::Id};

/// A login. It belongs to the platform, not to a tenant: one person who works for two hospitals has one.
/// The users it opens name it ([`User::account`](crate::user::User::account)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its identifier.
    pub id: Id<Self>,
    /// The login name, unique by its key over the whole platform.
    pub login: Email,
    /// Whether somebody can log in with it.
    pub link: LoginLink,
}

/// The tie to whoever checks the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginLink {
    /// A provider knows the account under this subject.
    Linked {
        /// Which provider.
        provider: Provider,
        /// Its name for the account.
        subject: String,
    },
    /// No provider knows the account: nobody can log in with it.
    Unlinked,
}

/// Who checks the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// The host itself, by the provider that comes with Rollcall.
    Embedded,
}

impl Account {
    /// A new account that the embedded provider knows under its own id.
    #[must_use]
    pub fn embedded(id: Id<Self>, login: Email) -> Self {
        Self {
            id,
            login,
            link: LoginLink::Linked {
                provider: Provider::Embedded,
                subject: id.to_string(),
            },
        }
    }

    /// Whether a login provider knows the account.
    #[must_use]
    pub const fn is_linked(&self) -> bool {
        match self.link {
            LoginLink::Linked { .. } => true,
            LoginLink::Unlinked => false,
        }
    }
}
