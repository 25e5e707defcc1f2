//! The delimiter of a text, from its beginning.

/// Records that are looked at.
const RECORDS: usize = 20;

/// The delimiters that are looked for; the first wins where nothing speaks for another.
const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The delimiter that a first line `sep=;` names, and the bytes of that line without its end.
pub(crate) fn named(text: &[u8]) -> Option<(u8, usize)> {
    let quoted = text.strip_prefix(b"\"");
    let rest = quoted.unwrap_or(text);
    let (word, rest) = rest.split_at_checked(4)?;
    let (delimiter, rest) = rest.split_first()?;
    let after = if quoted.is_some() {
        rest.strip_prefix(b"\"")?
    } else {
        rest
    };
    let ends = after.is_empty() || after.starts_with(b"\n") || after.starts_with(b"\r");
    (word.eq_ignore_ascii_case(b"sep=")
        && ends
        && delimiter.is_ascii()
        && !matches!(delimiter, b'"' | b'\r' | b'\n'))
    .then_some((*delimiter, text.len() - after.len()))
}

/// The delimiter that most records have equally often outside quotes, and if that is a tie, the one they have
/// more of. `whole` says that the text does not go on.
pub(crate) fn guessed(text: &[u8], whole: bool) -> u8 {
    let mut records: Vec<[u32; 4]> = Vec::with_capacity(RECORDS);
    let mut counts = [0; 4];
    let (mut quoted, mut blank) = (false, true);
    for byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => {
                if !blank {
                    records.push(counts);
                }
                (counts, blank) = ([0; 4], true);
                if records.len() == RECORDS {
                    break;
                }
                continue;
            }
            _ if !quoted => {
                for (count, candidate) in counts.iter_mut().zip(CANDIDATES) {
                    *count += u32::from(*byte == candidate);
                }
            }
            _ => {}
        }
        blank = false;
    }
    if !blank && (whole || records.is_empty()) {
        records.push(counts);
    }
    let score = |index: usize| {
        let counts: Vec<u32> = records
            .iter()
            .filter_map(|it| it.get(index).copied())
            .collect();
        counts
            .iter()
            .filter(|it| **it > 0)
            .map(|it| (counts.iter().filter(|other| it == *other).count(), *it))
            .max()
            .unwrap_or_default()
    };
    CANDIDATES
        .into_iter()
        .enumerate()
        .rev()
        .max_by_key(|(index, _)| score(*index))
        .map_or(b',', |(_, it)| it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_line_may_name_the_delimiter() {
        for (text, found) in [
            ("sep=;\r\na;b", Some((b';', 5))),
            ("\"sep=|\"\na|b", Some((b'|', 7))),
            ("SEP=\t", Some((b'\t', 5))),
            ("sep=;;\n", None),
            ("sep=", None),
            ("sep=\n", None),
            ("separate,b\n", None),
        ] {
            assert_eq!(named(text.as_bytes()), found, "{text}");
        }
    }

    #[test]
    fn the_delimiter_is_what_records_have_equally_often() {
        for (text, found) in [
            ("a,b,c\n1,2,3\n", b','),
            ("a;b;c\n1,5;2,5;3,5\n1,5;2,5;3,5\n", b';'),
            ("a\tb\n\"1\t2\",3\t4\n", b'\t'),
            ("a|b\n", b'|'),
            ("alone\nonly\n", b','),
            ("", b','),
            ("Name;Mail\nx;a@b.example,c@d.example\n", b';'),
            ("\"Doe, Jane; Dr\";x\n\"Roe, Max\";y\n", b';'),
            ("A title, with a comma\n\na;b;c\n1;2;3\n4;5;6\n", b';'),
        ] {
            assert_eq!(
                char::from(guessed(text.as_bytes(), true)),
                char::from(found),
                "{text}"
            );
        }
    }
}
