//! The leader's planning thread: plans on a snapshot of the state, off the raft thread, and
//! proposes what it found. One round is under way at a time.
//!
//! What arrives is planned at once. Between arrivals the queue is swept in rounds of bounded size,
//! by priority and fair shares, to its end; rounds that place nothing are followed by a pause, so
//! that a hopeless queue does not burn a core, and what they have to say about waiting jobs is
//! logged now and then only.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ewc_core::State;
use ewc_core::command::Command;
use ewc_core::model::{JobId, JobState, PolicyKind};
use ewc_core::planner::shares::{self, Cursors};
use ewc_core::planner::{Plan, Round, Scope, plan, queue};

use crate::clock::SharedClock;
use crate::driver::{Handle, ProposeError};
use crate::metrics::Metrics;

/// How much one round takes on.
#[derive(Clone, Copy)]
struct Extent {
    /// Jobs considered.
    jobs: u32,
    /// The round is stopped at its next checkpoint after this long.
    time: Duration,
}

/// Of a policy that places one job after the other, and of arrivals under any.
const ONE_BY_ONE: Extent = Extent {
    jobs: 256,
    time: Duration::from_millis(250),
};
/// Of a policy that decides jobs together: the more it sees, the better.
const TOGETHER: Extent = Extent {
    jobs: 4096,
    time: Duration::from_secs(1),
};

/// The extent of a round that sweeps the queue.
fn sweeping(state: &State) -> Extent {
    match state.policy().kind {
        PolicyKind::Price => TOGETHER,
        _ => ONE_BY_ONE,
    }
}

/// The shortest pause after a round that placed nothing.
const PAUSE_MIN: Duration = Duration::from_millis(5);
/// The longest.
const PAUSE_MAX: Duration = Duration::from_millis(250);
/// A round that placed nothing is followed by a pause so many times as long.
const PAUSE_PARTS: u32 = 4;
/// Pause between two sweeps of a queue in which nothing could be placed.
const SWEEP_PAUSE: Duration = Duration::from_secs(1);
/// Distance of plans that only say why jobs wait.
const NOTES_EVERY: Duration = Duration::from_millis(200);

/// Plans while this member leads, until the driver is gone.
pub fn run(handle: &Handle, clock: &SharedClock, metrics: &Arc<Metrics>) {
    let mut sweep = Sweep::default();
    let mut noted = Instant::now();
    loop {
        if !handle.standing().leads {
            sweep = Sweep::default();
            std::thread::sleep(PAUSE_MIN);
            continue;
        }
        let Some(scope) = sweep.next(&handle.state()) else {
            std::thread::sleep(PAUSE_MIN);
            continue;
        };
        let Some(state) = recent_state(handle, clock) else {
            return;
        };
        let extent = match scope {
            Scope::NewerThan(_) => ONE_BY_ONE,
            _ => sweeping(&state),
        };
        let round = Round {
            policy: state.policy().kind,
            scope,
            jobs_max: extent.jobs,
            seed: state.index(),
        };
        let started = Instant::now();
        let plan = plan(&state, &round, |_| started.elapsed() < extent.time);
        let took = started.elapsed();
        metrics.planned(&plan, took);
        sweep.done(&state, &round, &plan);
        let placed = !plan.placements.is_empty();
        if placed || (!plan.is_empty() && noted.elapsed() > NOTES_EVERY) {
            noted = Instant::now();
            if !propose(handle, Command::CommitPlan(plan)) {
                return;
            }
        }
        if !placed {
            std::thread::sleep((took * PAUSE_PARTS).clamp(PAUSE_MIN, PAUSE_MAX));
        }
    }
}

/// The state, brought up to now: a plan made for a time long gone would not fit any more. `None`
/// when the process ends.
fn recent_state(handle: &Handle, clock: &SharedClock) -> Option<Arc<State>> {
    let state = handle.state();
    let stale_ms = state.policy().margin_ms / 4;
    if clock.now_ms() - state.now_ms() <= stale_ms {
        return Some(state);
    }
    propose(handle, Command::Tick).then(|| handle.state())
}

/// Proposes and waits. False when the process ends; a lost leadership shows in the next round.
fn propose(handle: &Handle, command: Command) -> bool {
    match handle.propose_blocking(command) {
        Ok(_) => true,
        Err(ProposeError::Stopping) => false,
        Err(error) => {
            tracing::debug!(%error, "not committed");
            std::thread::sleep(PAUSE_MIN);
            true
        }
    }
}

/// Where the planner stands in the queue.
#[derive(Default)]
struct Sweep {
    /// Newest job that was considered: younger ones come first.
    newest: Option<JobId>,
    /// How far the sweep has come in each queue; nowhere: it begins at the head.
    cursors: Cursors,
    placed: bool,
    rests_until: Option<Instant>,
}

impl Sweep {
    /// What to consider next, if anything.
    fn next(&mut self, state: &State) -> Option<Scope> {
        if state.count(JobState::Pending) == 0 {
            *self = Sweep {
                newest: self.newest,
                ..Sweep::default()
            };
            return None;
        }
        // The first round of a leader sweeps: it has seen nothing yet.
        let newest = *self.newest.get_or_insert_with(|| newest_job(state));
        if newest_job(state) > newest {
            return Some(Scope::NewerThan(newest));
        }
        if self.rests_until.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        let jobs = shares::window(state, &self.cursors, sweeping(state).jobs as usize);
        if jobs.is_empty() {
            self.rests_until = (!self.placed).then(|| Instant::now() + SWEEP_PAUSE);
            self.cursors.clear();
            self.placed = false;
            return None;
        }
        Some(Scope::Only(jobs))
    }

    fn done(&mut self, state: &State, round: &Round, plan: &Plan) {
        let considered = queue(state, round);
        // Checkpoints are jobs, but for jobs that are decided together: those are all considered.
        let stopped = match (round.policy, &round.scope) {
            (PolicyKind::Price, Scope::All | Scope::Only(_)) => considered.len(),
            _ => considered.len().min(plan.stopped_at as usize),
        };
        if let Scope::NewerThan(_) = round.scope {
            // In queue order: a job that the round did not reach waits for the sweep.
            let whole = stopped == considered.len();
            let newest = considered.iter().max().copied();
            let all = whole && considered.len() < round.jobs_max as usize;
            self.newest = if all {
                Some(newest_job(state))
            } else {
                newest.or(self.newest)
            };
            return;
        }
        self.placed |= !plan.placements.is_empty();
        match &round.scope {
            // Some left the queue since they were chosen: they count as considered all the same.
            Scope::Only(jobs) if stopped == considered.len() => {
                shares::advance(state, &mut self.cursors, jobs);
            }
            _ => shares::advance(state, &mut self.cursors, &considered[..stopped]),
        }
    }
}

/// The youngest job there is.
fn newest_job(state: &State) -> JobId {
    state.jobs().get_max().map_or(JobId(0), |(job, _)| *job)
}
