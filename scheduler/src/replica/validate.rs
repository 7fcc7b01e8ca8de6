//! What a peer may say. raft-rs trusts its peers and panics on messages that cannot be right, so
//! they are refused before they reach it.

use raft::RawNode;
use raft::eraftpb::{Message, MessageType};

use super::Settings;
use crate::log_store::LogStore;

/// A message that was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeerError {
    /// From nobody we know, or not for us.
    #[error("message from {from} to {to} does not belong here")]
    Address {
        /// Said to be from.
        from: u64,
        /// Said to be for.
        to: u64,
    },
    /// Of a kind that no member sends.
    #[error("message of kind {0:?} does not travel between members")]
    Kind(MessageType),
    /// It contradicts this member's log.
    #[error("{0}")]
    Content(&'static str),
}

/// Entries a message may carry.
const ENTRIES_MAX: usize = 65_536;

pub(super) fn peer_message(
    message: &Message,
    settings: &Settings,
    node: &RawNode<LogStore>,
) -> Result<(), PeerError> {
    let known = settings.voters.contains(&message.from) && message.from != settings.member_id;
    if !known || message.to != settings.member_id {
        return Err(PeerError::Address {
            from: message.from,
            to: message.to,
        });
    }
    let last = node.raft.raft_log.last_index();
    match message.get_msg_type() {
        MessageType::MsgHup
        | MessageType::MsgBeat
        | MessageType::MsgUnreachable
        | MessageType::MsgSnapStatus
        | MessageType::MsgCheckQuorum
        | MessageType::MsgPropose => Err(PeerError::Kind(message.get_msg_type())),
        // A heartbeat of an older term is answered without looking at its commit index.
        MessageType::MsgHeartbeat if message.commit > last && message.term >= node.raft.term => {
            Err(PeerError::Content(
                "a heartbeat commits beyond this member's log",
            ))
        }
        MessageType::MsgAppend => entries_follow(message),
        MessageType::MsgSnapshot if message.get_snapshot().get_metadata().index == 0 => {
            Err(PeerError::Content("a snapshot names no index"))
        }
        _ => Ok(()),
    }
}

fn entries_follow(message: &Message) -> Result<(), PeerError> {
    let entries = message.get_entries();
    if entries.len() > ENTRIES_MAX {
        return Err(PeerError::Content("a message carries too many entries"));
    }
    let follow = (message.index + 1..)
        .zip(entries)
        .all(|(index, entry)| entry.index == index);
    let terms = entries
        .iter()
        .all(|entry| entry.term <= message.term && entry.term > 0);
    match follow && terms {
        true => Ok(()),
        false => Err(PeerError::Content("entries do not follow each other")),
    }
}
