//! Lists and searches.

use super::{
    Failed, Harness, Outcome, ensure,
    find::bare_user,
    specimen::{email, institution, medhub, name},
};
use crate::{
    hospital::{Hospital, Member, Staffing},
    record::replace,
};
use identity_core::{
    changeset::Changeset,
    hcp::{
        Hcp, HcpLine, Party,
        import::{Counts, Import, RejectedRow},
        row::{Problem, ProblemCode},
        search::HcpSearch,
    },
    id::Id,
    journal::Hash,
    operation::Fingerprint,
    person::Person,
    port::{Clock, Directory, Find, Page, Store, TenantLine, UserLine},
    reconcile::{
        Integration,
        plan::{Action, Plan, Step},
        snapshot::RosterPerson,
        views::Local,
    },
    record::{Put, Version},
    role::{Assignment, AssignmentStatus, RoleKind},
    roster::{Identity, Kind, Kinds},
    session::{Session, SessionState},
    sheet::Format,
    tenant::{Domain, DomainKind, DomainStatus, Listing, Tenant, TenantStatus},
    user::{User, UserStatus},
};
use std::collections::BTreeSet;

/// Reads a list page by page, and checks that each page keeps to its limit.
macro_rules! read_all {
    ($limit:expr, |$page:ident| $read:expr, |$line:ident: $type:ty| $key:expr) => {{
        let mut all = Vec::new();
        loop {
            let after = all.last().map(|$line: &$type| $key);
            let $page = Page {
                after,
                limit: $limit,
            };
            let page = $read.await?;
            ensure!(page.len() <= $limit as usize, "{} lines", page.len());
            if page.is_empty() {
                break all;
            }
            all.extend(page);
        }
    }};
}

async fn lines<S: Store + Directory>(
    harness: &Harness<S>,
    hospital: &Hospital,
    limit: u32,
) -> Result<Vec<UserLine>, Failed> {
    let (store, tenant) = (&harness.store, hospital.tenant);
    Ok(read_all!(
        limit,
        |page| store.users(tenant, page),
        |it: UserLine| it.id
    ))
}

pub(super) async fn users_are_listed_with_their_roles_each_once<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let staffing = Staffing::of("General").administrators(2);
    let hospital = harness.staffed(staffing.learners(5).teachers(3)).await?;
    let tenant = hospital.tenant;
    let learner = &hospital.learners[0];
    // One with two roles, an inactive assignment that does not show, and one without login or address.
    let assignment = |kind, status| Assignment {
        id: harness.ids().id(),
        user: learner.user,
        role: hospital.role(kind),
        kind,
        status,
    };
    let person = harness.person(None);
    let bare = bare_user(&harness, &hospital, &person);
    let bare_id = bare.id;
    let puts = [
        assignment(RoleKind::Teacher, AssignmentStatus::Active).into(),
        assignment(RoleKind::SystemAdministrator, AssignmentStatus::Inactive).into(),
        person.clone().into(),
        bare.into(),
    ];
    harness.create(tenant, puts).await?;

    let whole = lines(&harness, &hospital, 1000).await?;
    ensure!(whole.len() == 12, "{} users", whole.len());
    ensure!(whole.is_sorted_by(|a, b| a.id < b.id), "not in order");
    for limit in [1, 5, 11, 12] {
        let paged = lines(&harness, &hospital, limit).await?;
        ensure!(paged == whole, "other lines, {limit} at a time");
    }
    let line = |id: Id<User>| {
        let line = whole.iter().find(|it| it.id == id);
        line.ok_or_else(|| Failed::new("a user is missing"))
    };
    let two = line(learner.user)?;
    let mut expected: Vec<_> = hospital
        .roles
        .iter()
        .filter(|it| matches!(it.kind, RoleKind::Learner | RoleKind::Teacher))
        .map(|it| (it.id, it.name.clone()))
        .collect();
    expected.sort_unstable();
    let mut roles = two.roles.clone();
    roles.sort_unstable();
    ensure!(roles == expected, "other roles: {:?}", two.roles);
    ensure!(two.person == learner.person, "another person");
    ensure!(
        two.email.as_ref() == Some(&learner.email),
        "another address"
    );
    ensure!(two.status == UserStatus::Active, "inactive");
    let bare = line(bare_id)?;
    ensure!(bare.email.is_none() && bare.roles.is_empty(), "{bare:?}");
    ensure!(bare.name == person.name, "another name");
    Ok(())
}

