//! What goes into the file comes out of it, and what could not have been put there is reported as corrupt.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails as the test does"
)]

mod fixture;

use chrono::NaiveDate;
use fixture::*;
use identity_core::{
    account::{Account, Epoch, LoginLink, Opens, Proof, Provider},
    changeset::Changeset,
    hcp::{
        Hcp, Party,
        import::{Counts, Import, RejectedRow},
        row::{Problem, ProblemCode},
        search::HcpSearch,
    },
    id::Id,
    journal::Hash,
    login::{Credential, PasswordHash, SetBy, Tries, TriesKey},
    operation::{Fingerprint, Operation, OperationKey},
    outbox::{Message, MessageKind},
    owner::{
        Elevation, Proposal,
        elevation::{ElevationState, EndReason},
    },
    permission::Permission,
    person::{PatientReference, Person},
    phone::E164,
    port::{Directory, Find, Page, Store, StoreError},
    reconcile::{
        Institution, Integration, Link,
        not_same::NotSame,
        plan::{Action, Evidence, Plan, Step},
        snapshot::{Completeness, FailedList, Roster, RosterPerson},
    },
    record::{Record, Records, Stored, Table, Version},
    role::{AssignmentStatus, Role, RoleKind, RoleStatus},
    roster::{Identity, Kind, Kinds, MedhubUserId, Program, ProgramId, RosterRowProblem},
    session::{Session, SessionState, USUAL_LIFE},
    sheet::Format,
    tenant::{
        Domain, DomainKind, DomainStatus, ElevationLength, GrantPolicy, Listing, OwnerGrants,
        Tenant, TenantStatus,
    },
    time::instant_from_micros,
    token::ApiToken,
    user::UserStatus,
};
use std::collections::BTreeSet;
use store_sqlite::{SqliteStore, rusqlite::Connection};

fn load(store: &SqliteStore, tenant: Id<Tenant>, finds: Vec<Find>) -> Records {
    block_on(store.load(tenant, finds)).unwrap()
}

/// Creates a record, looks it up, and gives it back as it was stored.
fn stored<T: Record + PartialEq + std::fmt::Debug>(
    store: &SqliteStore,
    tenant: Id<Tenant>,
    find: Find,
    table: fn(Records) -> Table<T>,
    record: T,
) -> Stored<T> {
    commit(store, creating(tenant, [record.clone()])).unwrap();
    let found = table(load(store, tenant, vec![find]))
        .remove(&record.key())
        .unwrap();
    let version = Version::FIRST;
    assert_eq!(found, Stored { record, version });
    found
}

/// Puts another record in its place.
fn replaced<T: Record + PartialEq + std::fmt::Debug>(
    store: &SqliteStore,
    tenant: Id<Tenant>,
    find: Find,
    table: fn(Records) -> Table<T>,
    before: &Stored<T>,
    after: T,
) -> Stored<T> {
    let mut changes = Changeset::new(tenant);
    changes.replace(before, after.clone());
    commit(store, changes).unwrap();
    let found = table(load(store, tenant, vec![find]))
        .remove(&after.key())
        .unwrap();
    let (record, version) = (after, before.version.next());
    assert_eq!(found, Stored { record, version });
    found
}

fn erase<T: Record>(store: &SqliteStore, tenant: Id<Tenant>, before: &Stored<T>) {
    let mut changes = Changeset::new(tenant);
    changes.erase(before);
    commit(store, changes).unwrap();
}

fn medhub(text: &str) -> MedhubUserId {
    MedhubUserId::parse(text).unwrap()
}

fn program(text: &str) -> ProgramId {
    ProgramId::parse(text).unwrap()
}

