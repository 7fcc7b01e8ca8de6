//! For each class the few choices that were the cheapest when all of them were looked at last.
//!
//! Between two looks at everything, prices move little, and the cheapest choice is nearly always
//! one of these. A bound is never worked out from them.

/// Choices of a class that are remembered.
const COUNT: usize = 5;
const NONE: u32 = u32::MAX;

/// Of all classes.
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

    /// Remembers the cheapest of these choices, each with its price.
    pub(super) fn note(&mut self, class: usize, seen: &mut [(f64, u32)]) {
        if seen.len() > COUNT {
            seen.select_nth_unstable_by(COUNT, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        }
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
