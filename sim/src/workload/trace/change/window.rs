//! A part of a trace: by time, or its first jobs.

use super::{Change, TraceJob, Verdict};

/// Jobs submitted within a time. The clock stays that of the trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    from_ms: i64,
    until_ms: i64,
    first_ms: Option<i64>,
}

impl Window {
    /// From `from_ms`, included, to `until_ms`, not included, both counted from the first
    /// submission.
    pub fn new(from_ms: i64, until_ms: i64) -> Window {
        Window {
            from_ms,
            until_ms,
            first_ms: None,
        }
    }
}

impl Change for Window {
    fn apply(&mut self, job: TraceJob) -> Verdict {
        let first_ms = *self.first_ms.get_or_insert(job.submit_ms);
        let since_ms = job.submit_ms.saturating_sub(first_ms);
        if since_ms >= self.until_ms {
            Verdict::End
        } else if since_ms < self.from_ms {
            Verdict::LeaveOut
        } else {
            Verdict::Keep(job)
        }
    }
}

/// So many jobs from the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct First {
    /// How many are left.
    pub jobs: u64,
}

impl Change for First {
    fn apply(&mut self, job: TraceJob) -> Verdict {
        match self.jobs.checked_sub(1) {
            Some(left) => {
                self.jobs = left;
                Verdict::Keep(job)
            }
            None => Verdict::End,
        }
    }
}
