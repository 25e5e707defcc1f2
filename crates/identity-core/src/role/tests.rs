//! What may be given, taken and done for others, by whom.

use super::*;
use crate::{
    authority::{Actor, Authority, AuthorityRefusal},
    changeset::Changeset,
    journal::Event,
    outbox::MessageKind,
    owner::{
        Owners,
        elevation::{self, ElevationRefusal},
    },
    permission::{DATA_LOAD, USERS_MANAGE},
    record::{Put, Ref, Version},
    refusal::Refusal as _,
    tenant::{DomainStatus, GrantPolicy, Tenant},
    user::UserStatus,
    world::{World, events, name, now, relies_on, replaces, says},
};

fn assign(
    world: &mut World,
    authority: &Authority,
    user: Id<User>,
    kind: RoleKind,
) -> Result<Changeset, AssignRefusal> {
    let role = world.role(kind);
    Holding::of(&world.records, user, role)
        .assign(authority, &mut world.ids)
        .map(|(changes, _)| changes)
}
fn remove(
    world: &World,
    authority: &Authority,
    user: Id<User>,
    kind: RoleKind,
) -> Result<Changeset, RemoveRefusal> {
    Holding::of(&world.records, user, world.role(kind)).remove(authority, crate::world::now())
}

/// O2, O4: only an owner whose role is switched on grants Tenant Owner, whatever else the actor may do.
#[test]
fn only_an_elevated_owner_grants_ownership() {
    let mut world = World::new();
    let target = world.add("ada@example.org", RoleKind::Learner);
    let admin = world.add("admin@example.org", RoleKind::SystemAdministrator);
    for actor in [world.owner, admin] {
        let authority = world.as_user(actor);
        let refusal = assign(&mut world, &authority, target, RoleKind::TenantOwner).unwrap_err();
        assert_eq!(
            (refusal.code(), refusal.rule()),
            ("elevation_required", "O2")
        );
    }
    let elevated = world.elevated(world.owner);
    let changes = assign(&mut world, &elevated, target, RoleKind::TenantOwner).unwrap();
    world.commit(&changes);
    assert!(Owners::holds(target, &world.records));
    assert_eq!(
        world
            .records
            .owners
            .values()
            .next()
            .unwrap()
            .record
            .usable
            .len(),
        2
    );
}

/// A3, O1: a password set for the new owner, or a login moved, at the same moment collides with the grant.
#[test]
fn a_grant_of_ownership_relies_on_the_login() {
    let mut world = World::new();
    let target = world.add("ada@example.org", RoleKind::Learner);
    let login = Ref::Account(world.account(target).record.id);
    let elevated = world.elevated(world.owner);
    let changes = assign(&mut world, &elevated, target, RoleKind::TenantOwner).unwrap();
    assert!(relies_on(&changes, &login));
    let other = assign(&mut world, &elevated, target, RoleKind::Teacher).unwrap();
    assert!(!relies_on(&other, &login));
}

/// O4: asking to switch on a role one does not hold is refused before anything else.
#[test]
fn nobody_but_an_owner_can_be_elevated() {
    let mut world = World::new();
    let admin = world.add("admin@example.org", RoleKind::SystemAdministrator);
    let actor = world.log_in(admin);
    let not_an_owner = ElevationRefusal::Authority(AuthorityRefusal::NotAnOwner);
    assert_eq!(world.switch_on(&actor), Err(not_an_owner));
}

/// O2: never from oneself, also when another owner is there; other roles of one's own may go.
#[test]
fn an_owner_cannot_remove_ownership_from_themselves() {
    let mut world = World::new();
    let second = world.add_owner("second@example.org");
    let authority = world.elevated(second);
    assert_eq!(
        remove(&world, &authority, second, RoleKind::TenantOwner),
        Err(RemoveRefusal::OwnOwnership)
    );
    let changes = remove(&world, &authority, second, RoleKind::Learner).unwrap();
    world.commit(&changes);
    let changes = remove(&world, &authority, world.owner, RoleKind::TenantOwner);
    // The authority was read before the commit; its expectations are what a store checks.
    assert!(changes.is_ok());
}

