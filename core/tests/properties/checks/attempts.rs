//! At most one start without retries, no overlap with them, and fences that only rise.

use ewc_core::command::{Command, RunPhase};
use ewc_core::model::{Attempt, Job, JobState, PartPhase, Resources};

use super::{Check, Step, ensure};

pub fn check(step: &Step<'_>) -> Check {
    for job in step.after.jobs().values() {
        let before = step.before.job(job.id);
        if before.is_some_and(|before| std::sync::Arc::ptr_eq(before, job)) {
            continue;
        }
        standing(job).map_err(|text| format!("attempts of job {}: {text}", job.id))?;
        if let Some(before) = before {
            history(step, before, job)
                .map_err(|text| format!("attempts of job {}: {text}", job.id))?;
        }
    }
    stale_reports(step)
}

fn standing(job: &Job) -> Check {
    let attempts = &job.attempts;
    let counts = |attempt: &&Attempt| !attempt.preempted && !attempt.moved;
    let used = attempts.iter().filter(counts).count();
    ensure(used <= job.spec.retries as usize + 1, || {
        format!("{used} starts with {} retries", job.spec.retries)
    })?;
    let rising = attempts
        .windows(2)
        .all(|pair| pair[0].fence < pair[1].fence);
    ensure(rising, || "fences do not rise".to_owned())?;
    let numbered = attempts
        .iter()
        .zip(1..)
        .all(|(attempt, number)| attempt.number == number);
    ensure(numbered, || "numbers have gaps".to_owned())?;
    let open = attempts
        .iter()
        .filter(|attempt| attempt.ended_ms.is_none())
        .count();
    let last_open = attempts
        .last()
        .is_some_and(|attempt| attempt.ended_ms.is_none());
    let sane = match job.state {
        JobState::Dispatched => open == 1 && last_open,
        JobState::Running => open == usize::from(last_open) && !attempts.is_empty(),
        _ => open == 0,
    };
    ensure(sane, || format!("{open} open in state {:?}", job.state))?;
    let ended = attempts.iter().filter(|attempt| attempt.ended_ms.is_some());
    let mut parts = ended.flat_map(|attempt| &attempt.parts);
    ensure(parts.all(|part| part.outcome.is_some()), || {
        "an attempt ended before all its parts".to_owned()
    })?;
    let placed = job.placement.is_some();
    let sane = match job.state {
        JobState::Pending => !placed && job.staging.is_empty(),
        JobState::Held | JobState::Planned => placed && job.staging.is_empty(),
        JobState::Staging => placed && !job.staging.is_empty(),
        JobState::Dispatched => placed && job.staging.is_empty(),
        JobState::Running => placed && (last_open || !job.staging.is_empty()),
        _ => job.staging.is_empty(),
    };
    ensure(sane, || {
        format!("placement or staging do not go with state {:?}", job.state)
    })
}

/// Earlier attempts stay as they ended; a new one begins after they did, with this entry as its
/// fence, and with its whole time limit reserved from then on.
fn history(step: &Step<'_>, before: &Job, after: &Job) -> Check {
    for (old, new) in before.attempts.iter().zip(&after.attempts) {
        ensure(old.fence == new.fence, || "a fence changed".to_owned())?;
        ensure(old.ended_ms.is_none() || old == new, || {
            "an ended attempt changed".to_owned()
        })?;
    }
    let new = after.attempts.len().checked_sub(before.attempts.len());
    ensure(new.is_some_and(|new| new <= 1), || {
        "attempts vanished or came in twos".to_owned()
    })?;
    if new == Some(0) {
        return Ok(());
    }
    let open = before
        .attempts
        .iter()
        .any(|attempt| attempt.ended_ms.is_none());
    ensure(!open, || {
        "a new one began before the last one ended".to_owned()
    })?;
    let fence = after.attempts.last().map(|attempt| attempt.fence);
    ensure(fence == Some(step.entry.index), || {
        "the fence is not the entry".to_owned()
    })?;
    ensure(data_is_there(step, before, after), || {
        "started without its data".to_owned()
    })?;
    room_is_real(step, after)?;
    let now_ms = step.after.now_ms();
    let slots = after
        .placement
        .iter()
        .flat_map(|placement| &placement.groups);
    for (slot, group) in slots.zip(&after.spec.groups) {
        let limit_ms = super::moves::rest_ms(after, group.time_limit_ms);
        ensure(slot.start_ms <= now_ms, || {
            "started before its slot".to_owned()
        })?;
        ensure(slot.end_ms - now_ms >= limit_ms, || {
            "started with less than its time limit reserved".to_owned()
        })?;
    }
    Ok(())
}

