//! The session in which somebody asks: what it is, its end, Tenant Owner in it, and the password behind it.

use crate::{
    act::{DryRun, SessionAct},
    api::App,
    auth::InSession,
    body::{Body, Hidden, email, given_password, name, new_password},
    openapi::schema,
    pages::{Nothing, Params},
    problem::{Fault, Problem},
};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use identity_core::{
    document::SessionDocument,
    id::Id,
    port::{Clock, Directory, Random, Store},
    tenant::Tenant,
    time::Instant,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The session in which is asked.
#[derive(Serialize)]
pub(crate) struct OwnSession {
    tenant: Id<Tenant>,
    #[serde(flatten)]
    session: SessionDocument,
}

/// Shows the session in which is asked, and the elevation that is in force in it.
#[utoipa::path(
    get,
    path = "/v1/session",
    operation_id = "showOwnSession",
    tag = "session",
    responses((status = 200, description = "The session", body = schema::OwnSession)),
    security(("session" = [])),
)]
pub(crate) async fn show(
    InSession { caller, .. }: InSession,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<OwnSession>, Problem> {
    let authority = &caller.authority;
    let session = authority.session().ok_or(Fault::Internal)?;
    Ok(Json(OwnSession {
        tenant: caller.call.tenant,
        session: SessionDocument::of(&session.record, authority.elevation()),
    }))
}

/// Logs out: ends the session in which is asked.
#[utoipa::path(
    delete,
    path = "/v1/session",
    operation_id = "logOut",
    tag = "session",
    params(DryRun, schema::KeyHeader),
    responses((status = 204, description = "It is over")),
    security(("session" = [])),
)]
pub(crate) async fn end<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    SessionAct { act, session }: SessionAct,
) -> Result<Response, Problem> {
    app.rollcall().end_session(&act.call, session).await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}

/// Why Tenant Owner is switched on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewElevation {
    /// In the owner's words.
    reason: String,
}

/// An elevation just begun.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Elevated {
    /// The first instant at which it is over.
    #[schema(value_type = String, format = "date-time")]
    until: Instant,
}

/// Switches Tenant Owner on in the session in which is asked, until a deadline that use does not move.
#[utoipa::path(
    post,
    path = "/v1/session/elevation",
    operation_id = "elevate",
    tag = "session",
    params(DryRun, schema::KeyHeader),
    request_body = NewElevation,
    responses((status = 200, description = "It is on", body = Elevated)),
    security(("session" = [])),
)]
pub(crate) async fn elevate<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    SessionAct { act, .. }: SessionAct,
    Body(body): Body<NewElevation>,
) -> Result<Response, Problem> {
    let reason = name("reason", &body.reason)?;
    let until = app.rollcall().elevate(&act.call, reason).await?;
    Ok(act.done(Json(Elevated { until })))
}

/// Switches Tenant Owner off in the session in which is asked.
#[utoipa::path(
    delete,
    path = "/v1/session/elevation",
    operation_id = "endElevation",
    tag = "session",
    params(DryRun, schema::KeyHeader),
    responses((status = 204, description = "It is off")),
    security(("session" = [])),
)]
pub(crate) async fn end_elevation<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    SessionAct { act, .. }: SessionAct,
) -> Result<Response, Problem> {
    app.rollcall().end_elevation(&act.call).await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}

/// Another password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The one that is good now.
    present: Hidden,
    /// 15 to 256 characters of whatever sort.
    new: Hidden,
}

/// Gives one's login another password. All its sessions end, this one too.
///
/// No key is taken.
#[utoipa::path(
    put,
    path = "/v1/session/password",
    operation_id = "changePassword",
    tag = "session",
    request_body = PasswordChange,
    responses(
        (status = 204, description = "It is set, and the session is over"),
        (
            status = 429,
            description = "It was tried too often",
            headers(("Retry-After" = u32, description = "Seconds to wait")),
        ),
    ),
    security(("session" = [])),
)]
pub(crate) async fn change_password<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    InSession { caller, .. }: InSession,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body<PasswordChange>,
) -> Result<StatusCode, Problem> {
    let present = given_password("present", &body.present)?;
    let new = new_password("new", &body.new)?;
    app.rollcall()
        .change_password(&caller.call, &*app.api.passwords, &present, &new)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Another e-mail address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailChange {
    /// The password that is good now.
    present: Hidden,
    /// The address, which is the login from then on where the one before was.
    #[schema(format = "email")]
    email: String,
}

/// Changes one's own e-mail address. Where it is the login, that moves with it and all its sessions end, this one too.
///
/// No key is taken.
#[utoipa::path(
    put,
    path = "/v1/session/email",
    operation_id = "changeOwnEmail",
    tag = "session",
    request_body = EmailChange,
    responses(
        (status = 204, description = "It is set, and where it was the login, the session is over"),
        (
            status = 429,
            description = "It was tried too often",
            headers(("Retry-After" = u32, description = "Seconds to wait")),
        ),
    ),
    security(("session" = [])),
)]
pub(crate) async fn change_email<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    InSession { caller, .. }: InSession,
    Params(Nothing {}): Params<Nothing>,
    Body(body): Body<EmailChange>,
) -> Result<StatusCode, Problem> {
    let present = given_password("present", &body.present)?;
    let email = email("email", &body.email)?;
    app.rollcall()
        .change_own_email(&caller.call, &*app.api.passwords, &present, email)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