/// O1: removing the other owner leaves one, who cannot be removed by anybody.
#[test]
fn one_usable_owner_is_always_left() {
    let mut world = World::new();
    let second = world.add_owner("second@example.org");
    let authority = world.elevated(second);
    let changes = remove(&world, &authority, world.owner, RoleKind::TenantOwner).unwrap();
    assert!(changes.touches_owners());
    assert!(
        changes
            .writes()
            .iter()
            .any(|it| matches!(it, crate::changeset::Write::Replace(Put::Owners(_), _)))
    );
    world.commit(&changes);
    assert_eq!(
        world.records.owners.values().next().unwrap().record.usable,
        [second].into()
    );
    // The first owner is a System Administrator still, and that is not enough.
    let authority = world.as_user(world.owner);
    let refusal = remove(&world, &authority, second, RoleKind::TenantOwner).unwrap_err();
    assert_eq!(refusal.code(), "elevation_required");
}

/// O1: an owner whose user is inactive or whose login is not linked does not count.
#[test]
fn ownership_needs_a_user_who_can_come_in() {
    let mut world = World::new();
    let target = world.add("ada@example.org", RoleKind::Learner);
    let authority = world.as_user(world.owner);
    let inactive = crate::user::set_status(
        &authority,
        &world.records,
        target,
        UserStatus::Inactive,
        crate::world::now(),
    );
    world.commit(&inactive.unwrap());
    let authority = world.elevated(world.owner);
    assert_eq!(
        assign(&mut world, &authority, target, RoleKind::TenantOwner),
        Err(AssignRefusal::OwnerNotUsable)
    );
}

/// A2: under `SubsetOnly` nobody gives more than they have; an elevated owner has everything.
#[test]
fn the_grant_policy_decides_what_a_manager_of_users_may_give() {
    let mut world = World::new();
    let target = world.add("ada@example.org", RoleKind::Learner);
    let manager = world.add("manager@example.org", RoleKind::Learner);
    let permissions = [USERS_MANAGE].into();
    let role = Role::custom(world.ids.id(), name("Desk"), permissions);
    let mut changes = Changeset::new(world.tenant);
    changes.create(role.clone());
    changes.create(Assignment {
        id: world.ids.id(),
        user: manager,
        role: role.id,
        kind: RoleKind::Custom,
        status: AssignmentStatus::Active,
    });
    world.commit(&changes);
    let authority = world.as_user(manager);
    assert!(
        assign(
            &mut world,
            &authority,
            target,
            RoleKind::SystemAdministrator
        )
        .is_ok()
    );

    let tenant = world.records.tenants.values().next().unwrap().clone();
    let mut changes = Changeset::new(world.tenant);
    changes.replace(
        &tenant,
        Tenant {
            grant_policy: GrantPolicy::SubsetOnly,
            ..tenant.record.clone()
        },
    );
    world.commit(&changes);
    let authority = world.as_user(manager);
    let refusal = assign(
        &mut world,
        &authority,
        target,
        RoleKind::SystemAdministrator,
    )
    .unwrap_err();
    assert_eq!(refusal, AssignRefusal::Grant(GrantRefusal::MoreThanHeld));
    assert!(assign(&mut world, &authority, target, RoleKind::Teacher).is_ok());
    let owner = world.elevated(world.owner);
    assert!(assign(&mut world, &owner, target, RoleKind::SystemAdministrator).is_ok());
}

/// A5: a refusal changes nothing and names the next step; what is done already is said.
#[test]
fn each_refusal_says_what_it_is() {
    let mut world = World::new();
    let user = world.add("ada@example.org", RoleKind::Learner);
    let authority = world.as_user(world.owner);
    let unknown = world.ids.id();
    assert_eq!(
        assign(&mut world, &authority, unknown, RoleKind::Learner),
        Err(AssignRefusal::UnknownUser)
    );
    assert_eq!(
        assign(&mut world, &authority, user, RoleKind::Learner),
        Err(AssignRefusal::AlreadyHeld)
    );
    assert_eq!(
        remove(&world, &authority, user, RoleKind::Teacher),
        Err(RemoveRefusal::NotHeld)
    );
    let role = world.ids.id();
    let holding = Holding::of(&world.records, user, role);
    assert_eq!(
        holding.remove(&authority, crate::world::now()),
        Err(RemoveRefusal::UnknownRole)
    );
    let nobody = world.as_user(user);
    let refusal = assign(&mut world, &nobody, user, RoleKind::Teacher).unwrap_err();
    assert_eq!(refusal.code(), "permission_missing");
}

