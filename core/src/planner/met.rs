//! The prices that a placement meets: what the scarce capacity that it holds is worth.

use std::collections::BTreeMap;

use crate::model::{LinkId, Placement, PoolId, SiteId};
use crate::state::State;

use super::plan::Capacity;
use super::rents::{Rents, over, parts, pool_unit};

/// Something that is scarce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scarce {
    /// Capacity of a pool.
    Pool(PoolId, Capacity),
    /// The power of a site, which its pools share.
    Power(SiteId),
    /// Bandwidth of a link.
    Link(LinkId),
}

/// What a placement holds of scarce capacity is worth, by the prices that the last round left, in
/// micro-yuan, dearest first. What costs nothing is left out. It is not paid, and no part of the
/// placement's cost: it says what others would save if the placement were not there.
pub fn prices_met(state: &State, placement: &Placement) -> Vec<(Scarce, i64)> {
    let rents = Rents::new(state, state.prices());
    let mut met: BTreeMap<Scarce, i128> = BTreeMap::new();
    for slot in &placement.groups {
        for (amount, kind) in parts(slot.total).into_iter().zip(Capacity::ALL) {
            let steps = rents.of_pool(slot.pool, kind);
            let worth = over(steps, slot.start_ms, slot.end_ms) * i128::from(amount);
            *met.entry(Scarce::Pool(slot.pool, kind)).or_default() += worth / pool_unit(kind);
        }
        if let Some(pool) = state.pool(slot.pool) {
            *met.entry(Scarce::Power(pool.site)).or_default() += rents.of_power(slot);
        }
    }
    for transfer in &placement.transfers {
        for link in &transfer.links {
            let held = (transfer.start_ms, transfer.end_ms);
            let worth = rents.of_links(&[*link], transfer.rate_bps, held);
            *met.entry(Scarce::Link(*link)).or_default() += worth;
        }
    }
    let worth = |(what, worth)| (what, i64::try_from(worth).unwrap_or(i64::MAX));
    let mut met: Vec<(Scarce, i64)> = met.into_iter().map(worth).collect();
    met.retain(|(_, worth)| *worth > 0);
    met.sort_by_key(|(what, worth)| (std::cmp::Reverse(*worth), *what));
    met
}
