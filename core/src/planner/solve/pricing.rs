//! The cheapest column of a class under given prices, exactly: every choice, start, way and window.
//!
//! Sums of prices make a window's price a difference, a running minimum makes the best window of
//! each way a look-up, so that a choice costs O(slots × (rows + ways)). Choices whose least
//! possible price is not below the best one found are left out, which cannot change the answer.

use crate::planner::model::{Carriage, Choice, Class, Column, Leg, Use, Way};

use super::field::{Field, Length, add_windows, window};
use super::minima::Minima;

#[cfg(test)]
mod tests;

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
    /// It has data that moves.
    pub(super) carries: bool,
}

/// What is looked at of a choice whenever it is priced, in one place: choices are many and lie far
/// apart.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Run {
    /// Position among the class's choices.
    pub(super) choice: u32,
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) curve: u32,
    pub(super) fixed: f64,
    pub(super) weight: f64,
    /// The first use.
    used: Option<Use>,
    /// There are more.
    uses_more: bool,
    carries: bool,
}

impl Run {
    pub(super) fn of(class: &Class, at: u32) -> Run {
        let choice = &class.choices[at as usize];
        Run {
            choice: at,
            first: choice.first,
            last: choice.last,
            curve: choice.curve,
            fixed: choice.fixed as f64,
            weight: choice.weight as f64,
            used: choice.uses.first().copied(),
            uses_more: choice.uses.len() > 1,
            carries: choice.legs().next().is_some(),
        }
    }

    /// Everything that it holds.
    fn uses<'a>(&'a self, class: &'a Class) -> &'a [Use] {
        match self.uses_more {
            true => &class.choices[self.choice as usize].uses,
            false => self.used.as_slice(),
        }
    }

    /// The data that moves with it.
    pub(super) fn legs<'c>(&self, class: &'c Class) -> impl Iterator<Item = &'c Leg> + use<'c> {
        let choice = self.carries.then(|| &class.choices[self.choice as usize]);
        choice.into_iter().flat_map(Choice::legs)
    }
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
        best.look(field, class, &Run::of(class, hint), scratch);
    }
    for floor in floors {
        if floor.cost >= best.limit {
            break;
        }
        if floor.price(field, 1.0) < best.limit && Some(floor.choice) != hint {
            best.look(field, class, &Run::of(class, floor.choice), scratch);
        }
    }
    best.found
}

/// The same among a few choices.
pub(super) fn cheapest_of(
    field: &Field<'_>,
    runs: &[Run],
    class: &Class,
    scratch: &mut Scratch,
) -> Option<Priced> {
    scratch.seen.clear();
    let mut best = Best::new(class);
    let runs = runs.iter();
    runs.for_each(|run| best.look(field, class, run, scratch));
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

    fn look(&mut self, field: &Field<'_>, class: &Class, run: &Run, scratch: &mut Scratch) {
        let Some((start, price)) = best_start(field, class, run, self.limit, scratch) else {
            return;
        };
        scratch.seen.push((price, run.choice));
        if price < self.limit {
            self.limit = price;
            self.found = Some(Priced {
                choice: run.choice as usize,
                start,
                price,
                carries: run.carries,
            });
        }
    }
}