/// A3: a role that is only called like the powerful one gives nothing.
#[test]
fn a_role_is_what_its_kind_says_not_its_name() {
    let mut world = World::new();
    let user = world.add("ada@example.org", RoleKind::Learner);
    let actor = world.log_in(user);
    // No command makes a role of this name; should it be there all the same, it gives nothing.
    let role = Role::custom(world.ids.id(), name("Tenant Owner"), Permissions::new());
    let held = Assignment {
        id: world.ids.id(),
        user,
        role: role.id,
        kind: RoleKind::Custom,
        status: AssignmentStatus::Active,
    };
    for put in [Put::Role(role), Put::Assignment(held)] {
        world.records.insert(put, Version::FIRST);
    }
    let not_an_owner = ElevationRefusal::Authority(AuthorityRefusal::NotAnOwner);
    assert_eq!(world.switch_on(&actor), Err(not_an_owner));
    assert!(!world.as_user(user).allows(&USERS_MANAGE));
}

/// O1: an owner who can no longer come in is none, and so cannot remove the last one who can.
#[test]
fn the_last_usable_owner_is_not_removed_by_one_who_is_not() {
    let mut world = World::new();
    let second = world.add_owner("second@example.org");
    let authority = world.elevated(second);
    // Since the authority was read, which a store would notice.
    let account = world.records.users[&second].record.account.unwrap();
    let unlinked = world.records.accounts.get_mut(&account).unwrap();
    unlinked.record.link = crate::account::LoginLink::Unlinked;
    assert_eq!(
        remove(&world, &authority, world.owner, RoleKind::TenantOwner),
        Err(RemoveRefusal::LastOwner)
    );
}

/// O1: nobody becomes an owner whom no login provider knows.
#[test]
fn ownership_needs_a_login_that_is_linked() {
    let mut world = World::new();
    let target = world.add("ada@example.org", RoleKind::Learner);
    let account = world.records.users[&target].record.account.unwrap();
    let linked = world.records.accounts[&account].record.link.clone();
    for (link, usable) in [(crate::account::LoginLink::Unlinked, false), (linked, true)] {
        let account = world.records.accounts.get_mut(&account).unwrap();
        account.record.link = link;
        let authority = world.elevated(world.owner);
        let assigned = assign(&mut world, &authority, target, RoleKind::TenantOwner);
        let refusal = assigned.map(|_| ()).err();
        assert_eq!(refusal, (!usable).then_some(AssignRefusal::OwnerNotUsable));
    }
}

/// A1, A3: giving a role relies on what the role permits and on who gets it, as they were read.
#[test]
fn what_is_given_and_to_whom_is_relied_on() {
    let mut world = World::new();
    let target = world.add("ada@example.org", RoleKind::Learner);
    let authority = world.as_user(world.owner);
    let changes = assign(&mut world, &authority, target, RoleKind::Teacher).unwrap();
    let role = world.role(RoleKind::Teacher);
    assert!(relies_on(&changes, &Ref::Role(role)));
    assert!(replaces(&changes, &Ref::User(target)));
    world.commit(&changes);
    let changes = remove(&world, &authority, target, RoleKind::Teacher).unwrap();
    assert!(relies_on(&changes, &Ref::Role(role)));
}

/// A1, A2: under `SubsetOnly` what is given away may be held by several roles, and losing any of them meanwhile must
/// make the commit stale.
#[test]
fn every_role_that_holds_what_is_given_is_relied_on() {
    let mut world = World::new();
    let target = world.add("ada@example.org", RoleKind::Learner);
    let manager = world.add("manager@example.org", RoleKind::Learner);
    let manages = world.allow(manager, [USERS_MANAGE]);
    let mut loads = world.records.roles[&manages].record.clone();
    loads.id = world.ids.id();
    loads.permissions = [DATA_LOAD].into();
    let id = world.ids.id();
    for put in [
        Put::Role(loads.clone()),
        Put::Assignment(Assignment {
            id,
            user: manager,
            role: loads.id,
            kind: RoleKind::Custom,
            status: AssignmentStatus::Active,
        }),
    ] {
        world.records.insert(put, Version::FIRST);
    }
    let tenant = world.records.tenants.values_mut().next().unwrap();
    tenant.record.grant_policy = GrantPolicy::SubsetOnly;
    let authority = world.as_user(manager);
    let role = loads.id;
    let (changes, _) = Holding::of(&world.records, target, role)
        .assign(&authority, &mut world.ids)
        .unwrap();
    assert!(relies_on(&changes, &Ref::Role(manages)));
    assert!(relies_on(&changes, &Ref::Assignment(id)));
}

