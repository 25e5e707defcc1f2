//! The ways in which a MedHub, or what stands in front of it, can misbehave.

use super::protocol::Good;
use axum::{
    body::{Body, Bytes},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use futures_channel::mpsc;
use serde_json::{Value, json};
use std::io;

/// Something that a call does instead of answering as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `S07`, with status 200.
    SignatureRefused,
    /// An error object with this code and status.
    Refused {
        /// the `ErrorCode`
        code: &'static str,
        /// the HTTP status
        status: u16,
    },
    /// Whatever is wanted.
    Answer {
        /// the HTTP status
        status: u16,
        /// the `Content-Type`
        content_type: &'static str,
        /// the body
        body: String,
    },
    /// A login page, with status 200.
    Html,
    /// Status 200 and nothing else.
    EmptyBody,
    /// The first half of the good answer, sent as if it were whole.
    Truncated,
    /// The first half of the good answer, then the connection is closed.
    ClosesMidAnswer,
    /// The good answer as `text/html`.
    WrongContentType,
    /// Status 429, with `Retry-After`.
    RateLimited,
    /// Status 500, with a page.
    ServerError,
    /// Nothing, for ever.
    NeverAnswers,
    /// `[]`.
    EmptyList,
    /// The good answer with numbers where it has digits in text.
    Numbers,
    /// The good answer with `null` for every value of a person but the `userID`.
    Nulls,
    /// The same with `false`.
    Falses,
    /// The good answer after a byte order mark and blanks.
    ByteOrderMark,
    /// The good list as an object with numbers for keys.
    ObjectForArray,
    /// The good answer with every key in capitals.
    OtherKeyCase,
    /// The good list without any `userID`.
    WithoutUserIds,
    /// Status 307 to this URL.
    Redirect {
        /// where to
        to: String,
    },
    /// A list of 80 MiB, without telling its length.
    Huge,
}

impl Fault {
    /// Only when this programme is asked for.
    #[must_use]
    pub fn for_program(self, program: &str) -> Misbehaviour {
        Misbehaviour::from(self).for_program(program)
    }

    /// Only the next `times` times.
    #[must_use]
    pub fn times(self, times: usize) -> Misbehaviour {
        Misbehaviour::from(self).times(times)
    }
}

/// A [`Fault`] and when it happens: always, unless told otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misbehaviour {
    pub(super) fault: Fault,
    program: Option<String>,
    left: Option<usize>,
}

impl Misbehaviour {
    /// Only when this programme is asked for.
    #[must_use]
    pub fn for_program(mut self, program: &str) -> Self {
        self.program = Some(program.to_owned());
        self
    }

    /// Only the next `times` times.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.left = Some(times);
        self
    }

    /// Whether it happens now; counts the times.
    pub(super) fn happens(&mut self, program: Option<&str>) -> bool {
        if self.left == Some(0) || self.program.is_some() && self.program.as_deref() != program {
            return false;
        }
        self.left = self.left.map(|it| it.saturating_sub(1));
        true
    }
}

impl From<Fault> for Misbehaviour {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            program: None,
            left: None,
        }
    }
}

/// An answer without faults, or the refusal, as HTTP.
pub(super) fn send(good: Good) -> Response {
    match good {
        Good::Data(value) => answer(StatusCode::OK, "application/json", value.to_string()),
        Good::Refused { code, status } => refusal(code, status),
    }
}

fn refusal(code: &str, status: StatusCode) -> Response {
    let description = match code {
        "S07" => "Verification string invalid",
        _ => "Refused",
    };
    let body = json!({ "ErrorCode": code, "ErrorDescription": description });
    answer(status, "application/json", body.to_string())
}

pub(super) fn answer(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Body>,
) -> Response {
    (status, [(header::CONTENT_TYPE, content_type)], body.into()).into_response()
}

