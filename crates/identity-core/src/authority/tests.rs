//! Who may do what, at which moment, and what that hangs on.

use super::*;
use crate::{
    account::{Epoch, LoginLink},
    journal::Hash,
    permission::{HCPS_MANAGE, TOKENS_MANAGE, USERS_MANAGE},
    record::{Put, Ref, Version},
    session::SessionState,
    world::{World, events, name, now, relies_on, says},
};
use chrono::Duration;

/// A token of the owner's that lives for so long from now.
fn token(world: &mut World, life: Duration, revoked_at: Option<Instant>) -> Id<ApiToken> {
    let token = ApiToken {
        id: world.ids.id(),
        name: name("nightly"),
        user: world.owner,
        user_epoch: Epoch::default(),
        hash: Hash::of(b"secret"),
        created_at: now(),
        expires_at: now() + life,
        revoked_at,
    };
    let id = token.id;
    world.records.insert(token.into(), Version::FIRST);
    id
}

/// A1: everything that an actor's authority hangs on takes it away at once.
#[test]
fn a_suspended_tenant_and_an_inactive_domain_give_no_authority() {
    let mut world = World::new();
    let actor = Actor::user(world.owner);
    let whole = world.records.clone();
    let domain = world.domain();
    let domain = world.records.domains.get_mut(&domain).unwrap();
    domain.record.status = DomainStatus::Inactive;
    assert_eq!(
        world.act(&actor).unwrap_err(),
        AuthorityRefusal::DomainInactive
    );
    world.records = whole;
    assert!(world.act(&actor).is_ok());
    let tenant = world.records.tenants.values_mut().next().unwrap();
    tenant.record.status = TenantStatus::Suspended { since: now() };
    assert_eq!(
        world.act(&actor).unwrap_err(),
        AuthorityRefusal::TenantSuspended
    );
    // Whoever suspended it must be able to reactivate it.
    assert!(world.act(&Actor::Operator).is_ok());
}

/// E3: a token is dead at its end exactly, and once it is revoked, also where it was found alive before.
#[test]
fn a_dead_token_gives_no_authority() {
    let mut world = World::new();
    let moment = Duration::microseconds(1);
    for (life, revoked, alive) in [
        (moment, None, true),
        (Duration::zero(), None, false),
        (moment, Some(now()), false),
    ] {
        let token = token(&mut world, life, revoked);
        let authority = world.act(&Actor::Token(token)).map(|_| ());
        let expected = if alive {
            Ok(())
        } else {
            Err(AuthorityRefusal::TokenDead)
        };
        assert_eq!(authority, expected, "{life} {revoked:?}");
    }
}

/// O7, J1: a token carries what its user may do every day, never Tenant Owner, and the journal names it.
#[test]
fn a_token_acts_in_its_own_name_and_never_as_owner() {
    let mut world = World::new();
    let token = token(&mut world, Duration::days(1), None);
    let authority = world.act(&Actor::Token(token)).unwrap();
    assert_eq!(
        authority.elevated().unwrap_err(),
        AuthorityRefusal::NotElevated
    );
    let entry = authority.entry(now(), Event::TokenRevoked { token });
    let user = world.owner;
    assert_eq!(entry.by, By::Token { token, user });
}

/// A1: what was read to tell is expected by the changeset, each record of it.
#[test]
fn what_gives_the_authority_is_relied_on() {
    let mut world = World::new();
    let token = token(&mut world, Duration::days(1), None);
    let authority = world.act(&Actor::Token(token)).unwrap();
    let changes = authority.permit(&TOKENS_MANAGE).unwrap();
    let assignment = world
        .assignment(world.owner, RoleKind::SystemAdministrator)
        .unwrap();
    for relied in [
        Ref::Tenant(world.tenant),
        Ref::User(world.owner),
        Ref::Domain(world.records.users[&world.owner].record.domain),
        Ref::Assignment(assignment.id),
        Ref::Role(assignment.role),
        Ref::ApiToken(token),
    ] {
        assert!(relies_on(&changes, &relied), "{relied:?}");
    }
    assert!(events(&changes).is_empty());
}

