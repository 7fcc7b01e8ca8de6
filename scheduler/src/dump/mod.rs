//! `ewc-scheduler dump`: what a round decides, as an instance file.
//!
//! The state is rebuilt from a member's directory as `replay` does it, without owning it. Of that
//! state, or of the one that a logged plan was made on, the planner's model is written down whole
//! (`ewc_scenario::instance`).

mod command;

#[cfg(test)]
mod tests;

use std::path::Path;

use ewc_core::State;
use ewc_core::model::PolicyKind;
use ewc_core::planner::{Plan, Round, Scope, problem};
use ewc_scenario::instance::{self, Instance};

pub use command::{Args, main};

use crate::replay::ReplayError;
use crate::replay::source::Source;
use crate::replay::walk::{commands_of, plan_of};

/// Of which moment the problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The newest state that can be read.
    Newest,
    /// The state of this log index.
    At(u64),
    /// The state, and the jobs, of the plan that is logged at this index.
    OfPlan(u64),
}

/// What is in the way of a dump.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The directory cannot be read.
    #[error(transparent)]
    Source(#[from] ReplayError),
    /// No state is kept from which that index can be reached.
    #[error("no state at or before index {index} is kept; the oldest kept is {oldest}")]
    NotKept {
        /// The index.
        index: u64,
        /// The oldest that is kept.
        oldest: u64,
    },
    /// Entries are missing on the way.
    #[error("entries {from} to {to} are missing; give an --at-index below or behind them")]
    Gap {
        /// First that is missing.
        from: u64,
        /// Last that is missing.
        to: u64,
    },
    /// The log ends before.
    #[error("index {index} is behind the last committed entry that can be read, {last}")]
    Behind {
        /// The index.
        index: u64,
        /// Where it ends.
        last: u64,
    },
    /// There is no plan.
    #[error("--plan: entry {index} is no plan; ewc-scheduler replay lists the plans")]
    NoPlan {
        /// The index.
        index: u64,
    },
    /// The plan was made by a policy that is not known here.
    #[error("--plan: the plan at {index} was made by \"{policy}\", which is not known here")]
    UnknownPolicy {
        /// The index.
        index: u64,
        /// The policy's name.
        policy: String,
    },
    /// No job waits, and none that is planned may move.
    #[error("at index {index} no job waits and none that is planned may move: nothing to decide")]
    Nothing {
        /// The index.
        index: u64,
    },
}

/// The problem of a moment, of so many jobs at most.
///
/// # Errors
/// The directory cannot be read, the moment is not kept, or there is nothing to decide.
pub fn dump(data_dir: &Path, moment: Moment, jobs_max: u32) -> Result<Instance, DumpError> {
    let source = Source::open(data_dir)?;
    let (state, round) = match moment {
        Moment::OfPlan(index) => {
            let plan = logged_plan(&source, index)?;
            let round = plan.round().ok_or_else(|| DumpError::UnknownPolicy {
                index,
                policy: plan.policy.clone(),
            })?;
            (state_at(&source, Some(plan.base_index))?, round)
        }
        Moment::At(index) => with_all(state_at(&source, Some(index))?, jobs_max),
        Moment::Newest => with_all(state_at(&source, None)?, jobs_max),
    };
    // Whatever policy is in force, M is what the price policy would see.
    let round = Round {
        policy: PolicyKind::Price,
        ..round
    };
    let index = state.index();
    let problem = problem(&state, &round).ok_or(DumpError::Nothing { index })?;
    Ok(instance::dump(&state, &round, &problem))
}

fn with_all(state: State, jobs_max: u32) -> (State, Round) {
    let round = Round {
        policy: PolicyKind::Price,
        scope: Scope::All,
        jobs_max,
        seed: state.index(),
    };
    (state, round)
}

fn logged_plan(source: &Source, index: u64) -> Result<Plan, DumpError> {
    for entry in source.entries(index.saturating_sub(1)) {
        let entry = entry?;
        if entry.index > index {
            break;
        }
        if let Some(plan) = plan_of(&entry)? {
            return Ok(plan);
        }
    }
    Err(DumpError::NoPlan { index })
}

/// The state of an index, or the newest.
fn state_at(source: &Source, index: Option<u64>) -> Result<State, DumpError> {
    let last = index.unwrap_or(u64::MAX);
    let start = source.start_for(last).unwrap_or(0);
    let not_kept = DumpError::NotKept {
        index: last,
        oldest: start,
    };
    if start > last {
        return Err(not_kept);
    }
    let mut state = source.state_at(start).ok_or(not_kept)??;
    for entry in source.entries(start) {
        let entry = entry?;
        if entry.index > last {
            break;
        }
        let next = state.index() + 1;
        if entry.index != next {
            let (from, to) = (next, entry.index - 1);
            return Err(DumpError::Gap { from, to });
        }
        let commands = commands_of(&entry)?;
        if commands.is_empty() {
            state.skip(entry.index);
        }
        for stamped in &commands {
            state.apply(entry.index, stamped.time_ms, &stamped.command);
        }
    }
    match index.filter(|index| state.index() != *index) {
        Some(index) => Err(DumpError::Behind {
            index,
            last: state.index(),
        }),
        None => Ok(state),
    }
}