#[test]
fn persons_and_healthcare_parties_come_back_as_they_were() {
    let (place, mut ids) = (Place::new(), mint(7 << 40));
    let store = place.open();
    let (tenant, _) = tenant(&store, 1);
    let person = Person {
        id: ids.id(),
        name: names("Zoë\u{200d}", "O'Brien-Müller 李"),
        email: Some(email("Müller@Bücher.example")),
        birth_date: NaiveDate::from_ymd_opt(1904, 2, 29),
        mobile: E164::parse("+32470123456").ok(),
        patient: PatientReference::parse("MRN-\"1815\"").ok(),
        erased_at: None,
    };
    let table = |it: Records| it.persons;
    let find = Find::Person(person.id);
    let before = stored(&store, tenant, find.clone(), table, person.clone());
    let bare = Person {
        email: None,
        birth_date: NaiveDate::from_ymd_opt(-4712, 1, 1),
        mobile: None,
        patient: None,
        erased_at: instant_from_micros(-1),
        ..person
    };
    let before = replaced(&store, tenant, find, table, &before, bare);

    let organisation = Hcp {
        id: ids.id(),
        party: Party::Organisation {
            name: name("St Example"),
            email: Some(email("Desk@Example.org")),
            phone: E164::parse("+4912345678").ok(),
        },
        parent: None,
    };
    let table = |it: Records| it.hcps;
    let find = Find::Hcp(organisation.id);
    let parent = stored(&store, tenant, find, table, organisation.clone());
    let hcp = Hcp {
        id: ids.id(),
        party: Party::Professional {
            person: before.record.id,
            email: email("someone@example.org").key().clone(),
        },
        parent: Some(organisation.id),
    };
    let find = Find::HcpWithEmail(email("SOMEONE@example.org").key().clone());
    let child = stored(&store, tenant, find.clone(), table, hcp);
    // The look-up of a professional brings the person.
    let records = load(&store, tenant, vec![find]);
    assert!(records.persons.contains_key(&before.record.id));

    let lines = block_on(store.hcps(tenant, HcpSearch::default(), Page::first(10))).unwrap();
    assert_eq!(lines[0].hcp, parent.record);
    assert_eq!(lines[0].person, None);
    assert_eq!(lines[1].person.as_ref(), Some(&before.record));
    let page = Page {
        after: Some(parent.record.id),
        limit: 10,
    };
    assert_eq!(
        block_on(store.hcps(tenant, HcpSearch::default(), page)).unwrap()[..],
        lines[1..]
    );
    erase(&store, tenant, &child);
    erase(&store, tenant, &parent);
    erase(&store, tenant, &before);
}

#[test]
fn tenants_domains_accounts_and_roles_come_back_as_they_were() {
    let (place, mut ids) = (Place::new(), mint(7 << 40));
    let store = place.open();
    let (id, created) = tenant(&store, 1);
    let before = load(&store, id, vec![Find::Tenant]).tenants[&id].clone();
    let suspended = Tenant {
        status: TenantStatus::Suspended {
            since: instant_from_micros(-1).unwrap(),
        },
        grant_policy: GrantPolicy::SubsetOnly,
        listing: Listing::Listed,
        owner_grants: OwnerGrants::TwoOwners,
        elevation: ElevationLength::of_minutes(60).unwrap(),
        ..before.record.clone()
    };
    replaced(
        &store,
        id,
        Find::Tenant,
        |it| it.tenants,
        &before,
        suspended,
    );

    let domain = Domain {
        id: ids.id(),
        name: name("Portal \u{1f3e5}"),
        kind: DomainKind::PatientCare,
        status: DomainStatus::Inactive,
    };
    stored(&store, id, Find::Domains, |it| it.domains, domain);

    let account = Account {
        id: ids.id(),
        login: email("Someone@Example.org"),
        link: LoginLink::Unlinked,
        opens: BTreeSet::new(),
        epoch: Epoch(u32::MAX),
        proof: Proof::Proved,
    };
    let find = Find::Login(account.login.key().clone());
    let before = stored(&store, id, find.clone(), |it| it.accounts, account.clone());
    let opens = Opens {
        tenant: id,
        user: created.owner,
    };
    let linked = Account::embedded(account.id, email("Another@Example.org")).opening(opens);
    let find = Find::Account(account.id);
    replaced(&store, id, find, |it| it.accounts, &before, linked);

    let role = Role {
        status: RoleStatus::Retired,
        ..Role::custom(
            ids.id(),
            name("Nurse"),
            [Permission::parse("wards:read").unwrap()].into(),
        )
    };
    let role = stored(&store, id, Find::Role(role.id), |it| it.roles, role);

    let (person, domain) = (person(&mut ids, "n@example.org"), created.domain);
    let mut user = user(&mut ids, domain, person.id);
    commit(&store, creating(id, [person.clone()])).unwrap();
    user.account = Some(account.id);
    let find = Find::UsersOf(person.id);
    let before = stored(&store, id, find, |it| it.users, user.clone());
    let mut held = assignment(&mut ids, user.id, &role.record);
    held.status = AssignmentStatus::Inactive;
    let find = Find::Access(user.id);
    stored(&store, id, find.clone(), |it| it.assignments, held);
    user.status = UserStatus::Inactive;
    user.epoch = Epoch(u32::MAX);
    user.account = None;
    replaced(&store, id, find, |it| it.users, &before, user.clone());

    let lines = block_on(store.users(id, Page::first(10))).unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].id, created.owner);
    assert_eq!(lines[0].roles.len(), 2);
    assert_eq!(
        (lines[1].id, lines[1].status),
        (user.id, UserStatus::Inactive)
    );
    assert_eq!(lines[1].email, person.email);
    assert!(lines[1].roles.is_empty());
    let owners = block_on(store.owners(id)).unwrap();
    assert_eq!(owners, lines[..1]);
    let key = email("OWNER1@example.org").key().clone();
    assert_eq!(block_on(store.users_by_email(id, key)).unwrap(), owners);
    assert_eq!(block_on(store.tenants()).unwrap()[0].id, id);
    assert_eq!(block_on(store.roles(id)).unwrap().len(), 7);
}

