//! Measures durable commits. Run it where the log will be:
//!
//! ```text
//! TMPDIR=/var/lib/ewc cargo test --release -p ewc-scheduler --lib \
//!     durable_commit_rate -- --ignored --nocapture
//! ```

use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::tests::{IDENTITY, append, hard_state, snapshot};
use super::{Batch, LogStore};
use raft::eraftpb::Entry;

const SPAN: Duration = Duration::from_secs(3);

fn batch(first: u64, count: u64) -> Vec<Entry> {
    let build = |index| {
        let data = vec![7; 1024].into();
        Entry {
            index,
            term: 1,
            data,
            ..Entry::default()
        }
    };
    (first..first + count).map(build).collect()
}

fn measure(count: u64) {
    let dir = TempDir::new().unwrap();
    let mut store = LogStore::open_dir(dir.path(), IDENTITY).unwrap();
    let (start, mut commits) = (Instant::now(), 0u64);
    while start.elapsed() < SPAN {
        let (list, state) = (
            batch(store.last_index() + 1, count),
            hard_state(1, 1, commits * count),
        );
        store
            .persist(Batch {
                entries: &list,
                hard_state: Some(&state),
                ..Batch::default()
            })
            .unwrap();
        commits += 1;
    }
    let rate = commits as f64 / start.elapsed().as_secs_f64();
    println!(
        "{count:>3} entries: {rate:>5.0} commits/s, {:>6.0} entries/s",
        rate * count as f64
    );
}

fn measure_upkeep() {
    let dir = TempDir::new().unwrap();
    let mut store = LogStore::open_dir(dir.path(), IDENTITY).unwrap();
    for _ in 0..200 {
        let list = batch(store.last_index() + 1, 1000);
        append(&mut store, &list).unwrap();
    }
    drop(store);
    let start = Instant::now();
    let mut store = LogStore::open_dir(dir.path(), IDENTITY).unwrap();
    println!("opening 200,000 entries of 1 KiB: {:?}", start.elapsed());
    let state = hard_state(1, 1, store.last_index());
    store
        .persist(Batch {
            hard_state: Some(&state),
            ..Batch::default()
        })
        .unwrap();
    let file = snapshot(&store, store.last_index(), 1);
    store.record_snapshot(&file).unwrap();
    let start = Instant::now();
    store.compact(10_000).unwrap();
    println!("compacting 10,000 entries: {:?}", start.elapsed());
}

#[test]
#[ignore = "a measurement of the disk, not a check"]
fn durable_commit_rate() {
    [1, 16, 64].into_iter().for_each(measure);
    measure_upkeep();
}
