//! The files of the log, to which records are appended: one write and one fsync each.

use std::io;
use std::sync::Arc;

use raft::eraftpb::Entry;

use super::cache::EntryCache;
use super::disk::{Disk, DiskFile};
use super::error::Error;
use super::frame;
use super::identity::Identity;
use super::places::{Place, Places};
use super::record::{BatchHead, FileHead, Standing};
use super::recover::{self, Recovered};
use super::room::Room;

/// Above this a new file is begun. Files are what compaction gives back.
const FILE_BYTES: u64 = 64 << 20;
/// A file before it has its name.
const PARTIAL: &str = "next.partial";

/// The name of the file of that number.
pub(super) fn file_name(number: u64) -> String {
    format!("{number:010}.log")
}

/// The number of the file of that name; none if it is no file of the log.
pub(super) fn file_number(name: &str) -> Option<u64> {
    let number = name.strip_suffix(".log")?.parse().ok()?;
    (file_name(number) == name).then_some(number)
}

/// All files. Nothing is taken back here: after an error nobody knows what is on the disk.
#[derive(Debug)]
pub(super) struct Files {
    identity: Identity,
    /// What is durable beside the entries.
    standing: Standing,
    places: Places,
    tail: Tail,
    file_bytes: u64,
    /// Reused.
    frame: Vec<u8>,
    /// Goes last: then nobody writes to it any more.
    disk: Box<dyn Disk>,
}

/// The newest file.
#[derive(Debug)]
struct Tail {
    number: u64,
    file: Arc<dyn DiskFile>,
    /// Up to here there are records.
    end: u64,
    room: Room,
}

impl Files {
    /// Opens the log on `disk`, reading all of it, or begins one. The newest entries are left in
    /// `cache`.
    pub(super) fn open(
        disk: Box<dyn Disk>,
        identity: Identity,
        cache: &mut EntryCache,
    ) -> Result<Files, Error> {
        let Some(log) = recover::read(disk.as_ref(), cache)? else {
            return Files::found(disk, identity);
        };
        identity.check(&log.identity)?;
        let mut files = Files::of(disk, log)?;
        let stored = files.identity.feature_level;
        if stored < identity.feature_level {
            files.identity = identity;
            files.begin_file()?;
        }
        Ok(files)
    }

    fn found(disk: Box<dyn Disk>, identity: Identity) -> Result<Files, Error> {
        let standing = Standing::default();
        let head = FileHead {
            identity,
            previous_end: 0,
            last_index: 0,
            standing: standing.clone(),
        };
        let tail = create(disk.as_ref(), 1, &head)?;
        let mut places = Places::default();
        places.add_file(1, tail.file.clone());
        Ok(Files {
            disk,
            identity,
            standing,
            places,
            tail,
            file_bytes: FILE_BYTES,
            frame: Vec::new(),
        })
    }

    fn of(disk: Box<dyn Disk>, log: Recovered) -> Result<Files, Error> {
        let tail = Tail {
            number: log.number,
            room: Room::new(log.file.clone(), log.bytes),
            file: log.file,
            end: log.end,
        };
        if log.is_torn {
            // Nothing of what was not acknowledged may be taken for a record later.
            let cleared = tail.room.clear(tail.end);
            let cleared = cleared.and_then(|()| tail.file.sync_data());
            cleared.map_err(|source| tail.failed(source))?;
        }
        Ok(Files {
            disk,
            identity: log.identity,
            standing: log.standing,
            places: log.places,
            tail,
            file_bytes: FILE_BYTES,
            frame: Vec::new(),
        })
    }

    /// Above how many bytes a new file is begun.
    #[cfg(test)]
    pub(super) fn set_file_bytes(&mut self, bytes: u64) {
        self.file_bytes = bytes;
    }

    /// What is durable beside the entries.
    pub(super) fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Where the entries lie.
    pub(super) fn places(&self) -> &Places {
        &self.places
    }

    /// Forgets where the entries up to and including `index` lie. The next batch says so to the
    /// disk, and gives files back.
    pub(super) fn drop_to(&mut self, index: u64) {
        self.places.drop_to(index);
    }

