//! What a report says, as plain data; `report.json` is exactly this.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// English.
    pub en: String,
    /// Chinese; empty: the English one is shown.
    pub zh: String,
}

impl Text {
    /// A text in both languages.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Text {
        Text {
            en: en.into(),
            zh: zh.into(),
        }
    }

    /// The Chinese text, or the English one in its place.
    pub fn zh(&self) -> &str {
        if self.zh.is_empty() {
            &self.en
        } else {
            &self.zh
        }
    }
}

/// One run of the network. All times are the network's, in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// Heading.
    pub title: Text,
    /// When it was made, as it is to be shown.
    pub made_at: String,
    /// Version of the program.
    pub version: String,
    /// Seed of everything random in the run.
    pub seed: u64,
    /// Start of the run.
    pub start_ms: i64,
    /// End of the run.
    pub end_ms: i64,
    /// Seconds of the network's time in one second of the clock on the wall; 0 counts as 1.
    pub time_scale: u32,
    /// Bytes that one moved byte stands for; 0 counts as 1.
    pub data_scale: u64,
    /// The schedulers.
    pub cluster: Cluster,
    /// Jobs by the name of their state; empty: counted from `jobs`.
    pub counts: BTreeMap<String, u64>,
    /// Jobs.
    pub jobs: Vec<JobRow>,
    /// Sites.
    pub sites: Vec<SiteRow>,
    /// Cities whose users the network serves.
    pub cities: Vec<CityRow>,
    /// Links.
    pub links: Vec<LinkRow>,
    /// The same jobs replanned under several policies; the first row is the one compared with.
    pub comparison: Vec<PolicyRow>,
    /// What was promised, and whether it held.
    pub verdicts: Vec<Verdict>,
    /// Further remarks for readers, on scaling above all.
    pub notes: Vec<Text>,
}

/// The schedulers that ran the network.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// Members.
    pub members: Vec<Member>,
    /// Every election that was won, the first one included.
    pub leader_changes: Vec<LeaderChange>,
}

/// A member of the cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Name.
    pub name: String,
    /// National hub node it stands in; may be empty.
    pub hub: String,
}

/// An election that was won.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LeaderChange {
    /// When.
    pub at_ms: i64,
    /// Who leads from then on.
    pub leader: String,
    /// Term of the election.
    pub term: u64,
    /// Why, in words; may be empty.
    pub cause: Text,
}

/// A job.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct JobRow {
    /// The owner's key.
    pub key: String,
    /// Its identity in the network.
    pub id: u64,
    /// Name of its class.
    pub class: String,
    /// Who owns it.
    pub tenant: String,
    /// `batch`, `service` or `storage`.
    pub kind: String,
    /// Where it went; empty: nowhere.
    pub site: String,
    /// National hub node of the site; empty for an edge site.
    pub hub: String,
    /// When it was submitted.
    pub submit_ms: i64,
    /// When it started first.
    pub start_ms: Option<i64>,
    /// When it ended.
    pub end_ms: Option<i64>,
    /// From submission, or release if that is later, to its start.
    pub wait_ms: Option<i64>,
    /// Name of its state.
    pub state: String,
    /// Code of the reason, if there is one.
    pub reason: String,
    /// It ended as the run meant it to.
    pub expected: bool,
    /// Bytes moved for it.
    pub moved_bytes: i64,
    /// Energy, rent and transport, in yuan.
    pub money_cny: f64,
    /// By the grid's emission factor, in kilograms.
    pub carbon_location_kg: f64,
    /// Less contracted green power, in kilograms.
    pub carbon_market_kg: f64,
    /// Energy with overhead, in kilowatt-hours.
    pub energy_kwh: f64,
    /// Mean physical share of renewables over its run.
    pub renewable_permille: u32,
}

/// A site.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SiteRow {
    /// Unique name.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Chinese name.
    pub name_zh: String,
    /// National hub node; empty for an edge site.
    pub hub: String,
    /// Latitude in degrees.
    pub lat: f64,
    /// Longitude in degrees.
    pub lon: f64,
    /// Province or city.
    pub region: String,
    /// An edge site.
    pub edge: bool,
    /// Cores of all its pools.
    pub cores: i64,
    /// Accelerators of all its pools.
    pub accelerators: i64,
    /// By rising time.
    pub samples: Vec<SiteSample>,
}

/// A site at one instant; holds until the next one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SiteSample {
    /// When.
    pub at_ms: i64,
    /// Share of its cores that is reserved.
    pub cores_permille: u32,
    /// Share of its accelerators that is reserved.
    pub accelerators_permille: u32,
    /// Physical share of renewables in its grid.
    pub renewable_permille: u32,
    /// Price of power.
    pub price_micro_cny_per_kwh: i64,
}

/// A city whose users the network serves.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CityRow {
    /// Name.
    pub name: String,
    /// Chinese name.
    pub name_zh: String,
    /// Latitude in degrees.
    pub lat: f64,
    /// Longitude in degrees.
    pub lon: f64,
}

/// An end of a link.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LinkEnd {
    /// Name of the node.
    pub name: String,
    /// Latitude in degrees.
    pub lat: f64,
    /// Longitude in degrees.
    pub lon: f64,
}

/// A link.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LinkRow {
    /// Unique name.
    pub id: String,
    /// One end.
    pub a: LinkEnd,
    /// The other end.
    pub b: LinkEnd,
    /// `optical`, `private_ip` or `public_ip`.
    pub layer: String,
    /// What may be reserved on it.
    pub capacity_bps: i64,
    /// By rising time.
    pub samples: Vec<LinkSample>,
}

/// A link at one instant; holds until the next one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct LinkSample {
    /// When.
    pub at_ms: i64,
    /// What is reserved on it.
    pub reserved_bps: i64,
}

/// The same jobs under one policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PolicyRow {
    /// Name of the policy.
    pub name: String,
    /// Jobs replanned.
    pub jobs: u64,
    /// Energy, rent and transport, in yuan.
    pub money_cny: f64,
    /// By the grids' emission factors, in kilograms.
    pub carbon_location_kg: f64,
    /// Less contracted green power, in kilograms.
    pub carbon_market_kg: f64,
    /// Energy with overhead, in kilowatt-hours.
    pub energy_kwh: f64,
    /// Physical share of renewables, weighted by energy.
    pub renewable_permille: u32,
    /// Bytes moved.
    pub wan_bytes: i64,
    /// Mean wait for the start.
    pub mean_wait_ms: i64,
    /// 90th percentile of it.
    pub p90_wait_ms: i64,
    /// Jobs that never started.
    pub unplaced: u64,
}

/// A promise, and whether it held.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What was promised, with the figure that was found.
    pub text: Text,
    /// Whether it held.
    pub holds: bool,
}
