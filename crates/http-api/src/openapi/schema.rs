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
    /// The tenant. To a token or a session every other than its own is unknown.
    #[param(format = "uuid")]
    tenant: String,
}

/// The import of a path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ImportPath {
    /// The import.
    #[param(format = "uuid")]
    import: String,
}

/// The domain of a path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct DomainPath {
    /// The domain.
    #[param(format = "uuid")]
    domain: String,
}

/// The person of a path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct PersonPath {
    /// The person.
    #[param(format = "uuid")]
    person: String,
}

/// The healthcare party of a path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct HcpPath {
    /// The healthcare party.
    #[param(format = "uuid")]
    hcp: String,
}

/// The user of a path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct UserPath {
    /// The user.
    #[param(format = "uuid")]
    user: String,
}

/// The role of a path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct RolePath {
    /// The role.
    #[param(format = "uuid")]
    role: String,
}

/// The session of a path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct SessionPath {
    /// The session.
    #[param(format = "uuid")]
    session: String,
}

/// The permission of a path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct PermissionPath {
    /// The permission, as `area:action`.
    permission: String,
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

/// Whether a tenant's users may do anything.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum TenantStatus {
    Active,
    Suspended,
}

/// Whether patients find a tenant among the health systems.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Listing {
    Unlisted,
    Listed,
}

/// A tenant.
#[derive(ToSchema)]
pub(crate) struct Tenant {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    status: TenantStatus,
    /// Since when it is suspended.
    #[schema(nullable = false, format = "date-time")]
    suspended_since: Option<String>,
    listing: Listing,
}

/// A tenant just made.
#[derive(ToSchema)]
pub(crate) struct TenantCreated {
    #[schema(format = "uuid")]
    tenant: String,
    /// Its internal domain.
    #[schema(format = "uuid")]
    domain: String,
    /// The user who is its first owner.
    #[schema(format = "uuid")]
    owner: String,
}

/// For whom a domain is: the tenant's staff, or patients.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum DomainKind {
    Internal,
    PatientCare,
}

/// Whether a domain's users may do anything.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum DomainStatus {
    Active,
    Inactive,
}

/// A point of entry.
#[derive(ToSchema)]
pub(crate) struct Domain {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    kind: DomainKind,
    status: DomainStatus,
}

/// What a manager of users may give away: any role but Tenant Owner, or only what they hold.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Grants {
    ManageUsersMayGrant,
    SubsetOnly,
}

/// Who must agree before somebody becomes an owner.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum OwnerGrants {
    OneOwner,
    TwoOwners,
}

/// How a tenant gives power away.
#[derive(ToSchema)]
pub(crate) struct Policy {
    grants: Grants,
    owner_grants: OwnerGrants,
    /// How many minutes Tenant Owner stays switched on.
    #[schema(minimum = 1, maximum = 60)]
    elevation_minutes: u32,
}

/// A person.
#[derive(ToSchema)]
pub(crate) struct Person {
    #[schema(format = "uuid")]
    id: String,
    given: String,
    family: String,
    /// The address, which others may have too.
    #[schema(required)]
    email: Option<String>,
    /// A calendar date without zone.
    #[schema(required, format = "date")]
    birth_date: Option<String>,
    /// In international form.
    #[schema(required)]
    mobile: Option<String>,
    /// The host's name for the patient record.
    #[schema(required)]
    patient: Option<String>,
    /// When what was known of them was erased.
    #[schema(nullable = false, format = "date-time")]
    erased_at: Option<String>,
    /// Their users; absent in pages.
    #[schema(nullable = false)]
    users: Option<Vec<Access>>,
    /// Their professional records; absent in pages.
    #[schema(nullable = false)]
    professionals: Option<Vec<String>>,
}

/// A user of a person.
#[derive(ToSchema)]
pub(crate) struct Access {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    domain: String,
    status: UserStatus,
}

/// A user just added.
#[derive(ToSchema)]
pub(crate) struct UserAdded {
    #[schema(format = "uuid")]
    user: String,
    #[schema(format = "uuid")]
    person: String,
    /// Whether the person was known before.
    person_found: bool,
}

/// An owner in the place of another.
#[derive(ToSchema)]
pub(crate) struct OwnerReplaced {
    /// The user who holds Tenant Owner now.
    #[schema(format = "uuid")]
    successor: String,
}

/// A proposal of an owner.
#[derive(ToSchema)]
pub(crate) struct Proposal {
    #[schema(format = "uuid")]
    id: String,
    /// Who is to become an owner.
    #[schema(format = "uuid")]
    user: String,
    /// The owner who wants it.
    #[schema(format = "uuid")]
    by: String,
    #[schema(format = "date-time")]
    at: String,
    /// The first instant at which it is over.
    #[schema(format = "date-time")]
    expires_at: String,
}

/// What a role is, for good.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum RoleKind {
    TenantOwner,
    SystemAdministrator,
    Learner,
    Teacher,
    Patient,
    Guest,
    Custom,
}

