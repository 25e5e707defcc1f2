//! The kinds of records and their tables: each says once how it lies in its row.

mod access;
mod hcp;
mod person;
mod reconcile;
mod session;
mod token;

/// Calls a function that is generic over the kind of record with whatever is in a `Put` or a `Ref`. Its arms are checked
/// to be all there are, so that a new kind cannot be forgotten.
macro_rules! by_kind {
    ($enum:ident, $value:expr, $function:ident($($argument:expr),*)) => {
        match $value {
            $enum::Account(it) => $function::<identity_core::account::Account>(it, $($argument),*),
            $enum::ApiToken(it) => $function::<identity_core::token::ApiToken>(it, $($argument),*),
            $enum::Assignment(it) => $function::<identity_core::role::Assignment>(it, $($argument),*),
            $enum::Credential(it) => $function::<identity_core::login::Credential>(it, $($argument),*),
            $enum::Domain(it) => $function::<identity_core::tenant::Domain>(it, $($argument),*),
            $enum::Elevation(it) => $function::<identity_core::owner::Elevation>(it, $($argument),*),
            $enum::Hcp(it) => $function::<identity_core::hcp::Hcp>(it, $($argument),*),
            $enum::Import(it) => $function::<identity_core::hcp::import::Import>(it, $($argument),*),
            $enum::Integration(it) => $function::<identity_core::reconcile::Integration>(it, $($argument),*),
            $enum::Link(it) => $function::<identity_core::reconcile::Link>(it, $($argument),*),
            $enum::NotSame(it) => $function::<identity_core::reconcile::not_same::NotSame>(it, $($argument),*),
            $enum::Owners(it) => $function::<identity_core::owner::Owners>(it, $($argument),*),
            $enum::Person(it) => $function::<identity_core::person::Person>(it, $($argument),*),
            $enum::Plan(it) => $function::<identity_core::reconcile::plan::Plan>(it, $($argument),*),
            $enum::Proposal(it) => $function::<identity_core::owner::Proposal>(it, $($argument),*),
            $enum::RejectedRow(it) => $function::<identity_core::hcp::import::RejectedRow>(it, $($argument),*),
            $enum::Role(it) => $function::<identity_core::role::Role>(it, $($argument),*),
            $enum::Roster(it) => $function::<identity_core::reconcile::snapshot::Roster>(it, $($argument),*),
            $enum::RosterPerson(it) => $function::<identity_core::reconcile::snapshot::RosterPerson>(it, $($argument),*),
            $enum::Session(it) => $function::<identity_core::session::Session>(it, $($argument),*),
            $enum::Step(it) => $function::<identity_core::reconcile::plan::Step>(it, $($argument),*),
            $enum::Tenant(it) => $function::<identity_core::tenant::Tenant>(it, $($argument),*),
            $enum::Tries(it) => $function::<identity_core::login::Tries>(it, $($argument),*),
            $enum::User(it) => $function::<identity_core::user::User>(it, $($argument),*),
        }
    };
}
pub(crate) use by_kind;
