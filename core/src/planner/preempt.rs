//! Finds who has to give way to a job that fits nowhere otherwise.
//!
//! For each site: everything there of lower priority that may give way is thought away; if the job
//! fits then, as many as possible are spared again, those with most to lose first. What has only
//! been planned is tried before anything that runs.

mod rooms;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::model::{Job, JobId, Placement, SiteId};
use crate::reason::Reason;
use crate::rules;
use crate::state::{fits, may_give_way};

use super::site::{Starts, Worth, best_at, worth};
use super::view::View;
use rooms::Rooms;

/// Jobs for which a round looks for others that give way.
pub(super) const PER_ROUND_MAX: u32 = 16;
/// Jobs of a site that are looked at: those whose turn it is first.
const CANDIDATES_MAX: usize = 64;

/// A placement, and who has to give way to it.
#[derive(Debug, PartialEq, Eq)]
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
    ways.min_by_key(|way| cost(view, way))
}

fn cost(view: &View<'_>, way: &Way) -> (usize, usize, Worth) {
    let running = way.victims.iter().filter(|id| runs(view, **id)).count();
    (running, way.victims.len(), worth(view, &way.placement))
}

fn runs(view: &View<'_>, id: JobId) -> bool {
    view.state()
        .job(id)
        .is_some_and(|job| job.state.is_started())
}

fn at_site(view: &View<'_>, job: &Job, site: SiteId, taken: &BTreeSet<JobId>) -> Option<Way> {
    let state = view.state();
    rules::site_allows(state, job, site).ok()?;
    let rooms = Rooms::at(view, job, site)?;
    let below = state.preemptible_at(site, job.spec.priority);
    let others = below
        .map(AsRef::as_ref)
        .filter(|victim: &&Job| may_give_way(victim, job).is_ok() && !taken.contains(&victim.id));
    let candidates: Vec<&Job> = others.take(CANDIDATES_MAX).collect();
    // Whatever is freed when: at no time more than all that the candidates hold.
    if !rooms.has_start_without(&candidates) {
        return None;
    }
    let over = Over {
        view,
        job,
        site,
        rooms,
    };
    let movable = candidates.partition_point(|victim| !victim.state.is_started());
    let planned = (movable > 0).then(|| over.some_of(&candidates[..movable]));
    let found = planned.flatten();
    found.or_else(|| match movable < candidates.len() {
        true => over.some_of(&candidates),
        false => None,
    })
}

/// A search for a way over others at one site.
struct Over<'v, 'a> {
    view: &'v View<'a>,
    job: &'v Job,
    site: SiteId,
    rooms: Rooms,
}

impl<'a> Over<'_, 'a> {
    /// The way over some of these, if all of them together are enough.
    fn some_of(&self, candidates: &[&Job]) -> Option<Way> {
        let mut rooms = self.rooms.clone();
        candidates.iter().for_each(|victim| rooms.give_up(victim));
        if !rooms.has_start() {
            return None;
        }
        let behind_ms = self.view.state().behind_grace_ms();
        let mut cleared = self.view.clone();
        for victim in candidates {
            cleared.give_up(victim, behind_ms);
        }
        let mut victims = candidates.to_vec();
        let mut placement = self.all_of(&mut cleared, &victims)?;
        for spared in candidates.iter().rev() {
            rooms.take_back(spared);
            if rooms.has_start() {
                let others = victims.iter().filter(|it| it.id != spared.id);
                let fewer: Vec<&Job> = others.copied().collect();
                cleared.take_back(spared, behind_ms);
                if let Some(found) = self.all_of(&mut cleared, &fewer) {
                    (victims, placement) = (fewer, found);
                    continue;
                }
                cleared.give_up(spared, behind_ms);
            }
            rooms.give_up(spared);
        }
        Some(Way {
            placement,
            victims: victims.iter().map(|victim| victim.id).collect(),
        })
    }

    /// The earliest placement over all of these, in a view in which they have given way.
    fn all_of(&self, cleared: &mut View<'a>, victims: &[&Job]) -> Option<Placement> {
        let state = self.view.state();
        let stops = victims.iter().any(|victim| victim.state.is_started());
        cleared.not_before(match stops {
            true => state.behind_grace_ms(),
            false => self.view.not_before_ms(),
        });
        let placement = best_at(cleared, self.job, self.site, Starts::Earliest).ok()?;
        if stops {
            // What runs keeps its place until the very start.
            let mut real = self.view.clone();
            for victim in victims {
                real.give_up(victim, placement.start_ms());
            }
            fits(state, real.reservations(), self.job, &placement).ok()?;
        }
        Some(placement)
    }
}
