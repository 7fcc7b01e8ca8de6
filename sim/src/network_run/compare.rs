//! Policies side by side on the same scenario: every policy with every seed, and the differences to
//! the first policy seed by seed, so that what a seed makes hard for all does not blur them.

use std::num::NonZero;

use ewc_core::model::PolicyKind;
use ewc_scenario::NetworkRun;
use serde_json::{Value, json};

use super::measures::{MEASURES, MORE_MEASURES, Mean, Short, Signed, column, name_of};
use super::paired::{self, Paired};
use crate::run::{ENGINE, RunError};

/// One policy over all seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyRow {
    /// The policy.
    pub policy: PolicyKind,
    /// By measure, each seed's value: first those of the table, then the others.
    values: Vec<Vec<f64>>,
}

/// Every measure that is kept; the table shows the first of them.
fn measures() -> impl Iterator<Item = &'static str> {
    MEASURES.iter().chain(&MORE_MEASURES).map(|(at, _)| *at)
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
    let of_policy = |policy: &PolicyKind| {
        let mut scenario = scenario.clone();
        scenario.network.policy.kind = *policy;
        scenario
    };
    let scenarios: Vec<NetworkRun> = policies.iter().map(of_policy).collect();
    let paired = Paired {
        scenarios: &scenarios,
        seeds,
        threads,
    };
    let Some(outcomes) = paired.run(|run, _| paired::indicators(run, &go_on), progress)? else {
        return Ok(None);
    };
    let rows = outcomes
        .iter()
        .zip(policies)
        .map(|(outcomes, policy)| PolicyRow {
            policy: *policy,
            values: measures().map(|at| column(outcomes, at)).collect(),
        });
    Ok(Some(Comparison {
        scenario: scenario.name.clone(),
        rows: rows.collect(),
        seeds: paired.seeds(),
    }))
}

impl Comparison {
    /// Mean of a policy's measure, and of its differences to the first policy.
    fn cell(&self, row: &PolicyRow, measure: usize) -> (Mean, Mean) {
        let own = &row.values[measure];
        let first = &self.rows[0].values[measure];
        (Mean::of(own), Mean::of_differences(own, first))
    }

    /// As JSON.
    pub fn json(&self) -> String {
        let policy = |row: &PolicyRow| {
            let measures = measures().enumerate().map(|(at, pointer)| {
                let (mean, difference) = self.cell(row, at);
                let cell = json!({
                    "mean": mean.json(),
                    "difference": difference.json(),
                    "by_seed": row.values[at],
                });
                (name_of(pointer), cell)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_taken_seed_by_seed() {
        let row = |policy, values: [f64; 3]| PolicyRow {
            policy,
            values: vec![values.to_vec(); measures().count()],
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
