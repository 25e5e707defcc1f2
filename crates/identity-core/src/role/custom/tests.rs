//! Roles of the customer's own: who makes and changes them, and what they may be called.

use super::*;
use crate::{
    authority::Actor,
    permission::{DATA_LOAD, HCPS_MANAGE, JOURNAL_READ},
    record::Ref,
    role::{AssignRefusal, Holding},
    tenant::GrantPolicy,
    user::{AddUserRefusal, User},
    world::{World, events, name, now, relies_on, replaces, says},
};

fn create(
    world: &mut World,
    authority: &Authority,
    called: &str,
    permissions: impl Into<Permissions>,
) -> Result<Id<Role>, RoleRefusal> {
    let command = CreateRole {
        name: name(called),
        permissions: permissions.into(),
    };
    let catalogue = Catalogue::default();
    let (changes, role) = command.decide(authority, &world.records, &catalogue, &mut world.ids)?;
    assert_eq!(events(&changes), [Event::RoleCreated { role }]);
    world.commit(&changes);
    Ok(role)
}

fn permit(
    world: &World,
    authority: &Authority,
    role: Id<Role>,
    permissions: impl Into<Permissions>,
) -> Result<Changeset, RoleRefusal> {
    let catalogue = Catalogue::default();
    let permissions = permissions.into();
    set_permissions(
        authority,
        &world.records,
        &catalogue,
        role,
        permissions,
        now(),
    )
}

fn call(
    world: &World,
    authority: &Authority,
    role: Id<Role>,
    called: &str,
) -> Result<Changeset, RoleRefusal> {
    rename(authority, &world.records, role, name(called), now())
}

/// A world with somebody who manages roles and nothing else.
fn managed() -> (World, Id<User>) {
    let mut world = World::new();
    let manager = world.desk("roles@example.org", [ROLES_MANAGE]);
    (world, manager)
}

/// A1: roles are for whoever manages roles; who manages users alone does not, and the operator and a program without neither.
#[test]
fn roles_need_the_permission_for_roles() {
    let mut world = World::new();
    let role = world.allow(world.owner, [DATA_LOAD]);
    let desk = world.desk("desk@example.org", [USERS_MANAGE]);
    for actor in [Actor::User(desk), Actor::Operator] {
        let authority = world.act(&actor).unwrap();
        for refused in [
            create(&mut world, &authority, "Front desk", []).map(|_| ()),
            call(&world, &authority, role, "Front desk").map(|_| ()),
            permit(&world, &authority, role, []).map(|_| ()),
            retire(&authority, &world.records, role, now()).map(|_| ()),
        ] {
            let missing = AuthorityRefusal::Missing(ROLES_MANAGE);
            assert_eq!(refused, Err(RoleRefusal::from(missing)), "{actor:?}");
        }
    }
}

/// A2, A3: whoever manages roles and no users makes, renames, narrows and retires them, and adds nothing to what others hold.
#[test]
fn a_manager_of_roles_adds_nothing_to_a_role() {
    let (mut world, manager) = managed();
    let role = world.allow(world.owner, [DATA_LOAD, JOURNAL_READ]);
    let authority = world.as_user(manager);
    // Also what the manager has, and also to a role that nobody holds.
    let own = create(&mut world, &authority, "Front desk", [HCPS_MANAGE]).unwrap();
    for (role, permissions) in [
        (
            role,
            Permissions::from([DATA_LOAD, JOURNAL_READ, ROLES_MANAGE]),
        ),
        (role, Permissions::from([HCPS_MANAGE])),
        (own, Permissions::from([HCPS_MANAGE, ROLES_MANAGE])),
    ] {
        let refusal = permit(&world, &authority, role, permissions).unwrap_err();
        assert_eq!(refusal.code(), "permission_missing");
        assert!(refusal.next().starts_with("make a new role"));
    }
    let changes = permit(&world, &authority, role, [DATA_LOAD]).unwrap();
    let same = permit(&world, &authority, role, [DATA_LOAD, JOURNAL_READ]);
    assert_eq!(same, Err(RoleRefusal::Unchanged));
    assert_eq!(events(&changes), [Event::RoleChanged { role }]);
    assert!(replaces(&changes, &Ref::Role(role)));
    world.commit(&changes);
    let owner = world.as_user(world.owner);
    assert!(owner.explain(&JOURNAL_READ) != owner.explain(&DATA_LOAD));
    let changes = call(&world, &authority, role, "Loading dock").unwrap();
    assert_eq!(events(&changes), [Event::RoleRenamed { role }]);
    world.commit(&changes);
    assert_eq!(world.records.roles[&role].record.name, name("Loading dock"));
    let changes = retire(&authority, &world.records, role, now()).unwrap();
    assert_eq!(events(&changes), [Event::RoleRetired { role }]);
    world.commit(&changes);
}

