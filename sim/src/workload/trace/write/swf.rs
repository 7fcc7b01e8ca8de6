//! The Standard Workload Format.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::JobWriter;
use crate::run::ENGINE;
use crate::workload::swf::{SwfJob, SwfStatus};
use crate::workload::trace::TraceJob;

const SECOND_MS: i64 = 1000;
/// Owners that get a number; those after them are unknown.
const OWNERS_MAX: usize = 100_000;

/// Writes a log. Jobs and owners are numbered in their order, times count from the first
/// submission, submissions are rounded down to seconds and durations up. Deadlines have no field.
pub struct SwfWriter<W: Write> {
    out: W,
    head: Head,
    first_ms: Option<i64>,
    written: i64,
    owners: BTreeMap<String, i64>,
}

/// What the header says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Where the jobs come from, in a line.
    pub source: String,
    /// Processors of the machine.
    pub processors_max: Option<i64>,
    /// Unix time in milliseconds at which the jobs' clock is 0.
    pub unix_start_ms: Option<i64>,
}

impl<W: Write> SwfWriter<W> {
    /// Writes nothing yet: the header needs the first submission.
    pub fn new(out: W, head: Head) -> SwfWriter<W> {
        SwfWriter {
            out,
            head,
            first_ms: None,
            written: 0,
            owners: BTreeMap::new(),
        }
    }

    fn header(&mut self, first_ms: i64) -> io::Result<()> {
        writeln!(self.out, "; Version: 2.2")?;
        let source: String = self
            .head
            .source
            .chars()
            .filter(|c| !c.is_control())
            .collect();
        writeln!(self.out, "; Conversion: {ENGINE}, from {source}")?;
        if let Some(processors) = self.head.processors_max {
            writeln!(self.out, "; MaxProcs: {processors}")?;
        }
        if let Some(unix_ms) = self.head.unix_start_ms {
            let start_s = unix_ms.saturating_add(first_ms).div_euclid(SECOND_MS);
            writeln!(self.out, "; UnixStartTime: {start_s}")?;
        }
        Ok(())
    }

    fn owner(&mut self, tenant: &str) -> Option<i64> {
        if let Some(number) = self.owners.get(tenant) {
            return Some(*number);
        }
        let number = self.owners.len() as i64 + 1;
        if self.owners.len() >= OWNERS_MAX {
            return None;
        }
        self.owners.insert(tenant.to_owned(), number);
        Some(number)
    }
}

impl<W: Write> JobWriter for SwfWriter<W> {
    fn add(&mut self, job: &TraceJob) -> io::Result<()> {
        if self.first_ms.is_none() {
            self.header(job.submit_ms)?;
        }
        let first_ms = *self.first_ms.get_or_insert(job.submit_ms);
        self.written += 1;
        let processors = job.processors();
        let kib = job
            .memory_mib
            .map(|mib| mib.saturating_mul(1 << 10) / processors);
        let row = SwfJob {
            number: self.written,
            submit_seconds: job.submit_ms.saturating_sub(first_ms).div_euclid(SECOND_MS),
            run_time_seconds: Some(up(job.run_ms)),
            processors_requested: Some(processors),
            time_requested_seconds: job.requested_ms.map(up),
            memory_requested_kb: kib,
            status: Some(SwfStatus::Completed),
            user: job.tenant.as_deref().and_then(|tenant| self.owner(tenant)),
            ..SwfJob::default()
        };
        writeln!(self.out, "{row}")
    }

    fn finish(mut self: Box<Self>, complete: bool) -> io::Result<()> {
        if self.first_ms.is_none() {
            self.header(0)?;
        }
        if !complete {
            writeln!(self.out, "; Note: partial, writing was interrupted")?;
        }
        self.out.flush()
    }
}

/// Whole seconds, rounded up.
fn up(ms: i64) -> i64 {
    ms / SECOND_MS + i64::from(ms % SECOND_MS > 0)
}
