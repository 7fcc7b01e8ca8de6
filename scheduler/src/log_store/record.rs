//! What stands in one record of the log: the head of a file, or a batch.
//!
//! ```text
//! head of a file:  1u8 | version u8 | borsh(FileHead)
//! batch:           2u8 | version u8 | borsh(BatchHead) | the entries, as `format` writes them
//! ```
//!
//! Every record says anew all that is small. So the last one is the truth about it, and neither the
//! commit index nor a compaction needs a record of its own.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use protobuf::Message;
use raft::eraftpb::{ConfState, Entry, HardState, SnapshotMetadata};

use super::error::Fault;
use super::format;
use super::identity::Identity;
use super::snapshot_dir::{SnapshotFile, metadata};

const VERSION: u8 = 1;
const FILE_HEAD: u8 = 1;
const BATCH: u8 = 2;

/// The entry just before the first one of the log: compacted, or covered by an installed snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Floor {
    pub(super) index: u64,
    pub(super) term: u64,
}

impl Floor {
    /// Of a log that begins after that snapshot.
    pub(super) fn at(file: &SnapshotFile) -> Floor {
        Floor {
            index: file.metadata.index,
            term: file.metadata.term,
        }
    }
}

/// All that is durable beside the entries.
#[derive(Clone, Debug, Default, PartialEq, BorshSerialize, BorshDeserialize)]
pub(super) struct Standing {
    #[borsh(
        serialize_with = "write_hard_state",
        deserialize_with = "read_hard_state"
    )]
    pub(super) hard_state: HardState,
    pub(super) floor: Floor,
    #[borsh(serialize_with = "write_snapshot", deserialize_with = "read_snapshot")]
    pub(super) snapshot: Option<SnapshotFile>,
}

/// The head of a file.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub(super) struct FileHead {
    pub(super) identity: Identity,
    /// Where the records of the file before end; 0 in the first one.
    pub(super) previous_end: u64,
    /// The last entry of the files before.
    pub(super) last_index: u64,
    /// What held when the file was begun.
    pub(super) standing: Standing,
}

impl FileHead {
    pub(super) fn encode(&self, bytes: &mut Vec<u8>) {
        append(FILE_HEAD, self, bytes);
    }

    pub(super) fn decode(body: &[u8]) -> Result<FileHead, Fault> {
        match take(FILE_HEAD, body)? {
            (head, []) => Ok(head),
            _ => Err(Fault::Length),
        }
    }
}

/// What one write makes durable, but for the bytes of the entries.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub(super) struct BatchHead {
    /// What holds from here on. The snapshot is named where it is another than before.
    pub(super) standing: Standing,
    /// Whether that snapshot takes the place of all entries before.
    pub(super) replaces: bool,
    /// The first entry, which with those after it takes the place of all from its index on.
    pub(super) first_index: u64,
    /// How long each entry is.
    pub(super) lengths: Vec<u32>,
}

impl BatchHead {
    pub(super) fn new(standing: Standing, replaces: bool, entries: &[Entry]) -> BatchHead {
        let length = |entry| format::entry_bytes(entry) as u32;
        BatchHead {
            standing,
            replaces,
            first_index: entries.first().map_or(0, |entry| entry.index),
            lengths: entries.iter().map(length).collect(),
        }
    }

    /// Appends the head, and behind it its `entries`.
    pub(super) fn encode(&self, entries: &[Entry], bytes: &mut Vec<u8>) {
        append(BATCH, self, bytes);
        entries
            .iter()
            .for_each(|entry| format::encode_entry(entry, bytes));
    }

    /// A head, and the bytes of its entries.
    pub(super) fn decode(body: &[u8]) -> Result<(BatchHead, &[u8]), Fault> {
        let (head, entries): (BatchHead, _) = take(BATCH, body)?;
        let length: u64 = head.lengths.iter().map(|length| u64::from(*length)).sum();
        match length == entries.len() as u64 {
            true => Ok((head, entries)),
            false => Err(Fault::Length),
        }
    }
}

fn append(kind: u8, head: &impl BorshSerialize, bytes: &mut Vec<u8>) {
    bytes.extend([kind, VERSION]);
    head.serialize(bytes)
        .expect("writing to a vector cannot fail");
}

/// The head in a record of that kind, and what follows it.
fn take<T: BorshDeserialize>(kind: u8, body: &[u8]) -> Result<(T, &[u8]), Fault> {
    let mut rest = match body {
        [found, VERSION, rest @ ..] if *found == kind => rest,
        [found, version, ..] if *found == kind => return Err(Fault::Version((*version).into())),
        _ => return Err(Fault::Content("a record of another kind")),
    };
    let head = T::deserialize(&mut rest);
    let head = head.map_err(|_| Fault::Content("record cannot be decoded"))?;
    Ok((head, rest))
}

fn write_hard_state<W: io::Write>(hard_state: &HardState, to: &mut W) -> io::Result<()> {
    (hard_state.term, hard_state.vote, hard_state.commit).serialize(to)
}

fn read_hard_state<R: io::Read>(from: &mut R) -> io::Result<HardState> {
    let (term, vote, commit) = BorshDeserialize::deserialize_reader(from)?;
    Ok(HardState {
        term,
        vote,
        commit,
        ..HardState::default()
    })
}

#[derive(BorshSerialize, BorshDeserialize)]
struct SnapshotBytes {
    index: u64,
    term: u64,
    conf_state: Vec<u8>,
    file_name: String,
    file_bytes: u64,
    payload_crc32: u32,
}

fn write_snapshot<W: io::Write>(file: &Option<SnapshotFile>, to: &mut W) -> io::Result<()> {
    let bytes = file.as_ref().map(|file| SnapshotBytes {
        index: file.metadata.index,
        term: file.metadata.term,
        conf_state: conf_state_bytes(&file.metadata),
        file_name: file.file_name.clone(),
        file_bytes: file.file_bytes,
        payload_crc32: file.payload_crc32,
    });
    bytes.serialize(to)
}

fn read_snapshot<R: io::Read>(from: &mut R) -> io::Result<Option<SnapshotFile>> {
    let Some(bytes) = Option::<SnapshotBytes>::deserialize_reader(from)? else {
        return Ok(None);
    };
    let conf_state = ConfState::parse_from_bytes(&bytes.conf_state)?;
    Ok(Some(SnapshotFile {
        metadata: metadata(bytes.index, bytes.term, conf_state),
        file_name: bytes.file_name,
        file_bytes: bytes.file_bytes,
        payload_crc32: bytes.payload_crc32,
    }))
}

pub(super) fn conf_state_bytes(metadata: &SnapshotMetadata) -> Vec<u8> {
    metadata
        .get_conf_state()
        .write_to_bytes()
        .expect("every field of a conf state is optional, and writing to memory cannot fail")
}
