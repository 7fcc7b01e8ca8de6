//! Random runs: loss, delay, duplication, partitions, crashes, failing disks, snapshots.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::cluster::{Cluster, Weather};

/// Runs tried.
const SEEDS: u64 = 200;
/// Threads that try them.
const LANES: u64 = 8;
const ROUNDS: u32 = 120;

/// Says which seed was under way when a run failed.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("failed with seed {}", self.0);
        }
    }
}

#[test]
fn promises_hold_in_random_runs() {
    let seen = Mutex::new(BTreeMap::<&str, u64>::new());
    // Snapshots are files, and most of the time goes into waiting for the disk.
    std::thread::scope(|scope| {
        for lane in 0..LANES {
            let seen = &seen;
            scope.spawn(move || {
                (lane..SEEDS)
                    .step_by(LANES as usize)
                    .for_each(|s| count(s, seen))
            });
        }
    });
    let seen = seen.into_inner().unwrap();
    // A run in which nothing happens holds every promise.
    let often = [
        ("acknowledged", 2000),
        ("unknown", 200),
        ("reads", 2000),
        ("installed", 40),
    ];
    for (what, at_least) in often {
        assert!(
            seen[what] >= at_least,
            "{what} happened too rarely: {seen:?}"
        );
    }
}

fn count(seed: u64, seen: &Mutex<BTreeMap<&'static str, u64>>) {
    let _named = Named(seed);
    let cluster = run(seed);
    let mut seen = seen.lock().unwrap();
    *seen.entry("acknowledged").or_default() += cluster.acknowledged.len() as u64;
    *seen.entry("unknown").or_default() += cluster.dropped.len() as u64;
    *seen.entry("reads").or_default() += cluster.read.len() as u64;
    *seen.entry("installed").or_default() += cluster.installed;
}

#[test]
fn a_seed_repeats_itself() {
    for seed in [3, 4, 8] {
        let _named = Named(seed);
        assert_eq!(run(seed).digest(), run(seed).digest());
    }
}

fn run(seed: u64) -> Cluster {
    let size = [3, 3, 5, 3, 1][(seed % 5) as usize];
    let mut cluster = Cluster::new(size, seed);
    cluster.weather = Weather {
        lost_permille: [0, 20, 100][(seed / 5 % 3) as usize],
        doubled_permille: 50,
        delay_max: [1, 3][(seed / 15 % 2) as usize],
    };
    for number in 0..ROUNDS {
        disturb(&mut cluster);
        ask(&mut cluster, number);
        cluster.round();
    }
    cluster.settle();
    cluster
}

fn disturb(cluster: &mut Cluster) {
    for id in cluster.ids() {
        let other = 1 + cluster.random.below(cluster.members.len() as u64);
        if cluster.random.permille(15) {
            cluster.cut.insert((id, other));
        }
        if cluster.random.permille(5) {
            cluster.isolate(id);
        }
        if cluster.members[&id].replica.is_none() {
            if cluster.random.permille(150) {
                cluster.start(id);
            }
            continue;
        }
        if cluster.random.permille(30) && !cluster.member(id).snapshot() {
            cluster.crash(id);
            continue;
        }
        if cluster.random.permille(10) {
            cluster.members[&id].disk.fail_syncs(true);
        }
        if cluster.random.permille(8) {
            cluster.crash(id);
        }
    }
    if cluster.random.permille(60) {
        cluster.cut.clear();
    }
    if cluster.random.permille(3) {
        cluster.ids().into_iter().for_each(|id| cluster.crash(id));
    }
}

/// Clients ask anyone, and most often who says it leads.
fn ask(cluster: &mut Cluster, number: u32) {
    for id in cluster.up() {
        let leads = cluster.members[&id].leads();
        if cluster.random.permille(if leads { 600 } else { 30 }) {
            let count = 1 + cluster.random.below(3);
            let key = |at| format!("{number}-{id}-{at}");
            let keys: Vec<String> = (0..count).map(key).collect();
            let result = cluster.write_together(id, &keys);
            assert!(leads || result.is_err(), "a follower took a write");
        }
        if cluster.random.permille(150) {
            cluster.read_at(id);
        }
    }
}
