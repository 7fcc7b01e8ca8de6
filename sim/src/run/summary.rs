//! `summary.json`: what was run, by which rules, and what came out.

use ewc_scenario::BatchSite;
use serde_json::{Value, json};

use super::{ENGINE, Outcome};
use crate::site::queue::{Discipline, EVENT_RULE, Estimate};

/// The version of the file.
const VERSION: u32 = 1;

pub(super) fn of(
    scenario: &BatchSite,
    discipline: Discipline,
    estimate: Estimate,
    digest: &str,
    outcome: &Outcome,
) -> String {
    let name = scenario.swf.file_name();
    let (rows, lines) = (&outcome.rows, &outcome.lines);
    let summary = json!({
        "version": VERSION,
        "engine": ENGINE,
        "complete": outcome.complete,
        "scenario": scenario.name,
        "seed": scenario.seed,
        "site": { "name": scenario.site, "processors": scenario.processors },
        "policy": discipline.name(),
        "estimate": estimate.name(),
        "event_rule": EVENT_RULE,
        "tie_rule": discipline.tie_rule(),
        "inputs": [{
            "file": name.map(|name| name.to_string_lossy()),
            "sha256": digest,
            "lines": lines.lines,
            "jobs": rows.jobs,
            "fields_repaired": lines.repaired,
            "dropped": {
                "bursts": lines.dropped_bursts,
                "number_or_submission_unknown": lines.dropped_unknown,
                "without_run": rows.without_run,
                "without_processors": rows.without_processors,
            },
            "runs_cut_to_request": rows.run_cut,
            "requests_unknown": rows.request_unknown,
        }],
        "indicators": indicators(scenario, outcome),
    });
    format!("{summary:#}\n")
}

fn indicators(scenario: &BatchSite, outcome: &Outcome) -> Value {
    let all = &outcome.indicators;
    json!({
        "jobs": all.jobs(),
        "unfinished": outcome.unfinished,
        "wait_s": {
            "mean": all.mean_wait_s(),
            "p50": all.wait_s_at_permille(500),
            "p90": all.wait_s_at_permille(900),
            "p99": all.wait_s_at_permille(990),
            "max": all.max_wait_s(),
        },
        "bsld": { "mean": all.mean_bounded_slowdown(), "max": all.max_bounded_slowdown() },
        "makespan_s": all.makespan_s(),
        "utilisation": all.utilisation(scenario.processors),
    })
}
