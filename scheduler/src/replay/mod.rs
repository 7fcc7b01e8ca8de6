//! `ewc-scheduler replay`: recomputes logged plans and says whether they come out the same.
//!
//! A plan is a function of the state it was made on, its round and the checkpoint at which it
//! stopped; one that was repaired on a newer state, of that one too. The log names them all.
//! States are rebuilt from the snapshot before them by applying the entries in between. Everything
//! is read once to learn which states are needed, and once more to rebuild them: a state is held
//! from its index until the last plan made on it, and no longer.
//!
//! Nothing of the directory is changed. Entries that the member does not yet know to be committed
//! are not looked at.

mod answer;
mod command;
mod difference;
mod progress;
pub(crate) mod source;
pub(crate) mod walk;
mod workers;

#[cfg(test)]
pub(crate) mod tests;

use std::path::PathBuf;

pub use answer::{Answer, Replayed, Report};
pub use command::{Args, main};
pub use difference::{Difference, first_difference};
pub use walk::replay;

use crate::archive::ArchiveError;
use crate::log_store;
use crate::replica::EntryError;

/// What is to be replayed, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Index of the first plan's log entry.
    pub from: u64,
    /// Index of the last plan's log entry.
    pub to: u64,
    /// Plans that are recomputed at the same time.
    pub threads: usize,
}

/// What cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The directory is not a member's.
    #[error(
        "--data-dir: {path} holds neither a log nor an archive; give the data_dir of a scheduler"
    )]
    NotADataDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// A member runs on the directory, and has archived nothing so far.
    #[error(
        "--data-dir: a scheduler runs on {path} and its archive is empty; stop it, or wait for \
         the first segment"
    )]
    NothingYet {
        /// The directory.
        path: PathBuf,
    },
    /// A state cannot be read.
    #[error("state {path}: {problem}")]
    Base {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// An entry cannot be read.
    #[error("entry {index}: {source}")]
    Entry {
        /// Its index.
        index: u64,
        /// What is wrong with it.
        source: EntryError,
    },
    /// The archive cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The log or a snapshot cannot be read.
    #[error(transparent)]
    Log(#[from] log_store::Error),
}
