//! `ewc-sim sweep`.

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, bail};
use ewc_sim::network_run::sweep::{Axis, Sweep};
use ewc_sim::parallel;
use ewc_sim::report::planner::{self, Lang};

use super::progress::Bar;

/// Behind the help.
const MORE: &str = "\
Every combination of the values runs with every seed. A path goes by dots through the scenario, and
behind network. through the network's own file; docs/what-if.md describes paths. The folder gets
results.csv (values, seed, indicators) and results.json (also means over seeds). What is finished
there is not run again; Ctrl-C leaves a valid partial result.

Examples:
  ewc-sim sweep tutorial.toml --set policy.kind=greedy,price --seeds 5 --out sweep
  ewc-sim sweep tutorial.toml --set workload.jobs_per_day=100,200,400 \\
      --set network.sites.nm-horinger.energy.pue=110%,125% --out sweep";

/// The arguments.
#[derive(clap::Args)]
#[command(after_help = MORE)]
pub struct Args {
    /// Scenario file of a network
    scenario: PathBuf,
    /// A field and its values; may be given more than once
    #[arg(long, value_name = "FIELD=V1,V2", required = true)]
    set: Vec<String>,
    /// Number of seeds, from the scenario's own on
    #[arg(long, default_value = "1", value_parser = clap::value_parser!(u32).range(1..=1000))]
    seeds: u32,
    /// Folder for the results: a new or empty one, or that of an earlier sweep
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Threads; all cores unless given
    #[arg(long)]
    threads: Option<NonZero<usize>>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let axes = args.set.iter().map(|text| Axis::parse(text));
    let axes = axes.collect::<Result<Vec<Axis>, _>>().context("--set")?;
    let sweep = Sweep::new(&args.scenario, axes, args.seeds, &args.out)
        .with_context(|| args.scenario.display().to_string())?;
    let stop = super::stop::on_signals()?;
    let (known, cells) = sweep.known();
    if known > 0 {
        eprintln!("{known} of {cells} cells are finished already");
    }
    let bar = Bar::new();
    let swept = sweep.run(
        args.threads.unwrap_or_else(parallel::cores),
        || !stop.load(Ordering::Relaxed),
        |done, open| bar.say(done, open, "cells"),
    );
    bar.end();
    let swept = swept?;
    planner::write(&args.out, Lang::default())?;
    let out = args.out.display();
    let finished = swept.finished;
    if finished < cells {
        bail!("interrupted: {out} holds {finished} of {cells} cells; run it again to go on");
    }
    println!("{cells} cells, {} of them run now", cells - known);
    println!("{out}/results.csv, {out}/results.json, {out}/report.html");
    Ok(())
}
