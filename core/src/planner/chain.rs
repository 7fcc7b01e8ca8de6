//! Builds a job's whole chain at one site: stage-in, slot, steady traffic, stage-out.

use crate::model::{GroupPlacement, Job, Placement, PoolId, SiteId, Transfer, TransferKind};
use crate::reason::Reason;
use crate::reservation::Reservations;
use crate::rules;
use crate::state::{State, fits};

use super::cost;
use super::transfer::{self, Movement};

/// A state with the tentative reservations of a round on top.
#[derive(Clone)]
pub(super) struct View<'a> {
    state: &'a State,
    reservations: Reservations,
}

/// How many of the possible starts are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Starts {
    /// Only the earliest.
    Earliest,
    /// The earliest and every later slot of the horizon.
    All,
}

impl<'a> View<'a> {
    pub(super) fn new(state: &'a State) -> View<'a> {
        View {
            state,
            reservations: state.reservations().clone(),
        }
    }

    pub(super) fn state(&self) -> &'a State {
        self.state
    }

    pub(super) fn reservations(&self) -> &Reservations {
        &self.reservations
    }

    pub(super) fn reserve(&mut self, placement: &Placement) {
        self.reservations.reserve(placement);
    }

    /// The cheapest chain with the job's first group at `site`, or the first rule in its way.
    pub(super) fn best_at(
        &self,
        job: &Job,
        site: SiteId,
        starts: Starts,
    ) -> Result<Placement, Reason> {
        rules::site_allows(self.state, job, site)?;
        let mut best: Option<Placement> = None;
        let mut reason = Reason::PoolBusy;
        for pools in self.pool_choices(job, site)? {
            match self.best_in(job, &pools, starts) {
                Ok(found) => {
                    let better = |known: &Placement| worth(&found) < worth(known);
                    if best.as_ref().is_none_or(better) {
                        best = Some(found);
                    }
                }
                Err(found) => reason = found,
            }
        }
        best.ok_or(reason)
    }

    /// For every pool of the site that may hold the first group: that pool, with the first
    /// suitable pool for each further group, at the same site if it has one.
    fn pool_choices(&self, job: &Job, site: SiteId) -> Result<Vec<Vec<PoolId>>, Reason> {
        let groups = &job.spec.groups;
        let first = groups.first().ok_or(Reason::Malformed)?;
        let mut rest = Vec::new();
        for group in &groups[1..] {
            let here = self.state.sites()[site.index()].pools.iter().copied();
            let elsewhere = (0..self.state.pools().len() as u32)
                .map(PoolId)
                .filter(|pool| {
                    let at = self.state.pools()[pool.index()].site;
                    at != site && rules::site_allows(self.state, job, at).is_ok()
                });
            let suits = |pool: &PoolId| rules::pool_allows(self.state, group, *pool).is_ok();
            rest.push(
                here.chain(elsewhere)
                    .find(suits)
                    .ok_or(Reason::PoolTooSmall)?,
            );
        }
        let mut choices = Vec::new();
        let mut reason = Reason::PoolTooSmall;
        for pool in &self.state.sites()[site.index()].pools {
            match rules::pool_allows(self.state, first, *pool) {
                Ok(()) => choices.push([&[*pool], rest.as_slice()].concat()),
                Err(found) => reason = found,
            }
        }
        if choices.is_empty() {
            Err(reason)
        } else {
            Ok(choices)
        }
    }

    fn best_in(&self, job: &Job, pools: &[PoolId], starts: Starts) -> Result<Placement, Reason> {
        let mut view = self.clone();
        let stage_in = view.stage_in(job, pools)?;
        let staged_ms = stage_in.iter().map(|transfer| transfer.end_ms).max();
        let ready_ms = staged_ms
            .unwrap_or(self.state.now_ms())
            .max(job.spec.release_ms);
        let first_ms = self
            .earliest_start(job, pools, ready_ms)
            .ok_or(Reason::PoolBusy)?;
        let mut best: Result<Placement, Reason> = view.chain_at(job, pools, &stage_in, first_ms);
        if starts == Starts::Earliest {
            return best;
        }
        for slot_ms in self.later_slots(job, first_ms) {
            let Some(start_ms) = self.earliest_start(job, pools, slot_ms) else {
                break;
            };
            let found = view.chain_at(job, pools, &stage_in, start_ms);
            best = match (best, found) {
                (Ok(a), Ok(b)) => Ok(if worth(&b) < worth(&a) { b } else { a }),
                (Err(_), Ok(found)) | (Ok(found), Err(_)) => Ok(found),
                (Err(first), Err(_)) => Err(first),
            };
        }
        best
    }

