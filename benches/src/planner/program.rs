//! A model as an integer program, in two ways.

use anyhow::ensure;
use ewc_core::planner::model::{Choice, Class, Model};
use ewc_sim::instance::columns;
use serde_json::{Value, json};

/// Minimise `offset + cost × x`, where `0 ≤ x ≤ upper` and each row is at most its limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Program {
    offset: i128,
    cost: Vec<i64>,
    upper: Vec<i64>,
    rows: Vec<Row>,
}

/// `Σ value × x ≤ limit`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Row {
    limit: i64,
    terms: Vec<(u32, i64)>,
}

impl Program {
    /// One variable for each column: how many jobs of its class take it.
    pub fn of_columns(model: &Model) -> Program {
        let mut program = Program::with_rows(model);
        for class in &model.classes {
            let mut members = Vec::new();
            for column in columns::all(model, class) {
                let cost = class.cost(model, &column) - class.unplaced;
                let variable = program.variable(cost, class.count);
                model.each_hold(class, &column, |row, slot, amount| {
                    program.add(row as usize * model.slots + slot, variable, amount);
                });
                members.push((variable, 1));
            }
            program.close(class, members);
        }
        program
    }

    /// One variable for each choice and start, and one for each window of each leg of a choice.
    /// What starts by some slot has been reached by at least as many transfers; what leaves is
    /// treated alike. For whole numbers it has the same solutions as the columns.
    pub fn compact(model: &Model) -> Program {
        let mut program = Program::with_rows(model);
        for class in &model.classes {
            let mut members = Vec::new();
            for choice in &class.choices {
                program.add_choice(model, class, choice, &mut members);
            }
            program.close(class, members);
        }
        program
    }

    fn add_choice(
        &mut self,
        model: &Model,
        class: &Class,
        choice: &Choice,
        members: &mut Vec<(u32, i64)>,
    ) {
        let mut runs = Vec::new();
        for start in choice.first..=choice.last {
            let start = start as usize;
            let cost = class.run_cost(model, choice, start) - class.unplaced;
            let run = self.variable(cost, class.count);
            for used in &choice.uses {
                self.hold(model, run, (used.row, used.span), start, used.amount);
            }
            members.push((run, 1));
            runs.push((start, model.spans[choice.span as usize].end(start), run));
        }
        for leg in &choice.inbound {
            let moves = self.add_leg(model, class, leg);
            for &(start, _, _) in &runs {
                let started = runs
                    .iter()
                    .filter(|run| run.0 <= start)
                    .map(|run| (run.2, 1));
                let come = moves.iter().filter(|moved| moved.1 <= start);
                let terms = started.chain(come.map(|moved| (moved.2, -1))).collect();
                self.rows.push(Row { limit: 0, terms });
            }
        }
        for leg in &choice.outbound {
            let moves = self.add_leg(model, class, leg);
            for &(_, end, _) in &runs {
                let ended = runs.iter().filter(|run| run.1 >= end).map(|run| (run.2, 1));
                let leave = moves.iter().filter(|moved| moved.0 >= end);
                let terms = ended.chain(leave.map(|moved| (moved.2, -1))).collect();
                self.rows.push(Row { limit: 0, terms });
            }
        }
    }

    /// Start, end and variable of every window of a leg.
    fn add_leg(
        &mut self,
        model: &Model,
        class: &Class,
        leg: &ewc_core::planner::model::Leg,
    ) -> Vec<(usize, usize, u32)> {
        let mut moves = Vec::new();
        for way in &leg.ways {
            for start in leg.first as usize..leg.until as usize {
                let end = model.spans[way.span as usize].end(start);
                if end > leg.until as usize {
                    continue;
                }
                let moved = self.variable(way.cost, class.count);
                for &row in &model.routes[way.route as usize] {
                    self.hold(model, moved, (row, way.span), start, way.rate);
                }
                moves.push((start, end, moved));
            }
        }
        moves
    }

    fn hold(
        &mut self,
        model: &Model,
        variable: u32,
        (row, span): (u32, u32),
        start: usize,
        amount: i64,
    ) {
        let span = &model.spans[span as usize];
        let whole = (span.whole[start] as usize).min(model.slots);
        let base = row as usize * model.slots;
        for slot in start..whole {
            self.add(base + slot, variable, amount);
        }
        if span.tail_permille[start] > 0 && whole < model.slots {
            self.add(base + whole, variable, span.tail(start, amount));
        }
    }

