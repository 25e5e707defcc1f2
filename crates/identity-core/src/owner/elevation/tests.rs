//! Tenant Owner switched on and off: whom it makes an owner, where, until when, and how its end is told.

use super::*;
use crate::{
    account::{LoginLink, Provider},
    authority::Actor,
    login::{
        Linking, NewPassword, Password, PasswordHash, Present, change_password, set_link,
        set_password,
    },
    owner::replace::{ReplaceOwner, Successor},
    person::edit::{Change, EditPerson},
    record::{Put, Ref, Version},
    role::Holding,
    session::{OpenSession, end as end_session, end_all},
    tenant::ElevationLength,
    world::{World, email, events, name, now, person_name, relies_on, replaces, says},
};
use chrono::Duration;

const MOMENT: Duration = Duration::microseconds(1);
const QUARTER: Duration = Duration::minutes(15);

/// A hospital with two owners, the first elevated in a session.
struct Scene {
    world: World,
    second: Id<User>,
    actor: Actor,
    elevation: Elevation,
}

impl Scene {
    fn new() -> Self {
        let mut world = World::new();
        let second = world.add_owner("second@example.org");
        let actor = world.log_in(world.owner);
        let elevation = world.switch_on(&actor).unwrap();
        Self {
            world,
            second,
            actor,
            elevation,
        }
    }

    fn session(&self) -> Id<Session> {
        self.elevation.session
    }

    fn person(&self) -> Id<crate::person::Person> {
        self.world.records.users[&self.world.owner].record.person
    }

    fn at(&self) -> Instant {
        self.world.ids.now()
    }

    /// Whoever acts in the session.
    fn authority(&mut self) -> Authority {
        self.world.act(&self.actor).unwrap()
    }

    fn is_elevated(&mut self) -> bool {
        let authority = self.world.act(&self.actor);
        authority.is_ok_and(|it| it.elevated().is_ok())
    }

    fn commit(&mut self, changes: &Changeset) {
        self.world.commit(changes);
    }
}

fn switching_on(world: &mut World, actor: &Actor) -> Result<Changeset, ElevationRefusal> {
    let authority = world.act(actor)?;
    let reason = name("quarterly review");
    super::switch_on(&authority, &world.records, reason, &mut world.ids).map(|(it, _)| it)
}

fn switching_off(world: &mut World, actor: &Actor) -> Result<Changeset, ElevationRefusal> {
    let authority = world.act(actor)?;
    switch_off(&authority, &world.records, world.ids.now())
}

fn new_password(password: &Password) -> NewPassword<'_> {
    NewPassword {
        password,
        hash: PasswordHash("hashed".into()),
        common: false,
    }
}

fn a_password() -> Password {
    Password::parse("seven wet umbrellas").unwrap()
}

fn to_other_address() -> EditPerson {
    EditPerson {
        email: Change::Set(email("elsewhere@example.org")),
        ..EditPerson::default()
    }
}

/// O4: an elevation counts from its beginning on, until its deadline, where it is over; and not once its end was recorded.
#[test]
fn an_elevation_counts_from_its_beginning_until_its_deadline() {
    let mut scene = Scene::new();
    let it = scene.elevation.clone();
    for (at, counts) in [
        (it.since - MOMENT, false),
        (it.since, true),
        (it.until - MOMENT, true),
        (it.until, false),
        (it.until + MOMENT, false),
    ] {
        assert_eq!(it.in_force(at), counts, "{at}");
        let mut world = scene.world.clone();
        world.wait(at - now());
        let authority = world.act(&scene.actor).unwrap();
        assert_eq!(authority.elevated().is_ok(), counts, "{at}");
        assert_eq!(authority.elevation().is_some(), counts, "{at}");
    }
    let (at, why) = (it.since, EndReason::SwitchedOff);
    let ended = Elevation {
        state: ElevationState::Ended { at, why },
        ..it
    };
    assert!(!ended.in_force(at));
    assert!(scene.is_elevated());
}

