//! Which status each refusal has: the one place where the rules' words meet HTTP's.
//!
//! Every refusal is matched by name, so that a new one cannot be forgotten.

use super::{Fault, Problem};
use axum::http::StatusCode;
use identity_core::{
    authority::AuthorityRefusal,
    hcp::import::ImportRefusal,
    id::Id,
    port::StoreError,
    reconcile::plan::{AskRefusal, StageRefusal},
    refusal::Refusal,
    service::Failure,
    sheet::FileRefusal,
    tenant::Tenant,
};
use std::error::Error;

/// A refusal that has a status.
pub(crate) trait Refused: Refusal {
    /// The status it is answered with.
    fn status(&self) -> StatusCode;
}

impl Refused for AuthorityRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::UnknownTenant => StatusCode::NOT_FOUND,
            Self::TokenDead => StatusCode::UNAUTHORIZED,
            Self::TenantSuspended
            | Self::UnknownActor
            | Self::ActorInactive
            | Self::DomainInactive
            | Self::NotAnOwner
            | Self::NotElevated
            | Self::Missing(_) => StatusCode::FORBIDDEN,
        }
    }
}

impl Refused for ImportRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Authority(it) => it.status(),
            Self::NotAUser => StatusCode::FORBIDDEN,
            Self::File(it) => of_file(it),
            Self::Header(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

fn of_file(refusal: &FileRefusal) -> StatusCode {
    match refusal {
        FileRefusal::TooLarge { .. } | FileRefusal::BudgetExceeded { .. } => {
            StatusCode::PAYLOAD_TOO_LARGE
        }
        FileRefusal::FormatUnknown
        | FileRefusal::FormatUnsupported { .. }
        | FileRefusal::HtmlDisguised
        | FileRefusal::XmlNotSpreadsheet => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        FileRefusal::Empty
        | FileRefusal::Encrypted
        | FileRefusal::Corrupt { .. }
        | FileRefusal::XmlDtdForbidden
        | FileRefusal::EncodingUndecodable
        | FileRefusal::CsvUnterminatedQuote { .. }
        | FileRefusal::SheetNone
        | FileRefusal::SheetRowsOutOfOrder => StatusCode::UNPROCESSABLE_ENTITY,
        // The file that cannot be read is our own copy of it.
        FileRefusal::Cancelled | FileRefusal::Unreadable { .. } => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl Refused for StageRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Authority(it) => it.status(),
            Self::NotAUser => StatusCode::FORBIDDEN,
            Self::NotConnected | Self::NothingStaged => StatusCode::CONFLICT,
            Self::Ask(it) => match it {
                AskRefusal::UnknownUser | AskRefusal::UnknownIdentity => StatusCode::NOT_FOUND,
                AskRefusal::UserTaken | AskRefusal::IdentityTaken | AskRefusal::NotLinked => {
                    StatusCode::CONFLICT
                }
                AskRefusal::NotInCohort | AskRefusal::Import(_) => StatusCode::UNPROCESSABLE_ENTITY,
            },
        }
    }
}

impl Problem {
    /// The problem of a refusal.
    pub(crate) fn refused(refusal: &impl Refused) -> Self {
        let status = refusal.status();
        if status == StatusCode::UNAUTHORIZED {
            // Whatever kills a token, the answer is one (E3).
            return Fault::Unauthenticated.into();
        }
        Self {
            status,
            code: refusal.code(),
            detail: refusal.to_string().into(),
            rule: Some(refusal.rule()),
            next: refusal.next(),
        }
    }
}

impl<R: Refused> From<Failure<R>> for Problem {
    fn from(failure: Failure<R>) -> Self {
        let (code, next) = (failure.code(), failure.next());
        let of = |status, detail: &'static str| Self {
            status,
            code,
            detail: detail.into(),
            rule: None,
            next,
        };
        match failure {
            Failure::Refused(refusal) => Self::refused(&refusal),
            Failure::KeyReused => Self {
                rule: Some("J4"),
                ..of(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "the key was used for another operation or content",
                )
            },
            Failure::Contended => of(
                StatusCode::CONFLICT,
                "others kept changing the same records",
            ),
            Failure::Store(err) => err.into(),
            Failure::OutcomeUnknown(cause) => {
                tracing::error!(cause = chain(&*cause), "outcome of a commit is unknown");
                Self {
                    rule: Some("J4"),
                    ..of(
                        StatusCode::INTERNAL_SERVER_ERROR,
                        "the change may have been made or not",
                    )
                }
            }
            Failure::NoRandomness(err) => {
                tracing::error!(cause = chain(&err), "no randomness");
                Fault::Internal.into()
            }
        }
    }
}

impl From<StoreError> for Problem {
    fn from(err: StoreError) -> Self {
        match err {
            StoreError::Unavailable(cause) => {
                tracing::error!(cause = chain(&*cause), "store unavailable");
                Self {
                    status: StatusCode::SERVICE_UNAVAILABLE,
                    code: "store_unavailable",
                    detail: "the store cannot answer now".into(),
                    rule: None,
                    next: "try again later",
                }
            }
            StoreError::Corrupt { table, column, id } => {
                // A key that is no identifier may be an address, which no log is to hold.
                let id = id.parse::<Id<Tenant>>().ok();
                tracing::error!(table, column, id = ?id, "stored value cannot be read");
                Fault::Internal.into()
            }
        }
    }
}

