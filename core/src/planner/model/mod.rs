//! The model M of a round: what the planner optimises, and what its certificate speaks of.
//!
//! Time is cut into slots. A *row* is anything whose capacity is shared in each slot: one kind of
//! a pool's capacity, a link, or the power of a site. Jobs that are alike form a *class*. Each job
//! of a class takes one *column*, or stays out: a choice of pools, a start slot, and for every body
//! of data that has to move a way and a window. Rows, classes and columns are all there is; sites,
//! energy and rules have become numbers before a model is built.
//!
//! `docs/planner.md` writes M down as an integer program and derives the bound.

mod check;
mod column;
mod digest;
mod imbalance;

pub use check::ModelError;
pub use column::{Carriage, Column};
pub use imbalance::{Imbalance, RowSteps, Step};

/// The model M of a round. Everything is a whole number: amounts in the row's own unit, costs in
/// micro-yuan or in whatever unit an instance chose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    /// Number of slots of the horizon.
    pub slots: usize,
    /// `capacity[row][slot]`, not negative.
    pub capacity: Vec<Vec<i64>>,
    /// How long something lasts, by the slot in which it begins.
    pub spans: Vec<Span>,
    /// `curves[curve][start]`: cost of one unit of weight that starts there.
    pub curves: Vec<Vec<i64>>,
    /// `age[start]`: what a class's `delay` is multiplied with; never falls.
    pub age: Vec<i64>,
    /// Rows of the links of each route.
    pub routes: Vec<Vec<u32>>,
    /// The jobs, alike ones together.
    pub classes: Vec<Class>,
    /// What the use of rows costs beside the columns.
    pub imbalance: Imbalance,
}

/// How long something lasts, by the slot in which it begins. It holds its rows whole in
/// `start .. whole[start]`, and in the slot `whole[start]` for `tail_permille[start]` of the slot.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First slot that it does not hold to its end; may lie behind the horizon.
    pub whole: Vec<u32>,
    /// Share of that slot that it holds, below 1000.
    pub tail_permille: Vec<u16>,
}

impl Span {
    /// A span of whole slots.
    pub fn of_slots(length: usize, slots: usize) -> Span {
        let ends = (0..slots).map(|start| (start + length) as u32);
        Span {
            whole: ends.collect(),
            tail_permille: vec![0; slots],
        }
    }

    /// First slot after what begins in `start`.
    pub fn end(&self, start: usize) -> usize {
        self.whole[start] as usize + usize::from(self.tail_permille[start] > 0)
    }

    /// What `amount` takes of the slot `whole[start]`, rounded up.
    pub fn tail(&self, start: usize, amount: i64) -> i64 {
        // No amount is above 2^50 (`check.rs`), so that this is far below 2^63.
        let share = amount * i64::from(self.tail_permille[start]);
        (share + 999) / 1000
    }
}

/// Jobs that are alike.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Class {
    /// How many, at least 1.
    pub count: u32,
    /// Cost of leaving one of them out.
    pub unplaced: i64,
    /// Cost of one unit of age at the start.
    pub delay: i64,
    /// Where they may go.
    pub choices: Vec<Choice>,
}

/// One choice of pools, with every start and every way of the data. A column of it costs
/// `fixed + weight × curve[start] + delay × age[start]` and its carriages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// The maker's own number for it.
    pub tag: u32,
    /// First start.
    pub first: u32,
    /// Last start.
    pub last: u32,
    /// Cost whatever the start.
    pub fixed: i64,
    /// What the curve is multiplied with, not negative.
    pub weight: i64,
    /// Cost by the start.
    pub curve: u32,
    /// Span of the run: outbound data leaves when it is over.
    pub span: u32,
    /// What the run holds.
    pub uses: Box<[Use]>,
    /// Data that must be there before the run.
    pub inbound: Box<[Leg]>,
    /// Data that leaves after it.
    pub outbound: Box<[Leg]>,
    /// What flows as long as it runs: its ways have the span of the run, and begin with it.
    pub steady: Box<[Leg]>,
}

/// What a run holds of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// The row.
    pub row: u32,
    /// For how long.
    pub span: u32,
    /// How much.
    pub amount: i64,
}

/// A body of data that has to move, in one of several ways.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leg {
    /// First slot in which it may begin.
    pub first: u32,
    /// It has ended before this slot begins.
    pub until: u32,
    /// Sources, routes and rates; one is taken.
    pub ways: Box<[Way]>,
}

/// One source, route and rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// Over which links.
    pub route: u32,
    /// How long it takes.
    pub span: u32,
    /// What it holds of every link.
    pub rate: i64,
    /// What the transport costs.
    pub cost: i64,
}
