//! The tenant's healthcare parties.

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
    document::HcpDocument,
    hcp::{Hcp, search::HcpSearch},
    id::Id,
    permission::HCPS_MANAGE,
    port::{Clock, Directory, Random, Store},
};

/// Lists the healthcare parties, professionals and organisations, in the order of their ids.
///
/// Needs `hcps:manage`.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/hcps",
    operation_id = "listHcps",
    tag = "hcps",
    params(schema::TenantPath, schema::PageParams),
    responses((status = 200, description = "A page of healthcare parties", body = PageDocument<schema::Hcp>)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn list<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    uri: OriginalUri,
    Params(query): Params<PageQuery<Id<Hcp>>>,
) -> Result<Json<PageDocument<HcpDocument>>, Problem> {
    let (page, limit) = query.page()?;
    caller.permit(&HCPS_MANAGE)?;
    let store = &app.rollcall().store;
    let parties = store
        .hcps(caller.call.tenant, HcpSearch::default(), page)
        .await?;
    let item = |it| [HcpDocument::from(it)];
    Ok(PageDocument::of(&uri, parties, limit, |it| it.hcp.id, item))
}
