//! Preemption: work of lower priority gives way to a job that fits nowhere otherwise.
//!
//! What has not started goes back to the queue at once. What runs keeps its slot until the other
//! job's start; a grace before that it is ordered to stop, and once it has it goes back to the
//! queue without using up a retry. Should it be late, its overrun displaces the other job, as any
//! overrun does: no two attempts ever share a slot.

use std::sync::Arc;

use crate::model::{Job, JobId, JobState, Placement, Preemption};
use crate::reason::Reason;
use crate::reservation::Reservations;

use super::State;
use super::apply::Apply;

/// A job that was stopped so often runs to its end: nobody starves.
const PREEMPTIONS_MAX: usize = 8;

/// Says whether a job may be made to give way to another, whatever the time.
pub(crate) fn may_give_way(victim: &Job, by: &Job) -> Result<(), Reason> {
    let spec = &victim.spec;
    if !spec.preemptible || spec.priority >= by.spec.priority || victim.id == by.id {
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
        slot.end_ms = slot.end_ms.min(start_ms).max(slot.start_ms);
    }
    let end_ms = kept.run_end_ms();
    let steady = kept.transfers.iter_mut();
    for transfer in steady.filter(|transfer| transfer.kind.is_steady()) {
        transfer.end_ms = transfer.end_ms.min(end_ms);
    }
    Some(kept)
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
