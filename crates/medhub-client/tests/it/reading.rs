//! Whole reads: what is complete, what is partial, and when a read gives up.

use crate::setup::{NOW, Ticking, client, complete, config, in_list};
use identity_core::roster::{
    Kind, ReadProgress, RosterRead, RosterSource as _, SourceFailure, assemble,
};
use medhub_client::{CALLS_IN_FLIGHT, ClientId, Config, MedhubClient, Retry};
use std::{
    sync::{Arc, Mutex, atomic::AtomicI64},
    time::Duration,
};
use testkit::medhub::{
    Call, FakeMedhub, FakePerson, Fault, Fixture, Hospital, Received, Signature,
};

fn hospital(programs: usize) -> Fixture {
    Fixture::hospital(&Hospital {
        programs,
        residents: programs * 4,
        faculty: programs * 6,
        seed: 11,
    })
}

#[tokio::test]
async fn the_lines_arrive_as_medhub_has_them() {
    let fake = FakeMedhub::start(Fixture::small()).await;
    let roster = complete(client(&fake).read(&()).await);
    let programs: Vec<_> = roster
        .programs
        .iter()
        .map(|it| (it.id.as_str(), it.name.as_str()))
        .collect();
    assert_eq!(
        programs,
        [("73", "Internal Medicine"), ("74", "Paediatric Cardiology")]
    );
    let ada = in_list(&roster.rows, "73", Kind::Learner)[0];
    assert_eq!(ada.user_id.as_str(), "2345");
    assert_eq!(
        (ada.given.as_str(), ada.family.as_str()),
        ("Ada", "Example")
    );
    assert_eq!(ada.email, "ada.example@hospital.example");
    assert_eq!(ada.username, "example");
    assert_eq!(ada.employee_id.as_deref(), Some("66666"));
    assert_eq!(ada.level.as_deref(), Some("3"));
    let ben = in_list(&roster.rows, "74", Kind::Learner)[0];
    assert_eq!(
        (ben.user_id.as_str(), ben.family.as_str()),
        ("02346", "Muñoz")
    );
    assert_eq!(ben.employee_id, None);
    let teachers = in_list(&roster.rows, "73", Kind::Teacher);
    assert_eq!(teachers.len(), 2);
    assert!(teachers.iter().all(|it| it.level.is_none()));
    assert_eq!(in_list(&roster.rows, "74", Kind::Teacher).len(), 1);
}

#[tokio::test]
async fn a_large_hospital_is_read_whole() {
    let fixture = Fixture::hospital(&Hospital::default());
    let everybody = || fixture.residents.iter().chain(&fixture.faculty);
    let lines: usize = everybody().map(|it| it.programs.len()).sum();
    let people = everybody().count();
    let fake = FakeMedhub::start(fixture.clone()).await;
    let roster = complete(client(&fake).read(&()).await);
    assert_eq!(roster.rows.len(), lines);
    assert_eq!(assemble(&roster.rows).len(), people);
    assert_eq!(fake.calls().len(), 301);
    assert!(
        fake.calls()
            .iter()
            .all(|it| it.signature == Signature::Right)
    );
}

#[tokio::test]
async fn a_programme_listed_twice_is_read_once() {
    let fake = FakeMedhub::start(Fixture::small().program("73", "Internal Medicine")).await;
    let roster = complete(client(&fake).read(&()).await);
    assert_eq!((roster.programs.len(), roster.rows.len()), (2, 5));
    assert_eq!(
        (fake.count(Call::Residents), fake.count(Call::Faculty)),
        (2, 2)
    );
}

#[tokio::test]
async fn a_person_without_user_id_is_reported_and_the_read_is_complete() {
    let nobody = FakePerson::new(" ", "No", "Id", "no@hospital.example").in_program("73");
    let fake = FakeMedhub::start(Fixture::small().resident(nobody)).await;
    let roster = complete(client(&fake).read(&()).await);
    assert_eq!(roster.rows.len(), 5);
    let [problem] = roster.problems.as_slice() else {
        panic!("{:?}", roster.problems);
    };
    assert_eq!((problem.program.as_str(), problem.line), ("73", 2));
}

#[tokio::test]
async fn a_list_in_which_nobody_has_an_id_is_not_taken_for_an_empty_one() {
    let fake = FakeMedhub::start(Fixture::small()).await;
    fake.misbehave(Call::Faculty, Fault::WithoutUserIds);
    let RosterRead::Partial { failed, .. } = client(&fake).read(&()).await else {
        panic!("the read is not partial");
    };
    assert_eq!(failed.len(), 1, "the other list has one line only");
    assert_eq!(failed[0].failure.code(), "medhub_unexpected_shape");
}

