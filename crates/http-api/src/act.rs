//! Acts: what changes something, under a key or as a dry run.

use crate::{
    api::App,
    auth::{Caller, InSession, Key, Operator},
    pages::Params,
    problem::Problem,
};
use axum::{
    Json,
    extract::{FromRequestParts, OriginalUri},
    http::{StatusCode, header::LOCATION, request::Parts},
    response::{IntoResponse, Response},
};
use identity_core::{
    document::RehearsalDocument,
    id::Id,
    port::{Clock, Directory, Random, Store},
    service::{Call, Rehearsal},
    session::Session,
};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

/// Whether to change anything.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DryRun {
    /// `true` to be told what would be changed, and change nothing. What would be refused is refused.
    #[serde(default)]
    #[param(default = false)]
    dry_run: bool,
}

/// An act in a tenant: who asks, under which key, and whether it is done or only rehearsed.
#[derive(Debug)]
pub(crate) struct Act {
    pub(crate) call: Call,
    rehearsal: Option<Rehearsal>,
}

impl Act {
    async fn of(parts: &mut Parts, mut call: Call) -> Result<Self, Problem> {
        let Key(key) = Key::from_request_parts(parts, &()).await?;
        let Params(DryRun { dry_run }) = Params::from_request_parts(parts, &()).await?;
        call.key = key;
        let rehearsal = dry_run.then(Rehearsal::default);
        let call = match &rehearsal {
            Some(rehearsal) => call.rehearsed(rehearsal.clone()),
            None => call,
        };
        Ok(Self { call, rehearsal })
    }

    /// The answer to the act that was done; to one that was rehearsed, what it would have changed.
    pub(crate) fn done(self, answer: impl IntoResponse) -> Response {
        match self.rehearsal {
            Some(rehearsal) => {
                let changesets = rehearsal.changesets();
                let documents: Vec<_> = changesets.iter().map(RehearsalDocument::from).collect();
                Json(documents).into_response()
            }
            None => answer.into_response(),
        }
    }
}

/// Something was made, and is found there.
pub(crate) fn created(location: String, made: impl Serialize) -> impl IntoResponse {
    (StatusCode::CREATED, [(LOCATION, location)], Json(made))
}

/// A path of this interface as the host's router sees it; `rest` is what follows `/v1/`.
pub(crate) fn place(uri: &OriginalUri, rest: &str) -> String {
    let path = uri.path();
    let mount = path.rfind("/v1/").and_then(|it| path.get(..it));
    format!("{}/v1/{rest}", mount.unwrap_or_default())
}

impl<S, C, R> FromRequestParts<App<S, C, R>> for Act
where
    S: Store + Directory,
    C: Clock,
    R: Random,
{
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &App<S, C, R>,
    ) -> Result<Self, Self::Rejection> {
        let caller = Caller::from_request_parts(parts, app).await?;
        Self::of(parts, caller.call).await
    }
}

/// An act of the platform operator's on the platform itself.
#[derive(Debug)]
pub(crate) struct PlatformAct(pub(crate) Act);

impl<S, C, R> FromRequestParts<App<S, C, R>> for PlatformAct
where
    S: Store + Directory,
    C: Clock,
    R: Random,
{
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &App<S, C, R>,
    ) -> Result<Self, Self::Rejection> {
        let Operator(call) = Operator::from_request_parts(parts, app).await?;
        Ok(Self(Act::of(parts, call).await?))
    }
}

/// An act in a session, by whoever asks in it.
#[derive(Debug)]
pub(crate) struct SessionAct {
    pub(crate) act: Act,
    pub(crate) session: Id<Session>,
}

impl<S, C, R> FromRequestParts<App<S, C, R>> for SessionAct
where
    S: Store + Directory,
    C: Clock,
    R: Random,
{
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &App<S, C, R>,
    ) -> Result<Self, Self::Rejection> {
        let InSession { caller, session } = InSession::from_request_parts(parts, app).await?;
        let act = Act::of(parts, caller.call).await?;
        Ok(Self { act, session })
    }
}
