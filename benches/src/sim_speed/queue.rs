//! EASY backfilling of a real log, from jobs in memory to the indicators.

use std::convert::Infallible;
use std::path::Path;
use std::time::Instant;

use anyhow::bail;
use ewc_sim::check::{KTH_PROCESSORS, kth_sp2, published};
use ewc_sim::site::queue::{Discipline, Estimate, Indicators, Machine, QueuedJob, replay};

use crate::statistics::median;

const ROUNDS: usize = 31;
const ROUNDS_QUICK: usize = 7;

/// Jobs a second, in the median of some rounds on one thread.
///
/// # Errors
/// The log is missing, or the result is not the published one.
pub fn easy_per_s(data: &Path, quick: bool) -> anyhow::Result<f64> {
    let jobs = kth_sp2(data, Estimate::Requested)?;
    let rounds = if quick { ROUNDS_QUICK } else { ROUNDS };
    let mut rates = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let started = Instant::now();
        let slowdown = slowdown(&jobs)?;
        rates.push(jobs.len() as f64 / started.elapsed().as_secs_f64());
        if (slowdown - published::queue::EASY_REQUESTED).abs() > published::queue::TOLERANCE {
            bail!("the mean bounded slowdown is {slowdown}, not the published one");
        }
    }
    Ok(median(rates))
}

fn slowdown(jobs: &[QueuedJob]) -> anyhow::Result<f64> {
    let mut machine = Machine::new(KTH_PROCESSORS, Discipline::Easy);
    let mut indicators = Indicators::default();
    let stream = jobs.iter().map(|job| Ok::<_, Infallible>(*job));
    replay(&mut machine, stream, |done| {
        indicators.add(done);
        true
    })?;
    Ok(indicators.mean_bounded_slowdown())
}
