//! Which processors a job gets, by number: the lowest that are free.

use std::collections::BTreeMap;

/// Processors from the first to the last, both included.
pub type ProcessorRange = (u32, u32);

/// The free processors of a machine, and those of its jobs.
#[derive(Debug, Clone)]
pub(super) struct Numbers {
    /// First to last of each stretch; two stretches never touch.
    free: BTreeMap<u32, u32>,
    held: BTreeMap<u64, Vec<ProcessorRange>>,
}

impl Numbers {
    pub(super) fn new(processors: u32) -> Numbers {
        let all = processors.checked_sub(1).map(|last| (0, last));
        Numbers {
            free: all.into_iter().collect(),
            held: BTreeMap::new(),
        }
    }

    /// Gives the job of that start its processors. There must be so many.
    pub(super) fn take(&mut self, start: u64, processors: u32) {
        let mut missing = processors;
        let mut taken = Vec::new();
        while missing > 0 {
            let Some((first, last)) = self.free.pop_first() else {
                break;
            };
            let end = last.min(first + (missing - 1));
            if end < last {
                self.free.insert(end + 1, last);
            }
            taken.push((first, end));
            missing -= end - first + 1;
        }
        self.held.insert(start, taken);
    }

    /// Lets others have the processors of a job that has ended, or is believed to have.
    pub(super) fn free(&mut self, start: u64) {
        let Some(ranges) = self.held.get(&start) else {
            return;
        };
        for &(mut first, mut last) in ranges {
            if let Some((&before, &end)) = self.free.range(..first).next_back()
                && end + 1 == first
            {
                self.free.remove(&before);
                first = before;
            }
            if let Some(after) = last.checked_add(1).and_then(|next| self.free.remove(&next)) {
                last = after;
            }
            self.free.insert(first, last);
        }
    }

    /// Forgets a job and says which processors it had.
    pub(super) fn forget(&mut self, start: u64) -> Vec<ProcessorRange> {
        self.held.remove(&start).unwrap_or_default()
    }
}
