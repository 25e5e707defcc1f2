//! HTTP, the router called in process, but for what the server does by itself.

use crate::{
    Way,
    rows::{
        Act::{self, *},
        PASSWORD, Question,
    },
    rust::{Rust, session, widened},
    scene::{OWN, Scene, email},
};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use http_api::{Api, Limits, router};
use phone_plan::LibPhonePlan;
use serde_json::{Value, json};
use sheet_reader::Sheets;
use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, atomic::Ordering},
};
use tower::ServiceExt as _;

pub(crate) struct Http;

impl Http {
    fn router(scene: &Scene) -> Router {
        router(Api {
            rollcall: Arc::new(scene.service.clone()),
            sheets: Arc::new(Sheets::default()),
            phones: Arc::new(LibPhonePlan::new()),
            passwords: Arc::new(scene.passwords.clone()),
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
            Rest(name, role) => {
                let body = json!({ "status": "inactive" });
                let role = scene.role(role).await;
                let path = format!("{}/roles/{role}/status", user(name));
                (Method::PUT, path, Some(body))
            }
            EndSession(name) => {
                let path = format!("sessions/{}", session(scene, name));
                (Method::DELETE, path, None)
            }
            Sessions(name) => (Method::GET, format!("{}/sessions", user(name)), None),
            Person(name) => (Method::GET, person(name), None),
            CloseDomain(whose) => {
                let body = json!({ "status": "inactive" });
                (
                    Method::PUT,
                    format!("domains/{}/status", scene.domains[whose]),
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
            Elevate => {
                let body = json!({ "reason": "story" });
                return Some(own(scene, who, Method::POST, Some(body)).await);
            }
            Drop => return Some(own(scene, who, Method::DELETE, None).await),
            Subset => {
                let body = json!({ "grants": "subset_only" });
                (Method::PATCH, "policy".to_owned(), Some(body))
            }
            Minutes(minutes) => {
                let body = json!({ "elevation_minutes": minutes });
                (Method::PATCH, "policy".to_owned(), Some(body))
            }
            // No token is made, and nothing is staged or saved over HTTP: what is asked of the others goes by the Rust API.
            MakeToken | RevokeToken | Link(..) | Untie(_) | Import(_) | LinkAll | ImportAll
            | Save
                if scene.is_token(who) =>
            {
                return None;
            }
            MakeToken | RevokeToken | Link(..) | Untie(_) | Import(_) | LinkAll | ImportAll
            | Save => return Rust::act(scene, who, act).await,
            LinkBoth(..) => return None,
            Load(text) => {
                let uri = format!("/v1/tenants/{}/imports", scene.tenant);
                let request = Request::post(uri)
                    .header(header::AUTHORIZATION, bearer(scene, who))
                    .header(header::CONTENT_TYPE, "text/csv")
                    .body(Body::from(text));
                return Some(ended(&sent(scene, request.unwrap()).await));
            }
            Try(login, password) => {
                return Some(ended(&log_in(scene, login, password).await));
            }
        };
        let uri = format!("/v1/tenants/{}/{path}", scene.tenant);
        let answer = sent(scene, request(scene, who, method, &uri, body)).await;
        Some(ended(&answer))
    }

    async fn log_in(scene: &Scene, who: &'static str) {
        let answer = log_in(scene, who, OWN).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        let secret = answer.body["secret"].as_str().unwrap();
        scene.came_in(who, secret).await;
    }

    async fn log_in_while(scene: &Scene, who: &'static str) -> Option<String> {
        Some(ended(&log_in(scene, who, OWN).await))
    }

    async fn opens(scene: &Scene, name: &'static str) -> bool {
        log_in(scene, name, OWN).await.status == StatusCode::CREATED
    }

    // Nobody asks for it over HTTP: the server does this when it starts, and every minute.
    async fn sweep(scene: &Scene) {
        let server = Server::start(scene);
        let mut looks = 0;
        while scene.is_overdue().await {
            looks += 1;
            assert!(looks < 100_000, "the server sweeps nothing");
        }
        drop(server);
    }

    async fn answer(scene: &Scene, question: Question) -> Option<String> {
        Some(match question {
            Question::Login(login, password) => {
                let before = scene.passwords.looks.load(Ordering::SeqCst);
                let answer = log_in(scene, login, password).await;
                let looks = scene.passwords.looks.load(Ordering::SeqCst) - before;
                format!("{} after {looks}", answer.whole())
            }
            Question::Token(name) | Question::Session(name) => {
                let uri = format!("/v1/tenants/{}/users", scene.tenant);
                let request = request(scene, name, Method::GET, &uri, None);
                sent(scene, request).await.whole()
            }
        })
    }
}

/// The server itself, for as long as it is held.
struct Server(Child);

impl Server {
    fn start(scene: &Scene) -> Self {
        let server = Command::new(env!("CARGO_BIN_EXE_rollcall"))
            .args(["serve", "--listen", "127.0.0.1:0", "--json"])
            .env_remove("ROLLCALL_DB")
            .current_dir(scene.folder.path())
            .stdout(Stdio::piped())
            .spawn();
        let mut server = Self(server.unwrap());
        let mut line = String::new();
        let out = server.0.stdout.as_mut().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        assert!(line.contains("listening"), "{line}");
        server
    }
}

impl std::ops::Drop for Server {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// An answer, but for the id of its request.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn whole(&self) -> String {
        format!("{} {:?} {}", self.status, self.headers, self.body)
    }
}

fn ended(answer: &Answer) -> String {
    match answer.status.is_success() {
        true => "done".to_owned(),
        false => answer.body["code"].as_str().unwrap().to_owned(),
    }
}

fn bearer(scene: &Scene, who: &str) -> String {
    format!("Bearer {}", scene.secret(who))
}

fn request(
    scene: &Scene,
    who: &str,
    method: Method,
    uri: &str,
    body: Option<Value>,
) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(uri)
        .header(header::AUTHORIZATION, bearer(scene, who));
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let body = body.map_or_else(Body::empty, |it| Body::from(it.to_string()));
    request.body(body).unwrap()
}

async fn sent(scene: &Scene, request: Request<Body>) -> Answer {
    let response = Http::router(scene).oneshot(request).await.unwrap();
    let (mut parts, body) = response.into_parts();
    parts.headers.remove("x-request-id");
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let mut body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(problem) = body.as_object_mut() {
        problem.remove("request_id");
    }
    Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}

/// Asks for the elevation of the session in which somebody is.
async fn own(scene: &Scene, who: &str, method: Method, body: Option<Value>) -> String {
    let request = request(scene, who, method, "/v1/session/elevation", body);
    ended(&sent(scene, request).await)
}

async fn log_in(scene: &Scene, login: &str, password: &str) -> Answer {
    let body = json!({ "login": email(login).as_str(), "password": password });
    let request = Request::post("/v1/sessions")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()));
    sent(scene, request.unwrap()).await
}
