//! Logins of the platform.

use crate::{
    act::{DryRun, PlatformAct},
    api::App,
    body::{Body, email},
    openapi::schema,
    problem::Problem,
};
use axum::{extract::State, http::StatusCode, response::Response};
use identity_core::port::{Clock, Directory, Random, Store};
use serde::Deserialize;
use utoipa::ToSchema;

/// The login that is confirmed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewConfirmation {
    /// Its e-mail address.
    login: String,
}

/// Confirms that a login is in the hands of whoever has its address.
///
/// Until then it opens users of one tenant alone: any tenant may make a login of any address, and knows the password it gave.
///
/// For the platform operator.
#[utoipa::path(
    post,
    path = "/v1/login-confirmations",
    operation_id = "confirmLogin",
    tag = "tenants",
    params(DryRun, schema::KeyHeader),
    request_body = NewConfirmation,
    responses(
        (status = 204, description = "It is so"),
        (status = 404, description = "No such login"),
        (status = 409, description = "It was confirmed before"),
    ),
    security(("operator" = [])),
)]
pub(crate) async fn confirm<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    PlatformAct(act): PlatformAct,
    Body(body): Body<NewConfirmation>,
) -> Result<Response, Problem> {
    let login = email("login", &body.login)?;
    app.rollcall().confirm_login(&act.call, login.key()).await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}