pub(super) async fn users_are_found_by_either_address<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let learner = &hospital.learners[0];
    // The learner's own address differs from the login now; a relative shares the login's address; patients have it too.
    let own = email("own@home.example");
    let mut moved = harness.person(Some(own.clone()));
    moved.id = learner.person;
    let relative = harness.person(Some(learner.email.clone()));
    let patient = harness.person(Some(learner.email.clone()));
    let domain = Domain {
        id: harness.ids().id(),
        name: name("Portal"),
        kind: DomainKind::PatientCare,
        status: DomainStatus::Active,
    };
    let staff = bare_user(&harness, &hospital, &relative);
    let platforms = harness.person(Some(learner.email.clone()));
    let elsewhere = User {
        domain: Domain::PATIENT_CARE,
        ..bare_user(&harness, &hospital, &platforms)
    };
    let care = User {
        domain: domain.id,
        ..bare_user(&harness, &hospital, &patient)
    };
    let relative_user = staff.id;
    let mut changes = Changeset::new(tenant);
    replace(&mut changes, moved.into(), Version::FIRST);
    changes.create(domain);
    changes.create(relative);
    changes.create(patient);
    changes.create(staff);
    changes.create(care);
    changes.create(platforms);
    changes.create(elsewhere);
    harness.commit(changes).await?;
    for (address, expected) in [
        (own.key(), BTreeSet::from([learner.user])),
        (
            learner.email.key(),
            BTreeSet::from([learner.user, relative_user]),
        ),
        (email("nobody@home.example").key(), BTreeSet::new()),
    ] {
        let found = harness.store.users_by_email(tenant, address.clone());
        let found = found.await?;
        let ids: BTreeSet<_> = found.iter().map(|it| it.id).collect();
        ensure!(ids == expected, "{found:?}");
        ensure!(ids.len() == found.len(), "one twice");
        let login = found.iter().find(|it| it.id == learner.user);
        let shown = login.is_none_or(|it| it.email.as_ref() == Some(&learner.email));
        ensure!(shown, "the login goes before the person's address");
    }
    Ok(())
}

pub(super) async fn owners_are_listed_with_contact<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let staffing = Staffing::of("General").owners(3).administrators(1);
    let hospital = harness.staffed(staffing.learners(1)).await?;
    let found = harness.store.owners(hospital.tenant).await?;
    ensure!(found.len() == 3, "{} owners", found.len());
    for owner in &hospital.owners {
        let line = found.iter().find(|it| it.id == owner.user);
        let address = line.and_then(|it| it.email.as_ref());
        ensure!(address == Some(&owner.email), "{line:?}");
    }
    Ok(())
}

pub(super) async fn parties_are_listed_with_their_persons_each_once<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let ward = Hcp {
        id: harness.ids().id(),
        party: Party::Organisation {
            name: name("Ward"),
            email: None,
            phone: None,
        },
        parent: None,
    };
    let mut expected = vec![(ward.clone(), None)];
    let mut puts: Vec<Put> = vec![ward.into()];
    for number in 0..7 {
        let person = harness.person(Some(email(&format!("dr{number}@ward.example"))));
        let hcp = harness.professional(person.id, &format!("dr{number}@ward.example"));
        expected.push((hcp.clone(), Some(person.clone())));
        puts.extend([person.into(), hcp.into()]);
    }
    harness.create(tenant, puts).await?;
    expected.sort_unstable_by_key(|it| it.0.id);
    let store = &harness.store;
    for limit in [1, 3, 8, 1000] {
        let found = read_all!(
            limit,
            |page| store.hcps(tenant, HcpSearch::default(), page),
            |it: HcpLine| it.hcp.id
        );
        let found: Vec<_> = found.into_iter().map(|it| (it.hcp, it.person)).collect();
        ensure!(found == expected, "other parties, {limit} at a time");
    }
    Ok(())
}

