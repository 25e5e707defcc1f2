//! The tenant's journal and the platform's own, for people and as lines.

use crate::{
    api::App,
    auth::{Caller, Operator},
    openapi::schema,
    pages::{PageDocument, Paged, Params, parsed},
    problem::{Fault, Problem},
};
use axum::{
    Json,
    body::{Body, Bytes, HttpBody},
    extract::{OriginalUri, State},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use chrono::SecondsFormat;
use http_body::Frame;
use identity_core::{
    authority::AuthorityRefusal,
    document::EntryDocument,
    id::Id,
    journal::{Event, Filter, Sealed},
    person::Person,
    port::{Clock, Directory, Page, Random, Store},
    service::{Call, Failure, JournalQuestion},
    time::{Instant, truncate},
    user::User,
};
use serde::Deserialize;
use std::{
    fmt::Write as _,
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
};
use utoipa::IntoParams;

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JournalQuery {
    /// Entries that name this person, or a user, a login or a professional record of theirs.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = "uuid")]
    person: Option<Id<Person>>,
    /// Done by this user, also through a token or under elevation.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = "uuid")]
    by: Option<Id<User>>,
    /// What happened: names of events such as `role_assigned`, any of these, with commas between them.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    event: Option<String>,
    /// Decided at this instant or later.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = "date-time")]
    from: Option<Instant>,
    /// Decided before this instant.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = "date-time")]
    until: Option<Instant>,
}

impl JournalQuery {
    fn question(&self) -> Result<JournalQuestion, Problem> {
        let names = self.event.iter().flat_map(|it| it.split(','));
        let names: Vec<_> = names.map(str::to_owned).collect();
        let known = |it: &String| Event::NAMES.contains(&it.as_str());
        if !names.iter().all(known) {
            return Err(Fault::QueryInvalid.into());
        }
        let mut filter = Filter::default();
        filter.by = self.by;
        filter.events = names.into_iter().collect();
        filter.from = self.from.map(truncate);
        filter.until = self.until.map(truncate);
        Ok(JournalQuestion {
            person: self.person,
            filter,
        })
    }

    /// The same question as a query, ending with `&` where it asks for anything.
    fn again(&self) -> String {
        let instant = |it: Instant| it.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let values = [
            ("person", self.person.map(|it| it.to_string())),
            ("by", self.by.map(|it| it.to_string())),
            ("event", self.event.clone()),
            ("from", self.from.map(instant)),
            ("until", self.until.map(instant)),
        ];
        let mut text = String::new();
        for (name, value) in values {
            if let Some(value) = value {
                let _ = write!(text, "{name}={value}&");
            }
        }
        text
    }
}

/// Lists entries, in the order of the chain.
///
/// Needs `journal:read`. An entry stands as it was hashed, to the byte.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/journal",
    operation_id = "listJournal",
    tag = "journal",
    params(schema::TenantPath, JournalQuery, schema::PageParams),
    responses((status = 200, description = "A page of entries", body = PageDocument<schema::Entry>)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn list<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    Caller { call, .. }: Caller,
    uri: OriginalUri,
    asked: Paged<JournalQuery, u64>,
) -> Result<Json<PageDocument<EntryDocument>>, Problem> {
    page_of(&app, &call, &uri, asked).await
}

/// Lists entries of the platform's own journal, in the order of the chain: of what belongs to no tenant.
///
/// For the platform operator.
#[utoipa::path(
    get,
    path = "/v1/journal",
    operation_id = "listPlatformJournal",
    tag = "journal",
    params(JournalQuery, schema::PageParams),
    responses((status = 200, description = "A page of entries", body = PageDocument<schema::Entry>)),
    security(("operator" = [])),
)]
pub(crate) async fn list_platforms<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    Operator(call): Operator,
    uri: OriginalUri,
    asked: Paged<JournalQuery, u64>,
) -> Result<Json<PageDocument<EntryDocument>>, Problem> {
    page_of(&app, &call, &uri, asked).await
}

async fn page_of<S: Store + Directory, C: Clock, R: Random>(
    app: &App<S, C, R>,
    call: &Call,
    uri: &OriginalUri,
    Paged(asked, page): Paged<JournalQuery, u64>,
) -> Result<Json<PageDocument<EntryDocument>>, Problem> {
    let question = asked.question()?;
    let (page, limit) = page.page()?;
    let found = app.rollcall().journal(call, &question, page).await?;
    let entries: Option<Vec<_>> = found.iter().map(EntryDocument::of).collect();
    Ok(PageDocument::asked(
        uri,
        &asked.again(),
        entries.ok_or_else(unreadable)?,
        limit,
        |it| it.number,
        |it| [it],
    ))
}

