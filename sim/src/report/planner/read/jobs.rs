//! `jobs.csv`, in one pass: sums by site and class, how waits spread, a sample of bars. Memory
//! grows with sites and classes, not with jobs.

use std::collections::BTreeMap;
use std::path::Path;

use ewc_core::model::WorkloadClass;

use super::ReportError;
use super::sample::{JobBar, Sample};
use super::table::{RowIn, TableIn};
use crate::site::queue::Quantiles;

/// Bars of all sites together, and of one.
const BARS_MAX: usize = 3000;
const SITE_BARS: (usize, usize) = (20, 1000);
/// Letters of a job's key that are kept.
const KEY_LETTERS: usize = 48;
/// Every way in which a job may have ended.
const STATES: [&str; 6] = [
    "COMPLETED_SUCCESSFULLY",
    "COMPLETED_FAILED",
    "COMPLETED_KILLED",
    "REJECTED",
    "RUNNING",
    "NOT_PLACED",
];
const JOULES_PER_KWH: f64 = 3.6e6;

const COLUMNS: [&str; 17] = [
    "job_id",
    "profile",
    "requested_number_of_resources",
    "final_state",
    "starting_time",
    "finish_time",
    "waiting_time",
    "consumed_energy",
    "metadata",
    "site",
    "wan_bytes",
    "cost",
    "gco2_location",
    "gco2_market",
    "attempts",
    "cost_lost",
    "renewable_share",
];

/// Sums over jobs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::report::planner) struct Sums {
    pub(in crate::report::planner) jobs: u64,
    pub(in crate::report::planner) succeeded: u64,
    pub(in crate::report::planner) energy_kwh: f64,
    /// The part of it that was renewable, by the supply of the hour.
    pub(in crate::report::planner) renewable_kwh: f64,
    pub(in crate::report::planner) cost_cny: f64,
    pub(in crate::report::planner) location_kg: f64,
    pub(in crate::report::planner) market_kg: f64,
    pub(in crate::report::planner) wan_bytes: f64,
    pub(in crate::report::planner) lost_cny: f64,
}

impl Sums {
    /// Renewable share of the energy; `None` without any.
    pub(in crate::report::planner) fn renewable(&self) -> Option<f64> {
        (self.energy_kwh > 0.0).then(|| self.renewable_kwh / self.energy_kwh)
    }

    pub(in crate::report::planner) fn plus(mut self, other: &Sums) -> Sums {
        self.jobs += other.jobs;
        self.succeeded += other.succeeded;
        self.energy_kwh += other.energy_kwh;
        self.renewable_kwh += other.renewable_kwh;
        self.cost_cny += other.cost_cny;
        self.location_kg += other.location_kg;
        self.market_kg += other.market_kg;
        self.wan_bytes += other.wan_bytes;
        self.lost_cny += other.lost_cny;
        self
    }
}

/// How waits spread.
#[derive(Debug, Clone, Default)]
pub(in crate::report::planner) struct Waits {
    quantiles: Quantiles,
    pub(in crate::report::planner) count: u64,
    sum_s: f64,
    pub(in crate::report::planner) max_s: f64,
}

impl Waits {
    pub(super) fn add(&mut self, seconds: f64) {
        self.quantiles.add((seconds * 1e3) as i64);
        self.count += 1;
        self.sum_s += seconds;
        self.max_s = self.max_s.max(seconds);
    }

    pub(in crate::report::planner) fn mean_s(&self) -> f64 {
        self.sum_s / self.count.max(1) as f64
    }

    /// In seconds, at most 1/64 too high.
    pub(in crate::report::planner) fn at_permille(&self, permille: u64) -> f64 {
        let seconds = self.quantiles.at_permille(permille) as f64 / 1e3;
        seconds.min(self.max_s)
    }
}

