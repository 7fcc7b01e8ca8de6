//! The configuration file: names and units for people, no rules.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ewc_core::model::{CarbonLedger, Policy};
use serde::{Deserialize, Serialize};

use super::{Config, Problems};

/// The configuration as it is written. Addresses stay text here, so that all that are wrong can be
/// named at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Name of the cluster; may be left out when there is one member only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Raft id of this member; may be left out when there is one member only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<u64>,
    /// Where the log, snapshots and history stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// Where gRPC is served.
    pub listen: String,
    /// URL at which clients and the other members reach this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advertise: Option<String>,
    /// Where metrics and health are served.
    pub http_listen: String,
    /// Serves without certificates off loopback.
    pub insecure: bool,
    /// How fast the network's time runs, for demonstrations.
    pub time_scale: f64,
    /// Jumps over a gap between the log's time and the wall clock.
    pub accept_clock_gap: bool,
    /// Time between heartbeats of the leader.
    pub heartbeat_ms: u64,
    /// Shortest silence of the leader before an election.
    pub election_ms: u64,
    /// How long a site counts as connected after it was last heard of.
    pub lease_ms: u64,
    /// How long the price policy may work on a round, in real milliseconds. Jobs that arrive do
    /// not wait for it. In the network's time it is to be shorter than `policy.margin_seconds`, or
    /// what the round lets start at once is late when it is proposed, and placed again.
    pub round_ms: u64,
    /// Every member, this one included; empty: this one alone.
    pub members: Vec<MemberSettings>,
    /// Certificates.
    #[serde(skip_serializing_if = "TlsSettings::is_empty")]
    pub tls: TlsSettings,
    /// Prices and limits of planning.
    pub policy: PolicySettings,
    /// What may be held.
    pub limits: LimitSettings,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            cluster: None,
            member: None,
            data_dir: None,
            listen: "127.0.0.1:7300".to_owned(),
            advertise: None,
            http_listen: "127.0.0.1:7301".to_owned(),
            insecure: false,
            time_scale: 1.0,
            accept_clock_gap: false,
            heartbeat_ms: 50,
            election_ms: 500,
            lease_ms: 10_000,
            round_ms: 1000,
            members: Vec::new(),
            tls: TlsSettings::default(),
            policy: PolicySettings::default(),
            limits: LimitSettings::default(),
        }
    }
}

impl Settings {
    /// Reads a file.
    ///
    /// # Errors
    /// The file cannot be read, is not TOML, or names a field that does not exist.
    pub fn read(path: &Path) -> Result<Settings, Problems> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Problems::one("--config", format!("{}: {error}", path.display())))?;
        Settings::parse(&text).map_err(|problem| Problems::one(path.display().to_string(), problem))
    }

    pub(super) fn parse(text: &str) -> Result<Settings, String> {
        toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())
    }

    /// The settings with what `config` derived for fields that were left out.
    pub(super) fn filled_in(mut self, config: &Config) -> Settings {
        self.cluster = Some(config.cluster.clone());
        self.member = Some(config.member);
        self.advertise = Some(config.advertise.clone());
        let members = config.members.iter().map(|member| MemberSettings {
            id: member.id,
            url: member.url.clone(),
        });
        self.members = members.collect();
        self
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&toml::to_string(self).map_err(|_| fmt::Error)?)
    }
}

/// A member of the cluster; as a flag `id=url`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberSettings {
    /// Its raft id.
    pub id: u64,
    /// Where it is reached.
    pub url: String,
}

impl FromStr for MemberSettings {
    type Err = String;

    fn from_str(text: &str) -> Result<MemberSettings, String> {
        let wrong = || format!("\"{text}\" is not of the form id=url, such as 1=https://a:7300");
        let (id, url) = text.split_once('=').ok_or_else(wrong)?;
        Ok(MemberSettings {
            id: id.trim().parse().map_err(|_| wrong())?,
            url: url.trim().to_owned(),
        })
    }
}

/// PEM files for mutual TLS: all three or none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsSettings {
    /// Certificates of the authority that signs clients and servers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// This member's certificate, followed by intermediates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// Its private key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
}

