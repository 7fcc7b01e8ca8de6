//! Which pools a job's groups take together, given the first one.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::apart;
use crate::model::{GroupPlacement, Job, PoolId, SiteId};
use crate::reason::Reason;
use crate::recovery;
use crate::rules;
use crate::users;

use crate::planner::cost;
use crate::planner::transfer;
use crate::planner::view::View;

/// Sets of several sites that are tried for one site of the first group.
const SETS_MAX: usize = 4;
/// Pools looked at for them, before the search gives up.
const STEPS_MAX: u32 = 2_000;

/// One pool for each group, the first given. A job at several sites may have more than one set,
/// the preferred one first.
pub(in crate::planner) fn pools_with(
    view: &View<'_>,
    job: &Job,
    first: PoolId,
) -> Result<Vec<Vec<PoolId>>, Reason> {
    rules::pool_allows(view.state(), &job.spec.groups[0], first)?;
    if job.spec.sites_min() < 2 {
        return Ok(vec![soonest(view, job, first)?]);
    }
    let mut search = Search {
        view,
        job,
        sets: Vec::new(),
        steps: 0,
        farthest: (0, Reason::SpreadSites),
    };
    search.extend(&mut vec![first]);
    match search.sets.is_empty() {
        true => Err(search.farthest.1),
        false => Ok(search.sets),
    }
}

/// For each further group the pool that can start it first; among equals one at the same site.
fn soonest(view: &View<'_>, job: &Job, first: PoolId) -> Result<Vec<PoolId>, Reason> {
    let state = view.state();
    let home = state.pools()[first.index()].site;
    let from_ms = state.now_ms().max(job.spec.release_ms);
    let mut pools = vec![first];
    for (position, group) in job.spec.groups.iter().enumerate().skip(1) {
        let suits = |pool: &PoolId| {
            let site = state.pools()[pool.index()].site;
            rules::pool_allows(state, group, *pool).is_ok()
                && (site == home || rules::site_allows(state, job, site).is_ok())
        };
        let rank = |pool: &PoolId| {
            let start_ms = view
                .earliest_of(job, position, *pool, from_ms)
                .unwrap_or(i64::MAX);
            let taken = pools.contains(pool);
            (
                start_ms,
                taken,
                Reverse(state.pools()[pool.index()].site == home),
                *pool,
            )
        };
        let all = (0..state.pools().len() as u32).map(PoolId);
        let best = all.filter(suits).min_by_key(rank);
        pools.push(best.ok_or(Reason::PoolTooSmall)?);
    }
    Ok(pools)
}

/// Limits newly kept, hub already taken, cost.
type Rank = (Reverse<usize>, bool, i128);

/// A search in depth for sets of pools at different sites: what looks best for each group comes
/// first. A site near users that no other is near goes before the rest, and a hub that has none
/// of the job's sites yet before the others.
struct Search<'s, 'a> {
    view: &'s View<'a>,
    job: &'s Job,
    sets: Vec<Vec<PoolId>>,
    steps: u32,
    /// What was in the way, after how many groups.
    farthest: (usize, Reason),
}

impl Search<'_, '_> {
    fn extend(&mut self, pools: &mut Vec<PoolId>) {
        if pools.len() == self.job.spec.groups.len() {
            match self.complete(&self.sites(pools)) {
                Ok(()) => self.sets.push(pools.clone()),
                Err(reason) => self.note(pools.len(), reason),
            }
            return;
        }
        for pool in self.candidates(pools) {
            if self.sets.len() == SETS_MAX || self.steps == STEPS_MAX {
                return;
            }
            self.steps += 1;
            pools.push(pool);
            self.extend(pools);
            pools.pop();
        }
    }

    fn note(&mut self, groups: usize, reason: Reason) {
        self.farthest = self.farthest.max((groups, reason));
    }

    fn sites(&self, pools: &[PoolId]) -> BTreeSet<SiteId> {
        let all = self.view.state().pools();
        pools.iter().map(|pool| all[pool.index()].site).collect()
    }

