//! Every interleaving of three owners who load, decide and commit, explored to the end (O1).
//!
//! The decisions are those of the core. A state is what they look at: who is active, linked, an owner, switched on, and whom the
//! owners' record lists; and for each of the three what they have decided and not yet committed. Versions are not counted: what
//! is in flight is let go as soon as something is written that it relies on, since no store would commit it any more. So the
//! states are finite, and all of them are seen.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "whatever is unexpected in a test must end it, and how much was seen is worth reading"
)]

use chrono::TimeDelta;
use identity_core::{
    account::{Account, LoginLink},
    authority::{Actor, Authority},
    changeset::{Changeset, Expect, Write},
    id::{Id, Mint},
    login::{Linking, set_link},
    name::Name,
    owner::{
        Elevation, Owners,
        elevation::{ElevationState, switch_off, switch_on},
        replace::{ReplaceOwner, Successor},
    },
    port::{Clock, Find, Store},
    record::{Put, Records, Ref, Version},
    role::{Assignment, AssignmentStatus, Holding, Role, RoleKind},
    session::Session,
    tenant::Tenant,
    time::Instant,
    user::{User, UserStatus, set_status},
};
use stateright::{Checker, Model, Property};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
};
use testkit::{
    contract::{Harness, block_on},
    hospital::Staffing,
    memory::MemoryStore,
};

/// One of the three, by number.
type Who = usize;
const ALL: [Who; 3] = [0, 1, 2];

/// What one of them asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Command {
    Elevate,
    Drop,
    Grant(Who),
    Remove(Who),
    Deactivate(Who),
    Reactivate(Who),
    Unlink(Who),
    Link(Who),
    /// Asked for by the platform operator.
    Replace(Who, Who),
}

/// A step of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    /// Somebody loads and decides.
    Decide(Who, Command),
    /// And commits what was decided.
    Commit(Who),
    /// The deadline of an elevation passes.
    Deadline(Who),
}

/// What is there of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Standing {
    active: bool,
    linked: bool,
    owner: bool,
    /// Tenant Owner is on in the session they are in. Whoever can come in has a session.
    on: bool,
    /// The owners' record lists them.
    listed: bool,
}

impl Standing {
    const fn usable(self) -> bool {
        self.active && self.linked && self.owner
    }
}

type Facts = [Standing; 3];

/// What is there, and the number of what each has decided.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    facts: Facts,
    in_flight: [Option<usize>; 3],
}

/// What keeps two decisions from both being committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Guards {
    /// The record that stands for the owners collides, when both write it.
    owners_record: bool,
    /// What a decision relied on without writing it has to be as it was.
    expectations: bool,
    /// The store counts the usable owners inside the commit.
    audit: bool,
}

/// Something decided: what it does, and what it must find as it was.
#[derive(Debug)]
struct Decided {
    changes: Changeset,
    relies_on: BTreeSet<Ref>,
    writes: BTreeSet<Ref>,
}

/// The world, with what was worked out once: a decision is a function of what is there.
struct World {
    guards: Guards,
    tenant: Id<Tenant>,
    now: Instant,
    /// A tenant of three owners who can come in, none of them switched on.
    base: Records,
    users: [Id<User>; 3],
    accounts: [Id<Account>; 3],
    sessions: [Id<Session>; 3],
    owner: Id<Role>,
    worked_out: Mutex<WorkedOut>,
}

#[derive(Default)]
struct WorkedOut {
    decided: Vec<Arc<Decided>>,
    numbers: HashMap<String, usize>,
    decisions: HashMap<(Facts, Who, Command), Option<usize>>,
    commits: HashMap<(Facts, usize), Option<Facts>>,
}

/// What the ids of a grant and of an elevation are made of: the same for the same person, so that states that are alike are one.
const GRANT: u8 = 1;
const ELEVATION: u8 = 2;