/// What the rows say.
#[derive(Debug, Default)]
pub(in crate::report::planner) struct Jobs {
    /// By site (`None`: nowhere) and class.
    pub(in crate::report::planner) sums: BTreeMap<(Option<usize>, usize), Sums>,
    /// By class.
    pub(in crate::report::planner) waits: Vec<Waits>,
    /// By site.
    pub(in crate::report::planner) samples: Vec<Sample>,
    /// By how they ended.
    pub(in crate::report::planner) states: BTreeMap<&'static str, u64>,
}

impl Jobs {
    /// Sums over the classes of a site, or over the sites of a class.
    pub(in crate::report::planner) fn total(
        &self,
        wanted: impl Fn(Option<usize>, usize) -> bool,
    ) -> Sums {
        let found = self
            .sums
            .iter()
            .filter(|((site, class), _)| wanted(*site, *class));
        found.fold(Sums::default(), |total, (_, sums)| total.plus(sums))
    }
}

/// What names in the table stand for.
struct Names<'a> {
    sites: &'a BTreeMap<String, usize>,
    classes: BTreeMap<String, usize>,
    states: BTreeMap<String, usize>,
}

impl Names<'_> {
    fn of(sites: &BTreeMap<String, usize>) -> Names<'_> {
        let positions = |names: Vec<&str>| {
            let names = names.into_iter().enumerate();
            names.map(|(at, name)| (name.to_owned(), at)).collect()
        };
        Names {
            sites,
            classes: positions(WorkloadClass::ALL.map(WorkloadClass::name).into()),
            states: positions(STATES.into()),
        }
    }
}

/// Reads the table; `sites` has the position of each name.
pub(super) fn read(folder: &Path, sites: &BTreeMap<String, usize>) -> Result<Jobs, ReportError> {
    let names = Names::of(sites);
    let bars = BARS_MAX / sites.len().max(1);
    let bars = bars.clamp(SITE_BARS.0, SITE_BARS.1);
    let mut jobs = Jobs {
        waits: vec![Waits::default(); names.classes.len()],
        samples: (0..sites.len()).map(|_| Sample::default()).collect(),
        ..Jobs::default()
    };
    let mut table = TableIn::open(folder, "jobs.csv", &COLUMNS)?;
    while let Some(row) = table.next()? {
        jobs.add(&row, &names, bars)?;
    }
    Ok(jobs)
}

impl Jobs {
    fn add(&mut self, row: &RowIn<'_>, names: &Names<'_>, bars: usize) -> Result<(), ReportError> {
        let class = row.known(1, &names.classes, "workload classes")?;
        let site = match row.text(9) {
            "" => None,
            _ => Some(row.known(9, names.sites, "sites of network.json")?),
        };
        let state = row.known(3, &names.states, "ways in which a job ends")?;
        *self.states.entry(STATES[state]).or_default() += 1;
        let succeeded = state == 0;
        let energy_kwh = row.optional(7)?.unwrap_or(0.0) / JOULES_PER_KWH;
        let sums = self.sums.entry((site, class)).or_default();
        *sums = sums.plus(&Sums {
            jobs: 1,
            succeeded: u64::from(succeeded),
            energy_kwh,
            renewable_kwh: energy_kwh * row.optional(16)?.unwrap_or(0.0),
            cost_cny: row.number(11)?,
            location_kg: row.number(12)? / 1e3,
            market_kg: row.number(13)? / 1e3,
            wan_bytes: row.number(10)?,
            lost_cny: row.number(15)?,
        });
        let (start, end, wait) = (row.optional(4)?, row.optional(5)?, row.optional(6)?);
        if let Some(wait_s) = wait {
            self.waits[class].add(wait_s);
        }
        let attempts = row.number(14)?;
        if let (Some(site), Some(start_s)) = (site, start) {
            self.samples[site].offer(bars, row.text(0), || JobBar {
                number: row.text(0).to_owned(),
                key: row.text(8).chars().take(KEY_LETTERS).collect(),
                class,
                start_s,
                end_s: end,
                wait_s: wait.unwrap_or(0.0),
                tasks: row.text(2).to_owned(),
                attempts,
                succeeded,
            });
        }
        Ok(())
    }
}
