//! What each choice of a class costs at given prices: the answer to "why not elsewhere".

use crate::planner::model::Model;

use super::bound::RowPrices;
use super::field::Field;
use super::pricing::{Run, Scratch, best_start};

/// A model at given prices.
pub struct Quotes<'m> {
    field: Field<'m>,
}

impl<'m> Quotes<'m> {
    /// Prices a model.
    pub fn new(model: &'m Model, prices: &RowPrices) -> Quotes<'m> {
        let mut field = Field::new(model);
        field.set(&prices.floats(model));
        Quotes { field }
    }

    /// For each choice of a class what its cheapest column costs, what it holds included, rounded
    /// down; `None` where there is no column.
    pub fn of(&self, class: usize) -> Vec<Option<i64>> {
        let class = &self.field.model.classes[class];
        let mut scratch = Scratch::default();
        let quote = |choice| {
            let run = Run::of(class, choice);
            let best = best_start(&self.field, class, &run, f64::INFINITY, &mut scratch);
            best.map(|(_, price)| price as i64)
        };
        (0..class.choices.len() as u32).map(quote).collect()
    }
}
