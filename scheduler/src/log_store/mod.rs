//! The durable raft log: entries, hard state and snapshots of one member.
//!
//! A log is a row of files to which records are appended, each with all that one raft `Ready`
//! makes durable, in one write and one fsync; snapshots are files beside it. Records and entries
//! carry checksums: all are verified when the log is opened, entries whenever they are read.
//! Everything is synchronous, but for a thread that makes room at the end of a file; there is no
//! clock and no logging here. What entries and snapshots mean is not known here.
//!
//! - *A write or fsync fails*: the error is returned and the store takes no more; the caller ends
//!   the process.
//! - *A crash*: the last batch that was acknowledged is there; one after it is whole or absent.
//! - *A damaged record, entry or file*: a typed error, at [`LogStore::open`], which reads all of
//!   the log, or at the read.
//! - *A crash, and the last batch decayed*: it is taken for one that was torn, and is gone. Only a
//!   second fsync for every batch could tell the two apart.
//!
//! A founding member installs the first snapshot, which names the voters:
//!
//! ```no_run
//! use std::io::Write;
//! use ewc_scheduler::log_store::{Batch, Identity, LogStore, genesis_metadata};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let identity = Identity { cluster_id: 7, member_id: 1, feature_level: 6 };
//! let mut store = LogStore::open_dir("data".as_ref(), identity)?;
//! if store.snapshot_file().is_none() {
//!     let metadata = genesis_metadata((vec![1, 2, 3], vec![]).into());
//!     let mut writer = store.snapshots().create(metadata)?;
//!     writer.write_all(b"the first state")?;
//!     let file = writer.finish()?;
//!     store.persist(Batch { snapshot: Some(&file), ..Batch::default() })?;
//! }
//! # Ok(())
//! # }
//! ```

mod cache;
mod disk;
mod entries;
mod error;
mod files;
mod format;
mod frame;
mod identity;
mod places;
mod raft_storage;
mod reader;
mod record;
mod recover;
mod room;
mod snapshot_dir;
mod snapshot_file;
mod write;

#[cfg(test)]
mod damage_tests;
#[cfg(test)]
#[path = "../../tests/replicas/disk.rs"]
mod fault_disk;
#[cfg(test)]
mod raft_tests;
#[cfg(test)]
mod rate_test;
#[cfg(test)]
mod reader_tests;
#[cfg(test)]
mod snapshot_tests;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use raft::eraftpb::{Entry, HardState};

pub use disk::{Disk, DiskFile};
pub use error::{Error, Fault};
pub use identity::Identity;
pub use reader::{LogReader, SharedReader};
pub use snapshot_dir::{SnapshotDir, SnapshotFile, files_in, genesis_metadata};
pub use snapshot_file::{SnapshotReader, SnapshotReceiver, SnapshotWriter};
pub use write::Batch;

use cache::EntryCache;
use disk::Directory;
use entries::StoredEntries;
use files::Files;
use record::Floor;

/// The files of the log, in a member's directory.
const FILES: &str = "log";
/// What the log was before it had files of its own.
const OUTDATED: &str = "log.redb";
/// Memory for the newest entries, unless [`LogStore::set_cache_bytes`] says otherwise.
const CACHE_BYTES: usize = 64 << 20;

/// The durable raft log of one member. A raft `RawNode` owns it; reach it by `mut_store()`.
#[derive(Debug)]
pub struct LogStore {
    files: Files,
    snapshots: SnapshotDir,
    cache: EntryCache,
    floor: Floor,
    /// As raft sees it; its commit index may be ahead of the durable one.
    hard_state: HardState,
    snapshot: Option<SnapshotFile>,
    /// Set where raft only reads.
    snapshot_wanted: Cell<bool>,
    poisoned: bool,
}

impl LogStore {
    /// Opens the store in the directory `dir`, or creates both.
    pub fn open_dir(dir: &Path, identity: Identity) -> Result<Self, Error> {
        let files = Directory::to_write(files_at(dir)?)?;
        let snapshots = SnapshotDir::open(dir.join("snapshots"))?;
        Self::open(files, identity, snapshots)
    }

    /// Opens the store on `disk`, or creates it if that is empty.
    ///
    /// Reads all of it: a member must not vote with a damaged log, and raft-rs would panic on the
    /// damage later.
    pub fn open(
        disk: impl Disk + 'static,
        identity: Identity,
        snapshots: SnapshotDir,
    ) -> Result<Self, Error> {
        let mut cache = EntryCache::new(CACHE_BYTES);
        let files = Files::open(Box::new(disk), identity, &mut cache)?;
        let standing = files.standing().clone();
        let store = LogStore {
            files,
            snapshots,
            cache,
            floor: standing.floor,
            hard_state: standing.hard_state,
            snapshot: standing.snapshot,
            snapshot_wanted: Cell::new(false),
            poisoned: false,
        };
        store.check_consistency()?;
        store.clean_snapshots()?;
        Ok(store)
    }

