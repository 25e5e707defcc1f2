//! One record of every kind, with values that stores like to get wrong.

use crate::hospital::Hospital;
use chrono::NaiveDate;
use identity_core::{
    account::{Account, Epoch, LoginLink, Opens, Proof, Provider},
    email::Email,
    hcp::{
        Hcp, Party,
        import::{Counts, Import, Notice, RejectedRow},
        row::{Problem, ProblemCode},
    },
    id::{Id, Mint},
    journal::Hash,
    login::{Credential, PasswordHash, SetBy, Tries, TriesKey},
    name::{Name, PersonName},
    operation::Fingerprint,
    owner::{
        Elevation, Proposal,
        elevation::{ElevationState, EndReason},
    },
    permission::{BUILT_IN, Permission, Permissions},
    person::{PatientReference, Person},
    phone::E164,
    port::Find,
    reconcile::{
        Institution, Integration, Link,
        not_same::NotSame,
        plan::{Action, Evidence, Plan, Step},
        snapshot::{Completeness, FailedList, Roster, RosterPerson},
    },
    record::{Put, Ref},
    role::{Assignment, AssignmentStatus, Role, RoleKind, RoleStatus},
    roster::{Identity, Kind, Kinds, MedhubUserId, Program, ProgramId, RosterRowProblem},
    session::{Session, SessionState},
    sheet::Format,
    tenant::{Domain, DomainKind, DomainStatus, Tenant},
    time::{Instant, instant_from_micros},
    token::ApiToken,
    user::{User, UserStatus},
};
use std::collections::BTreeSet;

/// A record as it is created, and as it is changed afterwards, under the same key.
#[derive(Clone, Debug)]
pub(super) struct Specimen {
    pub(super) first: Put,
    pub(super) second: Put,
}

/// The look-up that loads a record; there is none for those that only lists show.
pub(super) fn find_of(put: &Put) -> Option<Find> {
    Some(match put {
        Put::Tenant(_) => Find::Tenant,
        Put::Domain(it) => Find::Domain(it.id),
        Put::Owners(_) => Find::Owners,
        Put::Person(it) => Find::Person(it.id),
        Put::Account(it) => Find::Account(it.id),
        Put::User(it) => Find::Access(it.id),
        Put::Role(it) => Find::Role(it.id),
        Put::Assignment(it) => Find::AssignmentsOf(it.user),
        Put::Hcp(it) => Find::Hcp(it.id),
        Put::Import(it) => Find::Import(it.id),
        Put::Integration(_) => Find::Integration,
        Put::Roster(_) => Find::Roster,
        Put::RosterPerson(it) => Find::RosterPerson(it.identity.user_id.clone()),
        Put::Link(it) => Find::LinkOf(it.user),
        Put::NotSame(it) => Find::NotSame(it.user, it.institution.clone(), it.medhub.clone()),
        Put::Plan(it) => Find::Plan(it.owner),
        Put::Step(it) => Find::Plan(it.plan),
        Put::ApiToken(it) => Find::ApiToken(it.id),
        Put::Elevation(it) => Find::Elevation(it.id),
        Put::Session(it) => Find::Session(it.id),
        Put::Proposal(it) => Find::ProposalOf(it.user),
        Put::Credential(it) => Find::Credential(it.account),
        Put::Tries(it) => Find::Tries(it.key),
        Put::RejectedRow(_) => return None,
    })
}

/// Whether it is one and the same record from every tenant. The patient care domain is too, and no specimen.
pub(super) const fn is_of_platform(reference: &Ref) -> bool {
    matches!(
        reference,
        Ref::Account(_) | Ref::Credential(_) | Ref::Tries(_)
    )
}

pub(super) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(super) fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

pub(super) fn medhub(text: &str) -> MedhubUserId {
    MedhubUserId::parse(text).unwrap()
}

pub(super) fn institution(text: &str) -> Institution {
    Institution(text.to_owned())
}

