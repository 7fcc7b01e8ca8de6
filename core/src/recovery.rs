//! Disaster recovery (灾备): important and core data does not depend on one hub.
//!
//! Two cases. Every result of such a job is also sent to a site of another hub than the one where
//! it ran, in the same placement as the run; a delivery there serves. And what such a storage job
//! keeps must stand in two hubs once it is staged; sites that held it before count. Edge sites
//! belong to no hub and cannot be the other one.

use std::collections::BTreeSet;

use crate::model::{DataGrade, Job, JobKind, Output, Placement, SiteId, SiteMode};
use crate::reason::Reason;
use crate::rules;
use crate::state::State;

/// True when every result of the job must also stand in another hub than that of its run.
pub fn replicates(job: &Job) -> bool {
    job.grade >= DataGrade::Important && !job.spec.outputs.is_empty()
}

/// True when `site` belongs to a hub, and not to the one of `home`.
pub fn in_another_hub(state: &State, home: SiteId, site: SiteId) -> bool {
    let hub = |site| state.site(site).map(|site| site.spec.hub.as_str());
    let there = hub(site).unwrap_or_default();
    !there.is_empty() && hub(home) != Some(there)
}

/// True when a replica that nobody asked to have delivered may be sent to `site`: in another hub,
/// as secure as the job demands, where its data may stand, and open.
pub fn may_hold_replica(state: &State, job: &Job, home: SiteId, site: SiteId) -> bool {
    let Some(entry) = state.site(site) else {
        return false;
    };
    in_another_hub(state, home, site)
        && rules::may_stand_at(&job.spec, &entry.spec).is_ok()
        && entry.mode == SiteMode::Open
        && !entry.silent
}

/// The results that the transfers of `placement` leave in one hub only.
pub(crate) fn unreplicated<'j>(
    state: &State,
    job: &'j Job,
    home: SiteId,
    placement: &Placement,
) -> Option<&'j Output> {
    let mut outputs = job.spec.outputs.iter().filter(|_| replicates(job));
    outputs.find(|output| {
        let mut leaving = placement.stage_out();
        !leaving.any(|transfer| {
            transfer.what == output.dataset
                && transfer.size_bytes == output.size_bytes
                && transfer.from == home
                && in_another_hub(state, home, transfer.to)
        })
    })
}

/// True when everything that a job keeps has to stand in two hubs.
pub(crate) fn keeps_in_two_hubs(job: &Job) -> bool {
    job.spec.kind == JobKind::Storage && job.grade >= DataGrade::Important
}

/// Says whether everything a storage job of important or core data keeps stands in two hubs, when
/// it keeps its copies at `sites`.
///
/// # Errors
/// [`Reason::ReplicaSite`] when one of its data sets would stand in one hub only.
pub fn kept_in_two_hubs(state: &State, job: &Job, sites: &BTreeSet<SiteId>) -> Result<(), Reason> {
    if !keeps_in_two_hubs(job) {
        return Ok(());
    }
    for input in &job.spec.inputs {
        let held = state.input_named(&input.dataset);
        let held = held.into_iter().flat_map(|(_, sites)| sites);
        let standing = held.chain(sites).filter_map(|site| state.site(*site));
        let heard = standing.filter(|site| !site.silent && !site.spec.hub.is_empty());
        let hubs: BTreeSet<&str> = heard.map(|site| site.spec.hub.as_str()).collect();
        if hubs.len() < 2 {
            return Err(Reason::ReplicaSite);
        }
    }
    Ok(())
}
