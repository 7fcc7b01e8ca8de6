//! Plans: of the present state, of earlier ones, of both policies, and spoilt ones.

use ewc_core::State;
use ewc_core::command::Command;
use ewc_core::model::{
    JobId, Layer, LinkId, Placement, PolicyKind, PoolId, SiteId, Transfer, TransferKind,
};
use ewc_core::planner::{self, Plan, PlannedMove, Round, Scope};
use ewc_core::topology::RouteFilter;

use crate::build::{HOUR, MINUTE};
use crate::random::Random;

/// Earlier states of the log.
pub type Old = Vec<State>;

pub fn round(random: &mut Random, state: &State) -> Round {
    let queues = state.queues().values();
    let queue: Vec<JobId> = queues.flat_map(|jobs| jobs.iter().copied()).collect();
    Round {
        // The only one that moves what runs.
        policy: match state.with_checkpoint().is_empty() || random.chance(40) {
            true => random.pick(&PolicyKind::ALL),
            false => PolicyKind::Price,
        },
        scope: match queue.is_empty() || random.chance(90) {
            true => Scope::All,
            false if random.chance(50) => Scope::NewerThan(random.pick(&queue)),
            false => Scope::Only(vec![random.pick(&queue), JobId(1), random.pick(&queue)]),
        },
        jobs_max: random.pick(&[1, 3, 100]),
        seed: 0,
    }
}

/// A plan to commit, and whether it was made on `state` itself.
pub fn commit(random: &mut Random, state: &State, old: &Old) -> (Command, bool) {
    let fresh = random.chance(55);
    let base = match fresh || old.is_empty() {
        true => state,
        false => &old[random.below(old.len())],
    };
    let round = round(random, base);
    let stop = match random.chance(20) {
        true => random.below(3) as u32,
        false => u32::MAX,
    };
    let mut plan = planner::plan(base, &round, |done| done < stop);
    if fresh && !random.chance(30) {
        return (Command::CommitPlan(plan), true);
    }
    if !fresh && random.chance(40) {
        let stop = random.pick(&[0, 1, u32::MAX, u32::MAX]);
        let repaired = planner::repair(state, plan, |done| done < stop);
        return (Command::CommitPlan(repaired), false);
    }
    if random.chance(60) {
        for _ in 0..random.range(1, 3) {
            spoil(random, state, &mut plan);
        }
    }
    (Command::CommitPlan(plan), false)
}

/// The plan by prices of the present state: the only one that moves what runs.
pub fn of_prices(state: &State) -> Command {
    let round = Round {
        policy: PolicyKind::Price,
        scope: Scope::All,
        jobs_max: 100,
        seed: 0,
    };
    Command::CommitPlan(planner::plan(state, &round, |_| true))
}

fn spoil(random: &mut Random, state: &State, plan: &mut Plan) {
    if random.chance(10) {
        plan.unplaced.push((JobId(999), ewc_core::Reason::NoRoute));
    }
    if random.chance(15) && !plan.placements.is_empty() {
        let by = plan.placements[random.below(plan.placements.len())].0;
        let ids: Vec<JobId> = state.jobs().keys().copied().chain([JobId(999)]).collect();
        let victims = (0..random.range(1, 3)).map(|_| random.pick(&ids)).collect();
        plan.preempted.push((by, victims));
    }
    if random.chance(15) {
        plan.preempted.clear();
    }
    if random.chance(50) {
        spoil_moves(random, state, plan);
    }
    let Some(last) = plan.placements.len().checked_sub(1) else {
        return;
    };
    if random.chance(20) {
        let twice = plan.placements[last].clone();
        plan.placements.push(twice);
    }
    let ids: Vec<JobId> = state.jobs().keys().copied().collect();
    let (id, placement) = &mut plan.placements[random.below(last + 1)];
    if random.chance(15) && !ids.is_empty() {
        *id = random.pick(&ids);
    }
    spoil_placement(random, state, placement);
}

fn spoil_moves(random: &mut Random, state: &State, plan: &mut Plan) {
    let ids: Vec<JobId> = state.jobs().keys().copied().chain([JobId(999)]).collect();
    let mut placements = plan.placements.iter().map(|(_, placement)| placement);
    if let (true, Some(to)) = (random.chance(20), placements.next()) {
        // A job that was not asked goes where another was to go.
        plan.moves.push(PlannedMove {
            job: random.pick(&ids),
            stop_ms: state.now_ms(),
            to: to.clone(),
            stay_micro_cny: 0,
            gain_micro_cny: 0,
        });
    }
    let Some(last) = plan.moves.len().checked_sub(1) else {
        return;
    };
    if random.chance(20) {
        plan.moves.push(plan.moves[last].clone());
    }
    let planned = &mut plan.moves[random.below(last + 1)];
    match random.below(5) {
        0 => planned.job = random.pick(&ids),
        1 => planned.stop_ms = strange_time(random, planned.stop_ms),
        2 => planned.gain_micro_cny = i64::MIN,
        _ => spoil_placement(random, state, &mut planned.to),
    }
}

