//! What is said of a replay: waits, slowdowns, utilisation.

use super::job::Done;
use super::quantiles::Quantiles;

/// Shorter runs count as this long in a slowdown, as is usual.
const SLOWDOWN_FLOOR_MS: i64 = 10_000;

/// `max(1, (wait + run) / max(run, 10 s))` (D. G. Feitelson and others, JSSPP 1997).
pub fn bounded_slowdown(done: &Done) -> f64 {
    let stay = (done.wait_ms() + done.job.run_ms) as f64;
    (stay / done.job.run_ms.max(SLOWDOWN_FLOOR_MS) as f64).max(1.0)
}

/// Sums over the jobs that have ended. The order in which they are told fixes every bit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Indicators {
    jobs: u64,
    wait_ms: i128,
    wait_max_ms: i64,
    waits_ms: Quantiles,
    bounded_slowdown: f64,
    bounded_slowdown_max: f64,
    held_ms: i128,
    /// First submission and last end.
    span: Option<(i64, i64)>,
}

impl Indicators {
    /// Adds a job.
    pub fn add(&mut self, done: &Done) {
        let slowdown = bounded_slowdown(done);
        self.jobs += 1;
        self.wait_ms += i128::from(done.wait_ms());
        self.waits_ms.add(done.wait_ms());
        self.wait_max_ms = self.wait_max_ms.max(done.wait_ms());
        self.bounded_slowdown += slowdown;
        self.bounded_slowdown_max = self.bounded_slowdown_max.max(slowdown);
        self.held_ms += i128::from(done.job.run_ms) * i128::from(done.job.processors);
        let (first, last) = self.span.unwrap_or((done.job.submit_ms, done.end_ms));
        self.span = Some((first.min(done.job.submit_ms), last.max(done.end_ms)));
    }

    /// Jobs that ended.
    pub fn jobs(&self) -> u64 {
        self.jobs
    }

    /// Mean wait in seconds; 0 without jobs.
    pub fn mean_wait_s(&self) -> f64 {
        self.mean(self.wait_ms as f64 / 1000.0)
    }

    /// Longest wait in seconds.
    pub fn max_wait_s(&self) -> f64 {
        self.wait_max_ms as f64 / 1000.0
    }

    /// A wait in seconds that so many thousandths of the jobs do not exceed, at most 1/64 too long.
    pub fn wait_s_at_permille(&self, permille: u64) -> f64 {
        self.waits_ms.at_permille(permille) as f64 / 1000.0
    }

    /// Mean of [`bounded_slowdown`]; 0 without jobs.
    pub fn mean_bounded_slowdown(&self) -> f64 {
        self.mean(self.bounded_slowdown)
    }

    /// Largest [`bounded_slowdown`].
    pub fn max_bounded_slowdown(&self) -> f64 {
        self.bounded_slowdown_max
    }

    /// From the first submission to the last end, in seconds.
    pub fn makespan_s(&self) -> f64 {
        self.span
            .map_or(0.0, |(first, last)| (last - first) as f64 / 1000.0)
    }

    /// Share of the processors' time that jobs held, over the makespan.
    pub fn utilisation(&self, processors: u32) -> f64 {
        let there = self.makespan_s() * f64::from(processors);
        match there > 0.0 {
            true => self.held_ms as f64 / 1000.0 / there,
            false => 0.0,
        }
    }

    fn mean(&self, sum: f64) -> f64 {
        match self.jobs {
            0 => 0.0,
            jobs => sum / jobs as f64,
        }
    }
}
