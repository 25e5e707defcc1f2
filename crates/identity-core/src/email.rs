//! E-mail addresses: as typed for people, and as a canonical key for comparing.
//!
//! The profile is narrower than RFC 5322 on purpose: `local@domain` with a dot-atom local part of at most
//! 64 bytes (letters beyond ASCII allowed, RFC 6531) and a domain name of two or more labels that IDNA
//! accepts. No quoted local parts, comments, address literals or display names: nobody in a hospital has
//! one, and each is a way to smuggle a second recipient.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, fmt};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// An address, kept as it was typed (trimmed, NFC) beside the key it is compared by.
///
/// `Debug` hides the address: it is personal data, and there is no `Display`.
///
/// ```
/// use identity_core::email::Email;
/// let typed = Email::parse("  Ada.Lovelace@Example.ORG ")?;
/// assert_eq!(typed.as_str(), "Ada.Lovelace@Example.ORG");
/// assert_eq!(typed.key().as_str(), "ada.lovelace@example.org");
/// # Ok::<(), identity_core::email::EmailRefusal>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    /// `None` where it was typed in its canonical form, as most are.
    typed: Option<Box<str>>,
    key: EmailKey,
}

/// The canonical form of an address: local part in lower case, domain as its A-label.
///
/// Dots and `+tags` are kept: only the provider knows whether they matter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailKey(Box<str>);

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailRefusal {
    /// Nothing but blanks.
    #[error("e-mail address is empty")]
    Empty,
    /// Longer than 254 bytes, or a local part longer than 64 (RFC 5321, 4.5.3.1).
    #[error("e-mail address is longer than 254 bytes, or than 64 before the `@`")]
    TooLong,
    /// Several addresses in one text.
    #[error("several e-mail addresses in one field, one is expected")]
    Multiple,
    /// A name beside the address, as in `Ada <ada@example.org>`.
    #[error("a name stands beside the e-mail address, only the address is expected")]
    DisplayName,
    /// No address of the form `local@domain.tld`.
    #[error("not an e-mail address of the form `name@example.org`")]
    Syntax,
}

/// The longest address, in bytes (RFC 5321, 4.5.3.1.3 less the angle brackets).
const LONGEST: usize = 254;
/// The longest local part, in bytes (RFC 5321, 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;

impl Email {
    /// Reads one address.
    ///
    /// # Errors
    /// As [`EmailRefusal`]; blanks around the address are no error.
    pub fn parse(text: &str) -> Result<Self, EmailRefusal> {
        let text = crate::name::trim(text);
        if text.is_empty() {
            return Err(EmailRefusal::Empty);
        }
        if is_plain(text) {
            let key = text.to_ascii_lowercase();
            return Ok(Self {
                typed: (key != text).then(|| text.into()),
                key: EmailKey(key.into()),
            });
        }
        if text.len() > 4 * LONGEST {
            return Err(EmailRefusal::TooLong);
        }
        let text: Cow<'_, str> =
            if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
                Cow::Borrowed(text)
            } else {
                Cow::Owned(text.nfc().collect())
            };
        // No good address has a character that tells several or a name from one that is merely wrong.
        Self::single(&text).map_err(|refusal| why_not(&text).unwrap_or(refusal))
    }

    fn single(text: &str) -> Result<Self, EmailRefusal> {
        let (local, domain) = text.rsplit_once('@').ok_or(EmailRefusal::Syntax)?;
        if !is_dot_atom(local) {
            return Err(EmailRefusal::Syntax);
        }
        if local.len() > LONGEST_LOCAL || text.len() > LONGEST {
            return Err(EmailRefusal::TooLong);
        }
        let mut key = String::with_capacity(text.len());
        if local.is_ascii() {
            key.push_str(local);
            key.make_ascii_lowercase();
        } else {
            key.extend(local.chars().flat_map(char::to_lowercase).nfc());
        }
        key.push('@');
        push_domain(&mut key, domain)?;
        if key.len() > LONGEST {
            return Err(EmailRefusal::TooLong);
        }
        Ok(Self {
            typed: (key != text).then(|| text.into()),
            key: EmailKey(key.into()),
        })
    }

    /// The address as it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.typed.as_deref().unwrap_or_else(|| self.key.as_str())
    }

    /// The form to compare by.
    #[must_use]
    pub const fn key(&self) -> &EmailKey {
        &self.key
    }
}

