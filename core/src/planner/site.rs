//! The best chain with a job's first group at one site: every pool, source, route and start.

mod among;
mod least;
mod plain;
mod sets;
mod starts;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::model::{GroupPlacement, Job, Placement, PoolId, SiteId};
use crate::reason::Reason;
use crate::rules;

use super::chain::{self, Staged};
use super::view::View;
pub(super) use among::{Wanted, first_of_all};
pub(super) use plain::{Offer, Plain};
pub(super) use sets::pools_with;

/// How many of the possible starts are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Starts {
    /// Only the earliest.
    Earliest,
    /// The earliest and every later slot of the horizon.
    All,
}

/// What the planner minimises, with what the held capacity is worth; ties go to the earlier start.
pub(super) type Worth = (i64, i64);

/// What a placement is worth.
pub(super) fn worth(view: &View<'_>, placement: &Placement) -> Worth {
    let rent = view.rents().of(placement);
    let worth = i128::from(placement.cost.objective_micro_cny) + rent;
    (
        i64::try_from(worth).unwrap_or(i64::MAX),
        placement.start_ms(),
    )
}

/// The cheapest chain with the job's first group at `site`, or the first rule in its way.
pub(super) fn best_at(
    view: &View<'_>,
    job: &Job,
    site: SiteId,
    starts: Starts,
) -> Result<Placement, Reason> {
    rules::site_allows(view.state(), job, site)?;
    let mut search = Search::new(view, job, starts);
    let mut best: Option<(Worth, Placement)> = None;
    let mut reason = None;
    for pool in &view.state().sites()[site.index()].pools {
        let below = best.as_ref().map(|(known, _)| *known);
        match search.best_with(*pool, below) {
            Ok(found) => best = found.map(|found| (worth(view, &found), found)).or(best),
            // A pool that can never hold the job says less than one that has no room for it now.
            Err(found) => reason = reason.max(Some(found)),
        }
    }
    let best = best.map(|(_, placement)| placement);
    best.ok_or(reason.unwrap_or(Reason::PoolTooSmall))
}

/// The same with the site's pools told apart by another rank; each of them offers its cheapest
/// chain.
pub(super) fn best_by<K: Ord>(
    view: &View<'_>,
    job: &Job,
    site: SiteId,
    starts: Starts,
    rank: impl Fn(&Placement) -> K,
) -> Result<Placement, Reason> {
    rules::site_allows(view.state(), job, site)?;
    let mut search = Search::new(view, job, starts);
    let mut best: Option<(K, Placement)> = None;
    let mut reason = None;
    for pool in &view.state().sites()[site.index()].pools {
        match search.best_with(*pool, None) {
            Ok(found) => {
                let found = found.map(|found| (rank(&found), found));
                let better = |(found, _): &(K, Placement)| match &best {
                    Some((known, _)) => found < known,
                    None => true,
                };
                best = found.filter(better).or(best);
            }
            Err(found) => reason = reason.max(Some(found)),
        }
    }
    let best = best.map(|(_, placement)| placement);
    best.ok_or(reason.unwrap_or(Reason::PoolTooSmall))
}

/// The first instant at which all data of a job may be at a site, whatever links carry.
pub(super) fn ready_at_least(view: &View<'_>, job: &Job, site: SiteId) -> i64 {
    let (_, ready_ms) = least::arriving(view, job, site);
    ready_ms
}

/// Something of the ways of a job's data, by the sites of its run, or why there are none.
type BySites<T> = Vec<(BTreeSet<SiteId>, Result<T, Reason>)>;

/// A search for chains of one job. How its data gets to a site is the same for all pools there.
struct Search<'s, 'a> {
    view: &'s View<'a>,
    job: &'s Job,
    starts: Starts,
    staged: BySites<Rc<Staged>>,
    /// Whether it gets there at all, where nobody asked how.
    arrives: BySites<()>,
}

impl<'s, 'a> Search<'s, 'a> {
    fn new(view: &'s View<'a>, job: &'s Job, starts: Starts) -> Search<'s, 'a> {
        Search {
            view,
            job,
            starts,
            staged: Vec::new(),
            arrives: Vec::new(),
        }
    }

    /// The cheapest chain with the first group in `first`, and the others in the first set of pools
    /// for which there is one. `None` if it is not worth less than `below`.
    fn best_with(
        &mut self,
        first: PoolId,
        below: Option<Worth>,
    ) -> Result<Option<Placement>, Reason> {
        let sets = pools_with(self.view, self.job, first)?;
        // What is cut off in one of several sets may have no chain at all, and then another would
        // come after it.
        let within = below.filter(|_| sets.len() == 1);
        let mut reason = None;
        for pools in sets {
            match self.best_in(&pools, within) {
                Ok(found) => {
                    let better = |found: &Placement| {
                        below.is_none_or(|known| worth(self.view, found) < known)
                    };
                    return Ok(found.filter(better));
                }
                Err(found) => _ = reason.get_or_insert(found),
            }
        }
        Err(reason.unwrap_or(Reason::PoolTooSmall))
    }

    fn best_in(
        &mut self,
        pools: &[PoolId],
        below: Option<Worth>,
    ) -> Result<Option<Placement>, Reason> {
        let staged = self.staged(chain::sites_of(self.view.state(), pools))?;
        let chain = chain::Chain::of(self.view, self.job, pools, staged);
        starts::best(self.view, self.job, pools, &chain, (self.starts, below))
    }

    /// What no chain in these pools is below, or the rule in the way of its earliest start. Starts
    /// that are not below `below` need not be told apart.
    fn bound(&mut self, pools: &[PoolId], below: Option<Worth>) -> Result<Worth, Reason> {
        let staged = self.staged(chain::sites_of(self.view.state(), pools))?;
        let chain = chain::Chain::of(self.view, self.job, pools, staged);
        starts::bound(self.view, self.job, pools, &chain, below)
    }

    /// Whether the job's data gets to these sites at all.
    fn arrives(&mut self, sites: BTreeSet<SiteId>) -> Result<(), Reason> {
        if let Some((_, known)) = self.staged.iter().find(|(known, _)| *known == sites) {
            return known.as_ref().map(drop).map_err(|reason| *reason);
        }
        if let Some((_, known)) = self.arrives.iter().find(|(known, _)| *known == sites) {
            return *known;
        }
        let latest_ms = self.view.latest_start(self.job);
        let arrives = Staged::is_possible(self.view, self.job, &sites, latest_ms);
        self.arrives.push((sites, arrives));
        arrives
    }

    fn staged(&mut self, sites: BTreeSet<SiteId>) -> Result<Rc<Staged>, Reason> {
        if let Some((_, known)) = self.staged.iter().find(|(known, _)| *known == sites) {
            return known.clone();
        }
        let latest_ms = self.view.latest_start(self.job);
        let staged = Staged::at(self.view, self.job, sites.clone(), latest_ms).map(Rc::new);
        self.staged.push((sites, staged.clone()));
        staged
    }
}

fn move_to(slots: &mut [GroupPlacement], start_ms: i64) {
    for slot in slots {
        let length_ms = slot.end_ms - slot.start_ms;
        slot.start_ms = start_ms;
        slot.end_ms = start_ms.saturating_add(length_ms);
    }
}
