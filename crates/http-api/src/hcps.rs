//! The tenant's healthcare parties.

use crate::{
    act::{Act, DryRun, created, place},
    api::App,
    auth::{Caller, Of},
    body::{Body, change, email, given, id, name, person_name, person_name_if_given, phone},
    openapi::schema,
    pages::{Nothing, PageDocument, Paged, Params, asked_of, parsed},
    problem::{Fault, Problem},
};
use axum::{
    Json,
    extract::{OriginalUri, State},
    http::StatusCode,
    response::Response,
};
use identity_core::{
    document::{HcpDocument, HcpViewDocument},
    hcp::{
        AddOrganisation, Hcp,
        edit::{EditHcp, HcpName},
        professional::AddProfessional,
        search::{HcpKind, HcpSearch, SearchText},
    },
    id::Id,
    permission::HCPS_MANAGE,
    port::{Clock, Directory, Random, Store},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which healthcare parties.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HcpsQuery {
    /// Only those whose name, a word of it, or address begins like this, whatever the case.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    search: Option<String>,
    /// Only professionals, or only organisations.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<schema::HcpKind>)]
    kind: Option<HcpKind>,
    /// Only those directly below this organisation.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, format = "uuid")]
    parent: Option<Id<Hcp>>,
}

/// Lists the healthcare parties, professionals and organisations, in the order of their ids.
///
/// Needs `hcps:manage`.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/hcps",
    operation_id = "listHcps",
    tag = "hcps",
    params(schema::TenantPath, HcpsQuery, schema::PageParams),
    responses((status = 200, description = "A page of healthcare parties", body = PageDocument<schema::Hcp>)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn list<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    uri: OriginalUri,
    Paged(query, page): Paged<HcpsQuery, Id<Hcp>>,
) -> Result<Json<PageDocument<HcpDocument>>, Problem> {
    let text = query.search.as_deref().map(SearchText::parse);
    let search = HcpSearch {
        text: text.transpose().map_err(|_| Fault::QueryInvalid)?,
        kind: query.kind,
        parent: query.parent,
    };
    let (page, limit) = page.page()?;
    caller.permit(&HCPS_MANAGE)?;
    let store = &app.rollcall().store;
    let parties = store.hcps(caller.call.tenant, search, page).await?;
    let item = |it| [HcpDocument::from(it)];
    let also = asked_of(&uri);
    Ok(PageDocument::asked(
        &uri,
        &also,
        parties,
        limit,
        |it| it.hcp.id,
        item,
    ))
}

/// A healthcare party to be added: a professional with `given`, `family` and `email`, or an organisation with `name`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewHcp {
    #[schema(value_type = schema::HcpKind)]
    kind: HcpKind,
    /// Of a professional.
    given: Option<String>,
    /// Of a professional.
    family: Option<String>,
    /// Of an organisation.
    name: Option<String>,
    /// The address; of a professional, by which files find them.
    email: Option<String>,
    /// In international form; of a professional, the mobile number.
    phone: Option<String>,
    /// The organisation above.
    #[schema(format = "uuid")]
    parent: Option<String>,
}

/// A healthcare party just added.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HcpAdded {
    /// What applications are given as `PARENT_ORGANISATION_ID` when it is an organisation.
    #[schema(value_type = String, format = "uuid")]
    id: Id<Hcp>,
}

