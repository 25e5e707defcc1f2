//! Collisions, forced: several racers load, and none commits before all have decided.
//!
//! A race that is started and hoped for proves nothing. Here every racer has a store of its own over the same records.
//! The first commit of each is held until every racer has one, then they are let through one after the other in an
//! order the test chooses; what follows (a loser's second attempt) waits until all first commits are through. There is
//! no sleeping and no runtime in it: any executor will do, also a single thread.
//!
//! ```
//! # use identity_core::{changeset::Changeset, id::Id, port::{CommitError, Store}, time::instant_from_micros};
//! # use std::sync::Arc;
//! # use testkit::{memory::MemoryStore, rendezvous::meet};
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! # let tenant = Id::mint(instant_from_micros(0).unwrap(), &[0; 10]);
//! let [one, two] = meet(&Arc::new(MemoryStore::new()), [1, 0]);
//! let (first, second) = tokio::join!(
//!     one.commit(Changeset::new(tenant)), // is let through second
//!     two.commit(Changeset::new(tenant)), // is let through first
//! );
//! # assert!(matches!((first, second), (Err(CommitError::Stale), Err(CommitError::Stale))));
//! # });
//! # Ok::<(), std::io::Error>(())
//! ```

use identity_core::{
    changeset::Changeset,
    id::Id,
    operation::{Operation, OperationKey},
    port::{CommitError, Find, Store, StoreError},
    record::Records,
    tenant::Tenant,
};
use std::{
    future::{Future, poll_fn},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Poll, Waker},
};

/// The stores of `N` racers over one store. `order` names the racers, counted from 0, in the order in which their first
/// commits are let through.
///
/// A racer that is dropped without a commit, since it was refused before, is not waited for.
#[must_use]
pub fn meet<S: Store, const N: usize>(store: &Arc<S>, order: [usize; N]) -> [Racer<S>; N] {
    let mut sorted = order;
    sorted.sort_unstable();
    assert!(
        sorted.iter().enumerate().all(|(place, it)| place == *it),
        "the order must name each racer once"
    );
    let gate = Arc::new(Gate(Mutex::new(State {
        order: order.to_vec(),
        stages: vec![Stage::Coming; N],
        waiting: Vec::new(),
    })));
    std::array::from_fn(|number| Racer {
        store: Arc::clone(store),
        gate: Arc::clone(&gate),
        number,
        held: AtomicBool::new(false),
    })
}

/// The store of one racer.
#[derive(Debug)]
pub struct Racer<S> {
    store: Arc<S>,
    gate: Arc<Gate>,
    number: usize,
    /// Whether its first commit was held already.
    held: AtomicBool,
}

#[derive(Debug)]
struct Gate(Mutex<State>);

#[derive(Debug)]
struct State {
    order: Vec<usize>,
    stages: Vec<Stage>,
    waiting: Vec<Waker>,
}

/// How far the first commit of a racer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Coming,
    Held,
    /// Through, refused, given up, or never to come.
    Over,
}

impl State {
    /// Whether this racer may commit: everybody is there, and everybody before it is through.
    fn may_go(&self, number: usize) -> bool {
        let all_there = self.stages.iter().all(|it| *it != Stage::Coming);
        let mut before = self.order.iter().take_while(|it| **it != number);
        all_there && before.all(|it| self.stages[*it] == Stage::Over)
    }

    fn all_over(&self) -> bool {
        self.stages.iter().all(|it| *it == Stage::Over)
    }
}

impl Gate {
    fn enter(&self, number: usize, stage: Stage) {
        let waiting = {
            let mut state = self.0.lock().unwrap();
            state.stages[number] = stage;
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    async fn until(&self, open: impl Fn(&State) -> bool) {
        poll_fn(|context| {
            let mut state = self.0.lock().unwrap();
            if open(&state) {
                return Poll::Ready(());
            }
            state.waiting.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// Lets the others go on, also when the future of a held commit is dropped.
struct Turn<'a>(&'a Gate, usize);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.enter(self.1, Stage::Over);
    }
}

impl<S> Drop for Racer<S> {
    fn drop(&mut self) {
        self.gate.enter(self.number, Stage::Over);
    }
}

impl<S: Store> Store for Racer<S> {
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
        let first = !self.held.swap(true, Ordering::SeqCst);
        if first {
            self.gate.enter(self.number, Stage::Held);
        }
        let turn = first.then(|| Turn(&self.gate, self.number));
        async move {
            match turn {
                Some(turn) => {
                    self.gate.until(|it| it.may_go(self.number)).await;
                    let outcome = self.store.commit(changes).await;
                    drop(turn);
                    outcome
                }
                None => {
                    self.gate.until(State::all_over).await;
                    self.store.commit(changes).await
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{contract::Harness, memory::MemoryStore};
    use identity_core::person::Person;

    /// Both load version 1 and write; whoever is let through first wins, whatever the order of the calls.
    #[test]
    fn the_order_decides_who_wins() {
        for (order, winner) in [([0, 1], 0), ([1, 0], 1)] {
            crate::contract::block_on(async {
                let harness = Harness::new(MemoryStore::new());
                let hospital = harness.hospital().await.unwrap();
                let racers = meet(&harness.store, order);
                let person = hospital.owners[0].person;
                let replace = async |racer: &Racer<MemoryStore>| {
                    let records = racer
                        .load(hospital.tenant, vec![Find::Person(person)])
                        .await
                        .unwrap();
                    let before = &records.persons[&person];
                    let mut changes = Changeset::new(hospital.tenant);
                    let after = Person {
                        mobile: None,
                        ..before.record.clone()
                    };
                    changes.replace(before, after);
                    racer.commit(changes).await
                };
                let (one, two) = tokio::join!(replace(&racers[0]), replace(&racers[1]));
                assert_eq!([one.is_ok(), two.is_ok()], [winner == 0, winner == 1]);
                replace(&racers[1 - winner]).await.unwrap();
            });
        }
    }

    #[test]
    fn a_racer_that_never_commits_is_not_waited_for() {
        crate::contract::block_on(async {
            let harness = Harness::new(MemoryStore::new());
            let hospital = harness.hospital().await.unwrap();
            let [one, two] = meet(&harness.store, [1, 0]);
            let gives_up = async move { drop(two) };
            let commits = one.commit(Changeset::new(hospital.tenant));
            let (outcome, ()) = tokio::join!(commits, gives_up);
            outcome.unwrap();
        });
    }
}
