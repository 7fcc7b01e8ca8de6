//! A command as bytes in a log entry: one byte of format version, then canonical Borsh.

use borsh::BorshDeserialize as _;
use ewc_core::Command;
use ewc_core::command::Stamped;
use raft::eraftpb::Entry;

/// Version of the encoding of commands.
const VERSION: u8 = 1;

/// An entry whose command cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// Written by a newer version.
    #[error("command format {found} is not known to this version, which reads {VERSION}")]
    Version {
        /// The version found.
        found: u8,
    },
    /// Not a command.
    #[error("the command cannot be decoded: {0}")]
    Malformed(#[from] std::io::Error),
}

pub(super) fn encode(stamped: &Stamped) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1024);
    bytes.push(VERSION);
    match borsh::to_writer(&mut bytes, stamped) {
        Ok(()) => bytes,
        // Memory takes every byte, and no collection here is longer than 2³² entries.
        Err(error) => unreachable!("encoding to memory cannot fail: {error}"),
    }
}

/// Reads what [`encode`] wrote.
pub(super) fn decode(bytes: &[u8]) -> Result<Stamped, EntryError> {
    match bytes.split_first() {
        Some((&VERSION, rest)) => Ok(Stamped::try_from_slice(rest)?),
        Some((&found, _)) => Err(EntryError::Version { found }),
        None => Err(EntryError::Version { found: 0 }),
    }
}

/// True when the entry commits a plan.
pub fn is_plan(entry: &Entry) -> bool {
    let stamped = decode(&entry.data);
    stamped.is_ok_and(|stamped| matches!(stamped.command, Command::CommitPlan(_)))
}
