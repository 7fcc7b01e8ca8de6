//! The rows of a round's model: each kind of each pool's capacity, each link, the power of each
//! site that has a cap on it, and each limit of a tenant's quota.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::model::{JobId, LinkId, PoolId, SiteId};
use crate::planner::plan::{Capacity, LinkPrice, PoolPrice, Prices};
use crate::planner::rents::{Rents, link_unit, over, parts, pool_unit};
use crate::planner::solve::RowPrices;
use crate::planner::view::View;
use crate::power::Draw;
use crate::reservation::Profile;
use crate::state::State;

use super::grid::Grid;

const HOUR_MS: i128 = 3_600_000;
/// Grid of the prices that a round starts from.
const SHIFT: u32 = 32;
/// Prices on that grid stay below this.
const GRID_MAX: i128 = 1 << 48;
/// What is left of a site's power where there is no cap, in thousandths of a watt.
const POWER_MAX: i128 = 1 << 50;

/// What a row of a model stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A kind of a pool's capacity: millicores, MiB or accelerators.
    Pool(PoolId, Capacity),
    /// A link, in bits per second.
    Link(LinkId),
    /// The power that a site's work may draw, in thousandths of a watt.
    Power(SiteId),
    /// What a quota leaves a tenant of one kind at all sites together, by its position among
    /// those of the round.
    Quota(u32),
}

/// A limit of a tenant's quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// Whose.
    pub tenant: Arc<str>,
    /// Of what.
    pub kind: Capacity,
    /// How much may be reserved at any instant.
    pub limit: i64,
}

/// The limits of the tenants of these jobs, by tenant and kind.
pub(super) fn quotas(state: &State, queue: &[JobId]) -> Vec<Quota> {
    let jobs = queue.iter().filter_map(|id| state.job(*id));
    let tenants: BTreeSet<&Arc<str>> = jobs.map(|job| &job.tenant).collect();
    let of_tenant = |tenant: &Arc<str>| {
        let quota = &state.policy().tenant(tenant).quota;
        let limits = [quota.cpu_millis, quota.memory_mib, quota.accelerators];
        let limited = Capacity::ALL.into_iter().zip(limits);
        let limited = limited.filter_map(|(kind, limit)| {
            let tenant = Arc::clone(tenant);
            limit.map(|limit| Quota {
                tenant,
                kind,
                limit,
            })
        });
        limited.collect::<Vec<_>>()
    };
    tenants.into_iter().flat_map(of_tenant).collect()
}

/// The sites whose cap on power is in force at some time of the grid.
pub(super) fn powers(state: &State, grid: &Grid) -> Vec<SiteId> {
    let (from_ms, until_ms) = (grid.start_ms(0), grid.end_ms(grid.slots() - 1));
    let caps = state.power_caps().iter();
    let limits = caps.filter(|(_, cap)| cap.limits(from_ms, until_ms));
    limits.map(|(site, _)| *site).collect()
}

/// Row of a kind of a pool's capacity.
pub(super) fn pool_row(pool: PoolId, kind: Capacity) -> u32 {
    pool.0 * 3 + kind as u32
}

/// Row of a link.
pub(super) fn link_row(state: &State, link: LinkId) -> u32 {
    state.pools().len() as u32 * 3 + link.0
}

/// Row of the power of a site, if it is one of those that have a row.
pub(super) fn power_row(state: &State, powers: &[SiteId], site: SiteId) -> Option<u32> {
    let position = powers.iter().position(|power| *power == site)?;
    Some(power_rows(state, powers).start + position as u32)
}

/// Rows of power.
pub(super) fn power_rows(state: &State, powers: &[SiteId]) -> Range<u32> {
    let first = link_row(state, LinkId(state.links().len() as u32));
    first..first + powers.len() as u32
}

/// Row of a limit.
pub(super) fn quota_row(state: &State, powers: &[SiteId], quota: usize) -> u32 {
    power_rows(state, powers).end + quota as u32
}

