//! What a peer cannot have meant is refused: it neither ends the process nor changes the log.

use ewc_scheduler::replica::PeerError;
use raft::eraftpb::{Entry, Message, MessageType, Snapshot};

use crate::cluster::Cluster;

/// What a message is made of, seen from who gets it.
pub struct Scene {
    pub me: u64,
    pub peer: u64,
    pub term: u64,
    pub last: u64,
}

/// Three members with a few writes behind them; the messages go to a follower or to the leader.
pub fn scene(to_leader: bool) -> (Cluster, Scene) {
    let mut cluster = Cluster::new(3, 11);
    let leader = cluster.elect();
    for number in 0..4 {
        cluster.write(leader, &format!("w{number}")).unwrap();
        cluster.rounds(3);
    }
    let follower = cluster.ids().into_iter().find(|id| *id != leader).unwrap();
    let (me, peer) = if to_leader {
        (leader, follower)
    } else {
        (follower, leader)
    };
    let replica = cluster.members[&me].replica();
    let (term, last) = (replica.term(), replica.log().last_index());
    (
        cluster,
        Scene {
            me,
            peer,
            term,
            last,
        },
    )
}

pub fn message(scene: &Scene, kind: MessageType) -> Message {
    let mut message = Message::default();
    message.set_msg_type(kind);
    (message.from, message.to) = (scene.peer, scene.me);
    (message.term, message.index, message.log_term) = (scene.term, scene.last, scene.term);
    message
}

pub fn entry(index: u64, term: u64) -> Entry {
    Entry {
        index,
        term,
        ..Entry::default()
    }
}

pub fn snapshot(index: u64, term: u64, voters: &[u64]) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let metadata = snapshot.mut_metadata();
    (metadata.index, metadata.term) = (index, term);
    metadata.set_conf_state((voters.to_vec(), Vec::new()).into());
    snapshot
}

type Spoil = fn(&mut Message, &Scene);

/// Name, whether it goes to the leader, kind, and what is wrong with it.
#[rustfmt::skip]
const IMPOSSIBLE: &[(&str, bool, MessageType, Spoil)] = {
    use MessageType::*;
    &[
        ("for another", false, MsgHeartbeat, |m, s| {
            m.to = s.me % 3 + 1
        }),
        ("for nobody", false, MsgHeartbeat, |m, _| m.to = 0),
        ("from a stranger", false, MsgHeartbeat, |m, _| m.from = 9),
        ("from nobody", false, MsgHeartbeat, |m, _| m.from = 0),
        ("from oneself", false, MsgHeartbeat, |m, s| m.from = s.me),
        ("hup", false, MsgHup, |_, _| ()),
        ("beat", true, MsgBeat, |_, _| ()),
        ("unreachable", true, MsgUnreachable, |_, _| ()),
        ("snapshot status", true, MsgSnapStatus, |_, _| ()),
        ("check quorum", true, MsgCheckQuorum, |_, _| ()),
        ("proposal", true, MsgPropose, |m, _| {
            m.set_entries(vec![entry(0, 0)].into())
        }),
        ("empty proposal", true, MsgPropose, |_, _| ()),
        ("transfer of leadership", true, MsgTransferLeader, |_, _| ()),
        ("order to campaign", false, MsgTimeoutNow, |_, _| ()),
        ("heartbeat without term", false, MsgHeartbeat, |m, _| {
            m.term = 0
        }),
        ("append without term", false, MsgAppend, |m, _| m.term = 0),
        ("vote request without term", false, MsgRequestVote, |m, _| m.term = 0),
        ("pre-vote without term", false, MsgRequestPreVote, |m, _| {
            m.term = 0
        }),
        ("vote without term", false, MsgRequestVoteResponse, |m, _| m.term = 0),
        ("append answer without term", true, MsgAppendResponse, |m, _| m.term = 0),
        ("last of all terms", false, MsgRequestVote, |m, _| {
            m.term = u64::MAX
        }),
        ("heartbeat commits beyond the log", false, MsgHeartbeat, |m, s| m.commit = s.last + 1),
        (
            "heartbeat of a new term commits beyond",
            false,
            MsgHeartbeat,
            |m, s| {
                (m.term, m.commit) = (s.term + 1, s.last + 1);
            },
        ),
        ("gap before the entries", false, MsgAppend, |m, s| {
            m.set_entries(vec![entry(s.last + 2, s.term)].into());
        }),
        ("gap between entries", false, MsgAppend, |m, s| {
            m.set_entries(vec![entry(s.last + 1, s.term), entry(s.last + 3, s.term)].into());
        }),
        ("entry of term 0", false, MsgAppend, |m, s| {
            m.set_entries(vec![entry(s.last + 1, 0)].into());
        }),
        ("entry of a later term", false, MsgAppend, |m, s| {
            m.set_entries(vec![entry(s.last + 1, s.term + 1)].into());
        }),
        ("terms of entries fall", false, MsgAppend, |m, s| {
            m.term = s.term + 2;
            m.set_entries(vec![entry(s.last + 1, s.term + 1), entry(s.last + 2, s.term)].into());
        }),
        (
            "entry older than the one before",
            false,
            MsgAppend,
            |m, s| {
                (m.term, m.log_term) = (s.term + 1, s.term + 1);
                m.set_entries(vec![entry(s.last + 1, s.term)].into());
            },
        ),
        (
            "append after an entry without term",
            false,
            MsgAppend,
            |m, s| {
                (m.index, m.log_term) = (s.last + 5, 0);
                m.set_entries(vec![entry(s.last + 6, s.term)].into());
            },
        ),
        (
            "append at the end of all numbers",
            false,
            MsgAppend,
            |m, s| {
                m.index = u64::MAX;
                m.set_entries(vec![entry(0, s.term)].into());
            },
        ),
        ("answer beyond the leader's log", true, MsgAppendResponse, |m, s| m.index = s.last + 1),
        ("question without context", true, MsgReadIndex, |m, _| {
            m.term = 0
        }),
        ("question with two contexts", true, MsgReadIndex, |m, _| {
            m.term = 0;
            m.set_entries(vec![entry(0, 0), entry(0, 0)].into());
        }),
        ("answer to no question", false, MsgReadIndexResp, |_, _| ()),
        ("snapshot without its file", false, MsgSnapshot, |m, s| {
            m.set_snapshot(snapshot(s.last + 5, s.term, &[1, 2, 3]));
        }),
        ("snapshot of nothing", false, MsgSnapshot, |_, _| ()),
    ]
};

