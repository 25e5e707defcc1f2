//! The interface as a whole: what a host gives it, and the router it gets.

use crate::{
    checkpoints, domains, elevations, hcps, health, imports, journal, layers, logins, mark,
    openapi, owners, permissions, persons, policy, problem::Fault, proposals, roles, session,
    sessions, tenants, users, views,
};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware,
    routing::{delete, get, post, put},
};
use identity_core::{
    journal::Hash,
    login::Passwords,
    phone::PhonePlan,
    port::{Clock, Directory, Random, Store},
    service::Rollcall,
    sheet::SheetReader,
};
use std::{fmt, sync::Arc, time::Duration};
use tokio::sync::Semaphore;
use tower_http::{
    catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer, timeout::TimeoutLayer,
};

/// What the router works with.
pub struct Api<S, C, R> {
    /// The service over its ports; the host may use it beside the router.
    pub rollcall: Arc<Rollcall<S, C, R>>,
    /// Opens files as tables.
    pub sheets: Arc<dyn SheetReader>,
    /// Knows the world's numbering plans.
    pub phones: Arc<dyn PhonePlan>,
    /// Hashes and checks passwords.
    pub passwords: Arc<dyn Passwords>,
    /// The SHA-256 of the platform operator's secret, [`Secret::hash`](identity_core::token::Secret::hash) of one of its kind;
    /// with `None` no operator is let in.
    pub operator: Option<Hash>,
    /// The most that a request may take.
    pub limits: Limits,
}

/// The most that a request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a file; 50 MiB by default.
    pub file_bytes: usize,
    /// How long an answer may take, and how long the next piece of a body; 30 seconds by default.
    pub request_time: Duration,
    /// How long the answer to an upload may take, its transfer included, and that to whether a journal is whole; 10 minutes by
    /// default.
    pub import_time: Duration,
    /// How many uploads are worked on at once, of all tenants; 4 by default. Each takes a thread and, at most, a file of
    /// `file_bytes` in the temporary directory.
    pub imports_at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 50 << 20,
            request_time: Duration::from_secs(30),
            import_time: Duration::from_mins(10),
            imports_at_once: 4,
        }
    }
}

/// What the boundaries, headers and names of a form may add to the file in it.
const FORM_BYTES: usize = 16 << 10;

/// The most bytes of a JSON body.
const JSON_BYTES: usize = 256 << 10;

/// The router, to be served as it is or nested by a host at any path.
///
/// It holds nothing global: two of them, over two stores, live side by side in one process.
pub fn router<S, C, R>(api: Api<S, C, R>) -> Router
where
    S: Store + Directory,
    C: Clock,
    R: Random,
{
    let limits = api.limits;
    let app = App(Arc::new(Shared {
        imports: Arc::new(Semaphore::new(limits.imports_at_once)),
        api,
    }));
    let marked = middleware::from_fn_with_state(app.clone(), mark::anew::<S, C, R>);
    let within = |time| TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, time);
    let quick = Router::new()
        .merge(platform())
        .merge(in_session())
        .merge(access())
        .merge(work())
        .layer(marked.clone())
        .layer(DefaultBodyLimit::max(JSON_BYTES))
        .layer(within(limits.request_time));
    let slow = Router::new()
        .route(
            "/v1/tenants/{tenant}/imports",
            post(imports::create::<S, C, R>),
        )
        .layer(marked.clone())
        // The layer below counts for every route; this one would cut forms at two megabytes.
        .layer(DefaultBodyLimit::disable())
        .layer(within(limits.import_time));
    let long = chains()
        .layer(marked)
        .layer(DefaultBodyLimit::max(JSON_BYTES))
        .layer(within(limits.import_time));
    quick
        .merge(slow)
        .merge(long)
        .fallback(async || Fault::RouteUnknown)
        .layer(RequestBodyLimitLayer::new(
            limits.file_bytes.saturating_add(FORM_BYTES),
        ))
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            layers::around::<S, C, R>,
        ))
        .with_state(app)
}

/// What belongs to no tenant.
fn platform<S: Store + Directory, C: Clock, R: Random>() -> Router<App<S, C, R>> {
    Router::new()
        .route("/health", get(health::live))
        .route("/health/ready", get(health::ready::<S, C, R>))
        .route("/v1/openapi.json", get(openapi::document))
        .route(
            "/v1/tenants",
            get(tenants::list::<S, C, R>).post(tenants::create::<S, C, R>),
        )
        .route(
            "/v1/health-systems",
            get(tenants::health_systems::<S, C, R>),
        )
        .route("/v1/login-confirmations", post(logins::confirm::<S, C, R>))
        .route(
            "/v1/patient-care-domain/status",
            put(domains::set_patient_care_status::<S, C, R>),
        )
        .route("/v1/permissions", get(permissions::list::<S, C, R>))
        .route("/v1/journal", get(journal::list_platforms::<S, C, R>))
        .route(
            "/v1/journal/export",
            get(journal::export_platforms::<S, C, R>),
        )
}

