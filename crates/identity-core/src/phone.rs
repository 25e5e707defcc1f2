//! Phone numbers: an E.164 value, and the port that knows the world's numbering plans.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, fmt};

/// A phone number in international form: `+`, then 7 to 15 digits, the first not zero (ITU-T E.164).
///
/// `Debug` hides it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct E164 {
    /// ASCII, zeros behind its end.
    text: [u8; 16],
    len: u8,
}

/// The text is not `+` and 7 to 15 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a phone number in international form, such as `+32470123456`")]
pub struct E164Syntax;

impl E164 {
    /// Reads the international form, without blanks or punctuation.
    ///
    /// # Errors
    /// [`E164Syntax`] for anything else.
    pub fn parse(text: &str) -> Result<Self, E164Syntax> {
        let digits = text.strip_prefix('+').ok_or(E164Syntax)?;
        let good = (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|it| it.is_ascii_digit());
        let mut number = Self {
            text: [0; 16],
            len: u8::try_from(text.len()).map_err(|_| E164Syntax)?,
        };
        match number.text.get_mut(..text.len()) {
            Some(to) if good => to.copy_from_slice(text.as_bytes()),
            _ => return Err(E164Syntax),
        }
        Ok(number)
    }

    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let text = self.text.get(..usize::from(self.len)).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }

    /// Whether it is a number of the countries with this calling code.
    #[must_use]
    pub fn begins_with(&self, CallingCode(code): CallingCode) -> bool {
        let mut value = 0;
        self.text.iter().skip(1).take(3).any(|digit| {
            value = value * 10 + u16::from(digit.wrapping_sub(b'0'));
            value == code
        })
    }
}

/// A country calling code: 1 to 999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallingCode(
    /// The code, without `+`.
    pub u16,
);

/// What a numbering plan says of a number that was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedNumber {
    /// The number in international form.
    pub number: E164,
    /// Whether the plan says that this is no mobile line; `false` where the plan cannot tell.
    pub surely_not_mobile: bool,
}

/// Why a numbering plan refuses a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneRefusal {
    /// No phone number at all.
    #[error("not a phone number")]
    Syntax,
    /// A number that its country does not have (too short, too long, no such range).
    #[error("no such number in its country's numbering plan")]
    Invalid,
}

/// The port to the world's numbering plans, which change every month and so live in an adapter.
pub trait PhonePlan: Send + Sync + 'static {
    /// Reads `text` as a number of the country with this calling code; a text that itself begins with `+`
    /// is read as it stands and the code is not looked at.
    ///
    /// # Errors
    /// As [`PhoneRefusal`].
    fn read(&self, text: &str, code: Option<CallingCode>) -> Result<PlannedNumber, PhoneRefusal>;

    /// Whether some country answers to this calling code.
    fn knows(&self, code: CallingCode) -> bool;

    /// The calling code of a country by its ISO 3166-1 alpha-2 letters, in upper case.
    fn code_of(&self, country: &str) -> Option<CallingCode>;
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("E164(…)")
    }
}
impl Serialize for E164 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
impl<'de> Deserialize<'de> for E164 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_to_fifteen_digits_after_a_plus() {
        for good in ["+3247012", "+32470123456", "+123456789012345"] {
            assert_eq!(E164::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "+",
            "32470123456",
            "+324701",
            "+0470123456",
            "+1234567890123456",
            "+3247012345x",
            "+32 470123456",
        ] {
            assert_eq!(E164::parse(bad), Err(E164Syntax), "{bad}");
        }
    }
}
