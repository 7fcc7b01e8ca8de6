//! A plan made or repaired on the state at hand is accepted wholly, and decides as if every site
//! had been looked at in full; what is refused changes nothing.

use ewc_core::command::Command;
use ewc_core::model::{JobState, Placement, PolicyKind, SiteVerdict, Verdict};
use ewc_core::planner::{self, Plan, Round};
use ewc_core::state::Answer;

use super::{Check, Step, ensure};

pub fn check(step: &Step<'_>) -> Check {
    refused(step)?;
    let Command::CommitPlan(plan) = &step.entry.command else {
        return Ok(());
    };
    let Ok(Answer::Planned { accepted, rejected }) = &step.applied.result else {
        return Err("plan: no answer to a plan".to_owned());
    };
    let placed = plan.placements.len() + plan.moves.len();
    ensure(*accepted as usize + rejected.len() == placed, || {
        "plan: lost a job".to_owned()
    })?;
    if let Some(on) = step.entry.repaired_on {
        // Again, not of another state in a shortened log.
        return ensure(rejected.is_empty() || on != step.before.digest(), || {
            format!("plan: repaired, yet rejected: {rejected:?}")
        });
    }
    if !step.entry.fresh || plan.base_index != step.before.index() {
        return Ok(());
    }
    // A shortened log leads to other states under the same index; then the plan is not of it.
    let Some(round) = plan.round() else {
        return Err("plan: names no policy".to_owned());
    };
    let again = || planner::plan(step.before, &round, |done| done < plan.stopped_at);
    if let Err(problem) = first_by_options(step, plan, round.policy)
        && again() == *plan
    {
        return Err(problem);
    }
    if let Err(problem) = briefly(step, plan, &round)
        && again() == *plan
    {
        return Err(problem);
    }
    if rejected.is_empty() {
        let moved = |id| {
            let job = step.after.job(id);
            job.is_some_and(|job| job.state != JobState::Pending || !job.attempts.is_empty())
        };
        return ensure(plan.placements.iter().all(|(id, _)| moved(*id)), || {
            "plan: an accepted job still waits".to_owned()
        });
    }
    ensure(again() != *plan, || {
        format!("plan: fresh, yet rejected: {rejected:?}")
    })
}

/// The first job that a plan places, before anything else is reserved, goes where the whole
/// placements of all sites say, for the same reasons: plans take shorter ways.
fn first_by_options(step: &Step<'_>, plan: &Plan, policy: PolicyKind) -> Check {
    let Some((id, placement)) = plan.placements.first() else {
        return Ok(());
    };
    let job = step.before.job(*id);
    let waits = job.filter(|job| job.state == JobState::Pending);
    let (Some(job), true) = (waits, plan.preempted.is_empty()) else {
        return Ok(());
    };
    if !matches!(policy, PolicyKind::Greedy | PolicyKind::FirstFit) {
        return Ok(());
    }
    let mut options = planner::options(step.before, policy, job);
    let chosen = options.remove(0);
    if policy == PolicyKind::FirstFit {
        options.retain(|option| option.site < chosen.site);
    }
    let Ok(mut expected) = chosen.outcome else {
        return Err(format!("plan: {id:?} is placed where no site has room"));
    };
    let verdict = |outcome: &Result<_, _>| match outcome {
        Ok(other) => Verdict::Dearer {
            extra_micro_cny: objective(other) - objective(&expected),
        },
        Err(reason) => Verdict::RuledOut(*reason),
    };
    let verdicts = options.iter().map(|option| SiteVerdict {
        site: option.site,
        verdict: verdict(&option.outcome),
    });
    expected.verdicts = verdicts.collect();
    ensure(*placement == expected, || {
        format!("plan: {id:?}: {placement:?} instead of {expected:?}")
    })
}

/// Without a word about other sites the same is decided, although most of them are not looked at.
fn briefly(step: &Step<'_>, plan: &Plan, round: &Round) -> Check {
    let brief = planner::decide(step.before, round, |done| done < plan.stopped_at);
    let (brief, plan) = (untold(brief), untold(plan.clone()));
    ensure(brief == plan, || {
        format!("plan: briefly {brief:?} instead of {plan:?}")
    })
}

fn untold(mut plan: Plan) -> Plan {
    let placements = plan.placements.iter_mut();
    placements.for_each(|(_, placement)| placement.verdicts.clear());
    plan
}

fn objective(placement: &Placement) -> i64 {
    placement.cost.objective_micro_cny
}

fn refused(step: &Step<'_>) -> Check {
    if step.applied.result.is_ok() {
        return Ok(());
    }
    ensure(step.applied.events.is_empty(), || {
        "refused: with events".to_owned()
    })?;
    let mut idle = step.before.clone();
    idle.apply(
        step.entry.index,
        step.entry.time_ms,
        &Command::Refreshed(Vec::new()),
    );
    ensure(idle.digest() == step.after.digest(), || {
        "refused: changed the state".to_owned()
    })
}
