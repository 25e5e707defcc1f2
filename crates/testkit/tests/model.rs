//! The service over the memory store, compared with the model of a tenant.

#![allow(clippy::print_stderr, reason = "what was tried is worth reading")]

use testkit::{
    memory::MemoryStore,
    model::trial::{Extent, compare},
};

/// Whatever is asked by whomever in whatever order, the memory store has what the rules promise after each command, and refuses with
/// the code that they name. `ROLLCALL_MODEL_SEQUENCES=10000` makes a million commands of it, best in release;
/// `ROLLCALL_MODEL_SEED` makes others.
#[test]
fn the_memory_store_does_as_the_model() {
    let extent = Extent::usual();
    let statistics = compare(extent, MemoryStore::new);
    eprintln!("{} commands\n{}", statistics.commands(), statistics.table());
    // A shorter run proves less, and does not claim to see every refusal.
    let missing = statistics.missing();
    assert!(missing.is_empty() || extent.is_short(), "{missing:?}");
}
