//! A file that is written beside the log, on the same disk, and must not hold it up.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{Advice, fadvise};

/// The disk is given so much at a time: what the log writes waits for what is before it.
const PIECE_BYTES: usize = 1 << 20;
/// The disk is left to others for so many times as long as it took for a piece. So the log grows by
/// so many times the file at most while the file is written, however slow the disk.
const RESTS: u32 = 7;
/// But no longer at once: who waits for the file is not to take it for stuck.
const REST_MAX: Duration = Duration::from_secs(1);

/// A file that reaches the disk piece by piece.
#[derive(Debug)]
pub struct PacedFile {
    file: File,
    /// Bytes that may not be on the disk yet.
    pending_bytes: usize,
    yields: bool,
}

impl PacedFile {
    /// What is written to `file` leaves most of the disk's time and the page cache to others.
    pub fn yielding(file: File) -> PacedFile {
        PacedFile {
            file,
            pending_bytes: 0,
            yields: true,
        }
    }

    /// What is written to `file` is awaited, and read at once: there is no rest between its pieces.
    pub fn awaited(file: File) -> PacedFile {
        PacedFile {
            yields: false,
            ..PacedFile::yielding(file)
        }
    }

    /// When this returns, the whole file survives a crash.
    pub fn sync_all(&mut self) -> io::Result<()> {
        self.file.sync_all()?;
        self.pending_bytes = 0;
        Ok(())
    }

    fn sync_piece(&mut self) -> io::Result<()> {
        let started = Instant::now();
        self.file.sync_data()?;
        self.pending_bytes = 0;
        if self.yields {
            // Nobody reads it soon: the next piece takes the same memory. Only the cache hears of
            // it, so that nothing is lost when it does not listen.
            let _ = fadvise(&self.file, 0, None, Advice::DontNeed);
            thread::sleep(rest_after(started.elapsed()));
        }
        Ok(())
    }
}

fn rest_after(piece: Duration) -> Duration {
    piece.saturating_mul(RESTS).min(REST_MAX)
}

impl Write for PacedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.pending_bytes += written;
        if self.pending_bytes >= PIECE_BYTES {
            self.sync_piece()?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for PacedFile {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_rests_longer_after_a_slow_piece_but_not_for_ever() {
        let ms = Duration::from_millis;
        assert_eq!(rest_after(ms(1)), ms(7));
        assert_eq!(rest_after(ms(20)), ms(140));
        assert_eq!(rest_after(Duration::MAX), REST_MAX);
    }

    #[test]
    fn pieces_are_synced_as_they_come() {
        let file = tempfile::tempfile().unwrap();
        let mut paced = PacedFile::yielding(file);
        paced.write_all(&vec![1; PIECE_BYTES - 1]).unwrap();
        assert_eq!(paced.pending_bytes, PIECE_BYTES - 1);
        paced.write_all(&[2, 3]).unwrap();
        assert_eq!(paced.pending_bytes, 0);
        paced.write_all(&[4]).unwrap();
        paced.sync_all().unwrap();
        assert_eq!(paced.pending_bytes, 0);
        assert_eq!(paced.file.metadata().unwrap().len(), PIECE_BYTES as u64 + 2);
    }
}
