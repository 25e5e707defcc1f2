//! Passwords that are set and changed, logins that are cut and linked: by whom, and what ends with it.

use super::*;
use crate::{
    authority::Actor,
    owner::elevation::EndReason,
    permission::USERS_MANAGE,
    person::edit::{Change, EditPerson},
    record::{Put, Ref, Version},
    role::{GrantRefusal, Holding, RoleKind},
    tenant::GrantPolicy,
    user::UserStatus,
    world::{World, email, events, now, relies_on, replaces, says},
};

fn good() -> Password {
    Password::parse("seven wet umbrellas").unwrap()
}

fn hashed(password: &Password) -> NewPassword<'_> {
    NewPassword {
        password,
        hash: PasswordHash("hashed".into()),
        common: false,
    }
}

fn set(
    world: &mut World,
    authority: &Authority,
    user: Id<User>,
) -> Result<Changeset, PasswordRefused> {
    let new = good();
    set_password(
        authority,
        &world.records,
        user,
        hashed(&new),
        &mut world.ids,
    )
}

fn change(world: &mut World, authority: &Authority) -> Result<Changeset, PasswordRefused> {
    let new = good();
    change_password(authority, &world.records, hashed(&new), &mut world.ids)
}

fn link(
    world: &World,
    authority: &Authority,
    user: Id<User>,
    to: Linking,
) -> Result<Changeset, LinkRefusal> {
    set_link(authority, &world.records, user, to, world.ids.now())
}

fn cut(world: &World, authority: &Authority, user: Id<User>) -> Result<Changeset, LinkRefusal> {
    link(world, authority, user, Linking::Cut)
}

/// O3, A3: setting a password and cutting a login are what acting for the user is; and in a session of one's own the present
/// password is asked for, by whichever of the users that the login opens.
#[test]
fn setting_a_password_and_cutting_a_login_are_acting_for_the_user() {
    let mut world = World::new();
    let second = world.add_owner("second@example.org");
    let desk = world.desk("desk@example.org", [USERS_MANAGE]);
    let admin = world.add("admin@example.org", RoleKind::SystemAdministrator);
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let sibling = world.patient("desk@example.org");
    let elevated = world.elevated(second);
    let owner = world.owner;
    let [by_owner, by_desk, by_ada] = [owner, desk, ada].map(|it| world.as_user(it));
    let session = world.log_in(desk);
    let in_session = world.act(&session).unwrap();
    let programs = [owner, desk, ada].map(|it| world.program(it));
    let programs = programs.map(|it| world.act(&it).unwrap());
    let [owners_program, desks_program, adas_program] = &programs;
    let unknown = world.ids.id();
    for (number, (authority, user, expected, cutting)) in [
        (&by_desk, ada, "set", "cut"),
        (&by_desk, admin, "set", "cut"),
        (&by_desk, desk, "set", "cut"),
        (&by_desk, owner, "elevation_required", "elevation_required"),
        (&by_ada, desk, "permission_missing", "permission_missing"),
        (&by_ada, ada, "set", "cut"),
        (&by_owner, owner, "set", "holds_tenant_owner"),
        (
            &by_owner,
            second,
            "elevation_required",
            "elevation_required",
        ),
        (&elevated, owner, "set", "holds_tenant_owner"),
        (
            &in_session,
            desk,
            "present_password_needed",
            "present_password_needed",
        ),
        (
            &in_session,
            sibling,
            "present_password_needed",
            "present_password_needed",
        ),
        (&in_session, ada, "set", "cut"),
        (
            owners_program,
            owner,
            "elevation_required",
            "elevation_required",
        ),
        (desks_program, ada, "set", "cut"),
        (
            adas_program,
            ada,
            "permission_missing",
            "permission_missing",
        ),
        (&by_desk, unknown, "user_unknown", "user_unknown"),
    ]
    .into_iter()
    .enumerate()
    {
        let code = set(&mut world, authority, user).map_or_else(|it| it.code(), |_| "set");
        assert_eq!(code, expected, "set {number}");
        let code = cut(&world, authority, user).map_or_else(|it| it.code(), |_| "cut");
        assert_eq!(code, cutting, "cut {number}");
    }
    world.policy(|it| it.grant_policy = GrantPolicy::SubsetOnly);
    let by_desk = world.as_user(desk);
    let more = TakeoverRefusal::Grant(GrantRefusal::MoreThanHeld);
    assert_eq!(set(&mut world, &by_desk, admin), Err(more.clone().into()));
    assert_eq!(cut(&world, &by_desk, admin), Err(more.into()));
    assert!(set(&mut world, &by_desk, ada).is_ok());
}

