//! The files of the traces.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::error::{CheckError, Problem};

/// A file of the traces, for messages and for reading.
pub(super) struct Source {
    path: PathBuf,
}

impl Source {
    pub(super) fn new(data: &Path, name: &str) -> Source {
        Source {
            path: data.join(name),
        }
    }

    pub(super) fn open(&self) -> Result<File, CheckError> {
        File::open(&self.path).map_err(|error| self.error(error))
    }

    pub(super) fn error(&self, problem: impl Into<Problem>) -> CheckError {
        CheckError {
            path: self.path.clone(),
            problem: problem.into(),
        }
    }

    pub(super) fn content(&self, what: impl Into<String>) -> CheckError {
        self.error(Problem::Content(what.into()))
    }
}
