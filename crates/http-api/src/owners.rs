//! The tenant's owners (O5), and their replacement by the platform operator (O6).

use crate::{
    act::{Act, DryRun, created, place},
    api::App,
    auth::Caller,
    body::{self, Body, email, person_name},
    openapi::schema,
    pages::{Nothing, PageDocument, Params},
    problem::{Fault, Problem},
};
use axum::{
    Json,
    extract::{OriginalUri, State},
    response::Response,
};
use identity_core::{
    document::UserDocument,
    owner::replace::{ReplaceOwner, Successor},
    permission::USERS_MANAGE,
    port::{Clock, Directory, Random, Store},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// Lists the usable owners, with contact.
///
/// Needs `users:manage`; for the platform operator too.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/owners",
    operation_id = "listOwners",
    tag = "owners",
    params(schema::TenantPath),
    responses((status = 200, description = "The owners", body = PageDocument<schema::User>)),
    security(("token" = []), ("session" = []), ("operator" = [])),
)]
pub(crate) async fn list<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<PageDocument<UserDocument>>, Problem> {
    if !caller.is_operator() {
        caller.permit(&USERS_MANAGE)?;
    }
    let owners = app.rollcall().store.owners(caller.call.tenant).await?;
    Ok(PageDocument::whole(
        owners.into_iter().map(UserDocument::from).collect(),
    ))
}

/// One owner in the place of another.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewReplacement {
    /// The user who holds Tenant Owner now.
    #[schema(format = "uuid")]
    leaving: String,
    successor: NewSuccessor,
}

/// Who is to hold Tenant Owner: a user, or somebody who has none yet, by e-mail address and names.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSuccessor {
    /// The user; nothing else is given then.
    #[schema(format = "uuid")]
    user: Option<String>,
    email: Option<String>,
    given: Option<String>,
    family: Option<String>,
}

impl NewSuccessor {
    fn read(&self) -> Result<Successor, Problem> {
        match (&self.user, &self.email, &self.given, &self.family) {
            (Some(user), None, None, None) => Ok(Successor::User(body::id("user", user)?)),
            (None, Some(address), Some(given), Some(family)) => Ok(Successor::Newcomer {
                email: email("email", address)?,
                name: person_name(given, family)?,
            }),
            _ => Err(Fault::BodyInvalid.because(
                "`successor` has `user` alone, or `email`, `given` and `family` together",
            )),
        }
    }
}

/// Puts one owner in the place of another, on the customer's request.
///
/// For the platform operator.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/owner-replacements",
    operation_id = "replaceOwner",
    tag = "owners",
    params(schema::TenantPath, DryRun, schema::KeyHeader),
    request_body = NewReplacement,
    responses((
        status = 201,
        description = "The successor holds Tenant Owner",
        body = schema::OwnerReplaced,
        headers(("Location" = String, description = "Where the successor is")),
    )),
    security(("operator" = [])),
)]
pub(crate) async fn replace<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    uri: OriginalUri,
    Body(body): Body<NewReplacement>,
) -> Result<Response, Problem> {
    let command = ReplaceOwner {
        leaving: body::id("leaving", &body.leaving)?,
        successor: body.successor.read()?,
    };
    let replaced = app.rollcall().replace_owner(&act.call, command).await?;
    let location = format!("tenants/{}/users/{}", act.call.tenant, replaced.successor);
    Ok(act.done(created(place(&uri, &location), replaced)))
}
