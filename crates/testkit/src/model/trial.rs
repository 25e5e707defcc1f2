//! The same commands for the model and for the service over a store, compared after each.

mod give;
mod look;

use super::{
    command::{Address, ELSEWHERE, PEOPLE, ROLES, Step, TOKENS, Who},
    draw::Machine,
    statistics::Statistics,
    tenant::{End, Tenant as Model},
};
use crate::{random::SeededRandom, time::FixedClock};
use give::named;
use identity_core::{
    account::Account,
    authority::Actor,
    email::Email,
    id::{Id, Mint},
    journal::{Event, Verifier},
    name::Name,
    owner::{Elevation, Owners, elevation::EndReason},
    person::Person,
    port::{Clock, Directory, Find, Page, Store},
    record::Records,
    role::Role,
    service::{Call, Rollcall},
    session::Session,
    tenant::{CreateTenant, Listing, Tenant, TenantCreated},
    time::Instant,
    token::ApiToken,
    user::User,
};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use proptest_state_machine::ReferenceStateMachine;
use std::{
    collections::BTreeSet,
    fmt::Debug,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

/// How many sequences of how many commands, and from where on the randomness is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// How many sequences.
    pub sequences: u32,
    /// Of how many commands each.
    pub commands: usize,
    /// How many threads share them.
    pub threads: u32,
    /// Another number is other sequences.
    pub seed: u32,
}

/// How many sequences are tried unless somebody says otherwise.
const SEQUENCES: u32 = 1000;

impl Extent {
    /// A thousand sequences of a hundred commands, unless `ROLLCALL_MODEL_SEQUENCES` names another number of sequences; always the
    /// same ones, unless `ROLLCALL_MODEL_SEED` names another number to draw them from.
    ///
    /// # Panics
    /// When one of the variables is no number.
    #[must_use]
    pub fn usual() -> Self {
        let named = |name: &str| {
            std::env::var(name)
                .ok()
                .map(|it| it.parse::<u32>().unwrap())
        };
        Self {
            sequences: named("ROLLCALL_MODEL_SEQUENCES").unwrap_or(SEQUENCES),
            commands: 100,
            threads: 4,
            seed: named("ROLLCALL_MODEL_SEED").unwrap_or(1),
        }
    }

    /// Whether there is less of it than usual.
    #[must_use]
    pub const fn is_short(&self) -> bool {
        self.sequences < SEQUENCES
    }
}

/// Gives random sequences of commands to the model and to stores, and says how often what came of them.
///
/// # Panics
/// On the first difference, with the fewest commands that show it.
pub fn compare<S: Store + Directory + Clone>(
    extent: Extent,
    store: impl Fn() -> S + Sync,
) -> Statistics {
    let all = Mutex::new(Statistics::default());
    let runs = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for thread in 0..extent.threads {
            let (all, runs, store) = (&all, &runs, &store);
            scope.spawn(move || {
                let share = extent.sequences / extent.threads
                    + u32::from(thread < extent.sequences % extent.threads);
                let statistics = share_of(extent, thread, share, runs, store);
                all.lock().unwrap().add(statistics);
            });
        }
    });
    all.into_inner().unwrap()
}

/// One thread's share of the sequences.
fn share_of<S: Store + Directory + Clone>(
    extent: Extent,
    thread: u32,
    share: u32,
    runs: &AtomicU64,
    store: &impl Fn() -> S,
) -> Statistics {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().unwrap();
    let config = Config {
        cases: share,
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    };
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&extent.seed.to_le_bytes());
    seed[4..8].copy_from_slice(&thread.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let statistics = Mutex::new(Statistics::default());
    let sequences = Machine::sequential_strategy(extent.commands);
    let outcome = runner.run(&sequences, |(model, steps, seen)| {
        let run = runs.fetch_add(1, Ordering::Relaxed);
        let told = runtime.block_on(async {
            let mut trial = Trial::begin(store(), run, model).await;
            for step in &steps {
                if let Some(seen) = &seen {
                    seen.fetch_add(1, Ordering::SeqCst);
                }
                trial.step(step).await?;
            }
            trial.end().await?;
            Ok(trial.statistics)
        });
        let told = told.map_err(|Differs(what)| TestCaseError::fail(what))?;
        statistics.lock().unwrap().add(told);
        Ok(())
    });
    match outcome {
        Ok(()) => statistics.into_inner().unwrap(),
        Err(TestError::Abort(why)) => panic!("{why}"),
        Err(TestError::Fail(why, (_, steps, _))) => {
            let steps: Vec<_> = steps.iter().map(|it| format!("  {it:?}")).collect();
            panic!(
                "{why}\nafter {} commands:\n{}",
                steps.len(),
                steps.join("\n")
            );
        }
    }
}