/// A3: a login that opens users of another tenant is nobody's here to change but its own; and to cut it is nobody's.
#[test]
fn a_login_of_other_tenants_is_left_to_whoever_logs_in_with_it() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    world.works_elsewhere(ada);
    let by_owner = world.elevated(world.owner);
    let by_ada = world.as_user(ada);
    let others = TakeoverRefusal::OtherTenants;
    assert_eq!(set(&mut world, &by_owner, ada), Err(others.clone().into()));
    assert_eq!(cut(&world, &by_owner, ada), Err(others.clone().into()));
    assert!(set(&mut world, &by_ada, ada).is_ok());
    assert_eq!(cut(&world, &by_ada, ada), Err(others.into()));
}

/// A1: a new password ends all sessions of the login, whoever they are of, and is told.
#[test]
fn a_new_password_ends_all_sessions_of_the_login() {
    for changed in [false, true] {
        let mut world = World::new();
        let ada = world.add("ada@example.org", RoleKind::Learner);
        let sibling = world.patient("ada@example.org");
        let sessions = [ada, ada, sibling].map(|it| world.log_in(it));
        let other = world.log_in(world.owner);
        let account = world.account(ada).clone();
        let id = account.record.id;
        let changes = if changed {
            let authority = world.act(&sessions[0]).unwrap();
            change(&mut world, &authority)
        } else {
            let authority = world.as_user(world.owner);
            set(&mut world, &authority, ada)
        };
        let changes = changes.unwrap();
        assert!(relies_on(&changes, &Ref::User(ada)));
        assert!(replaces(&changes, &Ref::Account(id)));
        let told = Event::PasswordSet {
            account: id,
            user: ada,
        };
        assert_eq!(events(&changes), [told]);
        let kinds: Vec<_> = changes.messages().iter().map(|it| it.kind).collect();
        assert_eq!(kinds, [MessageKind::PasswordSet { user: ada }]);
        world.commit(&changes);
        let credential = Credential {
            account: id,
            hash: PasswordHash("hashed".into()),
            set_at: now(),
            set_by: if changed { SetBy::Holder } else { SetBy::Other },
        };
        assert_eq!(world.records.credentials[&id].record, credential);
        let expected = Account {
            epoch: account.record.epoch.next(),
            ..account.record
        };
        assert_eq!(world.records.accounts[&id].record, expected);
        for session in sessions {
            let refusal = world.act(&session).unwrap_err();
            assert_eq!(refusal, AuthorityRefusal::SessionOver);
        }
        assert!(world.act(&other).is_ok());
        // A second one takes the place of the first.
        let authority = world.as_user(ada);
        let changes = set(&mut world, &authority, ada).unwrap();
        world.commit(&changes);
        assert_eq!(world.records.credentials.len(), 1);
    }
}

/// O4: what an owner has switched on ends also where the password is set in the name of another whom the login opens.
#[test]
fn a_new_password_ends_the_elevation_of_whomever_the_login_opens() {
    let mut world = World::new();
    let sibling = world.patient("owner@example.org");
    let session = world.log_in(world.owner);
    let on = world.switch_on(&session).unwrap();
    let authority = world.as_user(sibling);
    let changes = set(&mut world, &authority, sibling).unwrap();
    world.commit(&changes);
    assert_eq!(world.ends_of(on.id), [(EndReason::SessionEnded, now())]);
    // Another's password ends nothing of one's own.
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let session = world.log_in(world.owner);
    let on = world.switch_on(&session).unwrap();
    let authority = world.act(&session).unwrap();
    let changes = set(&mut world, &authority, ada).unwrap();
    world.commit(&changes);
    assert_eq!(world.ends_of(on.id), []);
    assert!(world.act(&session).unwrap().elevated().is_ok());
}

