//! The description of this interface, as OpenAPI 3.1.

pub(crate) mod schema;

use crate::{
    checkpoints, domains, elevations, hcps, health, imports, journal, logins, mark, owners,
    pages::{Nothing, Params},
    permissions, persons, policy,
    problem::{PROBLEM_JSON, ProblemDocument},
    proposals, roles, session, sessions, tenants, users, views,
};
use axum::{Json, extract::OriginalUri};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, HeaderBuilder, Ref, RefOr, ResponseBuilder,
        path::Operation,
        schema::{ArrayBuilder, OneOfBuilder},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
        server::Server,
    },
};

const ROUTE: &str = "/v1/openapi.json";
const JSON: &str = "application/json";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Rollcall",
        description = "Identity lifecycle for healthcare. Every answer that is no success is a problem (RFC 9457).",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    paths(
        health::live,
        health::ready,
        document,
        permissions::list,
        tenants::health_systems,
        tenants::list,
        tenants::create,
        tenants::show,
        tenants::suspend,
        tenants::reactivate,
        tenants::set_listing,
        domains::list,
        domains::set_status,
        domains::set_patient_care_status,
        logins::confirm,
        policy::show,
        policy::set,
        policy::lift_second_owner,
        sessions::open,
        session::show,
        session::end,
        session::elevate,
        session::end_elevation,
        session::change_password,
        session::change_email,
        persons::list,
        persons::add,
        persons::show,
        persons::edit,
        persons::erase,
        users::list,
        users::add,
        users::show,
        users::set_status,
        users::set_login,
        users::set_password,
        users::assign,
        users::remove,
        users::set_role_status,
        sessions::list,
        sessions::end_all,
        sessions::end,
        roles::list,
        roles::create,
        roles::show,
        roles::change,
        roles::retire,
        permissions::explain,
        permissions::explain_for,
        permissions::who_can,
        owners::list,
        owners::replace,
        proposals::list,
        proposals::propose,
        proposals::withdraw,
        proposals::approve,
        elevations::list,
        journal::list,
        journal::list_platforms,
        journal::export,
        journal::export_platforms,
        checkpoints::verify,
        checkpoints::verify_since,
        checkpoints::sign,
        checkpoints::verify_platforms,
        checkpoints::verify_platforms_since,
        checkpoints::sign_platforms,
        hcps::list,
        hcps::add,
        hcps::show,
        hcps::edit,
        hcps::delete,
        imports::create,
        imports::show,
        imports::rejections,
        views::show,
    ),
    components(schemas(ProblemDocument<'_>, schema::Rehearsal)),
    modifiers(&Problems),
)]
struct Description;

/// Describes this interface.
#[utoipa::path(
    get,
    path = "/v1/openapi.json",
    operation_id = "describe",
    tag = "openapi",
    responses((status = 200, description = "An OpenAPI 3.1 document", body = Object)),
)]
pub(crate) async fn document(
    uri: OriginalUri,
    Params(Nothing {}): Params<Nothing>,
) -> Json<utoipa::openapi::OpenApi> {
    let mut described = Description::openapi();
    let mount = uri.path().strip_suffix(ROUTE).unwrap_or_default();
    let server = if mount.is_empty() { "/" } else { mount };
    described.servers = Some(vec![Server::new(server)]);
    Json(described)
}

/// Adds what many routes have: who may be let in, the mark of elevation, dry runs, and the problems that a request may meet.
struct Problems;

impl Modify for Problems {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        if let Some(components) = &mut openapi.components {
            for (name, description) in [
                ("token", "A program's, made with `rollcall token create`"),
                ("session", "Of a session, from logging in"),
                ("operator", "The platform operator's, which the host sets"),
            ] {
                let bearer = HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some(description))
                    .build();
                components.add_security_scheme(name, SecurityScheme::Http(bearer));
            }
        }
        for item in openapi.paths.paths.values_mut() {
            let reading = item.get.iter_mut().map(|it| (it, false));
            let acting = [
                &mut item.post,
                &mut item.put,
                &mut item.patch,
                &mut item.delete,
            ];
            let acting = acting.into_iter().flatten().map(|it| (it, true));
            for (operation, acts) in reading.chain(acting) {
                rehearse(operation);
                refuse(operation, acts);
                mark(operation);
            }
        }
    }
}

/// Describes the answer to a dry run, where there can be one, beside that to the act itself.
fn rehearse(operation: &mut Operation) {
    let mut parameters = operation.parameters.iter().flatten();
    if !parameters.any(|it| matches!(it, RefOr::T(it) if it.name == "dry_run")) {
        return;
    }
    let rehearsals = ArrayBuilder::new().items(Ref::from_schema_name("Rehearsal"));
    let told = "What a dry run would have changed";
    let responses = &mut operation.responses.responses;
    let done = responses.get_mut("200").and_then(|it| match it {
        RefOr::T(response) => Some(response),
        RefOr::Ref(_) => None,
    });
    if let Some(response) = done
        && let Some(RefOr::T(content)) = response.content.get_mut(JSON)
        && let Some(document) = content.schema.take()
    {
        let either = OneOfBuilder::new().item(document).item(rehearsals);
        content.schema = Some(either.into());
        response.description = format!("{}; or: {told}", response.description);
        return;
    }
    let json = ContentBuilder::new().schema(Some(rehearsals)).build();
    let response = ResponseBuilder::new().description(told).content(JSON, json);
    responses.insert("200".to_owned(), RefOr::T(response.build()));
}

/// Describes the mark of what is answered under elevation.
fn mark(operation: &mut Operation) {
    if operation.security.is_none() {
        return;
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            let header = HeaderBuilder::new()
                .description(Some(
                    "Only under elevation: its id, `; until=` and the instant at which it is over",
                ))
                .build();
            let name = mark::ELEVATION.as_str().to_owned();
            response.headers.insert(name, RefOr::T(header));
        }
    }
}

/// Describes the problems.
fn refuse(operation: &mut Operation, acts: bool) {
    let mut any = vec![
        ("400", "The request is malformed"),
        ("500", "Something went wrong inside"),
        ("503", "The service cannot answer now"),
    ];
    if operation.security.is_some() {
        any.extend([
            ("401", "No valid token or session"),
            ("403", "Whoever asks may not"),
            ("404", "No such tenant, or nothing of that id in it"),
        ]);
    }
    if acts {
        any.extend([
            ("409", "It cannot be as things stand"),
            (
                "422",
                "The rules do not allow what is given, or the key was used for another",
            ),
        ]);
    }
    if operation.request_body.is_some() {
        any.extend([
            ("413", "The body is larger than allowed"),
            ("415", "The body has another media type"),
        ]);
    }
    let responses = &mut operation.responses.responses;
    for (status, description) in any {
        let response = ResponseBuilder::new().description(description).build();
        responses
            .entry(status.to_owned())
            .or_insert(RefOr::T(response));
    }
    for (status, response) in responses {
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
        {
            let problem = ContentBuilder::new()
                .schema(Some(Ref::from_schema_name("Problem")))
                .build();
            response
                .content
                .insert(PROBLEM_JSON.to_owned(), RefOr::T(problem));
            let told = match status.as_str() {
                "401" => Some(("WWW-Authenticate", "`Bearer`")),
                "503" => Some(("Retry-After", "Seconds to wait")),
                _ => None,
            };
            if let Some((name, description)) = told {
                let header = HeaderBuilder::new().description(Some(description)).build();
                response.headers.insert(name.to_owned(), RefOr::T(header));
            }
        }
    }
}
