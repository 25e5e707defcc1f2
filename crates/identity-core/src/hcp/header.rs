//! The header of a file of professionals: which column is which, in the words of many languages.

use super::row::Field;
use crate::sheet::Row;
use serde::Serialize;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Among how many rows at the top a header is looked for: titles often stand above it.
pub const WITHIN: usize = 20;

/// Where the fields stand in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The number of the header row, as a person sees it.
    pub row: u32,
    /// The columns that are read, by field, in the order of the file.
    pub columns: Vec<Column>,
    /// The columns that are not.
    pub unknown: Vec<String>,
    /// How many columns there are.
    pub width: usize,
}

/// A column that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What it holds.
    pub field: Field,
    /// Where it stands, from 0.
    pub place: usize,
    /// Its header, as it stands in the file.
    pub title: String,
}

/// Why a file's columns cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum HeaderRefusal {
    /// No row at the top names two of the required columns.
    #[error(
        "none of the first {WITHIN} rows names the columns First Name, Last Name and Email Address"
    )]
    NotFound,
    /// A required column is missing.
    #[error("column `{}` is missing", .0.title())]
    Missing(Field),
    /// Two columns for one field.
    #[error("column `{}` is there twice", .0.title())]
    Duplicate(Field),
    /// A bare `Name`, which may be either.
    #[error("a column is called just `Name`, and may hold the first name, the last name or both")]
    Ambiguous,
}

impl HeaderRefusal {
    /// The stable code, in lower snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "header_not_found",
            Self::Missing(_) => "header_missing",
            Self::Duplicate(_) => "header_duplicate",
            Self::Ambiguous => "header_ambiguous",
        }
    }

    /// The next legal step.
    #[must_use]
    pub const fn next(&self) -> &'static str {
        match self {
            Self::NotFound | Self::Missing(_) => {
                "give the first row the columns First Name, Last Name, Email Address, Country Code, Mobile Phone and Parent Organization ID"
            }
            Self::Duplicate(_) => "remove or rename one of the two columns",
            Self::Ambiguous => "split the column into First Name and Last Name",
        }
    }
}

/// How sure a title is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Weak,
    Strong,
}

impl Header {
    /// Looks for the header in one of the first rows; `None` if this row is none.
    ///
    /// A row is a header when it names at least two of the three required columns.
    ///
    /// # Errors
    /// As [`HeaderRefusal`], when it is one and cannot be used.
    #[must_use]
    pub fn read(row: &Row) -> Option<Result<Self, HeaderRefusal>> {
        let titles: Vec<String> = row
            .cells()
            .map(|it| crate::name::trim(it.text).to_owned())
            .collect();
        let keys: Vec<String> = titles.iter().map(|it| normal(it)).collect();
        let found: Vec<Option<(Field, Strength)>> = keys.iter().map(|it| field_of(it)).collect();
        let names = |field: Field| found.iter().flatten().any(|it| it.0 == field);
        let required = Field::REQUIRED.into_iter().filter(|it| names(*it)).count();
        let bare_name = keys.iter().any(|it| it == "name" || it == "fullname");
        if required < 2 && !(required == 1 && names(Field::EmailAddress) && bare_name) {
            return None;
        }
        Some(Self::choose(row.number(), &titles, &found, bare_name))
    }

    fn choose(
        row: u32,
        titles: &[String],
        found: &[Option<(Field, Strength)>],
        bare_name: bool,
    ) -> Result<Self, HeaderRefusal> {
        let mut columns: Vec<Column> = Vec::new();
        for field in Field::ALL {
            let of = |strength: Strength| {
                found
                    .iter()
                    .enumerate()
                    .filter(move |(_, it)| **it == Some((field, strength)))
                    .map(|(place, _)| place)
            };
            let (mut strong, mut weak) = (of(Strength::Strong), of(Strength::Weak));
            let place = match (strong.next(), strong.next(), weak.next(), weak.next()) {
                (Some(one), None, _, _) | (None, _, Some(one), None) => one,
                (Some(_), Some(_), _, _) | (None, _, Some(_), Some(_)) => {
                    return Err(HeaderRefusal::Duplicate(field));
                }
                (None, _, None, _) => continue,
            };
            columns.push(Column {
                field,
                place,
                title: titles.get(place).cloned().unwrap_or_default(),
            });
        }
        for field in Field::REQUIRED {
            if !columns.iter().any(|it| it.field == field) {
                return Err(if bare_name && field != Field::EmailAddress {
                    HeaderRefusal::Ambiguous
                } else {
                    HeaderRefusal::Missing(field)
                });
            }
        }
        columns.sort_by_key(|it| it.place);
        let unknown = titles
            .iter()
            .enumerate()
            .filter(|(place, title)| {
                !title.is_empty() && !columns.iter().any(|it| it.place == *place)
            })
            .map(|(_, title)| title.chars().take(80).collect())
            .collect();
        Ok(Self {
            row,
            columns,
            unknown,
            width: titles.len(),
        })
    }

    /// The column of a field, if the file has one.
    #[must_use]
    pub fn column(&self, field: Field) -> Option<&Column> {
        self.columns.iter().find(|it| it.field == field)
    }
}

/// A title as it is compared: NFKC, lower case, no accents, letters and digits alone.
fn normal(title: &str) -> String {
    title
        .chars()
        .take(200)
        .nfkd()
        .filter(|it| !is_combining_mark(*it))
        .flat_map(char::to_lowercase)
        .filter(|it| it.is_alphanumeric())
        .collect()
}

