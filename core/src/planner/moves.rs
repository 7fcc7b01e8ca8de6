//! Running work that is to go on elsewhere, from its checkpoint: beside the model, after a round.
//!
//! Of the running jobs with a checkpoint those are looked at that a first look promises most for.
//! For each, staying is compared with leaving: what the rest costs by the hour at either place,
//! what the capacity that is held and freed is worth at the round's prices, the transfers, the work
//! done again, the reading of the checkpoint, the delay. A job moves if that saves more than the
//! policy asks for, and no sooner than it must: a move that pays as much in some hours is left to a
//! round then, when more is known.

use std::sync::Arc;

use crate::model::{
    GroupPlacement, Job, JobId, Placement, PoolId, SiteId, SiteVerdict, Transfer, Verdict,
};
use crate::rules;
use crate::state::State;

use super::backfill;
use super::chain::{self, Chain};
use super::cost;
use super::imbalance;
use super::plan::{Plan, PlannedMove};
use super::rents::Rents;
use super::site::pools_with;
use super::transfer;
use super::view::View;

/// Jobs that a round takes a first look at.
const SCREENED_MAX: usize = 64;
/// Jobs of those that it examines.
const PER_ROUND_MAX: usize = 16;
/// Sets of pools that it examines for one job.
const SETS_MAX: usize = 8;
/// Later starts that a move is compared with, a slot of the policy apart.
const LATER_MAX: i64 = 24;

/// A set of pools at one site, and what a first look says that moving there saves.
type Prospect = (i128, Vec<PoolId>);

/// True when something runs that a round might move.
pub fn may_move_running(state: &State) -> bool {
    state.policy().moves_max > 0 && !state.with_checkpoint().is_empty()
}

/// Adds the moves that pay to a round's plan, beside its placements and what is held back for
/// those that wait. A checkpoint is before each job that is examined.
pub(super) fn add(state: &State, plan: &mut Plan, seed: u64, mut proceed: impl FnMut(u32) -> bool) {
    if !may_move_running(state) {
        return;
    }
    let mut view = beside(state, plan);
    let mut candidates: Vec<(i128, JobId, Vec<Prospect>)> = screened(state, seed)
        .filter(|job| !gives_way(plan, job.id))
        .filter_map(|job| {
            let prospects = Remaining::of(&view, job)?.prospects();
            let best = prospects.first()?.0;
            Some((best, job.id, prospects))
        })
        .collect();
    if candidates.is_empty() {
        return;
    }
    candidates.sort_by_key(|(best, id, _)| (std::cmp::Reverse(*best), *id));
    backfill::hold_back_beside(&mut view, plan, &[]);
    for (_, id, prospects) in candidates.into_iter().take(PER_ROUND_MAX) {
        if !proceed(plan.stopped_at) {
            return;
        }
        plan.stopped_at += 1;
        let Some(job) = state.job(id) else { continue };
        let found = Remaining::of(&view, job).and_then(|rest| rest.best(&prospects));
        if let Some(planned) = found {
            view.move_away(job, &planned);
            plan.moves.push(planned);
        }
    }
}

/// Keeps the moves that still fit, in their order.
pub(super) fn keep(view: &mut View<'_>, plan: &mut Plan) {
    let state = view.state();
    for planned in std::mem::take(&mut plan.moves) {
        let job = state.job(planned.job);
        let Some(job) = job.filter(|job| !gives_way(plan, job.id)) else {
            continue;
        };
        if state.move_fits(view.reservations(), job, &planned).is_ok() {
            view.move_away(job, &planned);
            plan.moves.push(planned);
        }
    }
}

fn gives_way(plan: &Plan, id: JobId) -> bool {
    let mut preempted = plan.preempted.iter();
    preempted.any(|(_, victims)| victims.contains(&id))
}

