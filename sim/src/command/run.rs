//! `ewc-sim run`.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context as _, bail};
use ewc_scenario::BatchSite;
use ewc_sim::run::{self, Outcome};

use super::progress::Pulse;

/// Runs a scenario of one site: a log through the site's queue.
///
/// The scenario is a TOML or YAML file with the site's processors and queue, and the log in the
/// Standard Workload Format. The folder gets jobs.csv (Batsim's columns first), jobs.swf and
/// summary.json. Ctrl-C ends the run with a partial result that says so.
#[derive(clap::Args)]
pub struct Args {
    /// Scenario file
    scenario: PathBuf,
    /// New or empty folder for the results
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let scenario = BatchSite::load(&args.scenario);
    let scenario = scenario.with_context(|| args.scenario.display().to_string())?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let started = Instant::now();
    let mut pulse = Pulse::new();
    let outcome = run::run(&scenario, &args.out, &mut |ended| {
        pulse.say(|| format!("{ended} jobs have ended"));
        !stop.load(Ordering::Relaxed)
    })?;
    print(&scenario, &outcome, started.elapsed().as_secs_f64());
    match outcome.complete {
        true => Ok(()),
        false => bail!("interrupted: {} holds a partial result", args.out.display()),
    }
}

fn print(scenario: &BatchSite, outcome: &Outcome, seconds: f64) {
    let all = &outcome.indicators;
    let rows = &outcome.rows;
    let left_out = rows.without_run + rows.without_processors;
    println!("scenario     {}, queue {}", scenario.name, scenario.queue);
    println!(
        "jobs         {} ended, {} not",
        all.jobs(),
        outcome.unfinished
    );
    println!("left out     {left_out} rows without a run or processors");
    println!(
        "repaired     {} rows with fields, {} runs cut to what was asked for",
        outcome.lines.repaired, rows.run_cut
    );
    println!(
        "wait         mean {:.2} s, p90 {:.0} s, max {:.0} s",
        all.mean_wait_s(),
        all.wait_s_at_permille(900),
        all.max_wait_s()
    );
    println!("bsld         mean {:.4}", all.mean_bounded_slowdown());
    println!("utilisation  {:.4}", all.utilisation(scenario.processors));
    println!("makespan     {:.0} s", all.makespan_s());
    println!("seconds      {seconds:.3}");
}
