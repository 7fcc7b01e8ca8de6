//! A scenario before and after a change, paired over seeds.

use std::num::NonZero;
use std::path::Path;

use ewc_scenario::NetworkRun;
use serde_json::{Value, json};

use super::measures::{MEASURES, MORE_MEASURES, Mean, Short, Signed, column, name_of};
use super::paired::{self, Paired};
use crate::run::{ENGINE, RunError};

/// The two sides, as their folders are called.
const SIDES: [&str; 2] = ["before", "after"];

/// How to compare.
#[derive(Debug, Clone, Copy)]
pub struct WhatIf<'a> {
    /// The scenario as it is.
    pub before: &'a NetworkRun,
    /// The scenario with the change.
    pub after: &'a NetworkRun,
    /// Seeds of each side, from its own on.
    pub seeds: u32,
    /// Threads.
    pub threads: NonZero<usize>,
    /// A new or empty folder for the results of all runs, if they are wanted.
    pub folder: Option<&'a Path>,
}

/// One indicator on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Place in the indicators, with dots.
    pub indicator: String,
    /// Name in tables.
    name: &'static str,
    /// Each seed's value before and after.
    by_seed: [Vec<f64>; 2],
}

impl Difference {
    /// Means before and after.
    pub fn means(&self) -> [Mean; 2] {
        [Mean::of(&self.by_seed[0]), Mean::of(&self.by_seed[1])]
    }

    /// After less before, seed by seed.
    pub fn difference(&self) -> Mean {
        Mean::of_differences(&self.by_seed[1], &self.by_seed[0])
    }
}

/// What a change does.
#[derive(Debug, Clone, PartialEq)]
pub struct Differences {
    /// Name of the scenario.
    pub scenario: String,
    /// The seeds.
    pub seeds: Vec<u64>,
    /// By indicator.
    pub rows: Vec<Difference>,
}

/// Runs both sides with every seed. `go_on` is asked now and then; after the first `false` there is
/// no result.
///
/// # Errors
/// What goes wrong with the first run that fails.
pub fn what_if(
    asked: &WhatIf<'_>,
    go_on: impl Fn() -> bool + Sync,
    progress: impl Fn(usize, usize) + Sync,
) -> Result<Option<Differences>, RunError> {
    let scenarios = [asked.before.clone(), asked.after.clone()];
    let paired = Paired {
        scenarios: &scenarios,
        seeds: asked.seeds,
        threads: asked.threads,
    };
    if let Some(folder) = asked.folder {
        crate::run::folder::prepare(folder)?;
    }
    let work = |run: &NetworkRun, side: usize| match asked.folder {
        None => paired::indicators(run, &go_on),
        Some(folder) => {
            let folder = folder.join(SIDES[side]).join(format!("seed-{}", run.seed));
            super::run(run, &folder, &mut |_| go_on())
        }
    };
    let Some(outcomes) = paired.run(work, progress)? else {
        return Ok(None);
    };
    let of_side = |side: usize, at: &str| column(outcomes.get(side).map_or(&[], Vec::as_slice), at);
    let measures = MEASURES.iter().chain(&MORE_MEASURES);
    let rows = measures.map(|(at, name)| Difference {
        indicator: name_of(at),
        name,
        by_seed: [of_side(0, at), of_side(1, at)],
    });
    Ok(Some(Differences {
        scenario: asked.before.name.clone(),
        seeds: paired.seeds(),
        rows: rows.collect(),
    }))
}

impl Differences {
    /// As JSON.
    pub fn json(&self) -> String {
        let row = |row: &Difference| {
            let [before, after] = row.means();
            json!({
                "indicator": row.indicator,
                "before": before.json(),
                "after": after.json(),
                "difference": row.difference().json(),
                "by_seed": { "before": row.by_seed[0], "after": row.by_seed[1] },
            })
        };
        let rows: Vec<Value> = self.rows.iter().map(row).collect();
        let all = json!({
            "version": 1,
            "engine": ENGINE,
            "scenario": self.scenario,
            "seeds": self.seeds,
            "indicators": rows,
        });
        format!("{all:#}\n")
    }

    /// As a table: indicator, before, after, difference with its confidence interval.
    pub fn table(&self) -> String {
        let mut table =
            String::from("| indicator | before | after | difference |\n|---|---|---|---|\n");
        for row in &self.rows {
            let [before, after] = row.means();
            let (before, after) = (Short(before.mean), Short(after.mean));
            let by = row.difference();
            let interval = by.half_width.map(|half| format!(" ± {}", Short(half)));
            let by = Signed(by.mean);
            let interval = interval.unwrap_or_default();
            let name = row.name;
            table.push_str(&format!(
                "| {name} | {before} | {after} | {by}{interval} |\n"
            ));
        }
        table
    }
}
