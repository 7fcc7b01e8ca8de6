//! Moving what runs: a job goes on at another site from its checkpoint.
//!
//! A plan gives a running job a second chain beside the one it has: what it reads is brought to
//! the new site while it runs on, and a grace before its checkpoint is to travel it is ordered to
//! stop. Only once its site has said that it ended, and has the checkpoint, does the job leave its
//! first chain for the second; there it is staged, granted a new fence and started as any other.
//! So there is one attempt at a time. Should the old one end by itself, or either place be lost,
//! the move is off, and what was reserved for it is given back in the same entry.

use std::sync::Arc;

use crate::command::{OutputFact, RunPhase, RunReport};
use crate::event::Event;
use crate::model::{
    Job, JobId, JobKind, JobState, Move, MoveRecord, Outcome, Placement, Saved, SiteId, Transfer,
    TransferKind,
};
use crate::planner::PlannedMove;
use crate::reason::Reason;
use crate::reservation::Reservations;

use super::State;
use super::apply::Apply;
use super::fits::{fits, run_sites};
use super::preempt::kept;

/// A job runs so long at a place before it is moved from there, whatever it would gain: moves
/// answer what lasts for hours, and the next forecast often takes back what the last one promised.
pub(crate) const REST_MS: i64 = 2 * 3_600_000;

impl State {
    /// When a run that is ordered to stop at `stop_ms` has given up its slot.
    pub(crate) fn leave_ms(&self, stop_ms: i64) -> i64 {
        let grace_ms = self.policy.preemption_grace_ms;
        stop_ms
            .saturating_add(grace_ms)
            .saturating_add(self.policy.margin_ms)
    }

    /// Jobs that run and say what their checkpoint is.
    pub fn with_checkpoint(&self) -> &imbl::OrdSet<JobId> {
        &self.with_checkpoint
    }

    /// The site a job would be moved from, or why it stays where it is.
    pub(crate) fn moves_from(&self, job: &Job) -> Result<SiteId, Reason> {
        let spec = &job.spec;
        if spec.kind != JobKind::Batch || !spec.checkpointable || spec.checkpoint.is_none() {
            return Err(Reason::Malformed);
        }
        if !job.runs_undisturbed() || job.moves.len() >= self.policy.moves_max as usize {
            return Err(Reason::PlanStale);
        }
        let placement = job.placement.as_deref().ok_or(Reason::Malformed)?;
        let started_ms = job.attempt().and_then(|attempt| attempt.started_ms);
        let rested = started_ms.is_some_and(|at_ms| self.now_ms - at_ms >= REST_MS);
        // A first attempt has not been moved yet, and rests for nothing.
        if !rested && !job.moves.is_empty() {
            return Err(Reason::PlanStale);
        }
        self.only_site(placement).ok_or(Reason::Malformed)
    }

    /// The site of every group of a placement, if it is one.
    pub(crate) fn only_site(&self, placement: &Placement) -> Option<SiteId> {
        let sites = run_sites(self, placement);
        sites.first().copied().filter(|_| sites.len() == 1)
    }

    /// Takes what a job gives up by leaving at `leave_ms` out of `reservations`.
    pub(crate) fn leave(&self, reservations: &mut Reservations, job: &Job, leave_ms: i64) {
        self.give_up(reservations, job, leave_ms);
    }

    /// Says whether a running job can be moved so beside `reservations`, or which rule is in the
    /// way. The same for planner and apply, as [`fits`] is, which decides on the new chain.
    pub(crate) fn move_fits(
        &self,
        reservations: &Reservations,
        job: &Job,
        planned: &PlannedMove,
    ) -> Result<(), Reason> {
        let from = self.moves_from(job)?;
        if planned.stop_ms < self.now_ms.saturating_sub(self.policy.margin_ms) {
            return Err(Reason::PlanStale);
        }
        let held = job.placement.as_deref().ok_or(Reason::Malformed)?;
        let leave_ms = self.leave_ms(planned.stop_ms);
        if leave_ms >= held.run_end_ms() || self.only_site(&planned.to) == Some(from) {
            return Err(Reason::Malformed);
        }
        self.only_site(&planned.to).ok_or(Reason::Malformed)?;
        let stopped = job.as_stopped(from, planned.stop_ms, leave_ms);
        let stopped = stopped.ok_or(Reason::Malformed)?;
        let mut cleared = reservations.clone();
        self.leave(&mut cleared, job, leave_ms);
        fits(self, &cleared, &stopped, &planned.to)
    }

    /// Running jobs whose second chain comes to a site.
    fn moving_to(&self, site: SiteId) -> Vec<JobId> {
        let comes = |job: &&Arc<Job>| {
            let [_, to] = job.chains();
            to.is_some_and(|to| run_sites(self, to).contains(&site))
        };
        self.jobs_at(site).filter(comes).map(|job| job.id).collect()
    }
}

