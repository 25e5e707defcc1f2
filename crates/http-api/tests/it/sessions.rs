//! Logging in, sessions, and what is answered under elevation.

use crate::host::{Host, Mood, PASSWORD, operator, without_ids};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use chrono::TimeDelta;
use http_api::{Api, ClientSource, Limits, router};
use identity_core::{
    login::{Source, TriesLimit},
    port::Clock as _,
    service::Settings,
    time::Instant,
    token::{Secret, SecretKind},
};
use serde_json::{Value, json};

/// Another password than that which an administrator gives.
const OTHER: &str = "another one that is as long";

async fn log_in(host: &Host, login: &str, password: &str) -> crate::host::Answer {
    let body = json!({ "login": login, "password": password });
    host.ask("POST", "/v1/sessions", "", Some(body)).await
}

#[tokio::test]
async fn a_session_is_opened_with_a_password_shown_and_ended() {
    let host = Host::new().await;
    let login = host.with_password(0).await;
    let opened = log_in(&host, &login.to_uppercase(), PASSWORD).await;
    assert_eq!(opened.header("location"), Some("/v1/session"));
    let mut made = opened.json();
    let secret = made["secret"].take().as_str().unwrap().to_owned();
    assert!(secret.starts_with("rollcall_session_"));
    let text = serde_json::to_string_pretty(&made).unwrap();
    insta::assert_snapshot!(without_ids(&text), @r#"
    {
      "elevation": null,
      "expires_at": "2026-07-01T20:00:00Z",
      "id": "<id>",
      "opened_at": "2026-07-01T08:00:00Z",
      "secret": null,
      "tenant": "<id>",
      "user": "<id>"
    }
    "#);
    let shown = host.ask("GET", "/v1/session", &secret, None).await.json();
    made.as_object_mut().unwrap().remove("secret");
    assert_eq!(shown, made);
    let user = shown["user"].as_str().unwrap();
    let rest = format!("users/{user}/sessions");
    let list = host.act("GET", &rest, &secret, None);
    assert_eq!(list.await.json()["items"][0]["id"], shown["id"]);

    let out = host.ask("DELETE", "/v1/session", &secret, None).await;
    assert_eq!(out.status, 204);
    let over = host.ask("GET", "/v1/session", &secret, None).await;
    assert_eq!(over.code(), "401 token_invalid");
}

/// E2: what is wrong is not told.
#[tokio::test]
async fn a_login_that_is_unknown_is_answered_as_a_password_that_is_wrong() {
    let host = Host::new().await;
    let known = host.with_password(0).await;
    let without = host.hospital.learners[1].email.as_str().to_owned();
    let cut = host.with_password(2).await;
    let call = host.call(host.administrator());
    let user = host.hospital.learners[2].user;
    host.rollcall.unlink_login(&call, user).await.unwrap();
    let wrong = log_in(&host, &known, "something else than that").await;
    insta::assert_snapshot!(wrong.shown(), @r#"
    401 Unauthorized
    cache-control: no-store
    content-type: application/problem+json
    www-authenticate: Bearer
    x-content-type-options: nosniff
    x-request-id: test

    {
      "code": "login_wrong",
      "detail": "login or password is wrong",
      "next": "look for typing errors, or have the password set anew",
      "request_id": "test",
      "rule": "E2",
      "status": 401,
      "title": "Unauthorized",
      "type": "urn:rollcall:problem:login_wrong"
    }
    "#);
    for (login, password) in [
        ("nobody@general.example", PASSWORD),
        (without.as_str(), PASSWORD),
        (cut.as_str(), PASSWORD),
        (known.as_str(), ""),
        (known.as_str(), "short"),
    ] {
        assert_eq!(log_in(&host, login, password).await, wrong, "{login}");
    }
    let long = log_in(&host, &known, &"a".repeat(2000)).await;
    assert_eq!(long.code(), "400 password_invalid");
    assert_eq!(
        log_in(&host, "ada", PASSWORD).await.code(),
        "400 email_invalid"
    );
    assert_eq!(log_in(&host, &known, PASSWORD).await.status, 201);
}

#[tokio::test]
async fn tries_are_limited_for_a_login_and_told_when_they_begin_anew() {
    let host = Host::new().await;
    let login = host.with_password(0).await;
    for login in [login.as_str(), "nobody@general.example"] {
        for _ in 0..10 {
            let answer = log_in(&host, login, "wrong").await;
            assert_eq!(answer.code(), "401 login_wrong");
        }
        host.rollcall.clock.step(TimeDelta::milliseconds(500));
        let refused = log_in(&host, login, PASSWORD).await;
        assert_eq!(refused.code(), "429 too_many_tries");
        assert_eq!(refused.header("retry-after"), Some("900"));
    }
    host.rollcall.clock.step(TimeDelta::minutes(15));
    assert_eq!(log_in(&host, &login, PASSWORD).await.status, 201);
}

#[tokio::test]
async fn tries_are_limited_for_a_source_which_the_host_may_name() {
    let host = Host::new().await;
    let login = host.with_password(0).await;
    let from = async |source: &str, login: &str, password: &str| {
        let body = json!({ "login": login, "password": password });
        let request = Request::post("/v1/sessions")
            .header("content-type", "application/json")
            .extension(ClientSource(Source::parse(source).unwrap()));
        let request = request.body(Body::from(body.to_string())).unwrap();
        host.send(request).await
    };
    for one in 0..100 {
        let login = format!("nobody{one}@general.example");
        let answer = from("198.51.100.7", &login, "wrong").await;
        assert_eq!(answer.code(), "401 login_wrong");
    }
    let refused = from("198.51.100.7", &login, PASSWORD).await;
    assert_eq!(refused.code(), "429 too_many_tries");
    assert_eq!(from("198.51.100.8", &login, PASSWORD).await.status, 201);
}

/// So many sources that none of them has tried too often keep somebody out together, and no other login.
#[tokio::test]
async fn tries_are_limited_for_a_login_from_everywhere() {
    let host = Host::deciding(Settings {
        tries_of_login_anywhere: TriesLimit {
            tries: 3,
            within: TimeDelta::minutes(15),
        },
        ..Settings::default()
    })
    .await;
    let (login, other) = (host.with_password(0).await, host.with_password(1).await);
    let from = async |source: &str, login: &str, password: &str| {
        let body = json!({ "login": login, "password": password });
        let request = Request::post("/v1/sessions")
            .header("content-type", "application/json")
            .extension(ClientSource(Source::parse(source).unwrap()));
        let request = request.body(Body::from(body.to_string())).unwrap();
        host.send(request).await
    };
    for source in ["198.51.100.1", "198.51.100.2", "198.51.100.3"] {
        let answer = from(source, &login, "wrong").await;
        assert_eq!(answer.code(), "401 login_wrong");
    }
    let refused = from("198.51.100.4", &login, PASSWORD).await;
    assert_eq!(refused.code(), "429 too_many_tries");
    assert_eq!(refused.header("retry-after"), Some("900"));
    assert_eq!(refused.json()["until"], "2026-07-01T08:15:00Z");
    assert_eq!(from("198.51.100.4", &other, PASSWORD).await.status, 201);
    // A clock that steps back a little forgets no try, and one that was far ahead keeps nobody out.
    let clock = &host.rollcall.clock;
    clock.step(TimeDelta::minutes(-10));
    let refused = from("198.51.100.4", &login, PASSWORD).await;
    assert_eq!(refused.header("retry-after"), Some("900"));
    clock.step(TimeDelta::hours(-2));
    assert_eq!(from("198.51.100.4", &login, PASSWORD).await.status, 201);
}

#[tokio::test]
async fn a_login_that_opens_several_users_asks_which() {
    let host = Host::new().await;
    let login = host.with_password(0).await;
    let owner = json!({ "given": "Ada", "family": "Lovelace", "email": login });
    let body = json!({ "name": "Mercy", "owner": owner });
    // Another tenant made the login, and may know how to come in with it.
    let unproved = host
        .ask("POST", "/v1/tenants", &operator(), Some(body.clone()))
        .await;
    assert_eq!(unproved.code(), "409 login_unproved");
    let confirm = async || {
        let confirmation = Some(json!({ "login": login }));
        host.ask("POST", "/v1/login-confirmations", &operator(), confirmation)
            .await
    };
    // An administrator has set the password, and would come in there too.
    assert_eq!(confirm().await.code(), "409 password_of_others");
    let session = log_in(&host, &login, PASSWORD).await.json();
    let change = json!({ "present": PASSWORD, "new": OTHER });
    let secret = session["secret"].as_str().unwrap();
    let changed = host
        .ask("PUT", "/v1/session/password", secret, Some(change))
        .await;
    assert_eq!(changed.status, 204);
    assert_eq!(confirm().await.status, 204);
    let made = host
        .ask("POST", "/v1/tenants", &operator(), Some(body))
        .await;
    let (tenant, user) = (made.json()["tenant"].clone(), made.json()["owner"].clone());

    let several = log_in(&host, &login, OTHER).await;
    assert_eq!(several.code(), "409 several_users");
    let choices = several.json()["choices"].as_array().unwrap().clone();
    assert_eq!(choices.len(), 2);
    let theirs = json!({ "tenant": tenant, "user": user });
    assert!(choices.contains(&theirs));
    for choice in &choices {
        let mut body = choice.clone();
        body["login"] = json!(login);
        body["password"] = json!(OTHER);
        let opened = host.ask("POST", "/v1/sessions", "", Some(body)).await;
        assert_eq!(opened.json()["tenant"], choice["tenant"]);
        assert_eq!(opened.json()["user"], choice["user"]);
    }
    for (tenant, user, code) in [
        (tenant.clone(), Value::Null, "400 body_invalid"),
        (Value::Null, user.clone(), "400 body_invalid"),
        (json!("7"), user, "400 id_invalid"),
        (
            tenant,
            json!(host.administrator()),
            "403 login_opens_nothing",
        ),
    ] {
        let body = json!({ "login": login, "password": OTHER, "tenant": tenant, "user": user });
        let refused = host.ask("POST", "/v1/sessions", "", Some(body)).await;
        assert_eq!(refused.code(), code);
    }
}

/// O4: every answer under elevation is marked, refusals among them, and none before and after.
#[tokio::test]
async fn what_is_answered_under_elevation_is_marked() {
    let host = Host::new().await;
    let secret = host.session_of(host.hospital.owners[0].user).await;
    let unknown = "persons/018c2c1d-7c00-7b6a-8f2e-0123456789ab";
    let routes = [
        ("GET", host.path("users"), 200),
        ("GET", host.path(unknown), 404),
        ("GET", host.path("users?limit=0"), 400),
        ("POST", host.path("suspension"), 403),
        ("PATCH", host.path("policy"), 400),
        ("GET", "/v1/session".to_owned(), 200),
        ("GET", "/v1/permissions".to_owned(), 200),
        ("GET", "/v1/tenants".to_owned(), 403),
        ("GET", host.path("journal/export"), 200),
    ];
    let marks = async |secret: &str| {
        let mut marks = vec![];
        for (method, path, status) in &routes {
            let body = (*method == "PATCH").then(|| json!([]));
            let answer = host.ask(method, path, secret, body).await;
            assert_eq!(answer.status, *status, "{path}");
            marks.push(answer.header("rollcall-elevation").map(ToOwned::to_owned));
        }
        marks
    };
    let off = |marks: Vec<Option<String>>| marks.iter().all(Option::is_none);
    assert!(off(marks(&secret).await));

    let reason = Some(json!({ "reason": "Olive is on leave" }));
    let elevation = "/v1/session/elevation";
    let on = host.ask("POST", elevation, &secret, reason.clone()).await;
    assert_eq!(on.json(), json!({ "until": "2026-07-01T08:15:00Z" }));
    let session = host.ask("GET", "/v1/session", &secret, None).await.json();
    let id = session["elevation"]["id"].as_str().unwrap();
    let mark = format!("{id}; until=2026-07-01T08:15:00Z");
    assert_eq!(on.header("rollcall-elevation"), Some(mark.as_str()));
    assert_eq!(session["elevation"]["reason"], "Olive is on leave");
    assert!(
        marks(&secret)
            .await
            .iter()
            .all(|it| it.as_ref() == Some(&mark))
    );

    // Another session of hers is not elevated, and a program in her name never is.
    let other = host.session_of(host.hospital.owners[0].user).await;
    assert!(off(marks(&other).await));
    let token = host.token_of(host.hospital.owners[0].user).await;
    assert_eq!(
        host.get_with("users", &token)
            .await
            .header("rollcall-elevation"),
        None
    );

    let again = host.ask("POST", elevation, &secret, reason.clone()).await;
    assert_eq!(again.code(), "409 already_elevated");
    let ended = host.ask("DELETE", elevation, &secret, None).await;
    assert_eq!(
        (ended.status.as_u16(), ended.header("rollcall-elevation")),
        (204, None)
    );
    assert!(off(marks(&secret).await));

    // It is over at its deadline exactly.
    host.ask("POST", elevation, &secret, reason).await;
    host.rollcall
        .clock
        .step(TimeDelta::minutes(15) - TimeDelta::microseconds(1));
    assert!(marks(&secret).await.iter().all(Option::is_some));
    host.rollcall.clock.step(TimeDelta::microseconds(1));
    assert!(off(marks(&secret).await));
    let session = host.ask("GET", "/v1/session", &secret, None).await.json();
    assert_eq!(session["elevation"], Value::Null);
}

/// O4: what ends an elevation without naming it takes the mark away too, and what leaves it in force does not. The guard is the
/// layer that looks again after an act.
#[tokio::test]
async fn an_act_is_marked_by_what_it_leaves_in_force() {
    let host = Host::new().await;
    let owner = &host.hospital.owners[0];
    let secret = host.elevated(owner.user).await;
    let person = format!("persons/{}", owner.person);
    let edit = json!({ "patient": "MRN-0042" });
    let edited = host.act("PATCH", &person, &secret, edit).await;
    assert!(edited.header("rollcall-elevation").is_some());
    let sessions = host.path(&format!("users/{}/sessions", owner.user));
    let end = async |query: &str| {
        let path = format!("{sessions}{query}");
        host.ask("DELETE", &path, &secret, None).await
    };
    let rehearsed = end("?dry_run=true").await;
    assert!(rehearsed.header("rollcall-elevation").is_some());
    let ended = end("").await;
    assert_eq!(ended.status, 204);
    assert!(ended.header("rollcall-elevation").is_none());
    let over = host.ask("GET", "/v1/session", &secret, None).await;
    assert_eq!(over.code(), "401 token_invalid");
}

/// O4: an elevation that ran out while the act was committed had its part in it, as the journal says; the next answer has no mark.
#[tokio::test]
async fn an_act_is_marked_by_an_elevation_that_runs_out_meanwhile() {
    let host = Host::new().await;
    let owner = &host.hospital.owners[0];
    let secret = host.elevated(owner.user).await;
    let person = format!("persons/{}", owner.person);
    let edit = async |patient: &str| {
        let edit = json!({ "patient": patient });
        let edited = host.act("PATCH", &person, &secret, edit).await;
        assert_eq!(edited.status, 204);
        edited.header("rollcall-elevation").is_some()
    };
    host.rollcall.store.becomes(Mood::IsSlow);
    assert!(edit("MRN-0042").await);
    host.rollcall.store.becomes(Mood::Works);
    assert!(!edit("MRN-0043").await);
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_it_and_ends_all_sessions() {
    let host = Host::new().await;
    let login = host.with_password(0).await;
    let user = host.hospital.learners[0].user;
    let (secret, other) = (host.session_of(user).await, host.session_of(user).await);
    let change = async |present: &str, new: &str| {
        let body = json!({ "present": present, "new": new });
        let path = "/v1/session/password";
        host.ask("PUT", path, &secret, Some(body)).await
    };
    for (present, new, code) in [
        ("something else than that", OTHER, "403 login_wrong"),
        (PASSWORD, "short", "400 password_invalid"),
        (PASSWORD, "passwordpassword", "422 password_common"),
        (
            PASSWORD,
            &format!("it is {login}"),
            "422 password_tells_user",
        ),
    ] {
        assert_eq!(change(present, new).await.code(), code);
    }
    assert_eq!(change(PASSWORD, OTHER).await.status, 204);
    for secret in [&secret, &other] {
        let over = host.ask("GET", "/v1/session", secret, None).await;
        assert_eq!(over.code(), "401 token_invalid");
    }
    assert_eq!(
        log_in(&host, &login, PASSWORD).await.code(),
        "401 login_wrong"
    );
    let new = log_in(&host, &login, OTHER).await;
    assert_eq!(new.status, 201);
}

/// E2: the address that is one's login is changed in a session by whoever gives the present password, and on no other way.
#[tokio::test]
async fn an_address_is_changed_by_whoever_knows_the_password() {
    let host = Host::new().await;
    let login = host.with_password(0).await;
    let learner = &host.hospital.learners[0];
    let secret = host.session_of(learner.user).await;
    let moved = "moved@general.example";
    let edit = json!({ "email": moved });
    let person = format!("persons/{}", learner.person);
    let edited = host.act("PATCH", &person, &secret, edit).await;
    assert_eq!(edited.code(), "403 present_password_needed");
    let change = async |present: &str, email: &str| {
        let body = json!({ "present": present, "email": email });
        host.ask("PUT", "/v1/session/email", &secret, Some(body))
            .await
    };
    for (present, email, code) in [
        (OTHER, moved, "403 login_wrong"),
        (PASSWORD, "moved", "400 email_invalid"),
        (PASSWORD, login.as_str(), "409 person_unchanged"),
        (
            PASSWORD,
            host.hospital.learners[1].email.as_str(),
            "409 login_taken",
        ),
    ] {
        assert_eq!(change(present, email).await.code(), code);
    }
    assert_eq!(change(PASSWORD, moved).await.status, 204);
    let over = host.ask("GET", "/v1/session", &secret, None).await;
    assert_eq!(over.code(), "401 token_invalid");
    let before = log_in(&host, &login, PASSWORD).await;
    assert_eq!(before.code(), "401 login_wrong");
    assert_eq!(log_in(&host, moved, PASSWORD).await.status, 201);
}

/// A secret of one kind is nothing where another is asked for, and a stranger is told one thing.
#[tokio::test]
async fn a_secret_of_another_kind_is_none() {
    let host = Host::new().await;
    let stranger = host.ask("GET", "/v1/session", "", None).await;
    assert_eq!(stranger.code(), "401 token_invalid");
    let session = host.session_of(host.administrator()).await;
    let body = |it: &str| it.rsplit('_').next().unwrap().to_owned();
    let (of_session, of_token) = (body(&session), body(&host.token));
    let other = Secret::new(SecretKind::Operator, [4; 32]).expose();
    for secret in [
        host.token.clone(),
        operator(),
        other.to_string(),
        format!("rollcall_{of_session}"),
        format!("rollcall_operator_{of_session}"),
        format!("rollcall_session_{of_token}"),
        session.to_uppercase(),
    ] {
        let answer = host.ask("GET", "/v1/session", &secret, None).await;
        assert_eq!(answer, stranger, "{secret}");
    }
    for secret in [
        other.to_string(),
        format!("rollcall_operator_{of_token}"),
        format!("rollcall_{of_session}"),
    ] {
        for path in ["/v1/tenants".to_owned(), host.path("users")] {
            let answer = host.ask("GET", &path, &secret, None).await;
            assert_eq!(answer, stranger, "{secret}");
        }
    }
    // Where the host sets no operator, there is none.
    let mut closed = Host::new().await;
    closed.router = router(Api {
        rollcall: closed.rollcall.clone(),
        sheets: std::sync::Arc::new(sheet_reader::Sheets::default()),
        phones: std::sync::Arc::new(phone_plan::LibPhonePlan::new()),
        passwords: std::sync::Arc::new(crate::host::Cheap),
        operator: None,
        limits: Limits::default(),
    });
    let answer = closed.ask("GET", "/v1/tenants", &operator(), None).await;
    assert_eq!(answer, stranger);
}

#[tokio::test]
async fn whoever_manages_users_ends_their_sessions() {
    let host = Host::new().await;
    let learner = host.patient();
    let own = host.session_of(learner).await;
    let sessions = format!("users/{learner}/sessions");
    let list = host.act("GET", &sessions, &host.token, None).await.json();
    let id = list["items"][0]["id"].as_str().unwrap();
    let rest = format!("sessions/{id}");
    let other = host.session_of(host.hospital.learners[2].user).await;
    for (method, rest) in [("DELETE", &rest), ("GET", &sessions), ("DELETE", &sessions)] {
        let refused = host.act(method, rest, &other, None).await;
        assert_eq!(refused.code(), "403 permission_missing", "{method} {rest}");
    }
    let ended = host.act("DELETE", &rest, &host.token, None).await;
    assert_eq!(ended.status, 204);
    let over = host.ask("GET", "/v1/session", &own, None).await;
    assert_eq!(over.code(), "401 token_invalid");
    let again = host.act("DELETE", &rest, &host.token, None).await;
    assert_eq!(again.code(), "409 session_over");
    let own = host.session_of(learner).await;
    let ended = host.act("DELETE", &sessions, &own, None).await;
    assert_eq!(ended.status, 204);
    let list = host.act("GET", &sessions, &host.token, None).await.json();
    assert_eq!(list["items"], json!([]));
}

/// O4: why an owner took power, and how it ended, is read by whoever reads the journal, long after.
#[tokio::test]
async fn past_elevations_are_told_with_their_reasons() {
    let host = Host::new().await;
    let [first, second] = [0, 1].map(|it| host.hospital.owners[it].user);
    let clock = &host.rollcall.clock;
    let began = clock.now();
    host.elevated(first).await;
    clock.step(TimeDelta::minutes(1));
    let ended = host.elevated(second).await;
    let over = host.ask("DELETE", "/v1/session", &ended, None).await;
    assert_eq!(over.status, 204);
    let off = host.elevated(second).await;
    let switched = host
        .ask("DELETE", "/v1/session/elevation", &off, None)
        .await;
    assert_eq!(switched.status, 204);
    clock.step(TimeDelta::minutes(14));
    host.elevated(second).await;
    let mut path = Some(host.path("elevations?limit=3"));
    let mut told = vec![];
    while let Some(asked) = path {
        let page = host.ask("GET", &asked, &host.token, None).await.json();
        told.extend(page["items"].as_array().unwrap().iter().cloned());
        path = page["next"].as_str().map(ToOwned::to_owned);
    }
    let lines: Vec<_> = told
        .iter()
        .map(|it| (it["user"].clone(), it["ended"]["why"].clone()))
        .collect();
    assert_eq!(
        lines,
        [
            // Nobody came by to enter it.
            (json!(first), json!("deadline")),
            (json!(second), json!("session_ended")),
            (json!(second), json!("switched_off")),
            (json!(second), Value::Null),
        ]
    );
    assert_eq!(told[0]["reason"], "a test");
    let at = |it: Instant| json!(it);
    assert_eq!(told[0]["since"], at(began));
    let until = at(began + TimeDelta::minutes(15));
    assert_eq!(
        (&told[0]["until"], &told[0]["ended"]["at"]),
        (&until, &until)
    );
}

/// O4: before an elevation began it gives nothing and marks nothing, be it that the clock steps back; it can be switched off, and
/// its end is entered once.
#[tokio::test]
async fn a_clock_that_steps_back_takes_power_and_gives_none() {
    let host = Host::new().await;
    let owner = host.hospital.owners[1].user;
    let secret = host.elevated(owner).await;
    let clock = &host.rollcall.clock;
    let journal = async || {
        let answer = host.act("GET", "journal", &secret, None).await;
        (answer.status, answer.header("rollcall-elevation").is_some())
    };
    assert_eq!(journal().await, (StatusCode::OK, true));
    let moment = TimeDelta::microseconds(1);
    clock.step(-moment);
    assert_eq!(journal().await, (StatusCode::FORBIDDEN, false));
    let session = host.ask("GET", "/v1/session", &secret, None).await.json();
    assert_eq!(session["elevation"], Value::Null);
    let elevation = "/v1/session/elevation";
    let reason = Some(json!({ "reason": "again" }));
    let twice = host.ask("POST", elevation, &secret, reason.clone()).await;
    assert_eq!(twice.code(), "409 already_elevated");
    // Nothing of the time is lost or won by it.
    clock.step(TimeDelta::minutes(15));
    assert_eq!(journal().await, (StatusCode::OK, true));
    clock.step(TimeDelta::minutes(-30));
    let off = host.ask("DELETE", elevation, &secret, None).await;
    assert_eq!(off.status, 204);
    clock.step(TimeDelta::minutes(20));
    assert_eq!(journal().await, (StatusCode::FORBIDDEN, false));
    let on = host.ask("POST", elevation, &secret, reason).await;
    assert_eq!(on.status, 200);
    let told = host.get("elevations").await.json();
    let ends = told["items"].as_array().unwrap().iter();
    let ends: Vec<_> = ends.map(|it| it["ended"]["why"].clone()).collect();
    assert_eq!(ends, [json!("switched_off"), Value::Null]);
}
