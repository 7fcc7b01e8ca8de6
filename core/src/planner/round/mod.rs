//! A round of the price policy: the whole queue decided together.
//!
//! `build` makes a model of the state and the queue on the slots of `grid`; the solver finds
//! prices, a bound and columns; `settle` turns columns into placements to the millisecond. The
//! certificate speaks of the model. `docs/planner.md` says what the model leaves out.

mod build;
mod data;
mod grid;
mod haste;
mod imbalance;
mod narrow;
mod problem;
mod rows;
mod settle;
mod whole;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use problem::{Problem, problem};
pub use rows::{Quota, Row};
pub use whole::{Whole, whole};

use crate::model::JobId;
use crate::reason::Reason;
use crate::state::{State, dependencies_met};

use super::backfill;
use super::model::Model;
use super::one_by_one;
use super::plan::{Certificate, Plan, Round};
use super::policies::Chooser;
use super::rents::Rents;
use super::solve::{Effort, Solution, Start, solve};
use super::view::View;
use build::Built;
use grid::Grid;
use settle::Rest;

/// Passes of the price iteration at most.
const PASSES: u32 = 80;
/// Moves of the search, for each class, and for each that has a place from an earlier round: those
/// rounds have searched around it.
const MOVES: u64 = 2_000;
const MOVES_PER_CLASS: u64 = 40;
const MOVES_PER_PLANNED: u64 = 4;
/// Times that a solution is settled; in the last of them everything planned stays.
const SETTLED_AT_MOST: usize = 4;
/// Waiting jobs without a place in the model for which one is looked for all the same: the first
/// ones of the queue.
const LEFT_OUT_TRIED: usize = 32;

/// Plans the given jobs together. `proceed` is asked at the solver's checkpoints.
pub(super) fn plan(
    state: &State,
    round: &Round,
    (queue, by): (&[JobId], Chooser),
    mut proceed: impl FnMut(u32) -> bool,
) -> Plan {
    let mut plan = Plan::empty(state, round);
    let Some(prepared) = prepare(state, &mut plan, queue) else {
        return plan;
    };
    let (mut view, queue, built) = (prepared.view, &prepared.queue, prepared.built);
    let effort = Effort {
        seed: round.seed,
        passes: PASSES,
        moves: moves(&built),
        near_permille: state.policy().gap_tolerance_permille,
    };
    let prices = imbalance::start(&built, rows::start(state, &built.grid, &built.powers));
    let start = Start {
        prices: prices.as_ref(),
        taken: &built.as_planned(),
    };
    // Once stopped, it stays stopped.
    let mut open = true;
    let mut proceed = |number| {
        open = open && proceed(number);
        open
    };
    let solution = solve(&built.model, &start, &effort, &mut proceed);
    let scarce = solution.prices.scarce(&built.model);
    let prices = rows::prices(state, &built.grid, &built.powers, &scarce);
    view.set_rents(Arc::new(Rents::new(state, &prices)));
    plan.stopped_at = solution.stopped_at;
    plan.certificate = Some(certificate(&built.model, &solution));
    plan.prices = (prices != *state.prices()).then_some(prices);
    let columns = (solution.taken.as_slice(), &solution.prices);
    let planned: BTreeSet<JobId> = built
        .stay
        .iter()
        .zip(&built.jobs)
        .filter(|(stay, _)| stay.is_some())
        .flat_map(|(_, jobs)| jobs.iter().copied())
        .collect();
    // Nobody loses a promised place: whoever would is pinned to it, and all is settled again.
    let mut pinned = BTreeSet::new();
    for tries_left in (0..SETTLED_AT_MOST).rev() {
        let (mut view, mut settled) = (view.clone(), plan.clone());
        let rest = settle::settle(&mut view, &built, queue, columns, &pinned, &mut settled);
        let (again, left) = to_try_again(rest, queue, &planned);
        one_by_one(&mut view, &mut settled, &again, by, &mut proceed);
        leave(state, &built, &left, &mut settled);
        plan.stopped_at = settled.stopped_at;
        let placed: BTreeSet<JobId> = settled.placements.iter().map(|(job, _)| *job).collect();
        let rest = again.iter().chain(&left).copied();
        let lost: BTreeSet<JobId> = rest
            .filter(|job| planned.contains(job) && !placed.contains(job))
            .collect();
        if lost.is_empty() {
            return settled;
        }
        match tries_left {
            1 => pinned.clone_from(&planned),
            _ => pinned.extend(lost),
        }
    }
    plan
}

