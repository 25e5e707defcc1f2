//! Records and their versions, for every kind there is.

use super::{
    Failed, Harness, Outcome, creating, ensure, one,
    specimen::{Specimen, email, find_of, name, specimens},
};
use crate::{
    hospital::Hospital,
    memory::pass,
    record::{create, erase, rely, replace, stored},
};
use identity_core::{
    account::Account,
    changeset::Changeset,
    person::Person,
    port::{CommitError, Directory, Find, Page, Store},
    record::{Put, Version},
    role::Role,
    session::Session,
};

/// A hospital and one record of every kind in it, all at the first version.
pub(super) async fn filled<S: Store + Directory>(
    harness: &Harness<S>,
) -> Result<(Hospital, Vec<Specimen>), Failed> {
    let hospital = harness.hospital().await?;
    let all = specimens(&hospital, &mut harness.ids());
    let firsts = all.iter().map(|it| it.first.clone());
    harness.create(hospital.tenant, firsts).await?;
    Ok((hospital, all))
}

/// The record as the store gives it back, and its version.
async fn read<S: Store + Directory>(
    harness: &Harness<S>,
    hospital: &Hospital,
    like: &Put,
) -> Result<Option<(Put, Version)>, Failed> {
    let tenant = hospital.tenant;
    if let Some(find) = find_of(like) {
        let records = harness.load(tenant, vec![find]).await?;
        return Ok(stored(&records, &like.reference()));
    }
    // No look-up shows these: a list does, or nothing but the version.
    for version in [Version::FIRST, Version::FIRST.next()] {
        if !harness.is_at(tenant, like, version).await? {
            continue;
        }
        let put = match like {
            Put::RejectedRow(it) => {
                let page = Page::first(10);
                let rows = harness.store.rejected_rows(tenant, it.import, page).await?;
                rows.into_iter()
                    .find(|row| row.row == it.row)
                    .map(Put::from)
            }
            other => Some(other.clone()),
        };
        return Ok(put.map(|put| (put, version)));
    }
    Ok(None)
}

/// The tenant and the owners' record, as they stand: there before any specimen.
async fn standing<S: Store + Directory>(
    harness: &Harness<S>,
    hospital: &Hospital,
) -> Result<Vec<(Put, Version)>, Failed> {
    let tenant = hospital.tenant;
    let records = harness
        .load(tenant, vec![Find::Tenant, Find::Owners])
        .await?;
    let (tenant, owners) = (
        one(&records.tenants, &tenant)?,
        one(&records.owners, &tenant)?,
    );
    Ok(vec![
        (tenant.record.clone().into(), tenant.version),
        (owners.record.clone().into(), owners.version),
    ])
}

pub(super) async fn a_created_record_has_the_first_version<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (hospital, all) = filled(&harness).await?;
    for it in all {
        let found = read(&harness, &hospital, &it.first).await?;
        let expected = Some((it.first, Version::FIRST));
        ensure!(found == expected, "{found:?} instead of {expected:?}");
    }
    Ok(())
}

pub(super) async fn a_replaced_record_has_the_next_version<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (hospital, all) = filled(&harness).await?;
    for it in all {
        let mut changes = Changeset::new(hospital.tenant);
        replace(&mut changes, it.second.clone(), Version::FIRST);
        harness.commit(changes).await?;
        let found = read(&harness, &hospital, &it.second).await?;
        let expected = Some((it.second, Version::FIRST.next()));
        ensure!(found == expected, "{found:?} instead of {expected:?}");
    }
    Ok(())
}

pub(super) async fn an_erased_record_is_gone<S: Store + Directory>(harness: Harness<S>) -> Outcome {
    let (hospital, all) = filled(&harness).await?;
    for it in all.iter().rev() {
        let mut changes = Changeset::new(hospital.tenant);
        erase(&mut changes, it.first.clone(), Version::FIRST);
        harness.commit(changes).await?;
        let found = read(&harness, &hospital, &it.first).await?;
        ensure!(found.is_none(), "still there: {found:?}");
    }
    // And can be made anew.
    let firsts = all.into_iter().map(|it| it.first);
    harness.create(hospital.tenant, firsts).await
}

