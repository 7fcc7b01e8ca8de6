//! Tenants: what the state says they have is what their jobs have, what a plan adds stays within
//! the quotas, and the order of the queue follows the shares.

use std::collections::BTreeMap;

use ewc_core::State;
use ewc_core::command::Command;
use ewc_core::model::{GroupPlacement, Job, JobId, JobState, Resources};
use ewc_core::planner::shares;
use ewc_core::state::Tenant;

use super::{Check, Step, ensure};

pub fn check(step: &Step<'_>) -> Check {
    counts(step.after)?;
    reserved(step.after)?;
    order(step.after)?;
    match &step.entry.command {
        Command::CommitPlan(_) | Command::RedeemHold(_) => placed_within_quota(step),
        Command::HoldJob(_) => {
            placed_within_quota(step)?;
            queued_within_quota(step)
        }
        Command::SubmitJobs(_) => queued_within_quota(step),
        _ => Ok(()),
    }
}

fn live(state: &State) -> impl Iterator<Item = &Job> {
    let jobs = state.jobs().values().map(AsRef::as_ref);
    jobs.filter(|job: &&Job| !job.state.is_terminal())
}

fn counts(state: &State) -> Check {
    let mut expected: BTreeMap<&str, Tenant> = BTreeMap::new();
    for job in live(state) {
        let tenant = expected.entry(&job.tenant).or_default();
        let started = matches!(job.state, JobState::Dispatched | JobState::Running);
        tenant.queued += u64::from(!started);
        tenant.holds += u64::from(job.state == JobState::Held);
        tenant.placed += u64::from(job.placement.is_some());
        let slots = job.placement.iter().flat_map(|placement| &placement.groups);
        tenant.held = slots.fold(tenant.held, |sum, slot| sum + slot.total);
    }
    let found = state
        .tenants()
        .iter()
        .map(|(name, tenant)| (&**name, *tenant));
    ensure(found.eq(expected), || {
        "tenancy: not what the jobs have".to_owned()
    })
}

/// What counts against the quotas is what the tenant's jobs reserve from now on.
fn reserved(state: &State) -> Check {
    let names = ["tenant", "b", "c"];
    for name in names {
        let limited = state.policy().tenant(name).quota.capacity().is_some();
        let profile = state.reservations().tenant(name);
        let edges = live(state).flat_map(edges);
        let steps = profile.steps().iter().map(|step| step.0);
        let instants = edges.chain(steps).chain([state.now_ms()]);
        for at_ms in instants.filter(|at_ms| *at_ms >= state.now_ms()) {
            let expected = match limited {
                true => level(state, name, at_ms),
                false => Resources::ZERO,
            };
            let found = profile.level_at(at_ms);
            ensure(found == expected, || {
                format!("tenancy: {name} has {expected:?} at {at_ms}, counted are {found:?}")
            })?;
        }
    }
    Ok(())
}

/// What a job holds of pools, where it moves to included.
fn slots(job: &Job) -> impl Iterator<Item = &GroupPlacement> {
    let moving = job.moving.iter().flat_map(|moving| &moving.to);
    let chains = job.placement.iter().chain(moving);
    chains.flat_map(|placement| &placement.groups)
}

fn edges(job: &Job) -> impl Iterator<Item = i64> {
    slots(job).flat_map(|slot| [slot.start_ms, slot.end_ms])
}

fn level(state: &State, tenant: &str, at_ms: i64) -> Resources {
    let jobs = live(state).filter(|job| *job.tenant == *tenant);
    let here = jobs
        .flat_map(slots)
        .filter(|slot| slot.start_ms <= at_ms && at_ms < slot.end_ms);
    here.fold(Resources::ZERO, |sum, slot| sum + slot.total)
}

/// Whenever a job runs that this plan placed, its tenant is within its quota.
fn placed_within_quota(step: &Step<'_>) -> Check {
    let state = step.after;
    let accepted = live(state).filter(|job| {
        let before = step.before.job(job.id);
        let was = before.and_then(|before| before.placement.as_ref());
        let moving = job.moving.as_ref();
        let moves = moving.is_some_and(|moving| moving.planned_at == step.entry.index);
        job.planned_at == step.entry.index && was != job.placement.as_ref() || moves
    });
    for job in accepted {
        let quota = state.policy().tenant(&job.tenant).quota;
        let moves = job.moving.as_ref().and_then(|moving| moving.to.as_ref());
        let placed = moves.or(job.placement.as_ref());
        for slot in placed.iter().flat_map(|placement| &placement.groups) {
            let inside = |at_ms: &i64| slot.start_ms <= *at_ms && *at_ms < slot.end_ms;
            let instants = live(state).flat_map(edges).filter(inside);
            for at_ms in instants.filter(|at_ms| *at_ms >= state.now_ms()) {
                let level = level(state, &job.tenant, at_ms);
                let over = |limit: Option<i64>, held| limit.is_some_and(|limit| held > limit);
                let over = over(quota.cpu_millis, level.cpu_millis)
                    || over(quota.memory_mib, level.memory_mib)
                    || over(quota.accelerators, level.accelerators);
                ensure(!over, || {
                    format!(
                        "tenancy: job {} takes {} over its quota",
                        job.id, job.tenant
                    )
                })?;
            }
        }
    }
    Ok(())
}

