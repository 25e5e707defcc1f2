//! Owners of one tenant against each other, each in a process of their own, all on one file (O1).
//!
//! Children live through all rounds, so that a round costs no start of a process: the parent tells each what to do, and all begin
//! at once. `ROLLCALL_RACE_ROUNDS` makes it longer.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
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
    role::{AssignmentStatus, Role, RoleKind, RoleStatus},
    service::{Call, Rollcall},
    session::Session,
    tenant::{CreateTenant, DomainKind, DomainStatus, Listing, Tenant},
    user::{AddUser, User, UserStatus, Whose},
};
use os_ports::{SystemClock, SystemRandom};
use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Lines, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
};
use store_sqlite::SqliteStore;
use tokio::runtime::{Builder, Runtime};

type Service = Rollcall<SqliteStore, SystemClock, SystemRandom>;

const CHILD: &str = "ROLLCALL_TEST_RACER";

fn service(path: &Path) -> Service {
    Rollcall::new(SqliteStore::open(path).unwrap(), SystemClock, SystemRandom)
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// What an owner may do to another: mostly what takes an owner away.
const ACTS: [&str; 9] = [
    "remove",
    "remove",
    "remove",
    "rest",
    "rest",
    "deactivate",
    "unlink",
    "end",
    "grant",
];

/// Does what it is told, a line each: an act, the actor's user and session, the target. Answers with a word each.
fn race(path: &Path, tenant: Id<Tenant>, role: Id<Role>) {
    let (service, runtime) = (service(path), runtime());
    println!("\nanswer ready");
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let [act, user, session, target] = words.as_slice() else {
            panic!("{line}");
        };
        let actor = Actor::Session {
            session: session.parse().unwrap(),
            user: user.parse().unwrap(),
        };
        let call = Call::new(tenant, actor);
        let target: Id<User> = target.parse().unwrap();
        let answer = runtime.block_on(async {
            match *act {
                "remove" => code(service.remove_role(&call, target, role).await),
                "rest" => code(service.deactivate_role(&call, target, role).await),
                "deactivate" => code(service.deactivate_user(&call, target).await),
                "unlink" => code(service.unlink_login(&call, target).await),
                "end" => code(service.end_sessions(&call, target).await),
                "grant" => code(service.assign_role(&call, target, role).await),
                other => panic!("{other}"),
            }
        });
        println!("\nanswer {answer}");
        std::io::stdout().flush().unwrap();
    }
}

fn code<T, R: identity_core::refusal::Refusal>(
    outcome: Result<T, identity_core::service::Failure<R>>,
) -> &'static str {
    match outcome {
        Ok(_) => "done",
        Err(failure) => failure.code(),
    }
}

/// Another process that races.
struct Racer {
    child: Child,
    to: ChildStdin,
    from: Lines<BufReader<ChildStdout>>,
}

impl Racer {
    fn start(test: &str, path: &Path, tenant: Id<Tenant>, role: Id<Role>) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture"])
            .env(CHILD, format!("{tenant} {role} {}", path.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut racer = Self {
            to: child.stdin.take().unwrap(),
            from: BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
        };
        assert_eq!(racer.answer(), "ready");
        racer
    }

    fn tell(&mut self, line: &str) {
        writeln!(self.to, "{line}").unwrap();
        self.to.flush().unwrap();
    }

    fn answer(&mut self) -> String {
        let answers =
            |line: std::io::Result<String>| Some(line.unwrap().strip_prefix("answer ")?.to_owned());
        self.from.find_map(answers).unwrap()
    }
}

/// A tenant with owners, and the processes in which they act.
struct Arena {
    runtime: Runtime,
    service: Service,
    tenant: Id<Tenant>,
    role: Id<Role>,
    owners: Vec<Id<User>>,
    racers: Vec<Racer>,
    dice: u64,
}

impl Arena {
    fn open(test: &str, path: &Path, racers: usize) -> Self {
        let (service, runtime) = (service(path), runtime());
        let (tenant, role, owners) = runtime.block_on(async {
            let create = CreateTenant {
                name: Name::parse("Arena").unwrap(),
                domain: None,
                listing: Listing::Unlisted,
                owner_email: Email::parse("owner0@arena.example").unwrap(),
                owner_name: name(0),
            };
            let created = service
                .create_tenant(&Call::operator(), create)
                .await
                .unwrap();
            let roles = service.store.roles(created.tenant).await.unwrap();
            let of = |kind| roles.iter().find(|it| it.kind == kind).unwrap().id;
            let everyday = Call::new(created.tenant, Actor::User(created.owner));
            let mut owners = vec![created.owner];
            for number in 1..racers {
                let add = AddUser {
                    email: Email::parse(&format!("owner{number}@arena.example")).unwrap(),
                    whose: Whose::KnownOrNew(name(number)),
                    role: of(RoleKind::SystemAdministrator),
                    status: UserStatus::Active,
                };
                owners.push(service.add_user(&everyday, add).await.unwrap().user);
            }
            (created.tenant, of(RoleKind::TenantOwner), owners)
        });
        let racers = (0..racers).map(|_| Racer::start(test, path, tenant, role));
        Self {
            racers: racers.collect(),
            runtime,
            service,
            tenant,
            role,
            owners,
            dice: 7,
        }
    }

