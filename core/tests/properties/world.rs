//! A small random network to begin with.

use ewc_core::command::{Command, LinkDefinition};
use ewc_core::model::{
    AcceleratorFamily, EnergyPoint, EnergySeries, Layer, Policy, PolicyKind, PoolSpec, Quota,
    SiteId, SiteSpec, Steering, SteeringEffect, SteeringSites, TenantPolicy, Weights,
    WorkloadClass,
};

use crate::build::{self, HOUR, MINUTE};
use crate::random::Random;

/// Where the network's time begins.
pub const START_MS: i64 = 1_000_000 * HOUR;

/// The commands that set up 3–5 sites, 4–7 links, 1–2 regions and some data.
pub fn setup(random: &mut Random) -> Vec<Command> {
    let sites = random.range(3, 6);
    let mut nodes: Vec<String> = (0..sites).map(|at| format!("s{at}")).collect();
    nodes.push("x".to_owned());
    let links = random.range(4, 8);
    let links = (0..links).map(|at| link(random, &nodes, at)).collect();
    let regions = random.range(1, 3);
    let regions = (0..regions)
        .map(|at| build::region(&format!("r{at}"), &random.pick(&nodes)))
        .collect();
    let mut commands = vec![
        Command::DefineNetwork {
            nodes: nodes.iter().map(|name| build::node(name)).collect(),
            links,
            regions,
        },
        Command::SetPolicy {
            policy: policy(random),
            replaces: None,
        },
    ];
    for at in 0..sites {
        commands.push(Command::RegisterSite {
            spec: site(random, at),
            incarnation: 1,
            data_address: String::new(),
        });
    }
    for at in 0..random.range(1, 4) {
        let at_site = SiteId(random.range(0, sites) as u32);
        let size_bytes = random.range(1, 40) * 1_000_000_000;
        let mut dataset = build::dataset(&format!("d{at}"), size_bytes, &[at_site]);
        if random.chance(15) {
            dataset.grade = ewc_core::model::DataGrade::Important;
        }
        commands.push(Command::RegisterDataset(dataset));
    }
    commands
}

/// A random link; with few nodes, parallel ones are common.
pub fn link(random: &mut Random, nodes: &[String], at: i64) -> LinkDefinition {
    // A chain first, so that most networks are connected.
    let a = (at as usize).min(nodes.len() - 1);
    let b = match (at as usize) + 1 < nodes.len() {
        true => (at as usize) + 1,
        false => (a + 1 + random.below(nodes.len() - 1)) % nodes.len(),
    };
    let mut link = build::link(&format!("l{at}"), &nodes[a], &nodes[b]);
    link.capacity_bps = random.range(1, 11) * 100_000_000;
    link.usable_permille = random.pick(&[1000, 1000, 800, 500]);
    link.one_way_us = random.range(0, 5) * 1_000;
    link.carrier = random.pick(&["t", "t", "t", "u"]).to_owned();
    link.layer = random.pick(&[Layer::PrivateIp, Layer::PrivateIp, Layer::PublicIp]);
    link.encrypted = random.chance(80);
    link
}

/// Short horizons keep the planner quick.
pub fn policy(random: &mut Random) -> Policy {
    // Under a short horizon work fits nowhere, and others have to give way.
    let horizon_ms = random.pick(&[HOUR / 4, HOUR / 4, 2 * HOUR, 6 * HOUR, 12 * HOUR]);
    let tenants = ["b", "c"].map(|name| (name.to_owned(), tenant(random)));
    Policy {
        version: 0,
        tenants: tenants.into(),
        other_tenants: tenant(random),
        steering: (0..random.below(3)).map(|_| steering(random)).collect(),
        preemption_grace_ms: random.pick(&[0, 30_000, 20 * MINUTE]),
        kind: PolicyKind::Greedy,
        horizon_ms,
        slot_ms: random.pick(&[2 * HOUR, 3 * HOUR]).min(horizon_ms),
        routes: random.pick(&[1, 2, 3]),
        margin_ms: random.pick(&[0, 30_000, 30_000, 10 * MINUTE]),
        delay_micro_cny_per_hour: random.pick(&[0, 50_000, 5_000_000]),
        moves_max: random.pick(&[0, 1, 2, 2, 100]),
        move_gain_permille: random.pick(&[0, 0, 100, 500]),
        ..Policy::default()
    }
}