impl Apply<'_> {
    /// Gives a running job its second chain, or changes nothing.
    pub(super) fn plan_move(
        &mut self,
        planned: &PlannedMove,
        planned_base: u64,
    ) -> Result<(), Reason> {
        let id = planned.job;
        let job = self.state.jobs.get(&id).cloned().ok_or(Reason::Unknown)?;
        self.state
            .move_fits(&self.state.reservations, &job, planned)?;
        let from = self.state.moves_from(&job)?;
        let to = self.state.only_site(&planned.to).ok_or(Reason::Malformed)?;
        let leave_ms = self.state.leave_ms(planned.stop_ms);
        let kept = kept(&job, leave_ms).ok_or(Reason::Malformed)?;
        let checkpoint = job.spec.checkpoint.as_ref().ok_or(Reason::Malformed)?;
        let moving = Move {
            stop_ms: planned.stop_ms,
            ordered: false,
            to: Some(Arc::new(planned.to.clone())),
            record: MoveRecord {
                from,
                to,
                at_ms: self.state.now_ms,
                stop_ms: planned.stop_ms,
                stay_micro_cny: planned.stay_micro_cny,
                gain_micro_cny: planned.gain_micro_cny,
                bytes: checkpoint.size_bytes,
                lost_ms: lost_ms(&job, planned.stop_ms),
            },
            planned_at: self.state.index,
            planned_base,
        };
        self.update_job(id, |job| {
            job.placement = Some(Arc::new(kept));
            job.due_ms = Some(moving.stop_ms);
            job.moving = Some(Arc::new(moving));
        });
        self.events.push(Event::Moving { job: id, from, to });
        self.order_move(id);
        Ok(())
    }

    /// Orders a job that moves to stop once the time has come. True when something was done.
    pub(super) fn order_move(&mut self, id: JobId) -> bool {
        let job = self.state.jobs[&id].clone();
        let now_ms = self.state.now_ms;
        let due = |moving: &&Arc<Move>| !moving.ordered && moving.stop_ms <= now_ms;
        let (Some(moving), Some(placement)) = (job.moving.as_ref().filter(due), &job.placement)
        else {
            return false;
        };
        if moving.to.is_none() {
            self.call_off_move(id);
            return true;
        }
        let mut ordered = Move::clone(moving);
        ordered.ordered = true;
        self.update_job(id, |job| {
            job.reason = Some(Reason::Moving);
            job.due_ms = Some(placement.run_end_ms());
            job.moving = Some(Arc::new(ordered));
        });
        true
    }

    /// The move is off: its place is given back. A job that has not been ordered to stop runs on
    /// where it is; one that has waits for a new place once it has ended.
    pub(super) fn call_off_move(&mut self, id: JobId) {
        let Some(job) = self.state.jobs.get(&id).cloned() else {
            return;
        };
        let (Some(moving), Some(placement)) = (&job.moving, &job.placement) else {
            return;
        };
        if moving.ordered {
            let lost = Move {
                to: None,
                ..Move::clone(moving)
            };
            return self.update_job(id, |job| job.moving = Some(Arc::new(lost)));
        }
        self.update_job(id, |job| job.moving = None);
        self.spare(id, placement);
    }

    /// Nothing goes to a site any more.
    pub(super) fn call_off_moves_to(&mut self, site: SiteId) {
        for id in self.state.moving_to(site) {
            self.call_off_move(id);
        }
    }

    /// The old run has not ended by the time the new one was to begin: the place is given back.
    pub(super) fn give_up_late_move(&mut self, id: JobId) {
        let now_ms = self.state.now_ms;
        let late = self.state.jobs.get(&id).is_some_and(|job| {
            let [_, to] = job.chains();
            to.is_some_and(|to| to.start_ms() <= now_ms)
        });
        if late {
            self.call_off_move(id);
        }
    }

    /// Notes the checkpoint that a stopped attempt left.
    pub(super) fn save_checkpoint(&mut self, job: &Job, site: SiteId, report: &RunReport) {
        let RunPhase::Ended {
            outcome: Outcome::Stopped,
            outputs,
            usage,
            ..
        } = &report.phase
        else {
            return;
        };
        let name = job.checkpoint_name();
        let left = outputs.iter().find(|output| output.dataset == name);
        let (
            Some(OutputFact {
                sha256, size_bytes, ..
            }),
            Some(attempt),
        ) = (left, job.attempt())
        else {
            return;
        };
        if job.spec.checkpoint.is_none() || !ordered(job) {
            return;
        }
        let now_ms = self.state.now_ms;
        let since_ms = attempt.started_ms.unwrap_or(now_ms);
        // What was written while the end was on its way to us is not counted.
        let ran_ms = match usage.wall_ms {
            ..=0 => now_ms - since_ms,
            wall_ms => wall_ms.min(now_ms - since_ms),
        };
        let saved = Saved {
            attempt: attempt.number,
            name,
            sha256: *sha256,
            size_bytes: (*size_bytes).max(0),
            sites: [site].into(),
            done_ms: job.done_after(ran_ms),
            from_ms: now_ms,
        };
        self.update_job(job.id, |job| job.saved = Some(saved));
    }

    /// A site that stages a job has its checkpoint, too, from now on.
    pub(super) fn copy_checkpoint(&mut self, id: JobId, site: SiteId) {
        let job = &self.state.jobs[&id];
        let brought = |transfer: &Transfer| {
            let saved = job.saved.as_ref();
            transfer.to == site && saved.is_some_and(|saved| saved.name == transfer.what)
        };
        let arrives = job
            .placement
            .as_ref()
            .is_some_and(|placement| placement.stage_in().any(brought));
        if arrives {
            self.update_job(id, |job| {
                if let Some(saved) = &mut job.saved {
                    saved.sites.insert(site);
                }
            });
        }
    }

    /// The old run has ended on order: the job leaves its first chain for the second.
    pub(super) fn go_on(&mut self, id: JobId, moving: &Move) {
        let job = self.state.jobs[&id].clone();
        let number = job.attempt().map(|attempt| attempt.number);
        let saved = job.saved.as_ref();
        let saved = saved.filter(|saved| Some(saved.attempt) == number);
        let (Some(saved), Some(to)) = (saved, &moving.to) else {
            return self.requeue(id, Reason::MoveFailed);
        };
        let mut rest = Placement::clone(to);
        let checkpoint = |transfer: &&mut Transfer| {
            transfer.kind == TransferKind::StageIn && transfer.what == saved.name
        };
        for transfer in rest.transfers.iter_mut().filter(checkpoint) {
            // A larger one than was declared comes late, and its slot waits as for all late data.
            transfer.size_bytes = transfer.size_bytes.min(saved.size_bytes);
        }
        let record = MoveRecord {
            at_ms: self.state.now_ms,
            bytes: saved.size_bytes,
            ..moving.record
        };
        let bytes = record.bytes;
        let staging = self.state.staging_parts(&rest);
        self.update_job(id, |job| {
            job.state = JobState::Staging;
            job.reason = Some(Reason::Moving);
            job.due_ms = Some(rest.start_ms());
            job.planned_at = moving.planned_at;
            job.planned_base = moving.planned_base;
            job.placement = Some(Arc::new(rest));
            job.staging = staging;
            job.slips = 0;
            job.moves.push(record);
        });
        self.events.push(Event::Moved { job: id, bytes });
        self.advance(id);
    }

    /// A job waits for a place from which its checkpoint can be reached, but no longer than it
    /// would take to do the work again.
    pub(super) fn wait_for_checkpoint(&mut self, id: JobId) {
        let now_ms = self.state.now_ms;
        self.update_job(id, |job| {
            if let Some(saved) = &job.saved {
                let until_ms = now_ms.saturating_add(saved.done_ms.max(1));
                let deadline_ms = job.spec.deadline_ms.unwrap_or(i64::MAX);
                job.due_ms = Some(until_ms.min(deadline_ms));
            }
        });
    }

    /// A waiting job has something due. True if it was its checkpoint, and not its deadline.
    pub(super) fn doubt_checkpoint(&mut self, id: JobId) -> bool {
        let job = &self.state.jobs[&id];
        let over = job
            .spec
            .deadline_ms
            .is_some_and(|at_ms| at_ms <= self.state.now_ms);
        let (Some(saved), false) = (&job.saved, over) else {
            return false;
        };
        let heard = |site: &SiteId| !self.state.sites[site.index()].silent;
        match saved.sites.iter().any(heard) {
            true => self.wait_for_checkpoint(id),
            false => self.update_job(id, |job| {
                job.saved = None;
                job.due_ms = job.spec.deadline_ms;
            }),
        }
        true
    }
}

/// It was told to stop, by a move or for another job.
fn ordered(job: &Job) -> bool {
    let preempted = job.preemption.is_some_and(|preemption| preemption.ordered);
    preempted || job.moving.as_ref().is_some_and(|moving| moving.ordered)
}

/// Work of the present run that is done again if it is stopped then.
fn lost_ms(job: &Job, stop_ms: i64) -> i64 {
    let started_ms = job.attempt().and_then(|attempt| attempt.started_ms);
    let ran_ms = stop_ms.saturating_sub(started_ms.unwrap_or(stop_ms));
    let before_ms = job.saved.as_ref().map_or(0, |saved| saved.done_ms);
    let kept_ms = job.done_after(ran_ms).saturating_sub(before_ms);
    ran_ms.saturating_sub(kept_ms).max(0)
}
