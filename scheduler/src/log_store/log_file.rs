//! The file of the log's database, with room handed out by the file system before it is needed.
//!
//! The database makes its file longer long before it writes there, which leaves a hole. Each commit
//! that writes into one makes the file system find blocks and write down where they are, in writes
//! of its own that the commit waits for: half of its time, and more than half of its processor
//! time, on ext4. So room is asked for in large steps. Whoever cannot give it is not asked again.

use std::fs::File;
use std::io;
use std::ops::Bound;
use std::sync::{Mutex, PoisonError};

use nix::fcntl::{FallocateFlags, fallocate};
use redb::backends::FileBackend;
use redb::{BackendError, DatabaseError, StorageBackend};

/// Room that is asked for at once, in bytes: more than a second of the fastest log.
const STEP_BYTES: u64 = 32 << 20;

/// The file.
#[derive(Debug)]
pub(super) struct LogFile {
    backend: FileBackend,
    /// The same file.
    file: File,
    /// Up to here there is room.
    room: Mutex<u64>,
}

impl LogFile {
    pub(super) fn new(file: File) -> Result<LogFile, DatabaseError> {
        let same = file.try_clone()?;
        Ok(LogFile {
            backend: FileBackend::new(file)?,
            file: same,
            room: Mutex::new(0),
        })
    }

    /// Sees to it that there is room up to `end`, if there can be.
    fn make_room(&self, end: u64) {
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        if end <= *room {
            return;
        }
        let to = self.file.metadata().map_or(0, |file| file.len());
        let to = end.saturating_add(STEP_BYTES).min(to);
        let (Ok(from), Ok(length)) = (
            i64::try_from(*room),
            i64::try_from(to.saturating_sub(*room)),
        ) else {
            return;
        };
        // What is there stays as it is; the length does, too.
        let mode = FallocateFlags::FALLOC_FL_KEEP_SIZE;
        *room = match length > 0 && fallocate(&self.file, mode, from, length).is_ok() {
            true => to,
            // Without, writing is slower, or fails by itself where the disk is full.
            false => u64::MAX,
        };
    }
}

impl StorageBackend for LogFile {
    fn len(&self) -> io::Result<u64> {
        self.backend.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.backend.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        self.backend.set_len(len)?;
        // What is cut off is given back, and a file that grows may be asked for again.
        *room = (*room).min(len);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.backend.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.make_room(offset.saturating_add(data.len() as u64));
        self.backend.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.backend.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.backend.try_lock_range(start, end)
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.backend.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.backend.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.backend.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.backend.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.backend.query_lock_range(start, end)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn room_is_there_before_it_is_written_to_and_never_behind_the_end() {
        let directory = tempfile::tempdir().unwrap();
        // Open for reading, too.
        let file = File::create_new(directory.path().join("file")).unwrap();
        let room = |file: &File| file.metadata().unwrap().blocks() * 512;
        let log = LogFile::new(file.try_clone().unwrap()).unwrap();
        log.set_len(2 * STEP_BYTES).unwrap();
        assert!(room(&file) < STEP_BYTES);
        log.write(7, b"data").unwrap();
        assert!(room(&file) >= STEP_BYTES && room(&file) < 2 * STEP_BYTES);
        assert_eq!(log.len().unwrap(), 2 * STEP_BYTES);
        log.write(2 * STEP_BYTES - 4, b"last").unwrap();
        assert!(room(&file) >= 2 * STEP_BYTES);
        // Cut off and grown again, it reads as nothing was written, and room is asked for anew.
        log.set_len(4).unwrap();
        assert!(room(&file) < STEP_BYTES);
        log.set_len(STEP_BYTES).unwrap();
        log.write(1, b"more").unwrap();
        assert!(room(&file) >= STEP_BYTES);
        let mut bytes = [1; 8];
        log.read(0, &mut bytes).unwrap();
        assert_eq!(&bytes, b"\0more\0\0\0");
    }
}
