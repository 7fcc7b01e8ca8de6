//! The one rule that decides whether a placement fits: the planner asks it before it proposes,
//! and every replica asks it again before it accepts.

use std::collections::BTreeSet;

use crate::apart;
use crate::model::{GroupPlacement, Job, Layer, LinkId, Placement, SiteId, Transfer, TransferKind};
use crate::reason::Reason;
use crate::recovery;
use crate::reservation::Reservations;
use crate::rules;
use crate::users;

use super::State;

mod data;
mod room;
mod traffic;

pub(crate) use data::transfer_ms;
pub(super) use room::has_room;

/// Later instants are not accepted, so that shifting a placement stays in range.
const TIME_MS_MAX: i64 = i64::MAX / 4;

/// Says whether the whole chain of `placement` fits beside `reservations`, or the first rule that
/// it breaks.
pub fn fits(
    state: &State,
    reservations: &Reservations,
    job: &Job,
    placement: &Placement,
) -> Result<(), Reason> {
    groups_allowed(state, job, placement)?;
    times_allowed(state, job, placement)?;
    let sites = run_sites(state, placement);
    for transfer in &placement.transfers {
        transfer_needed(state, job, placement, &sites, transfer)?;
        transfer_allowed(state, job, placement, transfer)?;
    }
    apart::far_enough(state, &job.spec, &sites)?;
    users::all_near(state, &job.spec, &sites)?;
    recovery::kept_in_two_hubs(state, job, &sites)?;
    data::inputs_arrive(state, job, placement, &sites)?;
    data::outputs_leave(state, job, placement)?;
    traffic::traffic_flows(state, job, placement, &sites)?;
    traffic::copies_refresh(state, job, placement, &sites)?;
    green_enough(state, job, placement)?;
    has_room(state, reservations, placement)?;
    super::tenants::within_quota(state, reservations, job, placement)?;
    super::power::within_power(state, reservations, placement)
}

/// Every group of the job has one slot, in a pool that may hold it.
fn groups_allowed(state: &State, job: &Job, placement: &Placement) -> Result<(), Reason> {
    let groups = &job.spec.groups;
    if placement.groups.len() != groups.len() {
        return Err(Reason::Malformed);
    }
    for (position, slot) in placement.groups.iter().enumerate() {
        let group = &groups[position];
        let pool = state.pool(slot.pool).ok_or(Reason::Unknown)?;
        if slot.group as usize != position {
            return Err(Reason::Malformed);
        }
        rules::site_allows(state, job, pool.site)?;
        rules::pool_allows(state, group, slot.pool)?;
        let count = group.count_on(&pool.spec.accelerator_model);
        if Some(slot.count) != count || slot.total != group.total_on(&pool.spec) {
            return Err(Reason::Malformed);
        }
        if is_now(state, slot) && !rules::shapes_allow(state, group, slot.pool) {
            return Err(Reason::NodeShape);
        }
        if slot.end_ms.saturating_sub(slot.start_ms) < job.time_limit_ms(position) {
            return Err(Reason::Malformed);
        }
    }
    Ok(())
}

fn is_now(state: &State, slot: &GroupPlacement) -> bool {
    slot.start_ms <= state.now_ms() + state.policy().margin_ms
}

/// All groups start together, not in the past, not before the release, and in time.
fn times_allowed(state: &State, job: &Job, placement: &Placement) -> Result<(), Reason> {
    let start_ms = placement.start_ms();
    if placement
        .groups
        .iter()
        .any(|slot| slot.start_ms != start_ms)
    {
        return Err(Reason::Malformed);
    }
    if placement.end_ms() > TIME_MS_MAX {
        return Err(Reason::Malformed);
    }
    if start_ms < job.spec.release_ms {
        return Err(Reason::NotReleased);
    }
    if placement.first_ms() < state.now_ms() - state.policy().margin_ms {
        return Err(Reason::PlanStale);
    }
    if job
        .spec
        .deadline_ms
        .is_some_and(|deadline_ms| placement.end_ms() > deadline_ms)
    {
        return Err(Reason::Deadline);
    }
    Ok(())
}

pub(super) fn run_sites(state: &State, placement: &Placement) -> BTreeSet<SiteId> {
    let pools = placement
        .groups
        .iter()
        .filter_map(|slot| state.pool(slot.pool));
    pools.map(|pool| pool.site).collect()
}

/// The site of the first group: results leave from there, and users are served from there.
fn home(state: &State, placement: &Placement) -> Option<SiteId> {
    let first = placement.groups.first()?;
    state.pool(first.pool).map(|pool| pool.site)
}

