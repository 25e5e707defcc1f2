//! The journal: what happened, by whom, as a hash chain a tenant.
//!
//! Entries hold ids, never names or addresses (J1). Each is sealed with the hash of the one before it (J2): whoever
//! changes, removes, adds or swaps entries breaks the chain, and [`Verifier`] names the first entry that does not
//! fit. Cutting off the end leaves a shorter chain that is whole; a signed [`Checkpoint`] kept elsewhere shows it.

use crate::{
    account::Account,
    hcp::{Hcp, import::Import},
    id::Id,
    owner::Elevation,
    person::Person,
    role::{Assignment, Role},
    roster::MedhubUserId,
    tenant::{Domain, Tenant},
    time::Instant,
    token::ApiToken,
    user::User,
};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

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
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
#[expect(
    missing_docs,
    reason = "the fields are the ids of what each event names"
)]
pub enum Event {
    /// A customer began.
    TenantCreated { tenant: Id<Tenant>, owner: Id<User> },
    /// A person got access.
    UserAdded {
        user: Id<User>,
        person: Id<Person>,
        domain: Id<Domain>,
        account: Id<Account>,
    },
    /// A user's access ended.
    UserDeactivated { user: Id<User> },
    /// A user's access began again.
    UserReactivated { user: Id<User> },
    /// A role was given.
    RoleAssigned {
        assignment: Id<Assignment>,
        user: Id<User>,
        role: Id<Role>,
    },
    /// A role was taken.
    RoleRemoved {
        assignment: Id<Assignment>,
        user: Id<User>,
        role: Id<Role>,
    },
    /// An owner switched the role on, for the command of this commit alone.
    Elevated {
        elevation: Id<Elevation>,
        user: Id<User>,
    },
    /// A file's rows began to be imported.
    ImportStarted { import: Id<Import> },
    /// All its rows are accepted or rejected.
    ImportFinished {
        import: Id<Import>,
        created: u32,
        updated: u32,
        unchanged: u32,
        rejected: u32,
    },
    /// A row became a healthcare party.
    HcpCreated {
        hcp: Id<Hcp>,
        person: Option<Id<Person>>,
        import: Option<Id<Import>>,
        row: Option<u32>,
    },
    /// A healthcare party was changed.
    HcpChanged {
        hcp: Id<Hcp>,
        import: Option<Id<Import>>,
        row: Option<u32>,
    },
    /// MedHub was connected, or connected anew.
    IntegrationConnected,
    /// MedHub's lists were read.
    RosterRead {
        complete: bool,
        added: u32,
        changed: u32,
        removed: u32,
    },
    /// A step was staged.
    StepStaged { step: u32 },
    /// A staged step was taken back.
    StepWithdrawn { step: u32 },
    /// A plan was thrown away.
    PlanDiscarded { steps: u32 },
    /// A plan was applied.
    PlanSaved { steps: u32 },
    /// A user was tied to a MedHub identity.
    Linked {
        user: Id<User>,
        medhub: MedhubUserId,
    },
    /// And untied.
    Unlinked {
        user: Id<User>,
        medhub: MedhubUserId,
    },
    /// A program got a token.
    TokenCreated { token: Id<ApiToken>, user: Id<User> },
    /// And lost it.
    TokenRevoked { token: Id<ApiToken> },
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
/// Keeps signatures of checkpoints apart from every other signature of the key.
const CHECKPOINT_DOMAIN: &[u8] = b"rollcall journal checkpoint 1\0";

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

fn hash(tenant: Id<Tenant>, number: u64, before: Hash, text: &str) -> Hash {
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

/// The end of a tenant's chain at one moment, signed with a key of the host's, to be kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CheckpointText", into = "CheckpointText")]
pub struct Checkpoint {
    /// Whose chain.
    pub tenant: Id<Tenant>,
    /// Its end.
    pub head: Head,
    /// When it was signed.
    pub at: Instant,
    signature: Signature,
}

/// The signature is not of this key, or not of these values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("checkpoint was not signed with this key, or was changed since")]
pub struct NotSigned;

impl Checkpoint {
    /// Signs the end of a chain.
    #[must_use]
    pub fn sign(tenant: Id<Tenant>, head: Head, at: Instant, key: &SigningKey) -> Self {
        let signature = key.sign(&Self::signed_bytes(tenant, head, at));
        Self {
            tenant,
            head,
            at,
            signature,
        }
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`NotSigned`].
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), NotSigned> {
        let bytes = Self::signed_bytes(self.tenant, self.head, self.at);
        key.verify_strict(&bytes, &self.signature)
            .map_err(|_| NotSigned)
    }

    fn signed_bytes(tenant: Id<Tenant>, head: Head, at: Instant) -> Vec<u8> {
        let mut bytes = CHECKPOINT_DOMAIN.to_vec();
        bytes.extend_from_slice(tenant.as_uuid().as_bytes());
        bytes.extend_from_slice(&head.number.to_be_bytes());
        bytes.extend_from_slice(&head.hash.0);
        bytes.extend_from_slice(&at.timestamp_micros().to_be_bytes());
        bytes
    }
}

/// A checkpoint as JSON: the hash and the signature in lower-case hexadecimal.
#[derive(Serialize, Deserialize)]
struct CheckpointText {
    tenant: Id<Tenant>,
    number: u64,
    hash: String,
    at: Instant,
    signature: String,
}

impl From<Checkpoint> for CheckpointText {
    fn from(it: Checkpoint) -> Self {
        Self {
            tenant: it.tenant,
            number: it.head.number,
            hash: it.head.hash.to_string(),
            at: it.at,
            signature: data_encoding::HEXLOWER.encode(&it.signature.to_bytes()),
        }
    }
}

impl TryFrom<CheckpointText> for Checkpoint {
    type Error = &'static str;
    fn try_from(text: CheckpointText) -> Result<Self, Self::Error> {
        let hex = |it: &str| data_encoding::HEXLOWER.decode(it.as_bytes()).ok();
        let hash = hex(&text.hash)
            .and_then(|it| it.try_into().ok())
            .ok_or("hash is not 64 hexadecimal digits")?;
        let signature = hex(&text.signature)
            .and_then(|it| Signature::from_slice(&it).ok())
            .ok_or("signature is not 128 hexadecimal digits")?;
        Ok(Self {
            tenant: text.tenant,
            head: Head {
                number: text.number,
                hash: Hash(hash),
            },
            at: text.at,
            signature,
        })
    }
}

impl std::fmt::Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::instant_from_micros;

