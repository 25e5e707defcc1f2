//! A stream of commands, killed at any moment (J1, J2): whatever was acknowledged is there, whole, and nothing else is.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of a test, which fail as it does"
)]

use identity_core::{
    account::Opens,
    authority::Actor,
    email::Email,
    id::Id,
    journal::Verifier,
    name::{Name, PersonName},
    owner::Owners,
    port::{Directory as _, Find, Page, Store as _},
    role::{Role, RoleKind},
    service::{Call, Rollcall},
    tenant::{CreateTenant, Listing, Tenant},
    user::{AddUser, User, UserStatus, Whose},
};
use os_ports::{SystemClock, SystemRandom};
use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
};
use store_sqlite::SqliteStore;
use tokio::runtime::{Builder, Runtime};

type Service = Rollcall<SqliteStore, SystemClock, SystemRandom>;

const TEST: &str = "a_stream_of_commands_survives_being_killed_at_any_moment";
const CHILD: &str = "ROLLCALL_TEST_STREAM";

fn service(path: &Path) -> Service {
    Rollcall::new(SqliteStore::open(path).unwrap(), SystemClock, SystemRandom)
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn say(line: &str) {
    println!("\n{line}");
    std::io::stdout().flush().unwrap();
}

/// What is known of a user by what was acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    active: bool,
    roles: Vec<String>,
}

/// One turn on one user: says what it begins, and what was done. Adding, giving, taking, deactivating, a session with Tenant Owner
/// switched on: several records, entries and mails each.
async fn stream(service: &Service, tenant: Id<Tenant>, owner: Id<User>, first: u32) {
    let roles = service.store.roles(tenant).await.unwrap();
    let of = |kind| roles.iter().find(|it| it.kind == kind).unwrap().id;
    let (learner, teacher) = (of(RoleKind::Learner), of(RoleKind::Teacher));
    let everyday = Call::new(tenant, Actor::User(owner));
    for number in first.. {
        let email = format!("user{number}@stream.example");
        let add = AddUser {
            email: Email::parse(&email).unwrap(),
            whose: Whose::KnownOrNew(PersonName {
                given: Name::parse("User").unwrap(),
                family: Name::parse(&number.to_string()).unwrap(),
            }),
            role: learner,
            status: UserStatus::Active,
        };
        say(&format!("begin {email} active Learner"));
        let user = service.add_user(&everyday, add).await.unwrap().user;
        say("done");
        say(&format!("begin {email} active Learner Teacher"));
        service.assign_role(&everyday, user, teacher).await.unwrap();
        say("done");
        say(&format!("begin {email} active Teacher"));
        service.remove_role(&everyday, user, learner).await.unwrap();
        say("done");
        say(&format!("begin {email} inactive Teacher"));
        service.deactivate_user(&everyday, user).await.unwrap();
        say("done");
        elevate_and_grant(
            service,
            tenant,
            owner,
            user,
            of(RoleKind::SystemAdministrator),
            &email,
        )
        .await;
    }
}

async fn elevate_and_grant(
    service: &Service,
    tenant: Id<Tenant>,
    owner: Id<User>,
    user: Id<User>,
    role: Id<Role>,
    email: &str,
) {
    // These change no user, so that nothing is said of them.
    let opened = service.open_session_of(Opens {
        tenant,
        user: owner,
    });
    let session = opened.await.unwrap().id;
    let call = Call::new(
        tenant,
        Actor::Session {
            session,
            user: owner,
        },
    );
    let reason = Name::parse("stream").unwrap();
    service.elevate(&call, reason).await.unwrap();
    say(&format!(
        "begin {email} inactive System Administrator Teacher"
    ));
    service.assign_role(&call, user, role).await.unwrap();
    say("done");
    service.end_session(&call, session).await.unwrap();
}

fn parsed(line: &str) -> (String, Known) {
    let mut words = line.splitn(3, ' ');
    let (email, status) = (words.next().unwrap(), words.next().unwrap());
    let roles = words
        .next()
        .unwrap()
        .replace("System Administrator", "System_Administrator");
    let mut roles: Vec<_> = roles.split(' ').map(|it| it.replace('_', " ")).collect();
    roles.sort();
    let known = Known {
        active: status == "active",
        roles,
    };
    (email.to_owned(), known)
}

