//! What serves people: realtime and near-realtime, bound to a demand region by latency.

use ewc_core::model::{
    JobKind, JobSpec, LatencyLimit, Layer, ServiceSpec, TaskGroup, TrafficShare, WorkloadClass,
};

use super::super::Expectation;
use super::super::terrain::{Place, Terrain};
use super::catalogue::{Catalogue, Wanted};
use super::order::{Draft, GB, Order, accelerators, cores};
use crate::dice::Dice;

const MBPS: i64 = 1_000_000;
/// The programme's circle for realtime.
const REALTIME_US: i64 = 5_000;
const NEAR_REALTIME_US: (i64, i64) = (5_000, 10_000);

/// How near the users a site has to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    layer: Layer,
    one_way_us_max: i64,
}

impl Reach {
    /// `None` for classes that may run anywhere.
    pub(super) fn draw(dice: &mut Dice, class: WorkloadClass) -> Option<Reach> {
        let one_way_us_max = match class {
            WorkloadClass::Realtime => REALTIME_US,
            WorkloadClass::NearRealtime => {
                let (low, high) = NEAR_REALTIME_US;
                dice.between(low / 1000, high / 1000) * 1000
            }
            _ => return None,
        };
        let optical = dice.chance(350);
        Some(Reach {
            layer: if optical {
                Layer::Optical
            } else {
                Layer::PrivateIp
            },
            one_way_us_max,
        })
    }

    /// The pools within reach of a demand region.
    pub(super) fn pools<'a>(self, terrain: &Terrain<'a>, region: usize) -> Vec<Place<'a>> {
        terrain.pools_within(region, self.layer, self.one_way_us_max)
    }
}

/// A service with steady traffic, or a short job that its users wait for.
pub(super) fn draft(
    order: &mut Order<'_>,
    catalogue: &mut Catalogue,
    reach: Reach,
) -> Option<Draft> {
    let realtime = order.class == WorkloadClass::Realtime;
    let wanted = Wanted {
        class: order.class,
        home_site: order.home(),
        tenant: order.tenant,
        // A trained model, or a map with its updates.
        size_bytes: if realtime {
            (50 * GB, 500 * GB)
        } else {
            (100 * GB, 2_000 * GB)
        },
        reuse_permille: 500,
        from_anywhere: false,
        important_permille: 100,
    };
    let data = catalogue.find_or_make(&mut order.dice, order.mix, &wanted);
    let mut spec = order.spec(&[catalogue.get(data)]);
    spec.latency_limits = vec![LatencyLimit {
        region: order.terrain.regions[order.region].def.name.clone(),
        one_way_us_max: reach.one_way_us_max,
        layer: reach.layer,
    }];
    let (low, high) = if realtime { (300, 500) } else { (100, 300) };
    spec.priority = i32::try_from(order.dice.between(low, high)).unwrap_or(0);
    spec.retries = u32::from(order.dice.chance(600));
    let places = reach.pools(order.terrain, order.region);
    if order.dice.chance(700) {
        service(order, spec, &places)
    } else {
        request(order, spec, &places)
    }
}

fn service<'a>(order: &mut Order<'a>, mut spec: JobSpec, places: &[Place<'a>]) -> Option<Draft> {
    let run_for_ms = order.estimate_ms((45, 300));
    let mut group = group(order, &spec, places, run_for_ms)?;
    group.time_limit_ms = run_for_ms + order.mix.limit_slack_ms.max(0);
    let mbps = order.dice.between(100, 5_000);
    spec.kind = JobKind::Service;
    spec.groups = vec![group];
    spec.service = Some(ServiceSpec {
        run_for_ms,
        bandwidth_bps: order.mix.scaled(mbps * MBPS),
        traffic: traffic(order),
        spread_sites_min: 1,
    });
    Some(Draft {
        spec,
        expected: Expectation::StoppedAfter { ms: run_for_ms },
        run_ms: run_for_ms,
    })
}

fn request<'a>(order: &mut Order<'a>, mut spec: JobSpec, places: &[Place<'a>]) -> Option<Draft> {
    let estimate_ms = order.estimate_ms((15, 60));
    spec.groups = vec![group(order, &spec, places, estimate_ms)?];
    Some(Draft {
        spec,
        expected: Expectation::Succeeds,
        run_ms: order.run_ms(estimate_ms),
    })
}

/// Inference on accelerators of whatever family is near, or processors alone.
fn group<'a>(
    order: &mut Order<'a>,
    spec: &JobSpec,
    places: &[Place<'a>],
    estimate_ms: i64,
) -> Option<TaskGroup> {
    let inference = order.dice.chance(400);
    let accelerated = |pool: &ewc_core::model::PoolSpec| pool.node.accelerators > 0;
    if let Some(place) = order
        .choose(spec, places, accelerated)
        .filter(|_| inference)
    {
        let wanted = order.dice.between(1, 2);
        let task = accelerators(wanted, place.pool);
        let count = order.count(&[1, 1, 2], place.pool, task);
        let mut group = order.group(task, count, estimate_ms);
        group.accelerator_families = place.pool.accelerator_family.into_iter().collect();
        return Some(group);
    }
    let place = order.choose(spec, places, |_| true)?;
    let wanted = order.dice.pick(&[2, 4, 8, 16]).unwrap_or(2);
    let task = cores(wanted, place.pool);
    let count = order.count(&[1, 1, 2, 3], place.pool, task);
    Some(order.group(task, count, estimate_ms))
}

/// Most of the traffic goes to the owner's region, a part of it at times to another.
fn traffic(order: &mut Order<'_>) -> Vec<TrafficShare> {
    let share = |region: usize, weight| TrafficShare {
        region: order.terrain.regions[region].def.name.clone(),
        weight,
    };
    let mut traffic = vec![share(order.region, 4)];
    let other = order
        .dice
        .between(0, order.terrain.regions.len() as i64 - 1) as usize;
    if other != order.region && order.dice.chance(300) {
        traffic.push(share(other, 1));
    }
    traffic
}
