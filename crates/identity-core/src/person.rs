//! Persons: the human beings behind users and professionals.

use crate::{email::Email, id::Id, name::PersonName, phone::E164};
use chrono::NaiveDate;

/// A human being, as one tenant knows them. Several may share one e-mail address, as families do.
#[derive(Clone, Debug, PartialEq, Eq)]
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
