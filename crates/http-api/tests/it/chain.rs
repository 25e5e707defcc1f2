//! The journal, in pages and as lines.

use crate::host::{Answer, Host, Mood, get, operator};
use axum::body::Body;
use ed25519_dalek::SigningKey;
use identity_core::{
    journal::{Checkpoint, Hash, Sealed, Verifier},
    name::{Name, PersonName},
    person::edit::AddPerson,
    service::Settings,
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// Adds so many persons, each with an entry.
async fn busy(host: &Host, persons: usize) {
    let call = host.call(host.administrator());
    for _ in 0..persons {
        let command = AddPerson {
            name: PersonName {
                given: Name::parse("Jerry").unwrap(),
                family: Name::parse("Cardenas").unwrap(),
            },
            email: None,
            birth_date: None,
            mobile: None,
            patient: None,
        };
        host.rollcall.add_person(&call, command).await.unwrap();
    }
}

fn lines(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let text = std::str::from_utf8(&answer.body).unwrap();
    let lines = text.lines();
    lines.map(|it| serde_json::from_str(it).unwrap()).collect()
}

async fn pages(host: &Host, rest: &str) -> Vec<Value> {
    let mut path = Some(host.path(rest));
    let mut all = vec![];
    while let Some(asked) = path {
        let page = host.ask("GET", &asked, &host.token, None).await.json();
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        path = page["next"].as_str().map(ToOwned::to_owned);
    }
    all
}

/// Longer than what is read at a time: the lines are the chain, whole, and can be verified by whoever has them.
#[tokio::test]
async fn the_export_is_the_chain() {
    let host = Host::new().await;
    busy(&host, 2100).await;
    let answer = host.act("GET", "journal/export", &host.token, None).await;
    let exported = lines(&answer);
    assert!(exported.len() > 2100);
    let text = std::str::from_utf8(&answer.body).unwrap();
    let mut verifier = Verifier::new(host.hospital.tenant, None);
    for (line, value) in text.lines().zip(&exported) {
        let entry = line.split_once("\"entry\":").unwrap().1;
        let hash = from_hex(value["hash"].as_str().unwrap());
        let sealed = Sealed {
            number: value["number"].as_u64().unwrap(),
            text: entry.strip_suffix('}').unwrap().to_owned(),
            hash: Hash(hash),
        };
        verifier.read(&sealed).unwrap();
    }
    assert_eq!(pages(&host, "journal?limit=500").await, exported);
}

fn from_hex(text: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).unwrap();
    }
    bytes
}

/// The lines come as they are taken, and break off where the permission is lost.
#[tokio::test]
async fn an_export_breaks_off_when_its_reader_may_no_longer() {
    let host = Host::new().await;
    busy(&host, 1500).await;
    let session = host.session_of(host.administrator()).await;
    let request = get(&host.path("journal/export"), &session);
    let response = host.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let mut body: Body = response.into_body();
    let mut frame = async || {
        let mut body = std::pin::pin!(&mut body);
        std::future::poll_fn(|it| http_body::Body::poll_frame(body.as_mut(), it)).await
    };
    let first = frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(first.iter().filter(|it| **it == b'\n').count(), 1000);
    host.ask("DELETE", "/v1/session", &session, None).await;
    assert!(frame().await.unwrap().is_err());
    assert!(frame().await.is_none());
}

#[tokio::test]
async fn entries_are_found_by_person_actor_kind_and_time() {
    let host = Host::new().await;
    busy(&host, 7).await;
    let learner = &host.hospital.learners[0];
    let call = host.call(host.hospital.administrators[1].user);
    host.rollcall.clock.step(chrono::TimeDelta::hours(1));
    host.rollcall
        .deactivate_user(&call, learner.user)
        .await
        .unwrap();
    let names = |entries: &[Value]| {
        let names = entries.iter().map(|it| it["entry"]["event"].as_str());
        names.map(|it| it.unwrap().to_owned()).collect::<Vec<_>>()
    };
    let by = call.actor;
    let identity_core::authority::Actor::User(by) = by else {
        panic!("{by:?}");
    };
    let other = host.hospital.administrators[0].user;
    for (query, expected) in [
        (
            format!("person={}", learner.person),
            vec!["user_added", "role_assigned", "user_deactivated"],
        ),
        (format!("by={by}"), vec!["user_deactivated"]),
        (format!("person={}&by={other}", learner.person), vec![]),
        (
            "event=user_deactivated".to_owned(),
            vec!["user_deactivated"],
        ),
        (
            "event=user_deactivated,person_added&limit=3".to_owned(),
            [vec!["person_added"; 7], vec!["user_deactivated"]].concat(),
        ),
        (
            "from=2026-07-01T09:00:00Z".to_owned(),
            vec!["user_deactivated"],
        ),
        (
            "from=2026-07-01T11:00:00%2B02:00".to_owned(),
            vec!["user_deactivated"],
        ),
        (
            "event=person_added&until=2026-07-01T09:00:00Z&limit=2".to_owned(),
            vec!["person_added"; 7],
        ),
        ("from=2026-07-01T09:00:00.000001Z".to_owned(), vec![]),
    ] {
        let found = pages(&host, &format!("journal?{query}")).await;
        assert_eq!(names(&found), expected, "{query}");
        let asked: Vec<_> = query
            .split('&')
            .filter(|it| !it.starts_with("limit"))
            .collect();
        let rest = format!("journal/export?{}", asked.join("&"));
        let exported = host.act("GET", &rest, &host.token, None).await;
        assert_eq!(lines(&exported), found, "{query}");
    }
    for query in [
        "person=7",
        "by=",
        "event=",
        "event=nothing_of_the_sort",
        "event=user_added,,person_added",
        "event=Role%20Assigned",
        "from=yesterday",
        "until=2026-07-01",
        "after=x",
        "limit=501",
        "limit=1&limit=1",
        "event=user_added&event=user_added",
    ] {
        let refused = host
            .act("GET", &format!("journal?{query}"), &host.token, None)
            .await;
        assert_eq!(refused.code(), "400 query_invalid", "{query}");
        let rest = format!("journal/export?{query}");
        let refused = host.act("GET", &rest, &host.token, None).await;
        assert_eq!(refused.code(), "400 query_invalid", "{query}");
    }
}

