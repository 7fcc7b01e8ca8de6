//! Linearizable reads: one ReadIndex for all that were asked since the last one.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use raft::{RawNode, ReadState};

use super::{Dropped, Ticket};
use crate::log_store::LogStore;

/// Ticks after which an unanswered question is asked again.
const RETRY_TICKS: u32 = 3;
/// Ticks after which it is given up.
const GIVE_UP_TICKS: u32 = 60;
/// Questions on their way at most.
const ROUNDS_MAX: usize = 64;

struct Round {
    context: u64,
    tickets: Vec<Ticket>,
    ticks: u32,
    /// Index the state must have reached, once the quorum has answered.
    index: Option<u64>,
}

pub(super) struct Reads {
    member_id: u64,
    /// Drawn at every start: an answer to a question from before it, still on its way, would else
    /// be taken for the answer to a new one of the same number. Decides nothing, so that runs
    /// repeat themselves nevertheless.
    start: u64,
    next_context: u64,
    asked: Vec<Ticket>,
    rounds: VecDeque<Round>,
    given_up: Vec<Ticket>,
}

impl Reads {
    pub(super) fn new(member_id: u64) -> Reads {
        Reads {
            member_id,
            start: RandomState::new().build_hasher().finish(),
            next_context: 0,
            asked: Vec::new(),
            rounds: VecDeque::new(),
            given_up: Vec::new(),
        }
    }

    pub(super) fn ask(&mut self, ticket: Ticket) {
        self.asked.push(ticket);
    }

    /// Sends one question for everything asked.
    pub(super) fn issue(&mut self, node: &mut RawNode<LogStore>) {
        if self.asked.is_empty() || self.rounds.len() >= ROUNDS_MAX {
            return;
        }
        self.next_context += 1;
        let context = self.next_context;
        let tickets = std::mem::take(&mut self.asked);
        self.rounds.push_back(Round {
            context,
            tickets,
            ticks: 0,
            index: None,
        });
        node.read_index(self.bytes(context));
    }

    /// A leader that has committed nothing in its term, or none at all, leaves a question
    /// unanswered: it is asked again. At last it is given up, also when it was answered but the
    /// entry the answer names does not come.
    pub(super) fn tick(&mut self, node: &mut RawNode<LogStore>) {
        let mut again = Vec::new();
        for round in &mut self.rounds {
            round.ticks += 1;
            if round.index.is_none() && round.ticks % RETRY_TICKS == 0 {
                again.push(round.context);
            }
        }
        for context in again {
            node.read_index(self.bytes(context));
        }
        self.rounds.retain_mut(|round| {
            let over = round.ticks >= GIVE_UP_TICKS;
            if over {
                self.given_up.append(&mut round.tickets);
            }
            !over
        });
    }

    /// A quorum has confirmed the leader.
    pub(super) fn confirmed(&mut self, states: Vec<ReadState>) {
        for state in states {
            let Some(context) = self.context(&state.request_ctx) else {
                continue;
            };
            for round in self
                .rounds
                .iter_mut()
                .filter(|round| round.context == context)
            {
                round.index = Some(state.index);
            }
        }
    }

    /// Lets go of what the state has reached.
    pub(super) fn release(&mut self, applied: u64, reads: &mut Vec<(Ticket, Result<(), Dropped>)>) {
        self.rounds.retain_mut(|round| {
            let reached = round.index.is_some_and(|index| index <= applied);
            if reached {
                reads.extend(round.tickets.drain(..).map(|ticket| (ticket, Ok(()))));
            }
            !reached
        });
        let given_up = self.given_up.drain(..);
        reads.extend(given_up.map(|ticket| (ticket, Err(Dropped::NotLeader))));
    }

    fn bytes(&self, context: u64) -> Vec<u8> {
        [self.member_id, self.start, context]
            .map(u64::to_le_bytes)
            .concat()
    }

    fn context(&self, bytes: &[u8]) -> Option<u64> {
        let (asker, context) = bytes.split_at_checked(16)?;
        let mine = asker == [self.member_id, self.start].map(u64::to_le_bytes).concat();
        context
            .try_into()
            .ok()
            .map(u64::from_le_bytes)
            .filter(|_| mine)
    }
}
