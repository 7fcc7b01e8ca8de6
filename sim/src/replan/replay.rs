//! The loop: what is due at an instant is applied to the state, then the queue is planned.

use std::collections::BTreeMap;
use std::sync::Arc;

use ewc_core::command::{Command, RunPhase, Submission};
use ewc_core::model::{Job, JobId, JobState, PolicyKind, SiteId};
use ewc_core::planner::{self, Round};
use ewc_core::state::Answer;
use ewc_core::{Event, Refusal, State};

use super::agents::{Agents, Course};
use super::outcome::{self, ReplannedJob};
use super::{Arrival, Rounds};

/// Bound on the steps of a replay; far more than a job without endless retries needs.
const STEPS_PER_JOB_MAX: u64 = 1_000;
/// Rounds are at least this far apart when nothing but time has passed.
const ROUND_MS_MIN: i64 = 60_000;

/// Later arrivals count as arriving then: the core adds horizons to times.
const SUBMIT_MS_MAX: i64 = i64::MAX / 8;

/// What is known of one arrival.
#[derive(Debug, Clone, Default)]
pub(super) enum Entered {
    /// Its time has not come.
    #[default]
    NotYet,
    /// The state did not take it.
    Refused(Refusal),
    /// It is in the state, or was.
    Job {
        /// Its identity there.
        id: JobId,
        /// Bytes that arrived for it.
        wan_bytes: i64,
        /// As it left the state.
        retired: Option<Arc<Job>>,
    },
}

/// A replay under way.
pub(super) struct Replay<'a> {
    state: State,
    arrivals: &'a [Arrival],
    policy: PolicyKind,
    rounds: Rounds,
    /// Places in `arrivals`, the next one last.
    coming: Vec<usize>,
    entered: Vec<Entered>,
    places: BTreeMap<JobId, usize>,
    agents: Agents,
    now_ms: i64,
    steps_left: u64,
    /// No round of planning after this.
    rounds_until_ms: i64,
    /// Something changed since the last round that may let a job in.
    round_wanted: bool,
    next_round_ms: i64,
    round_gap_ms: i64,
}

