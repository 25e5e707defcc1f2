//! What each look-up gives, and what it entails.

use super::{
    Harness, Outcome, ensure, one,
    specimen::{email, institution, medhub, name},
    version::filled,
};
use crate::{hospital::Staffing, record::replace};
use identity_core::{
    account::{Account, LoginLink, Provider},
    changeset::Changeset,
    hcp::{Hcp, Party},
    login::{Credential, PasswordHash, SetBy, TriesKey},
    operation::Fingerprint,
    owner::{
        Elevation,
        elevation::{ElevationState, EndReason},
    },
    person::Person,
    port::{Clock, Directory, Find, Store},
    reconcile::{
        Integration,
        not_same::NotSame,
        plan::{Action, Evidence, Plan, Step},
        snapshot::RosterPerson,
    },
    record::{Put, Records, Version},
    role::RoleKind,
    roster::{Identity, Kinds},
    session::{Session, SessionState},
    tenant::Domain,
    user::User,
};

/// How many kinds of records there are.
const KINDS: usize = 24;

/// How many records of each kind were loaded, in the order of the fields of [`Records`].
fn counts(records: &Records) -> [usize; KINDS] {
    [
        records.tenants.len(),
        records.domains.len(),
        records.owners.len(),
        records.persons.len(),
        records.accounts.len(),
        records.users.len(),
        records.roles.len(),
        records.assignments.len(),
        records.elevations.len(),
        records.hcps.len(),
        records.imports.len(),
        records.rejected_rows.len(),
        records.integrations.len(),
        records.rosters.len(),
        records.roster_people.len(),
        records.links.len(),
        records.not_same.len(),
        records.plans.len(),
        records.steps.len(),
        records.sessions.len(),
        records.proposals.len(),
        records.credentials.len(),
        records.tries.len(),
        records.api_tokens.len(),
    ]
}

pub(super) async fn access_entails_all_that_it_rests_on<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let owner = &hospital.owners[0];
    let finds = vec![Find::Access(owner.user)];
    let records = harness.load(hospital.tenant, finds).await?;
    ensure!(
        one(&records.users, &owner.user)?.record.account == Some(owner.account),
        "another user"
    );
    one(&records.domains, &hospital.domain)?;
    one(&records.accounts, &owner.account)?;
    one(&records.assignments, &owner.assignment)?;
    one(&records.roles, &hospital.role(RoleKind::TenantOwner))?;
    one(
        &records.roles,
        &hospital.role(RoleKind::SystemAdministrator),
    )?;
    ensure!(records.assignments.len() == 2, "not both assignments");
    ensure!(records.users.len() == 1, "others too");

    let finds = vec![Find::AssignmentsOf(hospital.learners[0].user)];
    let records = harness.load(hospital.tenant, finds).await?;
    ensure!(
        records.roles.keys().eq([&hospital.role(RoleKind::Learner)]),
        "other roles"
    );
    ensure!(records.assignments.len() == 1, "other assignments");
    Ok(())
}

pub(super) async fn owners_entail_their_access<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let staffing = Staffing::of("General").owners(3).administrators(2);
    let hospital = harness.staffed(staffing.learners(2)).await?;
    let records = harness.load(hospital.tenant, vec![Find::Owners]).await?;
    let record = &one(&records.owners, &hospital.tenant)?.record;
    ensure!(records.users.keys().eq(&record.usable), "other users");
    for owner in &hospital.owners {
        one(&records.users, &owner.user)?;
        one(&records.accounts, &owner.account)?;
        one(&records.assignments, &owner.assignment)?;
    }
    one(&records.domains, &hospital.domain)?;
    one(&records.roles, &hospital.role(RoleKind::TenantOwner))?;
    Ok(())
}

