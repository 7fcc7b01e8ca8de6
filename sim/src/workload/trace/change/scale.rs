//! More or less load: distances between submissions are divided by a factor.

use super::{Change, ChangeError, TraceJob, Verdict};

/// Divides the time since the first submission by a factor: twice the factor, twice the load.
/// Deadlines keep their distance from the submission; runs and sizes stay as they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    factor: f64,
    first_ms: Option<i64>,
}

impl Scale {
    /// A factor from 0.001 to 1000.
    ///
    /// # Errors
    /// It is another.
    pub fn new(factor: f64) -> Result<Scale, ChangeError> {
        if !(0.001..=1000.0).contains(&factor) {
            return Err(ChangeError {
                what: "the load factor",
                value: factor,
                expected: "a number from 0.001 to 1000",
            });
        }
        Ok(Scale {
            factor,
            first_ms: None,
        })
    }
}

impl Change for Scale {
    fn apply(&mut self, mut job: TraceJob) -> Verdict {
        let first_ms = *self.first_ms.get_or_insert(job.submit_ms);
        let since_ms = job.submit_ms.saturating_sub(first_ms);
        let scaled_ms = (since_ms as f64 / self.factor).round() as i64;
        let submit_ms = first_ms.saturating_add(scaled_ms);
        let earlier_ms = job.submit_ms.saturating_sub(submit_ms);
        job.submit_ms = submit_ms;
        job.deadline_ms = job.deadline_ms.map(|at| at.saturating_sub(earlier_ms));
        Verdict::Keep(job)
    }
}
