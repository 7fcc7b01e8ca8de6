//! When a job will truly start, given what its plan promises.
//!
//! A plan is exact and the world is not: agents take a while, data comes late, queues are long,
//! capacity shrinks, others go first. So the lateness of earlier starts is kept, and an estimate is
//! the promise plus a quantile of that lateness. Nothing is assumed about its distribution: with
//! `n` observations the quantile `q` is the one of rank ⌈q (n + 1)⌉, which a further observation of
//! the same kind does not exceed with probability at least `q` (split conformal prediction: Vovk,
//! Gammerman, Shafer, *Algorithmic Learning in a Random World*, 2005). Where `n` is too small for
//! that rank, like promises to all classes are looked at together; where those are too few as well,
//! the estimate is wide and says that it rests on nothing.
//!
//! What is kept is bounded: for each class and band of promised waits one histogram, whose steps
//! are seconds below sixteen and at most an eighth of the lateness above, rounded up. Old starts
//! weigh half as much whenever a histogram has filled.
//!
//! A job that has not started when its estimate has passed counts at once, as late as it is by then
//! ([`Starts::observe_again`]), and again as late as it was once it has started; else the
//! latest would be missing for as long as they are late.
//!
//! This is no plan: it knows no state and no clock. All times are milliseconds of the network's
//! time.

use std::collections::BTreeMap;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::model::WorkloadClass;

/// What one observation weighs: enough halvings leave something of it.
const UNIT: u64 = 64;
/// A histogram that weighs as much as so many fresh observations has filled.
const FULL: u64 = 1000 * UNIT;
/// Bands of promised waits, up to and including these; longer waits are a band of their own.
const BANDS_MS: [i64; 5] = [
    60_000,
    10 * 60_000,
    3_600_000,
    6 * 3_600_000,
    24 * 3_600_000,
];
/// Waits beyond this are counted as this: some thirty years.
const WAIT_MS_MAX: i64 = 1 << 40;
/// The least margin of an estimate that rests on nothing.
const GUESS_MS_MIN: i64 = 3_600_000;

/// What an estimate rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Jobs of the same class that were promised a like wait.
    Class,
    /// Jobs of any class that were promised a like wait.
    All,
    /// Nothing: too little was seen.
    Nothing,
}

/// How long a job will wait from the moment of the promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// Half of such jobs have started by then.
    pub p50_wait_ms: i64,
    /// Nine of ten such jobs have.
    pub p90_wait_ms: i64,
    /// Observations it weighs, with old ones counting for less; rounded down.
    pub seen: u64,
    /// What kind of observations.
    pub basis: Basis,
}

/// Weights by lateness: rounded up, negative for what started early.
type Histogram = BTreeMap<i64, u64>;

/// How punctual starts were.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Starts {
    /// By class and band of the promised wait.
    rows: BTreeMap<(WorkloadClass, u8), Histogram>,
}

impl Starts {
    /// A job that was promised one wait started after another.
    pub fn observe(&mut self, class: WorkloadClass, promised_ms: i64, waited_ms: i64) {
        let row = self.rows.entry((class, band(promised_ms))).or_default();
        *row.entry(lateness(promised_ms, waited_ms)).or_default() += UNIT;
        if row.values().sum::<u64>() > FULL {
            row.values_mut().for_each(|weight| *weight /= 2);
            row.retain(|_, weight| *weight > 0);
        }
    }

    /// The same of a job that was counted before as overdue, with the wait `counted_ms`; or of one
    /// that is overdue now and still waits.
    pub fn observe_again(
        &mut self,
        class: WorkloadClass,
        promised_ms: i64,
        counted_ms: Option<i64>,
        waited_ms: i64,
    ) {
        if let Some(counted_ms) = counted_ms {
            self.forget(class, promised_ms, counted_ms);
        }
        self.observe(class, promised_ms, waited_ms);
    }

    /// Takes one observation back, or what time has left of it.
    fn forget(&mut self, class: WorkloadClass, promised_ms: i64, waited_ms: i64) {
        let Some(row) = self.rows.get_mut(&(class, band(promised_ms))) else {
            return;
        };
        let late_ms = lateness(promised_ms, waited_ms);
        if let Some(weight) = row.get_mut(&late_ms) {
            *weight = weight.saturating_sub(UNIT);
        }
        row.retain(|_, weight| *weight > 0);
    }