pub(super) async fn who_is_behind_an_address_is_found<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let learner = &hospital.learners[0];
    let relative = harness.person(Some(learner.email.clone()));
    harness
        .create(hospital.tenant, [relative.clone().into()])
        .await?;
    let finds = vec![Find::PersonsWithEmail(learner.email.key().clone())];
    let records = harness.load(hospital.tenant, finds).await?;
    one(&records.persons, &learner.person)?;
    one(&records.persons, &relative.id)?;
    ensure!(records.persons.len() == 2, "others too");
    ensure!(records.users.keys().eq([&learner.user]), "other users");

    let finds = vec![Find::UsersOf(learner.person)];
    let records = harness.load(hospital.tenant, finds).await?;
    ensure!(records.users.keys().eq([&learner.user]), "other users");

    // A person whose address changed is found by the new one alone.
    let moved = Person {
        email: Some(email("moved@general.example")),
        ..relative.clone()
    };
    let mut changes = Changeset::new(hospital.tenant);
    replace(&mut changes, moved.into(), Version::FIRST);
    harness.commit(changes).await?;
    for (address, found) in [
        (learner.email.clone(), learner.person),
        (email("moved@general.example"), relative.id),
    ] {
        let finds = vec![Find::PersonsWithEmail(address.key().clone())];
        let records = harness.load(hospital.tenant, finds).await?;
        ensure!(records.persons.keys().eq([&found]), "others");
    }
    Ok(())
}

pub(super) async fn who_is_behind_a_login_is_found<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let teacher = &hospital.teachers[0];
    for find in [
        Find::Login(teacher.email.key().clone()),
        Find::LoginToOpen(teacher.email.key().clone()),
        Find::UsersOpenedBy(teacher.account),
    ] {
        let records = harness.load(tenant, vec![find]).await?;
        ensure!(records.users.keys().eq([&teacher.user]), "other users");
    }
    let account = Account::embedded(teacher.account, email("renamed@general.example"));
    let mut changes = Changeset::new(tenant);
    replace(&mut changes, account.clone().into(), Version::FIRST);
    harness.commit(changes).await?;
    let before = vec![Find::Login(teacher.email.key().clone())];
    let records = harness.load(tenant, before).await?;
    ensure!(
        counts(&records) == [0; KINDS],
        "found by what it was before"
    );
    let now = vec![Find::Login(account.login.key().clone())];
    let records = harness.load(tenant, now).await?;
    ensure!(records.accounts.keys().eq([&account.id]), "another account");
    Ok(())
}

pub(super) async fn a_party_is_found_with_its_person<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let person = hospital.learners[0].person;
    let hcp = harness.professional(person, "dr@ward.example");
    harness
        .create(hospital.tenant, [hcp.clone().into()])
        .await?;
    let by_address = Find::HcpWithEmail(email("DR@ward.example").key().clone());
    for find in [Find::Hcp(hcp.id), by_address] {
        let records = harness.load(hospital.tenant, vec![find]).await?;
        ensure!(one(&records.hcps, &hcp.id)?.record == hcp, "another party");
        one(&records.persons, &person)?;
    }
    Ok(())
}

pub(super) async fn the_sets_of_a_tenant_are_found_whole<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (hospital, _) = filled(&harness).await?;
    let tenant = hospital.tenant;
    let owner = hospital.owners[0].user;
    let tokens = [
        harness.token(owner, "second", 2),
        harness.token(owner, "third", 3),
    ];
    harness.create(tenant, tokens.map(Put::from)).await?;
    let finds = vec![
        Find::Domains,
        Find::Roles,
        Find::RosterPeople,
        Find::Roster,
        Find::Integration,
        Find::ApiTokens,
    ];
    let records = harness.load(tenant, finds).await?;
    let found = counts(&records);
    // The platform's domain among the tenant's own.
    let expected = [
        0, 3, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 3,
    ];
    ensure!(found == expected, "{found:?} instead of {expected:?}");
    Ok(())
}

pub(super) async fn links_are_found_from_both_sides<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let (learner, teacher) = (hospital.learners[0].user, hospital.teachers[0].user);
    let link = |user, host| harness.link(user, host, "007", learner);
    let links = [link(learner, "a"), link(teacher, "b")];
    harness
        .create(hospital.tenant, links.clone().map(Put::from))
        .await?;
    for (link, host) in links.into_iter().zip(["a", "b"]) {
        for find in [
            Find::LinkOf(link.user),
            Find::LinkTo(institution(host), medhub("007")),
        ] {
            let records = harness.load(hospital.tenant, vec![find]).await?;
            ensure!(records.links.len() == 1, "{} links", records.links.len());
            ensure!(one(&records.links, &link.id)?.record == link, "another");
        }
    }
    let finds = vec![Find::LinkTo(institution("a"), medhub("7"))];
    let records = harness.load(hospital.tenant, finds).await?;
    ensure!(records.links.is_empty(), "found by another number");
    Ok(())
}

