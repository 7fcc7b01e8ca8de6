//! The rules on amounts: times, prices and limits, from units of people to units of the program.

use ewc_core::model::{CarbonLedger, Policy, PolicyKind};

use super::settings::{LimitSettings, PolicySettings, Settings};
use super::{Limits, Problems};

const HOUR_MS: i64 = 3_600_000;
/// Longest list of deferred starts the planner tries for one job and pool.
const SLOTS_MAX: u32 = 10_000;

pub(super) fn time_scale_permille(problems: &mut Problems, scale: f64) -> u64 {
    let scale = problems.in_range("time_scale", scale, 1.0, 100_000.0);
    (scale * 1000.0).round() as u64
}

/// Raft wants several heartbeats to fit between elections, or a late one deposes the leader.
pub(super) fn check_times(problems: &mut Problems, given: &Settings) {
    problems.in_range("heartbeat_ms", given.heartbeat_ms, 5, 10_000);
    problems.in_range("lease_ms", given.lease_ms, 1000, 3_600_000);
    problems.in_range("round_ms", given.round_ms, 50, 600_000);
    problems.in_range("election_ms", given.election_ms, 20, 120_000);
    if given.election_ms < given.heartbeat_ms.saturating_mul(4) {
        let least = given.heartbeat_ms.saturating_mul(4);
        problems.add(
            "election_ms",
            format!("must be at least four heartbeats, {least} ms"),
        );
    }
}

pub(super) fn policy(problems: &mut Problems, given: &PolicySettings) -> Policy {
    let kind = PolicyKind::from_name(&given.kind);
    if kind.is_none() {
        let names = PolicyKind::ALL.map(PolicyKind::name).join(", ");
        let problem = format!("\"{}\" is not known; write one of {names}", given.kind);
        problems.add("policy.kind", problem);
    }
    let mut price = |field: &str, cny: f64, micro_per_unit: f64| {
        let cny = problems.in_range(field, cny, 0.0, 1e6);
        (cny * micro_per_unit).round() as i64
    };
    let carbon = given.carbon_price_cny_per_tonne;
    let carbon = price("policy.carbon_price_cny_per_tonne", carbon, 1e3);
    let water = price(
        "policy.water_price_cny_per_m3",
        given.water_price_cny_per_m3,
        1e3,
    );
    let delay = given.delay_price_cny_per_hour;
    let delay = price("policy.delay_price_cny_per_hour", delay, 1e6);
    let age = price(
        "policy.age_price_cny_per_hour",
        given.age_price_cny_per_hour,
        1e6,
    );
    let imbalance = price(
        "policy.imbalance_price_cny_per_node_hour",
        given.imbalance_price_cny_per_node_hour,
        1e6,
    );
    let tolerance = given.gap_tolerance_percent;
    let tolerance = problems.in_range("policy.gap_tolerance_percent", tolerance, 0.0, 100.0);
    let tolerance = (tolerance * 10.0).round() as u32;
    check_grid(problems, given);
    Policy {
        kind: kind.unwrap_or_default(),
        carbon_micro_cny_per_kg: carbon,
        ledger: ledger(problems, &given.carbon_ledger),
        water_micro_cny_per_litre: water,
        delay_micro_cny_per_hour: delay,
        age_micro_cny_per_hour: age,
        imbalance_micro_cny_per_node_hour: imbalance,
        gap_tolerance_permille: tolerance,
        moves_max: problems.in_range("policy.moves", given.moves, 0, 100),
        horizon_ms: i64::from(given.horizon_hours) * HOUR_MS,
        slot_ms: i64::from(given.slot_minutes) * 60_000,
        routes: problems.in_range("policy.routes", given.routes, 1, 16),
        margin_ms: i64::from(given.margin_seconds) * 1000,
        ..Policy::default()
    }
}

/// Time grid of the planner.
fn check_grid(problems: &mut Problems, given: &PolicySettings) {
    problems.in_range("policy.horizon_hours", given.horizon_hours, 1, 24 * 31);
    problems.in_range("policy.slot_minutes", given.slot_minutes, 1, 24 * 60);
    problems.in_range("policy.margin_seconds", given.margin_seconds, 0, 3600);
    let slots = given.horizon_hours.saturating_mul(60) / given.slot_minutes.max(1);
    if !(1..=SLOTS_MAX).contains(&slots) {
        let problem = format!("cuts the horizon into {slots} slots, not 1 to {SLOTS_MAX}");
        problems.add("policy.slot_minutes", problem);
    }
}

fn ledger(problems: &mut Problems, name: &str) -> CarbonLedger {
    match name {
        "market" => CarbonLedger::Market,
        "location" => CarbonLedger::Location,
        _ => {
            let problem = format!("\"{name}\" is neither market nor location");
            problems.add("policy.carbon_ledger", problem);
            CarbonLedger::default()
        }
    }
}

pub(super) fn limits(problems: &mut Problems, given: &LimitSettings) -> Limits {
    let mut limit = |field: &str, value: u64, min: u64, max: u64| {
        problems.in_range(&format!("limits.{field}"), value, min, max)
    };
    let keep_hours = u64::from(given.terminal_keep_hours);
    let keep_hours = limit("terminal_keep_hours", keep_hours, 1, 24 * 366) as i64;
    Limits {
        state: ewc_core::state::Limits {
            jobs_max: limit("jobs_max", given.jobs_max, 1, 100_000_000),
            terminal_max: limit("terminal_max", given.terminal_max, 1, 100_000_000),
            terminal_keep_ms: keep_hours * HOUR_MS,
        },
        message_bytes_max: limit(
            "message_bytes_max",
            given.message_bytes_max,
            64 << 10,
            64 << 20,
        ) as usize,
        connections_max: limit("connections_max", given.connections_max, 16, 65_536) as usize,
        snapshot_every_entries: limit(
            "snapshot_every_entries",
            given.snapshot_every_entries,
            100,
            100_000_000,
        ),
        history_max: limit("history_max", given.history_max, 1, 1_000_000_000),
        archive_max: limit("archive_max", given.archive_max, 1, 1_000_000_000),
    }
}
