//! Jobs of traces, one by one: the common form of logs, tables and models of workloads, and what
//! can be done to such a stream.
//!
//! A source is an iterator of [`TraceJob`]s that ends with its first error, and knows what became
//! of its rows ([`JobSource`]). Every source yields jobs in the order of their submission; what is
//! out of order or there twice is an error, or put right and counted, as [`Repair`] says. Memory
//! does not grow with the trace: [`InOrder`] and [`Seen`] say what is held.
//!
//! [`OnNetwork`] makes jobs of the network of them.

pub mod change;
mod csv_jobs;
mod error;
mod in_order;
mod mapping;
mod on_network;
mod parquet;
mod seen;
mod source;
mod summary;
mod swf_jobs;
#[cfg(test)]
mod tests;
pub mod write;

pub use csv_jobs::CsvJobs;
pub use error::{TraceError, TraceProblem};
pub use in_order::{InOrder, ROWS_AHEAD_MAX};
pub use mapping::{
    Clock, Columns, CoresUnit, Mapping, MappingError, MemoryUnit, TimeUnit, Units, ready_names,
};
pub use on_network::{NetworkMix, OnNetwork};
pub use parquet::ParquetJobs;
pub use seen::{FORGOTTEN_AFTER, Seen};
pub use source::{JobSource, TraceCounts};
pub use summary::{Spread, Summary};
pub use swf_jobs::SwfJobs;

/// A job as a trace knows it; `None` is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceJob {
    /// Line or row where it stands, counted from 1; for drawn jobs their number.
    pub row: u64,
    /// Its name in the trace, of which no two are alike.
    pub id: String,
    /// When it is submitted, in milliseconds of the trace's clock: since its start, or since 1970.
    pub submit_ms: i64,
    /// How long it runs, at least 1.
    pub run_ms: i64,
    /// All its cores together, in thousandths; 0 when only accelerators are known.
    pub cpu_millis: i64,
    /// All its memory.
    pub memory_mib: Option<i64>,
    /// All its accelerators.
    pub accelerators: i64,
    /// The run time that was asked for, at least 1.
    pub requested_ms: Option<i64>,
    /// By when it is to end, on the clock of `submit_ms`.
    pub deadline_ms: Option<i64>,
    /// Who owns it.
    pub tenant: Option<String>,
}

impl TraceJob {
    /// Its size as logs of machines count it: whole processors, or else accelerators; at least 1.
    pub fn processors(&self) -> i64 {
        let cores = self.cpu_millis / 1000 + i64::from(self.cpu_millis % 1000 > 0);
        let size = if cores > 0 { cores } else { self.accelerators };
        size.max(1)
    }
}

/// What happens to rows that break a rule of traces. What is not put right is an error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Repair {
    /// Rows with a negative or unknown run time or size, and second rows of a name, are left out
    /// and counted, as the Parallel Workloads Archive has it.
    pub leave_out: bool,
    /// Rows that are looked ahead to put them in the order of submission, at most
    /// [`ROWS_AHEAD_MAX`]; 0: none, then a clock that goes back is an error.
    pub rows_ahead: u32,
}
