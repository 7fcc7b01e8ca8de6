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

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use flate2::read::MultiGzDecoder;

pub use error::{SwfError, SwfProblem};
pub use header::SwfHeader;
pub use job::{SwfJob, SwfStatus};

/// Longest line.
pub const LINE_BYTES_MAX: usize = 64 << 10;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

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
    source: Source<R>,
    compressed: bool,
    line: Vec<u8>,
    header: SwfHeader,
    counts: SwfCounts,
    opening_error: Option<io::Error>,
    ended: bool,
}

type Opened<R> = Chain<Cursor<Vec<u8>>, R>;

enum Source<R: Read> {
    Plain(BufReader<Opened<R>>),
    Gzip(Box<BufReader<MultiGzDecoder<BufReader<Opened<R>>>>>),
}

/// Starts to read a log. Its first two bytes tell whether it is compressed.
pub fn read<R: Read>(mut reader: R) -> SwfReader<R> {
    let (magic, opening_error) = match first_bytes(&mut reader) {
        Ok(magic) => (magic, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let compressed = magic == GZIP_MAGIC;
    let opened = BufReader::new(Cursor::new(magic).chain(reader));
    let source = match compressed {
        true => Source::Gzip(Box::new(BufReader::new(MultiGzDecoder::new(opened)))),
        false => Source::Plain(opened),
    };
    SwfReader {
        source,
        compressed,
        line: Vec::new(),
        header: SwfHeader::default(),
        counts: SwfCounts::default(),
        opening_error,
        ended: false,
    }
}

fn first_bytes(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut magic = Vec::with_capacity(GZIP_MAGIC.len());
    reader
        .take(GZIP_MAGIC.len() as u64)
        .read_to_end(&mut magic)?;
    Ok(magic)
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
        if let Some(error) = self.opening_error.take() {
            return Err(SwfProblem::Io(error));
        }
        while self.next_line()? {
            let line = self.line.trim_ascii();
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

    /// Reads one line into the buffer; false at the end.
    fn next_line(&mut self) -> Result<bool, SwfProblem> {
        self.line.clear();
        self.counts.lines += 1;
        let limit = LINE_BYTES_MAX as u64 + 1;
        let source: &mut dyn BufRead = match &mut self.source {
            Source::Plain(plain) => plain,
            Source::Gzip(gzip) => gzip,
        };
        let outcome = source.take(limit).read_until(b'\n', &mut self.line);
        let bytes = outcome.map_err(|error| SwfProblem::reading(error, self.compressed))?;
        if bytes > LINE_BYTES_MAX {
            return Err(SwfProblem::LineTooLong);
        }
        if bytes == 0 {
            self.counts.lines -= 1;
        }
        Ok(bytes > 0)
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
        let line = self.counts.lines;
        found
            .map_err(|problem| SwfError { line, problem })
            .transpose()
    }
}
