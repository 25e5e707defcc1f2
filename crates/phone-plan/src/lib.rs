//! The world's numbering plans, behind the port of `identity-core`.
//!
//! [`LibPhonePlan`] answers from the metadata of *libphonenumber*, which its maintainers gather from the
//! numbering plans that countries publish. It is pure: no file, no network, no clock.
//!
//! ```
//! use identity_core::phone::{CallingCode, PhonePlan, PhoneRefusal};
//! use phone_plan::LibPhonePlan;
//!
//! let plan = LibPhonePlan::new();
//! let read = plan.read("0470 12 34 56", Some(CallingCode(32)))?;
//! assert_eq!(read.number.as_str(), "+32470123456");
//! assert!(!read.surely_not_mobile);
//! assert_eq!(plan.read("0470 12 34", Some(CallingCode(32))), Err(PhoneRefusal::Invalid));
//! assert_eq!(plan.code_of("BE"), Some(CallingCode(32)));
//! # Ok::<(), PhoneRefusal>(())
//! ```

mod plain;

use identity_core::phone::{CallingCode, E164, PhonePlan, PhoneRefusal, PlannedNumber};
use rlibphonenumber::{
    NotANumberError, PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberType, PhoneNumberUtil,
    Region,
};
use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// No number is written with more characters than this, however it is punctuated.
const LONGEST_TEXT: usize = 64;

/// The numbering plans of *libphonenumber*.
///
/// Cheap to make and to share; the metadata are unpacked once in a process, on the first use.
#[derive(Clone)]
pub struct LibPhonePlan {
    util: &'static PhoneNumberUtil,
    /// By calling code, the country that answers to it first, or the world for codes of no country.
    regions: Box<[Option<Region>]>,
}

impl LibPhonePlan {
    /// The plans as this version of the library knows them.
    #[must_use]
    pub fn new() -> Self {
        let util = &*PHONE_NUMBER_UTIL;
        let regions = (0..1_000)
            .map(|it| util.get_region_for_country_code(it))
            .collect();
        Self { util, regions }
    }

    fn region(&self, code: CallingCode) -> Option<Region> {
        self.regions.get(usize::from(code.0)).copied().flatten()
    }

    /// Reads a number by the library alone, which understands every way of writing one.
    fn parse(&self, text: &str, code: Option<CallingCode>) -> Result<PhoneNumber, PhoneRefusal> {
        let region = match code {
            _ if text.starts_with('+') => None,
            None => return Err(PhoneRefusal::Syntax),
            Some(code) => Some((code, self.region(code).ok_or(PhoneRefusal::Invalid)?)),
        };
        // The library is given text from outside; a panic in it must cost one row, not the process.
        let parsed = catch_unwind(AssertUnwindSafe(|| match region {
            // A code of no country has no way of dialling from within.
            Some((CallingCode(code), Region::World)) => {
                self.util.parse(format!("+{code}{text}"), None)
            }
            Some((_, region)) => self.util.parse(text, Some(region)),
            None => self.util.parse(text, None),
        }))
        .map_err(|_| PhoneRefusal::Syntax)?;
        let number = parsed.map_err(|why| match why {
            ParseError::NotANumber(NotANumberError::FailedToParseNumberAsInt(_))
            | ParseError::InvalidCountryCode
            | ParseError::TooShortAfterIdd
            | ParseError::TooShortNsn
            | ParseError::TooLongNsn => PhoneRefusal::Invalid,
            ParseError::NotANumber(_) => PhoneRefusal::Syntax,
        })?;
        if number.extension.is_some() {
            return Err(PhoneRefusal::Syntax);
        }
        Ok(number)
    }

    /// Whether the number exists, and then what kind of line it is. A number without a kind is what the
    /// library calls invalid, so that one question answers both.
    fn planned(&self, number: &PhoneNumber) -> Result<PlannedNumber, PhoneRefusal> {
        let surely_not_mobile = match self.util.get_number_type(number) {
            PhoneNumberType::Unknown => return Err(PhoneRefusal::Invalid),
            PhoneNumberType::Mobile
            | PhoneNumberType::FixedLineOrMobile
            | PhoneNumberType::PersonalNumber => false,
            PhoneNumberType::FixedLine
            | PhoneNumberType::TollFree
            | PhoneNumberType::PremiumRate
            | PhoneNumberType::SharedCost
            | PhoneNumberType::VoIP
            | PhoneNumberType::Pager
            | PhoneNumberType::UAN
            | PhoneNumberType::VoiceMail => true,
        };
        let zeros = match number.italian_leading_zero {
            Some(true) => usize::try_from(number.number_of_leading_zeros.unwrap_or(1)).unwrap_or(1),
            Some(false) | None => 0,
        };
        let mut text = Backwards::default();
        text.number(number.national_number);
        (0..zeros).for_each(|_| text.push(b'0'));
        text.number(number.country_code.unsigned_abs().into());
        text.push(b'+');
        let number = E164::parse(text.as_str()).map_err(|_| PhoneRefusal::Invalid)?;
        Ok(PlannedNumber {
            number,
            surely_not_mobile,
        })
    }
}

