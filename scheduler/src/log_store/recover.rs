//! Reads a whole log, as a member must before it votes, and finds what of it is damaged.
//!
//! Every frame was durable before the next one was written. So only the last of all can be torn by
//! a crash: it was not acknowledged, and does not count. What is no whole frame elsewhere is
//! damaged.

use std::io;
use std::sync::Arc;

use super::cache::EntryCache;
use super::disk::{Disk, DiskFile};
use super::error::{Error, Fault};
use super::files::{file_name, file_number};
use super::format;
use super::frame::{self, Found};
use super::identity::Identity;
use super::places::{Place, Places};
use super::record::{BatchHead, FileHead, Standing};

/// A log as it was left.
#[derive(Debug)]
pub(super) struct Recovered {
    pub(super) identity: Identity,
    pub(super) standing: Standing,
    pub(super) places: Places,
    /// The newest file.
    pub(super) number: u64,
    pub(super) file: Arc<dyn DiskFile>,
    /// Up to here there are records in it.
    pub(super) end: u64,
    /// How long it is.
    pub(super) bytes: u64,
    /// Whether something that was not acknowledged follows.
    pub(super) is_torn: bool,
}

/// Reads the log on `disk`, changing nothing; none if there is none. The newest entries are left in
/// `cache`.
pub(super) fn read(disk: &dyn Disk, cache: &mut EntryCache) -> Result<Option<Recovered>, Error> {
    let names = disk.names().map_err(Error::Directory)?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| file_number(name)).collect();
    numbers.sort_unstable();
    let mut log = None;
    for number in numbers {
        log = Some(read_file(disk, number, log, cache)?);
    }
    let Some(mut log) = log else {
        return Ok(None);
    };
    let floor = log.standing.floor.index;
    if floor > log.places.last_index() || floor + 1 < log.places.first_index() {
        return Err(Error::Contradiction("the log begins outside of its files"));
    }
    log.places.drop_to(floor);
    cache.drop_to(floor);
    Ok(Some(log))
}

/// Reads the file of that number, which follows on those read before.
fn read_file(
    disk: &dyn Disk,
    number: u64,
    before: Option<Recovered>,
    cache: &mut EntryCache,
) -> Result<Recovered, Error> {
    if let Some(before) = &before {
        if before.is_torn {
            return Err(before.damaged(before.end, Fault::Content("no whole record")));
        }
        if before.number + 1 != number {
            return Err(Error::CorruptFile {
                file: before.number + 1,
                offset: 0,
                fault: Fault::Missing,
            });
        }
    }
    let (file, bytes) = contents(disk, number).map_err(|source| Error::Io {
        file: number,
        source,
    })?;
    let broken = |fault| Error::CorruptFile {
        file: number,
        offset: 0,
        fault,
    };
    // A file has its head before it has its name.
    let Found::Frame { body, end, .. } = frame::find(&bytes, number, 0) else {
        return Err(broken(Fault::Content("no whole head")));
    };
    let head = FileHead::decode(body).map_err(broken)?;
    let mut log = Recovered::from_head(number, file, head, before)?;
    log.bytes = bytes.len() as u64;
    log.end = end as u64;
    loop {
        match frame::find(&bytes, number, log.end as usize) {
            Found::Frame { body, body_at, end } => {
                log.add(body, body_at as u64, cache)?;
                log.end = end as u64;
            }
            Found::End => return Ok(log),
            Found::Torn => {
                log.is_torn = true;
                return Ok(log);
            }
            Found::Damaged => return Err(log.damaged(log.end, Fault::Content("no whole record"))),
        }
    }
}

impl Recovered {
    /// The log up to the head of a file.
    fn from_head(
        number: u64,
        file: Arc<dyn DiskFile>,
        head: FileHead,
        before: Option<Recovered>,
    ) -> Result<Recovered, Error> {
        let mut places = match before {
            None => {
                let mut places = Places::default();
                places.restart(head.last_index + 1);
                places
            }
            Some(before) if before.end != head.previous_end => {
                // Its last records could otherwise be missing without a trace.
                return Err(before.damaged(before.end, Fault::Length));
            }
            Some(before)
                if before.standing != head.standing
                    || before.places.last_index() != head.last_index =>
            {
                return Err(Error::Contradiction(
                    "a file begins otherwise than the one before ends",
                ));
            }
            Some(before) => before.places,
        };
        places.add_file(number, file.clone());
        Ok(Recovered {
            identity: head.identity,
            standing: head.standing,
            places,
            number,
            file,
            end: 0,
            bytes: 0,
            is_torn: false,
        })
    }

    /// Adds the batch in `body`, which begins at `body_at`.
    fn add(&mut self, body: &[u8], body_at: u64, cache: &mut EntryCache) -> Result<(), Error> {
        let decoded = BatchHead::decode(body);
        let (head, mut bytes) = decoded.map_err(|fault| self.damaged(self.end, fault))?;
        if head.replaces {
            self.places.restart(head.standing.floor.index + 1);
            cache.clear();
        }
        if !head.lengths.is_empty() {
            if head.first_index == 0 || head.first_index > self.places.last_index() + 1 {
                return Err(self.damaged(self.end, Fault::Misplaced(head.first_index)));
            }
            self.places.truncate_from(head.first_index);
            cache.truncate_from(head.first_index);
        }
        let mut offset = body_at + (body.len() - bytes.len()) as u64;
        for (index, length) in (head.first_index..).zip(&head.lengths) {
            // `decode` has added them up.
            let (entry, rest) = bytes.split_at(*length as usize);
            let entry = format::decode_entry(index, entry)
                .map_err(|fault| Error::Corrupt { index, fault })?;
            self.places.push(Place {
                term: entry.term,
                file: self.number,
                offset,
                bytes: *length,
            });
            cache.push(entry);
            offset += u64::from(*length);
            bytes = rest;
        }
        let known = self.standing.snapshot.take();
        self.standing = head.standing;
        self.standing.snapshot = self.standing.snapshot.take().or(known);
        Ok(())
    }

    fn damaged(&self, offset: u64, fault: Fault) -> Error {
        Error::CorruptFile {
            file: self.number,
            offset,
            fault,
        }
    }
}

fn contents(disk: &dyn Disk, number: u64) -> io::Result<(Arc<dyn DiskFile>, Vec<u8>)> {
    let file = disk.open(&file_name(number))?;
    let length = usize::try_from(file.bytes()?).map_err(|_| io::ErrorKind::FileTooLarge)?;
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, 0)?;
    Ok((file, bytes))
}
