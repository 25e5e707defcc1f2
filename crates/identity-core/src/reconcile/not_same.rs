//! Who is not the same person: a user and an identity that somebody told apart, remembered until what made them look alike
//! changes (R6).

use super::Institution;
use crate::{
    email::Email,
    id::Id,
    operation::Fingerprint,
    roster::{Identity, Kinds, MedhubUserId},
    time::Instant,
    user::User,
};

/// A pair that is not the same person; one for each user and identity. It says nothing of a pair that is linked: whoever links
/// by hand knows better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotSame {
    /// Its identifier: a pair that was forgotten and told apart again has another.
    pub id: Id<Self>,
    /// The local user.
    pub user: Id<User>,
    /// Which MedHub.
    pub institution: Institution,
    /// The identity there.
    pub medhub: MedhubUserId,
    /// The [`likeness`] of the two when they were told apart.
    pub evidence: Fingerprint,
    /// When they were, the last time.
    pub at: Instant,
    /// Who saved it.
    pub by: Id<User>,
}

/// What can make a user and an identity look alike, in 32 bytes: the addresses and the kinds of both sides, the address as a
/// key. Equal when none of it changed. An identity that no list has any more looks like nobody.
#[must_use]
pub fn likeness(email: Option<&Email>, kinds: Kinds, identity: Option<&Identity>) -> Fingerprint {
    let here = (email.map(Email::key), kinds);
    let there = identity.map(|it| (it.email_keys(), it.kinds));
    Fingerprint::of("likeness", &(here, there))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{reconcile::save::tests::identity, roster::Kind, world::email};

    /// R6: each of the four things that can make two look alike is in it, and nothing else.
    #[test]
    fn the_likeness_is_of_addresses_and_kinds_alone() {
        let learner = Kinds::only(Kind::Learner);
        let ada = email("ada@example.org");
        let listed = |edit: fn(&mut Identity)| {
            let mut identity = identity("7", "ada@example.org; a@example.org").identity;
            edit(&mut identity);
            identity
        };
        let before = likeness(Some(&ada), learner, Some(&listed(|_| ())));
        for same in [
            listed(|it| it.family = "Murray".to_owned()),
            listed(|it| it.level = Some("PGY-2".to_owned())),
            listed(|it| it.email = "A@example.org,  ADA@example.org".to_owned()),
        ] {
            assert_eq!(before, likeness(Some(&ada), learner, Some(&same)));
        }
        let written = email("ADA@example.org");
        let as_before = listed(|_| ());
        assert_eq!(before, likeness(Some(&written), learner, Some(&as_before)));
        for other in [
            likeness(None, learner, Some(&as_before)),
            likeness(Some(&email("b@example.org")), learner, Some(&as_before)),
            likeness(Some(&ada), Kinds::ALL, Some(&as_before)),
            likeness(Some(&ada), learner, None),
            likeness(
                Some(&ada),
                learner,
                Some(&listed(|it| it.email = "ada@example.org".to_owned())),
            ),
            likeness(
                Some(&ada),
                learner,
                Some(&listed(|it| it.kinds = Kinds::ALL)),
            ),
        ] {
            assert_ne!(before, other);
        }
    }
}
