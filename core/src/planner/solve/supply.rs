//! Rows whose use costs something by itself: at which price how much of them is on offer.
//!
//! A row whose use costs nothing offers all it has at any price. One with marks offers the units
//! below the first mark at any price, those between two marks at what each of them costs, and those
//! above at more: a supply curve of steps. What classes would take and what is on offer meet at the
//! best prices, which are those of a step wherever use ends between two marks.

use crate::planner::model::{Model, RowSteps};

/// The supply of every row with marks; of the others nothing is kept.
#[derive(Clone)]
pub(super) struct Supply<'m> {
    /// For each row its place among those with marks.
    at: Vec<Option<u32>>,
    rows: Vec<&'m RowSteps>,
    slots: usize,
    /// One unit of the grid as a cost.
    unit: f64,
}

/// Units of one row and slot: so many for which each costs the same, by rising cost.
struct Offer<'s, 'm> {
    steps: &'m RowSteps,
    slot: usize,
    capacity: i64,
    supply: &'s Supply<'m>,
}

impl<'m> Supply<'m> {
    pub(super) fn new(model: &'m Model) -> Supply<'m> {
        let imbalance = &model.imbalance;
        let mut at = Vec::new();
        if !imbalance.rows.is_empty() {
            at.resize(model.capacity.len(), None);
            for (place, steps) in (0..).zip(&imbalance.rows) {
                at[steps.row as usize] = Some(place);
            }
        }
        Supply {
            at,
            rows: imbalance.rows.iter().collect(),
            slots: model.slots,
            unit: 1.0 / (1_u64 << imbalance.shift) as f64,
        }
    }

    /// True when no row has marks.
    pub(super) fn is_plain(&self) -> bool {
        self.rows.is_empty()
    }

    /// The marks of a row, if it has any.
    pub(super) fn of(&self, row: u32) -> Option<&'m RowSteps> {
        let at = self.at.get(row as usize).copied().flatten()?;
        Some(self.rows[at as usize])
    }

    /// What one unit of the grid is as a cost.
    pub(super) fn unit(&self) -> f64 {
        self.unit
    }

    fn offer(&self, model: &Model, cell: usize) -> Option<Offer<'_, 'm>> {
        let (row, slot) = (cell / self.slots, cell % self.slots);
        let steps = self.of(row as u32)?;
        Some(Offer {
            steps,
            slot,
            capacity: model.capacity[row][slot],
            supply: self,
        })
    }

    /// What is on offer of a row and slot at a price; of several answers the one nearest to `load`.
    pub(super) fn nearest(&self, model: &Model, cell: usize, price: f64, load: f64) -> f64 {
        match self.offer(model, cell) {
            Some(offer) => offer.nearest(price, load),
            None => model.capacity[cell / self.slots][cell % self.slots] as f64,
        }
    }

    /// Where a price comes to rest that is to move from `from` to `to`: at the first step on its
    /// way on which what is on offer meets `load`.
    pub(super) fn rest(
        &self,
        model: &Model,
        cell: usize,
        (from, to): (f64, f64),
        load: f64,
    ) -> f64 {
        match self.offer(model, cell) {
            Some(offer) => offer.rest(from, to, load),
            None => to,
        }
    }

    /// What all that is on offer at the prices is worth at them, less what its use costs.
    pub(super) fn worth(&self, model: &Model, prices: &[f64]) -> f64 {
        let rows = model.capacity.iter().zip(prices.chunks(self.slots.max(1)));
        let of_row =
            |(row, (capacity, prices)): (usize, (&Vec<i64>, &[f64]))| match self.of(row as u32) {
                None => {
                    let cells = capacity.iter().zip(prices);
                    cells.map(|(there, price)| *there as f64 * price).sum()
                }
                Some(_) => {
                    let cells = (0..self.slots).zip(prices);
                    let cell = |slot| row * self.slots + slot;
                    let offers = cells.filter_map(|(slot, price)| {
                        let offer = self.offer(model, cell(slot))?;
                        Some(offer.worth(*price))
                    });
                    offers.sum::<f64>()
                }
            };
        rows.enumerate().map(of_row).sum()
    }
}