/// A short text written from its end, without the machinery of formatting, which would cost as much as all the rest. What
/// does not fit is no number in international form anyway, and is left out.
#[derive(Default)]
struct Backwards {
    bytes: [u8; 32],
    len: usize,
}

impl Backwards {
    fn push(&mut self, byte: u8) {
        self.len += 1;
        let place = self.bytes.len().checked_sub(self.len);
        if let Some(to) = place.and_then(|it| self.bytes.get_mut(it)) {
            *to = byte;
        }
    }

    fn number(&mut self, mut value: u64) {
        while value > 9 {
            self.push(b'0' + u8::try_from(value % 10).unwrap_or_default());
            value /= 10;
        }
        self.push(b'0' + u8::try_from(value).unwrap_or_default());
    }

    fn as_str(&self) -> &str {
        let start = self.bytes.len().saturating_sub(self.len);
        std::str::from_utf8(self.bytes.get(start..).unwrap_or_default()).unwrap_or_default()
    }
}

fn is_alphabetic(text: &str) -> bool {
    if text.is_ascii() {
        text.bytes().any(|it| it.is_ascii_alphabetic())
    } else {
        text.chars().any(char::is_alphabetic)
    }
}

impl PhonePlan for LibPhonePlan {
    /// Reads digits with any usual punctuation. Letters and extensions are refused: a number spelt as a
    /// word, or one digit mistyped as a letter, would otherwise turn into another number.
    fn read(&self, text: &str, code: Option<CallingCode>) -> Result<PlannedNumber, PhoneRefusal> {
        let text = text.trim();
        if text.len() > LONGEST_TEXT {
            return Err(PhoneRefusal::Syntax);
        }
        let plain = plain::digits(text)
            .and_then(|it| it.number(code, |code| self.region(code).is_some()))
            .and_then(|it| self.planned(&it).ok());
        match plain {
            Some(planned) => Ok(planned),
            None if is_alphabetic(text) => Err(PhoneRefusal::Syntax),
            None => self.planned(&self.parse(text, code)?),
        }
    }

    fn knows(&self, code: CallingCode) -> bool {
        self.region(code).is_some()
    }

    fn code_of(&self, country: &str) -> Option<CallingCode> {
        let alpha2 = country.len() == 2 && country.bytes().all(|it| it.is_ascii_uppercase());
        let region = Region::from_code(country).ok().filter(|_| alpha2)?;
        let code = self.util.get_country_code_for_region(region)?;
        u16::try_from(code)
            .ok()
            .filter(|it| *it > 0)
            .map(CallingCode)
    }
}

impl Default for LibPhonePlan {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for LibPhonePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LibPhonePlan").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rlibphonenumber::PhoneNumberFormat;

    fn read(text: &str, code: impl Into<Option<u16>>) -> Result<(String, bool), PhoneRefusal> {
        LibPhonePlan::new()
            .read(text, code.into().map(CallingCode))
            .map(|it| (it.number.as_str().to_owned(), it.surely_not_mobile))
    }

