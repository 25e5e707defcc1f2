//! A host that mounts Rollcall's router in its own axum application, beside a route of its own.
//!
//! `cargo run --example mount`; it asks itself one question over HTTP and ends.

use axum::{Router, routing::get};
use http_api::{Api, Limits};
use identity_core::{
    authority::Actor,
    email::Email,
    name::{Name, PersonName},
    port::Clock as _,
    service::{Call, Rollcall},
    tenant::CreateTenant,
};
use os_ports::{SystemClock, SystemRandom};
use phone_plan::LibPhonePlan;
use sheet_reader::Sheets;
use std::{sync::Arc, time::Duration};
use store_sqlite::SqliteStore;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let store = SqliteStore::open(folder.path().join("host.db"))?;
    let rollcall = Arc::new(Rollcall::new(store, SystemClock, SystemRandom));
    let created = rollcall
        .create_tenant(
            CreateTenant {
                name: Name::parse("General Hospital")?,
                owner_email: Email::parse("olive@hospital.example")?,
                owner_name: PersonName {
                    given: Name::parse("Olive")?,
                    family: Name::parse("Owner")?,
                },
            },
            None,
        )
        .await?;
    let call = Call::new(created.tenant, Actor::user(created.owner));
    let expires_at = rollcall.clock.now() + Duration::from_secs(3600);
    let token = rollcall
        .create_token(&call, Name::parse("demo")?, expires_at)
        .await?;
    let secret = token.secret.ok_or("a new token has its secret")?.expose();

    // The router has no state left open: it nests at any path, beside whatever else the host serves.
    let identity = http_api::router(Api {
        rollcall,
        sheets: Arc::new(Sheets::default()),
        phones: Arc::new(LibPhonePlan::new()),
        limits: Limits::default(),
    });
    let host = Router::new()
        .route("/", get(|| async { "the host's own page" }))
        .nest("/identity", identity);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { axum::serve(listener, host).await });

    let path = format!("/identity/v1/tenants/{}/owners", created.tenant);
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
        secret.as_str()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    println!("GET {path}\n\n{answer}");
    server.abort();
    if answer.starts_with("HTTP/1.1 200") {
        Ok(())
    } else {
        Err("the owners were not listed".into())
    }
}
