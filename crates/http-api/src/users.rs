//! The tenant's users.

use crate::{
    api::App,
    auth::Caller,
    openapi::schema,
    pages::{PageDocument, PageQuery, Params},
    problem::Problem,
};
use axum::{
    Json,
    extract::{OriginalUri, State},
};
use identity_core::{
    document::UserDocument,
    id::Id,
    permission::USERS_MANAGE,
    port::{Clock, Directory, Random, Store},
    user::User,
};

/// Lists the users, in the order of their ids.
///
/// Needs `users:manage`.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/users",
    operation_id = "listUsers",
    tag = "users",
    params(schema::TenantPath, schema::PageParams),
    responses((status = 200, description = "A page of users", body = PageDocument<schema::User>)),
    security(("token" = [])),
)]
pub(crate) async fn list<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    uri: OriginalUri,
    Params(query): Params<PageQuery<Id<User>>>,
) -> Result<Json<PageDocument<UserDocument>>, Problem> {
    let (page, limit) = query.page()?;
    app.permit(&caller, &USERS_MANAGE).await?;
    let users = app.rollcall().store.users(caller.0.tenant, page).await?;
    let item = |it| [UserDocument::from(it)];
    Ok(PageDocument::of(&uri, users, limit, |it| it.id, item))
}
