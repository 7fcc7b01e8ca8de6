//! For each class the few choices that were the cheapest when all of them were looked at last.
//!
//! Between two looks at everything, prices move little, and the cheapest choice is nearly always
//! one of these. A bound is never worked out from them.

use crate::planner::model::Class;

use super::pricing::Run;

/// Choices of a class that are remembered.
const COUNT: usize = 5;

/// Of all classes.
#[derive(Clone)]
pub(super) struct Near {
    /// `COUNT` places for each class, the first `counts` of which are in use.
    runs: Vec<Run>,
    counts: Vec<u8>,
}

impl Near {
    /// Nothing is known of so many classes.
    pub(super) fn new(classes: usize) -> Near {
        Near {
            runs: vec![Run::default(); classes * COUNT],
            counts: vec![0; classes],
        }
    }

    /// Remembers the cheapest of these choices of a class, each with its price.
    pub(super) fn note(&mut self, at: usize, class: &Class, seen: &mut Vec<(f64, u32)>) {
        let by_price = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if seen.len() > COUNT {
            seen.select_nth_unstable_by(COUNT, by_price);
            seen.truncate(COUNT);
        }
        // No two are equal, so that the order does not depend on how it is sorted.
        seen.sort_unstable_by(by_price);
        self.counts[at] = seen.len() as u8;
        let runs = self.runs[at * COUNT..].iter_mut().zip(seen);
        runs.for_each(|(run, (_, choice))| *run = Run::of(class, *choice));
    }

    /// Those of one class, cheapest first.
    pub(super) fn of(&self, at: usize) -> &[Run] {
        &self.runs[at * COUNT..][..usize::from(self.counts[at])]
    }
}