/// A1: the user in whose name a login is changed is relied on, also where another acts whom it opens.
#[test]
fn the_user_is_relied_on_whoever_acts() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let sibling = world.patient("ada@example.org");
    let authority = world.as_user(sibling);
    let changes = set(&mut world, &authority, ada).unwrap();
    assert!(relies_on(&changes, &Ref::User(ada)));
    let changes = cut(&world, &authority, ada).unwrap();
    assert!(relies_on(&changes, &Ref::User(ada)));
}

/// E5: a password is none that everybody would try, and none made of what everybody knows of the user.
#[test]
fn a_password_is_hard_to_guess() {
    let mut world = World::new();
    let ada = world.add("ada.lovelace@example.org", RoleKind::Learner);
    let bo = world.add("bob@example.org", RoleKind::Learner);
    let authority = world.as_user(world.owner);
    let refused = |world: &mut World, user: Id<User>, text: &str, common: bool| {
        let password = Password::parse(text).unwrap();
        let new = NewPassword {
            common,
            ..hashed(&password)
        };
        let ids = &mut world.ids;
        set_password(&authority, &world.records, user, new, ids).err()
    };
    let tells = Some(PasswordRefused::TellsTheUser);
    for (user, text, expected) in [
        (ada, "seven wet umbrellas", None),
        (ada, "ada.lovelace@example.org", tells.clone()),
        (ada, "my ADA.Lovelace 1815", tells.clone()),
        (ada, "I am Given Family!", tells),
        // Three letters stand in many a word.
        (bo, "kebobs in the garden", None),
    ] {
        assert_eq!(refused(&mut world, user, text, false), expected, "{text}");
    }
    let common = refused(&mut world, ada, "seven wet umbrellas", true);
    assert_eq!(common, Some(PasswordRefused::Common));
    // Of whom nothing but the login is known.
    world.records.persons.clear();
    assert_eq!(refused(&mut world, ada, "I am Given Family!", false), None);
    let person = &mut world.records.users.get_mut(&bo).unwrap().record;
    let local = "bobs@example.org";
    person.account = None;
    let account = Account::embedded(world.ids.id(), crate::world::email(local));
    person.account = Some(account.id);
    (world.records).insert(Put::Account(account), Version::FIRST);
    let four = refused(&mut world, bo, "kebobs in the garden", false);
    assert_eq!(four, Some(PasswordRefused::TellsTheUser));
}

/// E3: whoever has no login, or one that is cut off, has no password here.
#[test]
fn a_password_needs_a_login() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let authority = world.as_user(world.owner);
    let changes = cut(&world, &authority, ada).unwrap();
    world.commit(&changes);
    let none = Err(PresentRefused::NotKeptHere.into());
    assert_eq!(set(&mut world, &authority, ada), none);
    let stored = world.records.users.get_mut(&ada).unwrap();
    stored.record.account = None;
    assert_eq!(set(&mut world, &authority, ada), none);
    assert_eq!(cut(&world, &authority, ada), Err(LinkRefusal::NoLogin));
}

/// O7: one's own password is changed by oneself, and by no program and not by the operator.
#[test]
fn a_password_is_changed_by_whom_it_is_of() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let (session, program) = (world.log_in(ada), world.program(ada));
    for (actor, expected) in [
        (Actor::User(ada), None),
        (session, None),
        (program, Some(TakeoverRefusal::UnknownUser.into())),
        (Actor::Operator, Some(TakeoverRefusal::UnknownUser.into())),
    ] {
        let authority = world.act(&actor).unwrap();
        assert_eq!(change(&mut world, &authority).err(), expected, "{actor:?}");
    }
}