impl<'a> Replay<'a> {
    pub(super) fn new(
        state: State,
        arrivals: &'a [Arrival],
        policy: PolicyKind,
        rounds: Rounds,
    ) -> Replay<'a> {
        let mut coming: Vec<usize> = (0..arrivals.len()).collect();
        coming.sort_by_key(|at| std::cmp::Reverse((submit_ms(&arrivals[*at]), *at)));
        let last_ms = arrivals.iter().map(submit_ms).max().unwrap_or(0);
        let horizon_ms = state.policy().horizon_ms;
        Replay {
            now_ms: state.now_ms(),
            rounds_until_ms: last_ms.max(state.now_ms()).saturating_add(horizon_ms),
            steps_left: STEPS_PER_JOB_MAX * arrivals.len() as u64,
            entered: vec![Entered::NotYet; arrivals.len()],
            places: BTreeMap::new(),
            agents: Agents::default(),
            round_wanted: false,
            next_round_ms: match rounds {
                Rounds::AsNeeded => i64::MAX,
                Rounds::Every { .. } => state.now_ms(),
            },
            round_gap_ms: ROUND_MS_MIN,
            state,
            arrivals,
            policy,
            rounds,
            coming,
        }
    }

    /// Runs until nothing is due any more.
    pub(super) fn run(&mut self) {
        while let Some(at_ms) = self.next_ms() {
            self.now_ms = self.now_ms.max(at_ms);
            // Reports first: an end at the very end of a reservation is not an overrun.
            while let Some(report) = self.next_report() {
                let _ = self.apply(&report);
            }
            while self.tick_is_due() {
                let _ = self.apply(&Command::Tick);
            }
            while let Some(at) = self.arrives_now() {
                self.submit(at);
            }
            self.plan();
            if self.steps_left == 0 {
                return;
            }
        }
    }

    /// What became of every arrival.
    pub(super) fn outcomes(self) -> Vec<ReplannedJob> {
        let entered = self.arrivals.iter().zip(&self.entered);
        entered
            .map(|(arrival, entered)| outcome::of(&self.state, arrival, entered))
            .collect()
    }

    fn next_ms(&self) -> Option<i64> {
        let arrival = self.coming.last().map(|at| submit_ms(&self.arrivals[*at]));
        let tick = self.state.next_due_ms().filter(|_| self.has_live_jobs());
        let round = Some(self.next_round_ms).filter(|_| self.may_plan(self.next_round_ms));
        let due = [arrival, self.agents.next_ms(), tick, round];
        due.into_iter().flatten().min()
    }

    fn has_live_jobs(&self) -> bool {
        let live = JobState::ALL
            .into_iter()
            .filter(|state| !state.is_terminal());
        live.map(|state| self.state.count(state)).sum::<u64>() > 0
    }

    fn next_report(&mut self) -> Option<Command> {
        (self.steps_left > 0)
            .then(|| self.agents.take_due(self.now_ms))
            .flatten()
    }

    fn tick_is_due(&self) -> bool {
        let due = self
            .state
            .next_due_ms()
            .is_some_and(|due_ms| due_ms <= self.now_ms);
        due && self.steps_left > 0
    }

    fn may_plan(&self, at_ms: i64) -> bool {
        let planned = match self.policy {
            // These decide again what has not begun.
            PolicyKind::Price => self.state.count(JobState::Planned),
            _ => 0,
        };
        self.state.count(JobState::Pending) + planned > 0 && at_ms <= self.rounds_until_ms
    }

    fn arrives_now(&mut self) -> Option<usize> {
        let at = self.coming.last().copied()?;
        let now = submit_ms(&self.arrivals[at]) <= self.now_ms;
        now.then(|| self.coming.pop()).flatten()
    }

    fn submit(&mut self, at: usize) {
        let arrival = &self.arrivals[at];
        let mut spec = arrival.spec.clone();
        for dependency in &mut spec.after_ok {
            *dependency = self.identity_of(*dependency);
        }
        let longest_ms = spec.groups.iter().map(|group| group.time_limit_ms).max();
        let submission = Submission {
            tenant: arrival.tenant.clone(),
            key: arrival.key.clone(),
            // Two arrivals are two jobs even when they ask for the same.
            body_digest: digest(at),
            spec,
        };
        self.entered[at] = match self.apply(&Command::SubmitJobs(vec![submission])) {
            Ok(Answer::Submitted(jobs)) => {
                let id = jobs.first().map_or(JobId(0), |(id, _)| *id);
                let run_ms = arrival.run_ms.clamp(0, longest_ms.unwrap_or(0).max(0));
                self.places.insert(id, at);
                self.agents.expect(
                    id,
                    Course {
                        run_ms,
                        ends_well: arrival.ends_well,
                    },
                );
                Entered::Job {
                    id,
                    wan_bytes: 0,
                    retired: None,
                }
            }
            Ok(_) => Entered::NotYet,
            Err(refusal) => Entered::Refused(refusal),
        };
        self.round_wanted = true;
    }

    /// The identity in this replay of the arrival in that place, from 1; 0 when it has none, which
    /// the state refuses.
    fn identity_of(&self, place: JobId) -> JobId {
        match place
            .index()
            .checked_sub(1)
            .and_then(|at| self.entered.get(at))
        {
            Some(Entered::Job { id, .. }) => *id,
            _ => JobId(0),
        }
    }

    /// A round, if one is due and a job waits.
    fn plan(&mut self) {
        if !self.round_is_due() || !self.may_plan(self.now_ms) {
            return;
        }
        // Agents are always heard of in a replay.
        let sites = (0..self.state.sites().len() as u32).map(SiteId);
        let heard = Command::Refreshed(sites.collect());
        let _ = self.apply(&heard);
        let (policy, seed) = (self.policy, self.state.index());
        let round = Round {
            policy,
            scope: ewc_core::planner::Scope::All,
            jobs_max: u32::MAX,
            seed,
        };
        let plan = planner::plan(&self.state, &round, |_| true);
        self.round_gap_ms = match (self.rounds, self.round_wanted) {
            (Rounds::Every { ms }, _) => ms.max(1),
            (Rounds::AsNeeded, true) => self.state.policy().slot_ms.max(ROUND_MS_MIN),
            // Time alone changes little, and a round may look at every waiting job.
            (Rounds::AsNeeded, false) => self.round_gap_ms.saturating_mul(2),
        };
        self.round_wanted = false;
        self.next_round_ms = self.now_ms.saturating_add(self.round_gap_ms);
        if !plan.is_empty() {
            // Made and committed on the same state: nothing of it can be rejected.
            let _ = self.apply(&Command::CommitPlan(plan));
        }
    }

    fn round_is_due(&mut self) -> bool {
        if let Rounds::Every { ms } = self.rounds {
            // Those that nobody waited for were left out.
            let late_ms = (self.now_ms - self.next_round_ms).max(0);
            let left_out = late_ms.unsigned_abs().div_ceil(ms.max(1).unsigned_abs());
            let by_ms = ms.max(1).saturating_mul(left_out.cast_signed());
            self.next_round_ms = self.next_round_ms.saturating_add(by_ms);
            return self.next_round_ms == self.now_ms;
        }
        self.round_wanted || self.next_round_ms <= self.now_ms
    }

    fn apply(&mut self, command: &Command) -> Result<Answer, Refusal> {
        self.steps_left = self.steps_left.saturating_sub(1);
        let applied = self
            .state
            .apply(self.state.index() + 1, self.now_ms, command);
        self.round_wanted |= ends_a_run(command);
        for event in applied.events {
            self.note(event);
        }
        applied.result
    }

    fn note(&mut self, event: Event) {
        match event {
            Event::Desired(site) => self.agents.look(&self.state, site),
            Event::Changed { to, .. } => {
                self.round_wanted |= to.is_terminal() || to == JobState::Pending;
            }
            Event::Transferred { job, bytes } => {
                if let Some((wan_bytes, _)) = self.entry(job) {
                    *wan_bytes += bytes;
                }
            }
            Event::Retired(job) => {
                if let Some((_, retired)) = self.entry(job.id) {
                    *retired = Some(job);
                }
            }
            Event::Submitted(_) | Event::Held(_) | Event::Rejected { .. } => {}
        }
    }

    fn entry(&mut self, job: JobId) -> Option<(&mut i64, &mut Option<Arc<Job>>)> {
        let at = *self.places.get(&job)?;
        match self.entered.get_mut(at)? {
            Entered::Job {
                wan_bytes, retired, ..
            } => Some((wan_bytes, retired)),
            Entered::NotYet | Entered::Refused(_) => None,
        }
    }
}

fn submit_ms(arrival: &Arrival) -> i64 {
    arrival.submit_ms.min(SUBMIT_MS_MAX)
}

fn ends_a_run(command: &Command) -> bool {
    let Command::ReportSites(reports) = command else {
        return false;
    };
    let mut runs = reports.iter().flat_map(|report| &report.runs);
    runs.any(|run| matches!(run.phase, RunPhase::Ended { .. }))
}

fn digest(at: usize) -> [u8; 32] {
    let mut sha256 = [0; 32];
    sha256[..8].copy_from_slice(&(at as u64).to_le_bytes());
    sha256
}
