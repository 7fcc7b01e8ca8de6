//! The proven bound, in whole numbers.
//!
//! For any prices that are not negative, what the classes' cheapest columns cost at those prices,
//! less what all capacity costs, is at most the cost of every plan of the model: Lagrangian weak
//! duality (A. M. Geoffrion, "Lagrangean relaxation for integer programming", Mathematical
//! Programming Study 2, 1974). Where the use of a row costs something by itself, what its capacity
//! is worth is the conjugate of that cost: the most that any use of it could be worth at the price,
//! less what it costs (D. Bertsekas, "Nonlinear Programming", on separable problems and conjugate
//! functions). Prices are rounded to a grid first and everything after that is
//! exact, so that the bound rests on nothing but this file and the model.

use std::cell::OnceCell;

use crate::planner::model::{Choice, Class, Leg, Model, Span, Use, Way};

use super::near::Near;
use super::pricing::{Floor, Floors};

/// Prices of rows and slots on a grid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowPrices {
    /// The unit is 2 to the power of minus this, for one unit of the row during one slot.
    pub shift: u32,
    /// `of[row][slot]`, not negative.
    pub of: Vec<Vec<i64>>,
}

/// Grid values stay below this, so that sums over all slots fit.
const GRID_BITS: u32 = 48;
/// The finest grid.
const SHIFT_MAX: u32 = 40;

impl RowPrices {
    /// Rounds prices down to a grid as fine as their size allows.
    pub(super) fn round(model: &Model, prices: &[f64]) -> RowPrices {
        let highest = prices.iter().fold(0.0_f64, |a, b| a.max(*b));
        let (limit, mut shift) = ((1_u64 << GRID_BITS) as f64, SHIFT_MAX);
        while shift > 0 && highest * (1_u64 << shift) as f64 >= limit {
            shift -= 1;
        }
        let unit = (1_u64 << shift) as f64;
        // The conversion saturates; what is cut off is a price that bars everything anyway.
        let grid = |price: &f64| ((price * unit) as i64).min(1 << GRID_BITS);
        let rows = prices.chunks(model.slots.max(1));
        RowPrices {
            shift,
            of: rows.map(|row| row.iter().map(grid).collect()).collect(),
        }
    }

    /// The prices less what the last unit of a row costs by its use: what one unit more of it would
    /// have saved.
    pub fn scarce(&self, model: &Model) -> RowPrices {
        let mut scarce = self.clone();
        for steps in &model.imbalance.rows {
            let row = steps.row as usize;
            let cells = scarce.of[row].iter_mut().zip(&model.capacity[row]);
            for (slot, (price, capacity)) in cells.enumerate() {
                let last = steps.last(slot, *capacity) << self.shift >> model.imbalance.shift;
                *price = (i128::from(*price) - last).max(0) as i64;
            }
        }
        scarce
    }

    /// The prices as the iteration wants them, row by row; zero for rows that are not known.
    pub(super) fn floats(&self, model: &Model) -> Vec<f64> {
        let unit = 1.0 / (1_u64 << self.shift) as f64;
        let at = |row: usize, slot: usize| self.of.get(row).and_then(|row| row.get(slot));
        let cells =
            (0..model.capacity.len()).flat_map(|row| (0..model.slots).map(move |t| (row, t)));
        let float = |(row, slot)| at(row, slot).map_or(0.0, |price| *price as f64 * unit);
        cells.map(float).collect()
    }
}

/// The bound that the prices prove: no plan of the model costs less. Which choices are `likely` to
/// be cheap changes nothing but how long it takes.
pub(super) fn bound(model: &Model, floors: &Floors, prices: &RowPrices, likely: &Near) -> i128 {
    let exact = Exact::new(model, prices);
    let classes = model.classes.iter().enumerate();
    let jobs: i128 = classes
        .map(|(at, class)| {
            let first = likely.of(at).first().map(|run| run.choice);
            i128::from(class.count) * exact.cheapest(class, floors.of(at), first)
        })
        .sum();
    let rows = model.capacity.iter().zip(&prices.of);
    let rent: i128 = (0..)
        .zip(rows)
        .map(|(row, (amounts, of_row))| worth(model, row, amounts, (of_row, prices.shift)))
        .sum();
    // Costs are whole: the next whole number above is a bound as well.
    let unit = 1_i128 << prices.shift;
    -(-(jobs - rent)).div_euclid(unit)
}

/// The least number of each block.
fn by_block(numbers: &[i64]) -> Vec<i64> {
    let blocks = numbers.chunks(BLOCK);
    blocks
        .map(|block| block.iter().copied().min().unwrap_or(0))
        .collect()
}

