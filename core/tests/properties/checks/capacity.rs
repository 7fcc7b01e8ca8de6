//! Reservations are the sum of the live jobs' placements, and fit, from now on.

use ewc_core::State;
use ewc_core::model::{Job, JobState, LinkId, Placement, PoolId};
use ewc_core::reservation::{Amount, Profile};

use super::{Check, ensure};

/// One reserved interval.
struct Held<A> {
    start_ms: i64,
    end_ms: i64,
    amount: A,
    /// Its job has started, and stays whatever happens to the capacity.
    started: bool,
}

pub fn check(state: &State) -> Check {
    let live: Vec<&Job> = state
        .jobs()
        .values()
        .map(AsRef::as_ref)
        .filter(|job| !job.state.is_terminal())
        .collect();
    for id in (0..state.pools().len() as u32).map(PoolId) {
        let held = pool_holds(&live, id);
        let usable = state.pools()[id.index()].usable;
        let profile = state.reservations().pool(id);
        compare(state.now_ms(), &held, profile, usable)
            .map_err(|text| format!("pool {id}: {text}"))?;
        let overbooked = level(&held, state.now_ms());
        ensure(
            state.is_overbooked(id) != overbooked.fits_in(usable),
            || format!("pool {id}: is_overbooked is wrong"),
        )?;
    }
    for id in (0..state.links().len() as u32).map(LinkId) {
        let held = link_holds(&live, id);
        let usable = state.links()[id.index()].usable_bps();
        let profile = state.reservations().link(id);
        compare(state.now_ms(), &held, profile, usable)
            .map_err(|text| format!("link {id}: {text}"))?;
    }
    Ok(())
}

fn pool_holds(live: &[&Job], pool: PoolId) -> Vec<Held<ewc_core::model::Resources>> {
    let mut held = Vec::new();
    for job in live {
        for (placement, started) in chains(job) {
            for slot in placement.groups.iter().filter(|slot| slot.pool == pool) {
                held.push(Held {
                    start_ms: slot.start_ms,
                    end_ms: slot.end_ms,
                    amount: slot.total,
                    started,
                });
            }
        }
    }
    held
}

fn link_holds(live: &[&Job], link: LinkId) -> Vec<Held<i64>> {
    let mut held = Vec::new();
    for job in live {
        let chains = chains(job).into_iter();
        let transfers = chains.flat_map(|(placement, started)| {
            let transfers = placement.transfers.iter();
            transfers.map(move |transfer| (transfer, started))
        });
        for (transfer, started) in transfers {
            for _ in transfer.links.iter().filter(|id| **id == link) {
                held.push(Held {
                    start_ms: transfer.start_ms,
                    end_ms: transfer.end_ms,
                    amount: transfer.rate_bps,
                    started,
                });
            }
        }
    }
    held
}

/// What a job holds, and whether that has started: where it moves to, it has not.
pub(super) fn chains(job: &Job) -> Vec<(&Placement, bool)> {
    let here = job
        .placement
        .iter()
        .map(|placement| (&**placement, is_started(job)));
    let moving = job.moving.iter().flat_map(|moving| &moving.to);
    here.chain(moving.map(|to| (&**to, false))).collect()
}

fn is_started(job: &Job) -> bool {
    matches!(job.state, JobState::Dispatched | JobState::Running)
}

fn compare<A: Amount + std::fmt::Debug>(
    now_ms: i64,
    held: &[Held<A>],
    profile: &Profile<A>,
    usable: A,
) -> Check {
    let edges = held.iter().flat_map(|held| [held.start_ms, held.end_ms]);
    let steps = profile.steps().iter().map(|step| step.0);
    for at_ms in edges
        .chain(steps)
        .chain([now_ms])
        .filter(|at| *at >= now_ms)
    {
        let expected = level(held, at_ms);
        let found = profile.level_at(at_ms);
        ensure(expected == found, || {
            format!("reserved at {at_ms} is {found:?}, the jobs' sum is {expected:?}")
        })?;
        let movable = held.iter().any(|held| !held.started && covers(held, at_ms));
        ensure(found.fits_in(usable) || !movable, || {
            format!("{found:?} of {usable:?} is reserved at {at_ms}, and not by started work alone")
        })?;
    }
    Ok(())
}

fn level<A: Amount>(held: &[Held<A>], at_ms: i64) -> A {
    let here = held.iter().filter(|held| covers(held, at_ms));
    here.fold(A::ZERO, |sum, held| sum + held.amount)
}

fn covers<A>(held: &Held<A>, at_ms: i64) -> bool {
    held.start_ms <= at_ms && at_ms < held.end_ms
}
