//! What is the platform's: the same from every tenant, and no tenant's own.

use super::{
    Harness, Outcome, creating, ensure, one,
    specimen::{email, name},
    whole::operation,
};
use crate::record::{erase, rely, replace, stored};
use identity_core::{
    account::Account,
    changeset::Changeset,
    journal::Event,
    login::{Credential, PasswordHash, SetBy, Tries, TriesKey},
    port::{Clock, Directory, Find, Page, Store},
    record::{Put, Records, Stored, Version},
    tenant::{CreateTenant, Domain, DomainStatus, Listing, Tenant},
    user::User,
};

/// The patient care domain, as it is in the beginning.
fn patient_care() -> Domain {
    Domain::patient_care().unwrap()
}

fn closed() -> Domain {
    Domain {
        name: name("Patients of all hospitals"),
        status: DomainStatus::Inactive,
        ..patient_care()
    }
}

pub(super) async fn the_patient_care_domain_is_there_from_the_beginning<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let fresh = Stored {
        record: patient_care(),
        version: Version::FIRST,
    };
    let nowhere = harness.ids().id();
    for tenant in [Tenant::PLATFORM, nowhere] {
        for find in [Find::Domain(Domain::PATIENT_CARE), Find::Domains] {
            let records = harness.load(tenant, vec![find.clone()]).await?;
            ensure!(records.domains.values().eq([&fresh]), "other by {find:?}");
        }
    }
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    for hospital in [&here, &there] {
        let find = vec![Find::Domain(Domain::PATIENT_CARE)];
        let records = harness.load(hospital.tenant, find).await?;
        let found = one(&records.domains, &Domain::PATIENT_CARE)?;
        ensure!(*found == fresh, "another: {found:?}");
        let records = harness.load(hospital.tenant, vec![Find::Domains]).await?;
        let all = records.domains.keys();
        let expected = [&Domain::PATIENT_CARE, &hospital.domain];
        ensure!(all.eq(expected), "other domains");
        let put = patient_care().into();
        let [now, later] = [Version::FIRST, Version(2)];
        ensure!(
            harness.is_at(hospital.tenant, &put, now).await?
                && !harness.is_at(hospital.tenant, &put, later).await?,
            "cannot be relied upon"
        );
    }
    Ok(())
}

pub(super) async fn the_patient_care_domain_is_written_by_no_tenant<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let tenant = hospital.tenant;
    for put in [Put::from(patient_care()), closed().into()] {
        harness.stale(creating(tenant, [put.clone()])).await?;
        let mut changes = Changeset::new(tenant);
        replace(&mut changes, put.clone(), Version::FIRST);
        harness.stale(changes).await?;
        let mut changes = Changeset::new(tenant);
        erase(&mut changes, put, Version::FIRST);
        harness.stale(changes).await?;
    }
    let put = patient_care().into();
    ensure!(harness.is_at(tenant, &put, Version::FIRST).await?, "gone");
    // The platform writes it, once, and whoever relied on what it was must look again.
    let mut again = creating(Tenant::PLATFORM, [patient_care().into()]);
    again.enter(harness.entry(Event::DomainDeactivated {
        domain: Domain::PATIENT_CARE,
    }));
    harness.refusal(again).await?;
    let mut changes = Changeset::new(Tenant::PLATFORM);
    replace(&mut changes, closed().into(), Version::FIRST);
    harness.commit(changes.clone()).await?;
    harness.stale(changes).await?;
    let mut relies = creating(tenant, [harness.role("Nurse").into()]);
    rely(&mut relies, put, Version::FIRST);
    harness.stale(relies).await?;
    let find = vec![Find::Domain(Domain::PATIENT_CARE)];
    let records = harness.load(tenant, find).await?;
    let found = one(&records.domains, &Domain::PATIENT_CARE)?;
    ensure!(found.record == closed(), "another: {found:?}");
    ensure!(found.version == Version(2), "at {:?}", found.version);
    Ok(())
}