/// The causes of an error, for the log alone.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use identity_core::{
        hcp::{header::HeaderRefusal, row::Field},
        permission::USERS_MANAGE,
        port::NoRandomness,
        reconcile::plan::ImportProblem,
        sheet::Budget,
    };

    fn lines<R: Refused>(refusals: impl IntoIterator<Item = R>) -> String {
        let lines: Vec<_> = refusals
            .into_iter()
            .map(|it| {
                let Problem {
                    status, code, rule, ..
                } = Problem::refused(&it);
                format!("{} {code} {}", status.as_u16(), rule.unwrap_or("-"))
            })
            .collect();
        lines.join("\n")
    }

    #[test]
    fn what_an_actor_may_not_has_its_status() {
        use AuthorityRefusal as It;
        insta::assert_snapshot!(lines([
            It::UnknownTenant,
            It::TenantSuspended,
            It::UnknownActor,
            It::ActorInactive,
            It::DomainInactive,
            It::TokenDead,
            It::NotAnOwner,
            It::NotElevated,
            It::Missing(USERS_MANAGE),
        ]), @"
    404 tenant_unknown A1
    403 tenant_suspended A1
    403 actor_unknown A1
    403 actor_inactive A1
    403 domain_inactive A1
    401 token_invalid E3
    403 not_an_owner O4
    403 elevation_required O4
    403 permission_missing A1
    ");
    }

    #[test]
    fn what_a_file_lacks_has_its_status() {
        use FileRefusal as It;
        let kind = std::io::ErrorKind::Other;
        let (what, limit) = (Budget::Rows, 7);
        let files = [
            It::TooLarge { limit },
            It::Empty,
            It::FormatUnknown,
            It::FormatUnsupported { format: "xls" },
            It::HtmlDisguised,
            It::Encrypted,
            It::Corrupt { what: "part" },
            It::BudgetExceeded { what, limit },
            It::XmlDtdForbidden,
            It::XmlNotSpreadsheet,
            It::EncodingUndecodable,
            It::CsvUnterminatedQuote { line: 1 },
            It::SheetNone,
            It::SheetRowsOutOfOrder,
            It::Cancelled,
            It::Unreadable { kind },
        ];
        let headers = [
            HeaderRefusal::NotFound,
            HeaderRefusal::Missing(Field::FirstName),
            HeaderRefusal::Duplicate(Field::FirstName),
            HeaderRefusal::Ambiguous,
        ];
        insta::assert_snapshot!(lines(
            files
                .into_iter()
                .map(ImportRefusal::File)
                .chain(headers.into_iter().map(ImportRefusal::Header))
                .chain([ImportRefusal::NotAUser, AuthorityRefusal::TokenDead.into()]),
        ), @"
    413 file_too_large H3
    422 file_empty H3
    415 file_format_unknown H3
    415 file_format_unsupported H3
    415 file_html_disguised H3
    422 file_encrypted H3
    422 file_corrupt H3
    413 file_budget_exceeded H3
    422 xml_dtd_forbidden H3
    415 xml_not_spreadsheet H3
    422 encoding_undecodable H3
    422 csv_unterminated_quote H3
    422 sheet_none H3
    422 sheet_rows_out_of_order H3
    503 file_cancelled H3
    503 file_unreadable H3
    422 header_not_found H1
    422 header_missing H1
    422 header_duplicate H1
    422 header_ambiguous H1
    403 not_a_user A5
    401 token_invalid E3
    ");
    }

    #[test]
    fn what_cannot_be_staged_has_its_status() {
        use AskRefusal as It;
        let asks = [
            It::UnknownUser,
            It::UnknownIdentity,
            It::NotInCohort,
            It::UserTaken,
            It::IdentityTaken,
            It::NotLinked,
            It::Import(ImportProblem::EmailInUse),
        ];
        insta::assert_snapshot!(lines(asks.into_iter().map(StageRefusal::Ask).chain([
            StageRefusal::NotAUser,
            StageRefusal::NotConnected,
            StageRefusal::NothingStaged,
            AuthorityRefusal::UnknownTenant.into(),
        ])), @"
    404 user_unknown A5
    404 identity_unknown A5
    422 user_not_in_cohort A5
    409 user_taken R3
    409 identity_taken R3
    409 user_not_linked A5
    422 email_in_use R7
    403 not_a_user A5
    409 medhub_not_connected A5
    409 nothing_staged A5
    404 tenant_unknown A1
    ");
    }

    /// AUD-09: causes stay inside.
    #[test]
    fn what_fails_inside_says_nothing_of_the_inside() {
        type It = Failure<AuthorityRefusal>;
        let cause = || "no such column secret_sql in /srv/rollcall.db".into();
        let corrupt = StoreError::Corrupt {
            table: "accounts",
            column: "login",
            id: "ada@general.example".to_owned(),
        };
        let failures = [
            It::KeyReused,
            It::Contended,
            It::Store(StoreError::Unavailable(cause())),
            It::Store(corrupt),
            It::OutcomeUnknown(cause()),
            It::NoRandomness(NoRandomness(cause())),
        ];
        let problems = failures.map(Problem::from);
        let told = format!("{problems:?}");
        for inside in ["secret_sql", "srv", "accounts", "login", "ada"] {
            assert!(!told.contains(inside), "{told}");
        }
        let lines: Vec<_> = problems
            .iter()
            .map(|it| {
                format!(
                    "{} {}: {}; {}",
                    it.status.as_u16(),
                    it.code,
                    it.detail,
                    it.next
                )
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @"
    422 operation_key_reused: the key was used for another operation or content; use a new key for a new operation
    409 contended: others kept changing the same records; try again
    503 store_unavailable: the store cannot answer now; try again later
    500 internal: something went wrong here; name the request's id to whoever runs this service
    500 outcome_unknown: the change may have been made or not; ask again with the same operation key, or look whether the change is there
    500 internal: something went wrong here; name the request's id to whoever runs this service
    ");
    }
}
