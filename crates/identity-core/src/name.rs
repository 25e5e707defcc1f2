//! Names of people, organisations and roles: one documented cleaning rule for every path.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, fmt};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The longest name, in characters.
pub const LONGEST: usize = 200;

/// A name: trimmed, NFC, inner runs of blanks made one space, 1 to [`LONGEST`] characters, without
/// control characters, invisible format characters (which include bidirectional overrides) or U+FFFD.
///
/// `Debug` hides it: most names belong to people. There is no `Display`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Box<str>);

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameRefusal {
    /// Nothing but blanks.
    #[error("name is empty")]
    Empty,
    /// More than [`LONGEST`] characters.
    #[error("name is longer than {LONGEST} characters")]
    TooLong,
    /// A control, invisible or replacement character within.
    #[error("name holds control or invisible characters")]
    ControlCharacters,
    /// Begins like a formula or a handle (`=`, `@`), which no name does.
    #[error("name begins with `=` or `@`, as a formula does")]
    Suspicious,
}

impl Name {
    /// Reads a name.
    ///
    /// # Errors
    /// As [`NameRefusal`].
    pub fn parse(text: &str) -> Result<Self, NameRefusal> {
        let text = trim(text);
        if text.is_empty() {
            return Err(NameRefusal::Empty);
        }
        if text.len() > LONGEST * 16 {
            return Err(NameRefusal::TooLong);
        }
        if text.starts_with(['=', '@', '＝', '＠']) {
            return Err(NameRefusal::Suspicious);
        }
        let plain = text.is_ascii();
        let (mut forbidden, mut gaps, mut before) = (false, false, 0);
        for byte in text.bytes() {
            forbidden |= byte.is_ascii_control();
            gaps |= byte == b' ' && before == b' ';
            before = byte;
        }
        if forbidden || !plain && text.chars().any(is_forbidden) {
            return Err(NameRefusal::ControlCharacters);
        }
        let mut text: Cow<'_, str> = if plain || is_nfc_quick(text.chars()) == IsNormalized::Yes {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(text.nfc().collect())
        };
        if gaps || !plain && text.contains(|c: char| c.is_whitespace() && c != ' ') {
            text = Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        if text.len() > LONGEST && text.chars().count() > LONGEST {
            return Err(NameRefusal::TooLong);
        }
        Ok(Self(text.into()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form to compare by: NFKC, lower case. Two role names that look alike to a reader of one
    /// alphabet are equal in it.
    #[must_use]
    pub fn key(&self) -> String {
        if self.0.is_ascii() {
            self.0.to_ascii_lowercase()
        } else {
            self.0.nfkc().flat_map(char::to_lowercase).collect()
        }
    }
}

/// The two names of a human being.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonName {
    /// The given (first) name.
    pub given: Name,
    /// The family (last) name.
    pub family: Name,
}

/// Cuts blanks off both ends, including those a spreadsheet hides: no-break and zero-width spaces and the
/// byte order mark.
#[must_use]
pub fn trim(text: &str) -> &str {
    // Nearly every text begins and ends with a visible ASCII character, and is looked at by several who trim.
    if let ([first, ..], [.., last]) = (text.as_bytes(), text.as_bytes())
        && first.is_ascii_graphic()
        && last.is_ascii_graphic()
    {
        return text;
    }
    text.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}')
    })
}

/// Controls, format characters (zero-width joiners between letters excepted: Persian and Indic names need
/// them), surrogates, private use, unassigned, and the mark of a decoding that failed.
fn is_forbidden(c: char) -> bool {
    // Latin letters with their marks, which is nearly every letter beyond ASCII that is read here.
    if matches!(c, '\u{c0}'..='\u{24f}') {
        return false;
    }
    match c.general_category() {
        GeneralCategory::Format => !matches!(c, '\u{200c}' | '\u{200d}'),
        GeneralCategory::Control
        | GeneralCategory::Surrogate
        | GeneralCategory::PrivateUse
        | GeneralCategory::Unassigned
        | GeneralCategory::LineSeparator
        | GeneralCategory::ParagraphSeparator => true,
        _ => c == char::REPLACEMENT_CHARACTER,
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(…)")
    }
}
impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_cleaned_the_same_everywhere() {
        for (text, expected) in [
            ("  Ada ", "Ada"),
            ("\u{feff}Ada\u{a0}", "Ada"),
            ("van  der\u{a0}Berg", "van der Berg"),
            ("Mu\u{308}ller", "Müller"),
            ("O'Brien-Smith", "O'Brien-Smith"),
            ("-", "-"),
        ] {
            assert_eq!(Name::parse(text).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn what_is_no_name_is_refused_with_its_reason() {
        for (text, expected) in [
            ("", NameRefusal::Empty),
            (" \u{200b}\u{a0}", NameRefusal::Empty),
            ("A\0da", NameRefusal::ControlCharacters),
            ("A\nda", NameRefusal::ControlCharacters),
            ("A\u{202e}da", NameRefusal::ControlCharacters),
            ("A\u{fffd}da", NameRefusal::ControlCharacters),
            ("A\u{200b}da", NameRefusal::ControlCharacters),
            ("=1+1", NameRefusal::Suspicious),
            ("@ada", NameRefusal::Suspicious),
        ] {
            assert_eq!(Name::parse(text), Err(expected), "{text:?}");
        }
        assert!(Name::parse(&"é".repeat(LONGEST)).is_ok());
        assert_eq!(
            Name::parse(&"é".repeat(LONGEST + 1)),
            Err(NameRefusal::TooLong)
        );
        assert_eq!(
            Name::parse(&"a".repeat(10_000_000)),
            Err(NameRefusal::TooLong)
        );
    }

    #[test]
    fn a_name_that_only_looks_different_has_the_same_key() {
        let key = |text| Name::parse(text).unwrap().key();
        assert_eq!(key("Tenant Owner "), key("tenant  owner"));
        assert_eq!(key("Ｔｅｎａｎｔ Owner"), key("Tenant Owner"));
    }

    proptest! {
        #[test]
        fn no_text_panics_and_cleaning_twice_is_cleaning_once(text in "\\PC{0,60}") {
            if let Ok(name) = Name::parse(&text) {
                prop_assert_eq!(Name::parse(name.as_str()), Ok(name));
            }
        }
    }
}
