//! Persons.

use crate::{
    arguments::Options,
    desk::Desk,
    failure::Failure,
    output::{Answer, Format, count, done, table},
    pages,
};
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use identity_core::{
    document::PersonDocument,
    email::Email,
    id::Id,
    name::{Name, PersonName},
    permission::PERSONS_MANAGE,
    person::{
        PatientReference, Person,
        edit::{AddPerson, Change, EditPerson},
    },
    phone::E164,
    port::Directory as _,
};
use serde_json::json;
use std::{error::Error, fmt};

#[derive(Debug, Subcommand)]
pub(crate) enum PersonCommand {
    /// Add a person who has no access yet
    #[command(after_help = "Example:
  rollcall person add --given Jerry --family Cardenas --email jerry@example.org --birth-date 1971-03-22 \\
      --mobile +32470123456 --patient MRN-0042")]
    Add(Add),
    /// List the persons, or those who share an e-mail address
    #[command(
        after_help = "Examples:\n  rollcall person list\n  rollcall person list --email family@example.org"
    )]
    List(List),
    /// Show what is known of a person
    #[command(after_help = "Example:\n  rollcall person show 018c2c1d-7c00-7b6a-8f2e-0123456789ab")]
    Show(One),
    /// Change what is known of a person; a login by the old e-mail address moves to the new
    #[command(after_help = "Examples:
  rollcall person edit 018c2c1d-7c00-7b6a-8f2e-0123456789ab --email new@stclare.example
  rollcall person edit 018c2c1d-7c00-7b6a-8f2e-0123456789ab --clear-mobile")]
    Edit(Box<Edit>),
    /// Erase what is known of a person, for good; the journal stays whole
    #[command(after_help = "Examples:
  rollcall person erase 018c2c1d-7c00-7b6a-8f2e-0123456789ab --dry-run
  rollcall person erase 018c2c1d-7c00-7b6a-8f2e-0123456789ab")]
    Erase(One),
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The given name
    #[arg(long, value_name = "NAME", value_parser = Name::parse)]
    given: Name,
    /// The family name
    #[arg(long, value_name = "NAME", value_parser = Name::parse)]
    family: Name,
    #[command(flatten)]
    known: Known,
}

/// What may be known of a person.
#[derive(Debug, Args)]
pub(crate) struct Known {
    /// The e-mail address, which others may have too
    #[arg(long, value_name = "EMAIL", value_parser = Email::parse)]
    email: Option<Email>,
    /// The date of birth, as 1971-03-22
    #[arg(long, value_name = "DATE", value_parser = birth_date)]
    birth_date: Option<NaiveDate>,
    /// The mobile number, in international form
    #[arg(long, value_name = "NUMBER", value_parser = E164::parse)]
    mobile: Option<E164>,
    /// Your name for the patient record
    #[arg(long, value_name = "REFERENCE", value_parser = PatientReference::parse)]
    patient: Option<PatientReference>,
}

/// No date of birth as 1971-03-22.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BirthDateSyntax;

impl fmt::Display for BirthDateSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a date such as 1971-03-22")
    }
}

impl Error for BirthDateSyntax {}

fn birth_date(text: &str) -> Result<NaiveDate, BirthDateSyntax> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    // One way to write a date, and no blanks or signs about it.
    let date = date.filter(|it| it.format("%Y-%m-%d").to_string() == text);
    date.ok_or(BirthDateSyntax)
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those with this e-mail address
    #[arg(long, value_name = "EMAIL", value_parser = Email::parse)]
    email: Option<Email>,
}

#[derive(Debug, Args)]
pub(crate) struct One {
    /// The person, by id
    #[arg(value_name = "PERSON")]
    person: Id<Person>,
}

#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// The person, by id
    #[arg(value_name = "PERSON")]
    person: Id<Person>,
    /// The given name
    #[arg(long, value_name = "NAME", value_parser = Name::parse, requires = "family")]
    given: Option<Name>,
    /// The family name
    #[arg(long, value_name = "NAME", value_parser = Name::parse, requires = "given")]
    family: Option<Name>,
    #[command(flatten)]
    known: Known,
    /// Forget the e-mail address
    #[arg(long, conflicts_with = "email")]
    clear_email: bool,
    /// Forget the date of birth
    #[arg(long, conflicts_with = "birth_date")]
    clear_birth_date: bool,
    /// Forget the mobile number
    #[arg(long, conflicts_with = "mobile")]
    clear_mobile: bool,
    /// Forget the patient record
    #[arg(long, conflicts_with = "patient")]
    clear_patient: bool,
}

