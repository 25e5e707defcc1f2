//! Operation keys: an answer that was lost on its way can be asked for again (J4).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A key the caller chooses for one operation: 1 to 128 visible ASCII characters, unique within the tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OperationKey(Box<str>);

/// The text is empty, longer than 128 characters, or holds others than visible ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an operation key: 1 to 128 visible ASCII characters")]
pub struct OperationKeySyntax;

impl OperationKey {
    /// Reads a key.
    ///
    /// # Errors
    /// [`OperationKeySyntax`].
    pub fn parse(text: &str) -> Result<Self, OperationKeySyntax> {
        let good = (1..=128).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic());
        if good {
            Ok(Self(text.into()))
        } else {
            Err(OperationKeySyntax)
        }
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What was asked, as a SHA-256 over the operation's name, the actor and the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint(
    /// its bytes
    pub [u8; 32],
);

impl Fingerprint {
    /// The fingerprint of a command.
    #[must_use]
    pub fn of(operation: &str, command: &impl Serialize) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(operation.as_bytes());
        hasher.update([0]);
        hasher.update(serde_json::to_vec(command).unwrap_or_default());
        Self(hasher.finalize().into())
    }
}

impl From<Fingerprint> for String {
    fn from(Fingerprint(bytes): Fingerprint) -> Self {
        data_encoding::HEXLOWER.encode(&bytes)
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = data_encoding::HEXLOWER
            .decode(text.as_bytes())
            .ok()
            .and_then(|it| it.try_into().ok());
        bytes
            .map(Self)
            .ok_or("fingerprint is not 64 hexadecimal digits")
    }
}

/// An answer kept under its key, in the commit of its effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The caller's key.
    pub key: OperationKey,
    /// What was asked.
    pub fingerprint: Fingerprint,
    /// The answer, as JSON.
    pub answer: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_visible_ascii_of_bounded_length() {
        assert!(OperationKey::parse("import-2026-07-01").is_ok());
        for bad in [
            String::new(),
            "a b".into(),
            "ü".into(),
            "a\n".into(),
            "a".repeat(129),
        ] {
            assert_eq!(OperationKey::parse(&bad), Err(OperationKeySyntax));
        }
    }

    #[test]
    fn another_operation_or_content_has_another_fingerprint() {
        let one = Fingerprint::of("add_user", &("a", 1));
        assert_eq!(one, Fingerprint::of("add_user", &("a", 1)));
        assert_ne!(one, Fingerprint::of("add_user", &("a", 2)));
        assert_ne!(one, Fingerprint::of("assign", &("a", 1)));
    }
}