    /// Starts after the earliest one: every slot boundary until deadline or horizon.
    fn later_slots(&self, job: &Job, first_ms: i64) -> impl Iterator<Item = i64> {
        let slot_ms = self.state.policy().slot_ms.max(1);
        let latest_ms = self.latest_start(job);
        let next_ms = (first_ms.div_euclid(slot_ms) + 1) * slot_ms;
        (0..)
            .map(move |step| next_ms + step * slot_ms)
            .take_while(move |at| *at <= latest_ms)
    }

    fn latest_start(&self, job: &Job) -> i64 {
        let since_ms = self.state.now_ms().max(job.spec.release_ms);
        let horizon_ms = since_ms + self.state.policy().horizon_ms;
        let longest_ms = job
            .spec
            .groups
            .iter()
            .map(|group| group.time_limit_ms)
            .max();
        match job.spec.deadline_ms {
            Some(deadline_ms) => horizon_ms.min(deadline_ms - self.slot_ms(longest_ms)),
            None => horizon_ms,
        }
    }

    fn slot_ms(&self, time_limit_ms: Option<i64>) -> i64 {
        time_limit_ms
            .unwrap_or(0)
            .saturating_add(self.state.policy().margin_ms)
    }

    /// Brings what is missing to every site of the run; each transfer sees those before it.
    fn stage_in(&mut self, job: &Job, pools: &[PoolId]) -> Result<Vec<Transfer>, Reason> {
        let state = self.state;
        let sites = pools.iter().map(|pool| state.pools()[pool.index()].site);
        let sites: std::collections::BTreeSet<SiteId> = sites.collect();
        let mut transfers = Vec::new();
        for (what, holders, size_bytes) in state.needed_data(job) {
            let holders = holders.filter(|holders| !holders.is_empty());
            let holders = holders.ok_or(Reason::DataUnavailable)?;
            for &to in sites.iter().filter(|site| !holders.contains(site)) {
                let movement = Movement {
                    what,
                    kind: TransferKind::StageIn,
                    to,
                    size_bytes,
                    not_before_ms: state.now_ms(),
                    not_after_ms: self.latest_start(job),
                };
                let transfer = self.best_source(job, holders, &movement)?;
                self.reserve_transfer(&transfer);
                transfers.push(transfer);
            }
        }
        Ok(transfers)
    }

    fn best_source(
        &self,
        job: &Job,
        holders: &std::collections::BTreeSet<SiteId>,
        movement: &Movement<'_>,
    ) -> Result<Transfer, Reason> {
        let mut reason = Reason::DataUnavailable;
        let mut best: Option<(i128, Transfer)> = None;
        for &from in holders {
            if self.state.sites()[from.index()].silent {
                continue;
            }
            match transfer::find(self, job, from, movement) {
                Ok(found) => {
                    let delay_ms = i128::from(found.end_ms - movement.not_before_ms);
                    let price = i128::from(self.state.policy().delay_micro_cny_per_hour);
                    let worth =
                        cost::transport(self.state.links(), &found) + delay_ms * price / 3_600_000;
                    if best.as_ref().is_none_or(|(known, _)| worth < *known) {
                        best = Some((worth, found));
                    }
                }
                Err(found) => reason = found,
            }
        }
        best.map(|(_, transfer)| transfer).ok_or(reason)
    }

    fn reserve_transfer(&mut self, transfer: &Transfer) {
        self.reservations.reserve(&Placement {
            groups: Vec::new(),
            transfers: vec![transfer.clone()],
            cost: Default::default(),
            verdicts: Vec::new(),
        });
    }

