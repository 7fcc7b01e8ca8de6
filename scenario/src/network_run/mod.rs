//! Scenarios of a whole network: sites and links, the jobs that come, how they are planned, what
//! goes wrong meanwhile.
//!
//! ```toml
//! name = "a-week"
//! network = "national"      # national, tutorial, or a network file beside this one
//! one_node_in = 64          # clusters have one node in so many; edge sites stay whole
//! start = "2025-06-01T00:00:00+08:00"
//! duration = "7d"           # jobs are submitted within it
//! seed = 1                  # of every random stream
//!
//! [workload]
//! jobs_per_day = 600        # the national mix; or trace = "log.swf.gz"
//! data_scale = 16           # data sets are so many times smaller
//!
//! [policy]                  # as in network files; what is left out is the network's
//! kind = "greedy"
//!
//! [planning]
//! rounds = "15m"            # or "as_needed"
//! jobs_per_round = 256
//!
//! [energy]
//! forecast = "gaussian"     # none (a perfect forecast), gaussian, persistence, file
//! error = "10%"
//!
//! [[faults]]
//! kind = "site_outage"
//! site = "nm-horinger"
//! from = "2d"
//! for = "6h"
//! ```

mod fault;
mod output;
mod read;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use ewc_core::model::{Policy, WorkloadClass};

use crate::batch_site::BatchSite;
use crate::error::FileError;
use crate::network::Scenario;
use crate::reader::Table;
use crate::setting::Setting;
use crate::tree::{self, Format};

pub use fault::{Fault, FaultKind};
pub use output::OutputDef;

/// Largest scenario file of a run.
const SIZE_BYTES_MAX: u64 = 1 << 20;

/// What `ewc-sim run` runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunFile {
    /// A log through the queue of one site.
    Site(BatchSite),
    /// Jobs on a whole network.
    Network(Box<NetworkRun>),
}

/// Jobs on a whole network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkRun {
    /// Name.
    pub name: String,
    /// Sites, links and regions, with the policy of the run.
    pub network: Scenario,
    /// The file that the network was read from, if it is not built in.
    pub network_file: Option<PathBuf>,
    /// When the first job may be submitted, as Unix time.
    pub start_ms: i64,
    /// All jobs are submitted within this time.
    pub duration_ms: i64,
    /// Seed of every random stream.
    pub seed: u64,
    /// Which jobs come.
    pub workload: WorkloadDef,
    /// When and how much is planned.
    pub planning: PlanningDef,
    /// From the grant of a job to its start, in the mean: agents hear of it, and bring it up.
    pub start_delay_ms: i64,
    /// What is known of energy beforehand.
    pub forecast: Forecast,
    /// The table of a forecast from a file.
    pub forecast_file: Option<PathBuf>,
    /// What changes in the network.
    pub faults: Vec<Fault>,
    /// The network that the jobs are drawn for, where that is another one: edits change where jobs
    /// run, and not which jobs come.
    pub jobs_of: Option<Box<Scenario>>,
    /// Which files are written.
    pub output: OutputDef,
}

/// Which jobs come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkloadDef {
    /// The built-in national mix of the six classes.
    National {
        /// Jobs in a day, in the mean.
        jobs_per_day: u32,
        /// Data sets are so many times smaller than what they stand for.
        data_scale: u32,
        /// Most tasks of a group.
        tasks_max: u32,
        /// Once there are so many data sets, jobs read those that there are.
        datasets_max: u32,
    },
    /// Jobs in the order of submission that know sizes and times, and nothing of the network.
    Trace {
        /// Where they come from.
        source: TraceDef,
        /// How many times as much comes in the same time.
        load_permille: u32,
        /// Share of the jobs that is kept, drawn by the seed.
        keep_permille: u32,
        /// Jobs taken at most.
        jobs_max: u64,
        /// Most tasks of a job.
        tasks_max: u32,
        /// The class of jobs that no entry of `classes` names.
        class: WorkloadClass,
        /// Classes by the run time that a job asks for: up to so many milliseconds, rising.
        classes: Vec<(i64, WorkloadClass)>,
    },
}

/// Where the jobs of a trace come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraceDef {
    /// A log or a table.
    File {
        /// The file, plain or compressed by gzip; Parquet by its name.
        path: PathBuf,
        /// Which column of a table is what: a name or a file, by the simulator's names; without
        /// one the file is a log in the Standard Workload Format.
        mapping: Option<String>,
        /// Rows that break a rule are left out; otherwise they are errors.
        repair: bool,
    },
    /// The model of Lublin and Feitelson (2003), drawn by the scenario's seed.
    Lublin {
        /// Of the machine that the jobs are drawn for, at least 2.
        processors: u32,
    },
}

/// When and how much is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanningDef {
    /// Distance of the rounds; `None`: as needed.
    pub every_ms: Option<i64>,
    /// Jobs that a round considers at most.
    pub jobs_per_round: u32,
    /// Jobs are also decided as they arrive.
    pub arrivals: bool,
    /// What a plan takes before its first checkpoint.
    pub latency_ms: i64,
    /// What it takes for each checkpoint.
    pub checkpoint_us: i64,
}

/// What is known of energy beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forecast {
    /// Everything.
    Perfect,
    /// The truth with a relative error, drawn for each site and hour.
    Gaussian {
        /// Its standard deviation.
        error_permille: u32,
    },
    /// Every hour is like the same hour of the last day that is known.
    Persistence,
    /// What stands in a file.
    File,
}

impl Forecast {
    /// The name in files and results.
    pub fn name(self) -> &'static str {
        match self {
            Forecast::Perfect => "none",
            Forecast::Gaussian { .. } => "gaussian",
            Forecast::Persistence => "persistence",
            Forecast::File => "file",
        }
    }
}

impl NetworkRun {
    /// The policy of the run.
    pub fn policy(&self) -> &Policy {
        &self.network.policy
    }
}

impl RunFile {
    /// Reads a file; what it names is looked for beside it. A table `[site]` makes it a scenario of
    /// one site, a field `network` one of a whole network.
    ///
    /// # Errors
    /// Names the field, what is wrong with it and what to do.
    pub fn load(path: &Path) -> Result<RunFile, FileError> {
        RunFile::load_with(path, &[])
    }

    /// Reads a file of which some fields have other values. What begins with `network.` is a field
    /// of the network's own file, and so is `policy.` where the scenario has no table of that name.
    ///
    /// # Errors
    /// As [`RunFile::load`]; a scenario of one site has no such fields.
    pub fn load_with(path: &Path, settings: &[Setting]) -> Result<RunFile, FileError> {
        let format = Format::of(path)?;
        let text = tree::read(path, SIZE_BYTES_MAX)?;
        let beside = path.parent().unwrap_or(Path::new(""));
        let mut fields = tree::parse(&text, format)?;
        let kinds = (fields.contains_key("site"), fields.contains_key("network"));
        match kinds {
            (true, false) => match settings.first() {
                None => BatchSite::load(path).map(RunFile::Site),
                Some(setting) => Err(read::of_a_site(setting).into()),
            },
            (false, true) => {
                let of_network = read::apply(settings, &mut fields)?;
                let run = read::read(Table::root(fields), beside, &of_network)?;
                Ok(RunFile::Network(Box::new(run)))
            }
            (true, true) => Err(read::both_kinds().into()),
            (false, false) => Err(read::no_kind().into()),
        }
    }
}
