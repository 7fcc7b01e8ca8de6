//! Single situations, each told step by step; the seeds found the first four.

use ewc_scheduler::replica::Dropped;
use raft::eraftpb::{Message, MessageType};

use crate::cluster::Cluster;

/// A cluster with a leader, and its two followers.
fn three(seed: u64) -> (Cluster, u64, [u64; 2]) {
    let mut cluster = Cluster::new(3, seed);
    let leader = cluster.elect();
    let followers: Vec<u64> = cluster
        .ids()
        .into_iter()
        .filter(|id| *id != leader)
        .collect();
    cluster.write(leader, "first").unwrap();
    cluster.until("the first write", |cluster| cluster.acknowledged.len() == 1);
    cluster.rounds(3);
    (cluster, leader, [followers[0], followers[1]])
}

fn is_acknowledged(cluster: &Cluster, key: &str) -> bool {
    cluster.acknowledged.iter().any(|(known, _)| known == key)
}

/// Enough writes that a snapshot gives up the log before them.
fn write_on(cluster: &mut Cluster, leader: u64, number: u64) {
    for write in 0..10 {
        cluster.write(leader, &format!("{number}-{write}")).unwrap();
        cluster.rounds(2);
    }
    cluster.rounds(3);
}

/// Takes the messages of a kind from the wires.
fn take(cluster: &mut Cluster, kind: MessageType) -> Vec<Message> {
    let is_it = |message: &Message| message.get_msg_type() == kind;
    let taken = cluster
        .flights
        .extract_if(.., |flight| is_it(&flight.message));
    taken.map(|flight| flight.message).collect()
}

/// An append without entries is on the wires: it tells of a commit.
fn is_announced(cluster: &Cluster) -> bool {
    let messages = cluster.flights.iter().map(|flight| &flight.message);
    let mut appends = messages.filter(|message| message.get_msg_type() == MessageType::MsgAppend);
    appends.any(|append| append.get_entries().is_empty())
}

#[test]
fn a_commit_is_announced_later_where_that_was_asked_for() {
    let (mut cluster, leader, _) = three(7);
    for (keys, later) in [(&["a"][..], false), (&["b", "c"], true)] {
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        cluster.write_together(leader, &keys).unwrap();
        cluster.until("the answer", |cluster| is_acknowledged(cluster, &keys[0]));
        assert_eq!(is_announced(&cluster), !later, "{keys:?}");
        cluster.rounds(3);
    }
    cluster.member(leader).replica_mut().announce();
    cluster.poll(leader);
    assert!(is_announced(&cluster));
    cluster.settle();
}

#[test]
fn what_an_earlier_leader_left_is_not_the_answer_to_the_next_ones_proposal() {
    let (mut cluster, old, [new, other]) = three(1);
    // The entry reaches one follower, and the leader dies before it knows.
    cluster.cut.extend([(old, other), (other, old), (new, old)]);
    cluster.write(old, "left behind").unwrap();
    cluster.rounds(2);
    cluster.crash(old);
    cluster.cut.clear();
    cluster.until("another leader", |cluster| cluster.members[&new].leads());
    cluster.write(new, "asked now").unwrap();
    cluster.until("the answer", |cluster| {
        is_acknowledged(cluster, "asked now")
    });
    assert!(!is_acknowledged(&cluster, "left behind"));
    cluster.settle();
}

#[test]
fn an_answer_to_a_question_from_before_a_restart_answers_nothing() {
    let (mut cluster, leader, [reader, _]) = three(2);
    cluster.read_at(reader);
    let mut held = Vec::new();
    for _ in 0..20 {
        cluster.round();
        held.extend(take(&mut cluster, MessageType::MsgReadIndexResp));
    }
    assert!(!held.is_empty());
    cluster.crash(reader);
    cluster.isolate(reader);
    cluster.write(leader, "second").unwrap();
    cluster.until("the second write", |cluster| {
        is_acknowledged(cluster, "second")
    });
    cluster.start(reader);
    cluster.read_at(reader);
    cluster.poll(reader);
    for answer in held {
        cluster.member(reader).replica_mut().step(answer).unwrap();
        cluster.poll(reader);
    }
    assert_eq!(cluster.read, []);
    cluster.settle();
}

#[test]
fn nobody_passes_on_anothers_question() {
    let (mut cluster, leader, [asker, asked]) = three(3);
    let mut question = Message::default();
    question.set_msg_type(MessageType::MsgReadIndex);
    (question.from, question.to) = (asker, asked);
    question.set_entries(vec![Default::default()].into());
    cluster.member(asked).replica_mut().step(question).unwrap();
    // Polling checks whose name is on each message.
    cluster.poll(asked);
    assert!(
        cluster
            .flights
            .iter()
            .all(|flight| flight.message.to != leader
                || flight.message.get_msg_type() != MessageType::MsgReadIndex)
    );
}

#[test]
fn two_snapshots_before_one_poll_are_no_harm() {
    let (mut cluster, leader, [late, _]) = three(4);
    let mut announced = Vec::new();
    cluster.isolate(late);
    for number in 0..2 {
        write_on(&mut cluster, leader, number);
        cluster.member(leader).snapshot();
        let member = &cluster.members[&leader];
        let message = member.announcement(late);
        let bytes = member.snapshot_bytes(&message).unwrap();
        announced.push((message, bytes));
    }
    cluster.cut.clear();
    // The older one arrives last.
    for (message, bytes) in announced.into_iter().rev() {
        let member = cluster.member(late);
        let file = member.receive(&bytes);
        member.replica_mut().step_snapshot(message, file).unwrap();
    }
    cluster.poll(late);
    assert_eq!(cluster.installed, 1);
    cluster.settle();
}

