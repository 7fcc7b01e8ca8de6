//! Everything that a scenario asks of its network, as jobs that wait in one state.

use std::collections::BTreeMap;

use ewc_core::State;
use ewc_core::command::{Command, Submission};
use ewc_core::model::{EnergySeries, JobId, JobKind, JobSpec};
use ewc_core::planner::Whole;
use ewc_core::state::{Answer, Limits};
use ewc_scenario::energy::EnergyProfile;
use ewc_scenario::{NetworkRun, Scenario, SiteDef};

use crate::engine::{Arrival, Incoming};
use crate::network_run::{forecast, source};
use crate::run::RunError;
use crate::workload::{WorkloadError, state_within};

/// Jobs at most: every one of them is in the model at once.
const JOBS_MAX: usize = 50_000;
/// Submissions in one command.
const BATCH: usize = 512;
/// Slots of the model at most; the core makes no more than 2048.
const SLOTS_MAX: i64 = 1000;

/// Jobs of a whole time, all known at its start.
#[derive(Debug, Clone)]
pub struct Demand {
    pub(super) network: Scenario,
    pub(super) state: State,
    pub(super) jobs: Vec<JobId>,
    /// When the first job may come, and the time in which they come.
    pub(super) start_ms: i64,
    pub(super) span_ms: i64,
    /// Jobs that the network does not take.
    pub refused: usize,
}

impl Demand {
    /// What comes in a scenario.
    ///
    /// # Errors
    /// The workload or the network is wrong, or there are more jobs than one model can have.
    pub fn of_run(run: &NetworkRun) -> Result<Demand, RunError> {
        let sites: Vec<&SiteDef> = run.network.sites.iter().collect();
        let jobs = source::jobs(run, &sites)?;
        Demand::new(&run.network, (run.start_ms, run.duration_ms), jobs)
    }

    /// What comes to a network from a start on, within a time.
    ///
    /// # Errors
    /// As [`Demand::of_run`].
    pub fn new(
        network: &Scenario,
        (start_ms, span_ms): (i64, i64),
        jobs: impl Iterator<Item = Result<Incoming, WorkloadError>>,
    ) -> Result<Demand, RunError> {
        let wrong = |field: &'static str, problem: String| RunError::Scenario { field, problem };
        let sites: Vec<&SiteDef> = network.sites.iter().collect();
        let until_ms = start_ms + span_ms + network.policy.horizon_ms;
        let energy = |site: &SiteDef| -> EnergySeries {
            let profile: EnergyProfile = site.energy_profile();
            forecast::truth(&profile, start_ms, until_ms)
        };
        let limits = Limits::default();
        let state = state_within(limits, network, &sites, &[], start_ms, energy);
        let mut demand = Demand {
            network: network.clone(),
            state: state.map_err(|refusal| wrong("network", refusal.to_string()))?,
            jobs: Vec::new(),
            start_ms,
            span_ms,
            refused: 0,
        };
        let mut batch = Vec::new();
        for incoming in jobs {
            let incoming = incoming.map_err(|error| wrong("workload", error.to_string()))?;
            demand.register(&incoming);
            batch.push(incoming.arrival);
            if demand.jobs.len() + batch.len() > JOBS_MAX {
                let problem = format!(
                    "has more than {JOBS_MAX} jobs; give a shorter time, e.g. --set duration=7d"
                );
                return Err(wrong("workload", problem));
            }
            if batch.len() >= BATCH {
                demand.submit(&std::mem::take(&mut batch));
            }
        }
        demand.submit(&batch);
        Ok(demand)
    }

    fn register(&mut self, incoming: &Incoming) {
        for dataset in &incoming.datasets {
            if let Some(home) = self.state.site_named(&dataset.home_site) {
                let dataset = dataset.registration(dataset.nominal_sha256(), home);
                let _ = self.apply(&Command::RegisterDataset(dataset));
            }
        }
    }

    fn apply(&mut self, command: &Command) -> Result<Answer, ewc_core::Refusal> {
        let index = self.state.index() + 1;
        self.state.apply(index, self.start_ms, command).result
    }

    /// All of them at once; if one of them is refused, one by one.
    fn submit(&mut self, arrivals: &[Arrival]) {
        let count = self.jobs.len() + self.refused;
        let submissions = arrivals.iter().enumerate();
        let submissions = submissions.map(|(at, arrival)| submission(arrival, count + at));
        match self.apply(&Command::SubmitJobs(submissions.collect())) {
            Ok(Answer::Submitted(jobs)) => self.jobs.extend(jobs.into_iter().map(|(id, _)| id)),
            Ok(_) => {}
            Err(_) if arrivals.len() > 1 => {
                for arrival in arrivals {
                    self.submit(std::slice::from_ref(arrival));
                }
            }
            Err(_) => self.refused += arrivals.len(),
        }
    }

    /// How many jobs wait.
    pub fn jobs(&self) -> usize {
        self.jobs.len()
    }

    /// The model of all of it, on slots of this length or, where that were too many, longer ones.
    pub(super) fn whole(&self, slot_ms: Option<i64>) -> Whole {
        let until_ms = self.start_ms + self.span_ms + self.network.policy.horizon_ms;
        let least_ms = (until_ms - self.start_ms) / SLOTS_MAX + 1;
        let slot_ms = slot_ms.unwrap_or(self.network.policy.slot_ms).max(least_ms);
        ewc_core::planner::whole(&self.state, &self.jobs, slot_ms, until_ms)
    }

    /// The names of the sites, by pool.
    pub(super) fn site_of_pool(&self) -> BTreeMap<u32, &str> {
        let pools = self.state.pools().iter().enumerate();
        let site = |site: ewc_core::model::SiteId| {
            let site = self.state.site(site);
            site.map_or("", |site| site.spec.name.as_str())
        };
        pools
            .map(|(at, pool)| (at as u32, site(pool.site)))
            .collect()
    }
}

/// A job that holds what it really uses, from its submission on. What it waits for of other jobs is
/// left out.
fn submission(arrival: &Arrival, number: usize) -> Submission {
    let mut body_digest = [0; 32];
    body_digest[..8].copy_from_slice(&(number as u64).to_le_bytes());
    let mut spec = JobSpec {
        release_ms: arrival.spec.release_ms.max(arrival.submit_ms),
        after_ok: Vec::new(),
        ..arrival.spec.clone()
    };
    if spec.kind == JobKind::Batch {
        for group in &mut spec.groups {
            let run_ms = arrival.run_ms.clamp(1, group.time_limit_ms.max(1));
            (group.time_limit_ms, group.estimate_ms) = (run_ms, run_ms);
        }
    }
    Submission {
        tenant: arrival.tenant.clone(),
        key: arrival.key.clone(),
        body_digest,
        spec: spec.into(),
    }
}