pub(super) async fn rejected_rows_are_listed_in_the_order_of_the_file<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let store = &harness.store;
    let import = |finished_at| Import {
        id: harness.ids().id(),
        by: hospital.owners[0].user,
        format: Format::Csv,
        started_at: harness.clock.now(),
        finished_at,
        counts: Counts::default(),
        warnings: Vec::new(),
    };
    let (one, other) = (import(None), import(Some(harness.clock.now())));
    let row = |of: &Import, row| RejectedRow {
        import: of.id,
        row,
        problems: vec![Problem {
            column: "e-mail".into(),
            code: ProblemCode::RequiredMissing,
        }],
    };
    let numbers = [9, 2, 100, 10, u32::MAX, 0];
    let mut puts: Vec<Put> = vec![
        one.clone().into(),
        other.clone().into(),
        row(&other, 5).into(),
    ];
    puts.extend(numbers.map(|it| Put::from(row(&one, it))));
    harness.create(tenant, puts).await?;
    let mut sorted = numbers;
    sorted.sort_unstable();
    let expected: Vec<_> = sorted.into_iter().map(|it| row(&one, it)).collect();
    for limit in [1, 4, 1000] {
        let found = read_all!(
            limit,
            |page| store.rejected_rows(tenant, one.id, page),
            |it: RejectedRow| it.row
        );
        ensure!(found == expected, "{found:?} instead of {expected:?}");
    }
    for it in [one, other] {
        let found = store.import(tenant, it.id).await?;
        ensure!(found.as_ref() == Some(&it), "{found:?} instead of {it:?}");
    }
    let unknown = store.import(tenant, harness.ids().id()).await?;
    ensure!(unknown.is_none(), "out of nothing: {unknown:?}");
    Ok(())
}

/// Somebody in MedHub's lists.
fn identity(id: &str) -> Identity {
    Identity {
        user_id: medhub(id),
        kinds: Kinds::only(Kind::Learner),
        given: "Ada".to_owned(),
        family: "Okafor".to_owned(),
        email: "ada@general.example".to_owned(),
        username: "ada".to_owned(),
        employee_id: None,
        level: None,
        programs: [].into(),
    }
}

