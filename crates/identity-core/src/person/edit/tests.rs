//! What is known of a person: who changes it, the login that goes with the address, and what erasing leaves.

use super::*;
use crate::{
    account::Opens,
    authority::Actor,
    login::SetBy,
    owner::elevation::EndReason,
    permission::{DATA_LOAD, USERS_MANAGE},
    record::{Put, Ref, Version},
    role::{GrantRefusal, RoleKind},
    tenant::GrantPolicy,
    user::{StatusRefusal, set_status},
    world::{World, email, events, name, now, person_name, relies_on, replaces, says},
};

fn to(address: &str) -> EditPerson {
    EditPerson {
        email: Change::Set(email(address)),
        ..EditPerson::default()
    }
}

fn edit(
    world: &mut World,
    authority: &Authority,
    person: Id<Person>,
    command: &EditPerson,
) -> Result<Changeset, PersonRefusal> {
    let present = Present::NOT_GIVEN;
    command.decide(authority, &world.records, person, present, &mut world.ids)
}

fn of(world: &World, user: Id<User>) -> Id<Person> {
    world.records.users[&user].record.person
}

/// A person without a user, with this address.
fn somebody(world: &mut World, address: Option<&str>) -> Id<Person> {
    let address = address.map(email);
    let person = Person::new(world.ids.id(), person_name("Some", "Body"), address);
    let id = person.id;
    (world.records).insert(Put::Person(person), Version::FIRST);
    id
}

fn everything() -> EditPerson {
    EditPerson {
        name: Some(person_name("Augusta", "King")),
        email: Change::Set(email("augusta@example.org")),
        birth_date: Change::Set(NaiveDate::from_ymd_opt(1815, 12, 10).unwrap()),
        mobile: Change::Set(E164::parse("+32470123456").unwrap()),
        patient: Change::Set(PatientReference::parse("MRN-1815").unwrap()),
    }
}

/// A1: persons are added and changed by whoever manages persons.
#[test]
fn a_person_is_added_and_changed() {
    let mut world = World::new();
    let desk = world.desk("desk@example.org", [PERSONS_MANAGE]);
    let authority = world.as_user(desk);
    let add = AddPerson {
        name: person_name("Ada", "Lovelace"),
        email: Some(email("ada@example.org")),
        birth_date: NaiveDate::from_ymd_opt(1815, 12, 10),
        mobile: E164::parse("+32470123456").ok(),
        patient: PatientReference::parse("MRN-1815").ok(),
    };
    let (changes, person) = add.clone().decide(&authority, &mut world.ids).unwrap();
    assert_eq!(events(&changes), [Event::PersonAdded { person }]);
    world.commit(&changes);
    let kept = world.records.persons[&person].record.clone();
    let expected = Person {
        birth_date: add.birth_date,
        mobile: add.mobile.clone(),
        patient: add.patient.clone(),
        ..Person::new(person, add.name.clone(), add.email.clone())
    };
    assert_eq!(kept, expected);
    let unchanged = Err(PersonRefusal::Unchanged);
    let nothing = EditPerson::default();
    assert_eq!(edit(&mut world, &authority, person, &nothing), unchanged);
    let changes = edit(&mut world, &authority, person, &everything()).unwrap();
    assert_eq!(events(&changes), [Event::PersonChanged { person }]);
    assert!(replaces(&changes, &Ref::Person(person)));
    world.commit(&changes);
    let kept = world.records.persons[&person].record.clone();
    assert_eq!(kept.name, person_name("Augusta", "King"));
    assert_eq!(kept.email, Some(email("augusta@example.org")));
    assert_eq!(
        edit(&mut world, &authority, person, &everything()),
        unchanged
    );
    let cleared = EditPerson {
        name: None,
        email: Change::Clear,
        birth_date: Change::Clear,
        mobile: Change::Clear,
        patient: Change::Clear,
    };
    let changes = edit(&mut world, &authority, person, &cleared).unwrap();
    world.commit(&changes);
    let kept = &world.records.persons[&person].record;
    let expected = Person::new(person, person_name("Augusta", "King"), None);
    assert_eq!(*kept, expected);
    let text = serde_json::to_string(&world.journal).unwrap();
    for hidden in ["Augusta", "example.org", "1815", "470"] {
        assert!(!text.contains(hidden), "{hidden}");
    }
}