    #[test]
    fn a_number_is_read_however_it_is_written() {
        for (text, code) in [
            ("0470 12 34 56", Some(32)),
            ("470123456", Some(32)),
            ("+32 (0)470/12.34.56", None),
            ("+32470123456", Some(33)),
            ("0032 470 12 34 56", Some(33)),
            ("32470123456", Some(32)),
            ("０４７０ １２ ３４ ５６", Some(32)),
            ("\u{a0}0470-12-34-56 ", Some(32)),
        ] {
            assert_eq!(
                read(text, code),
                Ok(("+32470123456".to_owned(), false)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_does_not_exist_is_refused() {
        for (text, code, why) in [
            ("", Some(32), PhoneRefusal::Syntax),
            ("none", Some(32), PhoneRefusal::Syntax),
            ("0470 12 34 5O", Some(32), PhoneRefusal::Syntax),
            ("1-800-FLOWERS", Some(1), PhoneRefusal::Syntax),
            ("3.2470E+10", Some(32), PhoneRefusal::Syntax),
            ("0470123456;12", Some(32), PhoneRefusal::Syntax),
            ("0470123456", None, PhoneRefusal::Syntax),
            ("047012345", Some(32), PhoneRefusal::Invalid),
            ("+3247012345", None, PhoneRefusal::Invalid),
            ("+999123456789", None, PhoneRefusal::Invalid),
            ("0470123456", Some(999), PhoneRefusal::Invalid),
            ("0470123456", Some(u16::MAX), PhoneRefusal::Invalid),
        ] {
            assert_eq!(read(text, code), Err(why), "{text} {code:?}");
        }
        assert_eq!(read(&"1".repeat(65), 32), Err(PhoneRefusal::Syntax));
    }

    #[test]
    fn a_lost_leading_zero_is_harmless_only_where_it_is_a_trunk_prefix() {
        // Côte d'Ivoire: the zero belongs to the number.
        assert_eq!(
            read("0708123456", 225).map(|it| it.0).unwrap(),
            "+2250708123456"
        );
        assert_eq!(read("708123456", 225), Err(PhoneRefusal::Invalid));
        // Italy: fixed lines keep it.
        assert_eq!(
            read("06 6982 1234", 39).unwrap(),
            ("+390669821234".to_owned(), true)
        );
    }

    #[test]
    fn only_a_line_that_is_certainly_fixed_is_called_not_mobile() {
        assert_eq!(read("02 555 12 12", 32).map(|it| it.1), Ok(true));
        assert_eq!(read("+12015550123", None).map(|it| it.1), Ok(false));
        assert_eq!(read("+80012345678", None).map(|it| it.1), Ok(true));
        assert_eq!(
            read("12345678", 800).map(|it| it.0).unwrap(),
            "+80012345678"
        );
    }

    #[test]
    fn countries_are_known_by_code_and_by_letters() {
        let plan = LibPhonePlan::new();
        for (country, code) in [("BE", 32), ("US", 1), ("CA", 1), ("GG", 44), ("XK", 383)] {
            assert_eq!(plan.code_of(country), Some(CallingCode(code)), "{country}");
            assert!(plan.knows(CallingCode(code)));
        }
        for country in ["", "be", "B", "BEL", "ZZ", "001", "É"] {
            assert_eq!(plan.code_of(country), None, "{country}");
        }
        for code in [0, 2, 56_000, 999] {
            assert!(!plan.knows(CallingCode(code)), "{code}");
        }
    }

    #[test]
    fn plain_numbers_are_read_as_the_library_reads_them() {
        let plan = LibPhonePlan::new();
        let by_library = |text: &str, code: Option<CallingCode>| {
            let number = plan.parse(text, code).ok()?;
            plan.util.is_valid_number(&number).then(|| {
                plan.util
                    .format(&number, PhoneNumberFormat::E164)
                    .into_owned()
            })
        };
        let mut state = 1_u64;
        let mut random = move |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % below
        };
        let (mut plain, mut valid) = (0, 0);
        for code in plain::codes() {
            let region = plan.region(code).unwrap();
            let kinds = [PhoneNumberType::Mobile, PhoneNumberType::FixedLine];
            for round in 0..400_u64 {
                // Real numbers with a few digits changed, so that most exist and all borders are met.
                let Ok(example) = plan.util.get_example_number_for_type_and_region(
                    region,
                    kinds[usize::try_from(round % 2).unwrap()],
                ) else {
                    continue;
                };
                let mut digits: Vec<u8> = example.national_number.to_string().into_bytes();
                for _ in 0..random(4) {
                    let at = usize::try_from(random(digits.len() as u64)).unwrap();
                    digits[at] = b'0' + u8::try_from(random(10)).unwrap();
                }
                match random(8) {
                    0 => digits.truncate(digits.len() - 1),
                    1 => digits.insert(0, b'0' + u8::try_from(random(10)).unwrap()),
                    2 => digits
                        .splice(0..0, code.0.to_string().into_bytes())
                        .for_each(drop),
                    _ => {}
                }
                let digits = String::from_utf8(digits).unwrap();
                for (text, code) in [
                    (format!("+{}{digits}", code.0), None),
                    (format!("+{}0{digits}", code.0), None),
                    (digits.clone(), Some(code)),
                    (format!("0{digits}"), Some(code)),
                ] {
                    let read = plan.read(&text, code).ok();
                    let expected = by_library(&text, code);
                    valid += u32::from(expected.is_some());
                    plain += u32::from(
                        plain::digits(&text)
                            .is_some_and(|it| it.number(code, |it| plan.knows(it)).is_some()),
                    );
                    assert_eq!(
                        read.map(|it| it.number.as_str().to_owned()),
                        expected,
                        "{text} {code:?}"
                    );
                }
            }
        }
        assert!(plain > 10_000 && valid > 10_000, "{plain} {valid}");
    }
}
