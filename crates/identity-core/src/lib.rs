//! Identity lifecycle for healthcare: who is who, who may do what, and what happened.
//!
//! This crate is the rules of Rollcall and nothing else. It reads no clock, draws no randomness, opens no file and knows
//! no runtime: all that comes through its [ports](port), which adapters fill. It does three jobs:
//!
//! - [Users, roles and owners](user) of a tenant stay right under every path and every race; a tenant always has an
//!   [owner] who can act.
//! - Local learners and teachers are [reconciled](reconcile) with MedHub: compared, staged, reviewed, saved as a whole.
//! - Healthcare professionals are [imported](hcp::import) from spreadsheets, each row accepted or rejected with a reason.
//!
//! # The shape
//!
//! A **decision** is a plain function: loaded records and a command go in, a [`Changeset`](changeset::Changeset) or a
//! typed [refusal](refusal::Refusal) comes out. It is sync, total and repeatable. A changeset is data: what it expects,
//! what it writes, what it enters in the [journal], which mails it owes. A [store](port::Store) commits it
//! all-or-nothing if every expectation still holds. The [service](service::Rollcall) does the rest: load, decide, commit,
//! and again when somebody else was faster.
//!
//! ```
//! use identity_core::{
//!     email::Email,
//!     id::Mint,
//!     name::{Name, PersonName},
//!     record::Records,
//!     tenant::{CreateTenant, Listing},
//!     time::instant_from_micros,
//! };
//!
//! // A decision needs no store, no runtime and no mock: values in, values out.
//! let now = instant_from_micros(1_780_000_000_000_000).ok_or("out of range")?;
//! let mut ids = Mint::new(now, [7; 10]);
//! let tenant = ids.id();
//! let command = CreateTenant {
//!     name: Name::parse("General Hospital")?,
//!     domain: None,
//!     listing: Listing::Unlisted,
//!     owner_email: Email::parse("olive@hospital.example")?,
//!     owner_name: PersonName { given: Name::parse("Olive")?, family: Name::parse("Owner")? },
//! };
//! let (changes, created) = command.decide(tenant, &Records::default(), &mut ids)?;
//! assert_eq!(created.tenant, tenant);
//! assert!(changes.touches_owners());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is private stays private
//!
//! Names, addresses and numbers are types whose `Debug` hides them and which have no `Display`. Journal entries, logs and
//! refusals hold ids.

pub mod account;
pub mod authority;
pub mod changeset;
pub mod document;
pub mod email;
pub mod hcp;
pub mod id;
pub mod journal;
pub mod login;
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
pub mod session;
pub mod sheet;
mod shown;
pub mod tenant;
pub mod time;
pub mod token;
pub mod user;

#[cfg(test)]
mod world;