fn unreadable() -> Problem {
    tracing::error!("an entry of a journal is no JSON");
    Fault::Internal.into()
}

/// Gives entries as JSON lines, in the order of the chain, from the first to the last there is.
///
/// Needs `journal:read`, until the end: the answer breaks off where it is lost.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/journal/export",
    operation_id = "exportJournal",
    tag = "journal",
    params(schema::TenantPath, JournalQuery),
    responses((
        status = 200,
        description = "An entry a line",
        content((schema::Entry = "application/x-ndjson")),
    )),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn export<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    Caller { call, .. }: Caller,
    Params(query): Params<JournalQuery>,
) -> Result<Response, Problem> {
    lines_of(app, call, &query).await
}

/// Gives entries of the platform's own journal as JSON lines, in the order of the chain, from the first to the last there is.
///
/// For the platform operator.
#[utoipa::path(
    get,
    path = "/v1/journal/export",
    operation_id = "exportPlatformJournal",
    tag = "journal",
    params(JournalQuery),
    responses((
        status = 200,
        description = "An entry a line",
        content((schema::Entry = "application/x-ndjson")),
    )),
    security(("operator" = [])),
)]
pub(crate) async fn export_platforms<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    Operator(call): Operator,
    Params(query): Params<JournalQuery>,
) -> Result<Response, Problem> {
    lines_of(app, call, &query).await
}

async fn lines_of<S: Store + Directory, C: Clock, R: Random>(
    app: App<S, C, R>,
    call: Call,
    query: &JournalQuery,
) -> Result<Response, Problem> {
    let question = query.question()?;
    // The first page comes before the status, so that whoever may not read is refused.
    let first = read(app.clone(), call.clone(), question.clone(), None).await?;
    let lines = Lines {
        app,
        call,
        question,
        next: Next::Read(first),
    };
    let media = [(CONTENT_TYPE, "application/x-ndjson")];
    Ok((media, Body::new(lines)).into_response())
}

/// How many entries are read at a time.
const CHUNK: u32 = 1000;

type Found = Result<Vec<Sealed>, Failure<AuthorityRefusal>>;

/// Reads the next entries. The permission is asked for each time (A1).
async fn read<S: Store + Directory, C: Clock, R: Random>(
    app: App<S, C, R>,
    call: Call,
    question: JournalQuestion,
    after: Option<u64>,
) -> Found {
    let page = Page {
        after,
        limit: CHUNK,
    };
    app.rollcall().journal(&call, &question, page).await
}

/// The lines of an export, read as they are taken.
struct Lines<S, C, R> {
    app: App<S, C, R>,
    call: Call,
    question: JournalQuestion,
    next: Next,
}

enum Next {
    /// Read, and not yet taken.
    Read(Vec<Sealed>),
    /// Being read.
    Reading(Pin<Box<dyn Future<Output = Found> + Send>>),
    /// None is left.
    Over,
}

impl<S: Store + Directory, C: Clock, R: Random> Lines<S, C, R> {
    /// The text of what was read; what follows it is read when it is asked for.
    fn take(&mut self, found: &[Sealed]) -> io::Result<Option<Bytes>> {
        let full = u32::try_from(found.len()).is_ok_and(|it| it == CHUNK);
        self.next = match found.last() {
            Some(last) if full => {
                let (app, call) = (self.app.clone(), self.call.clone());
                let question = self.question.clone();
                Next::Reading(Box::pin(read(app, call, question, Some(last.number))))
            }
            Some(_) | None => Next::Over,
        };
        let mut text = Vec::new();
        for sealed in found {
            let line = EntryDocument::of(sealed);
            let line = line.ok_or_else(|| io::Error::other("entry is no JSON"))?;
            serde_json::to_writer(&mut text, &line)?;
            text.push(b'\n');
        }
        Ok((!text.is_empty()).then(|| text.into()))
    }
}

impl<S: Store + Directory, C: Clock, R: Random> HttpBody for Lines<S, C, R> {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let lines = self.get_mut();
        let found = match std::mem::replace(&mut lines.next, Next::Over) {
            Next::Over => return Poll::Ready(None),
            Next::Read(found) => found,
            Next::Reading(mut reading) => match reading.as_mut().poll(context) {
                Poll::Pending => {
                    lines.next = Next::Reading(reading);
                    return Poll::Pending;
                }
                Poll::Ready(Ok(found)) => found,
                Poll::Ready(Err(failure)) => {
                    // It is logged there; the client sees that the answer breaks off.
                    let problem = Problem::from(failure);
                    return Poll::Ready(Some(Err(io::Error::other(problem.code))));
                }
            },
        };
        Poll::Ready(lines.take(&found).transpose().map(|it| it.map(Frame::data)))
    }
}