/// A3: whoever manages users as well adds what they may give away: anything, or under `SubsetOnly` what they hold.
#[test]
fn what_is_added_to_a_role_is_checked_like_its_grant() {
    let mut world = World::new();
    let role = world.allow(world.owner, [DATA_LOAD]);
    let manager = world.desk("desk@example.org", [ROLES_MANAGE, USERS_MANAGE]);
    let held = world.allow(manager, [JOURNAL_READ]);
    let authority = world.as_user(manager);
    assert!(permit(&world, &authority, role, [DATA_LOAD, HCPS_MANAGE]).is_ok());
    world.policy(|it| it.grant_policy = GrantPolicy::SubsetOnly);
    let authority = world.as_user(manager);
    for (permissions, expected) in [
        (Permissions::from([DATA_LOAD, HCPS_MANAGE]), false),
        (Permissions::from([JOURNAL_READ, HCPS_MANAGE]), false),
        // What is there already is not given.
        (Permissions::from([DATA_LOAD, JOURNAL_READ]), true),
        (Permissions::from([USERS_MANAGE]), true),
        (Permissions::new(), true),
    ] {
        let changed = permit(&world, &authority, role, permissions);
        let refusal = changed.map(|_| ()).err();
        let more = RoleRefusal::Grant(GrantRefusal::MoreThanHeld);
        assert_eq!(refusal, (!expected).then_some(more));
    }
    let changes = permit(&world, &authority, role, [DATA_LOAD, JOURNAL_READ]).unwrap();
    assert!(relies_on(&changes, &Ref::Role(held)));
    // An elevated owner holds everything.
    let owner = world.elevated(world.owner);
    assert!(permit(&world, &owner, role, [DATA_LOAD, HCPS_MANAGE]).is_ok());
}

/// A1: the right to manage users is relied on where it was looked at, and only there.
#[test]
fn adding_to_a_role_relies_on_both_rights() {
    let (mut world, manager) = managed();
    let manages = world.allow(manager, [USERS_MANAGE]);
    let role = world.allow(world.owner, [DATA_LOAD]);
    let authority = world.as_user(manager);
    let changes = permit(&world, &authority, role, [DATA_LOAD, HCPS_MANAGE]).unwrap();
    assert!(relies_on(&changes, &Ref::Role(manages)));
    let changes = permit(&world, &authority, role, []).unwrap();
    assert!(!relies_on(&changes, &Ref::Role(manages)));
}

/// A3: a name that a reader takes for another role's is taken, whatever its case, its blanks and the alphabet of its letters.
#[test]
fn a_name_that_looks_like_another_is_taken() {
    let (mut world, manager) = managed();
    let authority = world.as_user(manager);
    let role = create(&mut world, &authority, "Front desk", []).unwrap();
    let other = create(&mut world, &authority, "Night shift", []).unwrap();
    for called in [
        "Tenant Owner",
        "Tenant Owner ",
        " Tenant  Owner",
        "Tenant\u{a0}Owner",
        "tenant owner",
        "TENANT OWNER",
        "\u{ff34}\u{ff25}\u{ff2e}\u{ff21}\u{ff2e}\u{ff34} Owner",
        // Cyrillic small, Cyrillic capital, Greek small, Greek capital letters.
        "T\u{435}n\u{430}nt \u{43e}wn\u{435}r",
        "\u{422}enant Owner",
        "\u{422}\u{415}N\u{410}N\u{422} \u{41e}WN\u{415}R",
        "Tenant \u{3bf}wner",
        "\u{3a4}\u{395}\u{39d}\u{391}\u{39d}\u{3a4} \u{39f}W\u{39d}\u{395}R",
        // A zero, a joiner that is not seen, mathematical letters.
        "Tenant 0wner",
        "Ten\u{200d}ant Owner",
        "\u{1d413}enant Owner",
        // A capital I for a small l, and the other way round.
        "GUEST",
        "SYSTEM ADMlNISTRATOR",
        "system administrator",
        "Syst\u{435}m Administrator",
        "Pat1ent",
        "Night shift",
        "Nlght shIft",
    ] {
        let made = create(&mut world, &authority, called, []);
        assert_eq!(made, Err(RoleRefusal::NameTaken), "{called}");
        let renamed = call(&world, &authority, role, called).map(|_| ());
        assert_eq!(renamed, Err(RoleRefusal::NameTaken), "{called}");
    }
    // Its own name may be spelled otherwise; and what only resembles another's is free.
    for called in [
        "FRONT DESK",
        "Front Desk",
        "Tenant Owners",
        "Owner",
        "Tenantowner",
    ] {
        assert!(call(&world, &authority, role, called).is_ok(), "{called}");
    }
    assert_eq!(
        call(&world, &authority, other, "Night shift"),
        Err(RoleRefusal::Unchanged)
    );
}

