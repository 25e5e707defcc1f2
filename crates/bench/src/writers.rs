//! Users added by 64 callers at once, against one.

use crate::{
    Failure, Scale,
    hospital::{self, Hospital, names},
    measure::{Amount, Limit, Measure, timed},
};
use identity_core::{
    account::Account,
    email::Email,
    id::{Id, Mint},
    journal::{By, Entry, Event, Hash, Head},
    person::Person,
    port::{Clock as _, Directory as _, Random as _},
    role::{Role, RoleKind},
    user::{AddUser, User, UserStatus, Whose},
};
use os_ports::{SystemClock, SystemRandom};
use rusqlite::{Connection, params};
use std::{sync::Arc, time::Duration};
use tokio::{runtime::Builder, task::JoinSet};

const WRITERS: u32 = 64;

pub(crate) fn run(scale: Scale) -> Result<Vec<Measure>, Failure> {
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let hospital = Hospital::open(&runtime)?;
    let commits = (scale.rows / 500).clamp(100, 1_000);
    let mut best = [0.0_f64; 4];
    for _ in 0..scale.runs(5) {
        let paces = [
            runtime.block_on(ours(&hospital, 1, commits))?,
            runtime.block_on(ours(&hospital, WRITERS, commits * 8 / WRITERS))?,
            bare(&hospital, 1, commits)?,
            bare(&hospital, WRITERS, commits * 8 / WRITERS)?,
        ];
        let [one, many, bare_one, bare_many] = paces;
        eprintln!(
            "  commits a second: {many:.0} of 64 against {one:.0} of one; bare {bare_many:.0} against {bare_one:.0}"
        );
        best.iter_mut()
            .zip(paces)
            .for_each(|(best, it)| *best = best.max(it));
    }
    let [one, many, bare_one, bare_many] = best;
    Ok(vec![
        Measure {
            job: "a user added by one writer".to_owned(),
            ours: Amount::PerSecond(one),
            bare: Some(Amount::PerSecond(bare_one)),
            limit: Some(Limit::RatioAtLeast(0.7)),
            rows: None,
        },
        Measure {
            job: "64 writers against one".to_owned(),
            ours: Amount::PerSecond(many),
            bare: Some(Amount::PerSecond(one)),
            limit: Some(Limit::RatioAtLeast(6.0)),
            rows: None,
        },
        Measure {
            job: "64 writers against one: SQLite alone".to_owned(),
            ours: Amount::PerSecond(bare_many),
            bare: Some(Amount::PerSecond(bare_one)),
            limit: None,
            rows: None,
        },
    ])
}

fn pace(changes: u32, took: Duration) -> f64 {
    f64::from(changes) / took.as_secs_f64()
}

