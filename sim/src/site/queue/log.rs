//! Jobs of a log as a machine's queue wants them.

use std::fmt;
use std::io::Read;
use std::str::FromStr;

use crate::workload::swf::{SwfCounts, SwfError, SwfHeader, SwfJob, SwfReader};

use super::job::{QueuedJob, RUN_MS_MAX};

/// What a queue believes of a job's run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Estimate {
    /// The time that was asked for; where none was, the run itself.
    #[default]
    Requested,
    /// Twice the time that was asked for.
    Double,
    /// The run itself: a clairvoyant queue.
    Actual,
}

impl Estimate {
    /// Its name in flags and results.
    pub fn name(self) -> &'static str {
        match self {
            Estimate::Requested => "requested",
            Estimate::Double => "double",
            Estimate::Actual => "actual",
        }
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name of no estimate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("estimate {0:?} is not known; choose of requested, double, actual")]
pub struct UnknownEstimate(String);

impl FromStr for Estimate {
    type Err = UnknownEstimate;

    fn from_str(name: &str) -> Result<Estimate, UnknownEstimate> {
        let all = [Estimate::Requested, Estimate::Double, Estimate::Actual];
        let found = all.into_iter().find(|estimate| estimate.name() == name);
        found.ok_or_else(|| UnknownEstimate(name.to_owned()))
    }
}

/// What became of the rows of a log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogCounts {
    /// Rows that became a job.
    pub jobs: u64,
    /// Left out: they never ran, or the run is unknown.
    pub without_run: u64,
    /// Left out: processors unknown or none.
    pub without_processors: u64,
    /// Jobs whose run was cut to what they asked for, as a machine would have done.
    pub run_cut: u64,
    /// Jobs that asked for no time: their run stands for it.
    pub request_unknown: u64,
}

/// What a log has that a queue cannot use.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file.
    #[error(transparent)]
    Swf(#[from] SwfError),
    /// A run or an estimate of more than about 30 years, or more than 2³² processors.
    #[error(
        "line {line}: job {number}: its run, its request or its processors are out of range; \
         correct the row"
    )]
    OutOfRange {
        /// The line, counted from 1.
        line: u64,
        /// The job.
        number: i64,
    },
    /// A number comes twice, or out of order.
    #[error(
        "line {line}: job {number} comes after job {before}; the numbers of a log ascend and \
         none comes twice: renumber it"
    )]
    NotAscending {
        /// The line, counted from 1.
        line: u64,
        /// The job.
        number: i64,
        /// The job before.
        before: i64,
    },
}

/// Turns rows into jobs, one by one. Rows without a run or processors are left out and counted.
pub struct LogJobs<R: Read> {
    rows: SwfReader<R>,
    estimate: Estimate,
    counts: LogCounts,
    last: Option<SwfJob>,
}

impl<R: Read> LogJobs<R> {
    /// The jobs of a log.
    pub fn new(rows: SwfReader<R>, estimate: Estimate) -> LogJobs<R> {
        LogJobs {
            rows,
            estimate,
            counts: LogCounts::default(),
            last: None,
        }
    }

    /// What became of the rows read so far.
    pub fn counts(&self) -> LogCounts {
        self.counts
    }

    /// What became of the lines read so far.
    pub fn line_counts(&self) -> SwfCounts {
        self.rows.counts()
    }

    /// The header comments read so far.
    pub fn header(&self) -> &SwfHeader {
        self.rows.header()
    }

    /// The line read last, counted from 1.
    pub fn line(&self) -> u64 {
        self.rows.counts().lines
    }

    /// The row read last.
    pub fn row(&self) -> Option<&SwfJob> {
        self.last.as_ref()
    }

    fn next_row(&mut self) -> Option<Result<SwfJob, LogError>> {
        let row = match self.rows.next()? {
            Ok(row) => row,
            Err(error) => return Some(Err(error.into())),
        };
        let before = self.last.replace(row.clone()).map(|row| row.number);
        let number = row.number;
        match before.filter(|before| *before >= number) {
            None => Some(Ok(row)),
            Some(before) => Some(Err(LogError::NotAscending {
                line: self.line(),
                number,
                before,
            })),
        }
    }

    fn job(&mut self, row: &SwfJob) -> Result<Option<QueuedJob>, LogError> {
        let Some(run) = row.run_seconds() else {
            self.counts.without_run += 1;
            return Ok(None);
        };
        let Some(processors) = row.processors() else {
            self.counts.without_processors += 1;
            return Ok(None);
        };
        let asked = row.time_requested_seconds.filter(|seconds| *seconds > 0);
        self.counts.request_unknown += u64::from(asked.is_none());
        let request = asked.unwrap_or(run);
        self.counts.run_cut += u64::from(run > request);
        let run = run.min(request);
        let estimate = match self.estimate {
            Estimate::Requested => request,
            Estimate::Double => 2 * request,
            Estimate::Actual => run,
        };
        let line = self.line();
        let out_of_range = || LogError::OutOfRange {
            line,
            number: row.number,
        };
        let ms = |seconds: i64| seconds.checked_mul(1000).ok_or_else(out_of_range);
        let job = QueuedJob {
            id: u64::try_from(row.number).map_err(|_| out_of_range())?,
            submit_ms: ms(row.submit_seconds)?,
            processors: u32::try_from(processors).map_err(|_| out_of_range())?,
            run_ms: ms(run)?,
            estimate_ms: ms(estimate)?,
        };
        if job.estimate_ms > RUN_MS_MAX {
            return Err(out_of_range());
        }
        self.counts.jobs += 1;
        Ok(Some(job))
    }
}

impl<R: Read> Iterator for LogJobs<R> {
    type Item = Result<QueuedJob, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let row = match self.next_row()? {
                Ok(row) => row,
                Err(error) => return Some(Err(error)),
            };
            if let Some(job) = self.job(&row).transpose() {
                return Some(job);
            }
        }
    }
}
