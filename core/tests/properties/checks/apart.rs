//! Jobs at several sites: copies keep their distance and are refreshed, replicas of a service are
//! near users and serve the nearest ones.

use std::collections::BTreeSet;

use ewc_core::State;
use ewc_core::model::{
    Job, LatencyLimit, Layer, Placement, SiteId, StorageSpec, Transfer, TransferKind,
};

use super::chain::joins;
use super::{Check, ensure};

pub fn check(state: &State, job: &Job, placement: &Placement, sites: &[SiteId]) -> Check {
    if let Some(storage) = &job.spec.storage {
        copies(state, job, storage, placement, sites)?;
    }
    served(state, job, placement, sites)
}

/// Every region is near enough to one of the sites, and has its traffic from the nearest of those.
fn served(state: &State, job: &Job, placement: &Placement, sites: &[SiteId]) -> Check {
    let spec = &job.spec;
    let spread_min = spec
        .service
        .as_ref()
        .map_or(1, |service| service.spread_sites_min);
    let distinct: BTreeSet<SiteId> = sites.iter().copied().collect();
    ensure(distinct.len() >= spread_min as usize, || {
        "replicas share a site".to_owned()
    })?;
    let node = |site: SiteId| state.sites()[site.index()].node;
    let far_us = |name: &str, site, layer| {
        let region = state.region_named(name).ok_or("no such region")?;
        let region = &state.regions()[region.index()];
        let path_us = state.topology().latency_us(region.node, node(site), layer);
        Ok::<i64, String>(path_us.map_or(i64::MAX, |path_us| path_us + region.access_us))
    };
    for limit in &spec.latency_limits {
        let mut near = 0;
        for site in &distinct {
            near += usize::from(far_us(&limit.region, *site, limit.layer)? <= limit.one_way_us_max);
        }
        let enough = if spread_min > 1 { 1 } else { distinct.len() };
        ensure(near >= enough, || format!("{} is too far", limit.region))?;
    }
    for (name, rate_bps) in spec.steady_traffic() {
        let region = state.region_named(name).ok_or("no such region")?;
        let to = state.regions()[region.index()].node;
        let mut from = sites[0];
        for site in distinct.iter().filter(|_| spread_min > 1) {
            let layer = Layer::PrivateIp;
            if far_us(name, *site, layer)? < far_us(name, from, layer)? {
                from = *site;
            }
        }
        let flows = placement.transfers.iter().any(|transfer| {
            let as_near = spread_min > 1 && same_distance(state, name, transfer.from, from);
            (transfer.kind, transfer.what.as_str()) == (TransferKind::Steady, name)
                && (transfer.from == from || as_near)
                && transfer.rate_bps >= rate_bps
                && within(state, job, name, transfer)
                && joins(state, job, &transfer.links, node(transfer.from), to)
        });
        let mut local = distinct.iter().filter(|site| node(**site) == to);
        let local = local.any(|site| *site == from || same_distance(state, name, *site, from));
        ensure(flows || local, || format!("no traffic to {name}"))?;
    }
    Ok(())
}

/// Traffic takes links on which the region is as near as the job asks, on the layer it asks for.
fn within(state: &State, job: &Job, name: &str, transfer: &Transfer) -> bool {
    let Some(region) = state.region_named(name) else {
        return false;
    };
    let links = transfer.links.iter();
    let links = links.map(|link| &state.links()[link.index()]);
    let far_us: i64 = links.clone().map(|link| link.one_way_us).sum();
    let far_us = far_us + state.regions()[region.index()].access_us;
    let limits = job.spec.latency_limits.iter();
    let limits: Vec<_> = limits.filter(|limit| limit.region == name).collect();
    let by = |layer: Layer| links.clone().all(|link| link.layer == layer);
    let kept = |limit: &LatencyLimit| !by(limit.layer) || far_us <= limit.one_way_us_max;
    let named = limits.is_empty() || limits.iter().any(|limit| by(limit.layer));
    named && limits.iter().all(|limit| kept(limit))
}

/// True when both sites are equally far from a region's users.
fn same_distance(state: &State, name: &str, a: SiteId, b: SiteId) -> bool {
    let region = state
        .region_named(name)
        .map(|id| &state.regions()[id.index()]);
    let layer = Layer::PrivateIp;
    let far_us = |site: SiteId| {
        let node = state.sites()[site.index()].node;
        region.and_then(|region| state.topology().latency_us(region.node, node, layer))
    };
    far_us(a) == far_us(b)
}

/// Copies stand at sites of their own, far enough apart, and are refreshed from the first.
fn copies(
    state: &State,
    job: &Job,
    storage: &StorageSpec,
    placement: &Placement,
    sites: &[SiteId],
) -> Check {
    let distinct: BTreeSet<SiteId> = sites.iter().copied().collect();
    ensure(distinct.len() >= storage.copies as usize, || {
        "copies share a site".to_owned()
    })?;
    let position = |site: SiteId| {
        let spec = &state.sites()[site.index()].spec;
        (spec.latitude_udeg, spec.longitude_udeg)
    };
    for (a, b) in distinct
        .iter()
        .flat_map(|a| distinct.iter().map(move |b| (*a, *b)))
    {
        // On the equator, where sites of these worlds stand, a degree is 111.19 km.
        let km = (position(a).1 - position(b).1).abs() * 11_119 / 100_000_000;
        ensure(a == b || km + 1 >= storage.distance_km_min, || {
            format!("copies are {km} km apart")
        })?;
    }
    if storage.refresh_every_ms == 0 {
        return Ok(());
    }
    for input in &job.spec.inputs {
        let bits = i128::from(state.datasets()[&input.dataset].size_bytes) * 8_000;
        for to in distinct.iter().filter(|site| **site != sites[0]) {
            let flows = placement.transfers.iter().any(|transfer| {
                (transfer.kind, transfer.what.as_str())
                    == (TransferKind::Refresh, input.dataset.as_str())
                    && (transfer.from, transfer.to) == (sites[0], *to)
                    && i128::from(transfer.rate_bps) * i128::from(storage.refresh_every_ms) >= bits
            });
            ensure(flows, || format!("{} is not refreshed", input.dataset))?;
        }
    }
    Ok(())
}
