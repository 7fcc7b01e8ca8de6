//! Decisions at arrival: one job at a time, under the prices of the last round.

use crate::planner::model::{Class, Column, Model};

use super::bound::RowPrices;
use super::field::Field;
use super::minima::Minima;
use super::pricing::{Floor, Floors};
use super::room::{Guide, Room, Scratch};

/// A model's rows, prices and what is still free, for jobs that arrive one after the other.
pub struct Arrivals<'m> {
    field: Field<'m>,
    room: Room<'m>,
    /// Of each curve of the model.
    least: Vec<Minima>,
    floors: Vec<Floor>,
    scratch: Scratch,
}

impl<'m> Arrivals<'m> {
    /// Nothing is taken yet; the prices hold until the next round.
    pub fn new(model: &'m Model, prices: &RowPrices) -> Arrivals<'m> {
        let mut field = Field::new(model);
        field.set(&prices.floats(model));
        Arrivals {
            field,
            room: Room::new(model),
            least: model
                .curves
                .iter()
                .map(|curve| Minima::new(curve))
                .collect(),
            floors: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// Gives one job of a class the column that fits and is cheapest at the prices, over all
    /// choices, starts, ways and windows; `None` when there is none below the cost of leaving it
    /// out. The class speaks of the model's rows, spans, curves and routes, and need not be one
    /// of the model's.
    pub fn decide(&mut self, class: &Class) -> Option<Column> {
        let floors = &mut self.floors;
        Floors::of_one(&self.field, class, &self.least, floors);
        let guide = Guide {
            field: &self.field,
            share: 1.0,
        };
        let limit = class.unplaced as f64;
        let found = self
            .room
            .cheapest(guide, floors, class, limit, &mut self.scratch);
        let (_, column) = found?;
        self.room.take(class, &column, 1).then_some(column)
    }
}
