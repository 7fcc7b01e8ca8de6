//! What is planned when, as the scheduler does it: arrivals at once, the queue in rounds.
//!
//! A plan is made on the state of its instant and committed when its time to think is over. If the
//! state has changed by then it is repaired on the newest one, by the planner's own repair.

use std::collections::BTreeSet;

use ewc_core::State;
use ewc_core::model::{JobId, JobState, PolicyKind};
use ewc_core::planner::shares::{self, Cursors};
use ewc_core::planner::{self, Plan, Round, Scope};

use super::{Rounds, Rules};

/// Rounds are at least this far apart when nothing but time has passed.
const ROUND_MS_MIN: i64 = 60_000;
/// Arrivals that are decided together at most.
const ARRIVALS_MAX: u32 = 1024;

/// A plan that is thought over.
#[derive(Debug)]
struct Pending {
    commit_ms: i64,
    plan: Plan,
}

/// When to plan, and where the rounds stand in the queue.
#[derive(Debug)]
pub(super) struct Planning {
    rules: Rules,
    /// Something changed since the last round that may let a job in.
    wanted: bool,
    next_round_ms: i64,
    gap_ms: i64,
    cursors: Cursors,
    /// The youngest job that was decided as an arrival.
    considered: JobId,
    arrivals: Option<Pending>,
    round: Option<Pending>,
}

impl Planning {
    pub(super) fn new(state: &State, rules: Rules) -> Planning {
        Planning {
            wanted: false,
            next_round_ms: match rules.rounds {
                Rounds::AsNeeded => i64::MAX,
                Rounds::Every { .. } => state.now_ms(),
            },
            gap_ms: ROUND_MS_MIN,
            cursors: Cursors::new(),
            considered: state.newest_job(),
            arrivals: None,
            round: None,
            rules,
        }
    }

    /// Capacity came free, or a job has entered that no arrival decides.
    pub(super) fn want_round(&mut self) {
        self.wanted = true;
    }

    /// A job was submitted.
    pub(super) fn want_arrival(&mut self) {
        self.wanted |= !self.rules.decide_arrivals;
    }

    /// When something is to be planned or committed.
    pub(super) fn next_ms(&self, state: &State, rounds_until_ms: i64) -> Option<i64> {
        let round = Some(self.next_round_ms)
            .filter(|at_ms| self.round.is_none() && self.may_plan(state, *at_ms, rounds_until_ms));
        let commits = self.arrivals.iter().chain(&self.round);
        commits.map(|pending| pending.commit_ms).chain(round).min()
    }

    /// True when a plan could place something.
    pub(super) fn may_plan(&self, state: &State, at_ms: i64, rounds_until_ms: i64) -> bool {
        let planned = match self.rules.policy {
            // These decide again what has not begun.
            PolicyKind::Price => state.count(JobState::Planned),
            _ => 0,
        };
        let any = state.count(JobState::Pending) + planned > 0 || self.may_move(state);
        any && at_ms <= rounds_until_ms
    }

    /// True when something runs that a round may move.
    fn may_move(&self, state: &State) -> bool {
        self.rules.policy == PolicyKind::Price && planner::may_move_running(state)
    }

    /// A plan whose time to think is over; true when it is a round's.
    pub(super) fn take_thought_over(&mut self, state: &State, now_ms: i64) -> Option<(Plan, bool)> {
        let due = |pending: &mut Pending| pending.commit_ms <= now_ms;
        let found = match self.arrivals.take_if(due) {
            Some(pending) => (pending.plan, false),
            None => (self.round.take_if(due)?.plan, true),
        };
        let (plan, round) = found;
        if plan.base_index == state.index() {
            return Some((plan, round));
        }
        Some((planner::repair(state, plan, |_| true), round))
    }

    /// True when jobs have arrived that are to be decided now.
    pub(super) fn arrivals_wait(&self, state: &State) -> bool {
        self.rules.decide_arrivals
            && self.arrivals.is_none()
            && state.newest_job() > self.considered
    }

