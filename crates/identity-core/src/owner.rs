//! Tenant owners: at every instant at least one who is usable (O1).
//!
//! [`Owners`] is the record that stands for the set. It lists the usable owners, and a store compares it with the facts
//! ([`Owners::audit`]) inside every commit that touches them. So whatever changes who is usable must write this record, two
//! such changes collide on its version, and no path, however new, can leave a tenant without an owner.

pub mod elevation;
pub mod proposal;
pub mod replace;

pub use elevation::Elevation;
pub use proposal::Proposal;

use crate::{
    authority::{ByOperator, Elevated, active_grants},
    changeset::Changeset,
    id::Id,
    record::Records,
    role::RoleKind,
    tenant::{DomainKind, DomainStatus, Tenant},
    user::{User, UserStatus},
};
use std::collections::BTreeSet;

/// The usable owners of a tenant: active user, active assignment of Tenant Owner, active domain, linked login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owners {
    /// Whose.
    pub tenant: Id<Tenant>,
    /// Who.
    pub usable: BTreeSet<Id<User>>,
}

/// Proof that whoever acts may change who is an owner. The core alone can make one, and nothing changes the owners without (O2, O6).
#[derive(Clone, Copy, Debug)]
pub enum OwnersProof {
    /// An owner acts, with the role switched on.
    Elevated(Elevated),
    /// The platform operator does, who puts another owner in the place of one.
    Operator(ByOperator),
}

/// The set of usable owners would be empty, or is not what its record says: nothing may be committed (O1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OwnersBroken {
    /// Nobody would be left.
    #[error("no usable owner would be left")]
    NoneLeft,
    /// Somebody became usable or ceased to be, without the record being written.
    #[error("the owners' record does not list the usable owners")]
    NotRecorded,
}

impl Owners {
    /// Compares the record with the facts. Stores call it inside the commit of every changeset that
    /// [touches the owners](Changeset::touches_owners), on what `Find::Owners` loads *after* its writes.
    ///
    /// # Errors
    /// [`OwnersBroken`]; the changeset must then be rolled back.
    pub fn audit(records: &Records) -> Result<(), OwnersBroken> {
        let usable = Self::facts(records);
        if usable.is_empty() {
            return Err(OwnersBroken::NoneLeft);
        }
        let recorded = records.owners.values().next();
        if recorded.is_some_and(|it| it.record.usable == usable) {
            Ok(())
        } else {
            Err(OwnersBroken::NotRecorded)
        }
    }

    /// Who is usable, by the records themselves.
    fn facts(records: &Records) -> BTreeSet<Id<User>> {
        records
            .users
            .values()
            .filter(|user| {
                user.record.status == UserStatus::Active
                    && Self::holds(user.record.id, records)
                    && Self::can_enter(&user.record, records)
            })
            .map(|user| user.record.id)
            .collect()
    }

    /// Whether the user has an active assignment of Tenant Owner.
    #[must_use]
    pub fn holds(user: Id<User>, records: &Records) -> bool {
        active_grants(user, records).any(|(_, role)| role.record.kind == RoleKind::TenantOwner)
    }

    /// Whether the user can come in among the staff: active internal domain, linked login.
    pub(crate) fn can_enter(user: &User, records: &Records) -> bool {
        let domain = records.domains.get(&user.domain);
        let account = user.account.and_then(|it| records.accounts.get(&it));
        let internal = domain.is_some_and(|it| {
            it.record.status == DomainStatus::Active && it.record.kind == DomainKind::Internal
        });
        internal && account.is_some_and(|it| it.record.is_linked())
    }

    /// How many usable owners there are beside this user.
    pub(crate) fn remaining_without(user: Id<User>, records: &Records) -> usize {
        Self::facts(records)
            .into_iter()
            .filter(|it| *it != user)
            .count()
    }

    /// Records that the user is a usable owner now.
    pub(crate) fn add(user: Id<User>, _: OwnersProof, records: &Records, changes: &mut Changeset) {
        Self::change(records, changes, |usable| {
            usable.insert(user);
        });
    }

    /// Records that the user is none any more.
    pub(crate) fn remove(
        user: Id<User>,
        _: OwnersProof,
        records: &Records,
        changes: &mut Changeset,
    ) {
        Self::change(records, changes, |usable| {
            usable.remove(&user);
        });
    }

    /// Writes the record, once in a changeset, so that two changes of the set collide on its version. What makes another owner unusable at the same
    /// time is seen by the audit inside the commit. Where no record was loaded nothing is written, and the audit refuses.
    fn change(
        records: &Records,
        changes: &mut Changeset,
        edit: impl FnOnce(&mut BTreeSet<Id<User>>),
    ) {
        if let Some(written) = changes.owners_mut() {
            edit(&mut written.usable);
        } else if let Some(before) = records.owners.values().next() {
            let mut usable = before.record.usable.clone();
            edit(&mut usable);
            changes.replace(
                before,
                Self {
                    tenant: before.record.tenant,
                    usable,
                },
            );
        }
    }
}

