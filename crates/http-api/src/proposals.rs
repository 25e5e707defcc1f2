//! Proposals of owners, where a second owner must approve.

use crate::{
    act::{Act, DryRun, created, place},
    api::App,
    auth::{Caller, Of},
    openapi::schema,
    pages::{Nothing, PageDocument, Params},
    problem::Problem,
    users::RoleGiven,
};
use axum::{
    Json,
    extract::{OriginalUri, State},
    http::StatusCode,
    response::Response,
};
use identity_core::{
    document::ProposalDocument,
    id::Id,
    owner::Proposal,
    permission::USERS_MANAGE,
    port::{Clock, Directory, Random, Store},
    user::User,
};
use serde::Serialize;
use utoipa::ToSchema;

/// Lists the proposals, in the order of their ids; those that are over among them, until they are made anew.
///
/// Needs `users:manage`.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/owner-proposals",
    operation_id = "listOwnerProposals",
    tag = "owners",
    params(schema::TenantPath),
    responses((status = 200, description = "The proposals", body = PageDocument<schema::Proposal>)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn list<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<PageDocument<ProposalDocument>>, Problem> {
    caller.permit(&USERS_MANAGE)?;
    let proposals = app.rollcall().store.proposals(caller.call.tenant).await?;
    let proposals = proposals.into_iter().map(ProposalDocument::from);
    Ok(PageDocument::whole(proposals.collect()))
}

/// A proposal just made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProposalMade {
    #[schema(value_type = String, format = "uuid")]
    id: Id<Proposal>,
}

/// Proposes a user as an owner.
///
/// For an owner with Tenant Owner switched on.
#[utoipa::path(
    put,
    path = "/v1/tenants/{tenant}/owner-proposals/{user}",
    operation_id = "proposeOwner",
    tag = "owners",
    params(schema::TenantPath, schema::UserPath, DryRun, schema::KeyHeader),
    responses((status = 201, description = "They are proposed", body = ProposalMade)),
    security(("session" = [])),
)]
pub(crate) async fn propose<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Of(user): Of<User>,
) -> Result<Response, Problem> {
    let id = app.rollcall().propose_owner(&act.call, user).await?;
    Ok(act.done((StatusCode::CREATED, Json(ProposalMade { id }))))
}

/// Takes a proposal back.
///
/// For an owner with Tenant Owner switched on.
#[utoipa::path(
    delete,
    path = "/v1/tenants/{tenant}/owner-proposals/{user}",
    operation_id = "withdrawOwnerProposal",
    tag = "owners",
    params(schema::TenantPath, schema::UserPath, DryRun, schema::KeyHeader),
    responses((status = 204, description = "They are not proposed any more")),
    security(("session" = [])),
)]
pub(crate) async fn withdraw<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Of(user): Of<User>,
) -> Result<Response, Problem> {
    app.rollcall().withdraw_owner(&act.call, user).await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}

/// Approves a proposal: the user becomes an owner.
///
/// For another owner than who proposed, with Tenant Owner switched on.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/owner-proposals/{user}/approval",
    operation_id = "approveOwnerProposal",
    tag = "owners",
    params(schema::TenantPath, schema::UserPath, DryRun, schema::KeyHeader),
    responses((
        status = 201,
        description = "They hold Tenant Owner",
        body = RoleGiven,
        headers(("Location" = String, description = "Where the user is")),
    )),
    security(("session" = [])),
)]
pub(crate) async fn approve<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Of(user): Of<User>,
    uri: OriginalUri,
) -> Result<Response, Problem> {
    let assignment = app.rollcall().approve_owner(&act.call, user).await?;
    let location = place(&uri, &format!("tenants/{}/users/{user}", act.call.tenant));
    Ok(act.done(created(location, RoleGiven { assignment })))
}
