//! A job as bytes: version (1), CRC-32 of identity and body (4, little-endian), body in Borsh.

use ewc_core::model::{Job, JobId};

use super::{HistoryError, RecordFault};

const VERSION: u8 = 1;
const HEADER_BYTES: usize = 5;

pub(super) fn encode(job: &Job) -> Vec<u8> {
    let mut record = vec![VERSION, 0, 0, 0, 0];
    // Only a writer can fail, or a length beyond u32, and memory is no writer that fails; a record
    // cut short all the same is found by its reader.
    if let Err(error) = borsh::to_writer(&mut record, job) {
        tracing::error!(job = job.id.0, %error, "job cannot be encoded");
    }
    let checksum = checksum(job.id, &record[HEADER_BYTES..]);
    record[1..HEADER_BYTES].copy_from_slice(&checksum.to_le_bytes());
    record
}

pub(super) fn decode(id: JobId, record: &[u8]) -> Result<Job, HistoryError> {
    parse(id, record).map_err(|fault| HistoryError::Damaged { job: id, fault })
}

fn parse(id: JobId, record: &[u8]) -> Result<Job, RecordFault> {
    let (header, body) = record
        .split_first_chunk::<HEADER_BYTES>()
        .ok_or(RecordFault::TooShort)?;
    let [version, stored @ ..] = *header;
    if version != VERSION {
        return Err(RecordFault::Version(version));
    }
    if u32::from_le_bytes(stored) != checksum(id, body) {
        return Err(RecordFault::Checksum);
    }
    borsh::from_slice(body).map_err(|_| RecordFault::Content)
}

/// Covers the identity, so that a body cannot pass for another job's.
fn checksum(id: JobId, body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&id.0.to_le_bytes());
    hasher.update(body);
    hasher.finalize()
}
