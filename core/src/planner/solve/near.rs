//! For each class the few choices that were the cheapest when all of them were looked at last.
//!
//! Between two looks at everything, prices move little, and the cheapest choice is nearly always
//! one of these. A bound is never worked out from them.

/// Choices of a class that are remembered.
const COUNT: usize = 5;
const NONE: u32 = u32::MAX;

/// Of all classes.
#[derive(Clone)]
pub(super) struct Near {
    by_class: Vec<[u32; COUNT]>,
}

impl Near {
    /// Nothing is known of so many classes.
    pub(super) fn new(classes: usize) -> Near {
        Near {
            by_class: vec![[NONE; COUNT]; classes],
        }
    }

    /// Remembers the cheapest of these choices, each with its price, cheapest first.
    pub(super) fn note(&mut self, class: usize, seen: &mut Vec<(f64, u32)>) {
        let by_price = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if seen.len() > COUNT {
            seen.select_nth_unstable_by(COUNT, by_price);
            seen.truncate(COUNT);
        }
        // No two are equal, so that the order does not depend on how it is sorted.
        seen.sort_unstable_by(by_price);
        let near = &mut self.by_class[class];
        *near = [NONE; COUNT];
        near.iter_mut()
            .zip(seen)
            .for_each(|(near, (_, choice))| *near = *choice);
    }

    /// Those of one class.
    pub(super) fn of(&self, class: usize) -> impl Iterator<Item = u32> + Clone + use<> {
        let near = self.by_class[class];
        near.into_iter().filter(|choice| *choice != NONE)
    }
}
