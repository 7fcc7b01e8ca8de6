//! Jobs are decided as they arrive: each alone, in what those that wait since before leave it.

use std::time::Instant;

use ewc_core::model::JobId;
use ewc_core::planner::{Round, Scope, considered, plan};

use super::{Notes, ONE_BY_ONE_JOBS, ONE_BY_ONE_TIME, PAUSE, Planner, Stopping};

/// Decides arrivals while this member leads, until the process ends.
pub(super) fn run(planner: &Planner) {
    let mut notes = Notes::new();
    loop {
        if !planner.handle.is_running() {
            return;
        }
        if !planner.leads() {
            planner.set_considered(JobId(0));
            std::thread::sleep(PAUSE);
            continue;
        }
        // What a leader finds is for its rounds.
        planner.set_considered(planner.handle.state().newest_job());
        if let Err(Stopping) = lead(planner, &mut notes) {
            return;
        }
    }
}

/// Until leadership is lost.
fn lead(planner: &Planner, notes: &mut Notes) -> Result<(), Stopping> {
    while planner.leads() {
        if !planner.handle.is_running() {
            return Err(Stopping);
        }
        let newest = planner.considered();
        if planner.handle.state().newest_job() <= newest {
            std::thread::sleep(PAUSE);
            continue;
        }
        decide(planner, newest, notes)?;
    }
    Ok(())
}

fn decide(planner: &Planner, newest: JobId, notes: &mut Notes) -> Result<(), Stopping> {
    let seen = Instant::now();
    let _turn = planner.take_turn();
    let state = planner.recent_state()?;
    let round = Round {
        policy: state.policy().kind,
        scope: Scope::NewerThan(newest),
        jobs_max: ONE_BY_ONE_JOBS,
        seed: state.index(),
    };
    let started = Instant::now();
    let plan = plan(&state, &round, |_| started.elapsed() < ONE_BY_ONE_TIME);
    planner.metrics.planned("arrival", &plan, started.elapsed());
    let next = considered(&state, &round, &plan);
    if notes.is_worth_it(&plan) {
        planner.commit("arrival", plan)?;
    }
    planner.metrics.arrivals_decided(seen.elapsed());
    planner.set_considered(next);
    Ok(())
}
