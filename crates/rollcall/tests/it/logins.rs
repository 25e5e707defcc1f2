//! Logging in while everybody else does.

use identity_core::{
    authority::Actor,
    email::Email,
    login::{Hashing, HashingFailed, LoginRefusal, Password, PasswordHash, Passwords, Source},
    name::{Name, PersonName},
    service::{Call, Failure, PasswordProof, Rollcall},
    tenant::{CreateTenant, Listing},
};
use os_ports::{SystemClock, SystemRandom};
use std::sync::Arc;
use store_sqlite::SqliteStore;
use tokio::task::JoinSet;

const PASSWORD: &str = "a password of one's own";

/// Passwords that are compared at once, so that the counting of tries is all that takes time.
#[derive(Debug)]
struct Plain;

impl Passwords for Plain {
    fn hash<'a>(
        &'a self,
        password: &'a Password,
        _: [u8; 16],
    ) -> Hashing<'a, Result<PasswordHash, HashingFailed>> {
        let hash = PasswordHash(password.expose().to_owned());
        Box::pin(async move { Ok(hash) })
    }

    fn verify<'a>(
        &'a self,
        password: &'a Password,
        hash: Option<&'a PasswordHash>,
    ) -> Hashing<'a, Result<bool, HashingFailed>> {
        let same = hash.is_some_and(|it| it.0 == password.expose());
        Box::pin(async move { Ok(same) })
    }

    fn is_common<'a>(&'a self, _: &'a Password) -> Hashing<'a, Result<bool, HashingFailed>> {
        Box::pin(async { Ok(false) })
    }
}

fn proof(password: &str) -> PasswordProof {
    PasswordProof {
        login: Email::parse("olive@stclare.example").unwrap(),
        password: Password::given(password).unwrap(),
        source: Source::parse("198.51.100.7").unwrap(),
    }
}

/// At the change of shifts a hospital logs in from one address: nobody is turned away because others log in as well, and of tries
/// that are made at once each counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_log_in_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("rollcall.db")).unwrap();
    let mut service = Rollcall::new(store, SystemClock, SystemRandom);
    service.settings.tries_of_login.tries = 200;
    service.settings.tries_of_login_anywhere.tries = 200;
    service.settings.tries_of_source.tries = 200;
    let create = CreateTenant {
        name: Name::parse("St. Clare").unwrap(),
        domain: None,
        listing: Listing::Unlisted,
        owner_email: Email::parse("olive@stclare.example").unwrap(),
        owner_name: PersonName {
            given: Name::parse("Olive").unwrap(),
            family: Name::parse("Owner").unwrap(),
        },
    };
    let tenant = service.create_tenant(&Call::operator(), create).await;
    let tenant = tenant.unwrap();
    let operator = Call::new(tenant.tenant, Actor::Operator);
    let password = Password::parse(PASSWORD).unwrap();
    let set = service.set_password(&operator, &Plain, tenant.owner, &password);
    set.await.unwrap();
    let mut strict = service.clone();
    strict.settings.tries_of_login.tries = 60;
    for (service, password, good) in [(service, PASSWORD, true), (strict, "another", false)] {
        let service = Arc::new(service);
        let mut tries = JoinSet::new();
        for _ in 0..100 {
            let service = Arc::clone(&service);
            tries.spawn(async move { service.log_in(&Plain, proof(password), None).await });
        }
        let (mut wrong, mut too_many) = (0, 0);
        for tried in tries.join_all().await {
            match tried {
                Ok(_) if good => (),
                Err(Failure::Refused(LoginRefusal::Wrong)) if !good => wrong += 1,
                Err(Failure::Refused(LoginRefusal::TooManyTries { .. })) if !good => too_many += 1,
                other => panic!("{:?}", other.map(|it| it.id)),
            }
        }
        if !good {
            assert_eq!((wrong, too_many), (60, 40));
        }
    }
}
