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

    /// Every owner's records are relied upon too: whoever makes one of them unusable at the same time collides.
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