    /// How long a job of that class will wait that is promised a wait now.
    pub fn estimate(&self, class: WorkloadClass, promised_ms: i64) -> Estimate {
        let promised_ms = promised_ms.clamp(0, WAIT_MS_MAX);
        let band = band(promised_ms);
        if let Some(own) = self.rows.get(&(class, band))
            && let Some(estimate) = of(own, promised_ms, Basis::Class)
        {
            return estimate;
        }
        let mut all = Histogram::new();
        let rows = self.rows.iter().filter(|((_, of), _)| *of == band);
        for (late_ms, weight) in rows.flat_map(|(_, row)| row) {
            *all.entry(*late_ms).or_default() += weight;
        }
        of(&all, promised_ms, Basis::All).unwrap_or_else(|| Estimate {
            p50_wait_ms: promised_ms,
            p90_wait_ms: promised_ms + promised_ms.max(GUESS_MS_MIN),
            seen: all.values().sum::<u64>() / UNIT,
            basis: Basis::Nothing,
        })
    }
}

/// The estimate from one histogram, unless it holds too little.
fn of(row: &Histogram, promised_ms: i64, basis: Basis) -> Option<Estimate> {
    let wait = |permille| Some((promised_ms + quantile(row, permille)?).max(0));
    Some(Estimate {
        p50_wait_ms: wait(500)?,
        p90_wait_ms: wait(900)?,
        seen: row.values().sum::<u64>() / UNIT,
        basis,
    })
}

/// The lateness of rank ⌈q (n + 1)⌉, if there are so many.
fn quantile(row: &Histogram, permille: u64) -> Option<i64> {
    let total: u64 = row.values().sum();
    let rank = (permille * (total + UNIT)).div_ceil(1000);
    let mut below = 0;
    let mut rising = row.iter();
    rising
        .find(|(_, weight)| {
            below += **weight;
            below >= rank
        })
        .map(|(late_ms, _)| *late_ms)
}

fn band(promised_ms: i64) -> u8 {
    BANDS_MS.partition_point(|upto_ms| *upto_ms < promised_ms) as u8
}

