//! The tenant's owners (O5).

use crate::{
    api::App,
    auth::Caller,
    openapi::schema,
    pages::{Nothing, PageDocument, Params},
    problem::Problem,
};
use axum::{Json, extract::State};
use identity_core::{
    document::UserDocument,
    permission::USERS_MANAGE,
    port::{Clock, Directory, Random, Store},
};

/// Lists the usable owners, with contact.
///
/// Needs `users:manage`.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/owners",
    operation_id = "listOwners",
    tag = "users",
    params(schema::TenantPath),
    responses((status = 200, description = "The owners", body = PageDocument<schema::User>)),
    security(("token" = [])),
)]
pub(crate) async fn list<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<PageDocument<UserDocument>>, Problem> {
    app.permit(&caller, &USERS_MANAGE).await?;
    let owners = app.rollcall().store.owners(caller.0.tenant).await?;
    Ok(PageDocument::whole(
        owners.into_iter().map(UserDocument::from).collect(),
    ))
}
