//! What scarce capacity is worth over exact intervals, by the prices of an earlier round.

use std::collections::BTreeMap;

use crate::model::{GroupPlacement, LinkId, Placement, PoolId, PoolSpec, Resources, Transfer};
use crate::power::microwatts;
use crate::state::State;

use super::plan::{Capacity, Prices};

const HOUR_MS: i128 = 3_600_000;
/// What one unit of a pool's price is in the state's units: millicores, MiB, accelerators and, of
/// power, thousandths of a watt.
const POOL_UNITS: [i128; 4] = [1000, 1024, 1, 1_000_000];
/// What one unit of a link's price is in bits per second.
const LINK_UNIT: i128 = 1_000_000_000;

/// Times at which a route gets cheaper that a transfer's start is tried at.
const FALLS_MAX: usize = 8;

/// Prices by row, each as `(from_ms, until_ms, price)` by rising start.
#[derive(Debug, Default)]
pub(super) struct Rents {
    pools: Vec<[Steps; 4]>,
    /// Pools of sites whose power has a price, each with the first one of its site.
    powered: BTreeMap<PoolId, (PoolId, PoolSpec)>,
    links: Vec<Steps>,
    /// For each link when its price falls, in rising order.
    falls: Vec<Vec<i64>>,
}

type Steps = Vec<(i64, i64, i64)>;

/// The part of each component of an amount, in the order of [`Capacity::ALL`].
pub(super) fn parts(amount: Resources) -> [i64; 3] {
    [amount.cpu_millis, amount.memory_mib, amount.accelerators]
}

/// What one unit of a price is in the state's units.
pub(super) fn pool_unit(kind: Capacity) -> i128 {
    POOL_UNITS[kind as usize]
}

/// What one unit of a link's price is in bits per second.
pub(super) fn link_unit() -> i128 {
    LINK_UNIT
}

impl Rents {
    pub(super) fn new(state: &State, prices: &Prices) -> Rents {
        let mut rents = Rents {
            pools: vec![Default::default(); state.pools().len()],
            powered: BTreeMap::new(),
            links: vec![Vec::new(); state.links().len()],
            falls: Vec::new(),
        };
        for price in &prices.pools {
            if let Some(pool) = rents.pools.get_mut(price.pool.index()) {
                if price.kind == Capacity::Power && pool[price.kind as usize].is_empty() {
                    rents.powered.extend(sharing_power(state, price.pool));
                }
                let step = (price.from_ms, price.until_ms, price.micro_cny_per_hour);
                pool[price.kind as usize].push(step);
            }
        }
        for price in &prices.links {
            if let Some(link) = rents.links.get_mut(price.link.index()) {
                link.push((price.from_ms, price.until_ms, price.micro_cny_per_gbps_hour));
            }
        }
        rents.falls = rents.links.iter().map(|steps| falls(steps)).collect();
        rents
    }

    /// The first instants after `after_ms` at which one of these links gets cheaper.
    pub(super) fn falls(&self, links: &[LinkId], after_ms: i64) -> Vec<i64> {
        let mut found = Vec::new();
        for falls in links.iter().filter_map(|link| self.falls.get(link.index())) {
            let first = falls.partition_point(|at_ms| *at_ms <= after_ms);
            found.extend(falls[first..].iter().take(FALLS_MAX));
        }
        found.sort_unstable();
        found.dedup();
        found.truncate(FALLS_MAX);
        found
    }

    /// True when nothing has a price.
    pub(super) fn is_empty(&self) -> bool {
        self.pools.is_empty() && self.links.is_empty()
    }

    /// What everything that a placement holds is worth, in micro-yuan.
    pub(super) fn of(&self, placement: &Placement) -> i128 {
        if self.is_empty() {
            return 0;
        }
        let moves = placement
            .transfers
            .iter()
            .map(|transfer| self.of_transfer(transfer));
        self.of_runs(&placement.groups) + moves.sum::<i128>()
    }