pub(super) async fn patients_of_every_tenant_are_in_one_domain<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    for hospital in [&here, &there] {
        let person = harness.person(None);
        let id = harness.ids().id();
        let user = User::new(id, Domain::PATIENT_CARE, person.id, None);
        let puts = [person.into(), user.clone().into()];
        harness.create(hospital.tenant, puts).await?;
        let find = vec![Find::Access(user.id)];
        let records = harness.load(hospital.tenant, find).await?;
        let found = &one(&records.domains, &Domain::PATIENT_CARE)?.record;
        ensure!(*found == patient_care(), "another domain: {found:?}");
        // Nobody is in a domain of another tenant, though.
        let elsewhere = if hospital.tenant == here.tenant {
            there.domain
        } else {
            here.domain
        };
        let mut changes = Changeset::new(hospital.tenant);
        let strayed = User {
            domain: elsewhere,
            ..user
        };
        replace(&mut changes, strayed.into(), Version::FIRST);
        harness.stale(changes).await?;
    }
    let mut changes = Changeset::new(Tenant::PLATFORM);
    erase(&mut changes, patient_care().into(), Version::FIRST);
    harness.stale(changes).await
}

pub(super) async fn what_is_done_to_the_platform_is_told_in_its_own_journal<
    S: Store + Directory,
>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let before = harness.verify(hospital.tenant).await?;
    let message = harness.message(hospital.owners[0].user);
    let domain = Domain::PATIENT_CARE;
    for event in [
        Event::DomainDeactivated { domain },
        Event::DomainReactivated { domain },
    ] {
        let mut changes = Changeset::new(Tenant::PLATFORM);
        changes.enter(harness.entry(event));
        harness.commit(changes).await?;
    }
    let mut changes = Changeset::new(Tenant::PLATFORM);
    changes.enter(harness.entry(Event::DomainDeactivated { domain }));
    changes.send(message.clone());
    changes.answer(operation("key"));
    harness.commit(changes.clone()).await?;
    harness.duplicate(changes).await?;

    let head = harness.verify(Tenant::PLATFORM).await?;
    ensure!(head.number == 3, "{} entries", head.number);
    let after = harness.verify(hospital.tenant).await?;
    ensure!(after == before, "told in the journal of a tenant");
    let store = &harness.store;
    let owed = store.outbox(Tenant::PLATFORM, Page::first(9)).await?;
    ensure!(owed == [message], "{owed:?}");
    let kept = operation("key");
    for (tenant, expected) in [(Tenant::PLATFORM, Some(&kept)), (hospital.tenant, None)] {
        let found = store.operation(tenant, kept.key.clone()).await?;
        ensure!(found.as_ref() == expected, "{found:?}");
    }
    let listed: Vec<_> = store.tenants().await?.iter().map(|it| it.id).collect();
    ensure!(listed == [hospital.tenant], "{listed:?}");
    Ok(())
}

/// Nothing that is a customer's has a place there, not even a whole customer at once.
pub(super) async fn the_platform_is_no_tenant<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let portal = Domain {
        id: harness.ids().id(),
        ..patient_care()
    };
    let puts = [
        Put::from(harness.person(None)),
        harness.role("Nurse").into(),
        portal.into(),
    ];
    for put in puts {
        harness.stale(creating(Tenant::PLATFORM, [put])).await?;
    }
    let create_tenant = CreateTenant {
        name: name("General"),
        domain: None,
        listing: Listing::Listed,
        owner_email: email("owner@general.example"),
        owner_name: harness.person(None).name,
    };
    let mut ids = harness.ids();
    let (whole, _) = create_tenant
        .decide(Tenant::PLATFORM, &Records::default(), &mut ids)
        .unwrap();
    harness.stale(whole).await?;
    let listed = harness.store.tenants().await?;
    ensure!(listed.is_empty(), "{listed:?}");
    ensure!(
        harness.journal(Tenant::PLATFORM).await?.is_empty(),
        "has a journal"
    );
    Ok(())
}

/// What counts no more can be found in order to be taken away: begun before an instant, and not at it.
pub(super) async fn old_tries_are_found<S: Store + Directory>(harness: Harness<S>) -> Outcome {
    let now = harness.clock.now();
    let tries = |key, minutes| Tries {
        key: TriesKey([key; 32]),
        count: 1,
        since: now - chrono::Duration::minutes(minutes),
    };
    let all = [tries(1, 20), tries(2, 15), tries(3, 0)];
    harness.create(Tenant::PLATFORM, all.map(Put::from)).await?;
    let find = Find::TriesBefore(now - chrono::Duration::minutes(15));
    let found = harness.load(Tenant::PLATFORM, vec![find]).await?.tries;
    let keys: Vec<_> = found.into_keys().collect();
    ensure!(keys == [TriesKey([1; 32])], "{keys:?}");
    Ok(())
}