/// Changes a second of so many writers, each adding so many users one after the other through the service.
async fn ours(hospital: &Hospital, writers: u32, each: u32) -> Result<f64, Failure> {
    let service = Arc::new(hospital::service(&hospital.fresh("ours.db")?)?);
    let roles = service.store.roles(hospital.tenant).await?;
    let role = role_of(&roles)?;
    let start = std::time::Instant::now();
    let mut tasks = JoinSet::new();
    for writer in 0..writers {
        let (service, call) = (Arc::clone(&service), hospital.call());
        tasks.spawn(async move {
            for number in 0..each {
                let command = AddUser {
                    email: Email::parse(&format!("user.{writer}.{number}@general.example"))?,
                    whose: Whose::KnownOrNew(names("Grace", "Hopper")?),
                    role,
                    status: UserStatus::Active,
                };
                service.add_user(&call, command).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(pace(writers * each, start.elapsed()))
}

fn role_of(roles: &[Role]) -> Result<Id<Role>, Failure> {
    let learner = roles.iter().find(|it| it.kind == RoleKind::Learner);
    Ok(learner.ok_or("no role of a learner")?.id)
}

/// Changes a second of bare SQLite when so many of the same changes share a transaction.
fn bare(hospital: &Hospital, together: u32, transactions: u32) -> Result<f64, Failure> {
    let connection = hospital::bare(&hospital.fresh("bare.db")?)?;
    let role: [u8; 16] =
        connection.query_row("SELECT id FROM roles WHERE kind = 'learner'", [], |it| {
            it.get(0)
        })?;
    let mut ids = Mint::new(SystemClock.now(), SystemRandom.entropy()?);
    let mut head = Head {
        number: 1_000,
        hash: Hash::default(),
    };
    let ((), took) = timed(|| {
        for transaction in 0..transactions {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            for number in 0..together {
                let email = format!("user.{transaction}.{number}@general.example");
                add(&connection, hospital, &role, &email, &mut ids, &mut head)?;
            }
            connection.execute_batch("COMMIT")?;
        }
        Ok(())
    })?;
    Ok(pace(together * transactions, took))
}

fn add(
    connection: &Connection,
    hospital: &Hospital,
    role: &[u8; 16],
    email: &str,
    ids: &mut Mint,
    head: &mut Head,
) -> Result<(), Failure> {
    let tenant = hospital.tenant.as_uuid().as_bytes();
    let (person, account, user) = (ids.id::<Person>(), ids.id::<Account>(), ids.id::<User>());
    let bytes = [
        *person.as_uuid().as_bytes(),
        *account.as_uuid().as_bytes(),
        *user.as_uuid().as_bytes(),
        *ids.id::<Role>().as_uuid().as_bytes(),
    ];
    let [person_id, account_id, user_id, assignment] = &bytes;
    connection
        .prepare_cached(
            "INSERT INTO persons (tenant, id, version, given, family, email, email_key)
             VALUES (?1, ?2, 1, 'Grace', 'Hopper', ?3, ?3)",
        )?
        .execute(params![tenant, person_id, email])?;
    connection
        .prepare_cached(
            "INSERT INTO accounts (id, version, login, login_key, provider, subject, opens, epoch, proof)
             VALUES (?1, 1, ?2, ?2, 'embedded', ?3, ?4, 0, 'unproved')",
        )?
        .execute(params![
            account_id,
            email,
            account.to_string(),
            format!(
                "[{{\"tenant\":\"{}\",\"user\":\"{user}\"}}]",
                hospital.tenant
            )
        ])?;
    connection
        .prepare_cached(
            "INSERT INTO users (tenant, id, version, domain, person, account, status, epoch)
             VALUES (?1, ?2, 1, ?3, ?4, ?5, 'active', 0)",
        )?
        .execute(params![
            tenant,
            user_id,
            hospital.domain.as_uuid().as_bytes(),
            person_id,
            account_id
        ])?;
    connection
        .prepare_cached(
            "INSERT INTO assignments (tenant, id, version, user, role, kind, status)
             VALUES (?1, ?2, 1, ?3, ?4, 'learner', 'active')",
        )?
        .execute(params![tenant, assignment, user_id, role])?;
    let entry = Entry {
        at: ids.now(),
        by: By::User {
            user: hospital.owner,
            session: None,
            elevation: None,
        },
        event: Event::UserAdded {
            user,
            person,
            domain: hospital.domain,
            account,
        },
    };
    for _ in 0..3 {
        let sealed = head.seal(hospital.tenant, &entry);
        *head = sealed.head();
        connection
            .prepare_cached(
                "INSERT INTO journal (tenant, number, text, hash) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                tenant,
                i64::try_from(sealed.number)?,
                sealed.text,
                sealed.hash.0
            ])?;
    }
    connection
        .prepare_cached("INSERT INTO outbox (tenant, id, kind, at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            tenant,
            ids.id::<Role>().as_uuid().as_bytes(),
            format!("{{\"kind\":\"added\",\"user\":\"{user}\",\"new_login\":true}}"),
            ids.now().timestamp_micros()
        ])?;
    Ok(())
}