/// J1: what is given and taken is entered, and what was taken can be given again.
#[test]
fn giving_and_taking_are_entered() {
    let mut world = World::new();
    let target = world.add("ada@example.org", RoleKind::Learner);
    let authority = world.as_user(world.owner);
    for _ in 0..2 {
        let changes = assign(&mut world, &authority, target, RoleKind::Teacher).unwrap();
        world.commit(&changes);
        let assignment = world.assignment(target, RoleKind::Teacher).unwrap().id;
        let (user, role) = (target, world.role(RoleKind::Teacher));
        let given = Event::RoleAssigned {
            assignment,
            user,
            role,
        };
        assert_eq!(events(&changes), [given]);
        let changes = remove(&world, &authority, target, RoleKind::Teacher).unwrap();
        world.commit(&changes);
        let taken = Event::RoleRemoved {
            assignment,
            user,
            role,
        };
        assert_eq!(events(&changes), [taken]);
    }
}

/// A3: roles for patients are given to users of the patient care domain alone, and the others to the staff alone.
#[test]
fn a_role_is_for_users_of_its_domain() {
    let mut world = World::new();
    let staff = world.add("ada@example.org", RoleKind::Learner);
    let patient = world.patient("pat@example.org");
    let custom = world.allow(world.owner, [DATA_LOAD]);
    let authority = world.elevated(world.owner);
    for (kind, domain) in [
        (RoleKind::TenantOwner, DomainKind::Internal),
        (RoleKind::SystemAdministrator, DomainKind::Internal),
        (RoleKind::Teacher, DomainKind::Internal),
        (RoleKind::Custom, DomainKind::Internal),
        (RoleKind::Guest, DomainKind::PatientCare),
    ] {
        let role = match kind {
            RoleKind::Custom => custom,
            _ => world.role(kind),
        };
        for (user, of) in [
            (staff, DomainKind::Internal),
            (patient, DomainKind::PatientCare),
        ] {
            let holding = Holding::of(&world.records, user, role);
            let assigned = holding.assign(&authority, &mut world.ids);
            let refusal = assigned.map(|_| ()).err();
            let expected = (of != domain).then_some(AssignRefusal::OtherDomain);
            assert_eq!(refusal, expected, "{kind:?}");
        }
    }
    let patients = world.role(RoleKind::Patient);
    let holding = Holding::of(&world.records, staff, patients);
    let assigned = holding.assign(&authority, &mut world.ids).map(|_| ());
    assert_eq!(assigned, Err(AssignRefusal::OtherDomain));
    // A user of a domain that is not there has no role.
    world.records.domains.clear();
    let refusal = assign(&mut world, &authority, staff, RoleKind::Teacher);
    assert_eq!(refusal, Err(AssignRefusal::OtherDomain));
}

/// O1: the domain counts that is open.
#[test]
fn an_owner_comes_in_by_an_open_domain() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let authority = world.elevated(world.owner);
    let domain = world.domain();
    let stored = world.records.domains.get_mut(&domain).unwrap();
    stored.record.status = DomainStatus::Inactive;
    assert_eq!(
        assign(&mut world, &authority, ada, RoleKind::TenantOwner),
        Err(AssignRefusal::OwnerNotUsable)
    );
}

/// A2: under `SubsetOnly` nobody takes what they could not give.
#[test]
fn nobody_takes_what_they_could_not_give() {
    let mut world = World::new();
    let admin = world.add("admin@example.org", RoleKind::SystemAdministrator);
    let desk = world.desk("desk@example.org", [USERS_MANAGE]);
    let kind = RoleKind::SystemAdministrator;
    let authority = world.as_user(desk);
    assert!(remove(&world, &authority, admin, kind).is_ok());
    world.policy(|it| it.grant_policy = GrantPolicy::SubsetOnly);
    let authority = world.as_user(desk);
    let more = RemoveRefusal::Grant(GrantRefusal::MoreThanHeld);
    assert_eq!(remove(&world, &authority, admin, kind), Err(more));
}