/// The start of a choice with the lowest price, and that price; the earliest among equals. What is
/// not below the limit may be told too high.
pub(super) fn best_start(
    field: &Field<'_>,
    class: &Class,
    run: &Run,
    limit: f64,
    scratch: &mut Scratch,
) -> Option<(usize, f64)> {
    let model = field.model;
    let first = run.first as usize;
    let total = &mut scratch.total;
    field.run_costs(class, run, total);
    let uses = run.uses(class).iter();
    for used in uses.filter(|used| field.row_is_dear(used.row)) {
        let span = (&model.spans[used.span as usize], field.length(used.span));
        let held = (used.amount, 1.0);
        add_windows(total, first, field.row_sums(used.row), span, held);
    }
    if run.carries {
        let choice = &class.choices[run.choice as usize];
        for leg in &choice.steady {
            for (start, total) in (first..).zip(total.iter_mut()) {
                let flows = beside(field, leg, start);
                *total += flows.map_or(f64::INFINITY, |(price, _)| price);
            }
        }
        let span = &model.spans[choice.span as usize];
        for leg in &choice.inbound {
            // Nothing moves for less than nothing: a start that is too dear so far stays so.
            let last = first + total.iter().rposition(|total| *total < limit)?;
            arrivals(field, leg, last, &mut scratch.leg);
            let leg = &scratch.leg[first..=last];
            let totals = total.iter_mut().zip(leg);
            totals.for_each(|(total, leg)| *total += leg);
            total.truncate(last + 1 - first);
        }
        for leg in &choice.outbound {
            let soonest = total.iter().position(|total| *total < limit)?;
            departures(field, leg, span.end(first + soonest), &mut scratch.leg);
            for (start, total) in (first..).zip(total.iter_mut()) {
                let leaves = scratch.leg.get(span.end(start));
                *total += leaves.copied().unwrap_or(f64::INFINITY);
            }
        }
    }
    let least = least(total);
    let at = total.iter().position(|total| *total == least)?;
    (least < f64::INFINITY).then_some((first + at, least))
}

/// The least of some numbers, none of which is undefined.
pub(super) fn least(numbers: &[f64]) -> f64 {
    // Several at a time: whoever waits for one comparison before the next is slow.
    let mut lanes = [f64::INFINITY; 4];
    let (fours, rest) = numbers.as_chunks::<4>();
    for four in fours {
        lanes
            .iter_mut()
            .zip(four)
            .for_each(|(lane, number)| lower(lane, *number));
    }
    let (mut least, all) = (f64::INFINITY, lanes.iter().chain(rest));
    all.for_each(|number| lower(&mut least, *number));
    least
}

/// `best[slot]`, up to `last`: the least price at which the data is there when the slot begins.
fn arrivals(field: &Field<'_>, leg: &Leg, last: usize, best: &mut Vec<f64>) {
    best.clear();
    best.resize(last + 1, f64::INFINITY);
    let first = leg.first as usize;
    for way in &leg.ways {
        let (span, cost) = (&field.model.spans[way.span as usize], way.cost as f64);
        let fits = |start: usize| {
            span.end(start) <= leg.until as usize && span.whole[start] as usize <= last
        };
        let starts = first..field.model.slots;
        if !field.route_is_dear(way.route) {
            // The first window is as cheap as any.
            if let Some(start) = starts.into_iter().next().filter(|start| fits(*start)) {
                lower(&mut best[span.whole[start] as usize], cost);
            }
            continue;
        }
        if let Some(windows) = windows(field, way, first, (last, leg.until as usize)) {
            let best = &mut best[(first + windows.length).min(last + 1)..];
            windows
                .prices()
                .zip(best)
                .for_each(|(price, best)| lower(best, cost + price));
            continue;
        }
        let sums = field.route_sums(way.route);
        for start in starts.take_while(|start| fits(*start)) {
            let price = cost + window(sums, span, start, way.rate);
            lower(&mut best[span.whole[start] as usize], price);
        }
    }
    for slot in 1..best.len() {
        best[slot] = best[slot].min(best[slot - 1]);
    }
}

/// `best[slot]`, from slot `from` on: the least price of what leaves when the slot begins or later.
fn departures(field: &Field<'_>, leg: &Leg, from: usize, best: &mut Vec<f64>) {
    let model = field.model;
    best.clear();
    best.resize(model.slots + 1, f64::INFINITY);
    // A run may end behind the horizon.
    let first = from.max(leg.first as usize).min(model.slots + 1);
    let until = (model.slots, leg.until as usize);
    for way in &leg.ways {
        let (span, cost) = (&model.spans[way.span as usize], way.cost as f64);
        let dear = field.route_is_dear(way.route);
        if let Some(windows) = dear.then(|| windows(field, way, first, until)).flatten() {
            let best = &mut best[first..];
            windows
                .prices()
                .zip(best)
                .for_each(|(price, best)| lower(best, cost + price));
            continue;
        }
        let sums = field.route_sums(way.route);
        for start in (first..model.slots).rev() {
            if span.end(start) > leg.until as usize {
                continue;
            }
            if !dear {
                // The last window is as cheap as any.
                lower(&mut best[start], cost);
                break;
            }
            lower(&mut best[start], cost + window(sums, span, start, way.rate));
        }
    }
    for slot in (from..model.slots).rev() {
        best[slot] = best[slot].min(best[slot + 1]);
    }
}