#[tokio::test]
async fn a_call_taken_off_the_key_is_named() {
    let fake = FakeMedhub::start(Fixture::small()).await;
    fake.revoke(Call::Faculty);
    let access = client(&fake).access().await.unwrap();
    assert_eq!(access.missing, ["users/faculty".to_owned()].into());
    assert!(access.granted.contains("users/residents"));
    assert!(access.granted.contains("users/userLookup"));

    let RosterRead::Partial { rows, failed } = client(&fake).read(&()).await else {
        panic!("the read is not partial");
    };
    assert!(rows.rows.iter().all(|it| it.kind == Kind::Learner));
    let failure = SourceFailure::Refused {
        call: "users/faculty",
        code: "S05".into(),
    };
    assert_eq!(failed.len(), 2);
    assert!(failed.iter().all(|it| it.failure == failure));
}

#[tokio::test]
async fn a_wrong_key_or_client_id_fails_at_the_first_call() {
    let fake = FakeMedhub::start(hospital(30)).await;
    let good = config(&fake);
    for config in [
        Config {
            private_key: "another".into(),
            ..good.clone()
        },
        Config {
            client_id: ClientId(1),
            ..good
        },
    ] {
        fake.forget_calls();
        let medhub = MedhubClient::new(config).unwrap();
        let failure = |call| SourceFailure::SignatureRefused {
            call,
            skew: Some(0),
        };
        assert_eq!(medhub.access().await, Err(failure("info/test")));
        assert_eq!(
            medhub.read(&()).await,
            RosterRead::Failed(failure("programs/all"))
        );
        assert_eq!(fake.calls().len(), 2);
    }
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_by_how_much() {
    let fake = FakeMedhub::start(Fixture::small()).await;
    let medhub = client(&fake);
    fake.refuse_skew_beyond(60);
    for (server, skew) in [
        (NOW - 61, Some(61)),
        (NOW - 60, None),
        (NOW + 60, None),
        (NOW + 61, Some(-61)),
    ] {
        fake.set_clock(server);
        let failure = skew.map(|it| SourceFailure::SignatureRefused {
            call: "info/test",
            skew: Some(it),
        });
        assert_eq!(medhub.access().await.err(), failure, "{server}");
    }
}

/// Guard: `GIVE_UP_AFTER`.
#[tokio::test]
async fn a_read_gives_up_when_no_list_answers() {
    let fake = FakeMedhub::start(hospital(30)).await;
    fake.misbehave(Call::Residents, Fault::SignatureRefused);
    fake.misbehave(Call::Faculty, Fault::SignatureRefused);
    let read = client(&fake).read(&()).await;
    assert_eq!(
        read,
        RosterRead::Failed(SourceFailure::SignatureRefused {
            call: "users/residents",
            skew: Some(0)
        })
    );
    assert!(fake.calls().len() <= 8, "{}", fake.calls().len());
}

#[tokio::test]
async fn what_was_read_before_giving_up_is_kept() {
    let fake = FakeMedhub::start(hospital(30)).await;
    let all = complete(client(&fake).read(&()).await);
    fake.forget_calls();
    for program in all.programs.iter().skip(2) {
        for call in [Call::Residents, Call::Faculty] {
            fake.misbehave(call, Fault::Html.for_program(program.id.as_str()));
        }
    }
    let RosterRead::Partial { rows, failed } = client(&fake).read(&()).await else {
        panic!("the read is not partial");
    };
    assert_eq!(rows.programs, all.programs);
    assert!(!rows.rows.is_empty());
    assert_eq!(failed.len(), 56, "each list not read is named");
    assert!(failed.iter().all(|it| it.failure.code() == "medhub_html"));
    assert!(fake.calls().len() <= 12, "{}", fake.calls().len());
}

#[tokio::test]
async fn two_refused_programmes_do_not_end_a_read() {
    let fake = FakeMedhub::start(hospital(6)).await;
    for program in ["102", "103"] {
        fake.misbehave(
            Call::Residents,
            Fault::SignatureRefused.for_program(program),
        );
        fake.misbehave(Call::Faculty, Fault::SignatureRefused.for_program(program));
    }
    let RosterRead::Partial { failed, .. } = client(&fake).read(&()).await else {
        panic!("the read is not partial");
    };
    let lists: Vec<_> = failed
        .iter()
        .map(|it| (it.program.as_str(), it.kind))
        .collect();
    assert_eq!(
        lists,
        [
            ("102", Kind::Learner),
            ("102", Kind::Teacher),
            ("103", Kind::Learner),
            ("103", Kind::Teacher)
        ]
    );
    assert_eq!(fake.calls().len(), 13);
}

#[tokio::test]
async fn every_list_refused_for_its_own_sake_is_partial() {
    let fake = FakeMedhub::start(hospital(10)).await;
    fake.revoke(Call::Residents);
    fake.revoke(Call::Faculty);
    let RosterRead::Partial { rows, failed } = client(&fake).read(&()).await else {
        panic!("the read is not partial");
    };
    assert_eq!(
        (rows.programs.len(), rows.rows.len(), failed.len()),
        (10, 0, 20)
    );
}

#[tokio::test]
async fn at_the_deadline_the_rest_counts_as_not_read() {
    let fake = FakeMedhub::start(Fixture::small()).await;
    let medhub = MedhubClient::new(Config {
        read_timeout: Duration::from_secs(1),
        ..config(&fake)
    })
    .unwrap();
    let late = SourceFailure::DeadlinePassed { seconds: 1 };

    fake.misbehave(Call::Faculty, Fault::NeverAnswers.for_program("73"));
    let RosterRead::Partial { rows, failed } = medhub.read(&()).await else {
        panic!("the read is not partial");
    };
    assert_eq!(rows.rows.len(), 3);
    assert_eq!(failed.len(), 1);
    assert_eq!(
        (failed[0].program.as_str(), failed[0].kind),
        ("73", Kind::Teacher)
    );
    assert_eq!(failed[0].failure, late);

    fake.misbehave(Call::Faculty, Fault::NeverAnswers);
    fake.misbehave(Call::Residents, Fault::NeverAnswers);
    assert_eq!(medhub.read(&()).await, RosterRead::Failed(late.clone()));

    fake.misbehave(Call::ProgramsAll, Fault::NeverAnswers);
    assert_eq!(medhub.read(&()).await, RosterRead::Failed(late));
}

/// Guard: the permits. With two readers there would be four calls without them.
#[tokio::test]
async fn at_most_two_calls_are_in_flight_whoever_reads() {
    let fake = FakeMedhub::start(hospital(15)).await;
    fake.answer_after(Duration::from_millis(5));
    let medhub = client(&fake);
    let (one, other, access) = tokio::join!(medhub.read(&()), medhub.read(&()), medhub.access());
    assert_eq!(complete(one), complete(other));
    assert!(access.is_ok());
    assert_eq!(fake.most_in_flight(), CALLS_IN_FLIGHT);
}

struct Steps(Mutex<Vec<(usize, usize)>>);

impl ReadProgress for Steps {
    fn lists(&self, done: usize, total: usize) {
        self.0.lock().unwrap().push((done, total));
    }
}

#[tokio::test]
async fn progress_goes_up_list_by_list_failed_or_not() {
    let fake = FakeMedhub::start(hospital(5)).await;
    fake.misbehave(Call::Residents, Fault::ServerError.for_program("102"));
    let steps = Steps(Mutex::default());
    client(&fake).read(&steps).await;
    let expected: Vec<_> = (0..=10).map(|done| (done, 10)).collect();
    assert_eq!(*steps.0.lock().unwrap(), expected);
}

/// A client whose clock goes on by a second with each reading, and which tries three times.
fn insistent(fake: &FakeMedhub) -> MedhubClient {
    MedhubClient::new(Config {
        clock: Arc::new(Ticking {
            at: AtomicI64::new(NOW),
            step: 1,
        }),
        retry: Retry {
            delays: vec![Duration::ZERO; 2],
        },
        ..config(fake)
    })
    .unwrap()
}

fn of_73(fake: &FakeMedhub) -> Vec<Received> {
    let mut calls = fake.calls();
    calls.retain(|it| it.call == Call::Residents && it.program.as_deref() == Some("73"));
    calls
}

#[tokio::test]
async fn a_passing_fault_is_tried_again_with_a_new_signature() {
    for fault in [
        Fault::ServerError,
        Fault::RateLimited,
        Fault::ClosesMidAnswer,
    ] {
        let fake = FakeMedhub::start(Fixture::small()).await;
        fake.misbehave(Call::Residents, fault.for_program("73").times(2));
        complete(insistent(&fake).read(&()).await);
        let calls = of_73(&fake);
        assert_eq!(calls.len(), 3);
        for (one, next) in calls.iter().zip(calls.iter().skip(1)) {
            assert_ne!(one.ts, next.ts);
            assert_ne!(one.verify, next.verify);
            assert_eq!(one.request, next.request);
        }
        assert!(calls.iter().all(|it| it.signature == Signature::Right));
    }
}

#[tokio::test]
async fn a_fault_that_stays_is_given_up_after_the_last_delay() {
    let fake = FakeMedhub::start(Fixture::small()).await;
    fake.misbehave(Call::Residents, Fault::ServerError.for_program("73"));
    let RosterRead::Partial { failed, .. } = insistent(&fake).read(&()).await else {
        panic!("the read is not partial");
    };
    assert_eq!(failed.len(), 1);
    assert_eq!(of_73(&fake).len(), 3);
}

#[tokio::test]
async fn what_will_not_pass_is_not_tried_again() {
    for fault in [
        Fault::SignatureRefused,
        Fault::Refused {
            code: "S99",
            status: 200,
        },
        Fault::Refused {
            code: "S99",
            status: 500,
        },
        Fault::Refused {
            code: "S99",
            status: 429,
        },
        Fault::Html,
        Fault::EmptyBody,
        Fault::Truncated,
        Fault::Huge,
        Fault::Redirect {
            to: "http://127.0.0.1:9/".into(),
        },
    ] {
        let fake = FakeMedhub::start(Fixture::small()).await;
        fake.misbehave(Call::Residents, fault.for_program("73"));
        insistent(&fake).read(&()).await;
        assert_eq!(of_73(&fake).len(), 1);
    }
}