/// O4: it is switched on in a session, by an owner, once.
#[test]
fn who_switches_it_on_and_where() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::SystemAdministrator);
    let owner = world.owner;
    let no_session = ElevationRefusal::NoSession;
    let not_an_owner = ElevationRefusal::Authority(AuthorityRefusal::NotAnOwner);
    for (actor, expected) in [
        (Actor::Operator, no_session.clone()),
        (Actor::User(owner), no_session.clone()),
        (world.program(owner), no_session.clone()),
        (world.log_in(ada), not_an_owner),
    ] {
        assert_eq!(switching_on(&mut world, &actor), Err(expected), "{actor:?}");
    }
    for actor in [Actor::Operator, Actor::User(owner), world.program(owner)] {
        assert_eq!(
            switching_off(&mut world, &actor),
            Err(no_session.clone()),
            "{actor:?}"
        );
    }
    let actor = world.log_in(owner);
    assert_eq!(
        switching_off(&mut world, &actor),
        Err(ElevationRefusal::NotOn)
    );
    let elevation = world.switch_on(&actor).unwrap();
    let user = owner;
    let (id, session) = (elevation.id, elevation.session);
    assert_eq!(
        world.journal.last().unwrap().event,
        Event::Elevated {
            elevation: id,
            user,
            session,
            until: now() + QUARTER
        }
    );
    assert_eq!(
        switching_on(&mut world, &actor),
        Err(ElevationRefusal::AlreadyOn)
    );
    assert_eq!(world.records.elevations[&id].record, elevation);
    let kept = &world.records.sessions[&session].record;
    assert_eq!(kept.elevation, Some(id));
}

/// O4: what is relied on, and what is written so that others collide with it.
#[test]
fn switching_on_relies_on_what_makes_an_owner() {
    let mut world = World::new();
    let actor = world.log_in(world.owner);
    let assignment = world.assignment(world.owner, RoleKind::TenantOwner);
    let assignment = assignment.unwrap().id;
    let Actor::Session { session, .. } = actor else {
        unreachable!()
    };
    let changes = switching_on(&mut world, &actor).unwrap();
    for written in [
        Ref::Session(session),
        Ref::Assignment(assignment),
        Ref::User(world.owner),
    ] {
        assert!(replaces(&changes, &written), "{written:?}");
    }
    for relied in [
        Ref::Role(world.role(RoleKind::TenantOwner)),
        Ref::Tenant(world.tenant),
        Ref::Domain(world.domain()),
        Ref::Account(world.account(world.owner).record.id),
    ] {
        assert!(relies_on(&changes, &relied), "{relied:?}");
    }
}

/// O4: it lasts as long as the tenant wants, and never longer than its session.
#[test]
fn it_never_outlives_its_session() {
    for (minutes, life, lasts) in [
        (15, Duration::hours(12), QUARTER),
        (1, Duration::hours(12), Duration::minutes(1)),
        (60, Duration::hours(12), Duration::minutes(60)),
        (60, Duration::minutes(60), Duration::minutes(60)),
        (60, Duration::minutes(7), Duration::minutes(7)),
    ] {
        let mut world = World::new();
        world.policy(|it| it.elevation = ElevationLength::of_minutes(minutes).unwrap());
        let authority = world.as_user(world.owner);
        let open = OpenSession {
            hash: crate::journal::Hash::of(b"secret"),
            account: world.account(world.owner).record.id,
            as_of: None,
            life,
        };
        let (changes, session) = open
            .decide(&authority, &world.records, &mut world.ids)
            .unwrap();
        world.commit(&changes);
        let user = world.owner;
        let elevation = world.switch_on(&Actor::Session { session, user }).unwrap();
        assert_eq!(elevation.until, now() + lasts, "{minutes} {life}");
        assert_eq!(elevation.since, now());
    }
}

