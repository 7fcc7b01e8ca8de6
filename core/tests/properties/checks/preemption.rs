//! Only work of lower priority that is preemptible gives way, for a job that got a place by the
//! same plan; what runs is stopped only if it may start anew, and its slot ends with the other's
//! start.

use ewc_core::Reason;
use ewc_core::command::Command;
use ewc_core::model::{Job, JobState, Outcome};

use super::{Check, Step, ensure};

pub fn check(step: &Step<'_>) -> Check {
    for after in step.after.jobs().values() {
        let Some(before) = step.before.job(after.id) else {
            continue;
        };
        if std::sync::Arc::ptr_eq(before, after) {
            continue;
        }
        let named = |text| format!("preemption of job {}: {text}", after.id);
        one(step, before, after).map_err(named)?;
    }
    Ok(())
}

fn one(step: &Step<'_>, before: &Job, after: &Job) -> Check {
    for (old, new) in before.attempts.iter().zip(&after.attempts) {
        if new.preempted && !old.preempted {
            ensure(restarts(after), || "it may not start anew".to_owned())?;
            ensure(new.outcome == Some(Outcome::Stopped), || {
                "it was not stopped".to_owned()
            })?;
            let ordered = before
                .preemption
                .is_some_and(|preemption| preemption.ordered);
            ensure(ordered, || "nobody ordered it to stop".to_owned())?;
            ensure(after.state == JobState::Pending, || {
                "it does not wait".to_owned()
            })?;
        }
    }
    ensure(after.preempted() <= 8, || "too often".to_owned())?;
    let gave_way = before.placement.is_some()
        && after.state == JobState::Pending
        && after.reason == Some(Reason::Preempted)
        && after.attempts == before.attempts;
    let will_stop = before.preemption.is_none() && after.preemption.is_some();
    if !gave_way && !will_stop {
        return Ok(());
    }
    ensure(matches!(step.entry.command, Command::CommitPlan(_)), || {
        "not by a plan".to_owned()
    })?;
    ensure(before.spec.preemptible, || {
        "it is not preemptible".to_owned()
    })?;
    let placed = |job: &&std::sync::Arc<Job>| {
        let was = step.before.job(job.id);
        job.planned_at == step.entry.index
            && was.is_some_and(|was| was.planned_at != job.planned_at)
    };
    let mut higher = step.after.jobs().values().filter(placed);
    let higher = higher.any(|job| job.spec.priority > before.spec.priority);
    ensure(higher, || "for no job of higher priority".to_owned())?;
    let Some(preemption) = after.preemption.filter(|_| will_stop) else {
        return ensure(!before.state.is_started(), || {
            "its run was not stopped".to_owned()
        });
    };
    ensure(restarts(after), || "it may not start anew".to_owned())?;
    let by = step.after.job(preemption.by).ok_or("for an unknown job")?;
    ensure(by.spec.priority > after.spec.priority, || {
        "for a lower one".to_owned()
    })?;
    let start_ms = by.placement.as_ref().map(|placement| placement.start_ms());
    let slots = after
        .placement
        .iter()
        .flat_map(|placement| &placement.groups);
    let ends = slots.map(|slot| slot.end_ms);
    ensure(ends.max() <= start_ms, || {
        "its slot overlaps the other's".to_owned()
    })
}

fn restarts(job: &Job) -> bool {
    job.spec.retries > 0 || job.spec.checkpointable
}
