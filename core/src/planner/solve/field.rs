//! Prices of rows and slots as the iteration knows them, with the sums that make pricing cheap.
//!
//! Numbers are `f64` here, for speed. Only `+ − × ÷` and comparisons are used, in a fixed order,
//! which IEEE 754 defines to the last bit: equal models give equal prices on every machine. Nothing
//! proven rests on them: the bound is worked out in whole numbers (`bound.rs`).

use crate::planner::model::{Choice, Class, Model, Span};

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
    /// The same sums over the links of each route.
    route_sum: Vec<f64>,
    route_dear: Vec<bool>,
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
    /// It depends on the start.
    Uneven,
}

impl Length {
    fn of(span: &Span) -> Length {
        let length = span.whole.first().map_or(0, |whole| *whole as usize);
        let even = |(start, whole): (usize, &u32)| *whole as usize == start + length;
        let whole = span.tail_permille.iter().all(|tail| *tail == 0);
        match whole && span.whole.iter().enumerate().all(even) {
            true => Length::Even(length),
            false => Length::Uneven,
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
            route_sum: vec![0.0; model.routes.len() * (slots + 1)],
            route_dear: vec![false; model.routes.len()],
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
        let slots = self.model.slots;
        self.price.copy_from_slice(price);
        for (row, dear) in self.dear.iter_mut().enumerate() {
            let prices = &self.price[row * slots..][..slots];
            *dear = prices.iter().any(|price| *price > 0.0);
            let sums = &mut self.sum[row * (slots + 1)..][..slots + 1];
            let mut sum = 0.0;
            for (slot, price) in prices.iter().enumerate() {
                sums[slot] = sum;
                sum += price;
            }
            sums[slots] = sum;
        }
        for (route, rows) in self.model.routes.iter().enumerate() {
            let dear = rows.iter().any(|row| self.dear[*row as usize]);
            self.route_dear[route] = dear;
            if !dear {
                continue;
            }
            let total = &mut self.route_sum[route * (slots + 1)..][..slots + 1];
            total.fill(0.0);
            for row in rows.iter().filter(|row| self.dear[**row as usize]) {
                let sums = &self.sum[*row as usize * (slots + 1)..][..slots + 1];
                total
                    .iter_mut()
                    .zip(sums)
                    .for_each(|(total, sum)| *total += sum);
            }
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

    /// What a run costs by its start, without prices, from a choice's first start to its last.
    pub(super) fn run_costs(&self, class: &Class, choice: &Choice, costs: &mut Vec<f64>) {
        let starts = choice.first as usize..choice.last as usize + 1;
        let (fixed, weight) = (choice.fixed as f64, choice.weight as f64);
        let curve = &self.curves[choice.curve as usize][starts.clone()];
        costs.clear();
        costs.extend(curve.iter().map(|cost| fixed + weight * cost));
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
    if let Length::Even(length) = length
        && first + total.len() + length <= slots + 1
    {
        let held = share * amount as f64;
        let from = &sums[first..][..total.len()];
        let to = &sums[first + length..][..total.len()];
        for ((total, from), to) in total.iter_mut().zip(from).zip(to) {
            *total += held * (to - from);
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
