//! Rollcall over HTTP: an axum router that a host mounts at any path.
//!
//! ```
//! use http_api::{Api, Limits, router};
//! use identity_core::service::Rollcall;
//! use std::sync::Arc;
//! # use phone_plan::LibPhonePlan;
//! # use sheet_reader::Sheets;
//! # use testkit::{memory::MemoryStore, random::SeededRandom, time::FixedClock};
//! # let (store, clock, random) = (MemoryStore::new(), FixedClock::default(), SeededRandom::new(7));
//!
//! let identity = router(Api {
//!     rollcall: Arc::new(Rollcall::new(store, clock, random)),
//!     sheets: Arc::new(Sheets::default()),
//!     phones: Arc::new(LibPhonePlan::new()),
//!     limits: Limits::default(),
//! });
//! let app: axum::Router = axum::Router::new().nest("/identity", identity);
//! ```
//!
//! A process that has nothing else to serve gives the router to [`serve`].
//!
//! # Routes
//!
//! | route | answers | needs |
//! |---|---|---|
//! | `GET /health` | 200 | |
//! | `GET /health/ready` | 200, 503 when the store does not answer | |
//! | `GET /v1/openapi.json` | 200, this interface as OpenAPI 3.1 | |
//! | `GET /v1/tenants/{tenant}/owners` | 200 | `users:manage` |
//! | `GET /v1/tenants/{tenant}/users?after=&limit=` | 200 | `users:manage` |
//! | `GET /v1/tenants/{tenant}/hcps?after=&limit=` | 200 | `hcps:manage` |
//! | `POST /v1/tenants/{tenant}/imports?check=` | 201 with `Location`, or 200 for a check; 408, 409, 413, 415, 422 | `hcps:manage` and `data:load` |
//! | `GET /v1/tenants/{tenant}/imports/{import}` | 200 | `data:load` |
//! | `GET /v1/tenants/{tenant}/imports/{import}/rejections?after=&limit=` | 200 | `data:load` |
//! | `GET /v1/tenants/{tenant}/medhub/views` | 200 with `ETag`, 304, 409 when not connected | `integrations:manage` |
//!
//! Every route may answer 400, 500 and 503; every route of a tenant also 401, 403 and 404; a path that is none 404, and another
//! method 405. Whatever is no success is a problem (RFC 9457) in `application/problem+json`: `type`, `title`, `status`, `code`,
//! `detail`, `rule`, `next` and `request_id`, of which programs look at `code`.
//!
//! # Who is let in
//!
//! Routes of a tenant ask for `Authorization: Bearer` with a token, which stands for the user who made it and never for an owner
//! as such (E3, O7). What it opens is read anew with each request (A1). Whatever is wrong with a token, the answer is one and the
//! same 401; and a tenant that is not the token's is answered, to the byte, as one that does not exist.
//!
//! # What a host adds
//!
//! TLS, a limit on how often somebody asks, and the time that the head of a request may take to come, are left to the host or to
//! the proxy before it. `Location` and `next` name paths as the host's router sees them.
//!
//! # What is logged
//!
//! A `tracing` span a request: the method, the matched route, the status and the request's id, which is the client's
//! `x-request-id` if that is 1 to 64 letters, digits, `-`, `_` and `.`, and else a fresh one. No path, no query, no header, no
//! address; why a store fails is logged as the store says it.

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
