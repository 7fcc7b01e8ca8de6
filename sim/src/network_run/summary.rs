//! `summary.json`: what was run, by which rules, and what came out.

use ewc_scenario::NetworkRun;
use ewc_scenario::network_run::{Fault, FaultKind, Forecast};
use serde_json::{Value, json};

use super::Outcome;
use crate::run::ENGINE;

/// The version of the file.
const VERSION: u32 = 1;
/// What decides between equals.
const TIE_RULE: &str = "at one instant: changes of the network, then reports by job and site, \
    then what is due, then submissions in their order, then plans that are thought over, then \
    arrivals, then a round; jobs by priority, fair share, age; equal costs by the order of sites";

pub(super) fn of(scenario: &NetworkRun, inputs: &[(String, String)], outcome: &Outcome) -> String {
    let planning = &scenario.planning;
    let error_permille = match scenario.forecast {
        Forecast::Gaussian { error_permille } => Some(error_permille),
        Forecast::Perfect | Forecast::Persistence | Forecast::File => None,
    };
    let inputs = inputs.iter();
    let inputs = inputs.map(|(file, sha256)| json!({ "file": file, "sha256": sha256 }));
    let faults = scenario.faults.iter();
    let faults = faults.map(|fault| fault_of(scenario, fault));
    let fault_list: Vec<Value> = faults.collect();
    let summary = json!({
        "version": VERSION,
        "engine": ENGINE,
        "planner_version": ewc_core::planner::PLANNER_VERSION,
        "complete": outcome.complete,
        "scenario": scenario.name,
        "network": scenario.network.name,
        "seed": scenario.seed,
        "start_ms": scenario.start_ms,
        "duration_s": scenario.duration_ms as f64 / 1e3,
        "policy": scenario.policy().kind.name(),
        "policy_name": scenario.policy().name,
        "tie_rule": TIE_RULE,
        "planning": {
            "rounds_s": planning.every_ms.map(|ms| ms as f64 / 1e3),
            "jobs_per_round": planning.jobs_per_round,
            "arrivals": planning.arrivals,
            "latency_ms": planning.latency_ms,
            "latency_per_checkpoint_us": planning.checkpoint_us,
        },
        "forecast": { "model": scenario.forecast.name(), "error_permille": error_permille },
        "faults": scenario.faults.len(),
        "fault_list": fault_list,
        "inputs": inputs.collect::<Vec<Value>>(),
        "indicators": outcome.indicators,
    });
    format!("{summary:#}\n")
}

/// What changes when; times in seconds since the start.
fn fault_of(scenario: &NetworkRun, fault: &Fault) -> Value {
    let since = |at_ms: i64| at_ms.saturating_sub(scenario.start_ms) as f64 / 1e3;
    let mut row = json!({
        "kind": fault.kind.name(),
        "from_s": since(fault.from_ms),
        "until_s": fault.until_ms.map(since),
        "every_s": fault.every_ms.map(|ms| ms as f64 / 1e3),
    });
    let left = |permille: u32| json!(f64::from(permille) / 1e3);
    match &fault.kind {
        FaultKind::SiteOutage { site } | FaultKind::AgentCutOff { site } => {
            row["site"] = json!(site);
        }
        FaultKind::LinkCut { link } => row["link"] = json!(link),
        FaultKind::LinkDegraded {
            link,
            left_permille,
        } => {
            row["link"] = json!(link);
            row["left"] = left(*left_permille);
        }
        FaultKind::CapacityGrowth { site, pool, nodes } => {
            row["site"] = json!(site);
            row["pool"] = json!(pool);
            row["nodes"] = json!(nodes);
        }
        FaultKind::Curtailment {
            site,
            left_permille,
        } => {
            row["site"] = json!(site);
            row["left"] = left(*left_permille);
        }
        FaultKind::PowerCap {
            site,
            cap_watts,
            notice_ms,
        } => {
            row["site"] = json!(site);
            row["cap_watts"] = json!(cap_watts);
            row["notice_s"] = json!(*notice_ms as f64 / 1e3);
        }
    }
    row
}
