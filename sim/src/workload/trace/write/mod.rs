//! Writes streams of jobs, one line a job.

mod csv;
mod parquet;
mod swf;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;

pub use csv::CsvWriter;
pub use parquet::ParquetWriter;
pub(crate) use parquet::{compressed, write_column};
pub use swf::{Head, SwfWriter};

use super::TraceJob;

/// Takes jobs in their order.
pub trait JobWriter {
    /// Writes a job.
    ///
    /// # Errors
    /// What lies below cannot be written.
    fn add(&mut self, job: &TraceJob) -> io::Result<()>;

    /// Writes what is left; says so where the jobs are not all.
    ///
    /// # Errors
    /// What lies below cannot be written.
    fn finish(self: Box<Self>, complete: bool) -> io::Result<()>;
}

/// Milliseconds, written as seconds.
struct Seconds(i64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let ms = self.0.unsigned_abs();
        match ms % 1000 {
            0 => write!(f, "{sign}{}", ms / 1000),
            millis => write!(f, "{sign}{}.{millis:03}", ms / 1000),
        }
    }
}
