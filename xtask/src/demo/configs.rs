//! Configuration files of a run.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use ewc_core::model::{AcceleratorFamily, Policy, PoolSpec};
use ewc_scenario::SiteDef;
use serde_json::{Value, json};

/// Network seconds in a real second: an hour takes five.
pub const TIME_SCALE: u64 = 720;
/// Bytes of the network for one real byte: a terabyte is a megabyte.
pub const DATA_SCALE: u32 = 1_000_000;
/// Slack of every reservation, in network seconds: what a busy machine takes to start a process.
const MARGIN_SECONDS: u64 = 1800;
/// How far ahead starts are looked for.
const HORIZON_HOURS: u64 = 16;
/// A run of two minutes is a day: waiting for a cheaper hour is worth less than usual.
const DELAY_CNY_PER_HOUR: f64 = 10.0;
/// Real milliseconds until a silent agent counts as cut off.
const LEASE_MS: u64 = 10_000;

/// The policy that the schedulers are configured with, for replaying.
pub fn policy(scenario: &Policy) -> Policy {
    Policy {
        margin_ms: (MARGIN_SECONDS * 1000).cast_signed(),
        horizon_ms: (HORIZON_HOURS * 3_600_000).cast_signed(),
        delay_micro_cny_per_hour: (DELAY_CNY_PER_HOUR * 1e6) as i64,
        age_micro_cny_per_hour: 0,
        ..scenario.clone()
    }
}

/// Ports that are free now.
pub fn free_ports(count: usize) -> anyhow::Result<Vec<u16>> {
    let listeners: Vec<TcpListener> = (0..count)
        .map(|_| TcpListener::bind("127.0.0.1:0"))
        .collect::<Result<_, _>>()?;
    Ok(listeners
        .iter()
        .map(|l| l.local_addr().map(|a| a.port()))
        .collect::<Result<_, _>>()?)
}

/// Where one scheduler stands.
#[derive(Debug, Clone, Copy)]
pub struct SchedulerPorts {
    /// gRPC.
    pub grpc: u16,
    /// Metrics and health.
    pub http: u16,
}

/// Writes the configuration of one scheduler.
pub fn scheduler(directory: &Path, id: u64, ports: &[SchedulerPorts]) -> anyhow::Result<PathBuf> {
    let own = ports[id as usize - 1];
    let members: Vec<Value> = (1..)
        .zip(ports)
        .map(|(id, ports): (u64, _)| json!({ "id": id, "url": url(ports.grpc) }))
        .collect();
    let config = json!({
        "cluster": "demo",
        "member": id,
        "data_dir": directory.join(format!("scheduler-{id}")),
        "listen": format!("127.0.0.1:{}", own.grpc),
        "http_listen": format!("127.0.0.1:{}", own.http),
        "time_scale": TIME_SCALE as f64,
        "lease_ms": LEASE_MS,
        "members": members,
        // The run is judged at its end: nothing leaves before.
        "limits": { "terminal_keep_hours": 8760 },
        "policy": {
            "kind": "price",
            "margin_seconds": MARGIN_SECONDS,
            "horizon_hours": HORIZON_HOURS,
            "delay_price_cny_per_hour": DELAY_CNY_PER_HOUR,
            // Time is compressed: the minute between two signs of life is long in it.
            "age_price_cny_per_hour": 0.0,
        },
    });
    write(
        &directory
            .join("config")
            .join(format!("scheduler-{id}.toml")),
        &config,
    )
}

/// Address of a scheduler.
pub fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// What an agent is told besides its site.
pub struct AgentSurroundings<'a> {
    /// Where the schedulers are.
    pub schedulers: &'a [String],
    /// Where its data mover listens.
    pub data_port: u16,
    /// Data sets it holds from the start.
    pub datasets: Vec<(&'a str, PathBuf)>,
    /// Links it tells the latency of: link, other end, declared round trip.
    pub links: Vec<(&'a str, &'a str, i64)>,
}

/// Writes the configuration of one agent.
pub fn agent(
    directory: &Path,
    site: &SiteDef,
    around: &AgentSurroundings<'_>,
) -> anyhow::Result<PathBuf> {
    let spec = &site.spec;
    let dataset =
        |(name, path): &(&str, PathBuf)| json!({ "name": name, "path": path, "link": true });
    let config = json!({
        "state_directory": directory.join("agents").join(&spec.name),
        "schedulers": around.schedulers,
        "data_listen": format!("127.0.0.1:{}", around.data_port),
        "stop_jobs_on_exit": true,
        "site": {
            "id": spec.name,
            "name": spec.title,
            "name_zh": spec.title_zh,
            "hub": spec.hub,
            "region": spec.region,
            "mlps_level": spec.mlps_level,
            "carriers": spec.carriers,
            "edge": spec.edge,
            "latitude": spec.latitude_udeg as f64 / 1e6,
            "longitude": spec.longitude_udeg as f64 / 1e6,
        },
        "energy": {
            "preset": site.energy.preset,
            "contracted_permille": site.energy.contracted_permille,
            "flat_price_micro_cny_per_kwh": site.energy.price_micro_cny_per_kwh,
            "pue_base_permille": site.energy_profile().pue_base_permille,
            "wue_ml_per_kwh": site.energy.wue_ml_per_kwh,
        },
        "power": power(site),
        "limits": { "grace_ms": 1000, "keep_attempts": 2000 },
        "pools": spec.pools.iter().map(pool).collect::<Vec<_>>(),
        "datasets": around.datasets.iter().map(dataset).collect::<Vec<_>>(),
        "probes": around.links.iter().map(probe).collect::<Vec<_>>(),
    });
    write(
        &directory
            .join("config")
            .join(format!("agent-{}.toml", spec.name)),
        &config,
    )
}

/// A cap that is not there is left out: the table has no word for none.
fn power(site: &SiteDef) -> Value {
    match site.power_cap_watts {
        Some(watts) => json!({ "cap_watts": watts }),
        None => json!({}),
    }
}

fn probe((link, peer_site, declared_rtt_us): &(&str, &str, i64)) -> Value {
    json!({
        "link": link,
        "peer_site": peer_site,
        "declared_rtt_us": declared_rtt_us,
    })
}

fn pool(pool: &PoolSpec) -> Value {
    let mut wire = json!({
        "id": pool.name,
        "architecture": pool.architecture,
        "nodes": pool.nodes,
        "node": {
            "cpu_millis": pool.node.cpu_millis,
            "memory_mib": pool.node.memory_mib,
            "accelerators": pool.node.accelerators,
        },
        "accelerator_model": pool.accelerator_model,
        "cpu_watts_milli": pool.cpu_watts_milli,
        "accelerator_watts_milli": pool.accelerator_watts_milli,
        "price_micro_cny_per_core_hour": pool.price_micro_cny_per_core_hour,
        "price_micro_cny_per_accelerator_hour": pool.price_micro_cny_per_accelerator_hour,
    });
    let family = pool.accelerator_family.map(|family| match family {
        AcceleratorFamily::Cuda => "cuda",
        AcceleratorFamily::Cann => "cann",
        AcceleratorFamily::Dtk => "dtk",
        AcceleratorFamily::Neuware => "neuware",
    });
    if let Some(family) = family {
        wire["accelerator_family"] = family.into();
    }
    wire
}

fn write(path: &Path, config: &Value) -> anyhow::Result<PathBuf> {
    std::fs::write(path, toml::to_string(config)?)?;
    Ok(path.to_path_buf())
}
