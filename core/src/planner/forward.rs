//! Store and forward: data goes to a third site, the depot, and from there to where it is needed,
//! each leg over its own route in a window of its own, when that is worth less than any direct way
//! or there is none.
//!
//! Depots are tried by what they cost at least, and only as long as that is less than the best way
//! found: what is left out for that reason could not have been taken. The number tried is bounded
//! besides.

mod detours;

use std::collections::BTreeSet;

use crate::model::{Job, SiteId, Transfer, TransferKind};
use crate::topology::Route;

use super::transfer::{self, Movement, Window};
use super::view::View;
pub(super) use detours::detours;

/// Depots that are tried for one movement.
const TRIED_MAX: usize = 8;
/// First legs that are gone on from at each depot.
const FIRST_LEGS_MAX: usize = 4;

/// What may not be a depot beside who holds the data: sites of the run, and depots that have it.
pub(super) type Taken = BTreeSet<SiteId>;

/// Both legs of the best way by a depot, and what it is worth; `None` when no way is worth less
/// than `limit`.
pub(super) fn find(
    view: &View<'_>,
    job: &Job,
    holders: &BTreeSet<SiteId>,
    taken: &Taken,
    (movement, limit): (&Movement<'_>, Option<i128>),
) -> Option<(i128, [Transfer; 2])> {
    let state = view.state();
    let (mut best, mut limit) = (None, limit.unwrap_or(i128::MAX));
    let mut tried = 0;
    for detour in detours(view, job, (holders, taken), movement, limit) {
        if tried == TRIED_MAX || limit <= detour.least {
            break;
        }
        let ways = detour.ways(view, job, movement.to);
        let Some([there, onward]) = ways.useful() else {
            continue;
        };
        tried += 1;
        let least = transfer::least_over(state, movement, onward.iter().copied());
        // Data of no size is priced by what its window could carry, and slower is cheaper.
        let least = least.filter(|_| movement.size_bytes > 0).unwrap_or(0);
        let to_depot = Movement {
            kind: TransferKind::ToDepot,
            to: detour.depot,
            ..*movement
        };
        for first in first_legs(view, &there, &to_depot, limit.saturating_sub(least)) {
            let second = Movement {
                not_before_ms: first.end_ms(),
                ..*movement
            };
            let below = limit.saturating_sub(first.carriage);
            let since = (movement.not_before_ms, below);
            let onward = onward.iter().copied();
            transfer::each_below(view, &second, onward, since, |worth, window| {
                limit = worth + first.carriage;
                let legs = [
                    first.transfer(&to_depot, detour.from),
                    window.transfer(&second, detour.depot),
                ];
                best = Some((limit, legs));
                worth
            });
        }
    }
    best
}

/// The first legs that no other one beats in both cost and end, the cheapest with their wait first.
/// Those that are worth `below` or more are left out: they are behind all others, and whom they
/// beat is, too.
fn first_legs<'r>(
    view: &View<'_>,
    routes: &[&'r Route],
    to_depot: &Movement<'_>,
    below: i128,
) -> Vec<Window<'r>> {
    let mut found: Vec<(i128, Window<'r>)> = Vec::new();
    let (routes, since) = (routes.iter().copied(), (to_depot.not_before_ms, below));
    transfer::each_below(view, to_depot, routes, since, |worth, window| {
        found.push((worth, *window));
        below
    });
    found.sort_by_key(|(_, leg)| (leg.end_ms(), leg.carriage));
    let mut cheapest = i128::MAX;
    found.retain(|(_, leg)| {
        let better = leg.carriage < cheapest;
        cheapest = cheapest.min(leg.carriage);
        better
    });
    found.sort_by_key(|(worth, leg)| (*worth, leg.end_ms()));
    found.truncate(FIRST_LEGS_MAX);
    found.into_iter().map(|(_, leg)| leg).collect()
}
