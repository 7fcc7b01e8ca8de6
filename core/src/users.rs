//! Where users are: whether a job's sites are near enough to them, and which one serves them.
//!
//! A limit holds on the layer it names, from the region's users to the site. Where a service is
//! spread over several sites, one that keeps all limits of a region is enough for it, and its
//! users are served by the nearest of those. Traffic keeps its region's limit on the links that it
//! takes, and takes the layer that the limit names.

use std::collections::BTreeSet;

use crate::model::{DemandRegion, JobSpec, LatencyLimit, Layer, LinkId, SiteId};
use crate::reason::Reason;
use crate::state::State;

/// Says whether every region with a limit is near enough to one of the sites.
///
/// # Errors
/// [`Reason::Latency`] when one is not, [`Reason::Unknown`] for names that are not known.
pub fn all_near(state: &State, spec: &JobSpec, sites: &BTreeSet<SiteId>) -> Result<(), Reason> {
    for limit in &spec.latency_limits {
        region(state, &limit.region).ok_or(Reason::Unknown)?;
        let near = |site: &SiteId| serves(state, spec, &limit.region, *site);
        if !sites.iter().any(near) {
            return Err(Reason::Latency);
        }
    }
    Ok(())
}

/// True when the site is within every limit that the job has for the region.
pub fn serves(state: &State, spec: &JobSpec, name: &str, site: SiteId) -> bool {
    let within = |limit: &LatencyLimit| {
        let path_us = path_us(state, name, site, limit.layer);
        path_us.is_some_and(|path_us| path_us <= limit.one_way_us_max)
    };
    limits_of(spec, name).all(within)
}

/// The site that serves a region: the job's first one, or, where a service is spread, the nearest
/// that is within the region's limits, whichever carriers' links lead there. `None` when there is
/// none.
pub fn server(
    state: &State,
    spec: &JobSpec,
    home: SiteId,
    sites: &BTreeSet<SiteId>,
    name: &str,
) -> Option<SiteId> {
    if !spec.is_spread() {
        return Some(home);
    }
    let layer = limits_of(spec, name).next().map(|limit| limit.layer);
    let layer = layer.unwrap_or_default();
    let able = sites
        .iter()
        .filter(|site| serves(state, spec, name, **site));
    able.min_by_key(|site| {
        let path_us = path_us(state, name, **site, layer);
        (path_us.unwrap_or(i64::MAX), **site)
    })
    .copied()
}

/// Says whether a region's traffic may take these links: all on a layer on which the job has a
/// limit for the region, and within it. Without limits it may take any.
pub fn may_take(state: &State, spec: &JobSpec, name: &str, links: &[LinkId]) -> bool {
    let mut limits = limits_of(spec, name).peekable();
    if limits.peek().is_none() {
        return true;
    }
    let Some(region) = region(state, name) else {
        return false;
    };
    let links = links.iter().map(|link| &state.links()[link.index()]);
    let path_us = links.clone().map(|link| link.one_way_us).sum::<i64>();
    let path_us = path_us.saturating_add(region.access_us);
    let on = |layer: Layer| links.clone().all(|link| link.layer == layer);
    let mut on_layer = limits.filter(|limit| on(limit.layer)).peekable();
    on_layer.peek().is_some() && on_layer.all(|limit| path_us <= limit.one_way_us_max)
}

fn limits_of<'s>(spec: &'s JobSpec, name: &'s str) -> impl Iterator<Item = &'s LatencyLimit> {
    spec.latency_limits
        .iter()
        .filter(move |limit| limit.region == name)
}

fn region<'s>(state: &'s State, name: &str) -> Option<&'s DemandRegion> {
    let id = state.region_named(name)?;
    state.regions().get(id.index())
}

/// One-way latency from the region's users to the site.
pub(crate) fn path_us(state: &State, name: &str, site: SiteId, layer: Layer) -> Option<i64> {
    let region = region(state, name)?;
    let node = state.site(site)?.node;
    let path_us = state.topology().latency_us(region.node, node, layer)?;
    path_us.checked_add(region.access_us)
}
