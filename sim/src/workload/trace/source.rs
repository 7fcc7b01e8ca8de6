//! What every source of jobs offers.

use super::{TraceError, TraceJob};

/// What became of the rows read so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TraceCounts {
    /// Rows read, blank lines and comments not counted.
    pub rows: u64,
    /// Rows that became a job.
    pub jobs: u64,
    /// Left out: they ran for no time at all, or, where that is repaired, their run is unknown.
    pub without_run: u64,
    /// Left out as a repair: a negative run time.
    pub negative_run: u64,
    /// Left out as a repair: no cores and no accelerators.
    pub without_size: u64,
    /// Left out as a repair: the name was there before.
    pub duplicates: u64,
    /// Left out by the format's own rules, such as the bursts of a job of a log.
    pub by_format: u64,
    /// Jobs of which a field was put right, such as a fraction rounded where it may have none.
    pub fields_repaired: u64,
    /// Jobs that stood behind a later one and were put in order.
    pub reordered: u64,
}

impl TraceCounts {
    /// Rows that became no job.
    pub fn left_out(&self) -> u64 {
        self.without_run + self.negative_run + self.without_size + self.duplicates + self.by_format
    }
}

/// The next item of a stream that is over after its last item and after an error; notes when it is.
pub(super) fn until_ended<T, E>(
    found: Result<Option<T>, E>,
    ended: &mut bool,
) -> Option<Result<T, E>> {
    *ended = !matches!(found, Ok(Some(_)));
    found.transpose()
}

/// Jobs in the order of their submission; nothing follows an error.
pub trait JobSource: Iterator<Item = Result<TraceJob, TraceError>> {
    /// What became of the rows read so far.
    fn counts(&self) -> TraceCounts;

    /// Processors of the machine, when the source says so; known once the first job was yielded.
    fn processors_max(&self) -> Option<i64>;

    /// Unix time in milliseconds at which the source's clock is 0, when it says so; known once the
    /// first job was yielded.
    fn unix_start_ms(&self) -> Option<i64>;
}

impl<S: JobSource + ?Sized> JobSource for Box<S> {
    fn counts(&self) -> TraceCounts {
        (**self).counts()
    }

    fn processors_max(&self) -> Option<i64> {
        (**self).processors_max()
    }

    fn unix_start_ms(&self) -> Option<i64> {
        (**self).unix_start_ms()
    }
}