    fn tenant() -> Id<Tenant> {
        Id::mint(instant(), &[1; 10])
    }
    fn instant() -> Instant {
        instant_from_micros(1_700_000_000_000_000).unwrap()
    }
    fn chain(len: u8) -> Vec<Sealed> {
        let mut head = Head::default();
        (0..len)
            .map(|it| {
                let event = Event::UserDeactivated {
                    user: Id::mint(instant(), &[it; 10]),
                };
                let sealed = head.seal(
                    tenant(),
                    &Entry {
                        at: instant(),
                        by: By::Operator,
                        event,
                    },
                );
                head = sealed.head();
                sealed
            })
            .collect()
    }
    fn verify(chain: &[Sealed], checkpoint: Option<Checkpoint>) -> Result<Head, Broken> {
        let mut verifier = Verifier::new(tenant(), checkpoint);
        chain.iter().try_for_each(|it| verifier.read(it))?;
        verifier.finish()
    }

    /// Whoever acts, an entry is read back as it was written: no name of a field stands twice in its text.
    #[test]
    fn an_entry_is_read_back_whoever_acts() {
        let user = Id::mint(instant(), &[3; 10]);
        let token = Id::mint(instant(), &[4; 10]);
        let elevation = Some(Id::mint(instant(), &[5; 10]));
        for by in [
            By::Operator,
            By::User {
                user,
                elevation: None,
            },
            By::User { user, elevation },
            By::Token { token, user },
        ] {
            let other = Id::mint(instant(), &[6; 10]);
            for event in [
                Event::UserDeactivated { user: other },
                Event::TokenRevoked { token },
            ] {
                let entry = Entry {
                    at: instant(),
                    by,
                    event,
                };
                assert_eq!(Head::default().seal(tenant(), &entry).entry(), Some(entry));
            }
        }
    }

    /// J2: edit, removal, insertion and swap are each found, at the first entry that does not fit.
    #[test]
    fn every_kind_of_tampering_names_its_first_entry() {
        let whole = chain(5);
        assert_eq!(verify(&whole, None).unwrap().number, 5);

        let mut edited = whole.clone();
        edited[2].text = edited[2]
            .text
            .replace("user_deactivated", "user_reactivated");
        assert_eq!(verify(&edited, None), Err(Broken::Hash { number: 3 }));

        let mut removed = whole.clone();
        removed.remove(2);
        assert_eq!(
            verify(&removed, None),
            Err(Broken::Number {
                expected: 3,
                found: 4
            })
        );

        let mut renumbered = removed;
        renumbered[2].number = 3;
        assert_eq!(verify(&renumbered, None), Err(Broken::Hash { number: 3 }));

        let mut swapped = whole.clone();
        swapped.swap(1, 2);
        assert_eq!(
            verify(&swapped, None),
            Err(Broken::Number {
                expected: 2,
                found: 3
            })
        );

        let mut other_tenant = Verifier::new(Id::mint(instant(), &[2; 10]), None);
        assert_eq!(
            other_tenant.read(&whole[0]),
            Err(Broken::Hash { number: 1 })
        );
    }

