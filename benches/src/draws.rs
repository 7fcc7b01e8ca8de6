//! Draws without a pattern, the same on every machine.

/// A number without a pattern from one with (SplitMix64, by S. Vigna).
pub fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A sequence of draws from a seed.
pub struct Draws(u64);

impl Draws {
    /// The sequence of that seed.
    pub fn new(seed: u64) -> Draws {
        Draws(mix(seed))
    }

    /// A whole number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0 = mix(self.0);
        low + self.0 % (high - low + 1)
    }

    /// One of these, which may not be empty.
    pub fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.between(0, all.len() as u64 - 1) as usize]
    }
}
