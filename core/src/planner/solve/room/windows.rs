//! When data may move: windows of links that still have room, and what they cost.

use crate::planner::model::{Carriage, Choice, Leg, Span, Way};

use super::super::field::window;
use super::{Guide, Room};

/// Which of windows that cost the same.
#[derive(Clone, Copy)]
pub(super) enum One {
    First,
    Last,
}

impl<'m> Room<'m> {
    /// Tells of windows of every way of a leg that have room, begin in `from` or later and are over
    /// by `by`: way, start and price. Of a way whose windows cost the same it tells of one.
    pub(super) fn each_window(
        &self,
        guide: Guide<'_, 'm>,
        leg: &Leg,
        (from, by, one): (usize, usize, One),
        open: &mut Vec<bool>,
        mut tell: impl FnMut(usize, usize, f64),
    ) {
        let (model, field) = (self.model, guide.field);
        let from = from.max(leg.first as usize);
        let to = model.slots.min(by.saturating_add(1));
        if from >= to {
            return;
        }
        for (at, way) in leg.ways.iter().enumerate() {
            let span = &model.spans[way.span as usize];
            let rows = &model.routes[way.route as usize];
            if guide.share <= 0.0 || !field.route_is_dear(way.route) {
                if let Some(start) = self.one_window(leg, way, (from, by), one) {
                    tell(at, start, way.cost as f64);
                }
                continue;
            }
            self.open_slots(rows, way.rate, (from, to), open);
            let mut barred = usize::MAX;
            for start in (from..to).rev() {
                if !open[start - from] {
                    barred = start;
                }
                let whole = span.whole[start] as usize;
                if span.end(start) > leg.until as usize || barred < whole || whole > by {
                    continue;
                }
                if span.tail_permille[start] > 0 && !self.tail_fits(rows, span, start, way.rate) {
                    continue;
                }
                let sums = field.route_sums(way.route);
                let price = way.cost as f64 + guide.share * window(sums, span, start, way.rate);
                tell(at, start, price);
            }
        }
    }

    /// The first or the last window of a way that has room, begins in `from` or later and is over
    /// by `by`.
    fn one_window(
        &self,
        leg: &Leg,
        way: &Way,
        (from, by): (usize, usize),
        one: One,
    ) -> Option<usize> {
        let slots = self.model.slots;
        let span = &self.model.spans[way.span as usize];
        let rows = &self.model.routes[way.route as usize];
        let open = |slot: usize| {
            let mut rows = rows.iter();
            rows.all(|row| self.free[*row as usize * slots + slot] >= way.rate)
        };
        // A later window never ends sooner.
        let ends = |start: usize| {
            span.end(start) <= leg.until as usize && span.whole[start] as usize <= by
        };
        let whole = |start: usize| (span.whole[start] as usize).min(slots);
        let tail = |start: usize| {
            span.tail_permille[start] == 0 || self.tail_fits(rows, span, start, way.rate)
        };
        match one {
            One::First => {
                let mut start = from;
                // What is before this slot, from the start on, is open.
                let mut seen = from;
                while start < slots && ends(start) {
                    if let Some(shut) = (seen.max(start)..whole(start)).find(|slot| !open(*slot)) {
                        start = shut + 1;
                    } else if tail(start) {
                        return Some(start);
                    } else {
                        seen = whole(start);
                        start += 1;
                    }
                }
                None
            }
            One::Last => {
                let last = (from..slots).rev().find(|start| ends(*start))?;
                let mut shut = (last + 1..whole(last)).find(|slot| !open(*slot));
                for start in (from..=last).rev() {
                    if !open(start) {
                        shut = Some(start);
                    }
                    if shut.is_none_or(|shut| shut >= whole(start)) && tail(start) {
                        return Some(start);
                    }
                }
                None
            }
        }
    }

    /// Which slots of a range have room for a rate on every row.
    pub(super) fn open_slots(
        &self,
        rows: &[u32],
        rate: i64,
        (from, to): (usize, usize),
        open: &mut Vec<bool>,
    ) {
        let slots = self.model.slots;
        open.clear();
        open.resize(to - from, true);
        for row in rows {
            let row = *row as usize * slots;
            let free = &self.free[row + from..row + to];
            open.iter_mut()
                .zip(free)
                .for_each(|(open, free)| *open &= *free >= rate);
        }
    }