#[test]
fn the_operator_has_no_permission_inside_a_tenant() {
    let mut world = World::new();
    let operator = world.act(&Actor::Operator).unwrap();
    assert!(!operator.allows(&USERS_MANAGE));
    assert_eq!(
        operator.permit(&USERS_MANAGE).unwrap_err(),
        AuthorityRefusal::Missing(USERS_MANAGE)
    );
    assert_eq!(
        operator.elevated().unwrap_err(),
        AuthorityRefusal::NotElevated
    );
}

/// A1: every actor has authority while all that it hangs on is there, and none once any of it is not.
#[test]
fn whatever_authority_hangs_on_takes_it_away() {
    type Damage = fn(&mut World);
    let ways: [(&str, Damage, [Option<AuthorityRefusal>; 3]); 10] = [
        ("all is well", |_| (), [None, None, None]),
        (
            "tenant gone",
            |it| it.records.tenants.clear(),
            [(); 3].map(|()| Some(AuthorityRefusal::UnknownTenant)),
        ),
        (
            "tenant suspended",
            |it| it.policy(|it| it.status = TenantStatus::Suspended { since: now() }),
            [(); 3].map(|()| Some(AuthorityRefusal::TenantSuspended)),
        ),
        (
            "user gone",
            |it| it.records.users.clear(),
            [(); 3].map(|()| Some(AuthorityRefusal::UnknownActor)),
        ),
        (
            "user inactive",
            |it| {
                let stored = it.records.users.get_mut(&it.owner).unwrap();
                stored.record.status = UserStatus::Inactive;
            },
            [(); 3].map(|()| Some(AuthorityRefusal::ActorInactive)),
        ),
        (
            "domain gone",
            |it| it.records.domains.clear(),
            [(); 3].map(|()| Some(AuthorityRefusal::DomainInactive)),
        ),
        (
            "domain inactive",
            |it| {
                for stored in it.records.domains.values_mut() {
                    stored.record.status = DomainStatus::Inactive;
                }
            },
            [(); 3].map(|()| Some(AuthorityRefusal::DomainInactive)),
        ),
        (
            "epoch of the user",
            |it| {
                let stored = it.records.users.get_mut(&it.owner).unwrap();
                stored.record.epoch = stored.record.epoch.next();
            },
            [
                None,
                Some(AuthorityRefusal::SessionOver),
                Some(AuthorityRefusal::TokenDead),
            ],
        ),
        (
            "login cut",
            |it| {
                for stored in it.records.accounts.values_mut() {
                    stored.record.link = LoginLink::Unlinked;
                }
            },
            [None, Some(AuthorityRefusal::SessionOver), None],
        ),
        (
            "login gone",
            |it| it.records.accounts.clear(),
            [None, Some(AuthorityRefusal::SessionOver), None],
        ),
    ];
    for (way, damage, expected) in ways {
        let mut world = World::new();
        let owner = world.owner;
        let actors = [
            Actor::user(owner),
            world.log_in(owner),
            world.program(owner),
        ];
        damage(&mut world);
        let refusals = actors.map(|it| world.act(&it).err());
        assert_eq!(refusals, expected, "{way}");
    }
}

/// A1: a session that is unknown, over, or of another user than is said gives no authority.
#[test]
fn a_session_gives_authority_while_it_is_alive() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let sibling = world.patient("owner@example.org");
    let actor = world.log_in(world.owner);
    let Actor::Session { session, user } = actor else {
        unreachable!()
    };
    let unknown = world.ids.id();
    for actor in [
        Actor::Session { session, user: ada },
        Actor::Session {
            session,
            user: sibling,
        },
        Actor::Session {
            session: unknown,
            user,
        },
    ] {
        assert_eq!(
            world.act(&actor).unwrap_err(),
            AuthorityRefusal::SessionOver
        );
    }
    let authority = world.act(&actor).unwrap();
    assert_eq!(authority.session().unwrap().record.id, session);
    assert_eq!(authority.user(), Some(user));
    for relied in [
        Ref::Session(session),
        Ref::Account(world.account(user).record.id),
        Ref::User(user),
        Ref::Domain(world.domain()),
        Ref::Tenant(world.tenant),
    ] {
        assert!(relies_on(&authority.act(), &relied), "{relied:?}");
    }
    let until = world.records.sessions[&session].record.expires_at;
    let moment = Duration::microseconds(1);
    for (at, alive) in [(until - moment, true), (until, false)] {
        let acts = Authority::of(&actor, world.tenant, &world.records, at);
        assert_eq!(acts.is_ok(), alive);
    }
    let stored = world.records.sessions.get_mut(&session).unwrap();
    stored.record.state = SessionState::Ended { at: now() };
    assert_eq!(
        world.act(&actor).unwrap_err(),
        AuthorityRefusal::SessionOver
    );
}