/// What runs fits, whether it is within its reservation or has overrun it: a job does not start
/// where the last one has not ended.
fn room_is_real(step: &Step<'_>, job: &Job) -> Check {
    let state = step.after;
    let now_ms = state.now_ms();
    let slots = job.placement.iter().flat_map(|placement| &placement.groups);
    for pool in slots.map(|slot| slot.pool) {
        let mut sum = Resources::ZERO;
        for other in state.jobs().values().filter(|other| has_run(other)) {
            let placement = other.placement.iter();
            let slots = placement.flat_map(|placement| &placement.groups);
            let overdue = other.due_ms.is_some_and(|due_ms| due_ms <= now_ms);
            let here = slots.filter(|slot| slot.pool == pool && (overdue || slot.end_ms > now_ms));
            sum = here.fold(sum, |sum, slot| sum + slot.total);
        }
        let usable = state.pools()[pool.index()].usable;
        ensure(sum.fits_in(usable), || {
            format!("started in pool {pool}, where {sum:?} runs")
        })?;
    }
    Ok(())
}

/// An attempt was granted and has not ended.
fn has_run(job: &Job) -> bool {
    job.attempt()
        .is_some_and(|attempt| attempt.ended_ms.is_none())
}

/// Every site that was to fetch something has said that it did, before or by this entry.
fn data_is_there(step: &Step<'_>, before: &Job, after: &Job) -> bool {
    let staged = |site| {
        let known = before.staging.iter().find(|part| part.site == site);
        let Command::ReportSites(reports) = &step.entry.command else {
            return known.is_some_and(|part| part.phase >= PartPhase::Staged);
        };
        let here = reports.iter().filter(|report| report.site == site);
        let said = here.flat_map(|report| &report.runs);
        let mut said = said.filter(|run| run.job == after.id);
        known.is_some_and(|part| part.phase >= PartPhase::Staged)
            || said.any(|run| run.phase == RunPhase::Staged)
    };
    let placement = after.placement.as_deref();
    let mut needed = placement
        .into_iter()
        .flat_map(|placement| placement.stage_in());
    needed.all(|transfer| staged(transfer.to))
}

/// Reports on starts and ends under any fence but the current one, or from sites that do not
/// run the job, change nothing.
fn stale_reports(step: &Step<'_>) -> Check {
    let Command::ReportSites(reports) = &step.entry.command else {
        return Ok(());
    };
    if reports.iter().any(|report| !report.pools.is_empty()) {
        return Ok(());
    }
    let heard = |job: &Job| {
        let attempt = job.attempt().filter(|attempt| attempt.ended_ms.is_none());
        reports.iter().any(|report| {
            let on_job = report.runs.iter().filter(|run| run.job == job.id);
            on_job.into_iter().any(|run| match run.phase {
                RunPhase::Started | RunPhase::Ended { .. } => attempt.is_some_and(|attempt| {
                    let sites = attempt.parts.iter().map(|part| part.site);
                    attempt.fence == run.fence && sites.into_iter().any(|site| site == report.site)
                }),
                _ => job.staging.iter().any(|part| part.site == report.site),
            })
        })
    };
    for (id, before) in step.before.jobs() {
        let after = step.after.job(*id);
        let same = after.is_some_and(|after| std::sync::Arc::ptr_eq(before, after));
        ensure(same || heard(before), || {
            format!("job {id} changed by a report with a stale fence or from a foreign site")
        })?;
    }
    Ok(())
}
