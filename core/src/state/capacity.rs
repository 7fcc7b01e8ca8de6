//! When capacity shrinks: what has not started gives way in a fixed order, running work stays.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Job, JobId, JobState, LinkId, Placement, PoolId, SiteId};
use crate::power::{self, Draw};
use crate::reason::Reason;

use super::State;
use super::apply::Apply;

/// A job that can be displaced, behind what it deserves.
type Candidate = ((bool, i32), JobId);

impl Apply<'_> {
    /// Displaces reservations of a pool until what is reserved fits, or only running work is left.
    pub(super) fn settle_pool(&mut self, pool: PoolId) {
        let site = self.state.pools[pool.index()].site;
        self.settle(site_candidates(self.state, site), |state, placement| {
            let usable = state.pools[pool.index()].usable;
            let profile = state.reservations.pool(pool);
            placement
                .groups
                .iter()
                .filter(|group| group.pool == pool)
                .any(|group| {
                    let from_ms = group.start_ms.max(state.now_ms);
                    profile
                        .first_excess(from_ms, group.end_ms, usable)
                        .is_some()
                })
        });
    }

    /// Settles every pool of a site.
    pub(super) fn settle_pools_of(&mut self, site: SiteId) {
        for pool in self.state.sites[site.index()].pools.clone() {
            self.settle_pool(pool);
        }
    }

    /// Displaces reservations at a site until its cap on power holds, or only running work is left.
    pub(super) fn settle_power(&mut self, site: SiteId) {
        let now_ms = self.state.now_ms;
        let draw = Draw::of(self.state, &self.state.reservations, site);
        let excess = |draw: &Draw<'_>| draw.pieces(now_ms).any(|piece| !piece.leaves(0));
        if !draw.as_ref().is_some_and(excess) {
            return;
        }
        self.settle(site_candidates(self.state, site), |state, placement| {
            power::exceeds(state, site, placement, now_ms)
        });
    }

    /// The same at every site of these pools.
    pub(super) fn settle_power_of(&mut self, pools: &[PoolId]) {
        let sites = pools.iter().map(|pool| self.state.pools[pool.index()].site);
        for site in sites.collect::<BTreeSet<SiteId>>() {
            self.settle_power(site);
        }
    }

    /// Displaces reservations of links until what is reserved fits.
    pub(super) fn settle_links(&mut self) {
        let excess = (0..self.state.links.len() as u32).map(LinkId).any(|id| {
            let usable = self.state.links[id.index()].usable_bps();
            let profile = self.state.reservations.link(id);
            profile
                .first_excess(self.state.now_ms, i64::MAX, usable)
                .is_some()
        });
        if excess {
            self.settle(all_candidates(self.state), exceeds_links);
        }
    }

    /// Walks the candidates, least deserving first, and displaces those in the way.
    fn settle(
        &mut self,
        mut candidates: Vec<Candidate>,
        in_the_way: impl Fn(&State, &Placement) -> bool,
    ) {
        // Holds first, then the lowest priority; among equals the youngest first.
        candidates.sort_by_key(|(deserves, job)| (*deserves, std::cmp::Reverse(*job)));
        for (_, id) in candidates {
            let Some(job) = self.state.jobs.get(&id) else {
                continue;
            };
            let [placement, moving] = job.chains().map(Option::<&Arc<Placement>>::cloned);
            match (movable(job), placement, moving) {
                (true, Some(placement), _) if in_the_way(self.state, &placement) => {
                    self.requeue(id, Reason::Displaced);
                }
                (false, _, Some(moving)) if in_the_way(self.state, &moving) => {
                    self.call_off_move(id);
                }
                _ => {}
            }
        }
    }
}

impl State {
    /// Jobs placed at a site that have not started.
    pub(super) fn not_started_at(&self, site: SiteId) -> Vec<JobId> {
        let jobs = self.jobs_at(site).filter(|job| movable(job));
        jobs.map(|job| job.id).collect()
    }
}

fn exceeds_links(state: &State, placement: &Placement) -> bool {
    placement.transfers.iter().any(|transfer| {
        let from_ms = transfer.start_ms.max(state.now_ms);
        transfer.links.iter().any(|link| {
            let usable = state.links[link.index()].usable_bps();
            let profile = state.reservations.link(*link);
            profile
                .first_excess(from_ms, transfer.end_ms, usable)
                .is_some()
        })
    })
}

fn movable(job: &Job) -> bool {
    matches!(
        job.state,
        JobState::Held | JobState::Planned | JobState::Staging
    )
}

/// It has not started, or is to start once more elsewhere.
fn gives_way(job: &Job) -> bool {
    let [_, moving] = job.chains();
    movable(job) || moving.is_some()
}

/// A job that nobody has submitted yet deserves its place least of all.
fn deserves(job: &Job) -> (bool, i32) {
    (job.state != JobState::Held, job.spec.priority)
}

fn site_candidates(state: &State, site: SiteId) -> Vec<Candidate> {
    let jobs = state.jobs_at(site).filter(|job| gives_way(job));
    jobs.map(|job| (deserves(job), job.id)).collect()
}

fn all_candidates(state: &State) -> Vec<Candidate> {
    let ids: BTreeSet<JobId> = state.at_site.iter().map(|(_, id)| *id).collect();
    let jobs = ids
        .into_iter()
        .filter_map(|id| state.jobs.get(&id))
        .filter(|job| gives_way(job));
    jobs.map(|job| (deserves(job), job.id)).collect()
}