impl TlsSettings {
    pub(super) fn is_empty(&self) -> bool {
        *self == TlsSettings::default()
    }
}

/// Prices and limits of planning, for a new cluster; later they are changed through the API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicySettings {
    /// `greedy`, `price`, or a baseline: a name of [`ewc_core::model::PolicyKind`].
    pub kind: String,
    /// Price of a tonne of CO₂ equivalent.
    pub carbon_price_cny_per_tonne: f64,
    /// `market` or `location`: which carbon of GHG Protocol scope 2 is priced.
    pub carbon_ledger: String,
    /// Price of water.
    pub water_price_cny_per_m3: f64,
    /// Price of a job waiting for an hour.
    pub delay_price_cny_per_hour: f64,
    /// Price of planning for a site that was last heard of an hour ago.
    pub age_price_cny_per_hour: f64,
    /// Price of one node of a pool in use above half of it for an hour; more above that.
    pub imbalance_price_cny_per_node_hour: f64,
    /// A round ends once its plan is proven to cost at most so much more than the best one; 0: it
    /// goes on to the end of its time.
    pub gap_tolerance_percent: f64,
    /// Moves of one job while it runs, at most; 0: what runs stays where it is.
    pub moves: u32,
    /// How far ahead starts are looked for.
    pub horizon_hours: u32,
    /// Distance of the deferred starts that are tried.
    pub slot_minutes: u32,
    /// Routes tried between two nodes.
    pub routes: u32,
    /// Added to every reserved interval.
    pub margin_seconds: u32,
}

impl Default for PolicySettings {
    fn default() -> PolicySettings {
        let policy = Policy::default();
        PolicySettings {
            kind: policy.kind.name().to_owned(),
            carbon_price_cny_per_tonne: policy.carbon_micro_cny_per_kg as f64 / 1e3,
            carbon_ledger: ledger_name(policy.ledger).to_owned(),
            water_price_cny_per_m3: policy.water_micro_cny_per_litre as f64 / 1e3,
            delay_price_cny_per_hour: policy.delay_micro_cny_per_hour as f64 / 1e6,
            age_price_cny_per_hour: policy.age_micro_cny_per_hour as f64 / 1e6,
            imbalance_price_cny_per_node_hour: policy.imbalance_micro_cny_per_node_hour as f64
                / 1e6,
            gap_tolerance_percent: f64::from(policy.gap_tolerance_permille) / 10.0,
            moves: policy.moves_max,
            horizon_hours: (policy.horizon_ms / 3_600_000) as u32,
            slot_minutes: (policy.slot_ms / 60_000) as u32,
            routes: policy.routes,
            margin_seconds: (policy.margin_ms / 1000) as u32,
        }
    }
}

fn ledger_name(ledger: CarbonLedger) -> &'static str {
    match ledger {
        CarbonLedger::Location => "location",
        CarbonLedger::Market => "market",
    }
}

/// What may be held, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitSettings {
    /// Jobs that are not terminal.
    pub jobs_max: u64,
    /// Terminal jobs in the replicated state.
    pub terminal_max: u64,
    /// How long they stay there before they move to the history store.
    pub terminal_keep_hours: u32,
    /// Largest gRPC message.
    pub message_bytes_max: u64,
    /// Open gRPC connections.
    pub connections_max: u64,
    /// Commands applied between two snapshots, at least: of a large state, more.
    pub snapshot_every_entries: u64,
    /// Retired jobs in the history store.
    pub history_max: u64,
    /// Plans kept for `replay`.
    pub archive_max: u64,
}

impl Default for LimitSettings {
    fn default() -> LimitSettings {
        let state = ewc_core::state::Limits::default();
        LimitSettings {
            jobs_max: state.jobs_max,
            terminal_max: state.terminal_max,
            terminal_keep_hours: (state.terminal_keep_ms / 3_600_000) as u32,
            message_bytes_max: 4 << 20,
            connections_max: 1024,
            snapshot_every_entries: 100_000,
            history_max: 1_000_000,
            archive_max: 10_000,
        }
    }
}