/// A1, A3: people change what is known of themselves, but for whose patient record it is; of others, and through a program, it
/// needs the permission.
#[test]
fn who_changes_what_is_known() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let desk = world.desk("desk@example.org", [PERSONS_MANAGE]);
    let clerk = world.desk("clerk@example.org", [USERS_MANAGE, DATA_LOAD]);
    let person = of(&world, ada);
    let [by_ada, by_desk, by_clerk] = [ada, desk, clerk].map(|it| world.as_user(it));
    let program = world.program(ada);
    let program = world.act(&program).unwrap();
    let operator = world.act(&Actor::Operator).unwrap();
    let names = EditPerson {
        name: Some(person_name("Ada", "King")),
        ..EditPerson::default()
    };
    let patient = EditPerson {
        patient: Change::Set(PatientReference::parse("MRN-1").unwrap()),
        ..EditPerson::default()
    };
    let missing = || {
        Some(PersonRefusal::from(AuthorityRefusal::Missing(
            PERSONS_MANAGE,
        )))
    };
    for (number, (authority, command, expected)) in [
        (&by_ada, &names, None),
        (&by_ada, &patient, missing()),
        (&by_desk, &names, None),
        (&by_desk, &patient, None),
        (&by_clerk, &names, missing()),
        (&program, &names, missing()),
        (&operator, &names, missing()),
    ]
    .into_iter()
    .enumerate()
    {
        let changed = edit(&mut world, authority, person, command);
        assert_eq!(changed.err(), expected, "{number}");
    }
    let add = AddPerson {
        name: person_name("Some", "Body"),
        email: None,
        birth_date: None,
        mobile: None,
        patient: None,
    };
    let added = add.decide(&by_clerk, &mut world.ids).map(|_| ());
    assert_eq!(added.err(), missing());
    let erased = erase(&by_ada, &world.records, person, &world.ids);
    assert_eq!(erased.err(), missing());
    // The permission that the patient record needs is relied on.
    let manages = world.allow(ada, [PERSONS_MANAGE]);
    let by_ada = world.as_user(ada);
    let changes = edit(&mut world, &by_ada, person, &patient).unwrap();
    assert!(relies_on(&changes, &Ref::Role(manages)));
    let unknown = world.ids.id();
    let refusal = edit(&mut world, &by_desk, unknown, &names);
    assert_eq!(refusal, Err(PersonRefusal::Unknown));
    assert_eq!(
        erase(&by_desk, &world.records, unknown, &world.ids),
        Err(PersonRefusal::Unknown)
    );
}

/// E1: a login that has the person's address moves with it, in one commit, and its sessions end; one that has another stays.
#[test]
fn a_login_moves_with_the_address() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let person = of(&world, ada);
    let (session, authority) = (world.log_in(ada), world.as_user(world.owner));
    let before = world.account(ada).record.clone();
    let spelled = edit(&mut world, &authority, person, &to("Ada@EXAMPLE.org")).unwrap();
    assert_eq!(events(&spelled), [Event::PersonChanged { person }]);
    let changes = edit(&mut world, &authority, person, &to("ada@elsewhere.example")).unwrap();
    let (account, user) = (before.id, ada);
    let moved = Event::LoginMoved { account, user };
    assert_eq!(events(&changes), [moved, Event::PersonChanged { person }]);
    let kinds: Vec<_> = changes.messages().iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [MessageKind::LoginMoved { user }]);
    world.commit(&changes);
    let expected = Account {
        login: email("ada@elsewhere.example"),
        epoch: before.epoch.next(),
        ..before
    };
    assert_eq!(world.account(ada).record, expected);
    assert_eq!(
        world.act(&session).unwrap_err(),
        AuthorityRefusal::SessionOver
    );
    // The login differs from the address now, and stays.
    let stored = world.records.persons.get_mut(&person).unwrap();
    stored.record.email = Some(email("private@example.org"));
    let session = world.log_in(ada);
    for command in [
        to("other@example.org"),
        EditPerson {
            email: Change::Clear,
            ..EditPerson::default()
        },
    ] {
        let mut world = world.clone();
        let changes = edit(&mut world, &authority, person, &command).unwrap();
        assert_eq!(events(&changes), [Event::PersonChanged { person }]);
        world.commit(&changes);
        assert_eq!(world.account(ada).record, expected);
        assert!(world.act(&session).is_ok());
    }
}

