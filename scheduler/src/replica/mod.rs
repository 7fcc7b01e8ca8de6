//! One member of the replicated scheduler: raft-rs, the log and the state, driven synchronously.
//!
//! Inputs are method calls, outputs are what [`Replica::poll`] returns. There is no clock, no
//! thread, no network and no tokio here: who drives it supplies ticks and time, carries messages
//! and answers waiters. An error from the log is final, and the caller ends the process
//! (invariant 6).

mod entry;
mod reads;
mod ready;
mod validate;

use std::collections::BTreeMap;
use std::io::Write as _;

use ewc_core::State;
use ewc_core::command::{Command, Stamped};
use ewc_core::state::{Applied, Limits};
use raft::eraftpb::{Message, Snapshot};
use raft::{Config, RawNode, StateRole};

use crate::log_store::{self, Batch, LogStore, SnapshotFile, genesis_metadata};

pub use entry::{EntryError, commands_of, encode_commands, is_plan};
pub use validate::PeerError;

use reads::Reads;

/// A ticket for something asked of the replica; the answer carries it back.
pub type Ticket = u64;

/// What shapes a replica; the same on every member but for `member_id`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// This member.
    pub member_id: u64,
    /// All members.
    pub voters: Vec<u64>,
    /// Ticks without a leader before an election.
    pub election_ticks: usize,
    /// Ticks between heartbeats.
    pub heartbeat_ticks: usize,
    /// Limits of the founding state.
    pub limits: Limits,
    /// Seed of the election timeouts; `None` leaves them to raft-rs.
    pub election_seed: Option<u64>,
}

/// An error that ends the process.
#[derive(Debug, thiserror::Error)]
pub enum Fatal {
    /// The log failed or is damaged.
    #[error("log: {0}")]
    Log(#[from] log_store::Error),
    /// The consensus library refused to go on.
    #[error("raft: {0}")]
    Raft(#[from] raft::Error),
    /// A committed entry cannot be read.
    #[error("entry {index}: {source}")]
    Entry {
        /// Its index.
        index: u64,
        /// What is wrong with it.
        source: EntryError,
    },
    /// A snapshot cannot be read or written.
    #[error("snapshot: {0}")]
    Snapshot(String),
}

/// Why a proposal was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Dropped {
    /// This member does not lead.
    #[error("this member does not lead")]
    NotLeader,
    /// Too much is on its way already.
    #[error("too many proposals are on their way")]
    Busy,
    /// Leadership was lost; whether the proposal will be committed is not known.
    #[error("leadership was lost on the way; ask again with the same key")]
    Unknown,
}

/// What a call of [`Replica::poll`] brought about.
#[derive(Debug, Default)]
pub struct Outputs {
    /// Messages that peers may have before this member's write is durable.
    pub messages: Vec<Message>,
    /// Commands applied, in order: index of the entry, command, what it did.
    pub applied: Vec<(u64, Command, Applied)>,
    /// Bytes of the entries that these commands came in.
    pub applied_bytes: u64,
    /// Answers to proposals of this member: position in `applied`, or why there is none.
    pub answers: Vec<(Ticket, Result<usize, Dropped>)>,
    /// Reads that may be answered from the state as it is now.
    pub reads: Vec<(Ticket, Result<(), Dropped>)>,
    /// The state moved on: entries were applied or skipped, or a snapshot was installed.
    pub advanced: bool,
    /// A snapshot was installed: the state is a new one.
    pub installed: bool,
    /// Durable writes made.
    pub writes: u32,
}

impl Outputs {
    /// What became of these proposals nobody knows.
    fn drop_all(&mut self, tickets: Vec<Ticket>) {
        let unknown = |ticket| (ticket, Err(Dropped::Unknown));
        self.answers.extend(tickets.into_iter().map(unknown));
    }
}

/// An entry of this member's own that is on its way.
struct Proposed {
    /// The term it was proposed in.
    term: u64,
    /// Who waits for its commands, one by one.
    tickets: Vec<Ticket>,
    /// What it holds, so that it need not be decoded again.
    commands: Vec<Stamped>,
}

/// One member.
pub struct Replica {
    node: RawNode<LogStore>,
    state: State,
    settings: Settings,
    /// By index. A ticket in the entry itself could be that of another member, or of this one
    /// before it restarted.
    proposals: BTreeMap<u64, Proposed>,
    reads: Reads,
    /// Snapshots received since the last poll; raft-rs installs at most one of them.
    received: Vec<SnapshotFile>,
    outputs: Outputs,
}

impl Replica {
    /// Opens a member on its log, and founds it when the log is empty. What was committed is
    /// applied again by the first calls of [`Replica::poll`].
    pub fn open(mut store: LogStore, settings: Settings) -> Result<Replica, Fatal> {
        if store.snapshot_file().is_none() {
            found(&mut store, &settings)?;
        }
        let state = read_state(&store)?;
        let applied = store.snapshot_file().map_or(0, |file| file.metadata.index);
        let config = Config {
            id: settings.member_id,
            election_tick: settings.election_ticks,
            heartbeat_tick: settings.heartbeat_ticks,
            applied,
            // Defaults are unsafe or unbounded.
            check_quorum: true,
            pre_vote: true,
            max_size_per_msg: 1 << 20,
            max_inflight_msgs: 256,
            max_uncommitted_size: 64 << 20,
            max_committed_size_per_ready: 8 << 20,
            batch_append: true,
            ..Config::default()
        };
        let logger = slog::Logger::root(slog::Discard, slog::o!());
        let node = RawNode::new(&config, store, &logger)?;
        let mut replica = Replica {
            node,
            state,
            reads: Reads::new(settings.member_id),
            settings,
            proposals: BTreeMap::new(),
            received: Vec::new(),
            outputs: Outputs::default(),
        };
        if replica.settings.voters.len() == 1 {
            replica.node.campaign()?;
        }
        Ok(replica)
    }

