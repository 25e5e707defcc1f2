//! The description of the interface, and whether it is true.

use crate::{
    files::FILE,
    host::{Answer, Host, get},
    medhub::connected,
};
use axum::body::Body;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

#[tokio::test]
async fn the_description_is_reviewed() {
    let host = Host::new().await;
    let answer = host.send(get("/v1/openapi.json", "")).await;
    let described = answer.json();
    assert_eq!(described["servers"][0]["url"], "/");
    let paths = described["paths"].as_object().unwrap();
    let operations = paths
        .values()
        .flat_map(|it| it.as_object().unwrap().values());
    let names: Vec<_> = operations.map(|it| it["operationId"].to_string()).collect();
    let distinct: BTreeSet<_> = names.iter().collect();
    assert_eq!((distinct.len(), names.len()), (76, 76));
    let text = serde_json::to_string_pretty(&described).unwrap();
    insta::assert_snapshot!("openapi", text);
}

/// The crate's documentation has a line for every path.
#[tokio::test]
async fn every_path_is_in_the_table_of_routes() {
    let documented = include_str!("../../src/lib.rs");
    let host = Host::new().await;
    let described = host.send(get("/v1/openapi.json", "")).await.json();
    for path in described["paths"].as_object().unwrap().keys() {
        let short = path.replace("/v1/tenants/{tenant}", "…");
        let listed = |end| documented.contains(&format!(" {short}{end}"));
        assert!(listed('`') || listed('?'), "{path}");
    }
}

/// What is answered has the shape that is described: no property missing, none untold, every type as it is said to be.
#[tokio::test]
async fn what_is_answered_is_what_is_described() {
    let host = connected().await;
    let described = host.send(get("/v1/openapi.json", "")).await.json();
    let description = Description(&described);
    let made = host.upload("", FILE).await;
    let import = made.json()["import"].as_str().unwrap().to_owned();
    let hcp = host.organisation().await;
    let imports = "/v1/tenants/{tenant}/imports";
    description.holds("post", imports, &made);
    description.holds("post", imports, &host.upload("?check=true", FILE).await);
    description.holds("post", imports, &host.upload("", "").await);
    let json = host.post("").header("content-type", "application/json");
    let refused = host.send(json.body(Body::empty()).unwrap()).await;
    description.holds("post", imports, &refused);
    for (path, rest) in [
        ("owners", "owners"),
        ("owners", "owners?x=1"),
        ("users", "users"),
        ("users", "users?limit=1"),
        ("hcps", "hcps"),
        ("hcps/{hcp}", &format!("hcps/{hcp}")),
        ("medhub/views", "medhub/views"),
        ("imports/{import}", &format!("imports/{import}")),
        (
            "imports/{import}/rejections",
            &format!("imports/{import}/rejections"),
        ),
        (
            "imports/{import}",
            "imports/018c2c1d-7c00-7b6a-8f2e-0123456789ab",
        ),
    ] {
        let path = format!("/v1/tenants/{{tenant}}/{path}");
        description.holds("get", &path, &host.get(rest).await);
        description.holds("get", &path, &host.get_with(rest, "none").await);
    }
    for path in ["/health", "/health/ready", "/v1/openapi.json"] {
        description.holds("get", path, &host.send(get(path, "")).await);
    }
    let unconnected = Host::new().await.get("medhub/views").await;
    description.holds("get", "/v1/tenants/{tenant}/medhub/views", &unconnected);
}

pub(crate) struct Description<'a>(pub(crate) &'a Value);

impl Description<'_> {
    /// Finds the description of a path as it is asked for.
    pub(crate) fn holds_for(&self, method: &str, path: &str, answer: &Answer) {
        let asked = path.split('?').next().unwrap();
        let asked: Vec<_> = asked.split('/').collect();
        let is = |template: &&String| {
            let template: Vec<_> = template.split('/').collect();
            let fits = |(it, asked): (&&str, &&str)| it.starts_with('{') || it == asked;
            template.len() == asked.len() && template.iter().zip(&asked).all(fits)
        };
        // A path that is named to the end stands before one with something to fill in.
        let open = |it: &&String| it.matches('{').count();
        let paths = self.0["paths"].as_object().unwrap();
        let found = paths.keys().filter(is).min_by_key(open);
        let found = found.unwrap_or_else(|| panic!("{path} is not described"));
        self.holds(&method.to_lowercase(), found, answer);
    }

    fn holds(&self, method: &str, path: &str, answer: &Answer) {
        let status = answer.status.as_str();
        let what = format!("{method} {path} {status}");
        let response = &self.0["paths"][path][method]["responses"][status];
        assert!(response.is_object(), "{what} is not described");
        for name in ["location", "retry-after", "rollcall-elevation"] {
            if answer.header(name).is_some() {
                let headers = response["headers"].as_object();
                let mut names = headers.into_iter().flat_map(Map::keys);
                let is = |it: &String| it.eq_ignore_ascii_case(name);
                assert!(names.any(is), "{what}: {name} is not described");
            }
        }
        let Some(media) = answer.header("content-type") else {
            assert!(
                answer.body.is_empty() && response["content"].is_null(),
                "{what}"
            );
            return;
        };
        let schema = &response["content"][media]["schema"];
        assert!(schema.is_object(), "{what} {media} is not described");
        if media == "application/x-ndjson" {
            for line in answer
                .body
                .split(|it| *it == b'\n')
                .filter(|it| !it.is_empty())
            {
                self.fits(schema, &serde_json::from_slice(line).unwrap(), &what);
            }
            return;
        }
        self.fits(schema, &answer.json(), &what);
    }

    fn resolved<'s>(&'s self, schema: &'s Value) -> &'s Value {
        match schema["$ref"].as_str() {
            Some(to) => self.0.pointer(&to[1..]).unwrap_or_else(|| panic!("{to}")),
            None => schema,
        }
    }

    fn fits(&self, schema: &Value, value: &Value, place: &str) {
        let schema = self.resolved(schema);
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        if let Some(either) = schema["oneOf"].as_array() {
            let branch = either.iter().find(|it| self.resolved(it)["type"] == kind);
            return self.fits(branch.unwrap(), value, place);
        }
        let kinds = match &schema["type"] {
            Value::String(kind) => vec![kind.as_str()],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => panic!("{place}: no type in {schema}"),
        };
        assert!(kinds.contains(&kind), "{place}: {value} is no {kinds:?}");
        if let Some(values) = schema["enum"].as_array() {
            assert!(values.contains(value), "{place}: {value}");
        }
        match value {
            Value::Array(items) => {
                for item in items {
                    self.fits(&schema["items"], item, place);
                }
            }
            Value::Object(properties) => self.properties_fit(schema, properties, place),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (),
        }
    }

    fn properties_fit(&self, schema: &Value, given: &Map<String, Value>, place: &str) {
        let Some(described) = schema["properties"].as_object() else {
            return;
        };
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap();
            assert!(given.contains_key(name), "{place}: {name} is missing");
        }
        for (name, value) in given {
            let place = format!("{place}.{name}");
            let schema = described.get(name);
            self.fits(
                schema.unwrap_or_else(|| panic!("{place} is not described")),
                value,
                &place,
            );
        }
    }
}
