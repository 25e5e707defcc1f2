//! The rules of Rollcall, and nothing else: no I/O, no clock, no randomness, no runtime.

pub mod account;
pub mod authority;
pub mod changeset;
pub mod document;
pub mod email;
pub mod hcp;
pub mod id;
pub mod journal;
pub mod name;
pub mod operation;
pub mod outbox;
pub mod owner;
pub mod permission;
pub mod person;
pub mod phone;
pub mod port;
pub mod reconcile;
pub mod record;
pub mod refusal;
pub mod role;
pub mod roster;
pub mod service;
pub mod sheet;
pub mod tenant;
pub mod time;
pub mod token;
pub mod user;

#[cfg(test)]
mod world;