    /// Time goes by: one tick of the election and heartbeat counters.
    pub fn tick(&mut self) {
        self.node.tick();
        self.reads.tick(&mut self.node);
        self.seed_election();
    }

    /// Takes a message of a peer. One that could never be right is refused.
    pub fn step(&mut self, message: Message) -> Result<(), PeerError> {
        self.step_checked(message, None)
    }

    /// Takes a snapshot that was received as a file, with the message that announced it.
    pub fn step_snapshot(&mut self, message: Message, file: SnapshotFile) -> Result<(), PeerError> {
        self.step_checked(message, Some(file))
    }

    fn step_checked(
        &mut self,
        message: Message,
        file: Option<SnapshotFile>,
    ) -> Result<(), PeerError> {
        validate::peer_message(&message, file.as_ref(), &self.settings, &self.node)?;
        self.received.extend(file);
        // raft-rs refuses messages of members it does not know; that is no harm.
        let _ = self.node.step(message);
        self.seed_election();
        Ok(())
    }

    /// Proposes commands, each with the time it is stamped with, as one entry: all of them enter
    /// the log, in this order, or none. The answers come with the tickets.
    pub fn propose(&mut self, commands: Vec<(Ticket, Stamped)>) -> Result<(), Dropped> {
        if !self.is_leader() {
            return Err(Dropped::NotLeader);
        }
        let (tickets, commands): (Vec<_>, Vec<_>) = commands.into_iter().unzip();
        let data = encode_commands(&commands);
        self.node
            .propose(Vec::new(), data)
            .map_err(|error| match error {
                raft::Error::ProposalDropped => Dropped::Busy,
                _ => Dropped::NotLeader,
            })?;
        let raft = &self.node.raft;
        let proposed = Proposed {
            term: raft.term,
            tickets,
            commands,
        };
        self.proposals.insert(raft.raft_log.last_index(), proposed);
        Ok(())
    }

    /// Whether followers hear of what is committed from now on with the entries after it, which
    /// saves a message to each of them and its answer. For a leader that is about to propose more,
    /// or calls [`Replica::announce`]; else they hear of it with the next heartbeat only.
    pub fn announce_later(&mut self, later: bool) {
        self.node.raft.skip_bcast_commit(later);
    }

    /// Tells followers what is committed, if this member leads.
    pub fn announce(&mut self) {
        if self.is_leader() {
            self.node.raft.bcast_append();
        }
    }

    /// Asks for a linearizable read: the answer says when the state is as new as the question.
    pub fn read(&mut self, ticket: Ticket) {
        self.reads.ask(ticket);
    }

    /// Does everything that is to do now: one durable write for all of it, if any is needed.
    pub fn poll(&mut self, send: &mut dyn FnMut(Vec<Message>)) -> Result<Outputs, Fatal> {
        self.reads.issue(&mut self.node);
        while self.node.has_ready() {
            self.handle_ready(send)?;
        }
        self.received.clear();
        if !self.is_leader() {
            for proposed in std::mem::take(&mut self.proposals).into_values() {
                self.outputs.drop_all(proposed.tickets);
            }
        }
        self.reads
            .release(self.state.index(), &mut self.outputs.reads);
        Ok(std::mem::take(&mut self.outputs))
    }

