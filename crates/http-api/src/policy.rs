//! How a tenant gives power away.

use crate::{
    act::{Act, DryRun},
    api::App,
    auth::Caller,
    body::Body,
    openapi::schema,
    pages::{Nothing, Params},
    problem::Problem,
};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use identity_core::{
    document::PolicyDocument,
    port::{Clock, Directory, Random, Store},
    tenant::{ElevationLength, GrantPolicy, OwnerGrants, policy::SetPolicy},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// Shows the policy.
///
/// For the tenant's users and the platform operator.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/policy",
    operation_id = "showPolicy",
    tag = "policy",
    params(schema::TenantPath),
    responses((status = 200, description = "The policy", body = schema::Policy)),
    security(("token" = []), ("session" = []), ("operator" = [])),
)]
pub(crate) async fn show(
    caller: Caller,
    Params(Nothing {}): Params<Nothing>,
) -> Json<PolicyDocument> {
    Json(PolicyDocument::from(caller.authority.tenant()))
}

/// Another policy; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyChange {
    /// What a manager of users may give away.
    #[schema(value_type = Option<schema::Grants>, nullable = false)]
    grants: Option<GrantPolicy>,
    /// Who must agree before somebody becomes an owner.
    #[schema(value_type = Option<schema::OwnerGrants>, nullable = false)]
    owner_grants: Option<OwnerGrants>,
    /// How many minutes Tenant Owner stays switched on.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 60, nullable = false)]
    elevation_minutes: Option<ElevationLength>,
}

/// Sets how the tenant gives power away.
///
/// For an owner with Tenant Owner switched on.
#[utoipa::path(
    patch,
    path = "/v1/tenants/{tenant}/policy",
    operation_id = "setPolicy",
    tag = "policy",
    params(schema::TenantPath, DryRun, schema::KeyHeader),
    request_body = PolicyChange,
    responses((status = 204, description = "It is so")),
    security(("session" = [])),
)]
pub(crate) async fn set<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Body(body): Body<PolicyChange>,
) -> Result<Response, Problem> {
    let command = SetPolicy {
        grants: body.grants,
        owner_grants: body.owner_grants,
        elevation: body.elevation_minutes,
    };
    app.rollcall().set_policy(&act.call, command).await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}

/// Lets one owner grant Tenant Owner again, where a second had to approve.
///
/// For the platform operator.
#[utoipa::path(
    delete,
    path = "/v1/tenants/{tenant}/policy/second-owner",
    operation_id = "liftSecondOwner",
    tag = "policy",
    params(schema::TenantPath, DryRun, schema::KeyHeader),
    responses((status = 204, description = "It is so")),
    security(("operator" = [])),
)]
pub(crate) async fn lift_second_owner<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
) -> Result<Response, Problem> {
    app.rollcall().lift_second_owner(&act.call).await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}
