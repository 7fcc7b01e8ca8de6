//! Instances: one planning problem in a file, and the plan that answers it.
//!
//! Time is cut into slots and every number is whole, so that anyone can write a converter and
//! anyone can check a plan. `docs/instance-format.md` describes both formats field by field.
//! [`Built`] turns an instance into the planner's model and the planner's answer into a
//! [`PlanFile`].

mod answer;
mod build;
mod check;
mod check_listed;
mod dump;
mod file;
mod imbalance;
mod job;
pub mod limits;
mod listed;
mod named;
mod plan;
mod power;
mod routes;
mod series;

use serde::{Deserialize, Serialize};

pub use answer::Found;
pub use build::Built;
pub use dump::dump;
pub use imbalance::{Imbalance, Mark, MarkedRow};
pub use job::{Group, Input, Job, Output};
pub use listed::{Choice, Hold, Leg, Quota, Source, Tables, Way, Weights};
pub use named::Named;
pub use plan::{Moved, Place, PlanFile, Prices, RowPrice, Unplaced, WhyUnplaced};
pub use power::{Draw, Power};
pub use series::Series;

/// What an instance file says of itself.
pub const FORMAT: &str = "ewc-instance";
/// Newest version of both formats. Files of a version hold nothing that a newer one added.
pub const VERSION: u32 = 4;
/// Version that added the cost of use.
const MARKED: u32 = 3;
/// Version that added listed choices.
const LISTED: u32 = 2;
/// Version of what needs nothing newer.
const PLAIN: u32 = 1;
/// Routes between two nodes when the file does not say how many.
const ROUTES: u32 = 3;

/// A planning problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// Always [`FORMAT`].
    pub format: String,
    /// 1, or a newer one with what that added.
    pub version: u32,
    /// Name, for people.
    pub name: String,
    /// Length of a slot in seconds, for people: nothing is computed from it.
    pub slot_seconds: u32,
    /// Number of slots of the horizon.
    pub slots: u32,
    /// How many of the best loop-free routes may be used from one node to another.
    #[serde(default = "routes")]
    pub routes: u32,
    /// Names of the kinds of capacity.
    pub kinds: Vec<String>,
    /// Where jobs run.
    pub sites: Vec<Site>,
    /// What data moves over.
    #[serde(default)]
    pub links: Vec<Link>,
    /// What is to be placed, in order of arrival.
    pub jobs: Vec<Job>,
    /// Present when every job lists its choices (version 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tables: Option<Tables>,
    /// What jobs may hold together wherever they run (version 2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotas: Vec<Quota>,
    /// What the use of capacity costs by itself (version 3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imbalance: Option<Imbalance>,
    /// What all work at some sites may draw together (version 4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub power: Vec<Power>,
    /// Where it was taken from (version 2); nothing is computed from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// What of its source is not in it, for people (version 2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaves_out: Vec<String>,
}

fn routes() -> u32 {
    ROUTES
}

impl Instance {
    /// An instance with nothing in it.
    pub fn empty(name: impl Into<String>, slot_seconds: u32, slots: u32) -> Instance {
        Instance {
            format: FORMAT.to_owned(),
            version: PLAIN,
            name: name.into(),
            slot_seconds,
            slots,
            routes: ROUTES,
            kinds: Vec::new(),
            sites: Vec::new(),
            links: Vec::new(),
            jobs: Vec::new(),
            tables: None,
            quotas: Vec::new(),
            imbalance: None,
            power: Vec::new(),
            source: None,
            leaves_out: Vec::new(),
        }
    }
}

/// A place where jobs run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Name, which is also a node of the network.
    pub name: String,
    /// Units of each kind that are free. A kind that is not named is not there.
    pub capacity: Named<Series>,
    /// Cost of one unit for one slot. A kind that is not named costs nothing.
    #[serde(default)]
    pub cost: Named<Series>,
}

/// A connection between two nodes, used in both directions together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Name.
    pub name: String,
    /// The two nodes: sites, or any other names.
    pub ends: [String; 2],
    /// Sum of the rates that it carries at once.
    pub capacity: Series,
    /// Cost of one unit of rate for one slot.
    #[serde(default)]
    pub cost: i64,
    /// What makes one route better than another, in any unit.
    pub latency: i64,
}
