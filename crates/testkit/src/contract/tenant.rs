//! Isolation: an id of another tenant behaves exactly like an unknown one.

use super::{
    Harness, Outcome, creating, ensure, one,
    specimen::{email, find_of, institution, is_of_platform, name},
    version::filled,
    whole::operation,
};
use crate::record::{erase, replace, stored};
use identity_core::{
    changeset::Changeset,
    hcp::{Hcp, Party, search::HcpSearch},
    id::Id,
    journal::Event,
    owner::Owners,
    port::{Directory, Find, Page, Store},
    reconcile::Integration,
    record::{Put, Version},
    role::{Assignment, AssignmentStatus, RoleKind},
    tenant::{ElevationLength, GrantPolicy, Listing, OwnerGrants, Tenant, TenantStatus},
};

pub(super) async fn nothing_is_written_in_a_tenant_that_is_not_there<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let nowhere: Id<Tenant> = harness.ids().id();
    let role = harness.role("Nurse");
    for put in [Put::from(harness.person(None)), role.into()] {
        let mut changes = creating(nowhere, [put]);
        changes.enter(harness.entry(Event::IntegrationConnected));
        changes.answer(operation("key"));
        harness.stale(changes).await?;
    }
    ensure!(harness.journal(nowhere).await?.is_empty(), "has a journal");
    let kept = harness
        .store
        .operation(nowhere, operation("key").key)
        .await?;
    ensure!(kept.is_none(), "has an answer");
    ensure!(harness.store.tenants().await?.is_empty(), "is listed");
    Ok(())
}

pub(super) async fn a_key_of_another_tenant_is_an_unknown_key<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let here = harness.elsewhere().await?;
    let (there, all) = filled(&harness).await?;
    for it in &all {
        let reference = it.first.reference();
        if is_of_platform(&reference) {
            continue;
        }
        if let Some(find) = find_of(&it.first) {
            let records = harness.load(here.tenant, vec![find]).await?;
            ensure!(
                stored(&records, &reference).is_none(),
                "seen: {reference:?}"
            );
        }
        let at = harness.is_at(here.tenant, &it.first, Version::FIRST);
        ensure!(!at.await?, "relied upon: {reference:?}");
        let mut changes = Changeset::new(here.tenant);
        replace(&mut changes, it.second.clone(), Version::FIRST);
        harness.stale(changes).await?;
        let mut changes = Changeset::new(here.tenant);
        erase(&mut changes, it.first.clone(), Version::FIRST);
        harness.stale(changes).await?;
    }
    // Nor can one's own records refer to theirs.
    let assignment = Assignment {
        id: harness.ids().id(),
        user: there.learners[0].user,
        role: here.role(RoleKind::Teacher),
        kind: RoleKind::Teacher,
        status: AssignmentStatus::Active,
    };
    harness
        .stale(creating(here.tenant, [assignment.into()]))
        .await?;
    for it in all {
        let at = harness.is_at(there.tenant, &it.first, Version::FIRST);
        ensure!(at.await?, "touched: {:?}", it.first);
    }
    Ok(())
}

/// What is somebody else's key is free here: that it is taken there must not show.
pub(super) async fn a_key_may_be_in_two_tenants<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    let person = harness.person(Some(email("locum@agency.example")));
    let role = harness.role("Locum");
    let ward = Hcp {
        id: harness.ids().id(),
        party: Party::Organisation {
            name: name("Ward"),
            email: None,
            phone: None,
        },
        parent: None,
    };
    for put in [Put::from(person), role.into(), ward.into()] {
        harness.create(here.tenant, [put.clone()]).await?;
        harness.create(there.tenant, [put.clone()]).await?;
        let mut changes = Changeset::new(here.tenant);
        replace(&mut changes, put.clone(), Version::FIRST);
        harness.commit(changes).await?;
        let [ours, theirs] = [
            harness.is_at(here.tenant, &put, Version(2)).await?,
            harness.is_at(there.tenant, &put, Version(1)).await?,
        ];
        ensure!(ours && theirs, "one record for two: {put:?}");
        let mut changes = Changeset::new(here.tenant);
        erase(&mut changes, put.clone(), Version(2));
        harness.commit(changes).await?;
        let theirs = harness.is_at(there.tenant, &put, Version(1)).await?;
        ensure!(theirs, "taken from another: {put:?}");
    }
    Ok(())
}

