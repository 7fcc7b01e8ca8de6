//! Random submissions of every kind.

use ewc_core::State;
use ewc_core::command::Submission;
use ewc_core::model::{
    CheckpointSpec, DataGrade, Input, JobId, JobKind, JobSpec, LatencyLimit, Layer, OnDisconnect,
    Output, ServiceSpec, StorageSpec, TaskGroup, TrafficShare, WorkloadClass,
};

use crate::build::{self, HOUR, MINUTE};
use crate::random::Random;

/// One to three jobs; keys come from a small set, so that some repeat with the same or another
/// body.
pub fn submissions(random: &mut Random, state: &State) -> Vec<Submission> {
    let count = random.range(1, 4);
    (0..count)
        .map(|_| {
            let key = format!("k{}", random.below(40));
            let body = random.below(12) as u8 / 10;
            let mut submission = build::submission(&key, body, urgent_or_any(random, state));
            submission.tenant = random.pick(&["tenant", "tenant", "b", "c"]).to_owned();
            submission
        })
        .collect()
}

/// Now and then a job that only fits where another one runs.
fn urgent_or_any(random: &mut Random, state: &State) -> JobSpec {
    let runs = state.jobs().values().find(|job| job.state.is_started());
    let placement = runs.and_then(|job| job.placement.as_deref());
    let (Some(placement), true) = (placement, random.chance(25)) else {
        return spec(random, state);
    };
    let pool = &state.pools()[placement.groups[0].pool.index()];
    let mut group = build::group("g0", pool.spec.node, 5 * MINUTE, 10 * MINUTE);
    group.count = pool.spec.nodes;
    let mut job = build::job("urgent", vec![group]);
    job.priority = 5;
    job.sites
        .push(state.sites()[pool.site.index()].spec.name.clone());
    job.deadline_ms = Some(state.now_ms() + random.range(15, 60) * MINUTE);
    job
}

fn spec(random: &mut Random, state: &State) -> JobSpec {
    let mut groups = vec![group(random, "g0")];
    if random.chance(25) {
        groups.push(group(random, "g1"));
    }
    let mut job = build::job("job", groups);
    job.priority = random.range(-1, 3) as i32;
    if random.chance(30) {
        job.class = WorkloadClass::Render;
    }
    job.retries = random.pick(&[0, 0, 1, 2, 3]);
    if random.chance(40) {
        job.on_disconnect = OnDisconnect::Stop;
    }
    if random.chance(45) {
        add_inputs(random, state, &mut job);
    }
    if random.chance(30) {
        add_outputs(random, state, &mut job);
    }
    if random.chance(20) {
        add_service(random, state, &mut job);
    } else if random.chance(15) {
        add_storage(random, state, &mut job);
    }
    if random.chance(25) {
        let earliest_ms = state.now_ms() + random.range(0, 3) * HOUR;
        job.deadline_ms = Some(earliest_ms + random.range(1, 10) * HOUR);
    }
    if random.chance(15) {
        job.release_ms = state.now_ms() + random.range(0, 4 * HOUR);
    }
    job.preemptible = random.chance(60);
    job.checkpointable = random.chance(50);
    add_checkpoint(random, &mut job);
    add_rules(random, state, &mut job);
    job
}

/// Some of those that say so are not checkpointable, which no door lets in and the core minds.
fn add_checkpoint(random: &mut Random, job: &mut JobSpec) {
    if !random.chance(80) {
        return;
    }
    job.checkpoint = Some(CheckpointSpec {
        path: "checkpoint".to_owned(),
        size_bytes: random.pick(&[0, 1, 1, 5, 20]) * 1_000_000_000,
        every_ms: random.pick(&[-1, 0, 1, MINUTE, 5 * MINUTE, 20 * MINUTE]),
        restart_ms: random.pick(&[0, 0, MINUTE, 5 * MINUTE, i64::MIN, i64::MAX]),
    });
    if let (true, Some(checkpoint)) = (random.chance(90), &mut job.checkpoint) {
        checkpoint.restart_ms = checkpoint.restart_ms.clamp(0, HOUR / 4);
    }
    job.checkpointable |= random.chance(70);
}

