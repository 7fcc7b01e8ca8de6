//! The cheapest column of a class under given prices, exactly: every choice, start, way and window.
//!
//! Sums of prices make a window's price a difference, a running minimum makes the best window of
//! each way a look-up, so that a choice costs O(slots × (rows + ways)). Choices whose least
//! possible price is not below the best one found are left out, which cannot change the answer.

use crate::planner::model::{Carriage, Choice, Class, Column, Leg};

use super::field::{Field, add_windows, window};
use super::minima::Minima;

/// Room for one class's sums, kept between calls.
#[derive(Clone, Default)]
pub(super) struct Scratch {
    total: Vec<f64>,
    leg: Vec<f64>,
    /// The choices that [`cheapest`] looked at last, and what each costs at least.
    pub(super) seen: Vec<(f64, u32)>,
}

/// A choice and start, and what its column costs at the prices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Priced {
    pub(super) choice: usize,
    pub(super) start: usize,
    pub(super) price: f64,
}

/// A choice, and what none of its columns can cost less than.
#[derive(Debug, Clone, Copy)]
pub(super) struct Floor {
    /// Position among the class's choices.
    pub(super) choice: u32,
    /// Row and span of the first use, see [`Field::pair`].
    pair: u32,
    amount: f64,
    cost: f64,
}

impl Floor {
    fn new(field: &Field<'_>, class: &Class, at: usize, cost: f64) -> Floor {
        let first = class.choices[at].uses.first();
        Floor {
            choice: at as u32,
            pair: first.map_or(0, |used| field.pair(used.row, used.span)),
            amount: first.map_or(0.0, |used| used.amount as f64),
            cost,
        }
    }

    /// Whatever the prices, which are never negative.
    pub(super) fn cost(&self) -> f64 {
        self.cost
    }

    /// At a share of the field's prices.
    pub(super) fn price(&self, field: &Field<'_>, share: f64) -> f64 {
        self.cost + share * self.amount * field.least(self.pair)
    }
}

/// For each class its choices that may be worth taking, by rising floor.
#[derive(Clone)]
pub(super) struct Floors {
    by_class: Vec<Vec<Floor>>,
}

impl Floors {
    pub(super) fn new(field: &Field<'_>) -> Floors {
        let of_class = |class| {
            let mut floors = Vec::new();
            let least = |choice: &Choice| least_run(field, class, choice);
            rising(field, class, least, &mut floors);
            floors
        };
        Floors {
            by_class: field.model.classes.iter().map(of_class).collect(),
        }
    }

    /// Those of one class that is priced once, so that starts are not gone through for them:
    /// `least` knows the least of each curve.
    pub(super) fn of_one(
        field: &Field<'_>,
        class: &Class,
        least: &[Minima],
        floors: &mut Vec<Floor>,
    ) {
        let age = &field.model.age;
        let least_run = |choice: &Choice| {
            let (first, last) = (choice.first as usize, choice.last as usize);
            let curve = least[choice.curve as usize].between(first, last);
            // Age never falls.
            Some(choice.fixed + choice.weight * curve + class.delay * age[first])
        };
        rising(field, class, least_run, floors);
    }

    pub(super) fn of(&self, class: usize) -> &[Floor] {
        &self.by_class[class]
    }
}

/// The floors of the choices that may be worth taking, given what the run of each costs at least.
fn rising(
    field: &Field<'_>,
    class: &Class,
    least_run: impl Fn(&Choice) -> Option<i64>,
    floors: &mut Vec<Floor>,
) {
    let costs = class.choices.iter().map(|choice| {
        let cost = least_run(choice).zip(least_carried(choice));
        cost.map_or(f64::INFINITY, |(run, carried)| (run + carried) as f64)
    });
    let worth = costs.enumerate();
    let worth = worth.filter(|(_, cost)| *cost < class.unplaced as f64);
    floors.clear();
    floors.extend(worth.map(|(at, cost)| Floor::new(field, class, at, cost)));
    // No two are equal.
    floors.sort_unstable_by(|a, b| a.cost.total_cmp(&b.cost).then(a.choice.cmp(&b.choice)));
}

fn least_run(field: &Field<'_>, class: &Class, choice: &Choice) -> Option<i64> {
    let starts = choice.first as usize..=choice.last as usize;
    let runs = starts.map(|start| class.run_cost(field.model, choice, start));
    runs.min()
}

