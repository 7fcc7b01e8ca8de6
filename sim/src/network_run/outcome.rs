//! What became of one job, by the truth about energy.

use ewc_core::model::{
    Attempt, Cost, GroupPlacement, Job, JobState, Output, Resources, TransferKind,
};
use ewc_core::{State, recovery};

use super::ledger::{self, Ran};
use crate::engine::Left;

/// Runs shorter than this count as so long in the bounded slowdown.
const BOUND_MS: i64 = 10_000;

/// A job after its run, or without one.
#[derive(Debug, Clone)]
pub(super) struct Outcome<'a> {
    pub(super) number: u64,
    pub(super) job: &'a Job,
    /// From the start of the first attempt on.
    pub(super) start_ms: Option<i64>,
    /// Of its last attempt that has ended, and of those that it goes on from.
    pub(super) run_ms: Option<i64>,
    pub(super) wait_ms: Option<i64>,
    /// Attempts that have started and ended.
    pub(super) attempts: Vec<Ran>,
    /// Of all of them; energy as it really was.
    pub(super) cost: Cost,
    /// The part of it for those that did not end well.
    pub(super) lost: Cost,
    pub(super) wan_bytes: i64,
    /// Windows of its transfers, one after the other.
    pub(super) transfer_ms: i64,
}

impl<'a> Outcome<'a> {
    /// Of a job that leaves, with its attempts.
    pub(super) fn of(left: &Left<'a>, attempts: Vec<Ran>) -> Outcome<'a> {
        let job = left.job;
        let start_ms = job.attempts.first().and_then(|attempt| attempt.started_ms);
        let last = job.attempt();
        let length_ms = |attempt: &Attempt| Some(attempt.ended_ms? - attempt.started_ms?);
        let moved = job.attempts.iter().filter(|attempt| attempt.moved);
        let moved_ms: i64 = moved.filter_map(length_ms).sum();
        let last = last.filter(|last| !last.moved).and_then(length_ms);
        let lost: Vec<Ran> = attempts.iter().filter(|ran| ran.lost).copied().collect();
        Outcome {
            number: left.number,
            job,
            start_ms,
            run_ms: last.map(|last_ms| last_ms + moved_ms),
            wait_ms: start_ms.map(|at_ms| at_ms - job.submitted_ms.max(job.spec.release_ms)),
            cost: ledger::total(&attempts),
            lost: ledger::total(&lost),
            attempts,
            wan_bytes: left.wan_bytes,
            transfer_ms: windows_ms(job),
        }
    }

    pub(super) fn groups(&self) -> &'a [GroupPlacement] {
        let placement = self.job.placement.as_ref();
        placement.map_or(&[], |placement| placement.groups.as_slice())
    }

    /// What its last attempt held, of every pool together.
    pub(super) fn held(&self) -> Resources {
        let groups = self.groups().iter();
        groups.fold(Resources::ZERO, |sum, slot| sum + slot.total)
    }

    /// Whether every result of a job of important or core data that ended well was also sent to
    /// another hub than that of its run (容灾备份); `None` for other jobs.
    pub(super) fn in_two_hubs(&self, state: &State) -> Option<bool> {
        if self.job.state != JobState::Succeeded || !recovery::replicates(self.job) {
            return None;
        }
        let pool = self
            .groups()
            .first()
            .and_then(|slot| state.pool(slot.pool))?;
        let transfers = self.job.placement.iter().flat_map(|held| &held.transfers);
        let stands = |output: &Output| {
            transfers.clone().any(|transfer| {
                transfer.kind == TransferKind::StageOut
                    && transfer.what == output.dataset
                    && recovery::in_another_hub(state, pool.site, transfer.to)
            })
        };
        Some(self.job.spec.outputs.iter().all(stands))
    }

    /// Bounded slowdown (Feitelson and others), with the bound of ten seconds.
    pub(super) fn bounded_slowdown(&self) -> Option<f64> {
        let (wait_ms, run_ms) = (self.wait_ms?.max(0), self.run_ms?.max(0));
        let slowdown = (wait_ms + run_ms) as f64 / run_ms.max(BOUND_MS) as f64;
        Some(slowdown.max(1.0))
    }

    /// Whether it ended well by its deadline; `None` without one.
    pub(super) fn in_time(&self) -> Option<bool> {
        let deadline_ms = self.job.spec.deadline_ms?;
        let by_then = self.job.ended_ms.is_some_and(|at_ms| at_ms <= deadline_ms);
        Some(by_then && self.job.state == JobState::Succeeded)
    }
}

fn windows_ms(job: &Job) -> i64 {
    let transfers = job.placement.iter().flat_map(|held| &held.transfers);
    let length_ms = |kinds: &'static [TransferKind]| {
        let of_kind = transfers
            .clone()
            .filter(move |transfer| kinds.contains(&transfer.kind));
        let first = of_kind.clone().map(|transfer| transfer.start_ms).min();
        let last = of_kind.map(|transfer| transfer.end_ms).max();
        first.zip(last).map_or(0, |(first, last)| last - first)
    };
    length_ms(&[TransferKind::StageIn, TransferKind::ToDepot])
        + length_ms(&[TransferKind::StageOut])
}

/// Nothing, where there is nothing.
pub(super) struct Maybe<T>(pub(super) Option<T>);

impl<T: std::fmt::Display> std::fmt::Display for Maybe<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => Ok(()),
        }
    }
}
