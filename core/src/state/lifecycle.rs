//! A job's way: planned → staging → dispatched → running → ended.

use std::sync::Arc;

use crate::model::{
    Attempt, Job, JobId, JobState, Outcome, Part, PartPhase, Placement, PoolId, Resources, SiteId,
    Transfer, TransferKind,
};
use crate::reason::Reason;

use super::State;
use super::apply::Apply;

/// A job whose data is late waits for it this often before it is planned anew.
const SLIPS_MAX: u32 = 20;
/// The shortest wait for late data.
const SLIP_MS_MIN: i64 = 60_000;
/// Work that overruns its reservation keeps its capacity in steps of this length.
const OVERRUN_STEP_MS: i64 = 60_000;

impl Apply<'_> {
    /// Moves a placed job on as far as time and data allow.
    pub(super) fn advance(&mut self, id: JobId) {
        if self.is(id, JobState::Planned) {
            self.begin_staging(id);
        }
        if self.is(id, JobState::Staging) {
            self.begin_run(id);
        }
    }

    fn is(&self, id: JobId, state: JobState) -> bool {
        self.state
            .jobs
            .get(&id)
            .is_some_and(|job| job.state == state)
    }

    /// Planned → staging, once its first byte is due. A job without data passes straight through.
    fn begin_staging(&mut self, id: JobId) {
        let job = &self.state.jobs[&id];
        let Some(placement) = job.placement.clone() else {
            return;
        };
        if placement.first_ms() > self.state.now_ms {
            return;
        }
        let staging = self.state.staging_parts(&placement);
        self.update_job(id, |job| {
            job.state = JobState::Staging;
            job.staging = staging;
            job.due_ms = Some(placement.start_ms());
        });
    }

    /// Staging → dispatched, once every site has the data and the slot has come.
    fn begin_run(&mut self, id: JobId) {
        let job = self.state.jobs[&id].clone();
        let Some(placement) = job.placement.clone() else {
            return;
        };
        if placement.start_ms() > self.state.now_ms {
            return;
        }
        if job
            .staging
            .iter()
            .any(|part| part.phase < PartPhase::Staged)
        {
            return self.slip(id, &placement);
        }
        if self.state.start_blocked(&placement) {
            let due_ms = Some(self.state.now_ms + SLIP_MS_MIN);
            return self.update_job(id, |job| {
                job.reason = Some(Reason::Overbooked);
                job.due_ms = due_ms;
            });
        }
        match self.state.placement_from_now(&job, &placement) {
            Some(placement) => self.dispatch(id, placement),
            None => self.requeue(id, Reason::PlanStale),
        }
    }

    fn dispatch(&mut self, id: JobId, placement: Arc<Placement>) {
        let (fence, now_ms) = (self.state.index, self.state.now_ms);
        let parts = self.state.run_parts(&placement);
        if let Some(job) = self.state.jobs.get(&id).cloned() {
            self.note_reads(&job, &placement);
        }
        self.update_job(id, |job| {
            job.state = JobState::Dispatched;
            job.reason = None;
            job.due_ms = Some(placement.run_end_ms());
            job.placement = Some(placement);
            job.staging = Vec::new();
            job.attempts.push(Attempt {
                number: job.attempts.len() as u32 + 1,
                fence,
                dispatched_ms: now_ms,
                started_ms: None,
                ended_ms: None,
                outcome: None,
                preempted: false,
                detail: String::new(),
                parts,
                moved: false,
            });
        });
    }

    /// Data has come to a depot. A second leg whose window has begun without it gets all of its
    /// window from now on, if the links have room and it still ends before the run; else it goes on
    /// in what is left of it, and is late with the run if that is too little.
    pub(super) fn start_second_legs(&mut self, id: JobId, depot: SiteId) {
        let job = self.state.jobs[&id].clone();
        let Some(placement) = &job.placement else {
            return;
        };
        let now_ms = self.state.now_ms;
        let mut moved = Placement::clone(placement);
        let start_ms = moved.start_ms();
        let late = moved.transfers.iter_mut().filter(|transfer| {
            transfer.kind == TransferKind::StageIn
                && transfer.from == depot
                && transfer.start_ms < now_ms
        });
        for transfer in late {
            let end_ms = transfer.end_ms + (now_ms - transfer.start_ms);
            if end_ms <= start_ms {
                (transfer.start_ms, transfer.end_ms) = (now_ms, end_ms);
            }
        }
        if moved != **placement && self.state.can_swap(&job, placement, &moved) {
            self.update_job(id, |job| job.placement = Some(Arc::new(moved)));
        }
    }

    /// Its data is late: the slot waits a while if it can, otherwise the job is planned anew.
    fn slip(&mut self, id: JobId, placement: &Arc<Placement>) {
        let job = self.state.jobs[&id].clone();
        let longest = placement
            .stage_in()
            .map(|transfer| transfer.end_ms - transfer.start_ms)
            .max();
        let later_ms = SLIP_MS_MIN.max(longest.unwrap_or(0) / 4);
        let start_ms = self.state.now_ms + later_ms;
        let slipped = Arc::new(slipped(placement, start_ms, &job.staging));
        let deadline_ok = job
            .spec
            .deadline_ms
            .is_none_or(|at_ms| slipped.end_ms() <= at_ms);
        if job.slips < SLIPS_MAX && deadline_ok && self.state.can_swap(&job, placement, &slipped) {
            self.update_job(id, |job| {
                job.slips += 1;
                job.placement = Some(slipped);
                job.due_ms = Some(start_ms);
                job.reason = Some(Reason::StageInLate);
            });
        } else {
            self.requeue(id, Reason::StageInLate);
        }
    }

    /// Takes a job's placement away and puts it back in the queue. What is only held was never in
    /// it, and ends.
    pub(super) fn requeue(&mut self, id: JobId, reason: Reason) {
        if self.is(id, JobState::Held) {
            return self.end_hold(id, reason);
        }
        self.update_job(id, |job| {
            job.state = JobState::Pending;
            job.placement = None;
            job.staging = Vec::new();
            job.reason = Some(reason);
            job.preemption = None;
            job.moving = None;
            job.slips = 0;
            job.due_ms = job.spec.deadline_ms;
        });
        self.wait_for_checkpoint(id);
    }

    /// Ends a job for good.
    pub(super) fn finish(&mut self, id: JobId, state: JobState, reason: Option<Reason>) {
        let now_ms = self.state.now_ms;
        self.update_job(id, |job| {
            job.state = state;
            job.reason = reason;
            job.preemption = None;
            job.moving = None;
            job.saved = None;
            job.ended_ms = Some(now_ms);
            job.due_ms = None;
            job.staging = Vec::new();
        });
    }

    /// Every part of the running attempt has ended: decides what becomes of the job.
    pub(super) fn end_attempt(&mut self, id: JobId) {
        let job = self.state.jobs[&id].clone();
        let Some(attempt) = job.attempt() else { return };
        let outcome = worst_outcome(attempt);
        let now_ms = self.state.now_ms;
        let ordered = job.preemption.is_some_and(|preemption| preemption.ordered);
        let stopped = outcome == Outcome::Stopped && !job.cancelling;
        let preempted = ordered && stopped;
        let moving = job.moving.as_ref().filter(|moving| moving.ordered);
        let moving = moving.filter(|_| stopped);
        self.update_job(id, |job| {
            if let Some(attempt) = job.attempts.last_mut() {
                attempt.ended_ms = Some(now_ms);
                attempt.outcome = Some(outcome);
                attempt.preempted = preempted;
                attempt.moved = moving.is_some();
            }
            job.preemption = None;
            job.moving = None;
        });
        let reason = match outcome {
            Outcome::Succeeded => return self.deliver_or_finish(id),
            Outcome::Stopped if job.cancelling => {
                return self.finish(id, JobState::Cancelled, Some(Reason::Cancelled));
            }
            Outcome::Stopped if preempted => return self.requeue(id, Reason::Preempted),
            Outcome::Stopped if moving.is_some() => {
                return moving.into_iter().for_each(|moving| self.go_on(id, moving));
            }
            Outcome::Failed | Outcome::Stopped => Reason::TaskFailed,
            Outcome::TimedOut => Reason::TimeLimit,
            Outcome::Lost => Reason::SiteLost,
        };
        let used = job.tried() as u32;
        let retry_left = used <= job.spec.retries && !job.cancelling;
        match outcome {
            _ if retry_left => self.requeue(id, Reason::Retrying),
            Outcome::Lost => self.finish(id, JobState::OutcomeUnknown, Some(reason)),
            _ => self.finish(id, JobState::Failed, Some(reason)),
        }
    }

    /// The run ended well: gives its slot back early, and delivers results if any are to travel.
    fn deliver_or_finish(&mut self, id: JobId) {
        let job = self.state.jobs[&id].clone();
        let Some(placement) = &job.placement else {
            return;
        };
        if placement.stage_out().next().is_none() {
            return self.finish(id, JobState::Succeeded, None);
        }
        let now_ms = self.state.now_ms;
        let early = Arc::new(delivering(placement, now_ms));
        let kept = Arc::new(without_run(placement, now_ms));
        let next = if self.state.can_swap(&job, placement, &early) {
            early
        } else {
            kept
        };
        let destinations = next.stage_out().map(|transfer| transfer.to);
        let staging = parts(destinations, PartPhase::Staging);
        self.update_job(id, |job| {
            job.staging = staging;
            job.due_ms = Some(next.end_ms());
            job.placement = Some(next);
        });
    }

    /// A job still holds its slot at the end of its reservation.
    pub(super) fn overrun(&mut self, id: JobId) {
        self.give_up_late_move(id);
        let job = self.state.jobs[&id].clone();
        let Some(placement) = &job.placement else {
            return;
        };
        let end_ms = self.state.now_ms + OVERRUN_STEP_MS;
        let delivering = job
            .attempt()
            .is_some_and(|attempt| attempt.ended_ms.is_some());
        let mut longer = Placement::clone(placement);
        if delivering {
            let late = longer
                .transfers
                .iter_mut()
                .filter(|t| t.kind == TransferKind::StageOut);
            late.for_each(|transfer| transfer.end_ms = transfer.end_ms.max(end_ms));
        } else {
            longer
                .groups
                .iter_mut()
                .for_each(|group| group.end_ms = end_ms);
            let steady = longer.transfers.iter_mut().filter(|t| t.kind.is_steady());
            steady.for_each(|transfer| transfer.end_ms = end_ms);
        }
        let pools: Vec<_> = longer.groups.iter().map(|group| group.pool).collect();
        self.update_job(id, |job| {
            job.placement = Some(Arc::new(longer));
            job.due_ms = Some(end_ms);
        });
        for pool in &pools {
            self.settle_pool(*pool);
        }
        self.settle_power_of(&pools);
        self.settle_links();
    }
}

