//! What the log holds after writes, restarts, crashes and failed writes.

use raft::eraftpb::{Entry, HardState};
use raft::{GetEntriesContext, Storage, StorageError};
use tempfile::TempDir;

use super::fault_disk::FaultDisk;
use super::identity::OLDEST_LEVEL;
use super::snapshot_dir::metadata;
use super::{Batch, Error, Identity, LogReader, LogStore, SnapshotDir, SnapshotFile};

pub(super) const IDENTITY: Identity = Identity {
    cluster_id: 7,
    member_id: 1,
    feature_level: OLDEST_LEVEL + 1,
};

/// A disk and a directory, so that a store can be opened again on what the last one left.
pub(super) struct Bench {
    pub(super) disk: FaultDisk,
    pub(super) dir: TempDir,
}

impl Bench {
    pub(super) fn new() -> Self {
        Bench {
            disk: FaultDisk::default(),
            dir: TempDir::new().unwrap(),
        }
    }

    pub(super) fn open(&self) -> LogStore {
        self.open_as(IDENTITY).unwrap()
    }

    pub(super) fn open_as(&self, identity: Identity) -> Result<LogStore, Error> {
        let snapshots = SnapshotDir::open(self.dir.path()).unwrap();
        LogStore::open(self.disk.clone(), identity, snapshots)
    }
}

pub(super) fn entry(index: u64, term: u64) -> Entry {
    let data = format!("entry {index} of term {term}").into_bytes().into();
    Entry {
        index,
        term,
        data,
        ..Entry::default()
    }
}

/// Entries of the given terms from `first` on.
pub(super) fn entries(first: u64, terms: &[u64]) -> Vec<Entry> {
    (first..)
        .zip(terms)
        .map(|(index, term)| entry(index, *term))
        .collect()
}

pub(super) fn hard_state(term: u64, vote: u64, commit: u64) -> HardState {
    HardState {
        term,
        vote,
        commit,
        ..HardState::default()
    }
}

pub(super) fn snapshot(store: &LogStore, index: u64, term: u64) -> SnapshotFile {
    let metadata = metadata(index, term, (vec![1, 2, 3], vec![4]).into());
    store
        .snapshots()
        .create(metadata)
        .unwrap()
        .finish()
        .unwrap()
}

pub(super) fn append(store: &mut LogStore, entries: &[Entry]) -> Result<(), Error> {
    store.persist(Batch {
        entries,
        ..Batch::default()
    })
}

pub(super) fn commit(store: &mut LogStore, term: u64, commit: u64) -> Result<(), Error> {
    let state = hard_state(term, 1, commit);
    store.persist(Batch {
        hard_state: Some(&state),
        ..Batch::default()
    })
}

pub(super) fn install(store: &mut LogStore, index: u64, term: u64) -> Result<(), Error> {
    let file = snapshot(store, index, term);
    store.persist(Batch {
        snapshot: Some(&file),
        ..Batch::default()
    })
}

/// `first-index: terms`, as `entries`, `term` and both ends agree on it.
fn shape(store: &LogStore) -> String {
    let (first, last) = (store.first_index(), store.last_index());
    let all = store.entries_range(first, last + 1).unwrap();
    let all: Vec<Entry> = all.collect::<Result<_, _>>().unwrap();
    for (index, found) in (first..).zip(&all) {
        assert_eq!(*found, entry(index, found.term));
        assert_eq!(store.term(index), Ok(found.term));
    }
    assert_eq!(all.len() as u64, last + 1 - first);
    let terms: String = all.iter().map(|entry| format!(" {}", entry.term)).collect();
    format!("{first}:{terms}")
}

/// Appends the batches one after the other; the log must have the same shape before and after a
/// restart, with and without a cache.
fn check_appends(batches: &[(u64, &[u64])], expect: &str) {
    let bench = Bench::new();
    let mut store = bench.open();
    for (first, terms) in batches {
        append(&mut store, &entries(*first, terms)).unwrap();
        assert_eq!(store.last_index(), first + terms.len() as u64 - 1);
    }
    assert_eq!(shape(&store), expect);
    store.set_cache_bytes(0);
    assert_eq!(shape(&store), expect, "without cache");
    drop(store);
    assert_eq!(shape(&bench.open()), expect, "after restart");
}

#[test]
fn appending_replaces_a_conflicting_suffix() {
    check_appends(&[], "1:");
    check_appends(&[(1, &[1, 1, 1])], "1: 1 1 1");
    check_appends(&[(1, &[1, 1]), (3, &[1, 2])], "1: 1 1 1 2");
    check_appends(&[(1, &[1, 1, 1]), (3, &[2])], "1: 1 1 2");
    check_appends(&[(1, &[1, 1, 1, 1]), (2, &[2])], "1: 1 2");
    check_appends(&[(1, &[1, 1, 1, 1]), (1, &[3])], "1: 3");
    check_appends(&[(1, &[1, 1, 1]), (2, &[2, 2, 2, 2])], "1: 1 2 2 2 2");
}

