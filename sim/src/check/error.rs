//! Why a table could not be worked out.

use std::io;
use std::path::PathBuf;

use crate::input::TableError;
use crate::site::queue::{LogError, QueueError};
use crate::workload::openb::OrderError;

/// An error with the file it is about.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", .path.display())]
pub struct CheckError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What may be wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It cannot be opened.
    #[error("cannot be opened: {0}; give the folder of the traces with --data")]
    Open(#[from] io::Error),
    /// It is no such table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// It is no order of a list.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// It is no log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The machine refuses a job of the log.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// It is well formed and yet not what the table was made from.
    #[error("{0}")]
    Content(String),
}
