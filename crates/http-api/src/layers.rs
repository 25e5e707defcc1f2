//! What every request goes through: an id, a span, and an answer in our shape.

use crate::{
    api::App,
    mark::{ELEVATION, Mark},
    problem::{Fault, PROBLEM_JSON, Problem},
};
use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{
            ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use identity_core::{
    port::{Clock, Random},
    time::Instant,
};
use std::{any::Any, fmt::Write as _};
use tracing::{Instrument as _, field::Empty};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The outermost layer. It logs the method, the matched route, the status and the request's id, and nothing else: no path, no
/// query, no header, no address.
pub(crate) async fn around<S, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = request_id(request.headers(), &app.api.rollcall.random);
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("", MatchedPath::as_str);
    let span = tracing::info_span!(
        "request",
        method = method(&request),
        route,
        request_id = id,
        status = Empty
    );
    let mark = Mark::default();
    request.extensions_mut().insert(mark.clone());
    async move {
        let response = next.run(request).await;
        let mut response = written(response, &id, || app.api.rollcall.clock.now());
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert(REQUEST_ID, id);
        }
        if let Some(mark) = mark.header() {
            headers.insert(ELEVATION, mark);
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let status = response.status();
        tracing::Span::current().record("status", status.as_u16());
        if status.is_server_error() {
            tracing::warn!("answered");
        } else {
            tracing::info!("answered");
        }
        response
    }
    .instrument(span)
    .await
}

/// The method, unless it is one that somebody made up.
fn method(request: &Request) -> &'static str {
    match request.method().as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// The id the client gave, if it is one that can stand in a log, or else a fresh one.
fn request_id(headers: &HeaderMap, random: &impl Random) -> String {
    let sane = |it: &&str| {
        (1..=64).contains(&it.len())
            && it
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.'))
    };
    let given = headers.get(REQUEST_ID).and_then(|it| it.to_str().ok());
    if let Some(given) = given.filter(sane) {
        return given.to_owned();
    }
    let mut bytes = [0; 16];
    // An id guards nothing: without randomness all are zero, and the request fails for better reasons.
    if random.fill(&mut bytes).is_err() {
        bytes = [0; 16];
    }
    bytes
        .iter()
        .fold(String::with_capacity(32), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// The answer, with its problem written if it is one. A bare status that a library gave becomes a problem too.
fn written(mut response: Response, request_id: &str, now: impl FnOnce() -> Instant) -> Response {
    let status = response.status();
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if status.is_client_error() || status.is_server_error() => {
            Fault::behind(status).into()
        }
        None => return response,
    };
    let body = serde_json::to_vec(&problem.document(request_id)).unwrap_or_default();
    let mut written = Response::new(Body::from(body));
    *written.status_mut() = problem.status;
    let headers = written.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    if let Some(allow) = response.headers().get(ALLOW) {
        headers.insert(ALLOW, allow.clone());
    }
    if problem.status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if problem.status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    if let Some(until) = problem.named.as_ref().and_then(|it| it.until) {
        headers.insert(RETRY_AFTER, seconds(until, now()).into());
    }
    written
}

/// How many whole seconds to wait, after which it is `until` or later; at least one.
fn seconds(until: Instant, now: Instant) -> u64 {
    let millis = until.signed_duration_since(now).num_milliseconds();
    u64::try_from(millis).unwrap_or(0).div_ceil(1000).max(1)
}

/// The answer to a request whose handler panicked. What it said may hold anything, so nobody is told.
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Fault::Internal.into_response()
}
