//! The depots by which data could go, with what each costs at least.

use std::collections::BTreeSet;

use crate::model::{Job, NodeId, SiteId};
use crate::planner::transfer::{self, Movement};
use crate::planner::view::{Routes, View};
use crate::rules;
use crate::state::{State, transfer_ms};
use crate::topology::Route;

use super::Taken;

/// Depots whose routes are looked at for one movement, the cheapest first.
const LOOKED_AT_MAX: usize = 32;

/// A way by a depot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::planner) struct Detour {
    /// No two legs by this depot are worth less: least prices over any links, and the time that the
    /// data takes at the widest link of each end.
    pub(in crate::planner) least: i128,
    /// Who has the data.
    pub(in crate::planner) from: SiteId,
    /// Where it waits.
    pub(in crate::planner) depot: SiteId,
}

/// The depots where the job's data may wait, by what they cost at least, which is less than
/// `below`.
pub(in crate::planner) fn detours(
    view: &View<'_>,
    job: &Job,
    (holders, taken): (&BTreeSet<SiteId>, &Taken),
    movement: &Movement<'_>,
    below: i128,
) -> impl Iterator<Item = Detour> + use<> {
    let state = view.state();
    let to = node(state, movement.to);
    let (onward, widest) = (view.least_prices(job, to), view.widest_bps());
    let may_wait = |site: &SiteId| {
        let other = *site != movement.to && !holders.contains(site) && !taken.contains(site);
        let joined = onward[node(state, *site).index()].is_some();
        other && joined && rules::depot_allows(state, job, *site).is_ok()
    };
    let depots = (0..state.sites().len() as u32).map(SiteId);
    let depots: Vec<SiteId> = depots.filter(may_wait).collect();
    let least_ms = |a: NodeId, b: NodeId| {
        let rate_bps = widest[a.index()].min(widest[b.index()]);
        transfer_ms(movement.size_bytes, rate_bps).saturating_add(state.policy().margin_ms)
    };
    let carried = |price| transfer::carried_at(price, movement.size_bytes);
    let mut found = Vec::new();
    for &from in holders
        .iter()
        .filter(|site| !state.sites()[site.index()].silent)
    {
        let start = node(state, from);
        let out = view.least_prices(job, start);
        for &depot in &depots {
            let at = node(state, depot);
            let (Some(first), Some(second)) = (out[at.index()], onward[at.index()]) else {
                continue;
            };
            let wait_ms = least_ms(start, at).saturating_add(least_ms(at, to));
            let delay = transfer::delay(state, wait_ms);
            let least = carried(first) + carried(second) + delay;
            if least < below {
                found.push(Detour { least, from, depot });
            }
        }
    }
    found.sort();
    found.truncate(LOOKED_AT_MAX);
    found.into_iter()
}

impl Detour {
    /// The routes of both legs, and those that lead all the way.
    pub(in crate::planner) fn ways<'a>(&self, view: &View<'a>, job: &Job, to: SiteId) -> Ways<'a> {
        let between = |from, to| view.routes(job, transfer::ends(view.state(), from, to));
        Ways {
            direct: between(self.from, to),
            legs: [between(self.from, self.depot), between(self.depot, to)],
        }
    }
}

/// The routes of a detour.
pub(in crate::planner) struct Ways<'a> {
    direct: Routes<'a>,
    legs: [Routes<'a>; 2],
}

impl Ways<'_> {
    /// Those of both legs that could help. `None` when there are none: a leg that holds all links
    /// of a direct route could as well go all the way at once.
    pub(in crate::planner) fn useful(&self) -> Option<[Vec<&Route>; 2]> {
        let helps = |leg: &&Route| !self.direct.iter().any(|route| holds_all(leg, route));
        let [first, second] = &self.legs;
        let first: Vec<&Route> = first.iter().filter(helps).collect();
        let second: Vec<&Route> = second.iter().filter(helps).collect();
        (!first.is_empty() && !second.is_empty()).then_some([first, second])
    }
}

fn holds_all(leg: &Route, route: &Route) -> bool {
    route.links.iter().all(|link| leg.links.contains(link))
}

fn node(state: &State, site: SiteId) -> NodeId {
    state.sites()[site.index()].node
}
