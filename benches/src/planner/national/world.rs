//! The national network under a load that fills some of its hubs, and what each job is worth.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use ewc_core::command::Command;
use ewc_core::model::{EnergySeries, JobId, PolicyKind, SiteId};
use ewc_core::state::Answer;
use ewc_core::{State, planner};
use ewc_scenario::SiteDef;
use ewc_scenario::energy::{self, HOUR_MS};
use ewc_sim::replan::Arrival;
use ewc_sim::workload::{GeneratedJob, Mix, Workload, generate, state_of};

/// An unplaced or late job costs so many times what it would cost alone on the network, as an
/// unplaced one does in `planner-medium` for each unit and slot.
const PENALTY_TIMES: i64 = 5;
/// Energy is known for so long after the last submission.
const HOURS_AFTER: usize = 96;

/// How much is asked of how much.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// One node in so many of a cluster's is part of the network, and at least one of each pool.
    /// Edge sites and links stay whole.
    pub one_node_in: u32,
    /// Jobs submitted in a day, in the mean.
    pub jobs_per_day: u32,
    /// Data sets are so many times smaller than those of the whole network's jobs.
    pub data_scale: u32,
}

/// Where and what is to be placed.
pub struct World {
    /// The network before any job.
    pub state: State,
    /// Jobs by their submission.
    pub jobs: Vec<WeighedJob>,
    /// When the first may be submitted.
    pub start_ms: i64,
    /// All are submitted within this time.
    pub span_ms: i64,
    /// Jobs left out because they fit nowhere, even alone.
    pub impossible: usize,
}

/// A job, and what it costs to leave it out.
pub struct WeighedJob {
    /// The job.
    pub arrival: Arrival,
    /// Penalty for leaving it out, in micro-yuan.
    pub penalty_micro_cny: i64,
}

impl World {
    /// The network and so many days of jobs.
    ///
    /// # Errors
    /// The scenario does not take them.
    pub fn new(load: Load, days: u32) -> anyhow::Result<World> {
        let scenario = ewc_scenario::national().thinned(load.one_node_in);
        let sites: Vec<&SiteDef> = scenario.sites.iter().collect();
        let mix = Mix {
            jobs: days * load.jobs_per_day,
            span_ms: i64::from(days) * 24 * HOUR_MS,
            data_scale: load.data_scale,
            fail_jobs: 0,
            ..Mix::default()
        };
        let nothing = |job: &GeneratedJob| job.spec.groups[0].payload.clone();
        let Workload { jobs, datasets } = generate(&mix, &scenario, &sites, &nothing)?;
        let hours = days as usize * 24 + HOURS_AFTER;
        let series = |site: &SiteDef| forecast(site, mix.start_ms, hours);
        let state = state_of(&scenario, &sites, &datasets, mix.start_ms, series)?;
        let count = jobs.len();
        let weighed = jobs.iter().filter_map(|job| weigh(&state, job).transpose());
        let jobs: Vec<WeighedJob> = weighed.collect::<anyhow::Result<_>>()?;
        ensure!(!jobs.is_empty(), "no job fits the network");
        Ok(World {
            state,
            impossible: count - jobs.len(),
            jobs,
            start_ms: mix.start_ms,
            span_ms: mix.span_ms,
        })
    }

    /// What is asked of what, in one line.
    pub fn describe(&self) -> String {
        let hubs = self.accelerators();
        format!(
            "{} jobs ({} others fit nowhere), {} accelerators in {} hubs",
            self.jobs.len(),
            self.impossible,
            hubs.values().sum::<i64>(),
            hubs.len()
        )
    }

    /// The jobs as they come in.
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.jobs.iter().map(|job| job.arrival.clone()).collect()
    }

    /// Accelerators by hub; edge sites have none.
    pub fn accelerators(&self) -> BTreeMap<&str, i64> {
        let mut hubs = BTreeMap::new();
        for pool in self.state.pools() {
            let hub = self.state.sites()[pool.site.index()].spec.hub.as_str();
            if !hub.is_empty() {
                *hubs.entry(hub).or_default() += pool.usable.accelerators;
            }
        }
        hubs
    }
}

/// What every policy knows of a site's energy from the start on.
fn forecast(site: &SiteDef, start_ms: i64, hours: usize) -> EnergySeries {
    let profile = site.energy_profile();
    EnergySeries {
        points: energy::generate(&profile, energy::hour_start_ms(start_ms), hours),
        ..energy::series(&profile, &site.energy.preset, start_ms)
    }
}

/// A job with its penalty; `None` when it fits nowhere even alone.
fn weigh(empty: &State, job: &GeneratedJob) -> anyhow::Result<Option<WeighedJob>> {
    let mut alone = empty.clone();
    // What is known of sites is as fresh as in the replay.
    let sites = (0..alone.sites().len() as u32).map(SiteId);
    let heard = Command::Refreshed(sites.collect());
    alone
        .apply(alone.index() + 1, job.submit_ms, &heard)
        .result?;
    let submit = Command::SubmitJobs(vec![job.submission()]);
    let applied = alone.apply(alone.index() + 1, job.submit_ms, &submit);
    let Answer::Submitted(ids) = applied.result? else {
        anyhow::bail!("{} was not taken as a job", job.key);
    };
    let id: JobId = ids.first().context("a submission has an identity")?.0;
    let job_alone = alone.job(id).context("a submitted job is there")?;
    let options = planner::options(&alone, PolicyKind::Greedy, job_alone);
    let cheapest = options
        .first()
        .and_then(|option| option.outcome.as_ref().ok());
    Ok(cheapest.map(|placement| WeighedJob {
        arrival: Arrival::from(job.clone()),
        penalty_micro_cny: PENALTY_TIMES * placement.cost.objective_micro_cny,
    }))
}
