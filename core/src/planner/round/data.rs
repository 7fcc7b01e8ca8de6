//! The ways of a class's data: what has to be there before the run, and what leaves after it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Job, SiteId, TransferKind};
use crate::planner::chain::flows;
use crate::planner::cost;
use crate::planner::model::{Leg, Way};
use crate::planner::transfer::{self, Movement};
use crate::planner::view::View;
use crate::reason::Reason;
use crate::recovery;
use crate::rules;
use crate::topology::Route;

use super::grid::{Grid, Spans};
use super::rows;

/// Parts of a route's bottleneck that are tried as a rate.
const RATE_PARTS: [i64; 2] = [1, 4];
/// Sources of one body of data that are looked at, and sites for a replica.
const ENDS_MAX: usize = 8;

/// The routes of a model, each once.
#[derive(Default)]
pub(super) struct Legs {
    known: BTreeMap<Vec<u32>, u32>,
    routes: Vec<Vec<u32>>,
}

impl Legs {
    pub(super) fn into_routes(self) -> Vec<Vec<u32>> {
        self.routes
    }

    /// What has to be brought to each site of the run.
    pub(super) fn inbound(
        &mut self,
        view: &View<'_>,
        job: &Job,
        sites: &BTreeSet<SiteId>,
        (grid, spans): (&Grid, &mut Spans),
    ) -> Result<Vec<Leg>, Reason> {
        let state = view.state();
        let mut legs = Vec::new();
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
                    not_after_ms: view.latest_start(job),
                };
                let heard = |site: &&SiteId| !state.sites()[site.index()].silent;
                let mut leg = Leg {
                    first: 0,
                    until: grid.slots() as u32,
                    ways: Box::default(),
                };
                let mut ways = Vec::new();
                for from in holders.iter().filter(heard).take(ENDS_MAX) {
                    self.add_ways(view, job, (*from, &movement), (grid, spans), &mut ways);
                }
                if ways.is_empty() {
                    return Err(Reason::NoRoute);
                }
                leg.ways = ways.into();
                legs.push(leg);
            }
        }
        Ok(legs)
    }

    /// What leaves the site of the run: deliveries, and replicas in another hub.
    pub(super) fn outbound(
        &mut self,
        view: &View<'_>,
        job: &Job,
        home: SiteId,
        (grid, spans): (&Grid, &mut Spans),
    ) -> Result<Vec<Leg>, Reason> {
        let state = view.state();
        let until = job
            .spec
            .deadline_ms
            .map_or(grid.slots(), |at| grid.slot_of(at) + 1);
        let mut legs = Vec::new();
        for output in &job.spec.outputs {
            let mut targets: Vec<Vec<SiteId>> = Vec::new();
            let delivered = state
                .site_named(&output.deliver_to)
                .filter(|to| *to != home);
            if let Some(to) = delivered {
                rules::delivery_allows(state, job, to)?;
                targets.push(vec![to]);
            }
            let kept = |to| recovery::in_another_hub(state, home, to);
            if recovery::replicates(job) && !delivered.is_some_and(kept) {
                let sites = (0..state.sites().len() as u32).map(SiteId);
                let may = sites.filter(|to| recovery::may_hold_replica(state, job, home, *to));
                targets.push(may.take(ENDS_MAX).collect());
            }
            for targets in targets {
                let mut ways = Vec::new();
                for to in targets {
                    let movement = Movement {
                        what: &output.dataset,
                        kind: TransferKind::StageOut,
                        to,
                        size_bytes: output.size_bytes,
                        not_before_ms: state.now_ms(),
                        not_after_ms: i64::MAX,
                    };
                    self.add_ways(view, job, (home, &movement), (grid, spans), &mut ways);
                }
                if ways.is_empty() {
                    return Err(Reason::NoRoute);
                }
                legs.push(Leg {
                    first: 0,
                    until: until.min(grid.slots()) as u32,
                    ways: ways.into(),
                });
            }
        }
        Ok(legs)
    }

    /// What flows for as long as the run of that length holds its pools.
    pub(super) fn steady(
        &mut self,
        view: &View<'_>,
        job: &Job,
        (home, sites): (SiteId, &BTreeSet<SiteId>),
        (length_ms, span): (i64, u32),
    ) -> Result<Vec<Leg>, Reason> {
        let state = view.state();
        let money = i128::from(state.policy().weights(job).money_permille);
        let mut legs = Vec::new();
        for flow in flows(state, job, home, sites) {
            let ends = flow.ends(state)?;
            if ends.0 == ends.1 {
                continue;
            }
            let routes = view.routes(job, ends);
            let wide = |route: &&Route| {
                let mut usable = route.links.iter().map(|link| &state.links()[link.index()]);
                usable.all(|link| link.usable_bps() >= flow.rate_bps)
            };
            let way = |route: &Route| {
                let carried = flow.over(route, (0, length_ms));
                let cost = cost::transport(state.links(), &carried) * money / 1000;
                let rows = route.links.iter().map(|link| rows::link_row(state, *link));
                Way {
                    route: self.route(rows.collect()),
                    span,
                    rate: flow.rate_bps,
                    cost: cost.clamp(0, 1 << 46) as i64,
                }
            };
            let near = routes
                .iter()
                .filter(|route| flow.may_take(state, job, route));
            let near: Vec<&Route> = near.collect();
            let ways: Vec<Way> = near.iter().copied().filter(wide).map(way).collect();
            match (routes.is_empty(), near.is_empty(), ways.is_empty()) {
                (true, _, _) => return Err(Reason::NoRoute),
                (_, true, _) => return Err(Reason::Latency),
                (_, _, true) => return Err(Reason::LinkBusy),
                _ => legs.push(Leg {
                    first: 0,
                    until: 0,
                    ways: ways.into(),
                }),
            }
        }
        Ok(legs)
    }

    fn add_ways(
        &mut self,
        view: &View<'_>,
        job: &Job,
        (from, movement): (SiteId, &Movement<'_>),
        (grid, spans): (&Grid, &mut Spans),
        ways: &mut Vec<Way>,
    ) {
        let state = view.state();
        let money = i128::from(state.policy().weights(job).money_permille);
        let routes = view.routes(job, transfer::ends(state, from, movement.to));
        for route in routes.iter() {
            for part in RATE_PARTS {
                let timed = transfer::rate_and_length(state, movement, route, part);
                let Some((rate, length_ms)) = timed else {
                    continue;
                };
                let sent = transfer::over(movement, from, route, rate, (0, length_ms));
                let cost = cost::transport(state.links(), &sent) * money / 1000;
                let links = route.links.iter();
                let rows: Vec<u32> = links.map(|link| rows::link_row(state, *link)).collect();
                ways.push(Way {
                    route: self.route(rows),
                    span: spans.of(grid, length_ms),
                    rate,
                    cost: cost.clamp(0, 1 << 46) as i64,
                });
            }
        }
    }

    fn route(&mut self, rows: Vec<u32>) -> u32 {
        let next = self.routes.len() as u32;
        *self.known.entry(rows).or_insert_with_key(|rows| {
            self.routes.push(rows.clone());
            next
        })
    }
}