/// O4: switched on in one session, it counts in no other of the same user, and cannot be switched off there.
#[test]
fn it_counts_in_one_session_alone() {
    let mut scene = Scene::new();
    let other = scene.world.log_in(scene.world.owner);
    assert!(scene.is_elevated());
    let elsewhere = [other, Actor::User(scene.world.owner)];
    for actor in elsewhere {
        let authority = scene.world.act(&actor).unwrap();
        assert_eq!(
            authority.elevated().unwrap_err(),
            AuthorityRefusal::NotElevated
        );
        assert_eq!(authority.elevation(), None);
    }
    let refusal = switching_off(&mut scene.world, &other);
    assert_eq!(refusal, Err(ElevationRefusal::NotOn));
    let second = scene.world.switch_on(&other).unwrap();
    assert_ne!(second.id, scene.elevation.id);
    let changes = switching_off(&mut scene.world, &other).unwrap();
    scene.commit(&changes);
    let kept = &scene.world.records.sessions[&second.session].record;
    assert_eq!(kept.elevation, None);
    assert!(scene.is_elevated());
    assert_eq!(scene.world.ends_of(scene.elevation.id), []);
}

/// O4: an elevation that is named by another session, or is another's, does not count there.
#[test]
fn it_counts_for_nobody_who_only_names_it() {
    let mut scene = Scene::new();
    let theirs = scene.world.log_in(scene.second);
    let own = scene.world.log_in(scene.world.owner);
    let named = scene.elevation.id;
    let Actor::Session {
        session: own_id, ..
    } = own
    else {
        unreachable!()
    };
    for stored in scene.world.records.sessions.values_mut() {
        stored.record.elevation = Some(named);
    }
    for actor in [theirs, own] {
        let authority = scene.world.act(&actor).unwrap();
        assert!(authority.elevated().is_err(), "{actor:?}");
    }
    // Nor where it says that it is of this session, and is of another user.
    let stored = scene.world.records.elevations.get_mut(&named).unwrap();
    (stored.record.session, stored.record.user) = (own_id, scene.second);
    let authority = scene.world.act(&own).unwrap();
    assert!(authority.elevated().is_err());
}

/// O4: while it is on it is not switched on again, and use makes it no longer; past its deadline a new one begins, and the end of
/// the old one is told with the time at which it was.
#[test]
fn past_its_deadline_a_new_one_begins() {
    let mut scene = Scene::new();
    let until = scene.elevation.until;
    scene.world.wait(QUARTER - MOMENT);
    let refusal = switching_on(&mut scene.world, &scene.actor.clone());
    assert_eq!(refusal, Err(ElevationRefusal::AlreadyOn));
    scene.world.wait(MOMENT);
    assert!(!scene.is_elevated());
    let second = scene.world.switch_on(&scene.actor).unwrap();
    assert_eq!(
        scene.world.ends_of(scene.elevation.id),
        [(EndReason::Deadline, until)]
    );
    assert_eq!((second.since, second.until), (until, until + QUARTER));
    assert!(scene.is_elevated());
    assert_eq!(sweep(scene.world.tenant, &scene.world.records, until), None);
}