pub(super) fn rows(
    state: &State,
    powers: &[SiteId],
    quotas: &[Quota],
) -> impl Iterator<Item = Row> {
    let pools = (0..state.pools().len() as u32).map(PoolId);
    let pools = pools.flat_map(|pool| Capacity::ALL.map(|kind| Row::Pool(pool, kind)));
    let links = (0..state.links().len() as u32).map(|link| Row::Link(LinkId(link)));
    let powers = powers.iter().copied().map(Row::Power);
    let quotas = (0..quotas.len() as u32).map(Row::Quota);
    pools.chain(links).chain(powers).chain(quotas)
}

/// What is free of each row in the mean of each slot, rounded down.
pub(super) fn capacity(
    view: &View<'_>,
    grid: &Grid,
    powers: &[SiteId],
    quotas: &[Quota],
) -> Vec<Vec<i64>> {
    rows(view.state(), powers, quotas)
        .map(|row| free(view, grid, quotas, row))
        .collect()
}

/// What of a kind of a pool's capacity is left in the mean of each slot, rounded down; less than
/// nothing where more is reserved than there is.
pub(super) fn left_of_pool(
    view: &View<'_>,
    grid: &Grid,
    pool: PoolId,
    kind: Capacity,
) -> Vec<i128> {
    let window = |slot| (grid.start_ms(slot), grid.end_ms(slot));
    let slots = 0..grid.slots();
    slots
        .map(|slot| left(view, window(slot), pool, kind))
        .collect()
}

fn left(view: &View<'_>, (start_ms, end_ms): (i64, i64), pool: PoolId, kind: Capacity) -> i128 {
    let usable = parts(view.state().pools()[pool.index()].usable)[kind as usize];
    let pieces = view.reservations().pool(pool).pieces(start_ms, end_ms);
    let area = |(from, to, level): (i64, i64, _)| {
        i128::from(parts(level)[kind as usize]) * i128::from(to - from)
    };
    let width = i128::from(end_ms - start_ms);
    (i128::from(usable) * width - pieces.map(area).sum::<i128>()).div_euclid(width)
}

fn free(view: &View<'_>, grid: &Grid, quotas: &[Quota], row: Row) -> Vec<i64> {
    let held = match row {
        Row::Quota(quota) => view.reservations().tenant(&quotas[quota as usize].tenant),
        Row::Pool(..) | Row::Link(_) | Row::Power(_) => Profile::default(),
    };
    let of_slot = |slot: usize| {
        let (start_ms, end_ms) = (grid.start_ms(slot), grid.end_ms(slot));
        let (usable, taken) = match row {
            Row::Pool(pool, kind) => return left(view, (start_ms, end_ms), pool, kind),
            Row::Power(site) => return left_of_power(view, (start_ms, end_ms), site),
            Row::Link(link) => {
                let usable = view.state().links()[link.index()].usable_bps();
                let pieces = view.reservations().link(link).pieces(start_ms, end_ms);
                let area = |(from, to, level)| i128::from(level) * i128::from(to - from);
                (usable, pieces.map(area).sum::<i128>())
            }
            Row::Quota(quota) => {
                let Quota { kind, limit, .. } = quotas[quota as usize];
                let area = |(from, to, level): (i64, i64, _)| {
                    i128::from(parts(level)[kind as usize]) * i128::from(to - from)
                };
                (limit, held.pieces(start_ms, end_ms).map(area).sum())
            }
        };
        let width = i128::from(end_ms - start_ms);
        (i128::from(usable) * width - taken).div_euclid(width)
    };
    let free = (0..grid.slots()).map(of_slot);
    free.map(|free| free.clamp(0, 1 << 50) as i64).collect()
}

