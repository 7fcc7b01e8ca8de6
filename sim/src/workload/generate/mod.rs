//! The built-in national workload: what owners in the demand regions submit, class by class.
//!
//! Shares, sizes and durations are assumptions (A) in the ranges that the programme's texts give
//! for each class. Every job can run at one participating site at least when the network is empty:
//! the generator picks such a pool first and asks for what it offers. It does not look at load.

mod arrivals;
mod catalogue;
mod mix;
mod offline;
mod online;
mod order;
mod stream;
mod train;

use ewc_core::model::{JobKind, WorkloadClass};
use ewc_scenario::{Scenario, SiteDef};

use super::terrain::Terrain;
use super::{Expectation, GeneratedJob, PayloadPlan, Workload, WorkloadError};
use crate::dice::Dice;
use catalogue::Catalogue;
use online::Reach;
use order::{Draft, Order};

pub use mix::Mix;
pub(super) use order::nothing;
pub use stream::NationalJobs;

/// Makes a workload for a scenario of which these sites take part. The same arguments give the same
/// workload on every platform.
///
/// # Errors
/// Says so when no site takes part, nobody asks, or a class of the mix can run nowhere.
pub fn generate(
    mix: &Mix,
    scenario: &Scenario,
    sites: &[&SiteDef],
    payloads: PayloadPlan<'_>,
) -> Result<Workload, WorkloadError> {
    let terrain = Terrain::new(scenario, sites)?;
    let mut maker = Maker {
        mix,
        first: 0,
        terrain: &terrain,
        catalogue: &mut Catalogue::default(),
    };
    let jobs = (0..mix.jobs).map(|number| maker.job(number));
    let mut jobs = jobs.collect::<Result<Vec<GeneratedJob>, _>>()?;
    jobs.sort_by_key(|job| job.submit_ms);
    plant_failures(mix, &mut jobs);
    jobs.iter_mut().for_each(|job| job.fill(payloads));
    Ok(Workload {
        jobs,
        datasets: std::mem::take(maker.catalogue).into_datasets(),
    })
}

struct Maker<'a> {
    mix: &'a Mix,
    /// Jobs that were made before those of this mix.
    first: u64,
    terrain: &'a Terrain<'a>,
    catalogue: &'a mut Catalogue,
}

impl Maker<'_> {
    fn job(&mut self, number: u32) -> Result<GeneratedJob, WorkloadError> {
        let class = self.mix.class_of(number);
        let of_all = self.first + u64::from(number);
        let mut dice = Dice::new(self.mix.seed, of_all);
        let reach = Reach::draw(&mut dice, class);
        let region = self.draw_region(&mut dice, class, reach)?;
        let def = self.terrain.regions[region].def;
        let submit_ms = arrivals::submit_ms(&mut dice, self.mix, class, def);
        let mut order = Order::new(self.mix, self.terrain, dice, class, region);
        order.key = format!("{}-{of_all:05}", class.name().replace('_', "-"));
        order.submit_ms = submit_ms;
        let draft = self.draft(&mut order, reach)?;
        Ok(GeneratedJob {
            submit_ms,
            key: order.key,
            tenant: order.tenant.to_owned(),
            region: def.name.clone(),
            spec: draft.spec,
            class,
            expected: draft.expected,
            run_ms: draft.run_ms,
        })
    }

    fn draft(
        &mut self,
        order: &mut Order<'_>,
        reach: Option<Reach>,
    ) -> Result<Draft, WorkloadError> {
        let catalogue = &mut *self.catalogue;
        let draft = match (order.class, reach) {
            (_, Some(reach)) => online::draft(order, catalogue, reach),
            (WorkloadClass::StorageBackup, None) => offline::storage(order, catalogue),
            (WorkloadClass::Render, None) => offline::render(order, catalogue),
            (WorkloadClass::Train, None) => train::draft(order, catalogue),
            (_, None) => offline::batch(order, catalogue),
        };
        draft.ok_or(WorkloadError::NoPool(order.class))
    }

    /// A demand region by its traffic, of those from which a site is within reach.
    fn draw_region(
        &self,
        dice: &mut Dice,
        class: WorkloadClass,
        reach: Option<Reach>,
    ) -> Result<usize, WorkloadError> {
        let weight = |position: usize| match reach {
            Some(reach) if reach.pools(self.terrain, position).is_empty() => 0,
            _ => i64::from(self.terrain.regions[position].def.traffic_weight),
        };
        let weights: Vec<i64> = (0..self.terrain.regions.len()).map(weight).collect();
        let region = dice.weighted(weights.iter().copied());
        region.ok_or(WorkloadError::NoPool(class))
    }
}

/// Lets some batch jobs fail, spread evenly over the workload.
fn plant_failures(mix: &Mix, jobs: &mut [GeneratedJob]) {
    let is_batch = |job: &GeneratedJob| job.spec.kind == JobKind::Batch;
    let batch: Vec<usize> = (0..jobs.len()).filter(|at| is_batch(&jobs[*at])).collect();
    let failures = batch.len().min(mix.fail_jobs as usize);
    for failure in 0..failures {
        let job = &mut jobs[batch[failure * batch.len() / failures]];
        job.spec.retries = 0;
        job.expected = Expectation::Fails {
            exit_code: mix.fail_exit_code,
        };
    }
}
