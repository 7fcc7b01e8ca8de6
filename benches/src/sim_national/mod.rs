//! `sim-national`: a year of the whole network, by the production planner and state.
//!
//! Two runs of `ewc-sim run`: a million jobs of the national mix decided together by `price` every
//! 15 minutes, with more waiting than one round decides, and ten million placed by `greedy` as they
//! arrive, or in rounds as far apart. Energy and its forecasts change every hour; how long a plan
//! takes is counted in checkpoints and has nothing to do with the time measured.

mod scenario;

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, bail};
use ewc_scenario::RunFile;
use ewc_sim::network_run;
use serde_json::Value;

use crate::figure::{Figure, Options, Outcome, Verdict};
use crate::machine;
use scenario::{DAYS, DAYS_QUICK, DAYS_QUICK_GREEDY, GREEDY, Load, PRICED};

/// The figure.
pub const FIGURE: Figure = Figure {
    name: "sim-national",
    shows: "a national year: 1,000,000 jobs in rounds of price every 15 minutes, and 10,000,000 \
            jobs with greedy, each with hourly energy and forecasts",
    target: "1,000,000 jobs <= 600 s at a load >= 80 % with a mean queue >= 1,000 jobs and a mean \
             certified gap <= 5 %; 10,000,000 jobs <= 600 s; memory <= 1 GiB; on two cores",
    peer: "none",
    run,
};

const SECONDS: f64 = 600.0;
const RSS_GIB: f64 = 1.0;
const GAP_PCT: f64 = 5.0;
const QUEUE: f64 = 1_000.0;
const LOAD_PCT: f64 = 80.0;
/// Jobs of the runs in a whole year.
const JOBS_PRICED: f64 = 1e6;
const JOBS_GREEDY: f64 = 1e7;

/// What is known of one run.
struct Measured {
    /// Scaled to the jobs of a whole year.
    seconds: f64,
    indicators: Value,
}

fn run(options: &Options) -> anyhow::Result<Outcome> {
    let days = |whole: u64, quick: u64| if options.quick { quick } else { whole };
    let greedy_days = days(DAYS, DAYS_QUICK_GREEDY);
    let greedy = measure(&options.directory, GREEDY, greedy_days, JOBS_GREEDY)?;
    let priced_days = days(DAYS, DAYS_QUICK);
    let priced = measure(&options.directory, PRICED, priced_days, JOBS_PRICED)?;
    let mut outcome = judge(
        &priced,
        &greedy,
        machine::peak_bytes()? as f64 / f64::from(1 << 30),
    )?;
    if options.quick {
        outcome.left_out = vec![
            format!("{} of {DAYS} days with price", DAYS - priced_days),
            format!("{} of {DAYS} days with greedy", DAYS - greedy_days),
            "their seconds are scaled by the number of jobs".to_owned(),
        ];
    }
    Ok(outcome)
}

/// Runs a scenario of so many days into a folder, as the program does.
fn measure(directory: &Path, load: Load, days: u64, jobs: f64) -> anyhow::Result<Measured> {
    let name = load.policy.name();
    let folder = directory.join(name);
    fs::create_dir_all(&folder)?;
    let file = folder.join("national.toml");
    fs::write(&file, load.text(days))?;
    let RunFile::Network(scenario) = RunFile::load(&file)? else {
        bail!("{}: not a network", file.display());
    };
    let begun = Instant::now();
    let results = folder.join("results");
    let outcome = network_run::run(&scenario, &results, &mut |_| true)?;
    let seconds = begun.elapsed().as_secs_f64();
    let count = number(&outcome.indicators, "jobs")?;
    println!(
        "{name}: {count:.0} jobs in {seconds:.1} s, {:.0}/s; {}",
        count / seconds,
        outcome.indicators
    );
    // A full run is all of them.
    let scale = if days == DAYS { 1.0 } else { jobs / count };
    if days == DAYS && count < jobs {
        bail!("{count} of {jobs} jobs");
    }
    Ok(Measured {
        seconds: seconds * scale,
        indicators: outcome.indicators,
    })
}

fn judge(priced: &Measured, greedy: &Measured, rss_gib: f64) -> anyhow::Result<Outcome> {
    let gap_pct = number(&priced.indicators, "mean_gap_pct")?;
    // What is planned and has not begun is decided again in every round.
    let queue = number(&priced.indicators, "mean_waiting")?;
    let load_pct = number(&priced.indicators, "load_pct")?;
    let met = priced.seconds <= SECONDS
        && greedy.seconds <= SECONDS
        && rss_gib <= RSS_GIB
        && gap_pct <= GAP_PCT
        && queue >= QUEUE
        && load_pct >= LOAD_PCT;
    Ok(Outcome {
        values: vec![
            ("seconds", format!("{:.1}", priced.seconds)),
            ("rss_gib", format!("{rss_gib:.2}")),
            ("mean_gap_pct", format!("{gap_pct:.2}")),
            ("mean_queue", format!("{queue:.0}")),
            ("load_pct", format!("{load_pct:.0}")),
            ("seconds_10m", format!("{:.1}", greedy.seconds)),
        ],
        verdict: Verdict::of(met),
        left_out: Vec::new(),
    })
}

fn number(indicators: &Value, name: &'static str) -> anyhow::Result<f64> {
    indicators[name].as_f64().context(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn measured(seconds: f64, gap_pct: f64, queue: f64, load_pct: f64) -> Measured {
        Measured {
            seconds,
            indicators: json!({
                "mean_gap_pct": gap_pct, "mean_waiting": queue, "load_pct": load_pct,
            }),
        }
    }

    #[test]
    fn every_part_of_the_target_is_judged() {
        let greedy = |seconds| measured(seconds, 0.0, 0.0, 0.0);
        let cases = [
            (measured(600.0, 5.0, 1000.0, 80.0), 600.0, 1.0, Verdict::Met),
            (
                measured(601.0, 5.0, 1000.0, 80.0),
                600.0,
                1.0,
                Verdict::Missed,
            ),
            (
                measured(600.0, 5.1, 1000.0, 80.0),
                600.0,
                1.0,
                Verdict::Missed,
            ),
            (
                measured(600.0, 5.0, 999.0, 80.0),
                600.0,
                1.0,
                Verdict::Missed,
            ),
            (
                measured(600.0, 5.0, 1000.0, 79.0),
                600.0,
                1.0,
                Verdict::Missed,
            ),
            (
                measured(600.0, 5.0, 1000.0, 80.0),
                601.0,
                1.0,
                Verdict::Missed,
            ),
            (
                measured(600.0, 5.0, 1000.0, 80.0),
                600.0,
                1.1,
                Verdict::Missed,
            ),
        ];
        for (priced, seconds, rss_gib, expected) in cases {
            let outcome = judge(&priced, &greedy(seconds), rss_gib).unwrap();
            assert_eq!(outcome.verdict, expected, "{:?}", outcome.values);
        }
    }

    #[test]
    fn both_scenarios_can_be_read() {
        let folder = std::env::temp_dir().join(format!("sim-national-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("national.toml");
        for load in [PRICED, GREEDY] {
            fs::write(&file, load.text(DAYS)).unwrap();
            let RunFile::Network(run) = RunFile::load(&file).unwrap() else {
                panic!("not a network");
            };
            assert_eq!(run.policy().kind, load.policy);
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
