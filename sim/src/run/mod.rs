//! Runs a scenario of one site: the log through the site's queue, results into a folder.
//!
//! `jobs.csv` has a row for each job in the order of the ends, `jobs.swf` the log with the waits of
//! this run, `summary.json` what was run and what came out. The same scenario and log give the same
//! bytes. Memory grows with the jobs that wait or run, and with those that have ended while one
//! that was submitted before still waits or runs.

pub(crate) mod batsim;
pub(crate) mod folder;
mod jobs_csv;
mod jobs_swf;
mod site;
mod summary;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use folder::prepare as prepare_folder;
pub use site::{Outcome, run};

use crate::site::queue::{LogError, QueueError};

/// The simulator, as results name it.
pub const ENGINE: &str = concat!("ewc-sim ", env!("CARGO_PKG_VERSION"));

/// Why a run ended.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A field of the scenario.
    #[error("{field}: {problem}")]
    Scenario {
        /// Path of the field.
        field: &'static str,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The log.
    #[error("{}: {problem}", .path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: LogError,
    },
    /// A job that the machine cannot take.
    #[error("{}: line {line}: {problem}", .path.display())]
    Job {
        /// The log.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong.
        problem: QueueError,
    },
    /// A file cannot be read or written.
    #[error("{}: {problem}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        problem: std::io::Error,
    },
    /// The folder holds something already.
    #[error("{}: is not empty; give a new folder with --out", .0.display())]
    NotEmpty(PathBuf),
}
