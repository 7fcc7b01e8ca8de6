//! Jobs at several sites: storage in several copies, services spread over failure domains.
//!
//! A group of tasks runs at one site. A job that asks for several sites and has one group is split
//! when it is submitted: a storage job of `k` copies gets its group `k` times; the tasks of a
//! service over `k` sites, its replicas, are dealt out to `k` groups, as evenly as they go. A job
//! with several groups is taken as its owner wrote it. Either way its groups must stand at that
//! many sites. A failure domain is a site; other hubs are preferred, and not required.
//!
//! Copies stand at least as far apart as the job says, by the great circle between their sites.
//!
//! Refreshing a copy means to compare it with the first one and to send what differs; it is
//! the job's own command that does so. What is reserved for it is the bandwidth to send everything
//! once a period, from the site of the first group to every other one.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Input, JobKind, JobSpec, SiteId, distance_km};
use crate::reason::Reason;
use crate::state::State;

/// Sites of one job, at most.
pub const SITES_MAX: u32 = 64;

/// The specification with one group for each site it asks for.
pub fn split(spec: &JobSpec) -> Cow<'_, JobSpec> {
    let ([group], sites @ 2..) = (spec.groups.as_slice(), spec.sites_min()) else {
        return Cow::Borrowed(spec);
    };
    let part = |at: u32| {
        let mut part = group.clone();
        if at > 0 {
            part.name = format!("{}-{}", group.name, at + 1);
        }
        if spec.is_spread() {
            part.count = group.count / sites + u32::from(at < group.count % sites);
        }
        part
    };
    let mut spec = spec.clone();
    spec.groups = (0..sites).map(part).collect();
    Cow::Owned(spec)
}

/// Like [`split`], without a copy where there is nothing to split.
pub(crate) fn split_shared(spec: &Arc<JobSpec>) -> Arc<JobSpec> {
    match split(spec) {
        Cow::Borrowed(_) => spec.clone(),
        Cow::Owned(split) => Arc::new(split),
    }
}

/// Says whether the job may stand at all of `sites` and nowhere else.
///
/// # Errors
/// [`Reason::SpreadSites`] when they are too few, [`Reason::CopyDistance`] when two are too near.
pub fn far_enough(state: &State, spec: &JobSpec, sites: &BTreeSet<SiteId>) -> Result<(), Reason> {
    if (sites.len() as u64) < u64::from(spec.sites_min()) {
        return Err(Reason::SpreadSites);
    }
    if sites.len() < 2 {
        return Ok(());
    }
    let mut others = sites.clone();
    while let Some(site) = others.pop_first() {
        if !others
            .iter()
            .all(|other| are_apart(state, spec, site, *other))
        {
            return Err(Reason::CopyDistance);
        }
    }
    Ok(())
}

/// True when two copies of the job may stand at these sites.
pub(crate) fn are_apart(state: &State, spec: &JobSpec, a: SiteId, b: SiteId) -> bool {
    let least_km = spec
        .storage
        .as_ref()
        .map_or(0, |storage| storage.distance_km_min);
    let position = |site| {
        let site = &state.site(site)?.spec;
        Some((site.latitude_udeg, site.longitude_udeg))
    };
    let ends = (position(a), position(b));
    least_km <= 0 || matches!(ends, (Some(a), Some(b)) if distance_km(a, b) >= least_km)
}

/// What is sent from the first copy to each of the others for as long as the job keeps them: the
/// input and its rate in bits per second, rounded up.
pub fn refreshed<'s>(state: &'s State, spec: &'s JobSpec) -> impl Iterator<Item = (&'s str, i64)> {
    let period_ms = spec
        .storage
        .as_ref()
        .map_or(0, |storage| storage.refresh_every_ms);
    let refreshes = spec.kind == JobKind::Storage && period_ms > 0;
    let inputs = spec.inputs.iter().filter(move |_| refreshes);
    inputs.map(move |Input { dataset, .. }| {
        let bytes = state.input_named(dataset).map_or(0, |(bytes, _)| bytes);
        let period_ms = i128::from(period_ms);
        let bps = (i128::from(bytes) * 8_000 + period_ms - 1) / period_ms;
        (dataset.as_str(), i64::try_from(bps).unwrap_or(i64::MAX))
    })
}
