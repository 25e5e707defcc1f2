//! Which status each refusal has: the one place where the rules' words meet HTTP's.
//!
//! Every refusal is matched by name, so that a new one cannot be forgotten.

use super::{Fault, Problem};
use axum::http::StatusCode;
use identity_core::{
    authority::{AuthorityRefusal, QuestionRefusal},
    hcp::{
        AddOrganisationRefusal, delete::DeleteHcpRefusal, edit::EditHcpRefusal,
        import::ImportRefusal, place::PlaceRefusal, professional::AddProfessionalRefusal,
    },
    id::Id,
    journal::CheckpointRefusal,
    login::{LinkRefusal, LoginRefusal, PasswordRefused, PresentRefused, TakeoverRefusal},
    owner::{elevation::ElevationRefusal, proposal::ProposalRefusal, replace::ReplaceRefusal},
    person::edit::PersonRefusal,
    port::StoreError,
    reconcile::plan::{AskRefusal, StageRefusal},
    refusal::{Named, Refusal},
    role::{AssignRefusal, GrantRefusal, RemoveRefusal, custom::RoleRefusal},
    service::Failure,
    session::SessionRefusal,
    sheet::FileRefusal,
    tenant::{CreateTenantRefusal, Tenant, operator::OperatorRefusal, policy::PolicyRefusal},
    user::{AddUserRefusal, StatusRefusal},
};
use std::error::Error;

/// A refusal that has a status.
pub(crate) trait Refused: Refusal {
    /// The status it is answered with. Whoever is refused with 401 is told what a stranger is told, and no more (E3), but for a
    /// login that is wrong.
    fn status(&self) -> StatusCode;
}

impl Refused for AuthorityRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::UnknownTenant => StatusCode::NOT_FOUND,
            Self::TokenDead | Self::SessionOver => StatusCode::UNAUTHORIZED,
            Self::TenantSuspended
            | Self::UnknownActor
            | Self::ActorInactive
            | Self::DomainInactive
            | Self::NotOperator
            | Self::NotAnOwner
            | Self::NotElevated
            | Self::Missing(_) => StatusCode::FORBIDDEN,
        }
    }
}

impl Refused for QuestionRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Authority(it) => it.status(),
            // The path names both.
            Self::UnknownPermission(_) | Self::UnknownUser => StatusCode::NOT_FOUND,
        }
    }
}

impl Refused for CheckpointRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Authority(it) => it.status(),
            Self::OtherTenant | Self::NotSigned => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NoKey | Self::Broken(_) => StatusCode::CONFLICT,
        }
    }
}

impl Refused for GrantRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Authority(it) => it.status(),
            Self::MoreThanHeld | Self::SecondOwnerNeeded => StatusCode::FORBIDDEN,
        }
    }
}

impl Refused for TakeoverRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Grant(it) => it.status(),
            Self::UnknownUser => StatusCode::NOT_FOUND,
            // Whoever asks is known by a session: it is the act that is refused.
            Self::PresentNeeded | Self::OtherTenants => StatusCode::FORBIDDEN,
        }
    }
}

impl Refused for PresentRefused {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotKeptHere => StatusCode::CONFLICT,
            // As above.
            Self::Wrong => StatusCode::FORBIDDEN,
            Self::TooManyTries { .. } => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

impl Refused for CreateTenantRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Authority(it) => it.status(),
            Self::LoginUnproved | Self::LoginUnlinked | Self::PasswordOfOthers => {
                StatusCode::CONFLICT
            }
        }
    }
}

impl Refused for OperatorRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Authority(it) => it.status(),
            Self::UnknownDomain | Self::UnknownLogin => StatusCode::NOT_FOUND,
            Self::Unchanged | Self::PasswordOfOthers | Self::OwnersDomain => StatusCode::CONFLICT,
        }
    }
}

impl Refused for PolicyRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Authority(it) => it.status(),
            Self::SecondOwnerStays => StatusCode::FORBIDDEN,
            Self::Unchanged | Self::NoSecondOwner => StatusCode::CONFLICT,
        }
    }
}

impl Refused for PersonRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Authority(it) => it.status(),
            Self::Takeover(it) => it.status(),
            Self::Present(it) => it.status(),
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::Erased
            | Self::Unchanged
            | Self::LoginTaken
            | Self::LoginNeeded
            | Self::ProfessionalNeedsEmail
            | Self::ProfessionalTaken
            | Self::ActiveUser(_) => StatusCode::CONFLICT,
        }
    }
}

impl Refused for AddUserRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Grant(it) => it.status(),
            Self::UnknownRole | Self::OtherPerson => StatusCode::NOT_FOUND,
            Self::NamesNeeded => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NoDomain
            | Self::SeveralPersons(_)
            | Self::RoleUnfit
            | Self::HasUser { .. }
            | Self::LoginUnproved
            | Self::LoginTaken
            | Self::OwnerNotUsable
            | Self::PasswordOfOthers => StatusCode::CONFLICT,
        }
    }
}

impl Refused for StatusRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Authority(it) => it.status(),
            Self::Grant(it) => it.status(),
            Self::UnknownUser => StatusCode::NOT_FOUND,
            Self::Unchanged | Self::PersonErased | Self::HoldsTenantOwner => StatusCode::CONFLICT,
        }
    }
}

