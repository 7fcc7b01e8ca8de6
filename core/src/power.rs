//! What work draws at a site with a cap on its power, and what the cap leaves.
//!
//! Nothing of it is kept: what is drawn at an instant follows from what is reserved of the site's
//! pools then, so that it is reserved and given back with it, and a pool whose figures change draws
//! by the new ones at once. In millionths of a watt the sums are exact.

use std::collections::BTreeSet;

use crate::model::{GroupPlacement, Placement, PoolSpec, PowerCap, PowerStep, Resources, SiteId};
use crate::reservation::{Profile, Reservations};
use crate::state::State;

/// So many make a watt.
const PER_WATT: i128 = 1_000_000;

/// What so much of a pool draws while it is busy, in millionths of a watt.
pub(crate) fn microwatts(spec: &PoolSpec, amount: Resources) -> i128 {
    i128::from(amount.cpu_millis) * i128::from(spec.cpu_watts_milli)
        + i128::from(amount.accelerators) * i128::from(spec.accelerator_watts_milli) * 1000
}

/// A site with a cap, and what is reserved of its pools.
pub(crate) struct Draw<'r> {
    cap: &'r PowerCap,
    pools: Vec<(&'r PoolSpec, &'r Profile<Resources>)>,
}

/// A while in which neither cap nor draw changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) from_ms: i64,
    pub(crate) to_ms: i64,
    /// Millionths of a watt.
    pub(crate) drawn: i128,
    /// The cap, in the same; `None`: there is none.
    pub(crate) cap: Option<i128>,
}

impl Piece {
    /// True when so much more is within the cap.
    pub(crate) fn leaves(&self, need: i128) -> bool {
        self.cap.is_none_or(|cap| self.drawn + need <= cap)
    }
}

impl<'r> Draw<'r> {
    /// None for a site without a cap.
    pub(crate) fn of(
        state: &'r State,
        reservations: &'r Reservations,
        site: SiteId,
    ) -> Option<Draw<'r>> {
        let cap = state.power_cap(site)?;
        let pools = state.sites()[site.index()].pools.iter();
        let pools = pools.map(|pool| {
            let spec = &state.pools()[pool.index()].spec;
            (spec, reservations.pool(*pool))
        });
        Some(Draw {
            cap,
            pools: pools.collect(),
        })
    }

    /// The pieces from an instant on, without end.
    pub(crate) fn pieces(&self, from_ms: i64) -> Pieces<'_, 'r> {
        let next = |(_, profile): &(&PoolSpec, &Profile<Resources>)| {
            profile.steps().partition_point(|step| step.0 <= from_ms)
        };
        let steps = self.cap.steps();
        Pieces {
            draw: self,
            at_ms: Some(from_ms),
            next: self.pools.iter().map(next).collect(),
            next_cap: steps.partition_point(|step| step.from_ms <= from_ms),
        }
    }

    /// The piece at an instant.
    pub(crate) fn at(&self, at_ms: i64) -> Piece {
        let nothing = Piece {
            from_ms: at_ms,
            to_ms: i64::MAX,
            drawn: 0,
            cap: None,
        };
        self.pieces(at_ms).next().unwrap_or(nothing)
    }

    /// The end of the first piece from `from_ms` on that has no room for `need`, which begins
    /// `by_ms` later than it says of itself.
    fn barred_until(&self, need: &Need, by_ms: i64, from_ms: i64) -> Option<i64> {
        need.parts().find_map(|(start_ms, end_ms, amount)| {
            let start_ms = start_ms.saturating_add(by_ms).max(from_ms);
            let end_ms = end_ms.saturating_add(by_ms);
            let mut pieces = self.pieces(start_ms);
            let within = |piece: &Piece| piece.from_ms < end_ms;
            let mut met = pieces.by_ref().take_while(within);
            met.find(|piece| !piece.leaves(amount))
                .map(|piece| piece.to_ms)
        })
    }

    /// True when the cap leaves room for `need` from `from_ms` on.
    pub(crate) fn has_room(&self, need: &Need, from_ms: i64) -> bool {
        self.barred_until(need, 0, from_ms).is_none()
    }

    /// The earliest start from one instant to another at which the cap leaves room for `need`,
    /// whose groups start together at 0.
    pub(crate) fn earliest(&self, need: &Need, (from_ms, latest_ms): (i64, i64)) -> Option<i64> {
        let mut start_ms = from_ms;
        while start_ms <= latest_ms {
            match self.barred_until(need, start_ms, i64::MIN) {
                None => return Some(start_ms),
                // What starts together draws less and less: no start before that is better.
                Some(until_ms) if until_ms > start_ms => start_ms = until_ms,
                Some(_) => return None,
            }
        }
        None
    }
}

