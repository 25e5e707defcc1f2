//! The interface as a whole: what a host gives it, and the router it gets.

use crate::{
    auth, hcps, health, imports, layers, openapi, owners,
    problem::{Fault, Problem},
    users, views,
};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware,
    routing::{get, post},
};
use identity_core::{
    authority::Authority,
    permission::Permission,
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
    /// How long the answer to an upload may take, its transfer included; 10 minutes by default.
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
    let within = |time| TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, time);
    let quick = Router::new()
        .route("/health", get(health::live))
        .route("/health/ready", get(health::ready::<S, C, R>))
        .route("/v1/openapi.json", get(openapi::document))
        .route("/v1/tenants/{tenant}/owners", get(owners::list::<S, C, R>))
        .route("/v1/tenants/{tenant}/users", get(users::list::<S, C, R>))
        .route("/v1/tenants/{tenant}/hcps", get(hcps::list::<S, C, R>))
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
        .layer(within(limits.request_time));
    let slow = Router::new()
        .route(
            "/v1/tenants/{tenant}/imports",
            post(imports::create::<S, C, R>),
        )
        // The layer below counts for every route; this one would cut forms at two megabytes.
        .layer(DefaultBodyLimit::disable())
        .layer(within(limits.import_time));
    quick
        .merge(slow)
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

    /// Lets through whoever has the permission at this moment.
    pub(crate) async fn permit(
        &self,
        auth::Caller(call): &auth::Caller,
        permission: &Permission,
    ) -> Result<Authority, Problem> {
        Ok(self.rollcall().authorize(call, permission).await?)
    }
}

impl<S, C, R> fmt::Debug for Api<S, C, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
