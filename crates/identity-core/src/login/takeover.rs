//! Who may act for a user as the user themselves could: give them a password, move or cut their login.

use crate::{
    authority::{Authority, AuthorityRefusal},
    changeset::Changeset,
    id::Id,
    permission::USERS_MANAGE,
    record::Records,
    refusal::{Named, Refusal},
    role::{GrantRefusal, permit_grant},
    time::Instant,
    user::User,
};
use std::collections::BTreeSet;

/// Why nobody may act for a user as the user themselves could.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TakeoverRefusal {
    /// It amounts to holding their roles, which may not be given to whoever acts.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// No such user.
    #[error("no such user in this tenant")]
    UnknownUser,
    /// It is one's own login, in a session, and the present password was not given.
    #[error("the present password is asked for")]
    PresentNeeded,
    /// The login opens users of other tenants too.
    #[error("the login opens users of other tenants as well")]
    OtherTenants,
}

impl From<AuthorityRefusal> for TakeoverRefusal {
    fn from(refusal: AuthorityRefusal) -> Self {
        Self::Grant(refusal.into())
    }
}

impl Refusal for TakeoverRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Grant(it) => it.code(),
            Self::UnknownUser => "user_unknown",
            Self::PresentNeeded => "present_password_needed",
            Self::OtherTenants => "login_of_other_tenants",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Grant(GrantRefusal::Authority(AuthorityRefusal::NotElevated)) => "O3",
            Self::Grant(it) => it.rule(),
            Self::UnknownUser => "A5",
            Self::PresentNeeded => "E2",
            Self::OtherTenants => "A3",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Grant(GrantRefusal::Authority(AuthorityRefusal::NotElevated)) => {
                "the owner does it, or another owner with Tenant Owner switched on"
            }
            Self::Grant(it) => it.next(),
            Self::UnknownUser => "list the users and choose one of them",
            Self::PresentNeeded => "give the present password as well, or ask an administrator",
            Self::OtherTenants => "only whoever logs in with it can change it",
        }
    }
}

/// Whether whoever changes their own login has given its present password. That it was given is the service's to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present(bool);

impl Present {
    /// It was not.
    pub const NOT_GIVEN: Self = Self(false);
    /// It was, and is right.
    pub(crate) const GIVEN: Self = Self(true);
}

/// Why a present password does not prove that a login is one's own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PresentRefused {
    /// The user has no login, or its password is kept elsewhere.
    #[error("the user has no login whose password is kept here")]
    NotKeptHere,
    /// It is another.
    #[error("present password is wrong")]
    Wrong,
    /// It was tried too often.
    #[error("too many tries")]
    TooManyTries {
        /// when it may be tried again
        until: Instant,
    },
}

impl Refusal for PresentRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotKeptHere => "no_password_here",
            Self::Wrong => "login_wrong",
            Self::TooManyTries { .. } => "too_many_tries",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::NotKeptHere => "A5",
            Self::Wrong | Self::TooManyTries { .. } => "E2",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::NotKeptHere => "change it where the user logs in",
            Self::Wrong => "look for typing errors, or have the password set anew",
            Self::TooManyTries { .. } => "wait until then",
        }
    }
    fn named(&self) -> Named {
        match self {
            Self::TooManyTries { until } => Named::until(*until),
            Self::NotKeptHere | Self::Wrong => Named::default(),
        }
    }
}

/// Begins the changeset of an act after which whoever acts could come in as `user`: it is checked like the grant of everything
/// that the login opens here (A3), and never reaches into another tenant. Users do to themselves, and to others whom their own
/// login opens, what they like, in a session once they have given the present password: the session may be stolen. A program in
/// their name does not. `records` hold the user's [keys](crate::port::Find::Keys).
///
/// # Errors
/// As [`TakeoverRefusal`].
pub fn permit_takeover(
    authority: &Authority,
    records: &Records,
    user: Id<User>,
    present: Present,
) -> Result<Changeset, TakeoverRefusal> {
    let user = records.users.get(&user);
    let user = authority.found(user, &USERS_MANAGE, TakeoverRefusal::UnknownUser)?;
    let user = &user.record;
    if authority.logs_in_as(user) {
        return if authority.session().is_none() || present == Present::GIVEN {
            Ok(authority.act())
        } else {
            Err(TakeoverRefusal::PresentNeeded)
        };
    }
    let opened = |it: &User| it.id == user.id || it.account.is_some() && it.account == user.account;
    let users: Vec<_> = records
        .users
        .values()
        .filter(|it| opened(&it.record))
        .collect();
    let ids: BTreeSet<_> = users.iter().map(|it| it.record.id).collect();
    // Assignments that do not count now may count again, and would then be whoever's who comes in.
    let held = records
        .assignments
        .values()
        .filter(|it| ids.contains(&it.record.user))
        .filter_map(|it| Some((it, records.roles.get(&it.record.role)?)));
    // Before what the user holds is looked at: who the owners are is not everybody's to find out.
    let mut changes = authority.permit(&USERS_MANAGE)?;
    // Whoever gives one of them a role at the same moment writes the user.
    users.into_iter().for_each(|it| changes.rely(it));
    for (assignment, role) in held {
        // A second owner's approval is not to be had by coming in as one.
        changes.rely_as(&permit_grant(authority, role)?.0);
        changes.rely(assignment);
    }
    let account = user.account.and_then(|it| records.accounts.get(&it));
    if account.is_some_and(|it| it.record.opens_elsewhere(authority.tenant().id)) {
        return Err(TakeoverRefusal::OtherTenants);
    }
    Ok(changes)
}

#[cfg(test)]
mod tests;