/// The state as it will be with the plan's placements, and at its prices.
fn beside<'a>(state: &'a State, plan: &Plan) -> View<'a> {
    let mut view = View::new(state);
    let prices = plan.prices.as_ref().unwrap_or(state.prices());
    view.set_rents(Arc::new(Rents::new(state, prices)));
    let placed = |id: &JobId| state.job(*id);
    for job in plan.placements.iter().filter_map(|(id, _)| placed(id)) {
        view.release(job);
    }
    for (id, placement) in &plan.placements {
        for victim in plan.victims(*id).iter().filter_map(placed) {
            view.give_up(victim, placement.start_ms());
        }
        if let Some(job) = placed(id) {
            view.reserve(job, placement);
        }
    }
    view
}

/// The running jobs that may be moved, beginning at one that the seed says, so that each of many
/// has its turn.
fn screened(state: &State, seed: u64) -> impl Iterator<Item = &Job> {
    let jobs = state.with_checkpoint();
    let first = seed % (jobs.len() as u64).max(1);
    let around = jobs.iter().skip(first as usize).chain(jobs.iter());
    let once = around.take(jobs.len().min(SCREENED_MAX));
    let jobs = once.filter_map(|id| state.job(*id)).map(AsRef::as_ref);
    jobs.filter(|job| state.moves_from(job).is_ok())
}

/// A running job with what is left of it.
struct Remaining<'v, 'a> {
    view: &'v View<'a>,
    job: &'v Job,
    held: &'v Placement,
    from: SiteId,
    /// When each group is expected to end where it runs.
    ends_ms: Vec<i64>,
    /// What staying costs, capacity included.
    stay: i128,
}

impl<'v, 'a> Remaining<'v, 'a> {
    /// None if the job may not move, or should have ended by now.
    fn of(view: &'v View<'a>, job: &'v Job) -> Option<Remaining<'v, 'a>> {
        let state = view.state();
        let from = state.moves_from(job).ok()?;
        let held = job.placement.as_deref()?;
        let started_ms = job.attempt()?.started_ms?;
        let ends_ms =
            (0..held.groups.len()).map(|group| started_ms.saturating_add(job.estimate_ms(group)));
        let mut rest = Remaining {
            view,
            job,
            held,
            from,
            ends_ms: ends_ms.collect(),
            stay: 0,
        };
        let results: Vec<Transfer> = held.stage_out().cloned().collect();
        let until_ms = held.run_end_ms();
        rest.stay = rest.running(until_ms, &[], &results, 0);
        (rest.end_ms() > state.leave_ms(state.now_ms())).then_some(rest)
    }

    fn end_ms(&self) -> i64 {
        self.ends_ms.iter().copied().max().unwrap_or(0)
    }

    /// What it costs to run on until `leave_ms` or the end, and then `runs`, with the transfers;
    /// what is held meanwhile included.
    fn running(
        &self,
        leave_ms: i64,
        runs: &[(GroupPlacement, i64)],
        transfers: &[Transfer],
        delay_ms: i64,
    ) -> i128 {
        let state = self.view.state();
        let now_ms = state.now_ms();
        let mut here = self.held.groups.clone();
        for slot in &mut here {
            slot.start_ms = now_ms;
            slot.end_ms = slot.end_ms.min(leave_ms).max(now_ms);
        }
        let until = |(slot, end_ms)| (slot, i64::clamp(end_ms, now_ms, leave_ms.max(now_ms)));
        let before = here.iter().zip(self.ends_ms.iter().copied()).map(until);
        let after = runs.iter().map(|(slot, end_ms)| (slot, *end_ms));
        let cost = cost::of_runs(state, self.job, before.chain(after), transfers, delay_ms);
        let mut held = Placement {
            groups: here.clone(),
            transfers: transfers.to_vec(),
            ..Placement::default()
        };
        held.groups
            .extend(runs.iter().map(|(slot, _)| slot.clone()));
        let objective = i128::from(cost.objective_micro_cny) + self.imbalance(&held.groups);
        objective + self.view.rents().of(&held)
    }

