//! What became of one arrival.

use ewc_core::model::{Cost, GroupPlacement, Job, JobState, WorkloadClass};
use ewc_core::{Reason, Refusal, State};

use super::Arrival;

/// One arrival after the replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplannedJob {
    /// Who owns it.
    pub tenant: String,
    /// The owner's key.
    pub key: String,
    /// Its class.
    pub class: WorkloadClass,
    /// Where it stands at the end; `None` when the state refused it.
    pub state: Option<JobState>,
    /// Site of its first group in its final placement.
    pub site: Option<String>,
    /// What its final placement reserves of which pools, and for how long.
    pub groups: Vec<GroupPlacement>,
    /// When it was submitted.
    pub submit_ms: i64,
    /// When its first attempt started.
    pub start_ms: Option<i64>,
    /// When it ended, delivery of results included.
    pub end_ms: Option<i64>,
    /// From submission, or release if that is later, to its first start.
    pub wait_ms: Option<i64>,
    /// Of its final placement, by the estimate of its run time; zero when it has none.
    pub cost: Cost,
    /// Bytes of inputs, images and outputs that were moved for it, every attempt counted; a
    /// service's steady traffic is not.
    pub wan_bytes: i64,
    /// Why it never started.
    pub not_placed: Option<NotPlaced>,
}

/// Why a job never started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotPlaced {
    /// The state did not take it.
    Refused(Refusal),
    /// It was left waiting, or its deadline passed.
    Left(Reason),
}

impl NotPlaced {
    /// A stable code: that of the reason, or `refused`.
    pub fn code(&self) -> &'static str {
        match self {
            NotPlaced::Refused(_) => "refused",
            NotPlaced::Left(reason) => reason.code(),
        }
    }
}

impl std::fmt::Display for NotPlaced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NotPlaced::Refused(refusal) => refusal.fmt(f),
            NotPlaced::Left(reason) => reason.fmt(f),
        }
    }
}

/// Of an arrival whose time never came.
pub(super) fn not_reached(arrival: &Arrival) -> ReplannedJob {
    never(arrival, NotPlaced::Left(Reason::NotReached))
}

pub(super) fn never(arrival: &Arrival, why: NotPlaced) -> ReplannedJob {
    ReplannedJob {
        tenant: arrival.tenant.clone(),
        key: arrival.key.clone(),
        class: arrival.spec.class,
        state: None,
        site: None,
        groups: Vec::new(),
        submit_ms: arrival.submit_ms,
        start_ms: None,
        end_ms: None,
        wait_ms: None,
        cost: Cost::default(),
        wan_bytes: 0,
        not_placed: Some(why),
    }
}

/// Of a job as the state knows it or knew it.
pub(super) fn of_job(state: &State, job: &Job, wan_bytes: i64) -> ReplannedJob {
    let start_ms = job.attempts.first().and_then(|attempt| attempt.started_ms);
    let placement = job.placement.as_ref();
    let pool = placement.and_then(|placement| state.pool(placement.groups.first()?.pool));
    let site = pool.and_then(|pool| state.site(pool.site));
    let left = || NotPlaced::Left(job.reason.unwrap_or(Reason::NotReached));
    ReplannedJob {
        tenant: job.tenant.to_string(),
        key: job.key.clone(),
        class: job.spec.class,
        state: Some(job.state),
        site: site.map(|site| site.spec.name.clone()),
        groups: placement
            .map(|placement| placement.groups.clone())
            .unwrap_or_default(),
        submit_ms: job.submitted_ms,
        start_ms,
        end_ms: job.ended_ms,
        wait_ms: start_ms.map(|at_ms| at_ms - job.submitted_ms.max(job.spec.release_ms)),
        cost: placement
            .map(|placement| placement.cost)
            .unwrap_or_default(),
        wan_bytes,
        not_placed: start_ms.is_none().then(left),
    }
}
