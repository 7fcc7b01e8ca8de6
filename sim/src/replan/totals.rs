//! Sums over the jobs of a replay.

use std::collections::BTreeMap;

use ewc_core::model::WorkloadClass;

use super::outcome::ReplannedJob;

/// Sums over the jobs that were placed, and counts of those that were not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Jobs that started.
    pub placed: u32,
    /// Energy, rent of pools and transport, in millionths of a yuan.
    pub money_micro_cny: i64,
    /// What the planner minimised.
    pub objective_micro_cny: i64,
    /// By the grids' emission factors, in milligrams.
    pub carbon_location_mg: i64,
    /// Less contracted green power, in milligrams.
    pub carbon_market_mg: i64,
    /// Energy with overhead, in thousandths of a watt-hour.
    pub energy_mwh: i64,
    /// Physical share of renewables, weighted by energy.
    pub renewable_permille: u32,
    /// Bytes moved.
    pub wan_bytes: i64,
    /// Waits of all jobs that started.
    pub wait: Waits,
    /// The same for every class that has any.
    pub wait_by_class: Vec<(WorkloadClass, Waits)>,
    /// Jobs that never started, by the code of the reason.
    pub not_placed: BTreeMap<&'static str, u32>,
}

/// How long jobs waited for their start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waits {
    /// Jobs that started.
    pub jobs: u32,
    /// Mean wait, rounded down.
    pub mean_ms: i64,
    /// Median, nearest rank.
    pub p50_ms: i64,
    /// 90th percentile, nearest rank.
    pub p90_ms: i64,
}

impl Totals {
    /// Sums up `jobs`.
    pub(super) fn of(jobs: &[ReplannedJob]) -> Totals {
        let mut totals = Totals {
            wait: Waits::of(jobs.iter()),
            ..Totals::default()
        };
        let mut renewable = 0_i128;
        for job in jobs {
            totals.add(job);
            renewable += i128::from(job.cost.energy_mwh) * i128::from(job.cost.renewable_permille);
        }
        let energy_mwh = i128::from(totals.energy_mwh.max(1));
        totals.renewable_permille = u32::try_from(renewable / energy_mwh).unwrap_or(0);
        totals.wait_by_class = waits_by_class(jobs);
        totals
    }

    /// Energy in kilowatt-hours.
    pub fn energy_kwh(&self) -> f64 {
        self.energy_mwh as f64 / 1e6
    }

    /// Money in yuan.
    pub fn money_cny(&self) -> f64 {
        self.money_micro_cny as f64 / 1e6
    }

    /// Location-based carbon in kilograms.
    pub fn carbon_location_kg(&self) -> f64 {
        self.carbon_location_mg as f64 / 1e6
    }

    /// Market-based carbon in kilograms.
    pub fn carbon_market_kg(&self) -> f64 {
        self.carbon_market_mg as f64 / 1e6
    }

    fn add(&mut self, job: &ReplannedJob) {
        match &job.not_placed {
            Some(why) => *self.not_placed.entry(why.code()).or_default() += 1,
            None => self.placed += 1,
        }
        let cost = &job.cost;
        let money_micro_cny = cost.money_micro_cny();
        for (sum, value) in [
            (&mut self.money_micro_cny, money_micro_cny),
            (&mut self.objective_micro_cny, cost.objective_micro_cny),
            (&mut self.carbon_location_mg, cost.carbon_location_mg),
            (&mut self.carbon_market_mg, cost.carbon_market_mg),
            (&mut self.energy_mwh, cost.energy_mwh),
            (&mut self.wan_bytes, job.wan_bytes),
        ] {
            *sum = sum.saturating_add(value);
        }
    }
}

impl Waits {
    fn of<'j>(jobs: impl Iterator<Item = &'j ReplannedJob>) -> Waits {
        let mut waits: Vec<i64> = jobs.filter_map(|job| job.wait_ms).collect();
        waits.sort_unstable();
        let sum: i128 = waits.iter().map(|wait_ms| i128::from(*wait_ms)).sum();
        let mean_ms = sum / (waits.len().max(1) as i128);
        Waits {
            jobs: waits.len() as u32,
            mean_ms: i64::try_from(mean_ms).unwrap_or(i64::MAX),
            p50_ms: percentile(&waits, 50),
            p90_ms: percentile(&waits, 90),
        }
    }
}

fn waits_by_class(jobs: &[ReplannedJob]) -> Vec<(WorkloadClass, Waits)> {
    let of_class = |class| {
        let waits = Waits::of(jobs.iter().filter(|job| job.class == class));
        (class, waits)
    };
    let waits = WorkloadClass::ALL.into_iter().map(of_class);
    waits.filter(|(_, waits)| waits.jobs > 0).collect()
}

/// The nearest-rank percentile of sorted values; 0 of none.
fn percentile(sorted: &[i64], percent: usize) -> i64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}