/// Pieces of a site's draw, by rising time.
pub(crate) struct Pieces<'d, 'r> {
    draw: &'d Draw<'r>,
    /// Where the next one starts; `None` behind the last.
    at_ms: Option<i64>,
    /// For each pool its first step behind that.
    next: Vec<usize>,
    next_cap: usize,
}

impl Iterator for Pieces<'_, '_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let from_ms = self.at_ms?;
        let caps = self.draw.cap.steps();
        let cap = self.next_cap.checked_sub(1).map(|at| &caps[at]);
        let cap = cap.and_then(|step: &PowerStep| step.watts);
        let mut drawn = 0;
        let mut to_ms = caps
            .get(self.next_cap)
            .map_or(i64::MAX, |step| step.from_ms);
        for ((spec, profile), next) in self.draw.pools.iter().zip(&self.next) {
            let steps = profile.steps();
            if let Some((_, level)) = next.checked_sub(1).map(|at| &steps[at]) {
                drawn += microwatts(spec, *level);
            }
            to_ms = steps.get(*next).map_or(to_ms, |step| step.0.min(to_ms));
        }
        for ((_, profile), next) in self.draw.pools.iter().zip(&mut self.next) {
            let ends = |step: &(i64, Resources)| step.0 == to_ms;
            *next += usize::from(profile.steps().get(*next).is_some_and(ends));
        }
        let ends = |step: &PowerStep| step.from_ms == to_ms;
        self.next_cap += usize::from(caps.get(self.next_cap).is_some_and(ends));
        self.at_ms = (to_ms < i64::MAX).then_some(to_ms);
        Some(Piece {
            from_ms,
            to_ms,
            drawn,
            cap: cap.map(|watts| i128::from(watts) * PER_WATT),
        })
    }
}

/// What the groups of a job draw at one site, by time.
pub(crate) struct Need(Profile<i128>);

impl Need {
    /// What these slots draw at a site.
    pub(crate) fn at(state: &State, site: SiteId, slots: &[GroupPlacement]) -> Need {
        let mut need = Profile::default();
        for slot in slots {
            let Some(pool) = state.pool(slot.pool).filter(|pool| pool.site == site) else {
                continue;
            };
            need.add(
                slot.start_ms,
                slot.end_ms,
                microwatts(&pool.spec, slot.total),
            );
        }
        Need(need)
    }

    /// True when they draw nothing.
    pub(crate) fn is_nothing(&self) -> bool {
        self.0.steps().is_empty()
    }

    /// Where something is drawn: from, to, and how much.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (i64, i64, i128)> {
        let steps = self.0.steps().windows(2);
        let parts = steps.map(|pair| (pair[0].0, pair[1].0, pair[0].1));
        parts.filter(|(_, _, amount)| *amount > 0)
    }
}

/// The sites of these slots that have a cap.
pub(crate) fn capped(state: &State, slots: &[GroupPlacement]) -> BTreeSet<SiteId> {
    if state.power_caps().is_empty() {
        return BTreeSet::new();
    }
    let pools = slots.iter().filter_map(|slot| state.pool(slot.pool));
    let sites = pools.map(|pool| pool.site);
    sites
        .filter(|site| state.power_cap(*site).is_some())
        .collect()
}

