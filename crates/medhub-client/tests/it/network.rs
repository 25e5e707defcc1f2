//! What happens before and around an answer.

use crate::setup::{client, config, stopped};
use identity_core::roster::{RosterRead, RosterSource as _, SourceFailure};
use medhub_client::{BaseUrl, Config, MedhubClient, Retry};
use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::Arc,
    thread,
    time::Duration,
};
use testkit::medhub::{Call, FakeMedhub, Fault, Fixture};

const TEST: &str = "info/test";

fn config_for(base: &str) -> Config {
    Config {
        retry: Retry::never(),
        ..Config::new(
            BaseUrl::parse(base).unwrap(),
            medhub_client::ClientId(1),
            "k".into(),
            Arc::new(stopped()),
        )
    }
}

/// A server that answers one call with these bytes, then hangs up.
fn answers_once(bytes: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        while !request.windows(7).any(|it| it == b"verify=") {
            let read = stream.read(&mut buffer).unwrap();
            assert!(read > 0, "the call breaks off");
            request.extend_from_slice(&buffer[..read]);
        }
        stream.write_all(bytes).unwrap();
    });
    address
}

async fn access_at(address: SocketAddr) -> SourceFailure {
    let medhub = MedhubClient::new(config_for(&format!("http://{address}/api"))).unwrap();
    medhub.access().await.unwrap_err()
}

/// Guard: the redirect policy. The other server would receive a call with a valid signature.
#[tokio::test]
async fn no_redirect_is_followed() {
    let fake = FakeMedhub::start(Fixture::small()).await;
    let other = FakeMedhub::start(Fixture::small()).await;
    for call in [Call::InfoTest, Call::ProgramsAll, Call::Residents] {
        let to = format!("{}/{}", other.base_url(), call.path());
        fake.misbehave(call, Fault::Redirect { to });
    }
    let medhub = client(&fake);
    let redirected = |call| SourceFailure::Redirected { call };
    assert_eq!(medhub.access().await, Err(redirected(TEST)));
    assert_eq!(
        medhub.read(&()).await,
        RosterRead::Failed(redirected("programs/all"))
    );
    assert_eq!(fake.calls().len(), 2);
    assert_eq!(other.calls(), []);
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_unreachable() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(
        access_at(address).await,
        SourceFailure::Unreachable { call: TEST }
    );
}

#[tokio::test]
async fn a_server_that_hangs_up_without_a_word_is_unreachable() {
    assert_eq!(
        access_at(answers_once(b"")).await,
        SourceFailure::Unreachable { call: TEST }
    );
}

#[tokio::test]
async fn a_server_without_encryption_behind_https_is_a_failed_connection() {
    let fake = FakeMedhub::start(Fixture::small()).await;
    let failure = match MedhubClient::new(config_for(&format!("https://{}/api", fake.address()))) {
        Ok(medhub) => medhub.access().await.unwrap_err(),
        // A machine without root certificates cannot make the client.
        Err(failure) => failure,
    };
    assert_eq!(failure.code(), "medhub_tls");
    assert_eq!(fake.calls(), []);
}

#[tokio::test]
async fn without_a_date_header_no_skew_is_told() {
    let address =
        answers_once(b"HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{\"ErrorCode\":\"S07\"}");
    assert_eq!(
        access_at(address).await,
        SourceFailure::SignatureRefused {
            call: TEST,
            skew: None
        }
    );
}

#[tokio::test]
async fn an_answer_that_announces_too_much_is_not_read() {
    let address = answers_once(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n[");
    let limit = config_for("https://hospital.example").answer_limit;
    assert_eq!(
        access_at(address).await,
        SourceFailure::AnswerTooLarge { call: TEST, limit }
    );
}

#[tokio::test]
async fn an_answer_shorter_than_announced_breaks_off() {
    let address =
        answers_once(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"response\":\"success\"}");
    assert_eq!(
        access_at(address).await,
        SourceFailure::Truncated { call: TEST }
    );
}

#[tokio::test]
async fn a_server_that_never_answers_is_waited_for_as_long_as_configured() {
    let fake = FakeMedhub::start(Fixture::small()).await;
    fake.misbehave(Call::InfoTest, Fault::NeverAnswers);
    let medhub = MedhubClient::new(Config {
        call_timeout: Duration::from_millis(50),
        retry: Retry {
            delays: vec![Duration::ZERO; 2],
        },
        ..config(&fake)
    })
    .unwrap();
    assert_eq!(
        medhub.access().await,
        Err(SourceFailure::TimedOut {
            call: TEST,
            seconds: 1
        })
    );
}

#[tokio::test]
async fn a_dropped_fake_no_longer_answers() {
    let fake = FakeMedhub::start(Fixture::small()).await;
    let medhub = client(&fake);
    assert!(medhub.access().await.is_ok());
    drop(fake);
    assert_eq!(
        medhub.access().await,
        Err(SourceFailure::Unreachable { call: TEST })
    );
}