/// Adds a professional, of the person who is known by the address and the names or a new one, or an organisation.
///
/// Needs `hcps:manage`.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/hcps",
    operation_id = "addHcp",
    tag = "hcps",
    params(schema::TenantPath, DryRun, schema::KeyHeader),
    request_body = NewHcp,
    responses((
        status = 201,
        description = "It is added",
        body = HcpAdded,
        headers(("Location" = String, description = "Where it is")),
    )),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn add<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    uri: OriginalUri,
    Body(body): Body<NewHcp>,
) -> Result<Response, Problem> {
    let rollcall = app.rollcall();
    let address = body.email.map(|it| email("email", &it)).transpose()?;
    let number = body.phone.map(|it| phone(&it)).transpose()?;
    let parent = body.parent.map(|it| id("parent", &it)).transpose()?;
    let added = match (body.kind, body.given, body.family, body.name, address) {
        (HcpKind::Professional, Some(given), Some(family), None, Some(email)) => {
            let command = AddProfessional {
                name: person_name(&given, &family)?,
                email,
                mobile: number,
                parent,
            };
            rollcall.add_professional(&act.call, command).await?
        }
        (HcpKind::Organisation, None, None, Some(called), email) => {
            let command = AddOrganisation {
                name: name("name", &called)?,
                email,
                phone: number,
                parent,
            };
            rollcall.add_organisation(&act.call, command).await?
        }
        (HcpKind::Professional | HcpKind::Organisation, ..) => {
            return Err(Fault::BodyInvalid.into());
        }
    };
    let location = place(&uri, &format!("tenants/{}/hcps/{added}", act.call.tenant));
    Ok(act.done(created(location, HcpAdded { id: added })))
}

/// Shows a healthcare party, the organisations above it up to the root, and how many stand directly below it.
///
/// Needs `hcps:manage`.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/hcps/{hcp}",
    operation_id = "showHcp",
    tag = "hcps",
    params(schema::TenantPath, schema::HcpPath),
    responses((status = 200, description = "The healthcare party", body = schema::HcpView)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn show<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    Of(hcp): Of<Hcp>,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<HcpViewDocument>, Problem> {
    let view = app.rollcall().hcp(&caller.call, hcp).await?;
    Ok(Json(view.into()))
}

/// Another state of a healthcare party: what is absent stays, `null` is forgotten, a value is set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HcpChange {
    /// Of a professional; comes with `family`.
    #[schema(nullable = false)]
    given: Option<String>,
    /// Of a professional; comes with `given`.
    #[schema(nullable = false)]
    family: Option<String>,
    /// Of an organisation.
    #[schema(nullable = false)]
    name: Option<String>,
    /// Of a professional it is the person's: where they log in with the old one, the login moves with it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// In international form; of a professional, the person's mobile number.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    /// The organisation above.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = "uuid")]
    parent: Option<Option<String>>,
}

/// Changes a healthcare party.
///
/// Needs `hcps:manage`; for another address of a professional, also what changing the person needs.
#[utoipa::path(
    patch,
    path = "/v1/tenants/{tenant}/hcps/{hcp}",
    operation_id = "editHcp",
    tag = "hcps",
    params(schema::TenantPath, schema::HcpPath, DryRun, schema::KeyHeader),
    request_body = HcpChange,
    responses((status = 204, description = "It is so")),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn edit<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Of(hcp): Of<Hcp>,
    Body(body): Body<HcpChange>,
) -> Result<Response, Problem> {
    let names = person_name_if_given(body.given.as_deref(), body.family.as_deref())?;
    let called = body.name.map(|it| name("name", &it)).transpose()?;
    let command = EditHcp {
        name: match (names, called) {
            (None, None) => None,
            (Some(names), None) => Some(HcpName::Professional(names)),
            (None, Some(called)) => Some(HcpName::Organisation(called)),
            (Some(_), Some(_)) => return Err(Fault::BodyInvalid.into()),
        },
        email: change(body.email, |it| email("email", it))?,
        phone: change(body.phone, phone)?,
        parent: change(body.parent, |it| id("parent", it))?,
    };
    app.rollcall().edit_hcp(&act.call, hcp, command).await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}

/// Deletes a healthcare party, for good. The person of a professional stays; an organisation goes once nothing stands below it.
///
/// Needs `hcps:manage`.
#[utoipa::path(
    delete,
    path = "/v1/tenants/{tenant}/hcps/{hcp}",
    operation_id = "deleteHcp",
    tag = "hcps",
    params(schema::TenantPath, schema::HcpPath, DryRun, schema::KeyHeader),
    responses((status = 204, description = "It is gone")),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn delete<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Of(hcp): Of<Hcp>,
) -> Result<Response, Problem> {
    app.rollcall().delete_hcp(&act.call, hcp).await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}
