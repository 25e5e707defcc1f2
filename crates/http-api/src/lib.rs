//! Rollcall over HTTP: an axum router that a host mounts at any path.
//!
//! ```
//! use http_api::{Api, Limits, router};
//! use identity_core::service::Rollcall;
//! use std::sync::Arc;
//! # use phone_plan::LibPhonePlan;
//! # use sheet_reader::Sheets;
//! # let passwords = embedded_login::Argon2Passwords::new()?;
//! # use testkit::{memory::MemoryStore, random::SeededRandom, time::FixedClock};
//! # let (store, clock, random) = (MemoryStore::new(), FixedClock::default(), SeededRandom::new(7));
//!
//! let identity = router(Api {
//!     rollcall: Arc::new(Rollcall::new(store, clock, random)),
//!     sheets: Arc::new(Sheets::default()),
//!     phones: Arc::new(LibPhonePlan::new()),
//!     passwords: Arc::new(passwords),
//!     operator: None,
//!     limits: Limits::default(),
//! });
//! let app: axum::Router = axum::Router::new().nest("/identity", identity);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! A process that has nothing else to serve gives the router to [`serve`].
//!
//! # Routes
//!
//! Below a tenant, `…` stands for `/v1/tenants/{tenant}`.
//!
//! | route | answers | needs |
//! |---|---|---|
//! | `GET /health` | 200 | |
//! | `GET /health/ready` | 200, 503 when the store does not answer | |
//! | `GET /v1/openapi.json` | 200, this interface as OpenAPI 3.1 | |
//! | `GET /v1/health-systems` | 200 | |
//! | `GET /v1/permissions` | 200 | any secret |
//! | **sessions** | | |
//! | `POST /v1/sessions` | 201; 401, 429 | login and password |
//! | `GET`, `DELETE /v1/session` | 200; 204 | a session |
//! | `POST`, `DELETE /v1/session/elevation` | 200; 204 | a session of an owner |
//! | `PUT /v1/session/password`, `PUT /v1/session/email` | 204 | a session, and the present password |
//! | `GET`, `DELETE …/users/{user}/sessions` | 200; 204 | `users:manage`, or oneself |
//! | `DELETE …/sessions/{session}` | 204 | `users:manage`, or oneself |
//! | **tenants** | | |
//! | `GET`, `POST /v1/tenants` | 200; 201 | the operator |
//! | `GET …` | 200 | a user, or the operator |
//! | `POST`, `DELETE …/suspension` | 204 | the operator |
//! | `PUT …/listing` | 204 | the operator |
//! | `GET …/domains` | 200 | a user, or the operator |
//! | `POST /v1/login-confirmations` | 204 | the operator |
//! | `PUT …/domains/{domain}/status`, `PUT /v1/patient-care-domain/status` | 204 | the operator |
//! | `GET …/policy` | 200 | a user, or the operator |
//! | `PATCH …/policy` | 204 | an elevated owner |
//! | `DELETE …/policy/second-owner` | 204 | the operator |
//! | **persons and users** | | |
//! | `GET …/persons?after=&limit=`, `GET …/persons?email=` | 200 | `persons:manage` |
//! | `POST …/persons` | 201 | `persons:manage` |
//! | `GET`, `PATCH …/persons/{person}` | 200; 204 | `persons:manage`, or oneself |
//! | `DELETE …/persons/{person}` | 204 | `persons:manage` |
//! | `GET …/users?after=&limit=`, `POST …/users` | 200; 201 | `users:manage` |
//! | `GET …/users/{user}` | 200, with all assignments, whether they count or not | `users:manage`, or oneself |
//! | `PUT …/users/{user}/status` | 204 | `users:manage` |
//! | `PUT …/users/{user}/login`, `PUT …/users/{user}/password` | 204 | what giving the user's roles needs |
//! | `PUT`, `DELETE …/users/{user}/roles/{role}` | 201; 204 | `users:manage`; of Tenant Owner, an elevated owner |
//! | `PUT …/users/{user}/roles/{role}/status` | 204 | the same |
//! | **roles and permissions** | | |
//! | `GET …/roles`, `GET …/roles/{role}` | 200 | `users:manage` or `roles:manage` |
//! | `POST …/roles`, `PATCH`, `DELETE …/roles/{role}` | 201; 204 | `roles:manage` |
//! | `GET …/permissions/{permission}` | 200, whether whoever asks has it and why | a user |
//! | `GET …/users/{user}/permissions/{permission}` | 200, the same of a user's everyday roles | `users:manage`, or oneself |
//! | `GET …/permissions/{permission}/users?after=&limit=` | 200 | `users:manage` |
//! | **owners** | | |
//! | `GET …/owners` | 200 | `users:manage`, or the operator |
//! | `GET …/owner-proposals` | 200 | `users:manage` |
//! | `PUT`, `DELETE …/owner-proposals/{user}` | 201; 204 | an elevated owner |
//! | `POST …/owner-proposals/{user}/approval` | 201 | another elevated owner |
//! | `POST …/owner-replacements` | 201 | the operator |
//! | **journal** | | |
//! | `GET …/elevations?after=&limit=` | 200, with their reasons and ends | `journal:read` |
//! | `GET …/journal?person=&by=&event=&from=&until=&after=&limit=` | 200 | `journal:read` |
//! | `GET …/journal/export?person=&by=&event=&from=&until=` | 200, JSON lines | `journal:read` |
//! | `GET …/journal/verification` | 200, whether it is whole | `journal:read` |
//! | `POST …/journal/verification` | 200, whether it is whole since a checkpoint; 409, 422 | `journal:read` |
//! | `GET …/journal/checkpoint` | 200, signed with [the host's key](identity_core::service::Settings::checkpoint_key); 409 | `journal:read` |
//! | `GET /v1/journal`, `GET /v1/journal/export` | the same of the platform's own | the operator |
//! | `GET`, `POST /v1/journal/verification`, `GET /v1/journal/checkpoint` | the same | the operator |
//! | **daily work** | | |
//! | `GET …/hcps?search=&kind=&parent=&after=&limit=`, `POST …/hcps` | 200; 201 | `hcps:manage` |
//! | `GET …/hcps/{hcp}` | 200, with what stands above it and how many below | `hcps:manage` |
//! | `PATCH …/hcps/{hcp}` | 204 | `hcps:manage`; for a professional's address, also what editing the person needs |
//! | `DELETE …/hcps/{hcp}` | 204 | `hcps:manage` |
//! | `POST …/imports?check=` | 201 with `Location`, or 200 for a check; 408, 409, 413, 415, 422 | `hcps:manage` and `data:load` |
//! | `GET …/imports/{import}` | 200 | `data:load` |
//! | `GET …/imports/{import}/rejections?after=&limit=` | 200 | `data:load` |
//! | `GET …/medhub/views` | 200 with `ETag`, 304, 409 when not connected | `integrations:manage` |
//!
//! Every route may answer 400, 500 and 503; every route that needs something also 401, 403 and 404; what changes something 409
//! and 422, and with a body 413 and 415; a path that is none 404, and another method 405. Whatever is no success is a problem
//! (RFC 9457) in `application/problem+json`: `type`, `title`, `status`, `code`, `detail`, `rule`, `next` and `request_id`, of
//! which programs look at `code`. Some name what to go on with: `persons` to choose from, the `user` or the `hcp` that is in the way, the
//! `choices` among the users of a login.
//!
//! # Who is let in
//!
//! Routes ask for `Authorization: Bearer` with a secret, of one of three kinds.
//!
//! - A program's token stands for the user who made it and never for an owner as such (E3, O7).
//! - A session's secret, from logging in, stands for the user, and for the owner while Tenant Owner is switched on in it (O4).
//! - The platform operator's secret, whose hash the host sets ([`Api::operator`]), opens the operator's own acts in every tenant,
//!   and nothing else there.
//!
//! What a secret opens is read anew with each request (A1). Whatever is wrong with one, dead, mistyped or of another kind than
//! the route takes, the answer is one and the same 401; and a tenant that is not the secret's is answered, to the byte, as one
//! that does not exist. So is whatever belongs to another tenant.
//!
//! Every answer that is given under elevation, refusals included, has the header `rollcall-elevation`: the elevation's id,
//! `; until=` and the instant at which it is over.
//!
//! # Acts
//!
//! Whatever changes something takes an `Idempotency-Key`: asked again with the same key and content, it gives the first answer and
//! has no second effect. Only what a password is given for takes none: logging in, setting and changing a password, and changing
//! one's own address; asked again, it is done again. With `?dry_run=true` nothing is changed: 200 is answered with what would be,
//! and what would be refused is refused. Only these and uploads, which have `check`, cannot be rehearsed.
//!
//! Secrets stand in bodies and in `Authorization` alone, never in a path or a query.
//!
//! # What a host adds
//!
//! TLS, a limit on how often somebody asks, and the time that the head of a request may take to come, are left to the host or to
//! the proxy before it. A host behind a proxy sets [`ClientSource`], or all who try to log in are counted as one. `Location` and
//! `next` name paths as the host's router sees them.
//!
//! # What is logged
//!
//! A `tracing` span a request: the method, the matched route, the status and the request's id, which is the client's
//! `x-request-id` if that is 1 to 64 letters, digits, `-`, `_` and `.`, and else a fresh one. No path, no query, no header, no
//! address; why a store fails is logged as the store says it.

mod act;
mod api;
mod auth;
mod body;
mod checkpoints;
mod domains;
mod elevations;
mod hcps;
mod health;
mod imports;
mod journal;
mod layers;
mod logins;
mod mark;
mod openapi;
mod owners;
mod pages;
mod permissions;
mod persons;
mod policy;
mod problem;
mod proposals;
mod roles;
mod serve;
mod session;
mod sessions;
mod source;
mod tenants;
mod users;
mod views;

pub use api::{Api, Limits, router};
pub use serve::serve;
pub use source::ClientSource;
