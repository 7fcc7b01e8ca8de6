//! The published parameters, and the draws of sizes and run times.

use super::gamma::Gamma;
use crate::dice::Dice;

/// Longest run: e¹² seconds, nearly two days; what is drawn longer is drawn again.
const LN_RUN_MAX: f64 = 12.0;
/// log₂ of the machine for which the parameters were published.
const LOG2_PUBLISHED: f64 = 7.0;

/// Which types of jobs are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kinds {
    /// Batch and interactive jobs, each with its parameters.
    #[default]
    Both,
    /// Batch jobs alone.
    Batch,
    /// Interactive jobs alone.
    Interactive,
    /// Jobs by the parameters that were fitted to all of them, without a type.
    Untyped,
}

impl Kinds {
    pub(super) fn parameters(self) -> Vec<Parameters> {
        match self {
            Kinds::Both => vec![BATCH, INTERACTIVE],
            Kinds::Batch => vec![BATCH],
            Kinds::Interactive => vec![INTERACTIVE],
            Kinds::Untyped => vec![UNTYPED],
        }
    }
}

/// Parameters of one type of jobs, by their names in the paper and the authors' program.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    /// The type.
    pub name: &'static str,
    /// Share of jobs of one processor.
    pub serial: f64,
    /// Share of parallel jobs of a power of two.
    pub power_of_two: f64,
    /// Two-stage uniform distribution of log₂ of the size: from `log2_low` to `log2_medium` with
    /// probability `low_share`, else on to `log2_high`.
    pub log2_low: f64,
    /// Where the stages meet.
    pub log2_medium: f64,
    /// Largest.
    pub log2_high: f64,
    /// Share of the first stage.
    pub low_share: f64,
    /// Natural logarithm of the run time in seconds: the shorter part.
    pub run_short: Gamma,
    /// The longer part.
    pub run_long: Gamma,
    /// Share of the shorter part: `short_slope` × processors + `short_share`, within 0 and 1.
    pub short_slope: f64,
    /// Share of the shorter part for the smallest jobs.
    pub short_share: f64,
    /// Natural logarithm of the distance between arrivals, in seconds, at rush hours.
    pub distance: Gamma,
    /// Factor on the shape of `distance` for all hours.
    pub rush_to_all: f64,
    /// Half hours of the day at which jobs arrive, counted from 1.
    pub cycle: Gamma,
}

/// Batch jobs.
const BATCH: Parameters = Parameters {
    name: "batch",
    serial: 0.2927,
    power_of_two: 0.6686,
    log2_low: 1.2,
    log2_medium: 5.0,
    log2_high: 7.0,
    low_share: 0.875,
    run_short: Gamma::new(6.57, 0.823),
    run_long: Gamma::new(639.1, 0.0156),
    short_slope: -0.003,
    short_share: 0.6986,
    distance: Gamma::new(6.0415, 0.8531),
    rush_to_all: 1.0519,
    cycle: Gamma::new(6.1271, 5.2740),
};

/// Interactive jobs.
const INTERACTIVE: Parameters = Parameters {
    name: "interactive",
    serial: 0.1541,
    power_of_two: 0.625,
    log2_low: 1.0,
    log2_medium: 3.0,
    log2_high: 5.5,
    low_share: 0.705,
    run_short: Gamma::new(3.8351, 0.6605),
    run_long: Gamma::new(7.073, 0.6856),
    short_slope: -0.0118,
    short_share: 0.9156,
    distance: Gamma::new(6.5510, 0.6621),
    rush_to_all: 0.9797,
    cycle: Gamma::new(8.9186, 3.6680),
};

/// All jobs together.
const UNTYPED: Parameters = Parameters {
    name: "untyped",
    serial: 0.244,
    power_of_two: 0.576,
    log2_low: 0.8,
    log2_medium: 4.5,
    log2_high: 7.0,
    low_share: 0.86,
    run_short: Gamma::new(4.2, 0.94),
    run_long: Gamma::new(312.0, 0.03),
    short_slope: -0.0054,
    short_share: 0.78,
    distance: Gamma::new(10.2303, 0.4871),
    rush_to_all: 1.0225,
    cycle: Gamma::new(8.1737, 3.9631),
};

impl Parameters {
    /// For a machine of another size: the upper stage keeps its width, as the authors advise, and
    /// the run times keep their relation to the part of the machine that a job takes (A).
    pub(super) fn on_machine(self, processors: u32) -> Parameters {
        let larger = libm::log2(f64::from(processors.max(2))) - LOG2_PUBLISHED;
        let log2_low = self.log2_low.min(libm::log2(f64::from(processors.max(2))));
        let log2_medium = (self.log2_medium + larger).max(log2_low);
        Parameters {
            log2_low,
            log2_medium,
            log2_high: (self.log2_high + larger).max(log2_medium),
            short_slope: self.short_slope / libm::exp2(larger),
            ..self
        }
    }

    /// Processors of a job.
    pub(super) fn draw_size(&self, dice: &mut Dice, processors: u32) -> u32 {
        let kind = dice.unit();
        if kind < self.serial {
            return 1;
        }
        let (low, high) = match dice.unit() < self.low_share {
            true => (self.log2_low, self.log2_medium),
            false => (self.log2_medium, self.log2_high),
        };
        let mut log2_size = low + (high - low) * dice.unit();
        if kind < self.serial + self.power_of_two {
            log2_size = libm::round(log2_size);
        }
        let size = libm::round(libm::exp2(log2_size));
        (size as u32).clamp(1, processors.max(1))
    }

    /// Run time of a job of that size: whole seconds, as in the authors' program.
    pub(super) fn draw_run_ms(&self, dice: &mut Dice, size: u32) -> i64 {
        let short_share = self.short_slope * f64::from(size) + self.short_share;
        loop {
            let run = match dice.unit() < short_share {
                true => &self.run_short,
                false => &self.run_long,
            };
            let ln_seconds = run.draw(dice);
            if ln_seconds <= LN_RUN_MAX {
                return libm::floor(libm::exp(ln_seconds)).max(1.0) as i64 * 1000;
            }
        }
    }
}
