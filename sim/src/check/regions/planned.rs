//! The same inputs as a model of the network's planner: one slot, a row for each region's capacity,
//! a class for each portion of a region's work, a choice for each region that it may go to.
//!
//! Portions that may go the same ways are alike, so that prices tie where they are right, and a
//! search from one start can end on a plateau. The planner therefore starts several times, with
//! several seeds and costs of leaving work out; each plan and each bound holds by itself, and the
//! best of each is taken.

use ewc_core::planner::model::{Choice, Class, Model, Span, Use};
use ewc_core::planner::{Effort, RowPrices, Start, solve};

use super::super::result::Planned;
use super::CAPACITY;
use super::network::Regions;

/// A gram per kWh in the model's whole numbers.
const SCALE: f64 = 1e6;
/// Units of work that go the same way, where a region's work can be cut like that.
const PORTIONS: [u32; 2] = [5, 25];
/// What leaving a unit out costs, in tenths of the dearest region.
const UNPLACED_TENTHS: [i64; 4] = [12, 20, 50, 100];
/// Starts of the search for each of these.
const SEEDS: u64 = 4;
/// Moves of each search at most; it ends earlier at a plan as good as its bound.
const MOVES: u64 = 10_000;

/// Plans all work at once. Row, column, rule and best of the result are left open.
pub(super) fn plan(regions: &Regions, limit_ms: u32, base: u32) -> Planned {
    let (mut planner, mut bound) = (i128::MAX, i128::MIN);
    let starts = PORTIONS
        .iter()
        .flat_map(|portion| UNPLACED_TENTHS.map(|out| (*portion, out)));
    for (portion, tenths) in starts {
        let model = model(regions, limit_ms, base, portion, tenths);
        let mut prices: Option<RowPrices> = None;
        for seed in 0..SEEDS {
            let effort = Effort {
                seed,
                moves: MOVES,
                ..Effort::default()
            };
            let start = prices.as_ref().map(Start::prices).unwrap_or_default();
            let solution = solve(&model, &start, &effort, |_| true);
            planner = planner.min(solution.objective);
            bound = bound.max(solution.bound);
            prices = Some(solution.prices);
        }
    }
    let units = f64::from(base) * regions.count() as f64;
    let mean = |cost: i128| cost as f64 / SCALE / units;
    Planned {
        row: String::new(),
        column: String::new(),
        rule: f64::NAN,
        best: f64::NAN,
        planner: mean(planner),
        bound: mean(bound),
        resolution: 1.0 / SCALE,
    }
}

fn model(regions: &Regions, limit_ms: u32, base: u32, portion: u32, unplaced_tenths: i64) -> Model {
    let cost = |region: usize| (regions.intensity[region] * SCALE).round() as i64;
    let dearest = (0..regions.count()).map(cost).max().unwrap_or(0);
    let portion = if base.is_multiple_of(portion) {
        portion
    } else {
        base
    };
    let choice = |region: usize| Choice {
        tag: region as u32,
        fixed: cost(region),
        uses: Box::new([Use {
            row: region as u32,
            span: 0,
            amount: 1,
        }]),
        ..Choice::default()
    };
    let class = |origin: usize| {
        let there = regions.destinations(origin, limit_ms);
        Class {
            count: portion,
            unplaced: dearest / 10 * unplaced_tenths,
            delay: 0,
            choices: there.map(choice).collect(),
        }
    };
    let portions = (base / portion) as usize;
    let classes =
        (0..regions.count()).flat_map(|origin| std::iter::repeat_n(class(origin), portions));
    Model {
        slots: 1,
        capacity: vec![vec![i64::from(CAPACITY)]; regions.count()],
        spans: vec![Span::of_slots(1, 1)],
        curves: vec![vec![0]],
        age: vec![0],
        routes: Vec::new(),
        classes: classes.collect(),
        ..Model::default()
    }
}
