//! Snapshots of the state, and what follows from one: the entries before it go to the archive, and
//! the log is cut off.
//!
//! A thread beside the raft thread writes and archives (`write`); the log is cut off here, in
//! small steps between other work.

mod write;

use std::sync::Arc;

use crate::archive::{Archive, ArchiveError};
use crate::driver::Sender;
use crate::metrics::Metrics;
use crate::replica::{Fatal, Replica};

use write::Task;
pub use write::Written;

/// Entries given up in one step.
const COMPACTION_STEP_ENTRIES: u64 = 100;
/// A snapshot of up to so many bytes is written whenever enough commands were applied. A larger one
/// waits until the log since the last one has grown as large: then what snapshots write stays in
/// proportion to what the log writes, however large the state is, and the log that a restart
/// applies again in proportion to the snapshot that it reads.
const SMALL_BYTES: u64 = 16 << 20;

/// What is under way.
enum Work {
    /// Nothing: the next snapshot comes when enough was applied.
    Rest,
    /// A thread writes a snapshot.
    Writing,
    /// The log is given up to `end`.
    Compacting { next: u64, end: u64 },
}

/// Decides and keeps count; at most one snapshot is under way.
pub struct Snapshots {
    every_commands: u64,
    /// Commands applied since the last snapshot, and the bytes of their entries.
    applied: u64,
    applied_bytes: u64,
    work: Work,
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
            work: Work::Rest,
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

    /// Goes on with what is under way, or begins a snapshot if enough was applied since the last.
    ///
    /// # Errors
    /// The log fails, or a thread cannot be started.
    pub fn step(&mut self, replica: &mut Replica) -> Result<(), Fatal> {
        match self.work {
            Work::Rest => self.consider(replica),
            Work::Writing => Ok(()),
            Work::Compacting { next, end } => self.compact(replica, next, end),
        }
    }

    /// True when another step should follow soon even if nothing else happens.
    pub fn is_busy(&self) -> bool {
        matches!(self.work, Work::Compacting { .. })
    }

    fn consider(&mut self, replica: &Replica) -> Result<(), Fatal> {
        let last = replica.log().snapshot_file();
        let last_bytes = last.map_or(0, |file| file.file_bytes);
        let pays = last_bytes <= SMALL_BYTES || self.applied_bytes >= last_bytes;
        if self.applied < self.every_commands || !pays {
            return Ok(());
        }
        let metadata = replica.snapshot_metadata()?;
        let files = replica.log().snapshots();
        let task = Task {
            state: replica.share_state(),
            end: metadata.index,
            writer: files.create(metadata)?,
            before: last.map(|last| (last.metadata.index, files.path_of(last))),
            log: replica.log().reader(),
            archive: self.archive.clone(),
        };
        task.start(self.metrics.clone(), self.inbox.clone())
            .map_err(|error| Fatal::Snapshot(error.to_string()))?;
        self.work = Work::Writing;
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
        self.work = Work::Rest;
        let end = file.metadata.index;
        let before = replica.log().snapshot_file();
        // A peer's snapshot may have replaced the log meanwhile, and its entries.
        if before.is_none_or(|before| before.metadata.index >= end) {
            return Ok(());
        }
        let kept = archived?;
        replica.record_snapshot(&file)?;
        self.work = Work::Compacting {
            next: replica.log().first_index(),
            end: end.saturating_sub(kept),
        };
        Ok(())
    }

    fn compact(&mut self, replica: &mut Replica, next: u64, end: u64) -> Result<(), Fatal> {
        if next > end {
            self.work = Work::Rest;
            return Ok(());
        }
        let to = (next + COMPACTION_STEP_ENTRIES - 1).min(end);
        replica.compact(to)?;
        self.work = Work::Compacting { next: to + 1, end };
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