/// E1: of those who share an address only whoever logs in with it has a login that moves.
#[test]
fn an_address_that_is_shared_moves_its_own_login_alone() {
    let mut world = World::new();
    let ada = world.add("family@example.org", RoleKind::Learner);
    let child = somebody(&mut world, Some("family@example.org"));
    let authority = world.as_user(world.owner);
    let changes = edit(&mut world, &authority, child, &to("child@example.org")).unwrap();
    assert_eq!(events(&changes), [Event::PersonChanged { person: child }]);
    world.commit(&changes);
    assert!(world.login("family@example.org").is_some());
    // And somebody comes to share it, without a login.
    let changes = edit(&mut world, &authority, child, &to("family@example.org")).unwrap();
    world.commit(&changes);
    let parent = of(&world, ada);
    let changes = edit(&mut world, &authority, parent, &to("parent@example.org")).unwrap();
    world.commit(&changes);
    assert_eq!(world.account(ada).record.login, email("parent@example.org"));
    let kept = &world.records.persons[&child].record;
    assert_eq!(kept.email, Some(email("family@example.org")));
}

/// E1: an address with which somebody else logs in moves no login, and one that is needed is not forgotten.
#[test]
fn a_login_is_not_moved_onto_another_and_not_taken_away() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let person = of(&world, ada);
    let authority = world.as_user(world.owner);
    let taken = edit(&mut world, &authority, person, &to("OWNER@example.org"));
    assert_eq!(taken, Err(PersonRefusal::LoginTaken));
    let clear = EditPerson {
        email: Change::Clear,
        ..EditPerson::default()
    };
    let needed = edit(&mut world, &authority, person, &clear);
    assert_eq!(needed, Err(PersonRefusal::LoginNeeded));
    // Who does not log in with it shares it.
    let other = somebody(&mut world, Some("other@example.org"));
    assert!(edit(&mut world, &authority, other, &to("owner@example.org")).is_ok());
    assert!(edit(&mut world, &authority, other, &clear).is_ok());
    // Nor does who had no address, or who has no login.
    let nowhere = somebody(&mut world, None);
    assert!(edit(&mut world, &authority, nowhere, &to("ada@example.org")).is_ok());
    let stored = world.records.users.get_mut(&ada).unwrap();
    stored.record.account = None;
    assert!(edit(&mut world, &authority, person, &clear).is_ok());
}

