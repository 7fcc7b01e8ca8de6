//! The plan that answers an instance.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Instance;

/// What a plan file says of itself.
pub const FORMAT: &str = "ewc-instance-plan";

/// Which jobs run where and when, what that costs, and what it is at least.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// Always `ewc-instance-plan`.
    pub format: String,
    /// That of the instance.
    pub version: u32,
    /// Name of the instance.
    pub instance: String,
    /// Cost of everything that is placed and of all that is left out.
    pub objective: i128,
    /// No plan costs less; absent when the policy proves nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<i128>,
    /// `(objective − bound) / objective` in millionths, rounded up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap_ppm: Option<u64>,
    /// What runs.
    pub placed: Vec<Place>,
    /// What is left out.
    pub unplaced: Vec<Unplaced>,
    /// What proves the bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<Prices>,
}

impl PlanFile {
    pub(super) fn empty(instance: &Instance) -> PlanFile {
        PlanFile {
            format: FORMAT.to_owned(),
            version: instance.version,
            instance: instance.name.clone(),
            objective: 0,
            bound: None,
            gap_ppm: None,
            placed: Vec::new(),
            unplaced: Vec::new(),
            prices: None,
        }
    }
}

/// Jobs of one entry that are placed alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Name of the job.
    pub job: String,
    /// How many of it.
    pub count: u32,
    /// The site of each group.
    pub sites: Vec<String>,
    /// Position of its choice, where the job lists choices (version 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<u32>,
    /// Slot in which all groups start.
    pub start: u32,
    /// How the inputs come, for every site that has to get them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Moved>,
    /// How the outputs go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Moved>,
    /// What flows during the run (version 2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steady: Vec<Moved>,
}

/// One body of data on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// Position in the job's list of inputs or outputs.
    pub data: u32,
    /// Node at which it begins.
    pub from: String,
    /// Node at which it ends.
    pub to: String,
    /// Names of the links in between, in order.
    pub links: Vec<String>,
    /// What it takes of each link.
    pub rate: i64,
    /// First slot.
    pub start: u32,
    /// For how many slots, one that it holds in part included.
    pub slots: u32,
}

/// Jobs of one entry that are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unplaced {
    /// Name of the job.
    pub job: String,
    /// How many of it.
    pub count: u32,
    /// Why.
    pub reason: WhyUnplaced,
}

/// Why a job is left out. Where all choices fail, the one that came furthest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyUnplaced {
    /// It runs longer than from its release to its deadline.
    Window,
    /// No site that it allows has the kinds that it needs.
    Kind,
    /// No route carries its data in time.
    Data,
    /// It needs more than there is, even alone.
    Size,
    /// It lists no choice (version 2).
    Choice,
    /// It fits alone; others took the room, or leaving it out is cheaper.
    Crowded,
}

impl fmt::Display for WhyUnplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WhyUnplaced::Window => "window",
            WhyUnplaced::Kind => "kind",
            WhyUnplaced::Data => "data",
            WhyUnplaced::Size => "size",
            WhyUnplaced::Choice => "choice",
            WhyUnplaced::Crowded => "crowded",
        })
    }
}

/// Prices of capacity, in units of 2^-`shift` of the instance's cost for one unit and slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// Power of two that they are multiplied with.
    pub shift: u32,
    /// What is scarce in some slot; everything else has price 0.
    pub rows: Vec<RowPrice>,
}

/// Prices of one kind of capacity at one site or of a quota, of one link, or of power below a cap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowPrice {
    /// Name of the site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Name of the quota (version 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<String>,
    /// Name of the kind, beside a site or a quota.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Name of the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Name of the cap on power (version 4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power: Option<String>,
    /// The price in each slot.
    pub price: Vec<i64>,
}
