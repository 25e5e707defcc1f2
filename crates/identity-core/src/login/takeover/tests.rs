//! Who acts for whom.

use super::*;
use crate::{
    authority::Actor,
    record::Ref,
    role::{AssignmentStatus, Holding, RoleKind},
    tenant::GrantPolicy,
    world::{World, now, relies_on, says},
};

/// A tenant with an owner, an elevated owner, an administrator, a desk that manages users, a learner and a patient.
struct Scene {
    world: World,
    second: Id<User>,
    admin: Id<User>,
    desk: Id<User>,
    ada: Id<User>,
}

impl Scene {
    fn new() -> Self {
        let mut world = World::new();
        Self {
            second: world.add_owner("second@example.org"),
            admin: world.add("admin@example.org", RoleKind::SystemAdministrator),
            desk: world.desk("desk@example.org", [USERS_MANAGE]),
            ada: world.add("ada@example.org", RoleKind::Learner),
            world,
        }
    }

    fn takeover(
        &self,
        authority: &Authority,
        user: Id<User>,
    ) -> Result<Changeset, TakeoverRefusal> {
        permit_takeover(authority, &self.world.records, user, Present::NOT_GIVEN)
    }

    fn code(&self, authority: &Authority, user: Id<User>) -> &'static str {
        let taken = self.takeover(authority, user);
        taken.map_or_else(|it| it.code(), |_| "allowed")
    }
}