/// A1: the union counts of what active assignments of roles that count give.
#[test]
fn the_union_of_active_assignments_counts() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    assert!(!world.as_user(ada).allows(&USERS_MANAGE));
    let roles = [
        world.allow(ada, [USERS_MANAGE]),
        world.allow(ada, [USERS_MANAGE, HCPS_MANAGE]),
    ];
    let authority = world.as_user(ada);
    for (permission, gives) in [
        (USERS_MANAGE, true),
        (HCPS_MANAGE, true),
        (TOKENS_MANAGE, false),
    ] {
        assert_eq!(authority.allows(&permission), gives);
        assert_eq!(authority.permit(&permission).is_ok(), gives);
    }
    let Explanation::Allowed { because, elevation } = authority.explain(&USERS_MANAGE) else {
        panic!()
    };
    assert_eq!(elevation, None);
    let held = |role: Id<Role>| {
        let mut held = world.records.assignments.values();
        held.find(|it| it.record.role == role).unwrap().record.id
    };
    let grounds = roles.map(|role| Ground {
        assignment: held(role),
        role,
        kind: RoleKind::Custom,
    });
    assert_eq!(because.len(), 2);
    assert!(grounds.iter().all(|it| because.contains(it)));
    let refused = Explanation::from(AuthorityRefusal::Missing(TOKENS_MANAGE));
    assert_eq!(authority.explain(&TOKENS_MANAGE), refused);
    let [one, two] = roles;
    let assignment = held(two);
    let stored = world.records.roles.get_mut(&one).unwrap();
    stored.record.status = RoleStatus::Retired;
    let stored = world.records.assignments.get_mut(&assignment).unwrap();
    stored.record.status = AssignmentStatus::Inactive;
    assert!(!world.as_user(ada).allows(&USERS_MANAGE));
    // Nor does a role count that is not there, nor what others hold.
    world.records.roles.clear();
    let owner = world.as_user(world.owner);
    assert!(!owner.allows(&USERS_MANAGE));
}

/// O4: what the role permits is everything, once it is switched on, and is said to be under elevation; before that, nothing.
#[test]
fn an_elevated_owner_may_do_everything() {
    let mut world = World::new();
    let second = world.add_owner("second@example.org");
    let hosts = Permission::parse("wards:manage").unwrap();
    let held = world
        .assignment(second, RoleKind::TenantOwner)
        .unwrap()
        .clone();
    let ground = Ground {
        assignment: held.id,
        role: held.role,
        kind: RoleKind::TenantOwner,
    };
    let everyday = world.as_user(second);
    assert!(!everyday.allows(&hosts) && everyday.elevated().is_err());
    let off = Explanation::Refused {
        why: AuthorityRefusal::NotElevated.into(),
        withheld: vec![Withheld {
            ground,
            by: Obstacle::SwitchedOff,
        }],
    };
    assert_eq!(everyday.explain(&hosts), off);
    let elevated = world.elevated(second);
    let on = elevated.elevation().unwrap().id;
    assert!(elevated.allows(&hosts));
    let Explanation::Allowed { because, elevation } = elevated.explain(&hosts) else {
        panic!()
    };
    assert_eq!(elevation, Some(on));
    assert_eq!(because, [ground]);
    let changes = elevated.permit(&hosts).unwrap();
    for relied in [
        Ref::Elevation(on),
        Ref::Assignment(held.id),
        Ref::Role(held.role),
    ] {
        assert!(relies_on(&changes, &relied), "{relied:?}");
    }
    let (changes, proof) = elevated.elevated().unwrap();
    assert!(relies_on(&changes, &Ref::Assignment(held.id)));
    assert!(relies_on(&changes, &Ref::Role(held.role)));
    assert_eq!(proof.user(), second);
}

