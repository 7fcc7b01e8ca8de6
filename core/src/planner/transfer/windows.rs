//! The windows that are tried on given routes, by numbers: of most of them nobody wants more, and
//! they are looked for only as far as they can be worth less than what is known.

use crate::model::{LinkId, SiteId, Transfer};
use crate::planner::cost;
use crate::planner::view::View;
use crate::topology::Route;

use super::{HOUR_MS, Movement, RATE_PARTS, at_part, bottleneck_bps, delay, over};

/// A transfer over a route, without what it carries.
#[derive(Debug, Clone, Copy)]
pub(in crate::planner) struct Window<'r> {
    route: &'r Route,
    rate_bps: i64,
    start_ms: i64,
    length_ms: i64,
    /// Its price, and what its bandwidth is worth.
    pub(in crate::planner) carriage: i128,
}

impl Window<'_> {
    pub(in crate::planner) fn end_ms(&self) -> i64 {
        self.start_ms.saturating_add(self.length_ms)
    }

    pub(in crate::planner) fn transfer(&self, movement: &Movement<'_>, from: SiteId) -> Transfer {
        let at = (self.start_ms, self.length_ms);
        over(movement, from, self.route, self.rate_bps, at)
    }
}

/// Hands over every window that is tried and worth less than the second of `below`, with its worth:
/// its carriage, and the wait from the first of `below` until it ends. What is answered is what
/// those that follow have to be worth less than. At each rate of each route, tried are the earliest
/// window and those that are the earliest after the price of a link falls.
pub(in crate::planner) fn each_below<'r>(
    view: &View<'_>,
    movement: &Movement<'_>,
    routes: impl Iterator<Item = &'r Route>,
    (since_ms, mut below): (i64, i128),
    mut found: impl FnMut(i128, &Window<'r>) -> i128,
) {
    let state = view.state();
    for route in routes {
        let Some(widest_bps) = bottleneck_bps(state, route) else {
            continue;
        };
        let falls = view.rents().falls(&route.links, movement.not_before_ms);
        for part in RATE_PARTS {
            let Some((rate_bps, length_ms)) = at_part(state, movement, widest_bps, part) else {
                continue;
            };
            let bytes = cost::carried(movement.size_bytes, rate_bps, length_ms);
            let transport = cost::transport_of(state.links(), &route.links, bytes);
            let at_once_ms = movement.not_before_ms.saturating_add(length_ms);
            if transport + delay(state, at_once_ms - since_ms) >= below {
                continue;
            }
            let Some(latest_ms) = movement.not_after_ms.checked_sub(length_ms) else {
                continue;
            };
            let mut last_ms = None;
            for from_ms in std::iter::once(movement.not_before_ms).chain(falls.iter().copied()) {
                // A window that is pushed behind a later instant is that instant's too.
                if last_ms.is_some_and(|last_ms| from_ms <= last_ms) {
                    continue;
                }
                let worth_ms = ends_by(view, since_ms, below.saturating_sub(transport));
                let latest_ms = latest_ms.min(worth_ms.saturating_sub(length_ms));
                let earliest =
                    view.earliest_on(&route.links, rate_bps, length_ms, (from_ms, latest_ms));
                let Some(start_ms) = earliest else {
                    break;
                };
                last_ms = Some(start_ms);
                let end_ms = start_ms.saturating_add(length_ms);
                let rent = view
                    .rents()
                    .of_links(&route.links, rate_bps, (start_ms, end_ms));
                let window = Window {
                    route,
                    rate_bps,
                    start_ms,
                    length_ms,
                    carriage: transport + rent,
                };
                let worth = window.carriage + delay(state, end_ms - since_ms);
                if worth < below {
                    below = found(worth, &window);
                }
            }
        }
    }
}

/// The last instant until which the wait since another costs less than `below`.
fn ends_by(view: &View<'_>, since_ms: i64, below: i128) -> i64 {
    let per_hour = i128::from(view.state().policy().delay_micro_cny_per_hour);
    if below <= 0 {
        return i64::MIN;
    }
    let Some(room) = below.checked_mul(i128::from(HOUR_MS)) else {
        return i64::MAX;
    };
    if per_hour <= 0 {
        return i64::MAX;
    }
    let wait_ms = i64::try_from((room - 1) / per_hour).unwrap_or(i64::MAX);
    since_ms.saturating_add(wait_ms)
}

/// Links of a route that are walked without asking for memory.
const LINKS_FEW: usize = 8;

/// One link's steps from an instant on.
#[derive(Clone, Copy, Default)]
struct Walk<'p> {
    /// Where the piece at hand begins, and what is reserved in it.
    from_ms: i64,
    level: i64,
    level_max: i64,
    /// The steps behind it.
    rest: &'p [(i64, i64)],
    over: bool,
}

