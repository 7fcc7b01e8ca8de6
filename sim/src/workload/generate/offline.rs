//! What may wait and travel: analysis, backup and rendering, which the programme sends west.

use ewc_core::model::{
    AcceleratorFamily, DataGrade, JobKind, JobSpec, PoolSpec, StorageSpec, Weights,
};

use super::super::Expectation;
use super::catalogue::{Catalogue, Wanted};
use super::order::{Draft, GB, HOUR_MS, Order, TB, accelerators, cores};

/// Off-line analysis (离线) of the day's tables.
pub(super) fn batch(order: &mut Order<'_>, catalogue: &mut Catalogue) -> Option<Draft> {
    let mut spec = reading(order, catalogue, (TB, 14 * TB), 250, 250);
    if order.dice.chance(600) {
        spec.regions = order.terrain.western_regions(None);
    }
    let places = order.terrain.cluster_pools(&spec.regions);
    let place = order.choose(&spec, &places, |_| true)?;
    let estimate_ms = order.estimate_ms((20, 300));
    let wanted = order.dice.pick(&[8, 16, 32, 64]).unwrap_or(8);
    let task = cores(wanted, place.pool);
    let count = order.count(&[1, 2, 4, 8], place.pool, task);
    let mut group = order.group(task, count, estimate_ms);
    if order.dice.chance(250) {
        group.architecture.clone_from(&place.pool.architecture);
    }
    spec.groups = vec![group];
    spec.priority = i32::try_from(order.dice.between(-100, 50)).unwrap_or(0);
    spec.retries = u32::try_from(order.dice.between(0, 2)).unwrap_or(0);
    if order.dice.chance(150) {
        spec.release_ms = order.submit_ms + order.dice.between(1, 3) * HOUR_MS;
    }
    if order.dice.chance(200) {
        spec.weights = Some(Weights {
            carbon_permille: 3000,
            delay_permille: 500,
            ..Weights::default()
        });
    }
    if order.dice.chance(700) {
        let to_owner = order.dice.chance(700);
        let report = order.output("report", (50 * GB, 500 * GB), to_owner);
        spec.outputs.push(report);
    }
    Some(finished(order, spec, estimate_ms, 400))
}

/// A backup (存储备份) that is kept away from its origin.
pub(super) fn storage(order: &mut Order<'_>, catalogue: &mut Catalogue) -> Option<Draft> {
    let mut spec = reading(order, catalogue, (4 * TB, 24 * TB), 0, 350);
    let origin = &order.terrain.home_of(order.region).spec.region;
    spec.regions = order.terrain.western_regions(Some(origin));
    let places = order.terrain.cluster_pools(&spec.regions);
    let place = order.choose(&spec, &places, |_| true)?;
    let keep_for_ms = order.estimate_ms((60, 300));
    let mut group = order.group(cores(1, place.pool), 1, keep_for_ms);
    group.time_limit_ms = keep_for_ms + order.mix.limit_slack_ms.max(0);
    spec.kind = JobKind::Storage;
    spec.groups = vec![group];
    spec.storage = Some(StorageSpec {
        keep_for_ms,
        copies: 1,
        distance_km_min: 0,
        refresh_every_ms: 0,
    });
    spec.priority = -200;
    spec.retries = u32::try_from(order.dice.between(1, 2)).unwrap_or(1);
    Some(Draft {
        spec,
        expected: Expectation::StoppedAfter { ms: keep_for_ms },
        run_ms: keep_for_ms,
    })
}

/// Frames of a film (渲染): 1 to 50 TB of scenes, 0.5 to 5 TB of frames.
pub(super) fn render(order: &mut Order<'_>, catalogue: &mut Catalogue) -> Option<Draft> {
    let mut spec = reading(order, catalogue, (TB, 50 * TB), 150, 0);
    if order.dice.chance(700) {
        spec.regions = order.terrain.western_regions(None);
    }
    let places = order.terrain.cluster_pools(&spec.regions);
    let cuda = |pool: &PoolSpec| pool.accelerator_family == Some(AcceleratorFamily::Cuda);
    let estimate_ms = order.estimate_ms((60, 360));
    let group = match order.choose(&spec, &places, cuda) {
        Some(place) => {
            let task = accelerators(8, place.pool);
            let count = order.count(&[2, 4, 6, 8], place.pool, task);
            let mut group = order.group(task, count, estimate_ms);
            group.accelerator_families = vec![AcceleratorFamily::Cuda];
            group
        }
        None => {
            let place = order.choose(&spec, &places, |_| true)?;
            let task = cores(64, place.pool);
            let count = order.count(&[2, 4, 6, 8], place.pool, task);
            order.group(task, count, estimate_ms)
        }
    };
    spec.groups = vec![group];
    spec.preemptible = true;
    spec.retries = u32::try_from(order.dice.between(0, 2)).unwrap_or(0);
    let frames = order.output("frames", (TB / 2, 5 * TB), true);
    spec.outputs.push(frames);
    Some(finished(order, spec, estimate_ms, 500))
}

/// A specification that reads one data set of the owner's.
fn reading(
    order: &mut Order<'_>,
    catalogue: &mut Catalogue,
    size_bytes: (i64, i64),
    reuse_permille: i64,
    important_permille: i64,
) -> JobSpec {
    let wanted = Wanted {
        class: order.class,
        home_site: order.home(),
        tenant: order.tenant,
        size_bytes,
        reuse_permille,
        from_anywhere: false,
        important_permille,
    };
    let data = catalogue.find_or_make(&mut order.dice, order.mix, &wanted);
    order.spec(&[catalogue.get(data)])
}

/// A batch job that succeeds, with a deadline in so many of a thousand cases.
pub(super) fn finished(
    order: &mut Order<'_>,
    mut spec: JobSpec,
    estimate_ms: i64,
    deadline_permille: i64,
) -> Draft {
    // Results of important data are copied to another hub, within the regions it may stand in.
    let copied = spec.data_grade >= DataGrade::Important && !spec.outputs.is_empty();
    if copied && order.terrain.hubs_in(&spec.regions) < 2 {
        spec.regions.clear();
    }
    spec.deadline_ms = order.deadline_ms(&spec, deadline_permille);
    Draft {
        spec,
        expected: Expectation::Succeeds,
        run_ms: order.run_ms(estimate_ms),
    }
}
