//! The owners' audit: no changeset, however raw, leaves a tenant without a usable owner (O1).

use super::{Failed, Harness, Outcome, creating, ensure, one, specimen::name};
use crate::{
    hospital::{Hospital, Member, Staffing},
    record::create,
};
use identity_core::{
    account::{Account, LoginLink},
    changeset::{Changeset, Write},
    id::Id,
    owner::{Owners, OwnersBroken},
    port::{Directory, Find, Store},
    record::{Put, Records},
    role::{Assignment, AssignmentStatus, Role, RoleKind},
    tenant::{CreateTenant, Domain, DomainKind, DomainStatus, Listing, Tenant},
    user::{User, UserStatus},
};
use std::collections::BTreeSet;

/// A way to make an owner unusable.
#[derive(Clone, Copy, Debug)]
enum Way {
    Deactivated,
    WithoutLogin,
    Unlinked,
    RoleErased,
    RoleInactive,
    InAClosedDomain,
    AmongPatients,
    DomainClosed,
}

const WAYS: [Way; 8] = [
    Way::Deactivated,
    Way::WithoutLogin,
    Way::Unlinked,
    Way::RoleErased,
    Way::RoleInactive,
    Way::InAClosedDomain,
    Way::AmongPatients,
    Way::DomainClosed,
];

/// What is loaded of a hospital's owners.
async fn owners<S: Store + Directory>(
    harness: &Harness<S>,
    tenant: Id<Tenant>,
) -> Result<Records, Failed> {
    harness.load(tenant, vec![Find::Owners]).await
}

/// The changeset that makes an owner unusable, and nothing else.
fn unusable(
    way: Way,
    hospital: &Hospital,
    owner: &Member,
    records: &Records,
    new_domain: Id<Domain>,
) -> Result<Changeset, Failed> {
    let mut changes = Changeset::new(hospital.tenant);
    let user = one(&records.users, &owner.user)?;
    let account = one(&records.accounts, &owner.account)?;
    let assignment = one(&records.assignments, &owner.assignment)?;
    match way {
        Way::Deactivated => changes.replace(
            user,
            User {
                status: UserStatus::Inactive,
                ..user.record.clone()
            },
        ),
        Way::WithoutLogin => changes.replace(
            user,
            User {
                account: None,
                ..user.record.clone()
            },
        ),
        Way::Unlinked => changes.replace(
            account,
            Account {
                link: LoginLink::Unlinked,
                ..account.record.clone()
            },
        ),
        Way::RoleErased => changes.erase(assignment),
        Way::RoleInactive => changes.replace(
            assignment,
            Assignment {
                status: AssignmentStatus::Inactive,
                ..assignment.record.clone()
            },
        ),
        Way::InAClosedDomain => {
            changes.create(Domain {
                id: new_domain,
                name: name("Portal"),
                kind: DomainKind::PatientCare,
                status: DomainStatus::Inactive,
            });
            changes.replace(
                user,
                User {
                    domain: new_domain,
                    ..user.record.clone()
                },
            );
        }
        Way::AmongPatients => changes.replace(
            user,
            User {
                domain: Domain::PATIENT_CARE,
                ..user.record.clone()
            },
        ),
        Way::DomainClosed => {
            let domain = one(&records.domains, &hospital.domain)?;
            changes.replace(
                domain,
                Domain {
                    status: DomainStatus::Inactive,
                    ..domain.record.clone()
                },
            );
        }
    }
    Ok(changes)
}

/// Writes these users into the owners' record.
fn record_owners(
    changes: &mut Changeset,
    records: &Records,
    usable: impl IntoIterator<Item = Id<User>>,
) -> Outcome {
    let tenant = changes.tenant();
    let before = one(&records.owners, &tenant)?;
    let usable = usable.into_iter().collect();
    changes.replace(before, Owners { tenant, usable });
    Ok(())
}

