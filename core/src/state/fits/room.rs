//! Room in pools and on links.

use std::collections::BTreeSet;

use crate::model::Placement;
use crate::reason::Reason;
use crate::reservation::Reservations;
use crate::state::State;

/// Every slot and every link has room for the whole chain, together.
pub(in crate::state) fn has_room(
    state: &State,
    reservations: &Reservations,
    placement: &Placement,
) -> Result<(), Reason> {
    each_fits_alone(state, placement)?;
    if uses_each_once(placement) {
        return has_room_singly(state, reservations, placement);
    }
    let mut with = reservations.clone();
    with.reserve(placement);
    for slot in &placement.groups {
        let from_ms = slot.start_ms.max(state.now_ms());
        let usable = state.pool(slot.pool).ok_or(Reason::Unknown)?.usable;
        if with
            .pool(slot.pool)
            .first_excess(from_ms, slot.end_ms, usable)
            .is_some()
        {
            return Err(Reason::PoolBusy);
        }
    }
    for transfer in &placement.transfers {
        let from_ms = transfer.start_ms.max(state.now_ms());
        for id in &transfer.links {
            let usable = state.link(*id).ok_or(Reason::Unknown)?.usable_bps();
            if with
                .link(*id)
                .first_excess(from_ms, transfer.end_ms, usable)
                .is_some()
            {
                return Err(Reason::LinkBusy);
            }
        }
    }
    Ok(())
}

/// Nothing asks for more than there is, so that sums of what is reserved stay in range.
fn each_fits_alone(state: &State, placement: &Placement) -> Result<(), Reason> {
    for slot in &placement.groups {
        let usable = state.pool(slot.pool).ok_or(Reason::Unknown)?.usable;
        if !slot.total.fits_in(usable) {
            return Err(Reason::PoolBusy);
        }
    }
    for transfer in &placement.transfers {
        for id in &transfer.links {
            let usable = state.link(*id).ok_or(Reason::Unknown)?.usable_bps();
            if transfer.rate_bps > usable {
                return Err(Reason::LinkBusy);
            }
        }
    }
    Ok(())
}

/// No pool and no link serves the chain twice: each can be looked at alone.
fn uses_each_once(placement: &Placement) -> bool {
    let mut pools = BTreeSet::new();
    let mut links = BTreeSet::new();
    let mut transfers = placement
        .transfers
        .iter()
        .flat_map(|transfer| &transfer.links);
    placement.groups.iter().all(|slot| pools.insert(slot.pool))
        && transfers.all(|link| links.insert(*link))
}

fn has_room_singly(
    state: &State,
    reservations: &Reservations,
    placement: &Placement,
) -> Result<(), Reason> {
    for slot in &placement.groups {
        let from_ms = slot.start_ms.max(state.now_ms());
        let usable = state.pool(slot.pool).ok_or(Reason::Unknown)?.usable;
        let profile = reservations.pool(slot.pool);
        if from_ms < slot.end_ms && !profile.has_room(from_ms, slot.end_ms, slot.total, usable) {
            return Err(Reason::PoolBusy);
        }
    }
    for transfer in &placement.transfers {
        let from_ms = transfer.start_ms.max(state.now_ms());
        for id in &transfer.links {
            let usable = state.link(*id).ok_or(Reason::Unknown)?.usable_bps();
            let (end_ms, rate_bps) = (transfer.end_ms, transfer.rate_bps);
            let profile = reservations.link(*id);
            if from_ms < end_ms && !profile.has_room(from_ms, end_ms, rate_bps, usable) {
                return Err(Reason::LinkBusy);
            }
        }
    }
    Ok(())
}