    /// The earliest common start of all groups at or after `from_ms`.
    fn earliest_start(&self, job: &Job, pools: &[PoolId], from_ms: i64) -> Option<i64> {
        let latest_ms = self.latest_start(job);
        let mut start_ms = from_ms;
        loop {
            let mut moved_ms = start_ms;
            for (group, pool) in job.spec.groups.iter().zip(pools) {
                let usable = self.state.pools()[pool.index()].usable;
                let length_ms = self.slot_ms(Some(group.time_limit_ms));
                let profile = self.reservations.pool(*pool);
                let need = group.total();
                moved_ms = profile.earliest(need, usable, length_ms, moved_ms, latest_ms)?;
            }
            if moved_ms == start_ms {
                return Some(start_ms);
            }
            start_ms = moved_ms;
        }
    }

    /// The whole chain with the run at `start_ms`; checked by the rule that apply will use.
    fn chain_at(
        &self,
        job: &Job,
        pools: &[PoolId],
        stage_in: &[Transfer],
        start_ms: i64,
    ) -> Result<Placement, Reason> {
        let slots = job.spec.groups.iter().zip(pools).enumerate();
        let groups: Vec<GroupPlacement> = slots
            .map(|(position, (group, pool))| GroupPlacement {
                group: position as u32,
                pool: *pool,
                total: group.total(),
                start_ms,
                end_ms: start_ms + self.slot_ms(Some(group.time_limit_ms)),
            })
            .collect();
        let end_ms = groups
            .iter()
            .map(|slot| slot.end_ms)
            .max()
            .unwrap_or(start_ms);
        let mut view = self.clone();
        let mut transfers = stage_in.to_vec();
        let site = self.state.pools()[pools[0].index()].site;
        for flow in job.spec.steady_traffic() {
            let window = (start_ms, end_ms);
            if let Some(steady) = transfer::find_steady(&view, job, site, flow, window)? {
                view.reserve_transfer(&steady);
                transfers.push(steady);
            }
        }
        for delivery in view.deliveries(job, site, end_ms)? {
            transfers.push(delivery);
        }
        let cost = cost::price(self.state, job, &groups, &transfers);
        let placement = Placement {
            groups,
            transfers,
            cost,
            verdicts: Vec::new(),
        };
        // The stage-in is reserved in this view already; what apply will see is the state's.
        let mut without = self.reservations.clone();
        let staged = Placement {
            groups: Vec::new(),
            transfers: stage_in.to_vec(),
            cost: Default::default(),
            verdicts: Vec::new(),
        };
        without.release(&staged);
        fits(self.state, &without, job, &placement)?;
        Ok(placement)
    }

    /// Results that are to be elsewhere leave when the run's reservation is over.
    fn deliveries(
        &mut self,
        job: &Job,
        from: SiteId,
        end_ms: i64,
    ) -> Result<Vec<Transfer>, Reason> {
        let mut transfers = Vec::new();
        for output in job
            .spec
            .outputs
            .iter()
            .filter(|output| !output.deliver_to.is_empty())
        {
            let to = self
                .state
                .site_named(&output.deliver_to)
                .ok_or(Reason::Unknown)?;
            if to == from {
                continue;
            }
            let horizon_ms = end_ms.saturating_add(self.state.policy().horizon_ms);
            let movement = Movement {
                what: &output.dataset,
                kind: TransferKind::StageOut,
                to,
                size_bytes: output.size_bytes,
                not_before_ms: end_ms,
                not_after_ms: job.spec.deadline_ms.unwrap_or(horizon_ms).min(horizon_ms),
            };
            let transfer = transfer::find(self, job, from, &movement)?;
            self.reserve_transfer(&transfer);
            transfers.push(transfer);
        }
        Ok(transfers)
    }
}

/// What the planner minimises; ties go to the earlier start.
pub(super) fn worth(placement: &Placement) -> (i64, i64) {
    (placement.cost.objective_micro_cny, placement.start_ms())
}
