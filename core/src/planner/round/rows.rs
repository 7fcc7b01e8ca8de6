//! The rows of a round's model: each kind of each pool's capacity, then each link.

use crate::model::{LinkId, PoolId};
use crate::planner::plan::{Capacity, LinkPrice, PoolPrice, Prices};
use crate::planner::rents::{Rents, link_unit, over, parts, pool_unit};
use crate::planner::solve::RowPrices;
use crate::planner::view::View;
use crate::state::State;

use super::grid::Grid;

const HOUR_MS: i128 = 3_600_000;
/// Grid of the prices that a round starts from.
const SHIFT: u32 = 32;
/// Prices on that grid stay below this.
const GRID_MAX: i128 = 1 << 48;

/// What a row of a model stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A kind of a pool's capacity: millicores, MiB or accelerators.
    Pool(PoolId, Capacity),
    /// A link, in bits per second.
    Link(LinkId),
}

/// Row of a kind of a pool's capacity.
pub(super) fn pool_row(pool: PoolId, kind: Capacity) -> u32 {
    pool.0 * 3 + kind as u32
}

/// Row of a link.
pub(super) fn link_row(state: &State, link: LinkId) -> u32 {
    state.pools().len() as u32 * 3 + link.0
}

pub(super) fn rows(state: &State) -> impl Iterator<Item = Row> + use<> {
    let pools = (0..state.pools().len() as u32).map(PoolId);
    let pools = pools.flat_map(|pool| Capacity::ALL.map(|kind| Row::Pool(pool, kind)));
    let links = (0..state.links().len() as u32).map(|link| Row::Link(LinkId(link)));
    pools.chain(links)
}

/// What is free of each row in the mean of each slot, rounded down.
pub(super) fn capacity(view: &View<'_>, grid: &Grid) -> Vec<Vec<i64>> {
    rows(view.state())
        .map(|row| free(view, grid, row))
        .collect()
}

fn free(view: &View<'_>, grid: &Grid, row: Row) -> Vec<i64> {
    let of_slot = |slot: usize| {
        let (start_ms, end_ms) = (grid.start_ms(slot), grid.end_ms(slot));
        let (usable, taken) = match row {
            Row::Pool(pool, kind) => {
                let usable = parts(view.state().pools()[pool.index()].usable)[kind as usize];
                let pieces = view.reservations().pool(pool).pieces(start_ms, end_ms);
                let area = |(from, to, level): (i64, i64, _)| {
                    i128::from(parts(level)[kind as usize]) * i128::from(to - from)
                };
                (usable, pieces.map(area).sum::<i128>())
            }
            Row::Link(link) => {
                let usable = view.state().links()[link.index()].usable_bps();
                let pieces = view.reservations().link(link).pieces(start_ms, end_ms);
                let area = |(from, to, level)| i128::from(level) * i128::from(to - from);
                (usable, pieces.map(area).sum::<i128>())
            }
        };
        let width = i128::from(end_ms - start_ms);
        let free = (i128::from(usable) * width - taken).div_euclid(width);
        free.clamp(0, 1 << 50) as i64
    };
    (0..grid.slots()).map(of_slot).collect()
}

/// The round's prices as they are logged: by the hour, without what is not scarce.
pub(super) fn prices(state: &State, grid: &Grid, of: &RowPrices) -> Prices {
    let mut prices = Prices::default();
    for (row, by_slot) in rows(state).zip(&of.of) {
        for (slot, price) in by_slot.iter().enumerate().filter(|(_, price)| **price > 0) {
            let (from_ms, until_ms) = (grid.start_ms(slot), grid.end_ms(slot));
            let unit = match row {
                Row::Pool(_, kind) => pool_unit(kind),
                Row::Link(_) => link_unit(),
            };
            let worth = (i128::from(*price) * unit) >> of.shift;
            let by_hour = worth * HOUR_MS / i128::from(until_ms - from_ms);
            let by_hour = by_hour.min(i128::from(i64::MAX / 4)) as i64;
            match row {
                _ if by_hour == 0 => {}
                Row::Pool(pool, kind) => prices.pools.push(PoolPrice {
                    pool,
                    kind,
                    from_ms,
                    until_ms,
                    micro_cny_per_hour: by_hour,
                }),
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

/// The prices of an earlier round on this round's slots; `None` when nothing was scarce.
pub(super) fn start(state: &State, grid: &Grid) -> Option<RowPrices> {
    let known = state.prices();
    if known.pools.is_empty() && known.links.is_empty() {
        return None;
    }
    let rents = Rents::new(state, known);
    let of_row = |row: Row| {
        let (steps, unit) = match row {
            Row::Pool(pool, kind) => (rents.of_pool(pool, kind), pool_unit(kind)),
            Row::Link(link) => (rents.of_link(link), link_unit()),
        };
        let of_slot = |slot: usize| {
            let worth = over(steps, grid.start_ms(slot), grid.end_ms(slot));
            ((worth << SHIFT) / unit).clamp(0, GRID_MAX) as i64
        };
        (0..grid.slots()).map(of_slot).collect()
    };
    Some(RowPrices {
        shift: SHIFT,
        of: rows(state).map(of_row).collect(),
    })
}
