//! A command as bytes in a log entry: one byte of format version, then canonical Borsh.

use borsh::BorshDeserialize as _;
use ewc_core::Command;
use ewc_core::command::Stamped;
use raft::eraftpb::{Entry, EntryType};

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

/// A command as the bytes of an entry.
pub fn encode_command(stamped: &Stamped) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1024);
    bytes.push(VERSION);
    match borsh::to_writer(&mut bytes, stamped) {
        Ok(()) => bytes,
        // Memory takes every byte, and no collection here is longer than 2³² entries.
        Err(error) => unreachable!("encoding to memory cannot fail: {error}"),
    }
}

/// The command of an entry with its time; `None` when the entry carries none: a new leader's empty
/// one, or a change of members, which does not happen while running.
///
/// # Errors
/// The command cannot be read.
pub fn command_of(entry: &Entry) -> Result<Option<Stamped>, EntryError> {
    let command = entry.get_entry_type() == EntryType::EntryNormal;
    match command && !entry.data.is_empty() {
        true => decode(&entry.data).map(Some),
        false => Ok(None),
    }
}

/// Reads what [`encode_command`] wrote.
fn decode(bytes: &[u8]) -> Result<Stamped, EntryError> {
    match bytes.split_first() {
        Some((&VERSION, rest)) => Ok(Stamped::try_from_slice(rest)?),
        Some((&found, _)) => Err(EntryError::Version { found }),
        None => Err(EntryError::Version { found: 0 }),
    }
}

/// True when the entry commits a plan.
pub fn is_plan(entry: &Entry) -> bool {
    let is_plan = |stamped: &Stamped| matches!(stamped.command, Command::CommitPlan(_));
    command_of(entry).is_ok_and(|stamped| stamped.as_ref().is_some_and(is_plan))
}
