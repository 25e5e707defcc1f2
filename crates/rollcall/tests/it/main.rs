//! The program itself, started as people and programs start it: real files, a MedHub on this machine.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, which may panic"
)]

mod access;
mod desk;
mod files;
mod hcps;
mod logins;
mod medhub;
mod processes;
mod refusals;
mod rehearsals;
mod roles;
mod sessions;
mod story;
mod usage;
