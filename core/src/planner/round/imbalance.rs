//! The imbalance of a round's model: what each pool's use costs in each slot, beside what is
//! reserved there already.

use std::collections::BTreeMap;

use crate::model::PoolId;
use crate::planner::imbalance::Marks;
use crate::planner::model::{Choice, Imbalance, Model, RowSteps, Step, Use};
use crate::planner::plan::Capacity;
use crate::planner::rents::parts;
use crate::planner::solve::RowPrices;
use crate::planner::view::View;

use super::build::Built;
use super::grid::Grid;
use super::rows;

/// Prices of the model are on this grid: a core costs very little for a short slot.
const SHIFT: u32 = 16;
/// No unit costs more for a slot.
const PRICE_MAX: i128 = 1 << 50;
/// Grid of the prices that a round starts from, and the highest part of them.
const START_SHIFT: u32 = 32;
const START_MAX: i128 = 1 << 48;

/// Puts the policy's price into the model. What is reserved stays as it is, whatever it costs: in
/// the model, marks are measured from there.
pub(super) fn add(view: &View<'_>, built: &mut Built) {
    let state = view.state();
    let mut imbalance = Imbalance {
        shift: SHIFT,
        rows: Vec::new(),
    };
    let early = match state.policy().imbalance_micro_cny_per_node_hour {
        0 => BTreeMap::new(),
        _ => counted_early(view, built),
    };
    for (number, pool) in (0..).zip(state.pools().iter()) {
        if let Some(marks) = Marks::of(state.policy(), pool) {
            let usable = parts(pool.usable)[marks.kind as usize];
            let mut row = of_pool(view, &built.grid, (PoolId(number), usable), &marks);
            for (slot, more) in early.get(&row.row).into_iter().flatten() {
                let steps = row.steps.iter_mut();
                steps.for_each(|step| step.above[*slot] += more);
            }
            imbalance.rows.push(row);
        }
    }
    if !imbalance.rows.is_empty() {
        built.dearest = Dearest::of(&imbalance, built.model.slots);
        built.model.imbalance = imbalance;
    }
}

/// What the columns that leave planned jobs where they are hold before these start, by row: so much
/// in which slot. Such a column counts from the start of its slot; what it counts too much there
/// says nothing about balance.
fn counted_early(view: &View<'_>, built: &Built) -> BTreeMap<u32, Vec<(usize, i64)>> {
    let mut early: BTreeMap<u32, Vec<(usize, i64)>> = BTreeMap::new();
    let planned = built.jobs.iter().zip(&built.stay);
    for (jobs, _) in planned.filter(|(_, stay)| stay.is_some()) {
        let first = jobs.first().and_then(|id| view.state().job(*id));
        let Some(held) = first.and_then(|job| job.placement.as_deref()) else {
            continue;
        };
        let slot = built.grid.slot_of(held.start_ms());
        let (from_ms, until_ms) = (built.grid.start_ms(slot), built.grid.end_ms(slot));
        let before_ms = i128::from((held.start_ms() - from_ms).clamp(0, until_ms - from_ms));
        for group in &held.groups {
            for (amount, kind) in parts(group.total).into_iter().zip(Capacity::ALL) {
                let all = i128::from(amount) * jobs.len() as i128;
                let more = all * before_ms / i128::from(until_ms - from_ms);
                let row = early.entry(rows::pool_row(group.pool, kind)).or_default();
                row.push((slot, more.min(1 << 40) as i64));
            }
        }
    }
    early
}

fn of_pool(view: &View<'_>, grid: &Grid, (pool, usable): (PoolId, i64), marks: &Marks) -> RowSteps {
    let left = rows::left_of_pool(view, grid, pool, marks.kind);
    let more: Vec<[i128; 3]> = (0..grid.slots())
        .map(|slot| marks.more(grid.end_ms(slot) - grid.start_ms(slot), 1 << SHIFT))
        .collect();
    let step = |number: usize| {
        // Between what is reserved and the mark.
        let above = |left: &i128| {
            let above = i128::from(marks.above[number]) - (i128::from(usable) - left);
            above.clamp(0, 1 << 50) as i64
        };
        Step {
            above: left.iter().map(above).collect(),
            price: more
                .iter()
                .map(|more| more[number].min(PRICE_MAX) as i64)
                .collect(),
        }
    };
    RowSteps {
        row: rows::pool_row(pool, marks.kind),
        steps: (0..marks.above.len()).map(step).collect(),
    }
}

/// For each row with a price, what a unit costs at most in the slots before each.
#[derive(Default)]
pub(super) struct Dearest {
    shift: u32,
    sums: Vec<(u32, Vec<i128>)>,
}

impl Dearest {
    fn of(imbalance: &Imbalance, slots: usize) -> Dearest {
        let sums = |row: &RowSteps| {
            let mut sums = vec![0; slots + 1];
            for slot in 0..slots {
                sums[slot + 1] = sums[slot] + row.last(slot, i64::MAX);
            }
            (row.row, sums)
        };
        Dearest {
            shift: imbalance.shift,
            sums: imbalance.rows.iter().map(sums).collect(),
        }
    }

    /// What one run of a choice adds to the imbalance at most, whenever it starts.
    pub(super) fn of_run(&self, model: &Model, choice: &Choice) -> i64 {
        if self.sums.is_empty() {
            return 0;
        }
        let from = |start: usize| {
            let of = |used: &Use| {
                let at = self.sums.binary_search_by_key(&used.row, |(row, _)| *row);
                let Ok(at) = at else { return 0 };
                let sums = &self.sums[at].1;
                let end = model.spans[used.span as usize].end(start);
                let each = sums[end.min(model.slots)] - sums[start];
                each.saturating_mul(i128::from(used.amount))
            };
            choice.uses.iter().map(of).fold(0, i128::saturating_add)
        };
        let starts = choice.first as usize..=choice.last as usize;
        let most = starts.map(from).max().unwrap_or(0) >> self.shift;
        i64::try_from(most).unwrap_or(i64::MAX)
    }
}

/// The prices that a round begins with, from those of an earlier one, which are of what is scarce:
/// beside them stands what another unit costs beside the work that is planned already.
pub(super) fn start(built: &Built, known: Option<RowPrices>) -> Option<RowPrices> {
    let model = &built.model;
    if model.imbalance.rows.is_empty() {
        return known;
    }
    let planned = built.held_by_stays();
    if known.is_none() && planned.is_empty() {
        return None;
    }
    let mut start = known.unwrap_or_else(|| RowPrices {
        shift: START_SHIFT,
        of: vec![vec![0; model.slots]; model.capacity.len()],
    });
    for steps in &model.imbalance.rows {
        let row = steps.row as usize;
        for (slot, price) in start.of[row].iter_mut().enumerate() {
            let used = match *price {
                0 => planned.get(&(steps.row, slot)).copied().unwrap_or(0),
                _ => model.capacity[row][slot],
            };
            let each = steps.last(slot, used) << start.shift >> model.imbalance.shift;
            *price = price.saturating_add(each.min(START_MAX) as i64);
        }
    }
    Some(start)
}