/// A3: two alphabets that do not look alike are two names, and one alphabet has its cases.
#[test]
fn names_of_other_alphabets_are_names() {
    let (mut world, manager) = managed();
    let authority = world.as_user(manager);
    // Doctor and nurse, in Russian and in Greek.
    let doctor = "\u{412}\u{440}\u{430}\u{447}";
    for called in [
        doctor,
        "\u{41c}\u{435}\u{434}\u{441}\u{435}\u{441}\u{442}\u{440}\u{430}",
        "\u{399}\u{3b1}\u{3c4}\u{3c1}\u{3cc}\u{3c2}",
        "\u{533b}\u{5e2b}",
    ] {
        assert!(
            create(&mut world, &authority, called, []).is_ok(),
            "{called}"
        );
    }
    for called in [doctor.to_lowercase(), doctor.to_uppercase()] {
        let made = create(&mut world, &authority, &called, []);
        assert_eq!(made, Err(RoleRefusal::NameTaken), "{called}");
    }
}

/// A3: what is built in stays as it is, whoever asks.
#[test]
fn the_built_in_roles_stay_as_they_are() {
    let mut world = World::new();
    let authority = world.elevated(world.owner);
    for kind in [
        RoleKind::TenantOwner,
        RoleKind::SystemAdministrator,
        RoleKind::Learner,
        RoleKind::Teacher,
        RoleKind::Patient,
        RoleKind::Guest,
    ] {
        let role = world.role(kind);
        for refused in [
            call(&world, &authority, role, "Front desk"),
            permit(&world, &authority, role, [DATA_LOAD]),
            permit(&world, &authority, role, []),
            retire(&authority, &world.records, role, now()),
        ] {
            assert_eq!(refused, Err(RoleRefusal::BuiltIn), "{kind:?}");
        }
        assert!(!kind.is_custom());
    }
    assert!(RoleKind::Custom.is_custom());
}

/// A5: a permission that nobody knows is refused, and the host's are known beside ours.
#[test]
fn an_unknown_permission_is_refused() {
    let mut world = World::new();
    let authority = world.as_user(world.owner);
    let hosts = Permission::parse("wards:manage").unwrap();
    let unknown = RoleRefusal::UnknownPermission(hosts.clone());
    let made = create(&mut world, &authority, "Ward", [hosts.clone()]);
    assert_eq!(made, Err(unknown.clone()));
    let role = create(&mut world, &authority, "Ward", [DATA_LOAD]).unwrap();
    let changed = permit(&world, &authority, role, [hosts.clone()]);
    assert_eq!(changed, Err(unknown));
    let catalogue = Catalogue::with([hosts.clone()]);
    let permissions = Permissions::from([hosts.clone(), DATA_LOAD]);
    let records = &world.records;
    let changed = set_permissions(&authority, records, &catalogue, role, permissions, now());
    assert!(changed.is_ok());
    let command = CreateRole {
        name: name("Night ward"),
        permissions: [hosts].into(),
    };
    let made = command.decide(&authority, &world.records, &catalogue, &mut world.ids);
    assert!(made.is_ok());
}

