//! Room for records: zeros at the end of a file, written there before the records come.
//!
//! To write into blocks that were written before changes nothing but them, while the file system
//! has to write down where new blocks are, in writes of its own that a record would wait for.
//! (16 KiB at a time: 13,651 records a second, against 7,691 at the end of a growing file;
//! `rate_test.rs` measures it.)
//!
//! Zeros are many times as long as a record. So a thread writes them while there is still room,
//! a piece at a time: who makes a record durable meanwhile waits for no more than a piece.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::disk::DiskFile;

/// Room is made in steps as long as the file, but for these bounds.
const STEP_BYTES_MIN: u64 = 64 << 10;
const STEP_BYTES_MAX: u64 = 4 << 20;
/// What is written at a time, and after how much of it what was written is made durable.
static PIECE: [u8; 64 << 10] = [0; 64 << 10];
const DURABLE_BYTES: usize = 512 << 10;

/// The room of one file.
#[derive(Debug)]
pub(super) struct Room {
    file: Arc<dyn DiskFile>,
    /// Up to here there are records or zeros.
    end: u64,
    ahead: Option<Ahead>,
}

/// Room that is being made, and where it will end. Nobody else may write there.
#[derive(Debug)]
struct Ahead {
    end: u64,
    making: JoinHandle<io::Result<()>>,
}

impl Room {
    /// That of a file which is `end` bytes long.
    pub(super) fn new(file: Arc<dyn DiskFile>, end: u64) -> Room {
        Room {
            file,
            end,
            ahead: None,
        }
    }

    /// Makes room up to `end`, if there is none, and some more.
    pub(super) fn reach(&mut self, end: u64) -> io::Result<()> {
        if end > self.end {
            self.join()?;
        }
        if end > self.end {
            let to = end + self.step();
            fill(self.file.as_ref(), self.end, to)?;
            self.end = to;
        }
        Ok(())
    }

    /// Has more room made, if what is left behind `used` is short.
    pub(super) fn look_ahead(&mut self, used: u64) -> io::Result<()> {
        if let Some(ahead) = &self.ahead {
            return match ahead.making.is_finished() {
                true => self.join(),
                false => Ok(()),
            };
        }
        let step = self.step();
        if self.end - used > step / 2 {
            return Ok(());
        }
        let (file, from, end) = (self.file.clone(), self.end, self.end + step);
        let make = move || {
            (from..end).step_by(DURABLE_BYTES).try_for_each(|at| {
                fill(file.as_ref(), at, end.min(at + DURABLE_BYTES as u64))?;
                file.sync_data()
            })
        };
        let thread = std::thread::Builder::new().name("log-room".to_owned());
        // Without a thread, `reach` makes it when it is needed.
        self.ahead = thread.spawn(make).ok().map(|making| Ahead { end, making });
        Ok(())
    }

    /// Puts zeros behind `used`, whatever is there.
    pub(super) fn clear(&self, used: u64) -> io::Result<()> {
        fill(self.file.as_ref(), used, self.end)
    }

    /// Waits for the room that is being made.
    fn join(&mut self) -> io::Result<()> {
        let Some(ahead) = self.ahead.take() else {
            return Ok(());
        };
        let panicked = |_| Err(io::Error::other("the thread that makes room panicked"));
        ahead.making.join().unwrap_or_else(panicked)?;
        self.end = ahead.end;
        Ok(())
    }

    fn step(&self) -> u64 {
        self.end.clamp(STEP_BYTES_MIN, STEP_BYTES_MAX)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // Whoever opens the file next takes it for as long as it is then.
        let _ = self.join();
    }
}

fn fill(file: &dyn DiskFile, from: u64, to: u64) -> io::Result<()> {
    (from..to).step_by(PIECE.len()).try_for_each(|at| {
        let bytes = PIECE.len().min((to - at) as usize);
        file.write_all_at(&PIECE[..bytes], at)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex};

    use super::*;

    /// A file whose syncs wait until they may end, and how.
    #[derive(Debug, Default)]
    struct Slow {
        bytes: Mutex<Vec<u8>>,
        verdict: Mutex<Option<bool>>,
        given: Condvar,
    }

    impl Slow {
        fn give(&self, verdict: bool) {
            *self.verdict.lock().unwrap() = Some(verdict);
            self.given.notify_all();
        }
    }

    impl DiskFile for Slow {
        fn bytes(&self) -> io::Result<u64> {
            Ok(self.bytes.lock().unwrap().len() as u64)
        }

        fn read_exact_at(&self, out: &mut [u8], offset: u64) -> io::Result<()> {
            let bytes = self.bytes.lock().unwrap();
            out.copy_from_slice(&bytes[offset as usize..][..out.len()]);
            Ok(())
        }

        fn write_all_at(&self, data: &[u8], offset: u64) -> io::Result<()> {
            let mut bytes = self.bytes.lock().unwrap();
            let end = offset as usize + data.len();
            if bytes.len() < end {
                bytes.resize(end, 1);
            }
            bytes[offset as usize..end].copy_from_slice(data);
            Ok(())
        }

        fn sync_data(&self) -> io::Result<()> {
            let verdict = self.verdict.lock().unwrap();
            let given = self.given.wait_while(verdict, |given| given.is_none());
            match *given.unwrap() {
                Some(false) => Err(io::Error::other("no")),
                _ => Ok(()),
            }
        }
    }

    /// Room of one step, of which little is left, and the next one on its way.
    fn short() -> (Arc<Slow>, Room) {
        let file = Arc::new(Slow::default());
        let mut room = Room::new(file.clone(), 0);
        room.reach(8).unwrap();
        room.look_ahead(STEP_BYTES_MIN).unwrap();
        (file, room)
    }

    #[test]
    fn what_has_room_does_not_wait_for_more() {
        let (file, mut room) = short();
        room.reach(STEP_BYTES_MIN + 8).unwrap();
        room.look_ahead(STEP_BYTES_MIN + 8).unwrap();
        assert_eq!(room.end, STEP_BYTES_MIN + 8);
        file.give(true);
        // Behind what there is, it waits for the thread instead of writing beside it.
        room.reach(STEP_BYTES_MIN + 16).unwrap();
        assert_eq!(room.end, 2 * (STEP_BYTES_MIN + 8));
        assert_eq!(file.bytes().unwrap(), room.end);
        let bytes = file.bytes.lock().unwrap();
        assert!(bytes.iter().all(|byte| *byte == 0));
    }

    #[test]
    fn a_disk_that_fails_is_told_of() {
        let (file, mut room) = short();
        file.give(false);
        assert!(room.reach(STEP_BYTES_MIN + 16).is_err());
        let (file, mut room) = short();
        file.give(false);
        let told = || room.look_ahead(STEP_BYTES_MIN).is_err();
        assert!(std::iter::repeat_with(told).take(100_000).any(|told| told));
    }

    #[test]
    fn room_is_whole_when_it_is_given_up() {
        let (file, room) = short();
        let given_up = std::thread::spawn(move || drop(room));
        file.give(true);
        given_up.join().unwrap();
        assert_eq!(file.bytes().unwrap(), 2 * (STEP_BYTES_MIN + 8));
    }
}
