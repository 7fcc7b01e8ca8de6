//! What runs, by the end that is known and by the end that is believed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::job::{Done, QueuedJob};
use super::numbers::{Numbers, ProcessorRange};

/// The running jobs of a machine, and its free processors.
pub(super) struct Running {
    /// Processors that no job holds whose estimate lies ahead.
    free: u32,
    /// Jobs in the order of their ends, equal ones in the order of their starts.
    ends: BinaryHeap<Reverse<(i64, u64)>>,
    jobs: BTreeMap<u64, Done>,
    /// Processors by estimated end and start number, of jobs whose estimate lies ahead.
    estimated: BTreeMap<(i64, u64), u32>,
    starts: u64,
    /// Which processors, for whoever wants to know.
    numbers: Option<Numbers>,
    numbers_of_ended: Vec<ProcessorRange>,
}

impl Running {
    pub(super) fn new(processors: u32) -> Running {
        Running {
            free: processors,
            ends: BinaryHeap::new(),
            jobs: BTreeMap::new(),
            estimated: BTreeMap::new(),
            starts: 0,
            numbers: None,
            numbers_of_ended: Vec::new(),
        }
    }

    /// Tells processors apart from now on, while nothing runs.
    pub(super) fn number(&mut self) {
        self.numbers = Some(Numbers::new(self.free));
    }

    /// The processors of the job that ended last.
    pub(super) fn numbers_of_ended(&self) -> &[ProcessorRange] {
        &self.numbers_of_ended
    }

    pub(super) fn free(&self) -> u32 {
        self.free
    }

    pub(super) fn count(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn next_end_ms(&self) -> Option<i64> {
        self.ends.peek().map(|Reverse((end_ms, _))| *end_ms)
    }

    /// Counts as free what is believed to have ended.
    pub(super) fn pass_estimates(&mut self, now_ms: i64) {
        while let Some(entry) = self.estimated.first_entry() {
            if entry.key().0 > now_ms {
                break;
            }
            if let Some(numbers) = &mut self.numbers {
                numbers.free(entry.key().1);
            }
            self.free += entry.remove();
        }
    }

    pub(super) fn start(&mut self, job: QueuedJob, now_ms: i64) {
        let (start, end_ms) = (self.starts, now_ms + job.run_ms);
        self.starts += 1;
        self.free -= job.processors;
        if let Some(numbers) = &mut self.numbers {
            numbers.take(start, job.processors);
        }
        let estimated_end = (now_ms + job.estimate_ms, start);
        self.estimated.insert(estimated_end, job.processors);
        self.ends.push(Reverse((end_ms, start)));
        let start_ms = now_ms;
        self.jobs.insert(
            start,
            Done {
                job,
                start_ms,
                end_ms,
            },
        );
    }

    /// Ends the job that ends first.
    pub(super) fn end(&mut self) -> Option<Done> {
        let Reverse((_, start)) = self.ends.pop()?;
        let done = self.jobs.remove(&start)?;
        let estimated_end = (done.start_ms + done.job.estimate_ms, start);
        let held = self.estimated.remove(&estimated_end);
        self.free += held.unwrap_or(0);
        if let Some(numbers) = &mut self.numbers {
            if held.is_some() {
                numbers.free(start);
            }
            self.numbers_of_ended = numbers.forget(start);
        }
        Some(done)
    }

    /// Processors by estimated end, the earliest first; an end may come several times.
    pub(super) fn estimated_ends(&self) -> impl Iterator<Item = (i64, u32)> {
        let ends = self.estimated.iter();
        ends.map(|((end_ms, _), processors)| (*end_ms, *processors))
    }
}
