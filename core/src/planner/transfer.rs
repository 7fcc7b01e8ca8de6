//! Finds a route, a rate and a window for one movement of data.

mod windows;

use crate::model::{Job, Layer, LinkId, NodeId, SiteId, Transfer, TransferKind};
use crate::quotient::quotient;
use crate::rules;
use crate::state::{State, transfer_ms};
use crate::topology::Route;
use crate::users;

use super::cost;
use super::view::View;
pub(super) use windows::{Window, each_below};

const HOUR_MS: u64 = 3_600_000;
/// Parts of a route's bottleneck that are tried as a rate.
const RATE_PARTS: [i64; 4] = [1, 2, 4, 8];

/// What is to be moved, and when it may be.
pub(super) struct Movement<'a> {
    pub(super) what: &'a str,
    pub(super) kind: TransferKind,
    pub(super) to: SiteId,
    pub(super) size_bytes: i64,
    pub(super) not_before_ms: i64,
    pub(super) not_after_ms: i64,
}

/// The cheapest way from `from`, by transport and waiting; `None` when no route has room in time.
/// The `Err` tells a missing route from a full one.
pub(super) fn find(
    view: &View<'_>,
    job: &Job,
    from: SiteId,
    movement: &Movement<'_>,
) -> Result<Transfer, crate::Reason> {
    find_below(view, job, from, movement, i128::MAX).map(|(_, transfer)| transfer)
}

/// The same with what it is worth, if that is less than `limit`.
pub(super) fn find_below(
    view: &View<'_>,
    job: &Job,
    from: SiteId,
    movement: &Movement<'_>,
    limit: i128,
) -> Result<(i128, Transfer), crate::Reason> {
    let routes = view.routes(job, ends(view.state(), from, movement.to));
    if routes.is_empty() {
        return Err(crate::Reason::NoRoute);
    }
    let mut best: Option<(i128, Window<'_>)> = None;
    let below = (movement.not_before_ms, limit);
    each_below(view, movement, routes.iter(), below, |worth, window| {
        let key = (worth, window.end_ms());
        let better = |(known, it): &(i128, Window<'_>)| key < (*known, it.end_ms());
        if best.as_ref().is_none_or(better) {
            best = Some((worth, *window));
        }
        // One that is worth as much and ends earlier is better still.
        worth.saturating_add(1)
    });
    let (worth, window) = best.ok_or(crate::Reason::LinkBusy)?;
    Ok((worth, window.transfer(movement, from)))
}

/// Says whether [`find`] finds a way, without looking for the best one.
pub(super) fn is_open(view: &View<'_>, job: &Job, from: SiteId, movement: &Movement<'_>) -> bool {
    let routes = view.routes(job, ends(view.state(), from, movement.to));
    routes.iter().any(|route| {
        let mut open = false;
        let below = (movement.not_before_ms, i128::MAX);
        each_below(view, movement, std::iter::once(route), below, |_, _| {
            open = true;
            i128::MIN
        });
        open
    })
}

/// The least that [`find`] could be worth, over links that carry nothing else; `None` without a
/// route.
pub(super) fn least(
    view: &View<'_>,
    job: &Job,
    from: SiteId,
    movement: &Movement<'_>,
) -> Option<i128> {
    let routes = view.routes(job, ends(view.state(), from, movement.to));
    least_over(view.state(), movement, routes.iter())
}

/// The same over given routes.
pub(super) fn least_over<'r>(
    state: &State,
    movement: &Movement<'_>,
    routes: impl Iterator<Item = &'r Route>,
) -> Option<i128> {
    let alone = routes.filter_map(|route| {
        let (rate_bps, length_ms) = rate_and_length(state, movement, route, 1)?;
        let bytes = cost::carried(movement.size_bytes, rate_bps, length_ms);
        let transport = cost::transport_of(state.links(), &route.links, bytes);
        Some(transport + delay(state, length_ms))
    });
    alone.min()
}

/// The least that it is worth to bring everything that a job needs to a site.
pub(super) fn least_of_data(view: &View<'_>, job: &Job, site: SiteId) -> i128 {
    let state = view.state();
    let brought = state.needed_data(job).map(|(what, holders, size_bytes)| {
        let movement = Movement {
            what,
            kind: TransferKind::StageIn,
            to: site,
            size_bytes,
            not_before_ms: state.now_ms(),
            not_after_ms: i64::MAX,
        };
        let holders = holders.into_iter().flatten();
        let ways = holders.filter_map(|from| match *from == site {
            true => Some(0),
            false => least(view, job, *from, &movement),
        });
        ways.min().unwrap_or(i128::from(i64::MAX))
    });
    brought.fold(0, i128::saturating_add)
}

/// Every allowed route, on every layer.
pub(super) fn routes(state: &State, job: &Job, (from, to): (NodeId, NodeId)) -> Vec<Route> {
    let count = state.policy().routes as usize;
    let on_layer = |layer| {
        state
            .topology()
            .routes(from, to, rules::route_filter(job, layer), count)
    };
    Layer::ALL.into_iter().flat_map(on_layer).collect()
}

/// What it costs to carry so much at a price in micro-yuan per gigabyte.
pub(super) fn carried_at(price: i64, size_bytes: i64) -> i128 {
    quotient::<1_000_000_000>(i128::from(size_bytes) * i128::from(price))
}

/// What so long a wait costs.
pub(super) fn delay(state: &State, wait_ms: i64) -> i128 {
    let price = i128::from(state.policy().delay_micro_cny_per_hour);
    quotient::<HOUR_MS>(i128::from(wait_ms) * price)
}

/// A part of the bottleneck's rate, and how long the data takes at it; `None` when nothing flows.
pub(super) fn rate_and_length(
    state: &State,
    movement: &Movement<'_>,
    route: &Route,
    part: i64,
) -> Option<(i64, i64)> {
    at_part(state, movement, bottleneck_bps(state, route)?, part)
}

/// The rate of the link of a route that carries least.
fn bottleneck_bps(state: &State, route: &Route) -> Option<i64> {
    let usable = |link: &LinkId| state.links()[link.index()].usable_bps();
    route.links.iter().map(usable).min()
}

fn at_part(
    state: &State,
    movement: &Movement<'_>,
    bottleneck_bps: i64,
    part: i64,
) -> Option<(i64, i64)> {
    let rate_bps = bottleneck_bps / part;
    let length_ms = transfer_ms(movement.size_bytes, rate_bps)
        .saturating_add(state.policy().margin_ms)
        .max(1);
    (rate_bps > 0).then_some((rate_bps, length_ms))
}

/// A transfer over a route from an instant on.
pub(super) fn over(
    movement: &Movement<'_>,
    from: SiteId,
    route: &Route,
    rate_bps: i64,
    (start_ms, length_ms): (i64, i64),
) -> Transfer {
    Transfer {
        what: movement.what.to_owned(),
        kind: movement.kind,
        from,
        to: movement.to,
        links: route.links.clone(),
        size_bytes: movement.size_bytes,
        rate_bps,
        start_ms,
        end_ms: start_ms.saturating_add(length_ms),
    }
}

/// What flows at an even rate for as long as a job runs.
pub(super) struct Flow<'a> {
    pub(super) what: &'a str,
    pub(super) kind: TransferKind,
    pub(super) from: SiteId,
    /// A site, or `from` for traffic to a demand region.
    pub(super) to: SiteId,
    pub(super) rate_bps: i64,
}

