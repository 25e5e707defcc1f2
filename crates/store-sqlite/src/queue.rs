//! Work that waits for a thread.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

/// A queue between callers and the threads that work for them.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
}

#[derive(Debug)]
struct State<T> {
    waiting: VecDeque<T>,
    closed: bool,
}

impl<T> Queue<T> {
    pub(crate) const fn new() -> Self {
        Self {
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                closed: false,
            }),
            filled: Condvar::new(),
        }
    }

    /// Adds some work. Where the queue is closed it is dropped, and with it whatever would have carried the answer, so that
    /// whoever waits for that is told.
    pub(crate) fn push(&self, work: T) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        state.waiting.push_back(work);
        drop(state);
        self.filled.notify_one();
    }

    /// Waits for work and takes the first; `None` when the queue is closed and all of it is done.
    pub(crate) fn take(&self) -> Option<T> {
        self.filled().waiting.pop_front()
    }

    /// Waits for work and takes all that waits, in order, until `full` says of the next one that it is too much.
    pub(crate) fn take_group(&self, mut full: impl FnMut(&T) -> bool) -> Vec<T> {
        let mut state = self.filled();
        let mut group: Vec<T> = state.waiting.pop_front().into_iter().collect();
        if let Some(first) = group.first() {
            full(first);
        }
        while let Some(next) = state.waiting.pop_front_if(|it| !full(it)) {
            group.push(next);
        }
        group
    }

    /// Takes no more work. What waits is still done.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }

    /// Takes no more work and drops what waits.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.closed = true;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        drop(waiting);
        self.filled.notify_all();
    }

    fn filled(&self) -> MutexGuard<'_, State<T>> {
        self.filled
            .wait_while(self.lock(), |it| it.waiting.is_empty() && !it.closed)
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// No code that can panic runs under the lock, so that a poisoned one still guards a whole state.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_what_waits_until_it_is_full() {
        let queue = Queue::new();
        (0..5).for_each(|it| queue.push(it));
        let mut sum = 0;
        let group = queue.take_group(|it| {
            sum += it;
            sum > 4
        });
        assert_eq!(group, [0, 1, 2]);
        assert_eq!(queue.take(), Some(3));
    }

    #[test]
    fn a_single_work_that_is_too_much_is_a_group_of_its_own() {
        let queue = Queue::new();
        queue.push(1);
        queue.push(2);
        assert_eq!(queue.take_group(|_| true), [1]);
    }

    #[test]
    fn what_waits_when_the_queue_closes_is_still_done() {
        let queue = Queue::new();
        queue.push(1);
        queue.close();
        queue.push(2);
        assert_eq!(queue.take(), Some(1));
        assert_eq!(queue.take(), None);
        assert!(queue.take_group(|_| false).is_empty());
    }
}
