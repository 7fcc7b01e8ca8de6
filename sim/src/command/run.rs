//! `ewc-sim run`.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, bail};
use ewc_scenario::{BatchSite, NetworkRun, RunFile};
use ewc_sim::network_run::{self, Far};
use ewc_sim::report::planner::Lang;
use ewc_sim::run::{self, Outcome};
use serde_json::Value;

use super::progress::Pulse;

/// Runs a scenario: jobs on a whole network, or a log through the queue of one site.
///
/// The scenario is a TOML or YAML file. With a field `network` it names a network, jobs, a policy
/// and faults; with a table `[site]` the site's processors and queue, and a log in the Standard
/// Workload Format. The folder gets jobs.csv (Batsim's columns first), jobs.swf and summary.json;
/// of a network also sites.csv, links.csv and queue.csv hour by hour, all tables as Parquet too,
/// and decisions.jsonl. report.html shows it all in one page, in English and Chinese. Ctrl-C ends
/// the run with a partial result that says so.
#[derive(clap::Args)]
pub struct Args {
    /// Scenario file
    scenario: PathBuf,
    /// New or empty folder for the results
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Without report.html; `ewc-sim report` makes it later
    #[arg(long)]
    no_report: bool,
    /// Language that the report opens in; both are there
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let scenario = RunFile::load(&args.scenario);
    let scenario = scenario.with_context(|| args.scenario.display().to_string())?;
    let stop = super::stop::on_signals()?;
    let complete = match scenario {
        RunFile::Site(site) => run_site(&site, &args.out, &stop)?,
        RunFile::Network(network) => run_network(&network, &args.out, &stop)?,
    };
    if !args.no_report {
        super::report::say(&args.out, args.lang)?;
    }
    match complete {
        true => Ok(()),
        false => bail!("interrupted: {} holds a partial result", args.out.display()),
    }
}

fn run_site(scenario: &BatchSite, out: &Path, stop: &AtomicBool) -> anyhow::Result<bool> {
    let mut pulse = Pulse::new();
    let outcome = run::run(scenario, out, &mut |ended| {
        pulse.say(|| format!("{ended} jobs have ended"));
        !stop.load(Ordering::Relaxed)
    })?;
    print(scenario, &outcome, pulse.started.elapsed().as_secs_f64());
    Ok(outcome.complete)
}

fn run_network(scenario: &NetworkRun, out: &Path, stop: &AtomicBool) -> anyhow::Result<bool> {
    let mut pulse = Pulse::new();
    let started = pulse.started;
    let outcome = network_run::run(scenario, out, &mut |far| {
        pulse.say(|| say_far(far, started.elapsed().as_secs_f64()));
        !stop.load(Ordering::Relaxed)
    })?;
    let seconds = started.elapsed().as_secs_f64();
    print_network(scenario, &outcome.indicators, seconds);
    Ok(outcome.complete)
}

fn say_far(far: Far, passed_s: f64) -> String {
    let done = far.passed_ms as f64 / far.of_ms.max(1) as f64;
    let days = |ms: i64| ms as f64 / 86_400_000.0;
    let left = match done {
        done if done >= 1.0 => String::from("waiting for the last jobs"),
        done => format!(
            "about {:.0} s to go",
            passed_s * (1.0 - done) / done.max(1e-6)
        ),
    };
    let (passed, of) = (days(far.passed_ms), days(far.of_ms));
    format!(
        "day {passed:.1} of {of:.1}, {} jobs have left, {left}",
        far.jobs
    )
}

fn print_network(scenario: &NetworkRun, indicators: &Value, seconds: f64) {
    let number = |pointer: &str| {
        indicators
            .pointer(pointer)
            .and_then(Value::as_f64)
            .unwrap_or(0.0)
    };
    let policy = scenario.policy().kind.name();
    println!(
        "scenario     {}, policy {policy}, seed {}",
        scenario.name, scenario.seed
    );
    println!(
        "jobs         {}, {} unplaced, {} unfinished",
        number("/jobs"),
        number("/unplaced"),
        number("/unfinished")
    );
    println!(
        "wait         mean {:.0} s, p50 {:.0} s, p90 {:.0} s, max {:.0} s",
        number("/wait_s/mean"),
        number("/wait_s/p50"),
        number("/wait_s/p90"),
        number("/wait_s/max")
    );
    println!(
        "deadlines    {} of {} kept",
        number("/deadline_hits"),
        number("/deadlines")
    );
    println!(
        "load         {:.1} %, mean queue {:.1} jobs",
        number("/load_pct"),
        number("/mean_queue")
    );
    println!(
        "carbon       {:.0} kg by location, {:.0} kg by market",
        number("/carbon_location_kg"),
        number("/carbon_market_kg")
    );
    println!("cost         {:.0} CNY", number("/cost_cny"));
    println!("WAN          {:.3} TB", number("/wan_bytes") / 1e12);
    if let Some(gap) = indicators["mean_gap_pct"].as_f64() {
        println!(
            "gap          mean {gap:.2} %, worst {:.2} %",
            number("/worst_gap_pct")
        );
    }
    println!(
        "seconds      {seconds:.3}, {:.0} jobs/s",
        number("/jobs") / seconds.max(1e-9)
    );
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
