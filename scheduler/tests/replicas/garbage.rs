//! Messages of any kind with any mixture of numbers.

use raft::eraftpb::{Message, MessageType};

use crate::peers::{Scene, entry, message, scene, snapshot};
use crate::random::Random;

/// Numbers at the edges of what is possible, and beyond.
fn number(random: &mut Random, around: u64) -> u64 {
    match random.below(8) {
        0 => 0,
        1 => 1,
        2 => u64::MAX,
        3 => u64::MAX - random.below(3),
        4 => around.saturating_sub(random.below(3)),
        _ => around + random.below(3),
    }
}

/// Every kind with every mixture of numbers: whatever is taken, nobody panics or ends.
#[test]
fn garbage_ends_nobody() {
    let mut random = Random::new(5);
    for seed in 0..60 {
        let (mut cluster, scene) = scene(seed % 2 == 0);
        for _ in 0..200 {
            let garbage = garbage(&mut random, &scene);
            let text = format!("{garbage:?}");
            let member = cluster.member(scene.me);
            let _ = member.replica_mut().step(garbage);
            let polled = member.replica_mut().poll(&mut |_| ());
            assert!(polled.is_ok(), "{:?} after {text}", polled.err());
        }
    }
}

fn garbage(random: &mut Random, scene: &Scene) -> Message {
    use protobuf::ProtobufEnum as _;
    let kinds = MessageType::values();
    let kind = kinds[random.below(kinds.len() as u64) as usize];
    let mut garbage = message(scene, kind);
    garbage.term = number(random, scene.term);
    garbage.index = number(random, scene.last);
    garbage.log_term = number(random, scene.term);
    garbage.commit = number(random, scene.last);
    garbage.commit_term = number(random, scene.term);
    garbage.reject = random.permille(300);
    garbage.reject_hint = number(random, scene.last);
    garbage.request_snapshot = if random.permille(100) {
        number(random, scene.last)
    } else {
        0
    };
    let count = random.below(3);
    let first = garbage.index.wrapping_add(1);
    let entries = (0..count).map(|at| match random.permille(700) {
        true => entry(first.wrapping_add(at), garbage.term),
        false => entry(number(random, scene.last), number(random, scene.term)),
    });
    garbage.set_entries(entries.collect::<Vec<_>>().into());
    if random.permille(200) {
        let (index, term) = (number(random, scene.last), number(random, scene.term));
        garbage.set_snapshot(snapshot(index, term, &[1, 2, 3]));
    }
    garbage
}
