//! Finds a route, a rate and a window for one movement of data.

use crate::model::{Job, Layer, LinkId, NodeId, SiteId, Transfer, TransferKind};
use crate::rules;
use crate::state::{State, transfer_ms};
use crate::topology::Route;

use super::cost;
use super::view::View;

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

/// The same with what it is worth, if that is less than `limit`. A window is looked for only where
/// one at once, over empty links, would be better than the best one found.
pub(super) fn find_below(
    view: &View<'_>,
    job: &Job,
    from: SiteId,
    movement: &Movement<'_>,
    limit: i128,
) -> Result<(i128, Transfer), crate::Reason> {
    let state = view.state();
    let routes = view.routes(job, ends(state, from, movement.to));
    if routes.is_empty() {
        return Err(crate::Reason::NoRoute);
    }
    // Whatever ends, ends later than this.
    let mut best_key = (limit, i64::MIN);
    let mut best = None;
    for route in routes.iter() {
        let from_ms = instants(view, movement, route);
        for part in RATE_PARTS {
            let Some((rate_bps, length_ms)) = rate_and_length(state, movement, route, part) else {
                continue;
            };
            let bytes = cost::carried(movement.size_bytes, rate_bps, length_ms);
            let transport = cost::transport_of(state.links(), &route.links, bytes);
            let at_once_ms = movement.not_before_ms.saturating_add(length_ms);
            if (transport + delay(state, length_ms), at_once_ms) >= best_key {
                continue;
            }
            for start_ms in starts(view, movement, route, (rate_bps, length_ms), &from_ms) {
                let end_ms = start_ms.saturating_add(length_ms);
                let held = (start_ms, end_ms);
                let rent = view.rents().of_links(&route.links, rate_bps, held);
                let delay = delay(state, end_ms - movement.not_before_ms);
                let key = (transport + delay + rent, end_ms);
                if key < best_key {
                    best_key = key;
                    best = Some((route, rate_bps, (start_ms, length_ms)));
                }
            }
        }
    }
    let (route, rate_bps, at) = best.ok_or(crate::Reason::LinkBusy)?;
    Ok((best_key.0, over(movement, from, route, rate_bps, at)))
}

