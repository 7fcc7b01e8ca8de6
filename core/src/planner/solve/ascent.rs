//! The price iteration: climbs the Lagrangian dual.
//!
//! Tâtonnement by blocks: a share of the classes is priced anew, the load follows, and every price
//! moves with the relative excess of its row and slot, before the next block is priced. What the
//! other classes take is remembered, as in the incremental aggregated gradient method (D. Blatt,
//! A. Hero, H. Gauchman, "A convergent incremental gradient method with a constant step size",
//! SIAM J. Optimization 18, 2007), so that one pass over the classes moves the prices many times.
//! Running means of the prices are what is measured and kept: they settle where the prices swing.

use crate::planner::model::{Column, Model};

use super::field::Field;
use super::near::Near;
use super::polish::Polish;
use super::pricing::{Floor, Floors, Priced, Scratch, cheapest, cheapest_of, column};
use super::supply::Supply;

/// Sum of the relative steps of one pass.
const PASS_STEP: f64 = 2.5;
const PASS_STEP_OF_MANY: f64 = 1.5;
const PASS_STEP_WARM: f64 = 0.625;
const PASS_STEP_WARM_OF_MANY: f64 = 0.15;
/// What a step shrinks by from pass to pass: of few classes a pass costs nothing.
const DECAY: f64 = 0.96;
const DECAY_OF_MANY: f64 = 0.91;
/// Passes between two measurements of the dual value. Of many classes it takes as long as a few
/// passes, and is worth that less often once prices are known.
const MEASURE_EVERY: u32 = 4;
const MEASURE_EVERY_LATE: u32 = 8;
/// So many passes make prices known.
const EARLY_PASSES: u32 = 24;
/// Measurements without a gain worth having, after which the iteration is over; of many classes
/// the time is better spent on the plan.
const IDLE_MAX: u32 = 12;
const IDLE_MAX_OF_MANY: u32 = 1;
const MANY: usize = 4000;
/// Of so few classes the last of the dual value is worth its time.
const FEW: usize = 100;
/// Steps of a pass to the top, and the relative gain of one that is worth having.
const CLIMB_STEPS: u32 = 8;
const GAIN_POLISHED: f64 = 1e-6;
/// Passes that are made in any case: at first the prices overshoot.
const PASSES_MIN: u32 = 16;
/// The step is below this as well: while it is large, prices swing.
const STEP_SETTLED: f64 = 5e-3;
const STEP_SETTLED_OF_MANY: f64 = 0.1;
/// Of many classes, a value so far below the best one says that prices swing, not that they rest.
const SWING: f64 = 5e-3;
/// Relative gain of a measurement that is worth having.
const GAIN_MIN: f64 = 2e-5;
const GAIN_MIN_OF_MANY: f64 = 7e-4;
/// Of many classes, all choices are looked at in so many passes from cold prices; then a few.
const WHOLE_PASSES: u32 = 8;
/// While jobs are placed, at so many of those choices.
const FOLLOWED: usize = 3;
/// Share of the mean worth of a row and slot that moves a price of zero.
const GROUND: f64 = 0.1;
/// How much of a pass's prices their running mean takes over.
const MEAN_SHARE: f64 = 1.5;
/// A row's relative excess counts at most so much.
const EXCESS_MAX: f64 = 4.0;

/// The state of an iteration.
#[derive(Clone)]
pub(super) struct Ascent<'m> {
    field: Field<'m>,
    floors: Floors,
    scratch: Scratch,
    supply: Supply<'m>,
    /// One over the capacity, by row and slot.
    scale: Vec<f64>,
    /// What the classes' present columns take.
    load: Vec<f64>,
    present: Vec<Option<Column>>,
    near: Near,
    prices: Vec<f64>,
    mean: Vec<f64>,
    best: Vec<f64>,
    value: f64,
    step: f64,
    /// What a row and slot is worth in the mean if everything were scarce.
    ground: f64,
    passes: u32,
    /// All choices are looked at in the passes before this one.
    whole_passes: u32,
    idle: u32,
    /// Of few classes, once the iteration has settled.
    polish: Option<Polish>,
}

