//! Runs a scenario of a whole network: its jobs through the production planner and state, results
//! into a folder.
//!
//! `jobs.csv` has a row for each job, `sites.csv`, `links.csv` and `queue.csv` the network hour by
//! hour, `network.json` the network as it was set up, `summary.json` what was run and what came
//! out; `files` has these and the others. The same scenario gives the same bytes. Memory grows with
//! the jobs that wait or run, not with the trace. Forecasts are what the planner sees; cost and
//! carbon of the results count energy as it really was, of every attempt.

mod changes;
pub mod compare;
pub mod expand;
mod files;
mod forecast;
mod jobs_csv;
mod ledger;
pub(crate) mod measures;
pub mod network_file;
mod outcome;
pub(crate) mod paired;
mod series;
mod source;
mod starts;
mod summary;
pub mod sweep;
mod tally;
#[cfg(test)]
mod tests;
mod watch;
pub mod what_if;
mod work;

use std::fs;
use std::path::Path;

use ewc_core::State;
use ewc_core::state::Limits;
use ewc_scenario::energy::EnergyProfile;
use ewc_scenario::network_run::{TraceDef, WorkloadDef};
use ewc_scenario::{NetworkRun, SiteDef};
use serde_json::Value;

pub use starts::{Start, Told};
pub use watch::Far;

use crate::engine::{Engine, Latency, Rounds, Rules, StartDelay};
use crate::run::RunError;
use crate::run::folder::{at, digest, prepare};
use crate::workload::state_within;
use changes::Changes;
use files::Files;
use forecast::Forecaster;
use ledger::{Ledger, Truth};
use network_file::NetworkFile;
use starts::Asked;
use tally::Tally;
use watch::Writer;
use work::ListPrices;

/// What came out of a run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// False when it was interrupted: the files hold what had left the network by then, and what
    /// was in it.
    pub complete: bool,
    /// As in `summary.json`.
    pub indicators: Value,
}

/// Runs a scenario and writes its folder, which must be new or empty. `go_on` is asked now and
/// then; after the first `false` the result is partial, and says so.
///
/// # Errors
/// The workload is wrong, the network does not take the scenario, or a file cannot be read or
/// written.
pub fn run(
    scenario: &NetworkRun,
    folder: &Path,
    go_on: &mut dyn FnMut(Far) -> bool,
) -> Result<Outcome, RunError> {
    let inputs = inputs(scenario)?;
    prepare(folder)?;
    let files = Files::create(folder, scenario)?;
    let outcome = simulate(scenario, folder, Some(files), None, go_on)?;
    let summary = summary::of(scenario, &inputs, &outcome);
    let path = folder.join("summary.json");
    fs::write(&path, summary).map_err(at(&path))?;
    Ok(outcome)
}

/// Runs a scenario for its indicators alone.
///
/// # Errors
/// As [`run`], less what may go wrong with a folder.
pub fn indicators(
    scenario: &NetworkRun,
    go_on: &mut dyn FnMut(Far) -> bool,
) -> Result<Outcome, RunError> {
    simulate(scenario, Path::new(""), None, None, go_on)
}

/// Runs a scenario and asks before every submission when the job would start. `on_start` is told
/// what the answer was and what came of it, when the job leaves the network.
///
/// # Errors
/// As [`indicators`].
pub fn starts(
    scenario: &NetworkRun,
    on_start: &mut dyn FnMut(&Start),
    go_on: &mut dyn FnMut(Far) -> bool,
) -> Result<Outcome, RunError> {
    simulate(scenario, Path::new(""), None, Some(on_start), go_on)
}

/// Whoever wants to know what jobs were told of their start.
type OnStart<'a> = &'a mut dyn FnMut(&Start);

