//! What the service itself keeps, beside its decisions and the store: who asks again, and what a secret opens.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "whatever is unexpected in a test must end it"
)]

use chrono::TimeDelta;
use identity_core::{
    authority::{Actor, AuthorityRefusal},
    name::Name,
    operation::OperationKey,
    permission::{TOKENS_MANAGE, USERS_MANAGE},
    port::Clock,
    reconcile::{Connect, Institution, plan::Ask, save::SaveMode, snapshot::Emptied},
    roster::{Kind, MedhubUserId, Program, ProgramId, RosterRead, RosterRow, RosterRows},
    service::{Call, Failure, Rollcall},
    token::{Secret, SecretKind},
    user::StatusRefusal,
};
use testkit::{
    contract::{Harness, block_on},
    hospital::{Hospital, Staffing},
    memory::MemoryStore,
    random::SeededRandom,
    time::FixedClock,
};

type Service = Rollcall<MemoryStore, FixedClock, SeededRandom>;

/// A service over a hospital with two administrators and a learner.
async fn open() -> (Service, Hospital) {
    let harness = Harness::new(MemoryStore::new());
    let staffing = Staffing::of("General").administrators(2).learners(1);
    let hospital = harness.staffed(staffing).await.unwrap();
    let service = Rollcall::new(
        MemoryStore::clone(&harness.store),
        harness.clock.clone(),
        harness.random.clone(),
    );
    (service, hospital)
}

fn everyday(hospital: &Hospital, number: usize) -> Call {
    let user = hospital.administrators[number].user;
    Call::new(hospital.tenant, Actor::user(user))
}

/// J4: an answer belongs to whoever asked. Somebody else with the same key and the same question is another question, and
/// so is another question of the same person.
#[test]
fn an_answer_is_given_again_to_whoever_asked_for_it() {
    block_on(async {
        let (service, hospital) = open().await;
        let key = OperationKey::parse("goodbye").unwrap();
        let calls = [0, 1].map(|it| everyday(&hospital, it).with_key(key.clone()));
        let learner = hospital.learners[0].user;
        service.deactivate_user(&calls[0], learner).await.unwrap();
        service.deactivate_user(&calls[0], learner).await.unwrap();
        let others = service.deactivate_user(&calls[1], learner).await;
        assert!(matches!(others, Err(Failure::KeyReused)), "{others:?}");
        let other = service.reactivate_user(&calls[0], learner).await;
        assert!(matches!(other, Err(Failure::KeyReused)), "{other:?}");
        // Without the key it is a question of its own, whose answer is that nothing is left to do.
        let plain = everyday(&hospital, 0);
        assert!(matches!(
            service.deactivate_user(&plain, learner).await,
            Err(Failure::Refused(StatusRefusal::Unchanged))
        ));
    });
}

/// A1: whoever may read something has the permission for it, not merely a user.
#[test]
fn reading_needs_the_permission() {
    block_on(async {
        let (service, hospital) = open().await;
        let learner = Call::new(hospital.tenant, Actor::user(hospital.learners[0].user));
        let refused = service.authorize(&learner, &USERS_MANAGE).await;
        assert!(matches!(
            refused,
            Err(Failure::Refused(AuthorityRefusal::Missing(it))) if it == USERS_MANAGE
        ));
        let administrator = everyday(&hospital, 0);
        assert!(
            service
                .authorize(&administrator, &TOKENS_MANAGE)
                .await
                .is_ok()
        );
    });
}

/// E3: a secret opens its token until the end of it, and nothing once it is revoked; all that it does not open is one answer.
#[test]
fn a_secret_opens_its_token_until_it_is_dead() {
    block_on(async {
        let (service, hospital) = open().await;
        let call = everyday(&hospital, 0);
        let until = service.clock.now() + TimeDelta::days(1);
        let make = async |called: &str| {
            let name = Name::parse(called).unwrap();
            service.create_token(&call, name, until).await.unwrap()
        };
        let dead = async |secret: &Secret| {
            matches!(
                service.authenticate(secret).await,
                Err(Failure::Refused(AuthorityRefusal::TokenDead))
            )
        };
        let (one, two) = (make("one").await, make("two").await);
        let (first, second) = (one.secret.unwrap(), two.secret.unwrap());
        let opened = service.authenticate(&first).await.unwrap();
        assert_eq!(opened, (hospital.tenant, Actor::Token(one.id)));
        service.revoke_token(&call, one.id).await.unwrap();
        assert!(dead(&first).await);
        assert!(dead(&Secret::new(SecretKind::Token, [7; 32])).await);
        service.clock.set(until - TimeDelta::microseconds(1));
        assert!(!dead(&second).await);
        service.clock.set(until);
        assert!(dead(&second).await);
    });
}

/// E5: a secret is shown once. Whoever asks again under the same key is told which token it was, and no secret: the one drawn
/// anew would open nothing.
#[test]
fn a_secret_is_shown_once() {
    block_on(async {
        let (service, hospital) = open().await;
        let key = OperationKey::parse("nightly").unwrap();
        let call = everyday(&hospital, 0).with_key(key);
        let until = service.clock.now() + TimeDelta::days(1);
        let name = Name::parse("nightly").unwrap();
        let first = service.create_token(&call, name.clone(), until).await;
        let again = service.create_token(&call, name, until).await.unwrap();
        let first = first.unwrap();
        assert_eq!(first.id, again.id);
        assert!(first.secret.is_some() && again.secret.is_none());
    });
}

/// R6: what is untied by hand is not tied again by linking all, as long as the plan says so.
#[test]
fn linking_all_takes_back_no_unlink() {
    block_on(async {
        let (service, hospital) = open().await;
        let call = everyday(&hospital, 0);
        let institution = Institution("https://medhub.example".to_owned());
        let command = Connect {
            institution: institution.clone(),
            client_id: "1".to_owned(),
            key_file: None,
        };
        service.connect_medhub(&call, command).await.unwrap();
        let program = ProgramId::parse("1").unwrap();
        let row = RosterRow {
            program: program.clone(),
            kind: Kind::Learner,
            user_id: MedhubUserId::parse("007").unwrap(),
            given: "Ada".to_owned(),
            family: "Okafor".to_owned(),
            email: hospital.learners[0].email.as_str().to_owned(),
            username: String::new(),
            employee_id: None,
            level: None,
        };
        let read = RosterRead::Complete(RosterRows {
            programs: vec![Program {
                id: program,
                name: "Surgery".to_owned(),
            }],
            rows: vec![row],
            problems: Vec::new(),
        });
        service
            .record_roster(&call, &institution, &read, Emptied::Keep)
            .await
            .unwrap();
        assert_eq!(service.stage_all_links(&call).await.unwrap().staged, 1);
        let saved = service.save_plan(&call, SaveMode::Whole).await.unwrap();
        assert_eq!(saved.linked, 1);
        let user = hospital.learners[0].user;
        let unlink = [Ask::Unlink { user }];
        service.stage(&call, &unlink).await.unwrap();
        let all = service.stage_all_links(&call).await.unwrap();
        assert_eq!((all.staged, all.withdrawn), (0, 0));
        let saved = service.save_plan(&call, SaveMode::Whole).await.unwrap();
        assert_eq!(saved.unlinked, 1);
        // Nor afterwards, also when the rosters are read again.
        service
            .record_roster(&call, &institution, &read, Emptied::Keep)
            .await
            .unwrap();
        assert_eq!(service.stage_all_links(&call).await.unwrap().staged, 0);
        let (_, views) = service.medhub_views(&call).await.unwrap();
        assert_eq!((views.suggested.len(), views.not_same.len()), (0, 1));
    });
}
