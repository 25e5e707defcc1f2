//! What the memory store holds, and how a changeset changes it.

use super::index::{Unique, kept_in, references, tenant_in};
use crate::{broken::Guard, record::stored};
use identity_core::{
    account::Account,
    changeset::{Changeset, Expect, Write},
    id::Id,
    journal::{Hash, Head, Sealed},
    operation::{Operation, OperationKey},
    outbox::Message,
    owner::Owners,
    port::{CommitError, Find, StoreError, load_with},
    record::{Put, Records, Ref, Version},
    tenant::{Domain, Tenant},
    user::User,
};
use std::collections::{BTreeMap, BTreeSet};

/// What stood in a place before it was written.
type Before = (Id<Tenant>, Ref, Option<(Put, Version)>);

/// Everything the store holds.
#[derive(Debug)]
pub(super) struct State {
    /// What is each tenant's and, under [`Tenant::PLATFORM`], what is the platform's.
    pub(super) tenants: BTreeMap<Id<Tenant>, Shard>,
    /// Who has what only one may have in a tenant or on the platform.
    taken: BTreeMap<(Id<Tenant>, Unique), (Id<Tenant>, Ref)>,
    /// How many records refer to this one.
    referrers: BTreeMap<(Id<Tenant>, Ref), usize>,
    without: BTreeSet<Guard>,
}

/// What is one tenant's, or the platform's.
#[derive(Debug, Default)]
pub(super) struct Shard {
    pub(super) records: Records,
    pub(super) journal: Vec<Sealed>,
    pub(super) outbox: Vec<Message>,
    operations: BTreeMap<OperationKey, Operation>,
}

impl State {
    pub(super) fn without(guards: impl IntoIterator<Item = Guard>) -> Self {
        let mut state = Self {
            tenants: BTreeMap::new(),
            taken: BTreeMap::new(),
            referrers: BTreeMap::new(),
            without: guards.into_iter().collect(),
        };
        if state.has(Guard::Seeded) {
            let put = Put::from(Domain::patient_care().unwrap());
            let reference = put.reference();
            state.set(Tenant::PLATFORM, &reference, Some((put, Version::FIRST)));
        }
        state
    }

    pub(super) fn lacks(&self, guard: Guard) -> bool {
        self.without.contains(&guard)
    }

    fn has(&self, guard: Guard) -> bool {
        !self.lacks(guard)
    }

    /// Applies all of a changeset or nothing.
    pub(super) fn commit(&mut self, changes: &Changeset) -> Result<(), CommitError> {
        if self.lacks(Guard::EffectsLast) {
            self.effects(changes);
        }
        self.expect(changes)?;
        let mut undo = Vec::new();
        let outcome = self.write(changes, &mut undo);
        if outcome.is_err() && self.has(Guard::Rollback) {
            for (tenant, reference, before) in undo.into_iter().rev() {
                self.set(tenant, &reference, before);
            }
        }
        outcome?;
        if self.has(Guard::EffectsLast) {
            self.effects(changes);
        }
        Ok(())
    }

    /// Whether the operation key is new and every expectation holds.
    fn expect(&self, changes: &Changeset) -> Result<(), CommitError> {
        let tenant = changes.tenant();
        if let Some(operation) = changes.operation()
            && self.operation(tenant, &operation.key).is_some()
            && self.has(Guard::OneEffectAKey)
            && self.has(Guard::EffectsLast)
        {
            return Err(CommitError::Duplicate { what: "operation" });
        }
        let holds = |it: &Expect| match it {
            Expect::At(reference, version) => {
                self.version(tenant, reference) == Some(*version) || self.lacks(Guard::Expectations)
            }
            Expect::Persons { with, are } => {
                let mut found = Records::default();
                self.find(tenant, &Find::PersonsWithEmail(with.clone()), &mut found);
                found.persons.keys().eq(are) || self.lacks(Guard::Persons)
            }
        };
        if changes.expects().iter().all(holds) {
            Ok(())
        } else {
            Err(CommitError::Stale)
        }
    }

