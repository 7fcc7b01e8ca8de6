//! Checkpoints: what a job says of its own, what an attempt left, and what becomes of work that
//! goes on from one at another site.

use std::collections::BTreeSet;
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};

use super::{Job, JobState, Part, Placement, SiteId};

/// What a checkpointable job says of its checkpoint: one file that holds all it takes to go on.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CheckpointSpec {
    /// Where it stands below the working directory, before and after.
    pub path: String,
    /// What the owner expects; reserves the links.
    pub size_bytes: i64,
    /// It is written at least this often while the job runs.
    pub every_ms: i64,
    /// Time that a run spends on reading it before it goes on.
    pub restart_ms: i64,
}

/// A checkpoint that an attempt left when it was stopped.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Saved {
    /// Number of the attempt.
    pub attempt: u32,
    /// The name under which agents keep it: [`Job::checkpoint_name`].
    pub name: String,
    /// Of its bytes.
    pub sha256: [u8; 32],
    /// Of its bytes.
    pub size_bytes: i64,
    /// Sites that hold it.
    pub sites: BTreeSet<SiteId>,
    /// Work that need not be done again.
    pub done_ms: i64,
    /// It may travel from then on.
    pub from_ms: i64,
}

/// The way of a running job to another site: planned, and not gone yet.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Move {
    /// When the run is ordered to stop.
    pub stop_ms: i64,
    /// It has been ordered to stop.
    pub ordered: bool,
    /// The rest of its chain, the checkpoint among what is staged; `None` once that place is lost.
    pub to: Option<Arc<Placement>>,
    /// What it is worth, and why.
    pub record: MoveRecord,
    /// Log index of its plan.
    pub planned_at: u64,
    /// State the plan was made on.
    pub planned_base: u64,
}

/// Why a job moves, or was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MoveRecord {
    /// Where it ran.
    pub from: SiteId,
    /// Where it goes on.
    pub to: SiteId,
    /// When its place there was decided; from then on, when the old run had ended.
    pub at_ms: i64,
    /// When the old run is, or was, to be ordered to stop.
    pub stop_ms: i64,
    /// What the rest costs where it ran, as the planner weighs it.
    pub stay_micro_cny: i64,
    /// How much less it costs with the move, everything included.
    pub gain_micro_cny: i64,
    /// Of its checkpoint: expected, and once it has gone, what was sent.
    pub bytes: i64,
    /// Work that is done again.
    pub lost_ms: i64,
}

impl Job {
    /// How long a group is expected to run from the start of the next attempt, or of the one that
    /// runs.
    pub fn estimate_ms(&self, group: usize) -> i64 {
        self.left(self.spec.groups[group].estimate_ms)
    }

    /// How long a group may run from the start of the next attempt, or of the one that runs.
    pub fn time_limit_ms(&self, group: usize) -> i64 {
        self.left(self.spec.groups[group].time_limit_ms)
    }

    /// What is left of a run of that length, the reading of the checkpoint included.
    pub fn left(&self, whole_ms: i64) -> i64 {
        let Some(saved) = &self.saved else {
            return whole_ms;
        };
        let rest_ms = whole_ms.saturating_sub(saved.done_ms).max(1);
        rest_ms.saturating_add(self.reading_ms())
    }

    /// Time that the next attempt, or the present one, spends on reading a checkpoint.
    fn reading_ms(&self) -> i64 {
        let checkpoint = self
            .spec
            .checkpoint
            .as_ref()
            .filter(|_| self.saved.is_some());
        checkpoint.map_or(0, |checkpoint| checkpoint.restart_ms.max(0))
    }

    /// Work that stands in a checkpoint once the present run has gone on for `ran_ms`; what the
    /// run began with, if it has written none.
    pub fn done_after(&self, ran_ms: i64) -> i64 {
        let before_ms = self.saved.as_ref().map_or(0, |saved| saved.done_ms);
        let Some(checkpoint) = &self.spec.checkpoint else {
            return before_ms;
        };
        let worked_ms = ran_ms.saturating_sub(self.reading_ms()).max(0);
        let every_ms = checkpoint.every_ms.max(1);
        before_ms.saturating_add(worked_ms / every_ms * every_ms)
    }

    /// How long the present run will have gone on when it has written one more checkpoint than
    /// after `ran_ms`.
    pub fn next_checkpoint_after(&self, ran_ms: i64) -> Option<i64> {
        let every_ms = self.spec.checkpoint.as_ref()?.every_ms.max(1);
        let reading_ms = self.reading_ms();
        let worked_ms = ran_ms.saturating_sub(reading_ms).max(0);
        let next_ms = (worked_ms / every_ms)
            .saturating_add(1)
            .saturating_mul(every_ms);
        Some(reading_ms.saturating_add(next_ms))
    }

    /// From when on data that it needs may travel.
    pub fn available_ms(&self, what: &str) -> i64 {
        let saved = self.saved.as_ref().filter(|saved| saved.name == what);
        saved.map_or(i64::MIN, |saved| saved.from_ms)
    }

    /// The name under which agents keep its checkpoint. No data set is called so.
    pub fn checkpoint_name(&self) -> String {
        format!("checkpoint:{}", self.id)
    }

    /// The job as it will be once it has been stopped at `stop_ms` and its slot given up at
    /// `leave_ms`: it waits, and its checkpoint stands at `from`. `None` if it has no checkpoint,
    /// or will not have written one.
    pub fn as_stopped(&self, from: SiteId, stop_ms: i64, leave_ms: i64) -> Option<Job> {
        let checkpoint = self.spec.checkpoint.as_ref()?;
        let attempt = self.attempt()?;
        let done_ms = self.done_after(stop_ms.saturating_sub(attempt.started_ms?));
        if done_ms <= self.saved.as_ref().map_or(0, |saved| saved.done_ms) {
            return None;
        }
        let mut job = self.clone();
        job.state = JobState::Pending;
        job.placement = None;
        job.moving = None;
        job.saved = Some(Saved {
            attempt: attempt.number,
            name: self.checkpoint_name(),
            sha256: [0; 32],
            size_bytes: checkpoint.size_bytes,
            sites: [from].into(),
            done_ms,
            from_ms: leave_ms,
        });
        Some(job)
    }

    /// How often it was stopped for a job of higher priority.
    pub fn preempted(&self) -> usize {
        let attempts = self.attempts.iter();
        attempts.filter(|attempt| attempt.preempted).count()
    }

    /// Attempts that count against its retries: those that were not stopped on order.
    pub fn tried(&self) -> usize {
        let attempts = self.attempts.iter();
        attempts
            .filter(|attempt| !attempt.preempted && !attempt.moved)
            .count()
    }

    /// Every chain it holds: where it is or goes, and where it moves to.
    pub fn chains(&self) -> [Option<&Arc<Placement>>; 2] {
        let moving = self.moving.as_ref();
        [
            self.placement.as_ref(),
            moving.and_then(|moving| moving.to.as_ref()),
        ]
    }

    /// Parts that wait, or have ended, are none of its business: it runs, all of it, and nothing
    /// is to become of it yet but what it does.
    pub(crate) fn runs_undisturbed(&self) -> bool {
        let all_started = |parts: &[Part]| {
            let started = |part: &Part| part.phase == super::PartPhase::Started;
            parts.iter().all(started)
        };
        let runs = self
            .attempt()
            .is_some_and(|attempt| attempt.ended_ms.is_none() && all_started(&attempt.parts));
        let disturbed = self.cancelling || self.preemption.is_some() || self.moving.is_some();
        self.state == JobState::Running && runs && !disturbed
    }
}
