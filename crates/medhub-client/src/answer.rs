//! What came back: bytes to JSON, JSON to lines, and what is none of these named as what it is.
//!
//! MedHub types its values loosely, so nothing here trusts a type: see [`scalar`] and [`lines`].

use identity_core::roster::SourceFailure;
use serde_json::{Map, Value};

/// The answer to a call as JSON, or what it is instead.
///
/// The `Content-Type` is not looked at, since good JSON comes under other names too. `skew` goes into the
/// failure if the signature was refused.
pub(crate) fn understand(
    call: &'static str,
    status: u16,
    bytes: &[u8],
    skew: Option<i64>,
) -> Result<Value, SourceFailure> {
    let text = without_lead(bytes);
    let parsed = serde_json::from_slice::<Value>(text);
    if let Ok(value) = &parsed
        && let Some(code) = error_code(value)
    {
        return Err(if code.eq_ignore_ascii_case("S07") {
            SourceFailure::SignatureRefused { call, skew }
        } else {
            SourceFailure::Refused { call, code }
        });
    }
    match (status, parsed) {
        (200..=299, Ok(value)) => Ok(value),
        (200..=299, Err(_)) if text.is_empty() => Err(SourceFailure::EmptyAnswer { call }),
        (200..=299, Err(_)) if text.starts_with(b"<") => Err(SourceFailure::Html { call }),
        (200..=299, Err(why)) if why.is_eof() => Err(SourceFailure::Truncated { call }),
        (200..=299, Err(_)) => Err(SourceFailure::NotJson { call }),
        (429, _) => Err(SourceFailure::RateLimited { call }),
        (status, _) => Err(SourceFailure::Status { call, status }),
    }
}

/// The bytes from the first that counts: a byte order mark and blanks may stand before.
fn without_lead(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.trim_ascii_start();
    bytes
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(bytes)
        .trim_ascii_start()
}