#[test]
fn impossible_messages_are_refused() {
    for (name, to_leader, kind, spoil) in IMPOSSIBLE {
        let (mut cluster, scene) = scene(*to_leader);
        let mut spoilt = message(&scene, *kind);
        spoil(&mut spoilt, &scene);
        let before = cluster.members[&scene.me]
            .replica()
            .log()
            .hard_state()
            .clone();
        let refused = cluster.member(scene.me).replica_mut().step(spoilt);
        assert!(refused.is_err(), "{name}: {refused:?}");
        let replica = cluster.members[&scene.me].replica();
        assert_eq!(replica.term(), before.term, "{name}");
        assert_eq!(replica.log().last_index(), scene.last, "{name}");
        cluster.settle();
    }
}

#[test]
fn a_stale_heartbeat_is_answered_whatever_it_commits() {
    let (mut cluster, scene) = scene(false);
    let mut stale = message(&scene, MessageType::MsgHeartbeat);
    (stale.term, stale.commit) = (scene.term - 1, scene.last + 7);
    assert_eq!(cluster.member(scene.me).replica_mut().step(stale), Ok(()));
    cluster.settle();
}

/// Index, term and voters that the message names beside those of the file.
type Names = (u64, u64, &'static [u64]);
type Rename = fn(u64, u64) -> Names;

#[test]
fn a_snapshot_that_is_not_the_one_announced_is_refused() {
    let cases: &[(&str, Rename)] = &[
        ("another index", |index, term| (index + 1, term, &[1, 2, 3])),
        ("another term", |index, term| (index, term + 1, &[1, 2, 3])),
        ("no term", |index, _| (index, 0, &[1, 2, 3])),
        ("fewer voters", |index, term| (index, term, &[1, 2])),
        ("other voters", |index, term| (index, term, &[1, 2, 4])),
        ("no voters", |index, term| (index, term, &[])),
    ];
    for (name, names) in cases {
        let (mut cluster, scene) = scene(false);
        cluster.member(scene.peer).snapshot();
        let file = cluster.members[&scene.peer]
            .replica()
            .log()
            .snapshot_file()
            .unwrap()
            .clone();
        let (index, term) = (file.metadata.index, file.metadata.term);
        let mut real = message(&scene, MessageType::MsgSnapshot);
        real.set_snapshot(snapshot(index, term, &[1, 2, 3]));
        let bytes = cluster.members[&scene.peer].snapshot_bytes(&real).unwrap();
        let (index, term, voters) = names(index, term);
        real.set_snapshot(snapshot(index, term, voters));
        let member = cluster.member(scene.me);
        let file = member.receive(&bytes);
        let refused = member.replica_mut().step_snapshot(real, file);
        assert!(
            matches!(refused, Err(PeerError::Content(_))),
            "{name}: {refused:?}"
        );
        cluster.settle();
    }
}
