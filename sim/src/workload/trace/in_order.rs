//! Puts jobs in the order of their submission, as far as a bounded look ahead goes.

use std::collections::BTreeMap;

use super::source::until_ended;
use super::{JobSource, TraceCounts, TraceError, TraceJob, TraceProblem};

/// Most rows that are looked ahead; they are held in memory.
pub const ROWS_AHEAD_MAX: u32 = 1_000_000;

/// The jobs of a source in the order of submission; those submitted together in the source's.
///
/// Holds as many jobs as it looks ahead. What stands further behind is an error.
pub struct InOrder<S> {
    source: S,
    file: String,
    rows_ahead: u32,
    held: BTreeMap<(i64, u64), TraceJob>,
    read: u64,
    latest_ms: Option<i64>,
    now_ms: Option<i64>,
    reordered: u64,
    drained: bool,
    ended: bool,
}

impl<S: JobSource> InOrder<S> {
    /// Looks so many rows ahead, at most [`ROWS_AHEAD_MAX`]. Errors name `file`.
    pub fn new(source: S, file: &str, rows_ahead: u32) -> InOrder<S> {
        InOrder {
            source,
            file: file.to_owned(),
            rows_ahead: rows_ahead.min(ROWS_AHEAD_MAX),
            held: BTreeMap::new(),
            read: 0,
            latest_ms: None,
            now_ms: None,
            reordered: 0,
            drained: false,
            ended: false,
        }
    }

    fn next_job(&mut self) -> Result<Option<TraceJob>, TraceError> {
        while !self.drained && self.held.len() <= self.rows_ahead as usize {
            match self.source.next().transpose()? {
                Some(job) => self.hold(job),
                None => self.drained = true,
            }
        }
        let Some((_, job)) = self.held.pop_first() else {
            return Ok(None);
        };
        match self.now_ms.replace(job.submit_ms) {
            Some(now_ms) if now_ms > job.submit_ms => Err(TraceError {
                file: self.file.clone(),
                line: job.row,
                problem: TraceProblem::ClockBack {
                    id: job.id,
                    submit_ms: job.submit_ms,
                    now_ms,
                    rows_ahead: self.rows_ahead,
                },
            }),
            _ => Ok(Some(job)),
        }
    }

    fn hold(&mut self, job: TraceJob) {
        let latest = self.latest_ms.max(Some(job.submit_ms));
        self.reordered += u64::from(latest > Some(job.submit_ms));
        self.latest_ms = latest;
        self.held.insert((job.submit_ms, self.read), job);
        self.read += 1;
    }
}

impl<S: JobSource> Iterator for InOrder<S> {
    type Item = Result<TraceJob, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let found = self.next_job();
        until_ended(found, &mut self.ended)
    }
}

impl<S: JobSource> JobSource for InOrder<S> {
    fn counts(&self) -> TraceCounts {
        TraceCounts {
            reordered: self.reordered,
            ..self.source.counts()
        }
    }

    fn processors_max(&self) -> Option<i64> {
        self.source.processors_max()
    }

    fn unix_start_ms(&self) -> Option<i64> {
        self.source.unix_start_ms()
    }
}
