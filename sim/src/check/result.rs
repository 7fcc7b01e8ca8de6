//! What comes out of a check.

use serde::Serialize;

/// A cell of a published table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// The row, e.g. a policy.
    pub row: String,
    /// What the figure is, with its unit.
    pub column: String,
    /// As printed elsewhere.
    pub published: f64,
    /// As worked out here.
    pub ours: f64,
    /// How far apart they may be.
    pub tolerance: f64,
}

impl Cell {
    /// Ours less the published.
    pub fn difference(&self) -> f64 {
        self.ours - self.published
    }

    /// Whether they are close enough. What is no number is not.
    pub fn holds(&self) -> bool {
        self.difference().abs() <= self.tolerance
    }
}

/// A cell in which our planner had the inputs of a published rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Planned {
    /// The row.
    pub row: String,
    /// What the figure is, with its unit.
    pub column: String,
    /// What the published rule reaches, worked out here to the last digit.
    pub rule: f64,
    /// The best there is, worked out without the planner.
    pub best: f64,
    /// What the planner reaches.
    pub planner: f64,
    /// Nobody can reach less: proven by the planner's prices.
    pub bound: f64,
    /// Smallest difference that the planner's whole numbers can tell.
    pub resolution: f64,
}

impl Planned {
    /// Whether the published rule leaves room below it.
    pub fn beatable(&self) -> bool {
        self.rule > self.best + self.resolution
    }

    /// How far the plan may be above the best one by what is proven, in percent of the plan.
    pub fn gap_pct(&self) -> f64 {
        100.0 * (self.planner - self.bound) / self.planner
    }

    /// Whether the planner is better wherever that is possible, and worse nowhere, and its bound
    /// and the best there is do not contradict it.
    pub fn holds(&self) -> bool {
        let above = |a: f64, b: f64| a >= b - self.resolution;
        let consistent = above(self.planner, self.best) && above(self.best, self.bound);
        let enough = match self.beatable() {
            true => self.planner < self.rule - self.resolution,
            false => above(self.rule, self.planner),
        };
        consistent && enough
    }
}

/// A table, worked out.
#[derive(Debug, Clone, PartialEq)]
pub struct TableReport {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is, and where it was published.
    pub source: &'static str,
    /// Rules by which ties were broken, and what else decides the figures.
    pub rules: Vec<String>,
    /// What was published.
    pub cells: Vec<Cell>,
    /// What our planner makes of the same inputs.
    pub planned: Vec<Planned>,
}

impl TableReport {
    /// How many cells do not hold.
    pub fn off(&self) -> usize {
        let cells = self.cells.iter().filter(|cell| !cell.holds()).count();
        cells + self.planned.iter().filter(|cell| !cell.holds()).count()
    }
}

/// All tables that were asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// In the order of their names.
    pub tables: Vec<TableReport>,
}

impl Report {
    /// How many cells do not hold.
    pub fn off(&self) -> usize {
        self.tables.iter().map(TableReport::off).sum()
    }

    /// Cells of all tables.
    pub fn cells(&self) -> usize {
        let count = |table: &TableReport| table.cells.len() + table.planned.len();
        self.tables.iter().map(count).sum()
    }
}