/// Whether a role counts.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum RoleStatus {
    Active,
    Retired,
}

/// A role.
#[derive(ToSchema)]
pub(crate) struct RoleLine {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    kind: RoleKind,
    /// What it permits; Tenant Owner permits everything and lists nothing.
    permissions: Vec<String>,
    status: RoleStatus,
}

/// A session that is not over.
#[derive(ToSchema)]
pub(crate) struct Session {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    user: String,
    #[schema(format = "date-time")]
    opened_at: String,
    /// The first instant at which it is over.
    #[schema(format = "date-time")]
    expires_at: String,
    /// The elevation that is in force.
    #[schema(required)]
    elevation: Option<Elevation>,
}

/// An elevation, be it over or not.
#[derive(ToSchema)]
pub(crate) struct ElevationLine {
    /// The number of the journal's entry of its beginning.
    number: u64,
    #[schema(format = "uuid")]
    user: String,
    #[schema(format = "uuid")]
    session: String,
    #[schema(format = "uuid")]
    id: String,
    /// In the owner's words.
    reason: String,
    #[schema(format = "date-time")]
    since: String,
    /// The first instant at which its time is over.
    #[schema(format = "date-time")]
    until: String,
    /// Its end; `null` as long as nobody entered it and its time is not over.
    #[schema(required)]
    ended: Option<ElevationEnd>,
}

/// The end of an elevation.
#[derive(ToSchema)]
pub(crate) struct ElevationEnd {
    /// The first instant at which it was over.
    #[schema(format = "date-time")]
    at: String,
    why: EndReason,
}

/// What ended an elevation.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum EndReason {
    SwitchedOff,
    Deadline,
    SessionEnded,
    RoleRemoved,
}

/// Tenant Owner, switched on.
#[derive(ToSchema)]
pub(crate) struct Elevation {
    #[schema(format = "uuid")]
    id: String,
    /// Why, in the owner's words.
    reason: String,
    #[schema(format = "date-time")]
    since: String,
    /// The first instant at which it is over.
    #[schema(format = "date-time")]
    until: String,
}

/// The session in which is asked.
#[derive(ToSchema)]
pub(crate) struct OwnSession {
    #[schema(format = "uuid")]
    tenant: String,
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    user: String,
    #[schema(format = "date-time")]
    opened_at: String,
    /// The first instant at which it is over.
    #[schema(format = "date-time")]
    expires_at: String,
    /// The elevation that is in force.
    #[schema(required)]
    elevation: Option<Elevation>,
}

/// A session just opened.
#[derive(ToSchema)]
pub(crate) struct NewSession {
    /// To be sent as a bearer's token. It is shown once.
    secret: String,
    #[schema(format = "uuid")]
    tenant: String,
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    user: String,
    #[schema(format = "date-time")]
    opened_at: String,
    /// The first instant at which it is over.
    #[schema(format = "date-time")]
    expires_at: String,
    /// The elevation that is in force.
    #[schema(required)]
    elevation: Option<Elevation>,
}

/// A user that a login opens.
#[derive(ToSchema)]
pub(crate) struct Choice {
    #[schema(format = "uuid")]
    tenant: String,
    #[schema(format = "uuid")]
    user: String,
}

/// Whether somebody has a permission, and why.
#[derive(ToSchema)]
pub(crate) struct Explanation {
    allowed: bool,
    /// The assignments that give it; empty where it is refused.
    because: Vec<Ground>,
    /// The elevation that the answer is given under.
    #[schema(nullable = false, format = "uuid")]
    elevation: Option<String>,
    /// Why it is refused.
    #[schema(nullable = false)]
    refusal: Option<Refusal>,
    /// The assignments that would give it, where it is refused; absent where there is none.
    #[schema(nullable = false)]
    withheld: Option<Vec<Withheld>>,
}

/// An assignment that would give a permission.
#[derive(ToSchema)]
pub(crate) struct Withheld {
    #[schema(format = "uuid")]
    assignment: String,
    #[schema(format = "uuid")]
    role: String,
    kind: RoleKind,
    by: Obstacle,
}

/// What keeps an assignment from giving anything.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Obstacle {
    SwitchedOff,
    AssignmentInactive,
    RoleRetired,
}

/// An assignment that gives a permission.
#[derive(ToSchema)]
pub(crate) struct Ground {
    #[schema(format = "uuid")]
    assignment: String,
    #[schema(format = "uuid")]
    role: String,
    kind: RoleKind,
}

/// A refusal.
#[derive(ToSchema)]
pub(crate) struct Refusal {
    /// The stable code.
    code: String,
    /// The reason in words.
    message: String,
    /// The rule that refuses.
    rule: String,
    /// The next step that may work.
    next: String,
}

