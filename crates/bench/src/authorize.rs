//! A permission asked of loaded authority, against a look-up in a set of texts.

use crate::{
    Failure,
    hospital::{self, Hospital, Service},
    measure::{Amount, Best, Limit, Measure, timed},
};
use identity_core::{
    account::Opens,
    authority::{Actor, Authority},
    permission::{BUILT_IN, JOURNAL_READ, Permission, USERS_MANAGE},
    port::{Clock as _, Store as _},
    service::Call,
};
use std::{collections::HashSet, hint::black_box, time::Instant};

const CALLS: u32 = 10_000_000;
const READ_ANEW: u32 = 200_000;
const FROM_STORE: u32 = 2_000;

pub(crate) fn run() -> Result<Vec<Measure>, Failure> {
    let runtime = hospital::runtime()?;
    let hospital = Hospital::open(&runtime)?;
    let service = hospital::service(&hospital.fresh("ours.db")?)?;
    // The slower of the answers counts: what a role gives is found, what no role gives is looked for in all of them.
    let missing = Permission::parse("never:given")?;
    let authority = runtime.block_on(service.authorize(&hospital.call(), &USERS_MANAGE))?;
    let set: HashSet<&str> = BUILT_IN.iter().map(Permission::as_str).collect();
    let permissions = [USERS_MANAGE, JOURNAL_READ, missing];
    let mut slowest = (0.0, 0.0);
    for permission in &permissions {
        let (mut ours, mut bare) = (Best::default(), Best::default());
        for _ in 0..3 {
            let ((), took) = timed(|| {
                for _ in 0..CALLS {
                    black_box(black_box(&authority).allows(black_box(permission)));
                }
                Ok(())
            })?;
            ours.of(took);
            let ((), took) = timed(|| {
                for _ in 0..CALLS {
                    black_box(black_box(&set).contains(black_box(permission).as_str()));
                }
                Ok(())
            })?;
            bare.of(took);
        }
        if ours.seconds() > slowest.0 {
            slowest = (ours.seconds(), bare.seconds());
        }
    }
    let warm = runtime.block_on(from_store(&service, &hospital))?;
    let read = runtime.block_on(read_anew(&service, &hospital))?;
    let each = |seconds: f64| Amount::Nanoseconds(seconds * 1e9 / f64::from(CALLS));
    Ok(vec![
        Measure {
            job: "authorize".to_owned(),
            ours: each(slowest.0),
            bare: Some(each(slowest.1)),
            limit: Some(Limit::AtMost(Amount::Nanoseconds(100.0))),
            rows: None,
        },
        read,
        warm,
    ])
}

/// The authority itself, put together from the records of a session, which every request does once before it asks anything.
async fn read_anew(service: &Service, hospital: &Hospital) -> Result<Measure, Failure> {
    let (tenant, user) = (hospital.tenant, hospital.owner);
    let session = service.open_session_of(Opens { tenant, user }).await?.id;
    let actor = Actor::Session { session, user };
    let records = service.store.load(tenant, actor.find()).await?;
    let now = service.clock.now();
    let mut ours = Best::default();
    for _ in 0..3 {
        let ((), took) = timed(|| {
            for _ in 0..READ_ANEW {
                black_box(Authority::of(&actor, tenant, black_box(&records), now)?);
            }
            Ok(())
        })?;
        ours.of(took);
    }
    let each = ours.seconds() * 1e9 / f64::from(READ_ANEW);
    Ok(Measure {
        job: "authority from loaded records".to_owned(),
        ours: Amount::Nanoseconds(each),
        bare: None,
        limit: None,
        rows: None,
    })
}

/// A permission asked of the store each time, in a session, as every request does. The bare work is the same rows read by the same
/// store, without a rule looked at: what it costs to have them at all, the way to the reader's thread and back included.
async fn from_store(service: &Service, hospital: &Hospital) -> Result<Measure, Failure> {
    let (tenant, user) = (hospital.tenant, hospital.owner);
    let opened = service.open_session_of(Opens { tenant, user }).await?;
    let actor = Actor::Session {
        session: opened.id,
        user,
    };
    let call = Call::new(tenant, actor);
    let (mut ours, mut bare) = (Best::default(), Best::default());
    for _ in 0..10 {
        let start = Instant::now();
        for _ in 0..FROM_STORE {
            black_box(service.authorize(&call, &USERS_MANAGE).await?);
        }
        ours.of(start.elapsed());
        let start = Instant::now();
        for _ in 0..FROM_STORE {
            black_box(service.store.load(tenant, actor.find()).await?);
        }
        bare.of(start.elapsed());
    }
    let each = |seconds: f64| Amount::Microseconds(seconds * 1e6 / f64::from(FROM_STORE));
    Ok(Measure {
        job: "authorize from SQLite, warm".to_owned(),
        ours: each(ours.seconds()),
        bare: Some(each(bare.seconds())),
        limit: Some(Limit::AtMost(Amount::Microseconds(20.0))),
        rows: None,
    })
}
