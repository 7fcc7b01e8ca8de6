//! What may be wrong with a log.

use crate::input::InputProblem;

/// An error with the line it stands in, counted from 1.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct SwfError {
    /// The line.
    pub line: u64,
    /// What is wrong.
    #[source]
    pub problem: SwfProblem,
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum SwfProblem {
    /// The line could not be had.
    #[error(transparent)]
    Input(#[from] InputProblem),
    /// Fields are missing.
    #[error("has {found} fields; the Standard Workload Format has 18, and -1 for what is unknown")]
    TooFewFields {
        /// Fields found.
        found: usize,
    },
    /// A field is not a number.
    #[error("field {field} ({name}) is {value:?}, not a number")]
    NotANumber {
        /// From 1.
        field: usize,
        /// What the field means.
        name: &'static str,
        /// What stands there, shortened.
        value: String,
    },
    /// A field is infinite or beyond ±10¹⁵.
    #[error("field {field} ({name}) is {value}, which is out of range")]
    OutOfRange {
        /// From 1.
        field: usize,
        /// What the field means.
        name: &'static str,
        /// What stands there, shortened.
        value: String,
    },
    /// The status code has no meaning.
    #[error("field 11 (status) is {0}; the format knows 0 to 5 and -1")]
    UnknownStatus(i64),
}
