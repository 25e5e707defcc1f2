//! The views.

use crate::host::{Answer, Host};
use axum::{body::Body, http::Request};
use identity_core::{
    reconcile::{
        Connect, Institution,
        plan::{Ask, Evidence},
        snapshot::Emptied,
    },
    roster::{Kind, MedhubUserId, Program, ProgramId, RosterRead, RosterRow, RosterRows},
};

fn row(id: &str, kind: Kind, given: &str, family: &str, email: &str) -> RosterRow {
    RosterRow {
        program: ProgramId::parse("12").unwrap(),
        kind,
        user_id: MedhubUserId::parse(id).unwrap(),
        given: given.to_owned(),
        family: family.to_owned(),
        email: email.to_owned(),
        username: String::new(),
        employee_id: None,
        level: None,
    }
}

pub(crate) async fn connected() -> Host {
    let host = Host::new().await;
    let call = host.call(host.administrator());
    let institution = Institution("https://medhub.example/functions/api/".to_owned());
    let connect = Connect {
        institution: institution.clone(),
        client_id: "5004".to_owned(),
        key_file: None,
    };
    host.rollcall.connect_medhub(&call, connect).await.unwrap();
    let rows = RosterRows {
        programs: vec![Program {
            id: ProgramId::parse("12").unwrap(),
            name: "Surgery".to_owned(),
        }],
        rows: vec![
            row(
                "1",
                Kind::Learner,
                "Learner",
                "One",
                "learner1@general.example",
            ),
            row(
                "2",
                Kind::Learner,
                "Learner",
                "Two",
                "learner2@general.example",
            ),
            row(
                "3",
                Kind::Learner,
                "Learner",
                "Twice",
                "learner2@general.example",
            ),
            row(
                "4",
                Kind::Teacher,
                "Teacher",
                "One",
                "teacher1@general.example",
            ),
            row("5", Kind::Teacher, "Tess", "New", "tess@general.example"),
        ],
        problems: vec![],
    };
    let read = RosterRead::Complete(rows);
    host.rollcall
        .record_roster(&call, &institution, &read, Emptied::default())
        .await
        .unwrap();
    let ask = Ask::Link {
        user: host.hospital.teachers[0].user,
        medhub: MedhubUserId::parse("4").unwrap(),
        evidence: Evidence::Email,
    };
    host.rollcall.stage(&call, &[ask]).await.unwrap();
    host
}

#[tokio::test]
async fn the_views_show_where_everybody_stands() {
    let host = connected().await;
    insta::assert_snapshot!("views", host.get("medhub/views").await.shown());
}

#[tokio::test]
async fn without_a_connection_there_are_no_views() {
    let host = Host::new().await;
    insta::assert_snapshot!(host.get("medhub/views").await.shown(), @r#"
    409 Conflict
    cache-control: no-store
    content-type: application/problem+json
    x-content-type-options: nosniff
    x-request-id: test

    {
      "code": "medhub_not_connected",
      "detail": "MedHub is not connected",
      "next": "connect MedHub first",
      "request_id": "test",
      "rule": "A5",
      "status": 409,
      "title": "Conflict",
      "type": "urn:rollcall:problem:medhub_not_connected"
    }
    "#);
}

#[tokio::test]
async fn views_that_did_not_change_are_not_sent_again() {
    let host = connected().await;
    let tag = host.get("medhub/views").await;
    let tag = tag.header("etag").unwrap().to_owned();
    let ask = async |known: &str| -> Answer {
        let request = Request::get(host.path("medhub/views"))
            .header("authorization", format!("Bearer {}", host.token))
            .header("if-none-match", known);
        host.send(request.body(Body::empty()).unwrap()).await
    };
    for known in [&tag, "*", &format!("\"x\", W/{tag}")] {
        let answer = ask(known).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0));
        assert_eq!(answer.header("etag"), Some(tag.as_str()));
    }
    assert_eq!(ask("\"x\"").await.status, 200);
    let call = host.call(host.administrator());
    host.rollcall.discard_plan(&call).await.unwrap();
    assert_eq!(ask(&tag).await.status, 200);
}
