//! Snapshots of the state, and what follows from one: the entries before it go to the archive, and
//! the log is cut off.
//!
//! A thread beside the raft thread writes and archives (`write`); the log is cut off here.

mod write;

use std::sync::Arc;

use crate::archive::{Archive, ArchiveError};
use crate::driver::Sender;
use crate::metrics::Metrics;
use crate::replica::{Fatal, Replica};

use write::Task;
pub use write::Written;

/// A snapshot of up to so many bytes is written whenever enough commands were applied. A larger one
/// waits until the log since the last one has grown so many times as large: then what snapshots
/// write stays in proportion to what the log writes, however large the state is, and the log that
/// a restart applies again in proportion to the snapshot that it reads.
const SMALL_BYTES: u64 = 16 << 20;
const LOG_PER_SNAPSHOT: u64 = 2;

/// Decides and keeps count; at most one snapshot is under way.
pub struct Snapshots {
    every_commands: u64,
    /// Commands applied since the last snapshot, and the bytes of their entries.
    applied: u64,
    applied_bytes: u64,
    is_writing: bool,
    archive: Arc<Archive>,
    metrics: Arc<Metrics>,
    inbox: Sender,
}

impl Snapshots {
    /// Snapshots after every so many applied commands; results come back through `inbox`.
    pub fn new(
        every_commands: u64,
        archive: Archive,
        metrics: Arc<Metrics>,
        inbox: Sender,
    ) -> Snapshots {
        let every_commands = every_commands.max(1);
        Snapshots {
            every_commands,
            applied: 0,
            applied_bytes: 0,
            is_writing: false,
            archive: Arc::new(archive),
            metrics,
            inbox,
        }
    }

    /// Commands were applied, from entries of so many bytes.
    pub fn count(&mut self, commands: u64, bytes: u64) {
        self.applied += commands;
        self.applied_bytes += bytes;
    }

    /// Begins a snapshot if enough was applied since the last one.
    ///
    /// # Errors
    /// The log fails, or a thread cannot be started.
    pub fn consider(&mut self, replica: &Replica) -> Result<(), Fatal> {
        if self.is_writing {
            return Ok(());
        }
        let last = replica.log().snapshot_file();
        let last_bytes = last.map_or(0, |file| file.file_bytes);
        let pays = last_bytes <= SMALL_BYTES || self.applied_bytes / LOG_PER_SNAPSHOT >= last_bytes;
        if self.applied < self.every_commands || !pays {
            return Ok(());
        }
        let metadata = replica.snapshot_metadata()?;
        let files = replica.log().snapshots();
        let before = last.map_or(0, |last| last.metadata.index + 1);
        let task = Task {
            state: replica.share_state(),
            end: metadata.index,
            writer: files.create(metadata)?,
            before: last.map(|last| (last.metadata.index, files.path_of(last))),
            log: replica.log().reader(before),
            archive: self.archive.clone(),
        };
        task.start(self.metrics.clone(), self.inbox.clone())
            .map_err(|error| Fatal::Snapshot(error.to_string()))?;
        self.is_writing = true;
        (self.applied, self.applied_bytes) = (0, 0);
        Ok(())
    }

    /// A snapshot is on disk, and what came since the one before it in the archive.
    ///
    /// # Errors
    /// Either could not be written.
    pub fn written(
        &mut self,
        replica: &mut Replica,
        result: Result<Written, String>,
    ) -> Result<(), SnapshotsError> {
        let Written { file, archived } = result.map_err(Fatal::Snapshot)?;
        self.is_writing = false;
        let end = file.metadata.index;
        let before = replica.log().snapshot_file();
        // A peer's snapshot may have replaced the log meanwhile, and its entries.
        if before.is_none_or(|before| before.metadata.index >= end) {
            return Ok(());
        }
        let kept = archived?;
        replica.record_snapshot(&file)?;
        replica.compact(end.saturating_sub(kept))?;
        Ok(())
    }
}

/// What ends the process.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotsError {
    /// The replica cannot go on.
    #[error(transparent)]
    Fatal(#[from] Fatal),
    /// The archive cannot be written.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}