/// An entry of a journal.
#[derive(ToSchema)]
pub(crate) struct Entry {
    /// Its number: 1 for the first.
    number: u64,
    /// SHA-256 over the tenant, the number, the hash before and the entry; hexadecimal.
    hash: String,
    /// When, who, what: ids alone. It stands as it was hashed, to the byte.
    #[schema(value_type = Object)]
    entry: String,
}

/// Whether a journal is whole.
#[derive(ToSchema)]
pub(crate) struct Verification {
    whole: bool,
    /// How many entries it has; `null` where it is broken.
    #[schema(required)]
    entries: Option<u64>,
    /// The hash of the last, hexadecimal; `null` where it is broken.
    #[schema(required)]
    hash: Option<String>,
    /// `null` where it is whole.
    #[schema(required)]
    broken: Option<Broken>,
}

/// The first entry of a journal that does not fit.
#[derive(ToSchema)]
pub(crate) struct Broken {
    /// Its number.
    entry: u64,
    /// What is wrong with it, in words.
    message: String,
}

/// The end of a journal at one moment, signed with the host's key (Ed25519), to be kept elsewhere.
#[derive(ToSchema)]
pub(crate) struct Checkpoint {
    /// Whose journal.
    #[schema(format = "uuid")]
    tenant: String,
    /// The number of its last entry; 0 where it has none.
    number: u64,
    /// The hash of that entry, hexadecimal.
    hash: String,
    /// When it was signed.
    #[schema(format = "date-time")]
    at: String,
    /// Hexadecimal.
    signature: String,
}

/// What would have been changed.
#[derive(ToSchema)]
pub(crate) struct Rehearsal {
    #[schema(format = "uuid")]
    tenant: String,
    /// What it relies on.
    expects: Vec<Expected>,
    /// What it would write.
    writes: Vec<Written>,
    /// What it would enter in the journal.
    #[schema(value_type = Vec<Object>)]
    entries: Vec<String>,
    /// The mails it would owe.
    #[schema(value_type = Vec<Object>)]
    messages: Vec<String>,
}

/// Something that a change relies on.
#[derive(ToSchema)]
pub(crate) struct Expected {
    /// A kind of record, or `persons_with_email`.
    kind: String,
    /// Its key; absent for a set.
    #[schema(nullable = false)]
    id: Option<String>,
    /// The version it was read at; absent for a set.
    #[schema(nullable = false)]
    version: Option<i64>,
}

/// What is done to a record.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum WriteKind {
    Create,
    Replace,
    Erase,
}

/// A change of one record; its values are not shown.
#[derive(ToSchema)]
pub(crate) struct Written {
    change: WriteKind,
    kind: String,
    id: String,
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

/// A user with all they hold, whether it counts or not.
#[derive(ToSchema)]
pub(crate) struct UserView {
    #[schema(format = "uuid")]
    id: String,
    given: String,
    family: String,
    /// The login, or else the person's address.
    #[schema(required)]
    email: Option<String>,
    status: UserStatus,
    /// The roles that count.
    roles: Vec<Role>,
    /// Every assignment, in the order of the roles' ids.
    assignments: Vec<Assignment>,
}

/// A role assignment of a user.
#[derive(ToSchema)]
pub(crate) struct Assignment {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    role: String,
    /// The role's name.
    name: String,
    kind: RoleKind,
    /// Whether the assignment counts.
    status: UserStatus,
    /// Whether the role does.
    role_status: RoleStatus,
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

/// A healthcare party, and where it stands.
#[derive(ToSchema)]
pub(crate) struct HcpView {
    /// What applications are given as `PARENT_ORGANISATION_ID` when it is an organisation.
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
    /// The organisations above it, from its parent up to the root.
    above: Vec<HcpAbove>,
    /// How many parties stand directly below it.
    below: u64,
}

/// An organisation above a healthcare party.
#[derive(ToSchema)]
pub(crate) struct HcpAbove {
    #[schema(format = "uuid")]
    id: String,
    name: String,
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
    /// Pairs remembered as not the same person; whoever is in one is also in one of the others.
    not_same: Vec<NotSame>,
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
    /// Pairs remembered as not the same person.
    not_same: u32,
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

/// A pair remembered as not the same person.
#[derive(ToSchema)]
pub(crate) struct NotSame {
    #[schema(format = "uuid")]
    user: String,
    /// MedHub's `userID`.
    user_id: String,
    /// `null` for whoever is neither learner nor teacher any more, nor linked.
    #[schema(required)]
    local: Option<Local>,
    /// `null` when no list has it.
    #[schema(required)]
    medhub: Option<Identity>,
    standing: Standing,
    /// When they were told apart.
    #[schema(format = "date-time")]
    at: String,
    /// Who did.
    #[schema(format = "uuid")]
    by: String,
}

/// Whether it still holds that two are not the same person.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// They look as alike as then.
    Holds,
    /// Addresses or kinds are others since, so that the two may match again.
    EvidenceChanged,
    /// A staged step forgets it.
    TakenBack,
}