/// A1: a login that is cut off opens nothing, and opens again only with new sessions.
#[test]
fn a_login_that_is_cut_off_opens_nothing() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let session = world.log_in(ada);
    let authority = world.as_user(world.owner);
    let id = world.account(ada).record.id;
    let before = world.account(ada).record.link.clone();
    let unchanged = Err(LinkRefusal::Unchanged);
    assert_eq!(link(&world, &authority, ada, Linking::Embedded), unchanged);
    for (to, linked, event) in [
        (
            Linking::Cut,
            LoginLink::Unlinked,
            Event::LoginUnlinked {
                account: id,
                user: ada,
            },
        ),
        (
            Linking::Embedded,
            before,
            Event::LoginLinked {
                account: id,
                user: ada,
            },
        ),
    ] {
        let epoch = world.account(ada).record.epoch;
        let changes = link(&world, &authority, ada, to).unwrap();
        assert!(relies_on(&changes, &Ref::User(ada)));
        assert_eq!(events(&changes), [event]);
        world.commit(&changes);
        let kept = &world.account(ada).record;
        assert_eq!((&kept.link, kept.epoch), (&linked, epoch.next()));
        assert_eq!(link(&world, &authority, ada, to), unchanged);
        let refusal = world.act(&session).unwrap_err();
        assert_eq!(refusal, AuthorityRefusal::SessionOver);
    }
    let session = world.log_in(ada);
    assert!(world.act(&session).is_ok());
}

/// O1, O3: the login of an owner is not cut, by nobody and through none of the users that it opens.
#[test]
fn an_owners_login_is_not_cut() {
    let mut world = World::new();
    let second = world.add_owner("second@example.org");
    let sibling = world.patient("second@example.org");
    let elevated = world.elevated(world.owner);
    let by_sibling = world.as_user(sibling);
    for (authority, user) in [
        (&elevated, second),
        (&elevated, sibling),
        (&by_sibling, sibling),
    ] {
        let refusal = cut(&world, authority, user);
        assert_eq!(refusal, Err(LinkRefusal::HoldsTenantOwner));
        let linked = link(&world, authority, user, Linking::Embedded);
        assert_eq!(linked, Err(LinkRefusal::Unchanged));
    }
    let role = world.role(RoleKind::TenantOwner);
    let holding = Holding::of(&world.records, second, role);
    let removed = holding.remove(&elevated, now()).unwrap();
    world.commit(&removed);
    assert!(cut(&world, &elevated, second).is_ok());
}

/// A1, O3: whatever changes a login collides with whatever else changes it, with a user that it comes to open, and with whoever
/// logs in with it.
#[test]
fn changes_of_a_login_collide() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let by_owner = world.as_user(world.owner);
    let first = set(&mut world, &by_owner, ada).unwrap();
    let second = set(&mut world, &by_owner, ada).unwrap();
    let cut = cut(&world, &by_owner, ada).unwrap();
    assert!(world.collide(&first, &second));
    assert!(world.collide(&first, &cut));
    // It comes to open a user of another tenant.
    let mut elsewhere = world.clone();
    elsewhere.works_elsewhere(ada);
    for changes in [&first, &cut] {
        assert!(elsewhere.try_commit(changes).is_err());
    }
    // The user goes away meanwhile.
    let inactive = UserStatus::Inactive;
    let gone = crate::user::set_status(&by_owner, &world.records, ada, inactive, now()).unwrap();
    for changes in [&first, &cut] {
        let mut world = world.clone();
        world.commit(&gone);
        assert!(world.try_commit(changes).is_err());
    }
    let by_ada = world.as_user(ada);
    let open = crate::session::OpenSession {
        hash: crate::journal::Hash::of(b"secret"),
        account: world.account(ada).record.id,
        as_of: None,
        life: crate::session::USUAL_LIFE,
    };
    let (opened, _) = open
        .decide(&by_ada, &world.records, &mut world.ids)
        .unwrap();
    for changes in [&first, &cut] {
        let mut world = world.clone();
        world.commit(changes);
        assert!(world.try_commit(&opened).is_err());
    }
}

/// A3: a login that was confirmed is so no more once somebody else has its password, or it has another name; and stays so otherwise.
#[test]
fn who_has_a_login_is_confirmed_anew() {
    type Act = fn(&mut World, Id<User>) -> Changeset;
    let acts: [(Act, Proof); 4] = [
        (
            |world, user| {
                let authority = world.as_user(world.owner);
                set(world, &authority, user).unwrap()
            },
            Proof::Unproved,
        ),
        (move_away, Proof::Unproved),
        (
            |world, user| {
                let authority = world.as_user(user);
                change(world, &authority).unwrap()
            },
            Proof::Proved,
        ),
        (
            |world, user| {
                let authority = world.as_user(world.owner);
                cut(world, &authority, user).unwrap()
            },
            Proof::Proved,
        ),
    ];
    for (number, (act, proof)) in acts.into_iter().enumerate() {
        let mut world = World::new();
        let ada = world.add("ada@example.org", RoleKind::Learner);
        let account = world.account(ada).record.id;
        let stored = world.records.accounts.get_mut(&account).unwrap();
        stored.record.proof = Proof::Proved;
        let changes = act(&mut world, ada);
        world.commit(&changes);
        assert_eq!(world.account(ada).record.proof, proof, "{number}");
    }
}

