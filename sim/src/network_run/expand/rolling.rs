//! The second opinion: the scenario run as time goes by, with a step of each of the best, paired
//! over seeds. Here nobody knows the jobs beforehand.

use std::num::NonZero;

use ewc_scenario::NetworkRun;
use serde_json::{Value, json};

use super::offline::{Kind, Offline};
use super::rank::Ranking;
use crate::network_run::measures::{Mean, Short, Signed, column, name_of};
use crate::network_run::paired::{self, Paired};
use crate::run::RunError;

/// What is told of each run.
const MEASURES: [(&str, &str); 4] = [
    ("/unplaced", "unplaced"),
    ("/deadline_hits", "deadline hits"),
    ("/wait_s/mean", "mean wait s"),
    ("/cost_cny", "cost CNY"),
];
const GBPS: f64 = 1e9;

/// Differences of the runs with a step more to those without.
#[derive(Debug, Clone, PartialEq)]
pub struct Rolling {
    seeds: usize,
    /// By resource, the differences of the measures.
    rows: Vec<(String, [Mean; 4])>,
}

impl Rolling {
    /// Runs the scenario as it is and with a step of each row of the ranking. `None` when it was
    /// interrupted.
    ///
    /// # Errors
    /// What goes wrong with the first run that fails.
    pub fn of(
        run: &NetworkRun,
        (offline, ranking): (&Offline, &Ranking),
        (seeds, threads): (u32, NonZero<usize>),
        go_on: impl Fn() -> bool + Sync,
        progress: impl Fn(usize, usize) + Sync,
    ) -> Result<Option<Rolling>, RunError> {
        let mut scenarios = vec![run.clone()];
        let steps = ranking.rows.iter();
        scenarios.extend(steps.map(|row| grown(run, offline, row.at, row.step)));
        let paired = Paired {
            scenarios: &scenarios,
            seeds,
            threads,
        };
        let outcomes = paired.run(|run, _| paired::indicators(run, &go_on), progress)?;
        let Some(outcomes) = outcomes else {
            return Ok(None);
        };
        let rows = ranking.rows.iter().zip(&outcomes[1..]).map(|(row, after)| {
            let difference =
                |at: &str| Mean::of_differences(&column(after, at), &column(&outcomes[0], at));
            (row.name.clone(), MEASURES.map(|(at, _)| difference(at)))
        });
        Ok(Some(Rolling {
            seeds: seeds as usize,
            rows: rows.collect(),
        }))
    }

    pub(super) fn table(&self) -> String {
        let names = MEASURES.map(|(_, name)| name).join(" | ");
        let mut text = format!(
            "As time goes by, a step more ({} seeds, difference with 95 % interval):\n\n\
             | what | {names} |\n|---|---|---|---|---|\n",
            self.seeds
        );
        for (name, means) in &self.rows {
            let cells = means.map(|mean| {
                let half = mean.half_width.map(|half| format!(" ± {}", Short(half)));
                format!("{}{}", Signed(mean.mean), half.unwrap_or_default())
            });
            text += &format!("| {name} | {} |\n", cells.join(" | "));
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        let row = |(name, means): &(String, [Mean; 4])| {
            let cells = MEASURES.iter().zip(means);
            let cells = cells.map(|((at, _), mean)| (name_of(at), mean.json()));
            json!({ "name": name, "differences": Value::Object(cells.collect()) })
        };
        let rows: Vec<Value> = self.rows.iter().map(row).collect();
        json!({ "seeds": self.seeds, "steps": rows })
    }
}

/// The scenario with a step more; its jobs stay.
fn grown(run: &NetworkRun, offline: &Offline, at: usize, step: f64) -> NetworkRun {
    let mut after = run.clone();
    let resource = &offline.resources[at];
    match resource.kind {
        Kind::Pool(_) => {
            let sites = after.network.sites.iter_mut();
            for site in sites {
                let name = site.spec.name.clone();
                let pools = site.spec.pools.iter_mut();
                let ours = |pool: &&mut ewc_core::model::PoolSpec| {
                    format!("{name}.{}", pool.name) == resource.name
                };
                for pool in pools.filter(ours) {
                    pool.nodes = pool.nodes.saturating_add(step as u32);
                }
            }
        }
        Kind::Link(_) => {
            let links = after.network.links.iter_mut();
            for link in links.filter(|link| link.name == resource.name) {
                let more = (step * GBPS) as i64;
                link.capacity_bps = link.capacity_bps.saturating_add(more);
            }
        }
    }
    after.jobs_of = run
        .jobs_of
        .clone()
        .or_else(|| Some(Box::new(run.network.clone())));
    after
}
