//! The views of a reconciliation with MedHub.

use crate::{
    api::App,
    auth::Caller,
    openapi::schema,
    pages::{Nothing, Params},
    problem::{Fault, Problem},
};
use axum::{
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    response::{IntoResponse, Response},
};
use identity_core::{
    document::ViewsDocument,
    journal::Hash,
    port::{Clock, Directory, Random, Store},
};
use sha2::{Digest, Sha256};

/// Shows where everybody stands: linked, suggested, ambiguous, or on one side only, with the steps staged by whoever asks.
///
/// Needs `integrations:manage`. The `ETag` names what is shown: asked with it in `If-None-Match`, the answer is 304 as long
/// as nothing of it changed.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/medhub/views",
    operation_id = "showViews",
    tag = "medhub",
    params(schema::TenantPath),
    responses(
        (
            status = 200,
            description = "The views",
            body = schema::Views,
            headers(("ETag" = String, description = "Names what is shown")),
        ),
        (status = 304, description = "They are what `If-None-Match` names"),
        (status = 409, description = "MedHub is not connected"),
    ),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn show<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    Params(Nothing {}): Params<Nothing>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (sides, views) = app.rollcall().medhub_views(&caller.call).await?;
    let document = ViewsDocument::of(&sides, &views);
    let body = serde_json::to_vec(&document).map_err(|_| Fault::Internal)?;
    let tag = format!("\"{}\"", Hash(Sha256::digest(&body).into()));
    let known = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(','))
        .map(|it| it.trim().trim_start_matches("W/"))
        .any(|it| it == "*" || it == tag);
    if known {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response());
    }
    let json = "application/json".to_owned();
    Ok(([(CONTENT_TYPE, json), (ETAG, tag)], body).into_response())
}