/// Somebody else gives the user another address, with which the login moves.
fn move_away(world: &mut World, user: Id<User>) -> Changeset {
    let authority = world.as_user(world.owner);
    let command = EditPerson {
        email: Change::Set(email("new@example.org")),
        ..EditPerson::default()
    };
    let person = world.records.users[&user].record.person;
    let (records, ids) = (&world.records, &mut world.ids);
    let moved = command.decide(&authority, records, person, Present::NOT_GIVEN, ids);
    moved.unwrap()
}

/// A1: a password that somebody else sets, a cut and a move end what programs do in the name of whomever the login opens; one's own
/// new password does not, and neither does linking it again.
#[test]
fn programs_end_with_the_login_that_was_taken() {
    type Act = fn(&mut World, Id<User>) -> Changeset;
    let acts: [(Act, bool); 5] = [
        (
            |world, user| {
                let authority = world.as_user(world.owner);
                set(world, &authority, user).unwrap()
            },
            true,
        ),
        (
            |world, user| {
                let authority = world.as_user(world.owner);
                cut(world, &authority, user).unwrap()
            },
            true,
        ),
        (move_away, true),
        (
            |world, user| {
                let authority = world.as_user(user);
                change(world, &authority).unwrap()
            },
            false,
        ),
        (
            |world, user| {
                let account = world.account(user).record.id;
                let stored = world.records.accounts.get_mut(&account).unwrap();
                stored.record.link = LoginLink::Unlinked;
                let authority = world.as_user(world.owner);
                link(world, &authority, user, Linking::Embedded).unwrap()
            },
            false,
        ),
    ];
    for (number, (act, ends)) in acts.into_iter().enumerate() {
        let mut world = World::new();
        let ada = world.add("ada@example.org", RoleKind::Learner);
        let sibling = world.patient("ada@example.org");
        let owner = world.owner;
        let programs = [ada, sibling].map(|it| world.program(it));
        let others = world.program(owner);
        let changes = act(&mut world, ada);
        world.commit(&changes);
        for program in programs {
            assert_eq!(world.act(&program).is_err(), ends, "{number}");
        }
        assert!(world.act(&others).is_ok());
    }
}

/// A3: whoever set somebody's password could come in as them: nobody becomes an owner with it, nor acts as one, until they have
/// changed it themselves.
#[test]
fn a_password_that_others_know_makes_no_owner() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let desk = world.desk("desk@example.org", [USERS_MANAGE]);
    let by_desk = world.as_user(desk);
    let changes = set(&mut world, &by_desk, ada).unwrap();
    world.commit(&changes);
    let role = world.role(RoleKind::TenantOwner);
    let give = |world: &mut World| {
        let elevated = world.elevated(world.owner);
        let held = Holding::of(&world.records, ada, role).assign(&elevated, &mut world.ids);
        held.map(|(changes, _)| changes)
    };
    let refusal = give(&mut world).unwrap_err();
    assert_eq!(says(&refusal), ("password_of_others", "A3"));
    let session = world.log_in(ada);
    let of_ada = world.act(&session).unwrap();
    let changes = change(&mut world, &of_ada).unwrap();
    world.commit(&changes);
    let changes = give(&mut world).unwrap();
    world.commit(&changes);
    // And once more, when they are one.
    let elevated = world.elevated(world.owner);
    let changes = set(&mut world, &elevated, ada).unwrap();
    world.commit(&changes);
    let session = world.log_in(ada);
    let refusal = world.switch_on(&session).unwrap_err();
    assert_eq!(says(&refusal), ("password_of_others", "A3"));
}