/// Logins, their passwords and the tries to log in are counted once, from wherever.
pub(super) async fn what_belongs_to_a_login_is_seen_by_every_tenant<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    let tenants = [here.tenant, there.tenant, Tenant::PLATFORM];
    let account = Account::embedded(harness.ids().id(), email("both@agency.example"));
    let now = harness.clock.now();
    let password = |text: &str| Credential {
        account: account.id,
        hash: PasswordHash(text.to_owned()),
        set_at: now,
        set_by: SetBy::Holder,
    };
    let tries = |count| Tries {
        key: TriesKey([7; 32]),
        count,
        since: now,
    };
    let login = |text| Account {
        login: email(text),
        ..account.clone()
    };
    let puts: [[Put; 3]; 3] = [
        [
            login("both@agency.example").into(),
            login("new@agency.example").into(),
            login("newest@agency.example").into(),
        ],
        [
            password("one").into(),
            password("two").into(),
            password("three").into(),
        ],
        [tries(1).into(), tries(2).into(), tries(3).into()],
    ];
    for (place, [first, second, third]) in puts.into_iter().enumerate() {
        // Each is made by another of the three, changed by the next, and cannot be made or changed from the old by the last.
        let [makes, changes, late] = std::array::from_fn(|it| tenants[(place + it) % 3]);
        harness.create(makes, [first.clone()]).await?;
        harness.refusal(creating(changes, [first.clone()])).await?;
        let mut second_writes = Changeset::new(changes);
        replace(&mut second_writes, second.clone(), Version::FIRST);
        harness.commit(second_writes).await?;
        let mut third_writes = Changeset::new(late);
        replace(&mut third_writes, third, Version::FIRST);
        harness.stale(third_writes).await?;
        let find = super::specimen::find_of(&second).unwrap();
        for tenant in tenants {
            let records = harness.load(tenant, vec![find.clone()]).await?;
            let found = stored(&records, &second.reference());
            let expected = Some((second.clone(), Version(2)));
            ensure!(found == expected, "{found:?} instead of {expected:?}");
            let relied = harness.is_at(tenant, &second, Version(2)).await?;
            ensure!(relied, "cannot be relied upon: {second:?}");
        }
    }
    // A password is of a login that is there.
    let nobodys = Credential {
        account: harness.ids().id(),
        ..password("four")
    };
    harness
        .stale(creating(Tenant::PLATFORM, [nobodys.into()]))
        .await?;
    let mut changes = Changeset::new(Tenant::PLATFORM);
    let last = login("new@agency.example");
    erase(&mut changes, last.into(), Version(2));
    harness.stale(changes).await
}

pub(super) async fn an_account_is_seen_by_every_tenant<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    let account = Account::embedded(harness.ids().id(), email("both@agency.example"));
    harness
        .create(here.tenant, [account.clone().into()])
        .await?;
    let mut users = Vec::new();
    for hospital in [&here, &there] {
        let person = harness.person(None);
        let id = harness.ids().id();
        let user = User::new(id, hospital.domain, person.id, Some(account.id));
        users.push(user.id);
        harness
            .create(hospital.tenant, [person.into(), user.into()])
            .await?;
    }
    for (hospital, user) in [&here, &there].into_iter().zip(users) {
        for find in [
            Find::Login(account.login.key().clone()),
            Find::UsersOpenedBy(account.id),
        ] {
            let records = harness.load(hospital.tenant, vec![find]).await?;
            ensure!(records.users.keys().eq([&user]), "users of others");
        }
        let find = vec![Find::Account(account.id)];
        let records = harness.load(hospital.tenant, find).await?;
        let found = one(&records.accounts, &account.id)?;
        ensure!(found.record == account, "another: {:?}", found.record);
    }
    // Whoever changes it next must have seen this change, in whichever tenant.
    let renamed = Account {
        login: email("new@agency.example"),
        ..account.clone()
    };
    let rename = |tenant| {
        let mut changes = Changeset::new(tenant);
        replace(&mut changes, renamed.clone().into(), Version::FIRST);
        changes
    };
    harness.commit(rename(there.tenant)).await?;
    harness.stale(rename(here.tenant)).await?;
    Ok(())
}