#[test]
fn only_a_leader_takes_writes() {
    let mut cluster = Cluster::new(3, 5);
    for id in cluster.ids() {
        assert_eq!(cluster.write(id, "early"), Err(Dropped::NotLeader));
    }
    let (mut cluster, leader, followers) = three(5);
    for follower in followers {
        assert_eq!(cluster.write(follower, "late"), Err(Dropped::NotLeader));
    }
    assert!(cluster.write(leader, "right").is_ok());
}

#[test]
fn a_leader_that_is_cut_off_knows_nothing_of_its_writes() {
    let (mut cluster, old, [one, two]) = three(6);
    cluster.isolate(old);
    let tickets: Vec<_> = (0..3)
        .map(|number| cluster.write(old, &format!("cut-{number}")).unwrap())
        .collect();
    cluster.until("the old leader gives up", |cluster| {
        !cluster.members[&old].leads()
    });
    let unknown: Vec<_> = tickets
        .iter()
        .map(|ticket| (old, *ticket, Dropped::Unknown))
        .collect();
    assert_eq!(cluster.dropped, unknown);
    cluster.until("another leader", |cluster| {
        [one, two]
            .into_iter()
            .any(|id| cluster.members[&id].leads())
    });
    cluster.settle();
}

#[test]
fn a_leader_that_is_cut_off_answers_no_read() {
    let (mut cluster, old, [one, two]) = three(7);
    cluster.isolate(old);
    // It still believes that it leads when it is asked.
    let early = cluster.read_at(old);
    cluster.until("another leader", |cluster| {
        [one, two]
            .into_iter()
            .any(|id| cluster.members[&id].replica().is_ready_leader())
    });
    let new = [one, two]
        .into_iter()
        .find(|id| cluster.members[id].leads())
        .unwrap();
    cluster.write(new, "newer").unwrap();
    cluster.until("the newer write", |cluster| {
        is_acknowledged(cluster, "newer")
    });
    let late = cluster.read_at(old);
    cluster.rounds(10);
    assert_eq!(cluster.read, []);
    cluster.cut.clear();
    // Answered now; that it sees the newer write is checked where the answer is given.
    cluster.until("the reads", |cluster| {
        [early, late]
            .iter()
            .all(|ticket| cluster.read.contains(&(old, *ticket)))
    });
}

#[test]
fn a_read_that_cannot_be_answered_is_given_up() {
    let (mut cluster, leader, [reader, _]) = three(8);
    cluster.isolate(reader);
    cluster.read_at(reader);
    cluster.until("the read is given up", |cluster| {
        cluster.members[&reader].reads.is_empty()
    });
    cluster.cut.clear();
    cluster.rounds(20);
    // A leader has confirmed the read, but the entry it names never comes.
    cluster.isolate(reader);
    let leader = if cluster.members[&leader].leads() {
        leader
    } else {
        cluster.elect()
    };
    cluster.write(leader, "unseen").unwrap();
    cluster.until("the write", |cluster| is_acknowledged(cluster, "unseen"));
    cluster.cut.clear();
    cluster.read_at(reader);
    cluster.poll(reader);
    let question = take(&mut cluster, MessageType::MsgReadIndex).remove(0);
    let mut answer = Message::default();
    answer.set_msg_type(MessageType::MsgReadIndexResp);
    (answer.from, answer.to) = (leader, reader);
    answer.term = cluster.members[&reader].replica().term();
    answer.index = cluster.members[&leader].replica().committed();
    answer.set_entries(question.get_entries().to_vec().into());
    cluster.member(reader).replica_mut().step(answer).unwrap();
    cluster.isolate(reader);
    cluster.until("the read is given up", |cluster| {
        cluster.members[&reader].reads.is_empty()
    });
    assert_eq!(cluster.read, []);
}

#[test]
fn a_member_that_lags_behind_the_log_gets_a_snapshot() {
    let (mut cluster, leader, [late, other]) = three(9);
    cluster.crash(late);
    write_on(&mut cluster, leader, 0);
    cluster.member(leader).snapshot();
    cluster.member(other).snapshot();
    assert!(cluster.members[&leader].replica().log().first_index() > 10);
    cluster.start(late);
    cluster.until("the snapshot", |cluster| cluster.installed == 1);
    cluster.write(leader, "after").unwrap();
    cluster.until("the write after", |cluster| {
        cluster.members[&late].holds("after")
    });
    // It starts from the snapshot it was sent.
    cluster.crash(late);
    cluster.start(late);
    cluster.settle();
}

#[test]
fn nothing_acknowledged_is_lost_when_all_members_crash() {
    for size in [1, 3, 5] {
        let mut cluster = Cluster::new(size, 10 + size);
        for round in 0..5 {
            let leader = cluster.elect();
            for write in 0..4 {
                cluster.write(leader, &format!("{round}-{write}")).unwrap();
            }
            cluster.until("the writes", |cluster| {
                cluster.acknowledged.len() >= 4 * (round + 1)
            });
            cluster.ids().into_iter().for_each(|id| cluster.crash(id));
            cluster.ids().into_iter().for_each(|id| cluster.start(id));
        }
        cluster.settle();
    }
}

#[test]
fn a_snapshot_of_its_own_that_is_overtaken_is_no_harm() {
    let (mut cluster, leader, [late, _]) = three(12);
    let overtaken = cluster.member(late).write_snapshot();
    cluster.isolate(late);
    write_on(&mut cluster, leader, 0);
    cluster.member(leader).snapshot();
    cluster.cut.clear();
    cluster.until("the snapshot", |cluster| cluster.installed == 1);
    assert!(cluster.member(late).record(&overtaken));
    cluster.settle();
}
