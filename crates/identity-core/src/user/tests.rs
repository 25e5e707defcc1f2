//! Users who are added, end and begin again.

use super::*;
use crate::{
    account::Proof,
    authority::Actor,
    changeset::Expect,
    login::SetBy,
    record::{Ref, Version},
    role::RoleKind,
    world::{World, email, events, now, person_name, relies_on, replaces, says},
};

/// E1: one user per person and domain; the refusal says who it is.
#[test]
fn a_person_who_has_a_user_gets_no_second_one() {
    let mut world = World::new();
    let first = world.add("ada@example.org", RoleKind::Learner);
    let authority = world.as_user(world.owner);
    match world.try_add(&authority, "ADA@example.org", RoleKind::Teacher) {
        Err(AddUserRefusal::HasUser { user, .. }) => assert_eq!(user, first),
        other => panic!("{other:?}"),
    }
    // Adding again neither lowers nor raises what somebody holds.
    assert!(world.assignment(first, RoleKind::Learner).is_some());
    assert!(world.assignment(first, RoleKind::Teacher).is_none());
}

#[test]
fn a_known_person_is_found_by_address_and_a_new_one_needs_names() {
    let mut world = World::new();
    let role = world.role(RoleKind::Learner);
    let authority = world.as_user(world.owner);
    let command = AddUser {
        email: email("new@example.org"),
        whose: Whose::Known,
        role,
        status: UserStatus::Active,
    };
    assert_eq!(
        command.decide(&authority, &world.records, &mut world.ids),
        Err(AddUserRefusal::NamesNeeded)
    );

    let name = person_name("Known", "Person");
    let known = Person::new(world.ids.id(), name, Some(email("new@example.org")));
    let mut changes = Changeset::new(world.tenant);
    changes.create(known.clone());
    world.commit(&changes);
    let (changes, added) = command
        .decide(&authority, &world.records, &mut world.ids)
        .unwrap();
    assert_eq!((added.person, added.person_found), (known.id, true));
    let expected = Expect::Persons {
        with: email("new@example.org").key().clone(),
        are: vec![known.id],
    };
    assert!(changes.expects().contains(&expected));

    let twin = Person {
        id: world.ids.id(),
        ..known
    };
    let mut changes = Changeset::new(world.tenant);
    changes.create(twin);
    world.commit(&changes);
    let refusal = command
        .decide(&authority, &world.records, &mut world.ids)
        .unwrap_err();
    assert!(matches!(refusal, AddUserRefusal::SeveralPersons(all) if all.len() == 2));
}

#[test]
fn a_login_that_opens_another_persons_user_is_not_shared() {
    let mut world = World::new();
    let user = world.add("ada@example.org", RoleKind::Learner);
    // The person's address moves on, the login stays.
    let person = world.records.persons[&world.records.users[&user].record.person].clone();
    let mut changes = Changeset::new(world.tenant);
    changes.replace(
        &person,
        Person {
            email: Some(email("other@example.org")),
            ..person.record.clone()
        },
    );
    world.commit(&changes);
    let authority = world.as_user(world.owner);
    let refusal = world
        .try_add(&authority, "ada@example.org", RoleKind::Learner)
        .unwrap_err();
    assert_eq!(refusal, AddUserRefusal::LoginTaken);
}

/// O2, O7: adding somebody straight as an owner is the grant it amounts to.
#[test]
fn adding_an_owner_needs_what_granting_needs() {
    let mut world = World::new();
    let authority = world.as_user(world.owner);
    let refusal = world
        .try_add(&authority, "ada@example.org", RoleKind::TenantOwner)
        .unwrap_err();
    assert_eq!(
        (refusal.code(), refusal.rule()),
        ("elevation_required", "O2")
    );
    let authority = world.elevated(world.owner);
    let user = world
        .try_add(&authority, "ada@example.org", RoleKind::TenantOwner)
        .unwrap();
    assert!(
        world
            .records
            .owners
            .values()
            .next()
            .unwrap()
            .record
            .usable
            .contains(&user)
    );
}

/// O3: nobody deactivates an owner, not another owner and not the owner themselves.
#[test]
fn an_owner_is_not_deactivated_by_anybody() {
    let mut world = World::new();
    let second = world.add_owner("second@example.org");
    for authority in [
        world.as_user(world.owner),
        world.elevated(world.owner),
        world.elevated(second),
    ] {
        let refusal = set_status(
            &authority,
            &world.records,
            second,
            UserStatus::Inactive,
            now(),
        )
        .unwrap_err();
        assert_eq!(refusal, StatusRefusal::HoldsTenantOwner);
    }
}

