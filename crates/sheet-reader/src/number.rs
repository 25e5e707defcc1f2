//! Numbers as a person typed them, and numbers that are dates.

use identity_core::sheet::CellKind;
use std::fmt::Write as _;

/// Whole numbers up to here are exact in a cell.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// What a number format does to the text of a number, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberFormat {
    /// Nothing.
    Plain,
    /// Whole numbers have at least so many digits, as identifiers and telephone numbers do.
    Digits(u8),
    /// The number is a day, a time of day, or both.
    Date { day: bool, time: bool },
}

impl NumberFormat {
    /// One of the formats that have a number and no code (ECMA-376 part 1, 18.8.30).
    pub(crate) fn built_in(id: u32) -> Self {
        match id {
            14..=17 | 27..=31 | 36 | 50..=54 | 57..=58 => Self::Date {
                day: true,
                time: false,
            },
            18..=21 | 32..=35 | 45..=47 | 55..=56 => Self::Date {
                day: false,
                time: true,
            },
            22 => Self::Date {
                day: true,
                time: true,
            },
            _ => Self::Plain,
        }
    }

    /// What a format code says.
    pub(crate) fn of(code: &str) -> Self {
        // Only the first section counts, which is for positive numbers.
        let mut letters = String::new();
        let mut chars = code.chars();
        while let Some(char) = chars.next() {
            match char {
                ';' => break,
                '"' => drop(chars.by_ref().find(|it| *it == '"')),
                '\\' | '_' | '*' => drop(chars.next()),
                '[' => {
                    let bracket: String = chars.by_ref().take_while(|it| *it != ']').collect();
                    let lower = bracket.to_ascii_lowercase();
                    let elapsed = ["h", "m", "s"].iter().any(|it| {
                        !lower.is_empty() && lower.trim_matches(|c| it.contains(c)).is_empty()
                    });
                    if elapsed {
                        letters.push('h');
                    }
                }
                _ => letters.push(char.to_ascii_lowercase()),
            }
        }
        if letters.len() >= 2 && letters.bytes().all(|it| it == b'0') {
            return Self::Digits(u8::try_from(letters.len().min(64)).unwrap_or(64));
        }
        if letters.contains("general") {
            return Self::Plain;
        }
        let time = letters.contains(['h', 's']);
        let day = letters.contains(['d', 'y']) || letters.contains('m') && !time;
        if day || time {
            Self::Date { day, time }
        } else {
            Self::Plain
        }
    }

    /// Writes what a cell with this format shows for a stored number.
    pub(crate) fn show(self, stored: &str, from_1904: bool, into: &mut String) -> CellKind {
        into.clear();
        // Nearly all numbers in such tables are whole, and stored as they were typed.
        let digits = stored.strip_prefix('-').unwrap_or(stored);
        let whole = (1..=15).contains(&digits.len())
            && digits.bytes().all(|it| it.is_ascii_digit())
            && (!digits.starts_with('0') || stored == "0");
        if whole && self == Self::Plain {
            into.push_str(stored);
            return CellKind::Number;
        }
        let Some(value) = stored
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|it| it.is_finite())
        else {
            into.push_str(stored);
            return CellKind::Text;
        };
        self.show_value(value, from_1904, into)
    }

    /// The same for a number that is stored as one.
    pub(crate) fn show_value(self, value: f64, from_1904: bool, into: &mut String) -> CellKind {
        into.clear();
        if let Self::Date { day, time } = self
            && date(value, day, time, from_1904, into)
        {
            return CellKind::Date;
        }
        let is_whole = value.fract() == 0.0 && value.abs() <= LARGEST_WHOLE;
        let written = match self {
            #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
            Self::Digits(least) if is_whole => {
                let sign = if value < 0.0 { "-" } else { "" };
                let least = usize::from(least);
                write!(into, "{sign}{:0>least$}", (value as i64).unsigned_abs())
            }
            #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
            _ if is_whole => write!(into, "{}", value as i64),
            _ if (1e-7..1e21).contains(&value.abs()) => write!(into, "{value}"),
            _ => write!(into, "{value:e}"),
        };
        match written {
            Ok(()) => CellKind::Number,
            Err(_) => CellKind::Error,
        }
    }
}