fn moves(built: &Built) -> u64 {
    let each = |stay: &Option<usize>| match stay {
        None => MOVES_PER_CLASS,
        Some(_) => MOVES_PER_PLANNED,
    };
    MOVES + built.stay.iter().map(each).sum::<u64>()
}

/// What a round decides: the jobs that are not placed ahead of the others, and the model of them.
struct Prepared<'a> {
    view: View<'a>,
    queue: Vec<JobId>,
    built: Built,
}

/// Places ahead of the others whom an earlier plan left out, and makes a model of the rest; `None`
/// when there is no rest.
fn prepare<'a>(state: &'a State, plan: &mut Plan, queue: &[JobId]) -> Option<Prepared<'a>> {
    let mut view = View::new(state);
    let queue = leave_dependent(state, plan, queue);
    let queue = backfill::place_left_out(&mut view, plan, &queue);
    if queue.is_empty() {
        return None;
    }
    backfill::hold_back_beside(&mut view, plan, &queue);
    let policy = state.policy();
    let grid = Grid::new(state.now_ms(), policy.slot_ms, policy.horizon_ms);
    let mut built = build::build(&mut view, &queue, grid);
    imbalance::add(&view, &mut built);
    narrow::narrow(state, &mut built);
    Some(Prepared { view, queue, built })
}

/// Leaves jobs waiting that others have to end before: in the model they would take room that they
/// cannot use. Returns the rest.
fn leave_dependent(state: &State, plan: &mut Plan, queue: &[JobId]) -> Vec<JobId> {
    let mut rest = Vec::with_capacity(queue.len());
    for id in queue {
        let Some(job) = state.job(*id) else {
            continue;
        };
        match dependencies_met(state, job) {
            Ok(()) => rest.push(*id),
            Err(reason) => plan.leave(job, reason),
        }
    }
    rest
}

/// Who is placed one by one, in queue order, and who is left waiting without another look: where
/// the model has no room for a job, there is hardly any between its slots.
fn to_try_again(
    rest: Rest,
    queue: &[JobId],
    planned: &BTreeSet<JobId>,
) -> (Vec<JobId>, Vec<JobId>) {
    let (mut again, mut waiting): (Vec<JobId>, Vec<JobId>) = rest
        .left_out
        .into_iter()
        .partition(|job| planned.contains(job));
    again.extend(rest.displaced);
    let left = waiting.split_off(LEFT_OUT_TRIED.min(waiting.len()));
    again.extend(waiting);
    let again: BTreeSet<JobId> = again.into_iter().collect();
    let in_order = queue.iter().filter(|job| again.contains(job));
    (in_order.copied().collect(), left)
}

/// Leaves jobs waiting, each with what is in its way.
fn leave(state: &State, built: &Built, jobs: &[JobId], plan: &mut Plan) {
    let left: BTreeSet<JobId> = jobs.iter().copied().collect();
    for (class, of_class) in built.jobs.iter().enumerate() {
        let reasons = built.ruled_out[class].iter().map(|(_, reason)| *reason);
        let reason = match built.pools[class].is_empty() {
            true => reasons.max().unwrap_or(Reason::PoolTooSmall),
            false => Reason::PoolBusy,
        };
        for job in of_class.iter().filter(|id| left.contains(id)) {
            if let Some(job) = state.job(*job) {
                plan.leave(job, reason);
            }
        }
    }
}

fn certificate(model: &Model, solution: &Solution) -> Certificate {
    let (mut unplaced, mut penalty) = (0, 0);
    for (class, taken) in model.classes.iter().zip(&solution.taken) {
        let placed: u32 = taken.iter().map(|(_, count)| count).sum();
        let out = class.count - placed;
        unplaced += out;
        penalty += i128::from(out) * i128::from(class.unplaced);
    }
    let narrow = |value: i128| i64::try_from(value).unwrap_or(i64::MAX);
    Certificate {
        model_digest: model.digest(),
        objective_micro_cny: narrow(solution.objective),
        bound_micro_cny: narrow(solution.bound),
        unplaced,
        penalty_micro_cny: narrow(penalty),
    }
}
