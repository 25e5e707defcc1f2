//! Passwords: what may be one, and the port that hashes them.

use std::{fmt, future::Future, pin::Pin};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The fewest characters, when a password is the only proof (NIST SP 800-63B-4, 3.1.1.2).
pub const SHORTEST: usize = 15;
/// The most characters, so that hashing one cannot be made expensive.
pub const LONGEST: usize = 256;

/// A password as somebody typed it, in one spelling (NFC). `Debug` hides it, and the memory is wiped.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

/// Why a text cannot be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordSyntax {
    /// Fewer than [`SHORTEST`] characters.
    #[error("a password has at least {SHORTEST} characters")]
    TooShort,
    /// More than [`LONGEST`] characters.
    #[error("a password has at most {LONGEST} characters")]
    TooLong,
    /// It holds characters that nobody can type.
    #[error("a password holds no control characters")]
    ControlCharacters,
}

impl Password {
    /// Reads what somebody gives to log in with: anything up to the longest, since what was good once is still tried.
    ///
    /// # Errors
    /// [`PasswordSyntax::TooLong`].
    pub fn given(text: &str) -> Result<Self, PasswordSyntax> {
        if text.len() > 4 * LONGEST {
            return Err(PasswordSyntax::TooLong);
        }
        let text: Zeroizing<String> = Zeroizing::new(text.nfc().collect());
        if text.chars().count() > LONGEST {
            return Err(PasswordSyntax::TooLong);
        }
        Ok(Self(text))
    }

    /// Reads a new password: [`SHORTEST`] to [`LONGEST`] characters of whatever sort, blanks among them.
    ///
    /// # Errors
    /// As [`PasswordSyntax`].
    pub fn parse(text: &str) -> Result<Self, PasswordSyntax> {
        let password = Self::given(text)?;
        if password.0.chars().any(char::is_control) {
            return Err(PasswordSyntax::ControlCharacters);
        }
        if password.0.chars().count() < SHORTEST {
            return Err(PasswordSyntax::TooShort);
        }
        Ok(password)
    }

    /// The text, to be hashed.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is made of what everybody knows of the user, such as the address: the first thing that is tried.
    #[must_use]
    pub fn tells(&self, known: &str) -> bool {
        let (password, known) = (self.0.to_lowercase(), known.to_lowercase());
        let password = Zeroizing::new(password);
        !known.is_empty() && (password.contains(&known) || known.contains(password.as_str()))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What a store keeps of a password: the text that a [`Passwords`] port made. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(
    /// as the port made it
    pub String,
);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Work on a password that is being done elsewhere. Boxed, so that a host picks the port at run time: next to a hash it costs
/// nothing.
pub type Hashing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// No hash could be made: there was no memory for it, nobody to make it, or too many wait already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("password could not be hashed")]
pub struct HashingFailed;

/// Hashes passwords, slowly on purpose and off the caller's thread.
pub trait Passwords: Send + Sync + fmt::Debug {
    /// Hashes a password with this salt.
    fn hash<'a>(
        &'a self,
        password: &'a Password,
        salt: [u8; 16],
    ) -> Hashing<'a, Result<PasswordHash, HashingFailed>>;

    /// Whether the hash is of this password. `None` stands for a login that is unknown or has no password: the answer is no, and
    /// costs the same.
    fn verify<'a>(
        &'a self,
        password: &'a Password,
        hash: Option<&'a PasswordHash>,
    ) -> Hashing<'a, Result<bool, HashingFailed>>;

    /// Whether the password is among the most common ones, or made of them.
    fn is_common<'a>(&'a self, password: &'a Password) -> Hashing<'a, Result<bool, HashingFailed>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_enough_and_not_too_long() {
        let of = |count| Password::parse(&"é".repeat(count));
        assert_eq!(of(SHORTEST - 1), Err(PasswordSyntax::TooShort));
        assert!(of(SHORTEST).is_ok());
        assert!(of(LONGEST).is_ok());
        assert_eq!(of(LONGEST + 1), Err(PasswordSyntax::TooLong));
        let far = "a".repeat(10_000_000);
        assert_eq!(Password::given(&far), Err(PasswordSyntax::TooLong));
        assert_eq!(
            Password::parse("fifteen or more\n"),
            Err(PasswordSyntax::ControlCharacters)
        );
        assert!(Password::given("short").is_ok());
    }

    /// Two keyboards spell one letter in two ways, and the password is the same.
    #[test]
    fn two_spellings_are_one_password() {
        let one = Password::parse("Mu\u{308}nchen im Regen");
        assert_eq!(one, Password::parse("M\u{fc}nchen im Regen"));
        assert!(!format!("{one:?}").contains("Regen"));
    }

    #[test]
    fn what_everybody_knows_is_told() {
        let password = Password::parse("ADA.lovelace@example.org").unwrap();
        assert!(password.tells("ada.lovelace@example.org"));
        assert!(password.tells("lovelace"));
        assert!(!password.tells("babbage"));
        assert!(!password.tells(""));
    }
}
