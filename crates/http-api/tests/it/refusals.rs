//! Whatever goes wrong leaves as a problem.

use crate::host::{Host, Mood, get};
use axum::{body::Body, http::Request};
use http_api::Limits;
use http_body::Frame;
use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

#[tokio::test]
async fn no_error_leaves_as_anything_but_a_problem() {
    let host = Host::new().await;
    let id = "018c2c1d-7c00-7b6a-8f2e-0123456789ab";
    let mut lines = vec![];
    for path in [
        "/",
        "/nowhere",
        "/v1",
        "/v1/tenants",
        "/health/",
        "/health?verbose=1",
        "/health/ready?x=",
        "/v1/openapi.json?format=yaml",
        "/v1/tenants/7/owners",
        "/v1/tenants/%ff/owners",
        "/v1/tenants/TENANT/owners/",
        "/v1/tenants/TENANT/owners?limit=1",
        "/v1/tenants/TENANT/users?limit=0",
        "/v1/tenants/TENANT/users?limit=501",
        "/v1/tenants/TENANT/users?limit=many",
        "/v1/tenants/TENANT/users?limit=1&limit=2",
        "/v1/tenants/TENANT/users?after=7",
        "/v1/tenants/TENANT/users?after=",
        "/v1/tenants/TENANT/users?before=7",
        "/v1/tenants/TENANT/hcps?after=%ff",
        "/v1/tenants/TENANT/imports",
        "/v1/tenants/TENANT/imports/7",
        "/v1/tenants/TENANT/imports/ID",
        "/v1/tenants/TENANT/imports/ID?full=true",
        "/v1/tenants/TENANT/imports/ID/rejections?after=x",
        "/v1/tenants/TENANT/medhub/views",
        "/v1/tenants/TENANT/medhub/views?all",
    ] {
        let tenant = host.hospital.tenant.to_string();
        let full = path.replace("TENANT", &tenant).replace("ID", id);
        let answer = host.send(get(&full, &host.token)).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        lines.push(format!("{path} {}", answer.code()));
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    / 404 route_unknown
    /nowhere 404 route_unknown
    /v1 404 route_unknown
    /v1/tenants 403 operator_only
    /health/ 404 route_unknown
    /health?verbose=1 400 query_invalid
    /health/ready?x= 400 query_invalid
    /v1/openapi.json?format=yaml 400 query_invalid
    /v1/tenants/7/owners 400 id_invalid
    /v1/tenants/%ff/owners 400 id_invalid
    /v1/tenants/TENANT/owners/ 404 route_unknown
    /v1/tenants/TENANT/owners?limit=1 400 query_invalid
    /v1/tenants/TENANT/users?limit=0 400 query_invalid
    /v1/tenants/TENANT/users?limit=501 400 query_invalid
    /v1/tenants/TENANT/users?limit=many 400 query_invalid
    /v1/tenants/TENANT/users?limit=1&limit=2 400 query_invalid
    /v1/tenants/TENANT/users?after=7 400 query_invalid
    /v1/tenants/TENANT/users?after= 400 query_invalid
    /v1/tenants/TENANT/users?before=7 400 query_invalid
    /v1/tenants/TENANT/hcps?after=%ff 400 query_invalid
    /v1/tenants/TENANT/imports 405 method_not_allowed
    /v1/tenants/TENANT/imports/7 400 id_invalid
    /v1/tenants/TENANT/imports/ID 404 import_unknown
    /v1/tenants/TENANT/imports/ID?full=true 400 query_invalid
    /v1/tenants/TENANT/imports/ID/rejections?after=x 400 query_invalid
    /v1/tenants/TENANT/medhub/views 409 medhub_not_connected
    /v1/tenants/TENANT/medhub/views?all 400 query_invalid
    ");
}

#[tokio::test]
async fn another_method_is_a_problem_that_says_which_are_known() {
    let host = Host::new().await;
    for (method, rest, allow) in [
        ("PUT", "users", "GET,HEAD,POST"),
        ("DELETE", "imports", "POST"),
        ("BREW", "owners", "GET,HEAD"),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(host.path(rest))
            .body(Body::empty());
        let answer = host.send(request.unwrap()).await;
        assert_eq!(answer.code(), "405 method_not_allowed");
        assert_eq!(answer.header("allow"), Some(allow));
    }
}

#[tokio::test]
async fn an_upload_is_refused_before_its_bytes_are_taken() {
    let host = Host::new().await;
    let refused = async |request: axum::http::request::Builder| {
        // A body that fails when it is touched.
        let body = Body::new(Untouchable::Fails);
        host.send(request.body(body).unwrap()).await.code()
    };
    let typed = |it: &str| host.post("").header("content-type", it);
    for it in [
        "application/json",
        "application/x-www-form-urlencoded",
        "image/png",
        "multipart/mixed; boundary=x",
        "",
    ] {
        assert_eq!(
            refused(typed(it)).await,
            "415 media_type_unsupported",
            "{it}"
        );
    }
    let coded = host.post("").header("content-encoding", "gzip");
    assert_eq!(refused(coded).await, "415 media_type_unsupported");
    let form = typed("multipart/form-data");
    assert_eq!(refused(form).await, "400 multipart_invalid");
    let long = host.post("").header("content-length", 60 << 20);
    assert_eq!(refused(long).await, "413 body_too_large");
    for key in ["", "a b", &"k".repeat(129)] {
        let keyed = host.post("").header("idempotency-key", key);
        assert_eq!(refused(keyed).await, "400 idempotency_key_invalid");
    }
    for query in [
        "?check=maybe",
        "?check",
        "?dry=true",
        "?check=true&check=true",
    ] {
        assert_eq!(
            refused(host.post(query)).await,
            "400 query_invalid",
            "{query}"
        );
    }
    // What is refused before the rest is touched at all.
    let broken = refused(host.post("")).await;
    assert_eq!(broken, "400 upload_broken");
}

/// A body whose bytes do not come.
enum Untouchable {
    Fails,
    Hangs,
}

impl axum::body::HttpBody for Untouchable {
    type Data = axum::body::Bytes;
    type Error = std::io::Error;
    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        match *self {
            Self::Fails => Poll::Ready(Some(Err(std::io::Error::other("touched")))),
            Self::Hangs => Poll::Pending,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for_for_ever() {
    let host = Host::new().await;
    for media in ["text/csv", "multipart/form-data; boundary=XX"] {
        let request = host.post("").header("content-type", media);
        let answer = host.send(request.body(Body::new(Untouchable::Hangs)).unwrap());
        assert_eq!(answer.await.code(), "408 upload_stalled");
    }
}

/// AUD-09: what happens inside stays inside.
#[tokio::test(start_paused = true)]
async fn what_fails_inside_is_a_problem_without_a_cause() {
    let host = Host::within(Limits {
        request_time: Duration::from_secs(3),
        ..Limits::default()
    })
    .await;
    for (mood, code, after) in [
        (Mood::Unavailable, "503 store_unavailable", Some("5")),
        (Mood::Corrupt, "500 internal", None),
        (Mood::Panics, "500 internal", None),
        (Mood::Hangs, "503 timeout", Some("5")),
        (Mood::Works, "200", None),
    ] {
        host.rollcall.store.becomes(mood);
        for path in [host.path("users"), "/health/ready".to_owned()] {
            let answer = host.send(get(&path, &host.token)).await;
            if mood == Mood::Works {
                assert_eq!(answer.status, 200);
                continue;
            }
            assert_eq!(answer.code(), code);
            assert_eq!(answer.header("retry-after"), after);
            let text = String::from_utf8(answer.body.to_vec()).unwrap();
            for inside in ["canary", "srv", "SELECT", "accounts", "login"] {
                assert!(!text.contains(inside), "{text}");
            }
        }
        let alive = host.send(get("/health", &host.token)).await;
        assert_eq!(alive.status, 200);
    }
}

#[tokio::test]
async fn a_sane_request_id_is_kept_and_another_replaced() {
    let host = Host::new().await;
    let ask = async |id: &str| {
        let request = Request::get("/health").header("x-request-id", id);
        let answer = host.send(request.body(Body::empty()).unwrap()).await;
        answer.header("x-request-id").unwrap().to_owned()
    };
    for sane in ["7", "a-b_c.D", "018c2c1d-7c00-7b6a-8f2e-0123456789ab"] {
        assert_eq!(ask(sane).await, sane);
    }
    for other in ["", "a b", "a\tb", "ü", "<b>", &"x".repeat(65)] {
        let fresh = ask(other).await;
        assert!(fresh.len() == 32 && fresh.bytes().all(|it| it.is_ascii_hexdigit()));
        assert_ne!(fresh, ask(other).await);
    }
}