fn least_carried(choice: &Choice) -> Option<i64> {
    let carried = choice.legs();
    let carried = carried.map(|leg| leg.ways.iter().map(|way| way.cost).min());
    carried.sum()
}

/// The cheapest column of a class; `None` when leaving out is as cheap. `hint` is a choice that is
/// likely to be a cheap one.
pub(super) fn cheapest(
    field: &Field<'_>,
    floors: &[Floor],
    class: &Class,
    hint: Option<u32>,
    scratch: &mut Scratch,
) -> Option<Priced> {
    scratch.seen.clear();
    let mut best = Best::new(class);
    if let Some(hint) = hint {
        best.look(field, class, hint, scratch);
    }
    for floor in floors {
        if floor.cost >= best.limit {
            break;
        }
        if floor.price(field, 1.0) < best.limit && Some(floor.choice) != hint {
            best.look(field, class, floor.choice, scratch);
        }
    }
    best.found
}

/// The same among a few choices.
pub(super) fn cheapest_of(
    field: &Field<'_>,
    choices: impl Iterator<Item = u32>,
    class: &Class,
    scratch: &mut Scratch,
) -> Option<Priced> {
    scratch.seen.clear();
    let mut best = Best::new(class);
    choices.for_each(|choice| best.look(field, class, choice, scratch));
    best.found
}

/// The cheapest column so far.
struct Best {
    /// Only what costs less is of interest.
    limit: f64,
    found: Option<Priced>,
}

impl Best {
    fn new(class: &Class) -> Best {
        Best {
            limit: class.unplaced as f64,
            found: None,
        }
    }

    fn look(&mut self, field: &Field<'_>, class: &Class, at: u32, scratch: &mut Scratch) {
        let choice = &class.choices[at as usize];
        let Some((start, price)) = best_start(field, class, choice, self.limit, scratch) else {
            return;
        };
        scratch.seen.push((price, at));
        if price < self.limit {
            self.limit = price;
            self.found = Some(Priced {
                choice: at as usize,
                start,
                price,
            });
        }
    }
}

/// The start of a choice with the lowest price, and that price; the earliest among equals.
pub(super) fn best_start(
    field: &Field<'_>,
    class: &Class,
    choice: &Choice,
    limit: f64,
    scratch: &mut Scratch,
) -> Option<(usize, f64)> {
    let model = field.model;
    let first = choice.first as usize;
    let count = choice.last as usize + 1 - first;
    let total = &mut scratch.total;
    field.run_costs(class, choice, total);
    for used in choice
        .uses
        .iter()
        .filter(|used| field.row_is_dear(used.row))
    {
        let span = (&model.spans[used.span as usize], field.length(used.span));
        add_windows(
            total,
            first,
            field.row_sums(used.row),
            span,
            (used.amount, 1.0),
        );
    }
    if choice.legs().next().is_some() {
        if total.iter().all(|total| *total >= limit) {
            return None;
        }
        for leg in &choice.steady {
            for (start, total) in (first..).zip(total.iter_mut()) {
                let flows = beside(field, leg, start);
                *total += flows.map_or(f64::INFINITY, |(price, _)| price);
            }
        }
        let span = &model.spans[choice.span as usize];
        for leg in &choice.inbound {
            arrivals(field, leg, &mut scratch.leg);
            let leg = &scratch.leg[first..][..count];
            total
                .iter_mut()
                .zip(leg)
                .for_each(|(total, leg)| *total += leg);
        }
        for leg in &choice.outbound {
            departures(field, leg, &mut scratch.leg);
            for (start, total) in (first..).zip(total.iter_mut()) {
                let leaves = scratch.leg.get(span.end(start));
                *total += leaves.copied().unwrap_or(f64::INFINITY);
            }
        }
    }
    let mut best = (0, f64::INFINITY);
    for (at, total) in total.iter().enumerate() {
        if *total < best.1 {
            best = (at, *total);
        }
    }
    (best.1 < f64::INFINITY).then_some((first + best.0, best.1))
}