    fn tail_fits(&self, rows: &[u32], span: &Span, start: usize, rate: i64) -> bool {
        let (slots, slot) = (self.model.slots, span.whole[start] as usize);
        let need = span.tail(start, rate);
        slot >= slots
            || rows
                .iter()
                .all(|row| self.free[*row as usize * slots + slot] >= need)
    }

    /// The cheapest way and window for a leg of a run that starts in `start`.
    pub(super) fn carriage(
        &self,
        guide: Guide<'_, 'm>,
        choice: &Choice,
        leg: &Leg,
        inbound: bool,
        start: usize,
        open: &mut Vec<bool>,
    ) -> Option<Carriage> {
        let within = match inbound {
            true => (0, start, One::Last),
            false => (
                self.model.spans[choice.span as usize].end(start),
                usize::MAX,
                One::Last,
            ),
        };
        let mut best: Option<(f64, Carriage)> = None;
        self.each_window(guide, leg, within, open, |way, from, price| {
            if best.as_ref().is_none_or(|(known, _)| price < *known) {
                let (way, start) = (way as u32, from as u32);
                best = Some((price, Carriage { way, start }));
            }
        });
        best.map(|(_, carriage)| carriage)
    }

    /// What the cheapest way with room costs for what flows beside a run, by its start from `first`
    /// to `last`; infinite where none has room.
    pub(super) fn flows(
        &self,
        guide: Guide<'_, 'm>,
        leg: &Leg,
        (first, last): (usize, usize),
        (least, open): (&mut Vec<f64>, &mut Vec<bool>),
    ) {
        let (slots, field) = (self.model.slots, guide.field);
        least.clear();
        least.resize(last + 1 - first, f64::INFINITY);
        for way in &leg.ways {
            let span = &self.model.spans[way.span as usize];
            let rows = &self.model.routes[way.route as usize];
            let dear = guide.share > 0.0 && field.route_is_dear(way.route);
            let end = (span.whole[last] as usize).clamp(last + 1, slots);
            self.open_slots(rows, way.rate, (first, end), open);
            let mut shut = usize::MAX;
            for start in (first..end).rev() {
                if !open[start - first] {
                    shut = start;
                }
                if start > last || shut < (span.whole[start] as usize).min(slots) {
                    continue;
                }
                if span.tail_permille[start] > 0 && !self.tail_fits(rows, span, start, way.rate) {
                    continue;
                }
                let mut price = way.cost as f64;
                if dear {
                    let sums = field.route_sums(way.route);
                    price += guide.share * window(sums, span, start, way.rate);
                }
                let known = &mut least[start - first];
                *known = known.min(price);
            }
        }
    }

    /// The cheapest way with room for what flows beside a run that starts in `start`, and its
    /// price.
    pub(super) fn beside(
        &self,
        guide: Guide<'_, 'm>,
        leg: &Leg,
        start: usize,
    ) -> Option<(f64, Carriage)> {
        let (slots, field) = (self.model.slots, guide.field);
        let mut best: Option<(f64, Carriage)> = None;
        for (at, way) in leg.ways.iter().enumerate() {
            let span = &self.model.spans[way.span as usize];
            let rows = &self.model.routes[way.route as usize];
            let whole = start..(span.whole[start] as usize).min(slots);
            let open = |row: &u32| {
                let free = &self.free[*row as usize * slots..][whole.clone()];
                free.iter().all(|free| *free >= way.rate)
            };
            let tail =
                span.tail_permille[start] == 0 || self.tail_fits(rows, span, start, way.rate);
            if !tail || !rows.iter().all(open) {
                continue;
            }
            let mut price = way.cost as f64;
            if guide.share > 0.0 && field.route_is_dear(way.route) {
                let sums = field.route_sums(way.route);
                price += guide.share * window(sums, span, start, way.rate);
            }
            if best.as_ref().is_none_or(|(known, _)| price < *known) {
                let (way, start) = (at as u32, start as u32);
                best = Some((price, Carriage { way, start }));
            }
        }
        best
    }
}