/// Logging in, and what the session itself is asked.
fn in_session<S: Store + Directory, C: Clock, R: Random>() -> Router<App<S, C, R>> {
    Router::new()
        .route("/v1/sessions", post(sessions::open::<S, C, R>))
        .route(
            "/v1/session",
            get(session::show).delete(session::end::<S, C, R>),
        )
        .route(
            "/v1/session/elevation",
            post(session::elevate::<S, C, R>).delete(session::end_elevation::<S, C, R>),
        )
        .route(
            "/v1/session/password",
            put(session::change_password::<S, C, R>),
        )
        .route("/v1/session/email", put(session::change_email::<S, C, R>))
}

/// Who may do what in a tenant.
fn access<S: Store + Directory, C: Clock, R: Random>() -> Router<App<S, C, R>> {
    Router::new()
        .route("/v1/tenants/{tenant}", get(tenants::show))
        .route(
            "/v1/tenants/{tenant}/suspension",
            post(tenants::suspend::<S, C, R>).delete(tenants::reactivate::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/listing",
            put(tenants::set_listing::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/domains",
            get(domains::list::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/domains/{domain}/status",
            put(domains::set_status::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/policy",
            get(policy::show).patch(policy::set::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/policy/second-owner",
            delete(policy::lift_second_owner::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/persons",
            get(persons::list::<S, C, R>).post(persons::add::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/persons/{person}",
            get(persons::show::<S, C, R>)
                .patch(persons::edit::<S, C, R>)
                .delete(persons::erase::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/users",
            get(users::list::<S, C, R>).post(users::add::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/users/{user}",
            get(users::show::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/users/{user}/status",
            put(users::set_status::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/users/{user}/login",
            put(users::set_login::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/users/{user}/password",
            put(users::set_password::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/users/{user}/roles/{role}",
            put(users::assign::<S, C, R>).delete(users::remove::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/users/{user}/roles/{role}/status",
            put(users::set_role_status::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/users/{user}/permissions/{permission}",
            get(permissions::explain_for::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/users/{user}/sessions",
            get(sessions::list::<S, C, R>).delete(sessions::end_all::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/sessions/{session}",
            delete(sessions::end::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/roles",
            get(roles::list::<S, C, R>).post(roles::create::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/roles/{role}",
            get(roles::show::<S, C, R>)
                .patch(roles::change::<S, C, R>)
                .delete(roles::retire::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/permissions/{permission}",
            get(permissions::explain::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/permissions/{permission}/users",
            get(permissions::who_can::<S, C, R>),
        )
        .route("/v1/tenants/{tenant}/owners", get(owners::list::<S, C, R>))
        .route(
            "/v1/tenants/{tenant}/owner-replacements",
            post(owners::replace::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/owner-proposals",
            get(proposals::list::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/owner-proposals/{user}",
            put(proposals::propose::<S, C, R>).delete(proposals::withdraw::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/owner-proposals/{user}/approval",
            post(proposals::approve::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/elevations",
            get(elevations::list::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/journal",
            get(journal::list::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/journal/export",
            get(journal::export::<S, C, R>),
        )
}

/// What reads a journal from its first entry to its last.
fn chains<S: Store + Directory, C: Clock, R: Random>() -> Router<App<S, C, R>> {
    Router::new()
        .route(
            "/v1/journal/verification",
            get(checkpoints::verify_platforms::<S, C, R>)
                .post(checkpoints::verify_platforms_since::<S, C, R>),
        )
        .route(
            "/v1/journal/checkpoint",
            get(checkpoints::sign_platforms::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/journal/verification",
            get(checkpoints::verify::<S, C, R>).post(checkpoints::verify_since::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/journal/checkpoint",
            get(checkpoints::sign::<S, C, R>),
        )
}

/// The tenant's daily work, but for uploads.
fn work<S: Store + Directory, C: Clock, R: Random>() -> Router<App<S, C, R>> {
    Router::new()
        .route(
            "/v1/tenants/{tenant}/hcps",
            get(hcps::list::<S, C, R>).post(hcps::add::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/hcps/{hcp}",
            get(hcps::show::<S, C, R>)
                .patch(hcps::edit::<S, C, R>)
                .delete(hcps::delete::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/imports/{import}",
            get(imports::show::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/imports/{import}/rejections",
            get(imports::rejections::<S, C, R>),
        )
        .route(
            "/v1/tenants/{tenant}/medhub/views",
            get(views::show::<S, C, R>),
        )
}

/// The state of the handlers.
pub(crate) struct App<S, C, R>(Arc<Shared<S, C, R>>);

pub(crate) struct Shared<S, C, R> {
    pub(crate) api: Api<S, C, R>,
    pub(crate) imports: Arc<Semaphore>,
}

impl<S, C, R> std::ops::Deref for App<S, C, R> {
    type Target = Shared<S, C, R>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<S, C, R> Clone for App<S, C, R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Store, C: Clock, R: Random> App<S, C, R> {
    pub(crate) fn rollcall(&self) -> &Rollcall<S, C, R> {
        &self.api.rollcall
    }
}

impl<S, C, R> fmt::Debug for Api<S, C, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