/// True when something that a placement runs at a site draws power in a piece with too much of it.
pub(crate) fn exceeds(state: &State, site: SiteId, placement: &Placement, from_ms: i64) -> bool {
    let Some(draw) = Draw::of(state, state.reservations(), site) else {
        return false;
    };
    let need = Need::at(state, site, &placement.groups);
    need.parts().any(|(start_ms, end_ms, _)| {
        let mut pieces = draw.pieces(start_ms.max(from_ms));
        let mut met = pieces.by_ref().take_while(|piece| piece.from_ms < end_ms);
        met.any(|piece| !piece.leaves(0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(watts: i64) -> PoolSpec {
        PoolSpec {
            name: String::new(),
            architecture: String::new(),
            accelerator_family: None,
            accelerator_model: String::new(),
            node: Resources::ZERO,
            nodes: 1,
            cpu_watts_milli: watts * 1000,
            accelerator_watts_milli: 0,
            price_micro_cny_per_core_hour: 0,
            price_micro_cny_per_accelerator_hour: 0,
        }
    }

    fn cores(cores: i64) -> Resources {
        Resources {
            cpu_millis: cores * 1000,
            ..Resources::ZERO
        }
    }

    fn cap(steps: &[(i64, Option<i64>)]) -> PowerCap {
        let step = |&(from_ms, watts)| PowerStep { from_ms, watts };
        PowerCap::new(steps.iter().map(step)).unwrap()
    }

    fn need(parts: &[(i64, i64)]) -> Need {
        let mut need = Profile::default();
        for (length_ms, watts) in parts {
            need.add(0, *length_ms, i128::from(*watts) * PER_WATT);
        }
        Need(need)
    }

    #[test]
    fn pieces_end_where_any_pool_or_the_cap_changes() {
        let (mut small, mut large) = (Profile::default(), Profile::default());
        small.add(0, 10, cores(2));
        large.add(5, 20, cores(1));
        let (one, ten) = (spec(1), spec(10));
        let cap = cap(&[(5, Some(11)), (15, None)]);
        let draw = Draw {
            cap: &cap,
            pools: vec![(&one, &small), (&ten, &large)],
        };
        let watts = |piece: Piece| {
            let cap = piece.cap.map(|cap| cap / PER_WATT);
            (piece.from_ms, piece.to_ms, piece.drawn / PER_WATT, cap)
        };
        let found: Vec<_> = draw.pieces(3).map(watts).collect();
        let expected = [
            (3, 5, 2, None),
            (5, 10, 12, Some(11)),
            (10, 15, 10, Some(11)),
            (15, 20, 10, None),
            (20, i64::MAX, 0, None),
        ];
        assert_eq!(found, expected);
        assert!(!draw.at(7).leaves(0) && draw.at(12).leaves(PER_WATT));
        assert!(!draw.at(12).leaves(PER_WATT + 1));
    }

    #[test]
    fn the_earliest_start_leaves_every_group_its_power() {
        let mut held = Profile::default();
        held.add(0, 10, cores(6));
        held.add(20, 30, cores(3));
        let one = spec(1);
        let cap = cap(&[(0, Some(8)), (40, Some(2)), (50, Some(8))]);
        let draw = Draw {
            cap: &cap,
            pools: vec![(&one, &held)],
        };
        type Case<'c> = (&'c [(i64, i64)], i64, Option<i64>);
        let cases: [Case<'_>; 7] = [
            (&[(5, 2)], 0, Some(0)),
            (&[(5, 3)], 0, Some(10)),
            (&[(11, 6)], 0, Some(50)),
            // The larger group is over before the second run begins.
            (&[(10, 3), (15, 5)], 0, Some(10)),
            (&[(10, 2), (15, 6)], 0, Some(50)),
            (&[(5, 2)], 36, Some(36)),
            (&[(5, 9)], 0, None),
        ];
        for (parts, from_ms, expected) in cases {
            let found = draw.earliest(&need(parts), (from_ms, 1_000));
            assert_eq!(found, expected, "{parts:?} from {from_ms}");
        }
        assert_eq!(draw.earliest(&need(&[(11, 6)]), (0, 49)), None);
    }
}