    fn complete(&self, sites: &BTreeSet<SiteId>) -> Result<(), Reason> {
        apart::far_enough(self.view.state(), &self.job.spec, sites)?;
        users::all_near(self.view.state(), &self.job.spec, sites)?;
        recovery::kept_in_two_hubs(self.view.state(), self.job, sites)
    }

    /// The pools that the next group may take beside `pools`, the best first.
    fn candidates(&mut self, pools: &[PoolId]) -> Vec<PoolId> {
        let state = self.view.state();
        let taken = self.sites(pools);
        let group = &self.job.spec.groups[pools.len()];
        let mut ranked = Vec::new();
        for pool in (0..state.pools().len() as u32).map(PoolId) {
            let site = state.pools()[pool.index()].site;
            let suits = rules::pool_allows(state, group, pool)
                .and_then(|()| rules::site_allows(state, self.job, site))
                .and_then(|()| self.beside(&taken, site));
            match suits {
                Ok(()) => ranked.push((self.rank(&taken, pools.len(), pool), pool)),
                Err(Reason::CopyDistance) => self.note(pools.len(), Reason::CopyDistance),
                Err(_) => {}
            }
        }
        ranked.sort();
        ranked.into_iter().map(|(_, pool)| pool).collect()
    }

    /// A site of its own as long as too few are taken, and far enough from every other.
    fn beside(&self, taken: &BTreeSet<SiteId>, site: SiteId) -> Result<(), Reason> {
        let spec = &self.job.spec;
        let state = self.view.state();
        if taken.contains(&site) {
            let enough = taken.len() as u64 >= u64::from(spec.sites_min());
            return enough.then_some(()).ok_or(Reason::SpreadSites);
        }
        let apart = |other: &SiteId| apart::are_apart(state, spec, *other, site);
        let all = taken.iter().all(apart);
        all.then_some(()).ok_or(Reason::CopyDistance)
    }

    /// Who is near users first, then another hub, then by what the run and the way of its data cost
    /// on their own.
    fn rank(&self, taken: &BTreeSet<SiteId>, position: usize, pool: PoolId) -> Rank {
        let (state, job) = (self.view.state(), self.job);
        let site = state.pools()[pool.index()].site;
        let same_hub = |other: &SiteId| !recovery::in_another_hub(state, *other, site);
        let group = &job.spec.groups[position];
        let from_ms = state.now_ms().max(job.spec.release_ms);
        let start_ms = self.view.earliest_of(job, position, pool, from_ms);
        let Some(start_ms) = start_ms else {
            return (Reverse(0), true, i128::MAX);
        };
        let spec = &state.pools()[pool.index()].spec;
        let slot = GroupPlacement {
            group: position as u32,
            pool,
            count: group
                .count_on(&spec.accelerator_model)
                .unwrap_or(group.count),
            total: group.total_on(spec),
            start_ms,
            end_ms: start_ms.saturating_add(self.view.slot_ms(job.time_limit_ms(position))),
        };
        let run = cost::price(state, job, &[slot], &[]).objective_micro_cny;
        let worth = i128::from(run).saturating_add(self.way_of_data(site));
        let newly_near = self.newly_near(taken, site);
        (Reverse(newly_near), taken.iter().any(same_hub), worth)
    }

    /// Number of limits that `site` keeps and no other taken one does.
    fn newly_near(&self, taken: &BTreeSet<SiteId>, site: SiteId) -> usize {
        let (state, spec) = (self.view.state(), &self.job.spec);
        if !spec.is_spread() {
            return 0;
        }
        let serves = |name: &str, site: SiteId| users::serves(state, spec, name, site);
        let limits = spec.latency_limits.iter().map(|limit| &limit.region);
        limits
            .filter(|name| !taken.iter().any(|other| serves(name, *other)))
            .filter(|name| serves(name, site))
            .count()
    }

    /// What it would cost to bring the job's data to a site over empty links.
    fn way_of_data(&self, site: SiteId) -> i128 {
        transfer::least_of_data(self.view, self.job, site)
    }
}
