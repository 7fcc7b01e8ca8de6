//! What a model must keep so that every sum over it stays in range.

use super::imbalance::{SHIFT_MAX, STEPS_MAX};
use super::{Choice, Class, Leg, Model, RowSteps, Span};

/// Largest capacity, amount or rate.
const AMOUNT_MAX: i64 = 1 << 50;
/// Largest cost of a column, or of leaving a job out.
const COST_MAX: i64 = 1 << 50;
/// Most that the use of a row may cost in one slot, as a power of two in units of its grid.
const IMBALANCE_BITS: u32 = 96;
/// Most slots.
const SLOTS_MAX: usize = 4096;

/// What is wrong with a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The model as a whole.
    #[error("{0}")]
    Model(&'static str),
    /// One of its classes.
    #[error("class {class}: {problem}")]
    Class {
        /// Which.
        class: usize,
        /// What.
        problem: &'static str,
    },
}

impl Model {
    /// Says whether the planner can work with it.
    ///
    /// # Errors
    /// Names the first thing that is out of range or points nowhere.
    pub fn check(&self) -> Result<(), ModelError> {
        let must = |holds: bool, problem| holds.then_some(()).ok_or(ModelError::Model(problem));
        must(
            (1..=SLOTS_MAX).contains(&self.slots),
            "the number of slots is not in 1..=4096",
        )?;
        let in_range = |value: &i64| (0..=AMOUNT_MAX).contains(value);
        let whole = |row: &Vec<i64>| row.len() == self.slots && row.iter().all(in_range);
        must(
            self.capacity.iter().all(whole),
            "a capacity is missing or out of range",
        )?;
        let costs = |curve: &Vec<i64>| {
            curve.len() == self.slots && curve.iter().all(|cost| cost.abs() <= COST_MAX)
        };
        must(
            self.curves.iter().all(costs),
            "a cost is missing or out of range",
        )?;
        must(
            self.spans.iter().all(|span| self.span_holds(span)),
            "a span runs back",
        )?;
        must(
            self.age.len() == self.slots && self.age.is_sorted(),
            "age falls",
        )?;
        let known = |row: &u32| (*row as usize) < self.capacity.len();
        must(
            self.routes.iter().flatten().all(known),
            "a route uses no row",
        )?;
        let imbalance = &self.imbalance;
        let rising = imbalance.rows.is_sorted_by(|a, b| a.row < b.row);
        must(
            rising && imbalance.shift <= SHIFT_MAX,
            "the imbalance names a row twice, or its grid is too fine",
        )?;
        must(
            imbalance.rows.iter().all(|row| self.steps_hold(row)),
            "a mark or a price of the imbalance is out of range",
        )?;
        for (at, class) in self.classes.iter().enumerate() {
            self.class_holds(class)
                .map_err(|problem| ModelError::Class { class: at, problem })?;
        }
        Ok(())
    }

    fn steps_hold(&self, row: &RowSteps) -> bool {
        let Some(capacity) = self.capacity.get(row.row as usize) else {
            return false;
        };
        let numbers = |numbers: &Vec<i64>| {
            let mut in_range = numbers
                .iter()
                .map(|number| (0..=AMOUNT_MAX).contains(number));
            numbers.len() == self.slots && in_range.all(|holds| holds)
        };
        let whole = row.steps.iter();
        let mut whole = whole.map(|step| numbers(&step.above) && numbers(&step.price));
        let pairs = row.steps.windows(2);
        let mut rise = pairs.map(|pair| {
            let mut marks = pair[0].above.iter().zip(&pair[1].above);
            marks.all(|(low, high)| low <= high)
        });
        let small = |(slot, used): (usize, &i64)| row.cost(slot, *used) <= 1 << IMBALANCE_BITS;
        row.steps.len() <= STEPS_MAX
            && whole.all(|holds| holds)
            && rise.all(|holds| holds)
            && capacity.iter().enumerate().all(small)
    }

    fn span_holds(&self, span: &Span) -> bool {
        let starts = span.whole.iter().zip(&span.tail_permille).enumerate();
        let mut forward =
            starts.map(|(start, (&whole, &tail))| whole as usize >= start && tail < 1000);
        span.whole.len() == self.slots
            && span.tail_permille.len() == self.slots
            && span.whole.is_sorted()
            && forward.all(|holds| holds)
    }

    fn class_holds(&self, class: &Class) -> Result<(), &'static str> {
        if class.count == 0 || !(0..=COST_MAX).contains(&class.unplaced) {
            return Err("its count or its cost of leaving out is out of range");
        }
        let oldest = i128::from(self.age.last().copied().unwrap_or(0));
        if class.delay < 0 || i128::from(class.delay) * oldest > i128::from(COST_MAX) {
            return Err("its cost of waiting is out of range");
        }
        class
            .choices
            .iter()
            .try_for_each(|choice| self.choice_holds(choice))
    }

    fn choice_holds(&self, choice: &Choice) -> Result<(), &'static str> {
        let span = self
            .spans
            .get(choice.span as usize)
            .ok_or("a choice has no span")?;
        let curve = self
            .curves
            .get(choice.curve as usize)
            .ok_or("a choice has no curve")?;
        if span.whole.len() <= choice.last as usize || choice.first > choice.last {
            return Err("its starts are no range of slots");
        }
        let starts = choice.first as usize..=choice.last as usize;
        let dearest = curve[starts]
            .iter()
            .map(|cost| i128::from(cost.abs()))
            .max();
        let weighted = i128::from(choice.weight) * dearest.unwrap_or(0);
        if choice.weight < 0 || weighted + i128::from(choice.fixed.abs()) > i128::from(COST_MAX) {
            return Err("a cost is out of range");
        }
        let uses = choice.uses.iter().all(|used| {
            (used.row as usize) < self.capacity.len()
                && (used.span as usize) < self.spans.len()
                && (0..=AMOUNT_MAX).contains(&used.amount)
        });
        uses.then_some(())
            .ok_or("a run uses something that is not there")?;
        let steady = choice.steady.iter().flat_map(|leg| &leg.ways);
        if steady.into_iter().any(|way| way.span != choice.span) {
            return Err("something steady does not last as long as the run");
        }
        choice.legs().try_for_each(|leg| self.leg_holds(leg))
    }

    fn leg_holds(&self, leg: &Leg) -> Result<(), &'static str> {
        if leg.until as usize > self.slots {
            return Err("data may arrive after the horizon");
        }
        let ways = leg.ways.iter().all(|way| {
            (way.route as usize) < self.routes.len()
                && (way.span as usize) < self.spans.len()
                && (0..=AMOUNT_MAX).contains(&way.rate)
                && (0..=COST_MAX).contains(&way.cost)
        });
        ways.then_some(())
            .ok_or("data goes a way that is not there")
    }
}