    /// Writes what the changeset writes, and looks at the owners.
    fn write(&mut self, changes: &Changeset, undo: &mut Vec<Before>) -> Result<(), CommitError> {
        let tenant = changes.tenant();
        if self.lacks(Guard::AuditAfterWrites) && changes.touches_owners() {
            // A tenant that is only now created has none yet.
            self.audit(tenant).or_else(|err| match err {
                CommitError::Owners(_) if self.version(tenant, &Ref::Tenant(tenant)).is_none() => {
                    Ok(())
                }
                err => Err(err),
            })?;
        }
        for write in changes.writes() {
            self.write_one(tenant, write, undo)?;
        }
        let is_tenant = self.version(tenant, &Ref::Tenant(tenant)).is_some();
        let of_platform = tenant == Tenant::PLATFORM;
        let stale = match (of_platform, is_tenant) {
            (true, true) => self.has(Guard::PlatformIsNoTenant),
            (true, false) => self.lacks(Guard::Platform),
            (false, is_tenant) => !is_tenant,
        };
        if stale {
            return Err(CommitError::Stale);
        }
        if changes.touches_owners()
            && self.has(Guard::OwnersAudit)
            && self.has(Guard::AuditAfterWrites)
        {
            if !of_platform {
                self.audit(tenant)?;
            }
            if self.has(Guard::AuditElsewhere) {
                for other in self.opened_elsewhere(changes) {
                    self.audit(other)?;
                }
            }
        }
        Ok(())
    }

    fn write_one(
        &mut self,
        tenant: Id<Tenant>,
        write: &Write,
        undo: &mut Vec<Before>,
    ) -> Result<(), CommitError> {
        let (reference, after) = match write {
            Write::Create(put) | Write::Replace(put, _) => (put.reference(), Some(put)),
            Write::Erase(reference, _) => (reference.clone(), None),
        };
        if tenant_in(&reference).is_some_and(|it| it != tenant) && self.has(Guard::TenantInKey) {
            return Err(CommitError::Stale);
        }
        let of_platform =
            matches!(&reference, Ref::Domain(it) if Domain::home(*it, tenant) != tenant);
        if of_platform && self.has(Guard::PlatformsDomain) {
            return Err(CommitError::Stale);
        }
        let tenant = self.home(tenant, &reference);
        let found = self.version(tenant, &reference);
        let version = match write {
            Write::Create(_) if found.is_some() && self.has(Guard::Keys) => {
                return Err(CommitError::Duplicate { what: "record" });
            }
            Write::Create(_) => Version::FIRST,
            Write::Replace(_, thought) | Write::Erase(_, thought) => {
                if found != Some(*thought) && self.has(Guard::Versions) {
                    return Err(CommitError::Stale);
                }
                let found = found.unwrap_or(*thought);
                match self.lacks(Guard::Counting) {
                    true => found,
                    false => found.next(),
                }
            }
        };
        match after {
            Some(put) => self.admit(tenant, put)?,
            None => {
                let referrers = self.referrers.get(&place(tenant, reference.clone()));
                if referrers.is_some_and(|it| *it > 0) && self.has(Guard::Referrers) {
                    return Err(CommitError::Stale);
                }
            }
        }
        let before = self.set(tenant, &reference, after.map(|it| (it.clone(), version)));
        undo.push((tenant, reference, before));
        Ok(())
    }

    /// Whether a record may be put: nothing unique is another's, and what it refers to is there.
    fn admit(&self, tenant: Id<Tenant>, put: &Put) -> Result<(), CommitError> {
        let me = place(tenant, put.reference());
        for unique in Unique::of(put) {
            let (what, guard) = (unique.what(), unique.guard());
            let holder = self.taken.get(&unique_place(tenant, unique));
            if holder.is_some_and(|it| *it != me) && self.has(guard) {
                return Err(CommitError::Duplicate { what });
            }
        }
        for reference in references(tenant, put) {
            if self.version(tenant, &reference).is_none() && self.has(Guard::References) {
                return Err(CommitError::Stale);
            }
        }
        if self.says_another_kind(tenant, put) && self.has(Guard::Kinds) {
            return Err(CommitError::Stale);
        }
        Ok(())
    }

    /// Whether an assignment and its role would say different things of what the role is.
    fn says_another_kind(&self, tenant: Id<Tenant>, put: &Put) -> bool {
        let Some(Shard { records, .. }) = self.tenants.get(&tenant) else {
            return false;
        };
        match put {
            Put::Assignment(it) => {
                let role = records.roles.get(&it.role);
                role.is_some_and(|role| role.record.kind != it.kind)
            }
            Put::Role(role) => {
                let mut all = records.assignments.values().map(|it| &it.record);
                all.any(|it| it.role == role.id && it.kind != role.kind)
            }
            _ => false,
        }
    }

    /// Puts a record, or takes it away, and says what stood there. Keeps the indexes; checks nothing.
    fn set(
        &mut self,
        tenant: Id<Tenant>,
        reference: &Ref,
        after: Option<(Put, Version)>,
    ) -> Option<(Put, Version)> {
        let before = self.record(tenant, reference);
        let me = place(tenant, reference.clone());
        if let Some((put, _)) = &before {
            for unique in Unique::of(put) {
                let place = unique_place(tenant, unique);
                if self.taken.get(&place) == Some(&me) {
                    self.taken.remove(&place);
                }
            }
            for it in references(tenant, put) {
                *self.referrers.entry(place(tenant, it)).or_default() -= 1;
            }
        }
        if let Some((put, _)) = &after {
            for unique in Unique::of(put) {
                self.taken.insert(unique_place(tenant, unique), me.clone());
            }
            for it in references(tenant, put) {
                *self.referrers.entry(place(tenant, it)).or_default() += 1;
            }
        }
        let shard = self.tenants.entry(kept_in(tenant, reference));
        let records = &mut shard.or_default().records;
        match after {
            Some((put, version)) => records.insert(put, version),
            None => records.remove(reference),
        }
        before
    }