/// O2, A3: where a second owner must approve, no owner comes in as another.
#[test]
fn an_owner_does_not_approve_as_another() {
    let mut world = World::new();
    let second = world.add_owner("second@example.org");
    world.policy(|it| it.owner_grants = crate::tenant::OwnerGrants::TwoOwners);
    let elevated = world.elevated(world.owner);
    let refusal = set(&mut world, &elevated, second).unwrap_err();
    assert_eq!(refusal.code(), "second_owner_needed");
    let owner = world.owner;
    assert!(set(&mut world, &elevated, owner).is_err());
    let by_host = world.as_user(owner);
    assert!(set(&mut world, &by_host, owner).is_ok());
}

/// O6: somebody must let the first owner in: the operator gives a first password, and never a second.
#[test]
fn the_operator_gives_a_first_password() {
    let mut world = World::new();
    let second = world.add_owner("second@example.org");
    let operator = world.act(&Actor::Operator).unwrap();
    let owner = world.owner;
    let changes = set(&mut world, &operator, owner).unwrap();
    world.commit(&changes);
    let account = world.account(owner).record.id;
    let set_by = world.records.credentials[&account].record.set_by;
    assert_eq!(set_by, SetBy::Other);
    assert!(set(&mut world, &operator, owner).is_err());
    // Whoever is no owner is let in by the tenant, and a login of other tenants by nobody.
    let admin = world.add("admin@example.org", RoleKind::SystemAdministrator);
    let refused = set(&mut world, &operator, admin).unwrap_err();
    assert_eq!(refused.code(), "permission_missing");
    assert!(set(&mut world, &operator, second).is_ok());
    world.works_elsewhere(second);
    assert!(set(&mut world, &operator, second).is_err());
}

/// A1: a proof that was good before the password was changed opens nothing after.
#[test]
fn a_login_in_flight_does_not_outrun_a_new_password() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let before = world.account(ada).record.clone();
    let authority = world.as_user(world.owner);
    let changes = set(&mut world, &authority, ada).unwrap();
    world.commit(&changes);
    let after = world.account(ada).record.epoch;
    let by_ada = world.as_user(ada);
    for (as_of, opened) in [
        (Some(before.epoch), false),
        (Some(after), true),
        (None, true),
    ] {
        let open = crate::session::OpenSession {
            hash: crate::journal::Hash::of(b"secret"),
            account: before.id,
            as_of,
            life: crate::session::USUAL_LIFE,
        };
        let decided = open.decide(&by_ada, &world.records, &mut world.ids);
        assert_eq!(decided.is_ok(), opened, "{as_of:?}");
    }
}

/// E5: what is kept of a password is not shown.
#[test]
fn the_hash_is_not_shown() {
    let mut world = World::new();
    let authority = world.as_user(world.owner);
    let owner = world.owner;
    let changes = set(&mut world, &authority, owner).unwrap();
    assert!(!format!("{changes:?}").contains("hashed"));
    let text = serde_json::to_string(changes.entries()).unwrap();
    assert!(!text.contains("hashed") && !text.contains("example.org"));
}

/// A5: each refusal has its code, the rule and the next step.
#[test]
fn each_refusal_says_what_it_is() {
    let takeover = || TakeoverRefusal::from(AuthorityRefusal::NotElevated);
    for (refusal, code, rule) in [
        (
            PasswordRefused::from(takeover()),
            "elevation_required",
            "O3",
        ),
        (PresentRefused::Wrong.into(), "login_wrong", "E2"),
        (PasswordRefused::Unchanged, "password_unchanged", "A3"),
        (PasswordRefused::Common, "password_common", "E5"),
        (PasswordRefused::TellsTheUser, "password_tells_user", "E5"),
    ] {
        assert_eq!(says(&refusal), (code, rule));
    }
    for (refusal, code, rule) in [
        (LinkRefusal::from(takeover()), "elevation_required", "O3"),
        (LinkRefusal::NoLogin, "no_login", "A5"),
        (LinkRefusal::Unchanged, "login_unchanged", "A5"),
        (LinkRefusal::HoldsTenantOwner, "holds_tenant_owner", "O3"),
    ] {
        assert_eq!(says(&refusal), (code, rule));
    }
}
