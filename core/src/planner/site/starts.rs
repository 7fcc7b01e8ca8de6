//! The best start of a chain in given pools.
//!
//! What a start costs at least is known without looking for a way of its results; the starts are
//! tried by that, and only as long as it is less than what is known.

use crate::model::{Job, Placement, PoolId};
use crate::reason::Reason;

use super::least::Least;
use super::{Starts, Worth, worth};
use crate::planner::chain::Chain;
use crate::planner::view::View;

/// Starts that are put in order at once: those of two days by the hour, and more.
const AT_ONCE: usize = 64;

/// The cheapest chain, or the rule in the way of its earliest start. `None` if none is worth less
/// than `below`.
pub(super) fn best(
    view: &View<'_>,
    job: &Job,
    pools: &[PoolId],
    chain: &Chain<'_, '_>,
    (starts, below): (Starts, Option<Worth>),
) -> Result<Option<Placement>, Reason> {
    let ready_ms = chain.ready_ms();
    let first_ms = view.earliest_start(job, pools, ready_ms);
    let first_ms = first_ms.ok_or_else(|| no_start(view, job, pools, ready_ms))?;
    if starts == Starts::Earliest {
        return try_at(view, chain, first_ms, below);
    }
    let least = Least::staged(view, job, pools, chain.stage_in());
    let mut possible = Possible::new(view, job, pools, &least, first_ms);
    let mut best = Ok(None);
    let mut known = below;
    let mut failed: Option<(i64, Reason)> = None;
    loop {
        let next = std::iter::from_fn(|| possible.next(known));
        let mut tried: Vec<Worth> = next.take(AT_ONCE).collect();
        if tried.is_empty() {
            break;
        }
        tried.sort_unstable();
        for least in tried {
            if known.is_some_and(|known| least >= known) {
                break;
            }
            match try_at(view, chain, least.1, known) {
                Ok(None) => {}
                Ok(Some(found)) => {
                    known = Some(worth(view, &found));
                    best = Ok(Some(found));
                }
                Err(reason) if failed.is_none_or(|(at_ms, _)| least.1 < at_ms) => {
                    failed = Some((least.1, reason));
                }
                Err(_) => {}
            }
        }
    }
    match (known, failed) {
        // Whatever was left out would not have been better.
        (Some(_), _) | (_, None) => best,
        (None, Some((_, reason))) => Err(reason),
    }
}

/// What alone leaves no start.
fn no_start(view: &View<'_>, job: &Job, pools: &[PoolId], ready_ms: i64) -> Reason {
    if view.earliest_by_quota(job, ready_ms).is_none() {
        return Reason::Quota;
    }
    match view.earliest_by_power(job, pools, ready_ms) {
        Some(_) => Reason::PoolBusy,
        None => Reason::PowerCap,
    }
}

/// What no chain is worth less than, or the rule in the way of its earliest start. Starts that are
/// not below `below` need not be told apart.
pub(super) fn bound(
    view: &View<'_>,
    job: &Job,
    pools: &[PoolId],
    chain: &Chain<'_, '_>,
    below: Option<Worth>,
) -> Result<Worth, Reason> {
    let ready_ms = chain.ready_ms();
    let first_ms = view.earliest_start(job, pools, ready_ms);
    let first_ms = first_ms.ok_or_else(|| no_start(view, job, pools, ready_ms))?;
    let least = Least::staged(view, job, pools, chain.stage_in());
    let mut possible = Possible::new(view, job, pools, &least, first_ms);
    let next = std::iter::from_fn(|| possible.next(below));
    let found = next.take(AT_ONCE).min();
    let behind = possible.floor();
    let least = found.into_iter().chain(behind).min();
    Ok(least.unwrap_or((i64::MAX, i64::MAX)))
}

/// The starts in rising order: the first one, and the earliest in every later slot.
struct Possible<'s, 'a, S: Iterator<Item = i64>> {
    view: &'s View<'a>,
    job: &'s Job,
    pools: &'s [PoolId],
    least: &'s Least<'s, 'a>,
    first_ms: Option<i64>,
    slots: std::iter::Peekable<S>,
    /// There is no start in any slot that is left.
    over: bool,
}

impl<'s, 'a> Possible<'s, 'a, std::iter::Empty<i64>> {
    fn new(
        view: &'s View<'a>,
        job: &'s Job,
        pools: &'s [PoolId],
        least: &'s Least<'s, 'a>,
        first_ms: i64,
    ) -> Possible<'s, 'a, impl Iterator<Item = i64>> {
        Possible {
            view,
            job,
            pools,
            least,
            first_ms: Some(first_ms),
            slots: view.later_slots(job, first_ms).peekable(),
            over: false,
        }
    }
}

impl<S: Iterator<Item = i64>> Possible<'_, '_, S> {
    /// The next one behind what it costs at least; the last one when none that follows can be worth
    /// less than `below`.
    fn next(&mut self, below: Option<Worth>) -> Option<Worth> {
        let start_ms = match self.first_ms.take() {
            Some(first_ms) => first_ms,
            None => {
                let floor = self.floor()?;
                if below.is_some_and(|known| floor >= known) {
                    return None;
                }
                let start_ms = self.view.earliest_start(self.job, self.pools, floor.1);
                self.over = start_ms.is_none();
                start_ms?
            }
        };
        // What is full until then has the same start in each slot before.
        while self.slots.next_if(|slot_ms| *slot_ms <= start_ms).is_some() {}
        Some((self.least.at(start_ms), start_ms))
    }

    /// What any of those that follow costs at least.
    fn floor(&mut self) -> Option<Worth> {
        let slot_ms = *self.slots.peek().filter(|_| !self.over)?;
        Some((self.least.floor(slot_ms), slot_ms))
    }
}

fn try_at(
    view: &View<'_>,
    chain: &Chain<'_, '_>,
    start_ms: i64,
    below: Option<Worth>,
) -> Result<Option<Placement>, Reason> {
    let placement = chain.unchecked(start_ms)?;
    if below.is_some_and(|known| worth(view, &placement) >= known) {
        return Ok(None);
    }
    chain.check(&placement)?;
    Ok(Some(placement))
}
