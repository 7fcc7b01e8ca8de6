//! Prices of rows and slots as the iteration knows them, with the sums that make pricing cheap.
//!
//! Numbers are `f64` here, for speed. Only `+ − × ÷` and comparisons are used, in a fixed order,
//! which IEEE 754 defines to the last bit: equal models give equal prices on every machine. Nothing
//! proven rests on them: the bound is worked out in whole numbers (`bound.rs`).

use crate::planner::model::{Class, Model, Span};

use super::pricing::Run;

/// Prices with their sums. Slot sums have one entry more than there are slots.
#[derive(Clone)]
pub(super) struct Field<'m> {
    pub(super) model: &'m Model,
    /// `price[row × slots + slot]`, for one unit during one slot.
    price: Vec<f64>,
    /// `sum[row × (slots + 1) + slot]`: prices of the slots before.
    sum: Vec<f64>,
    /// True where a row costs something in some slot.
    dear: Vec<bool>,
    /// False where a row has cost nothing so far and new prices are not looked at.
    moving: Vec<bool>,
    /// The same sums over the links of each route.
    route_sum: Vec<f64>,
    route_dear: Vec<bool>,
    /// The prices by which those of each route are worked out, and the present ones, by number.
    route_of: Vec<u32>,
    now: u32,
    spans: Vec<Length>,
    /// The model's curves and ages.
    curves: Vec<Vec<f64>>,
    ages: Vec<f64>,
    /// Rows and spans that runs use together, and the price of the cheapest window of each.
    pairs: Vec<(u32, u32)>,
    least: Vec<f64>,
}

/// What a span looks like, so that even ones go fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// So many whole slots wherever it ends within the horizon.
    Even(usize),
    /// So many, and always the same part of the next one.
    Tailed(usize),
    /// So many whole slots, or what is left of the horizon.
    Cut(usize),
    /// It depends on the start.
    Uneven,
}

impl Length {
    fn of(span: &Span) -> Length {
        let length = span.whole.first().map_or(0, |whole| *whole as usize);
        let tail = span.tail_permille.first().copied().unwrap_or(0);
        let slots = span.whole.len();
        let mut ends = span.whole.iter().zip(&span.tail_permille).enumerate();
        let even = |(start, (whole, other)): (usize, (&u32, &u16))| {
            *whole as usize == start + length && *other == tail
        };
        // A part of what is behind the horizon is a part of nothing.
        let cut = |(start, (whole, other)): (usize, (&u32, &u16))| {
            let whole = *whole as usize;
            whole == (start + length).min(slots) && (*other == 0 || whole == slots)
        };
        match tail {
            0 if ends.clone().all(even) => Length::Even(length),
            1.. if ends.clone().all(even) => Length::Tailed(length),
            0 if ends.all(cut) => Length::Cut(length),
            _ => Length::Uneven,
        }
    }
}

