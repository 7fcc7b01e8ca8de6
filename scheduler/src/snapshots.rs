//! Snapshots of the state, off the raft thread, and what follows from one: the entries before it
//! go to the archive, and the log is cut off, both in small steps between other work.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Instant;

use crate::archive::{Archive, ArchiveError, Segment};
use crate::driver::Input;
use crate::log_store::{SnapshotFile, SnapshotWriter};
use crate::metrics::Metrics;
use crate::replica::{Fatal, Replica};

/// Entries kept behind a snapshot, so that a slow peer need not be sent the whole state.
const KEEP_ENTRIES: u64 = 10_000;
/// Entries archived or given up in one step.
const STEP_ENTRIES: u64 = 1000;

/// What is under way.
enum Work {
    /// Nothing: the next snapshot comes when enough was applied.
    Rest,
    /// A thread writes a snapshot.
    Writing,
    /// Entries up to `end` are copied to the archive.
    Archiving {
        segment: Segment,
        next: u64,
        end: u64,
    },
    /// The log is given up to `end`.
    Compacting { next: u64, end: u64 },
}

/// Decides and keeps count; at most one snapshot is under way.
pub struct Snapshots {
    every_entries: u64,
    last_index: u64,
    work: Work,
    archive: Archive,
    metrics: Arc<Metrics>,
    inbox: SyncSender<Input>,
}

impl Snapshots {
    /// Snapshots after every so many entries; results come back through `inbox`.
    pub fn new(
        every_entries: u64,
        last_index: u64,
        archive: Archive,
        metrics: Arc<Metrics>,
        inbox: SyncSender<Input>,
    ) -> Snapshots {
        let every_entries = every_entries.max(1);
        Snapshots {
            every_entries,
            last_index,
            work: Work::Rest,
            archive,
            metrics,
            inbox,
        }
    }

    /// Goes on with what is under way, or begins a snapshot if enough was applied since the last.
    pub fn step(&mut self, replica: &mut Replica) -> Result<(), SnapshotsError> {
        match std::mem::replace(&mut self.work, Work::Rest) {
            Work::Rest => self.consider(replica),
            Work::Writing => {
                self.work = Work::Writing;
                Ok(())
            }
            Work::Archiving { segment, next, end } => self.archive(replica, segment, next, end),
            Work::Compacting { next, end } => self.compact(replica, next, end),
        }
    }

    /// True when another step should follow soon even if nothing else happens.
    pub fn is_busy(&self) -> bool {
        matches!(self.work, Work::Archiving { .. } | Work::Compacting { .. })
    }

    fn consider(&mut self, replica: &Replica) -> Result<(), SnapshotsError> {
        let index = replica.state().index();
        if index < self.last_index + self.every_entries {
            return Ok(());
        }
        let metadata = replica.snapshot_metadata()?;
        let writer = replica
            .log()
            .snapshots()
            .create(metadata)
            .map_err(Fatal::from)?;
        let (state, inbox, metrics) = (
            replica.share_state(),
            self.inbox.clone(),
            self.metrics.clone(),
        );
        self.work = Work::Writing;
        self.last_index = index;
        std::thread::spawn(move || {
            let started = Instant::now();
            let result = write(&state, writer).map_err(|error| error.to_string());
            if let Ok(file) = &result {
                metrics.snapshot(started.elapsed(), file.file_bytes);
            }
            // The receiver is gone only when the process ends.
            let _ = inbox.send(Input::SnapshotWritten(result));
        });
        Ok(())
    }

    /// A snapshot is on disk: what came since the one before it goes to the archive.
    pub fn written(
        &mut self,
        replica: &mut Replica,
        result: Result<SnapshotFile, String>,
    ) -> Result<(), SnapshotsError> {
        let file = result.map_err(Fatal::Snapshot)?;
        let end = file.metadata.index;
        let before = replica.log().snapshot_file().cloned();
        // The log may have been replaced by a peer's snapshot meanwhile.
        let before = before.filter(|before| before.metadata.index < end);
        let Some(before) = before else {
            self.work = Work::Rest;
            return Ok(());
        };
        let base = replica.log().snapshots().path_of(&before);
        let segment = self.archive.begin(&base, before.metadata.index)?;
        replica.record_snapshot(&file)?;
        let next = before.metadata.index + 1;
        self.work = Work::Archiving { segment, next, end };
        Ok(())
    }

    fn archive(
        &mut self,
        replica: &Replica,
        mut segment: Segment,
        next: u64,
        end: u64,
    ) -> Result<(), SnapshotsError> {
        let to = (next + STEP_ENTRIES - 1).min(end);
        if next < replica.log().first_index() || to > replica.log().last_index() {
            // A peer's snapshot has replaced the log: the segment stays unfinished.
            return Ok(());
        }
        let entries = replica
            .log()
            .entries_range(next, to + 1)
            .map_err(Fatal::from)?;
        for entry in entries {
            let entry = entry.map_err(Fatal::from)?;
            segment.add(&entry, crate::replica::is_plan(&entry))?;
        }
        if to < end {
            self.work = Work::Archiving {
                segment,
                next: to + 1,
                end,
            };
            return Ok(());
        }
        self.archive.finish(segment)?;
        let next = replica.log().first_index();
        self.work = Work::Compacting {
            next,
            end: end.saturating_sub(KEEP_ENTRIES),
        };
        Ok(())
    }

    fn compact(
        &mut self,
        replica: &mut Replica,
        next: u64,
        end: u64,
    ) -> Result<(), SnapshotsError> {
        if next > end {
            return Ok(());
        }
        let to = (next + STEP_ENTRIES - 1).min(end);
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

fn write(
    state: &ewc_core::State,
    mut writer: SnapshotWriter,
) -> Result<SnapshotFile, Box<dyn std::error::Error>> {
    state.write_snapshot(&mut writer)?;
    writer.flush()?;
    Ok(writer.finish()?)
}