/// A1: whoever is inactive, in an inactive domain, or has lost the assignment has no authority, and what was relied on is
/// expected by the changeset.
#[test]
fn authority_is_read_anew_and_relied_on() {
    let mut world = World::new();
    let admin = world.add("admin@example.org", RoleKind::SystemAdministrator);
    let target = world.add("ada@example.org", RoleKind::Learner);
    let authority = world.as_user(admin);
    let changes = set_status(
        &authority,
        &world.records,
        target,
        UserStatus::Inactive,
        now(),
    )
    .unwrap();
    let assignment = world
        .assignment(admin, RoleKind::SystemAdministrator)
        .unwrap()
        .id;
    for (relied, what) in [
        (Ref::User(admin), "user"),
        (Ref::Assignment(assignment), "assignment"),
        (Ref::Role(world.role(RoleKind::SystemAdministrator)), "role"),
        (Ref::Tenant(world.tenant), "tenant"),
    ] {
        let found = changes
            .expects()
            .iter()
            .any(|it| matches!(it, Expect::At(reference, _) if *reference == relied));
        assert!(found, "{what}");
    }
    let owner = world.as_user(world.owner);
    let changes = set_status(&owner, &world.records, admin, UserStatus::Inactive, now()).unwrap();
    world.commit(&changes);
    assert_eq!(
        world.act(&Actor::user(admin)).unwrap_err(),
        AuthorityRefusal::ActorInactive
    );
    let changes = set_status(&owner, &world.records, admin, UserStatus::Active, now()).unwrap();
    world.commit(&changes);
    assert!(world.act(&Actor::user(admin)).is_ok());
    assert_eq!(
        set_status(&owner, &world.records, admin, UserStatus::Active, now()),
        Err(StatusRefusal::Unchanged)
    );
}

/// J1: what is done is entered once, with who did it and under which elevation.
#[test]
fn every_change_has_its_entries() {
    let mut world = World::new();
    let authority = world.elevated(world.owner);
    let role = world.role(RoleKind::Learner);
    let command = AddUser {
        email: email("a@example.org"),
        whose: Whose::KnownOrNew(person_name("A", "B")),
        role,
        status: UserStatus::Active,
    };
    let (changes, added) = command
        .decide(&authority, &world.records, &mut world.ids)
        .unwrap();
    let events: Vec<_> = changes.entries().iter().map(|it| &it.event).collect();
    assert!(
        matches!(events.as_slice(), [Event::PersonAdded { person }, Event::UserAdded { user, .. }, Event::RoleAssigned { .. }] if *user == added.user && *person == added.person)
    );
    let by_elevated = |it: &crate::journal::Entry| {
        matches!(
            it.by,
            crate::journal::By::User {
                elevation: Some(_),
                ..
            }
        )
    };
    assert!(changes.entries().iter().all(by_elevated));
    let text = serde_json::to_string(changes.entries()).unwrap();
    assert!(!text.contains("example.org") && !text.contains("quarterly"));
}

/// O1: somebody whose login no provider knows is not added as an owner, though with another role they are.
#[test]
fn an_owner_is_not_added_under_a_login_that_is_unlinked() {
    let mut world = World::new();
    let account = Account {
        link: crate::account::LoginLink::Unlinked,
        ..Account::embedded(world.ids.id(), email("ada@example.org"))
    };
    let mut changes = Changeset::new(world.tenant);
    changes.create(account);
    world.commit(&changes);
    let authority = world.elevated(world.owner);
    assert_eq!(
        world.try_add(&authority, "ada@example.org", RoleKind::TenantOwner),
        Err(AddUserRefusal::OwnerNotUsable)
    );
    let authority = world.as_user(world.owner);
    assert!(
        world
            .try_add(&authority, "ada@example.org", RoleKind::Learner)
            .is_ok()
    );
}

/// A3: nobody is added as an owner under a login whose password somebody else has set, though with another role they are.
#[test]
fn an_owner_is_not_added_under_a_password_of_others() {
    for (set_by, known) in [(SetBy::Other, true), (SetBy::Holder, false)] {
        let mut world = World::new();
        let login = world.bare_login("ada@example.org");
        world.password(login, set_by);
        let mut others = world.clone();
        let by_owner = others.as_user(others.owner);
        let added = others.try_add(&by_owner, "ada@example.org", RoleKind::Learner);
        assert!(added.is_ok());
        let elevated = world.elevated(world.owner);
        let added = world.try_add(&elevated, "ada@example.org", RoleKind::TenantOwner);
        let refused = known.then_some(AddUserRefusal::PasswordOfOthers);
        assert_eq!(added.err(), refused);
    }
}

