//! What is logged: identifiers, and nothing of anybody.

use crate::{
    files::FILE,
    host::{Mood, get},
    medhub::connected,
};
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
    let requests = async {
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
        "Bearer",
        "after=",
        "limit=",
        &secret[9..30],
    ] {
        assert!(!log.contains(unsaid), "{unsaid} is in\n{log}");
    }
}
