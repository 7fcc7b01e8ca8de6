//! The table that the journal's records add up to, and the fence rules. Pure: no file, no clock.

use std::collections::BTreeMap;

use super::Record;
use crate::model::{AttemptKey, Outcome};

const JOBS_MAX: usize = 100_000;
const FORGET_AFTER_MS: i64 = 7 * 24 * 3600 * 1000;

/// Why a start is not allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// This very fence was journalled before: its payload may have run.
    #[error("fence {fence} was used before")]
    FenceUsed {
        /// The fence.
        fence: i64,
    },
    /// A newer start of the job was journalled here.
    #[error("fence {fence} is older than {highest}, which was granted since")]
    FenceOld {
        /// The fence asked for.
        fence: i64,
        /// The highest one journalled.
        highest: i64,
    },
    /// An earlier attempt of the job is not confirmed dead.
    #[error("{earlier} is not confirmed dead")]
    Overlap {
        /// That attempt.
        earlier: AttemptKey,
    },
    /// No start was granted at all.
    #[error("no start is granted (fence {fence})")]
    NoFence {
        /// The fence asked for.
        fence: i64,
    },
}

#[derive(Debug, Default)]
struct JobEntry {
    highest_fence: i64,
    unix_ms: i64,
    /// Attempts not released, with their end once confirmed.
    attempts: BTreeMap<AttemptKey, Option<Outcome>>,
}

/// Highest fence and unreleased attempts of every job that started here.
#[derive(Debug, Default)]
pub struct Intents {
    jobs: BTreeMap<String, JobEntry>,
}

impl Intents {
    /// Whether this attempt may start now.
    ///
    /// # Errors
    /// The rule it would break.
    pub fn check(&self, key: &AttemptKey) -> Result<(), Refusal> {
        let fence = key.fence;
        if fence <= 0 {
            return Err(Refusal::NoFence { fence });
        }
        let Some(entry) = self.jobs.get(&key.job) else {
            return Ok(());
        };
        if fence == entry.highest_fence {
            return Err(Refusal::FenceUsed { fence });
        }
        if fence < entry.highest_fence {
            return Err(Refusal::FenceOld {
                fence,
                highest: entry.highest_fence,
            });
        }
        match entry.attempts.iter().find(|(_, end)| end.is_none()) {
            Some((earlier, _)) => Err(Refusal::Overlap {
                earlier: earlier.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Attempts not released, with their end once confirmed.
    pub fn unreleased(&self) -> impl Iterator<Item = (&AttemptKey, Option<&Outcome>)> {
        let attempts = self.jobs.values().flat_map(|entry| entry.attempts.iter());
        attempts.map(|(key, end)| (key, end.as_ref()))
    }

    pub(super) fn apply(&mut self, record: &Record) {
        match record {
            Record::Intent { key, unix_ms } => {
                self.raise(&key.job, key.fence, *unix_ms)
                    .attempts
                    .insert(key.clone(), None);
            }
            Record::Ended { key, outcome } => {
                let entry = self.jobs.entry(key.job.clone()).or_default();
                if let Some(end) = entry.attempts.get_mut(key) {
                    *end = Some(outcome.clone());
                }
            }
            Record::Released { key } => {
                if let Some(entry) = self.jobs.get_mut(&key.job) {
                    entry.attempts.remove(key);
                }
            }
            Record::HighestFence {
                job,
                fence,
                unix_ms,
            } => {
                self.raise(job, *fence, *unix_ms);
            }
        }
    }

    fn raise(&mut self, job: &str, fence: i64, unix_ms: i64) -> &mut JobEntry {
        let entry = self.jobs.entry(job.to_owned()).or_default();
        if fence > entry.highest_fence {
            entry.highest_fence = fence;
            entry.unix_ms = unix_ms;
        }
        entry
    }

    /// Drops jobs without unreleased attempts: those older than a week, then the oldest beyond
    /// the bound. A scheduler that grants a start a week late does so under a new fence anyway.
    pub(super) fn forget(&mut self, now_unix_ms: i64) {
        let oldest = now_unix_ms - FORGET_AFTER_MS;
        self.jobs
            .retain(|_, entry| !entry.attempts.is_empty() || entry.unix_ms >= oldest);
        let excess = self.jobs.len().saturating_sub(JOBS_MAX);
        if excess == 0 {
            return;
        }
        let mut idle: Vec<(i64, String)> = self
            .jobs
            .iter()
            .filter(|(_, entry)| entry.attempts.is_empty())
            .map(|(job, entry)| (entry.unix_ms, job.clone()))
            .collect();
        idle.sort();
        for (_, job) in idle.into_iter().take(excess) {
            self.jobs.remove(&job);
        }
    }

    pub(super) fn records(&self) -> Vec<Record> {
        let mut records = Vec::new();
        for (job, entry) in &self.jobs {
            for (key, end) in &entry.attempts {
                records.push(Record::Intent {
                    key: key.clone(),
                    unix_ms: entry.unix_ms,
                });
                if let Some(outcome) = end {
                    let outcome = outcome.clone();
                    records.push(Record::Ended {
                        key: key.clone(),
                        outcome,
                    });
                }
            }
            records.push(Record::HighestFence {
                job: job.clone(),
                fence: entry.highest_fence,
                unix_ms: entry.unix_ms,
            });
        }
        records
    }
}
