//! Parts of a network, and jobs, with everything defaulted that a test does not care about.

use ewc_core::command::{LinkDefinition, RegionDefinition, Submission};
use ewc_core::model::{
    DataGrade, Dataset, JobSpec, Layer, NetworkNode, NodeKind, PoolSpec, Resources, SiteId,
    SiteSpec, TaskGroup,
};

/// A second, a minute and an hour of the network's time.
pub const SECOND: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;

pub fn node(name: &str) -> NetworkNode {
    NetworkNode {
        name: name.to_owned(),
        name_zh: String::new(),
        kind: NodeKind::Site,
        latitude_udeg: 0,
        longitude_udeg: 0,
    }
}

/// A private link of 1 Gbit/s, all of it usable.
pub fn link(name: &str, a: &str, b: &str) -> LinkDefinition {
    LinkDefinition {
        name: name.to_owned(),
        a: a.to_owned(),
        b: b.to_owned(),
        carrier: "t".to_owned(),
        layer: Layer::PrivateIp,
        one_way_us: 5_000,
        capacity_bps: 1_000_000_000,
        usable_permille: 1000,
        price_micro_cny_per_gb: 10_000,
        up: true,
        encrypted: true,
    }
}

pub fn region(name: &str, node: &str) -> RegionDefinition {
    RegionDefinition {
        name: name.to_owned(),
        name_zh: String::new(),
        node: node.to_owned(),
        access_us: 2_000,
        traffic_weight: 1,
        latitude_udeg: 0,
        longitude_udeg: 0,
    }
}

pub fn resources(cores: i64, memory_mib: i64, accelerators: i64) -> Resources {
    Resources {
        cpu_millis: cores * 1000,
        memory_mib,
        accelerators,
    }
}

/// A pool of `nodes` nodes without accelerators; its price is the same everywhere.
pub fn pool(name: &str, node: Resources, nodes: u32) -> PoolSpec {
    PoolSpec {
        name: name.to_owned(),
        architecture: "x86_64".to_owned(),
        accelerator_family: None,
        accelerator_model: String::new(),
        node,
        nodes,
        cpu_watts_milli: 10_000,
        accelerator_watts_milli: 300_000,
        price_micro_cny_per_core_hour: 100_000,
        price_micro_cny_per_accelerator_hour: 5_000_000,
    }
}

pub fn site(name: &str, pools: Vec<PoolSpec>) -> SiteSpec {
    SiteSpec {
        name: name.to_owned(),
        title: String::new(),
        title_zh: String::new(),
        hub: String::new(),
        region: name.to_owned(),
        mlps_level: 3,
        carriers: vec!["t".to_owned(), "u".to_owned()],
        edge: false,
        latitude_udeg: 0,
        longitude_udeg: 0,
        pools,
    }
}

/// One task group of one process.
pub fn group(name: &str, resources: Resources, estimate_ms: i64, limit_ms: i64) -> TaskGroup {
    TaskGroup {
        name: name.to_owned(),
        time_limit_ms: limit_ms,
        ..TaskGroup::of(resources, vec!["true".to_owned()], estimate_ms)
    }
}

/// A batch job that asks for nothing but its groups.
pub fn job(name: &str, groups: Vec<TaskGroup>) -> JobSpec {
    JobSpec {
        mlps_level: 1,
        ..JobSpec::batch(name.to_owned(), groups)
    }
}

/// A job on its way into the log; another body under the same key differs in `body`.
pub fn submission(key: &str, body: u8, spec: JobSpec) -> Submission {
    Submission {
        tenant: "tenant".to_owned(),
        key: key.to_owned(),
        body_digest: [body; 32],
        spec: spec.into(),
    }
}

pub fn dataset(name: &str, size_bytes: i64, sites: &[SiteId]) -> Dataset {
    Dataset {
        name: name.to_owned(),
        sha256: [7; 32],
        size_bytes,
        grade: DataGrade::General,
        tenant: "tenant".to_owned(),
        sites: sites.iter().copied().collect(),
        lowered: Vec::new(),
    }
}
