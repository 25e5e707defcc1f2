//! The shapes of the answers that the core makes, described.
//!
//! The core knows nothing of OpenAPI, so its documents are described here once more; a test compares what is really answered
//! with these descriptions.

#![expect(
    dead_code,
    reason = "they are only ever described, and never made: the values are the core's"
)]

use utoipa::{IntoParams, ToSchema};

/// The tenant of a path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct TenantPath {
    /// The token's tenant; every other is unknown.
    #[param(format = "uuid")]
    tenant: String,
}

/// The import of a path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ImportPath {
    /// The token's tenant; every other is unknown.
    #[param(format = "uuid")]
    tenant: String,
    /// The import.
    #[param(format = "uuid")]
    import: String,
}

/// Which page.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// What `next` of the page before says.
    after: Option<String>,
    /// The most lines.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u32>,
}

/// The key of an operation.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct KeyHeader {
    /// 1 to 128 visible ASCII characters, unique in the tenant.
    #[param(rename = "Idempotency-Key")]
    key: Option<String>,
}

/// The bytes of a table.
#[derive(ToSchema)]
#[schema(value_type = String, format = "binary")]
pub(crate) struct File(Vec<u8>);

/// A form with one part.
#[derive(ToSchema)]
pub(crate) struct Form {
    /// The file. Its name is only looked at to warn when it promises another format.
    #[schema(value_type = String, format = "binary")]
    file: Vec<u8>,
}

/// Whether a user's access counts.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum UserStatus {
    Active,
    Inactive,
}

/// A user.
#[derive(ToSchema)]
pub(crate) struct User {
    #[schema(format = "uuid")]
    id: String,
    given: String,
    family: String,
    /// The login, or else the person's address.
    #[schema(required)]
    email: Option<String>,
    status: UserStatus,
    roles: Vec<Role>,
}

/// A role of a user.
#[derive(ToSchema)]
pub(crate) struct Role {
    #[schema(format = "uuid")]
    id: String,
    name: String,
}

/// What a healthcare party is.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum HcpKind {
    Professional,
    Organization,
}

/// A healthcare party.
#[derive(ToSchema)]
pub(crate) struct Hcp {
    /// What files are given as `Parent Organization ID` when it is an organisation.
    #[schema(format = "uuid")]
    id: String,
    kind: HcpKind,
    /// The given name of a professional.
    #[schema(nullable = false)]
    given: Option<String>,
    /// The family name of a professional.
    #[schema(nullable = false)]
    family: Option<String>,
    /// The name of an organisation.
    #[schema(nullable = false)]
    name: Option<String>,
    #[schema(required)]
    email: Option<String>,
    /// In international form.
    #[schema(required)]
    phone: Option<String>,
    /// The organisation above.
    #[schema(required, format = "uuid")]
    parent: Option<String>,
}

/// What came of a file. Every row below the header is accepted, rejected or blank; every accepted one is created, updated or
/// unchanged.
#[derive(ToSchema)]
pub(crate) struct Import {
    /// The import; absent for a check.
    #[schema(nullable = false, format = "uuid")]
    import: Option<String>,
    /// `csv`, `txt`, `xlsx` and so on, by content.
    format: String,
    rows: u32,
    accepted: u32,
    rejected: u32,
    blank: u32,
    created: u32,
    updated: u32,
    unchanged: u32,
    /// What is wrong with the first 500 rejected rows, in the order of the file.
    rejections: Vec<Rejection>,
    /// What is odd, told once in the answer to the upload.
    warnings: Vec<Warning>,
    /// When the import began; absent for a check.
    #[schema(nullable = false, format = "date-time")]
    started_at: Option<String>,
    /// When its last row was done; absent while it runs, when it broke off, and for a check.
    #[schema(nullable = false, format = "date-time")]
    finished_at: Option<String>,
    /// Whether `rejections` are all of them.
    rejections_complete: bool,
    /// Where the others are; `null` when there are none, and for a check.
    #[schema(required)]
    rejections_next: Option<String>,
}

/// What is wrong with a row.
#[derive(ToSchema)]
pub(crate) struct Rejection {
    /// The row's number, as a person sees it in the spreadsheet.
    row: u32,
    /// The column's header as it stands in the file; empty when the whole row is meant.
    column: String,
    /// The stable code.
    code: String,
    /// The problem in words.
    message: String,
}

