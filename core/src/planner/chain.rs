//! A job's whole chain in given pools: stage-in, slot, steady traffic, stage-out.

mod leaving;

use std::collections::BTreeSet;

use crate::apart;
use crate::model::{
    Cost, GroupPlacement, Job, Placement, PoolId, SiteId, TaskGroup, Transfer, TransferKind,
};
use crate::reason::Reason;
use crate::recovery;
use crate::state::{State, fits};
use crate::users;

use super::cost;
use super::forward;
use super::transfer::{self, Flow, Movement};
use super::view::View;

/// A chain whose data is on its way and whose start is open.
pub(super) struct Chain<'v, 'a> {
    job: &'v Job,
    pools: &'v [PoolId],
    /// Without this job.
    before: &'v View<'a>,
    /// With its stage-in.
    staged: View<'a>,
    stage_in: Vec<Transfer>,
    /// Sites of the run.
    sites: BTreeSet<SiteId>,
}

impl<'v, 'a> Chain<'v, 'a> {
    /// Brings what is missing to every site of the run; each transfer sees those before it.
    pub(super) fn stage(
        before: &'v View<'a>,
        job: &'v Job,
        pools: &'v [PoolId],
    ) -> Result<Chain<'v, 'a>, Reason> {
        Chain::stage_by(before, job, pools, before.latest_start(job))
    }

    /// The same with all data there by an instant.
    pub(super) fn stage_by(
        before: &'v View<'a>,
        job: &'v Job,
        pools: &'v [PoolId],
        not_after_ms: i64,
    ) -> Result<Chain<'v, 'a>, Reason> {
        let state = before.state();
        let sites = pools.iter().map(|pool| state.pools()[pool.index()].site);
        let sites: BTreeSet<SiteId> = sites.collect();
        recovery::kept_in_two_hubs(state, job, &sites)?;
        let mut chain = Chain {
            job,
            pools,
            before,
            staged: before.clone(),
            stage_in: Vec::new(),
            sites: sites.clone(),
        };
        for (what, holders, size_bytes) in state.needed_data(job) {
            let holders = holders.filter(|holders| !holders.is_empty());
            let holders = holders.ok_or(Reason::DataUnavailable)?;
            for &to in sites.iter().filter(|site| !holders.contains(site)) {
                let movement = Movement {
                    what,
                    kind: TransferKind::StageIn,
                    to,
                    size_bytes,
                    not_before_ms: state.now_ms().max(job.available_ms(what)),
                    not_after_ms,
                };
                for transfer in chain.best_way(holders, &movement)? {
                    chain.staged.reserve_transfer(&transfer);
                    chain.stage_in.push(transfer);
                }
            }
        }
        Ok(chain)
    }

    /// The best direct transfer from any holder, or both legs by a depot where that is worth less.
    fn best_way(
        &self,
        holders: &BTreeSet<SiteId>,
        movement: &Movement<'_>,
    ) -> Result<Vec<Transfer>, Reason> {
        let state = self.before.state();
        let mut reason = Reason::DataUnavailable;
        let mut best: Option<(i128, Transfer)> = None;
        for &from in holders
            .iter()
            .filter(|site| !state.sites()[site.index()].silent)
        {
            match transfer::find(&self.staged, self.job, from, movement) {
                Ok(found) => {
                    let worth = transfer::worth(&self.staged, &found, movement);
                    if best.as_ref().is_none_or(|(known, _)| worth < *known) {
                        best = Some((worth, found));
                    }
                }
                Err(found) => reason = found,
            }
        }
        let depots = self.stage_in.iter().filter(|transfer| {
            transfer.kind == TransferKind::ToDepot && transfer.what == movement.what
        });
        let depots = depots.map(|transfer| transfer.to);
        let taken = self.sites.iter().copied().chain(depots).collect();
        let limit = best.as_ref().map(|(worth, _)| *worth);
        // What goes on from a checkpoint, or moves while it runs, gets its data directly.
        if self.job.state.is_started() || self.job.saved.is_some() {
            return best.map(|(_, transfer)| vec![transfer]).ok_or(reason);
        }
        let movement = (movement, limit);
        match forward::find(&self.staged, self.job, holders, &taken, movement) {
            Some((_, legs)) => Ok(legs.into()),
            None => best.map(|(_, transfer)| vec![transfer]).ok_or(reason),
        }
    }

