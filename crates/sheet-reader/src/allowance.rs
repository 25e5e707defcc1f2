//! What may still be read of a file, so that a small one cannot stand for a great deal.

use crate::Limits;
use identity_core::sheet::{Budget, FileRefusal};
use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// No single element, text or comment of a spreadsheet is longer.
const LONGEST_TOKEN: usize = 1 << 20;
/// Starts, ends and texts of elements, in all parts. A table that fills all its bytes with cells and shared
/// texts has fewer; markup of a few bytes each would take longer to read than anybody waits.
const MOST_TOKENS: u64 = 100_000_000;

/// What may still be unpacked, from all parts together.
#[derive(Debug)]
pub(crate) struct Allowance {
    bytes: AtomicU64,
    tokens: AtomicU64,
    limits: Limits,
}

impl Allowance {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            bytes: AtomicU64::new(limits.unpacked_bytes),
            tokens: AtomicU64::new(MOST_TOKENS),
            limits,
        })
    }

    /// Takes bytes off what may still be unpacked.
    pub(crate) fn charge(&self, bytes: u64) -> Result<(), FileRefusal> {
        take(&self.bytes, bytes).ok_or(self.limits.too_many(Budget::UnpackedBytes))
    }

    /// Takes tokens off, or what takes as long to read.
    pub(crate) fn charge_tokens(&self, tokens: u64) -> Result<(), FileRefusal> {
        take(&self.tokens, tokens).ok_or(FileRefusal::Corrupt {
            what: "more markup than a table has",
        })
    }
}

fn take(from: &AtomicU64, amount: u64) -> Option<()> {
    let rest = from.load(Ordering::Relaxed).checked_sub(amount);
    from.store(rest.unwrap_or(0), Ordering::Relaxed);
    rest.map(drop)
}

/// Counts what is read from one place.
pub(crate) struct Meter {
    left: Arc<Allowance>,
    /// Bytes that the current token may still have.
    token: usize,
    /// Tokens begun since they were last charged for.
    tokens: u64,
}

impl Meter {
    pub(crate) fn new(left: Arc<Allowance>) -> Self {
        Self {
            left,
            token: LONGEST_TOKEN,
            tokens: 0,
        }
    }

    /// Allows for one more token of markup or text.
    #[inline]
    pub(crate) fn begin_token(&mut self) {
        self.token = LONGEST_TOKEN;
        self.tokens += 1;
    }

    /// Counts bytes of the current token.
    #[inline]
    pub(crate) fn consume(&mut self, bytes: usize) {
        self.token = self.token.saturating_sub(bytes);
    }

    /// Whether the current token is as long as any may be.
    #[inline]
    pub(crate) fn is_spent(&self) -> bool {
        self.token == 0
    }

    /// Refuses a token that is too long.
    pub(crate) fn allow_token(&self) -> Result<(), FileRefusal> {
        match self.is_spent() {
            true => Err(self.left.limits.too_many(Budget::CellLength)),
            false => Ok(()),
        }
    }

    /// Charges for bytes that were just read, and for the tokens since.
    pub(crate) fn charge(&mut self, bytes: u64) -> Result<(), FileRefusal> {
        self.left.charge_tokens(mem::take(&mut self.tokens))?;
        self.left.charge(bytes)
    }
}
