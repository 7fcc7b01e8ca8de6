//! What a peer may say. raft-rs trusts its peers and panics on messages that cannot be right, so
//! they are refused before they reach it.

use raft::eraftpb::{ConfState, Message, MessageType};
use raft::{RawNode, StateRole};

use super::Settings;
use crate::log_store::{LogStore, SnapshotFile};

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
/// No log and no term comes near this; raft-rs adds to such numbers without looking.
const NUMBER_MAX: u64 = 1 << 62;

/// Checks a message, and that `file` is the snapshot it announces.
pub(super) fn peer_message(
    message: &Message,
    file: Option<&SnapshotFile>,
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
    numbers(message)?;
    let last = node.raft.raft_log.last_index();
    match message.get_msg_type() {
        MessageType::MsgHup
        | MessageType::MsgBeat
        | MessageType::MsgUnreachable
        | MessageType::MsgSnapStatus
        | MessageType::MsgCheckQuorum
        | MessageType::MsgPropose
        // Leadership is never handed over on request.
        | MessageType::MsgTransferLeader
        | MessageType::MsgTimeoutNow => Err(PeerError::Kind(message.get_msg_type())),
        // A heartbeat of an older term is answered without looking at its commit index.
        MessageType::MsgHeartbeat if message.commit > last && message.term >= node.raft.term => {
            content("a heartbeat commits beyond this member's log")
        }
        MessageType::MsgAppend => entries_follow(message),
        // One that led, and restarted before its own write was durable, may hear of it as well.
        MessageType::MsgAppendResponse
            if node.raft.state == StateRole::Leader
                && !message.reject
                && message.index > last
                && message.term == node.raft.term =>
        {
            content("an append beyond this member's log is acknowledged")
        }
        MessageType::MsgReadIndex | MessageType::MsgReadIndexResp => {
            match message.get_entries().len() {
                1 => Ok(()),
                _ => content("a question for a read has one context"),
            }
        }
        MessageType::MsgSnapshot => snapshot(message, file, settings),
        _ => Ok(()),
    }
}

fn content(problem: &'static str) -> Result<(), PeerError> {
    Err(PeerError::Content(problem))
}

/// Terms begin at 1, and raft-rs takes a message without one for its own.
fn numbers(message: &Message) -> Result<(), PeerError> {
    let is_question = message.get_msg_type() == MessageType::MsgReadIndex;
    if (message.term == 0) != is_question {
        return content("a message names no term");
    }
    let numbers = [
        message.term,
        message.log_term,
        message.index,
        message.commit,
        message.commit_term,
        message.reject_hint,
        message.request_snapshot,
    ];
    match numbers.iter().all(|number| *number <= NUMBER_MAX) {
        true => Ok(()),
        false => content("a number is out of all reach"),
    }
}

fn entries_follow(message: &Message) -> Result<(), PeerError> {
    let entries = message.get_entries();
    if entries.len() > ENTRIES_MAX {
        return content("a message carries too many entries");
    }
    // raft-rs finds term 0 wherever there is no entry.
    if message.log_term == 0 && message.index > 0 {
        return content("an append follows an entry without a term");
    }
    let follow = (message.index + 1..)
        .zip(entries)
        .all(|(index, entry)| entry.index == index);
    let terms = entries.iter().map(|entry| entry.term);
    let terms = std::iter::once(message.log_term)
        .chain(terms)
        .chain([message.term]);
    match follow && terms.is_sorted() && entries.iter().all(|entry| entry.term > 0) {
        true => Ok(()),
        false => content("entries do not follow each other"),
    }
}

/// raft-rs believes a snapshot's index, term and voters: they must be those of the file.
fn snapshot(
    message: &Message,
    file: Option<&SnapshotFile>,
    settings: &Settings,
) -> Result<(), PeerError> {
    let metadata = message.get_snapshot().get_metadata();
    let Some(file) = file else {
        return content("a snapshot comes without its file");
    };
    if (file.metadata.index, file.metadata.term) != (metadata.index, metadata.term) {
        return content("a snapshot is not the one that was announced");
    }
    let named = [metadata.get_conf_state(), file.metadata.get_conf_state()];
    match named.iter().all(|state| is_of(state, &settings.voters)) {
        true => Ok(()),
        false => content("a snapshot is of other voters"),
    }
}

fn is_of(state: &ConfState, voters: &[u64]) -> bool {
    let (mut found, mut voters) = (state.voters.clone(), voters.to_vec());
    found.sort_unstable();
    voters.sort_unstable();
    found == voters && state.learners.is_empty() && state.voters_outgoing.is_empty()
}
