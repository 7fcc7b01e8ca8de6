//! What a placement costs, in whole micro-yuan, milligrams and milliwatt-hours.
//!
//! Carbon follows the GHG Protocol scope 2 guidance: location-based by the grid's factor,
//! market-based less what contracted green power covers.

use crate::energy::{EnergySums, Integral, Priced};
use crate::model::{
    CarbonLedger, Cost, EnergySeries, GroupPlacement, Job, Link, LinkId, Placement, Policy, Pool,
    SiteId, Transfer, Weights,
};
use crate::quotient::{quotient, ratio};
use crate::state::State;
use crate::steering;
use crate::trust;

const HOUR_MS: u64 = 3_600_000;
/// A gigawatt: no slot takes more.
const MILLIWATTS_MAX: i128 = 1_000_000_000_000;

/// Prices a chain by the estimates of its run times.
pub(super) fn price(
    state: &State,
    job: &Job,
    groups: &[GroupPlacement],
    transfers: &[Transfer],
) -> Cost {
    let runs = groups.iter().map(|slot| {
        let run_ms = job.estimate_ms(slot.group as usize);
        (slot, slot.start_ms.saturating_add(run_ms))
    });
    let start_ms = groups.iter().map(|slot| slot.start_ms).min().unwrap_or(0);
    let delay_ms = (start_ms - since_ms(job)).max(0);
    of_runs(state, job, runs, transfers, delay_ms)
}

/// When a job waits since.
fn since_ms(job: &Job) -> i64 {
    job.submitted_ms.max(job.spec.release_ms)
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
    let mut sites: Vec<SiteId> = Vec::new();
    for (slot, end_ms) in runs {
        let pool = &state.pools()[slot.pool.index()];
        let energy = state.energy(pool.site).over(slot.start_ms, end_ms);
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

/// What the planner minimises of a job's chains in given pools, for any start: what does not depend
/// on it is worked out once. Has no imbalance.
pub(super) struct Objective<'s> {
    policy: &'s Policy,
    weights: Weights,
    since_ms: i64,
    /// All but energy and waiting.
    fixed: Sum,
    runs: Vec<Run<'s>>,
    /// All but waiting, at the least rates of energy there are.
    least: i128,
}

struct Run<'s> {
    energy: &'s EnergySums,
    watts_milli: i128,
    ms: i64,
}

impl<'s> Objective<'s> {
    /// Of runs in slots like these, whenever they start, with so much for transport.
    pub(super) fn new(
        state: &'s State,
        job: &Job,
        slots: &[GroupPlacement],
        transport: i128,
    ) -> Objective<'s> {
        let mut fixed = Sum {
            transport,
            ..Sum::default()
        };
        let mut sites: Vec<SiteId> = Vec::new();
        let runs = slots.iter().map(|slot| {
            let pool = &state.pools()[slot.pool.index()];
            let ms = job.estimate_ms(slot.group as usize);
            fixed.pool += rent(pool, slot, slot.start_ms.saturating_add(ms));
            fixed.steering += steering::extra_micro_cny(state, &job.spec, pool.site, slot, ms);
            if !sites.contains(&pool.site) {
                sites.push(pool.site);
                fixed.age += age(state, pool);
            }
            Run {
                energy: state.energy(pool.site),
                watts_milli: milliwatts_in(pool, slot),
                ms,
            }
        });
        let runs: Vec<Run<'_>> = runs.collect();
        let (policy, weights) = (state.policy(), state.policy().weights(job));
        let mut least = fixed.clone();
        for run in &runs {
            let energy = run.energy.floor(run.ms);
            least.add_power(energy.unwrap_or_default(), run.watts_milli);
        }
        Objective {
            policy,
            weights,
            since_ms: since_ms(job),
            least: least.objective(policy, weights),
            fixed,
            runs,
        }
    }

    /// What [`price`] has for runs that start then.
    pub(super) fn at(&self, start_ms: i64) -> i64 {
        let mut sum = self.fixed.clone();
        for run in &self.runs {
            let end_ms = start_ms.saturating_add(run.ms);
            match run.energy.priced_over(start_ms, end_ms) {
                Some(priced) => sum.add_priced(priced, run.watts_milli),
                None => {
                    let energy = run.energy.over(start_ms, end_ms);
                    sum.add_power(energy.unwrap_or_default(), run.watts_milli);
                }
            }
        }
        narrow(sum.objective(self.policy, self.weights) + self.waiting(start_ms))
    }

    /// No runs that start then or later have less.
    pub(super) fn floor(&self, start_ms: i64) -> i64 {
        narrow(self.least + self.waiting(start_ms))
    }

    fn waiting(&self, start_ms: i64) -> i128 {
        let delay_ms = (start_ms - self.since_ms).max(0);
        let delay = priced_delay(self.policy, i128::from(delay_ms));
        weighted(delay, self.weights.delay_permille)
    }
}

