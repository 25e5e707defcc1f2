//! A store in memory: the reference that every other store is compared with.
//!
//! One mutex, ordered maps, and no cleverness. A commit writes record by record, remembers what stood in each place, and puts
//! it back when anything is refused.

mod directory;
mod find;
mod index;
mod state;

use crate::broken::Guard;
use identity_core::{
    changeset::Changeset,
    id::Id,
    operation::{Operation, OperationKey},
    port::{CommitError, Find, Store, StoreError, load_with},
    record::Records,
    tenant::Tenant,
};
use state::State;
use std::{
    future::{Future, poll_fn},
    sync::{Arc, Mutex, MutexGuard},
    task::Poll,
};

/// A store in memory. Clones are the same store.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
}

impl MemoryStore {
    /// A store with nothing but the platform's patient care domain.
    #[must_use]
    pub fn new() -> Self {
        Self::without([])
    }

    /// Such a store that lacks these guards: a [broken twin](crate::broken), for proving the contract and for nothing
    /// else.
    #[must_use]
    pub fn without(guards: impl IntoIterator<Item = Guard>) -> Self {
        Self {
            state: Arc::new(Mutex::new(State::without(guards))),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Store for MemoryStore {
    async fn load(&self, tenant: Id<Tenant>, finds: Vec<Find>) -> Result<Records, StoreError> {
        if self.state().lacks(Guard::OneInstant) {
            return self.load_in_pieces(tenant, finds).await;
        }
        let state = self.state();
        load_with(finds, |find, records| {
            state.find(tenant, find, records);
            Ok(())
        })
    }

    async fn operation(
        &self,
        tenant: Id<Tenant>,
        key: OperationKey,
    ) -> Result<Option<Operation>, StoreError> {
        Ok(self.state().operation(tenant, &key))
    }

    fn commit(&self, changes: Changeset) -> impl Future<Output = Result<(), CommitError>> + Send {
        let lazy = self.state().lacks(Guard::EagerCommit);
        let done = (!lazy).then(|| self.state().commit(&changes));
        async move {
            match done {
                Some(done) => done,
                None => self.state().commit(&changes),
            }
        }
    }
}

impl MemoryStore {
    /// What [`Guard::OneInstant`] keeps from happening: others commit between two look-ups of one load.
    async fn load_in_pieces(
        &self,
        tenant: Id<Tenant>,
        finds: Vec<Find>,
    ) -> Result<Records, StoreError> {
        let mut all = Records::default();
        for find in finds {
            let found = load_with(vec![find], |find, records| {
                self.state().find(tenant, find, records);
                Ok::<_, StoreError>(())
            })?;
            all.persons.extend(found.persons);
            all.users.extend(found.users);
            pass().await;
        }
        Ok(all)
    }
}

/// Lets others run first.
pub(crate) async fn pass() {
    let mut passed = false;
    poll_fn(|context| {
        if passed {
            return Poll::Ready(());
        }
        passed = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