/// How the store differs from the model.
#[derive(Debug)]
struct Differs(String);

fn same<T: PartialEq + Debug>(what: &str, model: &T, store: &T) -> Result<(), Differs> {
    if model == store {
        Ok(())
    } else {
        Err(Differs(format!(
            "{what}\n model: {model:?}\n store: {store:?}"
        )))
    }
}

/// The text of an address, in a run.
fn text(run: u64, address: Address) -> String {
    let text = format!("quill{}@run{run}.example", address.key);
    if address.shouted {
        text.to_uppercase()
    } else {
        text
    }
}

fn email(run: u64, address: Address) -> Email {
    Email::parse(&text(run, address)).unwrap()
}

/// Another tenant, and whoever logs in there.
struct Elsewhere {
    tenant: Id<Tenant>,
    user: Id<User>,
    person: Id<Person>,
}

/// One sequence: the model, and the service over a store, with the ids of what the model numbers.
struct Trial<S> {
    model: Model,
    service: Rollcall<S, FixedClock, SeededRandom>,
    statistics: Statistics,
    tenant: Id<Tenant>,
    elsewhere: Elsewhere,
    start: Instant,
    run: u64,
    persons: Vec<Id<Person>>,
    accounts: Vec<Id<Account>>,
    users: Vec<Id<User>>,
    roles: Vec<Id<Role>>,
    sessions: Vec<Id<Session>>,
    elevations: Vec<Id<Elevation>>,
    tokens: Vec<Id<ApiToken>>,
    /// The sessions that were alive at the last look.
    alive: BTreeSet<usize>,
}

impl<S: Store + Directory + Clone> Trial<S> {
    /// A tenant of its own, with addresses that no other trial has, and another tenant in which one of them logs in.
    async fn begin(store: S, run: u64, model: Model) -> Self {
        let (clock, random) = (FixedClock::default(), SeededRandom::new(run));
        let start = clock.now();
        let mut service = Rollcall::new(store, clock, random);
        // How often a password may be tried is another's to prove.
        service.settings.tries_of_login.tries = u32::MAX;
        let [own, elsewhere] = [0, ELSEWHERE].map(|key| CreateTenant {
            name: Name::parse("Zauberberg").unwrap(),
            domain: None,
            listing: Listing::Unlisted,
            owner_email: email(
                run,
                Address {
                    key,
                    shouted: false,
                },
            ),
            owner_name: named(0),
        });
        let own = service.create_tenant(&Call::operator(), own).await.unwrap();
        let elsewhere = service
            .create_tenant(&Call::operator(), elsewhere)
            .await
            .unwrap();
        let access = |of: &TenantCreated| {
            let finds = vec![Find::Access(of.owner), Find::Roles];
            service.store.load(of.tenant, finds)
        };
        let found = access(&own).await.unwrap();
        let found_elsewhere = access(&elsewhere).await.unwrap();
        let account = |found: &Records| *found.accounts.keys().next().unwrap();
        let person = |found: &Records, user| found.users[&user].record.person;
        let role = |name: &str| {
            let mut roles = found.roles.values();
            let role = roles.find(|it| it.record.name.as_str() == name);
            role.unwrap().record.id
        };
        Self {
            persons: vec![person(&found, own.owner)],
            accounts: vec![account(&found), account(&found_elsewhere)],
            users: vec![own.owner],
            roles: ROLES[..6].iter().map(|it| role(it.0)).collect(),
            sessions: vec![],
            elevations: vec![],
            tokens: vec![],
            alive: BTreeSet::new(),
            elsewhere: Elsewhere {
                tenant: elsewhere.tenant,
                user: elsewhere.owner,
                person: person(&found_elsewhere, elsewhere.owner),
            },
            tenant: own.tenant,
            model,
            service,
            statistics: Statistics::default(),
            start,
            run,
        }
    }

    fn nobody<T>(&self) -> Id<T> {
        Mint::new(self.start, [0xde; 10]).id()
    }

    fn id<T>(&self, ids: &[Id<T>], number: usize) -> Id<T> {
        ids.get(number).copied().unwrap_or_else(|| self.nobody())
    }

