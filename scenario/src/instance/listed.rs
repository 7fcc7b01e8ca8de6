//! What version 2 adds: instances whose jobs list every choice, over slots of unequal length.
//!
//! A dump of a scheduler's round is such an instance: rules, energy, rents and routes have become
//! choices and costs, so that nothing of what the planner saw is lost.

use serde::{Deserialize, Serialize};

use super::{Named, Series};

/// What choices share. Choices name its entries by position.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tables {
    /// Starts of the slots, and the end of the last one, from 0 on.
    pub edges_ms: Vec<i64>,
    /// How long something lasts.
    pub lengths_ms: Vec<i64>,
    /// Names of the links of each path, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<Vec<String>>,
    /// Costs by the slot of the start.
    pub curves: Vec<Vec<i64>>,
}

/// One choice of sites for a job, with every start from `first` to `last`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The site of each group, for people: what is held stands in `holds`.
    pub sites: Vec<String>,
    /// A planned job stays where it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stays: bool,
    /// First slot of the start.
    pub first: u32,
    /// Last slot of the start.
    pub last: u32,
    /// Cost whatever the start; may be negative.
    pub fixed: i64,
    /// How many units of the curve it costs.
    pub weight: i64,
    /// Curve of its cost.
    pub curve: u32,
    /// Length of the run.
    pub length: u32,
    /// What it holds.
    pub holds: Vec<Hold>,
    /// Data that must be there before the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Leg>,
    /// Data that leaves after the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Leg>,
    /// What flows from the start to the end of the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steady: Vec<Leg>,
}

impl Choice {
    /// What moves, and what flows: inputs, outputs, steady flows.
    pub fn legs(&self) -> impl Iterator<Item = &Leg> {
        self.inputs.iter().chain(&self.outputs).chain(&self.steady)
    }
}

/// A limit of what all jobs together may hold that draw on it, wherever they run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Name, of a tenant for example.
    pub name: String,
    /// Units of each kind that are free. A kind that is not named is not limited.
    pub capacity: Named<Series>,
}

/// What a run holds of one kind of capacity at one site, of one kind of a quota, or of the power
/// below a cap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Name of the site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Name of the quota, instead of a site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<String>,
    /// Name of the cap on power, instead of a site (version 4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power: Option<String>,
    /// Name of the kind, beside a site or a quota.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// For how long, from the start of the run.
    pub length: u32,
    /// How much.
    pub amount: i64,
}

/// A body of data that moves one of several ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leg {
    /// Its name, for people.
    pub data: String,
    /// The node of the run: inputs end there, what leaves begins there.
    pub at: String,
    /// First slot in which it may begin; 0 for what is steady.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub first: u32,
    /// It has ended before this slot begins; 0 for what is steady.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub until: u32,
    /// One is taken.
    pub ways: Vec<Way>,
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}

/// One way of a body of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// Path, in the direction of the data.
    pub path: u32,
    /// How long it takes.
    pub length: u32,
    /// What it takes of every link of the path.
    pub rate: i64,
    /// What it costs.
    pub cost: i64,
}

/// Where an instance was taken from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Log index of the state.
    pub index: u64,
    /// The network's time at that index, which is time 0 of the instance, in milliseconds.
    pub now_ms: i64,
    /// Name of the policy's planner.
    pub policy: String,
    /// Version of the policy.
    pub policy_version: u64,
    /// Version of the planner that made the model.
    pub planner_version: u32,
    /// SHA-256 of the model: what a plan's certificate names.
    pub model_sha256: String,
    /// Weights and penalties that have become costs.
    pub weights: Vec<Weights>,
}

/// Weights of the objective for one tenant's jobs, in thousandths.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Name of the tenant.
    pub tenant: String,
    /// Weight of money.
    pub money: u32,
    /// Weight of carbon.
    pub carbon: u32,
    /// Weight of water.
    pub water: u32,
    /// Weight of delay.
    pub delay: u32,
}
