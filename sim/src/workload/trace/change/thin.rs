//! Fewer jobs: each stays by chance.

use super::{Change, ChangeError, TraceJob, Verdict};
use crate::dice::Dice;

/// Apart from the streams of those who draw jobs, for seeds are often the same.
const STREAMS: u64 = 1 << 63;

/// Keeps each job with a probability. Whether a job stays depends on its row and the seed alone:
/// under one seed, what stays with a smaller probability also stays with a larger.
#[derive(Debug, Clone, PartialEq)]
pub struct Thin {
    keep: f64,
    seed: u64,
}

impl Thin {
    /// A probability from 0 to 1.
    ///
    /// # Errors
    /// It is no probability.
    pub fn new(keep: f64, seed: u64) -> Result<Thin, ChangeError> {
        match (0.0..=1.0).contains(&keep) {
            true => Ok(Thin { keep, seed }),
            false => Err(ChangeError {
                what: "the share of jobs to keep",
                value: keep,
                expected: "a number from 0 to 1",
            }),
        }
    }
}

impl Change for Thin {
    fn apply(&mut self, job: TraceJob) -> Verdict {
        match Dice::new(self.seed, STREAMS + job.row).unit() < self.keep {
            true => Verdict::Keep(job),
            false => Verdict::LeaveOut,
        }
    }
}
