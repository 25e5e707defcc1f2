//! The texts that cells share, and rich text.

use crate::{
    Limits,
    shared::SharedTexts,
    xml::{Xml, attribute},
};
use identity_core::sheet::{Budget, FileRefusal};
use quick_xml::events::Event;

/// Reads the texts that cells share.
pub(super) fn shared(mut xml: Xml, limits: Limits) -> Result<SharedTexts, FileRefusal> {
    let mut texts = SharedTexts::default();
    let mut text = String::new();
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "si" => {
                text.clear();
                rich_text(&mut xml, &mut text, limits)?;
                texts.push(&text, limits)?;
            }
            Event::Eof => return Ok(texts),
            _ => {}
        }
    }
}

/// Appends the text of the `si` or `is` element that was just started: its runs joined, without what is
/// only said about pronunciation.
pub(crate) fn rich_text(
    xml: &mut Xml,
    into: &mut String,
    limits: Limits,
) -> Result<(), FileRefusal> {
    let longest = limits.cell_chars as usize * 4;
    let (mut depth, mut escaped) = (1_u32, false);
    while depth > 0 {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "t" => {
                    let kept = attribute(&element, "space")?.as_deref() == Some("preserve");
                    let start = into.len();
                    xml.text(into, longest)?;
                    if !kept {
                        trim(into, start);
                    }
                    if into.len() > longest {
                        return Err(limits.too_many(Budget::CellLength));
                    }
                    escaped |= into.get(start..).is_some_and(|it| it.contains("_x"));
                }
                "r" => depth += 1,
                _ => xml.skip()?,
            },
            Event::End(_) => depth -= 1,
            _ => {}
        }
    }
    if escaped {
        unescape(into);
    }
    limits.allow(into)
}

/// Takes the white space of XML off both ends of what begins at `start`.
fn trim(text: &mut String, start: usize) {
    let white = |it: char| matches!(it, ' ' | '\t' | '\r' | '\n');
    let new = text.get(start..).unwrap_or_default();
    let leading = new.len() - new.trim_start_matches(white).len();
    let trailing = new.len() - new.trim_end_matches(white).len();
    if leading == new.len() {
        text.truncate(start);
        return;
    }
    text.truncate(text.len() - trailing);
    if leading > 0 {
        text.replace_range(start..start + leading, "");
    }
}

/// Replaces `_xHHHH_`, which stands for a character that XML cannot hold (ECMA-376 part 1, 22.9.2.19).
pub(crate) fn unescape(text: &mut String) {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("_x") {
        plain.push_str(before);
        let char = after
            .split_at_checked(4)
            .filter(|(digits, after)| {
                after.starts_with('_') && digits.bytes().all(|it| it.is_ascii_hexdigit())
            })
            .and_then(|(digits, _)| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32);
        match char {
            Some(char) => {
                plain.push(char);
                rest = after.get(5..).unwrap_or_default();
            }
            None => {
                plain.push_str("_x");
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    *text = plain;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_stand_for_characters() {
        for (text, plain) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_x00e9_", "é"),
            ("_xD800_ _x12_ _x_x0041_", "_xD800_ _x12_ _xA"),
            ("_x0041", "_x0041"),
            ("_xäöü_", "_xäöü_"),
        ] {
            let mut text = text.to_owned();
            unescape(&mut text);
            assert_eq!(text, plain);
        }
    }

    #[test]
    fn white_space_is_trimmed_from_the_new_text_only() {
        for (text, start, trimmed) in [
            ("a  b ", 1, "ab"),
            (" a ", 0, "a"),
            ("a   ", 1, "a"),
            ("", 0, ""),
            ("a\u{a0}", 0, "a\u{a0}"),
        ] {
            let mut text = text.to_owned();
            trim(&mut text, start);
            assert_eq!(text, trimmed);
        }
    }
}
