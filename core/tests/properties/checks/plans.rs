//! A plan made or repaired on the state at hand is accepted wholly; what is refused changes nothing.

use ewc_core::command::Command;
use ewc_core::model::JobState;
use ewc_core::planner;
use ewc_core::state::Answer;

use super::{Check, Step, ensure};

pub fn check(step: &Step<'_>) -> Check {
    refused(step)?;
    let Command::CommitPlan(plan) = &step.entry.command else {
        return Ok(());
    };
    let Ok(Answer::Planned { accepted, rejected }) = &step.applied.result else {
        return Err("plan: no answer to a plan".to_owned());
    };
    let placed = plan.placements.len() + plan.moves.len();
    ensure(*accepted as usize + rejected.len() == placed, || {
        "plan: lost a job".to_owned()
    })?;
    if let Some(on) = step.entry.repaired_on {
        // Again, not of another state in a shortened log.
        return ensure(rejected.is_empty() || on != step.before.digest(), || {
            format!("plan: repaired, yet rejected: {rejected:?}")
        });
    }
    if !step.entry.fresh || plan.base_index != step.before.index() {
        return Ok(());
    }
    // A shortened log leads to other states under the same index; then the plan is not of it.
    let Some(round) = plan.round() else {
        return Err("plan: names no policy".to_owned());
    };
    if rejected.is_empty() {
        let moved = |id| {
            let job = step.after.job(id);
            job.is_some_and(|job| job.state != JobState::Pending || !job.attempts.is_empty())
        };
        return ensure(plan.placements.iter().all(|(id, _)| moved(*id)), || {
            "plan: an accepted job still waits".to_owned()
        });
    }
    let again = planner::plan(step.before, &round, |done| done < plan.stopped_at);
    ensure(again != *plan, || {
        format!("plan: fresh, yet rejected: {rejected:?}")
    })
}

fn refused(step: &Step<'_>) -> Check {
    if step.applied.result.is_ok() {
        return Ok(());
    }
    ensure(step.applied.events.is_empty(), || {
        "refused: with events".to_owned()
    })?;
    let mut idle = step.before.clone();
    idle.apply(
        step.entry.index,
        step.entry.time_ms,
        &Command::Refreshed(Vec::new()),
    );
    ensure(idle.digest() == step.after.digest(), || {
        "refused: changed the state".to_owned()
    })
}
