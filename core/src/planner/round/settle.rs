//! From columns to placements: exact starts and windows, by the rule that `apply` will use.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Job, JobId, Placement, PoolId, SiteId, SiteVerdict, Verdict};
use crate::planner::chain::Chain;
use crate::planner::model::Column;
use crate::planner::plan::Plan;
use crate::planner::solve::{Quotes, RowPrices};
use crate::planner::view::View;
use crate::reason::Reason;

use super::build::Built;

/// A job with its place in the plan of the model.
struct Seat<'b> {
    start: usize,
    /// Place in the queue.
    position: usize,
    job: JobId,
    pools: &'b [PoolId],
    class: usize,
    choice: usize,
}

/// Jobs without a place after settling, each in queue order.
pub(super) struct Rest {
    /// They have a column, and do not fit there to the millisecond.
    pub(super) displaced: Vec<JobId>,
    /// They have none.
    pub(super) left_out: Vec<JobId>,
}

/// Places the jobs where the solution has them, earliest first; planned jobs that stay, and those
/// that are `pinned`, keep their places. Returns whoever does not fit there to the millisecond and
/// whoever is left out, each in queue order.
pub(super) fn settle(
    view: &mut View<'_>,
    built: &Built,
    queue: &[JobId],
    (taken, prices): (&[Vec<(Column, u32)>], &RowPrices),
    pinned: &BTreeSet<JobId>,
    plan: &mut Plan,
) -> Rest {
    let positions: BTreeMap<JobId, usize> = queue
        .iter()
        .enumerate()
        .map(|(at, job)| (*job, at))
        .collect();
    let (mut seats, mut left_out) = seats(built, &positions, taken);
    let mut displaced = Vec::new();
    let stays = |seat: &Seat<'_>| built.stay[seat.class] == Some(seat.choice);
    let staying = seats.iter().filter(|seat| stays(seat)).map(|seat| seat.job);
    for id in staying
        .chain(pinned.iter().copied())
        .collect::<BTreeSet<JobId>>()
    {
        if let Some(job) = view.state().job(id) {
            view.put_back(job);
        }
    }
    seats.retain(|seat| !stays(seat) && !pinned.contains(&seat.job));
    left_out.retain(|job| !pinned.contains(job));
    let quotes = Quotes::new(&built.model, prices);
    let mut known: BTreeMap<usize, Vec<Option<i64>>> = BTreeMap::new();
    for seat in seats {
        let Some(job) = view.state().job(seat.job).cloned() else {
            continue;
        };
        match at_seat(view, built, &job, &seat) {
            Ok(mut placement) => {
                let quotes = known
                    .entry(seat.class)
                    .or_insert_with(|| quotes.of(seat.class));
                placement.verdicts = verdicts(view, built, &seat, quotes);
                view.reserve(&job, &placement);
                plan.placements.push((seat.job, placement));
            }
            Err(_) => displaced.push(seat.job),
        }
    }
    displaced.sort_by_key(|job| positions.get(job));
    left_out.sort_by_key(|job| positions.get(job));
    Rest {
        displaced,
        left_out,
    }
}

/// The jobs with a column, by start and place in the queue, and those without.
fn seats<'b>(
    built: &'b Built,
    positions: &BTreeMap<JobId, usize>,
    taken: &[Vec<(Column, u32)>],
) -> (Vec<Seat<'b>>, Vec<JobId>) {
    let (mut seats, mut rest) = (Vec::new(), Vec::new());
    for (class, columns) in taken.iter().enumerate() {
        let mut jobs = built.jobs[class].iter();
        let mut by_start: Vec<_> = columns.iter().collect();
        by_start.sort_by_key(|(column, _)| (column.start, column.choice));
        for (column, count) in by_start {
            for job in jobs.by_ref().take(*count as usize) {
                seats.push(Seat {
                    start: column.start as usize,
                    position: positions.get(job).copied().unwrap_or(usize::MAX),
                    job: *job,
                    pools: &built.pools[class][column.choice as usize],
                    class,
                    choice: column.choice as usize,
                });
            }
        }
        rest.extend(jobs.copied());
    }
    seats.sort_by_key(|seat| (seat.start, seat.position));
    (seats, rest)
}

/// The chain in the seat's pools, from the start of its slot on and not far behind it.
fn at_seat(
    view: &View<'_>,
    built: &Built,
    job: &Job,
    seat: &Seat<'_>,
) -> Result<Placement, Reason> {
    // In the model the data is there when the slot begins; to the millisecond it may be late.
    let slot_ms = built.grid.start_ms(seat.start);
    let chain = Chain::stage_by(view, job, seat.pools, slot_ms.min(view.latest_start(job)));
    let chain = chain.or_else(|_| Chain::stage(view, job, seat.pools))?;
    let from_ms = chain.ready_ms().max(slot_ms);
    let start_ms = view.earliest_start(job, seat.pools, from_ms);
    let start_ms = start_ms.ok_or(Reason::PoolBusy)?;
    let next = (seat.start + 1).min(built.grid.slots() - 1);
    if start_ms > chain.ready_ms().max(built.grid.end_ms(next)) {
        return Err(Reason::PoolBusy);
    }
    chain.at(start_ms)
}

/// What every other site would have cost more at the round's prices.
fn verdicts(
    view: &View<'_>,
    built: &Built,
    seat: &Seat<'_>,
    quotes: &[Option<i64>],
) -> Vec<SiteVerdict> {
    let state = view.state();
    let pools = &built.pools[seat.class];
    let home = state.pools()[seat.pools[0].index()].site;
    let chosen = quotes[seat.choice];
    let mut verdicts: Vec<SiteVerdict> = built.ruled_out[seat.class]
        .iter()
        .map(|(site, reason)| SiteVerdict {
            site: *site,
            verdict: Verdict::RuledOut(*reason),
        })
        .collect();
    let mut best: BTreeMap<SiteId, i64> = BTreeMap::new();
    for (set, quote) in pools.iter().zip(quotes) {
        let site = state.pools()[set[0].index()].site;
        if let Some(quote) = quote.filter(|_| site != home) {
            let known = best.entry(site).or_insert(quote);
            *known = quote.min(*known);
        }
    }
    verdicts.extend(best.into_iter().map(|(site, quote)| {
        let extra_micro_cny = quote - chosen.unwrap_or(quote);
        let verdict = match extra_micro_cny < 0 {
            // It would have been cheaper, had there been room for one more.
            true => Verdict::RuledOut(Reason::PoolBusy),
            false => Verdict::Dearer { extra_micro_cny },
        };
        SiteVerdict { site, verdict }
    }));
    verdicts.sort_by_key(|verdict| match verdict.verdict {
        Verdict::Dearer { extra_micro_cny } => (false, extra_micro_cny, verdict.site),
        Verdict::RuledOut(_) => (true, 0, verdict.site),
    });
    verdicts
}