fn micros(micros: i64) -> Instant {
    instant_from_micros(micros).unwrap()
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn program(text: &str) -> ProgramId {
    ProgramId::parse(text).unwrap()
}

/// Letters that take two UTF-16 units, marks that combine, quotes, and what looks like a pattern or a number.
const ODD: &str = "O’Brien \"Zoë\" 𝒳 李 100% _';-- \\n 007";

/// A specimen of every kind but the tenant and its owners, which are there before, in the order of creation: none refers
/// to a later one.
pub(super) fn specimens(hospital: &Hospital, ids: &mut Mint) -> Vec<Specimen> {
    let tenant = hospital.tenant;
    let mut all = people(hospital, ids);
    let user = all.iter().find_map(|it| match &it.first {
        Put::User(it) => Some((it.id, it.account?)),
        _ => None,
    });
    let (user, account) = user.unwrap();
    all.extend(logins(hospital, user, account, ids));
    all.extend(parties(hospital, ids));
    all.extend(reconciliation(hospital, user, ids));
    let id = ids.id();
    let token = ApiToken {
        id,
        name: name(ODD),
        user,
        user_epoch: Epoch(u32::MAX),
        hash: Hash(std::array::from_fn(|it| u8::try_from(it).unwrap() ^ 0xff)),
        created_at: micros(1),
        expires_at: micros(253_402_300_799_999_999),
        revoked_at: None,
    };
    let revoked = ApiToken {
        user_epoch: Epoch(0),
        revoked_at: Some(micros(-1)),
        ..token.clone()
    };
    all.push(specimen(token, revoked));
    debug_assert!(all.iter().all(|it| it.first != it.second));
    debug_assert_eq!(tenant, hospital.tenant);
    all
}

fn specimen(first: impl Into<Put>, second: impl Into<Put>) -> Specimen {
    Specimen {
        first: first.into(),
        second: second.into(),
    }
}

fn people(hospital: &Hospital, ids: &mut Mint) -> Vec<Specimen> {
    let domain = Domain {
        id: ids.id(),
        name: name(ODD),
        kind: DomainKind::PatientCare,
        status: DomainStatus::Inactive,
    };
    let person = Person {
        id: ids.id(),
        name: PersonName {
            given: name(&"é".repeat(200)),
            family: name(ODD),
        },
        email: Some(email("  Jürgen.O'Hara+Ward7@Käse.Example ")),
        birth_date: Some(day(1899, 12, 31)),
        mobile: Some(E164::parse("+123456789012345").unwrap()),
        patient: Some(PatientReference::parse(&"~".repeat(128)).unwrap()),
        erased_at: None,
    };
    let bare_person = Person {
        email: None,
        birth_date: Some(day(2024, 2, 29)),
        mobile: None,
        patient: None,
        erased_at: Some(micros(-1)),
        ..person.clone()
    };
    let account = Account {
        id: ids.id(),
        login: email("Login.Of.Odd@Example.ORG"),
        link: LoginLink::Unlinked,
        opens: BTreeSet::new(),
        epoch: Epoch(0),
        proof: Proof::Unproved,
    };
    let linked = Account {
        link: LoginLink::Linked {
            provider: Provider::Embedded,
            subject: format!("{ODD}|\n\t "),
        },
        opens: [Tenant::PLATFORM, hospital.tenant]
            .map(|tenant| Opens {
                tenant,
                user: ids.id(),
            })
            .into(),
        epoch: Epoch(u32::MAX),
        proof: Proof::Proved,
        ..account.clone()
    };
    let user = User {
        id: ids.id(),
        domain: domain.id,
        person: person.id,
        account: Some(account.id),
        status: UserStatus::Inactive,
        epoch: Epoch(u32::MAX),
    };
    let active = User {
        account: None,
        epoch: Epoch(0),
        status: UserStatus::Active,
        ..user.clone()
    };
    let role = Role {
        id: ids.id(),
        name: name(ODD),
        kind: RoleKind::Custom,
        permissions: Permissions::from([Permission::parse("host-7:do_it").unwrap()]),
        status: RoleStatus::Active,
    };
    let stronger = Role {
        name: name("tenant owner (not)"),
        permissions: Permissions::from(BUILT_IN),
        status: RoleStatus::Retired,
        ..role.clone()
    };
    let assignment = Assignment {
        id: ids.id(),
        user: user.id,
        role: role.id,
        kind: RoleKind::Custom,
        status: AssignmentStatus::Inactive,
    };
    let counts = Assignment {
        status: AssignmentStatus::Active,
        ..assignment.clone()
    };
    let open = Domain {
        name: name("7"),
        status: DomainStatus::Active,
        ..domain.clone()
    };
    vec![
        specimen(domain, open),
        specimen(person, bare_person),
        specimen(account, linked),
        specimen(user, active),
        specimen(role, stronger),
        specimen(assignment, counts),
    ]
}

fn logins(
    hospital: &Hospital,
    user: Id<User>,
    account: Id<Account>,
    ids: &mut Mint,
) -> Vec<Specimen> {
    let credential = Credential {
        account,
        hash: PasswordHash(format!("$argon2id$v=19${ODD}")),
        set_at: micros(-62_135_596_800_000_000),
        set_by: SetBy::Other,
    };
    let changed = Credential {
        hash: PasswordHash(String::new()),
        set_at: micros(1_700_000_000_123_456),
        set_by: SetBy::Holder,
        ..credential.clone()
    };
    let tries = Tries {
        key: TriesKey(std::array::from_fn(|it| 0xff - u8::try_from(it).unwrap())),
        count: u32::MAX,
        since: micros(-1),
    };
    let none = Tries {
        count: 0,
        since: micros(1),
        ..tries
    };
    let session = Session {
        id: ids.id(),
        user,
        account,
        hash: Hash(std::array::from_fn(|it| u8::try_from(it).unwrap() ^ 0xaa)),
        opened_at: micros(-62_135_596_800_000_000),
        expires_at: micros(253_402_300_799_999_999),
        user_epoch: Epoch(u32::MAX),
        account_epoch: Epoch(0),
        elevation: None,
        state: SessionState::Open,
    };
    let elevation = Elevation {
        id: ids.id(),
        user: hospital.owners[0].user,
        session: session.id,
        reason: name(ODD),
        since: micros(-62_135_596_800_000_000),
        until: micros(1_700_000_000_123_456),
        state: ElevationState::On,
    };
    let over = Elevation {
        state: ElevationState::Ended {
            at: micros(-1),
            why: EndReason::RoleRemoved,
        },
        ..elevation.clone()
    };
    let ended = Session {
        account_epoch: Epoch(u32::MAX),
        elevation: Some(elevation.id),
        state: SessionState::Ended { at: micros(-1) },
        ..session.clone()
    };
    let proposal = Proposal {
        id: ids.id(),
        user,
        by: hospital.owners[0].user,
        at: micros(1),
        expires_at: micros(2),
    };
    let later = Proposal {
        expires_at: micros(1),
        ..proposal.clone()
    };
    vec![
        specimen(credential, changed),
        specimen(tries, none),
        specimen(session, ended),
        specimen(elevation, over),
        specimen(proposal, later),
    ]
}

fn parties(hospital: &Hospital, ids: &mut Mint) -> Vec<Specimen> {
    let organisation = Hcp {
        id: ids.id(),
        party: Party::Organisation {
            name: name(ODD),
            email: Some(email("Ward@Example.org")),
            phone: Some(E164::parse("+3247012").unwrap()),
        },
        parent: None,
    };
    let bare = Hcp {
        party: Party::Organisation {
            name: name("7"),
            email: None,
            phone: None,
        },
        ..organisation.clone()
    };
    let professional = Hcp {
        id: ids.id(),
        party: Party::Professional {
            person: hospital.owners[0].person,
            email: email("PROF@käse.example").key().clone(),
        },
        parent: Some(organisation.id),
    };
    let moved = Hcp {
        parent: None,
        ..professional.clone()
    };
    let import = Import {
        id: ids.id(),
        by: hospital.owners[0].user,
        format: Format::Ods,
        started_at: micros(1_700_000_000_000_001),
        finished_at: None,
        counts: Counts::default(),
        warnings: Vec::new(),
    };
    let finished = Import {
        finished_at: Some(micros(1_700_000_000_999_999)),
        counts: Counts {
            created: u32::MAX,
            updated: 1,
            unchanged: 2,
            rejected: 3,
            blank: 4,
        },
        warnings: vec![Notice {
            code: "header_unknown".to_owned(),
            message: ODD.to_owned(),
        }],
        ..import.clone()
    };
    let row = RejectedRow {
        import: import.id,
        row: u32::MAX,
        problems: vec![
            Problem {
                column: ODD.into(),
                code: ProblemCode::RowConflictInFile {
                    first_row: u32::MAX,
                },
            },
            Problem {
                column: "".into(),
                code: ProblemCode::RequiredMissing,
            },
        ],
    };
    let fewer = RejectedRow {
        problems: vec![],
        ..row.clone()
    };
    vec![
        specimen(organisation, bare),
        specimen(professional, moved),
        specimen(import, finished),
        specimen(row, fewer),
    ]
}

fn reconciliation(hospital: &Hospital, user: Id<User>, ids: &mut Mint) -> Vec<Specimen> {
    let tenant = hospital.tenant;
    let planner = hospital.owners[0].user;
    let integration = Integration {
        tenant,
        institution: institution("https://odd.medhub.example/api"),
        client_id: "007".to_owned(),
        key_file: Some("/keys/a b/ü.pem".to_owned()),
        connected_at: micros(1),
    };
    let handed = Integration {
        key_file: None,
        connected_at: micros(2),
        ..integration.clone()
    };
    let roster = Roster {
        tenant,
        institution: integration.institution.clone(),
        read_at: micros(1_700_000_000_123_456),
        completeness: Completeness::Partial {
            failed: vec![FailedList {
                program: program("07"),
                kind: Kind::Teacher,
                code: "timed_out".to_owned(),
                message: ODD.to_owned(),
            }],
        },
        programs: vec![Program {
            id: program("07"),
            name: ODD.to_owned(),
        }],
        problems: vec![RosterRowProblem {
            program: program("7"),
            kind: Kind::Learner,
            line: u32::MAX,
            what: ODD.to_owned(),
        }],
    };
    let complete = Roster {
        completeness: Completeness::Complete,
        programs: vec![],
        problems: vec![],
        ..roster.clone()
    };
    let identity = Identity {
        user_id: medhub("000123-É"),
        kinds: Kinds::ALL,
        given: ODD.to_owned(),
        family: String::new(),
        email: "one@example.org; two@example.org".to_owned(),
        username: " spaced ".to_owned(),
        employee_id: Some(String::new()),
        level: None,
        programs: [
            (program("07"), Kind::Learner),
            (program("7"), Kind::Teacher),
        ]
        .into(),
    };
    let changed = Identity {
        kinds: Kinds::only(Kind::Teacher),
        employee_id: None,
        level: Some("PGY-3".to_owned()),
        programs: [].into(),
        ..identity.clone()
    };
    let link = Link {
        id: ids.id(),
        user,
        institution: integration.institution.clone(),
        medhub: identity.user_id.clone(),
        at: micros(-1),
        by: planner,
    };
    let elsewhere = Link {
        institution: institution("https://test.medhub.example"),
        medhub: medhub("000123-é"),
        ..link.clone()
    };
    let not_same = NotSame {
        id: ids.id(),
        user,
        institution: integration.institution.clone(),
        medhub: identity.user_id.clone(),
        evidence: Fingerprint([0; 32]),
        at: micros(-1),
        by: planner,
    };
    let again = NotSame {
        evidence: Fingerprint([0xff; 32]),
        at: micros(7),
        by: user,
        ..not_same.clone()
    };
    let plan = Plan {
        owner: planner,
        next: 2,
        begun_at: micros(7),
    };
    let longer = Plan {
        next: u32::MAX,
        ..plan.clone()
    };
    let step = |action| Step {
        plan: planner,
        number: 1,
        institution: institution("https://odd.medhub.example/api"),
        action,
    };
    let ties = step(Action::Link {
        user,
        medhub: identity.user_id.clone(),
        evidence: Evidence::Manual,
    });
    let imports = step(Action::Import {
        medhub: identity.user_id.clone(),
        reviewed: Fingerprint([0xff; 32]),
    });
    vec![
        specimen(integration, handed),
        specimen(roster, complete),
        specimen(
            RosterPerson { identity },
            RosterPerson { identity: changed },
        ),
        specimen(link, elsewhere),
        specimen(not_same, again),
        specimen(plan, longer),
        specimen(ties, imports),
    ]
}
