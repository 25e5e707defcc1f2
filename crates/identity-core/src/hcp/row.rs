//! One row of a file of professionals: accepted as values, or rejected with everything that is wrong with it (H1).

use super::{Hcp, header::Header, professional::Described};
use crate::{
    email::{Email, EmailRefusal},
    id::Id,
    name::{Name, NameRefusal, PersonName, trim},
    phone::{CallingCode, E164, PhonePlan, PhoneRefusal},
    sheet::{Cell, CellKind, Row},
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, sync::Arc};

/// The columns of the customer's documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The given name.
    FirstName,
    /// The family name.
    LastName,
    /// The e-mail address, by which a professional is found again.
    EmailAddress,
    /// The calling code of the mobile number.
    CountryCode,
    /// The mobile number.
    MobilePhone,
    /// The id of the organisation above.
    ParentOrganizationId,
}

impl Field {
    /// All of them, in the order of the documents.
    pub const ALL: [Self; 6] = [
        Self::FirstName,
        Self::LastName,
        Self::EmailAddress,
        Self::CountryCode,
        Self::MobilePhone,
        Self::ParentOrganizationId,
    ];

    /// Those without which a row is rejected.
    pub const REQUIRED: [Self; 3] = [Self::FirstName, Self::LastName, Self::EmailAddress];

    /// The title in the customer's documents.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::FirstName => "First Name",
            Self::LastName => "Last Name",
            Self::EmailAddress => "Email Address",
            Self::CountryCode => "Country Code",
            Self::MobilePhone => "Mobile Phone",
            Self::ParentOrganizationId => "Parent Organization ID",
        }
    }
}

/// A row whose every value is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HcpRow {
    /// The row's number, as a person sees it.
    pub row: u32,
    /// Given and family name.
    pub name: PersonName,
    /// The address.
    pub email: Email,
    /// The mobile number, if one is given.
    pub mobile: Option<E164>,
    /// The organisation above, if one is given.
    pub parent: Option<Id<Hcp>>,
}

impl HcpRow {
    /// The professional that the row describes.
    pub(super) const fn described(&self) -> Described<'_> {
        Described {
            name: &self.name,
            email: &self.email,
            mobile: self.mobile.as_ref(),
            parent: self.parent,
        }
    }
}

/// One thing that is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The header of the column as it stands in the file; empty when the whole row is meant.
    #[serde(with = "shared_text")]
    pub column: Arc<str>,
    /// What it is.
    #[serde(flatten)]
    pub code: ProblemCode,
}

/// What is wrong with a row or one of its cells.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    thiserror::Error,
)]
#[serde(rename_all = "snake_case", tag = "code")]
pub enum ProblemCode {
    /// A required value is missing.
    #[error("value is required")]
    RequiredMissing,
    /// More characters than a value of this column has.
    #[error("value is too long")]
    CellTooLong,
    /// A date, or `TRUE` or `FALSE`, where text is expected.
    #[error("text is expected, not a date or a truth value")]
    CellType,
    /// An error value such as `#N/A`.
    #[error("cell holds an error of the spreadsheet program")]
    CellErrorValue,
    /// Control or invisible characters.
    #[error("value holds control or invisible characters")]
    CellControlChars,
    /// A name that begins like a formula or a handle.
    #[error("name begins with `=` or `@`, as a formula does")]
    NameSuspicious,
    /// No e-mail address.
    #[error("not an e-mail address of the form `name@example.org`")]
    EmailSyntax,
    /// Several of them.
    #[error("several e-mail addresses in one cell, one is expected")]
    EmailMultiple,
    /// A name beside it.
    #[error("a name stands beside the e-mail address, only the address is expected")]
    EmailDisplayName,
    /// No country has this code.
    #[error("no country has this calling code; `32`, `+32`, `0032` and `BE` are read")]
    CountryCodeUnknown,
    /// A national number without a code.
    #[error("a mobile number without `+` needs a country code")]
    CountryCodeMissing,
    /// No phone number.
    #[error("not a phone number")]
    PhoneSyntax,
    /// A number no line can have.
    #[error("no such number in its country")]
    PhoneInvalid,
    /// The number begins with another code than the column says.
    #[error("mobile number begins with another country code than the one beside it")]
    PhoneCountryMismatch,
    /// Digits were lost when the file was saved.
    #[error(
        "a spreadsheet program has shortened the number, such as `3.247E+10`: type it again as text"
    )]
    PhoneScientificNotation,
    /// No id.
    #[error("not an organization id: copy it from the list of healthcare parties")]
    ParentIdSyntax,
    /// No party of the tenant has the id.
    #[error("no organization has this id")]
    ParentNotFound,
    /// A professional has it.
    #[error("the id is a professional's, not an organization's")]
    ParentNotOrganization,
    /// More cells than the header has.
    #[error("row has more cells than the header")]
    RowTooManyCells,
    /// An earlier row says the very same.
    #[error("row {first_row} says the same")]
    RowDuplicateInFile {
        /// which
        first_row: u32,
    },
    /// An earlier row has the address, and says otherwise.
    #[error("row {first_row} has the same e-mail address with other values")]
    RowConflictInFile {
        /// which
        first_row: u32,
    },
}