/// A5: what would give a permission is named with what keeps it from doing so, and the easiest of it to take away is the reason.
#[test]
fn what_would_give_a_permission_is_named() {
    let mut world = World::new();
    let owner = world.add_owner("second@example.org");
    let [retired, inactive, other] =
        [HCPS_MANAGE, HCPS_MANAGE, TOKENS_MANAGE].map(|it| world.allow(owner, [it]));
    let ownership = world.role(RoleKind::TenantOwner);
    let kept = [
        (ownership, RoleKind::TenantOwner, Obstacle::SwitchedOff),
        (inactive, RoleKind::Custom, Obstacle::AssignmentInactive),
        (retired, RoleKind::Custom, Obstacle::RoleRetired),
    ];
    let held = |role: Id<Role>| {
        let mut held = world.records.assignments.values();
        let of = |it: &&Stored<Assignment>| it.record.user == owner && it.record.role == role;
        held.find(of).unwrap().record.id
    };
    let expected = kept.map(|(role, kind, by)| Withheld {
        ground: Ground {
            assignment: held(role),
            role,
            kind,
        },
        by,
    });
    world.records.roles.get_mut(&retired).unwrap().record.status = RoleStatus::Retired;
    for stored in world.records.assignments.values_mut() {
        if [retired, inactive, other].contains(&stored.record.role) {
            stored.record.status = AssignmentStatus::Inactive;
        }
    }
    let reasons = [
        AuthorityRefusal::NotElevated.into(),
        Denial::AssignmentInactive(HCPS_MANAGE),
        Denial::RoleRetired(HCPS_MANAGE),
        AuthorityRefusal::Missing(HCPS_MANAGE).into(),
    ];
    for (gone, reason) in reasons.into_iter().enumerate() {
        let explained = world.as_user(owner).explain(&HCPS_MANAGE);
        let Explanation::Refused { why, mut withheld } = explained else {
            panic!()
        };
        withheld.sort_by_key(|it| it.by);
        assert_eq!((why, withheld.as_slice()), (reason, &expected[gone..]));
        if let Some(Withheld { ground, .. }) = expected.get(gone) {
            world.records.assignments.remove(&ground.assignment);
        }
    }
}

/// O6, O7: who acts is told apart: the operator is no user, a program is not the user, and a session is the user's.
#[test]
fn who_acts_is_told_apart() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let sibling = world.patient("ada@example.org");
    let (session, program) = (world.log_in(ada), world.program(ada));
    let Actor::Token(token) = program else {
        unreachable!()
    };
    for (actor, user, themselves, by_token, in_session) in [
        (Actor::Operator, None, false, false, false),
        (Actor::User(ada), Some(ada), true, false, false),
        (session, Some(ada), true, false, true),
        (program, Some(ada), false, true, false),
    ] {
        let authority = world.act(&actor).unwrap();
        assert_eq!(authority.user(), user, "{actor:?}");
        assert_eq!(authority.stored_user().map(|it| it.record.id), user);
        assert_eq!(authority.is_themselves(ada), themselves, "{actor:?}");
        assert!(!authority.is_themselves(world.owner));
        let logs_in_as = |it: &Id<User>| authority.logs_in_as(&world.records.users[it].record);
        let as_whom = [ada, sibling, world.owner].map(|it| logs_in_as(&it));
        assert_eq!(as_whom, [themselves, themselves, false], "{actor:?}");
        assert_eq!(authority.token(), by_token.then_some(token));
        assert_eq!(authority.session().is_some(), in_session);
        assert_eq!(authority.elevation(), None);
        assert_eq!(authority.operator().is_ok(), user.is_none());
        assert_eq!(authority.tenant().id, world.tenant);
        if let Ok((changes, _)) = authority.operator() {
            assert!(relies_on(&changes, &Ref::Tenant(world.tenant)));
        }
    }
    let operator = world.act(&Actor::Operator).unwrap();
    let refused = Explanation::from(AuthorityRefusal::Missing(USERS_MANAGE));
    assert_eq!(operator.explain(&USERS_MANAGE), refused);
    let entry = operator.entry(now(), Event::TenantSuspended);
    assert_eq!((entry.at, entry.by), (now(), By::Operator));
    let by = world.as_user(ada).entry(now(), Event::TenantSuspended).by;
    let expected = By::User {
        user: ada,
        session: None,
        elevation: None,
    };
    assert_eq!(by, expected);
    let nowhere = Authority::of(&Actor::Operator, world.ids.id(), &world.records, now());
    assert_eq!(nowhere.unwrap_err(), AuthorityRefusal::UnknownTenant);
}

