//! What is read of a log without owning it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use raft::eraftpb::{Entry, HardState};

use super::tests::{append, entry};
use super::{Batch, Error, Identity, LogReader, LogStore, genesis_metadata};

const IDENTITY: Identity = Identity {
    cluster_id: 7,
    member_id: 1,
    feature_level: 7,
};

const FIRST_FILE: &str = "log/0000000001.log";

/// A log of the entries 2 to 9, of which those up to 7 are known to be committed.
fn log(dir: &Path) -> LogStore {
    let mut store = LogStore::open_dir(dir, IDENTITY).unwrap();
    let mut writer = store
        .snapshots()
        .create(genesis_metadata((vec![1], vec![]).into()))
        .unwrap();
    writer.write_all(b"state").unwrap();
    let file = writer.finish().unwrap();
    store
        .persist(Batch {
            snapshot: Some(&file),
            ..Batch::default()
        })
        .unwrap();
    let entries: Vec<Entry> = (2..10)
        .map(|index| Entry {
            index,
            term: 1,
            data: format!("entry {index}").into_bytes().into(),
            ..Entry::default()
        })
        .collect();
    let hard_state = HardState {
        term: 1,
        commit: 7,
        ..HardState::default()
    };
    let batch = Batch {
        entries: &entries,
        hard_state: Some(&hard_state),
        ..Batch::default()
    };
    store.persist(batch).unwrap();
    store
}

/// Every file below a directory.
fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(contents(&path)),
            false => drop(files.insert(path.display().to_string(), fs::read(&path).unwrap())),
        }
    }
    files
}

fn committed(dir: &Path, after: u64) -> Vec<u64> {
    let reader = LogReader::open(dir, 7).unwrap().unwrap();
    assert_eq!(reader.identity(), IDENTITY);
    reader
        .committed(after)
        .map(|entry| entry.unwrap().index)
        .collect()
}

#[test]
fn committed_entries_are_read_and_nothing_is_changed() {
    let directory = tempfile::tempdir().unwrap();
    let dir = directory.path();
    assert!(LogReader::open(dir, 7).unwrap().is_none());
    drop(log(dir));
    fs::write(dir.join("snapshots/3.partial"), "left over").unwrap();
    let before = contents(dir);
    assert_eq!(committed(dir, 0), [2, 3, 4, 5, 6, 7]);
    assert_eq!(committed(dir, 5), [6, 7]);
    assert_eq!(committed(dir, 7), Vec::<u64>::new());
    assert_eq!(committed(dir, 100), Vec::<u64>::new());
    assert!(contents(dir) == before);
}

#[test]
fn a_log_of_a_killed_member_is_read_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let (dir, copy) = (directory.path().join("a"), directory.path().join("b"));
    let store = log(&dir);
    // As a kill leaves it.
    fs::create_dir_all(copy.join("log")).unwrap();
    fs::copy(dir.join(FIRST_FILE), copy.join(FIRST_FILE)).unwrap();
    drop(store);
    let before = contents(&copy);
    assert_eq!(committed(&copy, 3), [4, 5, 6, 7]);
    assert!(contents(&copy) == before);
}

#[test]
fn a_log_in_use_or_of_a_newer_program_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let dir = directory.path();
    let store = log(dir);
    let refused = LogReader::open(dir, 7).unwrap_err();
    assert!(matches!(refused, Error::InUse { .. }));
    drop(store);
    assert!(LogReader::open(dir, 7).unwrap().is_some());
    let refused = LogReader::open(dir, 6).unwrap_err();
    assert!(matches!(
        refused,
        Error::FeatureLevelTooHigh {
            stored: 7,
            supported: 6
        }
    ));
}

#[test]
fn a_damaged_entry_ends_the_reading() {
    let directory = tempfile::tempdir().unwrap();
    let dir = directory.path();
    let mut store = log(dir);
    // Damage in the last batch of all could be a torn write.
    append(&mut store, &[entry(10, 1)]).unwrap();
    drop(store);
    let reader = LogReader::open(dir, 7).unwrap().unwrap();
    let path = dir.join(FIRST_FILE);
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes
        .windows(7)
        .position(|text| text == b"entry 5")
        .unwrap();
    bytes[at] ^= 1;
    fs::write(&path, bytes).unwrap();
    // Found while it is open, and when it is opened.
    let mut read = reader
        .committed(0)
        .map(|entry| entry.map(|entry| entry.index));
    let found: Vec<u64> = read.by_ref().map_while(Result::ok).collect();
    assert_eq!((found, read.next().is_none()), (vec![2, 3, 4], true));
    drop(reader);
    assert!(LogReader::open(dir, 7).is_err());
}
