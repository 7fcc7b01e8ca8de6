//! Changes to a stream of jobs: load, window, thinning, length. Each leaves the order as it is and
//! holds no more than a few numbers; the same arguments give the same jobs.

mod scale;
#[cfg(test)]
mod tests;
mod thin;
mod window;

pub use scale::Scale;
pub use thin::Thin;
pub use window::{First, Window};

use super::{JobSource, TraceCounts, TraceError, TraceJob};

/// What becomes of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It stays, perhaps changed.
    Keep(TraceJob),
    /// It is left out.
    LeaveOut,
    /// It is left out, and so are all after it.
    End,
}

/// A change, asked for each job in turn.
pub trait Change {
    /// What becomes of the job.
    fn apply(&mut self, job: TraceJob) -> Verdict;
}

/// A value that a change cannot have.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{what} is {value}; give {expected}")]
pub struct ChangeError {
    /// Which value.
    pub what: &'static str,
    /// What it is.
    pub value: f64,
    /// What it may be.
    pub expected: &'static str,
}

/// The jobs of a source after a change. What was left out by it is not in the counts, which say
/// what became of the source's rows.
pub struct Changed<S, C> {
    source: S,
    change: C,
    ended: bool,
}

impl<S: JobSource, C: Change> Changed<S, C> {
    /// Changes the jobs of a source.
    pub fn new(source: S, change: C) -> Changed<S, C> {
        Changed {
            source,
            change,
            ended: false,
        }
    }
}

impl<S: JobSource, C: Change> Iterator for Changed<S, C> {
    type Item = Result<TraceJob, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let job = match self.source.next() {
                Some(Ok(job)) => job,
                other => {
                    self.ended = true;
                    return other;
                }
            };
            match self.change.apply(job) {
                Verdict::Keep(job) => return Some(Ok(job)),
                Verdict::LeaveOut => {}
                Verdict::End => self.ended = true,
            }
        }
        None
    }
}

impl<S: JobSource, C> JobSource for Changed<S, C>
where
    Changed<S, C>: Iterator<Item = Result<TraceJob, TraceError>>,
{
    fn counts(&self) -> TraceCounts {
        self.source.counts()
    }

    fn processors_max(&self) -> Option<i64> {
        self.source.processors_max()
    }

    fn unix_start_ms(&self) -> Option<i64> {
        self.source.unix_start_ms()
    }
}
