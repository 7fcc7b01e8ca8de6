//! The state of the agent and how inputs change it. What follows from the change is worked out in
//! `reconcile`.

use std::collections::BTreeMap;

use super::clock::{Mono, NetworkClock};
use super::outcome::{self, Verdict};
use super::record::{Record, State, StopReason};
use super::staging::Staging;
use super::{Effect, Input, StartRefusal};
use crate::model::{AttemptKey, DataFact, Desired, Outcome, Phase, StartOrder, TaskStatus};

/// Told until a desired set was received. Not 0, which a scheduler may count from: the set it then
/// takes for known would never come.
const NO_VERSION: i64 = -1;
const OVERLAP_RETRY_MS: i64 = 200;

/// The agent's decisions. See the module above.
#[derive(Debug)]
pub struct Agent {
    pub(super) clock: Option<NetworkClock>,
    pub(super) lease_until: Option<Mono>,
    pub(super) desired: BTreeMap<AttemptKey, Desired>,
    pub(super) desired_version: i64,
    pub(super) have_desired: bool,
    pub(super) records: BTreeMap<AttemptKey, Record>,
    pub(super) staging: Staging,
    pub(super) sequence: u64,
    pub(super) answered: u64,
    pub(super) superseded: bool,
}

impl Agent {
    /// An agent that knows no scheduler yet. `pulls_max` bounds concurrent pulls; `lease_until` is
    /// what an earlier incarnation left of its lease.
    #[must_use]
    pub fn new(pulls_max: usize, lease_until: Option<Mono>) -> Self {
        Self {
            clock: None,
            lease_until,
            desired: BTreeMap::new(),
            desired_version: NO_VERSION,
            have_desired: false,
            records: BTreeMap::new(),
            staging: Staging::new(pulls_max),
            sequence: 0,
            answered: 0,
            superseded: false,
        }
    }

    /// Takes over an attempt that an earlier incarnation started and whose end is not journalled.
    pub fn adopt(&mut self, order: StartOrder) {
        self.records
            .insert(order.key.clone(), Record::active(order));
    }

    /// Takes over an attempt whose end is journalled and not yet released.
    pub fn adopt_ended(&mut self, key: AttemptKey, outcome: Outcome, scale_permille: u64) {
        self.records
            .insert(key, Record::ended(outcome, scale_permille));
    }