impl EmailKey {
    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text itself when it is an address in its canonical form already, as nearly every text from another system is:
    /// a check without allocation.
    #[must_use]
    pub fn canonical(text: &str) -> Option<&str> {
        let good = is_plain(text) && !text.bytes().any(|it| it.is_ascii_uppercase());
        good.then_some(text)
    }

    /// The keys of every address in a field that may hold several, as other systems fill theirs.
    ///
    /// Splits at `,`, `;` and blanks, strips `mailto:` and angle brackets, drops what is no address.
    /// Sorted, without repeats.
    #[must_use]
    pub fn all_in(field: &str) -> Vec<Self> {
        if let Ok(single) = Email::parse(field) {
            return vec![single.key];
        }
        let mut keys: Vec<Self> = field
            .split(|c: char| c == ',' || c == ';' || c.is_whitespace())
            .map(|part| {
                let part = part.trim_matches(['<', '>', '"', '(', ')']);
                part.get(..7)
                    .filter(|it| it.eq_ignore_ascii_case("mailto:"))
                    .map_or(part, |it| part.get(it.len()..).unwrap_or(part))
            })
            .filter_map(|part| Email::parse(part).ok().map(|email| email.key))
            .collect();
        keys.sort();
        keys.dedup();
        keys
    }
}

/// Whether this is an address of ASCII characters alone with a domain that needs no mapping, which is nearly every address
/// there is: told in one pass, and its key is its lower case.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut before = b'.';
    let mut at = 0;
    loop {
        match bytes.get(at) {
            Some(b'@') => break,
            Some(b'.') if before == b'.' => return false,
            Some(byte) if *byte == b'.' || is_in_atom(*byte) => before = *byte,
            Some(_) | None => return false,
        }
        at += 1;
    }
    if before == b'.' || at > LONGEST_LOCAL || text.len() > LONGEST {
        return false;
    }
    let domain = bytes.get(at + 1..).unwrap_or_default();
    let (mut labels, mut len, mut is_number, mut before) = (1, 0, true, b'.');
    for byte in domain {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {
                is_number = false;
                len += 1;
            }
            b'0'..=b'9' => len += 1,
            // Two of them may begin what has to be mapped.
            b'-' if before != b'.' && before != b'-' => {
                is_number = false;
                len += 1;
            }
            b'.' if before != b'.' && before != b'-' && len <= 63 => {
                labels += 1;
                len = 0;
                is_number = true;
            }
            _ => return false,
        }
        before = *byte;
    }
    labels >= 2 && before != b'.' && before != b'-' && len <= 63 && !is_number
}

/// Why a text that is no address is none, where its characters tell more than that.
fn why_not(text: &str) -> Option<EmailRefusal> {
    let (local, _) = text.rsplit_once('@')?;
    let separated = |c: char| c == ';' || c == ',' || c.is_whitespace();
    if text.contains([';', ',']) || local.contains('@') && text.contains(separated) {
        Some(EmailRefusal::Multiple)
    } else if text.contains(['<', '>']) {
        Some(EmailRefusal::DisplayName)
    } else {
        None
    }
}

/// RFC 5322 `dot-atom`, with the letters of RFC 6531 beside ASCII.
fn is_dot_atom(local: &str) -> bool {
    // An atom has begun since the last dot.
    let mut begun = false;
    for byte in local.bytes() {
        match byte {
            b'.' if !begun => return false,
            b'.' => begun = false,
            _ if !byte.is_ascii() || is_in_atom(byte) => begun = true,
            _ => return false,
        }
    }
    begun && (local.is_ascii() || !local.starts_with(is_mark) && local.chars().all(is_in_word))
}

/// ASCII, which was looked at, letters and digits of any script, and the marks that many scripts write their vowels with.
fn is_in_word(c: char) -> bool {
    c.is_ascii() || c.is_alphanumeric() || is_mark(c)
}

fn is_mark(c: char) -> bool {
    matches!(
        c.general_category(),
        GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark
    )
}

/// RFC 5322 `atext`.
fn is_in_atom(byte: u8) -> bool {
    IN_ATOM.get(usize::from(byte)) == Some(&true)
}

