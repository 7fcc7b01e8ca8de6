//! A run that never was, the same every time.

use ewc_core::model::WorkloadClass;

use crate::report::*;

const HOUR: i64 = 3_600_000;
const SPAN: i64 = 48 * HOUR;
/// A linear congruential step: enough for a picture.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % bound.max(1) as u64) as i64
    }
}

/// The national scenario with a made-up run of so many jobs, links and samples.
pub fn sample(jobs: usize, links: usize, samples: i64) -> RunReport {
    let scenario = ewc_scenario::national();
    let mut random = Random(7);
    let sites: Vec<SiteRow> = scenario
        .sites
        .iter()
        .enumerate()
        .map(|(at, site)| site_row(at, &site.spec, samples))
        .collect();
    let nodes = |name: &str| {
        let node = scenario
            .nodes
            .iter()
            .find(|node| node.name == name)
            .expect("a node");
        LinkEnd {
            name: node.name.clone(),
            lat: degrees(node.latitude_udeg),
            lon: degrees(node.longitude_udeg),
        }
    };
    let link = |at: usize| {
        let link = &scenario.links[at % scenario.links.len()];
        let layer = ["optical", "private_ip", "public_ip"][link.layer as usize];
        let row = LinkRow {
            id: link.name.clone(),
            a: nodes(&link.a),
            b: nodes(&link.b),
            layer: layer.to_owned(),
            capacity_bps: link.capacity_bps,
            samples: Vec::new(),
        };
        with_use(row, at as i64, samples)
    };
    RunReport {
        title: Text::new(
            "National compute network: demonstration run",
            "全国算力网络:演示运行",
        ),
        made_at: "2026-03-14 10:20 +08:00".to_owned(),
        version: "0.1.0".to_owned(),
        seed: 20_260_314,
        start_ms: 0,
        end_ms: SPAN,
        time_scale: 720,
        data_scale: 1_000_000,
        cluster: cluster(),
        counts: Default::default(),
        jobs: (0..jobs).map(|at| job(at, &sites, &mut random)).collect(),
        cities: scenario.regions.iter().map(city).collect(),
        links: (0..links).map(link).collect(),
        sites,
        comparison: comparison(jobs as u64),
        verdicts: verdicts(),
        notes: vec![Text::new(
            "Payloads were short programs that stand for long ones.",
            "负载为代表长时间作业的短程序。",
        )],
    }
}

fn degrees(udeg: i64) -> f64 {
    udeg as f64 / 1e6
}

fn city(region: &ewc_core::command::RegionDefinition) -> CityRow {
    CityRow {
        name: region.name.clone(),
        name_zh: region.name_zh.clone(),
        lat: degrees(region.latitude_udeg),
        lon: degrees(region.longitude_udeg),
    }
}

fn site_row(at: usize, spec: &ewc_core::model::SiteSpec, samples: i64) -> SiteRow {
    let cores = spec
        .pools
        .iter()
        .map(|pool| pool.node.cpu_millis / 1000 * i64::from(pool.nodes));
    let cards = spec
        .pools
        .iter()
        .map(|pool| pool.node.accelerators * i64::from(pool.nodes));
    let sample = |step: i64| {
        let hour = (step * 48 / samples.max(1)) as f64 + at as f64;
        let sun = (std::f64::consts::TAU * (hour - 7.0) / 24.0).sin().max(0.0);
        let work = 0.4 + 0.35 * (std::f64::consts::TAU * hour / 17.0).sin();
        SiteSample {
            at_ms: step * SPAN / samples.max(1),
            cores_permille: (work * 1000.0) as u32,
            accelerators_permille: (work * 800.0) as u32,
            renewable_permille: (150.0 + 60.0 * (at % 6) as f64 + 450.0 * sun) as u32,
            price_micro_cny_per_kwh: 400_000,
        }
    };
    SiteRow {
        id: spec.name.clone(),
        name: spec.title.clone(),
        name_zh: spec.title_zh.clone(),
        hub: spec.hub.clone(),
        lat: degrees(spec.latitude_udeg),
        lon: degrees(spec.longitude_udeg),
        region: spec.region.clone(),
        edge: spec.edge,
        cores: cores.sum(),
        accelerators: cards.sum(),
        samples: (0..samples).map(sample).collect(),
    }
}

