//! Reads the log from outside the store: of a running member from another thread, or of a stopped
//! one, of which nothing is changed: no claim, no repair on disk, no left-over removed.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use raft::eraftpb::Entry;

use super::cache::EntryCache;
use super::disk::Directory;
use super::entries::StoredEntries;
use super::places::Places;
use super::{Error, Identity, files_at, recover};

/// Entries of a running member, for another thread. None is given up before this is dropped.
#[derive(Debug, Clone)]
pub struct SharedReader(pub(super) Arc<Places>);

impl SharedReader {
    /// Those entries, in order, all of which were stored when this reader was made. Ends after the
    /// first error.
    pub fn entries(
        &self,
        indices: Range<u64>,
    ) -> impl Iterator<Item = Result<Entry, Error>> + use<> {
        StoredEntries::new(self.0.clone(), indices)
    }
}

/// The committed entries of a stopped member.
#[derive(Debug)]
pub struct LogReader {
    /// Locked until this is dropped.
    _directory: Directory,
    identity: Identity,
    places: Arc<Places>,
    commit: u64,
}

impl LogReader {
    /// Opens the log in the directory `dir`, if there is one.
    ///
    /// # Errors
    /// A member runs on it ([`Error::InUse`]), it is damaged, or it was written by a program of a
    /// feature level above `feature_level_max`.
    pub fn open(dir: &Path, feature_level_max: u32) -> Result<Option<LogReader>, Error> {
        let path = files_at(dir)?;
        if !path.exists() {
            return Ok(None);
        }
        let directory = Directory::to_read(path)?;
        let Some(log) = recover::read(&directory, &mut EntryCache::new(0))? else {
            return Ok(None);
        };
        log.identity.check_level(feature_level_max)?;
        Ok(Some(LogReader {
            _directory: directory,
            identity: log.identity,
            commit: log.standing.hard_state.commit,
            places: Arc::new(log.places),
        }))
    }

    /// Whose log it is.
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// The entries behind `after` that the member knows to be committed, in order. Those before
    /// the log begins are left out. Ends after the first error.
    pub fn committed(&self, after: u64) -> impl Iterator<Item = Result<Entry, Error>> + use<> {
        let from = self.places.first_index();
        let from = from.max(after.saturating_add(1));
        let to = self.commit.saturating_add(1).max(from);
        StoredEntries::new(self.places.clone(), from..to)
    }
}