impl World {
    fn new(guards: Guards) -> Self {
        block_on(async {
            let harness = Harness::new(MemoryStore::new());
            let staffing = Staffing::of("General").owners(3);
            let hospital = harness.staffed(staffing).await.unwrap();
            let mut finds = vec![Find::Tenant, Find::Domains, Find::Roles, Find::Owners];
            let mut sessions = Vec::new();
            for owner in &hospital.owners {
                let call = harness.logged_in(&hospital, owner).await.unwrap();
                let Actor::Session { session, .. } = call.actor else {
                    unreachable!("a call in a session");
                };
                finds.extend([Find::Keys(owner.user), Find::Session(session)]);
                sessions.push(session);
            }
            let mut base = harness.store.load(hospital.tenant, finds).await.unwrap();
            // Everybody manages users, owner or not.
            for (who, owner) in hospital.owners.iter().enumerate() {
                let assignment = Assignment {
                    id: ids(harness.clock.now(), 3, who).id(),
                    user: owner.user,
                    role: hospital.role(RoleKind::SystemAdministrator),
                    kind: RoleKind::SystemAdministrator,
                    status: AssignmentStatus::Active,
                };
                base.insert(assignment.into(), Version::FIRST);
                base.remove(&Ref::Assignment(owner.assignment));
            }
            Self {
                guards,
                tenant: hospital.tenant,
                now: harness.clock.now(),
                users: ALL.map(|it| hospital.owners[it].user),
                accounts: ALL.map(|it| hospital.owners[it].account),
                sessions: ALL.map(|it| sessions[it]),
                owner: hospital.role(RoleKind::TenantOwner),
                base,
                worked_out: Mutex::default(),
            }
        })
    }

    /// The records in which these facts are.
    fn records(&self, facts: &Facts) -> Records {
        let mut records = self.base.clone();
        for who in ALL {
            let Standing {
                active,
                linked,
                owner,
                on,
                ..
            } = facts[who];
            let user = records.users.get_mut(&self.users[who]).unwrap();
            user.record.status = if active {
                UserStatus::Active
            } else {
                UserStatus::Inactive
            };
            let account = records.accounts.get_mut(&self.accounts[who]).unwrap();
            if !linked {
                account.record.link = LoginLink::Unlinked;
            }
            if owner {
                let put = Put::from(Assignment {
                    id: ids(self.now, GRANT, who).id(),
                    user: self.users[who],
                    role: self.owner,
                    kind: RoleKind::TenantOwner,
                    status: AssignmentStatus::Active,
                });
                records.insert(put, Version::FIRST);
            }
            if on {
                let elevation = Elevation {
                    id: ids(self.now, ELEVATION, who).id(),
                    user: self.users[who],
                    session: self.sessions[who],
                    reason: Name::parse("quarterly review").unwrap(),
                    since: self.now,
                    until: self.now + TimeDelta::minutes(15),
                    state: ElevationState::On,
                };
                let session = records.sessions.get_mut(&self.sessions[who]).unwrap();
                session.record.elevation = Some(elevation.id);
                records.insert(elevation.into(), Version::FIRST);
            }
        }
        let owners = records.owners.get_mut(&self.tenant).unwrap();
        let listed = ALL.into_iter().filter(|it| facts[*it].listed);
        owners.record.usable = listed.map(|it| self.users[it]).collect();
        records
    }

    /// The facts that are in these records. Whoever lost their session has another one, in which nothing is on.
    fn facts(&self, records: &Records) -> Facts {
        ALL.map(|who| {
            let user = &records.users[&self.users[who]].record;
            let account = &records.accounts[&self.accounts[who]].record;
            let session = &records.sessions[&self.sessions[who]].record;
            let alive = session.alive(user, Some(account), self.now).is_ok();
            let on = session.elevation.and_then(|it| records.elevations.get(&it));
            let on = on.is_some_and(|it| it.record.in_force(self.now));
            Standing {
                active: user.status == UserStatus::Active,
                linked: account.is_linked(),
                owner: Owners::holds(user.id, records),
                on: alive && on,
                listed: records.owners[&self.tenant]
                    .record
                    .usable
                    .contains(&user.id),
            }
        })
    }

