//! What jobs were promised when they were first placed, and what came of it: the observations that
//! start estimates rest on.
//!
//! The promise is the start of the first placement, as a dry run would have said it. It counts
//! from the submission, so that waiting to be looked at is lateness too; a job that was told that
//! it fits nowhere was promised nothing until it was placed. Whatever happens to the placement
//! afterwards, the promise stays until the job starts for the first time, or ends without.
//!
//! What no round has looked at yet is promised nothing and counted nowhere.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::estimate::{Estimate, Starts};
use crate::model::{Job, JobId, JobState, WorkloadClass};
use crate::reason::Reason;

use super::State;
use super::apply::Apply;

/// Overdue jobs looked at by one tick; the rest waits for the next.
const OVERDUE_PER_TICK: usize = 1000;
/// An overdue job is counted again when it is so many thousandths later.
const LATER_PERMILLE: i64 = 1500;
/// And by no less than this later.
const LATER_MS_MIN: i64 = 60_000;

/// A promise that is not decided yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Promise {
    class: WorkloadClass,
    /// From when on the job waits.
    since_ms: i64,
    /// How long it was to wait.
    wait_ms: i64,
    /// The wait it was counted with as overdue.
    counted_ms: Option<i64>,
    /// When it counts as overdue, or as later than it was counted with.
    overdue_ms: i64,
}

impl State {
    /// How long a job of that class will wait that a plan lets wait so long, in milliseconds.
    pub fn start_estimate(&self, class: WorkloadClass, planned_wait_ms: i64) -> Estimate {
        self.starts.estimate(class, planned_wait_ms)
    }

    /// How punctual starts were so far.
    pub fn starts(&self) -> &Starts {
        &self.starts
    }

    /// The wait that a job was promised when it was first placed, in milliseconds, as long as it
    /// has not started and has not ended.
    pub fn promised_wait_ms(&self, id: JobId) -> Option<i64> {
        self.promises.get(&id).map(|promise| promise.wait_ms)
    }

    pub(super) fn put_promise(&mut self, id: JobId, promise: Promise) {
        self.take_promise(id);
        self.overdue.insert((promise.overdue_ms, id));
        self.promises.insert(id, promise);
    }

    fn take_promise(&mut self, id: JobId) -> Option<Promise> {
        let promise = self.promises.remove(&id)?;
        self.overdue.remove(&(promise.overdue_ms, id));
        Some(promise)
    }
}

impl Apply<'_> {
    /// Notes the start that a job is promised by its first placement.
    pub(super) fn note_promise(&mut self, old: &Job, new: &Job) {
        let Some(placement) = &new.placement else {
            return;
        };
        let waits = matches!(new.state, JobState::Planned | JobState::Staging);
        if !waits || !new.attempts.is_empty() || self.state.promises.contains_key(&new.id) {
            return;
        }
        let now_ms = self.state.now_ms;
        let promised_nothing = old
            .reason
            .is_some_and(|reason| reason != Reason::NotReached);
        let since_ms = match promised_nothing {
            true => now_ms,
            false => new.submitted_ms,
        };
        let class = new.spec.class;
        let wait_ms = placement.start_ms().saturating_sub(now_ms).max(0);
        let estimate = self.state.start_estimate(class, wait_ms);
        self.state.put_promise(
            new.id,
            Promise {
                class,
                since_ms,
                wait_ms,
                counted_ms: None,
                overdue_ms: since_ms.saturating_add(estimate.p90_wait_ms) + 1,
            },
        );
    }

    /// A job started for the first time, or ended: its promise is decided.
    pub(super) fn decide_promise(&mut self, new: &Job) {
        let started_ms = new.attempts.first().and_then(|first| first.started_ms);
        if started_ms.is_none() && !new.state.is_terminal() {
            return;
        }
        let Some(promise) = self.state.take_promise(new.id) else {
            return;
        };
        if let Some(started_ms) = started_ms {
            let waited_ms = started_ms.saturating_sub(promise.since_ms);
            self.count(&promise, waited_ms);
        }
    }

    /// Counts those that should have started by now.
    pub(super) fn count_overdue(&mut self) {
        let now_ms = self.state.now_ms;
        let overdue = self.state.overdue.iter();
        let overdue: Vec<JobId> = overdue
            .take_while(|(overdue_ms, _)| *overdue_ms <= now_ms)
            .take(OVERDUE_PER_TICK)
            .map(|(_, job)| *job)
            .collect();
        for id in overdue {
            let Some(mut promise) = self.state.take_promise(id) else {
                continue;
            };
            let waited_ms = now_ms.saturating_sub(promise.since_ms);
            self.count(&promise, waited_ms);
            promise.counted_ms = Some(waited_ms);
            let late_ms = waited_ms.saturating_sub(promise.wait_ms);
            let more_ms = late_ms.saturating_mul(LATER_PERMILLE - 1000) / 1000;
            promise.overdue_ms = now_ms.saturating_add(more_ms.max(LATER_MS_MIN));
            self.state.put_promise(id, promise);
        }
    }

    fn count(&mut self, promise: &Promise, waited_ms: i64) {
        Arc::make_mut(&mut self.state.starts).observe_again(
            promise.class,
            promise.wait_ms,
            promise.counted_ms,
            waited_ms,
        );
    }
}