    /// When all data is there and the job is released.
    pub(super) fn ready_ms(&self) -> i64 {
        let staged_ms = self.stage_in.iter().map(|transfer| transfer.end_ms).max();
        let now_ms = self.before.state().now_ms();
        staged_ms.unwrap_or(now_ms).max(self.job.spec.release_ms)
    }

    /// The least that a start at `start_ms` costs: its run and stage-in alone.
    pub(super) fn least(&self, start_ms: i64) -> i64 {
        self.price(&self.slots(start_ms), &self.stage_in)
            .objective_micro_cny
    }

    /// The whole chain with the run at `start_ms`; checked by the rule that apply will use.
    pub(super) fn at(&self, start_ms: i64) -> Result<Placement, Reason> {
        let groups = self.slots(start_ms);
        let end_ms = groups
            .iter()
            .map(|slot| slot.end_ms)
            .max()
            .unwrap_or(start_ms);
        let mut view = self.staged.clone();
        let mut transfers = self.stage_in.clone();
        let site = self.before.state().pools()[self.pools[0].index()].site;
        for flow in flows(self.before.state(), self.job, site, &self.sites) {
            let window = (start_ms, end_ms);
            if let Some(steady) = transfer::find_steady(&view, self.job, &flow, window)? {
                view.reserve_transfer(&steady);
                transfers.push(steady);
            }
        }
        transfers.extend(leaving::deliveries(view, self.job, site, end_ms)?);
        let cost = self.price(&groups, &transfers);
        let verdicts = Vec::new();
        let placement = Placement {
            groups,
            transfers,
            cost,
            verdicts,
        };
        fits(
            self.before.state(),
            self.before.reservations(),
            self.job,
            &placement,
        )?;
        Ok(placement)
    }

    fn slots(&self, start_ms: i64) -> Vec<GroupPlacement> {
        slots(self.before, self.job, self.pools, start_ms)
    }

    fn price(&self, groups: &[GroupPlacement], transfers: &[Transfer]) -> Cost {
        cost::price(self.before.state(), self.job, groups, transfers)
    }
}

/// Traffic to users, and what keeps copies like the first one, of a run at these sites.
pub(super) fn flows<'j>(
    state: &'j State,
    job: &'j Job,
    home: SiteId,
    sites: &BTreeSet<SiteId>,
) -> Vec<Flow<'j>> {
    let traffic = job.spec.steady_traffic();
    let traffic = traffic.filter_map(|(what, rate_bps)| {
        let from = users::server(state, &job.spec, home, sites, what)?;
        Some(Flow {
            what,
            kind: TransferKind::Steady,
            from,
            to: from,
            rate_bps,
        })
    });
    let refreshed = apart::refreshed(state, &job.spec);
    let refreshed = refreshed.flat_map(|(what, rate_bps)| {
        let others = sites.iter().filter(move |site| **site != home);
        others.map(move |to| Flow {
            what,
            kind: TransferKind::Refresh,
            from: home,
            to: *to,
            rate_bps,
        })
    });
    traffic.chain(refreshed).collect()
}

/// What a run in these pools holds from `start_ms` on.
pub(super) fn slots(
    view: &View<'_>,
    job: &Job,
    pools: &[PoolId],
    start_ms: i64,
) -> Vec<GroupPlacement> {
    let groups = job.spec.groups.iter().zip(pools).enumerate();
    let slot = |(position, (group, pool)): (usize, (&TaskGroup, &PoolId))| {
        let spec = &view.state().pools()[pool.index()].spec;
        let count = group.count_on(&spec.accelerator_model);
        GroupPlacement {
            group: position as u32,
            pool: *pool,
            count: count.unwrap_or(group.count),
            total: group.total_on(spec),
            start_ms,
            end_ms: start_ms.saturating_add(view.slot_ms(job.time_limit_ms(position))),
        }
    };
    groups.map(slot).collect()
}
