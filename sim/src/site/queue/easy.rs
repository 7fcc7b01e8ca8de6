//! First come first served, and EASY backfilling on top of it.

use std::collections::{BTreeSet, VecDeque};

use super::job::QueuedJob;
use super::running::Running;

/// The waiting jobs in the order of their submission.
pub(super) struct Waiting {
    /// With their number in that order.
    jobs: VecDeque<(u64, QueuedJob)>,
    submissions: u64,
    /// By estimate, then number; kept only when the scan needs it.
    by_estimate: Option<BTreeSet<(i64, u64)>>,
}

impl Waiting {
    pub(super) fn new(by_estimate: bool) -> Waiting {
        Waiting {
            jobs: VecDeque::new(),
            submissions: 0,
            by_estimate: by_estimate.then(BTreeSet::new),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn push(&mut self, job: QueuedJob) {
        if let Some(order) = &mut self.by_estimate {
            order.insert((job.estimate_ms, self.submissions));
        }
        self.jobs.push_back((self.submissions, job));
        self.submissions += 1;
    }

    /// Starts heads while they fit.
    pub(super) fn start_heads(&mut self, running: &mut Running, now_ms: i64) {
        while let Some((number, job)) = self.jobs.front().copied() {
            if job.processors > running.free() {
                break;
            }
            self.jobs.pop_front();
            self.forget(number, &job);
            running.start(job, now_ms);
        }
    }

    /// Starts heads while they fit, then others that do not delay the head.
    pub(super) fn backfill(&mut self, running: &mut Running, now_ms: i64) {
        self.start_heads(running, now_ms);
        let Some((_, head)) = self.jobs.front() else {
            return;
        };
        if self.jobs.len() < 2 {
            return;
        }
        let mut hole = Hole::before(head.processors, running);
        match self.by_estimate.is_some() {
            false => self.scan_queue(&mut hole, running, now_ms),
            true => self.scan_estimates(&mut hole, running, now_ms),
        }
    }

    fn scan_queue(&mut self, hole: &mut Hole, running: &mut Running, now_ms: i64) {
        let mut at = 1;
        while at < self.jobs.len() && running.free() > 0 {
            let job = self.jobs[at].1;
            if job.processors <= running.free() && hole.takes(&job, now_ms) {
                self.jobs.remove(at);
                running.start(job, now_ms);
            } else {
                at += 1;
            }
        }
    }

    fn scan_estimates(&mut self, hole: &mut Hole, running: &mut Running, now_ms: i64) {
        let head = self.jobs[0].0;
        let mut last = None;
        while running.free() > 0 {
            let order = self.by_estimate.as_ref();
            let Some(next) = order.and_then(|order| next_of(order, last)) else {
                break;
            };
            last = Some(next);
            let number = next.1;
            let Ok(at) = self.jobs.binary_search_by_key(&number, |(own, _)| *own) else {
                continue;
            };
            let job = self.jobs[at].1;
            let fits = number != head && job.processors <= running.free();
            if fits && hole.takes(&job, now_ms) {
                self.jobs.remove(at);
                self.forget(number, &job);
                running.start(job, now_ms);
            }
        }
    }

    fn forget(&mut self, number: u64, job: &QueuedJob) {
        if let Some(order) = &mut self.by_estimate {
            order.remove(&(job.estimate_ms, number));
        }
    }
}

fn next_of(order: &BTreeSet<(i64, u64)>, last: Option<(i64, u64)>) -> Option<(i64, u64)> {
    use std::ops::Bound::{Excluded, Unbounded};
    let from = last.map_or(Unbounded, Excluded);
    order.range((from, Unbounded)).next().copied()
}

/// What others may take without delaying the head of the queue.
struct Hole {
    /// When the head is believed to start.
    shadow_ms: i64,
    /// Processors that are then free beside it.
    extra: u32,
}

impl Hole {
    fn before(head: u32, running: &Running) -> Hole {
        let mut free = running.free();
        let mut shadow_ms = i64::MAX;
        for (end_ms, processors) in running.estimated_ends() {
            if free >= head && end_ms > shadow_ms {
                break;
            }
            free += processors;
            shadow_ms = end_ms;
        }
        Hole {
            shadow_ms,
            extra: free.saturating_sub(head),
        }
    }

    /// Whether a job may start now; takes its part of what is extra.
    fn takes(&mut self, job: &QueuedJob, now_ms: i64) -> bool {
        if now_ms + job.estimate_ms <= self.shadow_ms {
            return true;
        }
        let within = job.processors <= self.extra;
        if within {
            self.extra -= job.processors;
        }
        within
    }
}
