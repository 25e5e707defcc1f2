//! Imports of healthcare professionals from files, and what came of them.
//!
//! An upload is first put aside in a temporary file that has no name, and then read on a thread that may block, a thousand
//! rows a commit. Once reading began, the import goes on to its end whether or not the client waits: a connection that breaks
//! leaves no batch half done, and none undone. With an `Idempotency-Key` the client can ask again what came of it; without
//! one it sends the file again, which finds the rows unchanged (H2).

mod upload;

use crate::{
    api::App,
    auth::{Caller, Key, Of},
    openapi::schema,
    pages::{Limit, Nothing, PageDocument, PageQuery, Params},
    problem::{Fault, Problem},
};
use axum::{
    Json,
    extract::{OriginalUri, Request, State},
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use identity_core::{
    document::{Compared, ImportDocument, RejectionDocument},
    hcp::{
        import::{Counts, Import, ImportRefusal, RejectedRow},
        row::Problem as RowProblem,
    },
    id::Id,
    permission::{DATA_LOAD, HCPS_MANAGE},
    port::{Clock, Directory, Page, Random, Store},
    service::{Call, Failure, ImportObserver, ImportReport},
    sheet::{FileRefusal, Row},
    time::Instant,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, io::Seek as _, sync::Arc};
use tokio::{runtime::Handle, sync::OwnedSemaphorePermit, task::spawn_blocking};
use upload::Upload;
use utoipa::IntoParams;

/// How many rejected rows the document of an import lists itself; the others are on pages.
const LISTED: Limit = Limit(500);

/// What to do with a file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// `true` to compare the file with what is kept and change nothing.
    #[serde(default)]
    #[param(default = false)]
    check: bool,
}

/// What came of a file, as it is sent.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    #[serde(flatten)]
    document: ImportDocument,
    /// When the import began; absent for a check.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Instant>,
    /// When its last row was done; absent while it runs, when it broke off, and for a check.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<Instant>,
    /// Whether `rejections` are all of them.
    rejections_complete: bool,
    /// Where the others are; `null` when there are none, and for a check.
    rejections_next: Option<String>,
}

/// Imports the professionals of a file, or checks it.
///
/// Needs `hcps:manage` and `data:load`. The file is the body itself, or the one part `file` of `multipart/form-data`. What it is
/// is told by its content. A row that is rejected costs no other row.
///
/// With an `Idempotency-Key`, the same file sent again gives the import that was made. The key
/// with another file is refused. A check takes no notice of it.
#[utoipa::path(
    post,
    path = "/v1/tenants/{tenant}/imports",
    operation_id = "importHcps",
    tag = "imports",
    params(
        schema::TenantPath,
        ImportQuery,
        schema::KeyHeader,
    ),
    request_body(
        description = "The file",
        content(
            (schema::File = "application/octet-stream"),
            (schema::File = "text/csv"),
            (schema::Form = "multipart/form-data"),
        ),
    ),
    responses(
        (status = 200, description = "What an import would do", body = schema::Import),
        (
            status = 201,
            description = "What the import did",
            body = schema::Import,
            headers(("Location" = String, description = "Where the result is kept")),
        ),
        (status = 408, description = "The rest of the body did not come"),
        (status = 409, description = "Others kept changing the same records"),
        (status = 413, description = "The file is too large, or holds too much"),
        (status = 415, description = "The body or the file is no table"),
        (status = 422, description = "The file cannot be read, or the key was used for another"),
    ),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn create<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    key: Key,
    uri: OriginalUri,
    Params(ImportQuery { check }): Params<ImportQuery>,
    request: Request,
) -> Result<Response, Problem> {
    // Before a byte of the body is taken. The service asks again with each batch.
    caller.permit(&HCPS_MANAGE)?;
    caller.permit(&DATA_LOAD)?;
    let slot = Arc::clone(&app.imports)
        .try_acquire_owned()
        .map_err(|_| Fault::ImportsBusy)?;
    let upload = upload::receive(request, &app.api.limits).await?;
    if check {
        let call = caller.call;
        let (report, rejected) = run(slot, move || look(&app, &call, upload)).await?;
        return Ok(Json(Outcome::of_check(&report, rejected)).into_response());
    }
    let call = caller.under(key);
    let reading = app.clone();
    let asking = call.clone();
    let report = run(slot, move || import(&reading, &asking, upload)).await?;
    let id = report.import.ok_or(Fault::Internal)?;
    let location = format!("{}/{id}", uri.path().trim_end_matches('/'));
    let outcome = kept(&app, &call, id, &location, Some(report)).await?;
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(outcome)).into_response())
}

/// Runs what reads a file on a thread that may block, to its end.
async fn run<T: Send + 'static>(
    slot: OwnedSemaphorePermit,
    read: impl FnOnce() -> Result<T, Failure<ImportRefusal>> + Send + 'static,
) -> Result<T, Problem> {
    let span = tracing::Span::current();
    let task = spawn_blocking(move || {
        let _slot = slot;
        span.in_scope(|| read().map_err(Problem::from))
    });
    task.await.unwrap_or_else(|_| {
        tracing::error!("an import panicked");
        Err(Fault::Internal.into())
    })
}

fn import<S: Store + Directory, C: Clock, R: Random>(
    app: &App<S, C, R>,
    call: &Call,
    Upload { file, name, digest }: Upload,
) -> Result<ImportReport, Failure<ImportRefusal>> {
    // The handles of a file share a place in it.
    let open = || {
        let again = file.try_clone().and_then(|mut it| it.rewind().map(|()| it));
        let again = again.map_err(|err| FileRefusal::Unreadable { kind: err.kind() })?;
        app.api.sheets.open(again, name.as_deref())
    };
    let phones = &*app.api.phones;
    let importing = async {
        let rollcall = app.rollcall();
        rollcall
            .import_hcps(call, open, digest, phones, &mut ())
            .await
    };
    Handle::current().block_on(importing)
}

