//! The best chain with a job's first group at one site: every pool, source, route and start.

mod plain;
mod sets;

use crate::model::{GroupPlacement, Job, Placement, PoolId, SiteId};
use crate::reason::Reason;
use crate::rules;

use super::chain::Chain;
use super::view::View;
pub(super) use plain::{Offer, Plain};
pub(super) use sets::pools_with;

/// How many of the possible starts are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Starts {
    /// Only the earliest.
    Earliest,
    /// The earliest and every later slot of the horizon.
    All,
}

/// What the planner minimises, with what the held capacity is worth; ties go to the earlier start.
pub(super) fn worth(view: &View<'_>, placement: &Placement) -> (i64, i64) {
    let rent = view.rents().of(placement);
    let worth = i128::from(placement.cost.objective_micro_cny) + rent;
    (
        i64::try_from(worth).unwrap_or(i64::MAX),
        placement.start_ms(),
    )
}

/// The cheapest chain with the job's first group at `site`, or the first rule in its way.
pub(super) fn best_at(
    view: &View<'_>,
    job: &Job,
    site: SiteId,
    starts: Starts,
) -> Result<Placement, Reason> {
    best_by(view, job, site, starts, |placement| worth(view, placement))
}

/// The same with the site's pools told apart by another rank; each of them offers its cheapest
/// chain.
pub(super) fn best_by<K: Ord>(
    view: &View<'_>,
    job: &Job,
    site: SiteId,
    starts: Starts,
    rank: impl Fn(&Placement) -> K,
) -> Result<Placement, Reason> {
    rules::site_allows(view.state(), job, site)?;
    let mut best: Option<Placement> = None;
    let mut reason = None;
    for pool in &view.state().sites()[site.index()].pools {
        let found = best_with(view, job, *pool, starts);
        match found {
            Ok(found) if best.as_ref().is_none_or(|known| rank(&found) < rank(known)) => {
                best = Some(found);
            }
            Ok(_) => {}
            // A pool that can never hold the job says less than one that has no room for it now.
            Err(found) => reason = reason.max(Some(found)),
        }
    }
    best.ok_or(reason.unwrap_or(Reason::PoolTooSmall))
}

/// The cheapest chain with the first group in `first`, and the others in the first set of pools
/// for which there is one.
fn best_with(
    view: &View<'_>,
    job: &Job,
    first: PoolId,
    starts: Starts,
) -> Result<Placement, Reason> {
    let mut reason = None;
    for pools in pools_with(view, job, first)? {
        match best_in(view, job, &pools, starts) {
            Ok(found) => return Ok(found),
            Err(found) => _ = reason.get_or_insert(found),
        }
    }
    Err(reason.unwrap_or(Reason::PoolTooSmall))
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
        .ok_or_else(|| no_start(view, job, pools, chain.ready_ms()))?;
    let mut best = chain.at(first_ms);
    if starts == Starts::Earliest {
        return best;
    }
    let mut slots = chain.slots(first_ms);
    for slot_ms in view.later_slots(job, first_ms) {
        // What is still to be added to a chain only makes it dearer.
        let known = best.as_ref().ok().map(|known| worth(view, known));
        let hopeless = |least: i64, at_ms: i64| known.is_some_and(|known| (least, at_ms) >= known);
        move_to(&mut slots, slot_ms);
        if hopeless(chain.floor(&slots), slot_ms) {
            break;
        }
        let Some(start_ms) = view.earliest_start(job, pools, slot_ms) else {
            break;
        };
        move_to(&mut slots, start_ms);
        if hopeless(chain.least(&slots), start_ms) {
            continue;
        }
        best = match (best, chain.at(start_ms)) {
            (Ok(a), Ok(b)) => Ok(if worth(view, &b) < worth(view, &a) {
                b
            } else {
                a
            }),
            (Err(_), Ok(found)) | (Ok(found), Err(_)) => Ok(found),
            (Err(first), Err(_)) => Err(first),
        };
    }
    best
}

/// What alone leaves no start.
fn no_start(view: &View<'_>, job: &Job, pools: &[PoolId], ready_ms: i64) -> Reason {
    if view.earliest_by_quota(job, ready_ms).is_none() {
        return Reason::Quota;
    }
    match view.earliest_by_power(job, pools, ready_ms) {
        Some(_) => Reason::PoolBusy,
        None => Reason::PowerCap,
    }
}

fn move_to(slots: &mut [GroupPlacement], start_ms: i64) {
    for slot in slots {
        let length_ms = slot.end_ms - slot.start_ms;
        slot.start_ms = start_ms;
        slot.end_ms = start_ms.saturating_add(length_ms);
    }
}
