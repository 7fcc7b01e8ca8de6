//! `jobs.swf`: the log again, in the order of its submissions, with the waits and runs of this run.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write};

use ewc_scenario::BatchSite;

use super::ENGINE;
use crate::site::queue::Done;
use crate::workload::swf::SwfJob;

pub(super) struct JobsSwf<W: Write> {
    out: W,
    /// Submitted and not yet written.
    order: VecDeque<u64>,
    /// Ended while one before has not.
    ended: BTreeMap<u64, SwfJob>,
}

impl<W: Write> JobsSwf<W> {
    pub(super) fn new(mut out: W, scenario: &BatchSite) -> io::Result<JobsSwf<W>> {
        writeln!(out, "; Version: 2.2")?;
        writeln!(out, "; Computer: {}", scenario.site)?;
        writeln!(out, "; Conversion: {ENGINE}, queue {}", scenario.queue)?;
        writeln!(out, "; MaxProcs: {}", scenario.processors)?;
        Ok(JobsSwf {
            out,
            order: VecDeque::new(),
            ended: BTreeMap::new(),
        })
    }

    /// A job that is submitted next.
    pub(super) fn expect(&mut self, id: u64) {
        self.order.push_back(id);
    }

    /// A job that has ended, with its row of the log.
    pub(super) fn add(&mut self, done: &Done, row: SwfJob) -> io::Result<()> {
        let row = SwfJob {
            wait_seconds: Some(done.wait_ms() / 1000),
            run_time_seconds: Some(done.job.run_ms / 1000),
            processors_allocated: Some(i64::from(done.job.processors)),
            ..row
        };
        self.ended.insert(done.job.id, row);
        while let Some(row) = self.order.front().and_then(|id| self.ended.remove(id)) {
            self.order.pop_front();
            writeln!(self.out, "{row}")?;
        }
        Ok(())
    }

    /// Writes what is left; jobs that have not ended are named in a comment.
    pub(super) fn finish(mut self, complete: bool) -> io::Result<()> {
        if !complete {
            writeln!(self.out, "; Note: partial, the run was interrupted")?;
        }
        for id in std::mem::take(&mut self.order) {
            match self.ended.remove(&id) {
                Some(row) => writeln!(self.out, "{row}")?,
                None => writeln!(self.out, "; job {id} had not ended")?,
            }
        }
        self.out.flush()
    }
}