impl<'m> Ascent<'m> {
    /// Starts from the given prices, one a row and slot, or from zero.
    pub(super) fn new(model: &'m Model, start: Option<Vec<f64>>) -> Ascent<'m> {
        let mut field = Field::new(model);
        let floors = Floors::new(&field);
        let cells = model.capacity.len() * model.slots;
        let warm = start.is_some();
        let start = start.unwrap_or_else(|| vec![0.0; cells]);
        field.set(&start);
        let supply = Supply::new(model);
        // A row of which nobody has ever wanted more than there is keeps its price of zero.
        if supply.is_plain() {
            field.rest();
        }
        let capacity = model.capacity.iter().flatten();
        let worth = model
            .classes
            .iter()
            .map(|class| f64::from(class.count) * class.unplaced as f64);
        let step = match (model.classes.len() > MANY, warm) {
            (false, false) => PASS_STEP,
            (true, false) => PASS_STEP_OF_MANY,
            (false, true) => PASS_STEP_WARM,
            (true, true) => PASS_STEP_WARM_OF_MANY,
        };
        let mut ascent = Ascent {
            field,
            floors,
            scratch: Scratch::default(),
            supply,
            scale: capacity
                .map(|capacity| 1.0 / (*capacity).max(1) as f64)
                .collect(),
            load: vec![0.0; cells],
            present: vec![None; model.classes.len()],
            near: Near::new(model.classes.len()),
            prices: start.clone(),
            mean: start.clone(),
            best: start,
            value: 0.0,
            step,
            ground: GROUND * worth.sum::<f64>() / cells.max(1) as f64,
            passes: 0,
            whole_passes: match (model.classes.len() > MANY, warm) {
                (false, _) => u32::MAX,
                (true, false) => WHOLE_PASSES,
                // They were looked at when the given prices were measured.
                (true, true) => 0,
            },
            idle: 0,
            polish: None,
        };
        ascent.value = ascent.measure();
        ascent
    }

    /// True when further passes are not worth their time.
    pub(super) fn is_over(&self) -> bool {
        let few = self.present.len() <= FEW;
        match &self.polish {
            Some(polish) => polish.is_over(),
            None => self.has_settled() && !few,
        }
    }

    /// The best dual value found.
    pub(super) fn value(&self) -> f64 {
        self.value
    }

    pub(super) fn classes(&self) -> usize {
        self.present.len()
    }

    fn has_settled(&self) -> bool {
        let settled = match self.has_many() {
            true => self.idle >= IDLE_MAX_OF_MANY && self.step < STEP_SETTLED_OF_MANY,
            false => self.idle >= IDLE_MAX && self.step < STEP_SETTLED,
        };
        let passes_min = match self.whole_passes {
            0 => MEASURE_EVERY_LATE,
            _ => PASSES_MIN,
        };
        self.passes >= passes_min && settled
    }

    /// Moves the prices, and measures now and then what they are worth.
    pub(super) fn pass(&mut self) {
        match self.polish.take() {
            Some(polish) => self.polish = Some(self.climb(polish)),
            None if self.has_settled() => {
                self.prices.copy_from_slice(&self.best);
                self.polish = Some(Polish::new());
            }
            None => self.sweep(),
        }
    }

    /// Some steps to the top, each of which prices every class once.
    fn climb(&mut self, mut polish: Polish) -> Polish {
        for _ in 0..CLIMB_STEPS {
            self.field.set(&self.prices);
            let value = self.measure();
            let gained = value > self.value + self.value.abs() * GAIN_POLISHED;
            if value > self.value {
                self.value = value;
                self.best.copy_from_slice(&self.prices);
            }
            if polish.note(gained) {
                self.prices.copy_from_slice(&self.best);
                continue;
            }
            let (model, field) = (self.field.model, &self.field);
            let excess = |at: usize| {
                let (price, load) = (field.prices()[at], self.load[at]);
                let there = self.supply.nearest(model, at, price, load);
                (load - there) * self.scale[at]
            };
            polish.step(&mut self.prices, (value, self.value), excess, &self.scale);
        }
        polish
    }

    /// Prices every class once, block by block, and moves the prices after each block.
    fn sweep(&mut self) {
        let whole = self.passes < self.whole_passes;
        self.sweep_over(0..self.present.len(), self.step, (whole, usize::MAX));
        self.step *= if self.has_many() {
            DECAY_OF_MANY
        } else {
            DECAY
        };
        self.passes += 1;
        let is_early = self.passes <= EARLY_PASSES && self.whole_passes > 0;
        let every = match is_early || !self.has_many() {
            true => MEASURE_EVERY,
            false => MEASURE_EVERY_LATE,
        };
        if self.passes.is_multiple_of(every) {
            let mean = self.mean.clone();
            self.field.set(&mean);
            let value = self.measure();
            self.note(value);
            self.field.set(&self.prices);
        }
    }

    fn sweep_over(
        &mut self,
        classes: impl ExactSizeIterator<Item = usize> + Clone,
        step: f64,
        (whole, near): (bool, usize),
    ) {
        let blocks = blocks(classes.len());
        let share = MEAN_SHARE / blocks as f64;
        for block in 0..blocks {
            for at in classes.clone().skip(block).step_by(blocks) {
                match whole {
                    true => self.reprice(at),
                    false => self.reprice_near(at, near),
                };
            }
            self.move_prices(step / blocks as f64, share);
            match whole {
                true => self.field.shift(&self.prices),
                false => self.field.shift_rows(&self.prices),
            }
        }
    }

    /// Goes back to the best prices. Returns what placing a job of each class saves at them; of
    /// many classes, on the choices that were cheap when the prices were measured.
    pub(super) fn settle(&mut self) -> Vec<f64> {
        self.prices.copy_from_slice(&self.best);
        self.field.set(&self.prices);
        (0..self.present.len()).map(|at| self.surplus(at)).collect()
    }

    /// A class takes these columns for good.
    pub(super) fn fix(&mut self, at: usize, taken: &[(Column, u32)]) {
        let class = &self.field.model.classes[at];
        if let Some(old) = self.present[at].take() {
            self.add_load(at, &old, -f64::from(class.count));
        }
        for (column, count) in taken {
            self.add_load(at, column, f64::from(*count));
        }
    }

    /// Moves the prices with what the classes that are not fixed would take now; `whole`: looks at
    /// all their choices.
    pub(super) fn follow(&mut self, open: &[usize], step: f64, whole: bool) {
        self.sweep_over(open.iter().copied(), step, (whole, FOLLOWED));
        self.field.set(&self.prices);
    }

    /// The present prices.
    pub(super) fn field(&self) -> &Field<'m> {
        &self.field
    }