#[test]
fn imports_and_their_rows_come_back_as_they_were() {
    let (place, mut ids) = (Place::new(), mint(7 << 40));
    let store = place.open();
    let (tenant, created) = tenant(&store, 1);
    for format in [
        Format::Xlsx,
        Format::Xls,
        Format::Xml,
        Format::Csv,
        Format::Txt,
        Format::Ods,
    ] {
        let import = Import {
            id: ids.id(),
            by: created.owner,
            format,
            started_at: now(),
            finished_at: None,
            counts: Counts::default(),
            warnings: Vec::new(),
        };
        let find = Find::Import(import.id);
        let before = stored(
            &store,
            tenant,
            find.clone(),
            |it| it.imports,
            import.clone(),
        );
        let done = Import {
            finished_at: Some(now()),
            counts: Counts {
                created: u32::MAX,
                updated: 1,
                unchanged: 2,
                rejected: 3,
                blank: 4,
            },
            ..import.clone()
        };
        replaced(&store, tenant, find, |it| it.imports, &before, done.clone());
        assert_eq!(
            block_on(store.import(tenant, import.id)).unwrap(),
            Some(done)
        );
        let rows = [2, 3, u32::MAX].map(|row| RejectedRow {
            import: import.id,
            row,
            problems: vec![Problem {
                column: "E-mail \"work\"\u{0}".into(),
                code: ProblemCode::RequiredMissing,
            }],
        });
        commit(&store, creating(tenant, rows.clone())).unwrap();
        let list = |after, limit| {
            let page = Page { after, limit };
            block_on(store.rejected_rows(tenant, import.id, page)).unwrap()
        };
        assert_eq!(list(None, 2), rows[..2]);
        assert_eq!(list(Some(3), 2), rows[2..]);
    }
}

fn identity(key: &str) -> Identity {
    Identity {
        user_id: medhub(key),
        kinds: Kinds::ALL,
        given: String::new(),
        family: "\u{202e}as sent\t".to_owned(),
        email: "a@example.org; none".to_owned(),
        username: "=1+1".to_owned(),
        employee_id: Some(String::new()),
        level: None,
        programs: [
            (program("17"), Kind::Teacher),
            (program("017"), Kind::Learner),
        ]
        .into(),
    }
}