pub(super) async fn a_record_that_names_another_tenant_is_refused<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    let theirs = there.tenant;
    let integration = Integration {
        tenant: theirs,
        institution: institution("https://medhub.example"),
        client_id: "1".to_owned(),
        key_file: None,
        connected_at: harness.ids().now(),
    };
    let tenant = Tenant {
        id: theirs,
        name: name("Renamed"),
        status: TenantStatus::Suspended {
            since: harness.ids().now(),
        },
        grant_policy: GrantPolicy::SubsetOnly,
        listing: Listing::Listed,
        owner_grants: OwnerGrants::TwoOwners,
        elevation: ElevationLength::default(),
    };
    let owners = Owners {
        tenant: theirs,
        usable: here.owners.iter().map(|it| it.user).collect(),
    };
    let fresh = Tenant {
        id: harness.ids().id(),
        ..tenant.clone()
    };
    for put in [
        Put::from(integration),
        tenant.into(),
        owners.into(),
        fresh.into(),
    ] {
        harness
            .refusal(creating(here.tenant, [put.clone()]))
            .await?;
        let mut changes = Changeset::new(here.tenant);
        replace(&mut changes, put, Version::FIRST);
        harness.refusal(changes).await?;
    }
    let finds = vec![Find::Tenant, Find::Owners, Find::Integration];
    let records = harness.load(theirs, finds).await?;
    let kept = &one(&records.tenants, &theirs)?.record;
    ensure!(kept.status == TenantStatus::Active, "suspended");
    ensure!(records.integrations.is_empty(), "connected");
    ensure!(harness.store.tenants().await?.len() == 2, "one more");
    Ok(())
}

pub(super) async fn a_list_is_of_one_tenant<S: Store + Directory>(harness: Harness<S>) -> Outcome {
    let here = harness.elsewhere().await?;
    let (there, all) = filled(&harness).await?;
    let store = &harness.store;
    let import = all.iter().find_map(|it| match &it.first {
        Put::Import(it) => Some(it.id),
        _ => None,
    });
    let import = import.unwrap();
    let mut changes = Changeset::new(there.tenant);
    changes.send(harness.message(there.learners[0].user));
    harness.commit(changes).await?;
    let theirs: Vec<_> = there.roles.iter().map(|it| it.id).collect();
    for (tenant, filled) in [(here.tenant, false), (there.tenant, true)] {
        let planner = there.owners[0].user;
        let sides = store.reconciliation(tenant, planner).await?;
        let seen = [
            !store
                .hcps(tenant, HcpSearch::default(), Page::first(9))
                .await?
                .is_empty(),
            store.import(tenant, import).await?.is_some(),
            !store
                .rejected_rows(tenant, import, Page::first(9))
                .await?
                .is_empty(),
            !store.api_tokens(tenant).await?.is_empty(),
            !store.outbox(tenant, Page::first(9)).await?.is_empty(),
            store.roles(tenant).await?.len() != 6,
            store.users(tenant, Page::first(9)).await?.len() != 4,
            store.persons(tenant, Page::first(9)).await?.len() != 4,
            !store.proposals(tenant).await?.is_empty(),
            !store
                .users_with_roles(tenant, theirs.clone(), Page::first(9))
                .await?
                .is_empty(),
            sides.integration.is_some(),
            sides.roster.is_some(),
            !sides.identities.is_empty(),
            sides.plan.is_some(),
            !sides.steps.is_empty(),
            !sides.not_same.is_empty(),
        ];
        ensure!(seen == [filled; 16], "{seen:?} where all are {filled}");
        for line in store.owners(tenant).await? {
            let owner = if filled { &there } else { &here }.owners[0].user;
            ensure!(line.id == owner, "an owner of another");
        }
    }
    // Without a key of the other tenant's in it, too.
    let locals = store
        .reconciliation(here.tenant, here.owners[0].user)
        .await?
        .locals;
    let ours = [here.learners[0].user, here.teachers[0].user];
    ensure!(locals.len() == 2, "{} locals", locals.len());
    ensure!(locals.iter().all(|it| ours.contains(&it.user)), "strangers");
    let by_email = store
        .users_by_email(here.tenant, there.owners[0].email.key().clone())
        .await?;
    ensure!(by_email.is_empty(), "found by an address of theirs");
    Ok(())
}
