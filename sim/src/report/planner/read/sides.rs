//! Results of several sides, each over seeds: `comparison.json`, `difference.json`, `results.json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::{ReportError, json, version};

/// Versions that can be read.
const VERSION: u32 = 1;

/// What is compared with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report::planner) enum Of {
    /// Policies with the first of them.
    Policies,
    /// A scenario after a change with before.
    Change,
    /// Combinations of a grid.
    Grid,
}

/// One side.
#[derive(Debug, Clone, Default)]
pub(in crate::report::planner) struct Side {
    pub(in crate::report::planner) name: String,
    /// By measure (its place in the indicators, with dots), a value for each seed.
    pub(in crate::report::planner) values: BTreeMap<String, Vec<f64>>,
}

/// All sides; the first is the one the others are compared with.
#[derive(Debug, Clone)]
pub(in crate::report::planner) struct Sides {
    pub(in crate::report::planner) of: Of,
    pub(in crate::report::planner) engine: String,
    pub(in crate::report::planner) scenario: String,
    pub(in crate::report::planner) complete: bool,
    pub(in crate::report::planner) seeds: usize,
    pub(in crate::report::planner) sides: Vec<Side>,
}

#[derive(Deserialize)]
struct ComparisonFile {
    version: u32,
    engine: String,
    scenario: String,
    seeds: Vec<u64>,
    policies: Vec<PolicyEntry>,
}

#[derive(Deserialize)]
struct PolicyEntry {
    policy: String,
    measures: BTreeMap<String, MeasureEntry>,
}

#[derive(Deserialize)]
struct MeasureEntry {
    by_seed: Vec<f64>,
}

#[derive(Deserialize)]
struct DifferenceFile {
    version: u32,
    engine: String,
    scenario: String,
    seeds: Vec<u64>,
    indicators: Vec<DifferenceEntry>,
}

#[derive(Deserialize)]
struct DifferenceEntry {
    indicator: String,
    by_seed: BeforeAfter,
}

#[derive(Deserialize)]
struct BeforeAfter {
    before: Vec<f64>,
    after: Vec<f64>,
}

#[derive(Deserialize)]
struct SweepFile {
    version: u32,
    engine: String,
    scenario: String,
    complete: bool,
    cells: Vec<CellEntry>,
}

#[derive(Deserialize)]
struct CellEntry {
    set: BTreeMap<String, String>,
    indicators: Value,
}

/// Policies side by side.
pub(in crate::report::planner) fn comparison(path: &Path) -> Result<Sides, ReportError> {
    let file: ComparisonFile = json(path)?;
    version(path, file.version, VERSION)?;
    let side = |entry: PolicyEntry| {
        let measures = entry.measures.into_iter();
        Side {
            name: entry.policy,
            values: measures
                .map(|(name, measure)| (name, measure.by_seed))
                .collect(),
        }
    };
    Ok(Sides {
        of: Of::Policies,
        engine: file.engine,
        scenario: file.scenario,
        complete: true,
        seeds: file.seeds.len(),
        sides: file.policies.into_iter().map(side).collect(),
    })
}

/// Before and after a change.
pub(in crate::report::planner) fn difference(path: &Path) -> Result<Sides, ReportError> {
    let file: DifferenceFile = json(path)?;
    version(path, file.version, VERSION)?;
    let mut sides = ["before", "after"].map(|name| Side {
        name: name.to_owned(),
        values: BTreeMap::new(),
    });
    for DifferenceEntry { indicator, by_seed } in file.indicators {
        sides[0].values.insert(indicator.clone(), by_seed.before);
        sides[1].values.insert(indicator, by_seed.after);
    }
    Ok(Sides {
        of: Of::Change,
        engine: file.engine,
        scenario: file.scenario,
        complete: true,
        seeds: file.seeds.len(),
        sides: sides.into(),
    })
}

/// The combinations of a sweep, in the order of the file.
pub(in crate::report::planner) fn sweep(path: &Path) -> Result<Sides, ReportError> {
    let file: SweepFile = json(path)?;
    version(path, file.version, VERSION)?;
    let mut sides: Vec<Side> = Vec::new();
    for cell in file.cells {
        let set = cell
            .set
            .iter()
            .map(|(field, value)| format!("{field} = {value}"));
        let name = set.collect::<Vec<String>>().join(", ");
        let same = sides.iter().position(|side| side.name == name);
        let at = same.unwrap_or_else(|| {
            sides.push(Side {
                name,
                ..Side::default()
            });
            sides.len() - 1
        });
        numbers("", &cell.indicators, &mut sides[at].values);
    }
    let seeds = sides
        .iter()
        .flat_map(|side| side.values.values().map(Vec::len))
        .max();
    Ok(Sides {
        of: Of::Grid,
        engine: file.engine,
        scenario: file.scenario,
        complete: file.complete,
        seeds: seeds.unwrap_or(0),
        sides,
    })
}

/// Adds every number to those of its name, with dots between tables.
fn numbers(prefix: &str, value: &Value, all: &mut BTreeMap<String, Vec<f64>>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = match prefix {
                    "" => name.clone(),
                    prefix => format!("{prefix}.{name}"),
                };
                numbers(&name, value, all);
            }
        }
        value => {
            if let Some(number) = value.as_f64() {
                all.entry(prefix.to_owned()).or_default().push(number);
            }
        }
    }
}
