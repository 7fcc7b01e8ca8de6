//! The durable raft log: entries, hard state and snapshots of one member.
//!
//! Entries, hard state and the pointer to the newest snapshot are in one redb database, so that
//! what belongs together changes in one transaction; snapshots are files beside it. Every value
//! carries its own checksum, verified on every read. Everything is synchronous; there is no clock,
//! no thread and no logging here. What entries and snapshots mean is not known here.
//!
//! - *A write or fsync fails*: the error is returned and the store takes no more; the caller ends
//!   the process.
//! - *A crash*: the last transaction that was acknowledged is there; one after it is whole or
//!   absent.
//! - *A damaged page, value or file*: a typed error, at [`LogStore::open`], which reads all of the
//!   log, or at the read.
//! - *A crash, and the last commit decayed*: redb takes it for one that was torn, and returns to
//!   the one before. Only a second fsync for every commit could tell the two apart.
//!
//! A founding member installs the first snapshot, which names the voters:
//!
//! ```no_run
//! use std::io::Write;
//! use ewc_scheduler::log_store::{Batch, Identity, LogStore, genesis_metadata};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let identity = Identity { cluster_id: 7, member_id: 1, feature_level: 1 };
//! let mut store = LogStore::open_file("data".as_ref(), identity)?;
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
mod entries;
mod error;
mod format;
mod log_file;
mod meta;
mod overlay;
mod raft_storage;
mod reader;
mod snapshot_dir;
mod snapshot_file;
mod write;

#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod fault_backend;
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
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use raft::eraftpb::{Entry, HardState};
use redb::{Database, ReadableDatabase, ReadableTableMetadata, StorageBackend};

pub use error::{Error, Fault};
pub use meta::Identity;
pub use reader::{LogReader, SharedReader};
pub use snapshot_dir::{SnapshotDir, SnapshotFile, files_in, genesis_metadata};
pub use snapshot_file::{SnapshotReader, SnapshotReceiver, SnapshotWriter};
pub use write::Batch;

use cache::EntryCache;
use entries::{ENTRIES, StoredEntries};
use log_file::LogFile;
use meta::{Floor, META, Meta};

/// The database in a member's directory.
const DATABASE: &str = "log.redb";
/// Memory for the newest entries, unless [`LogStore::set_cache_bytes`] says otherwise.
const CACHE_BYTES: usize = 64 << 20;
/// Memory redb may use for pages. Small: hot entries are in our own cache, decoded.
const PAGE_CACHE_BYTES: usize = 32 << 20;

/// The durable raft log of one member. A raft `RawNode` owns it; reach it by `mut_store()`.
#[derive(Debug)]
pub struct LogStore {
    database: Arc<Database>,
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
    pub fn open_file(dir: &Path, identity: Identity) -> Result<Self, Error> {
        let path = dir.join(DATABASE);
        let is_new = !dir.exists();
        let snapshots = SnapshotDir::open(dir.join("snapshots"))?;
        let file = open_database_file(&path).map_err(|source| Error::OpenIo {
            path: path.clone(),
            source,
        })?;
        // A file whose name is lost in a crash takes every acknowledged entry with it.
        snapshot_dir::sync_dir(dir)?;
        if is_new && let Some(parent) = dir.parent() {
            snapshot_dir::sync_dir(parent)?;
        }
        Self::open(LogFile::new(file)?, identity, snapshots)
    }

