//! `sim-determinism`: random scenarios of a network give the same bytes twice, on one thread and on
//! two.

mod scenario;

use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use ewc_scenario::RunFile;
use ewc_sim::{network_run, parallel};

use crate::figure::{Figure, Options, Outcome, Verdict};

/// The figure.
pub const FIGURE: Figure = Figure {
    name: "sim-determinism",
    shows: "random scenarios of ewc-sim run (network, load, policy, forecasts, latency of \
            planning, faults), each run twice: one after the other, and two at a time",
    target: "every file of every result is the same byte for byte",
    peer: "none",
    run,
};

/// Scenarios of a full and of a quick run.
const SCENARIOS: [u64; 2] = [100, 12];
/// What a run leaves.
const FILES: [&str; 10] = [
    "jobs.csv",
    "sites.csv",
    "links.csv",
    "queue.csv",
    "summary.json",
    "jobs.parquet",
    "sites.parquet",
    "links.parquet",
    "jobs.swf",
    "decisions.jsonl",
];
const ONE: NonZero<usize> = NonZero::<usize>::MIN;
const TWO: NonZero<usize> = NonZero::<usize>::MIN.saturating_add(1);

fn run(options: &Options) -> anyhow::Result<Outcome> {
    let count = SCENARIOS[usize::from(options.quick)];
    let seeds: Vec<u64> = (1..=count).collect();
    let folder = |name: &str| {
        let folder = options.directory.join(name);
        fs::create_dir_all(&folder).map(|()| folder)
    };
    let (once, again) = (folder("one-thread")?, folder("two-threads")?);
    let work = |folder: &Path, seed: &u64| simulate(folder, *seed);
    let first = parallel::map(&seeds, ONE, |seed| work(&once, seed), |_, _| {});
    let second = parallel::map(&seeds, TWO, |seed| work(&again, seed), |_, _| {});
    let (mut different, mut jobs) = (0, 0);
    for (seed, (first, second)) in seeds.iter().zip(first.into_iter().zip(second)) {
        let differs = difference(&first?, &second?)?;
        if let Some(file) = differs {
            println!("seed {seed}: {file} differs");
            different += 1;
        }
        let table = fs::read(once.join(format!("{seed}/jobs.csv")))?;
        jobs += table.iter().filter(|byte| **byte == b'\n').count() - 1;
    }
    println!("{jobs} jobs in all");
    let left_out = match options.quick {
        true => vec![format!("{} scenarios", SCENARIOS[0] - count)],
        false => Vec::new(),
    };
    Ok(Outcome {
        values: vec![
            ("scenarios", count.to_string()),
            ("different", different.to_string()),
        ],
        // Without jobs, nothing was shown.
        verdict: Verdict::of(different == 0 && jobs > 100 * count as usize),
        left_out,
    })
}

/// Writes a scenario, reads it as the program does, and runs it. Returns the folder.
fn simulate(folder: &Path, seed: u64) -> anyhow::Result<PathBuf> {
    // The same name in both folders: results name the scenario's file.
    let file = folder.join(format!("{seed}.toml"));
    fs::write(&file, scenario::text(seed))?;
    let scenario = RunFile::load(&file).with_context(|| format!("seed {seed}"))?;
    let RunFile::Network(scenario) = scenario else {
        bail!("seed {seed}: not a network");
    };
    let results = folder.join(seed.to_string());
    network_run::run(&scenario, &results, &mut |_| true).with_context(|| format!("seed {seed}"))?;
    Ok(results)
}

/// The first file that differs, if any.
fn difference(one: &Path, other: &Path) -> anyhow::Result<Option<&'static str>> {
    for file in FILES {
        if fs::read(one.join(file))? != fs::read(other.join(file))? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}
