//! A page of the list of users, wherever it lies among a million.

use crate::{
    Failure, Scale,
    hospital::{self, Hospital},
    measure::{Amount, Best, Limit, Measure, timed},
};
use identity_core::{
    account::Account,
    id::{Entropy, Id},
    person::Person,
    port::{Directory as _, Page},
    role::Assignment,
    time::instant_from_micros,
    user::User,
};
use rusqlite::{Connection, params};
use std::hint::black_box;

/// The lines of a page.
const LINES: u32 = 100;

pub(crate) fn run(scale: Scale) -> Result<Vec<Measure>, Failure> {
    let runtime = hospital::runtime()?;
    let hospital = Hospital::open(&runtime)?;
    let path = hospital.fresh("ours.db")?;
    let connection = hospital::bare(&path)?;
    let users = fill(&connection, &hospital, scale.rows)?;
    let service = hospital::service(&path)?;
    let places = [
        ("the first page", None),
        ("a page in the middle", users.get(users.len() / 2).copied()),
        (
            "the last page",
            users
                .len()
                .checked_sub(101)
                .and_then(|it| users.get(it))
                .copied(),
        ),
    ];
    let mut measures = Vec::new();
    for (place, after) in places {
        let page = Page {
            after,
            limit: LINES,
        };
        let (mut ours, mut bare) = (Best::default(), Best::default());
        for _ in 0..scale.runs(20) {
            let (lines, took) =
                timed(|| Ok(runtime.block_on(service.store.users(hospital.tenant, page))?))?;
            if lines.len() != usize::try_from(LINES)? {
                return Err(format!("{} lines on {place}", lines.len()).into());
            }
            ours.of(took);
            let ((), took) = timed(|| ids(&connection, &hospital, after))?;
            bare.of(took);
        }
        measures.push(Measure {
            job: format!("{place} of {} users", users.len()),
            ours: Amount::Microseconds(ours.seconds() * 1e6),
            bare: Some(Amount::Microseconds(bare.seconds() * 1e6)),
            limit: Some(Limit::AtMost(Amount::Microseconds(5_000.0))),
            rows: None,
        });
    }
    Ok(measures)
}

/// As many users, each with a person, a login and a role, and their ids in order.
fn fill(
    connection: &Connection,
    hospital: &Hospital,
    count: u32,
) -> Result<Vec<Id<User>>, Failure> {
    let tenant = hospital.tenant.as_uuid().as_bytes();
    let role: [u8; 16] =
        connection.query_row("SELECT id FROM roles WHERE kind = 'learner'", [], |it| {
            it.get(0)
        })?;
    let now = instant_from_micros(1_780_000_000_000_000).ok_or("no such instant")?;
    let mut users = Vec::new();
    connection.execute_batch("BEGIN IMMEDIATE")?;
    for number in 0..count {
        let mut entropy = Entropy::default();
        entropy
            .iter_mut()
            .skip(6)
            .zip(number.to_be_bytes())
            .for_each(|(to, from)| *to = from);
        let user: Id<User> = Id::mint(now, &entropy);
        let person: Id<Person> = Id::mint(now, &entropy);
        let account: Id<Account> = Id::mint(now, &entropy);
        let assignment: Id<Assignment> = Id::mint(now, &entropy);
        let email = format!("user{number}@general.example");
        connection
            .prepare_cached(
                "INSERT INTO persons (tenant, id, version, given, family, email, email_key)
                 VALUES (?1, ?2, 1, 'Grace', 'Hopper', ?3, ?3)",
            )?
            .execute(params![tenant, person.as_uuid().as_bytes(), email])?;
        connection
            .prepare_cached(
                "INSERT INTO accounts (id, version, login, login_key, provider, subject, opens, epoch, proof)
                 VALUES (?1, 1, ?2, ?2, 'embedded', ?3, '[]', 0, 'unproved')",
            )?
            .execute(params![account.as_uuid().as_bytes(), email, account.to_string()])?;
        connection
            .prepare_cached(
                "INSERT INTO users (tenant, id, version, domain, person, account, status, epoch)
                 VALUES (?1, ?2, 1, ?3, ?4, ?5, 'active', 0)",
            )?
            .execute(params![
                tenant,
                user.as_uuid().as_bytes(),
                hospital.domain.as_uuid().as_bytes(),
                person.as_uuid().as_bytes(),
                account.as_uuid().as_bytes()
            ])?;
        connection
            .prepare_cached(
                "INSERT INTO assignments (tenant, id, version, user, role, kind, status)
                 VALUES (?1, ?2, 1, ?3, ?4, 'learner', 'active')",
            )?
            .execute(params![
                tenant,
                assignment.as_uuid().as_bytes(),
                user.as_uuid().as_bytes(),
                role
            ])?;
        users.push(user);
    }
    connection.execute_batch("COMMIT")?;
    users.sort_unstable();
    Ok(users)
}

/// The ids of the same page.
fn ids(
    connection: &Connection,
    hospital: &Hospital,
    after: Option<Id<User>>,
) -> Result<(), Failure> {
    let after = after.map_or_else(Vec::new, |it| it.as_uuid().as_bytes().to_vec());
    let mut statement = connection.prepare_cached(
        "SELECT id FROM users WHERE tenant = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
    )?;
    let tenant = hospital.tenant.as_uuid().as_bytes();
    let mut rows = statement.query(params![tenant, after, LINES])?;
    while let Some(row) = rows.next()? {
        let id: [u8; 16] = row.get(0)?;
        black_box(id);
    }
    Ok(())
}