#[test]
fn the_connection_its_roster_and_the_plans_come_back_as_they_were() {
    let place = Place::new();
    let store = place.open();
    let (tenant, created) = tenant(&store, 1);
    let integration = Integration {
        tenant,
        institution: Institution("https://medhub.example.org/api".to_owned()),
        client_id: "0017".to_owned(),
        key_file: None,
        connected_at: now(),
    };
    let table = |it: Records| it.integrations;
    let before = stored(
        &store,
        tenant,
        Find::Integration,
        table,
        integration.clone(),
    );
    let integration = Integration {
        key_file: Some("/etc/key \u{1f511}".to_owned()),
        ..integration
    };
    replaced(
        &store,
        tenant,
        Find::Integration,
        table,
        &before,
        integration.clone(),
    );

    let roster = Roster {
        tenant,
        institution: integration.institution.clone(),
        read_at: now(),
        completeness: Completeness::Partial {
            failed: vec![FailedList {
                program: program("17"),
                kind: Kind::Teacher,
                code: "medhub_timed_out".to_owned(),
                message: "no answer".to_owned(),
            }],
        },
        programs: vec![Program {
            id: program("17"),
            name: "Émergency".to_owned(),
        }],
        problems: vec![RosterRowProblem {
            program: program("17"),
            kind: Kind::Learner,
            line: 3,
            what: "no `userID`".to_owned(),
        }],
    };
    let before = stored(
        &store,
        tenant,
        Find::Roster,
        |it| it.rosters,
        roster.clone(),
    );
    let complete = Roster {
        completeness: Completeness::Complete,
        ..roster
    };
    replaced(
        &store,
        tenant,
        Find::Roster,
        |it| it.rosters,
        &before,
        complete.clone(),
    );

    for key in ["10", "9", "09"] {
        let find = Find::RosterPerson(medhub(key));
        let record = RosterPerson {
            identity: identity(key),
        };
        stored(&store, tenant, find, |it| it.roster_people, record);
    }
    let link = Link {
        id: mint(9 << 40).id(),
        user: created.owner,
        institution: integration.institution.clone(),
        medhub: medhub("9"),
        at: now(),
        by: created.owner,
    };
    let find = Find::LinkTo(link.institution.clone(), medhub("9"));
    let not_same = NotSame {
        id: mint(10 << 40).id(),
        user: created.owner,
        institution: link.institution.clone(),
        medhub: medhub("09"),
        evidence: Fingerprint([0xfe; 32]),
        at: now(),
        by: created.owner,
    };
    stored(&store, tenant, find, |it| it.links, link);
    let find = Find::NotSame(
        created.owner,
        not_same.institution.clone(),
        not_same.medhub.clone(),
    );
    stored(&store, tenant, find, |it| it.not_same, not_same.clone());

    let plan = Plan {
        owner: created.owner,
        next: 4,
        begun_at: now(),
    };
    let find = Find::Plan(created.owner);
    let plan = stored(&store, tenant, find.clone(), |it| it.plans, plan);
    let (user, medhub) = (created.owner, medhub("9"));
    let actions = [
        Action::Link {
            user,
            medhub: medhub.clone(),
            evidence: Evidence::Manual,
        },
        Action::Unlink {
            user,
            medhub: medhub.clone(),
        },
        Action::Import {
            medhub: medhub.clone(),
            reviewed: Fingerprint([2; 32]),
        },
        Action::NotSame {
            user,
            medhub: medhub.clone(),
            reviewed: Fingerprint([3; 32]),
        },
        Action::MaybeSame { user, medhub },
    ];
    for (action, number) in actions.into_iter().zip(1..) {
        let step = Step {
            plan: created.owner,
            number,
            institution: Institution("https://medhub.example.org".to_owned()),
            action,
        };
        stored(&store, tenant, find.clone(), |it| it.steps, step);
    }

    let on_user = Find::StepsOnUser(created.owner, created.owner);
    assert_eq!(load(&store, tenant, vec![on_user]).steps.len(), 4);
    let on_identity = |key| Find::StepsOnIdentity(created.owner, self::medhub(key));
    assert_eq!(load(&store, tenant, vec![on_identity("9")]).steps.len(), 5);
    assert!(
        load(&store, tenant, vec![on_identity("10")])
            .steps
            .is_empty()
    );
    let head = load(&store, tenant, vec![Find::PlanHead(created.owner)]);
    assert_eq!((head.plans.len(), head.steps.len()), (1, 0));

    let view = block_on(store.reconciliation(tenant, created.owner)).unwrap();
    assert_eq!(view.integration, Some(integration));
    assert_eq!(view.roster, Some(complete));
    assert_eq!(view.not_same, [not_same]);
    let keys: Vec<_> = view
        .identities
        .iter()
        .map(|it| it.user_id.as_str())
        .collect();
    assert_eq!(keys, ["09", "10", "9"]);
    assert_eq!(view.identities[2], identity("9"));
    assert_eq!(view.plan, Some(plan));
    assert_eq!(view.steps.len(), 5);
    assert_eq!(view.locals.len(), 1);
    assert_eq!(view.locals[0].user, created.owner);
    assert!(view.locals[0].kinds.is_empty());
    assert!(view.locals[0].link.is_some());
}