/// Everybody, as the store has them.
async fn users(service: &Service, tenant: Id<Tenant>) -> BTreeMap<String, Known> {
    let mut all = BTreeMap::new();
    let mut page = Page::first(1000);
    loop {
        let lines = service.store.users(tenant, page).await.unwrap();
        page.after = lines.last().map(|it| it.id);
        for line in &lines {
            let mut roles: Vec<_> = line
                .roles
                .iter()
                .map(|(_, it)| it.as_str().to_owned())
                .collect();
            roles.sort();
            let email = line.email.as_ref().unwrap().as_str().to_owned();
            let active = line.status == UserStatus::Active;
            all.insert(email, Known { active, roles });
        }
        if lines.len() < page.bounded() {
            return all;
        }
    }
}

#[test]
fn a_stream_of_commands_survives_being_killed_at_any_moment() {
    if let Ok(child) = std::env::var(CHILD) {
        let mut words = child.splitn(4, ' ');
        let mut word = || words.next().unwrap();
        let (tenant, owner) = (word().parse().unwrap(), word().parse().unwrap());
        let first = word().parse().unwrap();
        let service = service(Path::new(word()));
        return runtime().block_on(stream(&service, tenant, owner, first));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stream.db");
    let runtime = runtime();
    let created = {
        let create = CreateTenant {
            name: Name::parse("Stream").unwrap(),
            domain: None,
            listing: Listing::Unlisted,
            owner_email: Email::parse("owner@stream.example").unwrap(),
            owner_name: PersonName {
                given: Name::parse("Olive").unwrap(),
                family: Name::parse("Owner").unwrap(),
            },
        };
        let service = service(&path);
        runtime
            .block_on(service.create_tenant(&Call::operator(), create))
            .unwrap()
    };
    let tenant = created.tenant;
    // What was acknowledged, of everybody; and what was begun when the process was killed.
    let mut acknowledged = runtime.block_on(users(&service(&path), tenant));
    let mut verified = Verifier::new(tenant, None);
    let mut read = None;
    let (mut lost_answers, mut commands) = (0, 0);
    for round in 0..200_u32 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([TEST, "--exact", "--nocapture"])
            .env(
                CHILD,
                format!(
                    "{tenant} {} {} {}",
                    created.owner,
                    round * 1000,
                    path.display()
                ),
            )
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Somewhere in the next dozens of lines, then a few more instants that depend on the machine alone.
        let mut left = 1 + round * 37 % 41;
        let mut begun: Option<(String, Known)> = None;
        for line in lines {
            let line = line.unwrap();
            if let Some(what) = line.strip_prefix("begin ") {
                begun = Some(parsed(what));
            } else if line == "done" {
                let (email, known) = begun.take().unwrap();
                acknowledged.insert(email, known);
                commands += 1;
            } else {
                continue;
            }
            left = left.saturating_sub(1);
            if left == 0 {
                // A little later each time, so that some are killed between the commit and the answer.
                (0..round * 7919 % 300_000).for_each(|_| std::hint::spin_loop());
                child.kill().unwrap();
                left = u32::MAX;
            }
        }
        child.wait().unwrap();

        let service = service(&path);
        runtime.block_on(async {
            let found = users(&service, tenant).await;
            if found != acknowledged {
                // The one command whose answer was lost may be there, and then all of it.
                let (email, known) = begun.clone().unwrap_or_else(|| {
                    panic!("round {round}: something is there that nobody began, or is missing")
                });
                acknowledged.insert(email, known);
                lost_answers += 1;
                assert_eq!(found, acknowledged, "round {round}");
            }
            let records = service
                .store
                .load(tenant, vec![Find::Owners])
                .await
                .unwrap();
            Owners::audit(&records).unwrap();
            let mut page = Page {
                after: read,
                limit: 1000,
            };
            loop {
                let entries = service.store.journal(tenant, page).await.unwrap();
                entries.iter().for_each(|it| verified.read(it).unwrap());
                page.after = entries.last().map(|it| it.number).or(page.after);
                if entries.len() < page.bounded() {
                    break;
                }
            }
            read = page.after;
        });
    }
    println!("200 kills, {commands} commands acknowledged, {lost_answers} answers lost");
    assert!(commands > 200, "killed too early to prove anything");
}
