//! The journal of starts: what makes "at most one start per fence" hold across crashes.
//!
//! Append-only file of checked records. An intent is on the disk before its payload starts, and
//! [`Journal::begin`] is the one gate every start passes: it refuses a fence that is not newer
//! than all journalled ones of the job, and a start beside an attempt not confirmed dead. A record
//! torn at the tail is dropped; damage before the tail is an error, because a start may hide there.
//! It does not know processes: `executor` does.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use borsh::{BorshDeserialize, BorshSerialize};

pub use self::intents::{Intents, Refusal};
use crate::model::{AttemptKey, Outcome};

mod intents;
#[cfg(test)]
mod tests;

const HEADER_BYTES: usize = 12;
const RECORD_BYTES_MAX: usize = 1 << 20;
const COMPACT_ABOVE_BYTES: u64 = 4 << 20;

/// One fact in the journal.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Record {
    /// The payload of this attempt may be started after this record.
    Intent {
        /// Which attempt.
        key: AttemptKey,
        /// Wall clock, for forgetting only.
        unix_ms: i64,
    },
    /// Every process of this attempt is confirmed dead.
    Ended {
        /// Which attempt.
        key: AttemptKey,
        /// How.
        outcome: Outcome,
    },
    /// The scheduler knows the end.
    Released {
        /// Which attempt.
        key: AttemptKey,
    },
    /// Stands for the released attempts of a job after compaction.
    HighestFence {
        /// Job id.
        job: String,
        /// Highest fence ever journalled for it.
        fence: i64,
        /// Wall clock of that intent.
        unix_ms: i64,
    },
}

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The operating system said no.
    #[error("journal {path}: {source}")]
    Io {
        /// The journal.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// Bytes before the last record are not what was written.
    #[error("journal {path} is damaged at byte {offset}: {detail}")]
    Corrupt {
        /// The journal.
        path: PathBuf,
        /// Start of the damaged record.
        offset: u64,
        /// What is wrong.
        detail: &'static str,
    },
    /// The start is not allowed.
    #[error("{0}")]
    Refused(#[from] Refusal),
}

/// The open journal and the table its records add up to.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    length: u64,
    compacted_length: u64,
    intents: Intents,
}

impl Journal {
    /// Opens or creates the journal, dropping a torn tail.
    ///
    /// # Errors
    /// When the file cannot be read or is damaged before its tail.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let at = |source| JournalError::Io {
            path: path.to_owned(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(at)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(at)?;
        let (records, good) =
            decode_all(&bytes).map_err(|(offset, detail)| JournalError::Corrupt {
                path: path.to_owned(),
                offset: offset as u64,
                detail,
            })?;
        file.set_len(good as u64).map_err(at)?;
        file.seek(SeekFrom::End(0)).map_err(at)?;
        file.sync_all().map_err(at)?;
        sync_parent(path).map_err(at)?;
        let mut intents = Intents::default();
        for record in records {
            intents.apply(&record);
        }
        let length = good as u64;
        Ok(Self {
            path: path.to_owned(),
            file,
            length,
            compacted_length: 0,
            intents,
        })
    }

    /// What the records add up to.
    #[must_use]
    pub fn intents(&self) -> &Intents {
        &self.intents
    }

    /// The gate of every start: checks the fence rules, then makes the intent durable.
    ///
    /// # Errors
    /// [`JournalError::Refused`] when the start is not allowed; anything else is fatal.
    pub fn begin(&mut self, key: &AttemptKey, unix_ms: i64) -> Result<(), JournalError> {
        self.intents.check(key)?;
        self.append(Record::Intent {
            key: key.clone(),
            unix_ms,
        })?;
        self.compact_when_large(unix_ms)
    }

    /// Says that every process of the attempt is dead.
    ///
    /// # Errors
    /// When the record cannot be made durable.
    pub fn end(&mut self, key: &AttemptKey, outcome: &Outcome) -> Result<(), JournalError> {
        self.append(Record::Ended {
            key: key.clone(),
            outcome: outcome.clone(),
        })
    }

