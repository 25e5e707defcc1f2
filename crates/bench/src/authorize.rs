//! A permission asked of loaded authority, against a look-up in a set of texts.

use crate::{
    Failure,
    hospital::{self, Hospital},
    measure::{Amount, Best, Limit, Measure, timed},
};
use identity_core::permission::{BUILT_IN, JOURNAL_READ, Permission, USERS_MANAGE};
use std::{collections::HashSet, hint::black_box};

const CALLS: u32 = 10_000_000;

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
    let each = |seconds: f64| Amount::Nanoseconds(seconds * 1e9 / f64::from(CALLS));
    Ok(vec![Measure {
        job: "authorize".to_owned(),
        ours: each(slowest.0),
        bare: Some(each(slowest.1)),
        limit: Some(Limit::AtMost(Amount::Nanoseconds(100.0))),
        rows: None,
    }])
}