impl State {
    /// Which sites stage a job, depots too; those whose data is all there are done.
    pub(super) fn staging_parts(&self, placement: &Placement) -> Vec<Part> {
        let depots = placement.deposits().map(|transfer| transfer.to);
        let sites = self.run_sites(placement).chain(depots);
        let mut parts = parts(sites, PartPhase::Staged);
        for transfer in placement.stage_in().chain(placement.deposits()) {
            for part in parts.iter_mut().filter(|part| part.site == transfer.to) {
                part.phase = PartPhase::Staging;
            }
        }
        parts
    }

    fn run_parts(&self, placement: &Placement) -> Vec<Part> {
        parts(self.run_sites(placement), PartPhase::Staged)
    }

    fn run_sites<'s>(&'s self, placement: &'s Placement) -> impl Iterator<Item = SiteId> + 's {
        placement
            .groups
            .iter()
            .map(|group| self.pools[group.pool.index()].site)
    }

    /// Running work holds more than is usable where this would start.
    fn start_blocked(&self, placement: &Placement) -> bool {
        let blocked = placement.groups.iter().any(|group| {
            self.is_overbooked(group.pool) || self.overdue_blocks(group.pool, placement)
        });
        blocked || self.power_blocks(placement, self.overdue())
    }

    /// What has overrun, and the next tick will reserve what it still holds.
    fn overdue(&self) -> impl Iterator<Item = &Placement> + Clone {
        let overdue = self.due.iter().take_while(|due| due.0 <= self.now_ms);
        overdue
            .filter_map(|(_, id)| self.jobs.get(id))
            .filter(|job| {
                job.attempt()
                    .is_some_and(|attempt| attempt.ended_ms.is_none())
            })
            .filter_map(|job| job.placement.as_deref())
    }

