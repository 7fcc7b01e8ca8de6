//! Problems of a configuration, collected so that one run names them all.

use std::fmt;
use std::str::FromStr;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field, as it is written in the file.
    pub field: String,
    /// What is wrong and what to do.
    pub problem: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

/// Everything that is wrong with a configuration; prints one problem a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.0.iter().enumerate() {
            let newline = if number == 0 { "" } else { "\n" };
            write!(f, "{newline}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl Problems {
    pub(super) fn one(field: impl Into<String>, problem: impl Into<String>) -> Problems {
        let mut problems = Problems(Vec::new());
        problems.add(field, problem);
        problems
    }

    pub(super) fn add(&mut self, field: impl Into<String>, problem: impl Into<String>) {
        self.0.push(Problem {
            field: field.into(),
            problem: problem.into(),
        });
    }

    /// The value if it is in range; otherwise a problem, and the value all the same.
    pub(super) fn in_range<T>(&mut self, field: &str, value: T, min: T, max: T) -> T
    where
        T: PartialOrd + fmt::Display + Copy,
    {
        // Written so that NaN is out of range too.
        if !(value >= min && value <= max) {
            self.add(field, format!("{value} is not between {min} and {max}"));
        }
        value
    }

    /// The parsed value, or a problem that says what was expected.
    pub(super) fn parsed<T: FromStr>(
        &mut self,
        field: &str,
        text: &str,
        expected: &str,
    ) -> Option<T> {
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.add(field, format!("\"{text}\" is not {expected}"));
        }
        parsed
    }
}