    /// No variable yet; a row for each row and slot of the model.
    fn with_rows(model: &Model) -> Program {
        let limits = model.capacity.iter().flatten();
        let row = |&limit: &i64| Row {
            limit,
            terms: Vec::new(),
        };
        Program {
            rows: limits.map(row).collect(),
            ..Program::default()
        }
    }

    fn variable(&mut self, cost: i64, count: u32) -> u32 {
        self.cost.push(cost);
        self.upper.push(i64::from(count));
        (self.cost.len() - 1) as u32
    }

    fn add(&mut self, row: usize, variable: u32, value: i64) {
        let terms = &mut self.rows[row].terms;
        match terms.last_mut().filter(|last| last.0 == variable) {
            Some(last) => last.1 += value,
            None => terms.push((variable, value)),
        }
    }

    /// Each job of a class takes one variable at most; left out, it costs what that costs.
    fn close(&mut self, class: &Class, members: Vec<(u32, i64)>) {
        self.offset += i128::from(class.unplaced) * i128::from(class.count);
        self.rows.push(Row {
            limit: i64::from(class.count),
            terms: members,
        });
    }

    /// The exact value of a solution, as the peer names it.
    ///
    /// # Errors
    /// It breaks a row.
    pub fn value(&self, taken: &[(usize, i64)]) -> anyhow::Result<i128> {
        let mut all = vec![0; self.cost.len()];
        for &(variable, value) in taken {
            ensure!(
                (0..=self.upper[variable]).contains(&value),
                "the peer's solution exceeds a variable"
            );
            all[variable] = value;
        }
        for row in &self.rows {
            let terms = row.terms.iter();
            let sum: i64 = terms.map(|&(at, value)| all[at as usize] * value).sum();
            ensure!(sum <= row.limit, "the peer's solution breaks a row");
        }
        let costs = self.cost.iter().zip(&all);
        let costs = costs.map(|(&cost, &value)| i128::from(cost) * i128::from(value));
        Ok(self.offset + costs.sum::<i128>())
    }

    /// The value of a relaxation, whose offset the peer does not know.
    pub fn with_offset(&self, value: f64) -> f64 {
        self.offset as f64 + value
    }

    /// The request, but for how to solve it. Rows that cannot be broken are left out.
    pub fn to_json(&self) -> Value {
        let tight = |row: &&Row| {
            let most = row
                .terms
                .iter()
                .map(|&(at, value)| value.max(0) * self.upper[at as usize]);
            most.sum::<i64>() > row.limit
        };
        let rows: Vec<&Row> = self.rows.iter().filter(tight).collect();
        let mut starts = vec![0];
        for row in &rows {
            starts.push(starts[starts.len() - 1] + row.terms.len());
        }
        let terms = || rows.iter().flat_map(|row| &row.terms);
        json!({
            "cost": self.cost,
            "upper": self.upper,
            "limit": rows.iter().map(|row| row.limit).collect::<Vec<_>>(),
            "starts": starts,
            "indices": terms().map(|term| term.0).collect::<Vec<_>>(),
            "values": terms().map(|term| term.1).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ewc_scenario::instance::Built;
    use ewc_sim::instance::baseline::{self, Pick};
    use ewc_sim::instance::generate;

    /// Takes, for each class, the variables of the columns that a policy took.
    fn taken(model: &Model, columns: &[Vec<(ewc_core::planner::model::Column, u32)>]) -> Taken {
        let mut first = 0;
        let mut taken = Vec::new();
        for (class, chosen) in model.classes.iter().zip(columns) {
            let all = columns::all(model, class);
            for (column, count) in chosen {
                let at = all.iter().position(|own| own == column).unwrap();
                taken.push((first + at, i64::from(*count)));
            }
            first += all.len();
        }
        taken
    }

    type Taken = Vec<(usize, i64)>;

    #[test]
    fn a_plan_has_the_same_value_as_a_solution_and_too_much_breaks_a_row() {
        for seed in 0..50 {
            let built = Built::new(&generate::small(seed)).unwrap();
            let model = &built.model;
            let classes = model.classes.len();
            let plan = baseline::place(model, 0..classes, Pick::Cheapest, |_| {});
            let program = Program::of_columns(model);
            let mut taken = taken(model, &plan.columns);
            assert_eq!(program.value(&taken).unwrap(), plan.objective);
            if let Some(first) = taken.first_mut() {
                first.1 += 5;
                assert!(program.value(&taken).is_err());
            }
        }
    }
}