/// O3, A3: moving a login is acting for the user: of an owner only for themselves or another elevated one, and of a stronger user
/// not under `SubsetOnly`.
#[test]
fn moving_a_login_is_acting_for_the_user() {
    let mut world = World::new();
    let second = world.add_owner("second@example.org");
    let admin = world.add("admin@example.org", RoleKind::SystemAdministrator);
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let desk = world.desk("desk@example.org", [PERSONS_MANAGE, USERS_MANAGE]);
    let clerk = world.desk("clerk@example.org", [PERSONS_MANAGE]);
    let elevated = world.elevated(second);
    let owner = world.owner;
    let [by_owner, by_desk, by_clerk] = [owner, desk, clerk].map(|it| world.as_user(it));
    let command = to("elsewhere@example.org");
    let code = |world: &mut World, authority: &Authority, user: Id<User>| {
        let person = of(world, user);
        let changed = edit(world, authority, person, &command);
        changed.map_or_else(|it| it.code(), |_| "moved")
    };
    for (number, (authority, user, expected)) in [
        (&by_desk, ada, "moved"),
        (&by_desk, admin, "moved"),
        (&by_desk, owner, "elevation_required"),
        (&by_clerk, ada, "permission_missing"),
        (&by_owner, owner, "moved"),
        (&by_owner, second, "elevation_required"),
        (&elevated, owner, "moved"),
        (&elevated, second, "present_password_needed"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(code(&mut world, authority, user), expected, "{number}");
    }
    // Names are no login.
    let names = EditPerson {
        name: Some(person_name("Olive", "Other")),
        ..EditPerson::default()
    };
    let person = of(&world, owner);
    assert!(edit(&mut world, &by_clerk, person, &names).is_ok());
    world.policy(|it| it.grant_policy = GrantPolicy::SubsetOnly);
    let by_desk = world.as_user(desk);
    assert_eq!(code(&mut world, &by_desk, admin), "more_than_held");
    assert_eq!(code(&mut world, &by_desk, ada), "moved");
    world.works_elsewhere(ada);
    assert_eq!(code(&mut world, &by_desk, ada), "login_of_other_tenants");
    let by_ada = world.as_user(ada);
    assert_eq!(code(&mut world, &by_ada, ada), "moved");
}

/// E1: a person with two users under one login moves it once, whichever of the two acts, and what either has switched on ends.
#[test]
fn a_login_with_two_users_of_the_person_moves_once() {
    let mut world = World::new();
    let patient = world.patient("owner@example.org");
    let person = of(&world, world.owner);
    let stored = world.records.users.get_mut(&patient).unwrap();
    stored.record.person = person;
    for by in [world.owner, patient] {
        let mut world = world.clone();
        let session = world.log_in(world.owner);
        let on = world.switch_on(&session).unwrap();
        let authority = world.as_user(by);
        let changes = edit(&mut world, &authority, person, &to("new@example.org")).unwrap();
        let moves = |it: &&Event| matches!(it, Event::LoginMoved { .. });
        assert_eq!(events(&changes).iter().filter(moves).count(), 1);
        world.commit(&changes);
        assert_eq!(world.ends_of(on.id), [(EndReason::SessionEnded, now())]);
    }
}

/// A1: moving a login relies on what its user holds, collides with whatever else changes the login or the person, and with a user
/// who is added for the person meanwhile.
#[test]
fn changes_of_a_person_collide() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let person = of(&world, ada);
    let authority = world.as_user(world.owner);
    let learner = world.assignment(ada, RoleKind::Learner).unwrap().id;
    let moved = edit(&mut world, &authority, person, &to("new@example.org")).unwrap();
    assert!(relies_on(&moved, &Ref::Assignment(learner)));
    assert!(relies_on(&moved, &Ref::User(ada)));
    assert!(replaces(
        &moved,
        &Ref::Account(world.account(ada).record.id)
    ));
    let names = EditPerson {
        name: Some(person_name("Ada", "King")),
        ..EditPerson::default()
    };
    let named = edit(&mut world, &authority, person, &names).unwrap();
    assert!(world.collide(&moved, &named));
    let elevated = world.elevated(world.owner);
    let moved = edit(&mut world, &elevated, person, &to("new@example.org")).unwrap();
    let role = world.role(RoleKind::TenantOwner);
    let holding = crate::role::Holding::of(&world.records, ada, role);
    let (granted, _) = holding.assign(&elevated, &mut world.ids).unwrap();
    let mut after = world.clone();
    after.commit(&granted);
    assert!(after.try_commit(&moved).is_err());
    let other = somebody(&mut world, Some("other@example.org"));
    let erased = erase(&elevated, &world.records, other, &world.ids).unwrap();
    let command = crate::user::AddUser {
        email: email("other@example.org"),
        whose: crate::user::Whose::Known,
        role: world.role(RoleKind::Learner),
        status: UserStatus::Active,
    };
    let (added, _) = command
        .decide(&elevated, &world.records, &mut world.ids)
        .unwrap();
    let mut after = world.clone();
    after.commit(&erased);
    assert!(after.try_commit(&added).is_err());
}

/// Ada, inactive, with a password.
fn left() -> (World, Id<User>, Authority) {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let account = world.account(ada).record.id;
    world.password(account, SetBy::Holder);
    let authority = world.as_user(world.owner);
    let inactive = UserStatus::Inactive;
    let changes = set_status(&authority, &world.records, ada, inactive, now()).unwrap();
    world.commit(&changes);
    (world, ada, authority)
}

