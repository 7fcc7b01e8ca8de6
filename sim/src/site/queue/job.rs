//! A job as a machine's queue sees it.

/// Longest run and estimate, about 30 years: above, something else was meant.
pub const RUN_MS_MAX: i64 = 1_000_000_000_000;

/// A rigid job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueuedJob {
    /// Its number, for whoever submits it.
    pub id: u64,
    /// When it is submitted.
    pub submit_ms: i64,
    /// Processors it holds from start to end.
    pub processors: u32,
    /// How long it runs, at most as long as estimated.
    pub run_ms: i64,
    /// What the queue believes; the machine would stop it then.
    pub estimate_ms: i64,
}

/// A job that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// The job.
    pub job: QueuedJob,
    /// When it started.
    pub start_ms: i64,
    /// When it ended.
    pub end_ms: i64,
}

impl Done {
    /// From its submission to its start.
    pub fn wait_ms(&self) -> i64 {
        self.start_ms - self.job.submit_ms
    }
}

/// Why a machine refuses a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// It would never start.
    #[error(
        "job {id} asks for {asked} processors; the machine has {there}: give it more, or leave \
         the job out"
    )]
    TooLarge {
        /// The job.
        id: u64,
        /// What it asks for.
        asked: u32,
        /// What there is.
        there: u32,
    },
    /// It holds nothing.
    #[error("job {0} asks for no processors; give at least 1")]
    NoProcessors(u64),
    /// Its run or its estimate is out of range, or the run is longer than the estimate.
    #[error(
        "job {id} runs for {run_ms} ms and is estimated at {estimate_ms} ms; a run takes at least \
         1 ms, at most its estimate, and an estimate at most {RUN_MS_MAX} ms"
    )]
    Run {
        /// The job.
        id: u64,
        /// Its run.
        run_ms: i64,
        /// Its estimate.
        estimate_ms: i64,
    },
    /// The clock would run back.
    #[error(
        "job {id} is submitted at {submit_ms} ms, when it is {now_ms} ms already; sort the log"
    )]
    ClockRunsBack {
        /// The job.
        id: u64,
        /// Its submission.
        submit_ms: i64,
        /// The machine's time.
        now_ms: i64,
    },
    /// The last job could end beyond the range of times.
    #[error(
        "with job {0} the last end may be beyond what 64 bits hold; give fewer or shorter jobs"
    )]
    BeyondTime(u64),
}

impl QueuedJob {
    /// Says whether a machine of so many processors can take it, at that time.
    pub(super) fn check(&self, processors: u32, now_ms: i64) -> Result<(), QueueError> {
        let &QueuedJob {
            id,
            submit_ms,
            run_ms,
            estimate_ms,
            ..
        } = self;
        if self.processors == 0 {
            return Err(QueueError::NoProcessors(id));
        }
        if self.processors > processors {
            return Err(QueueError::TooLarge {
                id,
                asked: self.processors,
                there: processors,
            });
        }
        if !(1..=estimate_ms).contains(&run_ms) || estimate_ms > RUN_MS_MAX {
            return Err(QueueError::Run {
                id,
                run_ms,
                estimate_ms,
            });
        }
        if submit_ms < now_ms {
            return Err(QueueError::ClockRunsBack {
                id,
                submit_ms,
                now_ms,
            });
        }
        Ok(())
    }
}
