//! What is held back for waiting jobs, so that those behind them only fill what these leave.
//!
//! A job for which there is no room would wait for ever if everything that becomes free went to
//! smaller ones that came later. So the first jobs of the queue that wait for room have a tentative
//! place each, at the earliest start there is, if need be behind the planning horizon, and whoever
//! is planned after them plans around it (backfilling with reservations: D. Lifka, "The ANL/IBM SP
//! scheduling system", 1995). Nothing of it is logged: it follows from the state.

use std::collections::BTreeSet;

use crate::model::{Job, JobId, JobState, Placement, PolicyKind, SiteId};
use crate::reason::Reason;
use crate::rules;
use crate::state::{State, dependencies_met};

use super::plan::Plan;
use super::policies::{self, Chooser, Told};
use super::shares;
use super::view::View;

/// Jobs that have a place held back for them at most.
const DEPTH: usize = 16;
/// Jobs at the head of the queue that are looked at for that.
const LOOKED_AT: usize = 64;
/// A place is looked for so many horizons ahead.
const HORIZONS: i64 = 4;

/// Which places are held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Places {
    /// All that are found.
    All,
    /// Those behind the horizon only: the jobs of the others are decided with the rest.
    BehindHorizon,
}

/// The jobs at the head of the queue that wait for room, in queue order.
pub(super) fn heads(state: &State) -> Vec<&Job> {
    let head = shares::window(state, &shares::Cursors::new(), LOOKED_AT).into_iter();
    let jobs = head.filter_map(|id| state.job(id).map(AsRef::as_ref));
    jobs.filter(|job| waits_for_room(state, job)).collect()
}

/// Places the heads among `jobs` that an earlier plan left out for want of room, each at its
/// earliest start, before others are decided: what is best for all may leave out the same job every
/// time. It is the place that arrivals have left it. Returns the other jobs.
pub(super) fn place_left_out(view: &mut View<'_>, plan: &mut Plan, jobs: &[JobId]) -> Vec<JobId> {
    let ours: BTreeSet<JobId> = jobs.iter().copied().collect();
    let heads = heads(view.state()).into_iter();
    let left_out = heads.filter(|job| was_left_out(job) && ours.contains(&job.id));
    let mut placed = BTreeSet::new();
    for job in left_out.take(DEPTH) {
        if let Some(placement) = earliest(view, job, Told::All) {
            view.reserve(job, &placement);
            plan.placements.push((job.id, placement));
            placed.insert(job.id);
        }
    }
    let rest = jobs.iter().filter(|id| !placed.contains(id));
    rest.copied().collect()
}

fn was_left_out(job: &Job) -> bool {
    matches!(
        job.reason,
        Some(
            Reason::PoolBusy
                | Reason::LinkBusy
                | Reason::Deadline
                | Reason::Quota
                | Reason::PowerCap
        )
    )
}

/// Holds a place back for each of these jobs, up to the depth. Returns those behind that.
pub(super) fn hold_back<'j>(
    view: &mut View<'_>,
    heads: impl IntoIterator<Item = &'j Job>,
    places: Places,
) -> Vec<&'j Job> {
    let mut behind = Vec::new();
    for job in heads {
        if view.held_back() >= DEPTH {
            behind.push(job);
            continue;
        }
        let mut far = view.clone();
        far.look_ahead(HORIZONS);
        let Some(placement) = earliest(&far, job, Told::Nothing) else {
            continue;
        };
        let within = placement.start_ms() <= view.latest_start(job);
        if places == Places::All || !within {
            view.hold_back(job, placement);
        }
    }
    behind
}

/// Closes the pools that any of these jobs may run in: so many wait for them that no place is held
/// back for each, and whoever comes now waits behind them for the next round.
pub(super) fn close_for(view: &mut View<'_>, waiting: &[&Job]) {
    let state = view.state();
    for job in waiting {
        for (number, site) in state.sites().iter().enumerate() {
            if rules::site_allows(state, job, SiteId(number as u32)).is_err() {
                continue;
            }
            for pool in &site.pools {
                let mut groups = job.spec.groups.iter();
                if groups.any(|group| rules::pool_allows(state, group, *pool).is_ok()) {
                    view.close(*pool);
                }
            }
        }
    }
}

/// Holds places back for those whom a plan has left waiting so far. Behind the horizon only for
/// `ours`, which are still to be decided within it.
pub(super) fn hold_back_beside(view: &mut View<'_>, plan: &Plan, ours: &[JobId]) {
    let ours: BTreeSet<JobId> = ours.iter().copied().collect();
    let placed: BTreeSet<JobId> = plan.placements.iter().map(|(id, _)| *id).collect();
    for job in heads(view.state()) {
        let places = match ours.contains(&job.id) {
            true => Places::BehindHorizon,
            false => Places::All,
        };
        if !placed.contains(&job.id) {
            hold_back(view, [job], places);
        }
    }
}

/// The earliest start at any site, as far ahead as the view looks.
fn earliest(view: &View<'_>, job: &Job, told: Told) -> Option<Placement> {
    let by = Chooser {
        policy: PolicyKind::Race,
        seed: 0,
        told,
    };
    policies::place(view, by, job).ok()
}

/// True unless something else than room is missing, as far as is known.
fn waits_for_room(state: &State, job: &Job) -> bool {
    let other = matches!(
        job.reason,
        Some(
            Reason::SecurityLevel
                | Reason::SiteNotAllowed
                | Reason::Residency
                | Reason::Carrier
                | Reason::Latency
                | Reason::PolicySteering
                | Reason::Architecture
                | Reason::Accelerator
                | Reason::NodeShape
                | Reason::PoolTooSmall
                | Reason::DataUnavailable
                | Reason::NoRoute
                | Reason::SpreadSites
                | Reason::CopyDistance
                | Reason::ReplicaSite
                | Reason::GreenFloor
        )
    );
    job.state == JobState::Pending && !other && dependencies_met(state, job).is_ok()
}
