//! Instants: UTC, in whole microseconds, always passed in and never read here.

use chrono::{DateTime, SubsecRound, Utc};

/// A point in time, UTC, truncated to whole microseconds by [`truncate`].
pub type Instant = DateTime<Utc>;

/// Cuts an instant to whole microseconds, the precision that every store keeps.
///
/// Clocks call this, so that an instant read back from a store equals the one that was written.
#[must_use]
pub fn truncate(instant: Instant) -> Instant {
    instant.trunc_subsecs(6)
}

/// The instant this many microseconds after 1970-01-01T00:00:00Z, or `None` outside chrono's range.
#[must_use]
pub const fn instant_from_micros(micros: i64) -> Option<Instant> {
    DateTime::from_timestamp_micros(micros)
}