    /// A number below `sides`, the same in every run.
    fn dice(&mut self, sides: usize) -> usize {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        usize::try_from(self.dice % u64::try_from(sides).unwrap()).unwrap()
    }

    /// A session of this owner's with the role switched on.
    async fn elevated(&self, user: Id<User>) -> (Id<Session>, Call) {
        let tenant = self.tenant;
        let opened = self
            .service
            .open_session_of(Opens { tenant, user })
            .await
            .unwrap();
        let session = opened.id;
        let call = Call::new(tenant, Actor::Session { session, user });
        let reason = Name::parse("race").unwrap();
        self.service.elevate(&call, reason).await.unwrap();
        (session, call)
    }

    /// Makes every one of them an owner again, by one who still is.
    async fn restore(&self) {
        let usable = self.usable().await;
        let (_, call) = self.elevated(usable[0]).await;
        for user in self.owners.iter().filter(|it| !usable.contains(it)) {
            // What is so already is refused, and that is well.
            let _ = self.service.reactivate_user(&call, *user).await;
            let _ = self.service.link_login(&call, *user).await;
            self.service
                .assign_role(&call, *user, self.role)
                .await
                .unwrap();
        }
        assert_eq!(self.usable().await.len(), self.owners.len());
    }

    async fn usable(&self) -> Vec<Id<User>> {
        let owners = self.service.store.owners(self.tenant).await.unwrap();
        owners.iter().map(|it| it.id).collect()
    }

