//! The loop: what is due at an instant is applied to the state, then the queue is planned.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;

use ewc_core::command::{Command, RunPhase, RunReport, Submission};
use ewc_core::model::{JobId, JobState, SiteId};
use ewc_core::planner::Plan;
use ewc_core::state::Answer;
use ewc_core::{Event, Refusal, State};

use super::agents::{Agents, Course};
use super::numbers::Numbers;
use super::planning::Planning;
use super::{Arrival, Change, Incoming, Jobs, Left, Rules, StartDelay, Timeline, Watch};
use crate::workload::WorkloadError;

/// Bound on the steps of a run; far more than a job without endless retries needs.
const STEPS_PER_JOB_MAX: u64 = 1_000;
/// Distance of the notes of which sites are heard of.
const REFRESH_MS: i64 = 60_000;
/// Later arrivals count as arriving then: the core adds horizons to times.
const SUBMIT_MS_MAX: i64 = i64::MAX / 8;

/// A run under way.
pub(crate) struct Engine<'a> {
    state: State,
    coming: Peekable<Jobs<'a>>,
    timeline: &'a mut dyn Timeline,
    watch: &'a mut dyn Watch,
    planning: Planning,
    agents: Agents,
    numbers: Numbers,
    start_delay: StartDelay,
    /// Of the jobs in the state: their numbers, and the bytes that arrived for them.
    live: BTreeMap<JobId, (u64, i64)>,
    /// Jobs that may be ordered to stop.
    give_way: BTreeSet<JobId>,
    now_ms: i64,
    /// When sites were last noted as heard of, if none has come back since.
    refreshed_ms: Option<i64>,
    last_submit_ms: i64,
    steps_left: u64,
}

