//! Every way to misbehave, on every call that is used.

use crate::setup::{client, complete, config};
use identity_core::roster::{
    Access, Kind, ProgramFailure, ProgramId, RosterRead, RosterRow, RosterRows, RosterSource as _,
    SourceFailure,
};
use medhub_client::MedhubClient;
use std::time::Duration;
use testkit::medhub::{Call, FakeMedhub, Fault, Fixture};

const LIMIT: u64 = 1 << 20;
const SUCCESS: &str = "`success`";
const LIST: &str = "a list";

/// What should come of a fault.
enum Outcome {
    /// The same as without it.
    Same,
    /// This failure, of every call.
    Fails(fn(&'static str) -> SourceFailure),
    /// JSON without a list or `success`: nobody where a list is expected.
    Empty,
    /// JSON that is neither a list nor `success`.
    OtherShape,
    /// The same people with nothing but their ids.
    Blanked,
}
use Outcome::{Blanked, Empty, Fails, OtherShape, Same};

fn body(status: u16, body: &str) -> Fault {
    Fault::Answer {
        status,
        content_type: "application/json",
        body: body.to_owned(),
    }
}

fn matrix() -> Vec<(Fault, Outcome)> {
    let refused = |call| SourceFailure::Refused {
        call,
        code: "S99".into(),
    };
    let code = |status| Fault::Refused {
        code: "S99",
        status,
    };
    vec![
        (
            Fault::SignatureRefused,
            Fails(|call| SourceFailure::SignatureRefused {
                call,
                skew: Some(0),
            }),
        ),
        (code(200), Fails(refused)),
        (code(400), Fails(refused)),
        (code(503), Fails(refused)),
        (body(200, r#"[{"ErrorCode":"S99"}]"#), Fails(refused)),
        (body(200, r#"{"errorcode":" S99 "}"#), Fails(refused)),
        (Fault::Html, Fails(|call| SourceFailure::Html { call })),
        (
            Fault::EmptyBody,
            Fails(|call| SourceFailure::EmptyAnswer { call }),
        ),
        (
            Fault::Truncated,
            Fails(|call| SourceFailure::Truncated { call }),
        ),
        (
            Fault::ClosesMidAnswer,
            Fails(|call| SourceFailure::Truncated { call }),
        ),
        (
            body(200, "Down for maintenance"),
            Fails(|call| SourceFailure::NotJson { call }),
        ),
        (
            Fault::RateLimited,
            Fails(|call| SourceFailure::RateLimited { call }),
        ),
        (
            Fault::ServerError,
            Fails(|call| SourceFailure::Status { call, status: 500 }),
        ),
        (
            body(404, "[]"),
            Fails(|call| SourceFailure::Status { call, status: 404 }),
        ),
        (
            Fault::Redirect {
                to: "http://127.0.0.1:9/functions/api".into(),
            },
            Fails(|call| SourceFailure::Redirected { call }),
        ),
        (
            body(304, ""),
            Fails(|call| SourceFailure::Redirected { call }),
        ),
        (
            Fault::Huge,
            Fails(|call| SourceFailure::AnswerTooLarge { call, limit: LIMIT }),
        ),
        (
            Fault::NeverAnswers,
            Fails(|call| SourceFailure::TimedOut { call, seconds: 1 }),
        ),
        (Fault::EmptyList, Empty),
        (body(200, "{}"), Empty),
        (body(200, "null"), Empty),
        (body(200, "false"), Empty),
        (body(200, r#""""#), Empty),
        (body(200, "7"), OtherShape),
        (body(200, "true"), OtherShape),
        (body(200, r#"{"people":[]}"#), OtherShape),
        (Fault::WrongContentType, Same),
        (Fault::Numbers, Same),
        (Fault::ByteOrderMark, Same),
        (Fault::ObjectForArray, Same),
        (Fault::OtherKeyCase, Same),
        (Fault::Nulls, Blanked),
        (Fault::Falses, Blanked),
    ]
}

/// The roster with programme 73's list of this kind changed.
fn with_list(
    baseline: &RosterRows,
    kind: Kind,
    change: impl Fn(&RosterRow) -> Option<RosterRow>,
) -> RosterRows {
    let rows = baseline.rows.iter().filter_map(|it| {
        if it.program.as_str() == "73" && it.kind == kind {
            change(it)
        } else {
            Some(it.clone())
        }
    });
    RosterRows {
        rows: rows.collect(),
        ..baseline.clone()
    }
}

fn blanked(row: &RosterRow) -> RosterRow {
    RosterRow {
        given: String::new(),
        family: String::new(),
        email: String::new(),
        username: String::new(),
        employee_id: None,
        level: None,
        ..row.clone()
    }
}

fn unexpected(call: Call, expected: &'static str) -> SourceFailure {
    SourceFailure::UnexpectedShape {
        call: call.path(),
        expected,
    }
}

fn expected_access(
    call: Call,
    outcome: &Outcome,
    baseline: &Access,
) -> Result<Access, SourceFailure> {
    match (outcome, call) {
        (Same | Blanked, _) => Ok(baseline.clone()),
        (Fails(failure), _) => Err(failure(call.path())),
        (Empty | OtherShape, Call::InfoTest) => Err(unexpected(call, SUCCESS)),
        (OtherShape, _) => Err(unexpected(call, LIST)),
        (Empty, _) => Ok(Access {
            granted: [].into(),
            missing: ["programs/all", "users/faculty", "users/residents"]
                .map(str::to_owned)
                .into(),
        }),
    }
}

fn expected_read(call: Call, outcome: &Outcome, baseline: &RosterRows) -> RosterRead {
    let kind = match call {
        Call::Residents => Kind::Learner,
        Call::Faculty => Kind::Teacher,
        _ => {
            return match outcome {
                Same | Blanked => RosterRead::Complete(baseline.clone()),
                Fails(failure) => RosterRead::Failed(failure(call.path())),
                Empty => RosterRead::Failed(unexpected(call, "at least one programme")),
                OtherShape => RosterRead::Failed(unexpected(call, LIST)),
            };
        }
    };
    let failure = match outcome {
        Same => return RosterRead::Complete(baseline.clone()),
        Blanked => return RosterRead::Complete(with_list(baseline, kind, |it| Some(blanked(it)))),
        Empty => return RosterRead::Complete(with_list(baseline, kind, |_| None)),
        OtherShape => unexpected(call, LIST),
        Fails(failure) => failure(call.path()),
    };
    RosterRead::Partial {
        rows: with_list(baseline, kind, |_| None),
        failed: vec![ProgramFailure {
            program: ProgramId::parse("73").unwrap(),
            kind,
            failure,
        }],
    }
}

#[tokio::test]
async fn every_fault_of_every_call_has_its_outcome() {
    let fake = FakeMedhub::start(Fixture::small()).await;
    let access = client(&fake).access().await.unwrap();
    assert!(access.missing.is_empty());
    let roster = complete(client(&fake).read(&()).await);
    assert_eq!((roster.rows.len(), roster.problems.len()), (5, 0));

    for (fault, outcome) in matrix() {
        let mut config = config(&fake);
        config.answer_limit = LIMIT;
        if fault == Fault::NeverAnswers {
            config.call_timeout = Duration::from_secs(1);
        }
        let medhub = MedhubClient::new(config).unwrap();
        for call in [Call::InfoTest, Call::InfoAccess] {
            fake.behave();
            fake.misbehave(call, fault.clone());
            assert_eq!(
                medhub.access().await,
                expected_access(call, &outcome, &access),
                "{fault:?} of {call:?}"
            );
        }
        for call in [Call::ProgramsAll, Call::Residents, Call::Faculty] {
            fake.behave();
            if call == Call::ProgramsAll {
                fake.misbehave(call, fault.clone());
            } else {
                fake.misbehave(call, fault.clone().for_program("73"));
            }
            assert_eq!(
                medhub.read(&()).await,
                expected_read(call, &outcome, &roster),
                "{fault:?} of {call:?}"
            );
        }
    }
}
