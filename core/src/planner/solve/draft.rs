//! A plan under construction: what every class has taken, what that costs, what it leaves free.

use crate::planner::model::{Class, Column, Model};

use super::room::Room;

/// Columns of every class, with their room and cost kept along.
#[derive(Clone)]
pub(super) struct Draft<'m> {
    pub(super) model: &'m Model,
    pub(super) room: Room<'m>,
    /// For each class its columns and how many jobs take each.
    pub(super) taken: Vec<Vec<(Column, u32)>>,
    /// For each class the jobs left out.
    pub(super) out: Vec<u32>,
    /// Of all, imbalance included.
    pub(super) cost: i128,
    /// The same without imbalance.
    apart: i128,
}

impl<'m> Draft<'m> {
    /// Nothing is placed.
    pub(super) fn new(model: &'m Model) -> Draft<'m> {
        let out: Vec<u32> = model.classes.iter().map(|class| class.count).collect();
        let penalty = |class: &Class| i128::from(class.count) * i128::from(class.unplaced);
        let cost = model.classes.iter().map(penalty).sum();
        Draft {
            model,
            room: Room::new(model),
            taken: vec![Vec::new(); model.classes.len()],
            out,
            cost,
            apart: cost,
        }
    }

    /// Gives `count` jobs of a class a column, as far as it fits; says how many.
    pub(super) fn place(&mut self, at: usize, column: Column, count: u32) -> u32 {
        let class = &self.model.classes[at];
        let placed = self.room.take_most(class, &column, count.min(self.out[at]));
        if placed == 0 {
            return 0;
        }
        let each = class.cost(self.model, &column) - class.unplaced;
        self.apart += i128::from(each) * i128::from(placed);
        self.cost = self.apart + self.room.imbalance();
        self.out[at] -= placed;
        match self.taken[at]
            .iter_mut()
            .find(|(known, _)| *known == column)
        {
            Some((_, jobs)) => *jobs += placed,
            None => self.taken[at].push((column, placed)),
        }
        placed
    }

    /// What the placed jobs cost, without the penalty of the others.
    pub(super) fn cost_of_placed(&self) -> i128 {
        let classes = self.out.iter().zip(&self.model.classes);
        let penalty = classes.map(|(out, class)| i128::from(*out) * i128::from(class.unplaced));
        self.cost - penalty.sum::<i128>()
    }

    /// Takes everything of a class out and returns it.
    pub(super) fn clear(&mut self, at: usize) -> Vec<(Column, u32)> {
        let class = &self.model.classes[at];
        let taken = std::mem::take(&mut self.taken[at]);
        for (column, count) in &taken {
            self.room.give(class, column, *count);
            let each = class.cost(self.model, column) - class.unplaced;
            self.apart -= i128::from(each) * i128::from(*count);
            self.out[at] += count;
        }
        self.cost = self.apart + self.room.imbalance();
        taken
    }

    /// Puts back what [`Draft::clear`] took out.
    pub(super) fn restore(&mut self, at: usize, taken: Vec<(Column, u32)>) {
        for (column, count) in taken {
            self.place(at, column, count);
        }
    }

    /// The columns of every class in a fixed order, and what the plan costs.
    pub(super) fn into_plan(mut self) -> (Vec<Vec<(Column, u32)>>, i128) {
        self.taken.iter_mut().for_each(|columns| columns.sort());
        (self.taken, self.cost)
    }
}