    /// Work has overrun there, and the next tick will reserve what it still holds.
    fn overdue_blocks(&self, pool: PoolId, placement: &Placement) -> bool {
        let holds = self
            .overdue()
            .fold(Resources::ZERO, |sum, held| sum + total_in(held, pool));
        if holds == Resources::ZERO {
            return false;
        }
        let mut reservations = self.reservations.clone();
        reservations.release(placement);
        let level = reservations.pool(pool).level_at(self.now_ms);
        !(level + holds + total_in(placement, pool)).fits_in(self.pools[pool.index()].usable)
    }

    /// The placement with its run starting now; `None` when that does not fit any more.
    fn placement_from_now(&self, job: &Job, placement: &Arc<Placement>) -> Option<Arc<Placement>> {
        // The margin at planning time decides, not the present one: the slot must hold the run.
        let mut slots = placement.groups.iter().enumerate();
        if slots.all(|(group, slot)| slot.end_ms - self.now_ms >= job.time_limit_ms(group)) {
            return Some(placement.clone());
        }
        let later = Arc::new(slipped(placement, self.now_ms, &job.staging));
        let deadline_ok = job
            .spec
            .deadline_ms
            .is_none_or(|at_ms| later.end_ms() <= at_ms);
        (deadline_ok && self.can_swap(job, placement, &later)).then_some(later)
    }