pub(super) async fn a_key_is_created_only_once<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (hospital, all) = filled(&harness).await?;
    for it in all {
        for again in [&it.first, &it.second] {
            let err = harness
                .refusal(creating(hospital.tenant, [again.clone()]))
                .await?;
            let taken = matches!(err, CommitError::Duplicate { .. } | CommitError::Stale);
            ensure!(taken, "refused, but as {err:?}: {again:?}");
        }
        let found = read(&harness, &hospital, &it.first).await?;
        let expected = Some((it.first, Version::FIRST));
        ensure!(found == expected, "{found:?} instead of {expected:?}");
    }
    Ok(())
}

/// Versions that a record at the first one does not have.
const OTHERS: [Version; 3] = [Version(0), Version(2), Version(i64::MAX)];

pub(super) async fn a_replacement_at_another_version_is_stale<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (hospital, all) = filled(&harness).await?;
    for it in all {
        for version in OTHERS {
            let mut changes = Changeset::new(hospital.tenant);
            replace(&mut changes, it.second.clone(), version);
            harness.stale(changes).await?;
        }
        let found = read(&harness, &hospital, &it.first).await?;
        let expected = Some((it.first, Version::FIRST));
        ensure!(found == expected, "{found:?} instead of {expected:?}");
    }
    for (put, version) in standing(&harness, &hospital).await? {
        let mut changes = Changeset::new(hospital.tenant);
        replace(&mut changes, put, version.next());
        harness.stale(changes).await?;
    }
    Ok(())
}

pub(super) async fn an_erasure_at_another_version_is_stale<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (hospital, all) = filled(&harness).await?;
    for it in all.into_iter().rev() {
        for version in OTHERS {
            let mut changes = Changeset::new(hospital.tenant);
            erase(&mut changes, it.first.clone(), version);
            harness.stale(changes).await?;
        }
        let found = read(&harness, &hospital, &it.first).await?;
        ensure!(found.is_some(), "gone: {:?}", it.first);
        // Out of the way, so that nothing refers to the next one.
        let mut changes = Changeset::new(hospital.tenant);
        erase(&mut changes, it.first, Version::FIRST);
        harness.commit(changes).await?;
    }
    Ok(())
}

pub(super) async fn a_change_of_nothing_is_stale<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    for it in specimens(&hospital, &mut harness.ids()) {
        for version in [Version(0), Version::FIRST] {
            let mut changes = Changeset::new(hospital.tenant);
            replace(&mut changes, it.first.clone(), version);
            harness.stale(changes).await?;
            let mut changes = Changeset::new(hospital.tenant);
            erase(&mut changes, it.first.clone(), version);
            harness.stale(changes).await?;
        }
        // What it may refer to must be there for the next one.
        harness.create(hospital.tenant, [it.first]).await?;
    }
    Ok(())
}

pub(super) async fn a_record_relied_upon_must_be_as_it_was_loaded<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    for it in specimens(&hospital, &mut harness.ids()) {
        for version in [Version(0), Version::FIRST] {
            let there = harness.is_at(tenant, &it.first, version).await?;
            ensure!(!there, "relied upon before it was there: {:?}", it.first);
        }
        harness.create(tenant, [it.first.clone()]).await?;
        let there = harness.is_at(tenant, &it.first, Version::FIRST).await?;
        ensure!(there, "cannot be relied upon: {:?}", it.first);
        for version in OTHERS {
            let there = harness.is_at(tenant, &it.first, version).await?;
            ensure!(!there, "relied upon at {version:?}: {:?}", it.first);
        }
    }
    for (put, version) in standing(&harness, &hospital).await? {
        let now = harness.is_at(tenant, &put, version).await?;
        let later = harness.is_at(tenant, &put, version.next()).await?;
        ensure!(now && !later, "{now} and {later} for {put:?}");
    }
    Ok(())
}

