//! What a plan under construction leaves free, and the cheapest column that still fits.

use crate::planner::model::{Carriage, Class, Column, Leg, Model, RowSteps, Span};

use super::field::{Field, Length, add_windows};
use super::pricing::{Floor, Run, least};
use super::supply::Supply;
use windows::One;

#[cfg(test)]
pub(super) mod tests;
mod windows;

/// Free capacity of every row and slot.
#[derive(Clone)]
pub(super) struct Room<'m> {
    model: &'m Model,
    free: Vec<i64>,
    supply: Supply<'m>,
    /// What the use of all rows costs, in units of the imbalance's grid.
    imbalance: i128,
}

/// Room for one search, kept between calls.
#[derive(Default)]
pub(super) struct Scratch {
    total: Vec<f64>,
    sums: Vec<f64>,
    leg: Vec<f64>,
    open: Vec<bool>,
}

/// What a search goes by.
#[derive(Clone, Copy)]
pub(super) struct Guide<'f, 'm> {
    pub(super) field: &'f Field<'m>,
    /// Share of the prices that counts beside a column's own cost.
    pub(super) share: f64,
}

impl<'m> Room<'m> {
    /// Everything is free.
    pub(super) fn new(model: &'m Model) -> Room<'m> {
        Room {
            model,
            free: model.capacity.iter().flatten().copied().collect(),
            supply: Supply::new(model),
            imbalance: 0,
        }
    }

    /// What the use of all rows costs.
    pub(super) fn imbalance(&self) -> i128 {
        self.model.imbalance.whole(self.imbalance)
    }

    /// Takes `count` copies of a column, or nothing when they do not fit.
    pub(super) fn take(&mut self, class: &Class, column: &Column, count: u32) -> bool {
        let fits = self.change(class, column, i64::from(count));
        if !fits {
            self.give(class, column, count);
        }
        fits
    }

    /// Gives `count` copies of a column back.
    pub(super) fn give(&mut self, class: &Class, column: &Column, count: u32) {
        self.change(class, column, -i64::from(count));
    }

    /// Takes copies, or gives them back where `count` is negative. False when something is short.
    fn change(&mut self, class: &Class, column: &Column, count: i64) -> bool {
        if self.supply.is_plain() {
            return self.change_plain(class, column, count);
        }
        let mut fits = true;
        let (model, supply) = (self.model, &self.supply);
        let (free, imbalance) = (&mut self.free, &mut self.imbalance);
        model.each_hold(class, column, |row, slot, amount| {
            let cell = &mut free[row as usize * model.slots + slot];
            let left = *cell - amount * count;
            if let Some(steps) = supply.of(row) {
                let there = model.capacity[row as usize][slot];
                *imbalance += steps.cost(slot, there - left) - steps.cost(slot, there - *cell);
            }
            *cell = left;
            fits &= left >= 0;
        });
        fits
    }

    /// The same where no use costs anything by itself.
    fn change_plain(&mut self, class: &Class, column: &Column, count: i64) -> bool {
        let choice = &class.choices[column.choice as usize];
        let mut fits = true;
        for used in &choice.uses {
            fits &= self.draw(
                used.row,
                used.span,
                column.start as usize,
                (used.amount, count),
            );
        }
        for (leg, carriage) in choice.legs().zip(&column.carriages) {
            fits &= self.draw_way(leg, *carriage, count);
        }
        fits
    }

    /// Takes copies of what a carriage holds, or gives them back where `count` is negative. False
    /// when something is short.
    fn draw_way(&mut self, leg: &Leg, carriage: Carriage, count: i64) -> bool {
        let way = &leg.ways[carriage.way as usize];
        let rows = &self.model.routes[way.route as usize];
        rows.iter().fold(true, |fits, row| {
            fits & self.draw(*row, way.span, carriage.start as usize, (way.rate, count))
        })
    }

    /// Takes copies of an amount from a row for a span that begins in `start`. False when something
    /// is short.
    fn draw(&mut self, row: u32, span: u32, start: usize, (amount, count): (i64, i64)) -> bool {
        let slots = self.model.slots;
        let span = &self.model.spans[span as usize];
        let free = &mut self.free[row as usize * slots..][..slots];
        let whole = (span.whole[start] as usize).min(slots);
        let taken = amount * count;
        // Below zero as soon as one of them is.
        let mut least = 0;
        for cell in &mut free[start..whole] {
            *cell -= taken;
            least |= *cell;
        }
        if span.tail_permille[start] > 0 && whole < slots {
            free[whole] -= span.tail(start, amount) * count;
            least |= free[whole];
        }
        least >= 0
    }

    /// How many copies of a column, at most `count`, each add as much to the imbalance as the
    /// first, or one.
    pub(super) fn alike(&self, class: &Class, column: &Column, count: u32) -> u32 {
        let mut most = i64::from(count);
        if self.supply.is_plain() {
            return count;
        }
        self.model.each_hold(class, column, |row, slot, amount| {
            let Some(steps) = self.supply.of(row).filter(|_| amount > 0) else {
                return;
            };
            let used = self.used(row, slot);
            let mut marks = steps.steps.iter().map(|step| step.above[slot]);
            if let Some(next) = marks.find(|mark| *mark > used) {
                most = most.min((next - used) / amount);
            }
        });
        most.max(1) as u32
    }

    fn used(&self, row: u32, slot: usize) -> i64 {
        let there = self.model.capacity[row as usize][slot];
        there - self.free[row as usize * self.model.slots + slot]
    }

    /// Takes as many copies as fit, at most `count`.
    pub(super) fn take_most(&mut self, class: &Class, column: &Column, count: u32) -> u32 {
        if count == 1 {
            return u32::from(self.take(class, column, 1));
        }
        let mut most = i64::from(count);
        let (slots, free) = (self.model.slots, &self.free);
        self.model.each_hold(class, column, |row, slot, amount| {
            if amount > 0 {
                most = most.min(free[row as usize * slots + slot] / amount);
            }
        });
        let mut most = most.max(0) as u32;
        // A column that holds a cell twice fits less often than each hold alone says.
        while most > 0 && !self.take(class, column, most) {
            most /= 2;
        }
        most
    }

    /// The column of a class that fits and is cheapest by the guide, below `limit`.
    pub(super) fn cheapest(
        &mut self,
        guide: Guide<'_, 'm>,
        floors: &[Floor],
        class: &Class,
        limit: f64,
        scratch: &mut Scratch,
    ) -> Option<(f64, Column)> {
        let mut best: Option<(f64, Column)> = None;
        let mut limit = limit;
        for floor in floors {
            if floor.cost() >= limit {
                break;
            }
            if guide.share > 0.0 && floor.price(guide.field, guide.share) >= limit {
                continue;
            }
            if let Some(found) = self.best_of(guide, floor, class, limit, scratch) {
                limit = found.0;
                best = Some(found);
            }
        }
        best
    }

    /// The same among the columns of one choice.
    pub(super) fn best_of(
        &mut self,
        guide: Guide<'_, 'm>,
        floor: &Floor,
        class: &Class,
        limit: f64,
        scratch: &mut Scratch,
    ) -> Option<(f64, Column)> {
        let at = floor.choice;
        self.price_starts(guide, class, at, limit, scratch);
        while let Some((start, price)) = lowest(&scratch.total, limit) {
            let first = class.choices[at as usize].first as usize;
            let found = self.column(guide, class, at, first + start, &mut scratch.open);
            if let Some(column) = found {
                return Some((price, column));
            }
            scratch.total[start] = f64::INFINITY;
        }
        None
    }

    /// True when a column that has been found costs the same as long as it fits, and fits.
    pub(super) fn still_has(&mut self, class: &Class, column: &Column) -> bool {
        let fits = self.supply.is_plain() && self.take(class, column, 1);
        if fits {
            self.give(class, column, 1);
        }
        fits
    }

    /// Price of each start of a choice; infinite where its run or a leg of it does not fit.
    fn price_starts(
        &self,
        guide: Guide<'_, 'm>,
        class: &Class,
        at: u32,
        limit: f64,
        scratch: &mut Scratch,
    ) {
        let model = self.model;
        let choice = &class.choices[at as usize];
        let first = choice.first as usize;
        let total = &mut scratch.total;
        guide.field.run_costs(class, &Run::of(class, at), total);
        for used in &choice.uses {
            let span = &model.spans[used.span as usize];
            let length = guide.field.length(used.span);
            if let Some(steps) = self.supply.of(used.row) {
                let held = (used.amount, span);
                self.add_use(guide, steps, held, first, total, &mut scratch.sums);
                continue;
            }
            if guide.share > 0.0 && guide.field.row_is_dear(used.row) {
                let sums = guide.field.row_sums(used.row);
                let held = (used.amount, guide.share);
                add_windows(total, first, sums, (span, length), held);
            }
        }
        // Nothing moves for less than nothing: a start that is too dear so far stays so.
        let Some((soonest, last)) = below(total, limit) else {
            return;
        };
        for used in &choice.uses {
            let span = &model.spans[used.span as usize];
            let length = guide.field.length(used.span);
            let total = &mut total[soonest..=last];
            self.close(
                used.row,
                (span, length),
                used.amount,
                first + soonest,
                total,
            );
        }
        if choice.legs().next().is_none() {
            return;
        }
        for leg in &choice.steady {
            let Some((soonest, last)) = below(total, limit) else {
                return;
            };
            let starts = (first + soonest, first + last);
            self.flows(guide, leg, starts, (&mut scratch.leg, &mut scratch.open));
            let prices = total[soonest..].iter_mut().zip(&scratch.leg);
            prices.for_each(|(total, price)| *total += price);
        }
        let span = &model.spans[choice.span as usize];
        for leg in &choice.inbound {
            let Some((_, last)) = below(total, limit) else {
                return;
            };
            let last = first + last;
            scratch.leg.clear();
            scratch.leg.resize(last + 1, f64::INFINITY);
            // Of equally dear windows only the first one matters: what is here early waits.
            let by_then = (0, last, One::First);
            self.each_window(
                guide,
                leg,
                by_then,
                &mut scratch.open,
                |way, start, price| {
                    let ready = model.spans[leg.ways[way].span as usize].whole[start] as usize;
                    scratch.leg[ready] = scratch.leg[ready].min(price);
                },
            );
            let mut least = f64::INFINITY;
            for (slot, price) in scratch.leg.iter().enumerate() {
                least = least.min(*price);
                if slot >= first {
                    total[slot - first] += least;
                }
            }
        }
        for leg in &choice.outbound {
            let Some((soonest, _)) = below(total, limit) else {
                return;
            };
            scratch.leg.clear();
            scratch.leg.resize(model.slots + 1, f64::INFINITY);
            let ends = (first + soonest..first + total.len()).map(|start| span.end(start));
            let from_then = (ends.min().unwrap_or(model.slots), usize::MAX, One::Last);
            self.each_window(
                guide,
                leg,
                from_then,
                &mut scratch.open,
                |_, start, price| {
                    scratch.leg[start] = scratch.leg[start].min(price);
                },
            );
            for slot in (0..model.slots).rev() {
                scratch.leg[slot] = scratch.leg[slot].min(scratch.leg[slot + 1]);
            }
            for (start, total) in (first..).zip(total.iter_mut()).skip(soonest) {
                let leaves = scratch.leg.get(span.end(start));
                *total += leaves.copied().unwrap_or(f64::INFINITY);
            }
        }
    }

    /// Adds what `amount` of a row costs whose use costs something by itself: in each slot its
    /// price, or what it adds to the imbalance there, whichever is more. The price says what the
    /// last unit will cost once all is placed, and the use of now what it costs in any case.
    fn add_use(
        &self,
        guide: Guide<'_, 'm>,
        steps: &RowSteps,
        (amount, span): (i64, &Span),
        first: usize,
        total: &mut [f64],
        sums: &mut Vec<f64>,
    ) {
        let slots = self.model.slots;
        let prices = &guide.field.prices()[steps.row as usize * slots..][..slots];
        let costs = |slot: usize, amount: i64| {
            let used = self.used(steps.row, slot);
            let adds = steps.steps.iter().map(|step| {
                let mark = step.above[slot];
                let above = (used + amount - mark).max(0) - (used - mark).max(0);
                step.price[slot] as f64 * above as f64
            });
            let adds = adds.sum::<f64>() * self.supply.unit();
            adds.max(guide.share * prices[slot] * amount as f64)
        };
        let last = first + total.len() - 1;
        let mut sum = 0.0;
        sums.clear();
        sums.push(sum);
        for slot in first..span.end(last).min(slots) {
            sum += costs(slot, amount);
            sums.push(sum);
        }
        for (start, total) in (first..).zip(total.iter_mut()) {
            let whole = (span.whole[start] as usize).min(slots);
            *total += sums[whole - first] - sums[start - first];
            if span.tail_permille[start] > 0 && whole < slots {
                *total += costs(whole, span.tail(start, amount));
            }
        }
    }

    /// Makes the starts infinite from which `amount` of a row is not free for the span.
    fn close(
        &self,
        row: u32,
        (span, length): (&Span, Length),
        amount: i64,
        first: usize,
        total: &mut [f64],
    ) {
        let slots = self.model.slots;
        let free = &self.free[row as usize * slots..][..slots];
        let last = first + total.len() - 1;
        let end = span.end(last).min(slots);
        if let Length::Even(length) | Length::Cut(length) = length {
            let mut free = &free[first..end];
            // Of the starts from here on it is known whether they are open.
            let mut known = total.len();
            while let Some(last) = free.iter().rposition(|free| *free < amount) {
                let before = free[..last].iter().rposition(|free| *free >= amount);
                let barred = before.map_or(0, |before| before + 1);
                let (from, until) = ((barred + 1).saturating_sub(length), known.min(last + 1));
                if from < until {
                    total[from..until].fill(f64::INFINITY);
                    known = from;
                }
                free = &free[..barred];
            }
            return;
        }
        let mut barred = usize::MAX;
        for slot in (first..end).rev() {
            if free[slot] < amount {
                barred = slot;
            }
            if slot <= last {
                let whole = span.whole[slot] as usize;
                let tail = whole < slots && free[whole] < span.tail(slot, amount);
                if barred < whole || tail {
                    total[slot - first] = f64::INFINITY;
                }
            }
        }
    }

    /// The whole column with the run at `start`, if its parts also fit together. Leaves the room as
    /// it was.
    fn column(
        &mut self,
        guide: Guide<'_, 'm>,
        class: &Class,
        choice: u32,
        start: usize,
        open: &mut Vec<bool>,
    ) -> Option<Column> {
        let of = &class.choices[choice as usize];
        let mut column = Column {
            choice,
            start: start as u32,
            carriages: Box::default(),
        };
        let legs = of.legs().count();
        if legs == 0 && of.uses.len() < 2 {
            return Some(column);
        }
        // Each hold was looked at alone; now all are looked at together.
        if !self.take(class, &column, 1) {
            return None;
        }
        let mut carriages = Vec::with_capacity(legs);
        for (at, leg) in of.legs().enumerate() {
            let inbound = at < of.inbound.len();
            let found = match at < of.inbound.len() + of.outbound.len() {
                true => self.carriage(guide, of, leg, inbound, start, open),
                false => self.beside(guide, leg, start).map(|(_, way)| way),
            };
            let Some(carriage) = found else { break };
            self.draw_way(leg, carriage, 1);
            carriages.push(carriage);
        }
        for (leg, carriage) in of.legs().zip(&carriages) {
            self.draw_way(leg, *carriage, -1);
        }
        self.give(class, &column, 1);
        column.carriages = carriages.into();
        (column.carriages.len() == legs).then_some(column)
    }
}

/// The first and the last entry below `limit`.
fn below(total: &[f64], limit: f64) -> Option<(usize, usize)> {
    let first = total.iter().position(|total| *total < limit)?;
    let last = total.iter().rposition(|total| *total < limit)?;
    Some((first, last))
}

/// The first of the lowest entries below `limit`.
fn lowest(total: &[f64], limit: f64) -> Option<(usize, f64)> {
    let price = least(total);
    let first = total.iter().position(|total| *total == price)?;
    (price < limit).then_some((first, price))
}