pub(super) async fn the_last_owner_is_not_made_unusable<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let records = owners(&harness, hospital.tenant).await?;
    let owner = &hospital.owners[0];
    for way in WAYS {
        let changes = || unusable(way, &hospital, owner, &records, harness.ids().id());
        harness
            .owners_broken(changes()?, OwnersBroken::NoneLeft)
            .await?;
        let mut recorded = changes()?;
        record_owners(&mut recorded, &records, [])?;
        harness
            .owners_broken(recorded, OwnersBroken::NoneLeft)
            .await?;
        let mut lying = changes()?;
        record_owners(&mut lying, &records, [owner.user])?;
        harness.owners_broken(lying, OwnersBroken::NoneLeft).await?;
    }
    // The role itself neither becomes another one nor goes.
    let role = one(&records.roles, &hospital.role(RoleKind::TenantOwner))?;
    let mut other = Changeset::new(hospital.tenant);
    other.replace(
        role,
        Role {
            kind: RoleKind::Custom,
            ..role.record.clone()
        },
    );
    harness.refusal(other).await?;
    let mut gone = Changeset::new(hospital.tenant);
    gone.erase(role);
    harness.refusal(gone).await?;
    let lines = harness.store.owners(hospital.tenant).await?;
    ensure!(lines.len() == 1, "{} owners", lines.len());
    Ok(())
}

pub(super) async fn the_owners_record_lists_the_usable_owners<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let staffing = Staffing::of("General").owners(2).administrators(1);
    let hospital = harness.staffed(staffing).await?;
    let tenant = hospital.tenant;
    let records = owners(&harness, tenant).await?;
    let [first, second] = [hospital.owners[0].user, hospital.owners[1].user];
    let administrator = hospital.administrators[0].user;

    for way in WAYS {
        let owner = &hospital.owners[1];
        let changes = unusable(way, &hospital, owner, &records, harness.ids().id())?;
        let how = match way {
            Way::DomainClosed => OwnersBroken::NoneLeft,
            _ => OwnersBroken::NotRecorded,
        };
        harness.owners_broken(changes, how).await?;
    }
    let one_more = Assignment {
        id: harness.ids().id(),
        user: administrator,
        role: hospital.role(RoleKind::TenantOwner),
        kind: RoleKind::TenantOwner,
        status: AssignmentStatus::Active,
    };
    harness
        .owners_broken(
            creating(tenant, [one_more.into()]),
            OwnersBroken::NotRecorded,
        )
        .await?;
    for wrong in [
        vec![],
        vec![first],
        vec![second],
        vec![first, second, administrator],
        vec![first, administrator],
    ] {
        let mut changes = Changeset::new(tenant);
        record_owners(&mut changes, &records, wrong)?;
        harness
            .owners_broken(changes, OwnersBroken::NotRecorded)
            .await?;
    }
    let mut erased = Changeset::new(tenant);
    erased.erase(one(&records.owners, &tenant)?);
    harness
        .owners_broken(erased, OwnersBroken::NotRecorded)
        .await
}

pub(super) async fn a_tenant_begins_with_an_owner<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let mut ids = harness.ids();
    let create_tenant = CreateTenant {
        name: name("General"),
        domain: None,
        listing: Listing::Unlisted,
        owner_email: super::specimen::email("owner@general.example"),
        owner_name: harness.person(None).name,
    };
    let decided = create_tenant.decide(ids.id(), &Records::default(), &mut ids);
    let (whole, _) = decided.map_err(|err| Failed::new(err.to_string()))?;
    let without = |left_out: fn(&Put) -> bool| {
        let mut changes = Changeset::new(whole.tenant());
        for write in whole.writes() {
            if let Write::Create(put) = write
                && !left_out(put)
            {
                create(&mut changes, put.clone());
            }
        }
        changes
    };
    let is_ownership =
        |it: &Put| matches!(it, Put::Assignment(it) if it.kind == RoleKind::TenantOwner);
    harness
        .owners_broken(without(is_ownership), OwnersBroken::NoneLeft)
        .await?;
    let is_record = |it: &Put| matches!(it, Put::Owners(_));
    harness
        .owners_broken(without(is_record), OwnersBroken::NotRecorded)
        .await?;
    let all_but_tenant = |it: &Put| !matches!(it, Put::Tenant(_));
    harness
        .owners_broken(without(all_but_tenant), OwnersBroken::NoneLeft)
        .await?;
    ensure!(harness.store.tenants().await?.is_empty(), "left behind");
    harness.commit(whole).await?;
    ensure!(harness.store.tenants().await?.len() == 1, "not listed");
    Ok(())
}

