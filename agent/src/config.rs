//! The agent's configuration: a TOML file, with flags and environment over it.
//!
//! Unknown fields are refused, so that a misspelt one cannot be silently ignored. Checking is pure:
//! no file but the configuration itself is opened.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use self::check::ConfigError;
pub use self::energy::EnergyConfig;
pub use self::power::{PowerConfig, PowerHours, PowerWindow};

mod check;
mod energy;
mod power;
#[cfg(test)]
mod tests;

/// Everything an agent is told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The site it speaks for.
    pub site: SiteConfig,
    /// Where journal, store and attempts are.
    pub state_directory: PathBuf,
    /// URLs of schedulers, tried in this order.
    pub schedulers: Vec<String>,
    /// Where the data mover listens.
    pub data_listen: SocketAddr,
    /// `host:port` under which other sites reach the data mover; default: `data_listen`.
    pub data_address: Option<String>,
    /// Where `/metrics`, `/livez` and `/readyz` are served; default: nowhere.
    pub metrics_listen: Option<SocketAddr>,
    /// Program run as `<program> supervise <directory>`; default: this very program.
    pub supervisor: Option<PathBuf>,
    /// Stop all payloads when the agent is told to end, instead of leaving them to the next one.
    #[serde(default)]
    pub stop_jobs_on_exit: bool,
    /// Allow plaintext beyond loopback.
    #[serde(default)]
    pub insecure: bool,
    /// Certificates for all connections.
    pub tls: Option<TlsConfig>,
    /// Capacity.
    #[serde(default)]
    pub pools: Vec<PoolConfig>,
    /// Where the site's energy figures come from; default: none are reported.
    pub energy: Option<EnergyConfig>,
    /// What the site's work may draw.
    #[serde(default)]
    pub power: PowerConfig,
    /// Files offered as data sets from the start.
    #[serde(default)]
    pub datasets: Vec<DatasetConfig>,
    /// Links to measure.
    #[serde(default)]
    pub probes: Vec<ProbeConfig>,
    /// Bounds.
    #[serde(default)]
    pub limits: LimitsConfig,
}

/// The site as it is registered.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteConfig {
    /// Stable id, such as `gz-guian`.
    pub id: String,
    /// Name to show.
    #[serde(default)]
    pub name: String,
    /// Chinese name to show.
    #[serde(default)]
    pub name_zh: String,
    /// National hub node; empty for an edge site.
    #[serde(default)]
    pub hub: String,
    /// Province or city.
    #[serde(default)]
    pub region: String,
    /// Security level (GB/T 22239), 1 to 4; default 3.
    #[serde(default = "three")]
    pub mlps_level: u32,
    /// Carriers with access here.
    #[serde(default)]
    pub carriers: Vec<String>,
    /// Whether this is an edge site.
    #[serde(default)]
    pub edge: bool,
    /// Degrees north.
    #[serde(default)]
    pub latitude: f64,
    /// Degrees east.
    #[serde(default)]
    pub longitude: f64,
}

/// One kind of capacity.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolConfig {
    /// Stable id within the site.
    pub id: String,
    /// Take processors and memory of one node from this machine.
    #[serde(default)]
    pub from_machine: bool,
    /// `x86_64` or `aarch64`; default: this machine's.
    pub architecture: Option<String>,
    /// `cuda`, `cann`, `dtk` or `neuware`; default: none.
    pub accelerator_family: Option<String>,
    /// Model, such as `910B`.
    #[serde(default)]
    pub accelerator_model: String,
    /// Nodes of that shape; default 1.
    #[serde(default = "one")]
    pub nodes: u32,
    /// Shape of one node.
    #[serde(default)]
    pub node: Amounts,
    /// What the schedulers may not use, over all nodes.
    #[serde(default)]
    pub reserve: Amounts,
    /// Thousandths of a watt of one busy core.
    #[serde(default)]
    pub cpu_watts_milli: i64,
    /// Thousandths of a watt of one busy accelerator.
    #[serde(default)]
    pub accelerator_watts_milli: i64,
    /// Price of a core hour.
    #[serde(default)]
    pub price_micro_cny_per_core_hour: i64,
    /// Price of an accelerator hour.
    #[serde(default)]
    pub price_micro_cny_per_accelerator_hour: i64,
}