/// The `ErrorCode` of an error object, also of one inside a list, where it must not pass for a person.
///
/// `none` if it is blank, and `unreadable` unless it is at most 16 letters, digits, dots, dashes and underscores, so
/// that nothing else of an answer gets into a message.
fn error_code(value: &Value) -> Option<String> {
    fn own(value: &Value) -> Option<String> {
        let object = value.as_object()?;
        object
            .keys()
            .any(|key| key.eq_ignore_ascii_case("ErrorCode"))
            .then(|| field(object, "ErrorCode").unwrap_or_default())
    }
    let code = match value {
        Value::Array(items) => items.iter().find_map(own),
        Value::Object(object) => own(value).or_else(|| object.values().find_map(own)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }?;
    let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_');
    Some(match code.len() {
        0 => "none".into(),
        1..=16 if code.chars().all(fits) => code,
        _ => "unreadable".into(),
    })
}

/// The lines of a list.
///
/// An object with numbers for keys is a list too, in the order of the numbers; `null`, `false` and `""` are the
/// empty one.
pub(crate) fn lines(call: &'static str, answer: Value) -> Result<Vec<Value>, SourceFailure> {
    let other = SourceFailure::UnexpectedShape {
        call,
        expected: "a list",
    };
    match answer {
        Value::Array(lines) => Ok(lines),
        Value::Object(object) => {
            let mut numbered = object
                .into_iter()
                .map(|(key, line)| Some((key.trim().parse::<u64>().ok()?, line)))
                .collect::<Option<Vec<_>>>()
                .ok_or(other)?;
            numbered.sort_by_key(|(number, _)| *number);
            Ok(numbered.into_iter().map(|(_, line)| line).collect())
        }
        Value::Null | Value::Bool(false) => Ok(Vec::new()),
        Value::String(text) if text.trim().is_empty() => Ok(Vec::new()),
        Value::String(_) | Value::Number(_) | Value::Bool(true) => Err(other),
    }
}

/// The value of a field as text, whatever the case of its key; the exact key comes first.
pub(crate) fn field(object: &Map<String, Value>, name: &str) -> Option<String> {
    object.get(name).and_then(scalar).or_else(|| {
        object
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .filter_map(|(key, value)| Some((key, scalar(value)?)))
            .min()
            .map(|(_, text)| text)
    })
}

/// A scalar as MedHub may write it: text is trimmed, a number loses its `.0`, and `null`, `false`, blank text and
/// whatever is no scalar are nothing.
///
/// Text is never read as a number, since zeros in front of an id count. A number too large to have arrived
/// exactly is nothing: two ids must not become one.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::String(text) => {
            let text = text.trim();
            (!text.is_empty()).then(|| text.to_owned())
        }
        Value::Number(number) if number.is_f64() => {
            // Adding zero turns `-0` into `0`, and `Display` writes a whole number without `.0`.
            let number = number.as_f64()? + 0.0;
            (number.abs() < EXACT).then(|| number.to_string())
        }
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const CALL: &str = "users/residents";

    #[test]
    fn a_scalar_reads_the_same_in_every_form() {
        for (value, text) in [
            (json!("2345"), Some("2345")),
            (json!(" 2345\t"), Some("2345")),
            (json!(2345), Some("2345")),
            (json!(2345.0), Some("2345")),
            (json!(-1), Some("-1")),
            (json!(-0.0), Some("0")),
            (json!(1.5), Some("1.5")),
            (json!(0), Some("0")),
            (json!("0"), Some("0")),
            (json!("00042"), Some("00042")),
            (json!(u64::MAX), Some("18446744073709551615")),
            (json!(1e300), None),
            (json!(9_007_199_254_740_992.0), None),
            (json!(""), None),
            (json!(" \u{a0}\n"), None),
            (json!(null), None),
            (json!(false), None),
            (json!(true), None),
            (json!([]), None),
            (json!(["2345"]), None),
            (json!({"0": "2345"}), None),
        ] {
            assert_eq!(scalar(&value).as_deref(), text, "{value}");
        }
    }

    #[test]
    fn a_whole_number_beyond_every_integer_type_is_nothing() {
        let value: Value = serde_json::from_str("123456789012345678901234").unwrap();
        assert_eq!(scalar(&value), None);
    }

    #[test]
    fn keys_match_whatever_their_case_and_the_exact_one_comes_first() {
        for (object, text) in [
            (json!({"userID": "1", "USERID": "2"}), Some("1")),
            (json!({"USERID": "2"}), Some("2")),
            (json!({"userID": "", "userid": 3}), Some("3")),
            (json!({"UserID": null}), None),
            (json!({"user_id": "4"}), None),
        ] {
            assert_eq!(
                field(object.as_object().unwrap(), "userID").as_deref(),
                text,
                "{object}"
            );
        }
    }

    #[test]
    fn what_is_a_list_and_what_is_not() {
        for (answer, list) in [
            (json!([1, 2]), Some(vec![json!(1), json!(2)])),
            (
                json!({"10": 3, "2": 2, "0": 1}),
                Some(vec![json!(1), json!(2), json!(3)]),
            ),
            (json!([]), Some(vec![])),
            (json!({}), Some(vec![])),
            (json!(null), Some(vec![])),
            (json!(false), Some(vec![])),
            (json!(" "), Some(vec![])),
            (json!(true), None),
            (json!(7), None),
            (json!("none"), None),
            (json!({"response": "success"}), None),
            (json!({"0": 1, "more": true}), None),
        ] {
            assert_eq!(lines(CALL, answer.clone()).ok(), list, "{answer}");
        }
    }

    #[test]
    fn an_answer_that_is_no_data_is_named_as_what_it_is() {
        let call = CALL;
        let refused = |code: &str| SourceFailure::Refused {
            call,
            code: code.into(),
        };
        for (status, bytes, failure) in [
            (200, &b""[..], SourceFailure::EmptyAnswer { call }),
            (204, b" \r\n", SourceFailure::EmptyAnswer { call }),
            (200, b"\xEF\xBB\xBF", SourceFailure::EmptyAnswer { call }),
            (200, b" <!DOCTYPE html>", SourceFailure::Html { call }),
            (200, b"\xEF\xBB\xBF\n<html>", SourceFailure::Html { call }),
            (
                200,
                b"[{\"userID\":\"1\"",
                SourceFailure::Truncated { call },
            ),
            (
                200,
                b"[{\"userID\":\"Mu\xC3",
                SourceFailure::Truncated { call },
            ),
            (200, b"Maintenance", SourceFailure::NotJson { call }),
            (200, b"[] trailing", SourceFailure::NotJson { call }),
            (200, b"[\"\xFF\"]", SourceFailure::NotJson { call }),
            (404, b"<html>", SourceFailure::Status { call, status: 404 }),
            (500, b"[]", SourceFailure::Status { call, status: 500 }),
            (429, b"", SourceFailure::RateLimited { call }),
            (
                200,
                br#"{"ErrorCode":"S07"}"#,
                SourceFailure::SignatureRefused {
                    call,
                    skew: Some(9),
                },
            ),
            (
                403,
                br#"{"errorcode":" s07 "}"#,
                SourceFailure::SignatureRefused {
                    call,
                    skew: Some(9),
                },
            ),
            (
                200,
                br#"{"ErrorCode":"S99","ErrorDescription":"no"}"#,
                refused("S99"),
            ),
            (400, br#"{"ErrorCode":12}"#, refused("12")),
            (429, br#"{"ErrorCode":"S12"}"#, refused("S12")),
            (200, br#"{"ErrorCode":null}"#, refused("none")),
            (
                200,
                br#"{"ErrorCode":"Barry Goldwater"}"#,
                refused("unreadable"),
            ),
            (200, br#"[{"ErrorCode":"S99"}]"#, refused("S99")),
            (200, br#"{"0":{"ErrorCode":"S99"}}"#, refused("S99")),
        ] {
            assert_eq!(
                understand(call, status, bytes, Some(9)),
                Err(failure),
                "{status} {}",
                String::from_utf8_lossy(bytes)
            );
        }
    }

    #[test]
    fn a_byte_order_mark_and_blanks_in_front_are_no_harm() {
        for bytes in [&b"\xEF\xBB\xBF[]"[..], b"\n \xEF\xBB\xBF\r\n []", b"\t[]\n"] {
            assert_eq!(understand(CALL, 200, bytes, None), Ok(json!([])));
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[0-9]{1,2}|[a-zA-Z]{1,9}|ErrorCode", inner, 0..4)
                    .prop_map(|it| Value::Object(it.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_the_scalar_its_text_is_trimmed_and_not_blank(value in any_json()) {
            if let Some(text) = scalar(&value) {
                prop_assert_eq!(text.trim(), &text);
                prop_assert!(!text.is_empty());
                prop_assert_eq!(scalar(&Value::String(text.clone())), Some(text));
            }
        }

        #[test]
        fn an_integer_reads_the_same_as_text_and_as_a_number(number in any::<i64>()) {
            let text = Some(number.to_string());
            prop_assert_eq!(scalar(&json!(number)), text.clone());
            prop_assert_eq!(scalar(&json!(number.to_string())), text);
        }

        #[test]
        fn a_small_integer_reads_the_same_with_a_point(number in any::<i32>()) {
            prop_assert_eq!(scalar(&json!(f64::from(number))), Some(number.to_string()));
        }

        #[test]
        fn text_comes_out_as_sent_but_for_blanks(text in "0*[0-9]{1,12}", lead in "[ \t]{0,3}") {
            prop_assert_eq!(scalar(&json!(format!("{lead}{text}{lead}"))), Some(text));
        }

        #[test]
        fn no_bytes_are_too_odd(status in 100u16..600, bytes in any::<Vec<u8>>()) {
            let _ = understand(CALL, status, &bytes, None).map(|it| lines(CALL, it));
        }

        #[test]
        fn no_json_is_too_odd_and_no_code_too_long(value in any_json()) {
            if let Err(SourceFailure::Refused { code, .. }) =
                understand(CALL, 200, value.to_string().as_bytes(), None)
            {
                prop_assert!((1..=16).contains(&code.len()));
            }
        }
    }
}
