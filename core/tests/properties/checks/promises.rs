//! A job is promised a start when it is first placed, keeps the promise whatever becomes of the
//! placement, and is rid of it once it starts or ends.

use ewc_core::model::{Job, JobState};

use super::{Check, Step, ensure};

pub fn check(step: &Step<'_>) -> Check {
    for (id, job) in step.after.jobs() {
        let promised = step.after.promised_wait_ms(*id);
        let open = !job.state.is_terminal() && !has_started(job);
        ensure(open || promised.is_none(), || {
            format!("promise of job {id}: outlives its start")
        })?;
        let placed = matches!(job.state, JobState::Planned | JobState::Staging);
        let first = placed && job.attempts.is_empty();
        ensure(!first || promised.is_some(), || {
            format!("promise of job {id}: was never made")
        })?;
        let before = step.before.promised_wait_ms(*id);
        ensure(
            before.is_none() || promised.is_none() || before == promised,
            || format!("promise of job {id}: changed afterwards"),
        )?;
    }
    Ok(())
}

fn has_started(job: &Job) -> bool {
    let first = job.attempts.first();
    first.is_some_and(|first| first.started_ms.is_some())
}
