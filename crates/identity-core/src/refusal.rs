//! Refusals: typed values that change nothing, say which rule, and name the next legal step (A5).

use crate::{account::Opens, hcp::Hcp, id::Id, person::Person, time::Instant, user::User};

/// What every refusal can say of itself, in one voice for the command line and the wire.
pub trait Refusal: std::error::Error {
    /// The stable code, in lower snake case.
    fn code(&self) -> &'static str;

    /// The rule of the design that refuses, such as `O2`.
    fn rule(&self) -> &'static str;

    /// The next legal step, as an imperative without a full stop.
    fn next(&self) -> &'static str;

    /// What it names beside its words, so that a program can take the next step.
    fn named(&self) -> Named {
        Named::default()
    }
}

/// What a refusal names beside its words. Most name nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Persons to choose from.
    pub persons: Vec<Id<Person>>,
    /// The user that is in the way.
    pub user: Option<Id<User>>,
    /// The healthcare party that is in the way.
    pub hcp: Option<Id<Hcp>>,
    /// Users to choose from.
    pub choices: Vec<Opens>,
    /// The first instant at which it may be tried again.
    pub until: Option<Instant>,
}

impl Named {
    /// The first instant at which it may be tried again.
    pub(crate) fn until(until: Instant) -> Self {
        Self {
            until: Some(until),
            ..Self::default()
        }
    }

    /// The healthcare party that is in the way.
    pub(crate) fn hcp(hcp: Id<Hcp>) -> Self {
        Self {
            hcp: Some(hcp),
            ..Self::default()
        }
    }

    /// The user that is in the way.
    pub(crate) fn user(user: Id<User>) -> Self {
        Self {
            user: Some(user),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        login::{LoginRefusal, PasswordRefused, PresentRefused},
        owner::replace::ReplaceRefusal,
        person::edit::PersonRefusal,
        user::AddUserRefusal,
        world::{World, now},
    };

    /// A5: whom and when the next step needs is named, however deep the refusal lies, and nothing else is.
    #[test]
    fn what_the_next_step_needs_is_named() {
        let mut world = World::new();
        let (user, tenant) = (world.owner, world.tenant);
        let person = world.records.users[&user].record.person;
        let others = vec![person, world.ids.id()];
        let until = now();
        let tried = || PresentRefused::TooManyTries { until };
        let choices = vec![Opens { tenant, user }];
        let several = || AddUserRefusal::SeveralPersons(others.clone());
        for named in [
            tried().named(),
            PasswordRefused::from(tried()).named(),
            PersonRefusal::from(tried()).named(),
            LoginRefusal::TooManyTries { until }.named(),
        ] {
            assert_eq!(named, Named::until(until));
        }
        for named in [
            PersonRefusal::ActiveUser(user).named(),
            AddUserRefusal::HasUser { person, user }.named(),
            ReplaceRefusal::Add(AddUserRefusal::HasUser { person, user }).named(),
        ] {
            assert_eq!(named, Named::user(user));
        }
        for named in [several().named(), ReplaceRefusal::Add(several()).named()] {
            assert_eq!(named.persons, others);
        }
        let asked = LoginRefusal::SeveralUsers(choices.clone()).named();
        assert_eq!(asked.choices, choices);
        for named in [
            PresentRefused::Wrong.named(),
            PersonRefusal::Unknown.named(),
            AddUserRefusal::LoginTaken.named(),
            LoginRefusal::Wrong.named(),
        ] {
            assert_eq!(named, Named::default());
        }
    }
}
