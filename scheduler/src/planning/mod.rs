//! The leader's planning threads: they plan on snapshots of the state, off the raft thread, and
//! propose what they found.
//!
//! One decides what arrives, at once. The other sweeps the queue in rounds of bounded size and
//! length; before it proposes, it repairs its plan on the newest state. So nobody who arrives waits
//! for a round, and a round loses little to arrivals. From the state it was last looked at until
//! it is applied, only one plan is under way: the threads take turns.

mod arrivals;
mod rounds;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use ewc_core::State;
use ewc_core::command::Command;
use ewc_core::model::JobId;
use ewc_core::planner::Plan;
use ewc_core::state::Answer;
use tokio::sync::{Mutex, MutexGuard};

use crate::clock::SharedClock;
use crate::driver::{Handle, ProposeError};
use crate::metrics::Metrics;

/// Jobs considered in a round that places one after the other.
const ONE_BY_ONE_JOBS: u32 = 256;
/// Such a round is stopped at its next checkpoint after this long.
const ONE_BY_ONE_TIME: Duration = Duration::from_millis(250);
/// Pause of a thread that has nothing to do.
const PAUSE: Duration = Duration::from_millis(5);
/// Distance of plans that only say why jobs wait.
const NOTES_EVERY: Duration = Duration::from_millis(200);

/// What both threads share.
struct Planner {
    handle: Handle,
    clock: SharedClock,
    metrics: Arc<Metrics>,
    /// Of rounds that decide jobs together.
    round_time: Duration,
    /// Whose plan is on its way. Fair: who asks first goes first.
    turn: Mutex<()>,
    /// The youngest job that was considered at its arrival; older ones are the rounds'. 0: none,
    /// as on a member that does not lead.
    considered: AtomicU64,
}

/// Starts both threads. They plan while this member leads, until the driver is gone. Rounds that
/// decide jobs together are stopped after `round_time`.
///
/// # Errors
/// A thread cannot be started.
pub fn start(
    handle: &Handle,
    clock: &SharedClock,
    metrics: &Arc<Metrics>,
    round_time: Duration,
) -> io::Result<Vec<JoinHandle<()>>> {
    let planner = Arc::new(Planner {
        handle: handle.clone(),
        clock: clock.clone(),
        metrics: metrics.clone(),
        round_time,
        turn: Mutex::new(()),
        considered: AtomicU64::new(0),
    });
    let start = |name: &str, run: fn(&Planner)| {
        let planner = planner.clone();
        let thread = thread::Builder::new().name(name.to_owned());
        thread.spawn(move || run(&planner))
    };
    Ok(vec![
        start("plan-arrivals", arrivals::run)?,
        start("plan-rounds", rounds::run)?,
    ])
}

/// The process ends.
struct Stopping;

impl Planner {
    fn leads(&self) -> bool {
        self.handle.standing().leads
    }

    fn take_turn(&self) -> MutexGuard<'_, ()> {
        self.turn.blocking_lock()
    }

    fn considered(&self) -> JobId {
        JobId(self.considered.load(Ordering::Acquire))
    }

    fn set_considered(&self, newest: JobId) {
        self.considered.store(newest.0, Ordering::Release);
    }

    /// The state, brought up to now: a plan made for a time long gone would not fit any more.
    fn recent_state(&self) -> Result<Arc<State>, Stopping> {
        let state = self.handle.state();
        let stale_ms = state.policy().margin_ms / 4;
        if self.clock.now_ms() - state.now_ms() <= stale_ms {
            return Ok(state);
        }
        self.propose(Command::Tick)?;
        Ok(self.handle.state())
    }

    /// Proposes a plan and counts how its placements fared.
    fn commit(&self, by: &str, plan: Plan) -> Result<(), Stopping> {
        if let Some(Answer::Planned { accepted, rejected }) =
            self.propose(Command::CommitPlan(plan))?
        {
            self.metrics
                .plan_applied(by, u64::from(accepted), rejected.len() as u64);
        }
        Ok(())
    }

    /// Proposes and waits. No answer: it was not committed, as when leadership is lost.
    fn propose(&self, command: Command) -> Result<Option<Answer>, Stopping> {
        match self.handle.propose_blocking(command) {
            Ok(answer) => Ok(Some(answer)),
            Err(ProposeError::Stopping) => Err(Stopping),
            Err(error) => {
                tracing::debug!(%error, "not committed");
                thread::sleep(PAUSE);
                Ok(None)
            }
        }
    }
}

/// Says when a plan that places nothing is worth an entry.
struct Notes {
    last: Instant,
}

impl Notes {
    fn new() -> Notes {
        Notes {
            last: Instant::now(),
        }
    }

    fn is_worth_it(&mut self, plan: &Plan) -> bool {
        let notes = !plan.is_empty() && self.last.elapsed() > NOTES_EVERY;
        let changes = !plan.placements.is_empty() || !plan.moves.is_empty();
        let worth_it = changes || notes;
        if worth_it {
            self.last = Instant::now();
        }
        worth_it
    }
}
