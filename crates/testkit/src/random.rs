//! Randomness that repeats itself.

use identity_core::{
    id::Mint,
    port::{Clock, NoRandomness, Random},
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// The same bytes for the same seed (`SplitMix64`), so that a test that failed fails again. Clones draw from one
/// sequence, and so never draw the same bytes. Not fit for secrets.
///
/// ```
/// use identity_core::port::Random;
/// use testkit::random::SeededRandom;
///
/// let random = SeededRandom::new(7);
/// let first = random.entropy()?;
/// assert_ne!(first, random.entropy()?);
/// assert_eq!(first, SeededRandom::new(7).entropy()?);
/// # Ok::<(), identity_core::port::NoRandomness>(())
/// ```
#[derive(Clone, Debug)]
pub struct SeededRandom(Arc<AtomicU64>);

/// What `SplitMix64` counts in: 2^64 divided by the golden ratio, made odd.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl SeededRandom {
    /// The sequence of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seed)))
    }

    fn next(&self) -> u64 {
        let mut it = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ (it >> 31)
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// A source that has none, for the paths that must then do nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct DryRandom;

impl Random for DryRandom {
    fn fill(&self, _: &mut [u8]) -> Result<(), NoRandomness> {
        Err(NoRandomness("nothing to draw from".into()))
    }
}

/// The identifiers of one decision, from these two ports.
#[must_use]
pub fn mint(clock: &impl Clock, random: &impl Random) -> Mint {
    Mint::new(clock.now(), random.entropy().unwrap())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first three numbers of seed 1234567, as the algorithm's authors publish them.
    #[test]
    fn the_sequence_is_splitmix64() {
        let random = SeededRandom::new(1_234_567);
        let drawn: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(
            drawn,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn every_byte_of_any_length_is_filled() {
        let random = SeededRandom::new(1);
        for length in 0..40 {
            let mut seen = vec![0; length];
            for _ in 0..40 {
                let mut bytes = vec![0; length];
                random.fill(&mut bytes).unwrap();
                seen.iter_mut().zip(bytes).for_each(|(to, it)| *to |= it);
            }
            assert!(seen.iter().all(|it| *it != 0));
        }
    }
}