pub(super) async fn a_changeset_may_rely_on_what_it_writes<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (hospital, all) = filled(&harness).await?;
    for it in all {
        let mut changes = Changeset::new(hospital.tenant);
        rely(&mut changes, it.first, Version::FIRST);
        replace(&mut changes, it.second, Version::FIRST);
        harness.commit(changes).await?;
    }
    Ok(())
}

pub(super) async fn writes_are_applied_in_order<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let person = harness.person(None);
    let renamed = Person {
        name: identity_core::name::PersonName {
            given: name("Renamed"),
            family: name("Twice"),
        },
        ..person.clone()
    };
    let mut changes = creating(hospital.tenant, [person.clone().into()]);
    replace(&mut changes, renamed.clone().into(), Version::FIRST);
    replace(&mut changes, person.clone().into(), Version(2));
    replace(&mut changes, renamed.clone().into(), Version(3));
    harness.commit(changes).await?;
    let find = vec![Find::Person(person.id)];
    let records = harness.load(hospital.tenant, find).await?;
    let found = one(&records.persons, &person.id)?;
    ensure!(found.version == Version(4), "at {:?}", found.version);
    ensure!(found.record == renamed, "not the last one written");

    let mut changes = Changeset::new(hospital.tenant);
    erase(&mut changes, person.clone().into(), Version(4));
    create(&mut changes, person.clone().into());
    harness.commit(changes).await?;
    let again = person.into();
    let there = harness.is_at(hospital.tenant, &again, Version::FIRST);
    ensure!(there.await?, "not made anew");
    Ok(())
}

pub(super) async fn a_record_must_not_refer_to_nothing<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let other = specimens(&hospital, &mut harness.ids());
    for it in other {
        // Alone, without what it refers to; those that refer to the hospital alone are left out.
        let refers = match &it.first {
            Put::User(_)
            | Put::Assignment(_)
            | Put::RejectedRow(_)
            | Put::Link(_)
            | Put::NotSame(_)
            | Put::Credential(_)
            | Put::Session(_)
            | Put::Elevation(_)
            | Put::Proposal(_)
            | Put::ApiToken(_) => true,
            Put::Hcp(it) => it.parent.is_some(),
            Put::Tenant(_)
            | Put::Domain(_)
            | Put::Owners(_)
            | Put::Person(_)
            | Put::Account(_)
            | Put::Role(_)
            | Put::Import(_)
            | Put::Integration(_)
            | Put::Roster(_)
            | Put::RosterPerson(_)
            | Put::Plan(_)
            | Put::Step(_)
            | Put::Tries(_) => false,
        };
        if refers {
            harness.stale(creating(hospital.tenant, [it.first])).await?;
        }
    }
    Ok(())
}

pub(super) async fn a_record_that_is_referred_to_is_not_erased<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (hospital, all) = filled(&harness).await?;
    for it in all {
        let referred_to = match &it.first {
            Put::Domain(_)
            | Put::Person(_)
            | Put::Account(_)
            | Put::User(_)
            | Put::Role(_)
            | Put::Session(_)
            | Put::Import(_) => true,
            Put::Hcp(it) => it.is_organisation(),
            Put::Tenant(_)
            | Put::Owners(_)
            | Put::Assignment(_)
            | Put::Elevation(_)
            | Put::RejectedRow(_)
            | Put::Integration(_)
            | Put::Roster(_)
            | Put::RosterPerson(_)
            | Put::Link(_)
            | Put::NotSame(_)
            | Put::Plan(_)
            | Put::Step(_)
            | Put::Proposal(_)
            | Put::Credential(_)
            | Put::Tries(_)
            | Put::ApiToken(_) => false,
        };
        if referred_to {
            let mut changes = Changeset::new(hospital.tenant);
            erase(&mut changes, it.first, Version::FIRST);
            harness.stale(changes).await?;
        }
    }
    Ok(())
}

