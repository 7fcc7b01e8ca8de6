//! `summary.json` of a run on a network.

use serde::Deserialize;

/// What was run, and what came out.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::report::planner) struct RunSummary {
    pub(super) version: u32,
    pub(in crate::report::planner) engine: String,
    pub(in crate::report::planner) planner_version: u32,
    pub(in crate::report::planner) complete: bool,
    pub(in crate::report::planner) scenario: String,
    pub(in crate::report::planner) network: String,
    pub(in crate::report::planner) seed: u64,
    pub(in crate::report::planner) start_ms: i64,
    pub(in crate::report::planner) duration_s: f64,
    pub(in crate::report::planner) policy: String,
    pub(in crate::report::planner) forecast: ForecastSummary,
    /// Number of entries.
    pub(in crate::report::planner) faults: u64,
    /// The entries; runs before it was written have none.
    #[serde(default)]
    pub(in crate::report::planner) fault_list: Vec<FaultSummary>,
    pub(in crate::report::planner) inputs: Vec<InputSummary>,
    pub(in crate::report::planner) indicators: Indicators,
}

/// What was known of energy beforehand.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::report::planner) struct ForecastSummary {
    pub(in crate::report::planner) model: String,
    pub(in crate::report::planner) error_permille: Option<u32>,
}

/// A change of the network.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::report::planner) struct FaultSummary {
    pub(in crate::report::planner) kind: String,
    pub(in crate::report::planner) site: Option<String>,
    pub(in crate::report::planner) link: Option<String>,
    pub(in crate::report::planner) left: Option<f64>,
    pub(in crate::report::planner) nodes: Option<u32>,
    pub(in crate::report::planner) from_s: f64,
    pub(in crate::report::planner) until_s: Option<f64>,
    pub(in crate::report::planner) every_s: Option<f64>,
}

/// A file that was read.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::report::planner) struct InputSummary {
    pub(in crate::report::planner) file: String,
    pub(in crate::report::planner) sha256: String,
}

/// Sums over the run.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::report::planner) struct Indicators {
    pub(in crate::report::planner) jobs: u64,
    pub(in crate::report::planner) succeeded: u64,
    pub(in crate::report::planner) unplaced: u64,
    pub(in crate::report::planner) refused: u64,
    pub(in crate::report::planner) unfinished: u64,
    pub(in crate::report::planner) wait_s: WaitSummary,
    pub(in crate::report::planner) bsld_mean: f64,
    pub(in crate::report::planner) deadlines: u64,
    pub(in crate::report::planner) deadline_hits: u64,
    pub(in crate::report::planner) utilisation: Shares,
    pub(in crate::report::planner) load_pct: f64,
    pub(in crate::report::planner) wan_bytes: f64,
    pub(in crate::report::planner) cost_cny: f64,
    pub(in crate::report::planner) energy_kwh: f64,
    pub(in crate::report::planner) carbon_location_kg: f64,
    pub(in crate::report::planner) carbon_market_kg: f64,
    pub(in crate::report::planner) lost: LostSummary,
    pub(in crate::report::planner) renewable_share: f64,
    pub(in crate::report::planner) rounds_committed: u64,
    pub(in crate::report::planner) mean_gap_pct: Option<f64>,
    pub(in crate::report::planner) worst_gap_pct: Option<f64>,
    pub(in crate::report::planner) mean_queue: f64,
    /// Runs before it was written have none.
    pub(in crate::report::planner) recovery: Option<RecoverySummary>,
}

/// Jobs of important and core data whose results have to stand in two hubs.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(in crate::report::planner) struct RecoverySummary {
    pub(in crate::report::planner) due: u64,
    pub(in crate::report::planner) kept: u64,
}

/// Waits for the start.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::report::planner) struct WaitSummary {
    pub(in crate::report::planner) mean: f64,
    pub(in crate::report::planner) p50: f64,
    pub(in crate::report::planner) p90: f64,
    pub(in crate::report::planner) max: f64,
}

/// Shares by kind of capacity.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::report::planner) struct Shares {
    pub(in crate::report::planner) cores: f64,
    pub(in crate::report::planner) accelerators: f64,
}

/// What attempts cost that did not end well.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::report::planner) struct LostSummary {
    pub(in crate::report::planner) attempts: u64,
    pub(in crate::report::planner) cost_cny: f64,
    pub(in crate::report::planner) carbon_location_kg: f64,
    pub(in crate::report::planner) carbon_market_kg: f64,
}
