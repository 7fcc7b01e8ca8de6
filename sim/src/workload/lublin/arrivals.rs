//! When jobs of a type arrive.

use super::gamma::Gamma;
use super::parameters::Parameters;
use crate::dice::Dice;

/// Half hours of a day.
pub(super) const BUCKETS: usize = 48;
const BUCKET_SECONDS: f64 = 1800.0;
/// The day of the cycle begins with this half hour, counted from 1.
const DAY_START: usize = 11;
/// Longest distance: e¹³ seconds, five days; what is drawn longer is drawn again.
const LN_DISTANCE_MAX: f64 = 13.0;

/// Arrivals in their order. Distances pass in a time that runs as fast as the share of jobs at that
/// half hour of the day: on the mean as fast as the clock.
pub(super) struct Arrivals {
    dice: Dice,
    distance: Gamma,
    weights: [f64; BUCKETS],
    /// Half hours that have passed.
    bucket: u64,
    /// What has passed of the present one, at most its weight.
    passed: f64,
}

impl Arrivals {
    /// From midnight on.
    pub(super) fn new(parameters: &Parameters, seed: u64, stream: u64) -> Arrivals {
        let Gamma { shape, scale } = parameters.distance;
        Arrivals {
            dice: Dice::new(seed, stream),
            distance: Gamma::new(shape * parameters.rush_to_all, scale),
            weights: weights(&parameters.cycle),
            bucket: 0,
            passed: 0.0,
        }
    }

    /// The next arrival, in milliseconds since the start.
    pub(super) fn next_ms(&mut self) -> i64 {
        let ln_seconds = loop {
            let drawn = self.distance.draw(&mut self.dice);
            if drawn <= LN_DISTANCE_MAX {
                break drawn;
            }
        };
        self.passed += libm::exp(ln_seconds) / BUCKET_SECONDS;
        while self.passed > self.weight() {
            self.passed -= self.weight();
            self.bucket += 1;
        }
        let into_bucket = self.passed / self.weight();
        let seconds = (self.bucket as f64 + into_bucket) * BUCKET_SECONDS;
        libm::round(seconds * 1000.0) as i64
    }

    fn weight(&self) -> f64 {
        self.weights[(self.bucket % BUCKETS as u64) as usize]
    }
}

/// How many jobs arrive in each half hour of the day, against the mean.
pub(super) fn weights(cycle: &Gamma) -> [f64; BUCKETS] {
    let mut weights = [0.0; BUCKETS];
    for number in DAY_START..DAY_START + BUCKETS {
        let middle = number as f64;
        weights[(number - 1) % BUCKETS] = cycle.below(middle + 0.5) - cycle.below(middle - 0.5);
    }
    let mean = weights.iter().sum::<f64>() / BUCKETS as f64;
    weights.map(|weight| weight / mean)
}
