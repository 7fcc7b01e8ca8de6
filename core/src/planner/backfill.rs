//! What is held back for waiting jobs, so that those behind them only fill what these leave.
//!
//! A job for which there is no room would wait for ever if everything that becomes free went to
//! smaller ones that came later. So the first jobs of the queue that wait for room have a tentative
//! place each, at the earliest start there is, if need be behind the planning horizon, and whoever
//! is planned after them plans around it (backfilling with reservations: D. Lifka, "The ANL/IBM SP
//! scheduling system", 1995). Nothing of it is logged: it follows from the state.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Job, JobId, JobState, Placement, SiteId};
use crate::reason::Reason;
use crate::state::{State, dependencies_met};

use super::plan::Plan;
use super::policies::{self, Chooser};
use super::rents::Rents;
use super::shares;
use super::site::{Starts, best_by};
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

/// Places the heads among `jobs` that an earlier plan left out for want of room, before others are
/// decided together: what is best for all may leave out the same job every time. Returns the rest.
pub(super) fn place_left_out(
    view: &mut View<'_>,
    plan: &mut Plan,
    jobs: &[JobId],
    by: Chooser,
) -> Vec<JobId> {
    let state = view.state();
    let mut rest: Vec<JobId> = jobs.to_vec();
    let left_out = heads(state).into_iter().filter(|job| was_left_out(job));
    let ours: Vec<&Job> = left_out.filter(|job| jobs.contains(&job.id)).collect();
    for job in ours.into_iter().take(DEPTH) {
        let mut priced = view.clone();
        priced.set_rents(Arc::new(Rents::new(state, state.prices())));
        if let Ok(placement) = policies::place(&priced, by, job) {
            view.reserve(job, &placement);
            plan.placements.push((job.id, placement));
            rest.retain(|id| *id != job.id);
        }
    }
    rest
}

fn was_left_out(job: &Job) -> bool {
    matches!(
        job.reason,
        Some(Reason::PoolBusy | Reason::LinkBusy | Reason::Deadline | Reason::Quota)
    )
}

/// Holds a place back for each of these jobs, up to the depth.
pub(super) fn hold_back<'j>(
    view: &mut View<'_>,
    heads: impl IntoIterator<Item = &'j Job>,
    places: Places,
) {
    for job in heads {
        if view.held_back() >= DEPTH {
            return;
        }
        let Some(placement) = earliest(view, job) else {
            continue;
        };
        let within = placement.start_ms() <= view.latest_start(job);
        if places == Places::All || !within {
            view.hold_back(job, placement);
        }
    }
}

/// Holds places behind the horizon back for those that a plan has left waiting so far.
pub(super) fn hold_back_beside(view: &mut View<'_>, plan: &Plan) {
    let placed: BTreeSet<JobId> = plan.placements.iter().map(|(id, _)| *id).collect();
    let heads = heads(view.state()).into_iter();
    let others = heads.filter(|job| !placed.contains(&job.id));
    hold_back(view, others, Places::BehindHorizon);
}

/// The earliest start at any site.
fn earliest(view: &View<'_>, job: &Job) -> Option<Placement> {
    let mut far = view.clone();
    far.look_ahead(HORIZONS);
    let sites = (0..view.state().sites().len() as u32).map(SiteId);
    let at = |site| best_by(&far, job, site, Starts::Earliest, Placement::start_ms).ok();
    sites.filter_map(at).min_by_key(Placement::start_ms)
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