    /// The choices that may be worth taking.
    pub(super) fn floors(&self) -> &Floors {
        &self.floors
    }

    /// Those of the choices that were cheap a while ago, and what the cheapest of them costs now if
    /// room were no matter; nothing when leaving out is as cheap.
    pub(super) fn near(&mut self, at: usize) -> Option<(f64, Vec<Floor>)> {
        let class = &self.field.model.classes[at];
        let near = self.near.of(at);
        let found = cheapest_of(&self.field, near, class, &mut self.scratch)?;
        let floors = self.floors.of(at).iter().copied();
        let near = floors.filter(|floor| near.iter().any(|run| run.choice == floor.choice));
        Some((found.price, near.collect()))
    }

    /// The best prices: for whoever proves a bound and improves a plan.
    pub(super) fn finish(mut self) -> (Field<'m>, Floors, Near) {
        self.field.set(&self.best);
        (self.field, self.floors, self.near)
    }

    /// What placing a job of a class saves at the present prices.
    fn surplus(&mut self, at: usize) -> f64 {
        let class = &self.field.model.classes[at];
        match self.has_many() {
            true => self.reprice_near(at, usize::MAX),
            false => class.unplaced as f64 - self.reprice(at) / f64::from(class.count),
        }
    }

    /// True when looking at all choices of all classes takes long.
    pub(super) fn has_many(&self) -> bool {
        self.present.len() > MANY
    }

    fn note(&mut self, value: f64) {
        let gain = value - self.value;
        let gain_min = if self.has_many() {
            GAIN_MIN_OF_MANY
        } else {
            GAIN_MIN
        };
        if gain > gain_min * value.abs() {
            self.idle = 0;
        } else if !self.has_many() || gain > -SWING * value.abs() {
            self.idle += 1;
        }
        if gain > 0.0 {
            self.value = value;
            self.best.copy_from_slice(&self.mean);
        } else {
            self.step *= if self.has_many() { 0.5 } else { 0.8 };
        }
    }

