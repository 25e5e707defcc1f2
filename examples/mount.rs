//! A host that mounts Rollcall's router in its own axum application, beside a route of its own.
//!
//! `cargo run --example mount`; it asks itself one question over HTTP and ends.

use axum::{Router, routing::get};
use embedded_login::Argon2Passwords;
use http_api::{Api, Limits};
use identity_core::{
    account::Opens,
    email::Email,
    name::{Name, PersonName},
    port::Random as _,
    service::{Call, Rollcall},
    tenant::{CreateTenant, Listing},
    token::{Secret, SecretKind},
};
use os_ports::{SystemClock, SystemRandom};
use phone_plan::LibPhonePlan;
use sheet_reader::Sheets;
use std::{net::SocketAddr, sync::Arc};
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
            &Call::operator(),
            CreateTenant {
                name: Name::parse("General Hospital")?,
                domain: None,
                listing: Listing::Listed,
                owner_email: Email::parse("olive@hospital.example")?,
                owner_name: PersonName {
                    given: Name::parse("Olive")?,
                    family: Name::parse("Owner")?,
                },
            },
        )
        .await?;
    // The host vouches for Olive itself. Over HTTP she would log in with a password.
    let session = rollcall
        .open_session_of(Opens {
            tenant: created.tenant,
            user: created.owner,
        })
        .await?;
    let secret = session.secret.expose();
    // The operator's secret is shown to whoever runs the platform; the router gets its hash.
    let mut bytes = [0; 32];
    rollcall.random.fill(&mut bytes)?;
    let operator = Secret::new(SecretKind::Operator, bytes);

    // The router has no state left open: it nests at any path, beside whatever else the host serves.
    let identity = http_api::router(Api {
        rollcall,
        sheets: Arc::new(Sheets::default()),
        phones: Arc::new(LibPhonePlan::new()),
        passwords: Arc::new(Argon2Passwords::new()?),
        operator: Some(operator.hash()),
        limits: Limits::default(),
    });
    let host = Router::new()
        .route("/", get(|| async { "the host's own page" }))
        .nest("/identity", identity);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    // With this, tries to log in are counted by the address they come from.
    let host = host.into_make_service_with_connect_info::<SocketAddr>();
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