/// Often limited, and now and then to nothing.
fn tenant(random: &mut Random) -> TenantPolicy {
    let limit = |random: &mut Random, limits: &[i64]| match random.chance(20) {
        true => Some(random.pick(limits)),
        false => None,
    };
    TenantPolicy {
        share_permille: random.pick(&[1, 500, 1000, 4000]),
        weights: Weights {
            money_permille: random.pick(&[0, 1000, 3000]),
            ..Weights::default()
        },
        quota: Quota {
            cpu_millis: limit(random, &[0, 3_000, 6_000, 12_000]),
            memory_mib: limit(random, &[4_096, 16_384]),
            accelerators: limit(random, &[0, 1]),
            queued: random.chance(30).then(|| random.range(0, 6) as u64),
        },
    }
}

fn steering(random: &mut Random) -> Steering {
    Steering {
        class: random.pick(&[WorkloadClass::BatchOffline, WorkloadClass::Render]),
        demand: Vec::new(),
        sites: random.pick(&[
            SteeringSites::At(vec!["s0".to_owned()]),
            SteeringSites::Elsewhere(vec!["s1".to_owned(), "s2".to_owned()]),
            SteeringSites::Beyond {
                one_way_us: 5_000,
                layer: Layer::PrivateIp,
            },
            SteeringSites::GreenPowerBelow { permille: 500 },
        ]),
        effect: random.pick(&[
            SteeringEffect::RuleOut,
            SteeringEffect::Extra {
                micro_cny_per_core_hour: 100_000,
                micro_cny_per_accelerator_hour: 0,
            },
        ]),
    }
}

pub fn site(random: &mut Random, at: i64) -> SiteSpec {
    let mut pools = vec![pool(random, "p0")];
    if random.chance(30) {
        pools.push(pool(random, "p1"));
    }
    let mut site = build::site(&format!("s{at}"), pools);
    site.mlps_level = random.range(1, 5) as u32;
    site.longitude_udeg = random.range(-180, 180) * 1_000_000;
    site.hub = random.pick(&["h0", "h1", "h1", ""]).to_owned();
    site
}

fn pool(random: &mut Random, name: &str) -> PoolSpec {
    let accelerators = random.pick(&[0, 0, 2]);
    let node = build::resources(random.range(2, 7), 8_192, accelerators);
    let mut pool = build::pool(name, node, random.pick(&[1, 1, 1, 2, 3]));
    if accelerators > 0 {
        pool.accelerator_family = Some(AcceleratorFamily::Cuda);
        pool.accelerator_model = random.pick(&["m", "n"]).to_owned();
    }
    pool.price_micro_cny_per_core_hour = random.range(0, 5) * 50_000;
    pool
}

/// A forecast of a few steps around `now_ms`.
pub fn energy(random: &mut Random, now_ms: i64) -> EnergySeries {
    let points = (0..random.range(0, 6)).map(|_| EnergyPoint {
        renewable_permille: random.range(0, 1001) as u32,
        contracted_permille: random.range(0, 1001) as u32,
        grid_mg_per_wh: random.range(0, 900),
        price_micro_cny_per_kwh: random.range(100_000, 900_000),
        pue_permille: random.range(1_000, 1_500) as u32,
        wue_ml_per_kwh: random.range(0, 2_000),
    });
    EnergySeries {
        issued_at_ms: now_ms,
        points: points.collect(),
        start_ms: now_ms + random.range(-2, 2) * HOUR,
        step_ms: HOUR,
        source: "test".to_owned(),
    }
}
