//! Checkpoints that the host signs itself, with one key for all its tenants.

use super::{Broken, Checkpoint};
use crate::{authority::AuthorityRefusal, id::Id, refusal::Refusal, tenant::Tenant};
use ed25519_dalek::SigningKey;

/// Why a journal is not signed, or not compared with what was signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointRefusal {
    /// Whoever asks may not read the journal.
    #[error(transparent)]
    Authority(#[from] AuthorityRefusal),
    /// The host gave no key to sign with.
    #[error("no key to sign checkpoints with is set")]
    NoKey,
    /// The checkpoint is of another tenant's journal.
    #[error("checkpoint is of another tenant's journal")]
    OtherTenant,
    /// The signature is not of the host's key.
    #[error("checkpoint was not signed with the host's key, or was changed since")]
    NotSigned,
    /// Only a journal that is whole is signed.
    #[error("journal is broken: {0}")]
    Broken(Broken),
}

impl Refusal for CheckpointRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.code(),
            Self::NoKey => "checkpoint_key_missing",
            Self::OtherTenant => "checkpoint_other_tenant",
            Self::NotSigned => "checkpoint_not_signed",
            Self::Broken(_) => "journal_broken",
        }
    }
    fn rule(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.rule(),
            Self::NoKey | Self::OtherTenant | Self::NotSigned | Self::Broken(_) => "J2",
        }
    }
    fn next(&self) -> &'static str {
        match self {
            Self::Authority(it) => it.next(),
            Self::NoKey => "export the journal, and verify and sign it elsewhere",
            Self::OtherTenant => "use a checkpoint of this tenant's journal",
            Self::NotSigned => {
                "look whether the host signs with another key now; if not, the checkpoint was forged"
            }
            Self::Broken(_) => {
                "keep this store as evidence, and compare it with a backup from before"
            }
        }
    }
}

impl Checkpoint {
    /// Whether it is of this tenant's chain, and signed with the host's key.
    ///
    /// # Errors
    /// As [`CheckpointRefusal`].
    pub fn check(
        &self,
        tenant: Id<Tenant>,
        key: Option<&SigningKey>,
    ) -> Result<(), CheckpointRefusal> {
        let key = key.ok_or(CheckpointRefusal::NoKey)?.verifying_key();
        if self.tenant != tenant {
            return Err(CheckpointRefusal::OtherTenant);
        }
        self.verify(&key).map_err(|_| CheckpointRefusal::NotSigned)
    }
}

impl Broken {
    /// The number of the first entry that does not fit, or is missing.
    #[must_use]
    pub const fn entry(&self) -> u64 {
        match self {
            Self::Number { expected, .. } => *expected,
            Self::Hash { number } | Self::Text { number } | Self::NotAsSigned { number } => *number,
            Self::CutOff { end, .. } => end.saturating_add(1),
        }
    }
}
