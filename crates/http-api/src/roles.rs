//! The tenant's roles.

use crate::{
    act::{Act, DryRun, created, place},
    api::App,
    auth::{Caller, Of},
    body::{Body, name, permissions},
    openapi::schema,
    pages::{Nothing, PageDocument, Params},
    problem::{Fault, Problem},
};
use axum::{
    Json,
    extract::{OriginalUri, State},
    http::StatusCode,
    response::Response,
};
use identity_core::{
    document::RoleLineDocument,
    id::Id,
    permission::{ROLES_MANAGE, USERS_MANAGE},
    port::{Clock, Directory, Find, Random, Store},
    role::{
        Role,
        custom::{CreateRole, RoleRefusal},
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Lists the roles, in the order of their ids.
///
/// Needs `users:manage` or `roles:manage`.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/roles",
    operation_id = "listRoles",
    tag = "roles",
    params(schema::TenantPath),
    responses((status = 200, description = "The roles", body = PageDocument<schema::RoleLine>)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn list<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<PageDocument<RoleLineDocument>>, Problem> {
    let roles = app.rollcall().roles(&caller.call).await?;
    let roles = roles.into_iter().map(RoleLineDocument::from);
    Ok(PageDocument::whole(roles.collect()))
}

/// A role to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRole {
    /// No reader may take it for the name of another role.
    name: String,
    /// What it permits, each as `area:action`.
    permissions: Vec<String>,
}

/// A role just made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoleMade {
    #[schema(value_type = String, format = "uuid")]
    id: Id<Role>,
}

/// Makes a role of the customer's own.
///
/// Needs `roles:manage`.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/roles",
    operation_id = "createRole",
    tag = "roles",
    params(schema::TenantPath, DryRun, schema::KeyHeader),
    request_body = NewRole,
    responses((
        status = 201,
        description = "It is made",
        body = RoleMade,
        headers(("Location" = String, description = "Where it is")),
    )),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn create<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    uri: OriginalUri,
    Body(body): Body<NewRole>,
) -> Result<Response, Problem> {
    let command = CreateRole {
        name: name("name", &body.name)?,
        permissions: permissions(&body.permissions)?,
    };
    let id = app.rollcall().create_role(&act.call, command).await?;
    let location = place(&uri, &format!("tenants/{}/roles/{id}", act.call.tenant));
    Ok(act.done(created(location, RoleMade { id })))
}

/// Shows a role.
///
/// Needs `users:manage` or `roles:manage`.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/roles/{role}",
    operation_id = "showRole",
    tag = "roles",
    params(schema::TenantPath, schema::RolePath),
    responses((status = 200, description = "The role", body = schema::RoleLine)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn show<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    Of(role): Of<Role>,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<RoleLineDocument>, Problem> {
    caller.permit_any(&USERS_MANAGE, &[ROLES_MANAGE])?;
    let finds = vec![Find::Role(role)];
    let mut records = app.rollcall().store.load(caller.call.tenant, finds).await?;
    let found = records.roles.remove(&role);
    let found = found.ok_or_else(|| Problem::refused(&RoleRefusal::UnknownRole))?;
    Ok(Json(found.record.into()))
}

/// Another name of a role, or other permissions: one of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleChange {
    /// No reader may take it for the name of another role.
    #[schema(nullable = false)]
    name: Option<String>,
    /// All that it permits from now on, each as `area:action`.
    #[schema(nullable = false)]
    permissions: Option<Vec<String>>,
}

/// Calls a role of the customer's own otherwise, or lets it permit something else.
///
/// Needs `roles:manage`. What is permitted in addition comes to everybody who holds the role, and needs `users:manage` as well.
#[utoipa::path(
    patch,
    path = "/v1/tenants/{tenant}/roles/{role}",
    operation_id = "changeRole",
    tag = "roles",
    params(schema::TenantPath, schema::RolePath, DryRun, schema::KeyHeader),
    request_body = RoleChange,
    responses((status = 204, description = "It is so")),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn change<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Of(role): Of<Role>,
    Body(body): Body<RoleChange>,
) -> Result<Response, Problem> {
    let rollcall = app.rollcall();
    match (body.name, body.permissions) {
        (Some(text), None) => {
            let name = name("name", &text)?;
            rollcall.rename_role(&act.call, role, name).await?;
        }
        (None, Some(texts)) => {
            let permissions = permissions(&texts)?;
            rollcall
                .set_role_permissions(&act.call, role, permissions)
                .await?;
        }
        (Some(_), Some(_)) | (None, None) => {
            return Err(Fault::BodyInvalid.because("give one of `name` and `permissions`"));
        }
    }
    Ok(act.done(StatusCode::NO_CONTENT))
}

/// Retires a role of the customer's own: it gives nothing any more, to nobody, and its name is free.
///
/// Needs `roles:manage`.
#[utoipa::path(
    delete,
    path = "/v1/tenants/{tenant}/roles/{role}",
    operation_id = "retireRole",
    tag = "roles",
    params(schema::TenantPath, schema::RolePath, DryRun, schema::KeyHeader),
    responses((status = 204, description = "It is retired")),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn retire<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Of(role): Of<Role>,
) -> Result<Response, Problem> {
    app.rollcall().retire_role(&act.call, role).await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}