/// The windows of a way, by start, where all are equally long.
struct Windows<'f> {
    /// Whole slots of each.
    length: usize,
    held: f64,
    /// What the slot after those loses.
    tail: f64,
    from: &'f [f64],
    to: &'f [f64],
    after: &'f [f64],
}

/// Those that start in `first` or later, whose whole slots are over when slot `by` begins, and
/// which have ended when slot `until` does; nothing where they differ.
fn windows<'f>(
    field: &'f Field<'_>,
    way: &Way,
    first: usize,
    (by, until): (usize, usize),
) -> Option<Windows<'f>> {
    let span = &field.model.spans[way.span as usize];
    let (length, tail) = match field.length(way.span) {
        Length::Even(length) => (length, 0),
        Length::Tailed(length) => (length, 1),
        Length::Cut(_) | Length::Uneven => return None,
    };
    let by = by.min(until.min(field.model.slots).saturating_sub(tail));
    let count = (by + 1).saturating_sub(first + length);
    let sums = match count {
        0 => &[],
        _ => &field.route_sums(way.route)[first..first + count + length + tail],
    };
    let at = |from: usize| &sums[from.min(sums.len())..][..count];
    Some(Windows {
        length,
        held: way.rate as f64,
        tail: span.tail(0, way.rate) as f64,
        from: at(0),
        to: at(length),
        after: at(length + tail),
    })
}

impl Windows<'_> {
    /// Their prices, without the transport.
    fn prices(&self) -> impl Iterator<Item = f64> {
        let ends = self.to.iter().zip(self.after);
        let windows = self.from.iter().zip(ends);
        windows.map(|(from, (to, after))| self.held * (to - from) + self.tail * (after - to))
    }
}

fn lower(least: &mut f64, number: f64) {
    *least = if number < *least { number } else { *least };
}

/// The whole column of a choice and start: the cheapest way and window of every leg.
pub(super) fn column(field: &Field<'_>, class: &Class, found: Priced) -> Option<Column> {
    if !found.carries {
        return Some(Column {
            choice: found.choice as u32,
            start: found.start as u32,
            carriages: Box::default(),
        });
    }
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
    let first = from.max(leg.first as usize);
    let mut best: Option<(f64, Carriage)> = None;
    for (at, way) in leg.ways.iter().enumerate() {
        let mut look = |start: usize, rent: f64| {
            let price = way.cost as f64 + rent;
            if best.as_ref().is_none_or(|(known, _)| price < *known) {
                let (way, start) = (at as u32, start as u32);
                best = Some((price, Carriage { way, start }));
            }
        };
        let span = &model.spans[way.span as usize];
        let fits = |start: &usize| {
            span.end(*start) <= leg.until as usize && span.whole[*start] as usize <= by
        };
        let starts = (first..model.slots).take_while(fits);
        if !field.route_is_dear(way.route) {
            // The first window is as cheap as any.
            starts.take(1).for_each(|start| look(start, 0.0));
            continue;
        }
        if let Some(windows) = windows(field, way, first, (by, leg.until as usize)) {
            let starts = (first..).zip(windows.prices());
            starts.for_each(|(start, rent)| look(start, rent));
            continue;
        }
        let sums = field.route_sums(way.route);
        starts.for_each(|start| look(start, window(sums, span, start, way.rate)));
    }
    best.map(|(_, carriage)| carriage)
}
