//! What agents say in a script.

use ewc_core::command::{Command, OutputFact, PoolReport, RunPhase, RunReport, SiteReport};
use ewc_core::model::{EnergyPoint, EnergySeries, Job, Outcome, Usage};

use super::words::{Words, micro};
use super::{START_MS, Script};
use crate::build::{self, HOUR};

/// `energy a …`, `usable a cpu=4`, `report a j staged`.
pub fn report(script: &Script, words: &Words<'_>) -> Command {
    let site = script.site(words.word(1));
    let mut report = SiteReport {
        site,
        incarnation: 1,
        pools: Vec::new(),
        energy: None,
        held: Vec::new(),
        runs: Vec::new(),
    };
    match words.word(0) {
        "energy" => report.energy = Some(energy(words)),
        "usable" => report.pools.push(PoolReport {
            pool: script.state.sites()[site.index()].pools[0],
            usable: build::resources(words.number("cpu").unwrap_or(0), 65_536, 0),
            free_shapes: Vec::new(),
        }),
        _ => {
            let job = script.job(words.word(2));
            report.runs.push(run(&script.state.jobs()[&job], words));
        }
    }
    Command::ReportSites(vec![report])
}

fn run(job: &Job, words: &Words<'_>) -> RunReport {
    let stale = words.get("fence") == Some("stale");
    let fences: Vec<u64> = job.attempts.iter().map(|attempt| attempt.fence).collect();
    let fence = if stale { fences.first() } else { fences.last() };
    RunReport {
        job: job.id,
        fence: fence.copied().unwrap_or(0),
        phase: phase(job, words),
        detail: String::new(),
    }
}

fn phase(job: &Job, words: &Words<'_>) -> RunPhase {
    let outcome = match words.word(3) {
        "staged" => return RunPhase::Staged,
        "stage_failed" => return RunPhase::StageFailed,
        "started" => return RunPhase::Started,
        "delivered" => return RunPhase::Delivered,
        "succeeded" => Outcome::Succeeded,
        "failed" => Outcome::Failed,
        "timed_out" => Outcome::TimedOut,
        "lost" => Outcome::Lost,
        "stopped" => Outcome::Stopped,
        other => panic!("\"{other}\" is no phase"),
    };
    let fact = |output: &ewc_core::model::Output| OutputFact {
        dataset: output.dataset.clone(),
        sha256: [words.number("bytes").unwrap_or(9) as u8; 32],
        size_bytes: output.size_bytes,
    };
    let checkpoint = |spec: &ewc_core::model::CheckpointSpec| OutputFact {
        dataset: job.checkpoint_name(),
        sha256: [7; 32],
        size_bytes: spec.size_bytes,
    };
    let outputs = match words.word(4) {
        "saved" => job.spec.checkpoint.iter().map(checkpoint).collect(),
        _ => job.spec.outputs.iter().map(fact).collect(),
    };
    RunPhase::Ended {
        outcome,
        exit_code: 0,
        usage: Usage::default(),
        outputs,
    }
}

/// Hourly points from the start of the script.
fn energy(words: &Words<'_>) -> EnergySeries {
    let prices: Vec<i64> = words.values("prices").map(micro).collect();
    let green: Vec<u32> = words
        .values("green")
        .filter_map(|value| value.parse().ok())
        .collect();
    let grid: Vec<i64> = words
        .values("grid")
        .filter_map(|value| value.parse().ok())
        .collect();
    let contracted: Vec<u32> = words
        .values("contracted")
        .filter_map(|value| value.parse().ok())
        .collect();
    let points = (0..prices.len().max(green.len())).map(|at| EnergyPoint {
        contracted_permille: contracted.get(at).copied().unwrap_or(0),
        grid_mg_per_wh: grid.get(at).copied().unwrap_or(0),
        renewable_permille: green.get(at).copied().unwrap_or(0),
        price_micro_cny_per_kwh: prices.get(at).copied().unwrap_or(0),
        pue_permille: 1_000,
        ..EnergyPoint::default()
    });
    EnergySeries {
        issued_at_ms: START_MS,
        start_ms: START_MS,
        step_ms: HOUR,
        source: "script".to_owned(),
        points: points.collect(),
    }
}
