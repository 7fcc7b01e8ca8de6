//! What the network is made of, and what runs on it.
//!
//! These types know nothing of wire formats. Units stand in the names: `_ms` is the network's
//! time in milliseconds, `_micro_cny` millionths of a yuan, `_mg` milligrams of CO₂ equivalent,
//! `_mwh` thousandths of a watt-hour, `_permille` thousandths.

mod checkpoint;
mod data;
mod distance;
mod energy;
mod id;
mod job;
mod network;
mod placement;
mod policy;
mod power;
mod resources;
mod steering;
mod string_map;
mod tenancy;

pub use checkpoint::{CheckpointSpec, Move, MoveRecord, Saved};
pub use data::{DataGrade, Dataset, Image, ImageKind, Lowering};
pub use distance::distance_km;
pub use energy::{EnergyPoint, EnergySeries};
pub use id::{JobId, LinkId, NodeId, PoolId, RegionId, SiteId};
pub use job::{
    Attempt, Input, Job, JobKind, JobSpec, JobState, LatencyLimit, OnDisconnect, Outcome, Output,
    Part, PartPhase, Payload, Preemption, ServiceSpec, StorageSpec, TaskGroup, TrafficShare, Usage,
    Weights, WorkloadClass,
};
pub use network::{
    AcceleratorFamily, DemandRegion, Layer, Link, NetworkNode, NodeKind, NodeShape, Pool, PoolSpec,
    Site, SiteMode, SiteSpec,
};
pub use placement::{
    Cost, GroupPlacement, Placement, SiteVerdict, Transfer, TransferKind, Verdict,
};
pub use policy::{CarbonLedger, Policy, PolicyKind};
pub use power::{PowerCap, PowerCapError, PowerStep};
pub use resources::Resources;
pub use steering::{Steering, SteeringEffect, SteeringSites};
pub use string_map::StringMap;
pub use tenancy::{Quota, TenantPolicy};