fn field_of(key: &str) -> Option<(Field, Strength)> {
    let strong = |(field, titles): &(Field, &[&str])| {
        titles.contains(&key).then_some((*field, Strength::Strong))
    };
    let weak = |(field, titles): &(Field, &[&str])| {
        titles.contains(&key).then_some((*field, Strength::Weak))
    };
    STRONG
        .iter()
        .find_map(strong)
        .or_else(|| WEAK.iter().find_map(weak))
}

/// Titles that can mean nothing else, in the form of [`normal`].
const STRONG: [(Field, &[&str]); 6] = [
    (
        Field::FirstName,
        &[
            "firstname",
            "first",
            "fname",
            "givenname",
            "given",
            "forename",
            "prenom",
            "voornaam",
            "vorname",
            "nombre",
            "nome",
            "nomeproprio",
            "imie",
            "providerfirstname",
            "namegivenname",
            "ονομα",
        ],
    ),
    (
        Field::LastName,
        &[
            "lastname",
            "last",
            "lname",
            "surname",
            "familyname",
            "family",
            "nom",
            "nomdefamille",
            "achternaam",
            "familienaam",
            "nachname",
            "familienname",
            "zuname",
            "apellido",
            "apellidos",
            "apelido",
            "sobrenome",
            "cognome",
            "nazwisko",
            "providerlastname",
            "providerlastnamelegalname",
            "namefamilyname",
            "επωνυμο",
        ],
    ),
    (
        Field::EmailAddress,
        &[
            "email",
            "emailaddress",
            "mail",
            "courriel",
            "adresseemail",
            "adressemail",
            "emailadres",
            "emailadresse",
            "correo",
            "correoelectronico",
            "indirizzoemail",
            "enderecodeemail",
            "workemail",
        ],
    ),
    (
        Field::CountryCode,
        &[
            "countrycode",
            "countrycallingcode",
            "callingcode",
            "dialcode",
            "dialingcode",
            "diallingcode",
            "phonecode",
            "phonecountrycode",
            "phoneprefix",
            "mobilecountrycode",
            "indicatif",
            "indicatifpays",
            "indicatiftelephonique",
            "landcode",
            "landnummer",
            "landesvorwahl",
            "landervorwahl",
            "vorwahl",
            "prefijo",
            "prefisso",
            "indicativo",
        ],
    ),
    (
        Field::MobilePhone,
        &[
            "mobilephone",
            "mobile",
            "mobilenumber",
            "mobilephonenumber",
            "cell",
            "cellphone",
            "gsm",
            "gsmnummer",
            "portable",
            "telephoneportable",
            "telephonemobile",
            "mobiel",
            "handy",
            "handynummer",
            "mobilnummer",
            "movil",
            "telemovel",
            "cellulare",
        ],
    ),
    (
        Field::ParentOrganizationId,
        &[
            "parentorganizationid",
            "parentorganisationid",
            "parentorgid",
            "parentid",
            "organizationid",
            "organisationid",
            "orgid",
            "partof",
        ],
    ),
];

/// Titles that mean it when there is none better.
const WEAK: [(Field, &[&str]); 3] = [
    (Field::EmailAddress, &["username", "login", "userlogin"]),
    (Field::CountryCode, &["country", "countryiso"]),
    (
        Field::MobilePhone,
        &["phone", "phonenumber", "telephone", "tel"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::CellKind;

    fn row(titles: &[&str]) -> Row {
        let mut row = Row::default();
        row.restart(1);
        titles.iter().for_each(|it| row.push(CellKind::Text, it));
        row
    }

    #[test]
    fn a_header_is_read_in_many_languages_and_orders() {
        for titles in [
            ["First Name", "Last Name", "Email Address"],
            [" first_name ", "LASTNAME", "E-Mail"],
            ["Prénom", "Nom", "Adresse e-mail"],
            ["Voornaam", "Achternaam", "E-mailadres"],
            ["Vorname", "Nachname", "E-Mail-Adresse"],
            ["Imię", "Nazwisko", "email"],
        ] {
            let header = Header::read(&row(&titles)).unwrap().unwrap();
            let fields: Vec<_> = header.columns.iter().map(|it| it.field).collect();
            assert_eq!(fields, Field::REQUIRED, "{titles:?}");
        }
    }

    #[test]
    fn what_is_missing_twice_or_unclear_is_named() {
        let refusal = |titles: &[&str]| Header::read(&row(titles)).unwrap().unwrap_err();
        assert_eq!(
            refusal(&["First Name", "Last Name"]),
            HeaderRefusal::Missing(Field::EmailAddress)
        );
        assert_eq!(
            refusal(&["First Name", "Email"]),
            HeaderRefusal::Missing(Field::LastName)
        );
        assert_eq!(
            refusal(&["First Name", "Last Name", "Email", "E-mail"]),
            HeaderRefusal::Duplicate(Field::EmailAddress)
        );
        assert_eq!(refusal(&["Name", "Email"]), HeaderRefusal::Ambiguous);
        assert!(Header::read(&row(&["Staff list 2026"])).is_none());
        assert!(Header::read(&row(&["Ada", "Lovelace", "ada@example.org"])).is_none());
    }

    #[test]
    fn a_sure_title_beats_an_unsure_one_and_others_are_reported() {
        let header = Header::read(&row(&["First", "Last", "Email", "Phone", "Mobile", "Room"]))
            .unwrap()
            .unwrap();
        assert_eq!(header.column(Field::MobilePhone).unwrap().title, "Mobile");
        assert_eq!(header.unknown, ["Phone", "Room"]);
    }
}
