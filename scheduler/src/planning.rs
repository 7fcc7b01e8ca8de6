//! The leader's planning thread: plans on a snapshot of the state, off the raft thread, and
//! proposes what it found. One round is under way at a time.
//!
//! The queue is swept in rounds of bounded size from its head to its end; a sweep that placed
//! nothing is followed by a pause, so that a hopeless queue does not burn a core.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ewc_core::State;
use ewc_core::command::Command;
use ewc_core::model::JobId;
use ewc_core::planner::{Plan, Round, plan};
use ewc_core::state::QueueKey;

use crate::clock::SharedClock;
use crate::driver::{Handle, ProposeError};
use crate::metrics::Metrics;

/// Jobs considered in one round.
const JOBS_PER_ROUND: u32 = 256;
/// A round is stopped at its next checkpoint after this long.
const ROUND_MAX: Duration = Duration::from_millis(250);
/// The shortest pause after a round that changed nothing.
const PAUSE_MIN: Duration = Duration::from_millis(20);
/// The longest.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// Plans while this member leads, until the driver is gone.
pub fn run(handle: &Handle, clock: &SharedClock, metrics: &Arc<Metrics>) {
    let mut sweep = Sweep::default();
    loop {
        if !handle.standing().leads {
            std::thread::sleep(PAUSE_MIN);
            continue;
        }
        let state = handle.state();
        let Some(round) = sweep.next(&state) else {
            std::thread::sleep(sweep.pause);
            continue;
        };
        // A plan made for a time long gone would not fit any more.
        let margin_ms = state.policy().margin_ms;
        if clock.now_ms() - state.now_ms() > margin_ms / 4 && !propose(handle, Command::Tick) {
            return;
        }
        let state = handle.state();
        let started = Instant::now();
        let plan = plan(&state, &round, |_| started.elapsed() < ROUND_MAX);
        metrics.planned(&plan, started.elapsed());
        sweep.done(&state, &round, &plan, started.elapsed());
        if plan.is_empty() {
            continue;
        }
        if !propose(handle, Command::CommitPlan(plan)) {
            return;
        }
    }
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

/// Where the sweep through the queue stands.
#[derive(Default)]
struct Sweep {
    after: Option<QueueKey>,
    /// Newest job seen at the end of the last sweep: younger ones are planned at once.
    newest: Option<JobId>,
    placed: bool,
    spent: Duration,
    pause: Duration,
    resume_at: Option<Instant>,
}

impl Sweep {
    fn next(&mut self, state: &State) -> Option<Round> {
        if state.pending().is_empty() {
            *self = Sweep {
                pause: PAUSE_MIN / 4,
                ..Sweep::default()
            };
            return None;
        }
        let rests = self.resume_at.is_some_and(|at| Instant::now() < at);
        let arrivals = state.pending().get_max().map(|(_, job)| *job) > self.newest;
        if rests && !arrivals {
            self.pause = PAUSE_MIN / 4;
            return None;
        }
        if rests {
            // Only what came since; the rest was found hopeless a moment ago.
            let newest = self.newest.map(|job| (job, state.job(job)));
            let after = newest.and_then(|(job, known)| {
                let priority = known.map(|known| known.spec.priority)?;
                Some((std::cmp::Reverse(priority), job))
            });
            return Some(self.round(state, after));
        }
        self.resume_at = None;
        Some(self.round(state, self.after))
    }

    fn round(&self, state: &State, after: Option<QueueKey>) -> Round {
        Round {
            policy: state.policy().kind,
            after,
            jobs_max: JOBS_PER_ROUND,
            seed: state.index(),
        }
    }

    fn done(&mut self, state: &State, round: &Round, plan: &Plan, took: Duration) {
        self.placed |= !plan.placements.is_empty();
        self.spent += took;
        let ahead = state.pending().iter();
        let considered = ahead.filter(|key| round.after.is_none_or(|after| **key > after));
        let last = considered.take(plan.stopped_at as usize).last().copied();
        let ended = (plan.stopped_at as usize) < JOBS_PER_ROUND as usize && took < ROUND_MAX;
        self.newest = self.newest.max(last.map(|(_, job)| job));
        self.after = if ended { None } else { last };
        if self.after.is_none() {
            if !self.placed {
                let pause = (self.spent * 4).clamp(PAUSE_MIN, PAUSE_MAX);
                self.resume_at = Some(Instant::now() + pause);
            }
            self.placed = false;
            self.spent = Duration::ZERO;
        }
    }
}
