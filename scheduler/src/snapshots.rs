//! Snapshots of the state, off the raft thread, and what follows from one: the entries before it
//! go to the archive, and the log is cut off, both in small steps between other work.

use std::collections::VecDeque;
use std::io::Write as _;
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Instant;

use crate::archive::{Archive, ArchiveError, Segment};
use crate::driver::Input;
use crate::log_store::{SnapshotFile, SnapshotWriter};
use crate::metrics::Metrics;
use crate::replica::{Fatal, Replica};

/// Entries kept behind a snapshot, so that a slow peer need not be sent the whole state.
const KEEP_ENTRIES: usize = 10_000;
/// Bytes of entries kept behind a snapshot.
const KEEP_BYTES: usize = 64 << 20;
/// Entries archived in one step.
const STEP_ENTRIES: u64 = 1000;
/// Entries given up in one step.
const COMPACTION_STEP_ENTRIES: u64 = 100;
/// Bytes after which a step of archiving ends.
const STEP_BYTES: usize = 1 << 20;

/// A snapshot of up to so many bytes is written whenever enough commands were applied. A larger one
/// waits until the log since the last one has grown as large: then what snapshots write stays in
/// proportion to what the log writes, however large the state is, and the log that a restart
/// applies again in proportion to the snapshot that it reads.
const SMALL_BYTES: u64 = 16 << 20;
/// Of the thread that writes: it takes what nobody else wants.
const LOWEST_PRIORITY: i32 = 19;

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
        tail: Tail,
    },
    /// The log is given up to `end`.
    Compacting { next: u64, end: u64 },
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

/// Decides and keeps count; at most one snapshot is under way.
pub struct Snapshots {
    every_commands: u64,
    /// Commands applied since the last snapshot, and the bytes of their entries.
    applied: u64,
    applied_bytes: u64,
    work: Work,
    archive: Archive,
    metrics: Arc<Metrics>,
    inbox: SyncSender<Input>,
}

impl Snapshots {
    /// Snapshots after every so many applied commands; results come back through `inbox`.
    pub fn new(
        every_commands: u64,
        archive: Archive,
        metrics: Arc<Metrics>,
        inbox: SyncSender<Input>,
    ) -> Snapshots {
        let every_commands = every_commands.max(1);
        Snapshots {
            every_commands,
            applied: 0,
            applied_bytes: 0,
            work: Work::Rest,
            archive,
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
    pub fn step(&mut self, replica: &mut Replica) -> Result<(), SnapshotsError> {
        match std::mem::replace(&mut self.work, Work::Rest) {
            Work::Rest => self.consider(replica),
            Work::Writing => {
                self.work = Work::Writing;
                Ok(())
            }
            Work::Archiving {
                segment,
                next,
                end,
                tail,
            } => self.archive(replica, segment, next..end, tail),
            Work::Compacting { next, end } => self.compact(replica, next, end),
        }
    }

    /// True when another step should follow soon even if nothing else happens.
    pub fn is_busy(&self) -> bool {
        matches!(self.work, Work::Archiving { .. } | Work::Compacting { .. })
    }

    fn consider(&mut self, replica: &Replica) -> Result<(), SnapshotsError> {
        let last = replica.log().snapshot_file();
        let last_bytes = last.map_or(0, |file| file.file_bytes);
        let pays = last_bytes <= SMALL_BYTES || self.applied_bytes >= last_bytes;
        if self.applied < self.every_commands || !pays {
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
        (self.applied, self.applied_bytes) = (0, 0);
        let thread = std::thread::Builder::new().name("snapshot".to_owned());
        let writing = thread.spawn(move || {
            // Of this thread alone. Without it, requests wait for the snapshot now and then.
            if let Err(error) = rustix::process::setpriority_process(None, LOWEST_PRIORITY) {
                tracing::debug!(%error, "snapshots keep the priority of the process");
            }
            let started = Instant::now();
            let result = write(&state, writer).map_err(|error| error.to_string());
            if let Ok(file) = &result {
                metrics.snapshot(started.elapsed(), file.file_bytes);
            }
            // The receiver is gone only when the process ends.
            let _ = inbox.send(Input::SnapshotWritten(result));
        });
        writing.map_err(|error| Fatal::Snapshot(error.to_string()))?;
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
        self.work = Work::Archiving {
            segment,
            next,
            end,
            tail: Tail::default(),
        };
        Ok(())
    }

    /// Archives some entries of those from `range.start` to `range.end` inclusive.
    fn archive(
        &mut self,
        replica: &Replica,
        mut segment: Segment,
        range: Range<u64>,
        mut tail: Tail,
    ) -> Result<(), SnapshotsError> {
        let (mut next, end) = (range.start, range.end);
        let to = (next + STEP_ENTRIES - 1).min(end);
        if next < replica.log().first_index() || to > replica.log().last_index() {
            // A peer's snapshot has replaced the log: the segment stays unfinished.
            return Ok(());
        }
        let entries = replica
            .log()
            .entries_range(next, to + 1)
            .map_err(Fatal::from)?;
        let mut bytes = 0;
        for entry in entries {
            let entry = entry.map_err(Fatal::from)?;
            segment.add(&entry, crate::replica::is_plan(&entry))?;
            tail.push(entry.data.len());
            next = entry.index + 1;
            bytes += entry.data.len();
            if bytes >= STEP_BYTES {
                break;
            }
        }
        if next <= end {
            self.work = Work::Archiving {
                segment,
                next,
                end,
                tail,
            };
            return Ok(());
        }
        self.archive.finish(segment)?;
        let next = replica.log().first_index();
        self.work = Work::Compacting {
            next,
            end: end.saturating_sub(tail.entries()),
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

fn write(
    state: &ewc_core::State,
    mut writer: SnapshotWriter,
) -> Result<SnapshotFile, Box<dyn std::error::Error>> {
    state.write_snapshot(&mut writer)?;
    writer.flush()?;
    Ok(writer.finish()?)
}
