//! JSON bodies, and the texts in them, each read once into a value of the core's.

use crate::problem::{Fault, Problem};
use axum::{
    Json,
    extract::{FromRequest, Request, rejection::JsonRejection},
    http::StatusCode,
};
use chrono::NaiveDate;
use identity_core::{
    email::Email,
    id::Id,
    login::{Password, PasswordSyntax},
    name::{Name, PersonName},
    permission::{Permission, Permissions},
    person::{PatientReference, edit::Change},
    phone::E164,
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use std::fmt;
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// The JSON body of a request; a type for it denies unknown properties.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let body: Result<Json<T>, _> = Json::from_request(request, state).await;
        match body {
            Ok(Json(it)) => Ok(Self(it)),
            // What it says may hold what was sent.
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Fault::JsonExpected.into()),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Fault::BodyTooLarge.into())
            }
            Err(_) => Err(Fault::BodyInvalid.into()),
        }
    }
}

/// A text that nobody else may see: `Debug` hides it, and the memory is wiped.
#[derive(Deserialize, ToSchema)]
#[serde(from = "String")]
#[schema(value_type = String, format = "password")]
pub(crate) struct Hidden(Zeroizing<String>);

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(…)")
    }
}

/// Reads a value that may be given as `null`: nothing is given where the property is absent.
pub(crate) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// What becomes of a value.
pub(crate) fn change<T>(
    given: Option<Option<String>>,
    read: impl FnOnce(&str) -> Result<T, Problem>,
) -> Result<Change<T>, Problem> {
    match given {
        None => Ok(Change::Keep),
        Some(None) => Ok(Change::Clear),
        Some(Some(text)) => read(&text).map(Change::Set),
    }
}

/// The problem of a property that is not what it should be.
fn not(fault: Fault, property: &str, why: &impl fmt::Display) -> Problem {
    fault.because(format!("`{property}`: {why}"))
}

/// Reads a name.
pub(crate) fn name(property: &str, text: &str) -> Result<Name, Problem> {
    Name::parse(text).map_err(|why| not(Fault::NameInvalid, property, &why))
}

/// Reads the two names of a human being.
pub(crate) fn person_name(given: &str, family: &str) -> Result<PersonName, Problem> {
    Ok(PersonName {
        given: name("given", given)?,
        family: name("family", family)?,
    })
}

/// Reads the two names of a human being, or none.
pub(crate) fn person_name_if_given(
    given: Option<&str>,
    family: Option<&str>,
) -> Result<Option<PersonName>, Problem> {
    match (given, family) {
        (Some(given), Some(family)) => person_name(given, family).map(Some),
        (None, None) => Ok(None),
        (Some(_), None) | (None, Some(_)) => Err(Fault::NamesIncomplete.into()),
    }
}

/// Reads an e-mail address.
pub(crate) fn email(property: &str, text: &str) -> Result<Email, Problem> {
    Email::parse(text).map_err(|why| not(Fault::EmailInvalid, property, &why))
}

/// Reads a date of birth: year, month and day of a calendar without zone, as ISO 8601 writes them.
pub(crate) fn birth_date(text: &str) -> Result<NaiveDate, Problem> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    // One way to write a date, and no blanks or signs about it.
    let date = date.filter(|it| it.format("%Y-%m-%d").to_string() == text);
    Ok(date.ok_or(Fault::BirthDateInvalid)?)
}

/// Reads a mobile number in international form.
pub(crate) fn mobile(text: &str) -> Result<E164, Problem> {
    E164::parse(text).map_err(|why| not(Fault::MobileInvalid, "mobile", &why))
}

/// Reads a number in international form.
pub(crate) fn phone(text: &str) -> Result<E164, Problem> {
    E164::parse(text).map_err(|why| not(Fault::PhoneInvalid, "phone", &why))
}

/// Reads the host's name for a patient record.
pub(crate) fn patient(text: &str) -> Result<PatientReference, Problem> {
    PatientReference::parse(text).map_err(|why| not(Fault::PatientInvalid, "patient", &why))
}

/// Reads permissions.
pub(crate) fn permissions(texts: &[String]) -> Result<Permissions, Problem> {
    let read = |it: &String| Permission::parse(it);
    let read: Result<_, _> = texts.iter().map(read).collect();
    read.map_err(|why| not(Fault::PermissionInvalid, "permissions", &why))
}

/// Reads an identifier.
pub(crate) fn id<K>(property: &str, text: &str) -> Result<Id<K>, Problem> {
    text.parse()
        .map_err(|_| Fault::IdInvalid.because(format!("`{property}` is not an identifier")))
}

/// Reads a new password.
pub(crate) fn new_password(property: &str, Hidden(text): &Hidden) -> Result<Password, Problem> {
    password(property, Password::parse(text))
}

/// Reads a password that is to be compared.
pub(crate) fn given_password(property: &str, Hidden(text): &Hidden) -> Result<Password, Problem> {
    password(property, Password::given(text))
}

fn password(property: &str, read: Result<Password, PasswordSyntax>) -> Result<Password, Problem> {
    read.map_err(|why| not(Fault::PasswordInvalid, property, &why))
}
