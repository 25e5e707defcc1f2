//! Who matches whom, against a bare hash join of the same addresses.

use crate::{
    Failure, Scale,
    file::Dice,
    hospital::names,
    measure::{Amount, Best, Limit, Measure, tell, timed},
};
use identity_core::{
    email::Email,
    id::Mint,
    reconcile::views::{Local, views},
    roster::{Identity, Kind, Kinds, MedhubUserId, ProgramId},
    time::instant_from_micros,
    user::UserStatus,
};
use std::{
    collections::{BTreeSet, HashMap},
    hint::black_box,
    time::Duration,
};

pub(crate) fn run(scale: Scale) -> Result<Vec<Measure>, Failure> {
    let runs = scale.runs(5);
    let (tenth, _) = both("views of a tenth", scale.rows / 10, runs)?;
    let (ours, bare) = both("views", scale.rows, runs)?;
    Ok(vec![
        Measure {
            job: "views".to_owned(),
            ours: Amount::Seconds(ours.seconds()),
            bare: Some(Amount::Seconds(bare.seconds())),
            limit: Some(Limit::RatioAtMost(2.0)),
            rows: Some(scale.rows),
        },
        Measure {
            job: "views: against a tenth of the people".to_owned(),
            ours: Amount::Seconds(ours.seconds()),
            bare: Some(Amount::Seconds(tenth.seconds())),
            limit: Some(Limit::RatioAtMost(12.0)),
            rows: None,
        },
    ])
}

fn both(what: &str, people: u32, runs: u32) -> Result<(Best, Best), Failure> {
    let (locals, identities) = people_of(people)?;
    let (mut ours, mut bare) = (Best::default(), Best::default());
    for _ in 0..runs {
        let ((), one) = timed(|| {
            black_box(views(&locals, &identities, &[], &[]));
            Ok(())
        })?;
        let other = join(&locals, &identities)?;
        tell(what, one, other);
        ours.of(one);
        bare.of(other);
    }
    Ok((ours, bare))
}

/// The bare join: it has the same texts before it, and drops what it built within its time, as ours does.
fn join(locals: &[Local], identities: &[Identity]) -> Result<Duration, Failure> {
    let normal = |text: &str| {
        let mut text = text.trim().to_owned();
        text.make_ascii_lowercase();
        text
    };
    let ((), took) = timed(|| {
        let mut by_email: HashMap<String, u32> = HashMap::with_capacity(locals.len());
        for (local, place) in locals.iter().zip(0..) {
            if let Some(email) = &local.email {
                by_email.insert(normal(email.as_str()), place);
            }
        }
        let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(locals.len());
        for (identity, place) in identities.iter().zip(0..) {
            if let Some(local) = by_email.get(&normal(&identity.email)) {
                pairs.push((*local, place));
            }
        }
        black_box(pairs);
        Ok(())
    })?;
    Ok(took)
}

/// As many users as identities, each list in the order of its ids, as a store gives them; who belongs to whom is all over the
/// place. Of a hundred, 80 match one to one (every eighth in upper case on one side), 8 have no counterpart, 4 share an
/// address with somebody, 4 identities have two addresses in one field, and 4 are blank.
fn people_of(people: u32) -> Result<(Vec<Local>, Vec<Identity>), Failure> {
    let now = instant_from_micros(1_790_000_000_000_000).unwrap_or_default();
    let mut ids = Mint::new(now, [7; 10]);
    let mut locals = Vec::new();
    for number in 0..people {
        let email = match number % 100 {
            0..80 if number % 8 == 0 => Some(address(number).to_uppercase()),
            0..80 | 92..96 => Some(address(number)),
            80..88 => Some(format!("only.here.{number}@example.org")),
            88..92 => Some(format!("shared.{}@example.org", number / 2)),
            _ => None,
        };
        locals.push(Local {
            user: ids.id(),
            kinds: Kinds::only(Kind::Learner),
            status: UserStatus::Active,
            name: names("Ada", "Lovelace")?,
            email: email.map(|it| Email::parse(&it)).transpose()?,
            link: None,
        });
    }
    let mut identities = Vec::new();
    let mut numbers: Vec<u32> = (0..people).collect();
    let mut dice = Dice::new(2);
    for place in (1..people).rev() {
        numbers.swap(place as usize, dice.below(place + 1) as usize);
    }
    for (number, key) in numbers.into_iter().zip(0..) {
        let email = match number % 100 {
            0..80 if number % 8 == 1 => address(number).to_uppercase(),
            0..80 => address(number),
            80..88 => format!("only.there.{number}@example.org"),
            88..92 => format!("shared.{}@example.org", number / 2),
            92..96 => format!("{}; second.{number}@example.org", address(number)),
            _ => String::new(),
        };
        identities.push(identity(key, email)?);
    }
    Ok((locals, identities))
}

fn address(number: u32) -> String {
    format!("ada.lovelace.{number}@hospital.example.org")
}

fn identity(key: u32, email: String) -> Result<Identity, Failure> {
    Ok(Identity {
        user_id: MedhubUserId::parse(&format!("{key:07}"))?,
        kinds: Kinds::only(Kind::Learner),
        given: "Ada".to_owned(),
        family: "Lovelace".to_owned(),
        email,
        username: String::new(),
        employee_id: None,
        level: None,
        programs: BTreeSet::from([(ProgramId::parse("1")?, Kind::Learner)]),
    })
}