pub(super) async fn both_sides_of_a_reconciliation_are_listed<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let staffing = Staffing::of("General").administrators(2);
    let hospital = harness.staffed(staffing.learners(3).teachers(1)).await?;
    let tenant = hospital.tenant;
    let [both, inactive, elsewhere] = [0, 1, 2].map(|it| hospital.learners[it].clone());
    let planner = hospital.owners[0].user;
    let linked = hospital.administrators[0].user;
    let now = harness.clock.now();
    let plan = |owner, next| Plan {
        owner,
        next,
        begun_at: now,
    };
    let step = |plan, number| Step {
        plan,
        number,
        institution: institution("a"),
        action: Action::Import {
            medhub: medhub(&number.to_string()),
            reviewed: Fingerprint([7; 32]),
        },
    };
    let assignment = Assignment {
        id: harness.ids().id(),
        user: both.user,
        role: hospital.role(RoleKind::Teacher),
        kind: RoleKind::Teacher,
        status: AssignmentStatus::Active,
    };
    let not_counted = Assignment {
        id: harness.ids().id(),
        user: hospital.administrators[1].user,
        status: AssignmentStatus::Inactive,
        ..assignment.clone()
    };
    let identities = ["10", "2", "007"].map(identity);
    // In another order than that of the users and the numbers, and one that rests at another institution.
    let told_apart = [
        harness.not_same(elsewhere.user, "a", "10", planner),
        harness.not_same(both.user, "a", "2", planner),
        harness.not_same(both.user, "b", "2", planner),
        harness.not_same(both.user, "a", "10", planner),
    ];
    let mut puts: Vec<Put> = vec![
        Integration {
            tenant,
            institution: institution("a"),
            client_id: "1".to_owned(),
            key_file: None,
            connected_at: now,
        }
        .into(),
        assignment.into(),
        not_counted.into(),
        harness.link(linked, "a", "2", planner).into(),
        harness.link(elsewhere.user, "b", "10", planner).into(),
        plan(planner, 3).into(),
        plan(linked, 2).into(),
        step(planner, 2).into(),
        step(planner, 1).into(),
        step(linked, 1).into(),
    ];
    puts.extend(told_apart.clone().map(Put::from));
    puts.extend(
        identities
            .clone()
            .map(|identity| RosterPerson { identity }.into()),
    );
    harness.create(tenant, puts).await?;
    let mut changes = Changeset::new(tenant);
    let (id, account) = (inactive.user, Some(inactive.account));
    let off = User {
        status: UserStatus::Inactive,
        ..User::new(id, hospital.domain, inactive.person, account)
    };
    replace(&mut changes, off.into(), Version::FIRST);
    harness.commit(changes).await?;

    let found = harness.store.reconciliation(tenant, planner).await?;
    ensure!(found.integration.is_some(), "not connected");
    ensure!(found.roster.is_none(), "read, and was not");
    let ids: Vec<_> = found
        .identities
        .iter()
        .map(|it| it.user_id.as_str())
        .collect();
    ensure!(ids == ["007", "10", "2"], "{ids:?}");
    let mut expected: Vec<_> = [0, 1, 3].map(|it| told_apart[it].clone()).into();
    expected
        .sort_unstable_by(|one, other| (one.user, &one.medhub).cmp(&(other.user, &other.medhub)));
    ensure!(found.not_same == expected, "others are not the same");
    let numbers: Vec<_> = found.steps.iter().map(|it| it.record.number).collect();
    ensure!(numbers == [1, 2], "steps {numbers:?}");
    ensure!(
        found.plan.is_some_and(|it| it.record == plan(planner, 3)),
        "another plan"
    );

    ensure!(
        found.locals.is_sorted_by(|a, b| a.user < b.user),
        "not in order"
    );
    let locals: BTreeSet<_> = found.locals.iter().map(|it| it.user).collect();
    let expected = [
        both.user,
        inactive.user,
        elsewhere.user,
        linked,
        hospital.teachers[0].user,
    ];
    ensure!(locals == expected.into(), "other locals");
    let local = |user: Id<User>| -> Result<&Local, Failed> {
        let local = found.locals.iter().find(|it| it.user == user);
        local.ok_or_else(|| Failed::new("a user is missing"))
    };
    ensure!(local(both.user)?.kinds == Kinds::ALL, "not both kinds");
    ensure!(
        local(both.user)?.email.as_ref() == Some(&both.email),
        "another address"
    );
    ensure!(
        local(inactive.user)?.status == UserStatus::Inactive,
        "active"
    );
    ensure!(local(elsewhere.user)?.link.is_none(), "a link that rests");
    ensure!(local(linked)?.link == Some(medhub("2")), "not linked");
    ensure!(local(linked)?.kinds.is_empty(), "neither kind");
    Ok(())
}

pub(super) async fn tokens_are_found_by_their_hash<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    let ours = harness.token(here.owners[0].user, "one", 1);
    let second = harness.token(here.owners[0].user, "two", 2);
    let theirs = harness.token(there.owners[0].user, "one", 3);
    harness
        .create(here.tenant, [ours.clone().into(), second.clone().into()])
        .await?;
    harness
        .create(there.tenant, [theirs.clone().into()])
        .await?;
    for (tenant, token) in [(here.tenant, &ours), (there.tenant, &theirs)] {
        let found = harness.store.api_token_by_hash(token.hash).await?;
        ensure!(found == Some((tenant, token.clone())), "{found:?}");
    }
    let unknown = harness.store.api_token_by_hash(Hash([9; 32])).await?;
    ensure!(unknown.is_none(), "out of nothing: {unknown:?}");
    let mut expected = vec![ours, second];
    expected.sort_unstable_by_key(|it| it.id);
    let found = harness.store.api_tokens(here.tenant).await?;
    ensure!(found == expected, "{found:?} instead of {expected:?}");
    Ok(())
}