/// What the planner minimises of a run that moves no data and that no steering speaks of, as
/// [`price`] has it, less the waiting for it: that is [`delay`] more.
pub(super) fn objective_of_run(
    state: &State,
    slot: &GroupPlacement,
    (end_ms, weights): (i64, Weights),
) -> i64 {
    let pool = &state.pools()[slot.pool.index()];
    let energy = state.energy(pool.site);
    match energy.priced_over(slot.start_ms, end_ms) {
        Some(priced) => objective_priced(state, slot, priced, (end_ms, weights)),
        None => {
            let energy = energy.over(slot.start_ms, end_ms);
            objective_by(state, slot, energy, (end_ms, weights))
        }
    }
}

/// No such run of that length has a lower objective, whenever it starts.
pub(super) fn floor_of_run(
    state: &State,
    slot: &GroupPlacement,
    (end_ms, weights): (i64, Weights),
) -> i64 {
    let energy = state.energy(state.pools()[slot.pool.index()].site);
    let least = energy.floor(end_ms - slot.start_ms);
    objective_by(state, slot, least, (end_ms, weights))
}

/// The same, and quickly, but as if power were free: not for where it costs less than nothing.
pub(super) fn rent_of_run(
    state: &State,
    slot: &GroupPlacement,
    (end_ms, weights): (i64, Weights),
) -> i64 {
    let pool = &state.pools()[slot.pool.index()];
    narrow(weighted(rent(pool, slot, end_ms), weights.money_permille))
}

fn objective_by(
    state: &State,
    slot: &GroupPlacement,
    energy: Option<Integral>,
    (end_ms, weights): (i64, Weights),
) -> i64 {
    let pool = &state.pools()[slot.pool.index()];
    let mut sum = Sum::default();
    sum.add_run(pool, energy, slot, end_ms);
    sum.age = age(state, pool);
    narrow(sum.objective(state.policy(), weights))
}

/// [`objective_by`] of what is priced, which is all that counts: the same divisions.
#[inline]
fn objective_priced(
    state: &State,
    slot: &GroupPlacement,
    priced: Priced,
    (end_ms, weights): (i64, Weights),
) -> i64 {
    let pool = &state.pools()[slot.pool.index()];
    let mut sum = Sum {
        pool: rent(pool, slot, end_ms),
        age: age(state, pool),
        ..Sum::default()
    };
    sum.add_priced(priced, milliwatts_in(pool, slot));
    narrow(sum.objective(state.policy(), weights))
}

fn age(state: &State, pool: &Pool) -> i128 {
    let age_ms = trust::age_ms(state, pool.site);
    i128::from(trust::dearer_by_age(state.policy(), age_ms))
}

/// Rent of a slot that runs until `end_ms`.
#[inline]
fn rent(pool: &Pool, slot: &GroupPlacement, end_ms: i64) -> i128 {
    let (cores, accelerators) = (slot.total.cpu_millis, slot.total.accelerators);
    let spec = &pool.spec;
    let ms = i128::from(end_ms - slot.start_ms);
    let core_rent = i128::from(cores) * i128::from(spec.price_micro_cny_per_core_hour);
    let accelerator_rent =
        i128::from(accelerators) * i128::from(spec.price_micro_cny_per_accelerator_hour);
    quotient::<HOUR_MS>((quotient::<1000>(core_rent) + accelerator_rent) * ms)
}