    /// What the job adds to the imbalance of the pools with these slots, beside all others.
    fn imbalance(&self, slots: &[GroupPlacement]) -> i128 {
        let state = self.view.state();
        if state.policy().imbalance_micro_cny_per_node_hour <= 0 {
            return 0;
        }
        let mut others = self.view.clone();
        others.release(self.job);
        imbalance::added(state, others.reservations(), slots)
    }

    /// What a move must save.
    fn least_gain(&self) -> i128 {
        let permille = i128::from(self.view.state().policy().move_gain_permille);
        (self.stay.max(0) * permille / 1000).max(1)
    }

    /// The sets of pools that a first look says pay, the best ones first: the rest of the run in
    /// the same hours, with the data brought over empty links.
    fn prospects(&self) -> Vec<Prospect> {
        let state = self.view.state();
        let now_ms = state.now_ms();
        let Some(stopped) = self.stopped(now_ms) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for site in (0..state.sites().len() as u32).map(SiteId) {
            if site == self.from || rules::site_allows(state, &stopped, site).is_err() {
                continue;
            }
            let mut data = None;
            for pool in &state.sites()[site.index()].pools {
                let sets = pools_with(self.view, &stopped, *pool).unwrap_or_default();
                let here = |pool: &PoolId| state.pools()[pool.index()].site == site;
                for set in sets.into_iter().filter(|set| set.iter().all(here)) {
                    let runs = self.runs(&stopped, &set, now_ms);
                    let way = data
                        .get_or_insert_with(|| transfer::least_of_data(self.view, &stopped, site));
                    let gain = self.stay - self.running(now_ms, &runs, &[], 0) - *way;
                    found.push((gain, set));
                }
            }
        }
        found.retain(|(gain, _)| *gain >= self.least_gain());
        found.sort_by(|(a, set_a), (b, set_b)| b.cmp(a).then_with(|| set_a.cmp(set_b)));
        found.truncate(SETS_MAX);
        found
    }

    /// The job as it will be once it has been stopped.
    fn stopped(&self, stop_ms: i64) -> Option<Job> {
        let leave_ms = self.view.state().leave_ms(stop_ms);
        self.job.as_stopped(self.from, stop_ms, leave_ms)
    }

    /// The rest of the run in other pools, each group with its expected end.
    fn runs(&self, stopped: &Job, pools: &[PoolId], start_ms: i64) -> Vec<(GroupPlacement, i64)> {
        let slots = chain::slots(self.view, stopped, pools, start_ms).into_iter();
        let timed = slots.map(|slot| {
            let end_ms = start_ms.saturating_add(stopped.estimate_ms(slot.group as usize));
            (slot, end_ms)
        });
        timed.collect()
    }

    /// The move that saves most, if it saves enough.
    fn best(&self, prospects: &[Prospect]) -> Option<PlannedMove> {
        let mut best: Option<PlannedMove> = None;
        for (promised, pools) in prospects {
            let known = best.as_ref().map(|best| i128::from(best.gain_micro_cny));
            if known.is_some_and(|known| known >= *promised) {
                break;
            }
            let found = self.soonest_into(pools);
            let better = |found: &PlannedMove| {
                let gain = i128::from(found.gain_micro_cny);
                gain >= self.least_gain() && known.is_none_or(|known| gain > known)
            };
            best = found.filter(better).or(best);
        }
        best.filter(|found| !self.is_better_later(found))
    }

    /// The move into these pools that begins soonest, with the stop as late as it can be for it.
    fn soonest_into(&self, pools: &[PoolId]) -> Option<PlannedMove> {
        let pays = |found: &PlannedMove| i128::from(found.gain_micro_cny) >= self.least_gain();
        let soonest = self.stopped_at(pools, self.view.state().now_ms())?;
        let idle_until_ms = self.idle_until(&soonest)?;
        let later = match idle_until_ms > soonest.stop_ms {
            true => self.stopped_at(pools, idle_until_ms).filter(pays),
            false => None,
        };
        let found = later.unwrap_or(soonest);
        // Behind the next checkpoint less is done again.
        let behind = self.next_checkpoint_ms(found.stop_ms);
        let behind = behind.and_then(|at_ms| self.stopped_at(pools, at_ms));
        let better = |other: &PlannedMove| other.gain_micro_cny > found.gain_micro_cny;
        Some(behind.filter(better).unwrap_or(found))
    }

