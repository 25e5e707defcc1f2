//! Imports.
use super::row::Problem;
use crate::{id::Id, sheet::Format, time::Instant, user::User};
use serde::{Deserialize, Serialize};

/// An import of a file: how far it is and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Its identifier.
    pub id: Id<Self>,
    /// Who started it.
    pub by: Id<User>,
    /// What the file was.
    pub format: Format,
    /// When it began.
    pub started_at: Instant,
    /// When its last row was accepted or rejected; `None` while it runs.
    pub finished_at: Option<Instant>,
    /// What came of the rows so far.
    pub counts: Counts,
}

/// What came of the rows of a file. Every row that is not blank is in exactly one of the first four.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Became a new record.
    pub created: u32,
    /// Changed a record.
    pub updated: u32,
    /// Said what was known.
    pub unchanged: u32,
    /// Could not be used.
    pub rejected: u32,
    /// Held nothing.
    pub blank: u32,
}

/// A row an import rejected: where and why, without what it held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedRow {
    /// Of which import.
    pub import: Id<Import>,
    /// The row's number, as a person sees it.
    pub row: u32,
    /// Everything that is wrong with it.
    pub problems: Vec<Problem>,
}
