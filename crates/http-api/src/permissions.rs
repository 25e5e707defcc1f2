//! The permissions that there are, and who has them.

use crate::{
    api::App,
    auth::{Caller, Known, Of, segment},
    openapi::schema,
    pages::{Nothing, PageDocument, PageQuery, Params},
    problem::{Fault, Problem},
};
use axum::{
    Json,
    extract::{FromRequestParts, OriginalUri, State},
    http::request::Parts,
};
use identity_core::{
    document::{ExplanationDocument, UserDocument},
    id::Id,
    permission::Permission,
    port::{Clock, Directory, Random, Store},
    user::User,
};

/// Lists the permissions that roles can have, in the order of their names.
///
/// For everybody who is known.
#[utoipa::path(
    get,
    path = "/v1/permissions",
    operation_id = "listPermissions",
    tag = "permissions",
    responses((status = 200, description = "The permissions", body = PageDocument<String>)),
    security(("token" = []), ("session" = []), ("operator" = [])),
)]
pub(crate) async fn list<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    _: Known,
    Params(Nothing {}): Params<Nothing>,
) -> Json<PageDocument<String>> {
    let permissions = app.rollcall().settings.catalogue.iter();
    PageDocument::whole(permissions.map(ToString::to_string).collect())
}

/// The permission of the path; whether there is such a one is not said.
pub(crate) struct ThePermission(Permission);

impl<S: Send + Sync> FromRequestParts<S> for ThePermission {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let text = segment(parts, "permission").await;
        let permission = text.and_then(|it| Permission::parse(&it).ok());
        Ok(Self(permission.ok_or(Fault::PermissionInvalid)?))
    }
}

/// Says whether whoever asks has a permission at this moment, with the assignments that give it or the reason why not.
///
/// For the tenant's users.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/permissions/{permission}",
    operation_id = "explainPermission",
    tag = "permissions",
    params(schema::TenantPath, schema::PermissionPath),
    responses((status = 200, description = "Whether and why", body = schema::Explanation)),
    security(("token" = []), ("session" = []), ("operator" = [])),
)]
pub(crate) async fn explain<S: Store, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    Caller { call, .. }: Caller,
    ThePermission(permission): ThePermission,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<ExplanationDocument>, Problem> {
    let explained = app.rollcall().explain(&call, &permission).await?;
    Ok(Json(explained.into()))
}

/// Says whether a user has a permission at this moment, with the assignments that give it or the reason why not.
///
/// Needs `users:manage`, but for oneself. Of another it is what their everyday roles give: Tenant Owner is switched on in a
/// session alone.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/users/{user}/permissions/{permission}",
    operation_id = "explainPermissionOfUser",
    tag = "permissions",
    params(schema::TenantPath, schema::UserPath, schema::PermissionPath),
    responses((status = 200, description = "Whether and why", body = schema::Explanation)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn explain_for<S: Store, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    Caller { call, .. }: Caller,
    Of(user): Of<User>,
    ThePermission(permission): ThePermission,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<ExplanationDocument>, Problem> {
    let explained = app.rollcall().explain_for(&call, user, &permission);
    Ok(Json(explained.await?.into()))
}

/// Lists the users who have a permission, in the order of their ids; owners for whom it is only switched on among them.
///
/// Needs `users:manage`.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/permissions/{permission}/users",
    operation_id = "listWhoCan",
    tag = "permissions",
    params(schema::TenantPath, schema::PermissionPath, schema::PageParams),
    responses((status = 200, description = "A page of users", body = PageDocument<schema::User>)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn who_can<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    ThePermission(permission): ThePermission,
    uri: OriginalUri,
    Params(query): Params<PageQuery<Id<User>>>,
) -> Result<Json<PageDocument<UserDocument>>, Problem> {
    let (page, limit) = query.page()?;
    let users = app
        .rollcall()
        .who_can(&caller.call, &permission, page)
        .await?;
    let item = |it| [UserDocument::from(it)];
    Ok(PageDocument::of(&uri, users, limit, |it| it.id, item))
}
