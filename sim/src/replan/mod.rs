//! Replays jobs through the core alone, so that policies are compared on equal terms.
//!
//! The same planner, the same rule that checks plans and the same life of a job as on a running
//! network; agents are replaced by what [`Arrival`] says of each run. Time is the network's. There
//! is no cluster in it: no elections, no lost messages, no latency of the planner itself.
//!
//! The same input gives the same output. Every input ends: see [`replan_in`].

mod outcome;
mod replay;
#[cfg(test)]
mod tests;
mod totals;

use ewc_core::State;
use ewc_core::model::PolicyKind;

pub use crate::engine::{Arrival, Rounds};
pub use outcome::{NotPlaced, ReplannedJob};
pub use totals::{Totals, Waits};

/// What became of the jobs under one policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replanned {
    /// The policy.
    pub policy: PolicyKind,
    /// One for each arrival, in their order.
    pub jobs: Vec<ReplannedJob>,
    /// Sums over them.
    pub totals: Totals,
}

/// Replays `jobs` on `state` under `policy`, with rounds [`AsNeeded`](Rounds::AsNeeded).
///
/// See [`replan_in`].
pub fn replan(state: State, jobs: &[Arrival], policy: PolicyKind) -> Replanned {
    replan_in(state, jobs, policy, Rounds::AsNeeded)
}

/// Replays `jobs` on `state` under `policy`.
///
/// `state` holds network, data sets, policy prices and energy, and no jobs; its time should not be
/// later than the first arrival, which otherwise counts as submitted at that time. The last round
/// of planning is at most one planning horizon after the last arrival; what waits then is reported
/// as left. Retries without end are cut off by a bound on the steps.
pub fn replan_in(state: State, jobs: &[Arrival], policy: PolicyKind, rounds: Rounds) -> Replanned {
    let jobs = replay::replay(state, jobs, policy, rounds);
    let totals = Totals::of(&jobs);
    Replanned {
        policy,
        jobs,
        totals,
    }
}
