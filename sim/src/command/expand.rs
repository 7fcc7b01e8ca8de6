//! `ewc-sim expand`.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, bail};
use ewc_core::planner::Effort;
use ewc_scenario::{GrowthCosts, NetworkRun, units};
use ewc_sim::network_run::expand::{self, Asked, Demand, Offline, Ranking, Rolling};
use ewc_sim::report::planner::{self, Lang};
use ewc_sim::{parallel, run as results};

use super::progress::{Progress, Pulse};
use super::whatif;

/// Behind the help.
const MORE: &str = "\
All jobs of the scenario are placed together by the planner's own model; its prices say what one
node or one Gbit/s more would save. The best are planned again with a step more, and under the
budget steps are bought one after the other, first what pays back first. With --seeds the scenario
also runs as time goes by, with and without a step of each. Costs that no file names are assumed,
and say so; docs/what-if.md has the file's fields.

Examples:
  ewc-sim expand tutorial.toml --budget 20000000CNY
  ewc-sim expand tutorial.toml --budget 20000000CNY --costs costs.toml --seeds 5 --json
  ewc-sim expand tutorial.toml --budget 20000000CNY --out results
  ewc-sim expand week.toml --budget 5000000CNY --set duration=2d";

/// The arguments.
#[derive(clap::Args)]
#[command(after_help = MORE)]
pub struct Args {
    /// Scenario file of a network
    scenario: PathBuf,
    /// What may be spent, e.g. 20000000CNY
    #[arg(long, value_name = "CNY", value_parser = budget)]
    budget: f64,
    /// File of what a node and one Gbit/s cost
    #[arg(long, value_name = "FILE")]
    costs: Option<PathBuf>,
    /// A step, as a share of what is there
    #[arg(long, default_value = "5%", value_parser = share)]
    step: u32,
    /// How many of the best are planned again
    #[arg(long, default_value = "5", value_parser = clap::value_parser!(u16).range(1..=100))]
    best: u16,
    /// Steps that are bought at most
    #[arg(long, default_value = "10", value_parser = clap::value_parser!(u16).range(0..=1000))]
    steps: u16,
    /// What does not pay back within so many years is not bought
    #[arg(long, default_value = "5", value_parser = years)]
    years: f64,
    /// Also runs the scenario as time goes by, with so many seeds
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1000))]
    seeds: Option<u32>,
    /// A field of the scenario with another value, by its path; may be given more than once
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// New or empty folder for the results (expansion.json) and their page (report.html)
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Language that the page opens in; both are there
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
    /// Prints an object for programs
    #[arg(long)]
    json: bool,
    /// Threads of the runs of --seeds; all cores unless given
    #[arg(long)]
    threads: Option<NonZero<usize>>,
}

fn budget(text: &str) -> Result<f64, String> {
    let read = units::micro_cny(text).map_err(|problem| problem.at("--budget").to_string())?;
    match read {
        0 => Err(String::from("nothing can be bought for nothing")),
        micro_cny => Ok(micro_cny as f64 / 1e6),
    }
}

fn share(text: &str) -> Result<u32, String> {
    let read = units::permille(text).map_err(|problem| problem.at("--step").to_string())?;
    match read {
        1..=1000 => Ok(read as u32),
        _ => Err(String::from("write from 0.1% to 100%")),
    }
}

fn years(text: &str) -> Result<f64, String> {
    let years = text.parse().ok().filter(|years: &f64| *years > 0.0);
    years.ok_or_else(|| String::from("write a number of years above 0, e.g. 5"))
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let settings = args.set.iter().map(|text| whatif::setting(text));
    let settings = settings.collect::<anyhow::Result<Vec<_>>>()?;
    let run = whatif::network(&args.scenario, &settings)?;
    let costs = costs(args.costs.as_deref(), &run)?;
    if let Some(folder) = &args.out {
        results::prepare_folder(folder)?;
    }
    let stop = super::stop::on_signals()?;
    let demand = Demand::of_run(&run).with_context(|| args.scenario.display().to_string())?;
    let effort = Effort {
        seed: run.seed,
        ..expand::effort()
    };
    let offline = Offline::new(&demand, None, effort);
    let offline = offline.with_context(|| args.scenario.display().to_string())?;
    let ranking = ranking(args, (&demand, &offline), &costs, &stop);
    let Some(ranking) = ranking else {
        bail!("interrupted: the prices are not known yet");
    };
    let rolling = match args.seeds {
        Some(seeds) => rolling(args, (&run, &offline, &ranking), seeds, &stop)?,
        None => None,
    };
    let json = ranking.json(&run.name, rolling.as_ref());
    if let Some(folder) = &args.out {
        let path = folder.join(planner::EXPANSION);
        std::fs::write(&path, &json).with_context(|| path.display().to_string())?;
        planner::write(folder, args.lang)?;
    }
    if args.json {
        print!("{json}");
        return Ok(());
    }
    let (cost, bound, left_out) = ranking.present;
    let (name, jobs, kinds) = (&run.name, demand.jobs(), offline.classes());
    println!(
        "{name}: {jobs} jobs of {kinds} kinds placed together, {left_out} left out; \
         plan {cost:.0} CNY, at least {bound:.0}"
    );
    if demand.refused > 0 {
        println!(
            "{} jobs that the network does not take are not in it",
            demand.refused
        );
    }
    println!(
        "values in CNY for the scenario's time; steps of {} %, of one node at least\n",
        f64::from(args.step) / 10.0
    );
    print!("{}", ranking.table(rolling.as_ref()));
    Ok(())
}

fn costs(path: Option<&Path>, run: &NetworkRun) -> anyhow::Result<GrowthCosts> {
    let Some(path) = path else {
        return Ok(GrowthCosts::default());
    };
    let costs = GrowthCosts::load(path).with_context(|| path.display().to_string())?;
    costs
        .check(&run.network)
        .with_context(|| path.display().to_string())?;
    Ok(costs)
}

fn ranking(
    args: &Args,
    (demand, offline): (&Demand, &Offline),
    costs: &GrowthCosts,
    stop: &AtomicBool,
) -> Option<Ranking> {
    let asked = Asked {
        budget_cny: args.budget,
        costs,
        step_permille: args.step,
        best: args.best.into(),
        steps: args.steps.into(),
        years: args.years,
    };
    let pulse = std::cell::RefCell::new(Pulse::new());
    let made = std::cell::Cell::new((0, 1));
    let go_on = || {
        let (done, all) = made.get();
        pulse
            .borrow_mut()
            .say(|| format!("{done} of at most {all} plans"));
        !stop.load(Ordering::Relaxed)
    };
    Ranking::of(demand, offline, &asked, go_on, |done, all| {
        made.set((done, all))
    })
}

fn rolling(
    args: &Args,
    (run, offline, ranking): (&NetworkRun, &Offline, &Ranking),
    seeds: u32,
    stop: &AtomicBool,
) -> anyhow::Result<Option<Rolling>> {
    let progress = Progress::shared();
    let threads = args.threads.unwrap_or_else(parallel::cores);
    let rolling = Rolling::of(
        run,
        (offline, ranking),
        (seeds, threads),
        || !stop.load(Ordering::Relaxed),
        |done, all| progress.say(done, all, "runs"),
    )?;
    if rolling.is_none() {
        eprintln!("interrupted: without the runs of --seeds");
    }
    Ok(rolling)
}