/// E1, A1: a user of another domain is no hindrance, and whoever is found is relied on as they were.
#[test]
fn one_user_a_domain_and_what_was_found_is_relied_on() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let elsewhere = Domain {
        id: world.ids.id(),
        name: crate::world::name("Portal"),
        kind: DomainKind::PatientCare,
        status: crate::tenant::DomainStatus::Active,
    };
    let domain = world.records.users[&ada].record.domain;
    let user = &mut world.records.users.get_mut(&ada).unwrap().record;
    user.domain = elsewhere.id;
    let (person, account, user_domain) = (user.person, user.account.unwrap(), user.domain);
    world.records.insert(elsewhere.into(), Version::FIRST);
    // Whoever acts is of that other domain too, so that the new user's is relied on for its own sake.
    let acting = &mut world.records.users.get_mut(&world.owner).unwrap().record;
    acting.domain = user_domain;
    let authority = world.as_user(world.owner);
    let command = AddUser {
        email: email("ada@example.org"),
        whose: Whose::Known,
        role: world.role(RoleKind::Learner),
        status: UserStatus::Active,
    };
    // Who has given the login its name there, nobody has confirmed.
    let unproved = command.decide(&authority, &world.records, &mut world.ids);
    assert_eq!(unproved.unwrap_err(), AddUserRefusal::LoginUnproved);
    let login = world.records.accounts.get_mut(&account).unwrap();
    login.record.proof = Proof::Proved;
    let (changes, added) = command
        .decide(&authority, &world.records, &mut world.ids)
        .unwrap();
    assert_eq!(added.person, person);
    assert!(relies_on(&changes, &Ref::Domain(domain)));
    // Written as they are, so that whoever erases them at the same moment collides.
    assert!(replaces(&changes, &Ref::Person(person)));
    // Whom it opens is part of a login, so that it is written.
    assert!(replaces(&changes, &Ref::Account(account)));
}

/// J1: a change of status is entered.
#[test]
fn ending_and_beginning_access_are_entered() {
    let mut world = World::new();
    let user = world.add("ada@example.org", RoleKind::Learner);
    let authority = world.as_user(world.owner);
    for (status, event) in [
        (UserStatus::Inactive, Event::UserDeactivated { user }),
        (UserStatus::Active, Event::UserReactivated { user }),
    ] {
        let changes = set_status(&authority, &world.records, user, status, now()).unwrap();
        world.commit(&changes);
        assert_eq!(events(&changes), [event]);
    }
}

/// The command that adds whoever has this address, in whichever way they are meant.
fn adding(world: &World, address: &str, whose: Whose) -> AddUser {
    AddUser {
        email: email(address),
        whose,
        role: world.role(RoleKind::Learner),
        status: UserStatus::Active,
    }
}

/// E1: of those who share an address one is chosen, or it is said that it is another; nobody is guessed.
#[test]
fn whose_user_it_is_to_be() {
    let mut world = World::new();
    let authority = world.as_user(world.owner);
    let [one, two, other] = ["a@example.org", "a@example.org", "b@example.org"].map(|it| {
        let person = Person::new(world.ids.id(), person_name("Some", "Body"), Some(email(it)));
        let id = person.id;
        (world.records).insert(person.into(), Version::FIRST);
        id
    });
    let unknown = world.ids.id();
    let new = || person_name("New", "Comer");
    let several = Some(AddUserRefusal::SeveralPersons(vec![one, two]));
    for (address, whose, found, refusal) in [
        ("a@example.org", Whose::Known, None, several.clone()),
        ("A@example.org", Whose::KnownOrNew(new()), None, several),
        ("a@example.org", Whose::Chosen(two), Some(two), None),
        (
            "a@example.org",
            Whose::Chosen(other),
            None,
            Some(AddUserRefusal::OtherPerson),
        ),
        (
            "a@example.org",
            Whose::Chosen(unknown),
            None,
            Some(AddUserRefusal::OtherPerson),
        ),
        (
            "c@example.org",
            Whose::Chosen(one),
            None,
            Some(AddUserRefusal::OtherPerson),
        ),
        ("a@example.org", Whose::Another(new()), None, None),
        ("b@example.org", Whose::Known, Some(other), None),
        ("b@example.org", Whose::KnownOrNew(new()), Some(other), None),
        (
            "c@example.org",
            Whose::Known,
            None,
            Some(AddUserRefusal::NamesNeeded),
        ),
        ("c@example.org", Whose::KnownOrNew(new()), None, None),
        ("c@example.org", Whose::Another(new()), None, None),
    ] {
        let command = adding(&world, address, whose.clone());
        let mut world = world.clone();
        match command.decide(&authority, &world.records, &mut world.ids) {
            Ok((changes, added)) => {
                assert_eq!(refusal, None, "{address} {whose:?}");
                assert_eq!(added.person_found, found.is_some());
                assert_eq!(found.unwrap_or(added.person), added.person);
                let told = events(&changes);
                let person = Event::PersonAdded {
                    person: added.person,
                };
                assert_eq!(told.contains(&person), found.is_none());
                world.commit(&changes);
                let kept = &world.records.persons[&added.person].record;
                assert_eq!(
                    kept.email.as_ref().map(Email::key),
                    Some(email(address).key())
                );
                // Whoever comes to have the address meanwhile may be who was meant.
                let mut after = world.clone();
                assert!(after.try_commit(&changes).is_err());
            }
            Err(it) => assert_eq!(Some(it), refusal, "{address} {whose:?}"),
        }
    }
}

