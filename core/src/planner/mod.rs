//! The planner: a pure function from a state to a plan.
//!
//! It reads no clock. The shell may stop it at a numbered checkpoint; the number reached is part
//! of the plan, and [`plan`] with the same state, round and stop point gives the same bytes.

mod chain;
mod cost;
mod plan;
mod policies;
mod site;
mod transfer;
mod view;

pub use plan::{Certificate, PLANNER_VERSION, Plan, Prices, Round};
pub use policies::SiteOption;

use crate::model::{Job, JobId, PolicyKind};
use crate::reason::Reason;
use crate::state::{State, dependencies_met};

use view::View;

/// Places waiting jobs, in queue order, each with its whole chain or not at all. `proceed` is
/// asked before every job, with the number of jobs considered so far; at the first `false` the
/// plan ends there.
pub fn plan(state: &State, round: &Round, mut proceed: impl FnMut(u32) -> bool) -> Plan {
    let mut view = View::new(state);
    let mut plan = Plan::empty(state, round);
    for id in queue(state, round) {
        if !proceed(plan.stopped_at) {
            break;
        }
        plan.stopped_at += 1;
        let Some(job) = state.job(id) else { continue };
        match place(&view, round.policy, job) {
            Ok(placement) => {
                view.reserve(&placement);
                plan.placements.push((id, placement));
            }
            // What the state says already is not said again.
            Err(reason) if job.reason == Some(reason) => {}
            Err(reason) => plan.unplaced.push((id, reason)),
        }
    }
    plan
}

/// The best placement of one job on every site, cheapest first, then the sites ruled out.
pub fn options(state: &State, policy: PolicyKind, job: &Job) -> Vec<SiteOption> {
    policies::options(&View::new(state), policy, job)
}

fn place(
    view: &View<'_>,
    policy: PolicyKind,
    job: &Job,
) -> Result<crate::model::Placement, Reason> {
    dependencies_met(view.state(), job)?;
    policies::place(view, policy, job)
}

/// The jobs of a round, in order.
fn queue(state: &State, round: &Round) -> Vec<JobId> {
    let waiting = state.pending().iter();
    let ahead = waiting.filter(|key| round.after.is_none_or(|after| **key > after));
    ahead
        .take(round.jobs_max as usize)
        .map(|(_, job)| *job)
        .collect()
}