/// Breaks one chain in one way.
pub fn spoil_placement(random: &mut Random, state: &State, placement: &mut Placement) {
    match random.below(3) {
        0 => spoil_groups(random, placement),
        1 if random.chance(20) => serve_from_elsewhere(random, state, placement),
        1 => spoil_transfers(random, placement),
        _ => shift(random, placement),
    }
}

fn strange_time(random: &mut Random, now_ms: i64) -> i64 {
    let near_ms = now_ms.saturating_add(random.range(-2 * HOUR, 2 * HOUR));
    random.pick(&[near_ms, near_ms, near_ms, 0, i64::MIN, i64::MAX, -1])
}

fn spoil_groups(random: &mut Random, placement: &mut Placement) {
    let at = random.below(placement.groups.len().max(1));
    match (random.below(8), placement.groups.get_mut(at)) {
        (_, None) => {}
        (0, _) => drop(placement.groups.pop()),
        (1, Some(slot)) => slot.pool = PoolId(random.below(8) as u32),
        (2, Some(slot)) => slot.total.cpu_millis = random.pick(&[0, i64::MAX, i64::MIN]),
        (3, Some(slot)) => slot.end_ms = strange_time(random, slot.end_ms),
        (4, Some(slot)) => slot.start_ms = strange_time(random, slot.start_ms),
        (5, Some(slot)) => slot.group = 7,
        (6, Some(slot)) => slot.count = random.pick(&[0, 1, u32::MAX]),
        (_, Some(slot)) => {
            (slot.start_ms, slot.end_ms) = (i64::MIN, i64::MAX);
        }
    }
}

fn spoil_transfers(random: &mut Random, placement: &mut Placement) {
    if placement.transfers.is_empty() {
        return;
    }
    let at = random.below(placement.transfers.len());
    let more = placement.transfers[at].clone();
    let transfer = &mut placement.transfers[at];
    match random.below(17) {
        // The last one may be a refresh, or a replica.
        15 | 16 => drop(placement.transfers.pop()),
        0 => drop(placement.transfers.remove(at)),
        1 => transfer.rate_bps = random.pick(&[0, 1, -1, i64::MAX, 2_000_000_000]),
        2 => transfer.size_bytes = random.pick(&[0, 1, i64::MAX, -1]),
        3 => transfer.links.clear(),
        4 => transfer.links.push(LinkId(random.below(8) as u32)),
        5 => transfer.links.reverse(),
        6 => transfer.from = SiteId(random.below(6) as u32),
        7 => transfer.to = SiteId(random.below(6) as u32),
        8 => transfer.what = random.pick(&["d0", "o0", "r0", "nothing"]).to_owned(),
        9 => transfer.start_ms = strange_time(random, transfer.start_ms),
        10 => transfer.end_ms = strange_time(random, transfer.end_ms),
        11 => {
            let kinds = [
                TransferKind::StageIn,
                TransferKind::StageOut,
                TransferKind::Steady,
                TransferKind::Refresh,
                TransferKind::ToDepot,
            ];
            transfer.kind = random.pick(&kinds);
        }
        12 | 13 => {
            // Nothing much, and nothing that anybody asked for.
            let what = random.pick(&["d1", "o1", "nothing"]).to_owned();
            placement.transfers.push(Transfer {
                what,
                rate_bps: 0,
                size_bytes: 0,
                ..more
            });
        }
        _ => {
            transfer.rate_bps = random.pick(&[transfer.rate_bps, i64::MAX]);
            transfer.size_bytes = random.pick(&[transfer.size_bytes, i64::MAX]);
            placement.transfers.push(more);
        }
    }
}

/// Lets another site of the run serve a region, over a real route.
fn serve_from_elsewhere(random: &mut Random, state: &State, placement: &mut Placement) {
    let pools: Vec<PoolId> = placement.groups.iter().map(|slot| slot.pool).collect();
    let mut steady = placement.transfers.iter_mut();
    let Some(transfer) = steady.find(|transfer| transfer.kind == TransferKind::Steady) else {
        return;
    };
    let pool = state.pool(random.pick(&pools));
    let site = pool.and_then(|pool| Some((pool.site, state.site(pool.site)?.node)));
    let region = state.region_named(&transfer.what);
    let (Some((site, from)), Some(region)) = (site, region) else {
        return;
    };
    let filter = RouteFilter {
        layer: Layer::PrivateIp,
        carriers: &[],
        encrypted: false,
    };
    let to = state.regions()[region.index()].node;
    if let Some(route) = state.topology().routes(from, to, filter, 1).pop() {
        (transfer.from, transfer.to, transfer.links) = (site, site, route.links);
    }
}

/// Moves the whole chain: a plan that is late, or early.
fn shift(random: &mut Random, placement: &mut Placement) {
    let by_ms = random.range(-3 * 60, 3 * 60) * MINUTE;
    let moved = |at_ms: i64| at_ms.saturating_add(by_ms);
    for slot in &mut placement.groups {
        (slot.start_ms, slot.end_ms) = (moved(slot.start_ms), moved(slot.end_ms));
    }
    for transfer in &mut placement.transfers {
        (transfer.start_ms, transfer.end_ms) = (moved(transfer.start_ms), moved(transfer.end_ms));
    }
}
