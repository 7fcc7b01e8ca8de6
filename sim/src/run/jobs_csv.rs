//! `jobs.csv`: a row for each job, in the order of the ends. Batsim's columns come first, with its
//! names, order and units, so that its tools read the file; ours follow. Times are in seconds.

use std::io::{self, Write};

use ewc_scenario::BatchSite;

use super::batsim::{COLUMNS, Seconds};
use crate::site::queue::{Done, ProcessorRange, bounded_slowdown};
use crate::workload::swf::{SwfJob, SwfStatus};

pub(super) struct JobsCsv<W: Write> {
    out: W,
    workload: String,
    site: String,
}

impl<W: Write> JobsCsv<W> {
    pub(super) fn new(mut out: W, scenario: &BatchSite) -> io::Result<JobsCsv<W>> {
        writeln!(out, "{COLUMNS},site,bsld")?;
        Ok(JobsCsv {
            out,
            workload: scenario.name.clone(),
            site: scenario.site.clone(),
        })
    }

    /// Adds a job that ran on these processors. Energy is not known here: its field stays empty.
    pub(super) fn add(
        &mut self,
        done: &Done,
        row: &SwfJob,
        numbers: &[ProcessorRange],
    ) -> io::Result<()> {
        let job = &done.job;
        let (success, state) = final_state(done, row);
        let turnaround_ms = done.end_ms - job.submit_ms;
        let stretch = turnaround_ms as f64 / job.run_ms as f64;
        write!(
            self.out,
            "{},{},swf,{},{},{},{success},{state},{},{},{},{},{},{stretch},",
            job.id,
            self.workload,
            Seconds(job.submit_ms),
            job.processors,
            Seconds(job.estimate_ms),
            Seconds(done.start_ms),
            Seconds(job.run_ms),
            Seconds(done.end_ms),
            Seconds(done.wait_ms()),
            Seconds(turnaround_ms),
        )?;
        for (at, (first, last)) in numbers.iter().enumerate() {
            let space = if at == 0 { "" } else { " " };
            match first == last {
                true => write!(self.out, "{space}{first}")?,
                false => write!(self.out, "{space}{first}-{last}")?,
            }
        }
        writeln!(self.out, ",,,{},{}", self.site, bounded_slowdown(done))
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// How a job ended, in Batsim's words.
fn final_state(done: &Done, row: &SwfJob) -> (u8, &'static str) {
    let ran_ms = row
        .run_seconds()
        .map(|seconds| seconds.saturating_mul(1000));
    let cut = ran_ms.is_some_and(|ran_ms| ran_ms > done.job.run_ms);
    match row.status {
        _ if cut => (0, "COMPLETED_WALLTIME_REACHED"),
        Some(SwfStatus::Failed) => (0, "COMPLETED_FAILED"),
        Some(SwfStatus::Cancelled) => (0, "COMPLETED_KILLED"),
        _ => (1, "COMPLETED_SUCCESSFULLY"),
    }
}
