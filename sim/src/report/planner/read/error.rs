//! What may be wrong with a folder of results.

use std::io;
use std::path::{Path, PathBuf};

use crate::input::TableError;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file cannot be read or written.
    #[error("{}: {problem}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        problem: io::Error,
    },
    /// A file that every such folder has is missing.
    #[error("{}: is missing; run the scenario anew, or give the folder as it was written",
        .0.display())]
    Missing(PathBuf),
    /// A table is damaged; the problem names the line.
    #[error("{}: {problem}", .path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// What is wrong, and in which line.
        problem: TableError,
    },
    /// A line of a table names what the network does not have.
    #[error("{}: line {line}: {problem}", .path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// A file of JSON is damaged, or a field is missing; the problem names the line.
    #[error("{}: {problem}", .path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong, and in which line.
        problem: serde_json::Error,
    },
    /// The file has another version.
    #[error("{}: version is {found}; this program reads {known}", .path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// What stands there.
        found: u32,
        /// What can be read.
        known: u32,
    },
    /// The folder is none of results.
    #[error("{}: holds no results; give the --out folder of run, compare, whatif or sweep",
        .0.display())]
    NoResults(PathBuf),
}

impl ReportError {
    /// Of a file that the system does not give.
    pub(in crate::report::planner) fn of_file(path: &Path, problem: io::Error) -> ReportError {
        match problem.kind() {
            io::ErrorKind::NotFound => ReportError::Missing(path.to_owned()),
            _ => ReportError::File {
                path: path.to_owned(),
                problem,
            },
        }
    }

    /// Of a line that names what is not there.
    pub(super) fn of_line(path: &Path, line: u64, problem: String) -> ReportError {
        ReportError::Line {
            path: path.to_owned(),
            line,
            problem,
        }
    }
}