#[cfg(test)]
mod histories;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::{Account, LoginLink},
        role::{Assignment, AssignmentStatus, Role, RoleStatus},
        tenant::Domain,
        world::World,
    };

    /// O1: whatever makes the last owner unusable, by whatever path, the audit refuses; and whatever makes one of two unusable
    /// must be recorded.
    #[test]
    fn the_audit_sees_every_way_to_lose_an_owner() {
        type Damage = fn(&mut Records, Id<User>);
        let ways: [(&str, Damage); 8] = [
            ("user inactive", |records, owner| {
                records.users.get_mut(&owner).unwrap().record.status = UserStatus::Inactive;
            }),
            ("user erased", |records, owner| {
                records.users.remove(&owner);
            }),
            ("login unlinked", |records, owner| {
                let account = records.users[&owner].record.account.unwrap();
                let stored = records.accounts.get_mut(&account).unwrap();
                stored.record = Account {
                    link: LoginLink::Unlinked,
                    ..stored.record.clone()
                };
            }),
            ("login taken off the user", |records, owner| {
                records.users.get_mut(&owner).unwrap().record.account = None;
            }),
            ("assignment inactive", |records, owner| {
                let held = records
                    .assignments
                    .values_mut()
                    .find(|it| it.record.user == owner && it.record.kind == RoleKind::TenantOwner);
                let stored = held.unwrap();
                stored.record = Assignment {
                    status: AssignmentStatus::Inactive,
                    ..stored.record.clone()
                };
            }),
            ("login gone", |records, owner| {
                let account = records.users[&owner].record.account.unwrap();
                records.accounts.remove(&account);
            }),
            ("moved among the patients", |records, owner| {
                records.users.get_mut(&owner).unwrap().record.domain = Domain::PATIENT_CARE;
            }),
            ("assignment erased", |records, owner| {
                records.assignments.retain(|_, it| {
                    it.record.user != owner || it.record.kind != RoleKind::TenantOwner
                });
            }),
        ];
        for (way, damage) in ways {
            let mut world = World::new();
            let mut alone = world.records.clone();
            damage(&mut alone, world.owner);
            assert_eq!(Owners::audit(&alone), Err(OwnersBroken::NoneLeft), "{way}");

            world.add_owner("second@example.org");
            let mut two = world.records.clone();
            damage(&mut two, world.owner);
            assert_eq!(Owners::audit(&two), Err(OwnersBroken::NotRecorded), "{way}");
            two.owners
                .values_mut()
                .next()
                .unwrap()
                .record
                .usable
                .remove(&world.owner);
            assert_eq!(Owners::audit(&two), Ok(()), "{way}");
        }
        let world = World::new();
        let mut closed = world.records.clone();
        let domain = closed.domains.get_mut(&world.domain()).unwrap();
        domain.record = Domain {
            status: DomainStatus::Inactive,
            ..domain.record.clone()
        };
        assert_eq!(Owners::audit(&closed), Err(OwnersBroken::NoneLeft));
        let mut gone = world.records.clone();
        gone.domains.clear();
        assert_eq!(Owners::audit(&gone), Err(OwnersBroken::NoneLeft));
        // The role that counts is the one that is active, whatever it is called.
        for damage in [
            (|it| it.status = RoleStatus::Retired) as fn(&mut Role),
            |it| it.kind = RoleKind::Custom,
        ] {
            let mut records = world.records.clone();
            let role = world.role(RoleKind::TenantOwner);
            damage(&mut records.roles.get_mut(&role).unwrap().record);
            assert_eq!(Owners::audit(&records), Err(OwnersBroken::NoneLeft));
        }
        let mut unrecorded = World::new().records;
        unrecorded.owners.clear();
        assert_eq!(Owners::audit(&unrecorded), Err(OwnersBroken::NotRecorded));
        // Nor may the record name more than there are.
        let mut more = world.records.clone();
        let stranger = World::new().ids.id();
        let recorded = more.owners.values_mut().next().unwrap();
        recorded.record.usable.insert(stranger);
        assert_eq!(Owners::audit(&more), Err(OwnersBroken::NotRecorded));
    }

    /// O1: whatever the change of the owners is, the record is written once in a commit, and none is made where there is none.
    #[test]
    fn the_record_is_written_once() {
        let mut world = World::new();
        let (one, two) = (world.ids.id(), world.ids.id());
        let elevated = world.elevated(world.owner);
        let proof = OwnersProof::Elevated(elevated.elevated().unwrap().1);
        let mut changes = Changeset::new(world.tenant);
        Owners::add(one, proof, &world.records, &mut changes);
        Owners::add(two, proof, &world.records, &mut changes);
        Owners::remove(world.owner, proof, &world.records, &mut changes);
        assert_eq!(changes.writes().len(), 1);
        let written = changes.owners_mut().unwrap();
        assert_eq!(written.tenant, world.tenant);
        assert_eq!(written.usable, [one, two].into());
        assert_eq!(Owners::remaining_without(one, &world.records), 1);
        assert_eq!(Owners::remaining_without(world.owner, &world.records), 0);
        world.records.owners.clear();
        let mut changes = Changeset::new(world.tenant);
        Owners::add(one, proof, &world.records, &mut changes);
        assert!(changes.writes().is_empty());
    }
}
