//! Tenants know nothing of one another.

use crate::host::{Host, get};
use axum::{body::Body, http::Request};
use testkit::hospital::Staffing;

const UNKNOWN: &str = "018c2c1d-7c00-7b6a-8f2e-0123456789ab";
const FILE: &str = "First Name,Last Name,Email Address\nAda,Lovelace,ada@general.example\nBob,,bob@general.example\n";

/// ACC-07: another tenant, or something of another tenant, is answered as what does not exist, to the byte.
#[tokio::test]
async fn what_is_anothers_is_answered_as_what_is_not() {
    let host = Host::new().await;
    let other = Staffing::of("Mercy")
        .administrators(1)
        .open(
            &host.rollcall.store,
            &host.rollcall.clock,
            &host.rollcall.random,
        )
        .await
        .unwrap();
    let mut twin = Host::new().await;
    twin.rollcall = host.rollcall.clone();
    twin.router = host.router.clone();
    twin.hospital = other;
    twin.token = twin.token_of(twin.administrator()).await;
    let kept = twin.upload("", FILE).await;
    assert_eq!(kept.status, 201);
    let import = kept.json()["import"].as_str().unwrap().to_owned();
    assert_eq!(twin.get(&format!("imports/{import}")).await.status, 200);

    let routes = [
        "owners".to_owned(),
        "users".to_owned(),
        "users?limit=1".to_owned(),
        "hcps".to_owned(),
        "medhub/views".to_owned(),
        format!("imports/{import}"),
        format!("imports/{import}/rejections"),
    ];
    let theirs = twin.hospital.tenant.to_string();
    for rest in &routes {
        let foreign = host.send(get(&twin.path(rest), &host.token)).await;
        let path = twin.path(rest).replace(&theirs, UNKNOWN);
        let unknown = host.send(get(&path, &host.token)).await;
        assert_eq!(foreign, unknown, "{rest}");
        assert_eq!(foreign.code(), "404 tenant_unknown", "{rest}");
    }
    let mut answers = vec![];
    for tenant in [theirs.as_str(), UNKNOWN] {
        let request = Request::post(format!("/v1/tenants/{tenant}/imports"))
            .header("authorization", format!("Bearer {}", host.token))
            .header("x-request-id", "test")
            .body(Body::from(FILE));
        answers.push(host.send(request.unwrap()).await);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].code(), "404 tenant_unknown");

    // Their import, asked for in our tenant.
    for rest in ["", "/rejections", "/rejections?after=1&limit=2"] {
        let foreign = host.get(&format!("imports/{import}{rest}")).await;
        let unknown = host.get(&format!("imports/{UNKNOWN}{rest}")).await;
        assert_eq!(foreign, unknown, "{rest}");
        assert_eq!(foreign.code(), "404 import_unknown");
    }
    insta::assert_snapshot!(host.get(&format!("imports/{import}")).await.shown(), @r#"
    404 Not Found
    cache-control: no-store
    content-type: application/problem+json
    x-content-type-options: nosniff
    x-request-id: test

    {
      "code": "import_unknown",
      "detail": "no such import",
      "next": "use the identifier from the answer to the upload",
      "request_id": "test",
      "rule": null,
      "status": 404,
      "title": "Not Found",
      "type": "urn:rollcall:problem:import_unknown"
    }
    "#);
    insta::assert_snapshot!(answers[0].shown(), @r#"
    404 Not Found
    cache-control: no-store
    content-type: application/problem+json
    x-content-type-options: nosniff
    x-request-id: test

    {
      "code": "tenant_unknown",
      "detail": "no such tenant",
      "next": "name a tenant that exists",
      "request_id": "test",
      "rule": "A1",
      "status": 404,
      "title": "Not Found",
      "type": "urn:rollcall:problem:tenant_unknown"
    }
    "#);
}