#[test]
fn a_restart_keeps_everything() {
    let bench = Bench::new();
    let mut store = bench.open();
    install(&mut store, 10, 2).unwrap();
    let state = hard_state(3, 2, 12);
    let (list, state) = (entries(11, &[2, 3, 3]), &state);
    store
        .persist(Batch {
            entries: &list,
            hard_state: Some(state),
            snapshot: None,
        })
        .unwrap();
    let before = (
        shape(&store),
        store.initial_state().unwrap(),
        store.snapshot(0, 2).unwrap(),
    );
    drop(store);
    let store = bench.open();
    let after = (
        shape(&store),
        store.initial_state().unwrap(),
        store.snapshot(0, 2).unwrap(),
    );
    assert_eq!(before.0, "11: 2 3 3");
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
    assert_eq!(after.1.hard_state, *state);
    assert_eq!(after.1.conf_state.voters, [1, 2, 3]);
}

#[test]
fn a_crash_keeps_what_was_acknowledged() {
    let bench = Bench::new();
    let mut store = bench.open();
    append(&mut store, &entries(1, &[1, 1])).unwrap();
    commit(&mut store, 1, 0).unwrap();
    let syncs = bench.disk.syncs();
    commit(&mut store, 1, 2).unwrap();
    assert_eq!(
        bench.disk.syncs(),
        syncs,
        "a commit index alone is not worth an fsync"
    );
    assert_eq!(
        store.initial_state().unwrap().hard_state,
        hard_state(1, 1, 2)
    );

    let crashed = Bench {
        disk: bench.disk.after_crash(),
        dir: TempDir::new().unwrap(),
    };
    let after = crashed.open();
    assert_eq!(shape(&after), "1: 1 1");
    assert_eq!(
        after.hard_state(),
        &hard_state(1, 1, 0),
        "it was never written"
    );

    append(&mut store, &entries(3, &[1])).unwrap();
    assert_eq!(bench.disk.syncs(), syncs + 1, "one fsync for a batch");
    let crashed = Bench {
        disk: bench.disk.after_crash(),
        dir: TempDir::new().unwrap(),
    };
    assert_eq!(
        crashed.open().hard_state(),
        &hard_state(1, 1, 2),
        "it goes with the next batch"
    );
}

#[test]
fn compaction_stays_behind_the_snapshot() {
    let bench = Bench::new();
    let mut store = bench.open();
    append(&mut store, &entries(1, &[1, 1, 2, 2, 3])).unwrap();
    let refused = store.compact(1).unwrap_err();
    assert!(matches!(
        refused,
        Error::CompactBeyondSnapshot {
            to_index: 1,
            snapshot: 0
        }
    ));
    let early = snapshot(&store, 4, 2);
    let refused = store.record_snapshot(&early).unwrap_err();
    assert!(matches!(
        refused,
        Error::SnapshotNotCommitted { commit: 0, .. }
    ));

    commit(&mut store, 3, 4).unwrap();
    store.record_snapshot(&early).unwrap();
    assert!(matches!(
        store.compact(5),
        Err(Error::CompactBeyondSnapshot { snapshot: 4, .. })
    ));
    for (to_index, removed, expect) in [
        (0, 0, "1: 1 1 2 2 3"),
        (2, 2, "3: 2 2 3"),
        (1, 0, "3: 2 2 3"),
        (4, 2, "5: 3"),
    ] {
        assert_eq!(store.compact(to_index).unwrap(), removed);
        assert_eq!(shape(&store), expect);
    }
    let compacted = Err(raft::Error::Store(StorageError::Compacted));
    let unavailable = Err(raft::Error::Store(StorageError::Unavailable));
    assert_eq!(
        [store.term(3), store.term(4), store.term(5)],
        [compacted, Ok(2), Ok(3)]
    );
    assert_eq!(store.term(6), unavailable);

    append(&mut store, &entries(6, &[3])).unwrap();
    drop(store);
    let mut store = bench.open();
    assert_eq!(shape(&store), "5: 3 3");
    commit(&mut store, 3, 6).unwrap();
    let late = snapshot(&store, 6, 3);
    store.record_snapshot(&late).unwrap();
    store.compact(6).unwrap();
    assert_eq!((shape(&store), store.term(6)), ("7:".into(), Ok(3)));
    append(&mut store, &entries(7, &[4])).unwrap();
    assert_eq!(shape(&store), "7: 4");
}

