//! The planner: a pure function from a state to a plan.
//!
//! It reads no clock. The shell may stop it at a numbered checkpoint; the number reached is part
//! of the plan, and [`plan`] with the same state, round and stop point gives the same bytes.

mod backfill;
mod chain;
mod cost;
mod drain;
mod forward;
mod imbalance;
mod met;
pub mod model;
mod movable;
mod moves;
mod plan;
mod policies;
mod preempt;
mod rents;
mod repair;
mod replicas;
mod round;
pub mod shares;
mod site;
mod solve;
#[cfg(test)]
mod support;
mod transfer;
mod view;
mod why_not;

pub use cost::spent;
pub(crate) use cost::transport;
pub use drain::{Drain, Leaving, drain};
pub use met::{Scarce, prices_met};
pub use movable::movable;
pub use moves::may_move_running;
pub use plan::{
    Capacity, Certificate, LinkPrice, PLANNER_VERSION, Plan, PlannedMove, PoolPrice, Prices,
    Repair, Round, Scope,
};
pub use policies::SiteOption;
pub use repair::repair;
pub use replicas::{Proposal, propose_replicas};
pub use round::{Problem, Quota, Row, Whole, problem, whole};
pub use solve::{Arrivals, Effort, Quotes, RowPrices, Solution, Start, solve};
pub use why_not::{Change, Lever, WhyNot, why_not};

use std::collections::BTreeSet;
use std::ops::Bound::{Excluded, Unbounded};

use crate::model::{Job, JobId, JobState, PolicyKind};
use crate::reason::Reason;
use crate::state::{State, dependencies_met};

use backfill::Places;
use policies::{Chooser, Told};
use view::View;

/// Places waiting jobs, each with its whole chain or not at all: one by one in queue order, or by
/// prices all together. `proceed` is asked at every checkpoint, with its number from 0; at the
/// first `false` the plan ends there.
pub fn plan(state: &State, round: &Round, proceed: impl FnMut(u32) -> bool) -> Plan {
    plan_by(state, round, round.into(), proceed)
}

/// The decisions of [`plan`] without a word about the sites that were not chosen, for whoever will
/// not be asked about them: most of them need not be looked at.
pub fn decide(state: &State, round: &Round, proceed: impl FnMut(u32) -> bool) -> Plan {
    plan_by(state, round, Chooser::from(round).brief(), proceed)
}

fn plan_by(
    state: &State,
    round: &Round,
    by: Chooser,
    mut proceed: impl FnMut(u32) -> bool,
) -> Plan {
    let queue = queue(state, round);
    if round.policy == PolicyKind::Price && !matches!(round.scope, Scope::NewerThan(_)) {
        // Once stopped, it stays stopped.
        let mut open = true;
        let mut proceed = |number| {
            open = open && proceed(number);
            open
        };
        let mut plan = round::plan(state, round, (&queue, by), &mut proceed);
        moves::add(state, &mut plan, round.seed, proceed);
        return plan;
    }
    let mut view = View::under(state, round.policy);
    let mut plan = Plan::empty(state, round);
    match (round.policy, &round.scope) {
        (PolicyKind::Price, Scope::NewerThan(last)) => {
            behind_others(&mut view, &mut plan, (&queue, *last), by, proceed);
        }
        _ => {
            let by = (by, Last::Forgotten);
            each_beside(&mut view, &mut plan, &queue, by, &mut proceed);
        }
    }
    plan
}

/// Places jobs that arrived after `last` in what those that wait since before leave them. Priority
/// goes before age.
fn behind_others(
    view: &mut View<'_>,
    plan: &mut Plan,
    (jobs, last): (&[JobId], JobId),
    by: Chooser,
    mut proceed: impl FnMut(u32) -> bool,
) {
    let state = view.state();
    let priority = |id: &JobId| state.job(*id).map_or(0, |job| job.spec.priority);
    let mut heads = backfill::heads(state);
    heads.retain(|head| head.id <= last);
    for jobs in jobs.chunk_by(|a, b| priority(a) == priority(b)) {
        let first = heads.partition_point(|head| head.spec.priority >= priority(&jobs[0]));
        let behind = backfill::hold_back(view, heads.drain(..first), Places::All);
        backfill::close_for(view, &behind);
        one_by_one(view, plan, jobs, by, &mut proceed);
    }
}

/// What becomes of the place of the last job in the view: to reserve it copies tables, which is
/// much for an arrival that comes alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Reserved,
    /// Nobody asks the view any more.
    Forgotten,
}

/// Places jobs in the given order, each beside those before it. A checkpoint is before each.
fn one_by_one(
    view: &mut View<'_>,
    plan: &mut Plan,
    jobs: &[JobId],
    by: Chooser,
    proceed: &mut impl FnMut(u32) -> bool,
) {
    each_beside(view, plan, jobs, (by, Last::Reserved), proceed);
}