/// Something odd that kept nothing from being read.
#[derive(ToSchema)]
pub(crate) struct Warning {
    /// The stable code.
    code: String,
    /// The warning in words.
    message: String,
}

/// A side of the teaching relation.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Kind {
    Learner,
    Teacher,
}

/// How much of MedHub was read.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Completeness {
    Complete,
    Partial,
    NeverRead,
}

/// Why a group cannot be told apart.
#[derive(ToSchema)]
pub(crate) enum AmbiguousReason {
    #[schema(rename = "several_local")]
    Local,
    #[schema(rename = "several_medhub")]
    Medhub,
    #[schema(rename = "several_both")]
    Both,
}

/// The views of a reconciliation: every user and every identity is in exactly one of them.
#[derive(ToSchema)]
pub(crate) struct Views {
    completeness: Completeness,
    /// When MedHub was read.
    #[schema(required, format = "date-time")]
    read_at: Option<String>,
    /// The lists that could not be read.
    failed: Vec<FailedList>,
    counts: Counts,
    /// Users tied to an identity.
    linked: Vec<Linked>,
    /// Pairs that match.
    suggested: Vec<Pair>,
    /// Groups that share an address.
    ambiguous: Vec<Ambiguous>,
    /// Users nobody in MedHub matches.
    only_local: Vec<Local>,
    /// Identities nobody here matches.
    only_medhub: Vec<OnlyMedhub>,
}

/// A list that could not be read.
#[derive(ToSchema)]
pub(crate) struct FailedList {
    /// The programme's number.
    program: String,
    kind: Kind,
    /// The stable code of the failure.
    code: String,
    /// The failure in words.
    message: String,
}

/// How many of each. `local` is linked, suggested, in ambiguous groups and only here; `medhub` likewise.
#[derive(ToSchema)]
pub(crate) struct Counts {
    linked: u32,
    /// Of the linked, users whose identity is in no list of a complete read.
    missing: u32,
    suggested: u32,
    /// Groups.
    ambiguous: u32,
    /// Users in those groups.
    ambiguous_local: u32,
    /// Identities in those groups.
    ambiguous_medhub: u32,
    only_local: u32,
    only_medhub: u32,
    /// All users.
    local: u32,
    /// All identities.
    medhub: u32,
    /// Staged steps.
    staged: u32,
}

/// A user of a view.
#[derive(ToSchema)]
pub(crate) struct Local {
    #[schema(format = "uuid")]
    id: String,
    given: String,
    family: String,
    #[schema(required)]
    email: Option<String>,
    kinds: Vec<Kind>,
    status: UserStatus,
}

/// An identity of a view.
#[derive(ToSchema)]
pub(crate) struct Identity {
    /// MedHub's `userID`.
    user_id: String,
    given: String,
    family: String,
    /// The e-mail field, which may hold none or several addresses.
    email: String,
    kinds: Vec<Kind>,
    /// The programmes' numbers.
    programs: Vec<String>,
}

/// A linked pair.
#[derive(ToSchema)]
pub(crate) struct Linked {
    local: Local,
    /// `null` when no list has it.
    #[schema(required)]
    medhub: Option<Identity>,
    /// Whether a complete read no longer has the identity.
    missing: bool,
    /// Whether the link is only staged.
    staged: bool,
}

/// A suggested pair.
#[derive(ToSchema)]
pub(crate) struct Pair {
    local: Local,
    medhub: Identity,
}

/// An ambiguous group.
#[derive(ToSchema)]
pub(crate) struct Ambiguous {
    reason: AmbiguousReason,
    locals: Vec<Local>,
    medhub: Vec<Identity>,
}

/// An identity nobody here matches.
#[derive(ToSchema)]
pub(crate) struct OnlyMedhub {
    /// MedHub's `userID`.
    user_id: String,
    given: String,
    family: String,
    /// The e-mail field, which may hold none or several addresses.
    email: String,
    kinds: Vec<Kind>,
    /// The programmes' numbers.
    programs: Vec<String>,
    /// Whether its import is staged.
    staged: bool,
}