impl Offer<'_, '_> {
    /// Tells of the pieces, cheapest first: from which use to which, and what each unit costs.
    fn pieces(&self) -> impl Iterator<Item = (f64, f64, f64)> + '_ {
        let steps = &self.steps.steps;
        let capacity = self.capacity as f64;
        let mut each = 0.0;
        (0..=steps.len()).map(move |number| {
            let mark = |number: usize| (steps[number].above[self.slot] as f64).min(capacity);
            let from = match number {
                0 => 0.0,
                _ => mark(number - 1),
            };
            if number > 0 {
                each += steps[number - 1].price[self.slot] as f64 * self.supply.unit;
            }
            let until = if number < steps.len() {
                mark(number)
            } else {
                capacity
            };
            (from, until, each)
        })
    }

    fn nearest(&self, price: f64, load: f64) -> f64 {
        // All that costs less than the price is on offer; what costs just as much may be.
        let (mut least, mut most) = (0.0, 0.0);
        for (_, until, each) in self.pieces() {
            if each < price {
                least = until;
            }
            if each <= price {
                most = until;
            }
        }
        load.max(least).min(most)
    }

    fn rest(&self, from: f64, to: f64, load: f64) -> f64 {
        let mut rest = to;
        for (first, until, each) in self.pieces() {
            if from < each && each <= to && load <= until {
                return each;
            }
            if to <= each && each < from && load >= first {
                rest = each;
            }
        }
        rest
    }

    fn worth(&self, price: f64) -> f64 {
        let pieces = self.pieces();
        let worth = pieces.map(|(from, until, each)| (until - from) * (price - each).max(0.0));
        worth.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::model::{Imbalance, Step};

    /// Eight units, of which each above 3 costs 2, and each above 5 six.
    fn model() -> Model {
        let step = |above, price| Step {
            above: vec![above],
            price: vec![price],
        };
        Model {
            slots: 1,
            capacity: vec![vec![9], vec![8]],
            imbalance: Imbalance {
                shift: 0,
                rows: vec![RowSteps {
                    row: 1,
                    steps: vec![step(3, 2), step(5, 4)],
                }],
            },
            ..Model::default()
        }
    }

    #[test]
    fn what_is_on_offer_rises_with_the_price() {
        let model = model();
        let supply = Supply::new(&model);
        let at = |price| supply.nearest(&model, 1, price, 0.0);
        assert_eq!(
            [0.0, 1.0, 2.0, 2.5, 6.0, 7.0].map(at),
            [0.0, 3.0, 3.0, 5.0, 5.0, 8.0]
        );
        // On a step, what is asked for is on offer.
        assert_eq!(supply.nearest(&model, 1, 2.0, 4.0), 4.0);
        assert_eq!(supply.nearest(&model, 1, 2.0, 7.0), 5.0);
        assert_eq!(supply.nearest(&model, 0, 2.0, 7.0), 9.0);
    }

    #[test]
    fn a_price_rests_on_the_step_at_which_offer_and_load_meet() {
        let model = model();
        let supply = Supply::new(&model);
        let rest = |way, load| supply.rest(&model, 1, way, load);
        assert_eq!(rest((0.0, 9.0), 4.0), 2.0);
        assert_eq!(rest((0.0, 9.0), 6.0), 6.0);
        assert_eq!(rest((0.0, 9.0), 9.0), 9.0);
        assert_eq!(rest((0.0, 1.0), 4.0), 1.0);
        assert_eq!(rest((9.0, 0.0), 6.0), 6.0);
        assert_eq!(rest((9.0, 0.0), 4.0), 2.0);
        assert_eq!(rest((9.0, 1.0), 2.0), 1.0);
        assert_eq!(supply.rest(&model, 0, (0.0, 9.0), 4.0), 9.0);
    }

    #[test]
    fn worth_is_that_of_the_model() {
        let model = model();
        let supply = Supply::new(&model);
        for price in 0..9 {
            let steps = &model.imbalance.rows[0];
            let exact = steps.worth(0, 8, i128::from(price), |each| each) as f64;
            let both = 9.0 * f64::from(price) + exact;
            assert_eq!(supply.worth(&model, &[f64::from(price); 2]), both);
        }
    }
}
