//! Preemption: work of lower priority gives way to a job that fits nowhere otherwise.
//!
//! What has not started goes back to the queue at once. What runs keeps its slot until the other
//! job's start; a grace before that it is ordered to stop, and once it has it goes back to the
//! queue without using up a retry. Should it be late, its overrun displaces the other job, as any
//! overrun does: no two attempts ever share a slot.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Arc;

use crate::model::{
    GroupPlacement, Job, JobId, JobState, Placement, PoolId, Preemption, Resources, SiteId,
};
use crate::reason::Reason;
use crate::reservation::Reservations;

use super::State;
use super::apply::Apply;

/// A job that was stopped so often runs to its end: nobody starves.
const PREEMPTIONS_MAX: usize = 8;

/// When it is a job's turn to give way at a site: what runs after what does not, then least
/// important first; what runs longer, and what is older, later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    site: SiteId,
    started: bool,
    priority: i32,
    since_ms: Reverse<i64>,
    pub(super) job: Reverse<JobId>,
}

impl Turn {
    /// Of a job that says of itself that it may give way.
    pub(super) fn of(job: &Job) -> Option<impl Fn(SiteId) -> Turn + use<>> {
        let (started, priority, id) = (job.state.is_started(), job.spec.priority, job.id);
        let since_ms = job.attempt().map_or(0, |attempt| attempt.dispatched_ms);
        let at = move |site| Turn {
            site,
            started,
            priority,
            since_ms: Reverse(since_ms),
            job: Reverse(id),
        };
        job.spec.preemptible.then_some(at)
    }

    fn first(site: SiteId, started: bool, priority: i32) -> Turn {
        Turn {
            site,
            started,
            priority,
            since_ms: Reverse(i64::MAX),
            job: Reverse(JobId(u64::MAX)),
        }
    }
}

/// The turns at a site of what has not started and of what has, below a priority.
pub(super) fn turns(site: SiteId, below: i32) -> [Range<Turn>; 2] {
    [false, true]
        .map(|started| Turn::first(site, started, i32::MIN)..Turn::first(site, started, below))
}

/// Says whether a job may be made to give way to another, whatever the time.
pub(crate) fn may_give_way(victim: &Job, by: &Job) -> Result<(), Reason> {
    if victim.spec.priority >= by.spec.priority || victim.id == by.id {
        return Err(Reason::Malformed);
    }
    gives_way(victim)
}

/// Says whether a job may be made to give way to a more important one, whichever it is.
fn gives_way(victim: &Job) -> Result<(), Reason> {
    let spec = &victim.spec;
    if !spec.preemptible {
        return Err(Reason::Malformed);
    }
    match victim.state {
        JobState::Planned | JobState::Staging => Ok(()),
        JobState::Dispatched | JobState::Running => {
            let runs = victim
                .attempt()
                .is_some_and(|attempt| attempt.ended_ms.is_none());
            let stops = victim.cancelling || victim.preemption.is_some() || victim.moving.is_some();
            let restarts = spec.retries > 0 || spec.checkpointable;
            let often = victim.preempted() >= PREEMPTIONS_MAX;
            match runs && !stops && restarts && !often {
                true => Ok(()),
                false => Err(Reason::PlanStale),
            }
        }
        _ => Err(Reason::PlanStale),
    }
}

/// What a job that gives way keeps until `start_ms`: nothing if it has not started, its run if it
/// has. Stage-out keeps its window: the run may yet succeed.
pub(crate) fn kept(victim: &Job, start_ms: i64) -> Option<Placement> {
    let placement = victim
        .placement
        .as_deref()
        .filter(|_| victim.state.is_started())?;
    let mut kept = placement.clone();
    for slot in &mut kept.groups {
        slot.end_ms = kept_until(slot, start_ms);
    }
    let end_ms = kept.run_end_ms();
    let steady = kept.transfers.iter_mut();
    for transfer in steady.filter(|transfer| transfer.kind.is_steady()) {
        transfer.end_ms = transfer.end_ms.min(end_ms);
    }
    Some(kept)
}

/// When what runs in a slot leaves it for a start at `start_ms`.
fn kept_until(slot: &GroupPlacement, start_ms: i64) -> i64 {
    slot.end_ms.min(start_ms).max(slot.start_ms)
}

/// What a job that gives way leaves of each of its slots: pool, from when until when, how much.
pub(crate) fn left(
    victim: &Job,
    start_ms: i64,
) -> impl Iterator<Item = (PoolId, (i64, i64), Resources)> {
    let slots = victim.placement.iter().flat_map(|held| &held.groups);
    slots.map(move |slot| {
        let from_ms = match victim.state.is_started() {
            true => kept_until(slot, start_ms),
            false => slot.start_ms,
        };
        (slot.pool, (from_ms, slot.end_ms), slot.total)
    })
}

