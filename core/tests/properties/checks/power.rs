//! What the work of a site draws at one instant is within the cap of that instant, from now on,
//! unless only what has started draws it.

use ewc_core::State;
use ewc_core::model::{Job, SiteId};

use super::capacity::chains;
use super::{Check, ensure};

/// What one run draws, in millionths of a watt.
struct Run {
    start_ms: i64,
    end_ms: i64,
    draws: i128,
    started: bool,
}

pub fn check(state: &State) -> Check {
    for (site, cap) in state.power_caps() {
        let live = state.jobs().values().filter(|job| !job.state.is_terminal());
        let runs: Vec<Run> = live.flat_map(|job| runs_at(state, *site, job)).collect();
        let edges = runs.iter().flat_map(|run| [run.start_ms, run.end_ms]);
        let steps = cap.steps().iter().map(|step| step.from_ms);
        let now_ms = state.now_ms();
        for at_ms in edges.chain(steps).chain([now_ms]) {
            let Some(watts) = cap.watts_at(at_ms).filter(|_| at_ms >= now_ms) else {
                continue;
            };
            let on = runs
                .iter()
                .filter(|run| run.start_ms <= at_ms && at_ms < run.end_ms);
            let drawn: i128 = on.clone().map(|run| run.draws).sum();
            let over = drawn > i128::from(watts) * 1_000_000;
            let movable = on.clone().any(|run| !run.started && run.draws > 0);
            ensure(!(over && movable), || {
                format!(
                    "power of site {site}: {drawn} µW of {watts} W are drawn at {at_ms}, and not \
                     by started work alone"
                )
            })?;
            ensure(
                at_ms != now_ms || state.is_over_power(*site) == over,
                || format!("power of site {site}: is_over_power is wrong"),
            )?;
        }
    }
    Ok(())
}

fn runs_at(state: &State, site: SiteId, job: &Job) -> Vec<Run> {
    let mut runs = Vec::new();
    for (placement, started) in chains(job) {
        for slot in &placement.groups {
            let pool = &state.pools()[slot.pool.index()];
            let by_cores = i128::from(slot.total.cpu_millis * pool.spec.cpu_watts_milli);
            let accelerators = slot.total.accelerators * pool.spec.accelerator_watts_milli;
            runs.extend((pool.site == site).then_some(Run {
                start_ms: slot.start_ms,
                end_ms: slot.end_ms,
                draws: by_cores + i128::from(accelerators) * 1_000,
                started,
            }));
        }
    }
    runs
}
