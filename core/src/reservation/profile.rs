//! How much of one thing is reserved at each instant: a step function.

use std::ops::{Add, Sub};
use std::sync::Arc;

use crate::model::Resources;

/// Something that can be reserved and compared with a capacity.
pub trait Amount: Copy + PartialEq + Add<Output = Self> + Sub<Output = Self> {
    /// Nothing.
    const ZERO: Self;

    /// True when every component is at most that of `capacity`.
    fn fits_in(self, capacity: Self) -> bool;
}

impl Amount for Resources {
    const ZERO: Resources = Resources::ZERO;

    fn fits_in(self, capacity: Resources) -> bool {
        Resources::fits_in(self, capacity)
    }
}

impl Amount for i128 {
    const ZERO: i128 = 0;

    fn fits_in(self, capacity: i128) -> bool {
        self <= capacity
    }
}

impl Amount for i64 {
    const ZERO: i64 = 0;

    fn fits_in(self, capacity: i64) -> bool {
        self <= capacity
    }
}

/// A step function over time, zero before its first and after its last step. Clones share their
/// steps until one of them changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile<A> {
    /// `(start_ms, level from there on)`, by rising start; neighbours differ.
    steps: Arc<Vec<(i64, A)>>,
    /// Nothing is known, or asked, before this instant.
    floor_ms: i64,
}

impl<A> Default for Profile<A> {
    fn default() -> Profile<A> {
        Profile {
            steps: Arc::new(Vec::new()),
            floor_ms: i64::MIN,
        }
    }
}

impl<A: Amount> Profile<A> {
    /// The steps from the floor on, `(start_ms, level)`.
    pub fn steps(&self) -> &[(i64, A)] {
        &self.steps
    }

    /// Level at `at_ms`.
    pub fn level_at(&self, at_ms: i64) -> A {
        match self.steps.partition_point(|step| step.0 <= at_ms) {
            0 => A::ZERO,
            next => self.steps[next - 1].1,
        }
    }

    /// Raises the level by `amount` over `[start_ms, end_ms)`.
    pub fn add(&mut self, start_ms: i64, end_ms: i64, amount: A) {
        self.change(start_ms, end_ms, |level| level + amount);
    }

    /// Lowers the level by `amount` over `[start_ms, end_ms)`.
    pub fn remove(&mut self, start_ms: i64, end_ms: i64, amount: A) {
        self.change(start_ms, end_ms, |level| level - amount);
    }

    fn change(&mut self, start_ms: i64, end_ms: i64, change: impl Fn(A) -> A) {
        let start_ms = start_ms.max(self.floor_ms);
        if start_ms >= end_ms {
            return;
        }
        let steps = Arc::make_mut(&mut self.steps);
        let first = split_at(steps, start_ms);
        let last = split_at(steps, end_ms);
        for step in &mut steps[first..last] {
            step.1 = change(step.1);
        }
        // Only the two ends can have become equal to their neighbours.
        merge_at(steps, last);
        merge_at(steps, first);
    }

    /// Forgets what was before `floor_ms`. Never moves back.
    pub fn forget_before(&mut self, floor_ms: i64) {
        self.floor_ms = self.floor_ms.max(floor_ms);
        let gone = self.steps.partition_point(|step| step.0 <= floor_ms);
        // One step may start before the floor: it holds the level at the floor.
        if gone > 1 {
            Arc::make_mut(&mut self.steps).drain(..gone - 1);
        }
        if self.steps.len() == 1 && self.steps[0].1 == A::ZERO {
            Arc::make_mut(&mut self.steps).clear();
        }
    }

    /// True when `need` more fits below `capacity` during all of `[start_ms, end_ms)`.
    pub fn has_room(&self, start_ms: i64, end_ms: i64, need: A, capacity: A) -> bool {
        need.fits_in(capacity)
            && self
                .pieces(start_ms, end_ms)
                .all(|(_, _, level)| (level + need).fits_in(capacity))
    }

