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
        reconcile::plan::ImportRefusal as IdentityRefusal,
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
        ]), @"");
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
        ), @"");
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
            It::Import(IdentityRefusal::EmailInUse),
        ];
        insta::assert_snapshot!(lines(asks.into_iter().map(StageRefusal::Ask).chain([
            StageRefusal::NotAUser,
            StageRefusal::NotConnected,
            StageRefusal::NothingStaged,
            AuthorityRefusal::UnknownTenant.into(),
        ])), @"");
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
        insta::assert_snapshot!(lines.join("\n"), @"");
    }
}