    /// Opens the store in `backend`, or creates it if that is empty.
    ///
    /// Reads all of it: a member must not vote with a damaged log, and raft-rs would panic on the
    /// damage later.
    pub fn open(
        backend: impl StorageBackend,
        identity: Identity,
        snapshots: SnapshotDir,
    ) -> Result<Self, Error> {
        let database = Database::builder()
            .set_cache_size(PAGE_CACHE_BYTES)
            // Otherwise redb trusts a file that was closed cleanly, and may panic on a damaged one.
            .set_check_integrity_on_open(true)
            .create_with_backend(backend)?;
        claim(&database, &identity)?;
        let meta = Meta(database.begin_read()?.open_table(META)?);
        let mut store = LogStore {
            floor: meta.floor()?.unwrap_or_default(),
            hard_state: hard_state(&database)?,
            snapshot: meta.snapshot()?,
            cache: EntryCache::new(CACHE_BYTES),
            snapshot_wanted: Cell::new(false),
            poisoned: false,
            database: Arc::new(database),
            snapshots,
        };
        store.load_entries()?;
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
        let stored = if low < split {
            Some(self.stored(low, split)?)
        } else {
            None
        };
        let cached = self.cache.range(split, high).cloned().map(Ok);
        Ok(stored.into_iter().flatten().chain(cached))
    }

    /// Reads entries from another thread.
    pub fn reader(&self) -> SharedReader {
        SharedReader(self.database.clone())
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
        match self.cache.get(index) {
            Some(entry) => Ok(entry.term),
            None => {
                let table = self.database.begin_read()?.open_table(ENTRIES)?;
                entries::get(&table, index).map(|entry| entry.term)
            }
        }
    }

    /// Index of the recorded snapshot, 0 without one.
    fn snapshot_index(&self) -> u64 {
        self.snapshot.as_ref().map_or(0, |file| file.metadata.index)
    }

    fn stored(&self, low: u64, high: u64) -> Result<StoredEntries, Error> {
        StoredEntries::new(&self.database.begin_read()?.open_table(ENTRIES)?, low..high)
    }

    /// Reads every entry once; the newest ones stay in the cache.
    fn load_entries(&mut self) -> Result<(), Error> {
        let table = self.database.begin_read()?.open_table(ENTRIES)?;
        let first = self.first_index();
        let end = first.checked_add(table.len()?).ok_or(Error::CorruptMeta {
            record: "floor",
            fault: Fault::Content("the log would end beyond the highest index"),
        })?;
        for entry in StoredEntries::new(&table, first..end)? {
            self.cache.push(entry?);
        }
        Ok(())
    }

    /// Whether the records agree with each other; raft-rs would panic where they do not.
    fn check_consistency(&self) -> Result<(), Error> {
        let inconsistent = |record, reason| {
            Err(Error::CorruptMeta {
                record,
                fault: Fault::Content(reason),
            })
        };
        let commit = self.hard_state.commit;
        if commit > self.last_index() || commit < self.floor.index.max(self.snapshot_index()) {
            return inconsistent("hard_state", "commit index outside of the log");
        }
        if self.snapshot_index() < self.floor.index {
            return inconsistent("floor", "log begins after the snapshot");
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

/// The hard state as it was written last: its record, or the commit index of the last entry.
fn hard_state(database: &Database) -> Result<HardState, Error> {
    let transaction = database.begin_read()?;
    let known = Meta(transaction.open_table(META)?).hard_state()?;
    let mut hard_state = known.unwrap_or_default();
    let commit = entries::last_commit(&transaction.open_table(ENTRIES)?)?;
    hard_state.commit = hard_state.commit.max(commit);
    Ok(hard_state)
}

/// Creates the tables of an empty database, or checks that they are `identity`'s.
fn claim(database: &Database, identity: &Identity) -> Result<(), Error> {
    let transaction = database.begin_write()?;
    {
        let entries = transaction.open_table(ENTRIES)?;
        let mut meta = Meta(transaction.open_table(META)?);
        match meta.identity()? {
            Some(stored) => identity.check(&stored)?,
            None if entries.is_empty()? && meta.0.is_empty()? => {}
            None => {
                return Err(Error::CorruptMeta {
                    record: "identity",
                    fault: Fault::Missing,
                });
            }
        }
        meta.set_identity(identity)?;
    }
    Ok(transaction.commit()?)
}

fn open_database_file(path: &Path) -> io::Result<File> {
    fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}
