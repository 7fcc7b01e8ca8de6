//! A job's whole chain in given pools: stage-in, slot, steady traffic, stage-out.

mod beside;
mod leaving;

use std::collections::BTreeSet;
use std::rc::Rc;

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
use super::imbalance;
use super::transfer::{self, Flow, Movement};
use super::view::View;
use beside::Beside;

/// What a job reads on its way to the sites of its run.
pub(super) struct Staged {
    pub(super) sites: BTreeSet<SiteId>,
    transfers: Vec<Transfer>,
}

impl Staged {
    /// Brings what is missing to every site of the run; each transfer sees those before it.
    pub(super) fn at(
        view: &View<'_>,
        job: &Job,
        sites: BTreeSet<SiteId>,
        not_after_ms: i64,
    ) -> Result<Staged, Reason> {
        recovery::kept_in_two_hubs(view.state(), job, &sites)?;
        let mut beside = Beside::new(view);
        for (holders, movement) in missing(view.state(), job, &sites, not_after_ms) {
            let holders = holders?;
            let legs = best_way(&mut beside, job, holders, &sites, &movement)?;
            legs.into_iter().for_each(|leg| beside.add(leg));
        }
        let transfers = beside.transfers;
        Ok(Staged { sites, transfers })
    }

    /// Says whether the data can be brought there, without looking for the best way where there is
    /// only one body of data to bring; the others may be in each other's way.
    pub(super) fn is_possible(
        view: &View<'_>,
        job: &Job,
        sites: &BTreeSet<SiteId>,
        not_after_ms: i64,
    ) -> Result<(), Reason> {
        let mut missing = missing(view.state(), job, sites, not_after_ms);
        if let (Some((Ok(holders), movement)), None) = (missing.next(), missing.next()) {
            let mut holders = holders.iter();
            let heard = |from: &SiteId| !view.state().sites()[from.index()].silent;
            let open =
                holders.any(|from| heard(from) && transfer::is_open(view, job, *from, &movement));
            if open {
                return recovery::kept_in_two_hubs(view.state(), job, sites);
            }
        }
        Staged::at(view, job, sites.clone(), not_after_ms).map(drop)
    }
}

/// What has to be brought to each site of a run, with those who have it.
fn missing<'j>(
    state: &'j State,
    job: &'j Job,
    sites: &'j BTreeSet<SiteId>,
    not_after_ms: i64,
) -> impl Iterator<Item = (Result<&'j BTreeSet<SiteId>, Reason>, Movement<'j>)> {
    let needed = state.needed_data(job);
    needed.flat_map(move |(what, holders, size_bytes)| {
        let holders = holders.filter(|holders| !holders.is_empty());
        let here = move |site: &&SiteId| holders.is_some_and(|holders| holders.contains(site));
        let movement = move |to: &SiteId| Movement {
            what,
            kind: TransferKind::StageIn,
            to: *to,
            size_bytes,
            not_before_ms: state.now_ms().max(job.available_ms(what)),
            not_after_ms,
        };
        let to = sites.iter().filter(move |site| !here(site));
        to.map(move |to| (holders.ok_or(Reason::DataUnavailable), movement(to)))
    })
}

/// The sites of pools.
pub(super) fn sites_of(state: &State, pools: &[PoolId]) -> BTreeSet<SiteId> {
    let sites = pools.iter().map(|pool| state.pools()[pool.index()].site);
    sites.collect()
}

/// A chain whose data is on its way and whose start is open.
pub(super) struct Chain<'v, 'a> {
    job: &'v Job,
    pools: &'v [PoolId],
    /// Without this job.
    before: &'v View<'a>,
    staged: Rc<Staged>,
}