pub(crate) fn change<T>(value: Option<T>, clear: bool) -> Change<T> {
    match (value, clear) {
        (Some(value), _) => Change::Set(value),
        (None, true) => Change::Clear,
        (None, false) => Change::Keep,
    }
}

impl PersonCommand {
    pub(crate) async fn run(self, options: &Options) -> Result<Answer, Failure> {
        let desk = Desk::begin(options).await?;
        let Desk {
            service,
            call,
            format,
        } = &desk;
        match self {
            Self::Add(Add {
                given,
                family,
                known,
            }) => {
                let command = AddPerson {
                    name: PersonName { given, family },
                    email: known.email,
                    birth_date: known.birth_date,
                    mobile: known.mobile,
                    patient: known.patient,
                };
                let person = service.add_person(call, command).await?;
                let human = format!("Person {person} is added.");
                Ok(done(*format, "person", person, human))
            }
            Self::List(List { email: Some(email) }) => {
                let found = service
                    .persons_with_email(call, email.key().clone())
                    .await?;
                Ok(listed(
                    *format,
                    &found
                        .into_iter()
                        .map(PersonDocument::from)
                        .collect::<Vec<_>>(),
                ))
            }
            Self::List(List { email: None }) => {
                desk.permit(&PERSONS_MANAGE).await?;
                Ok(listed(*format, &all(&desk).await?))
            }
            Self::Show(One { person }) => {
                let view = service.person(call, person).await?;
                let document = PersonDocument::from(view);
                Ok(Answer::of(*format, &document, || shown(&document)))
            }
            Self::Edit(edit) => {
                let person = edit.person;
                service.edit_person(call, person, edit.command()).await?;
                let human = format!("Person {person} is changed.");
                Ok(done(*format, "person", person, human))
            }
            Self::Erase(One { person }) => {
                service.erase_person(call, person).await?;
                let human = format!("What was known of person {person} is erased.");
                Ok(done(*format, "person", person, human))
            }
        }
    }
}

impl Edit {
    fn command(self) -> EditPerson {
        let name = self.given.zip(self.family);
        EditPerson {
            name: name.map(|(given, family)| PersonName { given, family }),
            email: change(self.known.email, self.clear_email),
            birth_date: change(self.known.birth_date, self.clear_birth_date),
            mobile: change(self.known.mobile, self.clear_mobile),
            patient: change(self.known.patient, self.clear_patient),
        }
    }
}

async fn all(desk: &Desk) -> Result<Vec<PersonDocument>, Failure> {
    let Desk { service, call, .. } = desk;
    let persons = pages::all(
        async |page| service.store.persons(call.tenant, page).await,
        |it| it.id,
    );
    Ok(persons
        .await?
        .into_iter()
        .map(PersonDocument::from)
        .collect())
}

fn listed(format: Format, persons: &[PersonDocument]) -> Answer {
    Answer::of(format, &json!({ "persons": persons }), || {
        let rows: Vec<_> = persons
            .iter()
            .map(|it| {
                [
                    called(it),
                    it.email.clone().unwrap_or_default(),
                    it.birth_date.map(|it| it.to_string()).unwrap_or_default(),
                    it.id.to_string(),
                ]
            })
            .collect();
        format!(
            "{}{}\n",
            table(["Name", "E-mail", "Born", "Id"], &rows),
            count(rows.len(), "person", "persons")
        )
    })
}

fn called(person: &PersonDocument) -> String {
    match person.erased_at {
        Some(_) => "(erased)".to_owned(),
        None => format!(
            "{} {}",
            person.name.given.as_str(),
            person.name.family.as_str()
        ),
    }
}

fn shown(person: &PersonDocument) -> String {
    let or_none = |it: &Option<String>| it.clone().unwrap_or_else(|| "-".to_owned());
    let born = person.birth_date.map(|it| it.to_string());
    let mut text = format!(
        "Person {}\n  Name:     {}\n  E-mail:   {}\n  Born:     {}\n  Mobile:   {}\n  Patient:  {}\n",
        person.id,
        called(person),
        or_none(&person.email),
        or_none(&born),
        or_none(&person.mobile),
        or_none(&person.patient),
    );
    for user in person.users.iter().flatten() {
        text.push_str(&format!(
            "  User:     {} in domain {}\n",
            user.id, user.domain
        ));
    }
    for hcp in person.professionals.iter().flatten() {
        text.push_str(&format!("  Professional: {hcp}\n"));
    }
    text
}
