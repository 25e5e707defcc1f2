//! The description of this interface, as OpenAPI 3.1.

pub(crate) mod schema;

use crate::{
    hcps, health, imports, owners,
    pages::{Nothing, Params},
    problem::{PROBLEM_JSON, ProblemDocument},
    users, views,
};
use axum::{Json, extract::OriginalUri};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, HeaderBuilder, Ref, RefOr, ResponseBuilder,
        path::Operation,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
        server::Server,
    },
};

const ROUTE: &str = "/v1/openapi.json";

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
        owners::list,
        users::list,
        hcps::list,
        imports::create,
        imports::show,
        imports::rejections,
        views::show,
    ),
    components(schemas(ProblemDocument<'_>)),
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

/// Adds what every route has: the token, and the problems that any request may meet.
struct Problems;

impl Modify for Problems {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        if let Some(components) = &mut openapi.components {
            let token = HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some("Made with `rollcall token create`"))
                .build();
            components.add_security_scheme("token", SecurityScheme::Http(token));
        }
        for item in openapi.paths.paths.values_mut() {
            for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
                describe(operation);
            }
        }
    }
}

fn describe(operation: &mut Operation) {
    let mut any = vec![
        ("400", "The request is malformed"),
        ("500", "Something went wrong inside"),
        ("503", "The service cannot answer now"),
    ];
    if operation.security.is_some() {
        any.extend([
            ("401", "No valid token"),
            ("403", "A permission is missing"),
            ("404", "No such tenant, or nothing of that id in it"),
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