fn queued_within_quota(step: &Step<'_>) -> Check {
    for name in ["tenant", "b", "c"] {
        let (before, after) = (step.before.tenant(name), step.after.tenant(name));
        let limit = step.after.policy().tenant(name).quota.queued;
        let over = limit.is_some_and(|limit| after.queued > limit);
        ensure(!over || after.queued <= before.queued, || {
            format!("tenancy: {name} queues more than its quota")
        })?;
    }
    Ok(())
}

/// Every waiting job once; by priority; within one, no tenant goes next whose share is larger
/// than that of another that waits; and windows of any size, one after the other, show them all.
fn order(state: &State) -> Check {
    let all = shares::window(state, &shares::Cursors::new(), usize::MAX);
    let mut sorted = all.clone();
    sorted.sort();
    let waiting = live(state).filter(|job| job.state == JobState::Pending);
    ensure(waiting.map(|job| job.id).eq(sorted.iter().copied()), || {
        "tenancy: the order is not of the waiting jobs".to_owned()
    })?;
    ensure(shares::order(state, &sorted) == all, || {
        "tenancy: order and window differ".to_owned()
    })?;
    let mut held: BTreeMap<&str, Resources> = BTreeMap::new();
    for (at, id) in all.iter().enumerate() {
        let job = &state.jobs()[id];
        for later in all[at..].iter().map(|id| &state.jobs()[id]) {
            ensure(later.spec.priority <= job.spec.priority, || {
                "tenancy: a lower priority goes first".to_owned()
            })?;
            let same = later.spec.priority == job.spec.priority;
            let fair = share(state, &held, &job.tenant) <= share(state, &held, &later.tenant);
            ensure(!same || fair, || {
                format!("tenancy: job {id} goes before one of a tenant with a smaller share")
            })?;
            let older = later.tenant != job.tenant || later.id >= job.id;
            ensure(!same || older, || {
                "tenancy: a younger job goes first".to_owned()
            })?;
        }
        let entry = held.entry(&job.tenant);
        let sum = entry.or_insert_with(|| state.tenant(&job.tenant).held);
        let groups = job.spec.groups.iter();
        *sum = groups.fold(*sum, |sum, group| sum + group.resources.times(group.count));
    }
    windows(state, sorted)
}

/// The dominant share by weight, as a fraction of 10^18.
fn share(state: &State, held: &BTreeMap<&str, Resources>, tenant: &str) -> u128 {
    let held = held.get(tenant).copied();
    let held = held.unwrap_or_else(|| state.tenant(tenant).held);
    let usable = state.pools().iter().map(|pool| pool.usable);
    let usable = usable.fold(Resources::ZERO, |sum, usable| sum + usable);
    let part = |held: i64, usable: i64| held as u128 * 1_000_000_000_000 / usable.max(1) as u128;
    let parts = [
        part(held.cpu_millis, usable.cpu_millis),
        part(held.memory_mib, usable.memory_mib),
        part(held.accelerators, usable.accelerators),
    ];
    let largest = parts.into_iter().max().unwrap_or(0);
    largest * 1000 / u128::from(state.policy().tenant(tenant).share_permille)
}

fn windows(state: &State, sorted: Vec<JobId>) -> Check {
    let mut cursors = shares::Cursors::new();
    let mut seen = Vec::new();
    loop {
        let window = shares::window(state, &cursors, 3);
        ensure(window.len() <= 3, || {
            "tenancy: a window is too large".to_owned()
        })?;
        if window.is_empty() {
            break;
        }
        shares::advance(state, &mut cursors, &window);
        seen.extend(window);
    }
    seen.sort();
    ensure(seen == sorted, || {
        "tenancy: windows miss or repeat a job".to_owned()
    })
}
