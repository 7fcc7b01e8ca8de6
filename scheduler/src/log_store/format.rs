//! Bytes of one stored entry. Pure functions; where they lie is known elsewhere.
//!
//! Little endian; the checksum covers all before it:
//!
//! ```text
//! version u8 | kind u8 | index u64 | term u64 | context length u32 | context | data | crc32 u32
//! ```

use raft::eraftpb::{Entry, EntryType};

use super::error::Fault;

const ENTRY_VERSION: u8 = 3;
const HEADER_BYTES: usize = 22;
const CRC_BYTES: usize = 4;

/// Appends `entry` to `bytes`. Raft's deprecated `sync_log` flag is not kept.
pub(super) fn encode_entry(entry: &Entry, bytes: &mut Vec<u8>) {
    let start = bytes.len();
    bytes.push(ENTRY_VERSION);
    bytes.push(entry.get_entry_type() as u8);
    bytes.extend_from_slice(&entry.index.to_le_bytes());
    bytes.extend_from_slice(&entry.term.to_le_bytes());
    bytes.extend_from_slice(&(entry.context.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&entry.context);
    bytes.extend_from_slice(&entry.data);
    let crc32 = crc32fast::hash(&bytes[start..]);
    bytes.extend_from_slice(&crc32.to_le_bytes());
}

/// How long `entry` is when it is stored.
pub(super) fn entry_bytes(entry: &Entry) -> usize {
    HEADER_BYTES + entry.context.len() + entry.data.len() + CRC_BYTES
}

/// Decodes the entry stored as that of `index`, which it must name itself.
pub(super) fn decode_entry(index: u64, bytes: &[u8]) -> Result<Entry, Fault> {
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
    let context_bytes = u32_at(header, 18) as usize;
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

fn entry_type(kind: u8) -> Result<EntryType, Fault> {
    match kind {
        0 => Ok(EntryType::EntryNormal),
        1 => Ok(EntryType::EntryConfChange),
        2 => Ok(EntryType::EntryConfChangeV2),
        _ => Err(Fault::Content("unknown entry kind")),
    }
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

    fn encoded(entry: &Entry) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode_entry(entry, &mut bytes);
        bytes
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
            let bytes = encoded(&entry);
            assert_eq!(bytes.len(), entry_bytes(&entry));
            assert_eq!(decode_entry(7, &bytes), Ok(entry));
        }
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_found() {
        let intact = encoded(&entry(EntryType::EntryNormal, b"context", b"data"));
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
        let bytes = encoded(&entry(EntryType::EntryNormal, b"", b"data"));
        assert_eq!(decode_entry(8, &bytes), Err(Fault::Misplaced(7)));
    }

    #[test]
    fn unknown_versions_are_named() {
        let mut bytes = encoded(&entry(EntryType::EntryNormal, b"", b""));
        bytes.truncate(bytes.len() - CRC_BYTES);
        bytes[0] = 9;
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        assert_eq!(decode_entry(7, &bytes), Err(Fault::Version(9)));
    }
}
