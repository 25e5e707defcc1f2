//! The end of a chain, signed and kept elsewhere.

use super::{Hash, Head};
use crate::{id::Id, tenant::Tenant, time::Instant};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

/// Keeps signatures of checkpoints apart from every other signature of the key.
const CHECKPOINT_DOMAIN: &[u8] = b"rollcall journal checkpoint 1\0";

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

    pub(super) fn signed_bytes(tenant: Id<Tenant>, head: Head, at: Instant) -> Vec<u8> {
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
#[serde(deny_unknown_fields)]
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