/// J1: erasing leaves that there was somebody: no name, address, date, number, reference, login, password, session or token.
#[test]
fn erasing_leaves_nothing_that_is_known() {
    let (mut world, ada, authority) = left();
    let person = of(&world, ada);
    let changes = edit(
        &mut world,
        &authority,
        person,
        &EditPerson {
            email: Change::Keep,
            ..everything()
        },
    );
    world.commit(&changes.unwrap());
    let before = world.records.users[&ada].record.clone();
    let account = before.account.unwrap();
    let program = world.program(ada);
    let changes = erase(&authority, &world.records, person, &world.ids).unwrap();
    assert_eq!(events(&changes), [Event::PersonErased { person }]);
    world.commit(&changes);
    let erased = name("erased");
    let expected = Person {
        erased_at: Some(now()),
        ..Person::new(
            person,
            PersonName {
                given: erased.clone(),
                family: erased,
            },
            None,
        )
    };
    assert_eq!(world.records.persons[&person].record, expected);
    let user = User {
        account: None,
        epoch: before.epoch.next(),
        ..before
    };
    assert_eq!(world.records.users[&ada].record, user);
    assert!(!world.records.accounts.contains_key(&account));
    assert!(world.records.credentials.is_empty());
    let back = set_status(&authority, &world.records, ada, UserStatus::Active, now());
    assert_eq!(back, Err(StatusRefusal::PersonErased));
    let stored = world.records.users.get_mut(&ada).unwrap();
    stored.record.status = UserStatus::Active;
    let refusal = world.act(&program).unwrap_err();
    assert_eq!(refusal, AuthorityRefusal::TokenDead);
    let again = erase(&authority, &world.records, person, &world.ids);
    assert_eq!(again, Err(PersonRefusal::Erased));
    let changed = edit(&mut world, &authority, person, &everything());
    assert_eq!(changed, Err(PersonRefusal::Erased));
    let text = serde_json::to_string(&world.journal).unwrap();
    for hidden in ["Augusta", "example.org", "1815", "470", "hashed"] {
        assert!(!text.contains(hidden), "{hidden}");
    }
}

/// E5: a login that opens others too is only untied, and keeps its password.
#[test]
fn a_login_that_opens_others_is_untied() {
    for elsewhere in [true, false] {
        let (mut world, ada, authority) = left();
        let account = world.account(ada).clone();
        let other = Opens {
            tenant: if elsewhere {
                world.ids.id()
            } else {
                world.tenant
            },
            user: world.ids.id(),
        };
        let stored = world.records.accounts.get_mut(&account.record.id).unwrap();
        stored.record.opens.insert(other);
        let changes = erase(&authority, &world.records, of(&world, ada), &world.ids).unwrap();
        assert!(replaces(&changes, &Ref::Account(account.record.id)));
        world.commit(&changes);
        let kept = &world.records.accounts[&account.record.id].record;
        let expected = Account {
            opens: [other].into(),
            ..account.record.clone()
        };
        assert_eq!(*kept, expected);
        assert_eq!(world.records.credentials.len(), 1);
        assert_eq!(world.records.users[&ada].record.account, None);
    }
}

/// A3: nobody who has an active user is erased; the others of the address stay.
#[test]
fn who_is_not_erased() {
    let (mut world, ada, authority) = left();
    let person = of(&world, ada);
    let stored = world.records.users.get_mut(&ada).unwrap();
    stored.record.status = UserStatus::Active;
    let refusal = erase(&authority, &world.records, person, &world.ids);
    assert_eq!(refusal, Err(PersonRefusal::ActiveUser(ada)));
    // Somebody without a user or a login is erased as well, and nobody else with them.
    let other = somebody(&mut world, Some("ada@example.org"));
    let changes = erase(&authority, &world.records, other, &world.ids).unwrap();
    assert_eq!(changes.writes().len(), 1);
}

/// Makes the person a professional, whom files find by this address.
fn professional(world: &mut World, person: Id<Person>, address: &str) -> Id<Hcp> {
    let email = email(address).key().clone();
    let hcp = Hcp {
        id: world.ids.id(),
        party: Party::Professional { person, email },
        parent: None,
    };
    let id = hcp.id;
    (world.records).insert(Put::Hcp(hcp), Version::FIRST);
    id
}