pub(super) async fn who_is_not_the_same_person_is_found_by_both<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let (learner, teacher) = (hospital.learners[0].user, hospital.teachers[0].user);
    let planner = hospital.owners[0].user;
    let told_apart = |user, host, id| harness.not_same(user, host, id, planner);
    let all = [
        told_apart(learner, "a", "007"),
        told_apart(learner, "a", "7"),
        told_apart(learner, "b", "007"),
        told_apart(teacher, "a", "007"),
    ];
    harness.create(tenant, all.clone().map(Put::from)).await?;
    let find = |it: &NotSame| Find::NotSame(it.user, it.institution.clone(), it.medhub.clone());
    for it in &all {
        let records = harness.load(tenant, vec![find(it)]).await?;
        let found = records.not_same.len();
        ensure!(found == 1, "{found} pairs");
        ensure!(one(&records.not_same, &it.id)?.record == *it, "another");
    }
    let nobody = vec![find(&told_apart(teacher, "a", "7"))];
    let records = harness.load(tenant, nobody).await?;
    ensure!(records.not_same.is_empty(), "found by another number");

    // A plan brings what is remembered of the pairs it concerns, and of no other.
    let begun_at = harness.ids().now();
    let plan = Plan {
        owner: planner,
        next: 3,
        begun_at,
    };
    let steps = [
        Action::Link {
            user: learner,
            medhub: medhub("007"),
            evidence: Evidence::Manual,
        },
        Action::Import {
            medhub: medhub("7"),
            reviewed: Fingerprint([7; 32]),
        },
    ];
    let steps = (1..).zip(steps).map(|(number, action)| {
        Put::from(Step {
            plan: planner,
            number,
            institution: institution("a"),
            action,
        })
    });
    let puts = [Put::from(plan)].into_iter().chain(steps);
    harness.create(tenant, puts).await?;
    let records = harness.load(tenant, vec![Find::Plan(planner)]).await?;
    let found: Vec<_> = records.not_same.keys().copied().collect();
    ensure!(found == [all[0].id], "others: {found:?}");
    Ok(())
}

pub(super) async fn a_plan_is_found_with_its_own_steps_alone<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let (one_planner, other) = (hospital.owners[0].user, hospital.administrators[0].user);
    for (planner, steps) in [(one_planner, 3), (other, 1)] {
        let begun_at = harness.ids().now();
        let plan = Plan {
            owner: planner,
            next: steps + 1,
            begun_at,
        };
        let steps = (1..=steps).map(|number| {
            Put::from(Step {
                plan: planner,
                number,
                institution: institution("a"),
                action: Action::Import {
                    medhub: medhub(&format!("00{number}")),
                    reviewed: Fingerprint([7; 32]),
                },
            })
        });
        let puts = [Put::from(plan)].into_iter().chain(steps);
        harness.create(hospital.tenant, puts).await?;
    }
    for (planner, steps) in [(one_planner, 3), (other, 1)] {
        let finds = vec![Find::Plan(planner)];
        let records = harness.load(hospital.tenant, finds).await?;
        one(&records.plans, &planner)?;
        let numbers: Vec<_> = records.steps.keys().copied().collect();
        let expected: Vec<_> = (1..=steps).map(|it| (planner, it)).collect();
        ensure!(numbers == expected, "{numbers:?} instead of {expected:?}");

        let records = harness
            .load(hospital.tenant, vec![Find::PlanHead(planner)])
            .await?;
        one(&records.plans, &planner)?;
        ensure!(records.steps.is_empty(), "more than the head");
    }
    Ok(())
}

