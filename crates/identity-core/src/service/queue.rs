//! One at a time, in the order in which they came.
//!
//! Acts that all write one record lose the race against each other but for one, and again the next time. Where many are to be
//! expected at once they wait for their turn, within this process; against other processes the record's version still stands.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

/// The queue. Clones are the same queue.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// The ticket that is next to be drawn.
    next: u64,
    /// The ticket whose turn it is.
    serving: u64,
    /// Who waits.
    waiting: BTreeMap<u64, Waker>,
    /// Who went away before their turn.
    gone: BTreeSet<u64>,
}

/// A place in the queue, and once it was waited for, the turn. Dropped, it is the next one's.
#[derive(Debug)]
pub(super) struct Turn {
    queue: Queue,
    ticket: u64,
}

impl Queue {
    /// Waits for one's turn.
    pub(super) async fn turn(&self) -> Turn {
        let turn = Turn {
            queue: self.clone(),
            ticket: self.draw(),
        };
        poll_fn(|context| {
            let mut state = self.state();
            if state.serving == turn.ticket {
                Poll::Ready(())
            } else {
                state.waiting.insert(turn.ticket, context.waker().clone());
                Poll::Pending
            }
        })
        .await;
        turn
    }

    fn draw(&self) -> u64 {
        let mut state = self.state();
        let ticket = state.next;
        state.next += 1;
        ticket
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        state.waiting.remove(&self.ticket);
        state.gone.insert(self.ticket);
        let mut serving = state.serving;
        while state.gone.remove(&serving) {
            serving += 1;
        }
        state.serving = serving;
        let waker = state.waiting.remove(&serving);
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        pin::{Pin, pin},
        sync::atomic::{AtomicUsize, Ordering},
        task::{Context, Wake},
    };

    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn poll<F: Future>(future: Pin<&mut F>, woken: &Arc<Woken>) -> Option<F::Output> {
        let waker = Waker::from(Arc::clone(woken));
        match future.poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(turn) => Some(turn),
            Poll::Pending => None,
        }
    }

    /// Each has the turn alone, in the order in which they came, and is woken for it; whoever goes away is passed over.
    #[test]
    fn each_has_a_turn_in_order() {
        let queue = Queue::default();
        let woken: [_; 4] = std::array::from_fn(|_| Arc::new(Woken(AtomicUsize::new(0))));
        let times = |it: usize| woken[it].0.load(Ordering::Relaxed);
        let (mut first, mut last) = (pin!(queue.turn()), pin!(queue.turn()));
        let turn = poll(first.as_mut(), &woken[0]).unwrap();
        let mut second = Box::pin(queue.turn());
        let mut third = Box::pin(queue.turn());
        assert!(poll(second.as_mut(), &woken[1]).is_none());
        assert!(poll(third.as_mut(), &woken[2]).is_none());
        assert!(poll(last.as_mut(), &woken[3]).is_none());
        drop(second);
        drop(turn);
        assert_eq!([0, 1, 2, 3].map(times), [0, 0, 1, 0]);
        let turn = poll(third.as_mut(), &woken[2]).unwrap();
        assert!(poll(last.as_mut(), &woken[3]).is_none());
        drop(turn);
        assert_eq!(times(3), 1);
        // Gone between being woken and looking.
        drop(poll(last.as_mut(), &woken[3]).unwrap());
        drop(queue.turn());
        let mut next = pin!(queue.turn());
        assert!(poll(next.as_mut(), &woken[0]).is_some());
        assert!(queue.state().waiting.is_empty() && queue.state().gone.is_empty());
    }
}