    /// The journal, the outbox and the answer: what happens once nothing can be refused any more.
    fn effects(&mut self, changes: &Changeset) {
        let (tenant, without) = (changes.tenant(), &self.without);
        let shard = self.tenants.entry(tenant).or_default();
        if !without.contains(&Guard::Journal) {
            for entry in changes.entries() {
                let head = shard.journal.last().map(Sealed::head).unwrap_or_default();
                let head = Head {
                    hash: match without.contains(&Guard::Chain) {
                        true => Hash::default(),
                        false => head.hash,
                    },
                    ..head
                };
                shard.journal.push(head.seal(tenant, entry));
            }
        }
        if !without.contains(&Guard::Outbox) {
            shard.outbox.extend(changes.messages().iter().cloned());
        }
        if let Some(operation) = changes.operation()
            && !without.contains(&Guard::Answers)
        {
            shard
                .operations
                .insert(operation.key.clone(), operation.clone());
        }
    }

    fn audit(&self, tenant: Id<Tenant>) -> Result<(), CommitError> {
        let records = load_with(vec![Find::Owners], |find, records| {
            self.find(tenant, find, records);
            Ok::<_, StoreError>(())
        })?;
        Ok(Owners::audit(&records)?)
    }

    /// The other tenants into which the accounts open that the changeset changes: an account is the platform's, and so may
    /// be what makes an owner usable in more tenants than one.
    fn opened_elsewhere(&self, changes: &Changeset) -> Vec<Id<Tenant>> {
        let changed: Vec<Id<Account>> = changes
            .writes()
            .iter()
            .filter_map(|write| match write {
                Write::Replace(Put::Account(it), _) => Some(it.id),
                Write::Erase(Ref::Account(it), _) => Some(*it),
                Write::Create(_) | Write::Replace(..) | Write::Erase(..) => None,
            })
            .collect();
        let opened = |user: &User| user.account.is_some_and(|it| changed.contains(&it));
        self.tenants
            .iter()
            .filter(|(tenant, shard)| {
                **tenant != changes.tenant()
                    && shard.records.users.values().any(|it| opened(&it.record))
            })
            .map(|(tenant, _)| *tenant)
            .collect()
    }

    pub(super) fn operation(&self, tenant: Id<Tenant>, key: &OperationKey) -> Option<Operation> {
        self.tenants.get(&tenant)?.operations.get(key).cloned()
    }

    /// Who has something unique.
    pub(super) fn holder(&self, tenant: Id<Tenant>, unique: Unique) -> Option<&(Id<Tenant>, Ref)> {
        self.taken.get(&unique_place(tenant, unique))
    }

    /// The record with this key, in the eyes of this tenant.
    pub(super) fn record(&self, tenant: Id<Tenant>, reference: &Ref) -> Option<(Put, Version)> {
        stored(self.shelf(tenant, reference)?, reference)
    }

    fn version(&self, tenant: Id<Tenant>, reference: &Ref) -> Option<Version> {
        self.shelf(tenant, reference)?.version(reference)
    }

    fn shelf(&self, tenant: Id<Tenant>, reference: &Ref) -> Option<&Records> {
        let shard = self.tenants.get(&kept_in(tenant, reference))?;
        Some(&shard.records)
    }

    /// The tenant in which a key is looked up: the one that asks, unless a guard is lacking.
    fn home(&self, tenant: Id<Tenant>, reference: &Ref) -> Id<Tenant> {
        if self.has(Guard::IsolatedWrites) || self.version(tenant, reference).is_some() {
            return tenant;
        }
        let others = self.tenants.keys().copied();
        others
            .into_iter()
            .find(|it| self.version(*it, reference).is_some())
            .unwrap_or(tenant)
    }
}

fn unique_place(tenant: Id<Tenant>, unique: Unique) -> (Id<Tenant>, Unique) {
    let scope = match unique.is_of_platform() {
        true => Tenant::PLATFORM,
        false => tenant,
    };
    (scope, unique)
}

/// Where a record is: what is the platform's is the same from every tenant.
fn place(tenant: Id<Tenant>, reference: Ref) -> (Id<Tenant>, Ref) {
    (kept_in(tenant, &reference), reference)
}