/// A1, J1: the professional is erased with the person, by whoever manages healthcare parties as well; another's stays.
#[test]
fn a_professional_is_erased_with_the_person() {
    let mut world = World::new();
    let person = somebody(&mut world, Some("ada@example.org"));
    let other = somebody(&mut world, Some("bob@example.org"));
    let own = professional(&mut world, person, "ada@example.org");
    let others = professional(&mut world, other, "bob@example.org");
    let clerk = world.desk("clerk@example.org", [PERSONS_MANAGE]);
    let by_clerk = world.as_user(clerk);
    let missing = AuthorityRefusal::Missing(HCPS_MANAGE);
    let refused = erase(&by_clerk, &world.records, person, &world.ids);
    assert_eq!(refused, Err(missing.into()));
    let desk = world.desk("desk@example.org", [PERSONS_MANAGE, HCPS_MANAGE]);
    let by_desk = world.as_user(desk);
    let changes = erase(&by_desk, &world.records, person, &world.ids).unwrap();
    world.commit(&changes);
    assert!(!world.records.hcps.contains_key(&own));
    assert!(world.records.hcps.contains_key(&others));
}

/// H1: files find a professional by the person's address, also once it has changed; it is never another's, and never missing.
#[test]
fn files_find_a_professional_by_the_new_address() {
    let mut world = World::new();
    let person = somebody(&mut world, Some("ada@example.org"));
    let other = somebody(&mut world, Some("bob@example.org"));
    let own = professional(&mut world, person, "ada@example.org");
    professional(&mut world, other, "bob@example.org");
    let clerk = world.desk("clerk@example.org", [PERSONS_MANAGE]);
    let by_clerk = world.as_user(clerk);
    let taken = edit(&mut world, &by_clerk, person, &to("Bob@example.org"));
    assert_eq!(taken, Err(PersonRefusal::ProfessionalTaken));
    let cleared = EditPerson {
        email: Change::Clear,
        ..EditPerson::default()
    };
    let cleared = edit(&mut world, &by_clerk, person, &cleared);
    assert_eq!(cleared, Err(PersonRefusal::ProfessionalNeedsEmail));
    // Spelled otherwise it is the same address.
    let spelled = edit(&mut world, &by_clerk, person, &to("Ada@example.org")).unwrap();
    assert!(!replaces(&spelled, &Ref::Hcp(own)));
    let changes = edit(&mut world, &by_clerk, person, &to("ada@new.example")).unwrap();
    let changed = Event::HcpChanged {
        hcp: own,
        import: None,
        row: None,
    };
    assert_eq!(events(&changes), [changed, Event::PersonChanged { person }]);
    world.commit(&changes);
    let found = world.records.hcps[&own].record.email().unwrap();
    assert_eq!(found, email("ada@new.example").key());
}

/// A5: each refusal has its code, the rule and the next step.
#[test]
fn each_refusal_says_what_it_is() {
    let ada = World::new().owner;
    let grant = TakeoverRefusal::Grant(GrantRefusal::MoreThanHeld);
    let missing = AuthorityRefusal::Missing(PERSONS_MANAGE);
    for (refusal, code, rule) in [
        (PersonRefusal::from(missing), "permission_missing", "A1"),
        (PersonRefusal::from(grant), "more_than_held", "A2"),
        (PersonRefusal::Unknown, "person_unknown", "A5"),
        (PersonRefusal::Erased, "person_erased", "A5"),
        (PersonRefusal::Unchanged, "person_unchanged", "A5"),
        (PersonRefusal::LoginTaken, "login_taken", "E1"),
        (PersonRefusal::LoginNeeded, "login_needed", "A3"),
        (
            PersonRefusal::ActiveUser(ada),
            "person_has_active_user",
            "A3",
        ),
        (PresentRefused::Wrong.into(), "login_wrong", "E2"),
        (
            PersonRefusal::ProfessionalNeedsEmail,
            "professional_needs_email",
            "H1",
        ),
        (PersonRefusal::ProfessionalTaken, "professional_taken", "H1"),
    ] {
        assert_eq!(says(&refusal), (code, rule));
    }
}
