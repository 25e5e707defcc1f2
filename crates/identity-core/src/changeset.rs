//! What a decision asks of a store: all of it or none of it.

use crate::{
    email::EmailKey,
    hcp::Hcp,
    id::Id,
    journal::Entry,
    operation::Operation,
    outbox::Message,
    owner::Owners,
    person::Person,
    record::{Put, Record, Ref, Stored, Version},
    role::RoleKind,
    tenant::Tenant,
};
use std::collections::BTreeSet;

/// A fact the decision relied on without changing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// This record is still at this version.
    At(Ref, Version),
    /// These persons of the tenant, in the order of their ids, and no others have this e-mail address.
    Persons {
        /// the address
        with: EmailKey,
        /// who has it
        are: Vec<Id<Person>>,
    },
}

/// One change of one record. Each carries the expectation it rests on, so that nothing is ever written by
/// its id alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// A record that is not there yet, neither by its key nor by anything else of it that is unique.
    Create(Put),
    /// A record to put in the place of the one at this version.
    Replace(Put, Version),
    /// A record to take away, at this version.
    Erase(Ref, Version),
}

/// One atomic change of one tenant: a store commits it if every expectation holds, else nothing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a changeset does nothing until it is committed"]
pub struct Changeset {
    tenant: Id<Tenant>,
    expects: Vec<Expect>,
    /// What `expects` holds already: many steps of one plan rely on the same role and domain.
    relied: BTreeSet<Ref>,
    writes: Vec<Write>,
    entries: Vec<Entry>,
    messages: Vec<Message>,
    operation: Option<Operation>,
}

impl Changeset {
    /// An empty change of this tenant.
    pub const fn new(tenant: Id<Tenant>) -> Self {
        Self {
            tenant,
            expects: Vec::new(),
            relied: BTreeSet::new(),
            writes: Vec::new(),
            entries: Vec::new(),
            messages: Vec::new(),
            operation: None,
        }
    }

    /// Relies on a record as it was loaded.
    pub fn rely<T: Record>(&mut self, stored: &Stored<T>) {
        let reference = stored.record.reference();
        if self.relied.insert(reference.clone()) {
            self.expects.push(Expect::At(reference, stored.version));
        }
    }

    /// Relies on who has an e-mail address.
    pub fn rely_on_persons(&mut self, with: EmailKey, mut are: Vec<Id<Person>>) {
        are.sort_unstable();
        self.expects.push(Expect::Persons { with, are });
    }

    /// Relies on whatever `other` relies on: for an act that passes several checks, each of which began a changeset.
    /// Nothing else of `other` is taken over.
    pub fn rely_as(&mut self, other: &Self) {
        for expect in &other.expects {
            let new = match expect {
                Expect::At(reference, _) => self.relied.insert(reference.clone()),
                Expect::Persons { .. } => !self.expects.contains(expect),
            };
            if new {
                self.expects.push(expect.clone());
            }
        }
    }

    /// Adds a record that is not there yet.
    pub fn create(&mut self, record: impl Record) {
        self.writes.push(Write::Create(record.into()));
    }

    /// Puts a record in the place of the one that was loaded.
    pub fn replace<T: Record>(&mut self, before: &Stored<T>, after: T) {
        self.writes
            .push(Write::Replace(after.into(), before.version));
    }

    /// Takes a record away.
    pub fn erase<T: Record>(&mut self, before: &Stored<T>) {
        self.writes
            .push(Write::Erase(before.record.reference(), before.version));
    }

    /// The owners' record that this changeset puts, if it puts one.
    pub(crate) fn owners_mut(&mut self) -> Option<&mut Owners> {
        self.writes.iter_mut().find_map(|it| match it {
            Write::Replace(Put::Owners(owners), _) => Some(owners),
            Write::Replace(..) | Write::Create(_) | Write::Erase(..) => None,
        })
    }

    /// The healthcare party that this changeset puts in the place of what was loaded, if it does.
    pub(crate) fn hcp_mut(&mut self, id: Id<Hcp>) -> Option<&mut Hcp> {
        self.writes.iter_mut().find_map(|it| match it {
            Write::Replace(Put::Hcp(hcp), _) if hcp.id == id => Some(hcp),
            Write::Replace(..) | Write::Create(_) | Write::Erase(..) => None,
        })
    }

