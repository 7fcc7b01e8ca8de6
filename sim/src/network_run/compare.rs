//! Policies side by side on the same scenario: every policy with every seed, and the differences to
//! the first policy seed by seed, so that what a seed makes hard for all does not blur them.

use std::num::NonZero;

use ewc_core::model::PolicyKind;
use ewc_scenario::NetworkRun;
use serde_json::{Value, json};

use super::Outcome;
use crate::parallel;
use crate::run::{ENGINE, RunError};

/// What is compared: its place in the indicators, and its name in tables.
const MEASURES: [(&str, &str); 11] = [
    ("/cost_cny", "cost CNY"),
    ("/carbon_location_kg", "kgCO2 location"),
    ("/carbon_market_kg", "kgCO2 market"),
    ("/wan_bytes", "WAN bytes"),
    ("/wait_s/mean", "mean wait s"),
    ("/bsld_mean", "mean bsld"),
    ("/deadline_hits", "deadline hits"),
    ("/unplaced", "unplaced"),
    ("/jain_tenants", "Jain"),
    ("/utilisation/accelerators", "use of accelerators"),
    ("/mean_queue", "mean queue"),
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
    fn of(values: &[f64]) -> Mean {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count.max(1.0);
        let half_width = values.len().checked_sub(2).map(|at| {
            let squares = values.iter().map(|value| (value - mean).powi(2));
            let deviation = (squares.sum::<f64>() / (count - 1.0)).sqrt();
            STUDENT_95.get(at).copied().unwrap_or(NORMAL_95) * deviation / count.sqrt()
        });
        Mean { mean, half_width }
    }

    fn json(self) -> Value {
        json!({ "mean": self.mean, "half_width_95": self.half_width })
    }
}

/// One policy over all seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyRow {
    /// The policy.
    pub policy: PolicyKind,
    /// By measure, each seed's value.
    values: Vec<Vec<f64>>,
}

/// Policies side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Name of the scenario.
    pub scenario: String,
    /// The seeds.
    pub seeds: Vec<u64>,
    /// The first is the one the others are compared with.
    pub rows: Vec<PolicyRow>,
}

/// Runs every policy with every seed, from the scenario's own on, on so many threads. `go_on` is
/// asked now and then; after the first `false` there is no result.
///
/// # Errors
/// What goes wrong with the first run that fails.
pub fn compare(
    scenario: &NetworkRun,
    policies: &[PolicyKind],
    seeds: u32,
    threads: NonZero<usize>,
    go_on: impl Fn() -> bool + Sync,
    progress: impl Fn(usize, usize) + Sync,
) -> Result<Option<Comparison>, RunError> {
    let seeds: Vec<u64> = (0..u64::from(seeds))
        .map(|more| scenario.seed.wrapping_add(more))
        .collect();
    let of_policy = |policy: &PolicyKind| seeds.iter().map(|seed| (*policy, *seed)).collect();
    let pieces: Vec<(PolicyKind, u64)> = policies
        .iter()
        .flat_map(|policy| -> Vec<(PolicyKind, u64)> { of_policy(policy) })
        .collect();
    let work = |(policy, seed): &(PolicyKind, u64)| {
        let mut scenario = scenario.clone();
        scenario.network.policy.kind = *policy;
        scenario.seed = *seed;
        super::indicators(&scenario, &mut |_| go_on())
    };
    let outcomes = parallel::map(&pieces, threads, work, progress);
    let outcomes = outcomes.into_iter().collect::<Result<Vec<Outcome>, _>>()?;
    if outcomes.iter().any(|outcome| !outcome.complete) {
        return Ok(None);
    }
    let by_policy = outcomes.chunks(seeds.len().max(1)).zip(policies);
    let rows = by_policy.map(|(outcomes, policy)| PolicyRow {
        policy: *policy,
        values: MEASURES.map(|(at, _)| column(outcomes, at)).into(),
    });
    Ok(Some(Comparison {
        scenario: scenario.name.clone(),
        rows: rows.collect(),
        seeds,
    }))
}