/// Whoever counts, has a role that was asked for by an assignment that counts, and comes in by a domain that is open.
pub(super) async fn users_are_listed_by_their_roles<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let staffing = Staffing::of("General").administrators(2);
    let hospital = harness.staffed(staffing.learners(6).teachers(3)).await?;
    let tenant = hospital.tenant;
    let (learner, teacher) = (
        hospital.role(RoleKind::Learner),
        hospital.role(RoleKind::Teacher),
    );
    let [both, off, without, closed, patient] = [0, 1, 2, 3, 4].map(|it| &hospital.learners[it]);
    let stopped = &hospital.teachers[0];
    let assignment = |user, status| Assignment {
        id: harness.ids().id(),
        user,
        role: teacher,
        kind: RoleKind::Teacher,
        status,
    };
    let portal = |status| Domain {
        id: harness.ids().id(),
        name: name("Portal"),
        kind: DomainKind::PatientCare,
        status,
    };
    let shut = portal(DomainStatus::Inactive);
    let user = |it: &Member, domain, status| User {
        status,
        ..User::new(it.user, domain, it.person, Some(it.account))
    };
    let mut changes = Changeset::new(tenant);
    changes.create(shut.clone());
    changes.create(assignment(both.user, AssignmentStatus::Active));
    changes.create(assignment(without.user, AssignmentStatus::Inactive));
    for (it, domain, status) in [
        (off, hospital.domain, UserStatus::Inactive),
        (closed, shut.id, UserStatus::Active),
        (patient, Domain::PATIENT_CARE, UserStatus::Active),
    ] {
        replace(
            &mut changes,
            user(it, domain, status).into(),
            Version::FIRST,
        );
    }
    let inactive = Assignment {
        id: stopped.assignment,
        ..assignment(stopped.user, AssignmentStatus::Inactive)
    };
    replace(&mut changes, inactive.into(), Version::FIRST);
    harness.commit(changes).await?;

    let learners = [0, 2, 4, 5].map(|it| hospital.learners[it].user);
    let teachers = [1, 2].map(|it| hospital.teachers[it].user);
    let unknown = harness.ids().id();
    let store = &harness.store;
    for (roles, expected) in [
        (vec![learner], BTreeSet::from(learners)),
        (
            vec![teacher, unknown],
            teachers.into_iter().chain([both.user]).collect(),
        ),
        (
            vec![teacher, learner, teacher],
            teachers.into_iter().chain(learners).collect(),
        ),
        (vec![unknown], BTreeSet::new()),
        (vec![], BTreeSet::new()),
    ] {
        for limit in [1, 2, 1000] {
            let found = read_all!(
                limit,
                |page| store.users_with_roles(tenant, roles.clone(), page),
                |it: UserLine| it.id
            );
            let ids: Vec<_> = found.iter().map(|it| it.id).collect();
            ensure!(
                ids.iter().eq(&expected),
                "{ids:?} instead of {expected:?}, {limit} at a time"
            );
        }
    }
    let all = lines(&harness, &hospital, 1000).await?;
    let page = Page::first(1);
    let found = store.users_with_roles(tenant, vec![learner], page).await?;
    let same = all.iter().find(|it| it.id == found[0].id);
    ensure!(same == found.first(), "another line: {found:?}");
    Ok(())
}

pub(super) async fn persons_are_listed_in_pages<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.staffed(Staffing::of("General")).await?;
    let tenant = hospital.tenant;
    let mut expected = vec![harness.person(Some(email("ada@home.example")))];
    expected.extend((0..4).map(|_| harness.person(None)));
    let puts = expected.clone().into_iter().map(Put::from);
    harness.create(tenant, puts).await?;
    let owner = hospital.owners[0].person;
    let records = harness.load(tenant, vec![Find::Person(owner)]).await?;
    expected.extend(records.persons.into_values().map(|it| it.record));
    expected.sort_unstable_by_key(|it| it.id);
    let store = &harness.store;
    for limit in [1, 4, 6, 1000] {
        let found = read_all!(limit, |page| store.persons(tenant, page), |it: Person| it
            .id);
        ensure!(found == expected, "other persons, {limit} at a time");
    }
    Ok(())
}