pub(super) async fn steps_are_found_by_whom_they_concern<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let (planner, other) = (hospital.owners[0].user, hospital.administrators[0].user);
    let (learner, teacher) = (hospital.learners[0].user, hospital.teachers[0].user);
    let actions = [
        Action::Link {
            user: learner,
            medhub: medhub("007"),
            evidence: Evidence::Email,
        },
        Action::Unlink {
            user: teacher,
            medhub: medhub("7"),
        },
        Action::Import {
            medhub: medhub("07"),
            reviewed: Fingerprint([7; 32]),
        },
    ];
    for owner in [planner, other] {
        let begun_at = harness.ids().now();
        let next = 4;
        let plan = Plan {
            owner,
            next,
            begun_at,
        };
        let steps = (1..).zip(actions.clone()).map(|(number, action)| {
            let plan = owner;
            Put::from(Step {
                plan,
                number,
                institution: institution("a"),
                action,
            })
        });
        let puts = [Put::from(plan)].into_iter().chain(steps);
        harness.create(tenant, puts).await?;
    }
    // Of one plan alone, whoever else has planned the same.
    for (find, expected) in [
        (Find::StepsOnUser(planner, learner), Some(1)),
        (Find::StepsOnUser(planner, teacher), Some(2)),
        (Find::StepsOnUser(planner, planner), None),
        (Find::StepsOnIdentity(planner, medhub("007")), Some(1)),
        (Find::StepsOnIdentity(planner, medhub("7")), Some(2)),
        (Find::StepsOnIdentity(planner, medhub("07")), Some(3)),
        (Find::StepsOnIdentity(planner, medhub("0")), None),
    ] {
        let records = harness.load(tenant, vec![find.clone()]).await?;
        let expected = expected.map(|it| (planner, it));
        ensure!(
            records.steps.keys().eq(expected.iter()),
            "others by {find:?}"
        );
    }
    Ok(())
}

pub(super) async fn both_sides_of_a_pair_are_found_with_what_tells_of_them<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let (learner, teacher) = (&hospital.learners[0], &hospital.teachers[0]);
    let now = harness.ids().now();
    let integration = Integration {
        tenant,
        institution: institution("a"),
        client_id: "1".to_owned(),
        key_file: None,
        connected_at: now,
    };
    let identity = Identity {
        user_id: medhub("007"),
        kinds: Kinds::ALL,
        given: "Ada".to_owned(),
        family: "Okafor".to_owned(),
        email: format!("{}; nobody@general.example", teacher.email.as_str()),
        username: String::new(),
        employee_id: None,
        level: None,
        programs: [].into(),
    };
    let puts = [
        integration.into(),
        RosterPerson { identity }.into(),
        harness.link(learner.user, "a", "007", learner.user).into(),
        harness.link(teacher.user, "b", "007", learner.user).into(),
    ];
    harness.create(tenant, puts).await?;

    let records = harness
        .load(tenant, vec![Find::Local(learner.user)])
        .await?;
    one(&records.users, &learner.user)?;
    one(&records.persons, &learner.person)?;
    one(&records.accounts, &learner.account)?;
    one(&records.assignments, &learner.assignment)?;
    ensure!(
        records
            .links
            .values()
            .map(|it| it.record.user)
            .eq([learner.user]),
        "links of others"
    );

    // By the connected institution it is linked to the learner, and by its address it may be the teacher.
    let finds = vec![Find::Integration, Find::RosterPerson(medhub("007"))];
    let records = harness.load(tenant, finds).await?;
    one(&records.roster_people, &medhub("007"))?;
    ensure!(
        records
            .links
            .values()
            .map(|it| it.record.user)
            .eq([learner.user]),
        "other links"
    );
    one(&records.persons, &teacher.person)?;
    one(&records.accounts, &teacher.account)?;
    one(&records.users, &teacher.user)?;
    Ok(())
}

