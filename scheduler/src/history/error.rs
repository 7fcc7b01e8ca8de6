//! What can go wrong in the history store.

use ewc_core::model::JobId;

/// An error of the history store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// A record is not what was written.
    #[error("history record of job {job} is damaged: {fault}")]
    Damaged {
        /// The job.
        job: JobId,
        /// What is wrong with it.
        fault: RecordFault,
    },
    /// The database below failed.
    #[error("history store: {0}")]
    Database(#[source] Box<redb::Error>),
}

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordFault {
    /// Shorter than its own header.
    #[error("too short")]
    TooShort,
    /// Written by another program.
    #[error("version {0} is not known")]
    Version(u8),
    /// The bytes changed, or belong to another job.
    #[error("checksum differs")]
    Checksum,
    /// The bytes are no job.
    #[error("no job")]
    Content,
}

macro_rules! from_redb {
    ($($error:ident),*) => {
        $(impl From<redb::$error> for HistoryError {
            fn from(error: redb::$error) -> HistoryError {
                HistoryError::Database(Box::new(error.into()))
            }
        })*
    };
}

from_redb!(
    DatabaseError,
    TransactionError,
    TableError,
    StorageError,
    CommitError,
    SetDurabilityError
);