    /// What somebody decides on these facts; nothing where the core refuses.
    fn decide(&self, facts: &Facts, who: Who, command: Command) -> Option<Changeset> {
        let records = &self.records(facts);
        let actor = match command {
            Command::Replace(..) => Actor::Operator,
            _ => Actor::Session {
                session: self.sessions[who],
                user: self.users[who],
            },
        };
        let authority = &Authority::of(&actor, self.tenant, records, self.now).ok()?;
        let holding = |it: Who| Holding::of(records, self.users[it], self.owner);
        let status =
            |it: Who, status| set_status(authority, records, self.users[it], status, self.now).ok();
        let link =
            |it: Who, link| set_link(authority, records, self.users[it], link, self.now).ok();
        match command {
            Command::Elevate => {
                let reason = Name::parse("quarterly review").unwrap();
                let mut ids = ids(self.now, ELEVATION, who);
                let decided = switch_on(authority, records, reason, &mut ids).ok()?;
                Some(decided.0)
            }
            Command::Drop => switch_off(authority, records, self.now).ok(),
            Command::Grant(it) => {
                let mut ids = ids(self.now, GRANT, it);
                Some(holding(it).assign(authority, &mut ids).ok()?.0)
            }
            Command::Remove(it) => holding(it).remove(authority, self.now).ok(),
            Command::Deactivate(it) => status(it, UserStatus::Inactive),
            Command::Reactivate(it) => status(it, UserStatus::Active),
            Command::Unlink(it) => link(it, Linking::Cut),
            Command::Link(it) => link(it, Linking::Embedded),
            Command::Replace(leaving, successor) => {
                let command = ReplaceOwner {
                    leaving: self.users[leaving],
                    successor: Successor::User(self.users[successor]),
                };
                let mut ids = ids(self.now, GRANT, successor);
                Some(command.decide(authority, records, &mut ids).ok()?.0)
            }
        }
    }

    /// The number of what somebody decides on these facts.
    fn decided(&self, facts: &Facts, who: Who, command: Command) -> Option<usize> {
        let question = (*facts, who, command);
        if let Some(known) = self.worked_out.lock().unwrap().decisions.get(&question) {
            return *known;
        }
        let changes = self.decide(facts, who, command);
        let mut worked_out = self.worked_out.lock().unwrap();
        let WorkedOut {
            decided, numbers, ..
        } = &mut *worked_out;
        let number = changes.map(|changes| {
            let text = format!("{:?} {:?}", changes.expects(), changes.writes());
            *numbers.entry(text).or_insert_with(|| {
                decided.push(Arc::new(self.guarded(changes)));
                decided.len() - 1
            })
        });
        worked_out.decisions.insert(question, number);
        number
    }

    /// What a decision must find as it was, as far as the guards look.
    fn guarded(&self, changes: Changeset) -> Decided {
        let writes = changes.writes().iter().map(|it| match it {
            Write::Create(put) | Write::Replace(put, _) => put.reference(),
            Write::Erase(reference, _) => reference.clone(),
        });
        let writes: BTreeSet<_> = writes.collect();
        let expects = changes.expects().iter().map(|it| match it {
            Expect::At(reference, _) => reference.clone(),
            Expect::Persons { .. } => unreachable!("nobody is looked up by address here"),
        });
        let expects = expects.filter(|_| self.guards.expectations);
        let mut relies_on: BTreeSet<_> = expects.chain(writes.iter().cloned()).collect();
        if !self.guards.owners_record {
            relies_on.remove(&Ref::Owners(self.tenant));
        }
        Decided {
            changes,
            relies_on,
            writes,
        }
    }

    fn numbered(&self, number: usize) -> Arc<Decided> {
        Arc::clone(&self.worked_out.lock().unwrap().decided[number])
    }

    /// The facts after a commit, unless the audit refuses it.
    fn committed(&self, facts: &Facts, number: usize) -> Option<Facts> {
        let question = (*facts, number);
        if let Some(known) = self.worked_out.lock().unwrap().commits.get(&question) {
            return *known;
        }
        let mut records = self.records(facts);
        let decided = self.numbered(number);
        for write in decided.changes.writes() {
            match write {
                Write::Create(put) | Write::Replace(put, _) => {
                    records.insert(put.clone(), Version::FIRST);
                }
                Write::Erase(reference, _) => records.remove(reference),
            }
        }
        let audited = self.guards.audit && decided.changes.touches_owners();
        let refused = audited && Owners::audit(&records).is_err();
        let after = (!refused).then(|| self.facts(&records));
        let mut worked_out = self.worked_out.lock().unwrap();
        worked_out.commits.insert(question, after);
        after
    }
}

fn ids(now: Instant, what: u8, who: Who) -> Mint {
    let mut entropy = [0; 10];
    entropy[0] = what;
    entropy[1] = u8::try_from(who).unwrap();
    Mint::new(now, entropy)
}

