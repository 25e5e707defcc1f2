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
        Elevation, Owners, Proposal,
        elevation::{ElevationState, switch_off, switch_on},
        proposal::{self, Candidate},
        replace::{ReplaceOwner, Successor},
    },
    port::{Clock, Find, Store},
    record::{Put, Records, Ref, Stored, Version},
    role::{Assignment, AssignmentStatus, Holding, Role, RoleKind},
    session::Session,
    tenant::{OwnerGrants, Tenant},
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
    /// The assignment of Tenant Owner counts no more until it is given again.
    Rest(Who),
    Deactivate(Who),
    Reactivate(Who),
    Unlink(Who),
    Link(Who),
    /// Asked for by the platform operator.
    Replace(Who, Who),
    Propose(Who),
    Approve(Who),
    Withdraw(Who),
}

/// What is explored at once. All of it together has more states than there is time for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Topic {
    /// Everything that one owner alone may do, and the platform operator.
    OneOwner,
    /// Assignments that rest, and are given again.
    Resting,
    /// A second owner approves; there are two at first, and somebody who is none.
    TwoOwners,
}

impl Topic {
    fn commands(self) -> Vec<Command> {
        use Command::{
            Approve, Deactivate, Drop, Elevate, Grant, Link, Propose, Reactivate, Remove, Replace,
            Rest, Unlink, Withdraw,
        };
        let mut commands = vec![Elevate, Drop];
        for it in ALL {
            commands.extend([Remove(it), Deactivate(it), Reactivate(it)]);
            match self {
                Self::OneOwner => {
                    commands.extend([Grant(it), Unlink(it), Link(it)]);
                    commands.extend(ALL.map(|successor| Replace(it, successor)));
                }
                Self::Resting => {
                    commands.extend([Grant(it), Rest(it)]);
                    commands.extend(ALL.map(|successor| Replace(it, successor)));
                }
                Self::TwoOwners => {
                    commands.extend([Grant(it), Rest(it)]);
                    commands.extend([Propose(it), Approve(it), Withdraw(it)]);
                }
            }
        }
        commands
    }
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
    /// They have the role, and it does not count.
    rests: bool,
    /// Tenant Owner is on in the session they are in. Whoever can come in has a session.
    on: bool,
    /// The owners' record lists them.
    listed: bool,
    /// Who proposed them as an owner.
    proposed: Option<Who>,
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
    /// Somebody became an owner by one owner's will alone, where two must agree.
    alone: bool,
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
    topic: Topic,
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
const PROPOSAL: u8 = 4;

impl World {
    fn new(topic: Topic, guards: Guards) -> Self {
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
            if topic == Topic::TwoOwners {
                let tenant = base.tenants.get_mut(&hospital.tenant).unwrap();
                tenant.record.owner_grants = OwnerGrants::TwoOwners;
            }
            Self {
                guards,
                topic,
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
                rests,
                on,
                proposed,
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
            if owner || rests {
                let put = Put::from(Assignment {
                    id: ids(self.now, GRANT, who).id(),
                    user: self.users[who],
                    role: self.owner,
                    kind: RoleKind::TenantOwner,
                    status: if owner {
                        AssignmentStatus::Active
                    } else {
                        AssignmentStatus::Inactive
                    },
                });
                records.insert(put, Version::FIRST);
            }
            if let Some(by) = proposed {
                let proposal = Proposal {
                    id: ids(self.now, PROPOSAL, who).id(),
                    user: self.users[who],
                    by: self.users[by],
                    at: self.now,
                    expires_at: self.now + proposal::LIFE,
                };
                records.insert(proposal.into(), Version::FIRST);
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
            let resting = |it: &&Stored<Assignment>| {
                let Assignment {
                    user: of,
                    kind,
                    status,
                    ..
                } = it.record;
                of == user.id
                    && kind == RoleKind::TenantOwner
                    && status == AssignmentStatus::Inactive
            };
            let mut proposals = records.proposals.values();
            let proposal = proposals.find(|it| it.record.user == user.id);
            Standing {
                active: user.status == UserStatus::Active,
                linked: account.is_linked(),
                owner: Owners::holds(user.id, records),
                rests: records.assignments.values().any(|it| resting(&it)),
                proposed: proposal.and_then(|it| {
                    let by = |who: &Who| self.users[*who] == it.record.by;
                    ALL.into_iter().find(by)
                }),
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
        let candidate = |it: Who| Candidate::of(records, self.users[it]);
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
            Command::Rest(it) => holding(it).deactivate(authority, self.now).ok(),
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
            Command::Propose(it) => {
                let mut ids = ids(self.now, PROPOSAL, it);
                Some(candidate(it).propose(authority, &mut ids).ok()?.0)
            }
            Command::Approve(it) => {
                let mut ids = ids(self.now, GRANT, it);
                Some(candidate(it).approve(authority, &mut ids).ok()?.0)
            }
            Command::Withdraw(it) => candidate(it).withdraw(authority, self.now).ok(),
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

/// Whether somebody became an owner without two who were owners at that moment: whoever committed, and whoever had proposed them.
fn made_alone(who: Who, before: &Facts, after: &Facts) -> bool {
    let agreed = |it: Who| {
        let by = before[it].proposed;
        before[who].usable() && by.is_some_and(|by| by != who && before[by].usable())
    };
    let newly = |it: &Who| after[*it].owner && !before[*it].owner;
    ALL.into_iter().filter(newly).any(|it| !agreed(it))
}

impl Model for World {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        let owner = Standing {
            active: true,
            linked: true,
            owner: true,
            rests: false,
            on: false,
            listed: true,
            proposed: None,
        };
        let third = match self.topic {
            Topic::OneOwner | Topic::Resting => owner,
            Topic::TwoOwners => Standing {
                owner: false,
                listed: false,
                ..owner
            },
        };
        vec![State {
            facts: [owner, owner, third],
            in_flight: [None; 3],
            alone: false,
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
            let decided = |it: &Command| self.decided(&state.facts, who, *it).is_some();
            let commands = self.topic.commands().into_iter().filter(decided);
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
                    state.alone |=
                        self.topic == Topic::TwoOwners && made_alone(who, &state.facts, &after);
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
        let mut properties = vec![
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
        ];
        // A property that cannot be lost would have everything explored where the others are lost soon.
        if self.topic == Topic::TwoOwners {
            properties.push(Property::always(AGREED, |_, state: &State| !state.alone));
        }
        properties
    }
}

const USABLE: &str = "there is a usable owner";
const LISTED: &str = "the record lists the usable owners";
const AGREED: &str = "nobody is made an owner by one alone where two must agree";
const ALONE: &str = "one owner is left while others have decided";

/// How each property was lost, if it was; and whether the last owner was reached.
struct Explored {
    usable: Option<Vec<Step>>,
    listed: Option<Vec<Step>>,
    agreed: Option<Vec<Step>>,
    alone: bool,
}

impl Explored {
    fn holds(&self) -> bool {
        // What was explored is about something: the last owner was reached, with others in flight.
        self.usable.is_none() && self.listed.is_none() && self.agreed.is_none() && self.alone
    }
}

/// Sees every state, and says how a property was lost, if it was.
fn explore(topic: Topic, guards: Guards) -> Explored {
    let checked = World::new(topic, guards).checker().threads(2);
    let checked = checked.spawn_bfs().join();
    let (unique, all) = (checked.unique_state_count(), checked.state_count());
    eprintln!("{topic:?}, {guards:?}: {unique} states, {all} with those seen again");
    let lost = |what| {
        let steps = checked.discovery(what).map(stateright::Path::into_actions);
        if let Some(steps) = &steps {
            eprintln!("  not so: {what}, after {steps:?}");
        }
        steps
    };
    Explored {
        usable: lost(USABLE),
        listed: lost(LISTED),
        agreed: lost(AGREED),
        alone: checked.discovery(ALONE).is_some(),
    }
}

/// O1: whoever loads, decides and commits in whatever order, a usable owner is left, and the owners' record lists who is usable.
/// The audit inside the commit sees to it whether or not anything else collides.
#[test]
fn a_usable_owner_is_left_in_every_interleaving() {
    for (owners_record, expectations) in
        [(true, true), (false, true), (true, false), (false, false)]
    {
        let explored = explore(
            Topic::OneOwner,
            Guards {
                owners_record,
                expectations,
                audit: true,
            },
        );
        assert!(explored.holds());
    }
}

/// O1: what collides is enough by itself, without the audit, which is there for whoever decides wrongly: also where assignments rest and
/// are given again, and where a second owner approves. There nobody is made an owner by one alone (O2).
#[test]
fn without_the_audit_what_collides_is_enough() {
    for topic in [Topic::OneOwner, Topic::Resting, Topic::TwoOwners] {
        let explored = explore(
            topic,
            Guards {
                owners_record: true,
                expectations: true,
                audit: false,
            },
        );
        assert!(explored.holds());
    }
}

/// The exploration notices a guard that is gone: where nothing collides but what both write, the last owner is lost, and somebody is
/// made an owner on the word of one who is none any more; and where the owners' record does not collide either, it comes to list
/// others than those who are usable.
#[test]
fn without_its_guards_a_tenant_loses_its_last_owner() {
    for (topic, expectations) in [
        (Topic::OneOwner, true),
        (Topic::OneOwner, false),
        (Topic::Resting, false),
        (Topic::TwoOwners, false),
    ] {
        let explored = explore(
            topic,
            Guards {
                owners_record: false,
                expectations,
                audit: false,
            },
        );
        assert!(explored.listed.is_some());
        assert!(explored.usable.is_some() || expectations);
        assert_eq!(explored.agreed.is_some(), topic == Topic::TwoOwners);
    }
}
