//! Finds who has to give way to a job that fits nowhere otherwise.
//!
//! For each site: everything there of lower priority that may give way is thought away; if the job
//! fits then, as many as possible are spared again, those with most to lose first. What has only
//! been planned is tried before anything that runs.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::model::{Job, JobId, Placement, PoolId, Resources, SiteId};
use crate::reason::Reason;
use crate::rules;
use crate::state::{fits, may_give_way};

use super::site::{Starts, best_at, has_start, worth};
use super::view::View;

/// Jobs for which a round looks for others that give way.
pub(super) const PER_ROUND_MAX: u32 = 16;
/// Jobs of a site that are looked at: the least important ones.
const CANDIDATES_MAX: usize = 64;

/// A placement, and who has to give way to it.
pub(super) struct Way {
    pub(super) placement: Placement,
    pub(super) victims: Vec<JobId>,
}

/// True when the reason may go away once others give way.
pub(super) fn helps(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::PoolBusy | Reason::Deadline | Reason::PowerCap
    )
}

/// The way that costs least: it stops the fewest jobs that run, then moves the fewest others.
/// `taken` give way already.
pub(super) fn find(view: &View<'_>, job: &Job, taken: &BTreeSet<JobId>) -> Option<Way> {
    let sites = (0..view.state().sites().len() as u32).map(SiteId);
    let ways = sites.filter_map(|site| at_site(view, job, site, taken));
    let cost = |way: &Way| {
        let running = way.victims.iter().filter(|id| runs(view, **id)).count();
        (running, way.victims.len(), worth(view, &way.placement))
    };
    ways.min_by_key(cost)
}

fn runs(view: &View<'_>, id: JobId) -> bool {
    view.state()
        .job(id)
        .is_some_and(|job| job.state.is_started())
}

fn at_site(view: &View<'_>, job: &Job, site: SiteId, taken: &BTreeSet<JobId>) -> Option<Way> {
    let state = view.state();
    rules::site_allows(state, job, site).ok()?;
    let below = state.preemptible_at(site, job.spec.priority);
    let mut candidates: Vec<&Job> = below
        .map(AsRef::as_ref)
        .filter(|victim| may_give_way(victim, job).is_ok() && !taken.contains(&victim.id))
        .collect();
    // Least important first; what runs after what does not, and the longer it has, the later.
    candidates.sort_by_key(|victim| {
        let since_ms = victim.attempt().map_or(0, |attempt| attempt.dispatched_ms);
        let started = victim.state.is_started();
        (
            started,
            victim.spec.priority,
            Reverse(since_ms),
            Reverse(victim.id),
        )
    });
    candidates.truncate(CANDIDATES_MAX);
    // Whatever is freed when: at no time more than all that the candidates hold.
    let held = |pool: PoolId| {
        let placements = candidates.iter().filter_map(|job| job.placement.as_ref());
        let slots = placements.flat_map(|placement| &placement.groups);
        let here = slots.filter(|slot| slot.pool == pool);
        here.fold(Resources::ZERO, |sum, slot| sum + slot.total)
    };
    if !has_start(view, job, site, held) {
        return None;
    }
    let movable = candidates.partition_point(|victim| !victim.state.is_started());
    let planned = (movable > 0).then(|| with_victims(view, job, site, &candidates[..movable]));
    let found = planned.flatten();
    found.or_else(|| match movable < candidates.len() {
        true => with_victims(view, job, site, &candidates),
        false => None,
    })
}

/// The way over some of these, if all of them together are enough.
fn with_victims(view: &View<'_>, job: &Job, site: SiteId, candidates: &[&Job]) -> Option<Way> {
    let mut victims = candidates.to_vec();
    let mut placement = placed_over(view, job, site, &victims)?;
    for spared in candidates.iter().rev() {
        let fewer: Vec<&Job> = victims
            .iter()
            .copied()
            .filter(|it| it.id != spared.id)
            .collect();
        if let Some(found) = placed_over(view, job, site, &fewer) {
            (victims, placement) = (fewer, found);
        }
    }
    Some(Way {
        placement,
        victims: victims.iter().map(|victim| victim.id).collect(),
    })
}

fn placed_over(view: &View<'_>, job: &Job, site: SiteId, victims: &[&Job]) -> Option<Placement> {
    let state = view.state();
    let behind_ms = state.behind_grace_ms();
    let mut cleared = view.clone();
    for victim in victims {
        cleared.give_up(victim, behind_ms);
    }
    if victims.iter().any(|victim| victim.state.is_started()) {
        cleared.not_before(behind_ms);
    }
    if !has_start(&cleared, job, site, |_| Resources::ZERO) {
        return None;
    }
    let placement = best_at(&cleared, job, site, Starts::Earliest).ok()?;
    // The victims keep their places until the very start.
    let mut real = view.clone();
    for victim in victims {
        real.give_up(victim, placement.start_ms());
    }
    fits(state, real.reservations(), job, &placement).ok()?;
    Some(placement)
}
