//! A network whose agents do at once what they are asked: data arrives when its window ends, tasks
//! end when their run is over. It plans with the production planner in rounds.

use std::collections::BTreeMap;

use ewc_core::command::{OutputFact, RunPhase, RunReport, SiteReport};
use ewc_core::model::{Job, JobState, Outcome, PartPhase, SiteId, TransferKind, Usage};
use ewc_core::planner::{self, Round};
use ewc_core::{Command, State};

use super::*;

pub(super) struct Network {
    pub(super) state: State,
    run_ms: BTreeMap<String, i64>,
}

impl Network {
    pub(super) fn new(scenario: &Scenario, workload: &Workload) -> Network {
        let sites = scenario.demo_sites();
        let start_ms = workload.jobs.first().map_or(0, |job| job.submit_ms);
        let state = state_of(scenario, &sites, &workload.datasets, start_ms, flat_energy);
        let run_ms = workload
            .jobs
            .iter()
            .map(|job| (job.key.clone(), job.run_ms));
        Network {
            state: state.unwrap(),
            run_ms: run_ms.collect(),
        }
    }

    fn apply(&mut self, time_ms: i64, command: &Command) {
        let index = self.state.index() + 1;
        let applied = self.state.apply(index, time_ms, command);
        applied.result.unwrap();
    }

    /// Submits jobs, each at its time.
    pub(super) fn submit(&mut self, jobs: &[GeneratedJob]) {
        for job in jobs {
            let command = Command::SubmitJobs(vec![job.submission()]);
            self.apply(job.submit_ms, &command);
        }
    }

    /// Plans everything that waits.
    pub(super) fn round(&mut self) {
        let round = Round {
            policy: self.state.policy().kind,
            scope: ewc_core::planner::Scope::All,
            jobs_max: u32::MAX,
            seed: 0,
        };
        let plan = planner::plan(&self.state, &round, |_| true);
        let now_ms = self.state.now_ms();
        self.apply(now_ms, &Command::CommitPlan(plan));
    }

    /// Time passes: the agents report what it brought, and what is due happens.
    pub(super) fn tick(&mut self, time_ms: i64) {
        let sites = self.state.sites().len() as u32;
        for site in (0..sites).map(SiteId) {
            let report = self.report(site, time_ms);
            if !report.runs.is_empty() {
                self.apply(time_ms, &Command::ReportSites(vec![report]));
            }
        }
        self.apply(time_ms, &Command::Tick);
    }

    fn report(&self, site: SiteId, now_ms: i64) -> SiteReport {
        let jobs: Vec<&Job> = self.state.jobs().values().map(|job| &**job).collect();
        let runs = jobs
            .iter()
            .filter_map(|job| self.run(job, site, now_ms))
            .collect();
        let arrived = jobs.iter().flat_map(|job| arrived(job, site, now_ms));
        let held = arrived.filter_map(|name| {
            let known = self.state.datasets().get(&name)?;
            Some((name, known.sha256))
        });
        SiteReport {
            site,
            incarnation: 1,
            pools: Vec::new(),
            energy: None,
            held: held.collect(),
            runs,
        }
    }

    /// What an agent has to say of a job.
    fn run(&self, job: &Job, site: SiteId, now_ms: i64) -> Option<RunReport> {
        let placement = job.placement.as_ref()?;
        let stages =
            |part: &&ewc_core::model::Part| part.site == site && part.phase == PartPhase::Staging;
        let waits_for_data = job.staging.iter().find(stages).is_some();
        let mut incoming = placement
            .transfers
            .iter()
            .filter(|transfer| transfer.to == site);
        let data_is_there = incoming
            .all(|transfer| transfer.kind == TransferKind::Steady || transfer.end_ms <= now_ms);
        let phase = match job.state {
            JobState::Staging if waits_for_data && data_is_there => RunPhase::Staged,
            JobState::Running if waits_for_data && data_is_there => RunPhase::Delivered,
            JobState::Dispatched => self.ended(job, now_ms)?,
            _ => return None,
        };
        Some(RunReport {
            job: job.id,
            fence: job.attempt().map_or(0, |attempt| attempt.fence),
            phase,
            detail: String::new(),
        })
    }

    fn ended(&self, job: &Job, now_ms: i64) -> Option<RunPhase> {
        let since_ms = job.attempt()?.dispatched_ms;
        let over = now_ms >= since_ms + self.run_ms.get(&job.key)?;
        let output = |output: &ewc_core::model::Output| OutputFact {
            dataset: output.dataset.clone(),
            sha256: [1; 32],
            size_bytes: output.size_bytes,
        };
        over.then(|| RunPhase::Ended {
            outcome: Outcome::Succeeded,
            exit_code: 0,
            usage: Usage::default(),
            outputs: job.spec.outputs.iter().map(output).collect(),
        })
    }
}

/// Inputs whose transfer to the site is over.
fn arrived(job: &Job, site: SiteId, now_ms: i64) -> Vec<String> {
    let transfers = job
        .placement
        .iter()
        .flat_map(|placement| placement.stage_in());
    let over = transfers.filter(|transfer| transfer.to == site && transfer.end_ms <= now_ms);
    over.map(|transfer| transfer.what.clone()).collect()
}
