//! What is compared between runs, and means over seeds.

use std::fmt;

use serde_json::{Value, json};

use super::Outcome;

/// What is compared: its place in the indicators, and its name in tables.
pub(crate) const MEASURES: [(&str, &str); 14] = [
    ("/cost_cny", "cost CNY"),
    ("/carbon_location_kg", "kgCO2 location"),
    ("/carbon_market_kg", "kgCO2 market"),
    ("/per_work/cost_cny", "cost per CNY of work"),
    (
        "/per_work/carbon_location_g",
        "gCO2 location per CNY of work",
    ),
    ("/per_work/carbon_market_g", "gCO2 market per CNY of work"),
    ("/wan_bytes", "WAN bytes"),
    ("/wait_s/mean", "mean wait s"),
    ("/bsld_mean", "mean bsld"),
    ("/deadline_hits", "deadline hits"),
    ("/unplaced", "unplaced"),
    ("/jain_tenants", "Jain"),
    ("/utilisation/accelerators", "use of accelerators"),
    ("/mean_queue", "mean queue"),
];

/// What is compared besides where the network itself changes.
pub(crate) const MORE_MEASURES: [(&str, &str); 7] = [
    ("/wait_s/p90", "p90 wait s"),
    ("/succeeded", "succeeded"),
    ("/utilisation/cores", "use of cores"),
    ("/energy_kwh", "energy kWh"),
    ("/renewable_share", "renewable share"),
    ("/load_pct", "load %"),
    ("/work_cny", "work at list prices CNY"),
];

/// Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom.
#[rustfmt::skip]
const STUDENT_95: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
];
/// The same for more; the true values are at most 0.04 higher.
const NORMAL_95: f64 = 1.960;

/// A mean over seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Half the width of its 95 % confidence interval; `None` for a single seed.
    pub half_width: Option<f64>,
}

impl Mean {
    pub(crate) fn of(values: &[f64]) -> Mean {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count.max(1.0);
        let half_width = values.len().checked_sub(2).map(|at| {
            let squares = values.iter().map(|value| (value - mean).powi(2));
            let deviation = (squares.sum::<f64>() / (count - 1.0)).sqrt();
            STUDENT_95.get(at).copied().unwrap_or(NORMAL_95) * deviation / count.sqrt()
        });
        Mean { mean, half_width }
    }

    /// Of the differences seed by seed.
    pub(crate) fn of_differences(values: &[f64], to: &[f64]) -> Mean {
        let differences = values.iter().zip(to).map(|(value, to)| value - to);
        Mean::of(&differences.collect::<Vec<f64>>())
    }

    pub(crate) fn json(self) -> Value {
        json!({ "mean": self.mean, "half_width_95": self.half_width })
    }
}

/// A measure of every outcome.
pub(crate) fn column(outcomes: &[Outcome], at: &str) -> Vec<f64> {
    let value = |outcome: &Outcome| outcome.indicators.pointer(at).and_then(Value::as_f64);
    outcomes
        .iter()
        .map(|one| value(one).unwrap_or(0.0))
        .collect()
}

/// A place in the indicators as a name.
pub(crate) fn name_of(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

/// A number with about four digits.
pub(crate) struct Short(pub(crate) f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.abs() {
            size if size >= 1e7 => write!(f, "{:.3e}", self.0),
            size if size >= 1000.0 => write!(f, "{:.0}", self.0),
            size if size >= 10.0 => write!(f, "{:.1}", self.0),
            _ => write!(f, "{:.3}", self.0),
        }
    }
}

/// The same with its sign.
pub(crate) struct Signed(pub(crate) f64);

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 >= 0.0 { "+" } else { "" };
        write!(f, "{sign}{}", Short(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_has_the_interval_of_students_t() {
        let Mean { mean, half_width } = Mean::of(&[1.0, 2.0, 3.0, 4.0]);
        // Deviation 1.29099, three degrees of freedom: 3.182 · 1.29099 / 2.
        assert!((mean - 2.5).abs() < 1e-12);
        assert!((half_width.unwrap() - 2.054).abs() < 1e-3);
        assert_eq!(Mean::of(&[7.0]).half_width, None);
    }
}