    /// The state as of the last applied entry.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// True while this member leads.
    pub fn is_leader(&self) -> bool {
        self.node.raft.state == StateRole::Leader
    }

    /// True when this member leads and has applied an entry of its own term: what it says of the
    /// state is not older than what any earlier leader acknowledged.
    pub fn is_ready_leader(&self) -> bool {
        self.is_leader() && self.node.raft.commit_to_current_term()
    }

    /// Who leads, as far as this member knows.
    pub fn leader(&self) -> Option<u64> {
        Some(self.node.raft.leader_id).filter(|id| *id != raft::INVALID_ID)
    }

    /// The term this member is in.
    pub fn term(&self) -> u64 {
        self.node.raft.term
    }

    /// Index up to which the log is committed.
    pub fn committed(&self) -> u64 {
        self.node.raft.raft_log.committed
    }

    /// How far each member's log matches; only the leader knows.
    pub fn matches(&self) -> Vec<(u64, u64)> {
        match self.is_leader() {
            true => self
                .node
                .raft
                .prs()
                .iter()
                .map(|(id, peer)| (*id, peer.matched))
                .collect(),
            false => Vec::new(),
        }
    }

    /// The log, for its directory of snapshots and its entries.
    pub fn log(&self) -> &LogStore {
        self.node.store()
    }

    /// A message could not be delivered.
    pub fn peer_unreachable(&mut self, peer: u64) {
        self.node.report_unreachable(peer);
    }

    /// A snapshot was delivered or not.
    pub fn snapshot_sent(&mut self, peer: u64, delivered: bool) {
        let status = match delivered {
            true => raft::SnapshotStatus::Finish,
            false => raft::SnapshotStatus::Failure,
        };
        self.node.report_snapshot(peer, status);
    }

    /// What names a snapshot of the present state.
    pub fn snapshot_metadata(&self) -> Result<raft::eraftpb::SnapshotMetadata, Fatal> {
        let index = self.state.index();
        let mut metadata = Snapshot::default().take_metadata();
        metadata.set_index(index);
        metadata.set_term(raft::Storage::term(self.node.store(), index)?);
        let voters = self.settings.voters.clone();
        metadata.set_conf_state((voters, Vec::new()).into());
        Ok(metadata)
    }

    /// A snapshot of this member's own state is on disk: a restart begins there.
    pub fn record_snapshot(&mut self, file: &SnapshotFile) -> Result<(), Fatal> {
        Ok(self.node.mut_store().record_snapshot(file)?)
    }

    /// Gives the log up to and including `to_index`, which the recorded snapshot covers.
    pub fn compact(&mut self, to_index: u64) -> Result<(), Fatal> {
        self.node.mut_store().compact(to_index)?;
        Ok(())
    }

    /// Draws the election timeout from the seed, so that a simulation repeats itself.
    fn seed_election(&mut self) {
        let Some(seed) = self.settings.election_seed else {
            return;
        };
        let base = self.settings.election_ticks as u64;
        let mixed = (seed ^ self.settings.member_id.rotate_left(32) ^ self.node.raft.term)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let timeout = base + (mixed >> 33) % base.max(1);
        self.node
            .raft
            .set_randomized_election_timeout(timeout as usize);
    }
}

/// Writes the first snapshot: an empty state and the names of the voters, equal on all members.
fn found(store: &mut LogStore, settings: &Settings) -> Result<(), Fatal> {
    let metadata = genesis_metadata((settings.voters.clone(), Vec::new()).into());
    let mut state = State::new(settings.limits);
    state.skip(metadata.index);
    let mut writer = store.snapshots().create(metadata)?;
    state
        .write_snapshot(&mut writer)
        .map_err(|error| Fatal::Snapshot(error.to_string()))?;
    writer
        .flush()
        .map_err(|error| Fatal::Snapshot(error.to_string()))?;
    let file = writer.finish()?;
    store.persist(Batch {
        snapshot: Some(&file),
        ..Batch::default()
    })?;
    Ok(())
}

fn read_state(store: &LogStore) -> Result<State, Fatal> {
    let missing = || Fatal::Snapshot("the store records none".to_owned());
    let file = store.snapshot_file().ok_or_else(missing)?;
    let mut reader = store.snapshots().read(file)?;
    State::read_snapshot(&mut reader).map_err(|error| Fatal::Snapshot(error.to_string()))
}
