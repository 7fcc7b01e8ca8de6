//! Everything that changes the store: each call one record, with at most one fsync.
//!
//! The same order in every function: check the request against what is in memory, write, and only
//! after the write succeeded change what is in memory.

use raft::eraftpb::{Entry, HardState};

use super::record::{Floor, Standing};
use super::snapshot_dir::SnapshotFile;
use super::{Error, LogStore};

/// What one raft `Ready` asks to be made durable together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Batch<'a> {
    /// A received snapshot that replaces the whole log.
    pub snapshot: Option<&'a SnapshotFile>,
    /// Entries to append after the snapshot or, replacing any conflicting suffix, to the log.
    pub entries: &'a [Entry],
    /// The new hard state.
    pub hard_state: Option<&'a HardState>,
}

impl LogStore {
    /// Makes `batch` durable: when this returns, it survives a crash. One write, one fsync.
    ///
    /// A batch that only advances the commit index is not written at all but kept in memory, and
    /// goes to disk with the next batch that is. Raft allows it (`Ready::must_sync` is false): a
    /// member that forgets it hears of it again from the leader. Entries never become durable
    /// without the commit index that came with or before them.
    ///
    /// A request that cannot be right is refused and changes nothing. After an error of the disk
    /// the store is poisoned: end the process.
    pub fn persist(&mut self, batch: Batch<'_>) -> Result<(), Error> {
        if self.poisoned {
            return Err(Error::Poisoned);
        }
        let hard_state = self.check(&batch)?;
        let elects = batch.snapshot.is_some()
            || hard_state.term != self.hard_state.term
            || hard_state.vote != self.hard_state.vote;
        if elects || !batch.entries.is_empty() {
            let change = Standing {
                hard_state: hard_state.clone(),
                floor: batch.snapshot.map_or(self.floor, Floor::at),
                snapshot: batch.snapshot.cloned(),
            };
            self.append(change, batch.snapshot.is_some(), batch.entries)?;
        }
        self.adopt(&batch, hard_state)
    }

    /// Makes `file`, a snapshot of this log's own state, the one that raft sends and that a restart
    /// begins with. Older files are removed, and [`compact`](Self::compact) may go up to it.
    ///
    /// The entry it names must be committed. Nothing changes if a newer snapshot is recorded.
    pub fn record_snapshot(&mut self, file: &SnapshotFile) -> Result<(), Error> {
        let (index, term) = (file.metadata.index, file.metadata.term);
        if index <= self.snapshot_index() {
            return Ok(());
        }
        let commit = self.hard_state.commit;
        if index > commit || self.term_of(index)? != term {
            return Err(Error::SnapshotNotCommitted {
                index,
                term,
                commit,
            });
        }
        // With it goes the commit index: the log may be compacted up to the snapshot, never beyond
        // the durable commit index.
        let change = Standing {
            hard_state: self.hard_state.clone(),
            floor: self.floor,
            snapshot: Some(file.clone()),
        };
        self.append(change, false, &[])?;
        self.snapshot = Some(file.clone());
        self.snapshots.prune(&file.metadata)
    }

    /// Removes the entries up to and including `to_index`, which the recorded snapshot must cover.
    /// Returns how many; the archive reads them before with
    /// [`entries_range`](Self::entries_range).
    ///
    /// Files are given back whole, once none of their entries is left. Until then the disk does not
    /// know: after a crash the entries are there again, and nothing is lost by that.
    pub fn compact(&mut self, to_index: u64) -> Result<u64, Error> {
        if to_index <= self.floor.index {
            return Ok(0);
        }
        let snapshot = self.snapshot_index();
        if to_index > snapshot {
            return Err(Error::CompactBeyondSnapshot { to_index, snapshot });
        }
        let floor = Floor {
            index: to_index,
            term: self.term_of(to_index)?,
        };
        let removed = to_index - self.floor.index;
        self.floor = floor;
        self.cache.drop_to(to_index);
        self.files.drop_to(to_index);
        if self.files.has_unneeded() {
            let change = Standing {
                hard_state: self.hard_state.clone(),
                floor,
                snapshot: None,
            };
            self.append(change, false, &[])?;
        }
        Ok(removed)
    }

    /// Refuses a batch that does not fit the log. Returns the hard state after it.
    fn check(&self, batch: &Batch<'_>) -> Result<HardState, Error> {
        let commit = self.hard_state.commit;
        let mut hard_state = batch.hard_state.unwrap_or(&self.hard_state).clone();
        let (mut first, mut last) = (self.first_index(), self.last_index());
        if let Some(file) = batch.snapshot {
            let index = file.metadata.index;
            let bound = commit.max(1);
            if index < bound {
                return Err(Error::SnapshotBehind { index, bound });
            }
            (first, last) = (index + 1, index);
            hard_state.term = hard_state.term.max(file.metadata.term);
            hard_state.commit = hard_state.commit.max(index);
        }
        if let Some(entry) = batch.entries.first() {
            last = check_entries(batch.entries, first, last)?;
            if entry.index <= commit {
                return Err(Error::OverwritesCommitted {
                    index: entry.index,
                    commit,
                });
            }
        }
        if hard_state.commit > last {
            return Err(Error::CommitBeyondLog {
                commit: hard_state.commit,
                last,
            });
        }
        Ok(hard_state)
    }

    /// Brings what is in memory to the state after `batch`.
    fn adopt(&mut self, batch: &Batch<'_>, hard_state: HardState) -> Result<(), Error> {
        self.hard_state = hard_state;
        if let Some(file) = batch.snapshot {
            self.cache.clear();
            self.floor = Floor::at(file);
            self.snapshot = Some(file.clone());
        }
        if let Some(first) = batch.entries.first() {
            self.cache.truncate_from(first.index);
            batch
                .entries
                .iter()
                .for_each(|entry| self.cache.push(entry.clone()));
        }
        batch
            .snapshot
            .map_or(Ok(()), |file| self.snapshots.prune(&file.metadata))
    }

    /// Writes one record. Any failure poisons the store: after a failed write or fsync nobody knows
    /// what is on the disk, and trying again would hide it.
    fn append(&mut self, change: Standing, replaces: bool, entries: &[Entry]) -> Result<(), Error> {
        if self.poisoned {
            return Err(Error::Poisoned);
        }
        let result = self.files.append(change, replaces, entries);
        self.poisoned = result.is_err();
        result
    }
}

/// Whether `entries` follow each other and a log of `first..=last`. Returns the last index after.
fn check_entries(entries: &[Entry], first: u64, mut last: u64) -> Result<u64, Error> {
    let start = entries.first().map_or(last + 1, |entry| entry.index);
    if start < first || start > last + 1 {
        return Err(Error::Gap {
            expected: last + 1,
            got: start,
        });
    }
    last = start - 1;
    for entry in entries {
        if entry.index != last + 1 {
            return Err(Error::Gap {
                expected: last + 1,
                got: entry.index,
            });
        }
        last = entry.index;
    }
    Ok(last)
}