#[test]
fn a_lost_compaction_does_no_harm() {
    let bench = Bench::new();
    let mut store = bench.open();
    append(&mut store, &entries(1, &[1, 1, 1])).unwrap();
    commit(&mut store, 1, 3).unwrap();
    let file = snapshot(&store, 2, 1);
    store.record_snapshot(&file).unwrap();
    store.compact(2).unwrap();
    let crashed = Bench {
        disk: bench.disk.after_crash(),
        dir: bench.dir,
    };
    assert_eq!(shape(&crashed.open()), "1: 1 1 1");
}

#[test]
fn entries_are_limited_and_bounded() {
    let bench = Bench::new();
    let mut store = bench.open();
    install(&mut store, 2, 1).unwrap();
    append(&mut store, &entries(3, &[1, 1, 1, 1])).unwrap();
    let size = u64::from(protobuf::Message::compute_size(&entry(3, 1)));
    let compacted = Err(raft::Error::Store(StorageError::Compacted));
    let unavailable = Err(raft::Error::Store(StorageError::Unavailable));
    let table = [
        (3, 7, None, Ok(4)),
        (3, 7, Some(raft::util::NO_LIMIT), Ok(4)),
        (3, 7, Some(0), Ok(1)),
        (3, 7, Some(2 * size), Ok(2)),
        (3, 7, Some(3 * size - 1), Ok(2)),
        (4, 6, None, Ok(2)),
        (5, 5, None, Ok(0)),
        (2, 4, None, compacted),
        (6, 8, None, unavailable),
    ];
    for cache_bytes in [usize::MAX, 500, 0] {
        store.set_cache_bytes(cache_bytes);
        for (low, high, limit, expect) in &table {
            let context = GetEntriesContext::empty(false);
            let count = store
                .entries(*low, *high, *limit, context)
                .map(|list| list.len());
            assert_eq!(
                count, *expect,
                "{low}..{high} limit {limit:?} cache {cache_bytes}"
            );
        }
    }
}

#[test]
fn an_installed_snapshot_replaces_the_log() {
    let bench = Bench::new();
    let mut store = bench.open();
    append(&mut store, &entries(1, &[1, 1, 1])).unwrap();
    commit(&mut store, 1, 2).unwrap();
    assert!(matches!(
        install(&mut store, 1, 1),
        Err(Error::SnapshotBehind { bound: 2, .. })
    ));
    let file = snapshot(&store, 20, 5);
    let list = entries(21, &[5, 6]);
    let state = hard_state(6, 0, 20);
    let batch = Batch {
        snapshot: Some(&file),
        entries: &list,
        hard_state: Some(&state),
    };
    store.persist(batch).unwrap();
    for _ in 0..2 {
        assert_eq!(shape(&store), "21: 5 6");
        assert_eq!((store.term(20), store.hard_state()), (Ok(5), &state));
        let temporarily = Err(raft::Error::Store(
            StorageError::SnapshotTemporarilyUnavailable,
        ));
        assert_eq!(store.snapshot(21, 2), temporarily);
        assert_eq!(
            store.snapshot(20, 2).unwrap().get_metadata(),
            &file.metadata
        );
        drop(store);
        store = bench.open();
    }
}

#[test]
fn impossible_batches_change_nothing() {
    let bench = Bench::new();
    let mut store = bench.open();
    install(&mut store, 2, 1).unwrap();
    append(&mut store, &entries(3, &[1, 1, 1])).unwrap();
    commit(&mut store, 1, 4).unwrap();
    let mut holed = entries(6, &[1, 1]);
    holed[1].index = 8;
    let cases: [(&str, Vec<Entry>); 4] = [
        ("entry 7 where entry 6", entries(7, &[1])),
        ("entry 2 where entry 6", entries(2, &[1])),
        ("entry 8 where entry 7", holed),
        ("entry 4 would overwrite", entries(4, &[2])),
    ];
    for (expect, list) in cases {
        let refused = append(&mut store, &list).unwrap_err().to_string();
        assert!(refused.starts_with(expect), "{refused}");
    }
    let refused = commit(&mut store, 1, 6).unwrap_err();
    assert!(matches!(
        refused,
        Error::CommitBeyondLog { commit: 6, last: 5 }
    ));
    assert_eq!(shape(&store), "3: 1 1 1");
    append(&mut store, &entries(5, &[2])).unwrap();
    assert_eq!(shape(&store), "3: 1 1 2");
}

