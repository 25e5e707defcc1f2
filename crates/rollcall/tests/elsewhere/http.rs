//! HTTP, the router called in process.

use crate::{
    Way,
    rows::{
        Act::{self, *},
        PASSWORD,
    },
    rust::widened,
    scene::{Plain, Scene, email},
};
use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
};
use http_api::{Api, Limits, router};
use phone_plan::LibPhonePlan;
use serde_json::{Value, json};
use sheet_reader::Sheets;
use std::sync::Arc;
use tower::ServiceExt as _;

pub(crate) struct Http;

impl Http {
    fn router(scene: &Scene) -> Router {
        router(Api {
            rollcall: Arc::new(scene.service.clone()),
            sheets: Arc::new(Sheets::default()),
            phones: Arc::new(LibPhonePlan::new()),
            passwords: Arc::new(Plain),
            operator: Some(scene.operator.hash()),
            limits: Limits::default(),
        })
    }
}

impl Way for Http {
    const NAME: &'static str = "HTTP";

    async fn act(scene: &Scene, who: &'static str, act: Act) -> Option<String> {
        let user = |name: &str| format!("users/{}", scene.users[name].0);
        let person = |name: &str| format!("persons/{}", scene.users[name].1);
        let (method, path, body) = match act {
            Take(name, role) => {
                let role = scene.role(role).await;
                (Method::DELETE, format!("{}/roles/{role}", user(name)), None)
            }
            Give(name, role) => {
                let role = scene.role(role).await;
                (Method::PUT, format!("{}/roles/{role}", user(name)), None)
            }
            Deactivate(name) => {
                let body = json!({ "status": "inactive" });
                (Method::PUT, format!("{}/status", user(name)), Some(body))
            }
            Reactivate(name) => {
                let body = json!({ "status": "active" });
                (Method::PUT, format!("{}/status", user(name)), Some(body))
            }
            Unlink(name) => {
                let body = json!({ "linked": false });
                (Method::PUT, format!("{}/login", user(name)), Some(body))
            }
            Move(name) => {
                let moved = email(&format!("{name}.moved")).as_str().to_owned();
                (Method::PATCH, person(name), Some(json!({ "email": moved })))
            }
            SetPassword(name) => {
                let body = json!({ "password": PASSWORD });
                (Method::PUT, format!("{}/password", user(name)), Some(body))
            }
            Add(name, role) => {
                let body = json!({
                    "email": email(name).as_str(),
                    "given": name,
                    "family": "Example",
                    "role": scene.role(role).await,
                });
                (Method::POST, "users".to_owned(), Some(body))
            }
            MakeRole(name) => {
                let body = json!({ "name": name, "permissions": ["users:manage"] });
                (Method::POST, "roles".to_owned(), Some(body))
            }
            Widen(role) => {
                let body = json!({ "permissions": widened() });
                let role = scene.role(role).await;
                (Method::PATCH, format!("roles/{role}"), Some(body))
            }
            Retire(role) => {
                let role = scene.role(role).await;
                (Method::DELETE, format!("roles/{role}"), None)
            }
            Erase(name) => (Method::DELETE, person(name), None),
            EndSessions(name) => (Method::DELETE, format!("{}/sessions", user(name)), None),
            CloseDomain => {
                let body = json!({ "status": "inactive" });
                (
                    Method::PUT,
                    format!("domains/{}/status", scene.domain),
                    Some(body),
                )
            }
            Suspend => (Method::POST, "suspension".to_owned(), None),
            Replace(leaving, successor) => {
                let body = json!({
                    "leaving": scene.users[leaving].0,
                    "successor": { "user": scene.users[successor].0 },
                });
                (Method::POST, "owner-replacements".to_owned(), Some(body))
            }
            List => (Method::GET, "users".to_owned(), None),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/v1/tenants/{}/{path}", scene.tenant))
            .header(
                header::AUTHORIZATION,
                format!("Bearer {}", scene.secret(who)),
            );
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |it| Body::from(it.to_string()));
        let response = Self::router(scene).oneshot(request.body(body).unwrap());
        let response = response.await.unwrap();
        if response.status().is_success() {
            return Some("done".to_owned());
        }
        let body = axum::body::to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap();
        let problem: Value = serde_json::from_slice(&body).unwrap();
        Some(problem["code"].as_str().unwrap().to_owned())
    }
}
