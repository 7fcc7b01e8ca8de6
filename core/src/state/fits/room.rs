//! Room in pools and on links.

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
    if uses_each_once_at_a_time(placement) {
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

/// No pool and no link serves the chain twice at one instant: each use can be looked at alone.
fn uses_each_once_at_a_time(placement: &Placement) -> bool {
    let slots = placement.groups.iter();
    let mut uses: Vec<(bool, u32, i64, i64)> = slots
        .map(|slot| (false, slot.pool.0, slot.start_ms, slot.end_ms))
        .collect();
    if placement.transfers.is_empty() && uses.len() == 1 {
        return true;
    }
    for transfer in &placement.transfers {
        let (start_ms, end_ms) = (transfer.start_ms, transfer.end_ms);
        let links = transfer.links.iter();
        uses.extend(links.map(|link| (true, link.0, start_ms, end_ms)));
    }
    uses.sort_unstable();
    uses.windows(2).all(|pair| {
        let (earlier, later) = (pair[0], pair[1]);
        (earlier.0, earlier.1) != (later.0, later.1) || earlier.3 <= later.2
    })
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
