//! Training (训练): gangs on accelerators, reading corpora that several jobs share.

use std::collections::BTreeSet;

use ewc_core::model::{AcceleratorFamily, JobSpec, PoolSpec, TaskGroup};

use super::super::terrain::Place;
use super::catalogue::{Catalogue, Wanted};
use super::offline::finished;
use super::order::{Draft, Order, TB, accelerators, cores};

/// Families with how often they are asked for, A.
const FAMILIES: [(AcceleratorFamily, i64); 4] = [
    (AcceleratorFamily::Cuda, 45),
    (AcceleratorFamily::Cann, 40),
    (AcceleratorFamily::Dtk, 8),
    (AcceleratorFamily::Neuware, 7),
];

/// One training run on a corpus of 10 to 100 TB, which leaves a checkpoint.
pub(super) fn draft(order: &mut Order<'_>, catalogue: &mut Catalogue) -> Option<Draft> {
    let wanted = Wanted {
        class: order.class,
        home_site: order.home(),
        tenant: order.tenant,
        size_bytes: (10 * TB, 100 * TB),
        reuse_permille: 550,
        from_anywhere: true,
        important_permille: 150,
    };
    let data = catalogue.find_or_make(&mut order.dice, order.mix, &wanted);
    let mut spec = order.spec(&[catalogue.get(data)]);
    if order.dice.chance(500) {
        spec.regions = order.terrain.western_regions(None);
    }
    let places = order.terrain.cluster_pools(&spec.regions);
    let estimate_ms = order.estimate_ms((60, 360));
    let place = accelerated_place(order, &spec, &places)?;
    let gang = gang(order, &places, place, estimate_ms);
    spec.groups = vec![gang];
    add_evaluation(order, &mut spec, place, estimate_ms);
    spec.checkpointable = true;
    spec.priority = i32::try_from(order.dice.between(0, 100)).unwrap_or(0);
    spec.retries = u32::try_from(order.dice.between(0, 2)).unwrap_or(0);
    let to_owner = order.dice.chance(600);
    let checkpoint = order.output("checkpoint", (TB / 10, 2 * TB), to_owner);
    spec.outputs.push(checkpoint);
    Some(finished(order, spec, estimate_ms, 250))
}

fn accelerated_place<'a>(
    order: &mut Order<'a>,
    spec: &JobSpec,
    places: &[Place<'a>],
) -> Option<Place<'a>> {
    let weight = |(family, weight): &(AcceleratorFamily, i64)| {
        let present = places
            .iter()
            .any(|place| place.pool.accelerator_family == Some(*family));
        if present { *weight } else { 0 }
    };
    let weights: Vec<i64> = FAMILIES.iter().map(weight).collect();
    let drawn = order.dice.weighted(weights.iter().copied());
    let family = drawn.map(|position| FAMILIES[position].0);
    let of_family = |pool: &PoolSpec| pool.accelerator_family == family && family.is_some();
    let any = |pool: &PoolSpec| pool.node.accelerators > 0;
    let found = order.choose(spec, places, of_family);
    found.or_else(|| order.choose(spec, places, any))
}

/// 1 to 8 tasks of 1 to 8 accelerators, of which all start together.
fn gang<'a>(
    order: &mut Order<'a>,
    places: &[Place<'a>],
    place: Place<'a>,
    estimate_ms: i64,
) -> TaskGroup {
    let wanted = order.dice.pick(&[1, 2, 4, 8, 8, 8]).unwrap_or(8);
    let task = accelerators(wanted, place.pool);
    let count = order.count(&[1, 2, 4, 4, 8, 8], place.pool, task);
    let mut group = order.group(task, count, estimate_ms);
    group.name = "workers".to_owned();
    group.gang = true;
    group.accelerator_families = place.pool.accelerator_family.into_iter().collect();
    match order.dice.between(0, 9) {
        // This model and no other.
        0..=2 => group.accelerator_models = vec![place.pool.accelerator_model.clone()],
        // Any model of the family that there is.
        3..=5 => group.accelerator_models = models(places, place.pool),
        // A program built for both of the large families.
        6 => group.accelerator_families = both_families(place.pool),
        _ => {}
    }
    group
}

fn models(places: &[Place<'_>], like: &PoolSpec) -> Vec<String> {
    let same = |place: &&Place<'_>| place.pool.accelerator_family == like.accelerator_family;
    let names = places
        .iter()
        .filter(same)
        .map(|place| &place.pool.accelerator_model);
    let names: BTreeSet<&String> = names.collect();
    names.into_iter().cloned().collect()
}

fn both_families(pool: &PoolSpec) -> Vec<AcceleratorFamily> {
    match pool.accelerator_family {
        Some(AcceleratorFamily::Cuda | AcceleratorFamily::Cann) => {
            vec![AcceleratorFamily::Cuda, AcceleratorFamily::Cann]
        }
        other => other.into_iter().collect(),
    }
}

/// At times a second group beside the gang looks at its checkpoints, on processors alone.
fn add_evaluation(order: &mut Order<'_>, spec: &mut JobSpec, place: Place<'_>, estimate_ms: i64) {
    let pools = &place.site.spec.pools;
    let plain = pools.iter().find(|pool| pool.node.accelerators == 0);
    if let Some(pool) = plain.filter(|_| order.dice.chance(150)) {
        let mut group = order.group(cores(8, pool), 1, estimate_ms);
        group.name = "evaluation".to_owned();
        spec.groups.push(group);
    }
}
