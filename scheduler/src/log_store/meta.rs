//! The records of the meta table: who owns the store, raft's hard state, the newest snapshot, and
//! where the log begins.

use borsh::{BorshDeserialize, BorshSerialize};
use protobuf::Message;
use raft::eraftpb::{ConfState, HardState, SnapshotMetadata};
use redb::{ReadableTable, Table, TableDefinition};

use super::error::{Error, Fault};
use super::format;
use super::snapshot_dir::{SnapshotFile, metadata};

pub(super) const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");

/// Whose store this is. The first format carries it, so no store is ever taken for another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Identity {
    /// The cluster; drawn once, when it is founded.
    pub cluster_id: u128,
    /// The raft id of the member.
    pub member_id: u64,
    /// The highest feature level the program supports; the store keeps the highest that wrote it.
    pub feature_level: u32,
}

impl Identity {
    /// Refuses a store written by `stored` to a program that is `self`.
    pub(super) fn check(&self, stored: &Identity) -> Result<(), Error> {
        if stored.cluster_id != self.cluster_id {
            return Err(Error::WrongCluster {
                stored: stored.cluster_id,
                given: self.cluster_id,
            });
        }
        if stored.member_id != self.member_id {
            return Err(Error::WrongMember {
                stored: stored.member_id,
                given: self.member_id,
            });
        }
        if stored.feature_level > self.feature_level {
            return Err(Error::FeatureLevelTooHigh {
                stored: stored.feature_level,
                supported: self.feature_level,
            });
        }
        Ok(())
    }
}

/// The entry just before the first one of the log: compacted, or covered by an installed snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Floor {
    pub(super) index: u64,
    pub(super) term: u64,
}

#[derive(BorshSerialize, BorshDeserialize)]
struct HardStateRecord {
    term: u64,
    vote: u64,
    commit: u64,
}

#[derive(BorshSerialize, BorshDeserialize)]
struct SnapshotRecord {
    index: u64,
    term: u64,
    conf_state: Vec<u8>,
    file_name: String,
    file_bytes: u64,
    payload_crc32: u32,
}

const IDENTITY: &str = "identity";
const FLOOR: &str = "floor";
const HARD_STATE: &str = "hard_state";
const SNAPSHOT: &str = "snapshot";

/// The meta table, typed.
pub(super) struct Meta<T>(pub(super) T);

impl<T: ReadableTable<&'static str, &'static [u8]>> Meta<T> {
    pub(super) fn identity(&self) -> Result<Option<Identity>, Error> {
        self.get(IDENTITY)
    }

    pub(super) fn floor(&self) -> Result<Option<Floor>, Error> {
        self.get(FLOOR)
    }

    pub(super) fn hard_state(&self) -> Result<Option<HardState>, Error> {
        let record = self.get::<HardStateRecord>(HARD_STATE)?;
        Ok(
            record.map(|HardStateRecord { term, vote, commit }| HardState {
                term,
                vote,
                commit,
                ..HardState::default()
            }),
        )
    }

    pub(super) fn snapshot(&self) -> Result<Option<SnapshotFile>, Error> {
        let Some(record) = self.get::<SnapshotRecord>(SNAPSHOT)? else {
            return Ok(None);
        };
        let conf_state = ConfState::parse_from_bytes(&record.conf_state)
            .map_err(|_| corrupt(SNAPSHOT, Fault::Content("conf state cannot be decoded")))?;
        Ok(Some(SnapshotFile {
            metadata: metadata(record.index, record.term, conf_state),
            file_name: record.file_name,
            file_bytes: record.file_bytes,
            payload_crc32: record.payload_crc32,
        }))
    }

    fn get<R: BorshDeserialize>(&self, name: &'static str) -> Result<Option<R>, Error> {
        let Some(value) = self.0.get(name)? else {
            return Ok(None);
        };
        format::decode_meta(name, value.value())
            .map(Some)
            .map_err(|fault| corrupt(name, fault))
    }
}

impl Meta<Table<'_, &'static str, &'static [u8]>> {
    pub(super) fn set_identity(&mut self, identity: &Identity) -> Result<(), Error> {
        self.set(IDENTITY, identity)
    }

    pub(super) fn set_floor(&mut self, floor: &Floor) -> Result<(), Error> {
        self.set(FLOOR, floor)
    }

    pub(super) fn set_hard_state(&mut self, hard_state: &HardState) -> Result<(), Error> {
        let HardState {
            term, vote, commit, ..
        } = *hard_state;
        self.set(HARD_STATE, &HardStateRecord { term, vote, commit })
    }

    pub(super) fn set_snapshot(&mut self, file: &SnapshotFile) -> Result<(), Error> {
        let record = SnapshotRecord {
            index: file.metadata.index,
            term: file.metadata.term,
            conf_state: conf_state_bytes(&file.metadata),
            file_name: file.file_name.clone(),
            file_bytes: file.file_bytes,
            payload_crc32: file.payload_crc32,
        };
        self.set(SNAPSHOT, &record)
    }

    fn set(&mut self, name: &'static str, record: &impl BorshSerialize) -> Result<(), Error> {
        self.0
            .insert(name, format::encode_meta(name, record).as_slice())?;
        Ok(())
    }
}

pub(super) fn conf_state_bytes(metadata: &SnapshotMetadata) -> Vec<u8> {
    metadata
        .get_conf_state()
        .write_to_bytes()
        .expect("every field of a conf state is optional, and writing to memory cannot fail")
}

fn corrupt(record: &'static str, fault: Fault) -> Error {
    Error::CorruptMeta { record, fault }
}
