//! Persons: the human beings behind users and professionals.

pub mod edit;

use crate::{
    email::Email, id::Id, name::PersonName, phone::E164, shown::shows_only, time::Instant,
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A human being, as one tenant knows them. Several may share one e-mail address, as families do.
///
/// `Debug` shows the identifier alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Its identifier.
    pub id: Id<Self>,
    /// Given and family name.
    pub name: PersonName,
    /// The e-mail address, where one is known.
    pub email: Option<Email>,
    /// The date of birth, where known; a calendar date without zone.
    pub birth_date: Option<NaiveDate>,
    /// The mobile number, where known.
    pub mobile: Option<E164>,
    /// The patient record that the host keeps of them, where there is one. Professional records refer to the person.
    pub patient: Option<PatientReference>,
    /// When what is known of them was erased, if it was; nothing else is known then but that there was somebody.
    pub erased_at: Option<Instant>,
}

impl Person {
    /// A person of whom nothing is known but name and address.
    #[must_use]
    pub const fn new(id: Id<Self>, name: PersonName, email: Option<Email>) -> Self {
        Self {
            id,
            name,
            email,
            birth_date: None,
            mobile: None,
            patient: None,
            erased_at: None,
        }
    }
}

/// The host's name for a patient record: 1 to 128 visible ASCII characters, such as a medical record number. `Debug` hides it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PatientReference(Box<str>);

/// The text is empty, longer than 128 characters, or holds others than visible ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a reference to a patient record: 1 to 128 visible ASCII characters")]
pub struct PatientReferenceSyntax;

impl PatientReference {
    /// Reads a reference; blanks around it are no error.
    ///
    /// # Errors
    /// [`PatientReferenceSyntax`].
    pub fn parse(text: &str) -> Result<Self, PatientReferenceSyntax> {
        let text = crate::name::trim(text);
        let good = (1..=128).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic());
        if good {
            Ok(Self(text.into()))
        } else {
            Err(PatientReferenceSyntax)
        }
    }

    /// The reference as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PatientReference {
    type Error = PatientReferenceSyntax;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<PatientReference> for String {
    fn from(PatientReference(text): PatientReference) -> Self {
        text.into()
    }
}

impl fmt::Debug for PatientReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PatientReference(…)")
    }
}

shows_only!(Person: id);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::Mint,
        record::Put,
        world::{email, now, person_name},
    };

    /// A reference is what the host calls a record: short, visible, and without a blank within.
    #[test]
    fn a_patient_reference_is_short_and_visible() {
        let longest = "7".repeat(128);
        for (text, expected) in [
            ("MRN-1815", Some("MRN-1815")),
            (" MRN-1815\u{a0}", Some("MRN-1815")),
            (longest.as_str(), Some(longest.as_str())),
            ("", None),
            (" ", None),
            ("MRN 1815", None),
            ("MRN\n1815", None),
            ("\u{41c}RN", None),
            (&"7".repeat(129), None),
        ] {
            let parsed = PatientReference::parse(text);
            assert_eq!(parsed.as_ref().ok().map(PatientReference::as_str), expected);
            let json = serde_json::to_string(text).unwrap();
            let read: Option<PatientReference> = serde_json::from_str(&json).ok();
            assert_eq!(read, parsed.clone().ok());
            if let Ok(parsed) = parsed {
                let written = serde_json::to_string(&parsed).unwrap();
                assert_eq!(Some(written.trim_matches('"')), expected);
                assert_eq!(format!("{parsed:?}"), "PatientReference(…)");
            }
        }
    }

    /// What is written to a log by accident tells nothing of a human being, the date of birth included.
    #[test]
    fn debug_shows_the_identifier_alone() {
        let person = Person {
            birth_date: NaiveDate::from_ymd_opt(1815, 12, 10),
            mobile: E164::parse("+32470123456").ok(),
            patient: PatientReference::parse("MRN-1815").ok(),
            ..Person::new(
                Mint::new(now(), [1; 10]).id(),
                person_name("Ada", "Lovelace"),
                Some(email("ada@example.org")),
            )
        };
        let text = format!("{:?}", Put::from(person.clone()));
        assert!(text.contains(&person.id.to_string()));
        for hidden in ["1815", "Ada", "example.org", "470"] {
            assert!(!text.contains(hidden), "{text}");
        }
    }
}