impl Flow<'_> {
    /// The nodes of both ends.
    pub(super) fn ends(&self, state: &State) -> Result<(NodeId, NodeId), crate::Reason> {
        let to = match self.kind {
            TransferKind::Steady => {
                let id = state.region_named(self.what);
                state.regions()[id.ok_or(crate::Reason::Unknown)?.index()].node
            }
            _ => node(state, self.to),
        };
        Ok((node(state, self.from), to))
    }

    /// Says whether the flow may take a route: traffic keeps the limits of its region.
    pub(super) fn may_take(&self, state: &State, job: &Job, route: &Route) -> bool {
        let steady = self.kind == TransferKind::Steady;
        !steady || users::may_take(state, &job.spec, self.what, &route.links)
    }

    /// The flow over a route during a run.
    pub(super) fn over(&self, route: &Route, (start_ms, end_ms): (i64, i64)) -> Transfer {
        Transfer {
            what: self.what.to_owned(),
            kind: self.kind,
            from: self.from,
            to: self.to,
            links: route.links.clone(),
            size_bytes: 0,
            rate_bps: self.rate_bps,
            start_ms,
            end_ms,
        }
    }
}

/// The cheapest route with room for a flow during a whole run, beside other transfers; `None` when
/// both ends are one.
pub(super) fn find_steady(
    view: &View<'_>,
    job: &Job,
    flow: &Flow<'_>,
    (start_ms, end_ms): (i64, i64),
    others: &[Transfer],
) -> Result<Option<Transfer>, crate::Reason> {
    let state = view.state();
    let ends = flow.ends(state)?;
    if ends.0 == ends.1 {
        return Ok(None);
    }
    let routes = view.routes(job, ends);
    let mut reason = match routes.is_empty() {
        true => crate::Reason::NoRoute,
        false => crate::Reason::Latency,
    };
    let bytes = cost::carried(0, flow.rate_bps, end_ms - start_ms);
    let mut best: Option<(i128, &Route)> = None;
    for route in routes
        .iter()
        .filter(|route| flow.may_take(state, job, route))
    {
        reason = crate::Reason::LinkBusy;
        let held = (start_ms, end_ms);
        let worth = cost::transport_of(state.links(), &route.links, bytes)
            + view.rents().of_links(&route.links, flow.rate_bps, held);
        let better = best.is_none_or(|(known, _)| worth < known);
        if better && view.links_have_room(&route.links, flow.rate_bps, held, others) {
            best = Some((worth, route));
        }
    }
    let (_, route) = best.ok_or(reason)?;
    Ok(Some(flow.over(route, (start_ms, end_ms))))
}

/// The nodes of two sites.
pub(super) fn ends(state: &State, from: SiteId, to: SiteId) -> (NodeId, NodeId) {
    (node(state, from), node(state, to))
}

fn node(state: &State, site: SiteId) -> NodeId {
    state.sites()[site.index()].node
}

impl View<'_> {
    /// Every link has room for a rate during all of an interval, beside these transfers too.
    fn links_have_room(
        &self,
        links: &[LinkId],
        rate_bps: i64,
        (start_ms, end_ms): (i64, i64),
        others: &[Transfer],
    ) -> bool {
        links.iter().all(|link| {
            let usable_bps = self.state().links()[link.index()].usable_bps();
            let reserved = self.reservations().link(*link);
            let mut beside = others.iter().filter(|other| other.links.contains(link));
            let Some(first) = beside.next() else {
                return reserved.has_room(start_ms, end_ms, rate_bps, usable_bps);
            };
            let mut reserved = reserved.clone();
            for other in std::iter::once(first).chain(beside) {
                // Once for each time that it crosses the link.
                for _ in other.links.iter().filter(|crossed| *crossed == link) {
                    reserved.add(other.start_ms, other.end_ms, other.rate_bps);
                }
            }
            reserved.has_room(start_ms, end_ms, rate_bps, usable_bps)
        })
    }
}
