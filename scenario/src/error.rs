//! What is wrong with a file, where, and what to do about it.

use std::path::PathBuf;

/// One field that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}; {hint}")]
pub struct FieldError {
    /// Path of the field, such as `groups[0].resources.memory`.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to do.
    pub hint: String,
}

impl FieldError {
    pub(crate) fn new(
        field: impl Into<String>,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) -> FieldError {
        FieldError {
            field: field.into(),
            problem: problem.into(),
            hint: hint.into(),
        }
    }
}

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is larger than any sensible file of its kind.
    #[error("the file has {bytes} bytes; the limit is {limit_bytes}")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        limit_bytes: u64,
    },
    /// Its name does not tell its format.
    #[error("{}: unknown kind of file; name it .toml, .yaml or .yml", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// It is not well-formed TOML or YAML.
    #[error("not well-formed {format}: {message}")]
    Syntax {
        /// TOML or YAML.
        format: &'static str,
        /// The parser's words, with the place.
        message: String,
    },
    /// A field is missing, unknown or wrong.
    #[error(transparent)]
    Field(#[from] FieldError),
}

/// What is wrong with a value, before anybody knows which field it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub hint: String,
}

impl Problem {
    pub(crate) fn new(problem: impl Into<String>, hint: impl Into<String>) -> Problem {
        Problem {
            problem: problem.into(),
            hint: hint.into(),
        }
    }

    /// The same, said of a field.
    pub fn at(self, field: impl Into<String>) -> FieldError {
        FieldError {
            field: field.into(),
            problem: self.problem,
            hint: self.hint,
        }
    }
}