const IN_ATOM: [bool; 128] = {
    let mut table = [false; 128];
    let atext =
        b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~";
    let mut rest: &[u8] = atext;
    while let [byte, tail @ ..] = rest {
        if let Some((_, [place, ..])) = table.split_at_mut_checked(*byte as usize) {
            *place = true;
        }
        rest = tail;
    }
    table
};

/// Appends the domain's A-label form.
fn push_domain(key: &mut String, domain: &str) -> Result<(), EmailRefusal> {
    let start = key.len();
    // Plain ASCII names need no mapping table, which is nearly every address there is.
    let plain = domain.is_ascii()
        && !(domain.contains("--")
            && domain
                .as_bytes()
                .windows(4)
                .any(|it| it.eq_ignore_ascii_case(b"xn--")));
    if plain {
        key.push_str(domain);
        if let Some(added) = key.get_mut(start..) {
            added.make_ascii_lowercase();
        }
    } else {
        key.push_str(&idna::domain_to_ascii_strict(domain).map_err(|_| EmailRefusal::Syntax)?);
    }
    if key.get(start..).is_some_and(is_domain) {
        Ok(())
    } else {
        Err(EmailRefusal::Syntax)
    }
}

/// Two or more labels of lower-case letters, digits and inner hyphens, the last not all digits.
fn is_domain(domain: &str) -> bool {
    let (mut labels, mut len, mut is_number, mut last) = (0, 0, true, b'.');
    for byte in domain.bytes().chain([b'.']) {
        match byte {
            b'.' if (1..=63).contains(&len) && last != b'-' => {
                labels += 1;
                len = 0;
            }
            b'-' if len == 0 => return false,
            b'a'..=b'z' | b'0'..=b'9' | b'-' => {
                is_number = (len == 0 || is_number) && byte.is_ascii_digit();
                len += 1;
            }
            _ => return false,
        }
        last = byte;
    }
    labels >= 2 && !is_number && domain.len() <= 253
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}
impl fmt::Debug for EmailKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailKey(…)")
    }
}
impl Serialize for Email {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}
impl Serialize for EmailKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for EmailKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Email::deserialize(deserializer).map(|email| email.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(text: &str) -> Result<String, EmailRefusal> {
        Email::parse(text).map(|email| email.key().as_str().to_owned())
    }

    #[test]
    fn one_address_has_one_key() {
        for (text, expected) in [
            ("ada@example.org", "ada@example.org"),
            ("\u{a0}ADA@EXAMPLE.org\u{200b}", "ada@example.org"),
            ("a.b+c@example.org", "a.b+c@example.org"),
            ("o'brien@example.org", "o'brien@example.org"),
            ("müller@bücher.example", "müller@xn--bcher-kva.example"),
            (
                "Mu\u{308}ller@b\u{fc}cher.example",
                "müller@xn--bcher-kva.example",
            ),
            ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ] {
            assert_eq!(key(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_its_reason() {
        for (text, expected) in [
            ("", EmailRefusal::Empty),
            (" \u{feff} ", EmailRefusal::Empty),
            ("ada", EmailRefusal::Syntax),
            ("ada@localhost", EmailRefusal::Syntax),
            ("ada@xn--a.example", EmailRefusal::Syntax),
            ("ada@example.7", EmailRefusal::Syntax),
            ("ada@exam_ple.org", EmailRefusal::Syntax),
            ("ada@-example.org", EmailRefusal::Syntax),
            ("ada@example..org", EmailRefusal::Syntax),
            ("ada@[127.0.0.1]", EmailRefusal::Syntax),
            (".ada@example.org", EmailRefusal::Syntax),
            ("a..b@example.org", EmailRefusal::Syntax),
            ("\"a b\"@example.org", EmailRefusal::Syntax),
            ("a\nb@example.org", EmailRefusal::Syntax),
            ("a\0@example.org", EmailRefusal::Syntax),
            ("a\u{202e}b@example.org", EmailRefusal::Syntax),
            ("a@exa\u{ad}mple.org\u{0}", EmailRefusal::Syntax),
            ("a@example.org, b@example.org", EmailRefusal::Multiple),
            ("a@example.org;", EmailRefusal::Multiple),
            ("a@example.org b@example.org", EmailRefusal::Multiple),
            ("a@b@example.org", EmailRefusal::Syntax),
            ("Ada <ada@example.org>", EmailRefusal::DisplayName),
        ] {
            assert_eq!(key(text), Err(expected), "{text:?}");
        }
        let local = "a".repeat(64);
        assert!(Email::parse(&format!("{local}@example.org")).is_ok());
        assert_eq!(
            key(&format!("{local}a@example.org")),
            Err(EmailRefusal::TooLong)
        );
        assert_eq!(key(&"a".repeat(10_000)), Err(EmailRefusal::TooLong));
        // 64, the `@`, and 189 bytes of domain are the most there can be.
        let long = "b".repeat(46);
        let longest = format!("{local}@{long}.{long}.{long}.{long}.c");
        assert_eq!(longest.len(), 254);
        assert_eq!(key(&longest).as_deref(), Ok(longest.as_str()));
        assert_eq!(key(&format!("{longest}c")), Err(EmailRefusal::TooLong));
    }

    /// Hard cases of our own; those that others collected are in `tests/addresses.rs`.
    #[test]
    fn a_second_recipient_a_symbol_and_a_blank_are_no_address() {
        for address in [
            "user@example.org\r\nBcc: other@example.org",
            "user@example.org%0aBcc:other@example.org",
            "user%0d%0aBcc:other@example.org@example.org",
            "<user@example.org>",
            "user@exa mple.org",
            "user@example.org (on call)",
            "I❤️rounds@example.org",
            "user@111.222.333.44444",
            "user@under_score.example.org",
        ] {
            assert!(Email::parse(address).is_err(), "{address}");
        }
        for address in [
            "amélie@example.org",
            "o'neil@example.org",
            "ward+night@example.org",
            "_@example.org",
        ] {
            assert!(Email::parse(address).is_ok(), "{address}");
        }
    }

    #[test]
    fn a_field_of_several_addresses_gives_each_once() {
        let keys =
            EmailKey::all_in("Ada@example.org; <b@example.org>,mailto:ada@EXAMPLE.org nobody");
        let keys: Vec<_> = keys.iter().map(EmailKey::as_str).collect();
        assert_eq!(keys, ["ada@example.org", "b@example.org"]);
        assert!(EmailKey::all_in("none").is_empty());
        assert!(EmailKey::all_in("").is_empty());
    }

    #[test]
    fn debug_shows_no_address() {
        let email = Email::parse("ada@example.org").unwrap();
        assert!(!format!("{email:?}{:?}", email.key()).contains("ada"));
    }

    proptest! {
        #[test]
        fn no_text_panics_and_a_key_is_its_own_key(text in "\\PC{0,40}(@\\PC{0,30})?") {
            if let Ok(email) = Email::parse(&text) {
                let again = Email::parse(email.key().as_str()).unwrap();
                prop_assert_eq!(again.key(), email.key());
                prop_assert!(email.key().as_str().len() <= 254);
            }
            let _ = EmailKey::all_in(&text);
        }

        #[test]
        fn a_text_is_canonical_only_if_it_is_its_own_key(text in "[a-zA-Z0-9.+@ -]{0,12}@[a-zA-Z0-9.-]{1,12}") {
            if let Some(key) = EmailKey::canonical(&text) {
                let email = Email::parse(&text).unwrap();
                prop_assert_eq!(key, email.key().as_str());
            }
        }

        #[test]
        fn the_short_way_for_plain_addresses_agrees_with_the_long_one(
            text in "[a-zA-Z0-9.'+@-]{1,66}@[a-zA-Z0-9.-]{1,66}(\\.[a-zA-Z0-9-]{1,5})?"
        ) {
            if is_plain(&text) {
                let email = Email::single(&text).unwrap();
                prop_assert_eq!(email.key().as_str(), text.to_ascii_lowercase());
                prop_assert_eq!(email.as_str(), text);
            } else if !text.contains("--") {
                prop_assert!(Email::single(&text).is_err());
            }
        }

        #[test]
        fn the_short_way_for_plain_domains_agrees_with_idna(domain in "[a-zA-Z0-9.-]{1,20}\\.[a-z]{2,5}") {
            let mut short = String::new();
            if push_domain(&mut short, &domain).is_ok() && !domain.to_ascii_lowercase().contains("--") {
                prop_assert_eq!(Ok(short), idna::domain_to_ascii_strict(&domain).map_err(|_| ()));
            }
        }
    }
}
