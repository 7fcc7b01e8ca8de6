//! A site's energy: share of renewables, emission factor, price, and what cooling adds.

use borsh::{BorshDeserialize, BorshSerialize};

/// Energy of a site during one step. All quantised, so that equal inputs give equal plans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EnergyPoint {
    /// Physical share of renewables in the local grid.
    pub renewable_permille: u32,
    /// Share of the site's use covered by contracted green power (绿电).
    pub contracted_permille: u32,
    /// Emission factor of the local grid; mg/Wh equals g/kWh.
    pub grid_mg_per_wh: i64,
    /// Price of power.
    pub price_micro_cny_per_kwh: i64,
    /// Power usage effectiveness, 1000 = no overhead.
    pub pue_permille: u32,
    /// Water usage effectiveness.
    pub wue_ml_per_kwh: i64,
}

/// A forecast in equal steps; before the first and after the last point the nearest one holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EnergySeries {
    /// When the source issued it.
    pub issued_at_ms: i64,
    /// Start of the first step.
    pub start_ms: i64,
    /// Length of a step, positive.
    pub step_ms: i64,
    /// Who says so.
    pub source: String,
    /// One point a step; may be empty when nothing is known.
    pub points: Vec<EnergyPoint>,
}

impl EnergySeries {
    /// The point that holds at `at_ms`, or `None` when the series is empty.
    pub fn at(&self, at_ms: i64) -> Option<&EnergyPoint> {
        let step = (at_ms - self.start_ms).div_euclid(self.step_ms.max(1));
        let last = self.points.len().checked_sub(1)?;
        self.points
            .get(usize::try_from(step).unwrap_or(0).min(last))
    }

    /// End of the step that holds at `at_ms`.
    pub fn step_end_ms(&self, at_ms: i64) -> i64 {
        let step_ms = self.step_ms.max(1);
        self.start_ms + ((at_ms - self.start_ms).div_euclid(step_ms) + 1) * step_ms
    }
}
