//! Sites with their pools, and the sparse graph of links between them.

use borsh::{BorshDeserialize, BorshSerialize};

use super::{EnergySeries, NodeId, PoolId, Resources, SiteId};
use crate::quotient::quotient;

/// Layer of the network; one-way latency depends on it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, BorshSerialize, BorshDeserialize,
)]
pub enum Layer {
    /// 光层: optical.
    Optical,
    /// IP专网: private IP.
    #[default]
    PrivateIp,
    /// 公众互联网: public IP.
    PublicIp,
}

impl Layer {
    /// Every layer, in order.
    pub const ALL: [Layer; 3] = [Layer::Optical, Layer::PrivateIp, Layer::PublicIp];
}

/// Family of accelerators; programs of one family do not run on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum AcceleratorFamily {
    /// CUDA.
    Cuda,
    /// CANN (Ascend).
    Cann,
    /// DTK (Hygon).
    Dtk,
    /// Neuware (Cambricon).
    Neuware,
}

impl AcceleratorFamily {
    /// Every family, in order.
    pub const ALL: [AcceleratorFamily; 4] = [
        AcceleratorFamily::Cuda,
        AcceleratorFamily::Cann,
        AcceleratorFamily::Dtk,
        AcceleratorFamily::Neuware,
    ];

    /// The name in files, flags and reports.
    pub fn name(self) -> &'static str {
        match self {
            AcceleratorFamily::Cuda => "cuda",
            AcceleratorFamily::Cann => "cann",
            AcceleratorFamily::Dtk => "dtk",
            AcceleratorFamily::Neuware => "neuware",
        }
    }
}

/// What a vertex of the link graph is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum NodeKind {
    /// A site; carries the site's name.
    Site,
    /// A backbone city.
    Backbone,
    /// An internet exchange point.
    Exchange,
}

/// A vertex of the link graph.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct NetworkNode {
    /// Unique name.
    pub name: String,
    /// Chinese name; may be empty.
    pub name_zh: String,
    /// What it is.
    pub kind: NodeKind,
    /// Latitude in millionths of a degree.
    pub latitude_udeg: i64,
    /// Longitude in millionths of a degree.
    pub longitude_udeg: i64,
}

/// A segment of the link graph, usable in both directions.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Link {
    /// Unique name.
    pub name: String,
    /// One end.
    pub a: NodeId,
    /// The other end.
    pub b: NodeId,
    /// Who runs it.
    pub carrier: String,
    /// Its layer.
    pub layer: Layer,
    /// One-way latency.
    pub one_way_us: i64,
    /// Nominal capacity, shared by both directions in reservations.
    pub capacity_bps: i64,
    /// Share of the capacity that may be reserved (goodput); at most 1000.
    pub usable_permille: u32,
    /// Price of transport per gigabyte (10⁹ bytes).
    pub price_micro_cny_per_gb: i64,
    /// False while it is cut.
    pub up: bool,
    /// Data on it is encrypted.
    pub encrypted: bool,
    /// Last measured round trip, if any.
    pub measured_rtt_us: Option<i64>,
    /// The latency is declared and not measured.
    pub latency_declared: bool,
}

impl Link {
    /// What may be reserved on it now, in bits per second.
    pub fn usable_bps(&self) -> i64 {
        if !self.up {
            return 0;
        }
        let bps =
            quotient::<1000>(i128::from(self.capacity_bps) * i128::from(self.usable_permille));
        i64::try_from(bps).unwrap_or(i64::MAX)
    }
}

/// Where users are.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct DemandRegion {
    /// Unique name.
    pub name: String,
    /// Chinese name; may be empty.
    pub name_zh: String,
    /// Where it attaches to the link graph.
    pub node: NodeId,
    /// One-way latency from users to that node.
    pub access_us: i64,
    /// Share of national traffic, relative.
    pub traffic_weight: u32,
    /// Latitude in millionths of a degree.
    pub latitude_udeg: i64,
    /// Longitude in millionths of a degree.
    pub longitude_udeg: i64,
}

/// Whether a site takes new work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub enum SiteMode {
    /// Takes work.
    #[default]
    Open,
    /// Nothing new is placed there; what is planned stays.
    Cordoned,
    /// Nothing new is placed there; what has not started is placed elsewhere.
    Draining,
}

/// How many nodes have at least this much free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct NodeShape {
    /// Free on each of them.
    pub free: Resources,
    /// Number of nodes.
    pub nodes: u32,
}

/// What an agent declares of a pool.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PoolSpec {
    /// Name, unique in its site.
    pub name: String,
    /// Processor architecture.
    pub architecture: String,
    /// Family of its accelerators, if it has any.
    pub accelerator_family: Option<AcceleratorFamily>,
    /// Model of its accelerators; empty without any.
    pub accelerator_model: String,
    /// Shape of one node.
    pub node: Resources,
    /// Number of nodes.
    pub nodes: u32,
    /// Power of one busy core, in thousandths of a watt.
    pub cpu_watts_milli: i64,
    /// Power of one busy accelerator, in thousandths of a watt.
    pub accelerator_watts_milli: i64,
    /// Price of a core for an hour.
    pub price_micro_cny_per_core_hour: i64,
    /// Price of an accelerator for an hour.
    pub price_micro_cny_per_accelerator_hour: i64,
}

/// One kind of capacity at one site. The site's own manager picks the node.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Pool {
    /// Where it is.
    pub site: SiteId,
    /// As declared.
    pub spec: PoolSpec,
    /// What may be reserved: total less foreign use, as last reported.
    pub usable: Resources,
    /// Free shapes as last reported; empty when the agent does not know.
    pub free_shapes: Vec<NodeShape>,
}

/// What an agent declares of its site.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SiteSpec {
    /// Unique name.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Chinese name.
    pub title_zh: String,
    /// National hub node; empty for an edge site.
    pub hub: String,
    /// Province or city, for residency.
    pub region: String,
    /// Security level (等级保护), 1 to 4.
    pub mlps_level: u32,
    /// Carriers present.
    pub carriers: Vec<String>,
    /// An edge site.
    pub edge: bool,
    /// Latitude in millionths of a degree.
    pub latitude_udeg: i64,
    /// Longitude in millionths of a degree.
    pub longitude_udeg: i64,
    /// Its pools.
    pub pools: Vec<PoolSpec>,
}

/// A data-center cluster or edge site.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Site {
    /// As declared; `pools` is emptied, they stand in the state's table.
    pub spec: SiteSpec,
    /// Its vertex in the link graph.
    pub node: NodeId,
    /// Its pools.
    pub pools: Vec<PoolId>,
    /// Whether it takes new work.
    pub mode: SiteMode,
    /// The newest incarnation of its agent.
    pub incarnation: u64,
    /// Where its data mover listens.
    pub data_address: String,
    /// Energy as last issued.
    pub energy: EnergySeries,
    /// Network time of the last logged sign of life.
    pub refreshed_ms: i64,
    /// Its agent is cut off: the leader's lease ran out.
    pub silent: bool,
    /// Log index at which what the site is to do last changed.
    pub desired_at: u64,
}
