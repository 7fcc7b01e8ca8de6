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

use super::transfer::{self, Movement};
use super::view::View;
pub(super) use detours::{Detour, detours};

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
    let (mut best, mut limit) = (None, limit);
    let mut tried = 0;
    for detour in detours(view, job, holders, taken, movement) {
        if tried == TRIED_MAX || limit.is_some_and(|known| known <= detour.least) {
            break;
        }
        let Some(routes) = detour.routes(view, job, movement.to) else {
            continue;
        };
        tried += 1;
        for first in first_legs(view, &detour, &routes[0], movement) {
            let second = Movement {
                not_before_ms: first.end_ms,
                ..*movement
            };
            let windows = transfer::windows(view, detour.depot, &second, &routes[1]);
            for second in windows {
                let worth = worth(view, [&first, &second], movement);
                if limit.is_none_or(|known| worth < known) {
                    limit = Some(worth);
                    best = Some((worth, [first.clone(), second]));
                }
            }
        }
    }
    best
}

/// What both legs are worth: their prices, what their bandwidth is worth, and the wait until the
/// second one ends.
fn worth(view: &View<'_>, legs: [&Transfer; 2], movement: &Movement<'_>) -> i128 {
    let [first, second] = legs;
    transfer::carriage(view, first) + transfer::worth(view, second, movement)
}

/// The first legs that no other one beats in both cost and end, the cheapest with their wait first.
fn first_legs(
    view: &View<'_>,
    detour: &Detour,
    routes: &[crate::topology::Route],
    movement: &Movement<'_>,
) -> Vec<Transfer> {
    let to_depot = Movement {
        kind: TransferKind::ToDepot,
        to: detour.depot,
        ..*movement
    };
    let windows = transfer::windows(view, detour.from, &to_depot, routes);
    let mut found: Vec<(i64, i128, Transfer)> = windows
        .map(|leg| (leg.end_ms, transfer::carriage(view, &leg), leg))
        .collect();
    found.sort_by_key(|(end_ms, cost, _)| (*end_ms, *cost));
    let mut cheapest = i128::MAX;
    found.retain(|(_, cost, _)| {
        let better = *cost < cheapest;
        cheapest = cheapest.min(*cost);
        better
    });
    found.sort_by_key(|(end_ms, _, leg)| (transfer::worth(view, leg, &to_depot), *end_ms));
    found.truncate(FIRST_LEGS_MAX);
    found.into_iter().map(|(_, _, leg)| leg).collect()
}
