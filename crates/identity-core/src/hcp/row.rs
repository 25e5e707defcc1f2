//! Rows.
use serde::{Deserialize, Serialize};

/// One thing that is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The header of the column as it stands in the file; empty when the whole row is meant.
    pub column: String,
    /// The code.
    pub code: ProblemCode,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// A required value is missing.
    RequiredMissing,
}