/// The windows that are tried on given routes: at each rate the earliest one, and those that are
/// the earliest after the price of a link falls.
pub(super) fn windows<'w>(
    view: &'w View<'_>,
    from: SiteId,
    movement: &'w Movement<'_>,
    routes: &'w [Route],
) -> impl Iterator<Item = Transfer> + 'w {
    routes.iter().flat_map(move |route| {
        let from_ms = instants(view, movement, route);
        RATE_PARTS
            .into_iter()
            .flat_map(move |part| on_route(view, from, movement, route, (part, &from_ms)))
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
    let state = view.state();
    let routes = view.routes(job, ends(state, from, movement.to));
    let alone = routes.iter().filter_map(|route| {
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

/// What a transfer is worth: its price, what its bandwidth is worth, and the wait until it ends.
pub(super) fn worth(view: &View<'_>, transfer: &Transfer, movement: &Movement<'_>) -> i128 {
    let wait_ms = transfer.end_ms - movement.not_before_ms;
    carriage(view, transfer) + delay(view.state(), wait_ms)
}

/// The same without the wait.
pub(super) fn carriage(view: &View<'_>, transfer: &Transfer) -> i128 {
    cost::transport(view.state().links(), transfer) + view.rents().of_transfer(transfer)
}

/// What so long a wait costs.
pub(super) fn delay(state: &State, wait_ms: i64) -> i128 {
    i128::from(wait_ms) * i128::from(state.policy().delay_micro_cny_per_hour) / 3_600_000
}

/// From when on windows are looked for on a route: at once, and when the price of a link falls.
fn instants(view: &View<'_>, movement: &Movement<'_>, route: &Route) -> Vec<i64> {
    let falls = view.rents().falls(&route.links, movement.not_before_ms);
    [movement.not_before_ms].into_iter().chain(falls).collect()
}

/// The windows on one route at a part of its bottleneck's rate that are the earliest from each of
/// some instants on, in rising order.
fn on_route(
    view: &View<'_>,
    from: SiteId,
    movement: &Movement<'_>,
    route: &Route,
    (part, from_ms): (i64, &[i64]),
) -> Vec<Transfer> {
    let timed = rate_and_length(view.state(), movement, route, part);
    let Some((rate_bps, length_ms)) = timed else {
        return Vec::new();
    };
    let starts = starts(view, movement, route, (rate_bps, length_ms), from_ms).into_iter();
    starts
        .map(|start_ms| over(movement, from, route, rate_bps, (start_ms, length_ms)))
        .collect()
}

/// When those windows begin.
fn starts(
    view: &View<'_>,
    movement: &Movement<'_>,
    route: &Route,
    (rate_bps, length_ms): (i64, i64),
    from_ms: &[i64],
) -> Vec<i64> {
    let mut found: Vec<i64> = Vec::new();
    let Some(latest_ms) = movement.not_after_ms.checked_sub(length_ms) else {
        return found;
    };
    for &from_ms in from_ms {
        // A window that is pushed behind a later instant is that instant's too.
        if found.last().is_some_and(|last_ms| from_ms <= *last_ms) {
            continue;
        }
        let start_ms = view.earliest_on(&route.links, rate_bps, length_ms, from_ms, latest_ms);
        let Some(start_ms) = start_ms else {
            break;
        };
        found.push(start_ms);
    }
    found
}

/// A part of the bottleneck's rate, and how long the data takes at it; `None` when nothing flows.
pub(super) fn rate_and_length(
    state: &State,
    movement: &Movement<'_>,
    route: &Route,
    part: i64,
) -> Option<(i64, i64)> {
    let usable = |link: &LinkId| state.links()[link.index()].usable_bps();
    let rate_bps = route.links.iter().map(usable).min()? / part;
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

/// The cheapest route with room for a flow during a whole run; `None` when both ends are one.
pub(super) fn find_steady(
    view: &View<'_>,
    job: &Job,
    flow: &Flow<'_>,
    (start_ms, end_ms): (i64, i64),
) -> Result<Option<Transfer>, crate::Reason> {
    let state = view.state();
    let ends = flow.ends(state)?;
    if ends.0 == ends.1 {
        return Ok(None);
    }
    let routes = view.routes(job, ends);
    if routes.is_empty() {
        return Err(crate::Reason::NoRoute);
    }
    let steady = |route: &Route| flow.over(route, (start_ms, end_ms));
    let room = |route: &&Route| view.links_have_room(&route.links, flow.rate_bps, start_ms, end_ms);
    let open = routes.iter().filter(room).map(steady);
    let rent = |transfer: &Transfer| view.rents().of_transfer(transfer);
    let best =
        open.min_by_key(|transfer| cost::transport(state.links(), transfer) + rent(transfer));
    best.map(Some).ok_or(crate::Reason::LinkBusy)
}

/// The nodes of two sites.
pub(super) fn ends(state: &State, from: SiteId, to: SiteId) -> (NodeId, NodeId) {
    (node(state, from), node(state, to))
}

fn node(state: &State, site: SiteId) -> NodeId {
    state.sites()[site.index()].node
}

impl View<'_> {
    /// The earliest instant from which every link has room for `length_ms`. Every link's steps are
    /// walked once, side by side: on busy links, searching one after the other until none moves the
    /// start any more looks at the same steps again and again.
    fn earliest_on(
        &self,
        links: &[LinkId],
        rate_bps: i64,
        length_ms: i64,
        not_before_ms: i64,
        not_after_ms: i64,
    ) -> Option<i64> {
        let usable = |link: &LinkId| self.state().links()[link.index()].usable_bps();
        if links.iter().any(|link| rate_bps > usable(link)) {
            return None;
        }
        let mut walks: Vec<_> = links
            .iter()
            .map(|link| {
                let profile = self.reservations().link(*link);
                let pieces = profile.pieces(not_before_ms, i64::MAX).peekable();
                (pieces, usable(link) - rate_bps)
            })
            .collect();
        let mut start_ms = not_before_ms;
        loop {
            let before_ms = start_ms;
            for (pieces, level_max) in &mut walks {
                // What has room, or lies behind, stays so: the start only moves on.
                while let Some((_, to_ms, level)) =
                    pieces.next_if(|piece| piece.0 < start_ms.saturating_add(length_ms))
                {
                    if level > *level_max {
                        start_ms = start_ms.max(to_ms);
                    }
                    if start_ms > not_after_ms {
                        return None;
                    }
                }
            }
            if start_ms == before_ms {
                return (start_ms <= not_after_ms).then_some(start_ms);
            }
        }
    }

    fn links_have_room(&self, links: &[LinkId], rate: i64, start_ms: i64, end_ms: i64) -> bool {
        links.iter().all(|link| {
            let usable = self.state().links()[link.index()].usable_bps();
            self.reservations()
                .link(*link)
                .has_room(start_ms, end_ms, rate, usable)
        })
    }
}
