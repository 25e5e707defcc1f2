//! Whatever three people, their sessions and the operator do, in whatever order, also when several decide before one commits: what
//! must hold of the owners and of what they have switched on holds at every moment.

use super::{elevation::*, *};
use crate::{
    authority::{Actor, Authority},
    login::{
        Linking, NewPassword, Password, PasswordHash, Present, change_password, set_link,
        set_password,
    },
    owner::{
        proposal::Candidate,
        replace::{ReplaceOwner, Successor},
    },
    permission::{Catalogue, PERSONS_MANAGE, Permissions, ROLES_MANAGE, USERS_MANAGE},
    person::edit::{Change, EditPerson, erase},
    role::{
        Holding,
        custom::{CreateRole, retire, set_permissions},
    },
    session::{OpenSession, Session, end as end_session, end_all},
    tenant::{
        ElevationLength, GrantPolicy, OwnerGrants,
        operator::{lift_second_owner, reactivate, set_domain_status, suspend},
        policy::SetPolicy,
    },
    user::{AddUser, Whose, set_status},
    world::{World, email, name, person_name},
};
use chrono::Duration;
use proptest::prelude::*;

/// Who acts; numbers are taken modulo how many there are.
#[derive(Clone, Copy, Debug)]
enum By {
    /// An owner in a session with the role switched on, which is opened where there is none.
    Owner(usize),
    Host(usize),
    Session(usize),
    Program(usize),
    Operator,
}

/// What is done.
#[derive(Clone, Debug)]
enum Act {
    LogIn(usize, i64),
    SwitchOn,
    SwitchOff,
    EndSession(usize),
    EndAll(usize),
    Grant(usize, RoleKind),
    Take(usize, RoleKind),
    Status(usize, UserStatus),
    SetPassword(usize),
    ChangePassword,
    MoveLogin(usize, usize),
    Link(usize, bool),
    Replace(usize, usize),
    ReplaceByNewcomer(usize, usize),
    Propose(usize),
    Approve(usize),
    Withdraw(usize),
    Policy(SetPolicy),
    Lift,
    Suspend(bool),
    Domain(DomainStatus),
    Add(usize, RoleKind),
    Erase(usize),
    MakeRole,
    Permit(bool),
    Retire,
}

/// One step of a history.
#[derive(Clone, Debug)]
enum Step {
    /// Decided and committed.
    Do(By, Act),
    /// Decided, and committed later if at all.
    Decide(By, Act),
    /// What was decided longest ago is committed.
    Commit,
    /// Time passes, or the clock steps back.
    Wait(i64),
    /// Ends that follow from the time are recorded.
    Sweep,
}

fn by() -> impl Strategy<Value = By> {
    prop_oneof![
        8 => (0_usize..4).prop_map(By::Owner),
        5 => (0_usize..12).prop_map(By::Session),
        2 => (0_usize..4).prop_map(By::Host),
        1 => (0_usize..4).prop_map(By::Program),
        2 => Just(By::Operator),
    ]
}

fn kind() -> impl Strategy<Value = RoleKind> {
    prop_oneof![
        4 => Just(RoleKind::TenantOwner),
        1 => Just(RoleKind::SystemAdministrator),
        1 => Just(RoleKind::Teacher),
    ]
}

