//! The log as raft-rs reads it.

use protobuf::Message;
use raft::eraftpb::{ConfState, Entry, Snapshot};
use raft::{GetEntriesContext, RaftState, StorageError};

use super::{Error, LogStore, SnapshotFile};

impl raft::Storage for LogStore {
    /// The hard state, and the conf state *of the recorded snapshot*.
    ///
    /// The state machine starts from that snapshot and applies the log again, conf changes
    /// included, so the conf state must be the one from before them.
    fn initial_state(&self) -> raft::Result<RaftState> {
        let conf_state = self
            .snapshot_file()
            .map(|file| file.metadata.get_conf_state().clone());
        Ok(RaftState::new(
            self.hard_state().clone(),
            conf_state.unwrap_or_default(),
        ))
    }

    fn entries(
        &self,
        low: u64,
        high: u64,
        max_size: impl Into<Option<u64>>,
        // Entries are always fetched at once, so the context is of no use.
        _context: GetEntriesContext,
    ) -> raft::Result<Vec<Entry>> {
        let entries = self.entries_range(low, high)?;
        Ok(limited(entries, max_size.into().unwrap_or(u64::MAX))?)
    }

    fn term(&self, index: u64) -> raft::Result<u64> {
        Ok(self.term_of(index)?)
    }

    fn first_index(&self) -> raft::Result<u64> {
        Ok(LogStore::first_index(self))
    }

    fn last_index(&self) -> raft::Result<u64> {
        Ok(LogStore::last_index(self))
    }

    /// The recorded snapshot without its data, which the transport streams from the file.
    ///
    /// raft-rs drops a snapshot whose conf state does not name the receiver, and would send the
    /// same one for ever; so a member that was added since gets none, and a newer one is asked for.
    fn snapshot(&self, request_index: u64, to: u64) -> raft::Result<Snapshot> {
        let fits = |file: &&SnapshotFile| {
            file.metadata.index >= request_index && names(file.metadata.get_conf_state(), to)
        };
        let Some(file) = self.snapshot_file().filter(fits) else {
            self.snapshot_wanted.set(true);
            return Err(StorageError::SnapshotTemporarilyUnavailable.into());
        };
        let mut snapshot = Snapshot::default();
        snapshot.set_metadata(file.metadata.clone());
        Ok(snapshot)
    }
}

fn names(conf_state: &ConfState, member_id: u64) -> bool {
    let lists = [
        &conf_state.voters,
        &conf_state.learners,
        &conf_state.voters_outgoing,
    ];
    lists.iter().any(|members| members.contains(&member_id))
}

/// The first entries whose encoded sizes add up to no more than `bytes_max`, but at least one.
fn limited(
    entries: impl Iterator<Item = Result<Entry, Error>>,
    bytes_max: u64,
) -> Result<Vec<Entry>, Error> {
    let mut taken = Vec::new();
    let mut bytes = 0u64;
    for entry in entries {
        let entry = entry?;
        bytes += u64::from(entry.compute_size());
        if bytes > bytes_max && !taken.is_empty() {
            break;
        }
        taken.push(entry);
    }
    Ok(taken)
}