/// What all of a row is worth at its prices, less what its use costs, in grid units.
fn worth(model: &Model, row: u32, amounts: &[i64], (prices, shift): (&[i64], u32)) -> i128 {
    let cells = amounts.iter().zip(prices);
    let Some(steps) = model.imbalance.of(row) else {
        return cells
            .map(|(amount, price)| i128::from(*amount) * i128::from(*price))
            .sum();
    };
    // A cost that is rounded down makes what is proven no higher.
    let onto_grid = |cost: i128| match model.imbalance.shift {
        finer if finer > shift => cost >> (finer - shift),
        coarser => cost << (shift - coarser),
    };
    let cells = cells.enumerate();
    let worth = cells
        .map(|(slot, (amount, price))| steps.worth(slot, *amount, i128::from(*price), onto_grid));
    worth.sum()
}

/// Slots in which a run may start that are looked at together before each of them is: of most, the
/// cheapest curve and the cheapest window show that none is of interest.
const BLOCK: usize = 8;

/// Sums of prices, by row and slot.
struct Exact<'m> {
    model: &'m Model,
    prices: &'m RowPrices,
    /// Prices of the slots before, in grid units.
    sums: Vec<Vec<i64>>,
    /// The same over the links of each route, once it is asked for.
    route_sums: Vec<OnceCell<Vec<i128>>>,
    /// The least of each curve, by block.
    curves: Vec<Vec<i64>>,
    /// What one unit of a row costs at least over a span, once that is asked for.
    least: Vec<OnceCell<Least>>,
}

/// What one unit of a row costs at least over a span.
struct Least {
    /// Wherever it starts.
    all: i64,
    /// Where it starts in each block.
    of_block: Box<[i64]>,
}

