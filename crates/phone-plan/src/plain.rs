//! The short way for numbers written plainly.
//!
//! The library's parser answers for every way of writing a number in every country, and costs more than
//! the question whether the number exists. In most countries plain digits need no parser. There the
//! international prefix is `00` (`011` in North America) and the trunk prefix, if there is one, is `0`
//! (`1` in North America; Britain has `180020` besides). So digits that begin with 2 to 9 can have neither,
//! and are the national number as they stand; and where the trunk prefix is `0`, a `0` before 1 to 9 is
//! that prefix. The parser comes to the same digits whenever the number exists, and whenever it does not,
//! the parser is asked. A test compares the two on a hundred thousand numbers.

use identity_core::phone::CallingCode;
use rlibphonenumber::PhoneNumber;

/// Countries that dial `00` abroad and `0` at home, each the only one of its calling code, except Britain.
const TRUNK_ZERO: &[u16] = &[
    20, 27, 31, 32, 33, 40, 41, 43, 44, 46, 49, 58, 60, 63, 84, 90, 91, 92, 93, 94, 95, 98, 211,
    213, 218, 231, 232, 233, 243, 249, 250, 251, 252, 260, 263, 264, 265, 291, 353, 355, 359, 373,
    374, 377, 380, 381, 382, 383, 385, 387, 389, 421, 593, 594, 595, 596, 880, 961, 962, 963, 964,
    966, 967, 970, 971, 977, 994, 995, 996,
];

/// Countries that dial `00` abroad and nothing at home, and North America.
const NO_TRUNK: &[u16] = &[
    1, 30, 34, 39, 45, 47, 48, 216, 220, 221, 222, 223, 224, 225, 226, 227, 228, 229, 236, 237,
    240, 242, 244, 245, 253, 257, 258, 266, 267, 268, 269, 297, 299, 350, 351, 356, 357, 371, 372,
    376, 420, 501, 502, 503, 504, 505, 507, 509, 965, 968, 973, 974, 975, 998,
];

/// A national number is at least this long where the short way is taken.
const SHORTEST: usize = 5;

/// The digits of a number written with nothing but ASCII digits and simple punctuation.
pub(crate) struct Digits {
    international: bool,
    len: usize,
    digits: [u8; 15],
}

/// Takes the digits out of a text, unless there is something in it that only the library understands.
pub(crate) fn digits(text: &str) -> Option<Digits> {
    let national = text.strip_prefix('+');
    let mut found = Digits {
        international: national.is_some(),
        len: 0,
        digits: [0; 15],
    };
    for byte in national.unwrap_or(text).bytes() {
        match byte {
            b'0'..=b'9' => {
                *found.digits.get_mut(found.len)? = byte - b'0';
                found.len += 1;
            }
            b' ' | b'-' | b'.' | b'/' | b'(' | b')' => {}
            _ => return None,
        }
    }
    Some(found)
}

impl Digits {
    /// The number these digits are if it exists, or nothing where the library has to be asked.
    pub(crate) fn number(
        &self,
        code: Option<CallingCode>,
        knows: impl Fn(CallingCode) -> bool,
    ) -> Option<PhoneNumber> {
        let digits = self.digits.get(..self.len)?;
        let (code, national) = if self.international {
            (1..=3).find_map(|len| {
                let (code, national) = digits.split_at_checked(len)?;
                let code = CallingCode(u16::try_from(value(code)).ok()?);
                // A code never begins with 0.
                (*digits.first()? != 0 && knows(code)).then_some((code, national))
            })?
        } else {
            (code?, digits)
        };
        let trunk_zero = TRUNK_ZERO.binary_search(&code.0).is_ok();
        if !trunk_zero && NO_TRUNK.binary_search(&code.0).is_err() {
            return None;
        }
        let national = match national {
            [0, rest @ ..] if trunk_zero && rest.first() != Some(&0) => rest,
            // Digits that begin with the country's own code may be an international number without its `+`.
            [2..=9, ..] if self.international || !begins_with(national, code.0) => national,
            _ => return None,
        };
        (national.len() >= SHORTEST).then(|| PhoneNumber {
            country_code: i32::from(code.0),
            national_number: value(national),
            ..PhoneNumber::default()
        })
    }
}

/// All calling codes with a short way.
#[cfg(test)]
pub(crate) fn codes() -> impl Iterator<Item = CallingCode> {
    TRUNK_ZERO.iter().chain(NO_TRUNK).copied().map(CallingCode)
}

fn value(digits: &[u8]) -> u64 {
    digits
        .iter()
        .fold(0, |sum, digit| sum * 10 + u64::from(*digit))
}

fn begins_with(digits: &[u8], code: u16) -> bool {
    (1..=3).any(|len| {
        digits
            .get(..len)
            .is_some_and(|start| value(start) == u64::from(code))
    })
}