fn simulate(
    scenario: &NetworkRun,
    folder: &Path,
    files: Option<Files>,
    on_start: Option<OnStart<'_>>,
    go_on: &mut dyn FnMut(Far) -> bool,
) -> Result<Outcome, RunError> {
    let sites: Vec<&SiteDef> = scenario.network.sites.iter().collect();
    let profiles: Vec<EnergyProfile> = sites.iter().map(|site| site.energy_profile()).collect();
    let forecaster = Forecaster::new(scenario, &profiles)?;
    let state = state(scenario, &sites, &forecaster)?;
    if files.is_some() {
        write_network(&state, &sites, folder)?;
    }
    let jobs = source::jobs(scenario, &sites)?;
    let end_ms = scenario.start_ms.saturating_add(scenario.duration_ms);
    let ask = scenario.output.starts || on_start.is_some();
    let explained = files
        .as_ref()
        .is_some_and(|files| files.decisions.is_some());
    let mut writer = Writer {
        truth: Truth {
            profiles: &profiles,
            run: scenario,
        },
        ledger: Ledger::default(),
        tally: Tally::over(scenario.start_ms, end_ms, ListPrices::of(&state)),
        files,
        asked: ask.then(Asked::default),
        on_start: on_start.map(|on_start| on_start as _),
        go_on,
        next_sample_ms: scenario.start_ms,
        instants: 0,
        failed: None,
    };
    let mut changes = Changes::new(scenario, &forecaster);
    let engine = Engine::new(
        state,
        jobs,
        rules(scenario, explained),
        &mut changes,
        &mut writer,
    );
    let ended = engine.run().map_err(|problem| RunError::Scenario {
        field: "workload",
        problem: problem.to_string(),
    });
    let complete = ended?;
    if let Some(files) = &mut writer.files {
        let flushed = files.finish(complete);
        flushed.map_err(at(folder))?;
    }
    match writer.failed {
        Some(problem) => Err(at(folder)(problem)),
        None => Ok(Outcome {
            complete,
            indicators: writer.tally.indicators(),
        }),
    }
}

fn write_network(state: &State, sites: &[&SiteDef], folder: &Path) -> Result<(), RunError> {
    let path = folder.join("network.json");
    let network = NetworkFile::of(state, sites).json();
    let network = network.map_err(|problem| at(&path)(problem.into()))?;
    fs::write(&path, network).map_err(at(&path))
}

/// The network before any job. What has ended leaves it at once.
fn state(
    scenario: &NetworkRun,
    sites: &[&SiteDef],
    forecaster: &Forecaster<'_>,
) -> Result<State, RunError> {
    let limits = Limits {
        terminal_keep_ms: 0,
        ..Limits::default()
    };
    let energy = |site: &SiteDef| {
        let known = sites
            .iter()
            .position(|known| known.spec.name == site.spec.name);
        forecaster.issued(known.unwrap_or(0), scenario.start_ms)
    };
    let network = &scenario.network;
    let state = state_within(limits, network, sites, &[], scenario.start_ms, energy);
    state.map_err(|refusal| RunError::Scenario {
        field: "network",
        problem: refusal.to_string(),
    })
}

fn rules(scenario: &NetworkRun, tells_others: bool) -> Rules {
    let planning = &scenario.planning;
    Rules {
        policy: scenario.policy().kind,
        rounds: match planning.every_ms {
            Some(ms) => Rounds::Every { ms },
            None => Rounds::AsNeeded,
        },
        jobs_per_round: planning.jobs_per_round,
        decide_arrivals: planning.arrivals,
        latency: Latency {
            start_ms: planning.latency_ms,
            checkpoint_us: planning.checkpoint_us,
        },
        keep_outputs: false,
        start_delay: StartDelay {
            mean_ms: scenario.start_delay_ms,
            seed: scenario.seed,
        },
        tells_others,
    }
}

/// Names and digests of the files that a scenario reads.
pub(crate) fn inputs(scenario: &NetworkRun) -> Result<Vec<(String, String)>, RunError> {
    let log = match &scenario.workload {
        WorkloadDef::Trace {
            source: TraceDef::File { path, .. },
            ..
        } => Some(path),
        WorkloadDef::Trace { .. } | WorkloadDef::National { .. } => None,
    };
    let files = scenario.network_file.iter().chain(log);
    let files = files.chain(&scenario.forecast_file);
    let input = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap_or_default();
        Ok((name.to_string_lossy().into_owned(), digest(path)?))
    };
    files.map(input).collect()
}
