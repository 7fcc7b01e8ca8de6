//! Jobs that ask for one group of tasks and nothing else: what [`best_at`](super::best_at) finds
//! for them, by numbers alone. Most jobs of a log are like that, every site is asked about each of
//! them, and but for the site that is chosen nobody wants more than a number.
//!
//! What is left out can say nothing about such a job: there is no data to bring, no user to be
//! near, no quota, no cap on power, no steering and no price of capacity.

use crate::model::{GroupPlacement, Job, Placement, PoolId, SiteId, Weights};
use crate::reason::Reason;
use crate::rules;

use super::{Starts, move_to};
use crate::planner::chain::{self, Chain};
use crate::planner::cost;
use crate::planner::view::View;

/// Later than any start that a chain may have.
const TIME_MS_MAX: i64 = i64::MAX / 8;

/// The best that one site has for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::planner) struct Offer {
    /// As of [`worth`](super::worth): objective in micro-yuan, and start.
    pub(in crate::planner) worth: (i64, i64),
    /// Where it runs.
    pub(in crate::planner) pool: PoolId,
}

/// A job whose chain is its run.
pub(in crate::planner) struct Plain<'v, 'a> {
    view: &'v View<'a>,
    job: &'v Job,
    weights: Weights,
    run_ms: i64,
    /// Length of the reservation.
    length_ms: i64,
    /// When it waits since, may start, and has to.
    since_ms: i64,
    ready_ms: i64,
    latest_ms: i64,
    /// The first slot boundary after it is ready.
    second_ms: i64,
}

impl<'v, 'a> Plain<'v, 'a> {
    /// None for a job whose chain may be more than its run.
    pub(in crate::planner) fn of(view: &'v View<'a>, job: &'v Job) -> Option<Plain<'v, 'a>> {
        let (state, spec) = (view.state(), &job.spec);
        let policy = state.policy();
        let [group] = spec.groups.as_slice() else {
            return None;
        };
        let moves_data = group.image().is_some()
            || !(spec.inputs.is_empty() && spec.outputs.is_empty())
            || job.saved.is_some();
        let serves =
            spec.service.is_some() || spec.storage.is_some() || !spec.latency_limits.is_empty();
        let is_bound = spec.green_floor_permille > 0
            || !policy.steering.is_empty()
            || !state.power_caps().is_empty()
            || policy.tenant(&job.tenant).quota.capacity().is_some()
            || policy.imbalance_micro_cny_per_node_hour > 0;
        let (time_limit_ms, latest_ms) = (job.time_limit_ms(0), view.latest_start(job));
        let length_ms = view.slot_ms(time_limit_ms);
        let run_ms = job.estimate_ms(0);
        let now_ms = state.now_ms();
        let ready_ms = now_ms.max(spec.release_ms);
        let is_usual = policy.margin_ms >= 0
            && (0..=TIME_MS_MAX).contains(&run_ms)
            && (0..=TIME_MS_MAX).contains(&time_limit_ms)
            && latest_ms.saturating_add(length_ms) <= TIME_MS_MAX
            && ready_ms <= TIME_MS_MAX
            && now_ms.min(job.submitted_ms) >= 0
            // Later is dearer, and nothing costs less than nothing but power.
            && policy.delay_micro_cny_per_hour >= 0
            && policy.age_micro_cny_per_hour >= 0
            && policy.carbon_micro_cny_per_kg >= 0
            && policy.water_micro_cny_per_litre >= 0;
        if moves_data || serves || is_bound || !is_usual || !view.rents().is_empty() {
            return None;
        }
        let step_ms = policy.slot_ms.max(1);
        Some(Plain {
            view,
            job,
            weights: policy.weights(job),
            run_ms,
            length_ms,
            since_ms: job.submitted_ms.max(spec.release_ms),
            ready_ms,
            latest_ms,
            second_ms: (ready_ms.div_euclid(step_ms) + 1) * step_ms,
        })
    }

    /// The worth of the cheapest chain at a site, or the first rule in its way.
    pub(in crate::planner) fn best_at(
        &self,
        site: SiteId,
        starts: Starts,
    ) -> Result<Offer, Reason> {
        let state = self.view.state();
        rules::site_allows(state, self.job, site)?;
        let mut best: Option<Offer> = None;
        let mut reason = None;
        for &pool in &state.sites()[site.index()].pools {
            match self.best_in(pool, starts) {
                Ok(worth) if best.is_none_or(|known| worth < known.worth) => {
                    best = Some(Offer { worth, pool });
                }
                Ok(_) => {}
                Err(found) => reason = reason.max(Some(found)),
            }
        }
        best.ok_or(reason.unwrap_or(Reason::PoolTooSmall))
    }

