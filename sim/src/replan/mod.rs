//! Replays jobs through the core alone, so that policies are compared on equal terms.
//!
//! The same planner, the same rule that checks plans and the same life of a job as on a running
//! network; agents are replaced by what [`Arrival`] says of each run. Time is the network's. There
//! is no cluster in it: no elections, no lost messages, no latency of the planner itself.
//!
//! The same input gives the same output. Every input ends: see [`replan_in`].

mod agents;
mod outcome;
mod replay;
#[cfg(test)]
mod tests;
mod totals;

use ewc_core::State;
use ewc_core::model::{JobSpec, PolicyKind};

pub use outcome::{NotPlaced, ReplannedJob};
pub use totals::{Totals, Waits};

use replay::Replay;

/// A job on its way in, with what will become of it when it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// When it is submitted, in the network's time.
    pub submit_ms: i64,
    /// Who owns it.
    pub tenant: String,
    /// The owner's key, unique in the tenant.
    pub key: String,
    /// What is asked for; keeps the rules of [`ewc_scenario::validate`](fn@ewc_scenario::validate).
    /// `after_ok` names jobs by their place in the list of arrivals, from 1,
    /// which is their identity if the list is in the order in which the network numbered them.
    pub spec: JobSpec,
    /// How long it really runs; cut off at its longest time limit.
    pub run_ms: i64,
    /// False: every attempt ends with a failed task.
    pub ends_well: bool,
}

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

/// When there is a round of planning; in every case only while jobs wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounds {
    /// Whenever jobs arrived or capacity came free; while jobs wait for nothing but time, one
    /// after a slot of the policy and then at doubling distances.
    AsNeeded,
    /// At the state's time and then so far apart, whatever happens in between.
    Every {
        /// Distance, at least 1.
        ms: i64,
    },
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
    let mut replay = Replay::new(state, jobs, policy, rounds);
    replay.run();
    let jobs = replay.outcomes();
    let totals = Totals::of(&jobs);
    Replanned {
        policy,
        jobs,
        totals,
    }
}
