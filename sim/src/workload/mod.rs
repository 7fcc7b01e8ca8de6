//! Where jobs come from: logs and tables of real machines, models of their workloads, and the
//! built-in national generator.
//!
//! Everything here is a pure function of its arguments: a seed, a scenario, a log. Times are the
//! network's milliseconds. What a job's tasks really do is not decided here; whoever runs them
//! gives a [`PayloadPlan`].

mod dataset;
mod from_swf;
mod generate;
pub mod lublin;
mod network_state;
pub mod openb;
pub mod swf;
mod terrain;
#[cfg(test)]
mod tests;
pub mod trace;

use ewc_core::Refusal;
use ewc_core::command::Submission;
use ewc_core::model::{JobSpec, Payload, WorkloadClass};
use sha2::{Digest, Sha256};

pub use dataset::GeneratedDataset;
pub use from_swf::{FromSwf, SwfMix, from_swf};
pub use generate::{Mix, NationalJobs, generate};
pub use network_state::{state_of, state_within};

/// Jobs and the data they read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workload {
    /// In the order of their submission.
    pub jobs: Vec<GeneratedJob>,
    /// Every data set that a job of these reads, and no other.
    pub datasets: Vec<GeneratedDataset>,
}

/// A job, when it is submitted, and how it is to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedJob {
    /// When it is submitted.
    pub submit_ms: i64,
    /// The owner's key, unique in the workload.
    pub key: String,
    /// Who owns it.
    pub tenant: String,
    /// The demand region of its owner; empty when nobody knows.
    pub region: String,
    /// What is asked for.
    pub spec: JobSpec,
    /// Its class, as in the specification.
    pub class: WorkloadClass,
    /// How it is to end.
    pub expected: Expectation,
    /// How long it really runs, where the specification holds what its owner believes.
    pub run_ms: i64,
}

/// How a job is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// By itself, with success.
    Succeeds,
    /// By itself, with this code.
    Fails {
        /// Exit code of its tasks.
        exit_code: i32,
    },
    /// Its time is over, which counts as success.
    StoppedAfter {
        /// After this long.
        ms: i64,
    },
}

/// Decides what a job's tasks do; asked once a job, when all else is decided. Until then its groups
/// hold a payload that does nothing.
pub type PayloadPlan<'a> = &'a dyn Fn(&GeneratedJob) -> Payload;

/// Why no workload could be made.
#[derive(Debug, thiserror::Error)]
pub enum WorkloadError {
    /// Nothing could run.
    #[error("no site takes part; name at least one")]
    NoSites,
    /// Nobody asks.
    #[error("the scenario has no demand region with traffic")]
    NoRegions,
    /// The mix asks for what the network cannot do.
    #[error("no participating site could run class {}; give the class no share", .0.name())]
    NoPool(WorkloadClass),
    /// The scenario is not one that the network accepts.
    #[error("the scenario is refused: {0}")]
    Scenario(#[from] Refusal),
    /// The log has an error.
    #[error("workload log, {0}")]
    Log(#[from] swf::SwfError),
    /// The trace has an error.
    #[error("workload trace {0}")]
    Trace(#[from] trace::TraceError),
}

impl GeneratedJob {
    /// The job on its way into the log. Within a workload the key alone tells jobs apart, so its
    /// digest stands for the body.
    pub fn submission(&self) -> Submission {
        Submission {
            tenant: self.tenant.clone(),
            key: self.key.clone(),
            body_digest: Sha256::digest(self.key.as_bytes()).into(),
            spec: self.spec.clone().into(),
        }
    }

    /// Gives all its tasks the payload of the plan.
    pub(crate) fn fill(&mut self, plan: PayloadPlan<'_>) {
        let payload = plan(self);
        for group in &mut self.spec.groups {
            group.payload = payload.clone();
        }
    }
}