    /// Makes a batch durable: `change`, which names the snapshot where it is another one, and
    /// `entries`, which take the place of all from the first of them on; or of all there are, with
    /// `replaces`. Gives files back that are then of no use.
    pub(super) fn append(
        &mut self,
        change: Standing,
        replaces: bool,
        entries: &[Entry],
    ) -> Result<(), Error> {
        if self.tail.end >= self.file_bytes {
            self.begin_file()?;
        }
        let head = BatchHead::new(change, replaces, entries);
        let (number, offset) = (self.tail.number, self.tail.end);
        let body_end = frame::encode(&mut self.frame, number, offset, |body| {
            head.encode(entries, body);
        });
        let written = self.tail.append(&self.frame);
        let written = written.and_then(|()| self.look_ahead());
        written.map_err(|source| self.tail.failed(source))?;
        self.place(&head, entries, body_end);
        let BatchHead { standing, .. } = head;
        self.standing = Standing {
            snapshot: standing.snapshot.or(self.standing.snapshot.take()),
            ..standing
        };
        self.remove_unneeded()
    }

    /// Has room made for the batches to come, but for the last ones of a file.
    fn look_ahead(&mut self) -> io::Result<()> {
        let goes_on = self.disk.has_threads() && self.tail.end < self.file_bytes;
        match goes_on {
            true => self.tail.room.look_ahead(self.tail.end),
            false => Ok(()),
        }
    }

    /// Whether there are files that a batch would give back.
    pub(super) fn has_unneeded(&self) -> bool {
        self.unneeded().is_some()
    }

    /// Notes where the entries of a batch lie, the last of which ends at `body_end`.
    fn place(&mut self, head: &BatchHead, entries: &[Entry], body_end: u64) {
        let places = &mut self.places;
        if head.replaces {
            places.restart(head.standing.floor.index + 1);
        }
        if let Some(first) = entries.first() {
            places.truncate_from(first.index);
        }
        let bytes: u64 = head.lengths.iter().map(|bytes| u64::from(*bytes)).sum();
        let mut offset = body_end - bytes;
        for (entry, bytes) in entries.iter().zip(&head.lengths) {
            places.push(Place {
                term: entry.term,
                file: self.tail.number,
                offset,
                bytes: *bytes,
            });
            offset += u64::from(*bytes);
        }
    }

    /// Begins the next file, which says what holds now: those before may go.
    fn begin_file(&mut self) -> Result<(), Error> {
        let head = FileHead {
            identity: self.identity,
            previous_end: self.tail.end,
            last_index: self.places.last_index(),
            standing: self.standing.clone(),
        };
        self.tail = create(self.disk.as_ref(), self.tail.number + 1, &head)?;
        let file = self.tail.file.clone();
        self.places.add_file(self.tail.number, file);
        Ok(())
    }

    /// Removes the files before the one with the first entry of the log, which is durably known to
    /// be that.
    fn remove_unneeded(&mut self) -> Result<(), Error> {
        while let Some(number) = self.unneeded() {
            let removed = self.disk.remove(&file_name(number));
            removed.map_err(|source| Error::Io {
                file: number,
                source,
            })?;
            self.places.remove_file(number);
        }
        Ok(())
    }

    /// The oldest file, if no entry is in it.
    fn unneeded(&self) -> Option<u64> {
        let needed = self.places.first_file().unwrap_or(self.tail.number);
        self.places.file_before(needed)
    }
}

impl Tail {
    /// Writes `frame` behind the last one, in one durable write.
    fn append(&mut self, frame: &[u8]) -> io::Result<()> {
        let end = self.end + frame.len() as u64;
        self.room.reach(end)?;
        self.file.write_all_at(frame, self.end)?;
        self.file.sync_data()?;
        self.end = end;
        Ok(())
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::Io {
            file: self.number,
            source,
        }
    }
}

/// Creates a file that has its head before it has its name.
fn create(disk: &dyn Disk, number: u64, head: &FileHead) -> Result<Tail, Error> {
    let create = || {
        let file = disk.create(PARTIAL)?;
        let mut tail = Tail {
            number,
            room: Room::new(file.clone(), 0),
            file,
            end: 0,
        };
        let mut frame = Vec::new();
        frame::encode(&mut frame, number, 0, |body| head.encode(body));
        tail.append(&frame)?;
        disk.rename(PARTIAL, &file_name(number))?;
        Ok(tail)
    };
    create().map_err(|source| Error::Io {
        file: number,
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_numbers() {
        assert_eq!(file_number(&file_name(17)), Some(17));
        assert_eq!(file_number(&file_name(u64::MAX)), Some(u64::MAX));
        for name in ["next.partial", "17.log", "0000000017", "000000001x.log"] {
            assert_eq!(file_number(name), None, "{name}");
        }
    }
}
