//! Whether a journal is whole, and the signed proof of how far it went.

use crate::{
    api::App,
    auth::{Caller, Operator},
    body::Body,
    openapi::schema,
    pages::{Nothing, Params},
    problem::Problem,
};
use axum::{Json, extract::State};
use identity_core::{
    document::VerificationDocument,
    journal::Checkpoint,
    port::{Clock, Directory, Random, Store},
};

/// Verifies the tenant's journal from its first entry, and names the first that does not fit.
///
/// Needs `journal:read`.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/journal/verification",
    operation_id = "verifyJournal",
    tag = "journal",
    params(schema::TenantPath),
    responses((status = 200, description = "Whether it is whole", body = schema::Verification)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn verify<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    Caller { call, .. }: Caller,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<VerificationDocument>, Problem> {
    let verified = app.rollcall().verify_journal(&call, None).await?;
    Ok(Json(verified.into()))
}

/// Verifies the tenant's journal, and that it goes on from where a checkpoint was signed. Changes nothing.
///
/// Needs `journal:read`.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/journal/verification",
    operation_id = "verifyJournalSinceCheckpoint",
    tag = "journal",
    params(schema::TenantPath),
    request_body = schema::Checkpoint,
    responses((status = 200, description = "Whether it is whole", body = schema::Verification)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn verify_since<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    Caller { call, .. }: Caller,
    Params(Nothing {}): Params<Nothing>,
    Body(checkpoint): Body<Checkpoint>,
) -> Result<Json<VerificationDocument>, Problem> {
    let verified = app.rollcall().verify_journal(&call, Some(checkpoint));
    Ok(Json(verified.await?.into()))
}

/// Signs the end of the tenant's journal with the host's key. Kept elsewhere, it shows that the end was cut off later.
///
/// Needs `journal:read`. Only a journal that is whole is signed.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/journal/checkpoint",
    operation_id = "signJournal",
    tag = "journal",
    params(schema::TenantPath),
    responses(
        (status = 200, description = "The checkpoint", body = schema::Checkpoint),
        (status = 409, description = "The host has no key, or the journal is broken"),
    ),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn sign<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    Caller { call, .. }: Caller,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<Checkpoint>, Problem> {
    Ok(Json(app.rollcall().sign_journal(&call).await?))
}

/// Verifies the platform's own journal from its first entry, and names the first that does not fit.
///
/// For the platform operator.
#[utoipa::path(
    get,
    path = "/v1/journal/verification",
    operation_id = "verifyPlatformJournal",
    tag = "journal",
    responses((status = 200, description = "Whether it is whole", body = schema::Verification)),
    security(("operator" = [])),
)]
pub(crate) async fn verify_platforms<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    Operator(call): Operator,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<VerificationDocument>, Problem> {
    let verified = app.rollcall().verify_journal(&call, None).await?;
    Ok(Json(verified.into()))
}

/// Verifies the platform's own journal, and that it goes on from where a checkpoint was signed. Changes nothing.
///
/// For the platform operator.
#[utoipa::path(
    post,
    path = "/v1/journal/verification",
    operation_id = "verifyPlatformJournalSinceCheckpoint",
    tag = "journal",
    request_body = schema::Checkpoint,
    responses((status = 200, description = "Whether it is whole", body = schema::Verification)),
    security(("operator" = [])),
)]
pub(crate) async fn verify_platforms_since<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    Operator(call): Operator,
    Params(Nothing {}): Params<Nothing>,
    Body(checkpoint): Body<Checkpoint>,
) -> Result<Json<VerificationDocument>, Problem> {
    let verified = app.rollcall().verify_journal(&call, Some(checkpoint));
    Ok(Json(verified.await?.into()))
}

/// Signs the end of the platform's own journal with the host's key. Kept elsewhere, it shows that the end was cut off later.
///
/// For the platform operator. Only a journal that is whole is signed.
#[utoipa::path(
    get,
    path = "/v1/journal/checkpoint",
    operation_id = "signPlatformJournal",
    tag = "journal",
    responses(
        (status = 200, description = "The checkpoint", body = schema::Checkpoint),
        (status = 409, description = "The host has no key, or the journal is broken"),
    ),
    security(("operator" = [])),
)]
pub(crate) async fn sign_platforms<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    Operator(call): Operator,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<Checkpoint>, Problem> {
    Ok(Json(app.rollcall().sign_journal(&call).await?))
}
