//! What is derived from the jobs agrees with them: counts, queue, sites, due times, keys.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use ewc_core::State;
use ewc_core::model::{Job, JobId, JobState, SiteId};

use super::{Check, ensure};

pub fn check(state: &State) -> Check {
    for kind in JobState::ALL {
        let count = state
            .jobs()
            .values()
            .filter(|job| job.state == kind)
            .count();
        ensure(state.count(kind) == count as u64, || {
            format!("index: count of {}", kind.name())
        })?;
    }
    let runs = |job: &&std::sync::Arc<Job>| {
        job.state == JobState::Running && job.spec.checkpoint.is_some()
    };
    let running = state.jobs().values().filter(runs).map(|job| job.id);
    ensure(running.eq(state.with_checkpoint().iter().copied()), || {
        "index: jobs that run with a checkpoint".to_owned()
    })?;
    queue(state)?;
    for site in (0..state.sites().len() as u32).map(SiteId) {
        at_site(state, site)?;
    }
    due(state)?;
    state.jobs().values().try_for_each(|job| keyed(state, job))
}

fn queue(state: &State) -> Check {
    let waiting = state
        .jobs()
        .values()
        .filter(|job| job.state == JobState::Pending);
    let mut waiting: Vec<(i64, &str, JobId)> = waiting
        .map(|job| (-i64::from(job.spec.priority), &*job.tenant, job.id))
        .collect();
    waiting.sort();
    let mut queued = Vec::new();
    for ((priority, tenant), jobs) in state.queues() {
        ensure(!jobs.is_empty(), || {
            "index: an empty queue is kept".to_owned()
        })?;
        let priority = -i64::from(priority.0);
        queued.extend(jobs.iter().map(|job| (priority, &**tenant, *job)));
    }
    ensure(queued == waiting, || {
        "index: the queues are not the pending jobs in order".to_owned()
    })
}

fn at_site(state: &State, site: SiteId) -> Check {
    let here = |job: &&std::sync::Arc<Job>| !job.state.is_terminal() && touches(state, job, site);
    let expected: BTreeSet<JobId> = state
        .jobs()
        .values()
        .filter(here)
        .map(|job| job.id)
        .collect();
    let found = state.jobs_at(site).map(|job| job.id);
    ensure(found.eq(expected), || format!("index: jobs at site {site}"))?;
    let below = |job: &&std::sync::Arc<Job>| job.spec.preemptible && job.spec.priority < 1;
    let mut expected: Vec<&Job> = state.jobs_at(site).filter(below).map(|it| &**it).collect();
    expected.sort_by_key(|job| {
        let since_ms = job.attempt().map_or(0, |attempt| attempt.dispatched_ms);
        let started = job.state.is_started();
        (
            started,
            job.spec.priority,
            Reverse(since_ms),
            Reverse(job.id),
        )
    });
    let found = state.preemptible_at(site, 1).map(|job| job.id);
    ensure(found.eq(expected.iter().map(|job| job.id)), || {
        format!("index: who gives way at site {site}")
    })
}

fn touches(state: &State, job: &Job, site: SiteId) -> bool {
    let moving = job.moving.iter().flat_map(|moving| &moving.to);
    job.placement.iter().chain(moving).any(|placement| {
        let runs = placement
            .groups
            .iter()
            .any(|slot| state.pools()[slot.pool.index()].site == site);
        // Data waits at a depot until the run, and nothing of it is there afterwards.
        let waits = !matches!(job.state, JobState::Dispatched | JobState::Running)
            && placement.deposits().any(|first| first.to == site);
        runs || waits || placement.stage_out().any(|transfer| transfer.to == site)
    })
}

/// Every live job knows when it is next looked at, and the state knows the first of them.
fn due(state: &State) -> Check {
    for job in state.jobs().values() {
        let sane = match job.state {
            // Its checkpoint is not waited for for ever.
            JobState::Pending if job.saved.is_some() => {
                let deadline_ms = job.spec.deadline_ms.unwrap_or(i64::MAX);
                job.due_ms.is_some_and(|due_ms| due_ms <= deadline_ms)
            }
            JobState::Pending => job.due_ms == job.spec.deadline_ms,
            JobState::Held => job.due_ms.is_some(),
            JobState::Planned => {
                job.due_ms == job.placement.as_ref().map(|placement| placement.first_ms())
            }
            JobState::Staging | JobState::Dispatched | JobState::Running => job.due_ms.is_some(),
            _ => job.due_ms.is_none() && job.ended_ms.is_some(),
        };
        ensure(sane, || {
            format!(
                "due: job {} is {:?} and due {:?}",
                job.id, job.state, job.due_ms
            )
        })?;
    }
    let due = state.jobs().values().filter_map(|job| job.due_ms).min();
    let ends = state.jobs().values().filter(|job| job.state.is_terminal());
    let ends: Vec<i64> = ends.filter_map(|job| job.ended_ms).collect();
    let over = ends.len() as u64 > state.limits().terminal_max;
    let retire = ends.iter().min().map(|ended_ms| match over {
        true => state.now_ms(),
        false => ended_ms + state.limits().terminal_keep_ms,
    });
    let expected = due.into_iter().chain(retire).min();
    ensure(state.next_due_ms() == expected, || {
        format!(
            "due: next is {:?}, expected {expected:?}",
            state.next_due_ms()
        )
    })
}

fn keyed(state: &State, job: &Job) -> Check {
    let found = state.job_by_key(&job.tenant, &job.key).map(|job| job.id);
    // What was only held has no key.
    let expected = Some(job.id).filter(|_| !job.key.is_empty());
    ensure(found == expected, || {
        format!("index: key of job {}", job.id)
    })
}
