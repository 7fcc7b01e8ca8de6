//! Draws that are the same on every platform: ChaCha8, whole numbers, tables.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A source of draws. Every job has its own, so that a further draw for one leaves the others as
/// they are.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64, stream: u64) -> Dice {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        Dice(generator)
    }

    /// A whole number from `low` to `high`, both included; `low` when there is no other.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// A number from 0, included, to 1, not included, in steps of 2⁻⁵³.
    pub(crate) fn unit(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        (self.seed() >> 11) as f64 * STEP
    }

    /// True in so many of a thousand cases.
    pub(crate) fn chance(&mut self, permille: i64) -> bool {
        self.between(0, 999) < permille
    }

    /// A seed for something else.
    pub(crate) fn seed(&mut self) -> u64 {
        self.0.random()
    }

    /// One of them, all alike.
    pub(crate) fn pick<T: Copy>(&mut self, among: &[T]) -> Option<T> {
        let last = i64::try_from(among.len()).ok()?.checked_sub(1)?;
        if last < 0 {
            return None;
        }
        let position = self.between(0, last);
        among.get(usize::try_from(position).ok()?).copied()
    }

    /// Puts them into any order, all alike (R. Durstenfeld, CACM 7(7), 1964).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.between(0, last as i64) as usize);
        }
    }

    /// A position, in proportion to the weights; `None` when they are all 0.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = i64> + Clone) -> Option<usize> {
        let total: i64 = weights.clone().sum();
        if total <= 0 {
            return None;
        }
        let mut left = self.between(0, total - 1);
        let mut weights = weights.enumerate();
        let found = weights.find(|(_, weight)| {
            left -= weight;
            left < 0
        });
        found.map(|(position, _)| position)
    }
}
