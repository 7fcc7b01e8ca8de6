//! The thread that writes a snapshot and archives what it makes superfluous in the log.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use ewc_core::State;

use crate::archive::{Archive, ArchiveError};
use crate::driver::{Input, Sender};
use crate::log_store::{SharedReader, SnapshotFile, SnapshotWriter};
use crate::metrics::Metrics;
use crate::replica;

/// Entries kept behind a snapshot, so that a slow peer need not be sent the whole state.
const KEEP_ENTRIES: usize = 10_000;
/// Bytes of entries kept behind a snapshot.
const KEEP_BYTES: usize = 64 << 20;
/// Of the thread that writes: it takes what nobody else wants. Otherwise requests would wait for a
/// snapshot of a large state. It shares no lock with others, who would wait for it then.
const LOWEST_PRIORITY: i32 = 19;

/// A snapshot to be written.
pub(super) struct Task {
    pub(super) state: Arc<State>,
    pub(super) writer: SnapshotWriter,
    /// The snapshot before it: index and file.
    pub(super) before: Option<(u64, PathBuf)>,
    /// The last entry in this one.
    pub(super) end: u64,
    pub(super) log: SharedReader,
    pub(super) archive: Arc<Archive>,
}

/// A snapshot on disk.
pub struct Written {
    /// The snapshot.
    pub file: SnapshotFile,
    /// How many of the newest entries in it stay in the log; all before are in the archive.
    pub archived: Result<u64, ArchiveError>,
}

impl Task {
    /// Starts the thread; the result goes to `inbox`.
    pub(super) fn start(self, metrics: Arc<Metrics>, inbox: Sender) -> io::Result<()> {
        let thread = thread::Builder::new().name("archive".to_owned());
        thread.spawn(move || {
            let started = Instant::now();
            let result = self.run().map_err(|error| error.to_string());
            if let Ok(written) = &result {
                metrics.snapshot(started.elapsed(), written.file.file_bytes);
            }
            // Nobody takes it only when the process ends.
            inbox.send(Input::SnapshotWritten(result));
        })?;
        Ok(())
    }

    fn run(self) -> Result<Written, Box<dyn std::error::Error + Send + Sync>> {
        let (state, writer) = (self.state, self.writer);
        let writing = thread::Builder::new().name("snapshot".to_owned());
        let writing = writing.spawn(move || write(&state, writer))?;
        let file = writing
            .join()
            .map_err(|_| "the thread that writes broke off")??;
        let archived = match self.before {
            Some((index, base)) => {
                let (log, archive) = (&self.log, &self.archive);
                segment(log, archive, &base, index, self.end)
            }
            None => Ok(0),
        };
        Ok(Written { file, archived })
    }
}

/// Writes at the lowest priority.
fn write(
    state: &State,
    mut writer: SnapshotWriter,
) -> Result<SnapshotFile, Box<dyn std::error::Error + Send + Sync>> {
    // Of this thread alone.
    if let Err(error) = rustix::process::setpriority_process(None, LOWEST_PRIORITY) {
        tracing::debug!(%error, "snapshots keep the priority of the process");
    }
    state.write_snapshot(&mut writer)?;
    writer.flush()?;
    Ok(writer.finish()?)
}

/// Archives the entries behind the snapshot of that index up to `end` inclusive. Says how many of
/// them stay in the log.
fn segment(
    log: &SharedReader,
    archive: &Archive,
    base: &Path,
    index: u64,
    end: u64,
) -> Result<u64, ArchiveError> {
    let mut segment = archive.begin(base, index)?;
    let mut tail = Tail::default();
    for entry in log.entries(index + 1..end + 1) {
        let entry = entry?;
        segment.add(&entry, replica::is_plan(&entry))?;
        tail.push(entry.data.len());
    }
    archive.finish(segment)?;
    Ok(tail.entries())
}

/// Sizes of the newest entries before a snapshot, as many as are kept behind it.
#[derive(Default)]
struct Tail {
    sizes: VecDeque<usize>,
    bytes: usize,
}

impl Tail {
    fn push(&mut self, size: usize) {
        self.sizes.push_back(size);
        self.bytes += size;
        while self.sizes.len() > KEEP_ENTRIES || self.bytes > KEEP_BYTES {
            self.bytes -= self.sizes.pop_front().unwrap_or(self.bytes);
        }
    }

    fn entries(&self) -> u64 {
        self.sizes.len() as u64
    }
}
