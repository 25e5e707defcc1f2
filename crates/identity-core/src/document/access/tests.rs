//! The documents as they are written.

use super::*;
use crate::{
    authority::AuthorityRefusal,
    outbox::MessageKind,
    permission::{DATA_LOAD, USERS_MANAGE},
    person::PatientReference,
    phone::E164,
    role::Holding,
    session,
    user::{AddUser, Whose, set_status},
    world::{World, email, name, now, person_name},
};
use serde_json::{Value, json};

fn written(document: &impl Serialize) -> Value {
    serde_json::to_value(document).unwrap()
}

#[test]
fn a_tenant_is_written_with_what_is_true_of_it() {
    let world = World::new();
    let line = |status| TenantLine {
        id: world.tenant,
        name: name("General Hospital"),
        status,
        listing: Listing::Listed,
    };
    let active = TenantDocument::from(line(TenantStatus::Active));
    let (id, name) = (world.tenant.to_string(), "General Hospital");
    assert_eq!(
        written(&active),
        json!({"id": id, "name": name, "status": "active", "listing": "listed"})
    );
    let since = now();
    let suspended = TenantDocument::from(line(TenantStatus::Suspended { since }));
    assert_eq!(
        written(&suspended),
        json!({"id": id, "name": name, "status": "suspended", "suspended_since": since,
            "listing": "listed"})
    );
    let policy = PolicyDocument::from(&world.records.tenants[&world.tenant].record);
    assert_eq!(
        written(&policy),
        json!({"grants": "manage_users_may_grant", "owner_grants": "one_owner",
            "elevation_minutes": 15})
    );
    let domain = &world.records.domains[&world.domain()].record;
    assert_eq!(
        written(&DomainDocument::from(domain)),
        json!({"id": domain.id, "name": name, "kind": "internal", "status": "active"})
    );
}

#[test]
fn a_person_is_written_with_whoever_refers_to_them() {
    let mut world = World::new();
    let hcp = world.ids.id();
    let person = Person {
        birth_date: NaiveDate::from_ymd_opt(1815, 12, 10),
        mobile: E164::parse("+32470123456").ok(),
        patient: PatientReference::parse("MRN-1815").ok(),
        ..Person::new(
            world.ids.id(),
            person_name("Ada", "Lovelace"),
            Some(email("ada@example.org")),
        )
    };
    let mut expected = json!({"id": person.id, "given": "Ada", "family": "Lovelace",
        "email": "ada@example.org", "birth_date": "1815-12-10", "mobile": "+32470123456",
        "patient": "MRN-1815"});
    assert_eq!(written(&PersonDocument::from(person.clone())), expected);
    let user = world.records.users[&world.owner].record.clone();
    let view = PersonView {
        person: person.clone(),
        users: vec![user.clone()],
        professionals: vec![hcp],
    };
    expected["users"] = json!([{"id": user.id, "domain": user.domain, "status": "active"}]);
    expected["professionals"] = json!([hcp]);
    assert_eq!(written(&PersonDocument::from(view)), expected);
    let erased = Person {
        erased_at: Some(now()),
        ..Person::new(person.id, person_name("erased", "erased"), None)
    };
    assert_eq!(
        written(&PersonDocument::from(erased)),
        json!({"id": person.id, "given": "erased", "family": "erased", "email": null,
            "birth_date": null, "mobile": null, "patient": null, "erased_at": now()})
    );
}

#[test]
fn a_role_and_a_proposal_are_written() {
    let mut world = World::new();
    let id = world.ids.id();
    let role = Role::custom(id, name("Front desk"), [USERS_MANAGE, DATA_LOAD].into());
    assert_eq!(
        written(&RoleLineDocument::from(role)),
        json!({"id": id, "name": "Front desk", "kind": "custom",
            "permissions": ["data:load", "users:manage"], "status": "active"})
    );
    let proposal = Proposal {
        id: world.ids.id(),
        user: world.ids.id(),
        by: world.owner,
        at: now(),
        expires_at: now() + crate::owner::proposal::LIFE,
    };
    let (id, user, by) = (proposal.id, proposal.user, proposal.by);
    let (at, expires_at) = (proposal.at, proposal.expires_at);
    assert_eq!(
        written(&ProposalDocument::from(proposal)),
        json!({"id": id, "user": user, "by": by, "at": at, "expires_at": expires_at})
    );
    let (tenant, user) = (world.tenant, world.owner);
    assert_eq!(
        written(&ChoiceDocument::from(Opens { tenant, user })),
        json!({"tenant": tenant, "user": user})
    );
}

#[test]
fn a_user_is_written_with_the_login_and_the_roles_that_count() {
    let mut world = World::new();
    let ada = world.add("ada@example.org", RoleKind::Learner);
    let desk = world.allow(ada, [DATA_LOAD]);
    let learner = world.role(RoleKind::Learner);
    let mut roles = [
        json!({"id": learner, "name": "Learner"}),
        json!({"id": desk, "name": format!("Desk {desk}")}),
    ];
    roles.sort_by_key(|it| it["id"].to_string());
    let document = UserDocument::of(ada, &world.records).unwrap();
    assert_eq!(
        written(&document),
        json!({"id": ada, "given": "Given", "family": "Family", "email": "ada@example.org",
            "status": "active", "roles": roles})
    );
    // Without a login it is the address that is known.
    let stored = world.records.users.get_mut(&ada).unwrap();
    stored.record.account = None;
    let document = UserDocument::of(ada, &world.records).unwrap();
    assert_eq!(document.email.as_deref(), Some("ada@example.org"));
    world.records.roles.remove(&desk);
    let document = UserDocument::of(ada, &world.records).unwrap();
    assert_eq!(document.roles.len(), 1);
    let unknown = world.ids.id();
    assert!(UserDocument::of(unknown, &world.records).is_none());
    world.records.persons.clear();
    assert!(UserDocument::of(ada, &world.records).is_none());
}

