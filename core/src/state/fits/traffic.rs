//! Steady traffic: of a service to its users, and of a storage job between its copies.

use std::collections::BTreeSet;

use crate::apart;
use crate::model::{Job, Placement, SiteId, TransferKind};
use crate::reason::Reason;
use crate::state::State;
use crate::users;

use super::home;

/// A service has steady bandwidth to each of its demand regions, from the site that serves it.
pub(super) fn traffic_flows(
    state: &State,
    job: &Job,
    placement: &Placement,
    sites: &BTreeSet<SiteId>,
) -> Result<(), Reason> {
    let Some(home) = home(state, placement) else {
        return Err(Reason::Malformed);
    };
    for (region, rate_bps) in job.spec.steady_traffic() {
        let node = state.region_named(region).ok_or(Reason::Unknown)?;
        let node = state.regions()[node.index()].node;
        let server = users::server(state, &job.spec, home, sites, region);
        let server = server.ok_or(Reason::Latency)?;
        let flows = placement.transfers.iter().any(|transfer| {
            transfer.kind == TransferKind::Steady
                && transfer.what == region
                && transfer.from == server
                && transfer.rate_bps >= rate_bps
                && users::may_take(state, &job.spec, region, &transfer.links)
        });
        let local = state.site(server).is_some_and(|site| site.node == node);
        if !flows && !local {
            return Err(Reason::NoRoute);
        }
    }
    Ok(())
}

/// Every copy but the first has the bandwidth to be refreshed from it.
pub(super) fn copies_refresh(
    state: &State,
    job: &Job,
    placement: &Placement,
    sites: &BTreeSet<SiteId>,
) -> Result<(), Reason> {
    let Some(home) = home(state, placement) else {
        return Err(Reason::Malformed);
    };
    let node = |site| state.site(site).map(|site| site.node);
    for (dataset, rate_bps) in apart::refreshed(state, &job.spec) {
        for to in sites.iter().filter(|site| node(**site) != node(home)) {
            let flows = placement.transfers.iter().any(|transfer| {
                transfer.kind == TransferKind::Refresh
                    && transfer.what == dataset
                    && (transfer.from, transfer.to) == (home, *to)
                    && transfer.rate_bps >= rate_bps
            });
            if !flows {
                return Err(Reason::NoRoute);
            }
        }
    }
    Ok(())
}
