//! The points of entry.

use crate::{
    act::{Act, DryRun, PlatformAct},
    api::App,
    auth::{Caller, Of},
    body::Body,
    openapi::schema,
    pages::{Nothing, PageDocument, Params},
    problem::Problem,
};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use identity_core::{
    document::DomainDocument,
    port::{Clock, Directory, Find, Random, Store},
    tenant::{Domain, DomainStatus},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// Lists the tenant's domains, the platform's patient care domain among them, in the order of their ids.
///
/// For its users and the platform operator.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/domains",
    operation_id = "listDomains",
    tag = "domains",
    params(schema::TenantPath),
    responses((status = 200, description = "The domains", body = PageDocument<schema::Domain>)),
    security(("token" = []), ("session" = []), ("operator" = [])),
)]
pub(crate) async fn list<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<PageDocument<DomainDocument>>, Problem> {
    let finds = vec![Find::Domains];
    let records = app.rollcall().store.load(caller.call.tenant, finds).await?;
    let mut domains: Vec<_> = records.domains.into_values().map(|it| it.record).collect();
    domains.sort_unstable_by_key(|it| it.id);
    Ok(PageDocument::whole(
        domains.iter().map(DomainDocument::from).collect(),
    ))
}

/// Whether a domain's users may do anything.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDomainStatus {
    #[schema(value_type = schema::DomainStatus)]
    status: DomainStatus,
}

/// Closes or opens a domain of a tenant.
///
/// For the platform operator. The internal domain stays open: the owners come in by it.
#[utoipa::path(
    put,
    path = "/v1/tenants/{tenant}/domains/{domain}/status",
    operation_id = "setDomainStatus",
    tag = "domains",
    params(schema::TenantPath, schema::DomainPath, DryRun, schema::KeyHeader),
    request_body = NewDomainStatus,
    responses((status = 204, description = "It is so")),
    security(("operator" = [])),
)]
pub(crate) async fn set_status<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    act: Act,
    Of(domain): Of<Domain>,
    Body(body): Body<NewDomainStatus>,
) -> Result<Response, Problem> {
    app.rollcall()
        .set_domain_status(&act.call, domain, body.status)
        .await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}

/// Closes or opens the platform's patient care domain, for the patients of all tenants.
///
/// For the platform operator.
#[utoipa::path(
    put,
    path = "/v1/patient-care-domain/status",
    operation_id = "setPatientCareDomainStatus",
    tag = "domains",
    params(DryRun, schema::KeyHeader),
    request_body = NewDomainStatus,
    responses((status = 204, description = "It is so")),
    security(("operator" = [])),
)]
pub(crate) async fn set_patient_care_status<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    PlatformAct(act): PlatformAct,
    Body(body): Body<NewDomainStatus>,
) -> Result<Response, Problem> {
    app.rollcall()
        .set_domain_status(&act.call, Domain::PATIENT_CARE, body.status)
        .await?;
    Ok(act.done(StatusCode::NO_CONTENT))
}