impl Refused for LinkRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Takeover(it) => it.status(),
            Self::NoLogin | Self::Unchanged | Self::HoldsTenantOwner => StatusCode::CONFLICT,
        }
    }
}

impl Refused for AssignRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Grant(it) => it.status(),
            Self::UnknownUser | Self::UnknownRole => StatusCode::NOT_FOUND,
            Self::RoleRetired
            | Self::OtherDomain
            | Self::OwnerNotUsable
            | Self::PasswordOfOthers
            | Self::AlreadyHeld => StatusCode::CONFLICT,
        }
    }
}

impl Refused for RemoveRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Grant(it) => it.status(),
            Self::UnknownUser | Self::UnknownRole => StatusCode::NOT_FOUND,
            Self::NotHeld | Self::OwnOwnership | Self::LastOwner => StatusCode::CONFLICT,
        }
    }
}

impl Refused for RoleRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Grant(it) => it.status(),
            Self::UnknownRole => StatusCode::NOT_FOUND,
            Self::UnknownPermission(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NameTaken | Self::BuiltIn | Self::Retired | Self::Unchanged => {
                StatusCode::CONFLICT
            }
        }
    }
}

impl Refused for ProposalRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Assign(it) => it.status(),
            Self::OwnProposal => StatusCode::FORBIDDEN,
            Self::NotNeeded | Self::ProposedAlready | Self::NotProposed | Self::ProposerGone => {
                StatusCode::CONFLICT
            }
        }
    }
}

impl Refused for ReplaceRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Authority(it) => it.status(),
            Self::NotAnOwner => StatusCode::CONFLICT,
            Self::Assign(it) => it.status(),
            Self::Add(it) => it.status(),
        }
    }
}

impl Refused for ElevationRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Authority(it) => it.status(),
            Self::NoSession => StatusCode::FORBIDDEN,
            Self::PasswordOfOthers | Self::AlreadyOn | Self::NotOn => StatusCode::CONFLICT,
        }
    }
}

impl Refused for SessionRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Authority(it) => it.status(),
            Self::OtherLogin => StatusCode::FORBIDDEN,
            // The length is the host's.
            Self::Life => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unknown | Self::UnknownUser => StatusCode::NOT_FOUND,
            Self::OverAlready => StatusCode::CONFLICT,
        }
    }
}

impl Refused for LoginRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Wrong => StatusCode::UNAUTHORIZED,
            Self::TooManyTries { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::SeveralUsers(_) => StatusCode::CONFLICT,
            Self::NoUser => StatusCode::FORBIDDEN,
            Self::Session(it) => it.status(),
        }
    }
}

impl Refused for PasswordRefused {
    fn status(&self) -> StatusCode {
        match self {
            Self::Takeover(it) => it.status(),
            Self::Present(it) => it.status(),
            Self::Unchanged | Self::Common | Self::TellsTheUser => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

impl Refused for PlaceRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::ParentNotFound => StatusCode::NOT_FOUND,
            Self::ParentNotOrganisation | Self::BelowItself | Self::TooDeep => StatusCode::CONFLICT,
        }
    }
}

impl Refused for AddOrganisationRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Authority(it) => it.status(),
            Self::Place(it) => it.status(),
        }
    }
}

impl Refused for AddProfessionalRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Authority(it) => it.status(),
            Self::Place(it) => it.status(),
            Self::Taken(_) => StatusCode::CONFLICT,
        }
    }
}

impl Refused for EditHcpRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Authority(it) => it.status(),
            Self::Place(it) => it.status(),
            Self::Person(it) => it.status(),
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::IsOrganisation | Self::IsProfessional | Self::Unchanged => StatusCode::CONFLICT,
        }
    }
}

impl Refused for DeleteHcpRefusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Authority(it) => it.status(),
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::HasChildren(_) => StatusCode::CONFLICT,
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
        let logs_in = refusal.code() == LoginRefusal::Wrong.code();
        if status == StatusCode::UNAUTHORIZED && !logs_in {
            // Whatever kills a token or a session, the answer is one (E3).
            return Fault::Unauthenticated.into();
        }
        let named = refusal.named();
        Self {
            status,
            code: refusal.code(),
            detail: refusal.to_string().into(),
            rule: Some(refusal.rule()),
            next: refusal.next(),
            named: (named != Named::default()).then(|| Box::new(named)),
        }
    }
}

impl<R: Refused> From<Failure<R>> for Problem {
    fn from(failure: Failure<R>) -> Self {
        let (code, rule, next) = (failure.code(), failure.rule(), failure.next());
        let of = |status, detail: &'static str| Self {
            status,
            code,
            detail: detail.into(),
            rule,
            next,
            named: None,
        };
        match failure {
            Failure::Refused(refusal) => Self::refused(&refusal),
            Failure::KeyReused => of(
                StatusCode::UNPROCESSABLE_ENTITY,
                "the key was used for another operation or content",
            ),
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
            Failure::Hashing(err) => {
                tracing::error!(cause = chain(&err), "password not hashed");
                of(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the password could not be looked at now",
                )
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
                    named: None,
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
mod tests;
