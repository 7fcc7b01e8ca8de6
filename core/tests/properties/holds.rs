//! Holds and redemptions: mostly sensible ones, and some of other tenants, jobs and times.

use ewc_core::State;
use ewc_core::command::{Command, Hold, Redemption};
use ewc_core::model::{JobId, JobSpec, JobState, PolicyKind, SiteId, SiteMode};
use ewc_core::planner;

use crate::build::{HOUR, MINUTE, SECOND};
use crate::commands::any_job;
use crate::jobs;
use crate::plans::{self, Old};
use crate::random::Random;

/// A hold of what the planner finds for a random job in this state or an older one; a tick when it
/// finds nothing.
pub fn hold(random: &mut Random, state: &State, old: &Old) -> Command {
    let base = match old.is_empty() || random.chance(60) {
        true => state,
        false => &old[random.below(old.len())],
    };
    // The last one is longer than a hold may be.
    let hold_ms = random.pick(&[SECOND, 30 * SECOND, MINUTE, MINUTE, 10 * MINUTE, HOUR]);
    let until_ms = state.now_ms() + hold_ms;
    let Some(mut submission) = jobs::submissions(random, base).pop() else {
        return Command::Tick;
    };
    submission.key = "held".to_owned();
    let mut then = base.clone();
    let (tenant, spec) = (submission.tenant.clone(), JobSpec::clone(&submission.spec));
    let submit = Command::SubmitJobs(vec![submission]);
    if then.apply(base.index(), until_ms, &submit).result.is_err() {
        return Command::Tick;
    }
    let Some((_, job)) = then.jobs().get_max() else {
        return Command::Tick;
    };
    let best = planner::options(&then, PolicyKind::Greedy, job)
        .into_iter()
        .next();
    let Some(Ok(mut placement)) = best.map(|option| option.outcome) else {
        return Command::Tick;
    };
    if random.chance(15) {
        plans::spoil_placement(random, state, &mut placement);
    }
    let late_ms = if random.chance(5) { 2 * MINUTE } else { 0 };
    Command::HoldJob(Box::new(Hold {
        tenant,
        spec,
        placement,
        until_ms: until_ms + late_ms,
        base_index: base.index(),
    }))
}

/// True when something is held that could be redeemed.
pub fn any(state: &State) -> bool {
    state.count(JobState::Held) > 0
}

/// The site of something that is held takes no new work.
pub fn unsettle(random: &mut Random, state: &State) -> Command {
    let jobs = state.jobs().values();
    let held = jobs.filter(|job| job.state == JobState::Held);
    let slots = held
        .flat_map(|job| &job.placement)
        .flat_map(|it| &it.groups);
    let sites: Vec<SiteId> = slots
        .filter_map(|slot| state.pool(slot.pool))
        .map(|pool| pool.site)
        .collect();
    Command::SetSiteMode {
        site: random.pick(&sites),
        mode: SiteMode::Cordoned,
    }
}

/// A redemption of something that is held, if anything is; a tick otherwise.
pub fn redeem(random: &mut Random, state: &State) -> Command {
    let jobs = state.jobs().values();
    let held = jobs.filter(|job| job.state == JobState::Held);
    let held: Vec<JobId> = held.map(|job| job.id).collect();
    let hold = match held.is_empty() || random.chance(10) {
        true => JobId(any_job(random, state)),
        false => random.pick(&held),
    };
    let job = state.job(hold);
    let mut tenant = job.map_or("tenant".to_owned(), |job| job.tenant.to_string());
    if random.chance(10) {
        tenant = random.pick(&["tenant", "b", "c"]).to_owned();
    }
    let mut spec = job.map(|job| ewc_core::model::JobSpec::clone(&job.spec));
    if let Some(spec) = spec.as_mut().filter(|_| random.chance(10)) {
        spec.priority += 1;
    }
    Command::RedeemHold(Box::new(Redemption {
        hold,
        tenant,
        key: format!("k{}", random.below(40)),
        spec: spec.filter(|_| random.chance(50)),
    }))
}