impl Model for World {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        let standing = Standing {
            active: true,
            linked: true,
            owner: true,
            on: false,
            listed: true,
        };
        vec![State {
            facts: [standing; 3],
            in_flight: [None; 3],
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        for who in ALL {
            if state.facts[who].on {
                steps.push(Step::Deadline(who));
            }
            if state.in_flight[who].is_some() {
                steps.push(Step::Commit(who));
                continue;
            }
            let mut commands = vec![Command::Elevate, Command::Drop];
            for it in ALL {
                commands.extend([
                    Command::Grant(it),
                    Command::Remove(it),
                    Command::Deactivate(it),
                    Command::Reactivate(it),
                    Command::Unlink(it),
                    Command::Link(it),
                ]);
                commands.extend(ALL.map(|successor| Command::Replace(it, successor)));
            }
            let decided = |it: &Command| self.decided(&state.facts, who, *it).is_some();
            let commands = commands.into_iter().filter(decided);
            steps.extend(commands.map(|it| Step::Decide(who, it)));
        }
    }

    fn next_state(&self, state: &State, step: Step) -> Option<State> {
        let mut state = state.clone();
        match step {
            Step::Deadline(who) => state.facts[who].on = false,
            Step::Decide(who, command) => {
                state.in_flight[who] = self.decided(&state.facts, who, command);
            }
            Step::Commit(who) => {
                let number = state.in_flight[who].take()?;
                if let Some(after) = self.committed(&state.facts, number) {
                    state.facts = after;
                    let written = &self.numbered(number).writes;
                    for other in &mut state.in_flight {
                        let stale =
                            |it: &mut usize| !self.numbered(*it).relies_on.is_disjoint(written);
                        other.take_if(stale);
                    }
                }
            }
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(USABLE, |_, state: &State| {
                state.facts.iter().any(|it| it.usable())
            }),
            Property::always(LISTED, |_, state: &State| {
                state.facts.iter().all(|it| it.listed == it.usable())
            }),
            Property::sometimes(ALONE, |_, state: &State| {
                let owners = state.facts.iter().filter(|it| it.usable());
                owners.count() == 1 && state.in_flight.iter().flatten().count() == 2
            }),
        ]
    }
}

const USABLE: &str = "there is a usable owner";
const LISTED: &str = "the record lists the usable owners";
const ALONE: &str = "one owner is left while others have decided";

/// Sees every state, and says how a property was lost, if it was.
fn explore(guards: Guards) -> [Option<Vec<Step>>; 3] {
    let checked = World::new(guards).checker().threads(2).spawn_bfs().join();
    let found = [USABLE, LISTED, ALONE].map(|it| checked.discovery(it));
    let (unique, all) = (checked.unique_state_count(), checked.state_count());
    eprintln!("{guards:?}: {unique} states, {all} with those seen again");
    let [usable, listed, alone] = found.map(|it| it.map(stateright::Path::into_actions));
    for (what, steps) in [(USABLE, &usable), (LISTED, &listed)] {
        if let Some(steps) = steps {
            eprintln!("  not so: {what}, after {steps:?}");
        }
    }
    [usable, listed, alone]
}

/// O1: whoever loads, decides and commits in whatever order, a usable owner is left, and the owners' record lists who is usable.
/// The audit inside the commit sees to it whether or not anything else collides.
#[test]
fn a_usable_owner_is_left_in_every_interleaving() {
    for (owners_record, expectations) in
        [(true, true), (false, true), (true, false), (false, false)]
    {
        let [usable, listed, alone] = explore(Guards {
            owners_record,
            expectations,
            audit: true,
        });
        assert_eq!((usable, listed), (None, None));
        // What was explored is about something: the last owner was reached, with others in flight.
        assert!(alone.is_some());
    }
}

/// The exploration notices a guard that is gone: where nothing collides but what both write, the last owner is lost; and where the
/// owners' record does not collide either, it comes to list others than those who are usable.
#[test]
fn without_its_guards_a_tenant_loses_its_last_owner() {
    for expectations in [true, false] {
        let [usable, listed, _] = explore(Guards {
            owners_record: false,
            expectations,
            audit: false,
        });
        assert!(listed.is_some());
        assert!(usable.is_some() || expectations);
    }
}