/// `best[slot]`: the least price at which the data is there when the slot begins.
fn arrivals(field: &Field<'_>, leg: &Leg, best: &mut Vec<f64>) {
    let model = field.model;
    best.clear();
    best.resize(model.slots + 1, f64::INFINITY);
    for way in &leg.ways {
        let span = &model.spans[way.span as usize];
        let dear = field
            .route_is_dear(way.route)
            .then(|| field.route_sums(way.route));
        for start in leg.first as usize..model.slots {
            let ready = span.whole[start] as usize;
            if span.end(start) > leg.until as usize {
                break;
            }
            let rent = dear.map_or(0.0, |sums| window(sums, span, start, way.rate));
            best[ready] = best[ready].min(way.cost as f64 + rent);
            if dear.is_none() {
                break;
            }
        }
    }
    for slot in 1..best.len() {
        best[slot] = best[slot].min(best[slot - 1]);
    }
}

/// `best[slot]`: the least price of what leaves when the slot begins or later.
fn departures(field: &Field<'_>, leg: &Leg, best: &mut Vec<f64>) {
    let model = field.model;
    best.clear();
    best.resize(model.slots + 1, f64::INFINITY);
    for way in &leg.ways {
        let span = &model.spans[way.span as usize];
        let dear = field
            .route_is_dear(way.route)
            .then(|| field.route_sums(way.route));
        for start in (leg.first as usize..model.slots).rev() {
            if span.end(start) > leg.until as usize {
                continue;
            }
            let rent = dear.map_or(0.0, |sums| window(sums, span, start, way.rate));
            best[start] = best[start].min(way.cost as f64 + rent);
            if dear.is_none() {
                break;
            }
        }
    }
    for slot in (0..best.len() - 1).rev() {
        best[slot] = best[slot].min(best[slot + 1]);
    }
}

/// The whole column of a choice and start: the cheapest way and window of every leg.
pub(super) fn column(field: &Field<'_>, class: &Class, found: Priced) -> Option<Column> {
    let choice = &class.choices[found.choice];
    let end = field.model.spans[choice.span as usize].end(found.start);
    let inbound = choice
        .inbound
        .iter()
        .map(|leg| carriage(field, leg, 0, found.start));
    let outbound = choice
        .outbound
        .iter()
        .map(|leg| carriage(field, leg, end, usize::MAX));
    let steady = choice.steady.iter().map(|leg| {
        let flows = beside(field, leg, found.start);
        flows.map(|(_, carriage)| carriage)
    });
    let carriages = inbound.chain(outbound).chain(steady);
    let carriages: Option<Box<[Carriage]>> = carriages.collect();
    Some(Column {
        choice: found.choice as u32,
        start: found.start as u32,
        carriages: carriages?,
    })
}

/// The cheapest way of what flows beside a run that starts in `start`, and its price.
fn beside(field: &Field<'_>, leg: &Leg, start: usize) -> Option<(f64, Carriage)> {
    let mut best: Option<(f64, Carriage)> = None;
    for (at, way) in leg.ways.iter().enumerate() {
        let span = &field.model.spans[way.span as usize];
        let mut price = way.cost as f64;
        if field.route_is_dear(way.route) {
            price += window(field.route_sums(way.route), span, start, way.rate);
        }
        if best.as_ref().is_none_or(|(known, _)| price < *known) {
            let (way, start) = (at as u32, start as u32);
            best = Some((price, Carriage { way, start }));
        }
    }
    best
}

/// The cheapest way and window that begins at `from` or later and is over when `by` begins.
fn carriage(field: &Field<'_>, leg: &Leg, from: usize, by: usize) -> Option<Carriage> {
    let model = field.model;
    let mut best: Option<(f64, Carriage)> = None;
    for (at, way) in leg.ways.iter().enumerate() {
        let span = &model.spans[way.span as usize];
        let sums = field.route_sums(way.route);
        let dear = field.route_is_dear(way.route);
        for start in from.max(leg.first as usize)..model.slots {
            if span.end(start) > leg.until as usize || span.whole[start] as usize > by {
                break;
            }
            let rent = if dear {
                window(sums, span, start, way.rate)
            } else {
                0.0
            };
            let price = way.cost as f64 + rent;
            if best.as_ref().is_none_or(|(known, _)| price < *known) {
                let (way, start) = (at as u32, start as u32);
                best = Some((price, Carriage { way, start }));
            }
        }
    }
    best.map(|(_, carriage)| carriage)
}