/// A1, A5: a retired role gives nothing to whoever holds it, is given to nobody, stays as it is, and its name is free.
#[test]
fn a_retired_role_gives_nothing_and_frees_its_name() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let authority = world.as_user(world.owner);
    let role = create(&mut world, &authority, "Front desk", [DATA_LOAD]).unwrap();
    let holding = Holding::of(&world.records, ada, role);
    let (given, _) = holding.assign(&authority, &mut world.ids).unwrap();
    world.commit(&given);
    assert!(world.as_user(ada).allows(&DATA_LOAD));
    let relied = world.as_user(ada).permit(&DATA_LOAD).unwrap();
    let changes = retire(&authority, &world.records, role, now()).unwrap();
    world.commit(&changes);
    assert!(world.try_commit(&relied).is_err());
    assert!(!world.as_user(ada).allows(&DATA_LOAD));
    for refused in [
        call(&world, &authority, role, "Back desk"),
        permit(&world, &authority, role, []),
        retire(&authority, &world.records, role, now()),
    ] {
        assert_eq!(refused, Err(RoleRefusal::Retired));
    }
    let holding = Holding::of(&world.records, world.owner, role);
    let given = holding.assign(&authority, &mut world.ids).map(|_| ());
    assert_eq!(given, Err(AssignRefusal::RoleRetired));
    let command = crate::user::AddUser {
        email: crate::world::email("new@example.org"),
        whose: crate::user::Whose::KnownOrNew(crate::world::person_name("New", "Comer")),
        role,
        status: crate::user::UserStatus::Active,
    };
    let added = command.decide(&authority, &world.records, &mut world.ids);
    assert_eq!(added.map(|_| ()), Err(AddUserRefusal::RoleUnfit));
    // It is still taken from whoever holds it.
    assert!(
        Holding::of(&world.records, ada, role)
            .remove(&authority, now())
            .is_ok()
    );
    let anew = create(&mut world, &authority, "front  DESK", []).unwrap();
    assert_ne!(anew, role);
}

/// A5: two names that only look alike, taken at the same moment by new roles or by one that is renamed, collide.
#[test]
fn names_that_look_alike_collide() {
    let mut world = World::new();
    let authority = world.as_user(world.owner);
    let role = create(&mut world, &authority, "Front desk", [DATA_LOAD]).unwrap();
    let renamed = call(&world, &authority, role, "Team").unwrap();
    // The second begins with a Cyrillic letter.
    let [made, drawn_alike] = ["Team", "\u{422}eam"].map(|called| {
        let command = CreateRole {
            name: name(called),
            permissions: Permissions::new(),
        };
        let catalogue = Catalogue::default();
        let decided = command.decide(&authority, &world.records, &catalogue, &mut world.ids);
        decided.unwrap().0
    });
    let guest = Ref::Role(world.role(RoleKind::Guest));
    assert!(replaces(&made, &guest) && replaces(&renamed, &guest));
    assert!(world.collide(&made, &drawn_alike));
    assert!(world.collide(&renamed, &drawn_alike));
}

/// A1: two changes of one role collide, and a change of it with its grant.
#[test]
fn changes_of_one_role_collide() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let authority = world.as_user(world.owner);
    let role = create(&mut world, &authority, "Front desk", [DATA_LOAD]).unwrap();
    let renamed = call(&world, &authority, role, "Back desk").unwrap();
    let changed = permit(&world, &authority, role, []).unwrap();
    let retired = retire(&authority, &world.records, role, now()).unwrap();
    for (one, two) in [
        (&renamed, &changed),
        (&changed, &retired),
        (&retired, &renamed),
    ] {
        assert!(world.collide(one, two));
    }
    let holding = Holding::of(&world.records, ada, role);
    let (given, _) = holding.assign(&authority, &mut world.ids).unwrap();
    for changes in [renamed, changed, retired] {
        let mut world = world.clone();
        world.commit(&changes);
        assert!(world.try_commit(&given).is_err());
    }
}

/// A5: an id that is none is said to be none, and each refusal has its code, the rule and the next step.
#[test]
fn each_refusal_says_what_it_is() {
    let mut world = World::new();
    let authority = world.as_user(world.owner);
    let unknown = world.ids.id();
    let refused = retire(&authority, &world.records, unknown, now());
    assert_eq!(refused, Err(RoleRefusal::UnknownRole));
    let missing = |it| RoleRefusal::from(AuthorityRefusal::Missing(it));
    let hosts = Permission::parse("wards:manage").unwrap();
    for (refusal, code, rule) in [
        (missing(ROLES_MANAGE), "permission_missing", "A1"),
        (missing(USERS_MANAGE), "permission_missing", "A1"),
        (
            RoleRefusal::Grant(GrantRefusal::MoreThanHeld),
            "more_than_held",
            "A2",
        ),
        (RoleRefusal::UnknownRole, "role_unknown", "A5"),
        (RoleRefusal::NameTaken, "role_name_taken", "A3"),
        (
            RoleRefusal::UnknownPermission(hosts),
            "permission_unknown",
            "A5",
        ),
        (RoleRefusal::BuiltIn, "role_built_in", "A3"),
        (RoleRefusal::Retired, "role_retired", "A5"),
        (RoleRefusal::Unchanged, "role_unchanged", "A5"),
    ] {
        assert_eq!(says(&refusal), (code, rule));
    }
    let next = |it| missing(it).next();
    assert_ne!(next(ROLES_MANAGE), next(USERS_MANAGE));
}