    /// Says that the scheduler has let go of the attempt.
    ///
    /// # Errors
    /// When the record cannot be made durable.
    pub fn release(&mut self, key: &AttemptKey) -> Result<(), JournalError> {
        self.append(Record::Released { key: key.clone() })
    }

    fn append(&mut self, record: Record) -> Result<(), JournalError> {
        let bytes = encode(&record);
        self.file
            .write_all(&bytes)
            .map_err(|source| self.io(source))?;
        self.file.sync_data().map_err(|source| self.io(source))?;
        self.length += bytes.len() as u64;
        self.intents.apply(&record);
        Ok(())
    }

    fn compact_when_large(&mut self, now_unix_ms: i64) -> Result<(), JournalError> {
        if self.length < COMPACT_ABOVE_BYTES || self.length < 2 * self.compacted_length {
            return Ok(());
        }
        self.compact(now_unix_ms)
    }

    /// Rewrites the journal with only what the rules still need.
    ///
    /// # Errors
    /// When the new file cannot be made durable.
    pub fn compact(&mut self, now_unix_ms: i64) -> Result<(), JournalError> {
        self.intents.forget(now_unix_ms);
        let bytes: Vec<u8> = self.intents.records().iter().flat_map(encode).collect();
        self.file = replace(&self.path, &bytes).map_err(|source| self.io(source))?;
        self.length = bytes.len() as u64;
        self.compacted_length = self.length;
        Ok(())
    }

    fn io(&self, source: io::Error) -> JournalError {
        JournalError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let temporary = path.with_extension("new");
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    sync_parent(path)?;
    Ok(file)
}

fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

/// Length, check of the length, check of the body, body. The length has its own check so that a
/// damaged one cannot pass for a torn tail.
fn encode(record: &Record) -> Vec<u8> {
    // Writing into a Vec cannot fail.
    let body = borsh::to_vec(record).unwrap_or_default();
    let length = (body.len() as u32).to_le_bytes();
    let mut bytes = Vec::with_capacity(HEADER_BYTES + body.len());
    bytes.extend_from_slice(&length);
    bytes.extend_from_slice(&crc32fast::hash(&length).to_le_bytes());
    bytes.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
    bytes.extend_from_slice(&body);
    bytes
}

enum Decoded {
    Record(Record, usize),
    Torn,
    Corrupt(&'static str),
}

/// All records and the length of what is good, or where and what the damage is.
fn decode_all(bytes: &[u8]) -> Result<(Vec<Record>, usize), (usize, &'static str)> {
    let mut records = Vec::new();
    let mut offset = 0;
    while offset < bytes.len() {
        match decode(&bytes[offset..]) {
            Decoded::Record(record, length) => {
                records.push(record);
                offset += length;
            }
            Decoded::Torn => break,
            Decoded::Corrupt(detail) => return Err((offset, detail)),
        }
    }
    Ok((records, offset))
}

fn decode(rest: &[u8]) -> Decoded {
    let word = |at: usize| [rest[at], rest[at + 1], rest[at + 2], rest[at + 3]];
    if rest.len() < HEADER_BYTES || rest.iter().all(|byte| *byte == 0) {
        return Decoded::Torn;
    }
    let length = u32::from_le_bytes(word(0)) as usize;
    if crc32fast::hash(&word(0)) != u32::from_le_bytes(word(4)) || length > RECORD_BYTES_MAX {
        return Decoded::Corrupt("the length of a record does not match its check");
    }
    let end = HEADER_BYTES + length;
    let Some(body) = rest.get(HEADER_BYTES..end) else {
        return Decoded::Torn;
    };
    if crc32fast::hash(body) != u32::from_le_bytes(word(8)) {
        let tail = rest[end..].iter().all(|byte| *byte == 0);
        return if tail {
            Decoded::Torn
        } else {
            Decoded::Corrupt("a record fails its check")
        };
    }
    match borsh::from_slice(body) {
        Ok(record) => Decoded::Record(record, end),
        Err(_) => Decoded::Corrupt("a record cannot be read; a newer version wrote it?"),
    }
}