/// O2: what is switched on is what counts, for taking as for giving: an everyday owner, a program and the operator take nothing.
#[test]
fn only_an_elevated_owner_takes_ownership() {
    let mut world = World::new();
    let second = world.add_owner("second@example.org");
    let (session, program) = (world.log_in(world.owner), world.program(world.owner));
    for actor in [Actor::Operator, Actor::User(world.owner), session, program] {
        let authority = world.act(&actor).unwrap();
        let refusal = remove(&world, &authority, second, RoleKind::TenantOwner).unwrap_err();
        assert_eq!(says(&refusal), ("elevation_required", "O2"), "{actor:?}");
        let refusal = assign(&mut world, &authority, second, RoleKind::TenantOwner).unwrap_err();
        assert_eq!(says(&refusal), ("elevation_required", "O2"), "{actor:?}");
    }
}

/// O1: two owners who take the role from each other at once collide, and one is left.
#[test]
fn owners_who_remove_each_other_collide() {
    let mut world = World::new();
    let second = world.add_owner("second@example.org");
    let third = world.add_owner("third@example.org");
    let by = [world.owner, second].map(|it| world.elevated(it));
    let kind = RoleKind::TenantOwner;
    let one = remove(&world, &by[0], second, kind).unwrap();
    let two = remove(&world, &by[1], world.owner, kind).unwrap();
    assert!(world.collide(&one, &two));
    // Also where they concern two who are not the actors.
    let fourth = world.add_owner("fourth@example.org");
    let by = [world.owner, second].map(|it| world.elevated(it));
    let one = remove(&world, &by[0], third, kind).unwrap();
    let two = remove(&world, &by[1], fourth, kind).unwrap();
    assert!(world.collide(&one, &two));
}

/// O1: whoever becomes an owner while their access or their login ends, or the other way round, collides with that.
#[test]
fn becoming_an_owner_collides_with_what_makes_it_impossible() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let elevated = world.elevated(world.owner);
    let kind = RoleKind::TenantOwner;
    let granted = assign(&mut world, &elevated, ada, kind).unwrap();
    let inactive = UserStatus::Inactive;
    let gone = crate::user::set_status(&elevated, &world.records, ada, inactive, now()).unwrap();
    let to = crate::login::Linking::Cut;
    let cut = crate::login::set_link(&elevated, &world.records, ada, to, now()).unwrap();
    let twice = assign(&mut world, &elevated, ada, kind).unwrap();
    for other in [gone, cut, twice] {
        assert!(world.collide(&granted, &other));
    }
}

/// J3: whoever becomes an owner is told.
#[test]
fn a_new_owner_is_told() {
    let mut world = World::new();
    let user = world.add("ada@example.org", RoleKind::Learner);
    let authority = world.elevated(world.owner);
    let changes = assign(&mut world, &authority, user, RoleKind::TenantOwner).unwrap();
    let kinds: Vec<_> = changes.messages().iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [MessageKind::OwnerGranted { user }]);
    let changes = assign(&mut world, &authority, user, RoleKind::Teacher).unwrap();
    assert!(changes.messages().is_empty());
}

/// O4: taking any other role leaves what is switched on.
#[test]
fn taking_another_role_leaves_the_elevation() {
    let mut world = World::new();
    let session = world.log_in(world.owner);
    let on = world.switch_on(&session).unwrap();
    let authority = world.as_user(world.owner);
    let kind = RoleKind::SystemAdministrator;
    let changes = remove(&world, &authority, world.owner, kind).unwrap();
    assert!(
        !events(&changes)
            .iter()
            .any(|it| matches!(it, Event::ElevationEnded { .. }))
    );
    world.commit(&changes);
    assert!(on.in_force(now()));
    assert!(world.act(&session).unwrap().elevated().is_ok());
}

/// A3: a role is what its kind says also for whom it is.
#[test]
fn every_tenant_begins_with_the_built_in_roles() {
    let mut world = World::new();
    let roles = built_in(&mut world.ids);
    let kinds: Vec<_> = roles.iter().map(|it| it.kind).collect();
    assert_eq!(
        kinds,
        [
            RoleKind::TenantOwner,
            RoleKind::SystemAdministrator,
            RoleKind::Learner,
            RoleKind::Teacher,
            RoleKind::Patient,
            RoleKind::Guest,
        ]
    );
    for role in roles {
        let all = role.kind == RoleKind::SystemAdministrator;
        let expected = if all {
            Permissions::from(BUILT_IN)
        } else {
            Permissions::new()
        };
        assert_eq!(role.permissions, expected);
        assert_eq!(role.status, RoleStatus::Active);
    }
}

