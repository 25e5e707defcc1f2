//! Tenant owners: at every instant at least one who is usable (O1).
//!
//! [`Owners`] is the record that stands for the set. It lists the usable owners, and a store compares it with the facts
//! ([`Owners::audit`]) inside every commit that touches them. So whatever changes who is usable must write this record, two
//! such changes collide on its version, and no path, however new, can leave a tenant without an owner.

use crate::{
    authority::active_grants,
    changeset::Changeset,
    id::Id,
    name::Name,
    record::Records,
    role::RoleKind,
    tenant::{DomainStatus, Tenant},
    time::Instant,
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

/// An owner who switched the role on, for one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elevation {
    /// Its identifier, which journal entries name.
    pub id: Id<Self>,
    /// Who.
    pub user: Id<User>,
    /// Why, in their own words; kept here and not in the journal.
    pub reason: Name,
    /// When.
    pub at: Instant,
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

    /// Whether the user can come in at all: active domain, linked login.
    pub(crate) fn can_enter(user: &User, records: &Records) -> bool {
        let domain = records.domains.get(&user.domain);
        let account = user.account.and_then(|it| records.accounts.get(&it));
        domain.is_some_and(|it| it.record.status == DomainStatus::Active)
            && account.is_some_and(|it| it.record.is_linked())
    }

    /// How many usable owners there are beside this user.
    pub(crate) fn remaining_without(user: Id<User>, records: &Records) -> usize {
        Self::facts(records)
            .into_iter()
            .filter(|it| *it != user)
            .count()
    }

    /// Records that the user is a usable owner now.
    pub(crate) fn add(user: Id<User>, records: &Records, changes: &mut Changeset) {
        Self::change(records, changes, |usable| {
            usable.insert(user);
        });
    }

    /// Records that the user is none any more.
    pub(crate) fn remove(user: Id<User>, records: &Records, changes: &mut Changeset) {
        Self::change(records, changes, |usable| {
            usable.remove(&user);
        });
    }

    /// Writes the record, so that two changes of the set collide on its version. What makes another owner unusable at the same
    /// time is seen by the audit inside the commit. Where no record was loaded nothing is written, and the audit refuses.
    fn change(
        records: &Records,
        changes: &mut Changeset,
        edit: impl FnOnce(&mut BTreeSet<Id<User>>),
    ) {
        if let Some(before) = records.owners.values().next() {
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
mod tests {
    use super::*;
    use crate::{
        account::{Account, LoginLink},
        role::{Assignment, AssignmentStatus},
        tenant::Domain,
        world::World,
    };

    /// O1: whatever makes the last owner unusable, by whatever path, the audit refuses; and whatever makes one of two unusable
    /// must be recorded.
    #[test]
    fn the_audit_sees_every_way_to_lose_an_owner() {
        type Damage = fn(&mut Records, Id<User>);
        let ways: [(&str, Damage); 6] = [
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
        let mut closed = World::new().records;
        let domain = closed.domains.values_mut().next().unwrap();
        domain.record = Domain {
            status: DomainStatus::Inactive,
            ..domain.record.clone()
        };
        assert_eq!(Owners::audit(&closed), Err(OwnersBroken::NoneLeft));
        let mut unrecorded = World::new().records;
        unrecorded.owners.clear();
        assert_eq!(Owners::audit(&unrecorded), Err(OwnersBroken::NotRecorded));
    }
}
