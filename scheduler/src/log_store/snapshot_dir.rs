//! The directory of snapshot files: their names, how a new one appears all at once or not at all,
//! and which ones are kept.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use raft::eraftpb::{ConfState, SnapshotMetadata};

use crate::paced::PacedFile;

use super::error::Error;
use super::snapshot_file::{SnapshotReader, SnapshotReceiver, SnapshotWriter};

/// Files kept: the one in use, and one before it that a slow member may still be receiving.
const KEPT_FILES: usize = 2;
const PARTIAL_SUFFIX: &str = ".partial";

/// A directory of snapshots, `snapshot-<term>-<index>.bin` each. Clones name the same directory, so
/// a snapshot can be written by a thread that does not hold the log store.
#[derive(Clone, Debug)]
pub struct SnapshotDir {
    path: PathBuf,
    next_partial: Arc<AtomicU64>,
}

/// A finished snapshot file. It takes effect when the log store records or installs it.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotFile {
    /// Index, term and conf state of the snapshot.
    pub metadata: SnapshotMetadata,
    /// Name of the file in its directory.
    pub file_name: String,
    /// Length of the whole file.
    pub file_bytes: u64,
    /// Checksum of the payload.
    pub payload_crc32: u32,
}

/// The metadata of the snapshot every founding member installs first, at index 1 of term 1.
///
/// Since the log then begins at index 2, a member added later cannot replay it from nothing: it
/// gets a snapshot, and with it the voters that no log entry names.
pub fn genesis_metadata(conf_state: ConfState) -> SnapshotMetadata {
    metadata(1, 1, conf_state)
}

pub(super) fn metadata(index: u64, term: u64, conf_state: ConfState) -> SnapshotMetadata {
    let mut metadata = SnapshotMetadata {
        index,
        term,
        ..SnapshotMetadata::default()
    };
    metadata.set_conf_state(conf_state);
    metadata
}

/// Index and path of every finished file in the directory at `path`; none if it is missing. Changes
/// nothing, so that a member may run on it.
///
/// # Errors
/// The directory cannot be listed.
pub fn files_in(path: &Path) -> Result<Vec<(u64, PathBuf)>, Error> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let dir = SnapshotDir {
        path: path.to_owned(),
        next_partial: Arc::default(),
    };
    let snapshots = dir.snapshots()?.into_iter();
    Ok(snapshots
        .map(|(index, _, name)| (index, path.join(name)))
        .collect())
}

