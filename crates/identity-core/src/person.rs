//! Persons: the human beings behind users and professionals.

use crate::{email::Email, id::Id, name::PersonName, phone::E164};
use chrono::NaiveDate;
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
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::Mint,
        record::Put,
        world::{email, now, person_name},
    };

    /// What is written to a log by accident tells nothing of a human being, the date of birth included.
    #[test]
    fn debug_shows_the_identifier_alone() {
        let person = Person {
            id: Mint::new(now(), [1; 10]).id(),
            name: person_name("Ada", "Lovelace"),
            email: Some(email("ada@example.org")),
            birth_date: NaiveDate::from_ymd_opt(1815, 12, 10),
            mobile: E164::parse("+32470123456").ok(),
        };
        let text = format!("{:?}", Put::from(person.clone()));
        assert!(text.contains(&person.id.to_string()));
        for hidden in ["1815", "Ada", "example.org", "470"] {
            assert!(!text.contains(hidden), "{text}");
        }
    }
}
