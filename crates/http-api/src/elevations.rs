//! The tenant's elevations, be they over or not.

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
    document::ElevationLineDocument,
    port::{Clock, Directory, Random, Store},
};

/// Lists the elevations with their reasons, in the order in which they began.
///
/// Needs `journal:read`. The journal itself holds ids alone.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/elevations",
    operation_id = "listElevations",
    tag = "journal",
    params(schema::TenantPath, schema::PageParams),
    responses((
        status = 200,
        description = "A page of elevations",
        body = PageDocument<schema::ElevationLine>,
    )),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn list<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    uri: OriginalUri,
    Params(query): Params<PageQuery<u64>>,
) -> Result<Json<PageDocument<ElevationLineDocument>>, Problem> {
    let (page, limit) = query.page()?;
    let elevations = app.rollcall().elevations(&caller.call, page).await?;
    let item = |it| [ElevationLineDocument::from(&it)];
    Ok(PageDocument::of(
        &uri,
        elevations,
        limit,
        |it| it.number,
        item,
    ))
}
