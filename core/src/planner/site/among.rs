//! The best chain of all sites, when nobody asks what the others would have been like.
//!
//! Every pool has a bound that its chains cannot be below. The pool with the least bound comes
//! first: its bound is made tighter, or its best chain is looked for. What is found ends the search
//! once no bound is below it. It is the chain that would have been chosen with all of them at hand.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::model::{Job, Placement, PoolId, SiteId};
use crate::reason::Reason;
use crate::recovery;
use crate::rules;

use super::least::{self, Least};
use super::{Search, Starts, Worth, worth};
use crate::planner::view::View;

/// Which chain is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::planner) enum Wanted {
    /// The one worth least.
    Cheapest,
    /// The one that starts first, and of those in one pool the cheapest.
    Soonest,
}

/// A pool in the order in which they are tried: by its bound, then as sites and pools come.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    bound: Worth,
    site: SiteId,
    /// Place among the pools of the site.
    position: usize,
    state: Known,
}

/// What the bound of a pool stands on.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    /// The lowest rates of energy there are, and the cheapest ways of data.
    Lowest,
    /// Every start.
    Starts,
    /// There is no start.
    Never,
}

/// Looks for it at every site. `None` for jobs of several groups or at several sites: what can be
/// had in one set of pools decides whether another is looked at.
pub(in crate::planner) fn first_of_all(
    view: &View<'_>,
    job: &Job,
    wanted: Wanted,
) -> Option<Result<Placement, Reason>> {
    if job.spec.sites_min() > 1 || job.spec.groups.len() > 1 {
        return None;
    }
    let starts = match wanted {
        Wanted::Cheapest => Starts::All,
        Wanted::Soonest => Starts::Earliest,
    };
    let mut all = All {
        view,
        job,
        wanted,
        search: Search::new(view, job, starts),
        open: BinaryHeap::new(),
        best: None,
        reason: None,
    };
    all.open_sites();
    while let Some(Reverse(next)) = all.open.pop() {
        let known = all.best.as_ref();
        if known.is_some_and(|(known, _)| (next.bound, next.site, next.position) > *known) {
            break;
        }
        all.look_at(next);
    }
    let reason = all.reason.unwrap_or(Reason::PoolTooSmall);
    Some(all.best.map(|(_, placement)| placement).ok_or(reason))
}

/// A chain's worth, or its start twice, and where it is.
type Key = (Worth, SiteId, usize);

struct All<'s, 'a> {
    view: &'s View<'a>,
    job: &'s Job,
    wanted: Wanted,
    search: Search<'s, 'a>,
    open: BinaryHeap<Reverse<Entry>>,
    best: Option<(Key, Placement)>,
    /// Of the pool that came farthest.
    reason: Option<Reason>,
}

impl All<'_, '_> {
    fn open_sites(&mut self) {
        let state = self.view.state();
        for (number, entry) in state.sites().iter().enumerate() {
            let site = SiteId(number as u32);
            match rules::site_allows(state, self.job, site) {
                Ok(()) if entry.pools.is_empty() => self.note(Reason::PoolTooSmall),
                Ok(()) => self.open_pools(site, &entry.pools),
                Err(reason) => self.note(reason),
            }
        }
    }

    fn note(&mut self, reason: Reason) {
        self.reason = self.reason.max(Some(reason));
    }

    fn open_pools(&mut self, site: SiteId, pools: &[PoolId]) {
        let (view, job) = (self.view, self.job);
        let (transport, ready_ms) = least::arriving(view, job, site);
        for (position, pool) in pools.iter().enumerate() {
            if let Err(reason) = rules::pool_allows(view.state(), &job.spec.groups[0], *pool) {
                self.note(reason);
                continue;
            }
            let pool = [*pool];
            // Without a start there is no chain, but a reason that may be asked for.
            let start_ms = view.earliest_start(job, &pool, ready_ms);
            let bound = |start_ms| match self.wanted {
                Wanted::Soonest => start_ms,
                Wanted::Cheapest => Least::unstaged(view, job, &pool, transport).floor(start_ms),
            };
            let bound = start_ms.map(|start_ms| (bound(start_ms), start_ms));
            let state = match self.wanted {
                _ if bound.is_none() => Known::Never,
                Wanted::Cheapest => Known::Lowest,
                Wanted::Soonest => Known::Starts,
            };
            self.open.push(Reverse(Entry {
                bound: bound.unwrap_or((i64::MAX, i64::MAX)),
                site,
                position,
                state,
            }));
        }
    }

    fn look_at(&mut self, entry: Entry) {
        let (view, job) = (self.view, self.job);
        let pool = view.state().sites()[entry.site.index()].pools[entry.position];
        // As good is good enough for whoever comes first.
        let below = self.best.as_ref().map(|((worth, site, position), _)| {
            let first = (entry.site, entry.position) < (*site, *position);
            (worth.0, worth.1.saturating_add(i64::from(first)))
        });
        if entry.state == Known::Lowest {
            // Any instant may be the first at which its data is there, and not only those that
            // slots begin at: the starts tell no bound before it is known.
            match self.search.bound(&[pool], below) {
                Ok(bound) => self.open.push(Reverse(Entry {
                    bound: bound.max(entry.bound),
                    state: Known::Starts,
                    ..entry
                })),
                Err(reason) => self.note(reason),
            }
            return;
        }
        // What a quota and a cap on power say depends on when all data is there.
        let quota = view.state().policy().tenant(&job.tenant).quota;
        let is_bound = quota.capacity().is_some() || !view.state().power_caps().is_empty();
        if entry.state == Known::Never && !is_bound {
            // Why data does not get somewhere takes long to find out, and adds nothing to this.
            let farthest = match recovery::keeps_in_two_hubs(job) {
                true => Reason::ReplicaSite,
                false => Reason::LinkBusy,
            };
            if self.reason >= Some(farthest) {
                return;
            }
            let arrives = self.search.arrives([entry.site].into());
            return self.note(arrives.err().unwrap_or(Reason::PoolBusy));
        }
        let within = below.filter(|_| self.wanted == Wanted::Cheapest);
        match self.search.best_with(pool, within) {
            Ok(Some(found)) => {
                let found_at = match self.wanted {
                    Wanted::Cheapest => worth(view, &found),
                    Wanted::Soonest => (found.start_ms(), found.start_ms()),
                };
                let key = (found_at, entry.site, entry.position);
                if self.best.as_ref().is_none_or(|(known, _)| key < *known) {
                    self.best = Some((key, found));
                }
            }
            Ok(None) => {}
            Err(reason) => self.note(reason),
        }
    }
}