/// How much later than promised, rounded up to the histogram's steps.
fn lateness(promised_ms: i64, waited_ms: i64) -> i64 {
    let late_ms = waited_ms.clamp(0, WAIT_MS_MAX) - promised_ms.clamp(0, WAIT_MS_MAX);
    let seconds = match late_ms {
        0.. => late_ms.unsigned_abs().div_ceil(1000),
        _ => late_ms.unsigned_abs() / 1000,
    };
    // Four significant binary digits.
    let step = 1 << (u64::BITS - seconds.leading_zeros()).saturating_sub(4);
    let rounded = match late_ms {
        0.. => seconds.next_multiple_of(step),
        _ => seconds - seconds % step,
    };
    let rounded_ms = rounded as i64 * 1000;
    if late_ms < 0 { -rounded_ms } else { rounded_ms }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASS: WorkloadClass = WorkloadClass::Train;
    const SECOND: i64 = 1000;

    /// `count` jobs that were promised a start at once, the i-th `late(i)` ms later.
    fn seen(count: i64, late: impl Fn(i64) -> i64) -> Starts {
        let mut starts = Starts::default();
        (0..count).for_each(|i| starts.observe(CLASS, 0, late(i)));
        starts
    }

    #[test]
    fn lateness_is_rounded_up_and_by_an_eighth_at_most() {
        for (late_ms, expected_ms) in [
            (0, 0),
            (1, 1_000),
            (7_001, 8_000),
            (8_001, 9_000),
            (16_500, 18_000),
            (-900, 0),
            (-1_000, -1_000),
            (-17_999, -16_000),
        ] {
            assert_eq!(
                lateness(100_000, 100_000 + late_ms),
                expected_ms,
                "{late_ms}"
            );
        }
        for late_ms in (8_000..10_000_000).step_by(997) {
            let rounded_ms = lateness(0, late_ms);
            assert!(rounded_ms >= late_ms, "{late_ms}");
            assert!(rounded_ms <= late_ms + late_ms / 8 + 1_000, "{late_ms}");
        }
        assert!(lateness(i64::MIN, i64::MAX) <= 1 << 41);
    }

    #[test]
    fn nothing_seen_is_wide_and_says_so() {
        let none = Starts::default().estimate(CLASS, 5 * SECOND);
        assert_eq!((none.seen, none.basis), (0, Basis::Nothing));
        assert_eq!(none.p50_wait_ms, 5 * SECOND);
        assert_eq!(none.p90_wait_ms, 5 * SECOND + GUESS_MS_MIN);
        // Eight starts cannot say what nine of ten do.
        assert_eq!(seen(8, |_| 0).estimate(CLASS, 0).basis, Basis::Nothing);
        assert_eq!(seen(9, |_| 0).estimate(CLASS, 0).basis, Basis::Class);
    }

    #[test]
    fn quantiles_are_those_of_what_was_seen() {
        // 1, 2, … 7 seconds, seven times each: exact steps.
        let starts = seen(49, |i| (1 + i % 7) * SECOND);
        let estimate = starts.estimate(CLASS, 30 * SECOND);
        assert_eq!(estimate.p50_wait_ms, 34 * SECOND);
        assert_eq!(estimate.p90_wait_ms, 37 * SECOND);
        assert_eq!(estimate.seen, 49);
    }

    #[test]
    fn classes_help_each_other_only_until_they_know_enough() {
        let mut starts = seen(20, |_| 4 * SECOND);
        let other = WorkloadClass::Render;
        let borrowed = starts.estimate(other, 0);
        assert_eq!(
            (borrowed.basis, borrowed.p90_wait_ms),
            (Basis::All, 4 * SECOND)
        );
        (0..9).for_each(|_| starts.observe(other, 0, SECOND));
        let own = starts.estimate(other, 0);
        assert_eq!((own.basis, own.p90_wait_ms), (Basis::Class, SECOND));
        // A promise of hours is another thing.
        assert_eq!(starts.estimate(other, 7_200_000).basis, Basis::Nothing);
    }

    #[test]
    fn old_starts_fade_and_the_state_stays_small() {
        let mut starts = seen(5_000, |i| 60 * SECOND + i);
        (0..3_000).for_each(|_| starts.observe(CLASS, 0, SECOND));
        assert_eq!(starts.estimate(CLASS, 0).p90_wait_ms, SECOND);
        for i in 0..200_000_i64 {
            starts.observe(
                CLASS,
                (i * 7_919) % 1_000_000_000,
                (i * 104_729) % 10_000_000_000,
            );
        }
        let entries: usize = starts.rows.values().map(BTreeMap::len).sum();
        assert!(entries < 6 * 500, "{entries}");
        let weight = |row: &Histogram| row.values().sum::<u64>();
        assert!(starts.rows.values().all(|row| weight(row) <= FULL));
    }

    #[test]
    fn what_is_overdue_counts_once() {
        let mut starts = seen(90, |_| 0);
        for _ in 0..30 {
            starts.observe_again(CLASS, 0, None, 3 * SECOND);
        }
        assert_eq!(starts.estimate(CLASS, 0).p90_wait_ms, 3 * SECOND);
        for _ in 0..30 {
            starts.observe_again(CLASS, 0, Some(3 * SECOND), 7 * SECOND);
        }
        let estimate = starts.estimate(CLASS, 0);
        assert_eq!((estimate.p90_wait_ms, estimate.seen), (7 * SECOND, 120));
    }

    /// Jobs one after the other, each estimated from those before it: what is promised holds.
    #[test]
    fn nine_of_ten_start_by_their_p90() {
        let mut starts = Starts::default();
        let (mut seed, mut kept, mut kept_half, mut judged) = (7_u64, 0, 0, 0);
        for number in 0..4_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let draw = (seed >> 33) as i64 % 1_000;
            // Skewed, from a second to a quarter of an hour.
            let late_ms = SECOND + draw * draw * draw / 1_000_000 * 900;
            let estimate = starts.estimate(CLASS, 30 * SECOND);
            if number >= 100 {
                judged += 1;
                kept += i64::from(30 * SECOND + late_ms <= estimate.p90_wait_ms);
                kept_half += i64::from(30 * SECOND + late_ms <= estimate.p50_wait_ms);
            }
            starts.observe(CLASS, 30 * SECOND, 30 * SECOND + late_ms);
        }
        let permille = |kept: i64| kept * 1_000 / judged;
        assert!((880..=950).contains(&permille(kept)), "{}", permille(kept));
        let half = permille(kept_half);
        assert!((480..=600).contains(&half), "{half}");
    }
}
