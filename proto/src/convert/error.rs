//! What is wrong with a message, by the path of the field that is to blame.

use std::fmt::Display;

/// A message that cannot be taken into the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireError {
    /// Path of the field, such as `groups[1].resources.cpu_millis`.
    pub field: String,
    /// What is wrong with it, for example "must not be negative".
    pub problem: String,
}

impl WireError {
    /// An error of the field `field` of the message at hand; callers add the path in front.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> WireError {
        WireError {
            field: field.into(),
            problem: problem.into(),
        }
    }
}

impl Display for WireError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

impl std::error::Error for WireError {}

/// Puts a parent in front of an error's path.
pub(super) trait Within {
    /// The error came out of the message in field `parent`.
    fn within(self, parent: &str) -> Self;

    /// The error came out of item `index` of the list `parent`.
    fn within_item(self, parent: &str, index: usize) -> Self;
}

impl<T> Within for Result<T, WireError> {
    fn within(self, parent: &str) -> Self {
        self.map_err(|error| WireError {
            field: format!("{parent}.{}", error.field),
            ..error
        })
    }

    fn within_item(self, parent: &str, index: usize) -> Self {
        self.map_err(|error| WireError {
            field: format!("{parent}[{index}].{}", error.field),
            ..error
        })
    }
}
