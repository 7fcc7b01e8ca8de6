//! What a site's energy is like over any interval, from sums over the steps of its series: as quick
//! for a week as for an hour. The planner asks for every start that it tries.

use std::ops::{Add, Mul, Sub};

use crate::model::{EnergyPoint, EnergySeries};

/// No figure of a site is higher, and no time longer: products of all three stay in range, whatever
/// a report holds. A plant of a gigawatt, a price of a million yuan, and three centuries do.
const RATE_MAX: i128 = 10_i128.pow(13);
const MS_MAX: i64 = 10_i64.pow(13);

/// Figures of energy, integrated over milliseconds. Of one millisecond, they are rates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Integral {
    /// Time itself.
    pub(crate) ms: i128,
    /// Power usage effectiveness, in thousandths.
    pub(crate) pue: i128,
    /// The same times the price of power, in micro-yuan per kilowatt-hour.
    pub(crate) price: i128,
    /// The same times the grid's emission factor, in milligrams per watt-hour.
    pub(crate) location: i128,
    /// That less what contracted green power covers, in thousandths of it.
    pub(crate) market: i128,
    /// Water usage effectiveness, in millilitres per kilowatt-hour.
    pub(crate) water: i128,
    /// Share of renewables, in thousandths.
    pub(crate) renewable: i128,
}

impl Integral {
    fn rates(point: &EnergyPoint) -> Integral {
        let pue = i128::from(point.pue_permille.max(1000));
        let location = pue * i128::from(point.grid_mg_per_wh);
        let grey = 1000_u32.saturating_sub(point.contracted_permille);
        let rates = Integral {
            ms: 1,
            pue,
            price: pue * i128::from(point.price_micro_cny_per_kwh),
            location,
            market: location * i128::from(grey),
            water: i128::from(point.wue_ml_per_kwh),
            renewable: i128::from(point.renewable_permille),
        };
        rates.with(rates, |rate, _| rate.clamp(-RATE_MAX, RATE_MAX))
    }

    fn with(self, other: Integral, of: impl Fn(i128, i128) -> i128) -> Integral {
        Integral {
            ms: of(self.ms, other.ms),
            pue: of(self.pue, other.pue),
            price: of(self.price, other.price),
            location: of(self.location, other.location),
            market: of(self.market, other.market),
            water: of(self.water, other.water),
            renewable: of(self.renewable, other.renewable),
        }
    }
}

impl Add for Integral {
    type Output = Integral;

    fn add(self, other: Integral) -> Integral {
        self.with(other, |a, b| a + b)
    }
}

impl Sub for Integral {
    type Output = Integral;

    fn sub(self, other: Integral) -> Integral {
        self.with(other, |a, b| a - b)
    }
}

impl Mul<i64> for Integral {
    type Output = Integral;

    fn mul(self, ms: i64) -> Integral {
        self.with(Integral::default(), |rate, _| rate * i128::from(ms))
    }
}

/// A series of a site's energy, summed up. Before its first and after its last point the nearest
/// one holds, as in the series itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct EnergySums {
    start_ms: i64,
    step_ms: i64,
    /// Rates of each step, and the integral from the start of the first one to its own.
    steps: Vec<(Integral, Integral)>,
    /// The lowest rate of each figure.
    least: Integral,
}

impl EnergySums {
    pub(crate) fn new(series: &EnergySeries) -> EnergySums {
        let step_ms = series.step_ms.clamp(1, MS_MAX);
        let mut sum = Integral::default();
        let step = |point| {
            let rates = Integral::rates(point);
            let before = sum;
            sum = sum + rates * step_ms;
            (rates, before)
        };
        let steps: Vec<(Integral, Integral)> = series.points.iter().map(step).collect();
        let rates = steps.iter().map(|(rates, _)| *rates);
        let least = rates.reduce(|a, b| a.with(b, i128::min));
        EnergySums {
            start_ms: series.start_ms,
            step_ms,
            steps,
            least: least.unwrap_or_default(),
        }
    }

    /// From one instant to another; `None` when nothing is known.
    pub(crate) fn over(&self, start_ms: i64, end_ms: i64) -> Option<Integral> {
        (start_ms < end_ms).then_some(())?;
        Some(self.until(end_ms)? - self.until(start_ms)?)
    }

    /// No interval of that length has less of anything; `None` when nothing is known.
    pub(crate) fn floor(&self, length_ms: i64) -> Option<Integral> {
        let known = !self.steps.is_empty() && length_ms > 0;
        known.then(|| self.least * length_ms.min(MS_MAX))
    }

    /// From the start of the first step to an instant, which may lie before it.
    fn until(&self, at_ms: i64) -> Option<Integral> {
        let since_ms = at_ms.saturating_sub(self.start_ms).clamp(-MS_MAX, MS_MAX);
        let last = self.steps.len().checked_sub(1)?;
        let step = usize::try_from(since_ms.div_euclid(self.step_ms.max(1)));
        let step = step.unwrap_or(0).min(last);
        let (rates, before) = self.steps[step];
        Some(before + rates * (since_ms - step as i64 * self.step_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(prices: &[i64]) -> EnergySeries {
        let point = |price: &i64| EnergyPoint {
            renewable_permille: 300,
            contracted_permille: 250,
            grid_mg_per_wh: 500 + *price,
            price_micro_cny_per_kwh: *price,
            pue_permille: 1200,
            wue_ml_per_kwh: 900,
        };
        EnergySeries {
            start_ms: 1_000,
            step_ms: 100,
            points: prices.iter().map(point).collect(),
            ..EnergySeries::default()
        }
    }

    /// Millisecond by millisecond.
    fn summed(series: &EnergySeries, start_ms: i64, end_ms: i64) -> Integral {
        let each = (start_ms..end_ms).map(|at_ms| Integral::rates(series.at(at_ms).unwrap()));
        each.fold(Integral::default(), Integral::add)
    }

    #[test]
    fn an_interval_has_what_each_of_its_milliseconds_has() {
        let series = series(&[7, 3, 11]);
        let sums = EnergySums::new(&series);
        for start_ms in [400, 950, 1_000, 1_001, 1_099, 1_100, 1_250, 1_300, 1_900] {
            for end_ms in [start_ms + 1, 1_000, 1_100, 1_120, 1_300, 2_500] {
                let expected = (start_ms < end_ms).then(|| summed(&series, start_ms, end_ms));
                assert_eq!(sums.over(start_ms, end_ms), expected, "{start_ms} {end_ms}");
                let Some(some) = expected else { continue };
                let floor = sums.floor(end_ms - start_ms).unwrap();
                assert_eq!(floor.with(some, i128::min), floor, "{start_ms} {end_ms}");
            }
        }
    }

    #[test]
    fn without_points_nothing_is_known() {
        let sums = EnergySums::new(&series(&[]));
        assert_eq!((sums.over(0, 5), sums.floor(5)), (None, None));
    }
}
