//! `ewc-sim compare`.

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, bail};
use ewc_core::model::PolicyKind;
use ewc_scenario::NetworkRun;
use ewc_sim::network_run::compare::compare;
use ewc_sim::report::planner::{self, Lang};
use ewc_sim::{parallel, run};

use super::progress::Progress;
use super::whatif;

/// Runs a scenario of a network under several policies and seeds, and prints them side by side.
///
/// Every policy runs with every seed. Differences to the first policy are taken seed by seed, with
/// their 95 % confidence intervals.
#[derive(clap::Args)]
pub struct Args {
    /// Scenario file of a network
    scenario: PathBuf,
    /// Policies; the others are compared with the first
    #[arg(long, value_delimiter = ',', default_value = "greedy,first_fit,price")]
    policies: Vec<String>,
    /// A field of the scenario with another value, by its path; may be given more than once
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// Number of seeds, from the scenario's own on
    #[arg(long, default_value = "10", value_parser = clap::value_parser!(u32).range(1..=1000))]
    seeds: u32,
    /// New or empty folder for comparison.json and report.html, all policies side by side
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Language that the report opens in; both are there
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
    /// Also write it as JSON into this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Threads; all cores unless given
    #[arg(long)]
    threads: Option<NonZero<usize>>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let scenario = scenario(args)?;
    let policies = args.policies.iter().map(|name| policy(name));
    let policies = policies.collect::<anyhow::Result<Vec<PolicyKind>>>()?;
    if let Some(folder) = &args.out {
        run::prepare_folder(folder)?;
    }
    let stop = super::stop::on_signals()?;
    let progress = Progress::shared();
    let compared = compare(
        &scenario,
        &policies,
        args.seeds,
        args.threads.unwrap_or_else(parallel::cores),
        || !stop.load(Ordering::Relaxed),
        |done, all| progress.say(done, all, "runs"),
    )?;
    let Some(comparison) = compared else {
        bail!("interrupted: there is nothing to compare");
    };
    println!(
        "{}, {} seeds; differences to the first policy, seed by seed, with 95 % confidence",
        comparison.scenario,
        comparison.seeds.len()
    );
    print!("{}", comparison.table());
    if let Some(path) = &args.json {
        std::fs::write(path, comparison.json()).with_context(|| path.display().to_string())?;
    }
    if let Some(folder) = &args.out {
        let path = folder.join(planner::COMPARISON);
        std::fs::write(&path, comparison.json()).with_context(|| path.display().to_string())?;
        super::report::say(folder, args.lang)?;
    }
    Ok(())
}

/// The scenario, whose name tells of the fields that have other values.
fn scenario(args: &Args) -> anyhow::Result<Box<NetworkRun>> {
    let settings = args.set.iter().map(|text| whatif::setting(text));
    let settings = settings.collect::<anyhow::Result<Vec<_>>>()?;
    let mut scenario = whatif::network(&args.scenario, &settings)?;
    if !args.set.is_empty() {
        scenario.name = format!("{} ({})", scenario.name, args.set.join(", "));
    }
    Ok(scenario)
}

fn policy(name: &str) -> anyhow::Result<PolicyKind> {
    PolicyKind::from_name(name).with_context(|| {
        let known = PolicyKind::ALL.map(PolicyKind::name).join(", ");
        format!("--policies: {name:?} is not known; choose of {known}")
    })
}
