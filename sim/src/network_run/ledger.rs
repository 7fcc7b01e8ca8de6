//! What the attempts of a job have held: a job that is placed anew forgets where it was before.
//!
//! Held of the jobs that wait or run: one placement for each attempt.

use std::collections::BTreeMap;
use std::sync::Arc;

use ewc_core::model::{Attempt, Cost, Job, Outcome, Placement, Resources, TransferKind};
use ewc_core::{State, planner};
use ewc_scenario::NetworkRun;
use ewc_scenario::energy::EnergyProfile;
use ewc_scenario::network_run::{Fault, FaultKind};

use super::forecast;

/// What energy was really like, and when sites were dark.
#[derive(Clone, Copy)]
pub(super) struct Truth<'a> {
    pub(super) profiles: &'a [EnergyProfile],
    pub(super) run: &'a NetworkRun,
}

/// An attempt that has started and ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ran {
    pub(super) from_ms: i64,
    pub(super) until_ms: i64,
    /// Of all pools together.
    pub(super) held: Resources,
    pub(super) cost: Cost,
    /// It did not end well, nor was it to go on elsewhere.
    pub(super) lost: bool,
}

/// Placements by job and attempt.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    granted: BTreeMap<u64, BTreeMap<u32, Arc<Placement>>>,
}

impl Ledger {
    /// An attempt is granted.
    pub(super) fn granted(&mut self, number: u64, job: &Job) {
        if let (Some(attempt), Some(placement)) = (job.attempt(), &job.placement) {
            let attempts = self.granted.entry(number).or_default();
            attempts.insert(attempt.number, placement.clone());
        }
    }

    /// The attempts of a job that leaves, in their order.
    pub(super) fn close(
        &mut self,
        state: &State,
        truth: Truth<'_>,
        number: u64,
        job: &Job,
    ) -> Vec<Ran> {
        let granted = self.granted.remove(&number).unwrap_or_default();
        let last = job.attempt().map(|last| last.number);
        let ran = job.attempts.iter().filter_map(|attempt| {
            // What the last one delivers is known only since its end.
            let now = job
                .placement
                .as_ref()
                .filter(|_| last == Some(attempt.number));
            let placement = now.or_else(|| granted.get(&attempt.number))?;
            ran(state, truth, attempt, placement)
        });
        ran.collect()
    }
}

fn ran(state: &State, truth: Truth<'_>, attempt: &Attempt, placement: &Placement) -> Option<Ran> {
    let (from_ms, heard_ms) = (attempt.started_ms?, attempt.ended_ms?);
    let ended_well = attempt.outcome == Some(Outcome::Succeeded);
    let lost = !ended_well && !attempt.moved;
    let mut spent = placement.clone();
    if !ended_well {
        // Results that never came to be did not travel.
        spent
            .transfers
            .retain(|transfer| transfer.kind != TransferKind::StageOut);
    }
    let until_ms = match attempt.outcome {
        Some(Outcome::Lost) => dark_from(state, truth.run, placement, (from_ms, heard_ms)),
        _ => heard_ms,
    };
    let groups = placement.groups.iter();
    Some(Ran {
        from_ms,
        until_ms,
        held: groups.fold(Resources::ZERO, |sum, slot| sum + slot.total),
        cost: planner::spent(state, &spent, (from_ms, until_ms), |site| {
            forecast::truth(&truth.profiles[site.index()], from_ms, until_ms)
        }),
        lost,
    })
}

/// When the first of the placement's sites went dark, or else the end.
fn dark_from(
    state: &State,
    run: &NetworkRun,
    placement: &Placement,
    (from_ms, until_ms): (i64, i64),
) -> i64 {
    let pools = placement
        .groups
        .iter()
        .filter_map(|slot| state.pool(slot.pool));
    let sites: Vec<&str> = pools
        .filter_map(|pool| state.site(pool.site))
        .map(|site| site.spec.name.as_str())
        .collect();
    let outages = run.faults.iter().filter(|fault| match &fault.kind {
        FaultKind::SiteOutage { site } => sites.contains(&site.as_str()),
        _ => false,
    });
    let within = outages.filter_map(|fault| next_from(fault, from_ms));
    within
        .min()
        .map_or(until_ms, |dark_ms| dark_ms.clamp(from_ms, until_ms))
}

/// When a fault begins next, from that time on.
fn next_from(fault: &Fault, at_ms: i64) -> Option<i64> {
    let late_ms = (at_ms - fault.from_ms).max(0);
    match fault.every_ms {
        _ if late_ms == 0 => Some(fault.from_ms),
        None => None,
        Some(every_ms) => {
            let times = late_ms
                .unsigned_abs()
                .div_ceil(every_ms.max(1).unsigned_abs());
            Some(
                fault
                    .from_ms
                    .saturating_add(every_ms.saturating_mul(times.cast_signed())),
            )
        }
    }
}

/// The sum of costs; shares of renewables by energy.
pub(super) fn total(ran: &[Ran]) -> Cost {
    let mut sum = Cost::default();
    let mut renewable = 0;
    for Ran { cost, .. } in ran {
        sum.energy_micro_cny += cost.energy_micro_cny;
        sum.pool_micro_cny += cost.pool_micro_cny;
        sum.transport_micro_cny += cost.transport_micro_cny;
        sum.energy_mwh += cost.energy_mwh;
        sum.carbon_location_mg += cost.carbon_location_mg;
        sum.carbon_market_mg += cost.carbon_market_mg;
        sum.water_ml += cost.water_ml;
        renewable += i128::from(cost.energy_mwh) * i128::from(cost.renewable_permille);
    }
    let share = renewable / i128::from(sum.energy_mwh.max(1));
    sum.renewable_permille = u32::try_from(share).unwrap_or(0);
    sum
}
