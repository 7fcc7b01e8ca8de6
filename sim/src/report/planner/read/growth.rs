//! What to grow first: `expansion.json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::{ReportError, json, version};

/// Versions that can be read.
const VERSION: u32 = 1;

/// What `ewc-sim expand` found.
#[derive(Debug, Deserialize)]
pub(in crate::report::planner) struct Growth {
    version: u32,
    pub(in crate::report::planner) engine: String,
    pub(in crate::report::planner) scenario: String,
    pub(in crate::report::planner) asked: Asked,
    pub(in crate::report::planner) present: Present,
    /// Nothing is scarce without it.
    pub(in crate::report::planner) bottleneck: Option<String>,
    pub(in crate::report::planner) most_used: MostUsed,
    pub(in crate::report::planner) ranking: Vec<Resource>,
    pub(in crate::report::planner) purchases: Vec<Purchase>,
    /// The scenario as time goes by.
    pub(in crate::report::planner) rolling: Option<Rolling>,
}

#[derive(Debug, Deserialize)]
pub(in crate::report::planner) struct Asked {
    pub(in crate::report::planner) budget_cny: f64,
    /// As a share of what is there.
    pub(in crate::report::planner) step: f64,
    pub(in crate::report::planner) years: f64,
}

#[derive(Debug, Deserialize)]
pub(in crate::report::planner) struct Present {
    pub(in crate::report::planner) jobs: u64,
    pub(in crate::report::planner) left_out: u64,
    pub(in crate::report::planner) cost_cny: f64,
    pub(in crate::report::planner) bound_cny: f64,
}

#[derive(Debug, Deserialize)]
pub(in crate::report::planner) struct MostUsed {
    pub(in crate::report::planner) name: String,
    pub(in crate::report::planner) used: f64,
}

#[derive(Debug, Deserialize)]
pub(in crate::report::planner) struct Resource {
    pub(in crate::report::planner) name: String,
    pub(in crate::report::planner) unit: String,
    pub(in crate::report::planner) present: f64,
    pub(in crate::report::planner) used: f64,
    pub(in crate::report::planner) unit_value_cny: f64,
    pub(in crate::report::planner) step: f64,
    pub(in crate::report::planner) step_value_by_prices_cny: f64,
    pub(in crate::report::planner) step_value_planned_again_cny: Option<f64>,
    pub(in crate::report::planner) step_cost_cny: f64,
    pub(in crate::report::planner) cost_is_assumed: bool,
    pub(in crate::report::planner) pays_back_years: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub(in crate::report::planner) struct Purchase {
    pub(in crate::report::planner) name: String,
    pub(in crate::report::planner) unit: String,
    pub(in crate::report::planner) present: f64,
    pub(in crate::report::planner) more: f64,
    pub(in crate::report::planner) cost_cny: f64,
    pub(in crate::report::planner) saves_cny_per_year: f64,
}

#[derive(Debug, Deserialize)]
pub(in crate::report::planner) struct Rolling {
    pub(in crate::report::planner) seeds: usize,
    pub(in crate::report::planner) steps: Vec<Step>,
}

/// What a step more changes.
#[derive(Debug, Deserialize)]
pub(in crate::report::planner) struct Step {
    pub(in crate::report::planner) name: String,
    pub(in crate::report::planner) differences: BTreeMap<String, Difference>,
}

#[derive(Debug, Deserialize)]
pub(in crate::report::planner) struct Difference {
    pub(in crate::report::planner) mean: f64,
    /// None of one seed.
    #[serde(rename = "half_width_95")]
    pub(in crate::report::planner) half_width: Option<f64>,
}

/// What to grow first.
pub(in crate::report::planner) fn growth(path: &Path) -> Result<Growth, ReportError> {
    let growth: Growth = json(path)?;
    version(path, growth.version, VERSION)?;
    Ok(growth)
}