/// A1: whoever is known is relied on, and so is who has the address.
#[test]
fn whoever_is_meant_is_relied_on() {
    let mut world = World::new();
    let authority = world.as_user(world.owner);
    let command = adding(
        &world,
        "new@example.org",
        Whose::Another(person_name("New", "Comer")),
    );
    let (changes, _) = command
        .decide(&authority, &world.records, &mut world.ids)
        .unwrap();
    let person = Person::new(
        world.ids.id(),
        person_name("Some", "Body"),
        Some(email("new@example.org")),
    );
    let known = person.id;
    world.records.insert(person.into(), Version::FIRST);
    assert!(world.try_commit(&changes).is_err());
    let command = adding(&world, "new@example.org", Whose::Chosen(known));
    let (changes, _) = command
        .decide(&authority, &world.records, &mut world.ids)
        .unwrap();
    assert!(replaces(&changes, &Ref::Person(known)));
}

/// A3: a login that another tenant made, and whose password it may know, opens nothing here until somebody has confirmed whose it is.
#[test]
fn a_login_of_another_tenant_opens_nothing_until_it_is_confirmed() {
    for (proof, opened) in [(Proof::Unproved, false), (Proof::Proved, true)] {
        let mut world = World::new();
        let elsewhere = Opens {
            tenant: world.ids.id(),
            user: world.ids.id(),
        };
        let login = email("chief@example.org");
        let account = Account {
            proof,
            ..Account::embedded(world.ids.id(), login.clone()).opening(elsewhere)
        };
        (world.records).insert(account.into(), Version::FIRST);
        let authority = world.as_user(world.owner);
        let added = world.try_add(&authority, "chief@example.org", RoleKind::Learner);
        match added {
            Err(refusal) => {
                assert!(!opened);
                assert_eq!(says(&refusal), ("login_unproved", "A3"));
                let finds = |it: &&crate::record::Stored<Account>| it.record.login == login;
                assert!(world.records.accounts.values().find(finds).is_some());
            }
            Ok(_) => assert!(opened),
        }
    }
}

/// A2, A3: what a deactivated user holds counts again when they come back, and is checked like its grant.
#[test]
fn reactivating_is_checked_like_giving_what_is_held() {
    let mut world = World::new();
    let desk = world.desk("desk@example.org", [USERS_MANAGE]);
    let admin = world.add("admin@example.org", RoleKind::SystemAdministrator);
    let authority = world.as_user(desk);
    let to = UserStatus::Inactive;
    let changes = set_status(&authority, &world.records, admin, to, now()).unwrap();
    world.commit(&changes);
    let back = UserStatus::Active;
    let changes = set_status(&authority, &world.records, admin, back, now()).unwrap();
    let held = world.records.assignments.values();
    let held = held
        .map(|it| &it.record)
        .find(|it| it.user == admin)
        .unwrap();
    assert!(relies_on(&changes, &Ref::Assignment(held.id)));
    assert!(relies_on(&changes, &Ref::Role(held.role)));
    world.policy(|it| it.grant_policy = crate::tenant::GrantPolicy::SubsetOnly);
    let authority = world.as_user(desk);
    let refused = set_status(&authority, &world.records, admin, back, now());
    let more = StatusRefusal::Grant(GrantRefusal::MoreThanHeld);
    assert_eq!(says(&more), ("more_than_held", "A2"));
    assert_eq!(refused, Err(more));
}

