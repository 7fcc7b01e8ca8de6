//! A plan brought up to the newest state before it is proposed.
//!
//! A round takes time, and jobs that arrive meanwhile are placed without waiting for it. What they
//! took may be what the round has given to others. Here every placement is checked once more, by
//! the rule that `apply` uses and in the order in which it will; what no longer fits is placed
//! again, one by one. The outcome is a function of the plan, the newer state, and the checkpoint
//! reached: both indices are logged.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Job, JobId, JobState, Placement, PolicyKind};
use crate::reason::Reason;
use crate::state::{State, dependencies_met, fits};

use super::plan::{Plan, Repair};
use super::policies::Chooser;
use super::rents::Rents;
use super::view::View;
use super::{backfill, one_by_one};

/// The plan as it is to be proposed on `state`, a later one than it was made on. `proceed` is asked
/// before each job that is placed again, with its number from 0; whoever is behind the first
/// `false` keeps waiting. A plan of a policy that is not known stays as it is.
pub fn repair(state: &State, mut plan: Plan, mut proceed: impl FnMut(u32) -> bool) -> Plan {
    let Some(round) = plan.round() else {
        return plan;
    };
    let mut view = View::under(state, round.policy);
    if let (PolicyKind::Price, Some(prices)) = (round.policy, &plan.prices) {
        view.set_rents(Arc::new(Rents::new(state, prices)));
    }
    let found = std::mem::take(&mut plan.placements);
    let mut rest: Vec<JobId> = found.iter().map(|(id, _)| *id).collect();
    if round.policy == PolicyKind::Price {
        rest = backfill::place_left_out(&mut view, &mut plan, &rest);
    }
    let rest: BTreeSet<JobId> = rest.into_iter().collect();
    let others = found.into_iter().filter(|(id, _)| rest.contains(id));
    let again = keep(&mut view, &mut plan, others);
    if round.policy == PolicyKind::Price {
        backfill::hold_back_beside(&mut view, &plan, &again);
    }
    let stopped_at = std::mem::take(&mut plan.stopped_at);
    let by = Chooser::from(&round);
    one_by_one(&mut view, &mut plan, &again, by, &mut proceed);
    plan.repair = Some(Repair {
        index: state.index(),
        stopped_at: plan.stopped_at,
    });
    plan.stopped_at = stopped_at;
    plan
}

/// Reserves what still fits. Returns the waiting jobs of what does not, in the plan's order.
fn keep(
    view: &mut View<'_>,
    plan: &mut Plan,
    placements: impl Iterator<Item = (JobId, Placement)>,
) -> Vec<JobId> {
    let preempted = std::mem::take(&mut plan.preempted);
    let mut taken = BTreeSet::new();
    let mut again = Vec::new();
    for (id, placement) in placements {
        let Some(job) = view.state().job(id) else {
            continue;
        };
        if !matches!(job.state, JobState::Pending | JobState::Planned) {
            continue;
        }
        let victims = preempted.iter().find(|(by, _)| *by == id);
        let victims = victims.map_or(&[][..], |(_, victims)| victims);
        match reserve(view, job, &placement, victims, &taken) {
            Ok(()) => {
                taken.extend(victims);
                if !victims.is_empty() {
                    plan.preempted.push((id, victims.to_vec()));
                }
                plan.placements.push((id, placement));
            }
            // What was planned before keeps its place.
            Err(_) if job.state == JobState::Planned => {}
            Err(_) => again.push(id),
        }
    }
    again
}

fn reserve(
    view: &mut View<'_>,
    job: &Job,
    placement: &Placement,
    victims: &[JobId],
    taken: &BTreeSet<JobId>,
) -> Result<(), Reason> {
    if victims.iter().any(|victim| taken.contains(victim)) {
        return Err(Reason::PlanStale);
    }
    let state = view.state();
    let cleared = match job.placement.is_some() || !victims.is_empty() {
        true => {
            let mut cleared = view.clone();
            cleared.release(job);
            cleared.clear_way(job, victims, placement.start_ms())?;
            Some(cleared)
        }
        false => None,
    };
    dependencies_met(state, job)?;
    let reservations = cleared.as_ref().unwrap_or(view).reservations();
    fits(state, reservations, job, placement)?;
    if let Some(cleared) = cleared {
        *view = cleared;
    }
    view.reserve(job, placement);
    Ok(())
}
