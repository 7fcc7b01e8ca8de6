//! Sites of one pool each, small jobs of many shapes, and large ones that need a whole pool.

use std::sync::Arc;

use ewc_core::command::{Command, Submission};
use ewc_core::model::{JobSpec, Policy, PolicyKind, PoolSpec, Resources, SiteSpec, TaskGroup};

use crate::draws::mix;

/// Sites.
const SITES: u32 = 16;
/// Nodes of a pool, and cores of a node.
const NODES: u32 = 24;
const CORES: u32 = 16;
/// Tenants of the small jobs.
const TENANTS: u64 = 4;

/// The commands that make the network.
pub fn commands() -> Vec<Command> {
    let policy = Policy {
        kind: PolicyKind::Price,
        horizon_ms: 60_000,
        slot_ms: 1_000,
        // A round and what follows it have to be shorter.
        margin_ms: 15_000,
        // Rounds are to take all of their time.
        gap_tolerance_permille: 0,
        ..Policy::default()
    };
    let policy = Command::SetPolicy {
        policy,
        replaces: None,
    };
    let sites = (0..SITES).map(|number| Command::RegisterSite {
        spec: site(number),
        incarnation: 1,
        data_address: String::new(),
    });
    [policy].into_iter().chain(sites).collect()
}

/// A small job: one to four cores for some seconds. Hardly two are alike, so that a round has as
/// many classes as jobs.
pub fn small(number: u64) -> Submission {
    let mixed = mix(number);
    let cores = 1 + mixed % 4;
    let time_limit_ms = 4_000 + (mixed >> 8) % 8_000;
    let tenant = format!("t{}", (mixed >> 40) % TENANTS);
    submission(tenant, format!("small-{number}"), 1, cores, time_limit_ms)
}

/// A large one: every node of some pool, for ten seconds.
pub fn large(number: u64) -> Submission {
    let key = format!("large-{number}");
    submission("large".to_owned(), key, NODES, u64::from(CORES), 10_000)
}

/// How long a run takes of its limit: less, as runs do.
pub fn runs_for_ms(job: u64, time_limit_ms: i64) -> i64 {
    time_limit_ms * (50 + (mix(job) % 40) as i64) / 100
}

fn submission(
    tenant: String,
    key: String,
    count: u32,
    cores: u64,
    time_limit_ms: u64,
) -> Submission {
    let resources = Resources {
        cpu_millis: cores as i64 * 1000,
        memory_mib: cores as i64 * 1024,
        accelerators: 0,
    };
    let estimate_ms = time_limit_ms as i64 * 7 / 10;
    let group = TaskGroup {
        count,
        gang: count > 1,
        time_limit_ms: time_limit_ms as i64,
        ..TaskGroup::of(resources, vec!["true".to_owned()], estimate_ms)
    };
    Submission {
        tenant,
        body_digest: [0; 32],
        spec: Arc::new(JobSpec {
            retries: 1,
            ..JobSpec::batch(key.clone(), vec![group])
        }),
        key,
    }
}

fn site(number: u32) -> SiteSpec {
    let pool = PoolSpec {
        name: "cpu".to_owned(),
        architecture: "x86_64".to_owned(),
        accelerator_family: None,
        accelerator_model: String::new(),
        node: Resources {
            cpu_millis: i64::from(CORES) * 1000,
            memory_mib: i64::from(CORES) * 4096,
            accelerators: 0,
        },
        nodes: NODES,
        cpu_watts_milli: 10_000,
        accelerator_watts_milli: 0,
        price_micro_cny_per_core_hour: 100_000 + i64::from(number) * 3_000,
        price_micro_cny_per_accelerator_hour: 0,
    };
    SiteSpec {
        name: format!("site-{number:02}"),
        title: String::new(),
        title_zh: String::new(),
        hub: String::new(),
        region: "bench".to_owned(),
        mlps_level: 3,
        carriers: vec!["bench".to_owned()],
        edge: false,
        latitude_udeg: 0,
        longitude_udeg: 0,
        pools: vec![pool],
    }
}