/// O3, A3: who may act for whom: owners only by themselves or another elevated owner, everybody else by who manages users, and
/// nobody by a program or the operator.
#[test]
fn who_may_act_for_whom() {
    let mut scene = Scene::new();
    let (owner, second, admin) = (scene.world.owner, scene.second, scene.admin);
    let (desk, ada) = (scene.desk, scene.ada);
    let elevated = scene.world.elevated(second);
    let actors = [owner, admin, desk, ada].map(|it| scene.world.as_user(it));
    let [by_owner, by_admin, by_desk, by_ada] = &actors;
    let programs = [owner, ada].map(|it| scene.world.program(it));
    let [own_program, ada_program] = programs.map(|it| scene.world.act(&it).unwrap());
    let operator = scene.world.act(&Actor::Operator).unwrap();
    let unknown = scene.world.ids.id();
    for (number, (authority, user, expected)) in [
        (by_owner, owner, "allowed"),
        (&elevated, owner, "allowed"),
        (&elevated, second, "present_password_needed"),
        (by_owner, second, "elevation_required"),
        (by_admin, owner, "elevation_required"),
        (by_desk, owner, "elevation_required"),
        (&own_program, owner, "elevation_required"),
        (&operator, owner, "permission_missing"),
        (by_ada, owner, "permission_missing"),
        (by_desk, admin, "allowed"),
        (by_desk, ada, "allowed"),
        (&elevated, ada, "allowed"),
        (by_ada, ada, "allowed"),
        (by_ada, desk, "permission_missing"),
        (&ada_program, ada, "permission_missing"),
        (&operator, ada, "permission_missing"),
        (by_desk, unknown, "user_unknown"),
        (by_ada, unknown, "permission_missing"),
        (&operator, unknown, "permission_missing"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(scene.code(authority, user), expected, "{number}");
    }
    let refusal = scene.takeover(by_admin, owner).unwrap_err();
    assert_eq!(says(&refusal), ("elevation_required", "O3"));
}

/// A3: a manager of users does not act for a stronger user under `SubsetOnly`, whether or not the role counts at the moment.
#[test]
fn a_manager_does_not_act_for_a_stronger_user() {
    let mut scene = Scene::new();
    scene
        .world
        .policy(|it| it.grant_policy = GrantPolicy::SubsetOnly);
    let (desk, admin, ada) = (scene.desk, scene.admin, scene.ada);
    let by_desk = scene.world.as_user(desk);
    assert_eq!(scene.code(&by_desk, admin), "more_than_held");
    assert_eq!(scene.code(&by_desk, ada), "allowed");
    let by_admin = scene.world.as_user(admin);
    assert_eq!(scene.code(&by_admin, desk), "allowed");
    for stored in scene.world.records.assignments.values_mut() {
        if stored.record.user == admin {
            stored.record.status = AssignmentStatus::Inactive;
        }
    }
    assert_eq!(scene.code(&by_desk, admin), "more_than_held");
}

/// A3: also who holds nothing is acted for by who manages users alone.
#[test]
fn who_holds_nothing_is_not_everybodys() {
    let mut scene = Scene::new();
    let (desk, ada) = (scene.desk, scene.ada);
    let bo = scene.world.add("bo@example.org", RoleKind::Learner);
    let assignments = &mut scene.world.records.assignments;
    assignments.retain(|_, it| it.record.user != ada);
    let [by_desk, by_bo] = [desk, bo].map(|it| scene.world.as_user(it));
    assert_eq!(scene.code(&by_bo, ada), "permission_missing");
    let changes = scene.takeover(&by_desk, ada).unwrap();
    let mut held = scene.world.records.assignments.values();
    let custom = held.find(|it| it.record.user == desk && it.record.kind == RoleKind::Custom);
    let custom = custom.unwrap().record.id;
    assert!(relies_on(&changes, &Ref::Assignment(custom)));
}

/// A3: acting for a user is acting for whomever else the login opens here, and never for users of another tenant.
#[test]
fn a_login_is_as_strong_as_all_that_it_opens() {
    let mut scene = Scene::new();
    // Patients who log in as an owner does, and as the desk does.
    let of_owner = scene.world.patient("owner@example.org");
    let of_desk = scene.world.patient("desk@example.org");
    let (admin, desk, owner) = (scene.admin, scene.desk, scene.world.owner);
    let by_admin = scene.world.as_user(admin);
    assert_eq!(scene.code(&by_admin, of_owner), "elevation_required");
    assert_eq!(scene.code(&by_admin, of_desk), "allowed");
    // Whoever has the login is all of them, and a program is none.
    let by_owner = scene.world.as_user(owner);
    assert_eq!(scene.code(&by_owner, of_owner), "allowed");
    let by_patient = scene.world.as_user(of_owner);
    assert_eq!(scene.code(&by_patient, owner), "allowed");
    let program = scene.world.program(owner);
    let program = scene.world.act(&program).unwrap();
    assert_eq!(scene.code(&program, of_owner), "elevation_required");

    scene.world.works_elsewhere(desk);
    let by_admin = scene.world.as_user(admin);
    let elevated = scene.world.elevated(owner);
    for user in [desk, of_desk] {
        for authority in [&by_admin, &elevated] {
            let refusal = scene.takeover(authority, user).unwrap_err();
            assert_eq!(says(&refusal), ("login_of_other_tenants", "A3"));
        }
    }
    let by_desk = scene.world.as_user(desk);
    assert_eq!(scene.code(&by_desk, desk), "allowed");
    // Nobody is the same because neither has a login.
    for user in [desk, admin] {
        let stored = scene.world.records.users.get_mut(&user).unwrap();
        stored.record.account = None;
    }
    let by_ada = scene.world.as_user(scene.ada);
    assert_eq!(scene.code(&by_ada, admin), "permission_missing");
    let by_desk = scene.world.as_user(desk);
    let changes = scene.takeover(&by_desk, admin).unwrap();
    let own = scene.world.assignment(desk, RoleKind::Learner).unwrap().id;
    assert!(!relies_on(&changes, &Ref::Assignment(own)));
    let of_themselves = [desk, admin].map(|it| scene.world.as_user(it));
    assert!(!of_themselves[0].logs_in_as(&scene.world.records.users[&admin].record));
}

/// A1, A3: acting for a user relies on every role that was looked at, and a role that is given meanwhile collides.
#[test]
fn acting_for_a_user_relies_on_what_they_hold() {
    let mut scene = Scene::new();
    let (desk, admin, ada) = (scene.desk, scene.admin, scene.ada);
    let sibling = scene.world.patient("ada@example.org");
    let by_desk = scene.world.as_user(desk);
    let changes = scene.takeover(&by_desk, ada).unwrap();
    let held = [(ada, RoleKind::Learner), (sibling, RoleKind::Patient)];
    for (user, kind) in held {
        let assignment = scene.world.assignment(user, kind).unwrap();
        let (assignment, role) = (assignment.id, assignment.role);
        for relied in [
            Ref::Assignment(assignment),
            Ref::Role(role),
            Ref::User(user),
        ] {
            assert!(relies_on(&changes, &relied), "{relied:?}");
        }
    }
    let managing = scene.world.records.assignments.values();
    let managing = managing.filter(|it| it.record.user == desk);
    let custom = managing.filter(|it| it.record.kind == RoleKind::Custom);
    let custom = custom.map(|it| it.record.id).next().unwrap();
    assert!(relies_on(&changes, &Ref::Assignment(custom)));
    let by_admin = scene.world.as_user(admin);
    for kind in [RoleKind::Teacher, RoleKind::SystemAdministrator] {
        let mut world = scene.world.clone();
        let holding = Holding::of(&world.records, ada, world.role(kind));
        let (given, _) = holding.assign(&by_admin, &mut world.ids).unwrap();
        world.commit(&given);
        assert!(world.try_commit(&changes).is_err(), "{kind:?}");
    }
}

/// E2, O4: in a session, which may be stolen, whoever acts for themselves has given the present password; it helps nobody to act
/// for others, and where no session says that it is they, the host does.
#[test]
fn the_present_password_is_asked_for_in_a_session() {
    let mut scene = Scene::new();
    let sibling = scene.world.patient("ada@example.org");
    let (ada, desk) = (scene.ada, scene.desk);
    let session = scene.world.log_in(ada);
    let in_session = scene.world.act(&session).unwrap();
    let by_host = scene.world.as_user(ada);
    let missing = Some("permission_missing");
    for (authority, user, not_given, given) in [
        (&in_session, ada, Some("present_password_needed"), None),
        (&in_session, sibling, Some("present_password_needed"), None),
        (&in_session, desk, missing, missing),
        (&by_host, ada, None, None),
    ] {
        for (present, expected) in [(Present::NOT_GIVEN, not_given), (Present::GIVEN, given)] {
            let allowed = permit_takeover(authority, &scene.world.records, user, present);
            let refusal = allowed.err();
            assert_eq!(refusal.as_ref().map(Refusal::code), expected, "{present:?}");
        }
    }
}

/// A5: each refusal has its code, the rule and the next step.
#[test]
fn each_refusal_says_what_it_is() {
    let elevation = || GrantRefusal::from(AuthorityRefusal::NotElevated);
    for (refusal, code, rule) in [
        (elevation().into(), "elevation_required", "O3"),
        (GrantRefusal::MoreThanHeld.into(), "more_than_held", "A2"),
        (TakeoverRefusal::UnknownUser, "user_unknown", "A5"),
        (
            TakeoverRefusal::PresentNeeded,
            "present_password_needed",
            "E2",
        ),
        (
            TakeoverRefusal::OtherTenants,
            "login_of_other_tenants",
            "A3",
        ),
    ] {
        assert_eq!(says(&refusal), (code, rule));
    }
    assert!(TakeoverRefusal::from(elevation()).next() != elevation().next());
    for (refusal, code, rule) in [
        (PresentRefused::NotKeptHere, "no_password_here", "A5"),
        (PresentRefused::Wrong, "login_wrong", "E2"),
        (
            PresentRefused::TooManyTries { until: now() },
            "too_many_tries",
            "E2",
        ),
    ] {
        assert_eq!(says(&refusal), (code, rule));
    }
}