    fn move_prices(&mut self, step: f64, share: f64) {
        if !self.supply.is_plain() {
            self.move_prices_by_supply(step, share);
            return;
        }
        let slots = self.field.model.slots;
        for row in self.field.moving() {
            let cells = row * slots..(row + 1) * slots;
            let loads = self.load[cells.clone()]
                .iter()
                .zip(&self.scale[cells.clone()]);
            let prices = self.prices[cells.clone()]
                .iter_mut()
                .zip(&mut self.mean[cells]);
            for ((load, scale), (price, mean)) in loads.zip(prices) {
                let excess = (load * scale - 1.0).min(EXCESS_MAX);
                *price = (*price + step * excess * (*price + self.ground * scale)).max(0.0);
                *mean += share * (*price - *mean);
            }
        }
    }

    /// The same where the use of rows costs something: less is on offer at lower prices.
    fn move_prices_by_supply(&mut self, step: f64, share: f64) {
        let model = self.field.model;
        for (at, load) in self.load.iter().enumerate() {
            let (from, scale) = (self.prices[at], self.scale[at]);
            let there = self.supply.nearest(model, at, from, *load);
            let excess = ((load - there) * scale).min(EXCESS_MAX);
            let to = (from + step * excess * (from + self.ground * scale)).max(0.0);
            let price = self.supply.rest(model, at, (from, to), *load);
            self.prices[at] = price;
            self.mean[at] += share * (price - self.mean[at]);
        }
    }

    /// The dual value at the present prices.
    fn measure(&mut self) -> f64 {
        let value: f64 = (0..self.present.len()).map(|at| self.reprice(at)).sum();
        if !self.supply.is_plain() {
            return value - self.supply.worth(self.field.model, self.field.prices());
        }
        let capacity = self.field.model.capacity.iter().flatten();
        let rent = capacity.zip(self.field.prices());
        value
            - rent
                .map(|(capacity, price)| *capacity as f64 * price)
                .sum::<f64>()
    }

    /// Gives a class its cheapest column; returns what all its jobs cost at the prices.
    fn reprice(&mut self, at: usize) -> f64 {
        let class = &self.field.model.classes[at];
        let hint = self.present[at].as_ref().map(|column| column.choice);
        let scratch = &mut self.scratch;
        let found = cheapest(&self.field, self.floors.of(at), class, hint, scratch);
        self.near.note(at, class, &mut scratch.seen);
        self.present_is(at, found);
        f64::from(class.count) * found.map_or(class.unplaced as f64, |found| found.price)
    }

    /// Gives a class the cheapest column of those choices that were cheap a while ago, of some of
    /// them at most; returns what placing a job of it saves.
    fn reprice_near(&mut self, at: usize, most: usize) -> f64 {
        let class = &self.field.model.classes[at];
        let near = self.near.of(at);
        let near = &near[..near.len().min(most)];
        for leg in near.iter().flat_map(|run| run.legs(class)) {
            let routes = leg.ways.iter().map(|way| way.route as usize);
            routes.for_each(|route| self.field.follow(route));
        }
        let found = cheapest_of(&self.field, near, class, &mut self.scratch);
        self.present_is(at, found);
        found.map_or(0.0, |found| class.unplaced as f64 - found.price)
    }

    fn present_is(&mut self, at: usize, found: Option<Priced>) {
        let class = &self.field.model.classes[at];
        let next = found.and_then(|found| column(&self.field, class, found));
        if next == self.present[at] {
            return;
        }
        let count = f64::from(class.count);
        if let Some(old) = self.present[at].take() {
            self.add_load(at, &old, -count);
        }
        if let Some(next) = &next {
            self.add_load(at, next, count);
        }
        self.present[at] = next;
    }

    fn add_load(&mut self, at: usize, column: &Column, count: f64) {
        let model = self.field.model;
        let (load, scale, field) = (&mut self.load, &self.scale, &mut self.field);
        model.each_hold(&model.classes[at], column, |row, slot, amount| {
            let cell = row as usize * model.slots + slot;
            load[cell] += count * amount as f64;
            if load[cell] * scale[cell] >= 1.0 {
                field.stir(row);
            }
        });
    }
}

/// Into how many blocks a pass cuts the classes.
fn blocks(classes: usize) -> usize {
    let mut root = 0;
    while (root + 1) * (root + 1) <= classes {
        root += 1;
    }
    (root * 3 / 5).clamp(8, 64)
}