/// J1: what the operator does to no tenant is read by the operator alone.
#[tokio::test]
async fn the_operator_reads_the_platforms_own_journal() {
    let host = Host::new().await;
    let login = host.hospital.learners[0].email.as_str();
    let body = json!({ "login": login });
    let path = "/v1/login-confirmations";
    let confirmed = host.ask("POST", path, &operator(), Some(body)).await;
    assert_eq!(confirmed.status, 204);
    let path = "/v1/journal?event=login_confirmed&limit=1";
    let page = host.ask("GET", path, &operator(), None).await.json();
    let items = page["items"].as_array().unwrap();
    assert_eq!(items[0]["entry"]["by"]["kind"], "operator", "{page}");
    let path = "/v1/journal/export?event=login_confirmed";
    let exported = host.ask("GET", path, &operator(), None).await;
    assert_eq!(lines(&exported), *items);
    let elevated = host.elevated(host.hospital.owners[0].user).await;
    for secret in [&host.token, &elevated] {
        let refused = host.ask("GET", path, secret, None).await;
        assert_eq!(refused.code(), "403 operator_only");
    }
}

/// J2: the first entry that does not fit is named, and that the end was cut off shows by what was signed before.
#[tokio::test]
async fn a_journal_is_verified_and_signed() {
    let host = Host::new().await;
    let ask = async |method: &str, rest: &str, body: Option<Value>| {
        let rest = format!("journal/{rest}");
        host.act(method, &rest, &host.token, body).await
    };
    let verified = async |checkpoint: Option<&Value>| {
        let method = checkpoint.map_or("GET", |_| "POST");
        ask(method, "verification", checkpoint.cloned())
            .await
            .json()
    };
    let checkpoint = ask("GET", "checkpoint", None).await.json();
    busy(&host, 2).await;
    let entries = host.entries().await;
    let signed: Checkpoint = serde_json::from_value(checkpoint.clone()).unwrap();
    let key = SigningKey::from_bytes(&[5; 32]).verifying_key();
    signed.verify(&key).unwrap();
    assert_eq!(signed.head.number, u64::try_from(entries - 2).unwrap());
    for checkpoint in [None, Some(&checkpoint)] {
        let whole = verified(checkpoint).await;
        assert_eq!(
            (&whole["whole"], &whole["entries"]),
            (&json!(true), &json!(entries))
        );
    }
    // What the host has not signed, or not of this journal, is no measure.
    let mut changed = checkpoint.clone();
    changed["number"] = json!(1);
    let mut others = checkpoint.clone();
    others["tenant"] = json!("018c2c1d-7c00-7b6a-8f2e-0123456789ab");
    for (checkpoint, code) in [
        (changed, "422 checkpoint_not_signed"),
        (others, "422 checkpoint_other_tenant"),
    ] {
        let refused = ask("POST", "verification", Some(checkpoint)).await;
        assert_eq!(refused.code(), code);
    }
    let store = &host.rollcall.store;
    store.becomes(Mood::CutsOff);
    assert_eq!(verified(None).await["entries"], 3);
    let cut = verified(Some(&checkpoint)).await;
    assert_eq!(
        (&cut["whole"], &cut["broken"]["entry"]),
        (&json!(false), &json!(4))
    );
    store.becomes(Mood::Tampers);
    let broken =
        json!({ "entry": 3, "message": "entry 3 was changed, or what stood before it was" });
    let expected = json!({ "whole": false, "entries": null, "hash": null, "broken": broken });
    assert_eq!(verified(None).await, expected);
    let unsigned = ask("GET", "checkpoint", None).await;
    assert_eq!(unsigned.code(), "409 journal_broken");

    let host = Host::deciding(Settings::default()).await;
    let rest = "journal/checkpoint";
    let keyless = host.act("GET", rest, &host.token, None).await;
    assert_eq!(keyless.code(), "409 checkpoint_key_missing");
    let rest = "journal/verification";
    let keyless = host.act("POST", rest, &host.token, checkpoint).await;
    assert_eq!(keyless.code(), "409 checkpoint_key_missing");
}
