//! The last roster read, kept person by person so that a change of one is a change of one record.

use crate::{
    id::Id,
    roster::{Identity, Kind, Program, ProgramId, RosterRowProblem},
    tenant::Tenant,
    time::Instant,
};
use serde::{Deserialize, Serialize};

use super::Institution;

/// The head of the last read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// Whose.
    pub tenant: Id<Tenant>,
    /// Which MedHub.
    pub institution: Institution,
    /// When it was read.
    pub read_at: Instant,
    /// Whether every list was read. Only a complete roster can say that somebody is gone (R4).
    pub completeness: Completeness,
    /// The programmes, as MedHub lists them.
    pub programs: Vec<Program>,
    /// The lines that could not be used.
    pub problems: Vec<RosterRowProblem>,
}

/// Whether a roster can say that somebody is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "completeness")]
pub enum Completeness {
    /// Every list was read.
    Complete,
    /// Some were not: who stood in them before is kept.
    Partial {
        /// which
        failed: Vec<FailedList>,
    },
}

/// A list that was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedList {
    /// The programme.
    pub program: ProgramId,
    /// Residents or faculty.
    pub kind: Kind,
    /// The stable code of the failure.
    pub code: String,
    /// The failure in words.
    pub message: String,
}

/// A person of the last read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterPerson {
    /// Who.
    pub identity: Identity,
}