fn column(outcomes: &[Outcome], at: &str) -> Vec<f64> {
    let value = |outcome: &Outcome| outcome.indicators.pointer(at).and_then(Value::as_f64);
    outcomes
        .iter()
        .map(|one| value(one).unwrap_or(0.0))
        .collect()
}

impl Comparison {
    /// Mean of a policy's measure, and of its differences to the first policy.
    fn cell(&self, row: &PolicyRow, measure: usize) -> (Mean, Mean) {
        let own = &row.values[measure];
        let first = &self.rows[0].values[measure];
        let differences: Vec<f64> = own
            .iter()
            .zip(first)
            .map(|(own, first)| own - first)
            .collect();
        (Mean::of(own), Mean::of(&differences))
    }

    /// As JSON.
    pub fn json(&self) -> String {
        let policy = |row: &PolicyRow| {
            let measures = MEASURES.iter().enumerate().map(|(at, (pointer, _))| {
                let (mean, difference) = self.cell(row, at);
                let cell = json!({
                    "mean": mean.json(),
                    "difference": difference.json(),
                    "by_seed": row.values[at],
                });
                (pointer.trim_start_matches('/').replace('/', "."), cell)
            });
            let measures = Value::Object(measures.collect());
            json!({ "policy": row.policy.name(), "measures": measures })
        };
        let rows: Vec<Value> = self.rows.iter().map(policy).collect();
        let compared = self.rows.first().map(|row| row.policy.name());
        let comparison = json!({
            "version": 1,
            "engine": ENGINE,
            "scenario": self.scenario,
            "seeds": self.seeds,
            "compared_with": compared,
            "policies": rows,
        });
        format!("{comparison:#}\n")
    }

    /// As a table: a row for each measure, a column for each policy. Behind the first, the
    /// difference to it with its confidence interval.
    pub fn table(&self) -> String {
        let names = self
            .rows
            .iter()
            .map(|row| format!(" {} |", row.policy.name()));
        let mut table = format!("| measure |{}\n", names.collect::<String>());
        table.push_str(&format!("|---|{}\n", "---|".repeat(self.rows.len())));
        for (at, (_, name)) in MEASURES.iter().enumerate() {
            table.push_str(&format!("| {name} |"));
            for (position, row) in self.rows.iter().enumerate() {
                let (mean, difference) = self.cell(row, at);
                match (position, difference.half_width) {
                    (0, _) => table.push_str(&format!(" {} |", Short(mean.mean))),
                    (_, None) => {
                        let by = Signed(difference.mean);
                        table.push_str(&format!(" {} ({by}) |", Short(mean.mean)));
                    }
                    (_, Some(half)) => {
                        let (by, half) = (Signed(difference.mean), Short(half));
                        table.push_str(&format!(" {} ({by} ± {half}) |", Short(mean.mean)));
                    }
                }
            }
            table.push('\n');
        }
        table
    }
}

/// A number with about four digits.
struct Short(f64);

impl std::fmt::Display for Short {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.abs() {
            size if size >= 1e7 => write!(f, "{:.3e}", self.0),
            size if size >= 1000.0 => write!(f, "{:.0}", self.0),
            size if size >= 10.0 => write!(f, "{:.1}", self.0),
            _ => write!(f, "{:.3}", self.0),
        }
    }
}

/// The same with its sign.
struct Signed(f64);

impl std::fmt::Display for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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

    #[test]
    fn differences_are_taken_seed_by_seed() {
        let row = |policy, values: [f64; 3]| PolicyRow {
            policy,
            values: vec![values.to_vec(); MEASURES.len()],
        };
        let comparison = Comparison {
            scenario: String::from("s"),
            seeds: vec![1, 2, 3],
            rows: vec![
                row(PolicyKind::Greedy, [10.0, 200.0, 3000.0]),
                row(PolicyKind::Price, [9.0, 199.0, 2999.0]),
            ],
        };
        let (_, difference) = comparison.cell(&comparison.rows[1], 0);
        assert_eq!((difference.mean, difference.half_width), (-1.0, Some(0.0)));
        assert!(comparison.table().contains("(-1.000 ± 0.000)"));
    }
}
