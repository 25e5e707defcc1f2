//! Rollcall over HTTP: an axum router that a host mounts.

mod api;
mod auth;
mod hcps;
mod health;
mod imports;
mod layers;
mod openapi;
mod owners;
mod pages;
mod problem;
mod serve;
mod users;
mod views;

pub use api::{Api, Limits, router};
pub use serve::serve;
