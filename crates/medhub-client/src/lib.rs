//! The way to MedHub: [`MedhubClient`] is the [`RosterSource`](identity_core::roster::RosterSource) that reads
//! residents and faculty over MedHub's own API.
//!
//! ```no_run
//! use identity_core::roster::{RosterRead, RosterSource as _};
//! use medhub_client::{BaseUrl, ClientId, Config, MedhubClient};
//! use std::sync::Arc;
//!
//! # async fn roster(key: secrecy::SecretString, clock: impl identity_core::port::Clock) -> Result<(), Box<dyn std::error::Error>> {
//! let base = BaseUrl::parse("https://hospital.medhub.com/functions/api")?;
//! let client = MedhubClient::new(Config::new(base, ClientId(12345), key, Arc::new(clock)))?;
//!
//! let access = client.access().await?;
//! assert!(access.missing.is_empty(), "ask the GME office for {:?}", access.missing);
//!
//! match client.read(&()).await {
//!     RosterRead::Complete(rows) => println!("{} lines", rows.rows.len()),
//!     RosterRead::Partial { rows, failed } => println!("{} lines, {} lists missing", rows.rows.len(), failed.len()),
//!     RosterRead::Failed(why) => println!("{why}: {}", why.next()),
//! }
//! # Ok(()) }
//! ```
//!
//! # What it promises
//!
//! - A call is signed right before it is sent, and again before each retry; no redirect is followed, because
//!   the request carries a valid signature. The private key is in no `Debug`, message or log.
//! - At most [two calls](CALLS_IN_FLIGHT) are in flight, whatever the number of readers. Only what may pass
//!   by itself is tried again: no connection, no answer in time, an answer that breaks off on the way, 429, 5xx.
//! - An answer that is not understood is a failure that says what came, never a shorter list: an error object
//!   hidden in a list, a list whose lines all lack their `userID`, a page for people, a truncated text.
//! - Whatever the form of a scalar, it reads the same: text, number, `null`, `false` or `""`.
//! - Answers are personal data: neither failures nor log events hold any of it.
//!
//! # The network
//!
//! Encrypted with rustls; certificates are checked against the roots of the operating system. The proxy
//! variables of the environment (`HTTPS_PROXY`, `NO_PROXY`) are honoured for `https`, since a proxy there
//! only carries the encrypted stream and many hospitals let nothing out without one. Plain `http` is accepted
//! towards the same machine alone; whatever stays on this machine goes there straight.

mod answer;
mod base_url;
mod client;
mod config;
mod read;
mod signature;

pub use base_url::BaseUrl;
pub use client::{CALLS_IN_FLIGHT, MedhubClient};
pub use config::{ClientId, Config, Retry};
