//! Bytes of one stored entry and of one stored meta record. Pure functions; the tables are
//! elsewhere.
//!
//! An entry, little endian; the checksum covers all before it:
//!
//! ```text
//! version u8 | kind u8 | index u64 | term u64 | commit u64 | context length u32 | context | data |
//! crc32 u32
//! ```
//!
//! A meta record; the checksum also covers the record's name, so that records cannot change places:
//!
//! ```text
//! version u8 | borsh bytes | crc32 u32
//! ```

use borsh::{BorshDeserialize, BorshSerialize};
use raft::eraftpb::{Entry, EntryType};

use super::error::Fault;

const ENTRY_VERSION: u8 = 2;
const META_VERSION: u8 = 1;
const HEADER_BYTES: usize = 30;
const CRC_BYTES: usize = 4;

/// Encodes `entry`, written when everything up to `commit` was committed. Raft's deprecated
/// `sync_log` flag is not kept.
pub(super) fn encode_entry(entry: &Entry, commit: u64) -> Vec<u8> {
    let payload_bytes = entry.context.len() + entry.data.len();
    let mut bytes = Vec::with_capacity(HEADER_BYTES + payload_bytes + CRC_BYTES);
    bytes.push(ENTRY_VERSION);
    bytes.push(entry.get_entry_type() as u8);
    bytes.extend_from_slice(&entry.index.to_le_bytes());
    bytes.extend_from_slice(&entry.term.to_le_bytes());
    bytes.extend_from_slice(&commit.to_le_bytes());
    bytes.extend_from_slice(&(entry.context.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&entry.context);
    bytes.extend_from_slice(&entry.data);
    let crc32 = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&crc32.to_le_bytes());
    bytes
}

/// Decodes the entry stored under `index`, which it must name itself.
pub(super) fn decode_entry(index: u64, bytes: &[u8]) -> Result<Entry, Fault> {
    let (header, payload) = parts(index, bytes)?;
    let context_bytes = u32_at(header, 26) as usize;
    let (context, data) = payload
        .split_at_checked(context_bytes)
        .ok_or(Fault::Length)?;
    let mut entry = Entry::default();
    entry.set_entry_type(entry_type(header[1])?);
    entry.index = index;
    entry.term = u64_at(header, 10);
    entry.context = context.to_vec().into();
    entry.data = data.to_vec().into();
    Ok(entry)
}

/// Up to where the log was committed when the entry stored under `index` was written.
pub(super) fn decode_commit(index: u64, bytes: &[u8]) -> Result<u64, Fault> {
    parts(index, bytes).map(|(header, _)| u64_at(header, 18))
}

/// Header and payload of the entry stored under `index`.
fn parts(index: u64, bytes: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    let content = checked(bytes, crc32fast::hash)?;
    let (header, payload) = content
        .split_at_checked(HEADER_BYTES)
        .ok_or(Fault::Length)?;
    if header[0] != ENTRY_VERSION {
        return Err(Fault::Version(header[0].into()));
    }
    let stored_index = u64_at(header, 2);
    if stored_index != index {
        return Err(Fault::Misplaced(stored_index));
    }
    Ok((header, payload))
}

fn entry_type(kind: u8) -> Result<EntryType, Fault> {
    match kind {
        0 => Ok(EntryType::EntryNormal),
        1 => Ok(EntryType::EntryConfChange),
        2 => Ok(EntryType::EntryConfChangeV2),
        _ => Err(Fault::Content("unknown entry kind")),
    }
}

/// Encodes the meta record called `name`.
pub(super) fn encode_meta(name: &str, record: &impl BorshSerialize) -> Vec<u8> {
    let mut bytes = vec![META_VERSION];
    record
        .serialize(&mut bytes)
        .expect("writing to a vector cannot fail");
    let crc32 = meta_crc32(name, &bytes);
    bytes.extend_from_slice(&crc32.to_le_bytes());
    bytes
}

/// Decodes the meta record called `name`.
pub(super) fn decode_meta<T: BorshDeserialize>(name: &str, bytes: &[u8]) -> Result<T, Fault> {
    match checked(bytes, |content| meta_crc32(name, content))? {
        [META_VERSION, record @ ..] => {
            borsh::from_slice(record).map_err(|_| Fault::Content("record cannot be decoded"))
        }
        [version, ..] => Err(Fault::Version((*version).into())),
        [] => Err(Fault::Length),
    }
}

fn meta_crc32(name: &str, content: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(name.as_bytes());
    hasher.update(content);
    hasher.finalize()
}

/// What stands before the checksum at the end of `bytes`, if `crc32` of it agrees.
pub(super) fn checked(bytes: &[u8], crc32: impl FnOnce(&[u8]) -> u32) -> Result<&[u8], Fault> {
    let (content, stored) = bytes.split_last_chunk::<CRC_BYTES>().ok_or(Fault::Length)?;
    let stored = u32::from_le_bytes(*stored);
    let computed = crc32(content);
    if stored == computed {
        Ok(content)
    } else {
        Err(Fault::Checksum { stored, computed })
    }
}

/// The number at `offset`, which the caller knows to be inside `bytes`.
pub(super) fn u64_at(bytes: &[u8], offset: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[offset..offset + 8]);
    u64::from_le_bytes(number)
}

/// The number at `offset`, which the caller knows to be inside `bytes`.
pub(super) fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&bytes[offset..offset + 4]);
    u32::from_le_bytes(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: EntryType, context: &[u8], data: &[u8]) -> Entry {
        let mut entry = Entry::default();
        entry.set_entry_type(kind);
        entry.index = 7;
        entry.term = 3;
        entry.context = context.to_vec().into();
        entry.data = data.to_vec().into();
        entry
    }

    #[test]
    fn entries_survive_encoding() {
        for (kind, context, data) in [
            (EntryType::EntryNormal, &b""[..], &b""[..]),
            (EntryType::EntryNormal, b"", b"data"),
            (EntryType::EntryConfChange, b"context", b""),
            (EntryType::EntryConfChangeV2, b"context", b"data"),
        ] {
            let entry = entry(kind, context, data);
            let bytes = encode_entry(&entry, 5);
            assert_eq!(decode_commit(7, &bytes), Ok(5));
            assert_eq!(decode_entry(7, &bytes), Ok(entry));
        }
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_found() {
        let intact = encode_entry(&entry(EntryType::EntryNormal, b"context", b"data"), 5);
        for bit in 0..intact.len() * 8 {
            let mut damaged = intact.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(decode_entry(7, &damaged).is_err(), "bit {bit}");
        }
        for length in 0..intact.len() {
            assert!(
                decode_entry(7, &intact[..length]).is_err(),
                "cut to {length}"
            );
        }
    }

    #[test]
    fn intact_values_in_the_wrong_place_are_found() {
        let bytes = encode_entry(&entry(EntryType::EntryNormal, b"", b"data"), 5);
        assert_eq!(decode_entry(8, &bytes), Err(Fault::Misplaced(7)));
        let record = encode_meta("floor", &(1u64, 2u64));
        assert_eq!(decode_meta::<(u64, u64)>("floor", &record), Ok((1, 2)));
        let misplaced = decode_meta::<(u64, u64)>("hard_state", &record);
        assert!(matches!(misplaced, Err(Fault::Checksum { .. })));
    }

    #[test]
    fn unknown_versions_are_named() {
        let mut bytes = encode_entry(&entry(EntryType::EntryNormal, b"", b""), 5);
        bytes.truncate(bytes.len() - CRC_BYTES);
        bytes[0] = 9;
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        assert_eq!(decode_entry(7, &bytes), Err(Fault::Version(9)));
    }
}
