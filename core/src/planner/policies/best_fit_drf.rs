//! `best_fit_drf`: the pool that has the smallest share of the job's dominant kind of capacity left
//! free once the job is in it, at the earliest start.
//!
//! The dominant kind is that of which the job takes the largest part of the pool, as in
//! dominant-resource fairness.

use crate::model::{Job, Placement, Resources};
use crate::planner::site::{Starts, best_by};
use crate::planner::view::View;

use super::{SiteOption, ranked};

/// Shares are counted in parts of this.
const WHOLE: i128 = 1_000_000;

pub(super) fn options(view: &View<'_>, job: &Job) -> Vec<SiteOption> {
    let rank = |placement: &Placement| (left_free(view, placement), placement.start_ms());
    ranked(
        view,
        |site| best_by(view, job, site, Starts::Earliest, rank),
        |_, placement| rank(placement),
    )
}

/// The share of the dominant kind that is free in the first group's pool when the job has started,
/// in parts of [`WHOLE`]. A placement without groups leaves everything.
fn left_free(view: &View<'_>, placement: &Placement) -> i128 {
    let Some(first) = placement.groups.first() else {
        return WHOLE;
    };
    let pool = first.pool;
    let slots = placement.groups.iter().filter(|slot| slot.pool == pool);
    let own = slots.fold(Resources::ZERO, |sum, slot| sum + slot.total);
    let usable = view.state().pools()[pool.index()].usable;
    let taken = view.reservations().pool(pool).level_at(first.start_ms);
    let free = shares(usable - taken - own, usable);
    let own = shares(own, usable);
    let kinds = own.into_iter().zip(free);
    let dominant = kinds.max_by_key(|(own, _)| *own);
    dominant.map_or(WHOLE, |(_, free)| free)
}

/// The part that each kind of an amount is of what there is of it; nothing of what is not there.
fn shares(amount: Resources, of: Resources) -> [i128; 3] {
    let share = |part: i64, all: i64| match all {
        0 => 0,
        _ => i128::from(part) * WHOLE / i128::from(all),
    };
    [
        share(amount.cpu_millis, of.cpu_millis),
        share(amount.memory_mib, of.memory_mib),
        share(amount.accelerators, of.accelerators),
    ]
}