    /// What the capacity that runs hold is worth, in micro-yuan.
    pub(super) fn of_runs(&self, slots: &[GroupPlacement]) -> i128 {
        let runs = slots.iter().map(|slot| {
            let amounts = parts(slot.total).into_iter().zip(Capacity::ALL);
            let rents = amounts.map(|(amount, kind)| {
                let steps = self.of_pool(slot.pool, kind);
                over(steps, slot.start_ms, slot.end_ms) * i128::from(amount) / pool_unit(kind)
            });
            rents.sum::<i128>() + self.of_power(slot)
        });
        runs.sum()
    }

    /// What the power that a slot draws is worth, in micro-yuan.
    pub(super) fn of_power(&self, slot: &GroupPlacement) -> i128 {
        let Some((first, spec)) = self.powered.get(&slot.pool) else {
            return 0;
        };
        let steps = self.of_pool(*first, Capacity::Power);
        let milliwatts = microwatts(spec, slot.total) / 1000;
        over(steps, slot.start_ms, slot.end_ms) * milliwatts / pool_unit(Capacity::Power)
    }

    /// What the bandwidth that a transfer holds is worth, in micro-yuan.
    pub(super) fn of_transfer(&self, transfer: &Transfer) -> i128 {
        let held = (transfer.start_ms, transfer.end_ms);
        self.of_links(&transfer.links, transfer.rate_bps, held)
    }

    /// What a rate over links is worth from one instant to another, in micro-yuan.
    pub(super) fn of_links(
        &self,
        links: &[LinkId],
        rate_bps: i64,
        (start_ms, end_ms): (i64, i64),
    ) -> i128 {
        if self.links.is_empty() {
            return 0;
        }
        let links = links
            .iter()
            .map(|link| over(self.of_link(*link), start_ms, end_ms));
        links.sum::<i128>() * i128::from(rate_bps) / LINK_UNIT
    }

    /// The prices of one kind of a pool's capacity.
    pub(super) fn of_pool(&self, pool: PoolId, kind: Capacity) -> &[(i64, i64, i64)] {
        self.pools
            .get(pool.index())
            .map_or(&[], |kinds| &kinds[kind as usize])
    }

    /// The prices of a link.
    pub(super) fn of_link(&self, link: LinkId) -> &[(i64, i64, i64)] {
        self.links.get(link.index()).map_or(&[], |steps| steps)
    }
}

/// The pools of a site, each with the first one, at which the price of their power stands.
fn sharing_power(state: &State, first: PoolId) -> BTreeMap<PoolId, (PoolId, PoolSpec)> {
    let site = &state.sites()[state.pools()[first.index()].site.index()];
    let of = |pool: &PoolId| (*pool, (first, state.pools()[pool.index()].spec.clone()));
    site.pools.iter().map(of).collect()
}

/// Ends of steps behind which nothing, or a lower price, follows.
fn falls(steps: &[(i64, i64, i64)]) -> Vec<i64> {
    let falls = |at: &usize| {
        let (_, until_ms, price) = steps[*at];
        let next = steps.get(at + 1);
        next.is_none_or(|(from_ms, _, after)| *from_ms > until_ms || *after < price)
    };
    (0..steps.len())
        .filter(falls)
        .map(|at| steps[at].1)
        .collect()
}

/// Price of one unit held over `[start_ms, end_ms)`, in micro-yuan.
pub(super) fn over(steps: &[(i64, i64, i64)], start_ms: i64, end_ms: i64) -> i128 {
    let first = steps.partition_point(|step| step.1 <= start_ms);
    let met = steps[first..].iter().take_while(|step| step.0 < end_ms);
    let worth = met.map(|(from_ms, until_ms, price)| {
        let ms = end_ms.min(*until_ms) - start_ms.max(*from_ms);
        i128::from(ms.max(0)) * i128::from(*price)
    });
    worth.sum::<i128>() / HOUR_MS
}