/// The good answer bent by a fault; a refusal is only bent in its form.
pub(super) fn misbehave(fault: &Fault, good: Good) -> Response {
    let data = match &good {
        Good::Data(value) => value.clone(),
        Good::Refused { .. } => Value::Null,
    };
    let ok = |content_type, body: String| answer(StatusCode::OK, content_type, body);
    let json = |value: Value| ok("application/json", value.to_string());
    match fault {
        Fault::SignatureRefused => refusal("S07", StatusCode::OK),
        Fault::Refused { code, status } => refusal(code, status_code(*status)),
        Fault::Answer {
            status,
            content_type,
            body,
        } => answer(status_code(*status), content_type, body.clone()),
        Fault::Html => ok("text/html", "<!DOCTYPE html><title>Log in</title>".into()),
        Fault::EmptyBody => ok("application/json", String::new()),
        Fault::Truncated => ok("application/json", first_half(&data)),
        Fault::ClosesMidAnswer => closes_mid_answer(&data),
        Fault::WrongContentType => ok("text/html", data.to_string()),
        Fault::RateLimited => (
            StatusCode::TOO_MANY_REQUESTS,
            [(header::RETRY_AFTER, "1")],
            "slow down",
        )
            .into_response(),
        Fault::ServerError => answer(
            StatusCode::INTERNAL_SERVER_ERROR,
            "text/html",
            "<html>oops</html>",
        ),
        Fault::NeverAnswers => send(good),
        Fault::EmptyList => json(json!([])),
        Fault::Numbers => json(each_scalar(data, &|_, it| number(it))),
        Fault::Nulls => json(each_scalar(data, &|key, it| blank(key, it, Value::Null))),
        Fault::Falses => json(each_scalar(data, &|key, it| blank(key, it, false.into()))),
        Fault::ByteOrderMark => ok("application/json", format!("\u{feff}\r\n {data}")),
        Fault::ObjectForArray => json(match data {
            Value::Array(items) => (0..).map(|it: usize| it.to_string()).zip(items).collect(),
            other => other,
        }),
        Fault::OtherKeyCase => json(each_key(data, &|it| Some(it.to_uppercase()))),
        Fault::WithoutUserIds => json(each_key(data, &|it| (it != "userID").then_some(it))),
        Fault::Redirect { to } => (
            StatusCode::TEMPORARY_REDIRECT,
            [(header::LOCATION, to.as_str())],
        )
            .into_response(),
        Fault::Huge => huge(),
    }
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn first_half(data: &Value) -> String {
    let text = data.to_string();
    let half = text.chars().count() / 2;
    text.chars().take(half).collect()
}

fn closes_mid_answer(data: &Value) -> Response {
    let (sender, body) = mpsc::unbounded::<io::Result<Bytes>>();
    let _ = sender.unbounded_send(Ok(first_half(data).into()));
    // The end comes after the half was sent: the connection writes it out while it waits for more.
    tokio::spawn(async move {
        tokio::task::yield_now().await;
        let _ = sender.unbounded_send(Err(io::ErrorKind::ConnectionAborted.into()));
    });
    answer(StatusCode::OK, "application/json", Body::from_stream(body))
}

fn huge() -> Response {
    static BLANKS: [u8; 64 << 10] = [b' '; 64 << 10];
    let (sender, body) = mpsc::unbounded::<io::Result<Bytes>>();
    let _ = sender.unbounded_send(Ok(Bytes::from_static(b"[")));
    for _ in 0..(80 << 20) / BLANKS.len() {
        let _ = sender.unbounded_send(Ok(Bytes::from_static(&BLANKS)));
    }
    let _ = sender.unbounded_send(Ok(Bytes::from_static(b"]")));
    drop(sender);
    answer(StatusCode::OK, "application/json", Body::from_stream(body))
}

/// Every scalar of every object, bent.
fn each_scalar(value: Value, bend: &dyn Fn(&str, Value) -> Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(|it| each_scalar(it, bend)).collect(),
        Value::Object(object) => object
            .into_iter()
            .map(|(key, it)| {
                let bent = bend(&key, it);
                (key, bent)
            })
            .collect(),
        scalar => scalar,
    }
}

fn each_key(value: Value, bend: &dyn Fn(String) -> Option<String>) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(|it| each_key(it, bend)).collect(),
        Value::Object(object) => object
            .into_iter()
            .filter_map(|(key, it)| Some((bend(key)?, it)))
            .collect(),
        scalar => scalar,
    }
}

/// A number for its digits, unless it would come out otherwise.
fn number(value: Value) -> Value {
    let digits = value.as_str().and_then(|it| it.parse::<u64>().ok());
    match digits {
        Some(number) if value.as_str() == Some(number.to_string().as_str()) => number.into(),
        _ => value,
    }
}

/// Nothing in place of what a person need not have.
fn blank(key: &str, value: Value, nothing: Value) -> Value {
    match key {
        "name_last" | "name_first" | "email" | "username" | "employeeID" | "typeID" | "level" => {
            nothing
        }
        _ => value,
    }
}
