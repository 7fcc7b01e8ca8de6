//! Measures durable commits. Run it where the log will be:
//!
//! ```text
//! TMPDIR=/var/lib/ewc cargo test --release -p ewc-scheduler --lib \
//!     durable_commit_rate -- --ignored --nocapture
//! ```

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::tests::{IDENTITY, append, hard_state, snapshot};
use super::{Batch, LogStore};
use raft::eraftpb::Entry;

const SPAN: Duration = Duration::from_secs(3);
const ROOM_BYTES: u64 = 512 << 20;

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

/// Why the log's files are filled with zeros ahead: records of 16 KiB, one fsync each.
fn measure_room(what: &str, prepare: impl FnOnce(&mut File)) {
    let record = [7; 16 << 10];
    let mut file = tempfile::tempfile().unwrap();
    prepare(&mut file);
    file.sync_all().unwrap();
    let (start, mut records) = (Instant::now(), 0u32);
    while start.elapsed() < SPAN && (u64::from(records) + 1) * record.len() as u64 <= ROOM_BYTES {
        file.write_all(&record).unwrap();
        file.sync_data().unwrap();
        records += 1;
    }
    let rate = f64::from(records) / start.elapsed().as_secs_f64();
    println!("records of 16 KiB {what}: {rate:.0}/s");
}

#[test]
#[ignore = "a measurement of the disk, not a check"]
fn durable_commit_rate() {
    [1, 16, 64].into_iter().for_each(measure);
    measure_upkeep();
    measure_room("at the end of a growing file", |_| ());
    measure_room("into room filled with zeros", |file| {
        let zeros = vec![0; 1 << 20];
        for _ in 0..ROOM_BYTES / zeros.len() as u64 {
            file.write_all(&zeros).unwrap();
        }
        file.seek(SeekFrom::Start(0)).unwrap();
    });
}