/// By whichever of a person's users: the person, every login, its password, and whoever else comes in with it.
pub(super) async fn whoever_changes_a_login_sees_whom_it_opens<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let learner = &hospital.learners[0];
    let password = Credential {
        account: learner.account,
        hash: PasswordHash("$argon2id$".to_owned()),
        set_at: harness.clock.now(),
        set_by: SetBy::Other,
    };
    // The same login as a patient, who is known as another person; and the same person with another login.
    let relative = harness.person(None);
    let id = || harness.ids().id();
    let opened = User::new(
        id(),
        Domain::PATIENT_CARE,
        relative.id,
        Some(learner.account),
    );
    let account = Account::embedded(harness.ids().id(), email("own@home.example"));
    let own = User::new(id(), Domain::PATIENT_CARE, learner.person, Some(account.id));
    let puts = [
        password.clone().into(),
        relative.clone().into(),
        opened.clone().into(),
        account.clone().into(),
        own.clone().into(),
    ];
    harness.create(tenant, puts).await?;

    let keys = harness.load(tenant, vec![Find::Keys(learner.user)]).await?;
    let mut users = vec![learner.user, opened.id];
    users.sort_unstable();
    ensure!(keys.users.keys().eq(&users), "other users by one");
    ensure!(keys.persons.keys().eq([&learner.person]), "other persons");
    ensure!(keys.accounts.keys().eq([&learner.account]), "other logins");
    let kept = &one(&keys.credentials, &learner.account)?.record;
    ensure!(*kept == password, "another password");

    let login = Find::LoginToOpen(learner.email.key().clone());
    let login = harness.load(tenant, vec![login]).await?;
    let kept = &one(&login.credentials, &learner.account)?.record;
    ensure!(*kept == password, "another password of the login");
    ensure!(login.users.keys().eq(&users), "other users of the login");
    one(&keys.assignments, &learner.assignment)?;
    one(&keys.domains, &Domain::PATIENT_CARE)?;

    let through = Find::AccessThrough(learner.account);
    let through = harness.load(tenant, vec![through]).await?;
    ensure!(through.users.keys().eq(&users), "other users by the login");
    one(&through.assignments, &learner.assignment)?;

    let all = harness
        .load(tenant, vec![Find::KeysOf(learner.person)])
        .await?;
    users.push(own.id);
    users.sort_unstable();
    ensure!(all.users.keys().eq(&users), "other users by the person");
    one(&all.accounts, &account.id)?;
    one(&all.credentials, &learner.account)?;
    Ok(())
}

pub(super) async fn a_login_is_found_by_what_its_provider_calls_it<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let teacher = &hospital.teachers[0];
    let called = teacher.account.to_string();
    let find = |text: String| vec![Find::LinkedAccount(Provider::Embedded, text)];
    let records = harness.load(hospital.tenant, find(called.clone())).await?;
    ensure!(records.accounts.keys().eq([&teacher.account]), "another");
    for other in [called.to_uppercase(), format!("{called} "), String::new()] {
        let records = harness.load(hospital.tenant, find(other)).await?;
        let found = counts(&records);
        ensure!(found == [0; KINDS], "by another name: {found:?}");
    }
    // Once it is cut off, nobody comes in by that name.
    let cut = Account {
        link: LoginLink::Unlinked,
        ..Account::embedded(teacher.account, teacher.email.clone())
    };
    let mut changes = Changeset::new(hospital.tenant);
    replace(&mut changes, cut.into(), Version::FIRST);
    harness.commit(changes).await?;
    let records = harness.load(hospital.tenant, find(called)).await?;
    ensure!(records.accounts.is_empty(), "found, and is cut off");
    Ok(())
}

pub(super) async fn parties_are_found_by_their_person<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let (learner, teacher) = (&hospital.learners[0], &hospital.teachers[0]);
    let mut ours = ["a", "b"].map(|it| {
        let address = format!("{it}@ward.example");
        harness.professional(learner.person, &address)
    });
    let theirs = harness.professional(teacher.person, "c@ward.example");
    let ward = Hcp {
        id: harness.ids().id(),
        party: Party::Organisation {
            name: name("Ward"),
            email: None,
            phone: None,
        },
        parent: None,
    };
    let puts = ours.iter().chain([&theirs, &ward]).cloned();
    harness.create(hospital.tenant, puts.map(Put::from)).await?;
    ours.sort_unstable_by_key(|it| it.id);
    let finds = vec![Find::HcpsOf(learner.person)];
    let records = harness.load(hospital.tenant, finds).await?;
    let found = records.hcps.values().map(|it| &it.record);
    ensure!(found.eq(&ours), "other parties");
    Ok(())
}

