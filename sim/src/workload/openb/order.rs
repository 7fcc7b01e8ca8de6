//! Orders: a whole number a line, for the order of arrivals or the ranks of nodes.

use std::io::Read;

use crate::input::{InputProblem, Lines};

/// An error with its line, counted from 1.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// The line could not be had.
    #[error("line {line}: {problem}")]
    Input {
        /// The line.
        line: u64,
        /// What is wrong.
        problem: InputProblem,
    },
    /// The line is no position.
    #[error("line {line} is {text:?}; give a whole number below {below}, the rows of the list")]
    NotAPosition {
        /// The line.
        line: u64,
        /// What stands there, shortened.
        text: String,
        /// Positions there are.
        below: usize,
    },
}

/// Reads positions in a list of so many rows, counted from 0.
///
/// # Errors
/// A line cannot be read or is no position.
pub fn read_order(reader: impl Read, below: usize) -> Result<Vec<usize>, OrderError> {
    let mut lines = Lines::new(reader);
    let mut order = Vec::new();
    loop {
        let more = lines.advance().map_err(|problem| OrderError::Input {
            line: lines.number(),
            problem,
        })?;
        if !more {
            return Ok(order);
        }
        let text = String::from_utf8_lossy(lines.line());
        let position = text.trim().parse().ok().filter(|at| *at < below);
        order.push(position.ok_or_else(|| OrderError::NotAPosition {
            line: lines.number(),
            text: text.trim().chars().take(40).collect(),
            below,
        })?);
    }
}
