//! Identity accounts: the global logins that open users in one or more tenants.

use crate::{email::Email, id::Id, tenant::Tenant, user::User};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

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
    /// The users it opens, in one or more tenants.
    pub opens: BTreeSet<Opens>,
    /// Counts what ends all its sessions at once: a new password, another login name, a provider's link cut.
    pub epoch: Epoch,
    /// Whether it is known to be in the hands of whoever has the address.
    pub proof: Proof,
}

/// Whether a login is known to be in the hands of whoever has its address. Any tenant may make a login of any address, and knows
/// the password it gave; so a login opens users in a further tenant only once it was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// An administrator made it, gave it this name, or gave it its password.
    Unproved,
    /// The platform operator has confirmed it, and no password that somebody else has set opens it.
    Proved,
}

/// A user that an account opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Opens {
    /// In which tenant.
    pub tenant: Id<Tenant>,
    /// Which user.
    pub user: Id<User>,
}

/// A count that only goes up. What was made under an earlier one is void, however many there are of it, and stays void.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Epoch(
    /// the count
    pub u32,
);

impl Epoch {
    /// The one after.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
            link: Self::embedded_link(id),
            opens: BTreeSet::new(),
            epoch: Epoch::default(),
            proof: Proof::Unproved,
        }
    }

    /// How the embedded provider knows the account with this id.
    #[must_use]
    pub fn embedded_link(id: Id<Self>) -> LoginLink {
        LoginLink::Linked {
            provider: Provider::Embedded,
            subject: id.to_string(),
        }
    }

    /// The account, opening this user as well.
    #[must_use]
    pub fn opening(mut self, opens: Opens) -> Self {
        self.opens.insert(opens);
        self
    }

    /// Whether it may come to open a further user: not while whoever comes in with it now may be another than whoever has the
    /// address, be it the tenant that made it, or a user who gave it this name.
    #[must_use]
    pub fn may_open_more(&self) -> bool {
        match self.proof {
            Proof::Proved => true,
            Proof::Unproved => self.opens.is_empty(),
        }
    }

    /// Whether it opens users of tenants other than this one.
    #[must_use]
    pub fn opens_elsewhere(&self, tenant: Id<Tenant>) -> bool {
        self.opens.iter().any(|it| it.tenant != tenant)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::Mint,
        world::{email, now},
    };

    /// A1: an account opens each user once, and whether one is of another tenant is seen.
    #[test]
    fn an_account_knows_whom_it_opens() {
        let mut ids = Mint::new(now(), [1; 10]);
        let (here, there) = (ids.id(), ids.id());
        let mut of = |tenant| Opens {
            tenant,
            user: ids.id(),
        };
        let (one, two, other) = (of(here), of(here), of(there));
        let account = Account::embedded(Id::mint(now(), &[2; 10]), email("ada@example.org"));
        assert!(account.opens.is_empty() && !account.opens_elsewhere(here));
        let account = account.opening(one).opening(two).opening(one);
        assert_eq!(account.opens, [one, two].into());
        assert!(!account.opens_elsewhere(here) && account.opens_elsewhere(there));
        assert!(account.opening(other).opens_elsewhere(here));
    }

    /// A1: a new account is linked under its own id, and one that is cut off is not linked.
    #[test]
    fn a_new_account_is_linked_under_its_own_id() {
        let id: Id<Account> = Id::mint(now(), &[2; 10]);
        let account = Account::embedded(id, email("ada@example.org"));
        assert!(account.is_linked());
        let expected = LoginLink::Linked {
            provider: Provider::Embedded,
            subject: id.to_string(),
        };
        assert_eq!(account.link, expected);
        let cut = Account {
            link: LoginLink::Unlinked,
            ..account
        };
        assert!(!cut.is_linked());
    }

    /// An epoch goes up, and stays at its end.
    #[test]
    fn an_epoch_only_goes_up() {
        assert_eq!(Epoch::default().next(), Epoch(1));
        assert!(Epoch(7) < Epoch(7).next());
        assert_eq!(Epoch(u32::MAX).next(), Epoch(u32::MAX));
    }
}
