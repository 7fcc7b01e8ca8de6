//! What one site is to do now, as a function of the state.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{
    Attempt, Job, JobState, Part, PartPhase, Placement, SiteId, Transfer, TransferKind,
};

use super::State;

/// What one site is to do for one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Desired {
    /// Stage, or run.
    Run(DesiredRun),
    /// Fetch results that another site holds.
    Deliver(Delivery),
    /// Fetch data, keep it until another site has fetched it from here, and drop it then.
    Keep(Delivery),
}

/// A job to stage or run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredRun {
    /// The job.
    pub job: Arc<Job>,
    /// The attempt that was granted; `None` while only staging.
    pub attempt: Option<Attempt>,
    /// Positions of the groups that run at this site.
    pub groups: Vec<usize>,
    /// Transfers that end at this site.
    pub stage_in: Vec<Transfer>,
    /// Sites among their sources that are still waiting for the data themselves.
    pub not_yet_at: BTreeSet<SiteId>,
    /// Stop it.
    pub stop: bool,
}

/// Data to fetch for a job that does not run here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The job that left it, or that needs it elsewhere.
    pub job: Arc<Job>,
    /// The transfers that end at this site.
    pub transfers: Vec<Transfer>,
}

impl State {
    /// What a site is to do, by rising job.
    pub fn desired(&self, site: SiteId) -> Vec<Desired> {
        self.jobs_at(site)
            .filter_map(|job| self.desired_of(site, job))
            .collect()
    }

    fn desired_of(&self, site: SiteId, job: &Arc<Job>) -> Option<Desired> {
        let placement = job.placement.as_ref()?;
        let arriving = |kind| {
            let transfers = placement.transfers.iter();
            let here = transfers.filter(move |t| t.kind == kind && t.to == site);
            here.cloned().collect::<Vec<_>>()
        };
        let groups: Vec<usize> = placement
            .groups
            .iter()
            .filter(|group| self.pools[group.pool.index()].site == site)
            .map(|group| group.group as usize)
            .collect();
        if let Some(early) = staged_early(self, site, job) {
            return Some(early);
        }
        match job.state {
            JobState::Staging if !groups.is_empty() => Some(Desired::Run(DesiredRun {
                job: job.clone(),
                attempt: None,
                groups,
                stage_in: arriving(TransferKind::StageIn),
                not_yet_at: waiting_depots(job, placement),
                stop: false,
            })),
            JobState::Staging => keeps_for_others(job, placement, site).then(|| {
                Desired::Keep(Delivery {
                    job: job.clone(),
                    transfers: arriving(TransferKind::ToDepot),
                })
            }),
            state if state.is_started() => {
                let attempt = job.attempt()?;
                if attempt.ended_ms.is_some() {
                    let transfers = arriving(TransferKind::StageOut);
                    let waits = job
                        .staging
                        .iter()
                        .any(|part| part.site == site && part.phase == PartPhase::Staging);
                    let delivery = Delivery {
                        job: job.clone(),
                        transfers,
                    };
                    return waits.then_some(Desired::Deliver(delivery));
                }
                let runs = attempt
                    .parts
                    .iter()
                    .any(|part| part.site == site && part.phase != PartPhase::Ended);
                runs.then(|| {
                    Desired::Run(DesiredRun {
                        job: job.clone(),
                        attempt: Some(attempt.clone()),
                        groups,
                        stage_in: arriving(TransferKind::StageIn),
                        not_yet_at: BTreeSet::new(),
                        stop: job.cancelling
                            || job.preemption.is_some_and(|preemption| preemption.ordered)
                            || job.moving.as_ref().is_some_and(|moving| moving.ordered)
                            || failed_elsewhere(attempt),
                    })
                })
            }
            _ => None,
        }
    }
}

/// Where a job moves to, what it reads is staged while it still runs elsewhere; its checkpoint
/// follows once there is one.
fn staged_early(state: &State, site: SiteId, job: &Arc<Job>) -> Option<Desired> {
    let [_, to] = job.chains();
    let to = to.filter(|_| job.state.is_started())?;
    let here = |pool: crate::model::PoolId| state.pools[pool.index()].site == site;
    let groups = to.groups.iter().filter(|group| here(group.pool));
    let groups: Vec<usize> = groups.map(|group| group.group as usize).collect();
    let name = job.checkpoint_name();
    let stage_in = to.stage_in().filter(|transfer| transfer.what != name);
    let stage_in = stage_in.cloned().collect();
    (!groups.is_empty()).then(|| {
        Desired::Run(DesiredRun {
            job: job.clone(),
            attempt: None,
            groups,
            stage_in,
            not_yet_at: BTreeSet::new(),
            stop: false,
        })
    })
}

/// Depots that have not got all that is to wait there.
fn waiting_depots(job: &Job, placement: &Placement) -> BTreeSet<SiteId> {
    let depots = placement.deposits().map(|transfer| transfer.to);
    depots.filter(|depot| waits_at(job, *depot)).collect()
}

/// A depot keeps what it got until every site that fetches from it has it.
fn keeps_for_others(job: &Job, placement: &Placement, depot: SiteId) -> bool {
    let mut second = placement
        .stage_in()
        .filter(|transfer| transfer.from == depot);
    waits_at(job, depot) || second.any(|transfer| waits_at(job, transfer.to))
}

fn waits_at(job: &Job, site: SiteId) -> bool {
    let waits = |part: &Part| part.site == site && part.phase == PartPhase::Staging;
    job.staging.iter().any(waits)
}

/// A job is one: when a part has failed, the others stop.
fn failed_elsewhere(attempt: &Attempt) -> bool {
    use crate::model::Outcome;
    attempt
        .parts
        .iter()
        .any(|part| part.outcome.is_some_and(|end| end != Outcome::Succeeded))
}
