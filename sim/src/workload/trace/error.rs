//! What may be wrong with a trace.

use crate::input::{InputProblem, TableProblem};
use crate::workload::swf::SwfProblem;

/// An error with its file and line.
#[derive(Debug, thiserror::Error)]
#[error("{file}: line {line}: {problem}")]
pub struct TraceError {
    /// The file, as it was named to the reader.
    pub file: String,
    /// The line, or the row of a Parquet file, counted from 1; 0 when nothing could be read.
    pub line: u64,
    /// What is wrong.
    #[source]
    pub problem: TraceProblem,
}

/// What is wrong with a line of a trace.
#[derive(Debug, thiserror::Error)]
pub enum TraceProblem {
    /// The line could not be had.
    #[error(transparent)]
    Input(#[from] InputProblem),
    /// The line is no row of its table, or a field is not what its column holds.
    #[error(transparent)]
    Table(#[from] TableProblem),
    /// The line is no row of a log.
    #[error(transparent)]
    Swf(#[from] SwfProblem),
    /// The file is no Parquet file, or damaged.
    #[error(
        "cannot be read as Parquet ({0}); fetch it again, or write it uncompressed, snappy or zstd"
    )]
    Parquet(String),
    /// A column holds lists or groups.
    #[error("column {0:?} holds lists or groups; map one of single values")]
    ColumnNested(String),
    /// The mapping names a column that is not there.
    #[error("column {column:?} is missing, which the mapping takes as {role}; there are {columns}")]
    ColumnMissing {
        /// The name.
        column: String,
        /// What the mapping takes it for.
        role: &'static str,
        /// All columns.
        columns: String,
    },
    /// A column that the mapping does not name.
    #[error(
        "column {0:?} is not in the mapping; map it, or name it under columns.ignore (\"*\" \
         ignores all others)"
    )]
    ColumnUnknown(String),
    /// Two columns have one name.
    #[error("column {0:?} is there twice; names must differ")]
    ColumnTwice(String),
    /// A run time below 0.
    #[error(
        "job {id}: its run time is negative ({value}); correct the row, or leave such rows out \
         with repair"
    )]
    NegativeRun {
        /// The job.
        id: String,
        /// What stands there.
        value: String,
    },
    /// No run time.
    #[error(
        "job {0}: its run time is unknown; correct the row, or leave such rows out with repair"
    )]
    NoRun(String),
    /// Neither cores nor accelerators.
    #[error(
        "job {0}: it has neither cores nor accelerators; correct the row, or leave such rows out \
         with repair"
    )]
    NoSize(String),
    /// A name is there twice.
    #[error("job {0} is there twice; names must differ, or leave the second out with repair")]
    Duplicate(String),
    /// A time or size beyond what can be counted with.
    #[error("job {id}: its {what} is out of range; correct the row")]
    OutOfRange {
        /// The job.
        id: String,
        /// Which value.
        what: &'static str,
    },
    /// The clock goes back.
    #[error(
        "job {id}: submitted at {submit_ms} ms, when it is {now_ms} ms already; sort the trace, \
         or look more than {rows_ahead} rows ahead"
    )]
    ClockBack {
        /// The job.
        id: String,
        /// When it was submitted.
        submit_ms: i64,
        /// The submission before.
        now_ms: i64,
        /// Rows that were looked ahead.
        rows_ahead: u32,
    },
}
