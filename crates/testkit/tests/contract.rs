//! The contract, kept by the memory store.

use testkit::memory::MemoryStore;

async fn open() -> (MemoryStore, ()) {
    (MemoryStore::new(), ())
}

testkit::contract_suite!(open);