    /// When the run will have written one more checkpoint.
    fn next_checkpoint_ms(&self, stop_ms: i64) -> Option<i64> {
        let started_ms = self.job.attempt()?.started_ms?;
        let ran_ms = self.job.next_checkpoint_after(stop_ms - started_ms)?;
        Some(started_ms + ran_ms)
    }

    /// When the run could stop instead for the same start: nothing moves, and nothing runs, until
    /// the checkpoint travels or the new slot begins.
    fn idle_until(&self, planned: &PlannedMove) -> Option<i64> {
        let checkpoint = self.job.checkpoint_name();
        let mut travels = planned.to.stage_in();
        let travels = travels.find(|transfer| transfer.what == checkpoint)?;
        let before_ms = travels.start_ms - self.view.state().leave_ms(planned.stop_ms);
        let after_ms = planned.to.start_ms() - travels.end_ms;
        Some(planned.stop_ms + before_ms.max(0) + after_ms.max(0))
    }

    /// The chain of a job that is stopped then, as soon as it can begin.
    fn stopped_at(&self, pools: &[PoolId], stop_ms: i64) -> Option<PlannedMove> {
        let state = self.view.state();
        let leave_ms = state.leave_ms(stop_ms);
        let stopped = self.stopped(stop_ms)?;
        let mut cleared = self.view.clone();
        cleared.give_up(self.job, leave_ms);
        let chain = Chain::stage(&cleared, &stopped, pools).ok()?;
        let start_ms = cleared.earliest_start(&stopped, pools, chain.ready_ms())?;
        let mut to = chain.at(start_ms).ok()?;
        let runs = self.runs(&stopped, pools, start_ms);
        let end_ms = runs.iter().map(|(_, end_ms)| *end_ms).max()?;
        let delay_ms = (end_ms - self.end_ms()).max(0);
        let leave = self.running(leave_ms, &runs, &to.transfers, delay_ms);
        let gain_micro_cny = narrow(self.stay - leave);
        to.verdicts.push(SiteVerdict {
            site: self.from,
            verdict: Verdict::Dearer {
                extra_micro_cny: gain_micro_cny,
            },
        });
        let planned = PlannedMove {
            job: self.job.id,
            stop_ms,
            to,
            stay_micro_cny: narrow(self.stay),
            gain_micro_cny,
        };
        let fits = state.move_fits(self.view.reservations(), self.job, &planned);
        fits.ok().map(|()| planned)
    }

    /// The same move some slots later would save as much, by the hours alone.
    fn is_better_later(&self, planned: &PlannedMove) -> bool {
        let state = self.view.state();
        let pools: Vec<PoolId> = planned.to.groups.iter().map(|slot| slot.pool).collect();
        let hours = |by_ms: i64| {
            let stopped = self.stopped(planned.stop_ms + by_ms)?;
            let leave_ms = state.leave_ms(planned.stop_ms) + by_ms;
            let runs = self.runs(&stopped, &pools, planned.to.start_ms() + by_ms);
            Some(self.running(leave_ms, &runs, &[], 0))
        };
        let Some(now) = hours(0) else { return false };
        let slot_ms = state.policy().slot_ms;
        let later = (1..=LATER_MAX).map(|slots| slots.saturating_mul(slot_ms));
        let mut later = later.take_while(|by_ms| planned.stop_ms + by_ms < self.end_ms());
        later.any(|by_ms| hours(by_ms).is_some_and(|then| then <= now))
    }
}

fn narrow(value: i128) -> i64 {
    value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}
