//! The independent checker of plans.
//!
//! It works from the two files alone and shares no code with the planner or with what builds the
//! planner's model: it reads the names, sums what is held of every capacity and link in every
//! slot, works the costs out again, finds the best routes by a method of its own, and confirms the
//! bound by listing every column of every job.

mod bound;
mod feasible;
mod imbalance;
mod listed;
mod network;
mod power;
mod ways;

use ewc_scenario::instance::{Instance, PlanFile};

use network::Network;

/// What a plan that holds was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Its cost.
    pub objective: i128,
    /// Jobs that are placed.
    pub placed: u64,
    /// The highest bound that the plan's prices prove, when it has prices.
    pub proven: Option<i128>,
}

/// The first thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {place}: {problem}")]
pub struct Violation {
    /// Which rule is broken.
    pub rule: Rule,
    /// Where in the plan.
    pub place: String,
    /// In what way.
    pub problem: String,
}

impl Violation {
    fn new(rule: Rule, place: impl Into<String>, problem: impl Into<String>) -> Violation {
        Violation {
            rule,
            place: place.into(),
            problem: problem.into(),
        }
    }
}

/// What a plan must keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// It is a plan for this instance, and every name in it is known.
    Names,
    /// Every job is placed or left out, once.
    Count,
    /// Every group stands at a site that the job allows and that has what it needs; a listed choice
    /// is one of the job's.
    Sites,
    /// Nothing begins before the release.
    Release,
    /// Everything has ended by the deadline.
    Deadline,
    /// Data that is needed moves, all of it, and no other.
    Data,
    /// Data comes from where it is.
    Source,
    /// The links join both ends, and are one of the routes that may be used.
    Route,
    /// The rate is one of the job's, and the length is that of the volume.
    Rate,
    /// Inputs have come before the start, outputs leave after the end.
    Order,
    /// No capacity of a site is exceeded in any slot.
    Capacity,
    /// No quota is exceeded in any slot.
    Quota,
    /// No link is exceeded in any slot.
    Link,
    /// No cap on power is exceeded in any slot.
    Power,
    /// The objective is the sum of all costs.
    Objective,
    /// The prices prove the bound, and the gap follows from it.
    Bound,
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Rule::Names => "names",
            Rule::Count => "count",
            Rule::Sites => "sites",
            Rule::Release => "release",
            Rule::Deadline => "deadline",
            Rule::Data => "data",
            Rule::Source => "source",
            Rule::Route => "route",
            Rule::Rate => "rate",
            Rule::Order => "order",
            Rule::Capacity => "capacity",
            Rule::Quota => "quota",
            Rule::Link => "link",
            Rule::Power => "power",
            Rule::Objective => "objective",
            Rule::Bound => "bound",
        })
    }
}

/// Checks a plan for an instance that was itself checked.
///
/// # Errors
/// Names the first rule that is broken, and where.
pub fn check(instance: &Instance, plan: &PlanFile) -> Result<Checked, Violation> {
    if plan.instance != instance.name {
        let problem = format!("is for \"{}\", not \"{}\"", plan.instance, instance.name);
        return Err(Violation::new(Rule::Names, "instance", problem));
    }
    let mut network = Network::new(instance);
    let (objective, placed) = feasible::check(instance, plan, &mut network)?;
    if objective != plan.objective {
        let problem = format!("is {}, but the costs add up to {objective}", plan.objective);
        return Err(Violation::new(Rule::Objective, "objective", problem));
    }
    let proven = bound::check(instance, plan, &mut network)?;
    Ok(Checked {
        objective,
        placed,
        proven,
    })
}
