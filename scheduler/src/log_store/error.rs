//! What can go wrong in the log store, and how raft hears of it.

use std::path::PathBuf;

use raft::StorageError;

use super::files::file_name;

/// An error of the log store. After one that came from a write the store is poisoned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store was written by a member of another cluster.
    #[error("store belongs to cluster {stored:032x}, this program to {given:032x}")]
    WrongCluster {
        /// Cluster that wrote the store.
        stored: u128,
        /// Cluster this program was configured for.
        given: u128,
    },
    /// The store was written by another member of the same cluster.
    #[error("store belongs to member {stored}, this program is member {given}")]
    WrongMember {
        /// Member that wrote the store.
        stored: u64,
        /// Member this program was configured as.
        given: u64,
    },
    /// The store was written by a newer program, and may hold what this one misreads.
    #[error("store needs feature level {stored}, this program supports up to {supported}")]
    FeatureLevelTooHigh {
        /// Highest feature level that ever wrote the store.
        stored: u32,
        /// Highest feature level this program understands.
        supported: u32,
    },
    /// The store was written by an older program, and holds what this one cannot read.
    #[error(
        "store was written at feature level {stored}, this program reads from {oldest} on: run the \
         earlier build, or found a new network in an empty data_dir"
    )]
    FeatureLevelTooLow {
        /// Highest feature level that ever wrote the store.
        stored: u32,
        /// Lowest feature level this program reads.
        oldest: u32,
    },
    /// A stored log entry is not what was written.
    #[error("log entry {index} is damaged: {fault}")]
    Corrupt {
        /// Raft index of the entry.
        index: u64,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A file of the log is not what was written.
    #[error("log file {} is damaged at byte {offset}: {fault}", file_name(*.file))]
    CorruptFile {
        /// Number of the file.
        file: u64,
        /// Where the record begins that is not whole.
        offset: u64,
        /// What is wrong with it.
        fault: Fault,
    },
    /// Each record is whole, and together they make no log.
    #[error("the log contradicts itself: {0}")]
    Contradiction(&'static str),
    /// Reading or writing a file of the log failed.
    #[error("log file {}: {source}", file_name(*.file))]
    Io {
        /// Number of the file.
        file: u64,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The files of the log cannot be listed.
    #[error("files of the log: {0}")]
    Directory(#[source] std::io::Error),
    /// The snapshot file is not what was written.
    #[error("snapshot file {path} is damaged: {fault}")]
    CorruptSnapshot {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A snapshot of the same term and index exists with another content.
    #[error("snapshot file {path} exists already with another content")]
    SnapshotDiffers {
        /// The existing file.
        path: PathBuf,
    },
    /// Reading or writing a snapshot file failed.
    #[error("snapshot file {path}: {source}")]
    SnapshotIo {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The directory of the store cannot be opened.
    #[error("log store {path}: {source}")]
    OpenIo {
        /// The directory.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A member runs on the store, or somebody reads it who must not be disturbed.
    #[error("log store {path} is in use by another process")]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The store was written by a program from before the log had files of its own.
    #[error(
        "log store {path} was written by an earlier build, whose format is not read: run that \
         build, or found a new network in an empty data_dir"
    )]
    Outdated {
        /// The database file.
        path: PathBuf,
    },
    /// The entry was removed by compaction.
    #[error("log entry {index} is compacted, the first one is {first}")]
    Compacted {
        /// Index asked for.
        index: u64,
        /// First index still in the log.
        first: u64,
    },
    /// The entry is not written yet.
    #[error("log entry {index} is not in the log, the last one is {last}")]
    Unavailable {
        /// Index asked for.
        index: u64,
        /// Last index in the log.
        last: u64,
    },
    /// Entries do not follow the log, or each other.
    #[error("entry {got} where entry {expected} must follow")]
    Gap {
        /// Index that would be accepted (the highest one, at the start of a batch).
        expected: u64,
        /// Index of the entry given.
        got: u64,
    },
    /// A batch would replace an entry that is known to be committed.
    #[error("entry {index} would overwrite the log below its commit index {commit}")]
    OverwritesCommitted {
        /// Index of the entry given.
        index: u64,
        /// Commit index of the stored hard state.
        commit: u64,
    },
    /// A hard state commits entries that are not in the log.
    #[error("commit index {commit} is beyond the last entry {last}")]
    CommitBeyondLog {
        /// Commit index given.
        commit: u64,
        /// Last index after the batch.
        last: u64,
    },
    /// The snapshot is older than what it would replace.
    #[error("snapshot at {index} is behind index {bound}")]
    SnapshotBehind {
        /// Index of the snapshot.
        index: u64,
        /// Lowest index that would be accepted.
        bound: u64,
    },
    /// The snapshot to record is not of a committed entry of this log.
    #[error("snapshot at {index} of term {term} is not of a committed entry (commit {commit})")]
    SnapshotNotCommitted {
        /// Index of the snapshot.
        index: u64,
        /// Term of the snapshot.
        term: u64,
        /// Commit index of the hard state.
        commit: u64,
    },
    /// Compaction would remove entries that no snapshot covers.
    #[error("cannot compact up to {to_index}, the snapshot covers entries up to {snapshot}")]
    CompactBeyondSnapshot {
        /// Index asked for.
        to_index: u64,
        /// Index of the recorded snapshot, 0 without one.
        snapshot: u64,
    },
    /// An earlier write failed, so what the disk holds is unknown.
    #[error("an earlier write failed, the store takes no more")]
    Poisoned,
}

/// How a stored value differs from what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// It is not there.
    #[error("missing")]
    Missing,
    /// It is shorter or longer than it says.
    #[error("wrong length")]
    Length,
    /// Its checksum does not match its content.
    #[error("checksum is {stored:08x}, content gives {computed:08x}")]
    Checksum {
        /// The checksum stored.
        stored: u32,
        /// The checksum of the content.
        computed: u32,
    },
    /// Its format is unknown to this program.
    #[error("unknown format version {0}")]
    Version(u32),
    /// It is intact and belongs elsewhere.
    #[error("belongs to index {0}")]
    Misplaced(u64),
    /// It is intact and cannot be decoded, or contradicts other records.
    #[error("{0}")]
    Content(&'static str),
}

impl Error {
    /// True when what is on the disk is not what was written there.
    pub fn is_damage(&self) -> bool {
        matches!(
            self,
            Error::Corrupt { .. }
                | Error::CorruptFile { .. }
                | Error::CorruptSnapshot { .. }
                | Error::Contradiction(_)
        )
    }
}

impl From<Error> for raft::Error {
    fn from(error: Error) -> Self {
        raft::Error::Store(match error {
            Error::Compacted { .. } => StorageError::Compacted,
            Error::Unavailable { .. } => StorageError::Unavailable,
            other => StorageError::Other(Box::new(other)),
        })
    }
}