/// A1, J3: what is made: the access with its status, the login that opens it, the role, and the mail that says how to come in.
#[test]
fn a_user_is_made_with_a_login_and_a_role() {
    for (status, known) in [
        (UserStatus::Active, false),
        (UserStatus::Inactive, false),
        (UserStatus::Active, true),
    ] {
        let mut world = World::new();
        if known {
            let account = Account::embedded(world.ids.id(), email("new@example.org"));
            (world.records).insert(account.into(), Version::FIRST);
        }
        let authority = world.as_user(world.owner);
        let command = AddUser {
            status,
            ..adding(
                &world,
                "new@example.org",
                Whose::KnownOrNew(person_name("New", "Comer")),
            )
        };
        let (changes, added) = command
            .decide(&authority, &world.records, &mut world.ids)
            .unwrap();
        let kinds: Vec<_> = changes.messages().iter().map(|it| it.kind).collect();
        let (user, new_login) = (added.user, !known);
        assert_eq!(kinds, [MessageKind::Added { user, new_login }]);
        assert!(relies_on(&changes, &Ref::Domain(world.domain())));
        world.commit(&changes);
        let made = world.records.users[&user].record.clone();
        assert_eq!((made.status, made.epoch), (status, Epoch::default()));
        assert_eq!((made.person, made.domain), (added.person, world.domain()));
        let tenant = world.tenant;
        let opens = Opens { tenant, user };
        assert_eq!(world.account(user).record.opens, [opens].into());
        assert!(world.assignment(user, RoleKind::Learner).is_some());
        let acts = world.act(&Actor::User(user)).is_ok();
        assert_eq!(acts, status == UserStatus::Active);
    }
}

/// O1, O7: an owner is not added inactive, and a role for patients not among the staff.
#[test]
fn who_is_not_added() {
    let mut world = World::new();
    let elevated = world.elevated(world.owner);
    let command = AddUser {
        role: world.role(RoleKind::TenantOwner),
        status: UserStatus::Inactive,
        ..adding(
            &world,
            "new@example.org",
            Whose::KnownOrNew(person_name("New", "Comer")),
        )
    };
    let refused = |world: &mut World, command: &AddUser| {
        let added = command.decide(&elevated, &world.records, &mut world.ids);
        added.map(|_| ())
    };
    assert_eq!(
        refused(&mut world, &command),
        Err(AddUserRefusal::OwnerNotUsable)
    );
    for kind in [RoleKind::Patient, RoleKind::Guest] {
        let command = AddUser {
            role: world.role(kind),
            ..command.clone()
        };
        assert_eq!(
            refused(&mut world, &command),
            Err(AddUserRefusal::RoleUnfit)
        );
    }
    let unknown = AddUser {
        role: world.ids.id(),
        ..command.clone()
    };
    assert_eq!(
        refused(&mut world, &unknown),
        Err(AddUserRefusal::UnknownRole)
    );
    let learner = AddUser {
        role: world.role(RoleKind::Learner),
        ..command
    };
    world.records.domains.remove(&world.domain());
    assert_eq!(refused(&mut world, &learner), Err(AddUserRefusal::NoDomain));
}

/// A1: adding needs the right to manage users; a manager of roles, a learner and the operator have it not.
#[test]
fn adding_needs_the_right_to_manage_users() {
    let mut world = World::new();
    let learner = world.add("ada@example.org", RoleKind::Learner);
    let roles = world.desk("roles@example.org", [crate::permission::ROLES_MANAGE]);
    for actor in [Actor::User(learner), Actor::User(roles), Actor::Operator] {
        let authority = world.act(&actor).unwrap();
        let added = world.try_add(&authority, "new@example.org", RoleKind::Learner);
        let missing = AuthorityRefusal::Missing(USERS_MANAGE);
        assert_eq!(added, Err(missing.clone().into()), "{actor:?}");
        let status = UserStatus::Inactive;
        let ended = set_status(&authority, &world.records, learner, status, now());
        assert_eq!(ended, Err(missing.clone().into()), "{actor:?}");
        // Nor are they told which roles there are.
        let mut unknown = adding(&world, "new@example.org", Whose::Known);
        unknown.role = world.ids.id();
        let added = unknown.decide(&authority, &world.records, &mut world.ids);
        assert_eq!(added.map(|_| ()), Err(missing.into()), "{actor:?}");
    }
}