    /// The placement that an offer stands for, checked by the rule that apply will use.
    pub(in crate::planner) fn placement(&self, offer: &Offer) -> Result<Placement, Reason> {
        let pools = [offer.pool];
        Chain::stage(self.view, self.job, &pools)?.at(offer.worth.1)
    }

    fn best_in(&self, pool: PoolId, starts: Starts) -> Result<(i64, i64), Reason> {
        let group = &self.job.spec.groups[0];
        rules::pool_allows(self.view.state(), group, pool)?;
        let mut slot = self.slot(pool);
        let first_ms = self.earliest(&slot, self.ready_ms);
        let first_ms = first_ms.ok_or(Reason::PoolBusy)?;
        move_to(std::slice::from_mut(&mut slot), first_ms);
        let mut best = self.at(&slot);
        if starts == Starts::Earliest {
            return best;
        }
        let mut floor = None;
        let step_ms = self.view.state().policy().slot_ms.max(1);
        let mut slot_ms = self.slot_after(first_ms, step_ms);
        while slot_ms <= self.latest_ms {
            if let Ok(known) = best {
                let delay = self.delay(slot_ms);
                let hopeless = |least: i64| (least.saturating_add(delay), slot_ms) >= known;
                if hopeless(self.rent(&slot))
                    || hopeless(*floor.get_or_insert_with(|| self.floor(&slot)))
                {
                    break;
                }
            }
            let Some(start_ms) = self.earliest(&slot, slot_ms) else {
                break;
            };
            move_to(std::slice::from_mut(&mut slot), start_ms);
            best = match (best, self.at(&slot)) {
                (Ok(a), Ok(b)) => Ok(if b < a { b } else { a }),
                (Err(_), Ok(found)) | (Ok(found), Err(_)) => Ok(found),
                (Err(first), Err(_)) => Err(first),
            };
            slot_ms += step_ms;
        }
        best
    }

    /// The first slot boundary after an instant; of the earliest start, which most sites share, it
    /// is known.
    fn slot_after(&self, at_ms: i64, step_ms: i64) -> i64 {
        match at_ms == self.ready_ms {
            true => self.second_ms,
            false => (at_ms.div_euclid(step_ms) + 1) * step_ms,
        }
    }

    /// What capacity and waiting cost at least; power may bring money, and then that is no bound.
    fn rent(&self, slot: &GroupPlacement) -> i64 {
        let state = self.view.state();
        let site = state.pools()[slot.pool.index()].site;
        match state.energy(site).never_pays() {
            true => cost::rent_of_run(state, slot, (slot.start_ms + self.run_ms, self.weights)),
            false => i64::MIN,
        }
    }

    fn slot(&self, pool: PoolId) -> GroupPlacement {
        let group = (0, &self.job.spec.groups[0]);
        chain::slot(
            self.view.state(),
            group,
            pool,
            (self.ready_ms, self.length_ms),
        )
    }

    fn earliest(&self, slot: &GroupPlacement, from_ms: i64) -> Option<i64> {
        let from_ms = from_ms.max(self.view.not_before_ms());
        let within = (from_ms, self.latest_ms);
        self.view
            .earliest_in(slot.pool, slot.total, self.length_ms, within)
    }

    /// What a run in that slot is worth. It has room; what remains to be asked is whether the free
    /// shapes of the pool hold it, if it starts now.
    fn at(&self, slot: &GroupPlacement) -> Result<(i64, i64), Reason> {
        let state = self.view.state();
        let is_now = slot.start_ms <= state.now_ms() + state.policy().margin_ms;
        if is_now && !rules::shapes_allow(state, &self.job.spec.groups[0], slot.pool) {
            return Err(Reason::NodeShape);
        }
        let ends = (slot.start_ms + self.run_ms, self.weights);
        let run = cost::objective_of_run(state, slot, ends);
        Ok((run.saturating_add(self.delay(slot.start_ms)), slot.start_ms))
    }

    fn floor(&self, slot: &GroupPlacement) -> i64 {
        let ends = (slot.start_ms + self.run_ms, self.weights);
        cost::floor_of_run(self.view.state(), slot, ends)
    }

    fn delay(&self, start_ms: i64) -> i64 {
        let delay_ms = (start_ms - self.since_ms).max(0);
        cost::delay(self.view.state().policy(), self.weights, delay_ms)
    }
}
