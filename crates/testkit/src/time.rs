//! A clock that shows what a test wants.

use chrono::TimeDelta;
use identity_core::{
    port::Clock,
    time::{Instant, instant_from_micros},
};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// A clock that stands still until it is told otherwise. Clones show the same time.
///
/// ```
/// use chrono::TimeDelta;
/// use identity_core::port::Clock;
/// use testkit::time::FixedClock;
///
/// let clock = FixedClock::default();
/// let start = clock.now();
/// clock.step(TimeDelta::minutes(15));
/// assert_eq!(clock.now() - start, TimeDelta::minutes(15));
/// clock.step(TimeDelta::minutes(-20));
/// assert!(clock.now() < start);
/// ```
#[derive(Clone, Debug)]
pub struct FixedClock(Arc<AtomicI64>);

impl FixedClock {
    /// A clock that shows this instant.
    #[must_use]
    pub fn at(instant: Instant) -> Self {
        Self(Arc::new(AtomicI64::new(instant.timestamp_micros())))
    }

    /// Shows this instant from now on, be it later or earlier.
    pub fn set(&self, instant: Instant) {
        self.0.store(instant.timestamp_micros(), Ordering::SeqCst);
    }

    /// Moves the time by this much; back, as a clock that is corrected does, when it is negative.
    pub fn step(&self, by: TimeDelta) {
        let micros = by.num_microseconds().unwrap();
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Default for FixedClock {
    /// A clock that shows 2026-07-01T08:00:00Z, the morning on which residents begin.
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(1_782_892_800_000_000)))
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Instant {
        instant_from_micros(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_first_of_july_2026() {
        assert_eq!(
            FixedClock::default().now().to_rfc3339(),
            "2026-07-01T08:00:00+00:00"
        );
    }

    #[test]
    fn clones_show_the_same_time() {
        let clock = FixedClock::default();
        let other = clock.clone();
        let instant = instant_from_micros(7).unwrap();
        clock.set(instant);
        assert_eq!(other.now(), instant);
    }
}