/// Amounts of capacity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amounts {
    /// Thousandths of a core.
    #[serde(default)]
    pub cpu_millis: i64,
    /// Memory.
    #[serde(default)]
    pub memory_mib: i64,
    /// Accelerators.
    #[serde(default)]
    pub accelerators: i64,
}

/// A file offered as a data set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetConfig {
    /// Name in the catalogue.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Keep it by hard link instead of by copy. The file becomes read-only and must not change.
    #[serde(default)]
    pub link: bool,
}

/// A link whose latency this agent tells.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeConfig {
    /// Id of the link.
    pub link: String,
    /// Site at its other end.
    pub peer_site: String,
    /// `host:port` of that site's data mover.
    #[serde(default)]
    pub address: String,
    /// Round trip to report instead of a measured one.
    #[serde(alias = "declared_us")]
    pub declared_rtt_us: Option<i64>,
}

/// Certificates in PEM files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// Authority that all peers' certificates are checked against.
    pub ca: PathBuf,
    /// This agent's certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// Bounds on what the agent does at once and keeps.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Pulls at a time.
    pub pulls: usize,
    /// Streams served to other sites at a time.
    pub streams: usize,
    /// Log requests served at a time.
    pub log_streams: usize,
    /// From the polite signal to the deadly one.
    pub grace_ms: u64,
    /// Directories of ended attempts kept.
    pub keep_attempts: usize,
    /// Hours they are kept at most.
    pub keep_hours: u64,
    /// Time between two measurements of a link.
    pub probe_every_ms: u64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            pulls: 8,
            streams: 32,
            log_streams: 32,
            grace_ms: 5_000,
            keep_attempts: 500,
            keep_hours: 7 * 24,
            probe_every_ms: 10_000,
        }
    }
}

fn one() -> u32 {
    1
}

fn three() -> u32 {
    3
}

/// What flags and environment say over the file. Absent says nothing.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Over `state_directory`.
    pub state_directory: Option<PathBuf>,
    /// Over `schedulers`, when not empty.
    pub schedulers: Vec<String>,
    /// Over `data_listen`.
    pub data_listen: Option<SocketAddr>,
    /// Over `data_address`.
    pub data_address: Option<String>,
    /// Over `metrics_listen`.
    pub metrics_listen: Option<SocketAddr>,
    /// Sets `stop_jobs_on_exit`.
    pub stop_jobs_on_exit: bool,
    /// Sets `insecure`.
    pub insecure: bool,
}

impl Config {
    /// Reads, overlays and checks a configuration.
    ///
    /// # Errors
    /// The first field that cannot be used, by name.
    pub fn load(path: &Path, overrides: Overrides) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text, overrides)
    }

    /// Like [`Config::load`], of a text.
    ///
    /// # Errors
    /// The first field that cannot be used, by name.
    pub fn parse(text: &str, overrides: Overrides) -> Result<Self, ConfigError> {
        let mut config: Self =
            toml::from_str(text).map_err(|error| ConfigError::Syntax(error.to_string()))?;
        config.overlay(overrides);
        check::check(&config)?;
        Ok(config)
    }

    fn overlay(&mut self, over: Overrides) {
        if let Some(directory) = over.state_directory {
            self.state_directory = directory;
        }
        if !over.schedulers.is_empty() {
            self.schedulers = over.schedulers;
        }
        if let Some(listen) = over.data_listen {
            self.data_listen = listen;
        }
        self.data_address = over.data_address.or(self.data_address.take());
        self.metrics_listen = over.metrics_listen.or(self.metrics_listen);
        self.stop_jobs_on_exit |= over.stop_jobs_on_exit;
        self.insecure |= over.insecure;
    }
}
