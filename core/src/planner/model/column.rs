//! A column: one decision for one job, what it costs and what it holds.

use super::{Choice, Class, Leg, Model, Way};

/// One decision for one job of a class.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    /// Position among the class's choices.
    pub choice: u32,
    /// Slot in which the run starts.
    pub start: u32,
    /// One for each inbound leg, then one for each outbound leg, then for each steady one, which
    /// begins with the run.
    pub carriages: Box<[Carriage]>,
}

/// How one body of data moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Carriage {
    /// Position among the leg's ways.
    pub way: u32,
    /// Slot in which it begins.
    pub start: u32,
}

impl Column {
    /// True when a class of a model has this column: its places exist, and its data is there when
    /// the run starts, leaves when it is over, and flows beside it.
    pub fn is_of(&self, model: &Model, class: &Class) -> bool {
        let Some(choice) = class.choices.get(self.choice as usize) else {
            return false;
        };
        let starts = choice.first..=choice.last;
        if !starts.contains(&self.start) || choice.legs().count() != self.carriages.len() {
            return false;
        }
        let end = model.spans[choice.span as usize].end(self.start as usize);
        let inbound = choice.inbound.len();
        let outbound = inbound + choice.outbound.len();
        let mut legs = choice.legs().zip(&self.carriages).enumerate();
        legs.all(|(at, (leg, carriage))| {
            let Some(way) = leg.ways.get(carriage.way as usize) else {
                return false;
            };
            let span = &model.spans[way.span as usize];
            let from = carriage.start as usize;
            if at >= outbound {
                return carriage.start == self.start;
            }
            let known = (leg.first as usize..model.slots).contains(&from);
            known
                && span.end(from) <= leg.until as usize
                && match at < inbound {
                    true => span.whole[from] as usize <= self.start as usize,
                    false => from >= end,
                }
        })
    }
}

impl Class {
    /// What a column of this class costs.
    pub fn cost(&self, model: &Model, column: &Column) -> i64 {
        let choice = &self.choices[column.choice as usize];
        let carriages = choice.carried(column).map(|(_, way, _)| way.cost);
        self.run_cost(model, choice, column.start as usize) + carriages.sum::<i64>()
    }

    /// What a run that starts in `start` costs, without its data.
    pub fn run_cost(&self, model: &Model, choice: &Choice, start: usize) -> i64 {
        let curve = model.curves[choice.curve as usize][start];
        choice.fixed + choice.weight * curve + self.delay * model.age[start]
    }
}

impl Choice {
    /// Every leg: inbound ones, then outbound, then steady ones.
    pub fn legs(&self) -> impl Iterator<Item = &Leg> {
        let moving = self.inbound.iter().chain(&self.outbound);
        moving.chain(&self.steady)
    }

    /// Every leg with the way and the first slot that a column takes for it.
    pub fn carried<'m>(
        &'m self,
        column: &'m Column,
    ) -> impl Iterator<Item = (&'m Leg, &'m Way, usize)> {
        let legs = self.legs().zip(&column.carriages);
        legs.map(|(leg, taken)| (leg, &leg.ways[taken.way as usize], taken.start as usize))
    }
}

impl Model {
    /// Tells `hold` of every row, slot and amount that a column takes. A row and slot may come
    /// more than once.
    pub fn each_hold(&self, class: &Class, column: &Column, mut hold: impl FnMut(u32, usize, i64)) {
        let choice = &class.choices[column.choice as usize];
        for used in &choice.uses {
            self.hold(
                used.row,
                used.span,
                column.start as usize,
                used.amount,
                &mut hold,
            );
        }
        for (_, way, start) in choice.carried(column) {
            for &row in &self.routes[way.route as usize] {
                self.hold(row, way.span, start, way.rate, &mut hold);
            }
        }
    }

    /// Tells `hold` of what one row loses to something that begins in `start`.
    pub fn hold(
        &self,
        row: u32,
        span: u32,
        start: usize,
        amount: i64,
        hold: &mut impl FnMut(u32, usize, i64),
    ) {
        let span = &self.spans[span as usize];
        let whole = span.whole[start] as usize;
        for slot in start..whole.min(self.slots) {
            hold(row, slot, amount);
        }
        if span.tail_permille[start] > 0 && whole < self.slots {
            hold(row, whole, span.tail(start, amount));
        }
    }
}
