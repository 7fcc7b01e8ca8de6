//! Policies to compare with: they take the jobs one after the other and never look back.

use std::ops::Range;

use ewc_core::planner::model::{Carriage, Choice, Class, Column, Leg, Model};

/// How a policy picks the column of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// The cheapest that fits, unless leaving the job out is cheaper.
    Cheapest,
    /// The first choice of sites that fits, at its earliest start.
    First,
}

/// What a policy took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// For each class its columns, and how many jobs take each.
    pub columns: Vec<Vec<(Column, u32)>>,
    /// Cost of all, and of what is left out.
    pub objective: i128,
}

/// Places the classes in this order, and tells `reached` how many are done before each.
pub fn place(
    model: &Model,
    order: impl IntoIterator<Item = usize>,
    pick: Pick,
    mut reached: impl FnMut(usize),
) -> Taken {
    let mut free = Free {
        model,
        left: model.capacity.clone(),
        held: Vec::new(),
        imbalance: 0,
    };
    let mut columns = vec![Vec::new(); model.classes.len()];
    let mut objective = 0;
    for (done, at) in order.into_iter().enumerate() {
        reached(done);
        let class = &model.classes[at];
        let mut waiting = class.count;
        while waiting > 0 {
            let Some((cost, column)) = free.pick(class, pick) else {
                break;
            };
            // What was best for one is best for all that are alike, as long as it fits.
            let count = free.take(class, &column, free.alike(waiting));
            waiting -= count;
            objective += i128::from(cost) * i128::from(count);
            let taken: &mut Vec<(Column, u32)> = &mut columns[at];
            match taken.last_mut().filter(|(last, _)| *last == column) {
                Some((_, jobs)) => *jobs += count,
                None => taken.push((column, count)),
            }
        }
        objective += i128::from(class.unplaced) * i128::from(waiting);
    }
    let objective = objective + model.imbalance.whole(free.imbalance);
    Taken { columns, objective }
}

struct Free<'m> {
    model: &'m Model,
    left: Vec<Vec<i64>>,
    /// What is taken for a trial, to be given back.
    held: Vec<(u32, usize, i64)>,
    /// What the use of all rows costs, in units of the imbalance's grid.
    imbalance: i128,
}

