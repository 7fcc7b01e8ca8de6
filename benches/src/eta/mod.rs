//! `eta`: the start estimate of `ewc plan`, replayed on traces and compared with the true starts.

mod coverage;
mod scenario;

use std::num::NonZero;

use ewc_sim::{network_run, parallel};

use crate::figure::{Figure, Options, Outcome, Verdict};
use crate::traces;
use coverage::Coverage;
use scenario::{TRACES, Trace};

/// The figure.
pub const FIGURE: Figure = Figure {
    name: "eta",
    shows: "the start estimate of ewc plan: every job of four traces is asked about just before it \
            is submitted to a busy machine under price; how many had started by their P90",
    target: "85 to 95 % of each trace's jobs, and of each class with 500 jobs; at most 5 % of a \
             trace's jobs without an estimate",
    peer: "none",
    run,
};

/// Jobs of each trace in a full and in a quick run.
const JOBS: [u32; 2] = [5_000, 2_000];
/// Classes with fewer jobs are not judged.
const CLASS_JOBS_MIN: u64 = 500;
const KEPT_PCT: std::ops::RangeInclusive<f64> = 85.0..=95.0;
const UNTOLD_PCT_MAX: f64 = 5.0;

fn run(options: &Options) -> anyhow::Result<Outcome> {
    let jobs = JOBS[usize::from(options.quick)];
    let folder = traces::folder()?;
    let threads = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let work = |trace: &Trace| -> anyhow::Result<Coverage> {
        let scenario = trace.scenario(&folder, &options.directory, jobs)?;
        let mut coverage = Coverage::default();
        let mut add = |start: &network_run::Start| coverage.add(start);
        network_run::starts(&scenario, &mut add, &mut |_| true)?;
        Ok(coverage)
    };
    let found = parallel::map(&TRACES, threads, work, |_, _| {});
    let (mut least, mut most, mut untold): (f64, f64, f64) = (100.0, 0.0, 0.0);
    println!("trace        class          jobs   P50 %   P90 %   without estimate %");
    for (trace, coverage) in TRACES.iter().zip(found) {
        for (class, count) in coverage?.rows(CLASS_JOBS_MIN) {
            let (half, kept, without) = (count.half_pct(), count.kept_pct(), count.untold_pct());
            println!(
                "{:12} {class:13} {:5}  {half:6.2}  {kept:6.2}  {without:6.2}",
                trace.name, count.told
            );
            (least, most) = (least.min(kept), most.max(kept));
            untold = untold.max(without);
        }
    }
    let left_out = match options.quick {
        true => vec![format!("{} jobs of each trace", JOBS[0] - jobs)],
        false => Vec::new(),
    };
    let within = KEPT_PCT.contains(&least) && KEPT_PCT.contains(&most);
    Ok(Outcome {
        values: vec![
            ("p90_min_pct", format!("{least:.2}")),
            ("p90_max_pct", format!("{most:.2}")),
        ],
        verdict: Verdict::of(within && untold <= UNTOLD_PCT_MAX),
        left_out,
    })
}