/// A transfer moves something the job reads, leaves or serves: nothing else takes bandwidth.
fn transfer_needed(
    state: &State,
    job: &Job,
    placement: &Placement,
    sites: &BTreeSet<SiteId>,
    transfer: &Transfer,
) -> Result<(), Reason> {
    let (what, size_bytes) = (transfer.what.as_str(), transfer.size_bytes);
    let needed = match transfer.kind {
        TransferKind::StageIn => {
            let mut data = state.needed_data(job);
            sites.contains(&transfer.to)
                && data.any(|(name, _, size)| (name, size) == (what, size_bytes))
        }
        TransferKind::ToDepot => {
            return data::may_wait(state, job, placement, sites, transfer);
        }
        TransferKind::StageOut => job.spec.outputs.iter().any(|output| {
            (output.dataset.as_str(), output.size_bytes) == (what, size_bytes)
                && data::may_leave(state, job, placement, output, transfer)
        }),
        TransferKind::Steady => {
            let server = |home| users::server(state, &job.spec, home, sites, what);
            size_bytes == 0
                && home(state, placement).and_then(server) == Some(transfer.from)
                && job.spec.steady_traffic().any(|(region, _)| region == what)
        }
        TransferKind::Refresh => {
            size_bytes == 0
                && home(state, placement) == Some(transfer.from)
                && sites.contains(&transfer.to)
                && apart::refreshed(state, &job.spec).any(|(dataset, _)| dataset == what)
        }
    };
    let replica = transfer.kind == TransferKind::StageOut && recovery::replicates(job);
    let reason = match replica {
        true => Reason::ReplicaSite,
        false => Reason::Malformed,
    };
    needed.then_some(()).ok_or(reason)
}

/// A transfer stands on a connected, allowed route, is long enough, and in its part of the chain.
fn transfer_allowed(
    state: &State,
    job: &Job,
    placement: &Placement,
    transfer: &Transfer,
) -> Result<(), Reason> {
    let in_order = match transfer.kind {
        TransferKind::StageIn | TransferKind::ToDepot => transfer.end_ms <= placement.start_ms(),
        TransferKind::StageOut => transfer.start_ms >= placement.run_end_ms(),
        TransferKind::Steady | TransferKind::Refresh => {
            transfer.start_ms == placement.start_ms() && transfer.end_ms == placement.run_end_ms()
        }
    };
    if !in_order || transfer.rate_bps < 0 || transfer.start_ms >= transfer.end_ms {
        return Err(Reason::Malformed);
    }
    let from = state.site(transfer.from).ok_or(Reason::Unknown)?.node;
    let to = match transfer.kind {
        TransferKind::Steady => {
            let region = state.region_named(&transfer.what).ok_or(Reason::Unknown)?;
            state.regions()[region.index()].node
        }
        _ => {
            if transfer_ms(transfer.size_bytes, transfer.rate_bps)
                > transfer.end_ms - transfer.start_ms
            {
                return Err(Reason::Malformed);
            }
            state.site(transfer.to).ok_or(Reason::Unknown)?.node
        }
    };
    if !state.topology().joins(&transfer.links, from, to) {
        return Err(Reason::NoRoute);
    }
    links_allowed(state, job, &transfer.links)
}

fn links_allowed(state: &State, job: &Job, links: &[LinkId]) -> Result<(), Reason> {
    let filter = rules::route_filter(job, Layer::default());
    for id in links {
        let link = state.link(*id).ok_or(Reason::Unknown)?;
        let carrier = filter.carriers.is_empty() || filter.carriers.contains(&link.carrier);
        if !link.up || !carrier || (filter.encrypted && !link.encrypted) {
            return Err(Reason::NoRoute);
        }
    }
    Ok(())
}

/// A missing signal blocks no job: a site that has issued no energy series passes.
pub(crate) fn green_enough(state: &State, job: &Job, placement: &Placement) -> Result<(), Reason> {
    if job.spec.green_floor_permille == 0 {
        return Ok(());
    }
    let mut sites = run_sites(state, placement).into_iter();
    let unknown = sites.any(|site| {
        let site = state.site(site);
        site.is_none_or(|site| site.energy.points.is_empty())
    });
    let green = placement.cost.renewable_permille >= job.spec.green_floor_permille;
    match green || unknown {
        true => Ok(()),
        false => Err(Reason::GreenFloor),
    }
}
