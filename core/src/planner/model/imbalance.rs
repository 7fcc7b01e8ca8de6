//! What use of rows costs beside the columns: a convex function of each row's use in each slot.
//!
//! It is piecewise linear: nothing up to a first mark, and from each mark on so much more for each
//! unit. Beside the columns' own costs the objective has the sum over all rows and slots. Prices
//! are on a grid finer than costs, and the sum is rounded up once, to a whole cost.

use super::Model;

/// Marks of one row at most.
pub const STEPS_MAX: usize = 8;
/// The finest grid.
pub const SHIFT_MAX: u32 = 32;

/// The imbalance of a model; without rows there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imbalance {
    /// The unit of prices is 2 to the power of minus this of a cost.
    pub shift: u32,
    /// Rows whose use costs something, by rising row.
    pub rows: Vec<RowSteps>,
}

/// The marks of one row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowSteps {
    /// Which.
    pub row: u32,
    /// By rising mark.
    pub steps: Vec<Step>,
}

/// One mark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// The mark in each slot, in units of the row; not below that of the step before.
    pub above: Vec<i64>,
    /// What each unit above it costs more in each slot, in units of the grid; not negative.
    pub price: Vec<i64>,
}

impl Imbalance {
    /// A sum of units of the grid as a cost, rounded up.
    pub fn whole(&self, sum: i128) -> i128 {
        (sum + ((1 << self.shift) - 1)) >> self.shift
    }

    /// The marks of a row, if it has any.
    pub fn of(&self, row: u32) -> Option<&RowSteps> {
        let at = self.rows.binary_search_by_key(&row, |steps| steps.row);
        at.ok().map(|at| &self.rows[at])
    }
}

impl RowSteps {
    /// What `used` units cost in a slot, in units of the grid.
    pub fn cost(&self, slot: usize, used: i64) -> i128 {
        let of = |step: &Step| {
            i128::from(step.price[slot]) * i128::from((used - step.above[slot]).max(0))
        };
        self.steps.iter().map(of).sum()
    }

    /// The most that up to `capacity` units are worth at a price of each, less what their use
    /// costs; all in units of the grid. This is the conjugate of [`RowSteps::cost`] on what there
    /// is: the units between two marks are worth what the price is above their cost, or nothing.
    pub fn worth(
        &self,
        slot: usize,
        capacity: i64,
        price: i128,
        cost: impl Fn(i128) -> i128,
    ) -> i128 {
        let (mut worth, mut from, mut each) = (0, 0, 0);
        for step in &self.steps {
            let until = step.above[slot].clamp(from, capacity.max(from));
            worth += i128::from(until - from) * (price - cost(each)).max(0);
            (from, each) = (until, each + i128::from(step.price[slot]));
        }
        worth + i128::from((capacity - from).max(0)) * (price - cost(each)).max(0)
    }

    /// What the last unit of `capacity` costs in a slot, in units of the grid.
    pub fn last(&self, slot: usize, capacity: i64) -> i128 {
        let below = self.steps.iter().filter(|step| step.above[slot] < capacity);
        below.map(|step| i128::from(step.price[slot])).sum()
    }
}

impl Model {
    /// What these amounts of use cost, by row and slot; a whole cost.
    pub fn imbalance_of(&self, used: impl Fn(u32, usize) -> i64) -> i128 {
        let of_row = |steps: &RowSteps| {
            let of_slot = |slot| steps.cost(slot, used(steps.row, slot));
            (0..self.slots).map(of_slot).sum::<i128>()
        };
        let sum = self.imbalance.rows.iter().map(of_row).sum();
        self.imbalance.whole(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two a unit above 3, six above 5.
    fn steps() -> RowSteps {
        let step = |above, price| Step {
            above: vec![above],
            price: vec![price],
        };
        RowSteps {
            row: 0,
            steps: vec![step(3, 2), step(5, 4)],
        }
    }

    #[test]
    fn use_costs_nothing_up_to_the_first_mark_and_then_ever_more() {
        let costs: Vec<i128> = (0..9).map(|used| steps().cost(0, used)).collect();
        assert_eq!(costs, [0, 0, 0, 0, 2, 4, 10, 16, 22]);
        let rises: Vec<i128> = costs.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(rises.is_sorted(), "convex");
    }

    #[test]
    fn worth_is_the_conjugate_of_cost() {
        for capacity in 0..10 {
            for price in 0..9 {
                let of = |used| i128::from(used) * price - steps().cost(0, used);
                let most = (0..=capacity).map(of).max();
                let worth = steps().worth(0, capacity, price, |each| each);
                assert_eq!(Some(worth), most, "{capacity} at {price}");
            }
        }
    }

    #[test]
    fn the_last_unit_costs_what_it_adds() {
        for capacity in 1..10 {
            let adds = steps().cost(0, capacity) - steps().cost(0, capacity - 1);
            assert_eq!(steps().last(0, capacity), adds);
        }
        assert_eq!(steps().last(0, 0), 0);
    }

    #[test]
    fn sums_are_rounded_up_once() {
        let imbalance = Imbalance {
            shift: 2,
            rows: Vec::new(),
        };
        let whole: Vec<i128> = [0, 1, 4, 5, 8].map(|sum| imbalance.whole(sum)).to_vec();
        assert_eq!(whole, [0, 1, 1, 2, 2]);
    }
}