/// E1, A1: two who add the same person, and two users who come to be opened by one login, collide.
#[test]
fn adding_twice_collides() {
    let mut world = World::new();
    let authority = world.as_user(world.owner);
    let command = adding(
        &world,
        "new@example.org",
        Whose::KnownOrNew(person_name("New", "Comer")),
    );
    let [one, two] = [(); 2].map(|()| {
        let decided = command.decide(&authority, &world.records, &mut world.ids);
        decided.unwrap().0
    });
    assert!(world.collide(&one, &two));
    let account = Account::embedded(world.ids.id(), email("new@example.org"));
    let id = account.id;
    world.records.insert(account.into(), Version::FIRST);
    let (opens, _) = command
        .decide(&authority, &world.records, &mut world.ids)
        .unwrap();
    assert!(replaces(&opens, &Ref::Account(id)));
    let mut changes = Changeset::new(world.tenant);
    let stored = world.records.accounts[&id].clone();
    let cut = Account {
        link: crate::account::LoginLink::Unlinked,
        ..stored.record.clone()
    };
    changes.replace(&stored, cut);
    assert!(world.collide(&opens, &changes));
}

/// A1: each deactivation ends what was begun before, and a reactivation brings nothing back.
#[test]
fn each_deactivation_is_another_epoch() {
    let mut world = World::new();
    let user = world.add("ada@example.org", RoleKind::Learner);
    let authority = world.as_user(world.owner);
    let mut epoch = Epoch::default();
    for status in [
        UserStatus::Inactive,
        UserStatus::Active,
        UserStatus::Inactive,
        UserStatus::Active,
    ] {
        let before = world.records.users[&user].record.clone();
        let again = set_status(&authority, &world.records, user, before.status, now());
        assert_eq!(again, Err(StatusRefusal::Unchanged));
        let changes = set_status(&authority, &world.records, user, status, now()).unwrap();
        world.commit(&changes);
        if status == UserStatus::Inactive {
            epoch = epoch.next();
        }
        let expected = User {
            status,
            epoch,
            ..before
        };
        assert_eq!(world.records.users[&user].record, expected);
    }
    let unknown = world.ids.id();
    let refused = set_status(
        &authority,
        &world.records,
        unknown,
        UserStatus::Inactive,
        now(),
    );
    assert_eq!(refused, Err(StatusRefusal::UnknownUser));
}

/// A5: each refusal has its code, the rule and the next step.
#[test]
fn each_refusal_says_what_it_is() {
    let world = World::new();
    let (user, person) = (world.owner, world.records.users[&world.owner].record.person);
    for (refusal, code, rule) in [
        (
            AddUserRefusal::Grant(GrantRefusal::MoreThanHeld),
            "more_than_held",
            "A2",
        ),
        (AddUserRefusal::UnknownRole, "role_unknown", "A5"),
        (AddUserRefusal::NoDomain, "domain_unknown", "A5"),
        (AddUserRefusal::NamesNeeded, "names_needed", "A5"),
        (
            AddUserRefusal::SeveralPersons(vec![person]),
            "several_persons",
            "A5",
        ),
        (AddUserRefusal::OtherPerson, "person_unknown", "A5"),
        (AddUserRefusal::RoleUnfit, "role_unfit", "A3"),
        (
            AddUserRefusal::HasUser { person, user },
            "person_has_user",
            "E1",
        ),
        (AddUserRefusal::LoginTaken, "login_taken", "E1"),
        (AddUserRefusal::OwnerNotUsable, "owner_not_usable", "O1"),
        (AddUserRefusal::PasswordOfOthers, "password_of_others", "A3"),
    ] {
        assert_eq!(says(&refusal), (code, rule));
    }
    let missing = AuthorityRefusal::Missing(USERS_MANAGE);
    for (refusal, code, rule) in [
        (
            StatusRefusal::Authority(missing),
            "permission_missing",
            "A1",
        ),
        (StatusRefusal::UnknownUser, "user_unknown", "A5"),
        (StatusRefusal::Unchanged, "status_unchanged", "A5"),
        (StatusRefusal::PersonErased, "person_erased", "A5"),
        (StatusRefusal::HoldsTenantOwner, "holds_tenant_owner", "O3"),
    ] {
        assert_eq!(says(&refusal), (code, rule));
    }
}