fn policy() -> impl Strategy<Value = SetPolicy> {
    let length = |it| ElevationLength::of_minutes(it).ok();
    prop_oneof![
        Just(SetPolicy {
            owner_grants: Some(OwnerGrants::TwoOwners),
            ..SetPolicy::default()
        }),
        Just(SetPolicy {
            owner_grants: Some(OwnerGrants::OneOwner),
            ..SetPolicy::default()
        }),
        Just(SetPolicy {
            grants: Some(GrantPolicy::SubsetOnly),
            ..SetPolicy::default()
        }),
        (1_u32..=60).prop_map(move |it| SetPolicy {
            elevation: length(it),
            ..SetPolicy::default()
        }),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let who = || 0_usize..4;
    let status = prop_oneof![Just(UserStatus::Active), Just(UserStatus::Inactive)];
    let domain = prop_oneof![Just(DomainStatus::Active), Just(DomainStatus::Inactive)];
    prop_oneof![
        3 => (who(), 1_i64..90).prop_map(|(who, life)| Act::LogIn(who, life)),
        8 => Just(Act::SwitchOn),
        1 => Just(Act::SwitchOff),
        1 => (0_usize..12).prop_map(Act::EndSession),
        1 => who().prop_map(Act::EndAll),
        4 => (who(), kind()).prop_map(|(who, kind)| Act::Grant(who, kind)),
        4 => (who(), kind()).prop_map(|(who, kind)| Act::Take(who, kind)),
        3 => (who(), status).prop_map(|(who, status)| Act::Status(who, status)),
        1 => who().prop_map(Act::SetPassword),
        1 => Just(Act::ChangePassword),
        1 => (who(), 0_usize..6).prop_map(|(who, to)| Act::MoveLogin(who, to)),
        2 => (who(), any::<bool>()).prop_map(|(who, link)| Act::Link(who, link)),
        1 => (who(), who()).prop_map(|(leaving, to)| Act::Replace(leaving, to)),
        1 => (who(), 0_usize..6).prop_map(|(leaving, to)| Act::ReplaceByNewcomer(leaving, to)),
        2 => who().prop_map(Act::Propose),
        2 => who().prop_map(Act::Approve),
        1 => who().prop_map(Act::Withdraw),
        1 => policy().prop_map(Act::Policy),
        1 => Just(Act::Lift),
        1 => any::<bool>().prop_map(Act::Suspend),
        1 => Just(Act::Suspend(false)),
        1 => domain.prop_map(Act::Domain),
        1 => (0_usize..6, kind()).prop_map(|(who, kind)| Act::Add(who, kind)),
        1 => who().prop_map(Act::Erase),
        1 => Just(Act::MakeRole),
        1 => any::<bool>().prop_map(Act::Permit),
        1 => Just(Act::Retire),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (by(), act()).prop_map(|(by, act)| Step::Do(by, act)),
        3 => (by(), act()).prop_map(|(by, act)| Step::Decide(by, act)),
        3 => Just(Step::Commit),
        2 => (-3_i64..12).prop_map(Step::Wait),
        1 => Just(Step::Sweep),
    ]
}

/// A world, and what was decided in it and not committed yet.
struct History {
    world: World,
    decided: Vec<Changeset>,
}

impl History {
    fn new(owner_grants: OwnerGrants) -> Self {
        let mut world = World::new();
        world.add("ada@example.org", RoleKind::SystemAdministrator);
        world.add_owner("second@example.org");
        let owner = world.owner;
        world.log_in(owner);
        world.policy(|it| it.owner_grants = owner_grants);
        Self {
            world,
            decided: vec![],
        }
    }

    /// The user of this number, of those that there are.
    fn user(&self, number: usize) -> Id<User> {
        let users = &self.world.records.users;
        *users.keys().nth(number % users.len()).unwrap()
    }

    fn session(&self, number: usize) -> Id<Session> {
        let sessions = &self.world.records.sessions;
        *sessions.keys().nth_back(number % sessions.len()).unwrap()
    }

    /// Somebody's address, or a new one.
    fn address(number: usize) -> String {
        let who = ["owner", "ada", "second", "new", "other", "third"];
        format!("{}@example.org", who[number % who.len()])
    }

    /// A session in which the owner of this number has the role switched on.
    fn elevated(&mut self, number: usize) -> Option<Actor> {
        let owners = self.world.owners();
        let user = *owners.iter().nth(number % owners.len())?;
        self.world.act(&Actor::User(user)).ok()?;
        let now = self.world.ids.now();
        let elevations = self.world.records.elevations.values();
        let on = elevations.map(|it| &it.record);
        let mut on = on.filter(|it| it.user == user && it.in_force(now));
        if let Some(Elevation { session, .. }) = on.next() {
            let session = *session;
            return Some(Actor::Session { session, user });
        }
        let actor = self.world.log_in(user);
        self.world.switch_on(&actor).ok()?;
        Some(actor)
    }

    fn authority(&mut self, by: By) -> Option<Authority> {
        let actor = match by {
            By::Operator => Actor::Operator,
            By::Owner(number) => self.elevated(number)?,
            By::Host(number) => Actor::User(self.user(number)),
            By::Session(number) => {
                let session = self.session(number);
                let user = self.world.records.sessions[&session].record.user;
                Actor::Session { session, user }
            }
            By::Program(number) => self.world.program(self.user(number)),
        };
        self.world.act(&actor).ok()
    }

    /// What would be committed; `None` where it is refused.
    fn decide(&mut self, by: By, act: &Act) -> Option<Changeset> {
        let now = self.world.ids.now();
        if let Act::LogIn(number, minutes) = act {
            let user = self.user(*number);
            let authority = self.world.act(&Actor::User(user)).ok()?;
            let world = &mut self.world;
            let open = OpenSession {
                hash: crate::journal::Hash::of(world.ids.id::<Session>().as_uuid().as_bytes()),
                account: world.records.users[&user].record.account?,
                as_of: None,
                life: Duration::minutes(*minutes),
            };
            let opened = open.decide(&authority, &world.records, &mut world.ids);
            return opened.ok().map(|(it, _)| it);
        }
        let authority = self.authority(by)?;
        let password = Password::parse("seven wet umbrellas").ok()?;
        let new = NewPassword {
            password: &password,
            hash: PasswordHash("hashed".into()),
            common: false,
        };
        let user = |it: &usize| self.user(*it);
        let role = |kind: &RoleKind| self.world.role(*kind);
        let custom = || {
            let mut roles = self.world.records.roles.values();
            roles
                .find(|it| it.record.kind == RoleKind::Custom)
                .map(|it| it.record.id)
        };
        let records = &self.world.records;
        let mut ids = self.world.ids.clone();
        let decided = match act {
            Act::LogIn(..) => None,
            Act::SwitchOn => switch_on(&authority, records, name("quarterly review"), &mut ids)
                .ok()
                .map(|(it, _)| it),
            Act::SwitchOff => switch_off(&authority, records, now).ok(),
            Act::EndSession(it) => end_session(&authority, records, self.session(*it), now).ok(),
            Act::EndAll(it) => end_all(&authority, records, user(it), now).ok(),
            Act::Grant(it, kind) => Holding::of(records, user(it), role(kind))
                .assign(&authority, &mut ids)
                .ok()
                .map(|(it, _)| it),
            Act::Take(it, kind) => Holding::of(records, user(it), role(kind))
                .remove(&authority, now)
                .ok(),
            Act::Status(it, status) => set_status(&authority, records, user(it), *status, now).ok(),
            Act::SetPassword(it) => set_password(&authority, records, user(it), new, &mut ids).ok(),
            Act::ChangePassword => change_password(&authority, records, new, &mut ids).ok(),
            Act::MoveLogin(it, to) => {
                let command = EditPerson {
                    email: Change::Set(email(&Self::address(*to))),
                    ..EditPerson::default()
                };
                let person = records.users[&user(it)].record.person;
                let present = Present::GIVEN;
                command
                    .decide(&authority, records, person, present, &mut ids)
                    .ok()
            }
            Act::Link(it, linked) => {
                let to = if *linked {
                    Linking::Embedded
                } else {
                    Linking::Cut
                };
                set_link(&authority, records, user(it), to, now).ok()
            }
            Act::Replace(leaving, to) => ReplaceOwner {
                leaving: user(leaving),
                successor: Successor::User(user(to)),
            }
            .decide(&authority, records, &mut ids)
            .ok()
            .map(|(it, _)| it),
            Act::ReplaceByNewcomer(leaving, to) => ReplaceOwner {
                leaving: user(leaving),
                successor: Successor::Newcomer {
                    email: email(&Self::address(*to)),
                    name: person_name("New", "Comer"),
                },
            }
            .decide(&authority, records, &mut ids)
            .ok()
            .map(|(it, _)| it),
            Act::Propose(it) => Candidate::of(records, user(it))
                .propose(&authority, &mut ids)
                .ok()
                .map(|(it, _)| it),
            Act::Approve(it) => Candidate::of(records, user(it))
                .approve(&authority, &mut ids)
                .ok()
                .map(|(it, _)| it),
            Act::Withdraw(it) => Candidate::of(records, user(it))
                .withdraw(&authority, now)
                .ok(),
            Act::Policy(policy) => policy.decide(&authority, records, now).ok(),
            Act::Lift => lift_second_owner(&authority, now).ok(),
            Act::Suspend(true) => suspend(&authority, now).ok(),
            Act::Suspend(false) => reactivate(&authority, now).ok(),
            Act::Domain(status) => {
                let domain = self.world.domain();
                set_domain_status(&authority, records, domain, *status, now).ok()
            }
            Act::Add(it, kind) => AddUser {
                email: email(&Self::address(*it)),
                whose: Whose::KnownOrNew(person_name("New", "Comer")),
                role: role(kind),
                status: UserStatus::Active,
            }
            .decide(&authority, records, &mut ids)
            .ok()
            .map(|(it, _)| it),
            Act::Erase(it) => {
                let person = records.users[&user(it)].record.person;
                erase(&authority, records, person, &ids).ok()
            }
            Act::MakeRole => CreateRole {
                name: name("Front desk"),
                permissions: [USERS_MANAGE, ROLES_MANAGE].into(),
            }
            .decide(&authority, records, &Catalogue::default(), &mut ids)
            .ok()
            .map(|(it, _)| it),
            Act::Permit(more) => {
                let permissions = if *more {
                    Permissions::from([USERS_MANAGE, ROLES_MANAGE, PERSONS_MANAGE])
                } else {
                    Permissions::new()
                };
                let catalogue = Catalogue::default();
                set_permissions(&authority, records, &catalogue, custom()?, permissions, now).ok()
            }
            Act::Retire => retire(&authority, records, custom()?, now).ok(),
        };
        // What was decided with these ids may wait for long, and nobody else gets them.
        self.world.ids = ids;
        decided
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Do(by, act) => {
                if let Some(changes) = self.decide(*by, act) {
                    self.world.try_commit(&changes).unwrap();
                }
            }
            Step::Decide(by, act) => {
                let decided = self.decide(*by, act);
                self.decided.extend(decided);
            }
            Step::Commit if self.decided.is_empty() => (),
            Step::Commit => {
                let changes = self.decided.remove(0);
                // Somebody else may have been faster.
                drop(self.world.try_commit(&changes));
            }
            Step::Wait(minutes) => self.world.wait(Duration::minutes(*minutes)),
            Step::Sweep => {
                let world = &self.world;
                if let Some(changes) = sweep(world.tenant, &world.records, world.ids.now()) {
                    self.world.commit(&changes);
                }
            }
        }
    }

    /// What must hold at every moment.
    fn holds(&mut self) {
        let records = &self.world.records;
        assert_eq!(Owners::audit(records), Ok(()));
        let now = self.world.ids.now();
        for elevation in records.elevations.values().map(|it| &it.record) {
            let ended = self.world.ends_of(elevation.id);
            match elevation.state {
                ElevationState::On => assert!(ended.is_empty()),
                ElevationState::Ended { at, why } => {
                    assert_eq!(ended, [(why, at)]);
                    assert!(at <= elevation.until);
                }
            }
            let session = &records.sessions[&elevation.session].record;
            assert!(elevation.until <= session.expires_at);
            if elevation.in_force(now) {
                let user = &records.users[&elevation.user].record;
                let account = records.accounts.get(&session.account);
                let account = account.map(|it| &it.record);
                assert_eq!(session.alive(user, account, now), Ok(()));
                assert!(Owners::holds(elevation.user, records));
                assert_eq!(user.status, UserStatus::Active);
                assert_eq!(session.elevation, Some(elevation.id));
            }
        }
        let sessions: Vec<_> = records
            .sessions
            .values()
            .map(|it| it.record.clone())
            .collect();
        for session in sessions {
            let (id, user) = (session.id, session.user);
            let actor = Actor::Session { session: id, user };
            let Ok(authority) = self.world.act(&actor) else {
                continue;
            };
            let on = session
                .elevation
                .and_then(|it| self.world.records.elevations.get(&it));
            let on = on.is_some_and(|it| it.record.in_force(now));
            assert_eq!(authority.elevated().is_ok(), on);
            assert_eq!(authority.elevation().is_some(), on);
            assert!(!on || self.world.owners().contains(&user));
        }
    }
}

proptest! {
    /// O1, O2, O4: at every moment somebody usable is an owner and the record says who; nothing is switched on without the role and
    /// a session that is alive; and each elevation has one end in the journal once it is over, and none before.
    #[test]
    fn what_must_hold_of_owners_holds_at_every_moment(
        two in any::<bool>(),
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let grants = if two { OwnerGrants::TwoOwners } else { OwnerGrants::OneOwner };
        let mut history = History::new(grants);
        for step in &steps {
            history.take(step);
            history.holds();
        }
        // In the end all is over, and said to be.
        history.world.wait(Duration::days(2));
        history.take(&Step::Sweep);
        history.holds();
        let world = &history.world;
        let ended = |it: &crate::record::Stored<Elevation>| world.ends_of(it.record.id).len() == 1;
        prop_assert!(world.records.elevations.values().all(ended));
        let told = serde_json::to_string(&world.journal).unwrap();
        for hidden in ["example.org", "Comer", "Olive", "quarterly", "Front desk", "hashed"] {
            prop_assert!(!told.contains(hidden));
        }
    }
}
