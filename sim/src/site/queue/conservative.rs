//! Conservative backfilling: every waiting job has a reservation.
//!
//! An earliest start is now, or an end that is estimated or reserved. Before the first reservation
//! nothing else starts, so it begins now or at an estimated end of what runs, and at that time
//! something really ends at the latest: an event is there for every start.

use std::collections::VecDeque;

use super::job::QueuedJob;
use super::profile::Profile;
use super::running::Running;

/// The waiting jobs in the order of their submission, each with the start it has reserved.
#[derive(Default)]
pub(super) struct Reserved {
    jobs: VecDeque<(QueuedJob, i64)>,
}

impl Reserved {
    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    /// A new job takes the earliest time that the others leave.
    pub(super) fn push(&mut self, job: QueuedJob, running: &mut Running, now_ms: i64) {
        let profile = self.profile(running, now_ms);
        let start_ms = profile.earliest(job.processors, job.estimate_ms);
        self.jobs.push_back((job, start_ms));
        self.start_due(running, now_ms);
    }

    /// After an end: one after the other gives its reservation up and takes the earliest one,
    /// which is never later.
    pub(super) fn compress(&mut self, running: &mut Running, now_ms: i64) {
        let mut profile = self.profile(running, now_ms);
        for (job, start_ms) in &mut self.jobs {
            profile.give_back(job.processors, *start_ms, job.estimate_ms);
            *start_ms = profile.earliest(job.processors, job.estimate_ms);
            profile.take(job.processors, *start_ms, job.estimate_ms);
        }
        self.start_due(running, now_ms);
    }

    /// What running jobs and reservations leave.
    fn profile(&self, running: &Running, now_ms: i64) -> Profile {
        let mut profile = Profile::new(now_ms, running.free(), running.estimated_ends());
        for (job, start_ms) in &self.jobs {
            profile.take(job.processors, *start_ms, job.estimate_ms);
        }
        profile
    }

    fn start_due(&mut self, running: &mut Running, now_ms: i64) {
        self.jobs.retain(|(job, start_ms)| {
            let due = *start_ms <= now_ms;
            if due {
                running.start(*job, now_ms);
            }
            !due
        });
    }
}
