//! raft-rs over the log store: the loop a replica runs, a member that joins by snapshot, restarts.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};

use protobuf::Message as _;
use raft::eraftpb::{
    ConfChange, ConfChangeType, ConfState, Entry, EntryType, HardState, Message, MessageType,
};
use raft::{Config, RawNode};
use tempfile::TempDir;

use super::snapshot_dir::metadata;
use super::{Batch, Identity, LogStore, SnapshotFile, genesis_metadata};

/// A member whose state is the list of the proposals it applied, one per line.
struct Member {
    node: RawNode<LogStore>,
    dir: TempDir,
    state: Vec<u8>,
    applied: u64,
    conf_state: ConfState,
}

impl Member {
    fn start(id: u64, dir: TempDir, founders: &[u64]) -> Self {
        let identity = Identity {
            cluster_id: 7,
            member_id: id,
            feature_level: 6,
        };
        let mut store = LogStore::open_dir(dir.path(), identity).unwrap();
        if store.snapshot_file().is_none() && founders.contains(&id) {
            let genesis = genesis_metadata((founders.to_vec(), vec![]).into());
            let file = store.snapshots().create(genesis).unwrap().finish().unwrap();
            store
                .persist(Batch {
                    snapshot: Some(&file),
                    ..Batch::default()
                })
                .unwrap();
        }
        let recorded = store.snapshot_file().cloned();
        let applied = recorded.as_ref().map_or(0, |file| file.metadata.index);
        let config = Config {
            id,
            applied,
            max_size_per_msg: 4096,
            ..Config::default()
        };
        let node = RawNode::new(
            &config,
            store,
            &slog::Logger::root(slog::Discard, slog::o!()),
        );
        let node = node.unwrap();
        let (state, conf_state) = (vec![], ConfState::default());
        let mut member = Member {
            node,
            dir,
            state,
            applied,
            conf_state,
        };
        recorded.iter().for_each(|file| member.load(file));
        member.drive();
        member
    }

    fn restart(mut self, id: u64) -> Self {
        let dir = std::mem::replace(&mut self.dir, TempDir::new().unwrap());
        drop(self);
        Member::start(id, dir, &[])
    }

    fn load(&mut self, file: &SnapshotFile) {
        self.state.clear();
        let mut reader = self.node.store().snapshots().read(file).unwrap();
        reader.read_to_end(&mut self.state).unwrap();
        self.applied = file.metadata.index;
        self.conf_state = file.metadata.get_conf_state().clone();
    }

    /// Handles all that is ready; returns the messages to send.
    fn drive(&mut self) -> Vec<Message> {
        let mut messages = Vec::new();
        while self.node.has_ready() {
            let mut ready = self.node.ready();
            messages.extend(ready.take_messages());
            let store = self.node.mut_store();
            let received = (!ready.snapshot().is_empty()).then(|| {
                let metadata = ready.snapshot().get_metadata();
                store
                    .snapshots()
                    .find(metadata.index, metadata.term)
                    .unwrap()
            });
            let batch = Batch {
                snapshot: received.as_ref(),
                entries: ready.entries(),
                hard_state: ready.hs(),
            };
            store.persist(batch).unwrap();
            messages.extend(ready.take_persisted_messages());
            received.iter().for_each(|file| self.load(file));
            self.apply(ready.take_committed_entries());
            let mut light = self.node.advance(ready);
            if let Some(commit) = light.commit_index() {
                let store = self.node.mut_store();
                let state = HardState {
                    commit,
                    ..store.hard_state().clone()
                };
                store
                    .persist(Batch {
                        hard_state: Some(&state),
                        ..Batch::default()
                    })
                    .unwrap();
            }
            messages.extend(light.take_messages());
            self.apply(light.take_committed_entries());
            self.node.advance_apply();
        }
        if self.node.mut_store().take_snapshot_wanted() {
            self.snapshot();
        }
        messages
    }

