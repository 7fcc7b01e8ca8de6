//! What waiting costs beside the policy's price of delay: capacity that idles now is lost, and what
//! is put off stands in the way of what is still to come.
//!
//! How much will come is not known; it is taken from how full the pools are booked for the coming
//! day. At a single server that is busy for a share `ρ` of the time, `ρ² / (1 - ρ)` jobs wait in
//! the mean (L. Kleinrock, Queueing Systems I, 1975, on M/M/1). So many others a run holds up by
//! being put off for a day, and each of them is worth what leaving it out would cost. In an empty
//! network work waits for cheap and green hours as long as it may; in a full one it takes what it
//! gets.

use crate::model::{GroupPlacement, PoolId};
use crate::planner::plan::Capacity;
use crate::planner::rents::parts;
use crate::state::State;

use super::build::UNPLACED_TIMES;

/// The coming day: how full it is counts, and who waits so long pays all of it.
const DAY_MS: i64 = 86_400_000;
/// Jobs held up, at most, in thousandths.
const HELD_UP_MAX: i128 = 4_000;

/// How many others a job holds up by waiting for a day in each pool, by kind of capacity, in
/// thousandths.
pub(super) struct Haste {
    by_pool: Vec<[i128; 3]>,
}

impl Haste {
    pub(super) fn new(state: &State) -> Haste {
        let of_pool = |pool: u32| Capacity::ALL.map(|kind| held_up(state, PoolId(pool), kind));
        Haste {
            by_pool: (0..state.pools().len() as u32).map(of_pool).collect(),
        }
    }

    /// The same of a run in these pools, for whatever is fullest of what it uses.
    pub(super) fn of_run(&self, slots: &[GroupPlacement]) -> i128 {
        let of_group = |slot: &GroupPlacement| {
            let amounts = parts(slot.total).into_iter().zip(Capacity::ALL);
            let used = amounts.filter(|(amount, _)| *amount > 0);
            used.map(|(_, kind)| self.by_pool[slot.pool.index()][kind as usize])
                .max()
        };
        slots.iter().filter_map(of_group).max().unwrap_or(0)
    }

    /// The price of one second of waiting, in micro-yuan, of a run that costs at least `cost` and
    /// holds up so many others at each of its choices.
    pub(super) fn by_second(cost: i64, held_up: &[i128]) -> i64 {
        let mean = held_up.iter().sum::<i128>() / (held_up.len() as i128).max(1);
        let worth = i128::from(cost.max(0)) * i128::from(UNPLACED_TIMES);
        // Thousandths a millisecond are one a second.
        (worth * mean / i128::from(DAY_MS)).min(1 << 40) as i64
    }
}

fn held_up(state: &State, pool: PoolId, kind: Capacity) -> i128 {
    let (from_ms, until_ms) = (state.now_ms(), state.now_ms().saturating_add(DAY_MS));
    let pieces = state.reservations().pool(pool).pieces(from_ms, until_ms);
    let area = |(from, to, level): (i64, i64, _)| {
        i128::from(parts(level)[kind as usize]) * i128::from(to - from)
    };
    let booked: i128 = pieces.map(area).sum();
    let usable = parts(state.pools()[pool.index()].usable)[kind as usize];
    let free = i128::from(usable) * i128::from(until_ms - from_ms) - booked;
    if booked <= 0 {
        return 0;
    }
    let busy = (1000 * booked / (booked + free).max(1)).min(1000);
    (busy * booked / free.max(1)).min(HELD_UP_MAX)
}