impl<'v, 'a> Chain<'v, 'a> {
    /// With all data there by the latest start.
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
        let sites = sites_of(before.state(), pools);
        let staged = Staged::at(before, job, sites, not_after_ms)?;
        Ok(Chain::of(before, job, pools, Rc::new(staged)))
    }

    /// In pools at the sites to which the data is on its way.
    pub(super) fn of(
        before: &'v View<'a>,
        job: &'v Job,
        pools: &'v [PoolId],
        staged: Rc<Staged>,
    ) -> Chain<'v, 'a> {
        Chain {
            job,
            pools,
            before,
            staged,
        }
    }

    /// When all data is there and the job is released.
    pub(super) fn ready_ms(&self) -> i64 {
        let arrivals = self.staged.transfers.iter();
        let staged_ms = arrivals.map(|transfer| transfer.end_ms).max();
        let now_ms = self.before.state().now_ms();
        staged_ms.unwrap_or(now_ms).max(self.job.spec.release_ms)
    }

    /// The slots of a start at `start_ms`.
    pub(super) fn slots(&self, start_ms: i64) -> Vec<GroupPlacement> {
        slots(self.before, self.job, self.pools, start_ms)
    }

    /// What is staged in.
    pub(super) fn stage_in(&self) -> &[Transfer] {
        &self.staged.transfers
    }

    /// The whole chain with the run at `start_ms`; checked by the rule that apply will use.
    pub(super) fn at(&self, start_ms: i64) -> Result<Placement, Reason> {
        let placement = self.unchecked(start_ms)?;
        self.check(&placement)?;
        Ok(placement)
    }

    /// Says whether the chain fits, by the rule that apply will use.
    pub(super) fn check(&self, placement: &Placement) -> Result<(), Reason> {
        let reservations = self.before.reservations();
        fits(self.before.state(), reservations, self.job, placement)
    }

    /// The chain before it is checked.
    ///
    /// What is staged in has arrived by then, and results leave when the run is over: none of them
    /// takes room of another.
    pub(super) fn unchecked(&self, start_ms: i64) -> Result<Placement, Reason> {
        let groups = self.slots(start_ms);
        let end_ms = groups
            .iter()
            .map(|slot| slot.end_ms)
            .max()
            .unwrap_or(start_ms);
        let mut transfers = self.staged.transfers.clone();
        let site = self.before.state().pools()[self.pools[0].index()].site;
        let mut steady = Vec::new();
        for flow in flows(self.before.state(), self.job, site, &self.staged.sites) {
            let window = (start_ms, end_ms);
            let found = transfer::find_steady(self.before, self.job, &flow, window, &steady)?;
            steady.extend(found);
        }
        transfers.append(&mut steady);
        if !self.job.spec.outputs.is_empty() {
            transfers.extend(leaving::deliveries(self.before, self.job, site, end_ms)?);
        }
        let cost = self.price(&groups, &transfers);
        let verdicts = Vec::new();
        Ok(Placement {
            groups,
            transfers,
            cost,
            verdicts,
        })
    }

    fn price(&self, groups: &[GroupPlacement], transfers: &[Transfer]) -> Cost {
        let (state, reserved) = (self.before.state(), self.before.reservations());
        let added = imbalance::added(state, reserved, groups);
        cost::price(state, self.job, groups, transfers).with_imbalance(added)
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

/// The best direct transfer from any holder, or both legs by a depot where that is worth less.
fn best_way(
    beside: &mut Beside<'_, '_>,
    job: &Job,
    holders: &BTreeSet<SiteId>,
    sites: &BTreeSet<SiteId>,
    movement: &Movement<'_>,
) -> Result<Vec<Transfer>, Reason> {
    let depots = beside.transfers.iter().filter(|transfer| {
        transfer.kind == TransferKind::ToDepot && transfer.what == movement.what
    });
    let depots = depots.map(|transfer| transfer.to);
    let taken = sites.iter().copied().chain(depots).collect();
    let view = beside.view();
    let mut reason = Reason::DataUnavailable;
    let mut best: Option<(i128, Transfer)> = None;
    let heard = |site: &&SiteId| !view.state().sites()[site.index()].silent;
    for &from in holders.iter().filter(heard) {
        let limit = best.as_ref().map_or(i128::MAX, |(known, _)| *known);
        match transfer::find_below(view, job, from, movement, limit) {
            Ok(better) => best = Some(better),
            Err(found) => reason = found,
        }
    }
    let limit = best.as_ref().map(|(worth, _)| *worth);
    // What goes on from a checkpoint, or moves while it runs, gets its data directly.
    if job.state.is_started() || job.saved.is_some() {
        return best.map(|(_, transfer)| vec![transfer]).ok_or(reason);
    }
    match forward::find(view, job, holders, &taken, (movement, limit)) {
        Some((_, legs)) => Ok(legs.into()),
        None => best.map(|(_, transfer)| vec![transfer]).ok_or(reason),
    }
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
        let length_ms = view.slot_ms(job.time_limit_ms(position));
        slot(
            view.state(),
            (position, group),
            *pool,
            (start_ms, length_ms),
        )
    };
    groups.map(slot).collect()
}

/// What a group at that position holds of a pool from `start_ms` on, so long.
pub(super) fn slot(
    state: &State,
    (position, group): (usize, &TaskGroup),
    pool: PoolId,
    (start_ms, length_ms): (i64, i64),
) -> GroupPlacement {
    let spec = &state.pools()[pool.index()].spec;
    let count = group.count_on(&spec.accelerator_model);
    GroupPlacement {
        group: position as u32,
        pool,
        count: count.unwrap_or(group.count),
        total: group.total_on(spec),
        start_ms,
        end_ms: start_ms.saturating_add(length_ms),
    }
}