    /// Decides what has arrived.
    pub(super) fn think_of_arrivals(&mut self, state: &State) {
        let round = Round {
            policy: self.rules.policy,
            scope: Scope::NewerThan(self.considered),
            jobs_max: ARRIVALS_MAX,
            seed: state.index(),
        };
        let plan = self.plan(state, &round);
        self.considered = planner::considered(state, &round, &plan);
        self.arrivals = self.pending(state, plan);
    }

    /// True when a round is to begin now.
    pub(super) fn round_is_due(
        &mut self,
        state: &State,
        now_ms: i64,
        rounds_until_ms: i64,
    ) -> bool {
        if self.round.is_some() {
            return false;
        }
        let due = match self.rules.rounds {
            Rounds::Every { ms } => {
                // Those that nobody waited for were left out.
                let late_ms = (now_ms - self.next_round_ms).max(0);
                let left_out = late_ms.unsigned_abs().div_ceil(ms.max(1).unsigned_abs());
                let by_ms = ms.max(1).saturating_mul(left_out.cast_signed());
                self.next_round_ms = self.next_round_ms.saturating_add(by_ms);
                self.next_round_ms == now_ms
            }
            Rounds::AsNeeded => self.wanted || self.next_round_ms <= now_ms,
        };
        due && self.may_plan(state, now_ms, rounds_until_ms)
    }

    /// Begins a round.
    pub(super) fn think_of_queue(&mut self, state: &State) {
        self.gap_ms = match (self.rules.rounds, self.wanted) {
            (Rounds::Every { ms }, _) => ms.max(1),
            (Rounds::AsNeeded, true) => state.policy().slot_ms.max(ROUND_MS_MIN),
            // What runs is moved at the right hour.
            (Rounds::AsNeeded, false) if self.may_move(state) => {
                state.policy().slot_ms.max(ROUND_MS_MIN)
            }
            // Time alone changes little, and a round may look at every waiting job.
            (Rounds::AsNeeded, false) => self.gap_ms.saturating_mul(2),
        };
        self.wanted = false;
        self.next_round_ms = state.now_ms().saturating_add(self.gap_ms);
        let round = Round {
            policy: self.rules.policy,
            scope: self.scope(state),
            jobs_max: self.rules.jobs_per_round,
            seed: state.index(),
        };
        let plan = self.plan(state, &round);
        self.round = self.pending(state, plan);
    }

    /// All that waits, or the next part of it: whoever is behind a long queue gets its turn.
    fn scope(&mut self, state: &State) -> Scope {
        if self.rules.jobs_per_round == u32::MAX {
            return Scope::All;
        }
        let count = self.rules.jobs_per_round as usize;
        let mut jobs = match self.rules.policy {
            // Half of the round at most, while others wait for it.
            PolicyKind::Price => {
                let waiting = usize::try_from(state.count(JobState::Pending));
                let room = count - waiting.unwrap_or(count).min(count / 2);
                planner::movable(state, room)
            }
            _ => Vec::new(),
        };
        let room = count - jobs.len();
        let mut waiting = shares::window(state, &self.cursors, room);
        if waiting.len() < room {
            // The end of the queue: the next round begins at its head.
            let known: BTreeSet<JobId> = waiting.iter().copied().collect();
            self.cursors.clear();
            let head = shares::window(state, &self.cursors, room);
            let head = head.into_iter().filter(|job| !known.contains(job));
            waiting.extend(head.take(room - known.len()).collect::<Vec<_>>());
        }
        shares::advance(state, &mut self.cursors, &waiting);
        jobs.extend(waiting);
        Scope::Only(jobs)
    }

    fn plan(&self, state: &State, round: &Round) -> Plan {
        match self.rules.tells_others {
            true => planner::plan(state, round, |_| true),
            false => planner::decide(state, round, |_| true),
        }
    }

    fn pending(&self, state: &State, plan: Plan) -> Option<Pending> {
        let latency_ms = self.rules.latency.of(&plan);
        (!plan.is_empty()).then(|| Pending {
            commit_ms: state.now_ms().saturating_add(latency_ms),
            plan,
        })
    }
}
