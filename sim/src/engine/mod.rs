//! Time for the production planner: jobs and changes of the network go into the same [`State`] by
//! the same commands as on a running network, and the same planner plans them.
//!
//! There is no second copy of any rule here. Agents are replaced by what each [`Arrival`] says of
//! its run (`agents`); what is decided when, and how long that takes, stands in `planning`.
//! There is no cluster: no elections and no lost messages. Nothing reads a clock, and the same
//! input gives the same output. Memory grows with the jobs that wait or run.

mod agents;
mod numbers;
mod planning;
mod run;
mod timeline;

use ewc_core::Refusal;
use ewc_core::State;
use ewc_core::command::Submission;
use ewc_core::model::{Job, JobSpec, PolicyKind, Transfer};
use ewc_core::planner::Plan;

use crate::dice::Dice;
use crate::workload::{Expectation, GeneratedDataset, GeneratedJob, WorkloadError};

pub(crate) use run::Engine;
pub(crate) use timeline::{Change, Timeline, Unchanging};

/// A job on its way in, with what will become of it when it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// When it is submitted, in the network's time.
    pub submit_ms: i64,
    /// Who owns it.
    pub tenant: String,
    /// The owner's key, unique in the tenant.
    pub key: String,
    /// What is asked for; keeps the rules of [`ewc_scenario::validate`](fn@ewc_scenario::validate).
    /// `after_ok` names jobs by their place in the list of arrivals, from 1,
    /// which is their identity if the list is in the order in which the network numbered them.
    pub spec: JobSpec,
    /// How long it really runs; cut off at its longest time limit.
    pub run_ms: i64,
    /// False: every attempt ends with a failed task.
    pub ends_well: bool,
}

impl From<GeneratedJob> for Arrival {
    fn from(job: GeneratedJob) -> Arrival {
        Arrival {
            submit_ms: job.submit_ms,
            tenant: job.tenant,
            key: job.key,
            spec: job.spec,
            run_ms: match job.expected {
                Expectation::StoppedAfter { ms } => ms,
                Expectation::Succeeds | Expectation::Fails { .. } => job.run_ms,
            },
            ends_well: !matches!(job.expected, Expectation::Fails { .. }),
        }
    }
}

/// A job on its way in, with the data sets that no job before it has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// The job.
    pub arrival: Arrival,
    /// Registered just before it.
    pub datasets: Vec<GeneratedDataset>,
}

/// Where jobs come from, one after the other in the order of their submissions. Ends after its
/// first error.
pub type Jobs<'a> = Box<dyn Iterator<Item = Result<Incoming, WorkloadError>> + 'a>;

/// When there is a round of planning; in every case only while jobs wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounds {
    /// Whenever jobs arrived or capacity came free; while jobs wait for nothing but time, one
    /// after a slot of the policy and then at doubling distances.
    AsNeeded,
    /// At the state's time and then so far apart, whatever happens in between.
    Every {
        /// Distance, at least 1.
        ms: i64,
    },
}

/// How long the planner thinks: by the work it did, never by a clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Latency {
    /// Before the first checkpoint.
    pub start_ms: i64,
    /// For each checkpoint of a plan.
    pub checkpoint_us: i64,
}

impl Latency {
    fn of(self, plan: &Plan) -> i64 {
        let checkpoints_us = self
            .checkpoint_us
            .saturating_mul(i64::from(plan.stopped_at));
        self.start_ms.saturating_add(checkpoints_us / 1000).max(0)
    }
}

/// How jobs are planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) policy: PolicyKind,
    pub(crate) rounds: Rounds,
    /// Jobs that a round considers at most; rounds go on where the last one ended.
    pub(crate) jobs_per_round: u32,
    /// Jobs are also decided as they arrive, in what those before them leave.
    pub(crate) decide_arrivals: bool,
    pub(crate) latency: Latency,
    /// What jobs leave behind becomes a data set that later jobs may read. The catalogue then
    /// grows with the trace.
    pub(crate) keep_outputs: bool,
    pub(crate) start_delay: StartDelay,
    /// Placements say what every other site would have cost; else nobody asks, and most sites need
    /// not be looked at.
    pub(crate) tells_others: bool,
}

/// From a grant to the start: exponential, drawn for each job by its number, and never longer than
/// ten times its mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct StartDelay {
    pub(crate) mean_ms: i64,
    pub(crate) seed: u64,
}

impl StartDelay {
    /// Streams of this many and above are those of delays.
    const STREAM: u64 = 1 << 62;

    fn of(self, number: u64) -> i64 {
        if self.mean_ms <= 0 {
            return 0;
        }
        let draw = Dice::new(self.seed, Self::STREAM + number).unit();
        let times = -libm::log1p(-draw);
        (self.mean_ms as f64 * times.min(10.0)) as i64
    }
}

/// A job that left the state, or is still in it at the end.
pub(crate) struct Left<'a> {
    /// Place among the arrivals, from 1.
    pub(crate) number: u64,
    pub(crate) job: &'a Job,
    /// Bytes that arrived for it.
    pub(crate) wan_bytes: i64,
}

/// Whoever watches a run.
pub(crate) trait Watch {
    /// A job has left the state; at the end, also those that are still in it, by identity.
    fn left(&mut self, state: &State, left: Left<'_>);

    /// A job is about to be submitted at `at_ms`; the state does not know it yet.
    fn comes(&mut self, _state: &State, _at_ms: i64, _number: u64, _job: &Submission) {}

    /// The state did not take a job.
    fn refused(&mut self, number: u64, arrival: &Arrival, why: &Refusal);

    /// A plan is about to be committed; `round` is false when it decides arrivals.
    fn planned(&mut self, _plan: &Plan, _round: bool) {}

    /// A plan gave a job a place, or another one; `round` as above.
    fn placed(&mut self, _state: &State, _number: u64, _job: &Job, _round: bool) {}

    /// A job may start: an attempt is handed over to its sites.
    fn granted(&mut self, _number: u64, _job: &Job) {}

    /// Data arrived at a site.
    fn arrived(&mut self, _transfer: &Transfer) {}

    /// Time goes on from the state's time to `until_ms`; false ends the run.
    fn goes_on(&mut self, _state: &State, _until_ms: i64) -> bool {
        true
    }
}
