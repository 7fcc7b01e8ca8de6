//! What a placement costs, in whole micro-yuan, milligrams and milliwatt-hours.
//!
//! Carbon follows the GHG Protocol scope 2 guidance: location-based by the grid's factor,
//! market-based less what contracted green power covers.

use std::collections::BTreeSet;

use crate::model::{
    CarbonLedger, Cost, EnergyPoint, EnergySeries, GroupPlacement, Job, Link, Placement, Policy,
    Pool, SiteId, Transfer, Weights,
};
use crate::state::State;
use crate::steering;
use crate::trust;

const HOUR_MS: i128 = 3_600_000;

/// Prices a chain by the estimates of its run times.
pub(super) fn price(
    state: &State,
    job: &Job,
    groups: &[GroupPlacement],
    transfers: &[Transfer],
) -> Cost {
    let runs = groups.iter().map(|slot| {
        let run_ms = job.estimate_ms(slot.group as usize);
        (slot, slot.start_ms + run_ms)
    });
    let start_ms = groups.iter().map(|slot| slot.start_ms).min().unwrap_or(0);
    let since_ms = job.submitted_ms.max(job.spec.release_ms);
    of_runs(state, job, runs, transfers, (start_ms - since_ms).max(0))
}

/// Prices runs of a job, each from its slot's start to the instant beside it, with transfers and
/// waiting.
pub(super) fn of_runs<'s>(
    state: &State,
    job: &Job,
    runs: impl Iterator<Item = (&'s GroupPlacement, i64)>,
    transfers: &[Transfer],
    delay_ms: i64,
) -> Cost {
    let mut sum = Sum::default();
    let mut sites = BTreeSet::new();
    for (slot, end_ms) in runs {
        let pool = &state.pools()[slot.pool.index()];
        let site = &state.sites()[pool.site.index()];
        sum.add_run(pool, &site.energy, slot, end_ms);
        let (at, run_ms) = (pool.site, end_ms - slot.start_ms);
        sum.steering += steering::extra_micro_cny(state, &job.spec, at, slot, run_ms);
        sites.insert(pool.site);
    }
    for site in sites {
        let age_ms = trust::age_ms(state, site);
        sum.age += i128::from(trust::dearer_by_age(state.policy(), age_ms));
    }
    for transfer in transfers {
        sum.transport += transport(state.links(), transfer);
    }
    let weights = state.policy().weights(job);
    sum.into_cost(state.policy(), weights, i128::from(delay_ms))
}

/// What a run of a placement has cost: rent, energy, carbon and water from `start_ms` to `end_ms`,
/// where `energy` tells what a site's energy was really like, and the transport of its data. Has no
/// price of waiting, steering or age.
pub fn spent(
    state: &State,
    placement: &Placement,
    (start_ms, end_ms): (i64, i64),
    energy: impl Fn(SiteId) -> EnergySeries,
) -> Cost {
    let mut sum = Sum::default();
    for slot in &placement.groups {
        let Some(pool) = state.pool(slot.pool) else {
            continue;
        };
        let slot = GroupPlacement {
            start_ms,
            ..slot.clone()
        };
        sum.add_run(pool, &energy(pool.site), &slot, end_ms);
    }
    for transfer in &placement.transfers {
        let mut carried = transfer.clone();
        if transfer.kind.is_steady() {
            (carried.start_ms, carried.end_ms) = (start_ms, end_ms);
        }
        sum.transport += transport(state.links(), &carried);
    }
    sum.into_cost(state.policy(), Weights::default(), 0)
}

/// Power of what a slot holds, without cooling, in milliwatts.
pub(super) fn milliwatts(state: &State, slot: &GroupPlacement) -> i128 {
    milliwatts_in(&state.pools()[slot.pool.index()], slot)
}

fn milliwatts_in(pool: &Pool, slot: &GroupPlacement) -> i128 {
    let spec = &pool.spec;
    i128::from(slot.total.cpu_millis) * i128::from(spec.cpu_watts_milli) / 1000
        + i128::from(slot.total.accelerators) * i128::from(spec.accelerator_watts_milli)
}

/// What a kilowatt of equipment costs at a site from one instant to another: energy, carbon and
/// water by these weights.
pub(super) fn of_kilowatt(
    state: &State,
    site: SiteId,
    (start_ms, end_ms): (i64, i64),
    weights: Weights,
) -> i64 {
    let mut sum = Sum::default();
    let energy = &state.sites()[site.index()].energy;
    sum.add_power(energy, 1_000_000, start_ms, end_ms);
    sum.into_cost(state.policy(), weights, 0)
        .objective_micro_cny
}

#[derive(Default)]
struct Sum {
    energy_mwh: i128,
    energy: i128,
    pool: i128,
    transport: i128,
    carbon_location_mg: i128,
    carbon_market_mg: i128,
    water_ml: i128,
    renewable: i128,
    renewable_weight: i128,
    steering: i128,
    age: i128,
}

