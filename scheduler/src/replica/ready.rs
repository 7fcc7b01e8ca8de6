//! The Ready contract of raft-rs, in one place: send, persist, send, apply, advance.

use std::sync::Arc;

use ewc_core::State;
use ewc_core::command::Stamped;
use raft::eraftpb::{Entry, Message, MessageType};

use super::{Fatal, Replica, Ticket, entry, read_state};
use crate::log_store::Batch;

impl Replica {
    pub(super) fn handle_ready(&mut self, send: &mut dyn FnMut(Vec<Message>)) -> Result<(), Fatal> {
        let mut ready = self.node.ready();
        // A leader's appends may travel while its own write is under way.
        self.send_all(send, ready.take_messages());
        self.reads.confirmed(ready.take_read_states());
        if !ready.snapshot().is_empty() {
            self.install(&ready)?;
        } else {
            self.persist(ready.entries(), ready.hs())?;
        }
        self.send_all(send, ready.take_persisted_messages());
        self.apply(ready.take_committed_entries())?;
        let mut light = self.node.advance(ready);
        if let Some(commit) = light.commit_index() {
            let mut hard_state = self.node.store().hard_state().clone();
            hard_state.set_commit(commit);
            self.persist(&[], Some(&hard_state))?;
        }
        self.send_all(send, light.take_messages());
        self.apply(light.take_committed_entries())?;
        self.node.advance_apply();
        Ok(())
    }

    fn persist(
        &mut self,
        entries: &[Entry],
        hard_state: Option<&raft::eraftpb::HardState>,
    ) -> Result<(), Fatal> {
        if entries.is_empty() && hard_state.is_none() {
            return Ok(());
        }
        self.outputs.writes += u32::from(!entries.is_empty());
        let batch = Batch {
            snapshot: None,
            entries,
            hard_state,
        };
        Ok(self.node.mut_store().persist(batch)?)
    }

    /// A snapshot replaces log and state.
    fn install(&mut self, ready: &raft::Ready) -> Result<(), Fatal> {
        let index = ready.snapshot().get_metadata().index;
        let file = self
            .received
            .iter()
            .find(|file| file.metadata.index == index)
            .cloned();
        let file = file.ok_or_else(|| {
            Fatal::Snapshot(format!(
                "raft installs index {index}, which was not received"
            ))
        })?;
        let batch = Batch {
            snapshot: Some(&file),
            entries: ready.entries(),
            hard_state: ready.hs(),
        };
        self.node.mut_store().persist(batch)?;
        self.outputs.writes += 1;
        self.state = read_state(self.node.store())?;
        self.outputs.advanced = true;
        self.outputs.installed = true;
        Ok(())
    }

    fn apply(&mut self, entries: Vec<Entry>) -> Result<(), Fatal> {
        self.outputs.advanced |= !entries.is_empty();
        for committed in entries {
            let index = committed.index;
            self.outputs.applied_bytes += committed.data.len() as u64;
            let (tickets, commands) = self.commands_of(&committed)?;
            if commands.is_empty() {
                self.state.skip(index);
                continue;
            }
            let first = self.outputs.applied.len();
            for Stamped { time_ms, command } in commands {
                let applied = self.state.apply(index, time_ms, &command);
                self.outputs.applied.push((index, command, applied));
            }
            let answers = tickets.into_iter().zip(first..);
            let answers = answers.map(|(ticket, position)| (ticket, Ok(position)));
            self.outputs.answers.extend(answers);
        }
        Ok(())
    }

    /// The commands of a committed entry, and who of this member's waits for them.
    fn commands_of(&mut self, committed: &Entry) -> Result<(Vec<Ticket>, Vec<Stamped>), Fatal> {
        match self.proposals.remove(&committed.index) {
            // Two entries of one index and term are the same.
            Some(ours) if ours.term == committed.term => return Ok((ours.tickets, ours.commands)),
            // The entry at the place of a proposal may be another leader's.
            Some(others) => self.outputs.drop_all(others.tickets),
            None => {}
        }
        let index = committed.index;
        let commands = entry::commands_of(committed);
        let commands = commands.map_err(|source| Fatal::Entry { index, source })?;
        Ok((Vec::new(), commands))
    }

    /// The state for readers: shares its pages with the live one.
    pub fn share_state(&self) -> Arc<State> {
        Arc::new(self.state.clone())
    }

    fn send_all(&self, send: &mut dyn FnMut(Vec<Message>), mut messages: Vec<Message>) {
        messages.retain_mut(|message| self.is_sound(message));
        if !messages.is_empty() {
            send(messages);
        }
    }

    /// Mends or gives up what raft-rs 0.7 gets wrong; it sends anew what is given up.
    fn is_sound(&self, message: &mut Message) -> bool {
        // A follower passes on what another one asked it as a leader. Nobody speaks for another.
        message.from == self.settings.member_id
            && (message.get_msg_type() != MessageType::MsgAppend || self.follows(message))
    }

    /// Batching adds entries to an append that was empty, whatever index that one followed: here
    /// it follows the entry before its first one again. False when the log begins after that.
    fn follows(&self, append: &mut Message) -> bool {
        let Some(first) = append.get_entries().first().map(|entry| entry.index) else {
            return true;
        };
        if append.index + 1 == first {
            return true;
        }
        append.index = first - 1;
        append.log_term = self.node.raft.raft_log.term(first - 1).unwrap_or(0);
        append.log_term > 0
    }
}
