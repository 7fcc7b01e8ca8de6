//! Reads the Standard Workload Format of the Parallel Workloads Archive (Feitelson and others,
//! version 2.2): one job a line, 18 fields, plain or compressed by gzip.
//!
//! The reader streams: it holds one line and the header. It repairs or drops what the archive's
//! conventions say may occur, and counts both; anything else is an error with its line, after which
//! it yields nothing more. It does not sort, and it does not turn rows into jobs of the network:
//! see [`from_swf`](super::from_swf).

mod error;
mod header;
mod job;
mod row;
#[cfg(test)]
mod tests;

use std::io::Read;

use crate::input::Lines;

pub use error::{SwfError, SwfProblem};
pub use header::SwfHeader;
pub use job::{SwfJob, SwfStatus};

/// What became of the lines read so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SwfCounts {
    /// All lines, comments and blank ones included.
    pub lines: u64,
    /// Rows that became a job.
    pub jobs: u64,
    /// Jobs of these of which a field was repaired: a fraction was rounded, a negative value other
    /// than −1 became unknown, or fields behind the 18th were ignored.
    pub repaired: u64,
    /// Rows left out because they are bursts (status 2 to 4) of a job that has a row of its own.
    pub dropped_bursts: u64,
    /// Rows left out because their job number or submission time is unknown.
    pub dropped_unknown: u64,
}

/// Yields the jobs of a log in the order of its rows.
pub struct SwfReader<R: Read> {
    lines: Lines<R>,
    header: SwfHeader,
    counts: SwfCounts,
    ended: bool,
}

/// Starts to read a log. Its first two bytes tell whether it is compressed.
pub fn read<R: Read>(reader: R) -> SwfReader<R> {
    SwfReader {
        lines: Lines::new(reader),
        header: SwfHeader::default(),
        counts: SwfCounts::default(),
        ended: false,
    }
}

impl<R: Read> SwfReader<R> {
    /// The header comments read so far: all of them once the first job was yielded.
    pub fn header(&self) -> &SwfHeader {
        &self.header
    }

    /// What became of the lines read so far.
    pub fn counts(&self) -> SwfCounts {
        self.counts
    }

    fn next_job(&mut self) -> Result<Option<SwfJob>, SwfProblem> {
        while self.lines.advance()? {
            self.counts.lines = self.lines.number();
            let line = self.lines.line().trim_ascii();
            if line.is_empty() {
                continue;
            }
            if let Some(comment) = line.strip_prefix(b";") {
                self.header.add(&String::from_utf8_lossy(comment));
                continue;
            }
            let row = row::parse(line)?;
            if let Some(job) = self.counts.keep(row) {
                return Ok(Some(job));
            }
        }
        Ok(None)
    }
}

impl SwfCounts {
    fn keep(&mut self, row: row::Row) -> Option<SwfJob> {
        let Some(job) = row.job else {
            self.dropped_unknown += 1;
            return None;
        };
        if job.status == Some(SwfStatus::Burst) {
            self.dropped_bursts += 1;
            return None;
        }
        self.jobs += 1;
        self.repaired += u64::from(row.repaired);
        Some(job)
    }
}

impl<R: Read> Iterator for SwfReader<R> {
    type Item = Result<SwfJob, SwfError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let found = self.next_job();
        self.ended = !matches!(found, Ok(Some(_)));
        let line = self.lines.number();
        found
            .map_err(|problem| SwfError { line, problem })
            .transpose()
    }
}