/// Writes a stored number of days as ISO 8601; `false` if there is no such day.
fn date(value: f64, day: bool, time: bool, from_1904: bool, into: &mut String) -> bool {
    /// The last day of the year 9999, counted from 1900.
    const LAST: f64 = 2_958_466.0;
    if !(0.0..LAST).contains(&value) {
        return false;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "between 0 and 2,958,466 days"
    )]
    let seconds = (value * 86_400.0).round() as i64;
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let at = (second / 3_600, second / 60 % 60, second % 60);
    if time && !day && days == 0 {
        return write!(into, "{:02}:{:02}:{:02}", at.0, at.1, at.2).is_ok();
    }
    let (year, month, day_of_month) = if from_1904 {
        civil(days - 24_107)
    } else {
        match days {
            // 1900 was no leap year, but the programs count a 29 February in it.
            0 => (1899, 12, 31),
            1..60 => civil(days - 25_568),
            60 => (1900, 2, 29),
            _ => civil(days - 25_569),
        }
    };
    let mut written = write!(into, "{year:04}-{month:02}-{day_of_month:02}");
    if time || second != 0 {
        written = written.and_then(|()| write!(into, "T{:02}:{:02}:{:02}", at.0, at.1, at.2));
    }
    written.is_ok()
}

/// Year, month and day in the proleptic Gregorian calendar, of a day counted from 1970-01-01. The year is
/// taken to begin in March, so that the leap day is its last.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(code: &str, stored: &str) -> (CellKind, String) {
        let mut text = String::new();
        let kind = NumberFormat::of(code).show(stored, false, &mut text);
        (kind, text)
    }

    #[test]
    fn numbers_are_shown_as_they_were_typed() {
        for (code, stored, shown) in [
            ("General", "32", "32"),
            ("General", "32.0", "32"),
            ("General", "-7", "-7"),
            ("General", "0", "0"),
            ("General", "007", "7"),
            ("General", "3.2470123456E10", "32470123456"),
            ("General", "9007199254740992", "9007199254740992"),
            ("General", "0.1", "0.1"),
            ("General", "1E-3", "0.001"),
            ("General", "1e300", "1e300"),
            ("#,##0.00", "1234.5", "1234.5"),
            ("0000000000", "470123456", "0470123456"),
            ("0000000000", "470123456.5", "470123456.5"),
            ("00", "-7", "-07"),
            ("0", "7", "7"),
            ("@", "7", "7"),
        ] {
            assert_eq!(
                show(code, stored),
                (CellKind::Number, shown.to_owned()),
                "{code} {stored}"
            );
        }
        assert_eq!(show("General", "x"), (CellKind::Text, "x".to_owned()));
        assert_eq!(show("General", "NaN"), (CellKind::Text, "NaN".to_owned()));
    }

    #[test]
    fn dates_are_shown_in_iso_form() {
        for (code, stored, shown) in [
            ("yyyy-mm-dd", "1", "1900-01-01"),
            ("yyyy-mm-dd", "59", "1900-02-28"),
            ("yyyy-mm-dd", "60", "1900-02-29"),
            ("yyyy-mm-dd", "61", "1900-03-01"),
            ("yyyy-mm-dd", "25569", "1970-01-01"),
            ("yyyy-mm-dd", "2958465", "9999-12-31"),
            ("d/m/yy h:mm", "45000.5", "2023-03-15T12:00:00"),
            ("[$-409]d. mmmm", "45000", "2023-03-15"),
            ("d.m.yyyy", "45000.25", "2023-03-15T06:00:00"),
            ("h:mm", "0.5", "12:00:00"),
            ("[h]:mm", "0.25", "06:00:00"),
            // Rounding up to the next day makes it a day.
            ("mm:ss", "0.999999999", "1900-01-01T00:00:00"),
        ] {
            let (kind, text) = show(code, stored);
            assert_eq!(
                (kind, text.as_str()),
                (CellKind::Date, shown),
                "{code} {stored}"
            );
        }
        for (code, stored) in [
            ("yyyy", "-1"),
            ("yyyy", "2958466"),
            ("\"d\"0", "5"),
            ("[Red]0", "5"),
        ] {
            assert_eq!(show(code, stored).0, CellKind::Number, "{code} {stored}");
        }
        let mut text = String::new();
        NumberFormat::of("d").show("0", true, &mut text);
        assert_eq!(text, "1904-01-01");
    }
}