impl Free<'_> {
    fn pick(&mut self, class: &Class, pick: Pick) -> Option<(i64, Column)> {
        // Costs and what they add to the imbalance, in units of its grid.
        let grid = |cost: i64| i128::from(cost) << self.model.imbalance.shift;
        let mut best: Option<(i128, i64, Column)> = None;
        let mut most = grid(class.unplaced);
        let before = self.imbalance;
        for (number, choice) in class.choices.iter().enumerate() {
            let least: i64 = choice.legs().map(cheapest).sum();
            for start in choice.first..=choice.last {
                let run = class.run_cost(self.model, choice, start as usize);
                if pick == Pick::Cheapest && grid(run + least) > most {
                    continue;
                }
                let column = self.fit(choice, number as u32, start, pick);
                let added = self.imbalance - before;
                self.give_back();
                let Some(column) = column else { continue };
                let cost = class.cost(self.model, &column);
                if pick == Pick::First {
                    return Some((cost, column));
                }
                let worth = grid(cost) + added;
                if worth <= most {
                    most = worth - 1;
                    best = Some((worth, cost, column));
                }
            }
        }
        best.map(|(_, cost, column)| (cost, column))
    }

    /// The column of this choice and start, with the first windows of the best ways that fit.
    fn fit(&mut self, choice: &Choice, number: u32, start: u32, pick: Pick) -> Option<Column> {
        for used in &choice.uses {
            if !self.hold(used.row, used.span, start as usize, used.amount) {
                return None;
            }
        }
        let end = self.model.spans[choice.span as usize].end(start as usize) as u32;
        let mut carriages = Vec::new();
        for leg in &choice.inbound {
            let until = leg.until.min(start);
            carriages.push(self.carry(leg, leg.first..until, until, pick)?);
        }
        for leg in &choice.outbound {
            let first = leg.first.max(end);
            carriages.push(self.carry(leg, first..leg.until, leg.until, pick)?);
        }
        for leg in &choice.steady {
            carriages.push(self.carry(leg, start..start + 1, u32::MAX, pick)?);
        }
        Some(Column {
            choice: number,
            start,
            carriages: carriages.into(),
        })
    }

    /// The first window that fits and ends by `until`, of those that begin in one of `starts`.
    fn carry(&mut self, leg: &Leg, starts: Range<u32>, until: u32, pick: Pick) -> Option<Carriage> {
        let mut ways: Vec<usize> = (0..leg.ways.len()).collect();
        if pick == Pick::Cheapest {
            ways.sort_by_key(|&way| leg.ways[way].cost);
        }
        let model = self.model;
        for position in ways {
            let way = &leg.ways[position];
            let ends = |start: u32| model.spans[way.span as usize].end(start as usize) as u32;
            for start in starts.clone().take_while(|&start| ends(start) <= until) {
                let before = self.held.len();
                let rows = model.routes[way.route as usize].iter();
                let mut rows = rows.map(|&row| (row, way.span, way.rate));
                if rows.all(|(row, span, rate)| self.hold(row, span, start as usize, rate)) {
                    let way = position as u32;
                    return Some(Carriage { way, start });
                }
                self.give_back_until(before);
            }
        }
        None
    }

    /// Takes an amount for a span, as far as there is enough; false when there is not.
    fn hold(&mut self, row: u32, span: u32, start: usize, amount: i64) -> bool {
        let span = &self.model.spans[span as usize];
        let whole = (span.whole[start] as usize).min(self.model.slots);
        let tail = (span.tail_permille[start] > 0 && whole < self.model.slots)
            .then(|| (whole, span.tail(start, amount)));
        let slots = (start..whole).map(|slot| (slot, amount)).chain(tail);
        for (slot, amount) in slots {
            if self.left[row as usize][slot] < amount {
                return false;
            }
            self.change(row, slot, amount);
            self.held.push((row, slot, amount));
        }
        true
    }

    fn give_back(&mut self) {
        self.give_back_until(0);
    }

    fn give_back_until(&mut self, length: usize) {
        for (row, slot, amount) in self.held.split_off(length) {
            self.change(row, slot, -amount);
        }
    }

    fn change(&mut self, row: u32, slot: usize, amount: i64) {
        let left = &mut self.left[row as usize][slot];
        if let Some(steps) = self.model.imbalance.of(row) {
            let used = self.model.capacity[row as usize][slot] - *left;
            self.imbalance += steps.cost(slot, used + amount) - steps.cost(slot, used);
        }
        *left -= amount;
    }

    /// How many alike may take a column at once, of those that wait: where use costs something, it
    /// may cost the next one more.
    fn alike(&self, waiting: u32) -> u32 {
        match self.model.imbalance.rows.is_empty() {
            true => waiting,
            false => 1,
        }
    }

    /// Takes a column as often as it fits, at most `wanted` times. It fits once.
    fn take(&mut self, class: &Class, column: &Column, wanted: u32) -> u32 {
        let mut holds = Vec::new();
        self.model.each_hold(class, column, |row, slot, amount| {
            holds.push((row, slot, amount))
        });
        holds.sort_unstable();
        holds.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            kept.2 += if same { next.2 } else { 0 };
            same
        });
        let taking = holds.iter().filter(|hold| hold.2 > 0);
        let fits = taking.map(|&(row, slot, amount)| self.left[row as usize][slot] / amount);
        let count = fits.min().unwrap_or(i64::MAX).clamp(1, i64::from(wanted));
        for (row, slot, amount) in holds {
            self.change(row, slot, amount * count);
        }
        count as u32
    }
}

fn cheapest(leg: &Leg) -> i64 {
    leg.ways.iter().map(|way| way.cost).min().unwrap_or(0)
}
