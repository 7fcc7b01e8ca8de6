//! The batch workload model of U. Lublin and D. G. Feitelson, "The workload on parallel
//! supercomputers: modeling the characteristics of rigid jobs", Journal of Parallel and Distributed
//! Computing 63(11), 2003.
//!
//! Sizes are serial, powers of two, or two-stage log-uniform; logarithms of run times are gamma
//! distributed in two parts, the longer of which is likelier for larger jobs; logarithms of
//! distances between arrivals are gamma distributed, in a time that runs as the day's cycle does.
//! Batch and interactive jobs arrive side by side. The algorithm is that of the authors' program
//! in the Parallel Workloads Archive (`lublin99`); the draws are ours.
//!
//! The same arguments give the same jobs on every platform: the draws are whole numbers, and the
//! functions are `libm`'s, which does not ask the system. The model knows no memory, requested
//! times, users or data.

mod arrivals;
mod gamma;
mod parameters;
#[cfg(test)]
mod tests;

use super::trace::{JobSource, TraceCounts, TraceError, TraceJob};
use crate::dice::Dice;
use arrivals::Arrivals;
pub use parameters::{Kinds, Parameters};

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct LublinMix {
    /// Decides every draw.
    pub seed: u64,
    /// Number of jobs.
    pub jobs: u64,
    /// Processors of the machine, at least 2; the published parameters are for 128.
    pub processors: u32,
    /// Which jobs there are.
    pub kinds: Kinds,
}

impl Default for LublinMix {
    fn default() -> LublinMix {
        LublinMix {
            seed: 1,
            jobs: 10_000,
            processors: 128,
            kinds: Kinds::Both,
        }
    }
}

/// Draws jobs one by one. The clock starts at midnight.
pub struct Lublin {
    mix: LublinMix,
    types: Vec<Type>,
    drawn: u64,
}

/// Jobs of one type, and when the next of them arrives.
struct Type {
    parameters: Parameters,
    arrivals: Arrivals,
    next_ms: i64,
}

impl Lublin {
    /// Starts to draw.
    pub fn new(mix: &LublinMix) -> Lublin {
        let of = |(stream, parameters): (usize, Parameters)| {
            let parameters = parameters.on_machine(mix.processors);
            let mut arrivals = Arrivals::new(&parameters, mix.seed, stream as u64);
            Type {
                next_ms: arrivals.next_ms(),
                parameters,
                arrivals,
            }
        };
        let types = mix.kinds.parameters().into_iter().enumerate();
        Lublin {
            types: types.map(of).collect(),
            mix: mix.clone(),
            drawn: 0,
        }
    }

    fn next_job(&mut self) -> Option<TraceJob> {
        // Of types that arrive together the first goes first.
        let next = self.types.iter_mut().min_by_key(|next| next.next_ms)?;
        self.drawn += 1;
        let mut dice = Dice::new(self.mix.seed, JOB_STREAMS + self.drawn);
        let size = next.parameters.draw_size(&mut dice, self.mix.processors);
        let job = TraceJob {
            row: self.drawn,
            id: self.drawn.to_string(),
            submit_ms: next.next_ms,
            run_ms: next.parameters.draw_run_ms(&mut dice, size),
            cpu_millis: i64::from(size) * 1000,
            tenant: Some(String::from(next.parameters.name)),
            ..TraceJob::default()
        };
        next.next_ms = next.arrivals.next_ms();
        Some(job)
    }
}

/// The streams below are those of the arrivals.
const JOB_STREAMS: u64 = 1 << 8;

impl Iterator for Lublin {
    type Item = Result<TraceJob, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.drawn >= self.mix.jobs {
            return None;
        }
        self.next_job().map(Ok)
    }
}

impl JobSource for Lublin {
    fn counts(&self) -> TraceCounts {
        TraceCounts {
            rows: self.drawn,
            jobs: self.drawn,
            ..TraceCounts::default()
        }
    }

    fn processors_max(&self) -> Option<i64> {
        Some(i64::from(self.mix.processors))
    }

    fn unix_start_ms(&self) -> Option<i64> {
        None
    }
}