pub(super) async fn sessions_are_found_as_long_as_nobody_ended_them<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let (learner, teacher) = (&hospital.learners[0], &hospital.teachers[0]);
    let at = harness.clock.now();
    let [one_session, other] = [1, 2].map(|it| harness.session(learner, it));
    let ended = Session {
        state: SessionState::Ended { at },
        ..harness.session(learner, 3)
    };
    let theirs = harness.session(teacher, 4);
    let all = [&one_session, &other, &ended, &theirs];
    harness
        .create(tenant, all.map(|it| Put::from(it.clone())))
        .await?;
    let mut expected = [one_session.id, other.id];
    expected.sort_unstable();
    let of_learner = vec![Find::SessionsOf(learner.user)];
    let records = harness.load(tenant, of_learner.clone()).await?;
    ensure!(records.sessions.keys().eq(&expected), "other sessions");

    let mut changes = Changeset::new(tenant);
    let after = Session {
        state: SessionState::Ended { at },
        ..other.clone()
    };
    replace(&mut changes, after.into(), Version::FIRST);
    harness.commit(changes).await?;
    let records = harness.load(tenant, of_learner).await?;
    let left = records.sessions.keys();
    ensure!(left.eq([&one_session.id]), "found, and is ended");
    for it in [&other, &ended, &theirs] {
        let records = harness.load(tenant, vec![Find::Session(it.id)]).await?;
        one(&records.sessions, &it.id)?;
        one(&records.users, &it.user)?;
        one(&records.accounts, &it.account)?;
        ensure!(records.sessions.len() == 1, "others too");
    }
    Ok(())
}

pub(super) async fn elevations_are_found_as_long_as_their_end_is_not_recorded<
    S: Store + Directory,
>(
    harness: Harness<S>,
) -> Outcome {
    let staffing = Staffing::of("General").owners(2).learners(1);
    let hospital = harness.staffed(staffing).await?;
    let tenant = hospital.tenant;
    let now = harness.clock.now();
    let [first, second] = [&hospital.owners[0], &hospital.owners[1]];
    let sessions =
        [(first, 1), (first, 2), (second, 3)].map(|(owner, number)| harness.session(owner, number));
    let ended = ElevationState::Ended {
        at: now,
        why: EndReason::SwitchedOff,
    };
    let elevation = |session: &Session, state| Elevation {
        id: harness.ids().id(),
        user: session.user,
        session: session.id,
        reason: name("contract"),
        since: now,
        // Past its deadline it is found all the same: nobody has recorded its end.
        until: now - chrono::TimeDelta::minutes(1),
        state,
    };
    let on = sessions
        .each_ref()
        .map(|it| elevation(it, ElevationState::On));
    let off = elevation(&sessions[0], ended);
    let carried = Session {
        elevation: Some(on[0].id),
        ..sessions[0].clone()
    };
    let puts = sessions
        .clone()
        .map(Put::from)
        .into_iter()
        .chain(on.clone().map(Put::from))
        .chain([off.clone().into()]);
    harness.create(tenant, puts).await?;
    let mut changes = Changeset::new(tenant);
    replace(&mut changes, carried.clone().into(), Version::FIRST);
    harness.commit(changes).await?;

    let ids = |of: &[&Elevation]| {
        let mut ids: Vec<_> = of.iter().map(|it| it.id).collect();
        ids.sort_unstable();
        ids
    };
    for (find, expected) in [
        (Find::ElevationsOf(first.user), ids(&[&on[0], &on[1]])),
        (Find::ElevationsOf(second.user), ids(&[&on[2]])),
        (Find::ElevationsOf(hospital.learners[0].user), vec![]),
        (Find::Elevation(off.id), ids(&[&off])),
        (Find::Elevations, ids(&[&on[0], &on[1], &on[2]])),
        (Find::Session(carried.id), ids(&[&on[0]])),
    ] {
        let records = harness.load(tenant, vec![find.clone()]).await?;
        let found = records.elevations.keys();
        ensure!(found.eq(&expected), "others by {find:?}");
        let sessions_too = !matches!(find, Find::Elevations) || records.sessions.len() == 3;
        ensure!(sessions_too, "not their sessions");
    }

    let mut changes = Changeset::new(tenant);
    let over = Elevation {
        state: ended,
        ..on[1].clone()
    };
    replace(&mut changes, over.into(), Version::FIRST);
    harness.commit(changes).await?;
    let finds = vec![Find::ElevationsOf(first.user)];
    let records = harness.load(tenant, finds).await?;
    let left = records.elevations.keys();
    ensure!(left.eq([&on[0].id]), "found, and its end is recorded");
    Ok(())
}

