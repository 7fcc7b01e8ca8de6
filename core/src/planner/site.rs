//! The best chain with a job's first group at one site: every pool, source, route and start.

use std::cmp::Reverse;

use crate::model::{Job, Placement, PoolId, SiteId};
use crate::reason::Reason;
use crate::rules;

use super::chain::Chain;
use super::view::View;

/// How many of the possible starts are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Starts {
    /// Only the earliest.
    Earliest,
    /// The earliest and every later slot of the horizon.
    All,
}

/// What the planner minimises; ties go to the earlier start.
pub(super) fn worth(placement: &Placement) -> (i64, i64) {
    (placement.cost.objective_micro_cny, placement.start_ms())
}

/// The cheapest chain with the job's first group at `site`, or the first rule in its way.
pub(super) fn best_at(
    view: &View<'_>,
    job: &Job,
    site: SiteId,
    starts: Starts,
) -> Result<Placement, Reason> {
    rules::site_allows(view.state(), job, site)?;
    let mut best: Option<Placement> = None;
    let mut reason = Reason::PoolTooSmall;
    for pool in &view.state().sites()[site.index()].pools {
        let found =
            pools_with(view, job, *pool).and_then(|pools| best_in(view, job, &pools, starts));
        match found {
            Ok(found)
                if best
                    .as_ref()
                    .is_none_or(|known| worth(&found) < worth(known)) =>
            {
                best = Some(found);
            }
            Ok(_) => {}
            // A pool that can never hold the job says less than one that has no room for it now.
            Err(found) => reason = reason.max(found),
        }
    }
    best.ok_or(reason)
}

/// The given pool for the first group, and for each further one the pool that can start it first;
/// among equals one at the same site.
fn pools_with(view: &View<'_>, job: &Job, first: PoolId) -> Result<Vec<PoolId>, Reason> {
    let state = view.state();
    rules::pool_allows(state, &job.spec.groups[0], first)?;
    let home = state.pools()[first.index()].site;
    let from_ms = state.now_ms().max(job.spec.release_ms);
    let mut pools = vec![first];
    for (position, group) in job.spec.groups.iter().enumerate().skip(1) {
        let suits = |pool: &PoolId| {
            let site = state.pools()[pool.index()].site;
            rules::pool_allows(state, group, *pool).is_ok()
                && (site == home || rules::site_allows(state, job, site).is_ok())
        };
        let rank = |pool: &PoolId| {
            let start_ms = view
                .earliest_of(job, position, *pool, from_ms)
                .unwrap_or(i64::MAX);
            let taken = pools.contains(pool);
            (
                start_ms,
                taken,
                Reverse(state.pools()[pool.index()].site == home),
                *pool,
            )
        };
        let all = (0..state.pools().len() as u32).map(PoolId);
        let best = all.filter(suits).min_by_key(rank);
        pools.push(best.ok_or(Reason::PoolTooSmall)?);
    }
    Ok(pools)
}

fn best_in(
    view: &View<'_>,
    job: &Job,
    pools: &[PoolId],
    starts: Starts,
) -> Result<Placement, Reason> {
    let chain = Chain::stage(view, job, pools)?;
    let first_ms = view
        .earliest_start(job, pools, chain.ready_ms())
        .ok_or(Reason::PoolBusy)?;
    let mut best = chain.at(first_ms);
    if starts == Starts::Earliest {
        return best;
    }
    for slot_ms in view.later_slots(job, first_ms) {
        let Some(start_ms) = view.earliest_start(job, pools, slot_ms) else {
            break;
        };
        // What is still to be added to a chain only makes it dearer.
        let hopeless = |known: &Placement| (chain.least(start_ms), start_ms) >= worth(known);
        if best.as_ref().is_ok_and(hopeless) {
            continue;
        }
        best = match (best, chain.at(start_ms)) {
            (Ok(a), Ok(b)) => Ok(if worth(&b) < worth(&a) { b } else { a }),
            (Err(_), Ok(found)) | (Ok(found), Err(_)) => Ok(found),
            (Err(first), Err(_)) => Err(first),
        };
    }
    best
}
