//! A store whose answers get lost, at the commit the test names (J4).

use identity_core::{
    changeset::Changeset,
    id::Id,
    operation::{Operation, OperationKey},
    port::{CommitError, Find, Store, StoreError},
    record::Records,
    tenant::Tenant,
};
use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The changeset is committed, and the answer is lost: the outcome is unknown.
    AnswerLost,
    /// The changeset is lost, and so is the answer: the outcome is unknown too.
    ChangesLost,
    /// The store cannot be reached, and says so: nothing was committed.
    Unreachable,
}

/// A store with faults.
#[derive(Clone, Debug)]
pub struct FaultyStore<S> {
    store: Arc<S>,
    faults: BTreeMap<usize, Fault>,
    commits: Arc<AtomicUsize>,
}

impl<S: Store> FaultyStore<S> {
    /// The store without a fault yet.
    #[must_use]
    pub fn new(store: Arc<S>) -> Self {
        Self {
            store,
            faults: BTreeMap::new(),
            commits: Arc::default(),
        }
    }

    /// Lets the `nth` commit go wrong, counted from 1.
    #[must_use]
    pub fn with(mut self, nth: usize, fault: Fault) -> Self {
        self.faults.insert(nth, fault);
        self
    }

    /// How many commits there were, those that went wrong among them.
    #[must_use]
    pub fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }
}

impl<S: Store> Store for FaultyStore<S> {
    fn load(
        &self,
        tenant: Id<Tenant>,
        finds: Vec<Find>,
    ) -> impl Future<Output = Result<Records, StoreError>> + Send {
        self.store.load(tenant, finds)
    }

    fn operation(
        &self,
        tenant: Id<Tenant>,
        key: OperationKey,
    ) -> impl Future<Output = Result<Option<Operation>, StoreError>> + Send {
        self.store.operation(tenant, key)
    }

    fn commit(&self, changes: Changeset) -> impl Future<Output = Result<(), CommitError>> + Send {
        let nth = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        let fault = self.faults.get(&nth).copied();
        let reaches = matches!(fault, None | Some(Fault::AnswerLost));
        let commit = reaches.then(|| self.store.commit(changes));
        async move {
            let outcome = match commit {
                Some(commit) => commit.await,
                None => Ok(()),
            };
            match fault {
                None => outcome,
                Some(Fault::AnswerLost | Fault::ChangesLost) => {
                    Err(CommitError::Unknown("the answer was lost".into()))
                }
                Some(Fault::Unreachable) => {
                    Err(StoreError::Unavailable("the store is out of reach".into()).into())
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{contract::Harness, memory::MemoryStore};
    use identity_core::{
        journal::{By, Entry, Event},
        port::{Clock, Directory, Page},
    };

    #[test]
    fn only_the_named_commit_goes_wrong_and_each_fault_does_what_it_says() {
        crate::contract::block_on(async {
            let harness = Harness::new(MemoryStore::new());
            let hospital = harness.hospital().await.unwrap();
            let memory = Arc::clone(&harness.store);
            let length = async || {
                let page = Page::first(1000);
                memory.journal(hospital.tenant, page).await.unwrap().len()
            };
            for (fault, committed) in [
                (Fault::AnswerLost, 1),
                (Fault::ChangesLost, 0),
                (Fault::Unreachable, 0),
            ] {
                let store = FaultyStore::new(Arc::clone(&memory)).with(2, fault);
                let commit = async || {
                    let mut changes = Changeset::new(hospital.tenant);
                    changes.enter(Entry {
                        at: harness.clock.now(),
                        by: By::Operator,
                        event: Event::IntegrationConnected,
                    });
                    store.commit(changes).await
                };
                let before = length().await;
                commit().await.unwrap();
                let err = commit().await.unwrap_err();
                let unknown = matches!(err, CommitError::Unknown(_));
                assert_eq!(unknown, fault != Fault::Unreachable);
                commit().await.unwrap();
                assert_eq!(length().await - before, 2 + committed);
                assert_eq!(store.commits(), 3);
            }
        });
    }
}
