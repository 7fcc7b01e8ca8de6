//! One cell: what decides it, its file, and its run.

use std::fs;
use std::path::Path;

use ewc_scenario::{NetworkRun, RunFile};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Axis, SweepError};
use crate::network_run;
use crate::run::folder::{at, prepare as prepare_empty};
use crate::run::{ENGINE, RunError};

/// A combination with a seed.
#[derive(Debug)]
pub(super) struct Cell {
    /// Positions of the values, by axis.
    pub(super) values: Vec<usize>,
    pub(super) seed: u64,
    /// Digest of everything that decides the outcome.
    identity: String,
    /// Once it is finished.
    pub(super) indicators: Option<Value>,
}

/// The scenario with these values.
pub(super) fn load(
    scenario: &Path,
    axes: &[Axis],
    values: &[usize],
) -> Result<NetworkRun, SweepError> {
    let settings = axes.iter().zip(values).map(|(axis, at)| axis.setting(*at));
    let settings = settings.collect::<Result<Vec<_>, _>>()?;
    let loaded = RunFile::load_with(scenario, &settings);
    let loaded = loaded.map_err(|problem| SweepError::Scenario {
        cell: say(axes, values),
        problem,
    })?;
    match loaded {
        RunFile::Network(run) => Ok(*run),
        RunFile::Site(_) => Err(SweepError::OneSite(scenario.to_owned())),
    }
}

/// The cells of a combination, from the scenario's own seed on.
pub(super) fn with_seeds(
    run: &NetworkRun,
    values: &[usize],
    seeds: u32,
    cells: &mut Vec<Cell>,
) -> Result<(), RunError> {
    let inputs = network_run::inputs(run)?;
    for more in 0..u64::from(seeds) {
        let seed = run.seed.wrapping_add(more);
        let run = with_seed(run.clone(), seed);
        let planner = ewc_core::planner::PLANNER_VERSION;
        let decides = format!("{ENGINE}\n{planner}\n{inputs:?}\n{run:?}");
        let digest = Sha256::digest(decides.as_bytes());
        cells.push(Cell {
            values: values.to_vec(),
            seed,
            identity: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            indicators: None,
        });
    }
    Ok(())
}

fn with_seed(run: NetworkRun, seed: u64) -> NetworkRun {
    NetworkRun { seed, ..run }
}

/// Makes the folder, unless it is one of a sweep already.
pub(super) fn prepare(folder: &Path, cells: &str) -> Result<(), RunError> {
    let within = folder.join(cells);
    if within.is_dir() {
        return Ok(());
    }
    prepare_empty(folder)?;
    fs::create_dir(&within).map_err(at(&within))
}

impl Cell {
    pub(super) fn is_finished(&self) -> bool {
        self.indicators.is_some()
    }

    fn file(&self) -> String {
        format!("{}.json", &self.identity[..32])
    }

    /// Takes what an earlier sweep has found. A file that is damaged or of something else does not
    /// count.
    pub(super) fn look(&mut self, within: &Path) {
        let known = fs::read(within.join(self.file())).ok();
        let known = known.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        let ours = known.filter(|known| known["identity"] == self.identity.as_str());
        self.indicators = ours.map(|mut known| known["indicators"].take());
    }

    /// Runs it and leaves its file; `None` when it was interrupted. The scenario is read anew: not
    /// all cells fit into memory.
    pub(super) fn run(
        &self,
        (scenario, axes): (&Path, &[Axis]),
        within: &Path,
        go_on: &(impl Fn() -> bool + Sync),
    ) -> Result<Option<Value>, SweepError> {
        let run = with_seed(load(scenario, axes, &self.values)?, self.seed);
        let outcome = network_run::indicators(&run, &mut |_| go_on());
        let outcome = outcome.map_err(|problem| SweepError::Run {
            cell: self.say(axes),
            problem,
        })?;
        if !outcome.complete {
            return Ok(None);
        }
        let found = json!({ "identity": self.identity, "indicators": outcome.indicators });
        // Under its own name only once it is whole.
        let (file, half) = (within.join(self.file()), within.join(self.file() + ".half"));
        fs::write(&half, format!("{found:#}\n")).map_err(at(&half))?;
        fs::rename(&half, &file).map_err(at(&file))?;
        // As whoever finds the file would read it.
        let mut known: Value = serde_json::from_str(&found.to_string()).unwrap_or(found);
        Ok(Some(known["indicators"].take()))
    }

    /// Its values and seed, for people.
    pub(super) fn say(&self, axes: &[Axis]) -> String {
        format!("{} seed={}", say(axes, &self.values), self.seed)
    }
}

fn say(axes: &[Axis], values: &[usize]) -> String {
    let settings = axes.iter().zip(values);
    let settings = settings.map(|(axis, at)| format!("{}={}", axis.field, axis.values[*at]));
    settings.collect::<Vec<_>>().join(" ")
}
