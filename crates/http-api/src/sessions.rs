//! Sessions: logging in, and the sessions of users.

use crate::{
    act::{Act, DryRun, created, place},
    api::App,
    auth::{Caller, Of},
    body::{self, Body, Hidden, email, given_password},
    openapi::schema,
    pages::{Nothing, PageDocument, Params},
    problem::{Fault, Problem},
    source::CameFrom,
};
use axum::{
    Json,
    extract::{OriginalUri, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use identity_core::{
    account::Opens,
    authority::Actor,
    document::SessionDocument,
    id::Id,
    port::{Clock, Directory, Random, Store},
    service::{Call, PasswordProof},
    session::Session,
    tenant::Tenant,
    user::User,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody gives to log in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    /// The login name: an e-mail address.
    login: String,
    password: Hidden,
    /// In which tenant, where the login opens several users. Comes with `user`.
    #[schema(format = "uuid")]
    tenant: Option<String>,
    /// As which user, where the login opens several. Comes with `tenant`.
    #[schema(format = "uuid")]
    user: Option<String>,
}

/// A session just opened.
#[derive(Serialize)]
struct NewSession<'a> {
    /// The secret, shown once.
    secret: &'a str,
    tenant: Id<Tenant>,
    #[serde(flatten)]
    session: SessionDocument,
}

/// Logs in with a password, and opens a session. Its secret, which is shown here and never again, is sent as a bearer's token.
///
/// Whether the login is unknown, has no password or another one, the answer is the same. Tries are counted by login and by
/// source. `several_users` names the users to choose from.
#[utoipa::path(
    post,
    path = "/v1/sessions",
    operation_id = "logIn",
    tag = "sessions",
    request_body = Login,
    responses(
        (
            status = 201,
            description = "The session is open",
            body = schema::NewSession,
            headers(("Location" = String, description = "Where it is, for whoever has the secret")),
        ),
        (status = 401, description = "The login or the password is wrong"),
        (status = 403, description = "The login opens no user who may come in"),
        (
            status = 429,
            description = "It was tried too often",
            headers(("Retry-After" = u32, description = "Seconds to wait")),
        ),
    ),
)]
pub(crate) async fn open<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    CameFrom(source): CameFrom,
    Params(Nothing {}): Params<Nothing>,
    uri: OriginalUri,
    Body(body): Body<Login>,
) -> Result<Response, Problem> {
    let chosen = match (&body.tenant, &body.user) {
        (Some(tenant), Some(user)) => Some(Opens {
            tenant: body::id("tenant", tenant)?,
            user: body::id("user", user)?,
        }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            return Err(Fault::BodyInvalid.because("`tenant` and `user` come together"));
        }
    };
    let proof = PasswordProof {
        login: email("login", &body.login)?,
        password: given_password("password", &body.password)?,
        source,
    };
    let rollcall = app.rollcall();
    let opened = rollcall.log_in(&*app.api.passwords, proof, chosen).await?;
    let actor = Actor::Session {
        session: opened.id,
        user: opened.user,
    };
    let authority = rollcall.authority(&Call::new(opened.tenant, actor)).await?;
    let session = authority.session().ok_or(Fault::Internal)?;
    let secret = opened.secret.expose();
    let made = NewSession {
        secret: &secret,
        tenant: opened.tenant,
        session: SessionDocument::of(&session.record, authority.elevation()),
    };
    Ok(created(place(&uri, "session"), made).into_response())
}

/// Lists the sessions of a user that are not over.
///
/// Needs `users:manage`, but for one's own.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/users/{user}/sessions",
    operation_id = "listUserSessions",
    tag = "sessions",
    params(schema::TenantPath, schema::UserPath),
    responses((status = 200, description = "The sessions", body = PageDocument<schema::Session>)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn list<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    Of(user): Of<User>,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<PageDocument<SessionDocument>>, Problem> {
    let sessions = app.rollcall().sessions(&caller.call, user).await?;
    let sessions = sessions.iter().map(SessionDocument::from);
    Ok(PageDocument::whole(sessions.collect()))
}

/// Ends all sessions of a user at once.
///
/// Needs `users:manage`, but for one's own.
#[utoipa::path(
    delete,
    path = "/v1/tenants/{tenant}/users/{user}/sessions",
    operation_id = "endUserSessions",
    tag = "sessions",
    params(schema::TenantPath, schema::UserPath, DryRun, schema::KeyHeader),
    responses((status = 204, description = "They are over")),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn end_all<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Of(user): Of<User>,
) -> Result<Response, Problem> {
    app.rollcall().end_sessions(&act.call, user).await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}

/// Ends a session.
///
/// Needs `users:manage`, but for one's own.
#[utoipa::path(
    delete,
    path = "/v1/tenants/{tenant}/sessions/{session}",
    operation_id = "endSession",
    tag = "sessions",
    params(schema::TenantPath, schema::SessionPath, DryRun, schema::KeyHeader),
    responses((status = 204, description = "It is over")),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn end<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Of(session): Of<Session>,
) -> Result<Response, Problem> {
    app.rollcall().end_session(&act.call, session).await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}
