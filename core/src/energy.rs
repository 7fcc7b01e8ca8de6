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
        self.with(Integral::default(), |rate, _| match i64::try_from(rate) {
            // One multiplication instead of three.
            Ok(rate) => i128::from(rate) * i128::from(ms),
            Err(_) => rate * i128::from(ms),
        })
    }
}

/// What is priced of a site's energy, integrated like [`Integral`], where 64 bits hold it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Priced {
    pub(crate) price: u64,
    pub(crate) location: u64,
    pub(crate) market: u64,
    pub(crate) water: u64,
}

impl Priced {
    /// None unless each figure has room left for sums with others.
    fn of(integral: &Integral) -> Option<Priced> {
        let narrow = |value: i128| {
            u64::try_from(value)
                .ok()
                .filter(|value| *value <= PRICED_MAX)
        };
        Some(Priced {
            price: narrow(integral.price)?,
            location: narrow(integral.location)?,
            market: narrow(integral.market)?,
            water: narrow(integral.water)?,
        })
    }

    /// Of an integral that is known to fit.
    fn low(integral: &Integral) -> Priced {
        Priced {
            price: integral.price as u64,
            location: integral.location as u64,
            market: integral.market as u64,
            water: integral.water as u64,
        }
    }

    #[inline]
    fn with(self, other: Priced, of: impl Fn(u64, u64) -> u64) -> Priced {
        Priced {
            price: of(self.price, other.price),
            location: of(self.location, other.location),
            market: of(self.market, other.market),
            water: of(self.water, other.water),
        }
    }
}

/// Half of what 64 bits hold.
const PRICED_MAX: u64 = u64::MAX / 2;
/// So long after the start of the last step the narrow figures still answer: 24 days.
const PRICED_MS_MAX: u64 = 1 << 31;

/// A series of a site's energy, summed up. Before its first and after its last point the nearest
/// one holds, as in the series itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct EnergySums {
    start_ms: i64,
    step_ms: i64,
    /// Rates of each step, and the integral from the start of the first one to its own.
    steps: Vec<(Integral, Integral)>,
    /// The same of what is priced; empty where 64 bits do not hold it, or something is negative.
    priced: Vec<(Priced, Priced)>,
    /// The lowest rate of each figure.
    least: Integral,
}

impl EnergySums {
    pub(crate) fn new(series: &EnergySeries) -> EnergySums {
        EnergySums::by(series, |_, point| Integral::rates(point))
    }

    /// Of the series that follows `before`, whose sums these are: most of it was known a step ago.
    pub(crate) fn next(&self, before: &EnergySeries, series: &EnergySeries) -> EnergySums {
        EnergySums::by(series, |step, point| {
            let known = before.points.get(step + 1) == Some(point);
            let known = self.steps.get(step + 1).filter(|_| known);
            known.map_or_else(|| Integral::rates(point), |(rates, _)| *rates)
        })
    }

    fn by(series: &EnergySeries, rates: impl Fn(usize, &EnergyPoint) -> Integral) -> EnergySums {
        let step_ms = series.step_ms.clamp(1, MS_MAX);
        let mut sum = Integral::default();
        let step = |(step, point)| {
            let rates = rates(step, point);
            let before = sum;
            sum = sum + rates * step_ms;
            (rates, before)
        };
        let steps: Vec<(Integral, Integral)> = series.points.iter().enumerate().map(step).collect();
        let rates = steps.iter().map(|(rates, _)| *rates);
        let least = rates.clone().reduce(|a, b| a.with(b, i128::min));
        let most = rates.reduce(|a, b| a.with(b, i128::max));
        let (least, most) = (least.unwrap_or_default(), most.unwrap_or_default());
        let mut sums = EnergySums {
            start_ms: series.start_ms,
            step_ms,
            priced: Vec::new(),
            steps,
            least,
        };
        let highest = most * PRICED_MS_MAX as i64;
        let narrow = Priced::of(&highest).is_some() && Priced::of(&sum).is_some();
        if narrow && sums.never_pays() {
            let steps = sums.steps.iter();
            sums.priced = steps
                .map(|(rates, before)| (Priced::low(rates), Priced::low(before)))
                .collect();
        }
        sums
    }

    /// From one instant to another; `None` when nothing is known.
    pub(crate) fn over(&self, start_ms: i64, end_ms: i64) -> Option<Integral> {
        (start_ms < end_ms).then_some(())?;
        Some(self.until(end_ms)? - self.until(start_ms)?)
    }

    /// True when power never costs less than nothing here.
    #[inline]
    pub(crate) fn never_pays(&self) -> bool {
        self.least.with(Integral::default(), i128::min) == Integral::default()
    }

    /// What is priced of [`EnergySums::over`], by a shorter way; `None` where that has to be asked.
    #[inline]
    pub(crate) fn priced_over(&self, start_ms: i64, end_ms: i64) -> Option<Priced> {
        (start_ms < end_ms).then_some(())?;
        let (until, from) = (self.priced_until(end_ms)?, self.priced_until(start_ms)?);
        Some(until.with(from, |until, from| until - from))
    }

    #[inline]
    fn priced_until(&self, at_ms: i64) -> Option<Priced> {
        let since_ms = at_ms.checked_sub(self.start_ms)?;
        let since_ms = u64::try_from(since_ms).ok()?;
        (since_ms <= MS_MAX.unsigned_abs()).then_some(())?;
        let step_ms = self.step_ms.max(1).unsigned_abs();
        let last = self.priced.len().checked_sub(1)?;
        let step = usize::try_from(since_ms / step_ms).ok()?.min(last);
        let (rates, before) = self.priced[step];
        let ms = since_ms - step as u64 * step_ms;
        (ms <= PRICED_MS_MAX).then(|| before.with(rates, |before, rate| before + rate * ms))
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
                let priced = expected.as_ref().and_then(Priced::of);
                let answers = start_ms >= series.start_ms && end_ms > start_ms;
                let expected_priced = priced.filter(|_| answers);
                assert_eq!(sums.priced_over(start_ms, end_ms), expected_priced);
                let Some(some) = expected else { continue };
                let floor = sums.floor(end_ms - start_ms).unwrap();
                assert_eq!(floor.with(some, i128::min), floor, "{start_ms} {end_ms}");
            }
        }
    }

    #[test]
    fn the_next_series_has_the_sums_that_it_has_alone() {
        let known = series(&[7, 3, 11, 5]);
        let sums = EnergySums::new(&known);
        for prices in [
            &[3, 11, 5, 2][..],
            &[4, 11, 6, 2],
            &[7, 3, 11, 5],
            &[3],
            &[],
        ] {
            let following = series(prices);
            assert_eq!(sums.next(&known, &following), EnergySums::new(&following));
        }
    }

    #[test]
    fn what_64_bits_do_not_hold_is_left_to_the_long_way() {
        for price in [i64::MAX - 500, -1] {
            let sums = EnergySums::new(&series(&[7, price]));
            assert_eq!(sums.priced_over(1_000, 1_100), None);
        }
        let sums = EnergySums::new(&series(&[7]));
        let far_ms = 1_000 + PRICED_MS_MAX as i64;
        let long = sums.over(1_000, far_ms).as_ref().and_then(Priced::of);
        assert_eq!(sums.priced_over(1_000, far_ms), long);
        assert_eq!(sums.priced_over(1_000, far_ms + 1), None);
    }

    #[test]
    fn without_points_nothing_is_known() {
        let sums = EnergySums::new(&series(&[]));
        assert_eq!((sums.over(0, 5), sums.floor(5)), (None, None));
    }
}