impl State {
    /// The earliest start behind work that has to be stopped first. Later than what counts as
    /// starting now: the victim's nodes are not free yet.
    pub(crate) fn behind_grace_ms(&self) -> i64 {
        let wait_ms = self
            .policy
            .preemption_grace_ms
            .max(self.policy.margin_ms + 1);
        self.now_ms.saturating_add(wait_ms)
    }

    /// Takes what the victims give up out of `reservations`, or says which rule is broken.
    pub(crate) fn clear_way(
        &self,
        reservations: &mut Reservations,
        job: &Job,
        victims: &[JobId],
        start_ms: i64,
    ) -> Result<(), Reason> {
        for (at, id) in victims.iter().enumerate() {
            let victim = self.jobs.get(id).ok_or(Reason::Unknown)?;
            may_give_way(victim, job)?;
            if victims[..at].contains(id) {
                return Err(Reason::Malformed);
            }
            // As with every start, the margin covers the time since the plan was made.
            let earliest_ms = self.behind_grace_ms() - self.policy.margin_ms;
            if victim.state.is_started() && start_ms < earliest_ms.max(self.now_ms + 1) {
                return Err(Reason::PlanStale);
            }
            self.give_up(reservations, victim, start_ms);
        }
        Ok(())
    }

    /// Takes what one job gives up for a start at `start_ms` out of `reservations`.
    pub(crate) fn give_up(&self, reservations: &mut Reservations, victim: &Job, start_ms: i64) {
        let Some(placement) = &victim.placement else {
            return;
        };
        reservations.release_for(self.limited(victim), placement);
        if let Some(kept) = kept(victim, start_ms) {
            reservations.reserve_for(self.limited(victim), &kept);
        }
    }

    /// Undoes [`State::give_up`] for the same start.
    pub(crate) fn take_back(&self, reservations: &mut Reservations, victim: &Job, start_ms: i64) {
        let Some(placement) = &victim.placement else {
            return;
        };
        if let Some(kept) = kept(victim, start_ms) {
            reservations.release_for(self.limited(victim), &kept);
        }
        reservations.reserve_for(self.limited(victim), placement);
    }
}

impl Apply<'_> {
    /// Makes a job give way to another that starts at `start_ms`.
    pub(super) fn give_way(&mut self, id: JobId, by: JobId, start_ms: i64) {
        let victim = self.state.jobs[&id].clone();
        let Some(kept) = kept(&victim, start_ms) else {
            return self.requeue(id, Reason::Preempted);
        };
        let stop_ms = start_ms.saturating_sub(self.state.policy.preemption_grace_ms);
        let stop_ms = stop_ms.clamp(self.state.now_ms, kept.run_end_ms().max(self.state.now_ms));
        self.update_job(id, |job| {
            job.placement = Some(Arc::new(kept));
            job.preemption = Some(Preemption {
                by,
                stop_ms,
                ordered: false,
            });
            job.due_ms = Some(stop_ms);
        });
        self.order_stop(id);
    }

    /// Orders a job to stop once the time has come. True when something was done about it.
    pub(super) fn order_stop(&mut self, id: JobId) -> bool {
        let job = self.state.jobs[&id].clone();
        let now_ms = self.state.now_ms;
        let due = |known: &&Preemption| !known.ordered && known.stop_ms <= now_ms;
        let Some(preemption) = job.preemption.as_ref().filter(due) else {
            return false;
        };
        let Some(placement) = &job.placement else {
            return false;
        };
        let other = self.state.jobs.get(&preemption.by);
        let waits =
            |other: &&Arc<Job>| matches!(other.state, JobState::Planned | JobState::Staging);
        let end_ms = placement.run_end_ms();
        match other.filter(waits) {
            Some(_) => self.update_job(id, |job| {
                job.reason = Some(Reason::Preempted);
                job.due_ms = Some(end_ms);
                if let Some(preemption) = &mut job.preemption {
                    preemption.ordered = true;
                }
            }),
            None => self.spare(id, placement),
        }
        true
    }

    /// Nobody needs its place any more: it gets its time back if there is room, or keeps it step by
    /// step as work that overruns does.
    pub(super) fn spare(&mut self, id: JobId, placement: &Placement) {
        let job = self.state.jobs[&id].clone();
        let mut whole = placement.clone();
        for (group, slot) in whole.groups.iter_mut().enumerate() {
            let limit_ms = job.time_limit_ms(group);
            slot.end_ms = slot.end_ms.max(slot.start_ms.saturating_add(limit_ms));
        }
        let end_ms = whole.run_end_ms();
        let steady = whole.transfers.iter_mut();
        for transfer in steady.filter(|transfer| transfer.kind.is_steady()) {
            transfer.end_ms = end_ms;
        }
        let next = match self.state.can_swap(&job, placement, &whole) {
            true => whole,
            false => placement.clone(),
        };
        self.update_job(id, |job| {
            job.preemption = None;
            job.moving = None;
            job.due_ms = Some(next.run_end_ms());
            job.placement = Some(Arc::new(next));
        });
    }
}