    /// Bounds the memory for the newest entries.
    pub fn set_cache_bytes(&mut self, bytes_max: usize) {
        self.cache.set_bytes_max(bytes_max);
    }

    /// The hard state; its commit index may be ahead of the durable one.
    pub fn hard_state(&self) -> &HardState {
        &self.hard_state
    }

    /// The snapshot a restart begins with; its index is what raft's `Config::applied` must be.
    pub fn snapshot_file(&self) -> Option<&SnapshotFile> {
        self.snapshot.as_ref()
    }

    /// Whether raft asked, since the last call, for a snapshot that the recorded one cannot stand
    /// for: take one of the applied state and record it, and raft will send it when it asks again.
    pub fn take_snapshot_wanted(&mut self) -> bool {
        self.snapshot_wanted.take()
    }

    /// The directory of the snapshots, to create, receive and read them.
    pub fn snapshots(&self) -> &SnapshotDir {
        &self.snapshots
    }

    /// Index of the first entry, or of the next one if there are none.
    pub fn first_index(&self) -> u64 {
        self.floor.index + 1
    }

    /// Index of the last entry, or of the one before the first if there are none.
    pub fn last_index(&self) -> u64 {
        // The cache always holds the last entry.
        self.cache.last_index().unwrap_or(self.floor.index)
    }

    /// The entries with an index in `low..high`, from memory where possible.
    ///
    /// Fails at once if the range is not inside the log; each entry fails if it is damaged.
    pub fn entries_range(
        &self,
        low: u64,
        high: u64,
    ) -> Result<impl Iterator<Item = Result<Entry, Error>> + '_, Error> {
        if low <= self.floor.index {
            return Err(Error::Compacted {
                index: low,
                first: self.first_index(),
            });
        }
        if high > self.last_index() + 1 {
            return Err(Error::Unavailable {
                index: high - 1,
                last: self.last_index(),
            });
        }
        let split = self
            .cache
            .first_index()
            .unwrap_or(high)
            .clamp(low, high.max(low));
        let stored = StoredEntries::new(self.files.places(), low..split);
        let cached = self.cache.range(split, high).cloned().map(Ok);
        Ok(stored.chain(cached))
    }

    /// Reads the entries from `first` on, as many as there are now, from another thread.
    pub fn reader(&self, first: u64) -> SharedReader {
        SharedReader(Arc::new(self.files.places().from(first)))
    }

    fn term_of(&self, index: u64) -> Result<u64, Error> {
        if index == self.floor.index {
            return Ok(self.floor.term);
        }
        if index < self.floor.index {
            return Err(Error::Compacted {
                index,
                first: self.first_index(),
            });
        }
        if index > self.last_index() {
            return Err(Error::Unavailable {
                index,
                last: self.last_index(),
            });
        }
        let place = self.files.places().get(index);
        place.map(|place| place.term).ok_or(Error::Corrupt {
            index,
            fault: Fault::Missing,
        })
    }

    /// Index of the recorded snapshot, 0 without one.
    fn snapshot_index(&self) -> u64 {
        self.snapshot.as_ref().map_or(0, |file| file.metadata.index)
    }

    /// Whether the records agree with each other; raft-rs would panic where they do not.
    fn check_consistency(&self) -> Result<(), Error> {
        let commit = self.hard_state.commit;
        if commit > self.last_index() || commit < self.floor.index.max(self.snapshot_index()) {
            return Err(Error::Contradiction("commit index outside of the log"));
        }
        if self.snapshot_index() < self.floor.index {
            return Err(Error::Contradiction("log begins after the snapshot"));
        }
        Ok(())
    }

    /// Removes what no record names, and checks that the recorded file is there in full length.
    fn clean_snapshots(&self) -> Result<(), Error> {
        let metadata = self.snapshot.as_ref().map(|file| &file.metadata);
        self.snapshots.remove_leftovers(metadata)?;
        if let Some(file) = &self.snapshot {
            self.snapshots.prune(&file.metadata)?;
            self.snapshots.read(file)?;
        }
        Ok(())
    }
}

/// Where the files of the log are in a member's directory, which must not hold an outdated one.
fn files_at(dir: &Path) -> Result<PathBuf, Error> {
    let outdated = dir.join(OUTDATED);
    match outdated.exists() {
        true => Err(Error::Outdated { path: outdated }),
        false => Ok(dir.join(FILES)),
    }
}