impl SnapshotDir {
    /// Opens the directory at `path`, creating it if it is missing.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let dir = SnapshotDir {
            path: path.into(),
            next_partial: Arc::default(),
        };
        fs::create_dir_all(&dir.path).map_err(|e| snapshot_io(&dir.path, e))?;
        if let Some(parent) = dir.path.parent() {
            sync_dir(parent)?;
        }
        Ok(dir)
    }

    /// Starts the snapshot of the state after entry `metadata.index`.
    pub fn create(&self, metadata: SnapshotMetadata) -> Result<SnapshotWriter, Error> {
        SnapshotWriter::start(self.partial_file(PacedFile::yielding)?, metadata)
    }

    /// Starts to receive a snapshot file of `file_bytes` bytes from another member.
    pub fn receive(&self, file_bytes: u64) -> Result<SnapshotReceiver, Error> {
        let file = self.partial_file(PacedFile::awaited)?;
        Ok(SnapshotReceiver::start(file, file_bytes))
    }

    /// The finished file of this term and index; its header and its length are verified.
    pub fn find(&self, index: u64, term: u64) -> Result<SnapshotFile, Error> {
        let path = self.path.join(file_name(index, term));
        Ok(SnapshotReader::open(&path)?.describe())
    }

    /// Opens `file` to read its payload. It must be the very file that was recorded.
    pub fn read(&self, file: &SnapshotFile) -> Result<SnapshotReader, Error> {
        let path = self.path_of(file);
        let reader = SnapshotReader::open(&path)?;
        if reader.describe() == *file {
            Ok(reader)
        } else {
            Err(Error::SnapshotDiffers { path })
        }
    }

    /// Where `file` is, to stream it to another member. Open it before the next snapshot is
    /// recorded: a removed file stays readable for who has it open.
    pub fn path_of(&self, file: &SnapshotFile) -> PathBuf {
        self.path.join(&file.file_name)
    }

    /// Removes the files older than `newest`, except as many as are kept. Newer ones stay: they
    /// may be about to be installed.
    pub(super) fn prune(&self, newest: &SnapshotMetadata) -> Result<(), Error> {
        let mut older = self.snapshots()?;
        older.retain(|(index, term, _)| (*index, *term) < (newest.index, newest.term));
        older.sort_unstable();
        older.truncate(older.len().saturating_sub(KEPT_FILES - 1));
        older.iter().try_for_each(|(_, _, name)| self.remove(name))
    }

    /// Removes what the process before left behind: half-written files, and files newer than
    /// `newest`, which it did not come to record. Only for who owns the store beside it.
    pub(super) fn remove_leftovers(&self, newest: Option<&SnapshotMetadata>) -> Result<(), Error> {
        let newest = newest.map_or((0, 0), |metadata| (metadata.index, metadata.term));
        let is_leftover = |name: &str| {
            name.ends_with(PARTIAL_SUFFIX) || parse_name(name).is_some_and(|id| id > newest)
        };
        let names = self.file_names()?;
        names
            .iter()
            .filter(|name| is_leftover(name))
            .try_for_each(|name| self.remove(name))
    }

    /// Index, term and name of every finished file.
    fn snapshots(&self) -> Result<Vec<(u64, u64, String)>, Error> {
        let names = self.file_names()?;
        Ok(names
            .into_iter()
            .filter_map(|name| parse_name(&name).map(|(i, t)| (i, t, name)))
            .collect())
    }

    fn file_names(&self) -> Result<Vec<String>, Error> {
        let names = fs::read_dir(&self.path).and_then(|entries| {
            entries
                .map(|e| e.map(|e| e.file_name()))
                .collect::<Result<Vec<_>, _>>()
        });
        let names = names.map_err(|e| snapshot_io(&self.path, e))?;
        Ok(names
            .into_iter()
            .filter_map(|name| name.into_string().ok())
            .collect())
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        let path = self.path.join(name);
        fs::remove_file(&path).map_err(|e| snapshot_io(&path, e))
    }

    fn partial_file(&self, paced: fn(File) -> PacedFile) -> Result<PartialFile, Error> {
        let number = self.next_partial.fetch_add(1, Ordering::Relaxed);
        let path = self.path.join(format!("{number}{PARTIAL_SUFFIX}"));
        let file = File::create(&path).map_err(|e| snapshot_io(&path, e))?;
        Ok(PartialFile {
            file: paced(file),
            path,
            dir: self.path.clone(),
            published: false,
        })
    }
}

/// A file under a temporary name, removed when dropped before it is published.
#[derive(Debug)]
pub(super) struct PartialFile {
    file: PacedFile,
    pub(super) path: PathBuf,
    dir: PathBuf,
    published: bool,
}

impl PartialFile {
    /// Makes the file durable under the name in `description`. A file of that name with the same
    /// content is replaced (it may have decayed); one with another content is an error, since it
    /// may be the recorded one.
    pub(super) fn publish(mut self, description: SnapshotFile) -> Result<SnapshotFile, Error> {
        let target = self.dir.join(&description.file_name);
        if let Ok(existing) = SnapshotReader::open(&target)
            && existing.describe() != description
        {
            return Err(Error::SnapshotDiffers { path: target });
        }
        self.file
            .sync_all()
            .map_err(|e| snapshot_io(&self.path, e))?;
        fs::rename(&self.path, &target).map_err(|e| snapshot_io(&target, e))?;
        self.published = true;
        sync_dir(&self.dir)?;
        Ok(description)
    }
}

impl Write for PartialFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for PartialFile {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position)
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if !self.published {
            // What cannot be removed now is removed when the directory is opened again.
            let _ = fs::remove_file(&self.path);
        }
    }
}

pub(super) fn file_name(index: u64, term: u64) -> String {
    format!("snapshot-{term}-{index}.bin")
}

/// Index and term in the name of a finished file.
fn parse_name(name: &str) -> Option<(u64, u64)> {
    let (term, index) = name
        .strip_prefix("snapshot-")?
        .strip_suffix(".bin")?
        .split_once('-')?;
    Some((index.parse().ok()?, term.parse().ok()?))
}

/// Makes the names in the directory at `path` durable.
pub(super) fn sync_dir(path: &Path) -> Result<(), Error> {
    // The parent of a relative path of one component is empty and means the current directory.
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let result = File::open(path).and_then(|dir| dir.sync_all());
    result.map_err(|e| snapshot_io(path, e))
}

pub(super) fn snapshot_io(path: &Path, source: io::Error) -> Error {
    Error::SnapshotIo {
        path: path.to_owned(),
        source,
    }
}