/// E3: a token that is unknown is as dead as one that is over, and one of somebody who is gone too.
#[test]
fn a_token_that_is_unknown_is_dead() {
    let mut world = World::new();
    let unknown = world.ids.id();
    assert_eq!(
        world.act(&Actor::Token(unknown)).unwrap_err(),
        AuthorityRefusal::TokenDead
    );
    let lives = token(&mut world, Duration::days(1), None);
    let authority = world.act(&Actor::Token(lives)).unwrap();
    let put = Put::ApiToken(ApiToken {
        revoked_at: Some(now()),
        ..world.records.api_tokens[&lives].record.clone()
    });
    world.records.insert(put, Version::FIRST.next());
    assert!(world.try_commit(&authority.act()).is_err());
}

/// J4: the same human being is the same asker, in whatever session; others are others.
#[test]
fn the_same_human_being_is_the_same_asker() {
    let mut world = World::new();
    let json = |it: &Actor| serde_json::to_string(it).unwrap();
    let (owner, ada) = (world.owner, world.add("ada@example.org", RoleKind::Learner));
    let sessions = [world.log_in(owner), world.log_in(owner)];
    let own = json(&Actor::User(owner));
    assert!(sessions.iter().all(|it| json(it) == own));
    let program = world.program(owner);
    for other in [Actor::Operator, Actor::User(ada), program] {
        assert_ne!(json(&other), own);
    }
}

/// A1: what is loaded for an actor is what its authority is read from.
#[test]
fn each_actor_is_looked_up_by_what_it_is() {
    let mut world = World::new();
    let (user, session) = (world.owner, world.ids.id());
    let token = world.ids.id();
    for (actor, find) in [
        (Actor::User(user), Some(Find::Access(user))),
        (
            Actor::Session { session, user },
            Some(Find::Session(session)),
        ),
        (Actor::Token(token), Some(Find::ApiToken(token))),
        (Actor::Operator, None),
    ] {
        let expected: Vec<_> = [Find::Tenant].into_iter().chain(find).collect();
        assert_eq!(actor.find(), expected);
    }
}

/// A5: each refusal has its code, the rule and the next step.
#[test]
fn each_refusal_says_what_it_is() {
    for (refusal, code, rule) in [
        (AuthorityRefusal::UnknownTenant, "tenant_unknown", "A1"),
        (AuthorityRefusal::TenantSuspended, "tenant_suspended", "A1"),
        (AuthorityRefusal::UnknownActor, "actor_unknown", "A1"),
        (AuthorityRefusal::ActorInactive, "actor_inactive", "A1"),
        (AuthorityRefusal::DomainInactive, "domain_inactive", "A1"),
        (AuthorityRefusal::TokenDead, "token_invalid", "E3"),
        (AuthorityRefusal::SessionOver, "session_over", "A1"),
        (AuthorityRefusal::NotOperator, "operator_only", "O6"),
        (AuthorityRefusal::NotAnOwner, "not_an_owner", "O4"),
        (AuthorityRefusal::NotElevated, "elevation_required", "O4"),
        (
            AuthorityRefusal::Missing(USERS_MANAGE),
            "permission_missing",
            "A1",
        ),
    ] {
        assert_eq!(says(&refusal), (code, rule));
    }
}
