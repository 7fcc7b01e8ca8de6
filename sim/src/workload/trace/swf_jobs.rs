//! The rows of a log in the Standard Workload Format as jobs.

use std::io::Read;

use super::source::until_ended;
use super::{InOrder, JobSource, Repair, Seen, TraceCounts, TraceError, TraceJob, TraceProblem};
use crate::workload::swf::{self, SwfJob, SwfReader};

const SECOND_MS: i64 = 1000;
const KIB_PER_MIB: i64 = 1 << 10;
/// More processors or seconds than this are a mistake.
const VALUE_MAX: i64 = 1 << 40;

/// The jobs of a log. Rows without a run or processors are left out and counted, as the archive's
/// conventions have it, whatever [`Repair`] says; jobs that were cancelled before their start have
/// none.
pub struct SwfJobs<R: Read> {
    rows: SwfReader<R>,
    file: String,
    repair: Repair,
    seen: Seen,
    counts: TraceCounts,
    ended: bool,
}

impl<R: Read> SwfJobs<R> {
    /// Reads a log, plain or compressed by gzip. Errors name `file`.
    pub fn open(reader: R, file: &str, repair: Repair) -> InOrder<SwfJobs<R>> {
        let jobs = SwfJobs {
            rows: swf::read(reader),
            file: file.to_owned(),
            repair,
            seen: Seen::default(),
            counts: TraceCounts::default(),
            ended: false,
        };
        InOrder::new(jobs, file, repair.rows_ahead)
    }

    fn next_job(&mut self) -> Result<Option<TraceJob>, TraceError> {
        loop {
            let Some(row) = self.rows.next().transpose().map_err(|error| TraceError {
                file: self.file.clone(),
                line: error.line,
                problem: error.problem.into(),
            })?
            else {
                return Ok(None);
            };
            let found = self.job(&row).map_err(|problem| TraceError {
                file: self.file.clone(),
                line: self.rows.counts().lines,
                problem,
            })?;
            if found.is_some() {
                self.counts.jobs += 1;
                return Ok(found);
            }
        }
    }

    fn job(&mut self, row: &SwfJob) -> Result<Option<TraceJob>, TraceProblem> {
        let id = row.number.to_string();
        if !self.seen.insert(&id) {
            if !self.repair.leave_out {
                return Err(TraceProblem::Duplicate(id));
            }
            self.counts.duplicates += 1;
            return Ok(None);
        }
        let Some(run) = row.run_seconds() else {
            self.counts.without_run += 1;
            return Ok(None);
        };
        let Some(processors) = row.processors() else {
            self.counts.without_size += 1;
            return Ok(None);
        };
        let within = |what: &'static str, value: i64| match value <= VALUE_MAX {
            true => Ok(value),
            false => Err(TraceProblem::OutOfRange {
                id: id.clone(),
                what,
            }),
        };
        let processors = within("number of processors", processors)?;
        let requested = row.time_requested_seconds.filter(|seconds| *seconds > 0);
        let requested = requested.map(|seconds| within("requested time", seconds));
        let memory = row.memory_requested_kb.filter(|kib| *kib > 0);
        let memory = memory.map(|kib| within("requested memory", kib));
        Ok(Some(TraceJob {
            row: self.rows.counts().lines,
            submit_ms: within("submit time", row.submit_seconds)? * SECOND_MS,
            run_ms: within("run time", run)? * SECOND_MS,
            cpu_millis: processors * 1000,
            memory_mib: memory.transpose()?.map(|kib| mib(kib, processors)),
            accelerators: 0,
            requested_ms: requested.transpose()?.map(|seconds| seconds * SECOND_MS),
            deadline_ms: None,
            tenant: row.user.map(|user| format!("user-{user}")),
            id,
        }))
    }
}

/// Whole mebibytes that hold so many kibibytes for each processor.
fn mib(kib: i64, processors: i64) -> i64 {
    let all = i128::from(kib) * i128::from(processors);
    let mib = (all + i128::from(KIB_PER_MIB) - 1) / i128::from(KIB_PER_MIB);
    i64::try_from(mib).unwrap_or(i64::MAX)
}

impl<R: Read> Iterator for SwfJobs<R> {
    type Item = Result<TraceJob, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let found = self.next_job();
        until_ended(found, &mut self.ended)
    }
}

impl<R: Read> JobSource for SwfJobs<R> {
    fn counts(&self) -> TraceCounts {
        let rows = self.rows.counts();
        let by_format = rows.dropped_bursts + rows.dropped_unknown;
        TraceCounts {
            rows: rows.jobs + by_format,
            by_format,
            fields_repaired: rows.repaired,
            ..self.counts
        }
    }

    fn processors_max(&self) -> Option<i64> {
        self.rows.header().processors_max()
    }

    fn unix_start_ms(&self) -> Option<i64> {
        let seconds = self.rows.header().unix_start_seconds();
        seconds.and_then(|seconds| seconds.checked_mul(SECOND_MS))
    }
}
