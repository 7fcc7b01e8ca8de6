//! Files from elsewhere, line by line: plain or compressed by gzip, with a limit on the length of a
//! line, so that no file can fill the memory. What the lines mean is not known here.

mod lines;
mod table;
#[cfg(test)]
mod tests;

use std::io;

pub use lines::{LINE_BYTES_MAX, Lines};
pub use table::{Row, Table, TableError, TableProblem};

/// Why the next line cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum InputProblem {
    /// The bytes could not be read.
    #[error("cannot be read: {0}")]
    Io(io::Error),
    /// The compressed file ends too early.
    #[error("the gzip file ends in the middle; fetch it again")]
    TruncatedGzip,
    /// The compressed file is damaged.
    #[error("the gzip file is damaged ({0}); fetch it again")]
    DamagedGzip(io::Error),
    /// The line is longer than [`LINE_BYTES_MAX`].
    #[error("is longer than 64 KiB; this is no file of lines")]
    LineTooLong,
}

impl InputProblem {
    fn reading(error: io::Error, compressed: bool) -> InputProblem {
        match (compressed, error.kind()) {
            (true, io::ErrorKind::UnexpectedEof) => InputProblem::TruncatedGzip,
            (true, io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => {
                InputProblem::DamagedGzip(error)
            }
            _ => InputProblem::Io(error),
        }
    }
}