impl<'m> Field<'m> {
    /// All prices zero.
    pub(super) fn new(model: &'m Model) -> Field<'m> {
        let (rows, slots) = (model.capacity.len(), model.slots);
        let lengths = model.spans.iter().map(Length::of);
        Field {
            model,
            price: vec![0.0; rows * slots],
            sum: vec![0.0; rows * (slots + 1)],
            dear: vec![false; rows],
            moving: vec![true; rows],
            route_sum: vec![0.0; model.routes.len() * (slots + 1)],
            route_dear: vec![false; model.routes.len()],
            route_of: vec![0; model.routes.len()],
            now: 0,
            spans: lengths.collect(),
            curves: model.curves.iter().map(|curve| floats(curve)).collect(),
            ages: floats(&model.age),
            pairs: pairs(model),
            least: vec![0.0; rows * model.spans.len()],
        }
    }

    /// Takes over new prices and works the sums out.
    pub(super) fn set(&mut self, price: &[f64]) {
        self.shift(price);
        self.bound();
    }

    /// Like [`Field::set`], with the least windows as they were: a cheapest column may be missed.
    pub(super) fn shift(&mut self, price: &[f64]) {
        self.shift_rows(price);
        (0..self.route_of.len()).for_each(|route| self.follow(route));
    }

    /// Like [`Field::shift`], with what routes cost as it was: whoever asks for it has it worked
    /// out before, by [`Field::follow`].
    pub(super) fn shift_rows(&mut self, price: &[f64]) {
        let slots = self.model.slots;
        self.now = self.now.wrapping_add(1);
        for (row, dear) in self.dear.iter_mut().enumerate() {
            if !self.moving[row] {
                continue;
            }
            let prices = &mut self.price[row * slots..][..slots];
            prices.copy_from_slice(&price[row * slots..][..slots]);
            let sums = &mut self.sum[row * (slots + 1)..][..slots + 1];
            let mut sum = 0.0;
            for (slot, price) in prices.iter().enumerate() {
                sums[slot] = sum;
                sum += price;
            }
            sums[slots] = sum;
            *dear = sum > 0.0;
        }
    }

    /// From now on rows that cost nothing cost nothing, but for those that are stirred.
    pub(super) fn rest(&mut self) {
        self.moving.clone_from(&self.dear);
    }

    /// A row may cost something from now on.
    pub(super) fn stir(&mut self, row: u32) {
        self.moving[row as usize] = true;
    }

    /// Rows that may cost something.
    pub(super) fn moving(&self) -> impl Iterator<Item = usize> {
        let rows = self.moving.iter().enumerate();
        rows.filter(|(_, moving)| **moving).map(|(row, _)| row)
    }

    /// Works out what a route costs at the present prices.
    pub(super) fn follow(&mut self, route: usize) {
        if std::mem::replace(&mut self.route_of[route], self.now) == self.now {
            return;
        }
        let width = self.model.slots + 1;
        let rows = &self.model.routes[route];
        let mut dear = rows.iter().filter(|row| self.dear[**row as usize]);
        let total = &mut self.route_sum[route * width..][..width];
        let first = dear.next();
        self.route_dear[route] = first.is_some();
        if let Some(row) = first {
            total.copy_from_slice(&self.sum[*row as usize * width..][..width]);
        }
        for row in dear {
            let sums = &self.sum[*row as usize * width..][..width];
            let totals = total.iter_mut().zip(sums);
            totals.for_each(|(total, sum)| *total += sum);
        }
    }

    fn bound(&mut self) {
        for &(row, span) in &self.pairs {
            let least = match self.dear[row as usize] {
                true => least_window(self.row_sums(row), &self.model.spans[span as usize]),
                false => 0.0,
            };
            self.least[row as usize * self.model.spans.len() + span as usize] = least;
        }
    }

    pub(super) fn prices(&self) -> &[f64] {
        &self.price
    }

    pub(super) fn row_is_dear(&self, row: u32) -> bool {
        self.dear[row as usize]
    }

    pub(super) fn route_is_dear(&self, route: u32) -> bool {
        self.route_dear[route as usize]
    }

    /// Number of a row and a span, for [`Field::least`].
    pub(super) fn pair(&self, row: u32, span: u32) -> u32 {
        row * self.model.spans.len() as u32 + span
    }

    /// What one unit of a row costs at least over a span, whenever it starts.
    pub(super) fn least(&self, pair: u32) -> f64 {
        self.least[pair as usize]
    }

    /// What a run costs by its start, without prices, from its first start to its last.
    pub(super) fn run_costs(&self, class: &Class, run: &Run, costs: &mut Vec<f64>) {
        let starts = run.first as usize..run.last as usize + 1;
        let curve = &self.curves[run.curve as usize][starts.clone()];
        costs.clear();
        costs.extend(curve.iter().map(|cost| run.fixed + run.weight * cost));
        if class.delay > 0 {
            let delay = class.delay as f64;
            let ages = &self.ages[starts];
            costs
                .iter_mut()
                .zip(ages)
                .for_each(|(cost, age)| *cost += delay * age);
        }
    }

    pub(super) fn row_sums(&self, row: u32) -> &[f64] {
        let width = self.model.slots + 1;
        &self.sum[row as usize * width..][..width]
    }

    pub(super) fn route_sums(&self, route: u32) -> &[f64] {
        let width = self.model.slots + 1;
        &self.route_sum[route as usize * width..][..width]
    }

    pub(super) fn length(&self, span: u32) -> Length {
        self.spans[span as usize]
    }
}

/// Adds a share of the price of `amount` over a span that starts in each of `first..`, to `total`.
pub(super) fn add_windows(
    total: &mut [f64],
    first: usize,
    sums: &[f64],
    (span, length): (&Span, Length),
    (amount, share): (i64, f64),
) {
    let slots = sums.len() - 1;
    if let Length::Even(length) | Length::Cut(length) = length {
        let held = share * amount as f64;
        let whole = (slots + 1).saturating_sub(first + length).min(total.len());
        let (total, cut) = total.split_at_mut(whole);
        let from = &sums[first..];
        let to = sums.get(first + length..).unwrap_or_default();
        for ((total, from), to) in total.iter_mut().zip(from).zip(to) {
            *total += held * (to - from);
        }
        for (total, from) in cut.iter_mut().zip(&from[whole..]) {
            *total += held * (sums[slots] - from);
        }
        return;
    }
    for (start, total) in (first..).zip(total.iter_mut()) {
        *total += share * window(sums, span, start, amount);
    }
}

fn floats(numbers: &[i64]) -> Vec<f64> {
    numbers.iter().map(|number| *number as f64).collect()
}

fn pairs(model: &Model) -> Vec<(u32, u32)> {
    let mut seen = vec![false; model.capacity.len() * model.spans.len()];
    let uses = model
        .classes
        .iter()
        .flat_map(|class| &class.choices)
        .flat_map(|choice| &choice.uses);
    for used in uses {
        seen[used.row as usize * model.spans.len() + used.span as usize] = true;
    }
    let all = (0..model.capacity.len() as u32)
        .flat_map(|row| (0..model.spans.len() as u32).map(move |span| (row, span)));
    all.zip(seen)
        .filter(|(_, seen)| *seen)
        .map(|(pair, _)| pair)
        .collect()
}

/// The cheapest window among those that end within the horizon; a longer one costs no less than
/// what it holds of it.
fn least_window(sums: &[f64], span: &Span) -> f64 {
    let slots = sums.len() - 1;
    let starts =
        (0..slots).map(|start| sums[(span.whole[start] as usize).min(slots)] - sums[start]);
    starts.fold(f64::INFINITY, f64::min)
}

/// Price of `amount` over a span that starts in `start`; of a slot that is held in part, for the
/// part rounded up, as the model counts it.
pub(super) fn window(sums: &[f64], span: &Span, start: usize, amount: i64) -> f64 {
    let whole = (span.whole[start] as usize).min(sums.len() - 1);
    let price = amount as f64 * (sums[whole] - sums[start]);
    if span.tail_permille[start] == 0 || whole + 1 >= sums.len() {
        return price;
    }
    price + span.tail(start, amount) as f64 * (sums[whole + 1] - sums[whole])
}