impl ProblemCode {
    /// The stable code, in lower snake case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::RequiredMissing => "required_missing",
            Self::CellTooLong => "cell_too_long",
            Self::CellType => "cell_type",
            Self::CellErrorValue => "cell_error_value",
            Self::CellControlChars => "cell_control_chars",
            Self::NameSuspicious => "name_suspicious",
            Self::EmailSyntax => "email_syntax",
            Self::EmailMultiple => "email_multiple",
            Self::EmailDisplayName => "email_display_name",
            Self::CountryCodeUnknown => "country_code_unknown",
            Self::CountryCodeMissing => "country_code_missing",
            Self::PhoneSyntax => "phone_syntax",
            Self::PhoneInvalid => "phone_invalid",
            Self::PhoneCountryMismatch => "phone_country_mismatch",
            Self::PhoneScientificNotation => "phone_scientific_notation",
            Self::ParentIdSyntax => "parent_id_syntax",
            Self::ParentNotFound => "parent_not_found",
            Self::ParentNotOrganization => "parent_not_organization",
            Self::RowTooManyCells => "row_too_many_cells",
            Self::RowDuplicateInFile { .. } => "row_duplicate_in_file",
            Self::RowConflictInFile { .. } => "row_conflict_in_file",
        }
    }
}

/// Something odd about a row that is accepted all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowWarning {
    /// The number is no mobile line.
    PhoneNotMobile,
    /// A country code without a number, which is not looked at.
    CountryCodeUnused,
}

impl RowWarning {
    /// The stable code, in lower snake case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::PhoneNotMobile => "phone_not_mobile",
            Self::CountryCodeUnused => "country_code_unused",
        }
    }
}

impl fmt::Display for RowWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PhoneNotMobile => "the number is no mobile line",
            Self::CountryCodeUnused => "a country code stands without a mobile number",
        })
    }
}

/// Where the columns of one file are, ready for a million rows.
#[derive(Debug)]
pub(super) struct Layout {
    places: [Option<usize>; 6],
    titles: [Arc<str>; 6],
    row_title: Arc<str>,
    width: usize,
}

/// The problems and warnings of one row, kept from row to row for its space.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<RowWarning>,
}

impl Layout {
    pub(super) fn of(header: &Header) -> Self {
        let column = |field: Field| header.column(field);
        Self {
            places: Field::ALL.map(|it| column(it).map(|it| it.place)),
            titles: Field::ALL
                .map(|it| column(it).map_or(it.title(), |it| it.title.as_str()).into()),
            row_title: "".into(),
            width: header.width,
        }
    }