    fn actor(&self, who: Who) -> Actor {
        match who {
            Who::Operator => Actor::Operator,
            Who::Host(user) => Actor::User(self.id(&self.users, user)),
            Who::Session(session) => Actor::Session {
                session: self.id(&self.sessions, session),
                user: match self.model.sessions.get(session) {
                    Some(it) => self.users[it.user],
                    None => self.users[0],
                },
            },
            Who::Program(token) => Actor::Token(self.id(&self.tokens, token)),
        }
    }

    /// Gives a command to both, and compares.
    async fn step(&mut self, step: &Step) -> Result<(), Differs> {
        let outcome = self.give(step).await;
        let answer = self.model.give(step);
        let what = format!("{step:?}");
        let as_expected = match (&answer, outcome) {
            (Ok(()), Ok(())) => true,
            (Err(refusal), Err(code)) => refusal.0.contains(&code),
            (Ok(()), Err(_)) | (Err(_), Ok(())) => false,
        };
        if !as_expected {
            return Err(Differs(format!(
                "{what}\n model: {answer:?}\n store: {outcome:?}"
            )));
        }
        self.statistics
            .count(&step.what, outcome.err().unwrap_or("ok"));
        let now: BTreeSet<_> = (0..self.model.sessions.len())
            .filter(|it| self.model.alive(*it))
            .collect();
        let looked_at: Vec<_> = now.union(&self.alive).copied().collect();
        self.alive = now;
        let there = self.look(&looked_at).await;
        self.view(&looked_at).compare(&what, &there)
    }

    /// Compares what is not looked at after each command: that there is nothing more than the model knows, that the owners are
    /// as their record says, and that the journal is whole, tells of each end of an elevation once, and names nobody.
    async fn end(&self) -> Result<(), Differs> {
        let store = &self.service.store;
        let found = store.load(self.tenant, vec![Find::Owners, Find::Elevations]);
        let found = found.await.unwrap();
        same("owners", &Ok(()), &Owners::audit(&found))?;
        let users = store.users(self.tenant, Page::first(1000)).await.unwrap();
        let users: BTreeSet<_> = users.iter().map(|it| it.id).collect();
        same("users", &self.users.iter().copied().collect(), &users)?;
        let roles = store.roles(self.tenant).await.unwrap();
        same("roles", &self.roles.len(), &roles.len())?;
        let tokens = store.api_tokens(self.tenant).await.unwrap();
        same("tokens", &self.tokens.len(), &tokens.len())?;
        let on: BTreeSet<_> = found.elevations.keys().copied().collect();
        let model = self.model.elevations.iter().enumerate();
        let model = model.filter(|(_, it)| it.ended.is_none());
        let model: BTreeSet<_> = model.map(|(it, _)| self.elevations[it]).collect();
        same("elevations that are on", &model, &on)?;
        self.read_journal().await
    }

    async fn read_journal(&self) -> Result<(), Differs> {
        let page = Page::first(1000);
        let journal = self.service.store.journal(self.tenant, page).await.unwrap();
        let mut verifier = Verifier::new(self.tenant, None);
        let mut ends: Vec<(Id<Elevation>, EndReason, i64)> = vec![];
        for sealed in &journal {
            same("journal", &Ok(()), &verifier.read(sealed))?;
            let text = sealed.text.to_lowercase();
            let people = PEOPLE.iter().flat_map(|it| [it.0, it.1]);
            let roles = ROLES.iter().map(|it| it.0.trim());
            let tokens = TOKENS.iter().map(|it| it.0);
            let others = ["@", "quill", "zauberberg", "zeppelin"];
            let mut names = people.chain(roles).chain(tokens).chain(others);
            let told = names.find(|it| text.contains(&it.to_lowercase()));
            same("names in the journal", &None, &told)?;
            if let Some(Event::ElevationEnded {
                elevation,
                why,
                ended_at,
                ..
            }) = sealed.entry().map(|it| it.event)
            {
                ends.push((elevation, why, self.moment(ended_at)));
            }
        }
        let mut model: Vec<_> = (self.model.elevations.iter().zip(&self.elevations))
            .filter_map(|(it, id)| {
                let (why, at) = it.ended?;
                let why = match why {
                    End::SwitchedOff => EndReason::SwitchedOff,
                    End::Deadline => EndReason::Deadline,
                    End::SessionEnded => EndReason::SessionEnded,
                    End::RoleRemoved => EndReason::RoleRemoved,
                };
                Some((*id, why, at))
            })
            .collect();
        model.sort_unstable_by_key(|it| it.0);
        ends.sort_unstable_by_key(|it| it.0);
        same("ends of elevations", &model, &ends)
    }
}