/// What ends an elevation, with the reason that its end gives.
type Way = (&'static str, EndReason, fn(&mut Scene) -> Changeset);

/// Every way there is.
fn ways() -> Vec<Way> {
    vec![
        ("switched off", EndReason::SwitchedOff, |scene| {
            switching_off(&mut scene.world, &scene.actor).unwrap()
        }),
        (
            "session ended in itself",
            EndReason::SessionEnded,
            |scene| {
                let (authority, session) = (scene.authority(), scene.session());
                end_session(&authority, &scene.world.records, session, scene.at()).unwrap()
            },
        ),
        (
            "session ended by another",
            EndReason::SessionEnded,
            |scene| {
                let authority = scene.world.as_user(scene.world.owner);
                end_session(
                    &authority,
                    &scene.world.records,
                    scene.session(),
                    scene.at(),
                )
                .unwrap()
            },
        ),
        ("all sessions ended", EndReason::SessionEnded, |scene| {
            let owner = scene.world.owner;
            let authority = scene.world.as_user(owner);
            end_all(&authority, &scene.world.records, owner, scene.at()).unwrap()
        }),
        (
            "all sessions ended in one",
            EndReason::SessionEnded,
            |scene| {
                let owner = scene.world.owner;
                let authority = scene.authority();
                end_all(&authority, &scene.world.records, owner, scene.at()).unwrap()
            },
        ),
        ("role removed", EndReason::RoleRemoved, |scene| {
            let authority = scene.world.elevated(scene.second);
            let role = scene.world.role(RoleKind::TenantOwner);
            let holding = Holding::of(&scene.world.records, scene.world.owner, role);
            holding.remove(&authority, scene.at()).unwrap()
        }),
        ("replaced by a user", EndReason::RoleRemoved, |scene| {
            let heir = scene.world.add("heir@example.org", RoleKind::Learner);
            let operator = scene.world.act(&Actor::Operator).unwrap();
            let command = ReplaceOwner {
                leaving: scene.world.owner,
                successor: Successor::User(heir),
            };
            let world = &mut scene.world;
            let decided = command.decide(&operator, &world.records, &mut world.ids);
            decided.unwrap().0
        }),
        ("replaced by a newcomer", EndReason::RoleRemoved, |scene| {
            let operator = scene.world.act(&Actor::Operator).unwrap();
            let command = ReplaceOwner {
                leaving: scene.world.owner,
                successor: Successor::Newcomer {
                    email: email("heir@example.org"),
                    name: person_name("New", "Comer"),
                },
            };
            let world = &mut scene.world;
            let decided = command.decide(&operator, &world.records, &mut world.ids);
            decided.unwrap().0
        }),
        (
            "password set by another owner",
            EndReason::SessionEnded,
            |scene| {
                let authority = scene.world.elevated(scene.second);
                let (owner, password) = (scene.world.owner, a_password());
                let world = &mut scene.world;
                let new = new_password(&password);
                set_password(&authority, &world.records, owner, new, &mut world.ids).unwrap()
            },
        ),
        ("password changed", EndReason::SessionEnded, |scene| {
            let authority = scene.authority();
            let password = a_password();
            let world = &mut scene.world;
            let new = new_password(&password);
            change_password(&authority, &world.records, new, &mut world.ids).unwrap()
        }),
        ("login moved", EndReason::SessionEnded, |scene| {
            let (authority, person) = (scene.authority(), scene.person());
            let world = &mut scene.world;
            to_other_address()
                .decide(
                    &authority,
                    &world.records,
                    person,
                    Present::GIVEN,
                    &mut world.ids,
                )
                .unwrap()
        }),
        (
            "login moved by another owner",
            EndReason::SessionEnded,
            |scene| {
                let authority = scene.world.elevated(scene.second);
                let person = scene.person();
                let world = &mut scene.world;
                to_other_address()
                    .decide(
                        &authority,
                        &world.records,
                        person,
                        Present::NOT_GIVEN,
                        &mut world.ids,
                    )
                    .unwrap()
            },
        ),
        (
            "login linked to another subject by another owner",
            EndReason::SessionEnded,
            |scene| {
                let authority = scene.world.elevated(scene.second);
                let owner = scene.world.owner;
                let account = scene.world.account(owner).record.id;
                let stored = scene.world.records.accounts.get_mut(&account).unwrap();
                stored.record.link = LoginLink::Linked {
                    provider: Provider::Embedded,
                    subject: "another".into(),
                };
                let (records, to) = (&scene.world.records, Linking::Embedded);
                set_link(&authority, records, owner, to, scene.at()).unwrap()
            },
        ),
    ]
}

/// O4: on whatever path an elevation ends, its end is entered once, in the commit that ends it, and it counts no more; looking
/// again finds nothing to enter.
#[test]
fn every_end_is_entered_once() {
    for (way, why, path) in ways() {
        let mut scene = Scene::new();
        let changes = path(&mut scene);
        assert_eq!(scene.world.ends_of(scene.elevation.id), [], "{way}");
        scene.commit(&changes);
        let ended = [(why, now())];
        assert_eq!(scene.world.ends_of(scene.elevation.id), ended, "{way}");
        let kept = scene.world.records.elevations[&scene.elevation.id]
            .record
            .clone();
        assert_eq!(
            kept.state,
            ElevationState::Ended { at: now(), why },
            "{way}"
        );
        assert!(!scene.is_elevated(), "{way}");
        let world = &scene.world;
        assert_eq!(sweep(world.tenant, &world.records, now()), None, "{way}");
        let late = scene.elevation.until + Duration::days(1);
        let swept = sweep(world.tenant, &world.records, late);
        let again = swept.iter().flat_map(events);
        let again = again.filter(
            |it| matches!(it, Event::ElevationEnded { elevation, .. } if *elevation == kept.id),
        );
        assert_eq!(again.count(), 0, "{way}");
        // Whatever is tried afterwards in the session enters none.
        let off = switching_off(&mut scene.world, &scene.actor);
        assert!(off.is_err(), "{way}");
    }
}

/// O4: past the deadline it is the deadline that ended it, whatever is done then.
#[test]
fn past_the_deadline_the_deadline_has_ended_it() {
    for (way, why, path) in ways() {
        for (wait, expected) in [(QUARTER - MOMENT, why), (QUARTER, EndReason::Deadline)] {
            let mut scene = Scene::new();
            scene.world.wait(wait);
            let changes = path(&mut scene);
            scene.commit(&changes);
            let ended = [(expected, now() + wait)];
            assert_eq!(scene.world.ends_of(scene.elevation.id), ended, "{way}");
        }
    }
}

/// O4: what nobody ended is found by looking: past its deadline exactly, or without a session or a role that carries it.
#[test]
fn what_nobody_ended_is_swept_once() {
    type Damage = fn(&mut Scene);
    let ways: [(&str, Duration, Damage, Option<EndReason>); 12] = [
        ("all is well", Duration::zero(), |_| (), None),
        ("just before", QUARTER - MOMENT, |_| (), None),
        ("deadline", QUARTER, |_| (), Some(EndReason::Deadline)),
        (
            "long ago",
            Duration::days(3),
            |_| (),
            Some(EndReason::Deadline),
        ),
        ("clock behind", -QUARTER, |_| (), None),
        (
            "session ended",
            MOMENT,
            |scene| {
                let (id, at) = (scene.session(), now());
                let stored = scene.world.records.sessions.get_mut(&id).unwrap();
                stored.record.state = crate::session::SessionState::Ended { at };
            },
            Some(EndReason::SessionEnded),
        ),
        (
            "session gone",
            MOMENT,
            |scene| {
                let id = scene.session();
                scene.world.records.sessions.remove(&id);
            },
            Some(EndReason::SessionEnded),
        ),
        (
            "user gone",
            MOMENT,
            |scene| {
                scene.world.records.users.remove(&scene.world.owner);
            },
            Some(EndReason::SessionEnded),
        ),
        (
            "login gone",
            MOMENT,
            |scene| scene.world.records.accounts.clear(),
            Some(EndReason::SessionEnded),
        ),
        (
            "another password",
            MOMENT,
            |scene| {
                let id = scene.world.account(scene.world.owner).record.id;
                let stored = scene.world.records.accounts.get_mut(&id).unwrap();
                stored.record.epoch = stored.record.epoch.next();
            },
            Some(EndReason::SessionEnded),
        ),
        (
            "role gone",
            MOMENT,
            |scene| {
                let held = scene
                    .world
                    .assignment(scene.world.owner, RoleKind::TenantOwner);
                let held = held.unwrap().id;
                scene.world.records.assignments.remove(&held);
            },
            Some(EndReason::RoleRemoved),
        ),
        (
            "role gone, past the deadline",
            QUARTER,
            |scene| scene.world.records.assignments.clear(),
            Some(EndReason::Deadline),
        ),
    ];
    for (way, wait, damage, expected) in ways {
        let mut scene = Scene::new();
        damage(&mut scene);
        scene.world.wait(wait);
        let (tenant, at) = (scene.world.tenant, scene.world.ids.now());
        let swept = sweep(tenant, &scene.world.records, at);
        let Some(why) = expected else {
            assert_eq!(swept, None, "{way}");
            continue;
        };
        let swept = swept.unwrap();
        assert!(
            swept
                .entries()
                .iter()
                .all(|it| it.by == By::Clock && it.at == at),
            "{way}"
        );
        scene.commit(&swept);
        let ended_at = at.min(scene.elevation.until);
        assert_eq!(
            scene.world.ends_of(scene.elevation.id),
            [(why, ended_at)],
            "{way}"
        );
        let session = scene.world.records.sessions.get(&scene.session());
        assert!(session.is_none_or(|it| it.record.elevation.is_none()));
        assert_eq!(sweep(tenant, &scene.world.records, at), None, "{way}");
        let later = at + Duration::days(9);
        assert_eq!(sweep(tenant, &scene.world.records, later), None, "{way}");
    }
}

/// O4: sweeping what was on before leaves what is on now.
#[test]
fn sweeping_leaves_a_later_elevation_of_the_session() {
    let mut scene = Scene::new();
    let later = Elevation {
        id: scene.world.ids.id(),
        since: now() + QUARTER,
        until: now() + QUARTER * 2,
        ..scene.elevation.clone()
    };
    let id = scene.session();
    let put = Put::Elevation(later.clone());
    scene.world.records.insert(put, Version::FIRST);
    let stored = scene.world.records.sessions.get_mut(&id).unwrap();
    stored.record.elevation = Some(later.id);
    scene.world.wait(QUARTER);
    let (tenant, at) = (scene.world.tenant, scene.world.ids.now());
    let swept = sweep(tenant, &scene.world.records, at).unwrap();
    scene.commit(&swept);
    assert!(scene.is_elevated());
    assert_eq!(
        scene.world.records.sessions[&id].record.elevation,
        Some(later.id)
    );
    assert_eq!(scene.world.ends_of(later.id), []);
}

/// O4: a clock that steps back takes power and gives none: what is on does not count then, is not begun anew, and is on again as
/// long as it would have been.
#[test]
fn a_clock_that_steps_back_gives_no_power() {
    let mut scene = Scene::new();
    scene.world.wait(-MOMENT);
    assert!(!scene.is_elevated());
    let refusal = switching_on(&mut scene.world, &scene.actor.clone());
    assert_eq!(refusal, Err(ElevationRefusal::AlreadyOn));
    scene.world.wait(-Duration::days(1));
    assert!(!scene.is_elevated());
    scene.world.wait(Duration::days(1) + QUARTER);
    assert!(scene.is_elevated());
    scene.world.wait(MOMENT);
    assert!(!scene.is_elevated());
    // Once its end is recorded, no clock brings it back.
    let swept = sweep(
        scene.world.tenant,
        &scene.world.records,
        scene.world.ids.now(),
    );
    scene.commit(&swept.unwrap());
    scene.world.wait(-QUARTER);
    assert!(!scene.is_elevated());
}

/// O4: whoever has just lost the role has lost what was switched on, also where they get the role again meanwhile.
#[test]
fn losing_the_role_ends_its_power_for_good() {
    let mut scene = Scene::new();
    let before = scene.authority();
    let authority = scene.world.elevated(scene.second);
    let role = scene.world.role(RoleKind::TenantOwner);
    let owner = scene.world.owner;
    let holding = Holding::of(&scene.world.records, scene.second, role);
    let against = holding.remove(&before, now()).unwrap();
    let holding = Holding::of(&scene.world.records, owner, role);
    let changes = holding.remove(&authority, now()).unwrap();
    assert!(scene.world.collide(&changes, &against));
    scene.commit(&changes);
    assert!(!scene.is_elevated());
    let holding = Holding::of(&scene.world.records, owner, role);
    let (changes, _) = holding.assign(&authority, &mut scene.world.ids).unwrap();
    scene.commit(&changes);
    assert!(!scene.is_elevated());
    assert!(scene.world.switch_on(&scene.actor).is_ok());
    assert!(scene.is_elevated());
}

/// O4: the role is what counts, not the record of its being on.
#[test]
fn without_the_role_nothing_is_switched_on() {
    let mut scene = Scene::new();
    let owner = scene.world.owner;
    let held = |it: &Stored<crate::role::Assignment>| {
        it.record.user != owner || it.record.kind != RoleKind::TenantOwner
    };
    scene.world.records.assignments.retain(|_, it| held(it));
    let authority = scene.authority();
    assert!(authority.elevated().is_err());
    assert_eq!(authority.elevation(), None);
    let entry = authority.entry(now(), Event::TenantSuspended);
    assert!(matches!(
        entry.by,
        By::User {
            elevation: None,
            ..
        }
    ));
}

/// O4: two ends of one elevation collide, so that neither is lost or told twice.
#[test]
fn two_ends_of_an_elevation_collide() {
    for (way, _, path) in ways() {
        let mut scene = Scene::new();
        let changes = path(&mut scene);
        let off = switching_off(&mut scene.world, &scene.actor).unwrap();
        assert!(scene.world.collide(&changes, &off), "{way}");
        let (tenant, records) = (scene.world.tenant, &scene.world.records);
        let swept = sweep(tenant, records, scene.elevation.until).unwrap();
        assert!(scene.world.collide(&changes, &swept), "{way}");
    }
}

/// O4: while it is switched on, whoever takes what carries it collides with that, and decides anew with it in sight.
#[test]
fn switching_on_collides_with_whatever_would_end_it() {
    for (way, _, path) in ways() {
        if way == "switched off" {
            continue;
        }
        let mut scene = Scene::new();
        let off = switching_off(&mut scene.world, &scene.actor).unwrap();
        scene.commit(&off);
        let on = switching_on(&mut scene.world, &scene.actor).unwrap();
        let changes = path(&mut scene);
        assert!(scene.world.collide(&on, &changes), "{way}");
    }
    let mut scene = Scene::new();
    let off = switching_off(&mut scene.world, &scene.actor).unwrap();
    scene.commit(&off);
    let [one, two] = [(); 2].map(|()| switching_on(&mut scene.world, &scene.actor).unwrap());
    assert!(scene.world.collide(&one, &two));
}

/// A1, O4: what is done under elevation relies on it being on, and says so in the journal.
#[test]
fn what_is_done_under_elevation_relies_on_it() {
    let mut scene = Scene::new();
    let authority = scene.authority();
    let (changes, elevated) = authority.elevated().unwrap();
    assert_eq!(elevated.user(), scene.world.owner);
    assert!(relies_on(&changes, &Ref::Elevation(scene.elevation.id)));
    assert!(relies_on(&changes, &Ref::Session(scene.session())));
    let entry = authority.entry(now(), Event::TenantSuspended);
    let (session, elevation) = (Some(scene.session()), Some(scene.elevation.id));
    let user = scene.world.owner;
    assert_eq!(
        entry.by,
        By::User {
            user,
            session,
            elevation
        }
    );
    // A session that was never elevated is named without.
    let plain = scene.world.log_in(user);
    let authority = scene.world.act(&plain).unwrap();
    let by = authority.entry(now(), Event::TenantSuspended).by;
    assert!(matches!(
        by,
        By::User {
            session: Some(_),
            elevation: None,
            ..
        }
    ));
}

/// J1: the reason stays out of the journal.
#[test]
fn the_reason_is_kept_apart_from_the_journal() {
    let mut scene = Scene::new();
    let changes = switching_off(&mut scene.world, &scene.actor).unwrap();
    scene.commit(&changes);
    let text = serde_json::to_string(&scene.world.journal).unwrap();
    assert!(text.contains("elevation_ended") && !text.contains("quarterly"));
    let kept = &scene.world.records.elevations[&scene.elevation.id].record;
    assert_eq!(kept.reason, name("quarterly review"));
}

/// A5: each refusal has its code, the rule and the next step.
#[test]
fn each_refusal_says_what_it_is() {
    let not_an_owner = ElevationRefusal::Authority(AuthorityRefusal::NotAnOwner);
    for (refusal, code) in [
        (not_an_owner, "not_an_owner"),
        (ElevationRefusal::NoSession, "session_required"),
        (ElevationRefusal::AlreadyOn, "already_elevated"),
        (ElevationRefusal::NotOn, "not_elevated"),
    ] {
        assert_eq!(says(&refusal), (code, "O4"));
    }
}