impl<'m> Exact<'m> {
    fn new(model: &'m Model, prices: &'m RowPrices) -> Exact<'m> {
        let sums = |row: &Vec<i64>| {
            let mut sums = vec![0; row.len() + 1];
            for (slot, price) in row.iter().enumerate() {
                sums[slot + 1] = sums[slot] + price;
            }
            sums
        };
        Exact {
            model,
            prices,
            sums: prices.of.iter().map(sums).collect(),
            route_sums: vec![OnceCell::new(); model.routes.len()],
            curves: model.curves.iter().map(|curve| by_block(curve)).collect(),
            least: (0..model.capacity.len() * model.spans.len())
                .map(|_| OnceCell::new())
                .collect(),
        }
    }

    fn grid(&self, cost: i64) -> i128 {
        i128::from(cost) << self.prices.shift
    }

    /// Price of the cheapest column of a class, or of leaving a job of it out.
    fn cheapest(&self, class: &Class, floors: &[Floor], first: Option<u32>) -> i128 {
        let mut best = self.grid(class.unplaced);
        if let Some(first) = first {
            best = best.min(self.of_choice(class, &class.choices[first as usize], best));
        }
        for floor in floors {
            let least = self.grid(floor.cost() as i64);
            if least >= best {
                break;
            }
            let choice = &class.choices[floor.choice as usize];
            let held = choice.uses.first().map(|used| {
                let least = self.least(used).all;
                i128::from(used.amount) * i128::from(least)
            });
            if least + held.unwrap_or(0) < best {
                best = best.min(self.of_choice(class, choice, best));
            }
        }
        best
    }

    /// What a run holds costs at least of one row; a longer one costs no less than what it holds
    /// within the horizon.
    fn least(&self, used: &Use) -> &Least {
        let known = &self.least[used.row as usize * self.model.spans.len() + used.span as usize];
        known.get_or_init(|| {
            let (sums, slots) = (&self.sums[used.row as usize], self.model.slots);
            let span = &self.model.spans[used.span as usize];
            let windows =
                (0..slots).map(|start| sums[(span.whole[start] as usize).min(slots)] - sums[start]);
            let windows: Vec<i64> = windows.collect();
            Least {
                all: windows.iter().copied().min().unwrap_or(0),
                of_block: by_block(&windows).into(),
            }
        })
    }

    /// What a run costs, and what it holds, when it starts in `start`.
    fn run(&self, class: &Class, choice: &Choice, start: usize) -> i128 {
        let rent = choice.uses.iter().map(|used| {
            let span = &self.model.spans[used.span as usize];
            self.window(used.row, span, start, used.amount)
        });
        self.grid(class.run_cost(self.model, choice, start)) + rent.sum::<i128>()
    }

    /// The same at least, for the starts of a block. Age never falls.
    fn run_in(&self, class: &Class, choice: &Choice, block: usize) -> i128 {
        let first = (block * BLOCK).max(choice.first as usize);
        let curve = choice.weight * self.curves[choice.curve as usize][block];
        let cost = choice.fixed + curve + class.delay * self.model.age[first];
        let rent = choice.uses.iter().map(|used| {
            let least = self.least(used).of_block[block];
            i128::from(used.amount) * i128::from(least)
        });
        self.grid(cost) + rent.sum::<i128>()
    }

    /// Tells of the runs of a choice that cost less than `limit`, and of some that do not: start
    /// and price. `tell` answers with the limit from then on.
    fn each_run(
        &self,
        class: &Class,
        choice: &Choice,
        mut limit: i128,
        mut tell: impl FnMut(usize, i128) -> i128,
    ) {
        let (first, last) = (choice.first as usize, choice.last as usize);
        for block in first / BLOCK..=last / BLOCK {
            if self.run_in(class, choice, block) >= limit {
                continue;
            }
            let starts = (block * BLOCK).max(first)..=(block * BLOCK + BLOCK - 1).min(last);
            for start in starts {
                limit = tell(start, self.run(class, choice, start));
            }
        }
    }

    /// The price of a choice's cheapest column, or `limit` where no column costs less.
    fn of_choice(&self, class: &Class, choice: &Choice, limit: i128) -> i128 {
        if choice.legs().next().is_none() {
            let mut best = limit;
            self.each_run(class, choice, limit, |_, price| {
                best = best.min(price);
                best
            });
            return best;
        }
        let starts = choice.first as usize..choice.last as usize + 1;
        // Data moves for no less than nothing: what is too dear without it is of no interest.
        let mut prices = vec![i128::MAX; starts.len()];
        self.each_run(class, choice, limit, |start, price| {
            prices[start - starts.start] = price;
            limit
        });
        if prices.iter().all(|price| *price >= limit) {
            return limit;
        }
        for leg in &choice.inbound {
            let there = self.arrivals(leg);
            let starts = starts.clone().zip(prices.iter_mut());
            starts.for_each(|(start, price)| *price = price.saturating_add(there[start]));
        }
        for leg in &choice.steady {
            let starts = starts.clone().zip(prices.iter_mut());
            starts.for_each(|(start, price)| {
                *price = price.saturating_add(self.beside(leg, start));
            });
        }
        let span = &self.model.spans[choice.span as usize];
        for leg in &choice.outbound {
            let gone = self.departures(leg);
            let leaves = |start| gone.get(span.end(start)).copied().unwrap_or(i128::MAX);
            let starts = starts.clone().zip(prices.iter_mut());
            starts.for_each(|(start, price)| *price = price.saturating_add(leaves(start)));
        }
        prices.into_iter().min().unwrap_or(limit).min(limit)
    }

    /// The least price of what flows beside a run that starts in `start`.
    fn beside(&self, leg: &Leg, start: usize) -> i128 {
        let ways = leg.ways.iter().map(|way| {
            let span = &self.model.spans[way.span as usize];
            self.carried(way, span, start)
        });
        ways.min().unwrap_or(i128::MAX)
    }

    fn window(&self, row: u32, span: &Span, start: usize, amount: i64) -> i128 {
        let sums = &self.sums[row as usize];
        self.held(|slot| i128::from(sums[slot]), span, start, amount)
    }

    /// Price of a window on all links of a way.
    fn carried(&self, way: &Way, span: &Span, start: usize) -> i128 {
        let sums = self.route_sums[way.route as usize].get_or_init(|| {
            let rows = || self.model.routes[way.route as usize].iter();
            let sum = |slot: usize| {
                rows()
                    .map(|row| i128::from(self.sums[*row as usize][slot]))
                    .sum()
            };
            (0..=self.model.slots).map(sum).collect()
        });
        self.grid(way.cost) + self.held(|slot| sums[slot], span, start, way.rate)
    }

    /// What `amount` costs that holds a span from `start` on, given the prices of the slots before
    /// each.
    fn held(&self, sums: impl Fn(usize) -> i128, span: &Span, start: usize, amount: i64) -> i128 {
        let slots = self.model.slots;
        let whole = (span.whole[start] as usize).min(slots);
        let price = i128::from(amount) * (sums(whole) - sums(start));
        if span.tail_permille[start] == 0 || whole >= slots {
            return price;
        }
        price + i128::from(span.tail(start, amount)) * (sums(whole + 1) - sums(whole))
    }

    /// Tells of every window of every way: way's first slot, end, and price.
    fn each_window(&self, leg: &Leg, mut tell: impl FnMut(usize, usize, i128)) {
        for way in &leg.ways {
            let span = &self.model.spans[way.span as usize];
            for start in leg.first as usize..self.model.slots {
                if span.end(start) > leg.until as usize {
                    break;
                }
                let price = self.carried(way, span, start);
                tell(start, span.whole[start] as usize, price);
            }
        }
    }

    /// The least price at which data is there when each slot begins.
    fn arrivals(&self, leg: &Leg) -> Vec<i128> {
        let mut best = vec![i128::MAX; self.model.slots + 1];
        self.each_window(leg, |_, ready, price| best[ready] = best[ready].min(price));
        for slot in 1..best.len() {
            best[slot] = best[slot].min(best[slot - 1]);
        }
        best
    }

    /// The least price of what leaves when each slot begins or later.
    fn departures(&self, leg: &Leg) -> Vec<i128> {
        let mut best = vec![i128::MAX; self.model.slots + 1];
        self.each_window(leg, |start, _, price| best[start] = best[start].min(price));
        for slot in (0..best.len() - 1).rev() {
            best[slot] = best[slot].min(best[slot + 1]);
        }
        best
    }
}
