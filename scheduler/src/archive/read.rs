//! Reads what the archive keeps, without a lock and without changing anything: a member may be
//! running on it, add segments and drop old ones meanwhile.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use protobuf::Message as _;
use raft::eraftpb::Entry;

use super::{ArchiveError, BASE, ENTRIES};

/// Longest entry that is believed; a longer one is damage. Raft sends none above 64 MiB.
const ENTRY_BYTES_MAX: u32 = 256 << 20;

/// A finished segment of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentPath {
    /// Index of the snapshot it begins at.
    pub base_index: u64,
    /// Its folder.
    pub path: PathBuf,
}

impl SegmentPath {
    /// The snapshot it begins at.
    pub fn base(&self) -> PathBuf {
        self.path.join(BASE)
    }

    /// Its entries, in order.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn entries(&self) -> Result<SegmentEntries, ArchiveError> {
        let path = self.path.join(ENTRIES);
        let file = File::open(&path).map_err(|source| super::io(&path, source))?;
        let source = BufReader::with_capacity(1 << 20, file);
        Ok(SegmentEntries {
            path,
            source: Some(source),
            at_bytes: 0,
        })
    }
}

/// The finished segments in the directory of an archive, oldest first; none when there is no such
/// directory.
///
/// # Errors
/// The directory cannot be listed.
pub fn segments(directory: &Path) -> Result<Vec<SegmentPath>, ArchiveError> {
    let failed = |source| super::io(directory, source);
    let listed = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed.map_err(failed)?,
    };
    let mut segments = Vec::new();
    for entry in listed {
        let path = entry.map_err(failed)?.path();
        // One that is being written has an ending, and is no number.
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(base_index) = name.and_then(|name| name.parse().ok()) {
            segments.push(SegmentPath { base_index, path });
        }
    }
    segments.sort_unstable_by_key(|segment| segment.base_index);
    Ok(segments)
}

/// The entries of a segment. Ends after the first error.
#[derive(Debug)]
pub struct SegmentEntries {
    path: PathBuf,
    source: Option<BufReader<File>>,
    at_bytes: u64,
}

impl SegmentEntries {
    fn read(&mut self) -> Result<Option<Entry>, ArchiveError> {
        let Some(source) = &mut self.source else {
            return Ok(None);
        };
        let (path, at_bytes) = (&self.path, self.at_bytes);
        let damaged = |problem| ArchiveError::Damaged {
            path: path.clone(),
            at_bytes,
            problem,
        };
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => damaged("it is cut off"),
            _ => super::io(path, error),
        };
        let mut head = [0; 8];
        // Between two entries is the only place where a segment may end.
        if source.read(&mut head[..1]).map_err(failed)? == 0 {
            return Ok(None);
        }
        source.read_exact(&mut head[1..]).map_err(failed)?;
        let [length, crc32] = [&head[..4], &head[4..]].map(|bytes| {
            let bytes: [u8; 4] = bytes.try_into().unwrap_or_default();
            u32::from_le_bytes(bytes)
        });
        if length > ENTRY_BYTES_MAX {
            return Err(damaged("an entry has an impossible length"));
        }
        let mut bytes = vec![0; length as usize];
        source.read_exact(&mut bytes).map_err(failed)?;
        if crc32fast::hash(&bytes) != crc32 {
            return Err(damaged("an entry does not match its checksum"));
        }
        let entry =
            Entry::parse_from_bytes(&bytes).map_err(|_| damaged("an entry cannot be decoded"))?;
        self.at_bytes += head.len() as u64 + u64::from(length);
        Ok(Some(entry))
    }
}

impl Iterator for SegmentEntries {
    type Item = Result<Entry, ArchiveError>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read().transpose();
        if !matches!(read, Some(Ok(_))) {
            self.source = None;
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::super::Archive;
    use super::*;

    /// A segment of three entries, and its file of entries.
    fn archive(directory: &Path) -> PathBuf {
        let base = directory.join("snapshot");
        fs::write(&base, "state").unwrap();
        let archive = Archive::open(directory.join("archive"), 10).unwrap();
        let mut segment = archive.begin(&base, 7).unwrap();
        for index in 8..11 {
            let entry = Entry {
                index,
                data: vec![index as u8; 20].into(),
                ..Entry::default()
            };
            segment.add(&entry, false).unwrap();
        }
        archive.finish(segment).unwrap();
        // One that is still being written is not looked at.
        std::mem::forget(archive.begin(&base, 10).unwrap());
        directory.join("archive")
    }

    fn read(archive: &Path) -> (Vec<u64>, Option<String>) {
        let segments = segments(archive).unwrap();
        assert_eq!(segments.len(), 1);
        assert_eq!(segments[0].base_index, 7);
        let mut indices = Vec::new();
        for entry in segments[0].entries().unwrap() {
            match entry {
                Ok(entry) => indices.push(entry.index),
                Err(error) => return (indices, Some(error.to_string())),
            }
        }
        (indices, None)
    }

    #[test]
    fn what_was_written_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let archive = archive(directory.path());
        assert_eq!(read(&archive), (vec![8, 9, 10], None));
        assert_eq!(segments(&directory.path().join("none")).unwrap(), []);
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let archive = archive(directory.path());
        let file = segments(&archive).unwrap()[0].path.join(ENTRIES);
        let whole = fs::read(&file).unwrap();
        let entry_bytes = whole.len() / 3;
        for length in 0..whole.len() {
            fs::write(&file, &whole[..length]).unwrap();
            let (indices, problem) = read(&archive);
            assert_eq!(indices.len(), length / entry_bytes, "{length}");
            assert_eq!(problem.is_some(), length % entry_bytes > 0, "{length}");
        }
        for position in 0..whole.len() {
            let mut changed = whole.clone();
            changed[position] ^= 1;
            fs::write(&file, &changed).unwrap();
            let (indices, problem) = read(&archive);
            assert_eq!(indices.len(), position / entry_bytes, "{position}");
            let problem = problem.unwrap();
            assert!(problem.contains("at byte"), "{problem}");
        }
    }
}
