//! Quantiles of many values in little memory.

use std::collections::BTreeMap;

/// Bits of a value that are kept: a quantile is at most 1/64 above the true one.
const BITS: u32 = 7;

/// How often values came, rounded up to seven leading bits. Memory does not grow with their number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quantiles {
    counts: BTreeMap<i64, u64>,
    total: u64,
}

impl Quantiles {
    /// Adds a value; what is negative counts as 0.
    pub fn add(&mut self, value: i64) {
        *self.counts.entry(round_up(value.max(0))).or_default() += 1;
        self.total += 1;
    }

    /// A value that so many thousandths of the values do not exceed; 0 without values.
    pub fn at_permille(&self, permille: u64) -> i64 {
        let wanted = (u128::from(self.total) * u128::from(permille)).div_ceil(1000);
        let mut seen = 0;
        let mut counts = self.counts.iter();
        let found = counts.find(|(_, count)| {
            seen += u128::from(**count);
            seen >= wanted
        });
        found.map_or(0, |(value, _)| *value)
    }
}

fn round_up(value: i64) -> i64 {
    let length = i64::BITS - value.leading_zeros();
    let dropped = length.saturating_sub(BITS);
    let unit = 1_i64 << dropped;
    value
        .checked_add(unit - 1)
        .map_or(value, |up| up & !(unit - 1))
}
