//! The router, called in process on a store in memory, and once over a socket.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "whatever is unexpected in a test must end it"
)]

mod authentication;
mod chain;
mod described;
mod files;
mod good;
mod hcps;
mod host;
mod lists;
mod medhub;
mod people;
mod platform;
mod refusals;
mod routes;
mod secrecy;
mod sessions;
mod socket;
mod tenants;
mod walks;