/// A5: each refusal has its code, the rule and the next step.
#[test]
fn the_codes_of_the_refusals_are_stable() {
    let missing = || GrantRefusal::from(AuthorityRefusal::Missing(USERS_MANAGE));
    let elevation = || GrantRefusal::from(AuthorityRefusal::NotElevated);
    for (refusal, code, rule) in [
        (missing(), "permission_missing", "A1"),
        (elevation(), "elevation_required", "O2"),
        (GrantRefusal::MoreThanHeld, "more_than_held", "A2"),
        (GrantRefusal::SecondOwnerNeeded, "second_owner_needed", "O2"),
    ] {
        assert_eq!(says(&refusal), (code, rule));
        let assign = AssignRefusal::Grant(refusal.clone());
        let remove = RemoveRefusal::Grant(refusal.clone());
        assert_eq!(says(&assign), (code, rule));
        assert_eq!(says(&remove), (code, rule));
        assert_eq!([assign.next(), remove.next()], [refusal.next(); 2]);
    }
    assert!(elevation().next() != AuthorityRefusal::NotElevated.next());
    for (refusal, code, rule) in [
        (AssignRefusal::UnknownUser, "user_unknown", "A5"),
        (AssignRefusal::UnknownRole, "role_unknown", "A5"),
        (AssignRefusal::RoleRetired, "role_retired", "A5"),
        (AssignRefusal::OtherDomain, "role_other_domain", "A3"),
        (AssignRefusal::OwnerNotUsable, "owner_not_usable", "O1"),
        (AssignRefusal::AlreadyHeld, "role_already_held", "A5"),
    ] {
        assert_eq!(says(&refusal), (code, rule));
    }
    for (refusal, code, rule) in [
        (RemoveRefusal::UnknownUser, "user_unknown", "A5"),
        (RemoveRefusal::UnknownRole, "role_unknown", "A5"),
        (RemoveRefusal::NotHeld, "role_not_held", "A5"),
        (RemoveRefusal::OwnOwnership, "own_ownership", "O2"),
        (RemoveRefusal::LastOwner, "last_owner", "O1"),
    ] {
        assert_eq!(says(&refusal), (code, rule));
    }
}

/// O1, O2, O4, A1: an assignment that counts no more is lost like one that is removed, and comes back by being given.
#[test]
fn deactivating_an_assignment_is_losing_the_role() {
    let mut world = World::new();
    let second = world.add_owner("second@example.org");
    let session = world.log_in(second);
    world.switch_on(&session).unwrap();
    let role = world.role(RoleKind::TenantOwner);
    let now = world.ids.now();
    let by_admin = world.as_user(world.owner);
    let holding = Holding::of(&world.records, second, role);
    let refused = holding.deactivate(&by_admin, now).unwrap_err();
    assert_eq!(says(&refused), ("elevation_required", "O2"));
    let elevated = world.elevated(world.owner);
    let own = Holding::of(&world.records, world.owner, role);
    let refused = own.deactivate(&elevated, now);
    assert_eq!(refused, Err(RemoveRefusal::OwnOwnership));
    let holding = Holding::of(&world.records, second, role);
    let changes = holding.deactivate(&elevated, now).unwrap();
    let told = events(&changes);
    assert!(matches!(
        told.as_slice(),
        [Event::RoleDeactivated { user, .. }, Event::ElevationEnded { why: elevation::EndReason::RoleRemoved, .. }]
            if *user == second
    ));
    world.commit(&changes);
    assert!(!Owners::holds(second, &world.records));
    assert!(world.act(&session).unwrap().elevated().is_err());
    let holding = Holding::of(&world.records, second, role);
    let again = holding.deactivate(&elevated, now);
    assert_eq!(again, Err(RemoveRefusal::NotHeld));
    let elevated = world.elevated(world.owner);
    let changes = assign(&mut world, &elevated, second, RoleKind::TenantOwner).unwrap();
    world.commit(&changes);
    assert!(Owners::holds(second, &world.records));
}