    /// One round: everybody acts on somebody at once, and while they do, somebody watches.
    fn round(&mut self, watched: &AtomicBool, told: &mut BTreeMap<String, u32>) {
        let count = self.owners.len();
        let sessions: Vec<Id<Session>> = self.runtime.block_on(async {
            self.restore().await;
            let mut sessions = Vec::new();
            for user in &self.owners {
                sessions.push(self.elevated(*user).await.0);
            }
            sessions
        });
        let lines: Vec<String> = (0..count)
            .map(|number| {
                let target = (number + 1 + self.dice(count - 1)) % count;
                let act = ACTS[self.dice(ACTS.len())];
                let (user, session) = (self.owners[number], sessions[number]);
                format!("{act} {user} {session} {}", self.owners[target])
            })
            .collect();
        for (racer, line) in self.racers.iter_mut().zip(&lines) {
            racer.tell(line);
        }
        for (racer, line) in self.racers.iter_mut().zip(&lines) {
            let answer = racer.answer();
            assert!(
                !FAULTS.contains(&answer.as_str()),
                "`{answer}` is no typed refusal of `{line}`"
            );
            *told.entry(answer).or_default() += 1;
        }
        let records = self
            .runtime
            .block_on(self.service.store.load(self.tenant, vec![Find::Owners]));
        Owners::audit(&records.unwrap()).unwrap();
        assert!(watched.load(Ordering::Relaxed), "the watch saw no owner");
    }
}

/// How many of these are usable owners, by what makes them so and not by the owners' record, all as of one instant.
async fn usable_by_the_facts(service: &Service, tenant: Id<Tenant>, all: &[Id<User>]) -> usize {
    let finds = all.iter().map(|it| Find::Access(*it)).collect();
    let records = service.store.load(tenant, finds).await.unwrap();
    let holds = |user: Id<User>| {
        let mut assignments = records.assignments.values().map(|it| &it.record);
        assignments.any(|it| {
            let role = &records.roles[&it.role].record;
            it.user == user
                && it.status == AssignmentStatus::Active
                && role.kind == RoleKind::TenantOwner
                && role.status == RoleStatus::Active
        })
    };
    let can_come_in = |user: &User| {
        let domain = &records.domains[&user.domain].record;
        let account = user.account.and_then(|it| records.accounts.get(&it));
        domain.status == DomainStatus::Active
            && domain.kind == DomainKind::Internal
            && account.is_some_and(|it| it.record.is_linked())
    };
    let usable = all
        .iter()
        .map(|it| &records.users[it].record)
        .filter(|it| it.status == UserStatus::Active && holds(it.id) && can_come_in(it));
    usable.count()
}

/// What must not be answered: whoever loses a race is refused by a rule, and told which, and never by the store.
const FAULTS: [&str; 5] = [
    "contended",
    "store_unavailable",
    "store_corrupt",
    "outcome_unknown",
    "no_randomness",
];

fn name(number: usize) -> PersonName {
    PersonName {
        given: Name::parse("Owner").unwrap(),
        family: Name::parse(&format!("Number {number}")).unwrap(),
    }
}

fn rounds() -> u32 {
    let asked = std::env::var("ROLLCALL_RACE_ROUNDS").ok();
    asked.and_then(|it| it.parse().ok()).unwrap_or(1_000)
}

fn run(test: &str, racers: usize) {
    if let Ok(child) = std::env::var(CHILD) {
        let mut words = child.splitn(3, ' ');
        let mut word = || words.next().unwrap();
        let (tenant, role) = (word().parse().unwrap(), word().parse().unwrap());
        return race(Path::new(word()), tenant, role);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("arena.db");
    let mut arena = Arena::open(test, &path, racers);
    let (watched, over) = (AtomicBool::new(true), AtomicBool::new(false));
    let mut told = BTreeMap::new();
    let (tenant, everybody) = (arena.tenant, arena.owners.clone());
    std::thread::scope(|scope| {
        // At every instant at which anybody looks there is a usable owner.
        let watch = scope.spawn(|| {
            let (service, runtime) = (service(&path), runtime());
            let mut seen = BTreeMap::<usize, u32>::new();
            while !over.load(Ordering::Relaxed) {
                let look = usable_by_the_facts(&service, tenant, &everybody);
                let usable = runtime.block_on(look);
                if usable == 0 {
                    watched.store(false, Ordering::Relaxed);
                }
                *seen.entry(usable).or_default() += 1;
                std::thread::yield_now();
            }
            seen
        });
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..rounds() {
                arena.round(&watched, &mut told);
            }
        }));
        over.store(true, Ordering::Relaxed);
        let seen = watch.join().unwrap();
        if let Err(panic) = ended {
            std::panic::resume_unwind(panic);
        }
        println!("usable owners, and how often so many were seen: {seen:?}");
        // It was not always looked at when everything was in order.
        assert!(seen.len() > 1, "{seen:?}");
    });
    let Arena {
        runtime,
        service,
        racers,
        ..
    } = arena;
    let count = racers.len();
    for mut racer in racers {
        drop(racer.to);
        assert!(racer.child.wait().unwrap().success());
    }
    println!("{count} processes: {told:?}");
    // They did collide: some won, and some came too late.
    for word in ["done", "elevation_required", "holds_tenant_owner"] {
        assert!(told.contains_key(word), "{word}: {told:?}");
    }
    runtime.block_on(async {
        let mut verifier = Verifier::new(tenant, None);
        let mut page = Page::first(1000);
        loop {
            let entries = service.store.journal(tenant, page).await.unwrap();
            entries.iter().for_each(|it| verifier.read(it).unwrap());
            page.after = entries.last().map(|it| it.number);
            if entries.len() < page.bounded() {
                break;
            }
        }
        verifier.finish().unwrap();
    });
}

/// O1, O3: owners who remove, rest, deactivate, cut off and grant each other from two processes.
#[test]
fn two_processes_leave_a_usable_owner() {
    run("two_processes_leave_a_usable_owner", 2);
}

/// O1, O3: the same of eight.
#[test]
fn eight_processes_leave_a_usable_owner() {
    run("eight_processes_leave_a_usable_owner", 8);
}