pub(super) async fn sessions_are_found_by_their_hash<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    let ours = harness.session(&here.owners[0], 1);
    let ended = Session {
        state: SessionState::Ended {
            at: harness.clock.now(),
        },
        ..harness.session(&here.owners[0], 2)
    };
    let theirs = harness.session(&there.owners[0], 3);
    let puts = [ours.clone().into(), ended.clone().into()];
    harness.create(here.tenant, puts).await?;
    harness
        .create(there.tenant, [theirs.clone().into()])
        .await?;
    for (tenant, session) in [
        (here.tenant, ours),
        (here.tenant, ended),
        (there.tenant, theirs),
    ] {
        let found = harness.store.session_by_hash(session.hash).await?;
        ensure!(found == Some((tenant, session)), "{found:?}");
    }
    let unknown = harness.store.session_by_hash(Hash([9; 32])).await?;
    ensure!(unknown.is_none(), "out of nothing: {unknown:?}");
    Ok(())
}

pub(super) async fn proposals_are_listed<S: Store + Directory>(harness: Harness<S>) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let by = hospital.owners[0].user;
    let users = [&hospital.learners[0], &hospital.teachers[0]];
    let mut proposals = users.map(|it| harness.proposal(it.user, by));
    harness
        .create(tenant, proposals.clone().map(Put::from))
        .await?;
    proposals.sort_unstable_by_key(|it| it.id);
    let found = harness.store.proposals(tenant).await?;
    ensure!(found == proposals, "{found:?} instead of {proposals:?}");
    Ok(())
}

pub(super) async fn tenants_are_listed_with_what_became_of_them<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    let records = harness.load(there.tenant, vec![Find::Tenant]).await?;
    let before = &records.tenants[&there.tenant];
    let since = harness.clock.now();
    let mut changes = Changeset::new(there.tenant);
    changes.replace(
        before,
        Tenant {
            status: TenantStatus::Suspended { since },
            listing: Listing::Listed,
            ..before.record.clone()
        },
    );
    harness.commit(changes).await?;
    let line = |id, text: &str, status, listing| TenantLine {
        id,
        name: name(text),
        status,
        listing,
    };
    let mut expected = vec![
        line(
            here.tenant,
            "General",
            TenantStatus::Active,
            Listing::Unlisted,
        ),
        line(
            there.tenant,
            "Elsewhere",
            TenantStatus::Suspended { since },
            Listing::Listed,
        ),
    ];
    expected.sort_unstable_by_key(|it| it.id);
    let found = harness.store.tenants().await?;
    ensure!(found == expected, "{found:?} instead of {expected:?}");
    Ok(())
}

/// A limit of nothing is taken for one, and one without bounds is cut.
pub(super) async fn a_page_is_never_empty_nor_endless<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let none = harness.store.users(tenant, Page::first(0)).await?;
    ensure!(none.len() == 1, "{} lines", none.len());
    let none = harness.store.persons(tenant, Page::first(0)).await?;
    ensure!(none.len() == 1, "{} persons", none.len());
    let roles = hospital.roles.iter().map(|it| it.id).collect();
    let none = harness
        .store
        .users_with_roles(tenant, roles, Page::first(0));
    let none = none.await?;
    ensure!(none.len() == 1, "{} with a role", none.len());
    let mut changes = Changeset::new(tenant);
    for number in 0..1001 {
        changes.create(harness.role(&format!("Role {number}")));
        let step = number;
        changes.enter(harness.entry(identity_core::journal::Event::StepStaged { step }));
    }
    harness.commit(changes).await?;
    let page = harness.store.journal(tenant, Page::first(u32::MAX)).await?;
    ensure!(page.len() == 1000, "{} lines", page.len());
    let roles = harness.store.roles(tenant).await?;
    ensure!(roles.len() == 1007, "{} roles", roles.len());
    ensure!(roles.is_sorted_by(|a, b| a.id < b.id), "not in order");
    Ok(())
}