/// Every third link is idle, the others carry bursts.
fn with_use(mut link: LinkRow, at: i64, samples: i64) -> LinkRow {
    let mut random = Random(at as u64);
    let sample = |step: i64| {
        let busy = at % 3 != 2 && (step / 7 + at) % 5 < 2;
        let percent = if busy { random.below(30 + at % 70) } else { 0 };
        LinkSample {
            at_ms: step * SPAN / samples.max(1),
            reserved_bps: link.capacity_bps / 100 * percent,
        }
    };
    link.samples = (0..samples).map(sample).collect();
    link
}

fn job(at: usize, sites: &[SiteRow], random: &mut Random) -> JobRow {
    let class = WorkloadClass::ALL[(random.below(36) as f64).sqrt() as usize];
    let site =
        &sites[(random.below(sites.len() as i64) * random.below(3) / 2) as usize % sites.len()];
    let submit_ms = random.below(40) * HOUR;
    let wait_ms = random.below(20) * random.below(30) * random.below(40 + at as i64 % 50) * 1000;
    let run_ms = random.below(300) * 60_000;
    let lost = at % 37 == 5;
    let energy_kwh = random.below(4_000) as f64 / 10.0;
    JobRow {
        key: format!("{}-{at:03}", class.name().replace('_', "-")),
        id: at as u64 + 1,
        class: class.name().to_owned(),
        tenant: format!("tenant-{}", at % 5),
        kind: "batch".to_owned(),
        site: if at % 53 == 9 {
            String::new()
        } else {
            site.id.clone()
        },
        hub: site.hub.clone(),
        submit_ms,
        start_ms: Some(submit_ms + wait_ms),
        end_ms: Some(submit_ms + wait_ms + run_ms),
        wait_ms: Some(wait_ms),
        state: if lost { "failed" } else { "succeeded" }.to_owned(),
        reason: if lost { "task_failed" } else { "" }.to_owned(),
        expected: at % 111 != 5,
        moved_bytes: random.below(90_000_000),
        money_cny: energy_kwh * 2.2,
        carbon_location_kg: energy_kwh * 0.52,
        carbon_market_kg: energy_kwh * 0.21,
        energy_kwh,
        renewable_permille: 300 + random.below(500) as u32,
    }
}

fn cluster() -> Cluster {
    let hubs = ["京津冀", "长三角", "粤港澳大湾区", "成渝", "贵州"];
    let member = |(at, hub): (usize, &&str)| Member {
        name: format!("scheduler-{}", at + 1),
        hub: (*hub).to_owned(),
    };
    let change = |at_ms, leader: &str, term, en: &str, zh: &str| LeaderChange {
        at_ms,
        leader: leader.to_owned(),
        term,
        cause: Text::new(en, zh),
    };
    Cluster {
        members: hubs.iter().enumerate().map(member).collect(),
        leader_changes: vec![
            change(0, "scheduler-2", 1, "start", "启动"),
            change(
                17 * HOUR,
                "scheduler-4",
                2,
                "the leader was stopped on purpose",
                "主动停止领导者",
            ),
        ],
    }
}

fn comparison(jobs: u64) -> Vec<PolicyRow> {
    let row = |name: &str, factor: f64, unplaced| PolicyRow {
        name: name.to_owned(),
        jobs,
        money_cny: 131_000.0 * factor,
        carbon_location_kg: 29_400.0 * factor,
        carbon_market_kg: 11_200.0 * factor * factor,
        energy_kwh: 58_300.0 * (1.0 + (factor - 1.0) / 5.0),
        renewable_permille: (610.0 / factor) as u32,
        wan_bytes: (13_400_000_000.0 * (2.0 - factor)) as i64,
        mean_wait_ms: (2.1 * HOUR as f64 / factor) as i64,
        p90_wait_ms: (6.4 * HOUR as f64 / factor) as i64,
        unplaced,
    };
    vec![row("greedy", 1.0, 3), row("first_fit", 1.38, 5)]
}

fn verdicts() -> Vec<Verdict> {
    let verdict = |en: &str, zh: &str, holds| Verdict {
        text: Text::new(en, zh),
        holds,
    };
    vec![
        verdict(
            "No job ran twice: 0 of 300",
            "无作业重复运行:300 个中 0 个",
            true,
        ),
        verdict(
            "The cluster had a new leader 0.9 s after the old one was stopped",
            "停止领导者后 0.9 秒选出新领导者",
            true,
        ),
        verdict(
            "3 jobs ended otherwise than the run meant them to",
            "3 个作业的结果与预期不符",
            false,
        ),
    ]
}
