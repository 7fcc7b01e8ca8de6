//! A table that the ready mapping `ewc` reads again.

use std::fmt::Display;
use std::io::{self, Write};

use super::{JobWriter, Seconds};
use crate::workload::trace::TraceJob;

const COLUMNS: &str =
    "id,submit_s,run_s,cores,accelerators,memory_mib,requested_s,tenant,deadline_s";

/// Writes a table with a header. Times are seconds of the trace's clock, cores may have a fraction,
/// what is unknown is left empty.
pub struct CsvWriter<W: Write> {
    out: W,
}

impl<W: Write> CsvWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// What lies below cannot be written.
    pub fn new(mut out: W) -> io::Result<CsvWriter<W>> {
        writeln!(out, "{COLUMNS}")?;
        Ok(CsvWriter { out })
    }
}

impl<W: Write> JobWriter for CsvWriter<W> {
    fn add(&mut self, job: &TraceJob) -> io::Result<()> {
        let out = &mut self.out;
        quoted(out, &job.id)?;
        // Thousandths of cores are written as thousandths of seconds are.
        let (submit, run, cores) = (
            Seconds(job.submit_ms),
            Seconds(job.run_ms),
            Seconds(job.cpu_millis),
        );
        write!(out, ",{submit},{run},{cores},{},", job.accelerators)?;
        known(out, job.memory_mib)?;
        out.write_all(b",")?;
        known(out, job.requested_ms.map(Seconds))?;
        out.write_all(b",")?;
        quoted(out, job.tenant.as_deref().unwrap_or_default())?;
        out.write_all(b",")?;
        known(out, job.deadline_ms.map(Seconds))?;
        out.write_all(b"\n")
    }

    fn finish(mut self: Box<Self>, _complete: bool) -> io::Result<()> {
        self.out.flush()
    }
}

fn known(out: &mut impl Write, value: Option<impl Display>) -> io::Result<()> {
    value.map_or(Ok(()), |value| write!(out, "{value}"))
}

/// Text in quotes where it needs them.
fn quoted(out: &mut impl Write, text: &str) -> io::Result<()> {
    match text.contains([',', '"', '\n', '\r']) {
        false => out.write_all(text.as_bytes()),
        true => write!(out, "\"{}\"", text.replace('"', "\"\"")),
    }
}
