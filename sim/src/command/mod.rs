//! One file for each subcommand.

mod check;
mod check_plan;
mod compare;
mod expand;
mod generate;
mod place;
mod progress;
mod report;
mod run;
mod stop;
mod sweep;
mod whatif;
mod workload;

use std::path::Path;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use ewc_scenario::instance::Instance;
use ewc_sim::instance::check::Checked;

/// Places instances from files, checks plans, makes instances from seeds, and works published
/// results out again. The formats are described in docs/instance-format.md.
#[derive(Parser)]
#[command(name = "ewc-sim", version)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Places the jobs of an instance and prints what that costs
    Place(place::Args),
    /// Checks a plan without the planner; names the first thing that does not hold
    CheckPlan(check_plan::Args),
    /// Makes an instance from a seed
    Generate(generate::Args),
    /// Works published tables out again: published, ours, difference
    Check(check::Args),
    /// Runs jobs on a network, or a log through the queue of one site, into a folder of results
    Run(run::Args),
    /// Runs policies side by side on a network, paired over seeds
    Compare(compare::Args),
    /// Makes the page (report.html) of a folder of results anew
    Report(report::Args),
    /// Says what to grow first under a budget, and what more of it is worth
    Expand(expand::Args),
    /// Runs a grid over fields of a scenario, in parallel; what is finished is not run again
    Sweep(sweep::Args),
    /// Runs a scenario before and after a change, and prints what differs
    Whatif(whatif::Args),
    /// Looks at a workload (log, table, model) and writes it as a log or table
    Workload(workload::Args),
}

/// Runs what was asked for.
pub fn run(args: Args) -> anyhow::Result<()> {
    match args.command {
        Command::Place(args) => place::run(&args),
        Command::CheckPlan(args) => check_plan::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Expand(args) => expand::run(&args),
        Command::Sweep(args) => sweep::run(&args),
        Command::Whatif(args) => whatif::run(&args),
        Command::Workload(args) => workload::run(&args),
    }
}

fn load(path: &Path) -> anyhow::Result<Instance> {
    Instance::load(path).with_context(|| path.display().to_string())
}

fn say_checked(checked: &Checked) -> String {
    match checked.proven {
        Some(proven) => format!("the plan holds; its prices prove at least {proven}"),
        None => String::from("the plan holds; it claims no bound"),
    }
}