/// Learners, teachers and the linked are found among any number of others, each once, in the order of their ids.
#[test]
fn a_reconciliation_finds_its_people_among_others() {
    let (place, mut ids) = (Place::new(), mint(7 << 40));
    let store = place.open();
    let (tenant, created) = tenant(&store, 1);
    let learner = role_of_kind(&store, tenant, RoleKind::Learner);
    let teacher = role_of_kind(&store, tenant, RoleKind::Teacher);
    let institution = Institution("https://medhub.example.org".to_owned());
    let mut changes = creating(
        tenant,
        [Integration {
            tenant,
            institution: institution.clone(),
            client_id: "1".to_owned(),
            key_file: None,
            connected_at: now(),
        }],
    );
    let mut expected = Vec::new();
    for number in 0..200_u32 {
        let person = person(&mut ids, &format!("user{number}@example.org"));
        let mut user = user(&mut ids, created.domain, person.id);
        if number % 5 == 0 {
            user.status = UserStatus::Inactive;
        }
        let id = user.id;
        let kinds = Kinds {
            learner: number % 40 == 0,
            teacher: number % 60 == 0,
        };
        let (linked, elsewhere) = (number % 50 == 7 || number == 60, number == 9);
        if !kinds.is_empty() || linked {
            expected.push((id, kinds, user.status, linked));
        }
        changes.create(person);
        changes.create(user);
        if kinds.learner {
            changes.create(assignment(&mut ids, id, &learner));
        }
        if kinds.teacher {
            changes.create(assignment(&mut ids, id, &teacher));
        }
        if number == 11 {
            // Was a learner, and is none now.
            let mut held = assignment(&mut ids, id, &learner);
            held.status = AssignmentStatus::Inactive;
            changes.create(held);
        }
        if linked || elsewhere {
            let other = Institution("https://other.example.org".to_owned());
            changes.create(Link {
                id: ids.id(),
                user: id,
                institution: if linked { institution.clone() } else { other },
                medhub: medhub(&number.to_string()),
                at: now(),
                by: created.owner,
            });
        }
    }
    commit(&store, changes).unwrap();
    let view = block_on(store.reconciliation(tenant, created.owner)).unwrap();
    let found: Vec<_> = view
        .locals
        .into_iter()
        .map(|it| (it.user, it.kinds, it.status, it.link.is_some()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn tokens_answers_and_messages_come_back_as_they_were() {
    let (place, mut ids) = (Place::new(), mint(7 << 40));
    let store = place.open();
    let (tenant, created) = tenant(&store, 1);
    let token = ApiToken {
        id: ids.id(),
        name: name("Nightly Ｉmport"),
        user: created.owner,
        user_epoch: Epoch(7),
        hash: Hash([0xff; 32]),
        created_at: now(),
        expires_at: now(),
        revoked_at: None,
    };
    let find = Find::ApiToken(token.id);
    let before = stored(
        &store,
        tenant,
        find.clone(),
        |it| it.api_tokens,
        token.clone(),
    );
    let by_hash = |hash| block_on(store.api_token_by_hash(hash)).unwrap();
    assert_eq!(by_hash(token.hash), Some((tenant, token.clone())));
    assert_eq!(by_hash(Hash([0; 32])), None);
    let revoked = ApiToken {
        revoked_at: Some(now()),
        ..token.clone()
    };
    replaced(
        &store,
        tenant,
        find,
        |it| it.api_tokens,
        &before,
        revoked.clone(),
    );
    assert_eq!(block_on(store.api_tokens(tenant)).unwrap(), [revoked]);
    // A revoked token's name is free again.
    let again = ApiToken {
        id: ids.id(),
        hash: Hash([1; 32]),
        ..token
    };
    commit(&store, creating(tenant, [again])).unwrap();

    let operation = Operation {
        key: OperationKey::parse("import-2026-07-01").unwrap(),
        fingerprint: Fingerprint([7; 32]),
        answer: "{\"a\":\"\u{1f600}\"}".to_owned(),
    };
    let mut messages = [1, 2, 3].map(|_| Message {
        id: ids.id(),
        kind: MessageKind::Imported {
            user: created.owner,
            new_login: true,
        },
        at: now(),
    });
    let mut changes = Changeset::new(tenant);
    changes.answer(operation.clone());
    // In the order in which they were committed, whatever their identifiers.
    messages.reverse();
    messages.iter().for_each(|it| changes.send(it.clone()));
    commit(&store, changes).unwrap();
    let kept = block_on(store.operation(tenant, operation.key.clone())).unwrap();
    assert_eq!(kept, Some(operation));
    let page = Page {
        after: Some(messages[0].id),
        limit: 1,
    };
    assert_eq!(
        block_on(store.outbox(tenant, page)).unwrap(),
        messages[1..2]
    );
    let page = Page::first(10);
    assert_eq!(block_on(store.outbox(tenant, page)).unwrap(), messages);
}

#[test]
fn logins_sessions_and_what_is_switched_on_come_back_as_they_were() {
    let (place, mut ids) = (Place::new(), mint(7 << 40));
    let store = place.open();
    let (tenant, created) = tenant(&store, 1);
    let account = Account::embedded(ids.id(), email("someone@example.org"));
    let find = Find::LinkedAccount(Provider::Embedded, account.id.to_string());
    let account = stored(&store, tenant, find, |it| it.accounts, account).record;
    let password = Credential {
        account: account.id,
        hash: PasswordHash("$argon2id$v=19$m=19456,t=2,p=1$\u{0}".to_owned()),
        set_at: now(),
        set_by: SetBy::Holder,
    };
    let find = Find::Credential(account.id);
    let before = stored(&store, tenant, find, |it| it.credentials, password);
    erase(&store, tenant, &before);
    let tries = Tries {
        key: TriesKey([0xff; 32]),
        count: u32::MAX,
        since: now(),
    };
    let find = Find::Tries(tries.key);
    let before = stored(&store, Tenant::PLATFORM, find, |it| it.tries, tries);
    erase(&store, Tenant::PLATFORM, &before);

    let session = Session {
        id: ids.id(),
        user: created.owner,
        account: account.id,
        hash: Hash([0xff; 32]),
        opened_at: now(),
        expires_at: now() + USUAL_LIFE,
        user_epoch: Epoch(u32::MAX),
        account_epoch: Epoch(7),
        elevation: None,
        state: SessionState::Open,
    };
    let find = Find::SessionsOf(created.owner);
    let before = stored(&store, tenant, find, |it| it.sessions, session.clone());
    let by_hash = |hash| block_on(store.session_by_hash(hash)).unwrap();
    assert_eq!(by_hash(session.hash), Some((tenant, session.clone())));
    assert_eq!(by_hash(Hash([0; 32])), None);
    let elevation = Elevation {
        id: ids.id(),
        user: created.owner,
        session: session.id,
        reason: name("The administrator left"),
        since: now(),
        until: now() + USUAL_LIFE,
        state: ElevationState::On,
    };
    let ended = Session {
        elevation: Some(elevation.id),
        state: SessionState::Ended { at: now() },
        ..session.clone()
    };
    let find = Find::Session(session.id);
    replaced(&store, tenant, find, |it| it.sessions, &before, ended);
    let find = Find::SessionsOf(created.owner);
    assert!(load(&store, tenant, vec![find]).sessions.is_empty());

    let (table, on) = (|it: Records| it.elevations, vec![Find::Elevations]);
    let find = Find::ElevationsOf(created.owner);
    let mut before = stored(&store, tenant, find, table, elevation.clone());
    assert_eq!(load(&store, tenant, on.clone()).elevations.len(), 1);
    for why in [
        EndReason::SwitchedOff,
        EndReason::Deadline,
        EndReason::SessionEnded,
        EndReason::RoleRemoved,
    ] {
        let find = Find::Elevation(elevation.id);
        let state = ElevationState::Ended { at: now(), why };
        let over = Elevation {
            state,
            ..elevation.clone()
        };
        before = replaced(&store, tenant, find, table, &before, over);
    }
    assert!(load(&store, tenant, on).elevations.is_empty());

    let proposal = Proposal {
        id: ids.id(),
        user: created.owner,
        by: created.owner,
        at: now(),
        expires_at: now() + USUAL_LIFE,
    };
    let find = Find::ProposalOf(created.owner);
    let found = stored(&store, tenant, find, |it| it.proposals, proposal);
    assert_eq!(block_on(store.proposals(tenant)).unwrap(), [found.record]);
}

/// Writes by raw SQL what the store could not have written, past the checks of the schema.
fn spoil(connection: &Connection, sql: &str) {
    connection
        .execute_batch(&format!(
            "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; {sql}"
        ))
        .unwrap();
}

#[test]
fn a_value_that_could_not_have_been_written_is_corrupt() {
    for (sql, find, table, column) in [
        (
            "UPDATE tenants SET name = ' '",
            Find::Tenant,
            "tenants",
            "name",
        ),
        (
            "UPDATE tenants SET status = 'x'",
            Find::Tenant,
            "tenants",
            "status",
        ),
        (
            "UPDATE tenants SET suspended_since = 1",
            Find::Tenant,
            "tenants",
            "suspended_since",
        ),
        (
            "UPDATE tenants SET version = 0",
            Find::Tenant,
            "tenants",
            "version",
        ),
        (
            "UPDATE domains SET kind = ''",
            Find::Domains,
            "domains",
            "kind",
        ),
        (
            "UPDATE domains SET id = x'00'",
            Find::Domains,
            "domains",
            "id",
        ),
        (
            "UPDATE owners SET usable = '[1]'",
            Find::Owners,
            "owners",
            "usable",
        ),
        (
            "UPDATE owners SET usable = '['",
            Find::Owners,
            "owners",
            "usable",
        ),
        (
            "UPDATE roles SET permissions = '[\"X\"]'",
            Find::Roles,
            "roles",
            "permissions",
        ),
        (
            "UPDATE accounts SET subject = NULL",
            Find::Owners,
            "accounts",
            "subject",
        ),
        (
            "UPDATE accounts SET login = 'x'",
            Find::Owners,
            "accounts",
            "login",
        ),
        (
            "UPDATE accounts SET login_key = 'x'",
            Find::Owners,
            "accounts",
            "login_key",
        ),
        (
            "UPDATE accounts SET opens = '[{}]'",
            Find::Owners,
            "accounts",
            "opens",
        ),
        (
            "UPDATE accounts SET epoch = -1",
            Find::Owners,
            "accounts",
            "epoch",
        ),
        (
            "UPDATE tenants SET elevation = 61",
            Find::Tenant,
            "tenants",
            "elevation",
        ),
        (
            "UPDATE domains SET name = ''",
            Find::Domain(Domain::PATIENT_CARE),
            "domains",
            "name",
        ),
        (
            "UPDATE users SET account = x'07'",
            Find::Owners,
            "users",
            "account",
        ),
        (
            "UPDATE assignments SET status = 'x'",
            Find::Owners,
            "assignments",
            "status",
        ),
    ] {
        let place = Place::new();
        let store = place.open();
        let (tenant, _) = tenant(&store, 1);
        spoil(&place.raw(), sql);
        match block_on(store.load(tenant, vec![find])) {
            Err(StoreError::Corrupt {
                table: found,
                column: named,
                id,
            }) => {
                assert_eq!((found, named), (table, column), "{sql}");
                assert!(!id.is_empty(), "{sql}");
            }
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[test]
fn a_spoiled_list_is_corrupt_too() {
    let place = Place::new();
    let store = place.open();
    let (tenant, created) = tenant(&store, 1);
    let is_corrupt = |result: Result<(), StoreError>, expected: &str| match result {
        Err(StoreError::Corrupt { table, column, .. }) => {
            assert_eq!(format!("{table}.{column}"), expected);
        }
        other => panic!("{other:?}"),
    };
    let raw = place.raw();
    spoil(&raw, "UPDATE persons SET given = '=1+1'");
    let users = block_on(store.users(tenant, Page::first(1))).map(drop);
    is_corrupt(users, "persons.given");
    spoil(
        &raw,
        "DROP TRIGGER journal_is_never_changed; UPDATE journal SET hash = x''",
    );
    let journal = block_on(store.journal(tenant, Page::first(1))).map(drop);
    is_corrupt(journal, "journal.hash");
    spoil(&raw, "DELETE FROM users");
    spoil(
        &raw,
        "UPDATE assignments SET kind = 'learner' WHERE kind = 'tenant_owner'",
    );
    let view = block_on(store.reconciliation(tenant, created.owner)).map(drop);
    is_corrupt(view, "users.id");
}

/// No bug can tie a record to one of another tenant: the file itself refuses it.
#[test]
fn raw_sql_cannot_refer_to_another_tenant() {
    let place = Place::new();
    let store = place.open();
    let (ours, _) = tenant(&store, 1);
    let (theirs, _) = tenant(&store, 2);
    let raw = place.raw();
    store_sqlite::configure(&raw, std::time::Duration::from_secs(1)).unwrap();
    let (ours, theirs) = (ours.as_uuid().as_bytes(), theirs.as_uuid().as_bytes());
    let one = |of: &str| format!("(SELECT id FROM {of} WHERE tenant = ?2 LIMIT 1)");
    let (domain, person, user) = (one("domains"), one("persons"), one("users"));
    let (session, own) = (one("sessions"), user.replace("?2", "?1"));
    let id = "randomblob(16)";
    for tenant in [ours, theirs] {
        let open = format!(
            "INSERT INTO sessions VALUES
             (?1, {id}, 1, {own}, {id}, randomblob(32), 0, 0, 0, 0, NULL, 'open', NULL)"
        );
        raw.execute(&open, [tenant]).unwrap();
    }
    let carried = one("sessions").replace("?2", "?1");
    raw.execute(
        &format!(
            "INSERT INTO elevations VALUES (?1, {id}, 1, {own}, {carried}, 'x', 0, 0, 'on', NULL, NULL)"
        ),
        [ours],
    )
    .unwrap();
    for sql in [
        format!("UPDATE users SET domain = {domain} WHERE tenant = ?1"),
        format!("UPDATE users SET person = {person} WHERE tenant = ?1"),
        format!("UPDATE assignments SET user = {user} WHERE tenant = ?1"),
        "UPDATE assignments SET role = (SELECT id FROM roles WHERE tenant = ?2 AND kind = assignments.kind)
         WHERE tenant = ?1"
            .to_owned(),
        "UPDATE assignments SET kind = 'learner' WHERE tenant = ?1 AND ?2 IS NOT NULL".to_owned(),
        format!(
            "INSERT INTO sessions VALUES
             (?1, {id}, 1, {user}, {id}, randomblob(32), 0, 0, 0, 0, NULL, 'open', NULL)"
        ),
        format!("UPDATE elevations SET user = {user} WHERE tenant = ?1"),
        format!("UPDATE elevations SET session = {session} WHERE tenant = ?1"),
        format!("INSERT INTO proposals VALUES (?1, {id}, 1, {user}, {own}, 0, 0)"),
        format!("INSERT INTO proposals VALUES (?1, {id}, 1, {own}, {user}, 0, 0)"),
        format!("INSERT INTO hcps VALUES (?1, {id}, 1, 'professional', {person}, 'a@b.c', NULL, NULL, NULL, NULL)"),
        format!("INSERT INTO imports VALUES (?1, {id}, 1, {user}, 'csv', 0, NULL, 0, 0, 0, 0, 0, '[]')"),
        format!("INSERT INTO links VALUES (?1, {user}, 1, {user}, 'i', 'm', 0, {user})"),
        format!("INSERT INTO not_same VALUES (?1, {id}, 1, {user}, 'i', 'm', randomblob(32), 0, {own})"),
        format!("INSERT INTO not_same VALUES (?1, {id}, 1, {own}, 'i', 'm', randomblob(32), 0, {user})"),
        format!("INSERT INTO plans VALUES (?1, {user}, 1, 1, 0)"),
        format!("INSERT INTO steps VALUES (?1, {user}, 1, 1, NULL, 'm', 'i', '')"),
        format!("INSERT INTO api_tokens VALUES (?1, {id}, 1, 'n', 'n', {user}, 0, randomblob(32), 0, 0, NULL)"),
    ] {
        let error = raw.execute(&sql, [ours, theirs]).unwrap_err();
        assert!(error.to_string().contains("FOREIGN KEY"), "{sql}: {error}");
    }
}

/// The patient care domain alone is nobody's: there is no second one, it is under no tenant, and it stays what it is.
#[test]
fn raw_sql_cannot_add_a_domain_to_the_platform() {
    let place = Place::new();
    let store = place.open();
    let (ours, _) = tenant(&store, 1);
    let raw = place.raw();
    store_sqlite::configure(&raw, std::time::Duration::from_secs(1)).unwrap();
    let (care, id) = ("x'00000000000000000000000000000001'", "randomblob(16)");
    for (sql, refused) in [
        (
            format!("INSERT INTO domains VALUES ({id}, ?1, 1, 'n', 'internal', 'active')"),
            "FOREIGN KEY",
        ),
        (
            "INSERT INTO domains VALUES (zeroblob(16), ?1, 1, 'n', 'patient_care', 'active')"
                .to_owned(),
            "FOREIGN KEY",
        ),
        (
            format!("INSERT INTO domains VALUES (?1, {care}, 1, 'n', 'patient_care', 'active')"),
            "CHECK",
        ),
        (
            format!("UPDATE domains SET tenant = ?1 WHERE id = {care}"),
            "CHECK",
        ),
        (
            format!("UPDATE domains SET kind = 'internal' WHERE id = {care} AND ?1 IS NOT NULL"),
            "CHECK",
        ),
    ] {
        let error = raw.execute(&sql, [ours.as_uuid().as_bytes()]).unwrap_err();
        assert!(error.to_string().contains(refused), "{sql}: {error}");
    }
}

/// J2: not even by replacing a whole row.
#[test]
fn journal_entries_can_neither_be_changed_nor_deleted() {
    let place = Place::new();
    let store = place.open();
    let (tenant, _) = tenant(&store, 1);
    let raw = place.raw();
    store_sqlite::configure(&raw, std::time::Duration::from_secs(1)).unwrap();
    for sql in [
        "UPDATE journal SET text = ''",
        "DELETE FROM journal",
        "INSERT OR REPLACE INTO journal SELECT tenant, number, '', hash FROM journal",
    ] {
        let error = raw.execute(sql, []).unwrap_err();
        assert!(
            error.to_string().contains("journal entries are never"),
            "{error}"
        );
    }
    assert_eq!(verified(&store, tenant).1.len(), 3);
}
