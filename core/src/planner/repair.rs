//! A plan brought up to the newest state before it is proposed.
//!
//! A round takes time, and jobs that arrive meanwhile are placed without waiting for it. What they
//! took may be what the round has given to others. Here every placement is checked once more, by
//! the rule that `apply` uses and in the order in which it will; what no longer fits is placed
//! again, one by one. The outcome is a function of the plan, the newer state, and the checkpoint
//! reached: both indices are logged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Job, JobId, JobState, Placement, PolicyKind};
use crate::reason::Reason;
use crate::state::{State, dependencies_met, fits};

use super::plan::{Plan, Repair};
use super::policies::Chooser;
use super::rents::Rents;
use super::view::View;
use super::{backfill, moves, one_by_one};

/// Times that the moves of a plan are looked at; in the last of them nobody moves.
const TRIES_MAX: usize = 4;

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
    let again = keep_moves(&mut view, &mut plan, &others.collect::<Vec<_>>());
    if round.policy == PolicyKind::Price {
        backfill::hold_back_beside(&mut view, &plan, &again);
    }
    let stopped_at = std::mem::take(&mut plan.stopped_at);
    let by = Chooser::from(&round);
    one_by_one(&mut view, &mut plan, &again, by, &mut proceed);
    moves::keep(&mut view, &mut plan);
    plan.repair = Some(Repair {
        index: state.index(),
        stopped_at: plan.stopped_at,
    });
    plan.stopped_at = stopped_at;
    plan
}

/// Reserves what still fits, with the moves of planned jobs that do: whoever cannot go where it
/// should stays where it is, and then so does whoever was to take its place. Returns the waiting
/// jobs of what does not fit, in the plan's order.
fn keep_moves(
    view: &mut View<'_>,
    plan: &mut Plan,
    placements: &[(JobId, Placement)],
) -> Vec<JobId> {
    let state = view.state();
    let planned = |job: &&Arc<Job>| job.state == JobState::Planned;
    let jobs = placements.iter().filter_map(|(id, _)| state.job(*id));
    let mut moving: BTreeMap<JobId, &Job> = jobs
        .filter(planned)
        .map(|job| (job.id, job.as_ref()))
        .collect();
    for tries_left in (0..TRIES_MAX).rev() {
        let (mut kept, mut repaired) = (view.clone(), plan.clone());
        moving.values().for_each(|job| kept.withdraw(job));
        let (again, stuck) = keep(&mut kept, &mut repaired, placements, &moving);
        if stuck.is_empty() {
            (*view, *plan) = (kept, repaired);
            return again;
        }
        match tries_left {
            1 => moving.clear(),
            _ => moving.retain(|job, _| !stuck.contains(job)),
        }
    }
    Vec::new()
}

/// Reserves what still fits, planned jobs only if they are `moving`. Returns the waiting jobs of
/// what does not, in the plan's order, and the moving jobs of what does not.
fn keep(
    view: &mut View<'_>,
    plan: &mut Plan,
    placements: &[(JobId, Placement)],
    moving: &BTreeMap<JobId, &Job>,
) -> (Vec<JobId>, Vec<JobId>) {
    let preempted = std::mem::take(&mut plan.preempted);
    let mut taken = BTreeSet::new();
    let (mut again, mut stuck) = (Vec::new(), Vec::new());
    for (id, placement) in placements {
        let id = *id;
        let Some(job) = view.state().job(id) else {
            continue;
        };
        let moves = moving.contains_key(&id);
        if job.state != JobState::Pending && !moves {
            continue;
        }
        let victims = preempted.iter().find(|(by, _)| *by == id);
        let victims = victims.map_or(&[][..], |(_, victims)| victims);
        match reserve(view, job, placement, victims, &taken) {
            Ok(()) => {
                taken.extend(victims);
                if !victims.is_empty() {
                    plan.preempted.push((id, victims.to_vec()));
                }
                plan.placements.push((id, placement.clone()));
            }
            Err(_) if moves => stuck.push(id),
            Err(_) => again.push(id),
        }
    }
    (again, stuck)
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
    let cleared = match victims.is_empty() {
        false => {
            let mut cleared = view.clone();
            cleared.clear_way(job, victims, placement.start_ms())?;
            Some(cleared)
        }
        true => None,
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