    fn cell<'a>(&self, row: &'a Row, field: Field) -> Cell<'a> {
        let place = self.places.get(field as usize).copied().flatten();
        place.map_or(
            Cell {
                kind: CellKind::Blank,
                text: "",
            },
            |it| row.cell(it),
        )
    }

    pub(super) fn problem(&self, field: Option<Field>, code: ProblemCode) -> Problem {
        let title = field
            .and_then(|it| self.titles.get(it as usize))
            .unwrap_or(&self.row_title);
        Problem {
            column: Arc::clone(title),
            code,
        }
    }

    /// Reads a row; `None` when something is wrong with it, and what is stands in `findings`.
    pub(super) fn read(
        &self,
        row: &Row,
        phones: &dyn PhonePlan,
        findings: &mut Findings,
    ) -> Option<HcpRow> {
        findings.problems.clear();
        findings.warnings.clear();
        let mut reading = Reading {
            layout: self,
            row,
            findings,
        };
        let given = reading.name(Field::FirstName);
        let family = reading.name(Field::LastName);
        let email = reading.email();
        let mobile = reading.mobile(phones);
        let parent = reading.parent();
        if row.len() > self.width && row.cells().skip(self.width).any(|it| !is_blank(it)) {
            reading.reject(None, ProblemCode::RowTooManyCells);
        }
        let good = findings.problems.is_empty();
        match (given, family, email) {
            (Some(given), Some(family), Some(email)) if good => Some(HcpRow {
                row: row.number(),
                name: PersonName { given, family },
                email,
                mobile,
                parent,
            }),
            _ => None,
        }
    }
}

/// Whether a person sees nothing in the cell.
pub(super) fn is_blank(cell: Cell<'_>) -> bool {
    trim(cell.text).is_empty()
}

struct Reading<'a, 'f> {
    layout: &'a Layout,
    row: &'a Row,
    findings: &'f mut Findings,
}