/// Of a login that is gone there may be sessions, whose user has another login by now or none.
pub(super) async fn a_session_outlives_its_login<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    let login = Account::embedded(harness.ids().id(), email("gone@general.example"));
    let account = login.id;
    let session = Session {
        account,
        ..harness.session(&hospital.learners[0], 1)
    };
    let puts = [login.clone().into(), session.clone().into()];
    harness.create(tenant, puts).await?;
    let mut changes = Changeset::new(tenant);
    erase(&mut changes, login.into(), Version::FIRST);
    harness.commit(changes).await?;
    let records = harness
        .load(tenant, vec![Find::Session(session.id)])
        .await?;
    ensure!(
        one(&records.sessions, &session.id)?.record == session,
        "another"
    );
    ensure!(
        !records.accounts.contains_key(&account),
        "a login that is gone"
    );
    Ok(())
}

/// So a caller may prepare the next changeset while one is on its way: the second rests on the first here, and is
/// waited for before it.
pub(super) async fn a_commit_begins_when_it_is_called<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let person = harness.person(None);
    let mut second = Changeset::new(hospital.tenant);
    replace(&mut second, person.clone().into(), Version::FIRST);
    let first = harness
        .store
        .commit(creating(hospital.tenant, [person.into()]));
    let second = harness.store.commit(second);
    second.await?;
    Ok(first.await?)
}

pub(super) async fn of_many_commits_at_once_one_wins<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    for round in 0..8 {
        let role = harness.role(&format!("Round {round}"));
        harness
            .create(hospital.tenant, [role.clone().into()])
            .await?;
        let racers: Vec<_> = (0..16)
            .map(|racer| {
                let mut changes = Changeset::new(hospital.tenant);
                let mine = Role {
                    name: name(&format!("Round {round}, racer {racer}")),
                    ..role.clone()
                };
                replace(&mut changes, mine.into(), Version::FIRST);
                let store = std::sync::Arc::clone(&harness.store);
                tokio::spawn(async move { store.commit(changes).await })
            })
            .collect();
        let mut winners = 0;
        for racer in racers {
            match racer.await.unwrap() {
                Ok(()) => winners += 1,
                Err(CommitError::Stale) => (),
                Err(err) => return Err(err.into()),
            }
        }
        ensure!(winners == 1, "{winners} winners");
        let role = role.into();
        let there = harness.is_at(hospital.tenant, &role, Version(2));
        ensure!(there.await?, "not written once");
    }
    Ok(())
}

/// Two persons are always changed together, so every load must see them at one version, however it falls between.
pub(super) async fn a_load_sees_one_instant<S: Store + Directory>(harness: Harness<S>) -> Outcome {
    const COMMITS: i64 = 200;
    let hospital = harness.hospital().await?;
    let (one_person, other) = (harness.person(None), harness.person(None));
    let puts = [one_person.clone().into(), other.clone().into()];
    harness.create(hospital.tenant, puts.clone()).await?;
    let store = std::sync::Arc::clone(&harness.store);
    let tenant = hospital.tenant;
    let writer = tokio::spawn(async move {
        for version in 1..=COMMITS {
            let mut changes = Changeset::new(tenant);
            for put in &puts {
                replace(&mut changes, put.clone(), Version(version));
            }
            store.commit(changes).await?;
            pass().await;
        }
        Ok::<_, CommitError>(())
    });
    let finds = vec![Find::Person(one_person.id), Find::Person(other.id)];
    loop {
        let over = writer.is_finished();
        let records = harness.load(tenant, finds.clone()).await?;
        let first = one(&records.persons, &one_person.id)?.version;
        let second = one(&records.persons, &other.id)?.version;
        ensure!(first == second, "{first:?} beside {second:?}");
        if over {
            break;
        }
    }
    Ok(writer.await.unwrap()?)
}
