//! Work that was done, in money at list prices: what makes runs comparable that did not do the
//! same.
//!
//! A policy that leaves out more jobs pays and emits less. So cost and carbon are also told for
//! what the jobs that succeeded are worth at the mean prices of the network's pools, which no
//! policy changes.

use ewc_core::State;
use ewc_core::model::Resources;

const HOUR_MS: f64 = 3_600_000.0;
const CORE_MILLIS: f64 = 1000.0;
const MICRO: f64 = 1e6;

/// Mean prices over the pools that have such, in yuan.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ListPrices {
    per_core_hour: f64,
    per_accelerator_hour: f64,
}

impl ListPrices {
    /// Of a network.
    pub(super) fn of(state: &State) -> ListPrices {
        let pools = || state.pools().iter().map(|pool| &pool.spec);
        let cores = pools().map(|pool| pool.price_micro_cny_per_core_hour);
        let accelerated = pools().filter(|pool| pool.node.accelerators > 0);
        let accelerators = accelerated.map(|pool| pool.price_micro_cny_per_accelerator_hour);
        ListPrices {
            per_core_hour: mean(cores),
            per_accelerator_hour: mean(accelerators),
        }
    }

    /// What resources are worth for a time.
    pub(super) fn worth_cny(&self, held: Resources, ms: i64) -> f64 {
        let hours = ms.max(0) as f64 / HOUR_MS;
        let cores = held.cpu_millis as f64 / CORE_MILLIS;
        let accelerators = held.accelerators as f64;
        hours * (cores * self.per_core_hour + accelerators * self.per_accelerator_hour)
    }
}

fn mean(prices: impl Iterator<Item = i64>) -> f64 {
    let (sum, count) = prices.fold((0.0, 0.0), |(sum, count), price| {
        (sum + price as f64, count + 1.0)
    });
    match count > 0.0 {
        true => sum / count / MICRO,
        false => 0.0,
    }
}
