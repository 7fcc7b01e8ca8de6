//! Free processors over the time ahead.

use std::collections::BTreeMap;

/// Free processors from each time to the next; the last value holds for ever.
pub(super) struct Profile(BTreeMap<i64, i64>);

impl Profile {
    /// So many are free from `now_ms` on, and each of the others from its end on.
    pub(super) fn new(now_ms: i64, free: u32, ends: impl Iterator<Item = (i64, u32)>) -> Profile {
        let mut steps = BTreeMap::from([(now_ms, i64::from(free))]);
        let mut level = i64::from(free);
        for (end_ms, processors) in ends {
            level += i64::from(processors);
            steps.insert(end_ms, level);
        }
        Profile(steps)
    }

    /// The earliest time at which so many are free for so long.
    pub(super) fn earliest(&self, processors: u32, length_ms: i64) -> i64 {
        let mut start = None;
        for (&from_ms, &free) in &self.0 {
            if start.is_some_and(|start| from_ms >= start + length_ms) {
                break;
            }
            match free >= i64::from(processors) {
                true => start = start.or(Some(from_ms)),
                false => start = None,
            }
        }
        start.unwrap_or(i64::MAX)
    }

    /// Takes so many from `start_ms` for so long.
    pub(super) fn take(&mut self, processors: u32, start_ms: i64, length_ms: i64) {
        self.add(-i64::from(processors), start_ms, length_ms);
    }

    /// Gives back what was taken.
    pub(super) fn give_back(&mut self, processors: u32, start_ms: i64, length_ms: i64) {
        self.add(i64::from(processors), start_ms, length_ms);
    }

    fn add(&mut self, processors: i64, start_ms: i64, length_ms: i64) {
        let end_ms = start_ms + length_ms;
        for at_ms in [start_ms, end_ms] {
            let before = self.0.range(..=at_ms).next_back();
            let level = before.map_or(0, |(_, level)| *level);
            self.0.insert(at_ms, level);
        }
        for (_, level) in self.0.range_mut(start_ms..end_ms) {
            *level += processors;
        }
    }
}
