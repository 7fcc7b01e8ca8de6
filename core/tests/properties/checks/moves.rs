//! What runs is moved only by a plan, only from a checkpoint and to another site, within what the
//! policy allows; the old run is over before anything of it travels, and the new one begins behind
//! that. Worked out here from the job, not from the code that moves it.

use ewc_core::command::Command;
use ewc_core::model::{Job, JobKind, JobState, Move, Outcome, Placement, Saved, SiteId};
use ewc_core::{Event, State};

use super::{Check, Step, chain, ensure};

pub fn check(step: &Step<'_>) -> Check {
    for after in step.after.jobs().values() {
        let Some(before) = step.before.job(after.id) else {
            continue;
        };
        if std::sync::Arc::ptr_eq(before, after) {
            continue;
        }
        let named = |text| format!("move of job {}: {text}", after.id);
        standing(after).map_err(named)?;
        let planned = after.moving.as_deref();
        let planned = planned.filter(|moving| moving.planned_at == step.entry.index);
        match planned {
            Some(moving) if before.moving.is_none() => {
                begins(step, before, after, moving).map_err(named)?;
            }
            _ => {}
        }
        gone(step, before, after).map_err(named)?;
    }
    Ok(())
}

/// What is left of a run of that length, from the checkpoint that it goes on from.
pub fn rest_ms(job: &Job, whole_ms: i64) -> i64 {
    let (Some(saved), Some(checkpoint)) = (&job.saved, &job.spec.checkpoint) else {
        return whole_ms;
    };
    let rest_ms = (whole_ms - saved.done_ms).max(1);
    rest_ms.saturating_add(checkpoint.restart_ms.max(0))
}

/// Only what runs moves, and nothing keeps a checkpoint that it did not say it would write.
fn standing(job: &Job) -> Check {
    let runs = job.state == JobState::Running
        && job
            .attempts
            .last()
            .is_some_and(|attempt| attempt.ended_ms.is_none());
    ensure(job.moving.is_none() || runs, || {
        format!("it is {:?}, and moves", job.state)
    })?;
    let said = job.spec.checkpoint.is_some();
    ensure(
        said || (job.saved.is_none() && job.moves.is_empty()),
        || "from no checkpoint".to_owned(),
    )
}

fn site_of(state: &State, placement: &Placement) -> Option<SiteId> {
    let sites = placement
        .groups
        .iter()
        .map(|slot| state.pools()[slot.pool.index()].site);
    let sites: std::collections::BTreeSet<SiteId> = sites.collect();
    sites.first().copied().filter(|_| sites.len() == 1)
}

/// A plan lets a job move.
fn begins(step: &Step<'_>, before: &Job, after: &Job, moving: &Move) -> Check {
    let state = step.after;
    ensure(matches!(step.entry.command, Command::CommitPlan(_)), || {
        "not by a plan".to_owned()
    })?;
    let may = before.spec.kind == JobKind::Batch && before.spec.checkpointable;
    let checkpoint = before.spec.checkpoint.as_ref().filter(|_| may);
    let checkpoint = checkpoint.ok_or("it cannot be")?;
    ensure(
        before.state == JobState::Running && !before.cancelling,
        || "it does not run".to_owned(),
    )?;
    ensure(
        before.moves.len() < state.policy().moves_max as usize,
        || "too often".to_owned(),
    )?;
    ensure(after.attempts == before.attempts, || {
        "its run changed".to_owned()
    })?;
    let (Some(here), Some(to)) = (&after.placement, &moving.to) else {
        return Err("without a place".to_owned());
    };
    let (from, site) = (site_of(state, here), site_of(state, to));
    ensure(from.is_some() && site.is_some() && from != site, || {
        format!("from {from:?} to {site:?}")
    })?;
    let left_ms = here.run_end_ms();
    let grace_ms = state.policy().preemption_grace_ms;
    ensure(left_ms - moving.stop_ms >= grace_ms, || {
        "its grace is cut".to_owned()
    })?;
    // As if it had ended just as it gives up its slot.
    let started_ms = before
        .attempts
        .last()
        .and_then(|attempt| attempt.started_ms);
    let worked_ms = moving.stop_ms - started_ms.ok_or("it has not started")?;
    let known_ms = before.saved.as_ref().map_or(0, |saved| saved.done_ms);
    let mut rest = after.clone();
    rest.moving = None;
    let mut saved = Saved {
        attempt: 0,
        name: before.checkpoint_name(),
        sha256: [0; 32],
        size_bytes: checkpoint.size_bytes,
        sites: from.into_iter().collect(),
        done_ms: known_ms,
        from_ms: left_ms,
    };
    let every_ms = checkpoint.every_ms.max(1);
    let reading_ms = match before.saved {
        Some(_) => checkpoint.restart_ms.max(0),
        None => 0,
    };
    let written = worked_ms.saturating_sub(reading_ms).max(0) / every_ms;
    ensure(written > 0, || {
        "before it has written a checkpoint".to_owned()
    })?;
    saved.done_ms += written * every_ms;
    rest.saved = Some(saved);
    chain::stands(state, &rest, to)?;
    let told = |event: &Event| matches!(event, Event::Moving { job, .. } if *job == after.id);
    ensure(step.applied.events.iter().any(told), || {
        "nobody was told".to_owned()
    })
}

/// A job that has moved was stopped for that, and goes where it was to go.
fn gone(step: &Step<'_>, before: &Job, after: &Job) -> Check {
    for (old, new) in before.attempts.iter().zip(&after.attempts) {
        if new.moved && !old.moved {
            ensure(new.outcome == Some(Outcome::Stopped), || {
                "it was not stopped".to_owned()
            })?;
            let ordered = before.moving.as_ref().is_some_and(|moving| moving.ordered);
            ensure(ordered, || "nobody ordered it to stop".to_owned())?;
        }
    }
    ensure(after.moves.starts_with(&before.moves), || {
        "its moves changed".to_owned()
    })?;
    let Some(record) = after.moves.get(before.moves.len()) else {
        return Ok(());
    };
    let moved = after.attempts.last().is_some_and(|attempt| attempt.moved);
    let moving = before.moving.as_ref().and_then(|moving| moving.to.as_ref());
    let to = moving.and_then(|to| site_of(step.before, to));
    ensure(moved && to == Some(record.to), || {
        "not where it was to go".to_owned()
    })?;
    let number = after.attempts.last().map(|attempt| attempt.number);
    let saved = after.saved.as_ref().map(|saved| saved.attempt);
    ensure(saved == number, || {
        "without the checkpoint of its run".to_owned()
    })
}