    /// Records what happened.
    pub fn enter(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Hands a mail to the outbox.
    pub fn send(&mut self, message: Message) {
        self.messages.push(message);
    }

    /// Keeps the answer under the caller's key.
    pub fn answer(&mut self, operation: Operation) {
        self.operation = Some(operation);
    }

    /// The tenant whose records these are.
    #[must_use]
    pub const fn tenant(&self) -> Id<Tenant> {
        self.tenant
    }

    /// What must still hold, beside what each write expects of its own record.
    #[must_use]
    pub fn expects(&self) -> &[Expect] {
        &self.expects
    }

    /// The changes, in the order in which they must be applied.
    #[must_use]
    pub fn writes(&self) -> &[Write] {
        &self.writes
    }

    /// What to append to the tenant's journal, in this order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What to put into the outbox.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The answer to keep, and under which key.
    #[must_use]
    pub const fn operation(&self) -> Option<&Operation> {
        self.operation.as_ref()
    }

    /// Whether the store must look at the owners again, after the writes and before the commit
    /// ([`Owners::audit`](crate::owner::Owners::audit)): whenever something was written that makes an owner
    /// usable or not.
    ///
    /// This is the one place that knows which writes those are, so that no decision can forget (O1). A new user,
    /// account or domain changes no owner until an assignment names it.
    #[must_use]
    pub fn touches_owners(&self) -> bool {
        self.writes.iter().any(|write| match write {
            Write::Create(Put::Assignment(assignment)) => assignment.kind == RoleKind::TenantOwner,
            Write::Create(Put::Tenant(_) | Put::Owners(_)) => true,
            Write::Create(_) => false,
            Write::Replace(put, _) => match put {
                Put::User(_)
                | Put::Assignment(_)
                | Put::Domain(_)
                | Put::Account(_)
                | Put::Role(_)
                | Put::Owners(_) => true,
                Put::Tenant(_)
                | Put::Person(_)
                | Put::Hcp(_)
                | Put::Link(_)
                | Put::NotSame(_)
                | Put::Integration(_)
                | Put::Roster(_)
                | Put::RosterPerson(_)
                | Put::Plan(_)
                | Put::Step(_)
                | Put::Import(_)
                | Put::RejectedRow(_)
                | Put::ApiToken(_)
                | Put::Session(_)
                | Put::Proposal(_)
                | Put::Credential(_)
                | Put::Tries(_)
                | Put::Elevation(_) => false,
            },
            Write::Erase(reference, _) => match reference {
                Ref::User(_)
                | Ref::Assignment(_)
                | Ref::Domain(_)
                | Ref::Account(_)
                | Ref::Role(_)
                | Ref::Owners(_)
                | Ref::Tenant(_) => true,
                Ref::Person(_)
                | Ref::Hcp(_)
                | Ref::Link(_)
                | Ref::NotSame(_)
                | Ref::Integration(_)
                | Ref::Roster(_)
                | Ref::RosterPerson(_)
                | Ref::Plan(_)
                | Ref::Step(_)
                | Ref::Import(_)
                | Ref::RejectedRow(_)
                | Ref::ApiToken(_)
                | Ref::Session(_)
                | Ref::Proposal(_)
                | Ref::Credential(_)
                | Ref::Tries(_)
                | Ref::Elevation(_) => false,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        email::Email,
        record::Table,
        world::{World, relies_on},
    };

    /// The first record of a kind.
    fn any<T: Record>(table: &Table<T>) -> Stored<T> {
        table.values().next().unwrap().clone()
    }

    /// What replacing a record of this kind, and what erasing it, has to do with the owners.
    fn touches<T: Record>(tenant: Id<Tenant>, table: &Table<T>) -> (bool, bool) {
        let stored = any(table);
        let (mut replaced, mut erased) = (Changeset::new(tenant), Changeset::new(tenant));
        replaced.replace(&stored, stored.record.clone());
        erased.erase(&stored);
        (replaced.touches_owners(), erased.touches_owners())
    }

    /// O1: every write that can make an owner usable or not brings the audit on, and no other does.
    #[test]
    fn whatever_makes_an_owner_usable_or_not_is_audited() {
        let world = World::new();
        let (tenant, records) = (world.tenant, &world.records);
        for (what, touched) in [
            ("user", touches(tenant, &records.users)),
            ("assignment", touches(tenant, &records.assignments)),
            ("domain", touches(tenant, &records.domains)),
            ("account", touches(tenant, &records.accounts)),
            ("role", touches(tenant, &records.roles)),
            ("owners", touches(tenant, &records.owners)),
        ] {
            assert_eq!(touched, (true, true), "{what}");
        }
        assert_eq!(touches(tenant, &records.tenants), (false, true));
        assert_eq!(touches(tenant, &records.persons), (false, false));

        let created = |put: Put| {
            let mut changes = Changeset::new(tenant);
            changes.writes.push(Write::Create(put));
            changes.touches_owners()
        };
        assert!(created(any(&records.tenants).record.into()));
        assert!(created(any(&records.owners).record.into()));
        assert!(!created(any(&records.users).record.into()));
        for assignment in records.assignments.values() {
            let owner = assignment.record.kind == RoleKind::TenantOwner;
            assert_eq!(created(assignment.record.clone().into()), owner);
        }
    }

    #[test]
    fn persons_relied_on_are_in_the_order_of_their_ids() {
        let mut world = World::new();
        let key = Email::parse("ada@example.org").unwrap().key().clone();
        let (one, two) = (world.ids.id(), world.ids.id());
        let mut changes = Changeset::new(world.tenant);
        changes.rely_on_persons(key.clone(), vec![two, one]);
        let are = vec![one, two];
        assert_eq!(changes.expects(), [Expect::Persons { with: key, are }]);
    }

    /// A1: an act that passes two checks relies on what either looked at, each once, and does nothing else of the second.
    #[test]
    fn what_another_check_relied_on_is_taken_over() {
        let world = World::new();
        let (user, role) = (any(&world.records.users), any(&world.records.roles));
        let mut one = Changeset::new(world.tenant);
        one.rely(&user);
        let mut two = Changeset::new(world.tenant);
        two.rely(&user);
        two.rely(&role);
        two.erase(&role);
        one.rely_as(&two);
        assert_eq!(one.expects().len(), 2);
        assert!(relies_on(&one, &role.record.reference()));
        assert!(one.writes().is_empty());
    }
}