/// What of a site's power is left in the mean of a slot, in thousandths of a watt, rounded down.
/// Where there is no cap, more than any work draws.
fn left_of_power(view: &View<'_>, (start_ms, end_ms): (i64, i64), site: SiteId) -> i128 {
    let Some(draw) = Draw::of(view.state(), view.reservations(), site) else {
        return POWER_MAX;
    };
    let mut area = 0;
    for piece in draw.pieces(start_ms) {
        if piece.from_ms >= end_ms {
            break;
        }
        let left = piece.cap.map_or(POWER_MAX, |cap| {
            (cap - piece.drawn).div_euclid(1000).min(POWER_MAX)
        });
        area += left * i128::from(piece.to_ms.min(end_ms) - piece.from_ms);
    }
    area.div_euclid(i128::from(end_ms - start_ms))
}

/// The round's prices as they are logged: by the hour, without what is not scarce. Those of quotas
/// are a tenant's own matter and are not logged.
pub(super) fn prices(state: &State, grid: &Grid, powers: &[SiteId], of: &RowPrices) -> Prices {
    let mut prices = Prices::default();
    for (row, by_slot) in rows(state, powers, &[]).zip(&of.of) {
        for (slot, price) in by_slot.iter().enumerate().filter(|(_, price)| **price > 0) {
            let (from_ms, until_ms) = (grid.start_ms(slot), grid.end_ms(slot));
            let unit = match row {
                Row::Pool(_, kind) => pool_unit(kind),
                Row::Power(_) => pool_unit(Capacity::Power),
                Row::Link(_) | Row::Quota(_) => link_unit(),
            };
            let worth = (i128::from(*price) * unit) >> of.shift;
            let by_hour = worth * HOUR_MS / i128::from(until_ms - from_ms);
            let by_hour = by_hour.min(i128::from(i64::MAX / 4)) as i64;
            let mut pool_price = |pool, kind| {
                prices.pools.push(PoolPrice {
                    pool,
                    kind,
                    from_ms,
                    until_ms,
                    micro_cny_per_hour: by_hour,
                });
            };
            match row {
                _ if by_hour == 0 => {}
                Row::Quota(_) => {}
                Row::Pool(pool, kind) => pool_price(pool, kind),
                Row::Power(site) => {
                    if let Some(pool) = first_pool(state, site) {
                        pool_price(pool, Capacity::Power);
                    }
                }
                Row::Link(link) => prices.links.push(LinkPrice {
                    link,
                    from_ms,
                    until_ms,
                    micro_cny_per_gbps_hour: by_hour,
                }),
            }
        }
    }
    prices
}

/// Where the price of a site's power stands among those of pools.
fn first_pool(state: &State, site: SiteId) -> Option<PoolId> {
    state.sites()[site.index()].pools.first().copied()
}

/// The prices of an earlier round on this round's slots; `None` when nothing was scarce.
pub(super) fn start(state: &State, grid: &Grid, powers: &[SiteId]) -> Option<RowPrices> {
    let known = state.prices();
    if known.pools.is_empty() && known.links.is_empty() {
        return None;
    }
    let rents = Rents::new(state, known);
    let of_row = |row: Row| {
        let (steps, unit) = match row {
            Row::Pool(pool, kind) => (rents.of_pool(pool, kind), pool_unit(kind)),
            Row::Link(link) => (rents.of_link(link), link_unit()),
            Row::Power(site) => {
                let first = first_pool(state, site);
                let steps = first.map(|pool| rents.of_pool(pool, Capacity::Power));
                (steps.unwrap_or_default(), pool_unit(Capacity::Power))
            }
            Row::Quota(_) => (&[][..], link_unit()),
        };
        let of_slot = |slot: usize| {
            let worth = over(steps, grid.start_ms(slot), grid.end_ms(slot));
            ((worth << SHIFT) / unit).clamp(0, GRID_MAX) as i64
        };
        (0..grid.slots()).map(of_slot).collect()
    };
    Some(RowPrices {
        shift: SHIFT,
        of: rows(state, powers, &[]).map(of_row).collect(),
    })
}
