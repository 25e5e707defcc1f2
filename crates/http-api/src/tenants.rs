//! Tenants: acts of the platform operator.

use crate::{
    act::{Act, DryRun, PlatformAct, created, place},
    api::App,
    auth::{Caller, Operator},
    body::{Body, email, name, person_name},
    openapi::schema,
    pages::{Nothing, PageDocument, Params},
    problem::Problem,
};
use axum::{
    Json,
    extract::{OriginalUri, State},
    http::StatusCode,
    response::Response,
};
use identity_core::{
    document::TenantDocument,
    id::Id,
    port::{Clock, Directory, Random, Store, TenantLine},
    tenant::{CreateTenant, Listing, Tenant, TenantStatus},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Lists the tenants, in the order of their ids.
///
/// For the platform operator.
#[utoipa::path(
    get,
    path = "/v1/tenants",
    operation_id = "listTenants",
    tag = "tenants",
    responses((status = 200, description = "The tenants", body = PageDocument<schema::Tenant>)),
    security(("operator" = [])),
)]
pub(crate) async fn list<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    _: Operator,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<PageDocument<TenantDocument>>, Problem> {
    let tenants = app.rollcall().store.tenants().await?;
    let tenants = tenants.into_iter().map(TenantDocument::from);
    Ok(PageDocument::whole(tenants.collect()))
}

/// A tenant to be made, with its first owner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTenant {
    /// What the customer is called.
    name: String,
    /// What its internal domain is called; the customer's name where nothing is given.
    domain: Option<String>,
    /// Whether patients find it among the health systems.
    #[serde(default)]
    #[schema(value_type = Option<schema::Listing>, nullable = false)]
    listing: Listing,
    owner: NewOwner,
}

/// The first owner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOwner {
    given: String,
    family: String,
    /// The address, and the login.
    email: String,
}

/// Makes a tenant with its internal domain, the built-in roles, and an owner who can log in once a password is set.
///
/// For the platform operator.
#[utoipa::path(
    post,
    path = "/v1/tenants",
    operation_id = "createTenant",
    tag = "tenants",
    params(DryRun, schema::KeyHeader),
    request_body = NewTenant,
    responses((
        status = 201,
        description = "It is made",
        body = schema::TenantCreated,
        headers(("Location" = String, description = "Where it is")),
    )),
    security(("operator" = [])),
)]
pub(crate) async fn create<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    PlatformAct(act): PlatformAct,
    uri: OriginalUri,
    Body(body): Body<NewTenant>,
) -> Result<Response, Problem> {
    let domain = body.domain.map(|it| name("domain", &it)).transpose()?;
    let command = CreateTenant {
        name: name("name", &body.name)?,
        domain,
        listing: body.listing,
        owner_email: email("email", &body.owner.email)?,
        owner_name: person_name(&body.owner.given, &body.owner.family)?,
    };
    let made = app.rollcall().create_tenant(&act.call, command).await?;
    let location = place(&uri, &format!("tenants/{}", made.tenant));
    Ok(act.done(created(location, made)))
}

/// Shows a tenant.
///
/// For its users and the platform operator.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}",
    operation_id = "showTenant",
    tag = "tenants",
    params(schema::TenantPath),
    responses((status = 200, description = "The tenant", body = schema::Tenant)),
    security(("token" = []), ("session" = []), ("operator" = [])),
)]
pub(crate) async fn show(
    caller: Caller,
    Params(Nothing {}): Params<Nothing>,
) -> Json<TenantDocument> {
    let tenant = caller.authority.tenant();
    Json(TenantDocument::from(TenantLine {
        id: tenant.id,
        name: tenant.name.clone(),
        status: tenant.status,
        listing: tenant.listing,
    }))
}

/// Suspends a tenant: none of its users has any authority until it is reactivated.
///
/// For the platform operator.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/suspension",
    operation_id = "suspendTenant",
    tag = "tenants",
    params(schema::TenantPath, DryRun, schema::KeyHeader),
    responses((status = 204, description = "It is suspended")),
    security(("operator" = [])),
)]
pub(crate) async fn suspend<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
) -> Result<Response, Problem> {
    app.rollcall().suspend_tenant(&act.call).await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}

/// Reactivates a suspended tenant.
///
/// For the platform operator.
#[utoipa::path(
    delete,
    path = "/v1/tenants/{tenant}/suspension",
    operation_id = "reactivateTenant",
    tag = "tenants",
    params(schema::TenantPath, DryRun, schema::KeyHeader),
    responses((status = 204, description = "It is active")),
    security(("operator" = [])),
)]
pub(crate) async fn reactivate<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
) -> Result<Response, Problem> {
    app.rollcall().reactivate_tenant(&act.call).await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}

/// Whether patients find a tenant among the health systems.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewListing {
    #[schema(value_type = schema::Listing)]
    listing: Listing,
}

/// Lists a tenant among the health systems, or no longer.
///
/// For the platform operator.
#[utoipa::path(
    put,
    path = "/v1/tenants/{tenant}/listing",
    operation_id = "setListing",
    tag = "tenants",
    params(schema::TenantPath, DryRun, schema::KeyHeader),
    request_body = NewListing,
    responses((status = 204, description = "It is so")),
    security(("operator" = [])),
)]
pub(crate) async fn set_listing<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Body(body): Body<NewListing>,
) -> Result<Response, Problem> {
    app.rollcall().set_listing(&act.call, body.listing).await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}

/// A tenant that patients find.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthSystem {
    #[schema(value_type = String, format = "uuid")]
    id: Id<Tenant>,
    name: String,
}

/// Lists the health systems: the active tenants that patients are to find, in the order of their ids.
///
/// For everybody.
#[utoipa::path(
    get,
    path = "/v1/health-systems",
    operation_id = "listHealthSystems",
    tag = "tenants",
    responses((status = 200, description = "The health systems", body = PageDocument<HealthSystem>)),
)]
pub(crate) async fn health_systems<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<PageDocument<HealthSystem>>, Problem> {
    let tenants = app.rollcall().store.tenants().await?;
    let found = |it: &TenantLine| match (it.listing, it.status) {
        (Listing::Listed, TenantStatus::Active) => true,
        (Listing::Unlisted, _) | (Listing::Listed, TenantStatus::Suspended { .. }) => false,
    };
    let systems = tenants.into_iter().filter(found).map(|it| HealthSystem {
        id: it.id,
        name: it.name.as_str().to_owned(),
    });
    Ok(PageDocument::whole(systems.collect()))
}
