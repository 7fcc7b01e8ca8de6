//! `ewc-sim whatif`.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use anyhow::{Context as _, bail};
use ewc_scenario::{EditList, NetworkRun, RunFile, Setting};
use ewc_sim::network_run::what_if::{WhatIf, what_if};
use ewc_sim::parallel;
use ewc_sim::report::planner::{self, Lang};

use super::progress::Progress;

/// Behind the help.
const MORE: &str = "\
Edits add, remove and upgrade links, add nodes, batteries and renewables, change tariffs, emission
factors, the policy or any field, and remove sites; docs/what-if.md describes them. Both sides run
the same jobs with the same seeds. Differences are taken seed by seed, with their 95 % intervals.

Examples:
  ewc-sim whatif tutorial.toml --edit more-racks.toml --seeds 10
  ewc-sim whatif tutorial.toml --set policy.kind=price --seeds 3 --json
  ewc-sim whatif tutorial.toml --edit more-racks.toml --out results";

/// The arguments.
#[derive(clap::Args)]
#[command(after_help = MORE)]
pub struct Args {
    /// Scenario file of a network
    scenario: PathBuf,
    /// File of edits; may be given more than once
    #[arg(long, value_name = "FILE", required_unless_present = "set")]
    edit: Vec<PathBuf>,
    /// A field with another value, by its path; may be given more than once
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// Number of seeds, from the scenario's own on
    #[arg(long, default_value = "10", value_parser = clap::value_parser!(u32).range(1..=1000))]
    seeds: u32,
    /// New or empty folder for the results of every run, before and after
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Prints an object for programs
    #[arg(long)]
    json: bool,
    /// Threads; all cores unless given
    #[arg(long)]
    threads: Option<NonZero<usize>>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let before = network(&args.scenario, &[])?;
    let edits = edits(args)?;
    let after = edits.applied_to(&args.scenario)?;
    let stop = super::stop::on_signals()?;
    let progress = Progress::shared();
    let asked = WhatIf {
        before: &before,
        after: &after,
        seeds: args.seeds,
        threads: args.threads.unwrap_or_else(parallel::cores),
        folder: args.out.as_deref(),
    };
    let differences = what_if(
        &asked,
        || !stop.load(Ordering::Relaxed),
        |done, all| progress.say(done, all, "runs"),
    )?;
    let Some(differences) = differences else {
        bail!("interrupted: there is nothing to compare");
    };
    if let Some(folder) = &args.out {
        let path = folder.join(planner::DIFFERENCE);
        std::fs::write(&path, differences.json()).with_context(|| path.display().to_string())?;
        planner::write(folder, Lang::default())?;
    }
    if args.json {
        print!("{}", differences.json());
        return Ok(());
    }
    println!(
        "{}, {} edits, {} seeds; differences seed by seed, with 95 % confidence",
        differences.scenario,
        edits.len(),
        differences.seeds.len()
    );
    print!("{}", differences.table());
    Ok(())
}

fn edits(args: &Args) -> anyhow::Result<EditList> {
    let mut edits = EditList::default();
    for path in &args.edit {
        let list = EditList::load(path).with_context(|| path.display().to_string())?;
        edits.extend(list);
    }
    for text in &args.set {
        edits.set(setting(text)?);
    }
    Ok(edits)
}

/// A setting as on the command line.
pub(super) fn setting(text: &str) -> anyhow::Result<Setting> {
    let Some((path, value)) = text.split_once('=') else {
        bail!("--set: {text:?} has no value; write e.g. --set workload.jobs_per_day=200");
    };
    Setting::new(path, value).context("--set")
}

/// The network scenario of a file, of which some fields have other values.
pub(super) fn network(path: &Path, settings: &[Setting]) -> anyhow::Result<Box<NetworkRun>> {
    let scenario = RunFile::load_with(path, settings);
    match scenario.with_context(|| path.display().to_string())? {
        RunFile::Network(run) => Ok(run),
        RunFile::Site(_) => bail!(
            "{}: is of one site; choose one of a network",
            path.display()
        ),
    }
}
