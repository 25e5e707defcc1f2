//! The chain of a tenant's entries, and what is wrong with one.

use super::{Checkpoint, Entry};
use crate::{id::Id, tenant::Tenant};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::fmt;

/// A SHA-256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hash(
    /// its bytes
    pub [u8; 32],
);

impl Hash {
    /// The hash of some bytes, such as a file's.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// The end of a chain: the number and the hash of its last entry; zeros before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The number of the last entry; the first has 1.
    pub number: u64,
    /// Its hash.
    pub hash: Hash,
}

/// An entry in its place in the chain, as a store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Its number, from 1 without gaps.
    pub number: u64,
    /// The entry as JSON: the very text that was hashed.
    pub text: String,
    /// The hash over the tenant, the number, the hash before it and the text.
    pub hash: Hash,
}

/// Keeps hashes of journal entries apart from every other SHA-256.
const DOMAIN: &[u8] = b"rollcall journal entry 1\0";

impl Head {
    /// Seals an entry behind this end of the tenant's chain. Stores call it, inside the commit.
    #[must_use]
    pub fn seal(&self, tenant: Id<Tenant>, entry: &Entry) -> Sealed {
        // Entries hold ids, numbers and times, none of which JSON can refuse.
        let text = serde_json::to_string(entry).unwrap_or_default();
        let number = self.number.saturating_add(1);
        let hash = hash(tenant, number, self.hash, &text);
        Sealed { number, text, hash }
    }
}

impl Sealed {
    /// The end of a chain that ends here.
    #[must_use]
    pub const fn head(&self) -> Head {
        Head {
            number: self.number,
            hash: self.hash,
        }
    }

    /// The entry, or `None` where the text is none.
    #[must_use]
    pub fn entry(&self) -> Option<Entry> {
        serde_json::from_str(&self.text).ok()
    }
}

pub(super) fn hash(tenant: Id<Tenant>, number: u64, before: Hash, text: &str) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(DOMAIN);
    hasher.update(tenant.as_uuid().as_bytes());
    hasher.update(number.to_be_bytes());
    hasher.update(before.0);
    hasher.update(text.as_bytes());
    Hash(hasher.finalize().into())
}

/// The first entry that does not fit, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Another number was expected: entries are missing, swapped or added here.
    #[error("entry {expected} is missing: {found} stands in its place")]
    Number {
        /// the number that belongs here
        expected: u64,
        /// the number that is here
        found: u64,
    },
    /// The text, the number or an entry before it was changed.
    #[error("entry {number} was changed, or what stood before it was")]
    Hash {
        /// which
        number: u64,
    },
    /// The text is no entry.
    #[error("entry {number} cannot be read")]
    Text {
        /// which
        number: u64,
    },
    /// The chain ends before a checkpoint that was signed.
    #[error("the journal ends at entry {end}, and was longer when entry {signed} was signed")]
    CutOff {
        /// the last entry there is
        end: u64,
        /// the entry that was signed
        signed: u64,
    },
    /// The chain runs otherwise than when the checkpoint was signed.
    #[error("entry {number} is not the one that was signed")]
    NotAsSigned {
        /// which
        number: u64,
    },
}

/// Reads a chain from its beginning and says where it is broken.
#[derive(Clone, Debug)]
pub struct Verifier {
    tenant: Id<Tenant>,
    head: Head,
    checkpoint: Option<Checkpoint>,
}

impl Verifier {
    /// A verifier of this tenant's chain, against a checkpoint if there is one.
    #[must_use]
    pub fn new(tenant: Id<Tenant>, checkpoint: Option<Checkpoint>) -> Self {
        Self {
            tenant,
            head: Head::default(),
            checkpoint,
        }
    }

    /// Looks at the next entry.
    ///
    /// # Errors
    /// [`Broken`] when it does not fit.
    pub fn read(&mut self, sealed: &Sealed) -> Result<(), Broken> {
        let expected = self.head.number.saturating_add(1);
        if sealed.number != expected {
            return Err(Broken::Number {
                expected,
                found: sealed.number,
            });
        }
        if hash(self.tenant, sealed.number, self.head.hash, &sealed.text) != sealed.hash {
            return Err(Broken::Hash {
                number: sealed.number,
            });
        }
        if sealed.entry().is_none() {
            return Err(Broken::Text {
                number: sealed.number,
            });
        }
        self.head = sealed.head();
        match &self.checkpoint {
            Some(signed) if signed.head.number == self.head.number && signed.head != self.head => {
                Err(Broken::NotAsSigned {
                    number: self.head.number,
                })
            }
            _ => Ok(()),
        }
    }

    /// The end of the chain, when all of it was read.
    ///
    /// # Errors
    /// [`Broken::CutOff`] when it ends before the checkpoint.
    pub fn finish(self) -> Result<Head, Broken> {
        match self.checkpoint {
            Some(signed) if self.head.number < signed.head.number => Err(Broken::CutOff {
                end: self.head.number,
                signed: signed.head.number,
            }),
            _ => Ok(self.head),
        }
    }
}

/// A line of an exported journal is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a line of an exported journal")]
pub struct LineSyntax;

impl Sealed {
    /// Reads a line as [`EntryDocument`](crate::document::EntryDocument) writes it. The entry is taken as it stands, to the byte.
    ///
    /// # Errors
    /// [`LineSyntax`].
    pub fn parse_line(line: &str) -> Result<Self, LineSyntax> {
        #[derive(Deserialize)]
        struct Line<'a> {
            number: u64,
            hash: &'a str,
            #[serde(borrow)]
            entry: &'a RawValue,
        }
        let line: Line<'_> = serde_json::from_str(line).map_err(|_| LineSyntax)?;
        let hash = data_encoding::HEXLOWER
            .decode(line.hash.as_bytes())
            .ok()
            .and_then(|it| it.try_into().ok())
            .ok_or(LineSyntax)?;
        Ok(Self {
            number: line.number,
            text: line.entry.get().to_owned(),
            hash: Hash(hash),
        })
    }
}