fn group(random: &mut Random, name: &str) -> TaskGroup {
    let accelerators = i64::from(random.chance(10));
    let need = build::resources(random.range(1, 5), random.range(0, 4) * 1_024, accelerators);
    let estimate_ms = random.range(5, 120) * MINUTE;
    let limit_ms = estimate_ms + random.range(0, 60) * MINUTE;
    let mut group = build::group(name, need, estimate_ms, limit_ms);
    group.count = random.pick(&[1, 1, 1, 2, 3]);
    group.gang = random.chance(20);
    if accelerators > 0 && random.chance(50) {
        let permille = random.pick(&[1, 400, 1_000, 1_500, 0]);
        group.throughput_permille.insert("m".to_owned(), permille);
    }
    group
}

fn add_inputs(random: &mut Random, state: &State, job: &mut JobSpec) {
    let names: Vec<String> = state.datasets().keys().cloned().collect();
    for _ in 0..random.range(1, 3) {
        if names.is_empty() {
            return;
        }
        let dataset = random.pick(&names);
        if job.inputs.iter().all(|input| input.dataset != dataset) {
            job.inputs.push(Input {
                dataset,
                mount: String::new(),
            });
        }
    }
}

fn add_outputs(random: &mut Random, state: &State, job: &mut JobSpec) {
    for at in 0..random.range(1, 3) {
        let to = &state.sites()[random.below(state.sites().len())].spec.name;
        job.outputs.push(Output {
            dataset: format!("o{}", random.below(3) as i64 + 3 * at),
            path: "out".to_owned(),
            size_bytes: random.range(1, 20) * 1_000_000_000,
            deliver_to: match random.chance(75) {
                true => to.clone(),
                false => String::new(),
            },
        });
    }
}

fn add_service(random: &mut Random, state: &State, job: &mut JobSpec) {
    job.kind = JobKind::Service;
    let none = random.chance(30);
    let regions = state.regions().iter().filter(|_| !none);
    let traffic = regions.map(|region| TrafficShare {
        region: region.name.clone(),
        weight: random.range(0, 4) as u32,
    });
    let traffic = traffic.collect();
    job.service = Some(ServiceSpec {
        run_for_ms: job.groups[0].estimate_ms,
        bandwidth_bps: random.range(1, 6) * 50_000_000,
        traffic,
        spread_sites_min: random.pick(&[0, 1, 2, 2, 3, u32::MAX]),
    });
    if job.is_spread() && random.chance(90) {
        job.groups[0].count = 3;
    }
    if random.chance(50) {
        job.latency_limits.push(near_r0(random));
    }
}

fn add_storage(random: &mut Random, state: &State, job: &mut JobSpec) {
    if job.inputs.is_empty() {
        add_inputs(random, state, job);
    }
    job.kind = JobKind::Storage;
    job.storage = Some(StorageSpec {
        keep_for_ms: job.groups[0].estimate_ms,
        copies: random.pick(&[0, 1, 1, 2, 2, 2, 3, u32::MAX]),
        distance_km_min: random.pick(&[0, 0, 3_000, 15_000, i64::MIN]),
        refresh_every_ms: random.pick(&[0, 1, 12, 60]) * HOUR,
    });
}

fn near_r0(random: &mut Random) -> LatencyLimit {
    LatencyLimit {
        region: "r0".to_owned(),
        one_way_us_max: random.range(2_000, 12_000),
        layer: Layer::PrivateIp,
    }
}

/// Rules that rule sites out, dependencies, and names that do not exist.
fn add_rules(random: &mut Random, state: &State, job: &mut JobSpec) {
    if random.chance(10) {
        job.mlps_level = random.range(1, 4) as u32;
    }
    if random.chance(10) {
        job.latency_limits.push(near_r0(random));
    }
    if random.chance(8) {
        job.carriers.push("t".to_owned());
    }
    if random.chance(15) {
        job.data_grade = DataGrade::Important;
    }
    if random.chance(25) {
        job.sites.push("s0".to_owned());
    }
    if random.chance(5) {
        job.green_floor_permille = 300;
    }
    if random.chance(12) {
        let job_ids: Vec<JobId> = state.jobs().keys().copied().collect();
        if !job_ids.is_empty() {
            job.after_ok.push(random.pick(&job_ids));
        }
    }
    if random.chance(2) {
        job.sites.push("nowhere".to_owned());
    }
}