    /// True when `new` has room once `old` is given back.
    pub(super) fn can_swap(&self, job: &Job, old: &Placement, new: &Placement) -> bool {
        let mut reservations = self.reservations.clone();
        reservations.release_for(self.limited(job), old);
        super::fits::has_room(self, &reservations, new).is_ok()
            && super::tenants::within_quota(self, &reservations, job, new).is_ok()
            && super::power::within_power(self, &reservations, new).is_ok()
    }
}

/// What a placement takes of a pool.
fn total_in(placement: &Placement, pool: PoolId) -> Resources {
    let here = placement.groups.iter().filter(|slot| slot.pool == pool);
    here.fold(Resources::ZERO, |sum, slot| sum + slot.total)
}

fn parts(sites: impl Iterator<Item = SiteId>, phase: PartPhase) -> Vec<Part> {
    let sites: std::collections::BTreeSet<SiteId> = sites.collect();
    let part = |site| Part {
        site,
        phase,
        outcome: None,
        exit_code: 0,
        usage: Default::default(),
    };
    sites.into_iter().map(part).collect()
}

/// The same placement with its run at `start_ms` or later; stage-in to sites that wait for it
/// stays open until then.
fn slipped(placement: &Placement, start_ms: i64, staging: &[Part]) -> Placement {
    let by_ms = start_ms - placement.start_ms();
    let mut slipped = placement.clone();
    for group in &mut slipped.groups {
        group.start_ms += by_ms;
        group.end_ms += by_ms;
    }
    for transfer in &mut slipped.transfers {
        match transfer.kind {
            TransferKind::StageIn | TransferKind::ToDepot => {
                let to = transfer.to;
                let waits = |part: &Part| part.site == to && part.phase < PartPhase::Staged;
                if staging.iter().any(waits) {
                    transfer.end_ms = transfer.end_ms.max(start_ms);
                }
            }
            TransferKind::StageOut | TransferKind::Steady | TransferKind::Refresh => {
                transfer.start_ms += by_ms;
                transfer.end_ms += by_ms;
            }
        }
    }
    slipped
}

/// What is left once the run is over: stage-out from now on, and the record of what came in.
fn delivering(placement: &Placement, now_ms: i64) -> Placement {
    let mut rest = without_run(placement, now_ms);
    let leaving = |transfer: &&mut Transfer| transfer.kind == TransferKind::StageOut;
    for transfer in rest.transfers.iter_mut().filter(leaving) {
        let by_ms = now_ms - transfer.start_ms;
        transfer.start_ms += by_ms;
        transfer.end_ms += by_ms;
    }
    rest
}

/// The placement with its run cut off at `now_ms`. Stage-in lies behind it and holds nothing.
fn without_run(placement: &Placement, now_ms: i64) -> Placement {
    let mut rest = placement.clone();
    for group in &mut rest.groups {
        group.end_ms = group.end_ms.min(now_ms).max(group.start_ms);
    }
    rest.transfers.retain(|transfer| !transfer.kind.is_steady());
    rest
}

/// One failed part fails the attempt; a lost one makes it unknown unless another failed.
fn worst_outcome(attempt: &Attempt) -> Outcome {
    let order = [
        Outcome::Failed,
        Outcome::TimedOut,
        Outcome::Lost,
        Outcome::Stopped,
    ];
    let has = |outcome: &Outcome| {
        attempt
            .parts
            .iter()
            .any(|part| part.outcome == Some(*outcome))
    };
    order.into_iter().find(has).unwrap_or(Outcome::Succeeded)
}