    /// Takes note of one input and says what to do.
    pub fn handle(&mut self, now: Mono, input: Input) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.note(now, input, &mut effects);
        if self.superseded {
            return vec![Effect::ExitSuperseded];
        }
        self.reconcile(now, &mut effects);
        effects
    }

    /// Network time, once a scheduler has told it.
    #[must_use]
    pub fn network_now_ms(&self, now: Mono) -> Option<i64> {
        self.clock.map(|clock| clock.network_now_ms(now))
    }

    /// When the lease runs out.
    #[must_use]
    pub fn lease_until(&self) -> Option<Mono> {
        self.lease_until
    }

    /// Whether a scheduler lets this agent start payloads.
    #[must_use]
    pub fn lease_is_live(&self, now: Mono) -> bool {
        self.lease_until.is_some_and(|until| now < until)
    }

    /// Attempts that may have processes.
    #[must_use]
    pub fn active_count(&self) -> usize {
        self.records
            .values()
            .filter(|record| record.may_be_alive())
            .count()
    }

    /// When time alone will change something.
    #[must_use]
    pub fn next_wake(&self, now: Mono) -> Option<Mono> {
        let lease = self.lease_until.filter(|until| *until > now);
        let retries = self
            .records
            .values()
            .filter_map(|record| match record.state {
                State::Staged { not_before } if not_before > now => Some(not_before),
                _ => None,
            });
        retries.chain(lease).chain(self.staging.next_due(now)).min()
    }

    fn note(&mut self, now: Mono, input: Input, effects: &mut Vec<Effect>) {
        match input {
            Input::Lease {
                sent,
                clock,
                lease_ms,
            } => {
                self.clock = clock
                    .map(|fact| NetworkClock::new(fact, now))
                    .or(self.clock);
                self.lease_until = self.lease_until.max(Some(sent.plus(lease_ms)));
            }
            Input::Synced {
                sequence,
                desired,
                drop,
                superseded,
            } => {
                self.superseded |= superseded;
                self.note_sync(sequence, desired);
                self.staging.drop_when_free(drop);
            }
            Input::PullProgress { sha256, bytes } => self.staging.progress(&sha256, bytes),
            Input::PullEnded {
                sha256,
                lent,
                result,
            } => self.staging.ended(&sha256, lent, result),
            Input::Held(fact) => self.staging.hold(fact),
            Input::Lent { sha256 } => self.staging.lend(sha256),
            Input::Started(key) => self.note_started(&key, effects),
            Input::StartRefused { key, why } => self.note_refusal(now, &key, why, effects),
            Input::TaskEnded { key, task, status } => self.note_task(&key, task, status, effects),
            Input::Collected { key, result } => self.note_outputs(&key, result, effects),
            Input::Tick => {}
        }
    }

    fn note_sync(&mut self, sequence: u64, desired: Option<(i64, Vec<Desired>)>) {
        self.answered = self.answered.max(sequence);
        self.staging.answered(sequence);
        if let Some((version, desired)) = desired {
            self.desired_version = version;
            self.have_desired = true;
            self.desired = desired
                .into_iter()
                .map(|item| (item.key.clone(), item))
                .collect();
        }
    }

    fn note_started(&mut self, key: &AttemptKey, effects: &mut Vec<Effect>) {
        if let Some(record) = self.records.get_mut(key) {
            record.journalled = true;
            effects.push(Effect::SyncSoon);
        }
    }

    fn note_refusal(
        &mut self,
        now: Mono,
        key: &AttemptKey,
        why: StartRefusal,
        effects: &mut Vec<Effect>,
    ) {
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        let outcome = match why {
            StartRefusal::NotYet(_) => {
                record.state = State::Staged {
                    not_before: now.plus(OVERLAP_RETRY_MS),
                };
                return;
            }
            StartRefusal::FenceUsed(detail) => Outcome::bare(Phase::Lost, 0, detail),
            StartRefusal::FenceOld(detail) => Outcome::bare(Phase::Stopped, 0, detail),
            StartRefusal::Failed(detail) => Outcome::bare(Phase::Failed, 127, detail),
        };
        self.finish(key, outcome, effects);
    }

    fn note_task(
        &mut self,
        key: &AttemptKey,
        task: usize,
        status: TaskStatus,
        effects: &mut Vec<Effect>,
    ) {
        let Some(Record {
            state: State::Active(active),
            ..
        }) = self.records.get_mut(key)
        else {
            return;
        };
        if let Some(end @ None) = active.ends.get_mut(task) {
            *end = Some(status);
        }
        match outcome::judge(active) {
            Verdict::Wait => {}
            Verdict::StopOthers => {
                active.stop = Some(StopReason::Gang);
                effects.push(Effect::StopAttempt(key.clone()));
            }
            Verdict::Success => self.collect(key, effects),
            Verdict::Over(outcome)
                if outcome.phase == Phase::Stopped && active.order.checkpoint.is_some() =>
            {
                self.save(key, outcome, effects);
            }
            Verdict::Over(outcome) => self.finish(key, outcome, effects),
        }
    }

    /// A stopped payload may have left a checkpoint. Its end is told once that is in the store:
    /// from then on others may fetch it.
    fn save(&mut self, key: &AttemptKey, outcome: Outcome, effects: &mut Vec<Effect>) {
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        let state = std::mem::replace(&mut record.state, State::Staging);
        record.state = match state {
            State::Active(active) => State::Saving { active, outcome },
            other => other,
        };
        effects.push(Effect::CollectCheckpoint(key.clone()));
    }

    /// One that left no checkpoint was stopped all the same.
    fn note_checkpoint(
        &mut self,
        key: &AttemptKey,
        mut outcome: Outcome,
        result: Result<Vec<DataFact>, String>,
        effects: &mut Vec<Effect>,
    ) {
        match result {
            Ok(outputs) => {
                let facts = outputs.iter().cloned();
                facts.for_each(|fact| self.staging.hold(fact));
                outcome.outputs = outputs;
            }
            Err(detail) => outcome.detail = detail,
        }
        self.finish(key, outcome, effects);
    }

    pub(super) fn collect(&mut self, key: &AttemptKey, effects: &mut Vec<Effect>) {
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        let state = std::mem::replace(&mut record.state, State::Staging);
        record.state = match state {
            State::Active(active) => State::Collecting(active),
            other => other,
        };
        effects.push(Effect::CollectOutputs(key.clone()));
    }

    fn note_outputs(
        &mut self,
        key: &AttemptKey,
        result: Result<Vec<DataFact>, String>,
        effects: &mut Vec<Effect>,
    ) {
        let active = match self.records.get(key).map(|record| &record.state) {
            Some(State::Collecting(active)) => active,
            Some(State::Saving { outcome, .. }) => {
                let outcome = outcome.clone();
                return self.note_checkpoint(key, outcome, result, effects);
            }
            _ => return,
        };
        let usage = outcome::usage(active.ends.iter().flatten());
        let outcome = match result {
            Ok(outputs) => {
                outputs
                    .iter()
                    .cloned()
                    .for_each(|fact| self.staging.hold(fact));
                Outcome {
                    usage,
                    outputs,
                    ..Outcome::bare(Phase::Succeeded, 0, "")
                }
            }
            Err(detail) => Outcome {
                usage,
                ..Outcome::bare(Phase::Failed, 0, detail)
            },
        };
        self.finish(key, outcome, effects);
    }

    pub(super) fn finish(&mut self, key: &AttemptKey, outcome: Outcome, effects: &mut Vec<Effect>) {
        let scale_now = self.clock.map_or(1000, |clock| clock.scale_permille());
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        let scale_permille = match &record.state {
            State::Active(active) | State::Collecting(active) | State::Saving { active, .. } => {
                active.order.scale_permille
            }
            _ => scale_now,
        };
        if record.journalled {
            effects.push(Effect::RecordEnd(key.clone(), outcome.clone()));
        }
        record.state = State::Ended {
            outcome,
            scale_permille,
        };
        effects.push(Effect::SyncSoon);
    }
}
