//! Who is let in (E3, A1).

use crate::host::{Host, get};
use axum::{body::Body, http::Request};
use chrono::TimeDelta;
use identity_core::{
    role::RoleKind,
    token::{Secret, SecretKind},
};

#[tokio::test]
async fn a_stranger_is_told_one_thing_whatever_is_wrong() {
    let host = Host::new().await;
    let expired = host.token_of(host.administrator()).await;
    host.rollcall.clock.step(TimeDelta::days(1));
    let revoked = host.new_token(host.administrator()).await;
    let call = host.call(host.administrator());
    host.rollcall.revoke_token(&call, revoked.id).await.unwrap();
    let revoked = revoked.secret.unwrap().expose();
    let live = host.token_of(host.administrator()).await;
    let flipped: Vec<_> = (0..live.len())
        .map(|place| {
            let mut bytes = live.clone().into_bytes();
            bytes[place] = if bytes[place] == b'a' { b'b' } else { b'a' };
            String::from_utf8(bytes).unwrap()
        })
        .collect();
    let unknown = Secret::new(SecretKind::Token, [9; 32]).expose();
    let mut headers = vec![
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer nonsense".to_owned(),
        format!("Basic {live}"),
        live.clone(),
        format!("Bearer {live} {live}"),
        format!("Bearer {}", *unknown),
        format!("Bearer {expired}"),
        format!("Bearer {}", *revoked),
    ];
    headers.extend(flipped.iter().map(|it| format!("Bearer {it}")));
    let path = host.path("owners");
    let ask = || Request::get(&path).header("x-request-id", "test");
    let first = host.send(ask().body(Body::empty()).unwrap()).await;
    insta::assert_snapshot!(first.shown(), @r#"
    401 Unauthorized
    cache-control: no-store
    content-type: application/problem+json
    www-authenticate: Bearer
    x-content-type-options: nosniff
    x-request-id: test

    {
      "code": "token_invalid",
      "detail": "no valid token",
      "next": "send `Authorization: Bearer` with a valid token, or log in",
      "request_id": "test",
      "rule": "E3",
      "status": 401,
      "title": "Unauthorized",
      "type": "urn:rollcall:problem:token_invalid"
    }
    "#);
    for header in headers {
        let request = ask().header("authorization", &header);
        let answer = host.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer, first, "{header}");
    }
    let request = ask().header("authorization", format!("Bearer {live}"));
    let twice = request.header("authorization", format!("Bearer {live}"));
    assert_eq!(host.send(twice.body(Body::empty()).unwrap()).await, first);
    assert_eq!(host.send(get(&path, &live)).await.status, 200);
}

/// E3: the expiry is exclusive.
#[tokio::test]
async fn a_token_is_dead_at_its_expiry_exactly() {
    let host = Host::new().await;
    host.rollcall
        .clock
        .step(TimeDelta::days(1) - TimeDelta::microseconds(1));
    assert_eq!(host.get("owners").await.status, 200);
    host.rollcall.clock.step(TimeDelta::microseconds(1));
    assert_eq!(host.get("owners").await.code(), "401 token_invalid");
}

/// A1: authority is read with each request, not when the token was made.
#[tokio::test]
async fn a_token_may_what_its_user_may_at_this_moment() {
    let host = Host::new().await;
    let [one, two] = [0, 1].map(|it| host.hospital.administrators[it].user);
    let call = host.call(one);
    let token = host.token_of(two).await;
    assert_eq!(host.get_with("users", &token).await.status, 200);

    host.rollcall.deactivate_user(&call, two).await.unwrap();
    let answer = host.get_with("users", &token).await;
    assert_eq!(answer.code(), "403 actor_inactive");
    host.rollcall.reactivate_user(&call, two).await.unwrap();
    // What was made before stays dead.
    let answer = host.get_with("users", &token).await;
    assert_eq!(answer.code(), "401 token_invalid");
    let token = host.token_of(two).await;
    assert_eq!(host.get_with("users", &token).await.status, 200);

    let role = host.hospital.role(RoleKind::SystemAdministrator);
    host.rollcall.remove_role(&call, two, role).await.unwrap();
    let import = "imports/018c2c1d-7c00-7b6a-8f2e-0123456789ab";
    let rejections = &format!("{import}/rejections");
    for rest in [
        "owners",
        "users",
        "hcps",
        "medhub/views",
        import,
        rejections,
    ] {
        let answer = host.get_with(rest, &token).await;
        assert_eq!(answer.code(), "403 permission_missing", "{rest}");
    }
    for query in ["", "?check=true"] {
        let upload = Request::post(host.path(&format!("imports{query}")))
            .header("authorization", format!("Bearer {token}"))
            .body(Body::from("First Name,Last Name,Email Address\n"));
        let answer = host.send(upload.unwrap()).await;
        assert_eq!(answer.code(), "403 permission_missing");
    }
    insta::assert_snapshot!(host.get_with("users", &token).await.shown(), @r#"
    403 Forbidden
    cache-control: no-store
    content-type: application/problem+json
    x-content-type-options: nosniff
    x-request-id: test

    {
      "code": "permission_missing",
      "detail": "permission `users:manage` is missing",
      "next": "ask an administrator for a role that has the permission",
      "request_id": "test",
      "rule": "A1",
      "status": 403,
      "title": "Forbidden",
      "type": "urn:rollcall:problem:permission_missing"
    }
    "#);
}

/// O7: a token never carries Tenant Owner.
#[tokio::test]
async fn an_owner_without_another_role_has_no_use_of_tokens() {
    let host = Host::new().await;
    let call = host.call(host.administrator());
    let owner = host.hospital.owners[1].user;
    let role = host.hospital.role(RoleKind::SystemAdministrator);
    host.rollcall.assign_role(&call, owner, role).await.unwrap();
    let token = host.token_of(owner).await;
    assert_eq!(host.get_with("users", &token).await.status, 200);
    host.rollcall.remove_role(&call, owner, role).await.unwrap();
    let answer = host.get_with("users", &token).await;
    assert_eq!(answer.code(), "403 permission_missing");
}