/// The owners are looked up by the kind that assignments say: one that lied would make an owner whom nobody counts.
pub(super) async fn an_assignment_says_the_kind_of_its_role<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let hospital = harness.hospital().await?;
    let assignment = |role, kind| Assignment {
        id: harness.ids().id(),
        user: hospital.learners[0].user,
        role: hospital.role(role),
        kind,
        status: AssignmentStatus::Active,
    };
    for (role, kind) in [
        (RoleKind::TenantOwner, RoleKind::Custom),
        (RoleKind::Teacher, RoleKind::Learner),
    ] {
        let lie = assignment(role, kind).into();
        harness.stale(creating(hospital.tenant, [lie])).await?;
    }
    let truth = assignment(RoleKind::Teacher, RoleKind::Teacher).into();
    harness.create(hospital.tenant, [truth]).await
}

pub(super) async fn owners_may_change_when_the_record_says_so<S: Store + Directory>(
    harness: Harness<S>,
) -> Outcome {
    let ways = WAYS.len();
    let hospital = harness
        .staffed(Staffing::of("General").owners(ways + 1))
        .await?;
    let mut left: BTreeSet<_> = hospital.owners.iter().map(|it| it.user).collect();
    for (way, owner) in WAYS.into_iter().zip(&hospital.owners) {
        let records = owners(&harness, hospital.tenant).await?;
        let way = match way {
            // That would end all of them: it was refused above.
            Way::DomainClosed => Way::Deactivated,
            way => way,
        };
        let mut changes = unusable(way, &hospital, owner, &records, harness.ids().id())?;
        left.remove(&owner.user);
        record_owners(&mut changes, &records, left.clone())?;
        harness.commit(changes).await?;
        let lines = harness.store.owners(hospital.tenant).await?;
        ensure!(
            lines.iter().map(|it| it.id).eq(left.iter().copied()),
            "{way:?}: other owners"
        );
    }
    ensure!(left.len() == 1, "{} left", left.len());
    Ok(())
}

/// An account is the platform's: what unlinks it in one tenant ends owners in others, where it cannot write the record.
pub(super) async fn a_login_is_not_unlinked_from_the_last_owner_of_another_tenant<
    S: Store + Directory,
>(
    harness: Harness<S>,
) -> Outcome {
    let (here, there) = (harness.hospital().await?, harness.elsewhere().await?);
    let records = owners(&harness, there.tenant).await?;
    let account = one(&records.accounts, &there.owners[0].account)?;
    let unlink = |tenant| {
        let mut changes = Changeset::new(tenant);
        let link = LoginLink::Unlinked;
        changes.replace(
            account,
            Account {
                link,
                ..account.record.clone()
            },
        );
        changes
    };
    for tenant in [here.tenant, there.tenant, Tenant::PLATFORM] {
        harness
            .owners_broken(unlink(tenant), OwnersBroken::NoneLeft)
            .await?;
    }
    // A change that ends nobody passes, from either.
    let mut renamed = Changeset::new(here.tenant);
    renamed.replace(
        account,
        Account {
            login: super::specimen::email("renamed@elsewhere.example"),
            ..account.record.clone()
        },
    );
    harness.commit(renamed).await
}
