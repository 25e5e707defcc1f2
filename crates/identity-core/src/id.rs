//! Typed identifiers, minted at the edge.

use crate::time::Instant;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    str::FromStr,
};
use uuid::Uuid;

/// Ten bytes of randomness: what a version 7 UUID holds besides its time.
pub type Entropy = [u8; 10];

/// The identifier of a `K`: a UUID of version 7, which only the service mints.
///
/// Ids of different kinds do not mix: an `Id<User>` is no `Id<Role>`. Their order says nothing about
/// the order of events; that comes from the store's sequence.
///
/// ```
/// use identity_core::{id::Id, user::User};
/// let id: Id<User> = "018c2c1d-7c00-7b6a-8f2e-0123456789ab".parse()?;
/// assert_eq!(id.to_string(), "018c2c1d-7c00-7b6a-8f2e-0123456789ab");
/// # Ok::<(), identity_core::id::IdSyntax>(())
/// ```
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

impl<K> Id<K> {
    /// Mints an identifier from an instant (millisecond precision) and entropy.
    #[must_use]
    pub fn mint(now: Instant, entropy: &Entropy) -> Self {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        Self::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, entropy).into_uuid())
    }

    /// Wraps a stored value.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self {
            uuid,
            kind: PhantomData,
        }
    }

    /// The untyped value, for adapters.
    #[must_use]
    pub const fn as_uuid(&self) -> &Uuid {
        &self.uuid
    }
}

/// Mints the identifiers of one decision: the first from fresh entropy, each further one counted up from
/// it, so that the records of one commit lie side by side in an index.
///
/// The same instant and entropy give the same identifiers, which keeps a decision repeatable.
#[derive(Clone, Debug)]
pub struct Mint {
    now: Instant,
    next: u128,
}

impl Mint {
    /// A mint for one decision.
    #[must_use]
    pub fn new(now: Instant, entropy: Entropy) -> Self {
        let mut wide = [0; 16];
        wide.iter_mut()
            .rev()
            .zip(entropy.iter().rev())
            .for_each(|(to, from)| *to = *from);
        Self {
            now,
            next: u128::from_be_bytes(wide),
        }
    }

    /// The instant the ids carry.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The next identifier.
    pub fn id<K>(&mut self) -> Id<K> {
        let mut entropy = Entropy::default();
        entropy
            .iter_mut()
            .rev()
            .zip(self.next.to_be_bytes().iter().rev())
            .for_each(|(to, from)| *to = *from);
        self.next = self.next.wrapping_add(1);
        Id::mint(self.now, &entropy)
    }
}

/// The text is no identifier: 32 hexadecimal digits in five groups were expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier: expected a UUID such as `018c2c1d-7c00-7b6a-8f2e-0123456789ab`")]
pub struct IdSyntax;

impl<K> FromStr for Id<K> {
    type Err = IdSyntax;
    fn from_str(text: &str) -> Result<Self, IdSyntax> {
        // The hyphenated form alone: `Uuid` also reads braces and URNs, which would be second spellings.
        match text.len() {
            36 => text.parse().map(Self::from_uuid).map_err(|_| IdSyntax),
            _ => Err(IdSyntax),
        }
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}
impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.uuid.serialize(serializer)
    }
}
impl<'de, K> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::from_uuid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::User;

    #[test]
    fn only_the_hyphenated_form_is_read() {
        let text = "018c2c1d-7c00-7b6a-8f2e-0123456789ab";
        assert!(text.parse::<Id<User>>().is_ok());
        for other in [
            "",
            "7",
            "018c2c1d7c007b6a8f2e0123456789ab",
            "{018c2c1d-7c00-7b6a-8f2e-0123456789ab}",
        ] {
            assert_eq!(other.parse::<Id<User>>(), Err(IdSyntax), "{other}");
        }
    }

    #[test]
    fn minting_is_deterministic_and_of_version_7() {
        let now = crate::time::instant_from_micros(1_700_000_000_123_456).unwrap();
        let id: Id<User> = Id::mint(now, &[7; 10]);
        assert_eq!(id, Id::mint(now, &[7; 10]));
        assert_eq!(id.as_uuid().get_version_num(), 7);
    }

    #[test]
    fn a_mint_never_repeats_itself_and_counts_up() {
        let now = crate::time::instant_from_micros(1_700_000_000_000_000).unwrap();
        for entropy in [[0; 10], [0xff; 10], [7; 10]] {
            let mut mint = Mint::new(now, entropy);
            let ids: Vec<Id<User>> = (0..1000).map(|_| mint.id()).collect();
            let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
            assert_eq!(distinct.len(), 1000);
        }
        let mut mint = Mint::new(now, [7; 10]);
        assert!((0..1000).map(|_| mint.id::<User>()).is_sorted());
    }
}
