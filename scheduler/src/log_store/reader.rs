//! Reads the log from outside the store: of a running member from another thread, or of a stopped
//! one, of which nothing is changed: no claim, no repair on disk, no left-over removed.

use std::fs::{File, TryLockError};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use raft::eraftpb::Entry;
use redb::{Database, ReadableDatabase};

use super::entries::{ENTRIES, StoredEntries};
use super::meta::{META, Meta};
use super::overlay::Overlay;
use super::{DATABASE, Error, Fault, Identity, PAGE_CACHE_BYTES, hard_state};

/// The entries of a running member, for another thread. The file is closed when the last reader is
/// dropped too.
#[derive(Debug, Clone)]
pub struct SharedReader(pub(super) Arc<Database>);

impl SharedReader {
    /// Those entries, in order, all of which must be stored. Ends after the first error. Until it
    /// is dropped, nothing that it can see is given up.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn entries(
        &self,
        indices: Range<u64>,
    ) -> Result<impl Iterator<Item = Result<Entry, Error>> + use<>, Error> {
        StoredEntries::new(&self.0.begin_read()?.open_table(ENTRIES)?, indices)
    }
}

/// The committed entries of a stopped member.
#[derive(Debug)]
pub struct LogReader {
    database: Database,
    identity: Identity,
    first: u64,
    commit: u64,
}

impl LogReader {
    /// Opens the log in the directory `dir`, if there is one.
    ///
    /// # Errors
    /// A member runs on it ([`Error::InUse`]), it is damaged, or it was written by a program of a
    /// feature level above `feature_level_max`.
    pub fn open(dir: &Path, feature_level_max: u32) -> Result<Option<LogReader>, Error> {
        let path = dir.join(DATABASE);
        let failed = |source| Error::OpenIo {
            path: path.clone(),
            source,
        };
        if !path.exists() {
            return Ok(None);
        }
        let file = File::open(&path).map_err(failed)?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => return Err(Error::InUse { path }),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
            // Held until the reader is dropped.
            Ok(()) => {}
        }
        let database = Database::builder()
            .set_cache_size(PAGE_CACHE_BYTES)
            // As the member itself does at its start.
            .set_check_integrity_on_open(true)
            .create_with_backend(Overlay::new(file).map_err(failed)?)?;
        let meta = Meta(database.begin_read()?.open_table(META)?);
        let missing = |record| Error::CorruptMeta {
            record,
            fault: Fault::Missing,
        };
        let identity = meta.identity()?.ok_or_else(|| missing("identity"))?;
        if identity.feature_level > feature_level_max {
            return Err(Error::FeatureLevelTooHigh {
                stored: identity.feature_level,
                supported: feature_level_max,
            });
        }
        let floor = meta.floor()?.unwrap_or_default();
        Ok(Some(LogReader {
            identity,
            first: floor.index + 1,
            commit: hard_state(&database)?.commit,
            database,
        }))
    }

    /// Whose log it is.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// The entries behind `after` that the member knows to be committed, in order. Those before
    /// the log begins are left out. Ends after the first error.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn committed(
        &self,
        after: u64,
    ) -> Result<impl Iterator<Item = Result<Entry, Error>> + use<>, Error> {
        let from = self.first.max(after.saturating_add(1));
        let to = self.commit.saturating_add(1).max(from);
        let table = self.database.begin_read()?.open_table(ENTRIES)?;
        StoredEntries::new(&table, from..to)
    }
}