impl<'a> Engine<'a> {
    pub(crate) fn new(
        state: State,
        jobs: Jobs<'a>,
        rules: Rules,
        timeline: &'a mut dyn Timeline,
        watch: &'a mut dyn Watch,
    ) -> Engine<'a> {
        Engine {
            planning: Planning::new(&state, rules),
            now_ms: state.now_ms(),
            last_submit_ms: state.now_ms(),
            coming: jobs.peekable(),
            agents: Agents::new(rules.keep_outputs),
            numbers: Numbers::default(),
            start_delay: rules.start_delay,
            live: BTreeMap::new(),
            give_way: BTreeSet::new(),
            refreshed_ms: None,
            steps_left: 0,
            state,
            timeline,
            watch,
        }
    }

    /// Runs until nothing is due any more. The last round of planning is at most one planning
    /// horizon after the last arrival. False when it was told to stop.
    pub(crate) fn run(mut self) -> Result<bool, WorkloadError> {
        let mut complete = true;
        while let Some(at_ms) = self.next_ms()? {
            let at_ms = self.now_ms.max(at_ms);
            if at_ms > self.now_ms && !self.watch.goes_on(&self.state, at_ms) {
                complete = false;
                break;
            }
            self.now_ms = at_ms;
            self.change_network();
            // Reports first: an end at the very end of a reservation is not an overrun.
            self.hear();
            while self.tick_is_due() {
                let _ = self.apply(&Command::Tick);
                self.look_at_those_that_give_way();
            }
            self.submit()?;
            self.plan();
            if self.steps_left == 0 && !self.live.is_empty() {
                break;
            }
        }
        let left = std::mem::take(&mut self.live);
        for (id, (number, wan_bytes)) in left {
            if let Some(job) = self.state.job(id) {
                let left = Left {
                    number,
                    job,
                    wan_bytes,
                };
                self.watch.left(&self.state, left);
            }
        }
        Ok(complete)
    }

    fn next_ms(&mut self) -> Result<Option<i64>, WorkloadError> {
        let arrival = match self.coming.peek() {
            Some(Ok(incoming)) => Some(submit_ms(&incoming.arrival)),
            Some(Err(_)) => Some(self.now_ms),
            None => None,
        };
        let live = self.has_live_jobs();
        let tick = self.state.next_due_ms().filter(|_| live);
        let rounds_until_ms = self.rounds_until_ms();
        let plan = self.planning.next_ms(&self.state, rounds_until_ms);
        let due = [arrival, self.agents.next_ms(), tick, plan];
        let next = due.into_iter().flatten().min();
        // The network changes while there is something else to wait for, or a job that lives.
        let change = self.timeline.next_ms();
        Ok(match next {
            Some(next_ms) => Some(change.map_or(next_ms, |at_ms| at_ms.min(next_ms))),
            None => change.filter(|at_ms| live && *at_ms <= rounds_until_ms),
        })
    }

    fn rounds_until_ms(&mut self) -> i64 {
        match self.coming.peek() {
            Some(_) => i64::MAX,
            None => self
                .last_submit_ms
                .saturating_add(self.state.policy().horizon_ms),
        }
    }

    fn has_live_jobs(&self) -> bool {
        let live = JobState::ALL
            .into_iter()
            .filter(|state| !state.is_terminal());
        live.map(|state| self.state.count(state)).sum::<u64>() > 0
    }

    fn change_network(&mut self) {
        while let Some(change) = self.timeline.take(&self.state, self.now_ms) {
            match change {
                Change::Apply(command) => {
                    let _ = self.enter(&command);
                    self.planning.want_round();
                }
                Change::Away(site) => self.agents.set_away(site),
                Change::Back { site, lost } => {
                    self.agents.set_back(&self.state, site, lost);
                    self.refreshed_ms = None;
                }
            }
        }
    }

    /// What agents have to say by now; what comes of it may let them say more.
    fn hear(&mut self) {
        while self.steps_left > 0 {
            let (reports, arrived) = self.agents.take_due(&self.state, self.now_ms);
            for transfer in &arrived {
                self.watch.arrived(transfer);
            }
            if reports.is_empty() {
                return;
            }
            let runs = reports.iter().flat_map(|report| &report.runs);
            let jobs: Vec<JobId> = runs.clone().map(|run| run.job).collect();
            let ends = |run: &RunReport| matches!(run.phase, RunPhase::Ended { .. });
            if runs.into_iter().any(ends) {
                self.planning.want_round();
            }
            self.steps_left = self.steps_left.saturating_sub(jobs.len() as u64 - 1);
            let _ = self.apply(&Command::ReportSites(reports));
            for job in jobs {
                self.agents.look(&self.state, job);
            }
        }
    }

    fn tick_is_due(&self) -> bool {
        let due = self
            .state
            .next_due_ms()
            .is_some_and(|due_ms| due_ms <= self.now_ms);
        due && self.steps_left > 0
    }

    fn look_at_those_that_give_way(&mut self) {
        let jobs: Vec<JobId> = self.give_way.iter().copied().collect();
        for id in jobs {
            self.agents.look(&self.state, id);
            if self
                .state
                .job(id)
                .is_none_or(|job| job.preemption.is_none() && job.moving.is_none())
            {
                self.give_way.remove(&id);
            }
        }
    }

    /// Everything that arrives by now, in as few commands as it takes.
    fn submit(&mut self) -> Result<(), WorkloadError> {
        let mut batch = Vec::new();
        loop {
            let due = |next: &Result<Incoming, _>| match next {
                Ok(incoming) => submit_ms(&incoming.arrival) <= self.now_ms,
                Err(_) => true,
            };
            let Some(incoming) = self.coming.next_if(due) else {
                break;
            };
            let Incoming { arrival, datasets } = incoming?;
            self.last_submit_ms = self.last_submit_ms.max(submit_ms(&arrival));
            self.steps_left += STEPS_PER_JOB_MAX;
            for dataset in datasets {
                if let Some(home) = self.state.site_named(&dataset.home_site) {
                    let dataset = dataset.registration(dataset.nominal_sha256(), home);
                    let _ = self.enter(&Command::RegisterDataset(dataset));
                }
            }
            let depends = !arrival.spec.after_ok.is_empty();
            if depends {
                self.submit_batch(std::mem::take(&mut batch));
            }
            batch.push(arrival);
        }
        self.submit_batch(batch);
        Ok(())
    }

    /// All of them at once; if one of them is refused, one by one.
    fn submit_batch(&mut self, batch: Vec<Arrival>) {
        if batch.is_empty() {
            return;
        }
        let first = self.numbers.next();
        let submissions = batch.iter().zip(first..);
        let submissions: Vec<Submission> = submissions
            .map(|(arrival, number)| self.submission(arrival, number))
            .collect();
        for (submission, number) in submissions.iter().zip(first..) {
            self.watch
                .comes(&self.state, self.now_ms, number, submission);
        }
        let command = Command::SubmitJobs(submissions);
        match self.apply(&command) {
            Ok(Answer::Submitted(jobs)) => {
                for (arrival, (id, _)) in batch.iter().zip(jobs) {
                    self.enters(arrival, id);
                }
            }
            Ok(_) => {}
            Err(_) if batch.len() > 1 => {
                for arrival in batch {
                    self.submit_batch(vec![arrival]);
                }
            }
            Err(why) => {
                self.numbers.refused();
                self.watch.refused(first, &batch[0], &why);
            }
        }
        self.planning.want_arrival();
    }

    fn enters(&mut self, arrival: &Arrival, id: JobId) {
        let groups = arrival.spec.groups.iter();
        let longest_ms = groups.map(|group| group.time_limit_ms).max();
        let number = self.numbers.next();
        self.numbers.took(id);
        self.live.insert(id, (number, 0));
        let course = Course {
            delay_ms: self.start_delay.of(number),
            run_ms: arrival.run_ms.clamp(0, longest_ms.unwrap_or(0).max(0)),
            ends_well: arrival.ends_well,
        };
        self.agents.expect(id, course);
    }

    fn submission(&self, arrival: &Arrival, number: u64) -> Submission {
        let mut spec = arrival.spec.clone();
        for dependency in &mut spec.after_ok {
            *dependency = self.numbers.identity_of(*dependency);
        }
        // Two arrivals are two jobs even when they ask for the same.
        let mut body_digest = [0; 32];
        body_digest[..8].copy_from_slice(&number.to_le_bytes());
        Submission {
            tenant: arrival.tenant.clone(),
            key: arrival.key.clone(),
            body_digest,
            spec: spec.into(),
        }
    }

    fn plan(&mut self) {
        let rounds_until_ms = self.rounds_until_ms();
        // A round may move planned jobs; another one at the same instant would do so again.
        let mut round_may_begin = true;
        loop {
            while let Some((plan, round)) =
                self.planning.take_thought_over(&self.state, self.now_ms)
            {
                self.watch.planned(&plan, round);
                if !plan.is_empty() {
                    let victims = plan.preempted.iter().flat_map(|(_, victims)| victims);
                    self.give_way.extend(victims.copied());
                    self.commit(plan, round);
                    self.look_at_those_that_give_way();
                }
            }
            if self.planning.arrivals_wait(&self.state) {
                self.refresh();
                self.planning.think_of_arrivals(&self.state);
            } else if round_may_begin
                && self
                    .planning
                    .round_is_due(&self.state, self.now_ms, rounds_until_ms)
            {
                round_may_begin = false;
                self.refresh();
                self.planning.think_of_queue(&self.state);
            } else {
                return;
            }
        }
    }

    fn commit(&mut self, plan: Plan, round: bool) {
        let jobs: Vec<JobId> = plan.placements.iter().map(|(id, _)| *id).collect();
        let Ok(Answer::Planned { rejected, .. }) = self.apply(&Command::CommitPlan(plan)) else {
            return;
        };
        let rejected: BTreeSet<JobId> = rejected.into_iter().map(|(id, _)| id).collect();
        for id in jobs.into_iter().filter(|id| !rejected.contains(id)) {
            if let (Some(job), Some((number, _))) = (self.state.job(id), self.live.get(&id)) {
                self.watch.placed(&self.state, *number, job, round);
            }
        }
    }

    /// Agents are always heard of, unless they are cut off; it is noted once a minute, as by the
    /// scheduler.
    fn refresh(&mut self) {
        let recent = |at_ms: i64| self.now_ms < at_ms.saturating_add(REFRESH_MS);
        if self.refreshed_ms.is_some_and(recent) {
            return;
        }
        self.refreshed_ms = Some(self.now_ms);
        let sites = (0..self.state.sites().len() as u32).map(SiteId);
        let heard = sites.filter(|site| !self.agents.is_away(*site));
        let heard = Command::Refreshed(heard.collect());
        let _ = self.apply(&heard);
    }

    /// Applies a command that is a step of some job.
    fn apply(&mut self, command: &Command) -> Result<Answer, Refusal> {
        self.steps_left = self.steps_left.saturating_sub(1);
        self.enter(command)
    }

    fn enter(&mut self, command: &Command) -> Result<Answer, Refusal> {
        let index = self.state.index() + 1;
        let applied = self.state.apply(index, self.now_ms, command);
        for event in applied.events {
            self.note(event);
        }
        applied.result
    }

    fn note(&mut self, event: Event) {
        match event {
            Event::Changed { job, to, .. } => {
                if to.is_terminal() || to == JobState::Pending {
                    self.planning.want_round();
                }
                self.agents.look(&self.state, job);
                if to == JobState::Dispatched
                    && let (Some(job), Some((number, _))) =
                        (self.state.job(job), self.live.get(&job))
                {
                    self.watch.granted(*number, job);
                }
            }
            Event::Transferred { job, bytes } => {
                if let Some((_, wan_bytes)) = self.live.get_mut(&job) {
                    *wan_bytes += bytes;
                }
            }
            Event::Retired(job) => {
                self.agents.forget(job.id);
                if let Some((number, wan_bytes)) = self.live.remove(&job.id) {
                    let left = Left {
                        number,
                        job: &job,
                        wan_bytes,
                    };
                    self.watch.left(&self.state, left);
                }
            }
            Event::Moving { job, .. } => _ = self.give_way.insert(job),
            Event::Submitted(_)
            | Event::Held(_)
            | Event::Rejected { .. }
            | Event::Desired(_)
            | Event::Moved { .. } => {}
        }
    }
}

fn submit_ms(arrival: &Arrival) -> i64 {
    arrival.submit_ms.min(SUBMIT_MS_MAX)
}