fn look<S: Store, C: Clock, R: Random>(
    app: &App<S, C, R>,
    call: &Call,
    Upload { file, name, .. }: Upload,
) -> Result<(ImportReport, FirstRejected), Failure<ImportRefusal>> {
    let rows = app.api.sheets.open(file, name.as_deref());
    let rows = rows.map_err(|it| Failure::Refused(it.into()))?;
    let phones = &*app.api.phones;
    let mut rejected = FirstRejected::default();
    let checking = async {
        app.rollcall()
            .check_hcps(call, rows, phones, &mut rejected)
            .await
    };
    let report = Handle::current().block_on(checking)?;
    Ok((report, rejected))
}

/// The first rejected rows of a check, which are kept nowhere else.
#[derive(Debug, Default)]
struct FirstRejected {
    rows: BTreeMap<u32, Vec<RejectionDocument>>,
    more: bool,
}

impl ImportObserver for FirstRejected {
    /// Rows that only a look at what is kept rejects come late, so that the last of the first may have to go.
    fn rejected(&mut self, row: &Row, problems: &[RowProblem]) {
        let number = row.number();
        let problems = RejectionDocument::of(number, problems).collect();
        self.rows.insert(number, problems);
        if u32::try_from(self.rows.len()).is_ok_and(|it| it > LISTED.0) {
            self.rows.pop_last();
            self.more = true;
        }
    }

    fn progress(&mut self, _: Counts, _: (u64, u64)) {}
}

impl Outcome {
    fn of_check(report: &ImportReport, rejected: FirstRejected) -> Self {
        let FirstRejected { rows, more } = rejected;
        let rejections = rows.into_values().flatten().collect();
        Self {
            document: ImportDocument::of(report, Compared::WithStore, rejections),
            started_at: None,
            finished_at: None,
            rejections_complete: !more,
            rejections_next: None,
        }
    }
}

/// Shows what came of an import.
///
/// Needs `data:load`.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/imports/{import}",
    operation_id = "showImport",
    tag = "imports",
    params(schema::TenantPath, schema::ImportPath),
    responses((status = 200, description = "What came of it", body = schema::Import)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn show<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    Of(id): Of<Import>,
    uri: OriginalUri,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<Outcome>, Problem> {
    caller.permit(&DATA_LOAD)?;
    let location = uri.path().trim_end_matches('/');
    Ok(Json(kept(&app, &caller.call, id, location, None).await?))
}

/// Lists what is wrong with the rows an import rejected, in the order of the file.
///
/// Needs `data:load`. A page counts rows, of which each may have several rejections; `after` is the number of the last row of
/// the page before.
#[utoipa::path(
    get,
    path = "/v1/tenants/{tenant}/imports/{import}/rejections",
    operation_id = "listRejections",
    tag = "imports",
    params(schema::TenantPath, schema::ImportPath, schema::PageParams),
    responses((status = 200, description = "A page of rejections", body = PageDocument<schema::Rejection>)),
    security(("token" = []), ("session" = [])),
)]
pub(crate) async fn rejections<S: Store + Directory, C: Clock, R: Random>(
    State(app): State<App<S, C, R>>,
    caller: Caller,
    Of(id): Of<Import>,
    uri: OriginalUri,
    Params(query): Params<PageQuery<u32>>,
) -> Result<Json<PageDocument<RejectionDocument>>, Problem> {
    let (page, limit) = query.page()?;
    caller.permit(&DATA_LOAD)?;
    let tenant = caller.call.tenant;
    let store = &app.rollcall().store;
    let known = store.import(tenant, id).await?;
    known.ok_or(Fault::ImportUnknown)?;
    let rows = store.rejected_rows(tenant, id, page).await?;
    Ok(PageDocument::of(
        &uri,
        rows,
        limit,
        |it| it.row,
        |it| told(&it),
    ))
}

fn told(row: &RejectedRow) -> Vec<RejectionDocument> {
    RejectionDocument::of(row.row, &row.problems).collect()
}

/// What is kept of an import; `report` is what was just told of it, with its warnings.
async fn kept<S: Store + Directory, C: Clock, R: Random>(
    app: &App<S, C, R>,
    call: &Call,
    id: Id<Import>,
    location: &str,
    report: Option<ImportReport>,
) -> Result<Outcome, Problem> {
    let store = &app.rollcall().store;
    let import = store.import(call.tenant, id).await?;
    let import = import.ok_or(Fault::ImportUnknown)?;
    let page = Page::first(LISTED.0 + 1);
    let mut rows = store.rejected_rows(call.tenant, id, page).await?;
    let after = LISTED.cut(&mut rows, |it| it.row);
    let report = report.unwrap_or(ImportReport {
        import: Some(id),
        format: import.format,
        counts: import.counts,
        warnings: import.warnings,
    });
    let rejections = rows.into_iter().flat_map(|it| told(&it)).collect();
    Ok(Outcome {
        document: ImportDocument::of(&report, Compared::WithStore, rejections),
        started_at: Some(import.started_at),
        finished_at: import.finished_at,
        rejections_complete: after.is_none(),
        rejections_next: after
            .map(|it| format!("{location}/rejections?after={it}&limit={}", LISTED.0)),
    })
}
