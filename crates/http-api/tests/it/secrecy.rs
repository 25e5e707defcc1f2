//! What is logged: identifiers, and nothing of anybody.

use crate::{
    files::FILE,
    host::{Mood, PASSWORD, get, operator},
    medhub::connected,
};
use serde_json::json;
use std::{
    io,
    sync::{Arc, Mutex},
};
use tracing::instrument::WithSubscriber as _;
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// AUD-05, AUD-06, TOK-02: everything that may be logged is, and neither a name, an address, a number nor a token is in it.
#[tokio::test]
async fn no_personal_value_and_no_secret_is_logged() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .without_time()
        .with_writer(log.clone())
        .finish();
    let host = connected().await;
    let login = host.with_password(0).await;
    let owner = host.hospital.owners[0].user;
    let session = host.elevated(owner).await;
    let requests = async {
        for password in ["a wrong canary of a password", PASSWORD] {
            let body = json!({ "login": login, "password": password });
            host.ask("POST", "/v1/sessions", "", Some(body)).await;
        }
        let body = json!({ "given": "Ada", "family": "Lovelace", "email": "ada@general.example" });
        for secret in [&session, &operator(), &host.token] {
            host.act("POST", "persons", secret, body.clone()).await;
            host.act("POST", "persons", secret, json!({ "given": "canary" }))
                .await;
            host.act("GET", "persons?email=ada@general.example", secret, None)
                .await;
            host.ask("GET", "/v1/session", secret, None).await;
        }
        let body = json!({ "present": "canary", "new": "canary" });
        let path = "/v1/session/password";
        host.ask("PUT", path, &session, Some(body)).await;
        let body = json!({ "present": "canary", "email": "ada@general.example" });
        host.ask("PUT", "/v1/session/email", &session, Some(body))
            .await;
        for rest in [
            "owners",
            "users?limit=1",
            "hcps",
            "medhub/views",
            "imports/7",
        ] {
            host.get(rest).await;
        }
        host.get("users?after=ada@general.example").await;
        host.upload("?check=true", FILE).await;
        host.upload("", FILE).await;
        host.upload("", "First Name,Ada\n").await;
        host.send(get("/v1/ada@general.example?token=canary", &host.token))
            .await;
        host.get_with("owners", "rollcall_canary").await;
        host.rollcall.store.becomes(Mood::Corrupt);
        host.get("owners").await;
    };
    requests.with_subscriber(subscriber).await;
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for said in [
        "route=\"/v1/tenants/{tenant}/owners\"",
        "method=\"POST\"",
        "status=201",
        "status=404",
        "request_id=\"test\"",
        "table=\"accounts\"",
    ] {
        assert!(log.contains(said), "{said} is not in\n{log}");
    }
    let secret = host.token.as_str();
    for unsaid in [
        "Ada",
        "ada@",
        "Lovelace",
        "12 34 56",
        "general.example",
        "Learner",
        "Owner",
        "canary",
        "rollcall_",
        PASSWORD,
        "a test",
        "Bearer",
        "after=",
        "limit=",
        &secret[9..30],
        &session[20..40],
    ] {
        assert!(!log.contains(unsaid), "{unsaid} is in\n{log}");
    }
}
