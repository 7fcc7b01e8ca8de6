//! The decision archive: what a plan was made from, kept after the log is cut off.
//!
//! A segment is a folder with the snapshot it begins at and all entries up to the next snapshot:
//! enough to recompute every plan between them. The archive is bounded by the number of plans in
//! it; the oldest segments go first. A segment that was not finished before a crash is dropped:
//! its plans cannot be replayed, which a replay says.

mod read;

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use protobuf::Message as _;
use raft::eraftpb::Entry;

use crate::log_store;
use crate::paced::PacedFile;

pub use read::{SegmentEntries, SegmentPath, segments};

/// Ending of a segment that is being written.
const PARTIAL: &str = "partial";
/// The snapshot that a segment begins at.
const BASE: &str = "base.snapshot";
/// Its entries, each as length, CRC-32 and protobuf bytes.
const ENTRIES: &str = "entries";
/// How many plans it holds.
const PLANS: &str = "plans";

/// An archive that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The disk failed.
    #[error("archive: {path}: {source}")]
    Io {
        /// Where.
        path: PathBuf,
        /// How.
        source: std::io::Error,
    },
    /// A segment is not what was written.
    #[error("archive: {path} is damaged at byte {at_bytes}: {problem}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the entry begins that cannot be read.
        at_bytes: u64,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The log failed.
    #[error(transparent)]
    Log(#[from] log_store::Error),
}

/// The segments of one member.
#[derive(Debug)]
pub struct Archive {
    directory: PathBuf,
    plans_max: u64,
}

impl Archive {
    /// Opens the archive in `directory`, for at most `plans_max` plans.
    pub fn open(directory: PathBuf, plans_max: u64) -> Result<Archive, ArchiveError> {
        fs::create_dir_all(&directory).map_err(|source| io(&directory, source))?;
        let archive = Archive {
            directory,
            plans_max,
        };
        for path in archive.entries()? {
            if path.extension().is_some_and(|ending| ending == PARTIAL) {
                fs::remove_dir_all(&path).map_err(|source| io(&path, source))?;
            }
        }
        Ok(archive)
    }

    /// Begins the segment of the snapshot at `base`, which has that index.
    pub fn begin(&self, base: &Path, index: u64) -> Result<Segment, ArchiveError> {
        let path = self.directory.join(format!("{index:020}.{PARTIAL}"));
        let failed = |source| io(&path, source);
        if path.exists() {
            fs::remove_dir_all(&path).map_err(failed)?;
        }
        fs::create_dir(&path).map_err(failed)?;
        fs::hard_link(base, path.join(BASE)).map_err(failed)?;
        let file = File::create(path.join(ENTRIES)).map_err(failed)?;
        let entries = BufWriter::with_capacity(1 << 16, PacedFile::yielding(file));
        Ok(Segment {
            path,
            entries,
            plans: 0,
        })
    }

    /// Makes a segment durable and drops the oldest ones above the limit.
    pub fn finish(&self, mut segment: Segment) -> Result<(), ArchiveError> {
        let path = segment.path.clone();
        let failed = |source| io(&path, source);
        segment.entries.flush().map_err(failed)?;
        segment.entries.get_mut().sync_all().map_err(failed)?;
        fs::write(path.join(PLANS), segment.plans.to_string()).map_err(failed)?;
        let whole = path.with_extension("");
        if whole.exists() {
            fs::remove_dir_all(&whole).map_err(failed)?;
        }
        fs::rename(&path, &whole).map_err(failed)?;
        self.trim()
    }

    /// Folders of all segments, oldest first.
    pub fn segments(&self) -> Result<Vec<PathBuf>, ArchiveError> {
        let whole = self
            .entries()?
            .into_iter()
            .filter(|path| path.extension().is_none());
        let mut whole: Vec<PathBuf> = whole.collect();
        whole.sort();
        Ok(whole)
    }

    fn trim(&self) -> Result<(), ArchiveError> {
        let mut kept = 0;
        for path in self.segments()?.into_iter().rev() {
            let plans = fs::read_to_string(path.join(PLANS)).unwrap_or_default();
            // The newest segment stays, however large.
            if kept > 0 && kept + plans.parse().unwrap_or(0) > self.plans_max {
                fs::remove_dir_all(&path).map_err(|source| io(&path, source))?;
                continue;
            }
            kept += plans.parse::<u64>().unwrap_or(0).max(1);
        }
        Ok(())
    }

    fn entries(&self) -> Result<Vec<PathBuf>, ArchiveError> {
        let failed = |source| io(&self.directory, source);
        let listed = fs::read_dir(&self.directory).map_err(failed)?;
        listed
            .map(|entry| entry.map(|entry| entry.path()).map_err(failed))
            .collect()
    }
}

/// A segment being written.
#[derive(Debug)]
pub struct Segment {
    path: PathBuf,
    entries: BufWriter<PacedFile>,
    plans: u64,
}

impl Segment {
    /// Adds an entry; `is_plan` when its command is one.
    pub fn add(&mut self, entry: &Entry, is_plan: bool) -> Result<(), ArchiveError> {
        let bytes = entry.write_to_bytes().unwrap_or_default();
        let failed = |source| io(&self.path, source);
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.plans += u64::from(is_plan);
        let out = &mut self.entries;
        out.write_all(&length.to_le_bytes()).map_err(failed)?;
        out.write_all(&crc32fast::hash(&bytes).to_le_bytes())
            .map_err(failed)?;
        out.write_all(&bytes).map_err(failed)
    }
}

fn io(path: &Path, source: std::io::Error) -> ArchiveError {
    ArchiveError::Io {
        path: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(archive: &Archive, base: &Path, index: u64, plans: u64) {
        let mut segment = archive.begin(base, index).expect("begin");
        for number in 0..plans {
            let entry = Entry {
                index: index + 1 + number,
                ..Entry::default()
            };
            segment.add(&entry, true).expect("add");
        }
        archive.finish(segment).expect("finish");
    }

    #[test]
    fn the_oldest_segments_go_when_there_are_too_many_plans() {
        let directory = tempfile::tempdir().expect("directory");
        let base = directory.path().join("snapshot");
        fs::write(&base, "state").expect("base");
        let archive = Archive::open(directory.path().join("archive"), 10).expect("open");
        for index in [100, 200, 300] {
            segment(&archive, &base, index, 4);
        }
        let names = |archive: &Archive| -> Vec<String> {
            let segments = archive.segments().expect("segments");
            segments
                .iter()
                .map(|path| path.file_name().expect("name").display().to_string())
                .collect()
        };
        assert_eq!(
            names(&archive),
            [format!("{:020}", 200), format!("{:020}", 300)]
        );
    }

    #[test]
    fn an_unfinished_segment_is_dropped() {
        let directory = tempfile::tempdir().expect("directory");
        let base = directory.path().join("snapshot");
        fs::write(&base, "state").expect("base");
        let path = directory.path().join("archive");
        let archive = Archive::open(path.clone(), 10).expect("open");
        drop(archive.begin(&base, 7).expect("begin"));
        let archive = Archive::open(path.clone(), 10).expect("open again");
        assert_eq!(archive.segments().expect("segments"), Vec::<PathBuf>::new());
        assert_eq!(fs::read_dir(path).expect("read").count(), 0);
    }
}