/// O4: a session shows what is switched on in it, and never its secret or the hash of it.
#[test]
fn a_session_shows_what_is_switched_on() {
    let mut world = World::new();
    let actor = world.log_in(world.owner);
    let elevation = world.switch_on(&actor).unwrap();
    let session = world.records.sessions[&elevation.session].record.clone();
    let plain = json!({"id": session.id, "user": world.owner, "opened_at": now(),
        "expires_at": now() + session::USUAL_LIFE, "elevation": null});
    assert_eq!(written(&SessionDocument::of(&session, None)), plain);
    let mut elevated = plain.clone();
    elevated["elevation"] = json!({"id": elevation.id, "reason": "quarterly review",
        "since": elevation.since, "until": elevation.until});
    let line = SessionLine {
        session,
        elevation: Some(elevation),
    };
    assert_eq!(written(&SessionDocument::from(&line)), elevated);
}

/// A5: an answer says what gave it, or the refusal with its code, rule and next step.
#[test]
fn an_answer_says_why() {
    let mut world = World::new();
    let everyday = world.as_user(world.owner).explain(&USERS_MANAGE);
    let held = world
        .assignment(world.owner, RoleKind::SystemAdministrator)
        .unwrap();
    let ground = json!({"assignment": held.id, "role": held.role,
        "kind": "system_administrator"});
    assert_eq!(
        written(&ExplanationDocument::from(everyday)),
        json!({"allowed": true, "because": [ground]})
    );
    let authority = world.elevated(world.owner);
    let elevated = ExplanationDocument::from(authority.explain(&USERS_MANAGE));
    assert_eq!(elevated.elevation, authority.elevation().map(|it| it.id));
    assert_eq!(elevated.because.len(), 2);
    let refusal = AuthorityRefusal::Missing(DATA_LOAD);
    let refused = ExplanationDocument::from(Explanation::from(refusal.clone()));
    assert_eq!(
        written(&refused),
        json!({"allowed": false, "because": [], "refusal": {"code": "permission_missing",
            "message": "permission `data:load` is missing", "rule": "A1",
            "next": refusal.next()}})
    );
}

/// J1: a dry run shows what would change by kind and id, and no value.
#[test]
fn a_dry_run_shows_no_values() {
    let mut world = World::new();
    let authority = world.as_user(world.owner);
    let command = AddUser {
        email: email("ada@example.org"),
        whose: Whose::KnownOrNew(person_name("Ada", "Lovelace")),
        role: world.role(RoleKind::Learner),
        status: UserStatus::Active,
    };
    let (changes, added) = command
        .decide(&authority, &world.records, &mut world.ids)
        .unwrap();
    let document = RehearsalDocument::from(&changes);
    assert_eq!(document.tenant, world.tenant);
    let made: Vec<_> = document
        .writes
        .iter()
        .map(|it| (it.change, it.kind.as_str()))
        .collect();
    assert_eq!(
        made,
        [
            ("create", "person"),
            ("create", "account"),
            ("create", "user"),
            ("create", "assignment")
        ]
    );
    assert_eq!(document.writes[0].id, added.person.to_string());
    let relied = |kind: &str| document.expects.iter().find(|it| it.kind == kind);
    let tenant = relied("tenant").unwrap();
    assert_eq!(tenant.id, Some(world.tenant.to_string()));
    assert_eq!(tenant.version, Some(1));
    let persons = relied("persons_with_email").unwrap();
    assert_eq!((&persons.id, persons.version), (&None, None));
    assert_eq!(document.entries.len(), 3);
    assert_eq!(document.entries[0]["event"], "person_added");
    let owed = MessageKind::Added {
        user: added.user,
        new_login: true,
    };
    assert_eq!(document.messages, [written(&owed)]);
    let text = written(&document).to_string();
    assert!(!text.contains("Lovelace") && !text.contains("example.org"));

    world.commit(&changes);
    let authority = world.as_user(world.owner);
    let inactive = UserStatus::Inactive;
    let user = added.user;
    let changes = set_status(&authority, &world.records, user, inactive, now()).unwrap();
    let document = RehearsalDocument::from(&changes);
    assert_eq!(document.writes[0].change, "replace");
    let holding = Holding::of(&world.records, user, world.role(RoleKind::Learner));
    let changes = holding.remove(&authority, now()).unwrap();
    let document = RehearsalDocument::from(&changes);
    assert_eq!(document.writes[0].change, "erase");
}

/// A kind of two words is written as every name of ours.
#[test]
fn kinds_are_written_in_lower_snake_case() {
    let mut world = World::new();
    let (token, row) = (world.ids.id(), world.ids.id());
    for (reference, kind) in [
        (Ref::ApiToken(token), "api_token"),
        (Ref::RejectedRow((row, 7)), "rejected_row"),
        (Ref::Tenant(world.tenant), "tenant"),
    ] {
        assert_eq!(named(&reference).0, kind);
    }
    let (_, id) = named(&Ref::RejectedRow((row, 7)));
    assert_eq!(id, format!("{row}/7"));
}