pub(super) async fn a_proposal_is_found_by_its_user<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let (owner, learner) = (hospital.owners[0].user, hospital.learners[0].user);
    let proposal = harness.proposal(learner, owner);
    let other = harness.proposal(hospital.teachers[0].user, owner);
    let puts = [proposal.clone().into(), other.into()];
    harness.create(hospital.tenant, puts).await?;
    let find = |user| vec![Find::ProposalOf(user)];
    let records = harness.load(hospital.tenant, find(learner)).await?;
    let found = records.proposals.values().map(|it| &it.record);
    ensure!(found.eq([&proposal]), "others");
    let records = harness.load(hospital.tenant, find(owner)).await?;
    ensure!(records.proposals.is_empty(), "found by whoever proposed");
    Ok(())
}

pub(super) async fn what_is_not_there_is_not_found<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let tenant = harness.hospital().await?.tenant;
    let mut ids = harness.ids();
    let nobody = email("nobody@nowhere.example").key().clone();
    let finds = vec![
        Find::Domain(ids.id()),
        Find::Role(ids.id()),
        Find::Access(ids.id()),
        Find::AssignmentsOf(ids.id()),
        Find::Person(ids.id()),
        Find::PersonsWithEmail(nobody.clone()),
        Find::UsersOf(ids.id()),
        Find::Account(ids.id()),
        Find::Login(nobody.clone()),
        Find::LoginToOpen(nobody.clone()),
        Find::UsersOpenedBy(ids.id()),
        Find::Hcp(ids.id()),
        Find::HcpsAbove(ids.id(), 9),
        Find::HcpBelow(ids.id()),
        Find::HcpToEdit(ids.id()),
        Find::HcpWithEmail(nobody),
        Find::Import(ids.id()),
        Find::Integration,
        Find::Roster,
        Find::RosterPeople,
        Find::RosterPerson(medhub("1")),
        Find::LinkOf(ids.id()),
        Find::LinkTo(institution("a"), medhub("1")),
        Find::NotSame(ids.id(), institution("a"), medhub("1")),
        Find::Local(ids.id()),
        Find::PlanHead(ids.id()),
        Find::StepsOnUser(ids.id(), ids.id()),
        Find::StepsOnIdentity(ids.id(), medhub("1")),
        Find::Plan(ids.id()),
        Find::ApiToken(ids.id()),
        Find::ApiTokens,
        Find::Keys(ids.id()),
        Find::AccessThrough(ids.id()),
        Find::KeysOf(ids.id()),
        Find::HcpsOf(ids.id()),
        Find::Credential(ids.id()),
        Find::LinkedAccount(Provider::Embedded, "nobody".to_owned()),
        Find::Tries(TriesKey([7; 32])),
        Find::Session(ids.id()),
        Find::SessionsOf(ids.id()),
        Find::Elevation(ids.id()),
        Find::ElevationsOf(ids.id()),
        Find::Elevations,
        Find::ProposalOf(ids.id()),
    ];
    for find in finds {
        let records = harness.load(tenant, vec![find.clone()]).await?;
        let found = counts(&records);
        ensure!(found == [0; KINDS], "{find:?} finds {found:?}");
    }
    let records = harness.load(tenant, vec![]).await?;
    ensure!(
        counts(&records) == [0; KINDS],
        "found what was not asked for"
    );
    // In a tenant that is not there, nothing is found but what is the platform's.
    let all = vec![Find::Tenant, Find::Domains, Find::Roles, Find::Owners];
    let mut records = harness.load(ids.id(), all).await?;
    records.domains.remove(&Domain::PATIENT_CARE);
    ensure!(counts(&records) == [0; KINDS], "a tenant out of nothing");
    Ok(())
}

/// A user of the hospital's internal domain, for the cases of other modules.
pub(super) fn bare_user<S: Store + Directory>(
    harness: &Harness<S>,
    hospital: &crate::hospital::Hospital,
    person: &Person,
) -> User {
    User::new(harness.ids().id(), hospital.domain, person.id, None)
}