/// What waiting so long adds to the objective.
pub(super) fn delay(policy: &Policy, weights: Weights, delay_ms: i64) -> i64 {
    let delay = priced_delay(policy, i128::from(delay_ms));
    narrow(weighted(delay, weights.delay_permille))
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

#[inline]
fn milliwatts_in(pool: &Pool, slot: &GroupPlacement) -> i128 {
    let spec = &pool.spec;
    quotient::<1000>(i128::from(slot.total.cpu_millis) * i128::from(spec.cpu_watts_milli))
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

#[derive(Clone, Default)]
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
        self.pool += rent(pool, slot, end_ms);
        self.add_power(energy.unwrap_or_default(), milliwatts_in(pool, slot));
    }

    /// Adds what equipment of this power uses. Each figure is rounded down once.
    fn add_power(&mut self, energy: Integral, watts_milli: i128) {
        let watts_milli = watts_milli.clamp(0, MILLIWATTS_MAX);
        self.energy_mwh += quotient::<{ 1000 * HOUR_MS }>(watts_milli * energy.pue);
        self.energy += quotient::<{ 1_000_000_000 * HOUR_MS }>(watts_milli * energy.price);
        self.carbon_location_mg +=
            quotient::<{ 1_000_000 * HOUR_MS }>(watts_milli * energy.location);
        self.carbon_market_mg +=
            quotient::<{ 1_000_000_000 * HOUR_MS }>(watts_milli * energy.market);
        self.water_ml += quotient::<{ 1_000_000 * HOUR_MS }>(watts_milli * energy.water);
        // A pool that does not tell its power has a share of renewables all the same.
        let weight = watts_milli.max(1);
        self.renewable_weight += weight * energy.ms;
        self.renewable += weight * energy.renewable;
    }

    /// [`Sum::add_power`] of what is priced: the same divisions.
    #[inline]
    fn add_priced(&mut self, energy: Priced, watts_milli: i128) {
        let watts_milli = watts_milli.clamp(0, MILLIWATTS_MAX) as u64;
        let used = |figure: u64| i128::from(watts_milli) * i128::from(figure);
        self.energy += quotient::<{ 1_000_000_000 * HOUR_MS }>(used(energy.price));
        self.carbon_location_mg += quotient::<{ 1_000_000 * HOUR_MS }>(used(energy.location));
        self.carbon_market_mg += quotient::<{ 1_000_000_000 * HOUR_MS }>(used(energy.market));
        self.water_ml += quotient::<{ 1_000_000 * HOUR_MS }>(used(energy.water));
    }

    /// What the planner minimises, less the price of waiting.
    #[inline]
    fn objective(&self, policy: &Policy, weights: Weights) -> i128 {
        let carbon_mg = match policy.ledger {
            CarbonLedger::Location => self.carbon_location_mg,
            CarbonLedger::Market => self.carbon_market_mg,
        };
        let money = self.energy + self.pool + self.transport;
        let carbon = carbon_mg * i128::from(policy.carbon_micro_cny_per_kg);
        let water = self.water_ml * i128::from(policy.water_micro_cny_per_litre);
        weighted(money, weights.money_permille)
            + weighted(quotient::<1_000_000>(carbon), weights.carbon_permille)
            + weighted(quotient::<1000>(water), weights.water_permille)
            + self.steering
            + self.age
    }

    fn into_cost(self, policy: &Policy, weights: Weights, delay_ms: i128) -> Cost {
        let delay = priced_delay(policy, delay_ms);
        let objective = self.objective(policy, weights) + weighted(delay, weights.delay_permille);
        Cost {
            energy_micro_cny: narrow(self.energy),
            pool_micro_cny: narrow(self.pool),
            transport_micro_cny: narrow(self.transport),
            energy_mwh: narrow(self.energy_mwh),
            carbon_location_mg: narrow(self.carbon_location_mg),
            carbon_market_mg: narrow(self.carbon_market_mg),
            water_ml: narrow(self.water_ml),
            renewable_permille: ratio(self.renewable, self.renewable_weight.max(1)) as u32,
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
    quotient::<1_000_000_000>(price_per_gb(links, route) * bytes)
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
        0 => quotient::<8_000>(i128::from(rate_bps) * i128::from(window_ms)),
        bytes => i128::from(bytes),
    }
}

#[inline]
fn priced_delay(policy: &Policy, delay_ms: i128) -> i128 {
    quotient::<HOUR_MS>(delay_ms * i128::from(policy.delay_micro_cny_per_hour))
}

#[inline]
fn weighted(value: i128, permille: u32) -> i128 {
    quotient::<1000>(value * i128::from(permille))
}

#[inline]
fn narrow(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