impl<'a> Reading<'a, '_> {
    fn reject(&mut self, field: Option<Field>, code: ProblemCode) {
        self.findings
            .problems
            .push(self.layout.problem(field, code));
    }

    /// The text of a cell; `None` when it is blank or not text.
    fn text(&mut self, field: Field) -> Option<&'a str> {
        let cell = self.layout.cell(self.row, field);
        match cell.kind {
            CellKind::Blank => None,
            CellKind::Text | CellKind::Number => {
                Some(unguarded(trim(cell.text))).filter(|it| !it.is_empty())
            }
            CellKind::Boolean | CellKind::Date => {
                self.reject(Some(field), ProblemCode::CellType);
                None
            }
            CellKind::Error => {
                self.reject(Some(field), ProblemCode::CellErrorValue);
                None
            }
        }
    }

    /// The text of a required cell; a blank one is a problem, and so is one that is no text.
    fn required(&mut self, field: Field) -> Option<&'a str> {
        let before = self.findings.problems.len();
        let text = self.text(field);
        if text.is_none() && self.findings.problems.len() == before {
            self.reject(Some(field), ProblemCode::RequiredMissing);
        }
        text
    }

    fn name(&mut self, field: Field) -> Option<Name> {
        let text = self.required(field)?;
        let refusal = match Name::parse(text) {
            Ok(name) => return Some(name),
            Err(refusal) => refusal,
        };
        let code = match refusal {
            NameRefusal::Empty => ProblemCode::RequiredMissing,
            NameRefusal::TooLong => ProblemCode::CellTooLong,
            NameRefusal::ControlCharacters => ProblemCode::CellControlChars,
            NameRefusal::Suspicious => ProblemCode::NameSuspicious,
        };
        self.reject(Some(field), code);
        None
    }

    fn email(&mut self) -> Option<Email> {
        let text = self.required(Field::EmailAddress)?;
        let refusal = match Email::parse(text) {
            Ok(email) => return Some(email),
            Err(refusal) => refusal,
        };
        let code = match refusal {
            EmailRefusal::Empty => ProblemCode::RequiredMissing,
            EmailRefusal::TooLong => ProblemCode::CellTooLong,
            EmailRefusal::Multiple => ProblemCode::EmailMultiple,
            EmailRefusal::DisplayName => ProblemCode::EmailDisplayName,
            EmailRefusal::Syntax => ProblemCode::EmailSyntax,
        };
        self.reject(Some(Field::EmailAddress), code);
        None
    }

    fn mobile(&mut self, phones: &dyn PhonePlan) -> Option<E164> {
        let code = self.text(Field::CountryCode);
        // People also type `'` before a number, so that its zeros stay.
        let digits = |it: &'a str| it.strip_prefix('\'').unwrap_or(it);
        let phone = self.text(Field::MobilePhone).map(digits);
        let code = match code.map(|it| calling_code(digits(it), phones)) {
            None => None,
            Some(Some(code)) => Some(code),
            Some(None) => {
                self.reject(Some(Field::CountryCode), ProblemCode::CountryCodeUnknown);
                return None;
            }
        };
        let Some(phone) = phone else {
            self.findings
                .warnings
                .extend(code.map(|_| RowWarning::CountryCodeUnused));
            return None;
        };
        match self.number(phone, code, phones) {
            Ok(number) => Some(number),
            Err((field, problem)) => {
                self.reject(Some(field), problem);
                None
            }
        }
    }

    fn number(
        &mut self,
        phone: &str,
        code: Option<CallingCode>,
        phones: &dyn PhonePlan,
    ) -> Result<E164, (Field, ProblemCode)> {
        let wrong = |it| (Field::MobilePhone, it);
        if phone.len() > 64 {
            return Err(wrong(ProblemCode::PhoneSyntax));
        }
        if is_scientific(phone) {
            return Err(wrong(ProblemCode::PhoneScientificNotation));
        }
        let international = match phone.strip_prefix("00") {
            Some(rest) => Some(Cow::Owned(format!("+{rest}"))),
            None if phone.starts_with(['+', '＋']) => Some(Cow::Borrowed(phone)),
            None => None,
        };
        let read = match (&international, code) {
            (Some(number), _) => phones.read(number, None),
            (None, Some(code)) => phones.read(phone, Some(code)),
            (None, None) => return Err((Field::CountryCode, ProblemCode::CountryCodeMissing)),
        };
        let planned = read.map_err(|refusal| match refusal {
            PhoneRefusal::Syntax => wrong(ProblemCode::PhoneSyntax),
            PhoneRefusal::Invalid => wrong(ProblemCode::PhoneInvalid),
        })?;
        if let (Some(_), Some(code)) = (&international, code)
            && !planned.number.begins_with(code)
        {
            return Err(wrong(ProblemCode::PhoneCountryMismatch));
        }
        if planned.surely_not_mobile {
            self.findings.warnings.push(RowWarning::PhoneNotMobile);
        }
        Ok(planned.number)
    }

    fn parent(&mut self) -> Option<Id<Hcp>> {
        let text = self.text(Field::ParentOrganizationId)?;
        let id = text.parse().ok();
        if id.is_none() {
            self.reject(
                Some(Field::ParentOrganizationId),
                ProblemCode::ParentIdSyntax,
            );
        }
        id
    }
}

/// The text without the one `'` that spreadsheet programs, and our own files of rejected rows, put before what would else be
/// taken for a formula. An apostrophe before anything else is part of the text, as in `'t Hooft`.
fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) => rest,
        Some(_) | None => text,
    }
}

/// Reads `32`, `+32`, `0032`, `(32)` or ISO letters as a calling code. Digits are always a calling code, never ISO 3166-1
/// numeric: 56 is Chile.
fn calling_code(text: &str, phones: &dyn PhonePlan) -> Option<CallingCode> {
    let text = text.trim_matches(['+', '＋', '(', ')', ' ', '\u{a0}']);
    if text.len() == 2 && text.bytes().all(|it| it.is_ascii_alphabetic()) {
        return phones.code_of(&text.to_ascii_uppercase());
    }
    let digits = text.strip_prefix("00").unwrap_or(text);
    let good = (1..=3).contains(&digits.len())
        && digits.bytes().all(|it| it.is_ascii_digit())
        && !digits.starts_with('0');
    let code = CallingCode(digits.parse().ok().filter(|_| good)?);
    phones.knows(code).then_some(code)
}