impl Sum {
    fn add_run(&mut self, pool: &Pool, energy: &EnergySeries, slot: &GroupPlacement, end_ms: i64) {
        let (cores, accelerators) = (slot.total.cpu_millis, slot.total.accelerators);
        let spec = &pool.spec;
        let ms = i128::from(end_ms - slot.start_ms);
        let core_rent = i128::from(cores) * i128::from(spec.price_micro_cny_per_core_hour) / 1000;
        let accelerator_rent =
            i128::from(accelerators) * i128::from(spec.price_micro_cny_per_accelerator_hour);
        self.pool += (core_rent + accelerator_rent) * ms / HOUR_MS;
        self.add_power(energy, milliwatts_in(pool, slot), slot.start_ms, end_ms);
    }

    /// Adds what equipment of this power uses from one instant to another.
    fn add_power(&mut self, energy: &EnergySeries, watts_milli: i128, start_ms: i64, end_ms: i64) {
        let mut at_ms = start_ms;
        while at_ms < end_ms {
            let Some(point) = energy.at(at_ms) else {
                return;
            };
            let last = energy.start_ms + energy.step_ms * (energy.points.len() as i64 - 1);
            let next_ms = match at_ms >= last {
                true => end_ms,
                false => energy.step_end_ms(at_ms).min(end_ms),
            };
            let ms = i128::from(next_ms - at_ms);
            self.add_energy(point, watts_milli * ms / HOUR_MS);
            // A pool that does not tell its power has a share of renewables all the same.
            let weight = watts_milli.max(1) * ms;
            self.renewable_weight += weight;
            self.renewable += weight * i128::from(point.renewable_permille);
            at_ms = next_ms;
        }
    }

    /// Adds `it_mwh` of equipment energy used while `point` holds.
    fn add_energy(&mut self, point: &EnergyPoint, it_mwh: i128) {
        let mwh = it_mwh * i128::from(point.pue_permille.max(1000)) / 1000;
        let location_mg = mwh * i128::from(point.grid_mg_per_wh) / 1000;
        let grey = i128::from(1000_u32.saturating_sub(point.contracted_permille));
        self.energy_mwh += mwh;
        self.energy += mwh * i128::from(point.price_micro_cny_per_kwh) / 1_000_000;
        self.carbon_location_mg += location_mg;
        self.carbon_market_mg += location_mg * grey / 1000;
        self.water_ml += it_mwh * i128::from(point.wue_ml_per_kwh) / 1_000_000;
    }

    fn into_cost(self, policy: &Policy, weights: Weights, delay_ms: i128) -> Cost {
        let carbon_mg = match policy.ledger {
            CarbonLedger::Location => self.carbon_location_mg,
            CarbonLedger::Market => self.carbon_market_mg,
        };
        let money = self.energy + self.pool + self.transport;
        let carbon = carbon_mg * i128::from(policy.carbon_micro_cny_per_kg) / 1_000_000;
        let water = self.water_ml * i128::from(policy.water_micro_cny_per_litre) / 1000;
        let delay = delay_ms * i128::from(policy.delay_micro_cny_per_hour) / HOUR_MS;
        let objective = weighted(money, weights.money_permille)
            + weighted(carbon, weights.carbon_permille)
            + weighted(water, weights.water_permille)
            + weighted(delay, weights.delay_permille)
            + self.steering
            + self.age;
        Cost {
            energy_micro_cny: narrow(self.energy),
            pool_micro_cny: narrow(self.pool),
            transport_micro_cny: narrow(self.transport),
            energy_mwh: narrow(self.energy_mwh),
            carbon_location_mg: narrow(self.carbon_location_mg),
            carbon_market_mg: narrow(self.carbon_market_mg),
            water_ml: narrow(self.water_ml),
            renewable_permille: (self.renewable / self.renewable_weight.max(1)) as u32,
            delay_micro_cny: narrow(delay),
            steering_micro_cny: narrow(self.steering),
            objective_micro_cny: narrow(objective),
            age_micro_cny: narrow(self.age),
        }
    }
}

/// Price of carrying a transfer over its route.
pub(crate) fn transport(links: &[Link], transfer: &Transfer) -> i128 {
    let per_gb = transfer
        .links
        .iter()
        .map(|link| links[link.index()].price_micro_cny_per_gb);
    carried_bytes(transfer) * per_gb.map(i128::from).sum::<i128>() / 1_000_000_000
}

/// What a transfer carries: its size, or what flows during its window.
pub(super) fn carried_bytes(transfer: &Transfer) -> i128 {
    let bits = i128::from(transfer.rate_bps) * i128::from(transfer.end_ms - transfer.start_ms);
    match transfer.size_bytes {
        0 => bits / 8_000,
        bytes => i128::from(bytes),
    }
}

fn weighted(value: i128, permille: u32) -> i128 {
    value * i128::from(permille) / 1000
}

fn narrow(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
