//! The two ports of Rollcall that the operating system serves: what time it is, and bytes nobody can guess.
//!
//! This is the only place in the workspace that reads a clock or draws randomness; `clippy.toml` forbids it everywhere
//! else, so that every decision can be repeated from what it was given.
//!
//! ```
//! use identity_core::{id::Id, port::{Clock, Random}, user::User};
//! use os_ports::{SystemClock, SystemRandom};
//!
//! let now = SystemClock.now();
//! let user: Id<User> = Id::mint(now, &SystemRandom.entropy()?);
//! assert_eq!(user.as_uuid().get_version_num(), 7);
//! # Ok::<(), identity_core::port::NoRandomness>(())
//! ```

use chrono::Utc;
use identity_core::{
    port::{Clock, NoRandomness, Random},
    time::{Instant, truncate},
};

/// The system's clock, in UTC and whole microseconds. It may step back when the system corrects it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one clock that all others are kept from reading"
    )]
    fn now(&self) -> Instant {
        truncate(Utc::now())
    }
}

/// The system's source of randomness, fit for secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one source that all others are kept from drawing on"
    )]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        getrandom::fill(bytes).map_err(|err| NoRandomness(Box::new(err)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_in_whole_microseconds() {
        let now = SystemClock.now();
        assert_eq!(now, truncate(now));
        assert!(now.timestamp() > 1_700_000_000);
    }

    #[test]
    fn every_byte_is_filled_and_no_two_draws_are_alike() {
        // A byte that is never written stays zero in all of 64 draws; one that is written does so once in 2^512.
        let mut seen = [0; 64];
        let mut draws = std::collections::BTreeSet::new();
        for _ in 0..64 {
            let mut bytes = [0; 64];
            SystemRandom.fill(&mut bytes).unwrap();
            seen.iter_mut().zip(bytes).for_each(|(to, it)| *to |= it);
            draws.insert(bytes);
        }
        assert!(seen.iter().all(|it| *it != 0));
        assert_eq!(draws.len(), 64);
        SystemRandom.fill(&mut []).unwrap();
    }
}
