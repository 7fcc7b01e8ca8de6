//! What a placement costs, in whole micro-yuan, milligrams and milliwatt-hours.
//!
//! Carbon follows the GHG Protocol scope 2 guidance: location-based by the grid's factor,
//! market-based less what contracted green power covers.

use crate::energy::{EnergySums, Integral};
use crate::model::{
    CarbonLedger, Cost, EnergySeries, GroupPlacement, Job, Link, LinkId, Placement, Policy, Pool,
    SiteId, Transfer, Weights,
};
use crate::state::State;
use crate::steering;
use crate::trust;

const HOUR_MS: i128 = 3_600_000;
/// A gigawatt: no slot takes more.
const MILLIWATTS_MAX: i128 = 1_000_000_000_000;

/// Prices a chain by the estimates of its run times.
pub(super) fn price(
    state: &State,
    job: &Job,
    groups: &[GroupPlacement],
    transfers: &[Transfer],
) -> Cost {
    chain(state, job, groups, transfers, EnergySums::over)
}

/// What a chain with these slots, or any later ones of that length, costs at least.
pub(super) fn floor(
    state: &State,
    job: &Job,
    groups: &[GroupPlacement],
    transfers: &[Transfer],
) -> Cost {
    let floor = |energy: &EnergySums, from_ms, until_ms| energy.floor(until_ms - from_ms);
    chain(state, job, groups, transfers, floor)
}

fn chain(
    state: &State,
    job: &Job,
    groups: &[GroupPlacement],
    transfers: &[Transfer],
    used: impl Fn(&EnergySums, i64, i64) -> Option<Integral>,
) -> Cost {
    let runs = groups.iter().map(|slot| {
        let run_ms = job.estimate_ms(slot.group as usize);
        (slot, slot.start_ms.saturating_add(run_ms))
    });
    let start_ms = groups.iter().map(|slot| slot.start_ms).min().unwrap_or(0);
    let since_ms = job.submitted_ms.max(job.spec.release_ms);
    let delay_ms = (start_ms - since_ms).max(0);
    runs_by(state, job, runs, (transfers, delay_ms), used)
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
    runs_by(state, job, runs, (transfers, delay_ms), EnergySums::over)
}

fn runs_by<'s>(
    state: &State,
    job: &Job,
    runs: impl Iterator<Item = (&'s GroupPlacement, i64)>,
    (transfers, delay_ms): (&[Transfer], i64),
    used: impl Fn(&EnergySums, i64, i64) -> Option<Integral>,
) -> Cost {
    let mut sum = Sum::default();
    let mut sites: Vec<SiteId> = Vec::new();
    for (slot, end_ms) in runs {
        let pool = &state.pools()[slot.pool.index()];
        let energy = used(state.energy(pool.site), slot.start_ms, end_ms);
        sum.add_run(pool, energy, slot, end_ms);
        let (site, run_ms) = (pool.site, end_ms - slot.start_ms);
        sum.steering += steering::extra_micro_cny(state, &job.spec, site, slot, run_ms);
        if !sites.contains(&site) {
            sites.push(site);
            let age_ms = trust::age_ms(state, site);
            sum.age += i128::from(trust::dearer_by_age(state.policy(), age_ms));
        }
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
        let energy = EnergySums::new(&energy(pool.site)).over(start_ms, end_ms);
        sum.add_run(pool, energy, &slot, end_ms);
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
    let energy = state.energy(site).over(start_ms, end_ms);
    sum.add_power(energy.unwrap_or_default(), 1_000_000);
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
    fn add_run(
        &mut self,
        pool: &Pool,
        energy: Option<Integral>,
        slot: &GroupPlacement,
        end_ms: i64,
    ) {
        let (cores, accelerators) = (slot.total.cpu_millis, slot.total.accelerators);
        let spec = &pool.spec;
        let ms = i128::from(end_ms - slot.start_ms);
        let core_rent = i128::from(cores) * i128::from(spec.price_micro_cny_per_core_hour) / 1000;
        let accelerator_rent =
            i128::from(accelerators) * i128::from(spec.price_micro_cny_per_accelerator_hour);
        self.pool += (core_rent + accelerator_rent) * ms / HOUR_MS;
        self.add_power(energy.unwrap_or_default(), milliwatts_in(pool, slot));
    }

    /// Adds what equipment of this power uses. Each figure is rounded down once.
    fn add_power(&mut self, energy: Integral, watts_milli: i128) {
        let watts_milli = watts_milli.clamp(0, MILLIWATTS_MAX);
        self.energy_mwh += watts_milli * energy.pue / (1000 * HOUR_MS);
        self.energy += watts_milli * energy.price / (1_000_000_000 * HOUR_MS);
        self.carbon_location_mg += watts_milli * energy.location / (1_000_000 * HOUR_MS);
        self.carbon_market_mg += watts_milli * energy.market / (1_000_000_000 * HOUR_MS);
        self.water_ml += watts_milli * energy.water / (1_000_000 * HOUR_MS);
        // A pool that does not tell its power has a share of renewables all the same.
        let weight = watts_milli.max(1);
        self.renewable_weight += weight * energy.ms;
        self.renewable += weight * energy.renewable;
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
            // What is reserved beside a run is not known here.
            imbalance_micro_cny: 0,
        }
    }
}

/// Price of carrying a transfer over its route.
pub(crate) fn transport(links: &[Link], transfer: &Transfer) -> i128 {
    transport_of(links, &transfer.links, carried_bytes(transfer))
}

/// Price of carrying so many bytes over a route.
pub(super) fn transport_of(links: &[Link], route: &[LinkId], bytes: i128) -> i128 {
    price_per_gb(links, route) * bytes / 1_000_000_000
}

fn price_per_gb(links: &[Link], route: &[LinkId]) -> i128 {
    let prices = route
        .iter()
        .map(|link| links[link.index()].price_micro_cny_per_gb);
    prices.map(i128::from).sum()
}

/// What a transfer carries: its size, or what flows during its window.
pub(super) fn carried_bytes(transfer: &Transfer) -> i128 {
    let window_ms = transfer.end_ms - transfer.start_ms;
    carried(transfer.size_bytes, transfer.rate_bps, window_ms)
}

/// The same of a size, or a rate and the length of a window.
pub(super) fn carried(size_bytes: i64, rate_bps: i64, window_ms: i64) -> i128 {
    match size_bytes {
        0 => i128::from(rate_bps) * i128::from(window_ms) / 8_000,
        bytes => i128::from(bytes),
    }
}

fn weighted(value: i128, permille: u32) -> i128 {
    value * i128::from(permille) / 1000
}

fn narrow(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