    /// J2: a checkpoint makes cutting the end visible, and a chain rewritten from its beginning.
    #[test]
    fn a_checkpoint_shows_a_chain_cut_off_or_written_anew() {
        let key = SigningKey::from_bytes(&[9; 32]);
        let whole = chain(5);
        let checkpoint = Checkpoint::sign(tenant(), whole[3].head(), instant(), &key);
        checkpoint.verify(&key.verifying_key()).unwrap();
        assert!(verify(&whole, Some(checkpoint.clone())).is_ok());
        assert_eq!(
            verify(&whole[..3], Some(checkpoint.clone())),
            Err(Broken::CutOff { end: 3, signed: 4 })
        );

        let mut head = Head::default();
        let anew: Vec<_> = chain(5)
            .iter()
            .map(|it| {
                let mut entry = it.entry().unwrap();
                entry.event = Event::UserReactivated {
                    user: Id::mint(instant(), &[0; 10]),
                };
                let sealed = head.seal(tenant(), &entry);
                head = sealed.head();
                sealed
            })
            .collect();
        assert_eq!(
            verify(&anew, Some(checkpoint.clone())),
            Err(Broken::NotAsSigned { number: 4 })
        );

        let text = serde_json::to_string(&checkpoint).unwrap();
        let read: Checkpoint = serde_json::from_str(&text).unwrap();
        assert_eq!(read, checkpoint);
        let forged: Checkpoint =
            serde_json::from_str(&text.replace("\"number\":4", "\"number\":3")).unwrap();
        assert_eq!(forged.verify(&key.verifying_key()), Err(NotSigned));
        assert_eq!(
            checkpoint.verify(&SigningKey::from_bytes(&[8; 32]).verifying_key()),
            Err(NotSigned)
        );
    }

    /// J2: a hash is over the purpose, the tenant, the number, the hash before and the text: every one of them counts.
    #[test]
    fn a_hash_is_over_all_that_gives_an_entry_its_place() {
        let (before, text) = (Hash([7; 32]), "{}");
        let mut bytes = b"rollcall journal entry 1\0".to_vec();
        bytes.extend_from_slice(tenant().as_uuid().as_bytes());
        bytes.extend_from_slice(&3_u64.to_be_bytes());
        bytes.extend_from_slice(&before.0);
        bytes.extend_from_slice(text.as_bytes());
        assert_eq!(hash(tenant(), 3, before, text), Hash::of(&bytes));
    }

    /// J2: a text that is no entry is found, also when whoever wrote it knew how to hash it.
    #[test]
    fn a_text_that_is_no_entry_is_found() {
        let text = "{}".to_owned();
        let hash = hash(tenant(), 1, Hash::default(), &text);
        let sealed = Sealed {
            number: 1,
            text,
            hash,
        };
        assert_eq!(verify(&[sealed], None), Err(Broken::Text { number: 1 }));
    }

    /// J2: a signature is over the purpose, the tenant, the end and the time: a checkpoint in which one was changed is not
    /// signed, and neither is a text of another purpose.
    #[test]
    fn a_signature_is_over_all_that_a_checkpoint_says() {
        let key = SigningKey::from_bytes(&[9; 32]);
        let head = Head {
            number: 4,
            hash: Hash([4; 32]),
        };
        let signed = Checkpoint::sign(tenant(), head, instant(), &key);
        assert_eq!(signed.verify(&key.verifying_key()), Ok(()));
        let changes: [fn(&mut Checkpoint); 4] = [
            |it| it.tenant = Id::mint(instant(), &[2; 10]),
            |it| it.head.number = 5,
            |it| it.head.hash = Hash([5; 32]),
            |it| it.at += chrono::Duration::microseconds(1),
        ];
        for change in changes {
            let mut changed = signed.clone();
            change(&mut changed);
            assert_eq!(changed.verify(&key.verifying_key()), Err(NotSigned));
        }
        let bytes = Checkpoint::signed_bytes(tenant(), head, instant());
        assert!(bytes.starts_with(b"rollcall journal checkpoint 1\0"));
    }
}