impl<'p> Walk<'p> {
    fn new(steps: &'p [(i64, i64)], from_ms: i64, level_max: i64) -> Walk<'p> {
        let next = steps.partition_point(|step| step.0 <= from_ms);
        Walk {
            from_ms,
            level: next.checked_sub(1).map_or(0, |at| steps[at].1),
            level_max,
            rest: &steps[next..],
            over: false,
        }
    }

    /// Goes on to the end of a window of that length and returns its start, moved on behind every
    /// piece without room; or the first start behind the latest one.
    fn moved(&mut self, mut start_ms: i64, length_ms: i64, latest_ms: i64) -> i64 {
        while !self.over && self.from_ms < start_ms.saturating_add(length_ms) {
            let next = self.rest.split_first();
            let to_ms = next.map_or(i64::MAX, |(step, _)| step.0);
            if self.level > self.level_max {
                start_ms = start_ms.max(to_ms);
            }
            match next {
                Some((step, rest)) => {
                    (self.from_ms, self.level) = *step;
                    self.rest = rest;
                }
                None => self.over = true,
            }
            if start_ms > latest_ms {
                break;
            }
        }
        start_ms
    }
}

impl View<'_> {
    /// The earliest instant from one to another from which every link has room for `length_ms`.
    /// Every link's steps are walked once, side by side: on busy links, searching one after the
    /// other until none moves the start any more looks at the same steps again and again.
    fn earliest_on(
        &self,
        links: &[LinkId],
        rate_bps: i64,
        length_ms: i64,
        (not_before_ms, not_after_ms): (i64, i64),
    ) -> Option<i64> {
        if not_before_ms > not_after_ms {
            return None;
        }
        let walk = |link: &LinkId| {
            let room = self.state().links()[link.index()].usable_bps() - rate_bps;
            let steps = self.reservations().link(*link).steps();
            (room >= 0).then(|| Walk::new(steps, not_before_ms, room))
        };
        let (mut few, mut many);
        let walks = match links.len() <= LINKS_FEW {
            true => {
                few = [Walk::default(); LINKS_FEW];
                for (place, link) in few.iter_mut().zip(links) {
                    *place = walk(link)?;
                }
                &mut few[..links.len()]
            }
            false => {
                many = links.iter().map(walk).collect::<Option<Vec<Walk<'_>>>>()?;
                &mut many[..]
            }
        };
        earliest(walks, length_ms, (not_before_ms, not_after_ms))
    }
}

/// The earliest such instant for walks that begin at the first of both.
fn earliest(
    walks: &mut [Walk<'_>],
    length_ms: i64,
    (not_before_ms, not_after_ms): (i64, i64),
) -> Option<i64> {
    let mut start_ms = not_before_ms;
    loop {
        let before_ms = start_ms;
        for walk in walks.iter_mut() {
            // What has room, or lies behind, stays so: the start only moves on.
            start_ms = walk.moved(start_ms, length_ms, not_after_ms);
            if start_ms > not_after_ms {
                return None;
            }
        }
        if start_ms == before_ms {
            return Some(start_ms);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::reservation::Profile;

    /// Instant by instant.
    fn searched(
        links: &[(Profile<i64>, i64)],
        length_ms: i64,
        (not_before_ms, not_after_ms): (i64, i64),
    ) -> Option<i64> {
        let free = |at_ms: i64| {
            links
                .iter()
                .all(|(link, room)| link.level_at(at_ms) <= *room)
        };
        (not_before_ms..=not_after_ms).find(|start_ms| (*start_ms..start_ms + length_ms).all(free))
    }

    proptest! {
        #[test]
        fn links_side_by_side_have_the_window_that_a_search_finds(
            held in vec((vec((0_i64..60, 1_i64..30, 1_i64..4), 0..10), 0_i64..4), 0..4),
            length_ms in 1_i64..40,
            from_ms in -5_i64..70,
            room_ms in -3_i64..90,
        ) {
            let links: Vec<(Profile<i64>, i64)> = held
                .into_iter()
                .map(|(held, room)| {
                    let mut profile = Profile::default();
                    for (start_ms, length_ms, amount) in held {
                        profile.add(start_ms, start_ms + length_ms, amount);
                    }
                    (profile, room)
                })
                .collect();
            let within = (from_ms, from_ms + room_ms);
            let mut walks: Vec<Walk<'_>> = links
                .iter()
                .map(|(link, room)| Walk::new(link.steps(), from_ms, *room))
                .collect();
            let found = (within.0 <= within.1)
                .then(|| earliest(&mut walks, length_ms, within))
                .flatten();
            prop_assert_eq!(found, searched(&links, length_ms, within));
        }
    }
}