/// `3.247E+10`, as a spreadsheet program writes a long number: digits are lost.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let digits = |it: &str| {
        !it.is_empty()
            && it
                .bytes()
                .all(|b| b.is_ascii_digit() || b == b'.' || b == b',')
    };
    digits(mantissa) && digits(exponent.trim_start_matches(['+', '-']))
}

mod shared_text {
    //! `Arc<str>` as a plain JSON string.
    use serde::{Deserialize, Deserializer, Serializer};
    use std::{borrow::Cow, sync::Arc};

    pub(super) fn serialize<S: Serializer>(
        text: &Arc<str>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<str>, D::Error> {
        Ok(Cow::<'de, str>::deserialize(deserializer)?.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::PlannedNumber;

    /// Belgium and the United States, as far as the tests go.
    struct TwoCountries;
    impl PhonePlan for TwoCountries {
        fn read(
            &self,
            text: &str,
            code: Option<CallingCode>,
        ) -> Result<PlannedNumber, PhoneRefusal> {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            if digits.is_empty() || text.contains(|c: char| c.is_alphabetic()) {
                return Err(PhoneRefusal::Syntax);
            }
            let whole = code.map_or(format!("+{digits}"), |it| {
                format!("+{}{}", it.0, digits.trim_start_matches('0'))
            });
            let number = E164::parse(&whole).map_err(|_| PhoneRefusal::Invalid)?;
            if whole.len() == "+32470123456".len() {
                Ok(PlannedNumber {
                    number,
                    surely_not_mobile: false,
                })
            } else {
                Err(PhoneRefusal::Invalid)
            }
        }
        fn knows(&self, code: CallingCode) -> bool {
            matches!(code.0, 1 | 32)
        }
        fn code_of(&self, country: &str) -> Option<CallingCode> {
            (country == "BE").then_some(CallingCode(32))
        }
    }

    const GOOD: [&str; 6] = [
        "Ada",
        "Lovelace",
        "ada@example.org",
        "32",
        "0470 12 34 56",
        "",
    ];

    fn read(cells: &[(CellKind, &str)]) -> Result<HcpRow, Vec<(String, ProblemCode)>> {
        let mut row = Row::default();
        row.restart(1);
        Field::ALL
            .iter()
            .for_each(|it| row.push(CellKind::Text, it.title()));
        let layout = Layout::of(&Header::read(&row).unwrap().unwrap());
        row.restart(7);
        cells.iter().for_each(|(kind, text)| row.push(*kind, text));
        let mut findings = Findings::default();
        layout
            .read(&row, &TwoCountries, &mut findings)
            .ok_or_else(|| {
                findings
                    .problems
                    .iter()
                    .map(|it| (it.column.to_string(), it.code))
                    .collect()
            })
    }

    fn with(column: usize, kind: CellKind, text: &str) -> Vec<(String, ProblemCode)> {
        let mut cells = GOOD.map(|it| (CellKind::Text, it));
        cells[column] = (kind, text);
        read(&cells).err().unwrap_or_default()
    }

    #[test]
    fn a_good_row_becomes_values() {
        let row = read(&GOOD.map(|it| (CellKind::Text, it))).unwrap();
        assert_eq!(row.row, 7);
        assert_eq!(row.email.as_str(), "ada@example.org");
        assert_eq!(row.mobile.unwrap().as_str(), "+32470123456");
    }

    /// H1: every rejection names its column and code.
    #[test]
    fn each_wrong_value_has_its_code() {
        let text = CellKind::Text;
        let cases: [(usize, CellKind, &str, ProblemCode); 22] = [
            (0, text, "", ProblemCode::RequiredMissing),
            (0, text, " \u{a0}", ProblemCode::RequiredMissing),
            (1, CellKind::Blank, "", ProblemCode::RequiredMissing),
            (0, text, "=HYPERLINK(\"x\")", ProblemCode::NameSuspicious),
            (0, text, "A\u{202e}da", ProblemCode::CellControlChars),
            (0, CellKind::Boolean, "TRUE", ProblemCode::CellType),
            (1, CellKind::Date, "2026-07-01", ProblemCode::CellType),
            (1, CellKind::Error, "#N/A", ProblemCode::CellErrorValue),
            (2, text, "ada", ProblemCode::EmailSyntax),
            (
                2,
                text,
                "a@example.org; b@example.org",
                ProblemCode::EmailMultiple,
            ),
            (
                2,
                text,
                "Ada <a@example.org>",
                ProblemCode::EmailDisplayName,
            ),
            (3, text, "999", ProblemCode::CountryCodeUnknown),
            (3, text, "XX", ProblemCode::CountryCodeUnknown),
            (3, text, "032", ProblemCode::CountryCodeUnknown),
            (3, text, "", ProblemCode::CountryCodeMissing),
            (4, text, "call me", ProblemCode::PhoneSyntax),
            (4, text, "12", ProblemCode::PhoneInvalid),
            (4, text, "3.247E+10", ProblemCode::PhoneScientificNotation),
            (4, text, "3,247E10", ProblemCode::PhoneScientificNotation),
            (
                4,
                text,
                "+1 212 555 0123",
                ProblemCode::PhoneCountryMismatch,
            ),
            (5, text, "cardiology", ProblemCode::ParentIdSyntax),
            (0, text, &"a".repeat(201), ProblemCode::CellTooLong),
        ];
        for (column, kind, value, code) in cases {
            let found = with(column, kind, value);
            assert_eq!(found.len(), 1, "{value:?}: {found:?}");
            assert_eq!(found[0].1, code, "{value:?}");
            assert_eq!(found[0].0, Field::ALL[column].title(), "{value:?}");
        }
    }

    #[test]
    fn all_problems_of_a_row_are_named_at_once() {
        let found = read(&[
            (CellKind::Text, ""),
            (CellKind::Text, ""),
            (CellKind::Text, "x"),
            (CellKind::Text, "99"),
        ]);
        assert_eq!(found.unwrap_err().len(), 4);
    }

    #[test]
    fn a_calling_code_is_read_in_every_spelling() {
        for code in ["32", "+32", "0032", "(+32)", "BE", "be", "'+32", " 32 "] {
            assert!(with(3, CellKind::Text, code).is_empty(), "{code}");
        }
        assert!(with(3, CellKind::Number, "32").is_empty());
        for number in [
            "+32470123456",
            "0032470123456",
            "'+32 470 12 34 56",
            "470123456",
        ] {
            assert!(with(4, CellKind::Text, number).is_empty(), "{number}");
        }
    }

    /// What an export guards against formulas is read back as it was, and refused as it was.
    #[test]
    fn a_guard_against_formulas_is_no_part_of_the_text() {
        let mut cells = GOOD.map(|it| (CellKind::Text, it));
        cells[1].1 = "'-";
        assert_eq!(read(&cells).unwrap().name.family.as_str(), "-");
        cells[1].1 = "'t Hooft";
        assert_eq!(read(&cells).unwrap().name.family.as_str(), "'t Hooft");
        assert_eq!(
            with(0, CellKind::Text, "'=1+1")[0].1,
            ProblemCode::NameSuspicious
        );
        assert_eq!(
            with(0, CellKind::Text, "'@ada")[0].1,
            ProblemCode::NameSuspicious
        );
    }

    #[test]
    fn a_row_wider_than_the_header_is_rejected_unless_the_rest_is_blank() {
        let mut cells: Vec<_> = GOOD.iter().map(|it| (CellKind::Text, *it)).collect();
        cells.push((CellKind::Blank, ""));
        assert!(read(&cells).is_ok());
        cells.push((CellKind::Text, "x"));
        assert_eq!(
            read(&cells).unwrap_err(),
            [(String::new(), ProblemCode::RowTooManyCells)]
        );
    }
}
