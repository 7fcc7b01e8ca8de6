//! One member: its disk, its directory of snapshots, the replica while it is up, and what was
//! asked of it since it started.

use std::collections::BTreeMap;
use std::io::Write as _;

use ewc_core::command::{Command, Stamped, Submission};
use ewc_proto::{convert, v1};
use ewc_scheduler::log_store::{Identity, LogStore, SnapshotDir, SnapshotFile};
use ewc_scheduler::replica::{Dropped, Replica, Settings, Ticket};
use ewc_scheduler::transport::FEATURE_LEVEL;
use raft::eraftpb::{Message, MessageType};
use tempfile::TempDir;

use crate::disk::FaultDisk;

/// Tenant of every write.
pub const TENANT: &str = "t";
/// Ticks without a leader before an election.
pub const ELECTION_TICKS: usize = 5;
/// Entries kept behind a snapshot.
const KEEP_ENTRIES: u64 = 3;

pub struct Member {
    pub id: u64,
    pub disk: FaultDisk,
    pub dir: TempDir,
    pub replica: Option<Replica>,
    /// Counts from 1 at every start, as the driver's does.
    next_ticket: Ticket,
    /// Writes asked since the start, by ticket: their key.
    pub writes: BTreeMap<Ticket, String>,
    /// Reads asked since the start: how many writes had been acknowledged by then.
    pub reads: BTreeMap<Ticket, usize>,
}

impl Member {
    pub fn new(id: u64) -> Member {
        Member {
            id,
            disk: FaultDisk::default(),
            dir: TempDir::new().unwrap(),
            replica: None,
            next_ticket: 0,
            writes: BTreeMap::new(),
            reads: BTreeMap::new(),
        }
    }

    pub fn start(&mut self, voters: &[u64], seed: u64) {
        let identity = Identity {
            cluster_id: 1,
            member_id: self.id,
            feature_level: FEATURE_LEVEL,
        };
        let snapshots = SnapshotDir::open(self.dir.path().join("snapshots")).unwrap();
        let store = LogStore::open(self.disk.clone(), identity, snapshots).unwrap();
        let settings = Settings {
            member_id: self.id,
            voters: voters.to_vec(),
            election_ticks: ELECTION_TICKS,
            heartbeat_ticks: 1,
            limits: Default::default(),
            election_seed: Some(seed),
        };
        self.replica = Some(Replica::open(store, settings).unwrap());
    }

    /// The process ends without a farewell; what waited for it will never know.
    pub fn crash(&mut self) {
        self.replica = None;
        self.disk.crash();
        self.next_ticket = 0;
        self.writes.clear();
        self.reads.clear();
    }

    pub fn replica(&self) -> &Replica {
        self.replica.as_ref().unwrap()
    }

    pub fn replica_mut(&mut self) -> &mut Replica {
        self.replica.as_mut().unwrap()
    }

    pub fn leads(&self) -> bool {
        self.replica.as_ref().is_some_and(Replica::is_leader)
    }

    pub fn write(&mut self, key: &str, time_ms: i64) -> Result<Ticket, Dropped> {
        let tickets = self.write_together(&[key.to_owned()], time_ms)?;
        Ok(tickets[0])
    }

    /// Writes that share one entry.
    pub fn write_together(
        &mut self,
        keys: &[String],
        time_ms: i64,
    ) -> Result<Vec<Ticket>, Dropped> {
        let first = self.next_ticket + 1;
        self.next_ticket += keys.len() as u64;
        let command = |key: &String| Stamped {
            time_ms,
            command: write_command(key),
        };
        let commands = (first..).zip(keys.iter().map(command)).collect();
        // As the driver does, of a crowd; heartbeats tell of the commit here.
        self.replica_mut().announce_later(keys.len() > 1);
        self.replica_mut().propose(commands)?;
        self.writes.extend((first..).zip(keys.iter().cloned()));
        Ok((first..=self.next_ticket).collect())
    }

    pub fn read(&mut self, acknowledged: usize) -> Ticket {
        self.next_ticket += 1;
        let ticket = self.next_ticket;
        self.replica_mut().read(ticket);
        self.reads.insert(ticket, acknowledged);
        ticket
    }

    /// Writes a snapshot of the state, records it and gives up the log before it. False when the
    /// disk failed.
    pub fn snapshot(&mut self) -> bool {
        let file = self.write_snapshot();
        self.record(&file)
    }

    pub fn write_snapshot(&self) -> SnapshotFile {
        let replica = self.replica();
        let metadata = replica.snapshot_metadata().unwrap();
        let mut writer = replica.log().snapshots().create(metadata).unwrap();
        replica.state().write_snapshot(&mut writer).unwrap();
        writer.flush().unwrap();
        writer.finish().unwrap()
    }

    pub fn record(&mut self, file: &SnapshotFile) -> bool {
        let replica = self.replica_mut();
        let before = file.metadata.index.saturating_sub(KEEP_ENTRIES);
        replica
            .record_snapshot(file)
            .and_then(|()| replica.compact(before))
            .is_ok()
    }

    /// The message that announces the recorded snapshot.
    pub fn announcement(&self, to: u64) -> Message {
        let replica = self.replica();
        let mut message = Message::default();
        message.set_msg_type(MessageType::MsgSnapshot);
        (message.from, message.to, message.term) = (self.id, to, replica.term());
        let metadata = replica.log().snapshot_file().unwrap().metadata.clone();
        message.mut_snapshot().set_metadata(metadata);
        message
    }

    /// The bytes of the snapshot that a message announces; they may be gone by now.
    pub fn snapshot_bytes(&self, message: &Message) -> Option<Vec<u8>> {
        let metadata = message.get_snapshot().get_metadata();
        let snapshots = self.replica().log().snapshots();
        let file = snapshots.find(metadata.index, metadata.term).ok()?;
        std::fs::read(snapshots.path_of(&file)).ok()
    }

    pub fn receive(&self, bytes: &[u8]) -> SnapshotFile {
        let snapshots = self.replica().log().snapshots();
        let mut receiver = snapshots.receive(bytes.len() as u64).unwrap();
        receiver.write_all(bytes).unwrap();
        receiver.finish().unwrap()
    }

    /// True when the state holds the write of that key.
    pub fn holds(&self, key: &str) -> bool {
        self.replica().state().job_by_key(TENANT, key).is_some()
    }
}

/// Stores one job under `key`; no network is needed for that.
pub fn write_command(key: &str) -> Command {
    let group = v1::TaskGroup {
        name: "main".to_owned(),
        resources: Some(v1::Resources {
            cpu_millis: 1000,
            memory_mib: 64,
            accelerators: 0,
        }),
        payload: Some(v1::Payload {
            what: Some(v1::payload::What::Process(v1::ProcessPayload {
                argv: vec!["true".to_owned()],
            })),
            ..v1::Payload::default()
        }),
        estimate_ms: 1000,
        ..v1::TaskGroup::default()
    };
    let wire = v1::JobSpec {
        name: key.to_owned(),
        groups: vec![group],
        ..v1::JobSpec::default()
    };
    let (spec, _) = convert::job_spec_from_wire(wire).unwrap();
    let (tenant, key) = (TENANT.to_owned(), key.to_owned());
    Command::SubmitJobs(vec![Submission {
        tenant,
        key,
        body_digest: [7; 32],
        spec: spec.into(),
    }])
}
