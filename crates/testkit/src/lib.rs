//! What tests of Rollcall are made of.
//!
//! - [`memory`]: a store in memory, small enough to be believed: the reference for every other.
//! - [`contract`]: what every store must keep, as cases that a store's author runs on theirs.
//! - [`broken`]: twins of the memory store that lack one guard each, which prove that the contract notices.
//! - [`rendezvous`] and [`fault`]: collisions and lost answers, forced and repeatable.
//! - [`time`] and [`random`]: a clock and a source of randomness that do as they are told.
//! - [`hospital`]: a tenant with its people.
//! - [`medhub`]: a MedHub on this machine that speaks the real protocol and misbehaves when told.
//! - [`model`]: a reference model of a tenant, and what compares a store with it.
//! - [`record`]: records of whatever kind.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "whatever is unexpected in a test must end it"
)]

pub mod broken;
pub mod contract;
pub mod fault;
pub mod hospital;
pub mod medhub;
pub mod memory;
pub mod model;
pub mod random;
pub mod record;
pub mod rendezvous;
pub mod time;
