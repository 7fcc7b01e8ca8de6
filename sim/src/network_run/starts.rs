//! `starts.csv`: what the start estimate said of each job, and when the job started.
//!
//! Every job is asked about just before it is submitted, as `ewc plan` does: it is planned on a
//! copy of the state that is thrown away, and the state knows from earlier starts how late such
//! plans are. A job that could not be planned has no estimate.

use std::collections::BTreeMap;
use std::io::{self, Write};

use ewc_core::State;
use ewc_core::command::{Command, Submission};
use ewc_core::estimate::{Basis, Estimate};
use ewc_core::model::{Job, WorkloadClass};
use ewc_core::planner;
use ewc_core::state::Answer;

use super::files::TableFile;
use super::outcome::Maybe;
use crate::run::batsim::Seconds;

/// What a job was told before it was submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// When it was asked about.
    pub at_ms: i64,
    /// The start of its plan, from then on.
    pub planned_wait_ms: i64,
    /// What came of it.
    pub estimate: Estimate,
}

impl Told {
    /// Plans the job on a copy of the state; `None` where no site has room for it.
    pub(super) fn of(state: &State, at_ms: i64, submission: &Submission) -> Option<Told> {
        let mut state = state.clone();
        let command = Command::SubmitJobs(vec![submission.clone()]);
        let applied = state.apply(state.index(), at_ms, &command);
        let Ok(Answer::Submitted(jobs)) = applied.result else {
            return None;
        };
        let job = state.job(jobs.first()?.0)?;
        let options = planner::options(&state, state.policy().kind, job);
        let planned = options.into_iter().next()?.outcome.ok()?;
        let planned_wait_ms = planned.start_ms().saturating_sub(at_ms);
        Some(Told {
            at_ms,
            planned_wait_ms,
            estimate: state.start_estimate(job.spec.class, planned_wait_ms),
        })
    }
}

/// A job, what it was told and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Place among the arrivals, from 1.
    pub number: u64,
    /// The job's class.
    pub class: WorkloadClass,
    /// What it was told; `None` where it could not be planned.
    pub told: Option<Told>,
    /// When it first started; `None`: never.
    pub started_ms: Option<i64>,
}

/// What the jobs that wait or run were told.
#[derive(Debug, Default)]
pub(super) struct Asked {
    told: BTreeMap<u64, Option<Told>>,
}

impl Asked {
    pub(super) fn ask(&mut self, state: &State, at_ms: i64, number: u64, job: &Submission) {
        self.told.insert(number, Told::of(state, at_ms, job));
    }

    pub(super) fn left(&mut self, number: u64, job: &Job) -> Start {
        Start {
            number,
            class: job.spec.class,
            told: self.told.remove(&number).flatten(),
            started_ms: job.attempts.first().and_then(|first| first.started_ms),
        }
    }

    pub(super) fn refused(&mut self, number: u64) {
        self.told.remove(&number);
    }
}

pub(super) struct StartsCsv {
    out: TableFile,
    start_ms: i64,
}

impl StartsCsv {
    pub(super) fn new(mut out: TableFile, start_ms: i64) -> io::Result<StartsCsv> {
        writeln!(
            out,
            "job_id,class,asked,planned_start,p50,p90,seen,basis,started"
        )?;
        Ok(StartsCsv { out, start_ms })
    }

    /// Adds a job; times in seconds since the scenario's start.
    pub(super) fn add(&mut self, start: &Start) -> io::Result<()> {
        let since = |at_ms: i64| Seconds(at_ms - self.start_ms);
        write!(self.out, "{},{},", start.number, start.class.name())?;
        match &start.told {
            Some(told) => write!(
                self.out,
                "{},{},{},{},{},{}",
                since(told.at_ms),
                since(told.at_ms + told.planned_wait_ms),
                since(told.at_ms + told.estimate.p50_wait_ms),
                since(told.at_ms + told.estimate.p90_wait_ms),
                told.estimate.seen,
                basis(told.estimate.basis),
            )?,
            None => write!(self.out, ",,,,,")?,
        }
        writeln!(self.out, ",{}", Maybe(start.started_ms.map(since)))
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.out.finish()
    }
}

fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Class => "class",
        Basis::All => "all",
        Basis::Nothing => "none",
    }
}