    fn apply(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            assert_eq!(entry.index, self.applied + 1);
            self.applied = entry.index;
            if entry.get_entry_type() == EntryType::EntryConfChange {
                let change = ConfChange::parse_from_bytes(&entry.data).unwrap();
                self.conf_state = self.node.apply_conf_change(&change).unwrap();
            } else if !entry.data.is_empty() {
                self.state.extend_from_slice(&entry.data);
                self.state.push(b'\n');
            }
        }
    }

    /// Takes a snapshot of all that is applied and compacts the log up to it.
    fn snapshot(&mut self) {
        let store = self.node.mut_store();
        let term = raft::Storage::term(store, self.applied).unwrap();
        let metadata = metadata(self.applied, term, self.conf_state.clone());
        let mut writer = store.snapshots().create(metadata).unwrap();
        writer.write_all(&self.state).unwrap();
        let file = writer.finish().unwrap();
        store.record_snapshot(&file).unwrap();
        store.compact(self.applied).unwrap();
    }
}

struct Cluster(BTreeMap<u64, Member>);

impl Cluster {
    /// Delivers messages, and before a snapshot message its file, until there are none.
    fn settle(&mut self) {
        loop {
            let sent: Vec<Message> = self.0.values_mut().flat_map(Member::drive).collect();
            if sent.is_empty() {
                return;
            }
            for message in sent {
                if message.get_msg_type() == MessageType::MsgSnapshot {
                    self.copy_snapshot(&message);
                }
                if let Some(receiver) = self.0.get_mut(&message.to) {
                    // An answer from a member that is not known yet is not an error here.
                    let _ = receiver.node.step(message);
                }
            }
        }
    }

    fn copy_snapshot(&self, message: &Message) {
        let metadata = message.get_snapshot().get_metadata();
        let sender = self.0[&message.from].node.store().snapshots();
        let file = sender.find(metadata.index, metadata.term).unwrap();
        let bytes = fs::read(sender.path_of(&file)).unwrap();
        let Some(receiver) = self.0.get(&message.to) else {
            return;
        };
        let mut target = receiver
            .node
            .store()
            .snapshots()
            .receive(file.file_bytes)
            .unwrap();
        target.write_all(&bytes).unwrap();
        assert_eq!(target.finish().unwrap(), file);
    }

    fn propose(&mut self, leader: u64, count: u64) {
        for number in 0..count {
            let data = format!("proposal {number} to {leader}").into_bytes();
            self.0
                .get_mut(&leader)
                .unwrap()
                .node
                .propose(vec![], data)
                .unwrap();
            self.settle();
        }
    }

    fn elect(&mut self, leader: u64) {
        self.0.get_mut(&leader).unwrap().node.campaign().unwrap();
        self.settle();
    }

    fn tick(&mut self, leader: u64) {
        for _ in 0..3 {
            self.0.get_mut(&leader).unwrap().node.tick();
        }
        self.settle();
    }
}

#[test]
fn members_join_by_snapshot_and_restart() {
    let start = |id| (id, Member::start(id, TempDir::new().unwrap(), &[1, 2]));
    let mut cluster = Cluster([start(1), start(2)].into());
    cluster.elect(1);
    cluster.propose(1, 20);
    cluster.0.get_mut(&1).unwrap().snapshot();

    cluster.0.extend([start(3)]);
    let change = ConfChange {
        change_type: ConfChangeType::AddNode,
        node_id: 3,
        ..ConfChange::default()
    };
    cluster
        .0
        .get_mut(&1)
        .unwrap()
        .node
        .propose_conf_change(vec![], change)
        .unwrap();
    cluster.settle();
    cluster.tick(1);
    cluster.tick(1);
    cluster.propose(1, 20);
    let joined = cluster.0[&3].node.store();
    assert_eq!(
        joined.snapshot_file(),
        cluster.0[&1].node.store().snapshot_file()
    );
    assert!(joined.first_index() > 20);

    let expect = (
        cluster.0[&1].state.clone(),
        cluster.0[&1].conf_state.clone(),
    );
    assert_eq!(expect.1.voters, [1, 2, 3]);
    let stopped = std::mem::take(&mut cluster.0);
    cluster.0 = stopped
        .into_iter()
        .map(|(id, member)| (id, member.restart(id)))
        .collect();
    cluster.elect(3);
    cluster.tick(3);
    for (id, member) in &cluster.0 {
        let found = (member.state.clone(), member.conf_state.clone());
        assert_eq!(found, expect, "member {id}");
    }
    cluster.propose(3, 1);
    assert!(
        cluster
            .0
            .values()
            .all(|member| member.state.ends_with(b"proposal 0 to 3\n"))
    );
}
