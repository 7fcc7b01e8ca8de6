//! Planned work that a round places anew: what has not begun may still go elsewhere, or earlier.

use crate::model::{Job, JobId, JobState};
use crate::state::State;

/// Planned jobs that a round reconsiders, at most: those that begin soonest.
pub(super) const PER_ROUND_MAX: usize = 1024;
/// What else is due before they are found, at most.
const OTHERS_MAX: usize = 16 * PER_ROUND_MAX;

/// True while nothing of the job's chain has begun, nor is about to.
pub(super) fn may_move(state: &State, job: &Job) -> bool {
    let begins_ms = job.placement.as_ref().map(|placement| placement.first_ms());
    let soon_ms = state.now_ms().saturating_add(state.policy().margin_ms);
    job.state == JobState::Planned && begins_ms.is_some_and(|at_ms| at_ms > soon_ms)
}

/// The planned jobs that a round may place anew, those that begin soonest first.
pub fn movable(state: &State, count: usize) -> Vec<JobId> {
    if state.count(JobState::Planned) == 0 {
        return Vec::new();
    }
    let due = state.due_from(state.now_ms()).take(OTHERS_MAX);
    let jobs = due.filter(|id| state.job(*id).is_some_and(|job| may_move(state, job)));
    jobs.take(count.min(PER_ROUND_MAX)).collect()
}