#[test]
fn a_store_of_another_is_refused() {
    let bench = Bench::new();
    drop(bench.open());
    let cases = [
        (
            Identity {
                cluster_id: 8,
                ..IDENTITY
            },
            "store belongs to cluster 00000000000000000000000000000007, \
             this program to 00000000000000000000000000000008",
        ),
        (
            Identity {
                member_id: 2,
                ..IDENTITY
            },
            "store belongs to member 1, this program is member 2",
        ),
        (
            Identity {
                feature_level: OLDEST_LEVEL,
                ..IDENTITY
            },
            "store needs feature level 7, this program supports up to 6",
        ),
    ];
    for (identity, expect) in cases {
        assert_eq!(bench.open_as(identity).unwrap_err().to_string(), expect);
    }
    drop(
        bench
            .open_as(Identity {
                feature_level: OLDEST_LEVEL + 2,
                ..IDENTITY
            })
            .unwrap(),
    );
    assert!(
        bench.open_as(IDENTITY).is_err(),
        "the higher level was recorded"
    );
}

#[test]
fn a_failed_write_poisons_the_store() {
    type Fail = fn(&FaultDisk, bool);
    for fail in [
        FaultDisk::fail_syncs as Fail,
        FaultDisk::fail_writes as Fail,
    ] {
        let bench = Bench::new();
        let mut store = bench.open();
        append(&mut store, &entries(1, &[1])).unwrap();
        fail(&bench.disk, true);
        assert!(matches!(
            append(&mut store, &entries(2, &[1])),
            Err(Error::Io { file: 1, .. })
        ));
        fail(&bench.disk, false);
        assert!(matches!(
            append(&mut store, &entries(2, &[1])),
            Err(Error::Poisoned)
        ));
        assert!(matches!(commit(&mut store, 1, 1), Err(Error::Poisoned)));
        assert_eq!(shape(&store), "1: 1", "what failed is not shown");
        let crashed = Bench {
            disk: bench.disk.after_crash(),
            dir: TempDir::new().unwrap(),
        };
        assert_eq!(shape(&crashed.open()), "1: 1");
    }
}

#[test]
fn files_survive_a_restart_and_exclude_a_second_process() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("member-1");
    let mut store = LogStore::open_dir(&path, IDENTITY).unwrap();
    append(&mut store, &entries(1, &[1, 2])).unwrap();
    assert!(matches!(
        LogStore::open_dir(&path, IDENTITY),
        Err(Error::InUse { .. })
    ));
    drop(store);
    assert_eq!(
        shape(&LogStore::open_dir(&path, IDENTITY).unwrap()),
        "1: 1 2"
    );
}

#[test]
fn room_that_is_made_meanwhile_takes_no_record() {
    let dir = TempDir::new().unwrap();
    let mut store = LogStore::open_dir(dir.path(), IDENTITY).unwrap();
    // More than one file, and the room of each in many steps.
    let large = |index: u64| Entry {
        data: vec![index as u8 | 1; 100_000 + 1000 * (index as usize % 97)].into(),
        ..entry(index, 1)
    };
    let last = 600;
    for index in 1..=last {
        append(&mut store, &[large(index)]).unwrap();
    }
    drop(store);
    let store = LogStore::open_dir(dir.path(), IDENTITY).unwrap();
    let stored = store.entries_range(1, last + 1).unwrap();
    assert!(stored.map(Result::unwrap).eq((1..=last).map(large)));
}

#[test]
fn a_store_of_a_level_that_is_not_read_any_more_is_refused_and_left_alone() {
    let dir = TempDir::new().unwrap();
    let old = Identity {
        feature_level: OLDEST_LEVEL - 1,
        ..IDENTITY
    };
    drop(LogStore::open_dir(dir.path(), old).unwrap());
    let files = || {
        let files = std::fs::read_dir(dir.path().join("log")).unwrap();
        let files = files.map(|file| file.unwrap().path());
        let files: std::collections::BTreeMap<_, _> = files
            .map(|file| (file.clone(), std::fs::read(file).unwrap()))
            .collect();
        files
    };
    let before = files();
    let refused = LogStore::open_dir(dir.path(), IDENTITY).unwrap_err();
    let expect = "store was written at feature level 5, this program reads from 6 on: run the \
                  earlier build, or found a new network in an empty data_dir";
    assert_eq!(refused.to_string(), expect);
    let refused = LogReader::open(dir.path(), IDENTITY.feature_level).unwrap_err();
    assert_eq!(refused.to_string(), expect);
    assert_eq!(files(), before);
}

#[test]
fn a_store_of_before_the_log_had_files_is_refused_and_left_alone() {
    let dir = TempDir::new().unwrap();
    let old = dir.path().join("log.redb");
    std::fs::write(&old, b"as it was").unwrap();
    let refused = LogStore::open_dir(dir.path(), IDENTITY).unwrap_err();
    assert!(
        matches!(&refused, Error::Outdated { path } if *path == old),
        "{refused}"
    );
    let refused = LogReader::open(dir.path(), IDENTITY.feature_level).unwrap_err();
    assert!(matches!(refused, Error::Outdated { .. }), "{refused}");
    assert_eq!(std::fs::read(&old).unwrap(), b"as it was");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}