    /// The earliest start in `[not_before_ms, not_after_ms]` at which `need` fits for
    /// `duration_ms`.
    pub fn earliest(
        &self,
        need: A,
        capacity: A,
        duration_ms: i64,
        not_before_ms: i64,
        not_after_ms: i64,
    ) -> Option<i64> {
        if !need.fits_in(capacity) {
            return None;
        }
        // The pieces from `not_before_ms` on, as [`Profile::pieces`] has them: this is asked more
        // than anything else, of profiles that may be long.
        let next = self.steps.partition_point(|step| step.0 <= not_before_ms);
        let (mut from_ms, mut level) = (not_before_ms, A::ZERO);
        if next > 0 {
            level = self.steps[next - 1].1;
        }
        let mut start_ms = not_before_ms;
        let mut end_ms = start_ms.saturating_add(duration_ms);
        for &(to_ms, after) in &self.steps[next..] {
            if from_ms >= end_ms || start_ms > not_after_ms {
                break;
            }
            if !(level + need).fits_in(capacity) {
                start_ms = to_ms;
                end_ms = start_ms.saturating_add(duration_ms);
            }
            (from_ms, level) = (to_ms, after);
        }
        // What comes after the last step never ends.
        let is_open = from_ms < end_ms && from_ms < i64::MAX;
        if is_open && !(level + need).fits_in(capacity) {
            start_ms = i64::MAX;
        }
        (start_ms <= not_after_ms).then_some(start_ms)
    }

    /// The first instant in `[start_ms, end_ms)` at which more is reserved than `capacity`.
    pub fn first_excess(&self, start_ms: i64, end_ms: i64, capacity: A) -> Option<i64> {
        self.pieces(start_ms, end_ms)
            .find(|(_, _, level)| !level.fits_in(capacity))
            .map(|(from_ms, _, _)| from_ms)
    }

    /// The constant pieces that cover `[start_ms, end_ms)`, as `(from_ms, to_ms, level)`.
    pub(crate) fn pieces(
        &self,
        start_ms: i64,
        end_ms: i64,
    ) -> impl Iterator<Item = (i64, i64, A)> + '_ {
        let next = self.steps.partition_point(|step| step.0 <= start_ms);
        let level = if next == 0 {
            A::ZERO
        } else {
            self.steps[next - 1].1
        };
        let starts = std::iter::once((start_ms, level)).chain(self.steps[next..].iter().copied());
        let ends = self.steps[next..]
            .iter()
            .map(|step| step.0)
            .chain(std::iter::once(end_ms));
        starts
            .zip(ends)
            .take_while(move |((from_ms, _), _)| *from_ms < end_ms)
            .map(move |((from_ms, level), to_ms)| (from_ms, to_ms.min(end_ms), level))
    }
}

impl Profile<i64> {
    /// The most that is free under `capacity` during all of `[start_ms, end_ms)`; negative where
    /// more is reserved.
    pub fn free(&self, start_ms: i64, end_ms: i64, capacity: i64) -> i64 {
        let peak = self
            .pieces(start_ms, end_ms)
            .map(|(_, _, level)| level)
            .max();
        capacity - peak.unwrap_or(0)
    }
}

/// Makes a step start at `at_ms` and gives its position.
fn split_at<A: Amount>(steps: &mut Vec<(i64, A)>, at_ms: i64) -> usize {
    let position = steps.partition_point(|step| step.0 < at_ms);
    if steps.get(position).is_none_or(|step| step.0 != at_ms) {
        let level = if position == 0 {
            A::ZERO
        } else {
            steps[position - 1].1
        };
        steps.insert(position, (at_ms, level));
    }
    position
}

