//! Whether the process lives, and whether it can work.

use crate::{
    api::App,
    pages::{Nothing, Params},
    problem::Problem,
};
use axum::{Json, extract::State};
use identity_core::{
    id::{Entropy, Id},
    port::{Clock, Find, Random, Store},
    time::Instant,
};
use serde::Serialize;
use utoipa::ToSchema;

/// All is well.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
}

const OK: Json<Health> = Json(Health { status: "ok" });

/// Says that the process lives.
#[utoipa::path(
    get,
    path = "/health",
    operation_id = "live",
    tag = "health",
    responses((status = 200, description = "It lives", body = Health)),
)]
pub(crate) async fn live(Params(Nothing {}): Params<Nothing>) -> Json<Health> {
    OK
}

/// Says whether the store answers.
#[utoipa::path(
    get,
    path = "/health/ready",
    operation_id = "ready",
    tag = "health",
    responses((status = 200, description = "The store answers", body = Health)),
)]
pub(crate) async fn ready<S: Store, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<Health>, Problem> {
    // A tenant that cannot be: one look-up by key, which finds nothing.
    let nobody = Id::mint(Instant::default(), &Entropy::default());
    let found = app.rollcall().store.load(nobody, vec![Find::Tenant]).await;
    found.map(|_| OK).map_err(Problem::from)
}