fn each_beside(
    view: &mut View<'_>,
    plan: &mut Plan,
    jobs: &[JobId],
    (by, last): (Chooser, Last),
    proceed: &mut impl FnMut(u32) -> bool,
) {
    let state = view.state();
    let gives_way = plan.preempted.iter().flat_map(|(_, victims)| victims);
    let mut taken: BTreeSet<JobId> = gives_way.chain(view.withdrawn()).copied().collect();
    let mut looked = 0;
    for (at, &id) in jobs.iter().enumerate() {
        if !proceed(plan.stopped_at) {
            break;
        }
        plan.stopped_at += 1;
        let Some(job) = state.job(id) else { continue };
        let own = view.let_go(job);
        match place(view, by, job) {
            Ok(placement) => {
                if last == Last::Reserved || at + 1 < jobs.len() {
                    view.reserve(job, &placement);
                }
                plan.placements.push((id, placement));
            }
            Err(reason) if preempt::helps(reason) && looked < preempt::PER_ROUND_MAX => {
                looked += 1;
                let Some(way) = preempt::find(view, job, &taken) else {
                    view.hold_back_again(job, own);
                    plan.leave(job, reason);
                    continue;
                };
                for victim in way.victims.iter().filter_map(|id| state.job(*id)) {
                    view.give_up(victim, way.placement.start_ms());
                    taken.insert(victim.id);
                }
                view.reserve(job, &way.placement);
                plan.placements.push((id, way.placement));
                plan.preempted.push((id, way.victims));
            }
            Err(reason) => {
                view.hold_back_again(job, own);
                plan.leave(job, reason);
            }
        }
    }
}

/// The best placement of one job on every site, the one the policy prefers first, then the sites
/// ruled out: what it would be offered as the next arrival, behind those that wait for room. What
/// is random in it is drawn as in a round with the state's index as its seed.
pub fn options(state: &State, policy: PolicyKind, job: &Job) -> Vec<SiteOption> {
    let seed = state.index();
    let mut view = View::under(state, policy);
    if policy == PolicyKind::Price {
        let mut heads = backfill::heads(state);
        heads.retain(|head| head.id < job.id && head.spec.priority >= job.spec.priority);
        backfill::hold_back(&mut view, heads, Places::All);
    }
    let told = Told::All;
    policies::options(&view, Chooser { policy, seed, told }, job)
}

/// The youngest job that a plan of arrivals has considered; rounds look at it from now on. In queue
/// order: a job that the plan did not reach waits for a round, too.
pub fn considered(state: &State, round: &Round, plan: &Plan) -> JobId {
    let jobs = match &round.scope {
        // In whatever order.
        Scope::NewerThan(last) => newer_than(state, *last, round.jobs_max),
        _ => queue(state, round),
    };
    let whole = plan.stopped_at as usize >= jobs.len();
    match (whole && jobs.len() < round.jobs_max as usize, &round.scope) {
        (true, _) => state.newest_job(),
        (false, Scope::NewerThan(last)) => jobs.into_iter().max().unwrap_or(*last),
        (false, _) => jobs.into_iter().max().unwrap_or(JobId(0)),
    }
}

fn place(view: &View<'_>, by: Chooser, job: &Job) -> Result<crate::model::Placement, Reason> {
    dependencies_met(view.state(), job)?;
    policies::place(view, by, job)
}

/// The jobs of a round, in the order in which they are planned. What decides jobs together also
/// reconsiders those that are planned.
pub fn queue(state: &State, round: &Round) -> Vec<JobId> {
    let count = round.jobs_max as usize;
    match &round.scope {
        Scope::All => {
            let waiting = shares::window(state, &shares::Cursors::new(), count);
            let mut jobs = match round.policy {
                PolicyKind::Price => movable(state, count - waiting.len()),
                _ => Vec::new(),
            };
            jobs.extend(waiting);
            jobs
        }
        Scope::Only(jobs) => {
            let mut seen = BTreeSet::new();
            let together = round.policy == PolicyKind::Price;
            let waits = |id: JobId| {
                state.job(id).is_some_and(|job| {
                    let moves = together && movable::may_move(state, job);
                    job.state == JobState::Pending || moves
                })
            };
            let jobs = jobs.iter().copied();
            let once = jobs.filter(|id| waits(*id) && seen.insert(*id));
            once.take(count).collect()
        }
        Scope::NewerThan(job) => shares::order(state, &newer_than(state, *job, round.jobs_max)),
    }
}

/// Waiting jobs that arrived after `last`, by identity, and no more than `jobs_max`.
fn newer_than(state: &State, last: JobId, jobs_max: u32) -> Vec<JobId> {
    let newer = state.jobs().range((Excluded(last), Unbounded));
    let waiting = newer.filter(|(_, job)| job.state == JobState::Pending);
    waiting.map(|(id, _)| *id).take(jobs_max as usize).collect()
}