/// Drops the step at `position` when it changes nothing.
fn merge_at<A: Amount>(steps: &mut Vec<(i64, A)>, position: usize) {
    let Some(step) = steps.get(position) else {
        return;
    };
    let before = if position == 0 {
        A::ZERO
    } else {
        steps[position - 1].1
    };
    if step.1 == before {
        steps.remove(position);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(intervals: &[(i64, i64, i64)]) -> Profile<i64> {
        let mut profile = Profile::default();
        for &(start, end, amount) in intervals {
            profile.add(start, end, amount);
        }
        profile
    }

    #[test]
    fn adding_and_removing_gives_back_the_empty_profile() {
        let mut p = profile(&[(0, 10, 3), (5, 20, 2), (10, 30, 1)]);
        assert_eq!(p.steps(), &[(0, 3), (5, 5), (10, 3), (20, 1), (30, 0)]);
        p.remove(5, 20, 2);
        p.remove(0, 10, 3);
        p.remove(10, 30, 1);
        assert_eq!(p.steps(), &[]);
    }

    #[test]
    fn earliest_finds_the_first_gap_that_is_long_enough() {
        let p = profile(&[(0, 10, 3), (15, 20, 3), (40, 50, 1)]);
        let cases = [
            // need, duration, not before, not after, expected
            (1, 5, 0, 100, Some(10)),
            (1, 6, 0, 100, Some(20)),
            (1, 6, 12, 100, Some(20)),
            (3, 30, 0, 100, Some(50)),
            (2, 30, 0, 100, Some(20)),
            (4, 1, 0, 100, None),
            (1, 6, 0, 19, None),
        ];
        for (need, duration, from, to, expected) in cases {
            assert_eq!(
                p.earliest(need, 3, duration, from, to),
                expected,
                "{need} {duration}"
            );
        }
    }

    /// By the pieces, one by one.
    fn earliest_by_pieces(
        profile: &Profile<i64>,
        (need, capacity): (i64, i64),
        duration_ms: i64,
        (not_before_ms, not_after_ms): (i64, i64),
    ) -> Option<i64> {
        let mut start_ms = not_before_ms;
        for (from_ms, to_ms, level) in profile.pieces(not_before_ms, i64::MAX) {
            if from_ms >= start_ms + duration_ms || start_ms > not_after_ms {
                break;
            }
            if level + need > capacity {
                start_ms = to_ms;
            }
        }
        (need <= capacity && start_ms <= not_after_ms).then_some(start_ms)
    }

    proptest::proptest! {
        #[test]
        fn earliest_is_what_the_pieces_say(
            held in proptest::collection::vec((0_i64..60, 1_i64..30, 1_i64..4), 0..12),
            forever in 0_i64..3,
            need in 0_i64..5,
            duration_ms in 1_i64..40,
            from_ms in -5_i64..70,
            room_ms in -3_i64..60,
        ) {
            let mut profile = Profile::default();
            for (start_ms, length_ms, amount) in held {
                profile.add(start_ms, start_ms + length_ms, amount);
            }
            if forever > 0 {
                profile.add(50, i64::MAX, forever);
            }
            let within = (from_ms, from_ms + room_ms);
            let found = profile.earliest(need, 5, duration_ms, within.0, within.1);
            let expected = earliest_by_pieces(&profile, (need, 5), duration_ms, within);
            proptest::prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn forgetting_the_past_keeps_the_level_at_the_floor() {
        let mut p = profile(&[(0, 10, 3), (5, 20, 2)]);
        p.forget_before(7);
        assert_eq!(p.level_at(7), 5);
        p.remove(5, 20, 2);
        assert_eq!((p.level_at(7), p.level_at(12)), (3, 0));
        p.forget_before(50);
        assert_eq!(p.steps(), &[]);
    }

    #[test]
    fn excess_is_found_where_it_begins() {
        let p = profile(&[(0, 10, 3), (5, 20, 2)]);
        assert_eq!(p.first_excess(0, 100, 4), Some(5));
        assert_eq!(p.first_excess(6, 100, 4), Some(6));
        assert_eq!(p.first_excess(10, 100, 4), None);
        assert_eq!(p.free(0, 5, 10), 7);
        assert_eq!(p.free(0, 6, 10), 5);
    }
}
