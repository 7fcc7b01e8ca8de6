//! Snapshot files: whole or absent, verified when read, and only the newest kept.

use std::fs;
use std::io::{Read, Write};

use raft::eraftpb::SnapshotMetadata;
use tempfile::TempDir;

use super::tests::{Bench, IDENTITY, append, entries, hard_state, install, snapshot};
use super::{Batch, Error, Fault, SnapshotDir, SnapshotFile};

fn metadata(index: u64, term: u64) -> SnapshotMetadata {
    super::snapshot_dir::metadata(index, term, (vec![1, 2], vec![3]).into())
}

fn write(dir: &SnapshotDir, metadata: SnapshotMetadata, payload: &[u8]) -> SnapshotFile {
    let mut writer = dir.create(metadata).unwrap();
    payload
        .chunks(1000)
        .for_each(|chunk| writer.write_all(chunk).unwrap());
    writer.finish().unwrap()
}

fn read(dir: &SnapshotDir, file: &SnapshotFile) -> Result<Vec<u8>, String> {
    let mut reader = dir.read(file).map_err(|error| error.to_string())?;
    let mut payload = Vec::new();
    reader
        .read_to_end(&mut payload)
        .map_err(|error| error.to_string())?;
    Ok(payload)
}

fn names(dir: &TempDir) -> Vec<String> {
    let files = fs::read_dir(dir.path()).unwrap();
    let mut names: Vec<_> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn payloads_of_any_length_come_back() {
    let dir = TempDir::new().unwrap();
    let snapshots = SnapshotDir::open(dir.path()).unwrap();
    for length in [0, 1, 1000, 3_000_000] {
        let payload: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
        let file = write(&snapshots, metadata(length + 1, 2), &payload);
        assert_eq!(read(&snapshots, &file).unwrap(), payload);
        assert_eq!(snapshots.find(length + 1, 2).unwrap(), file);
        assert_eq!(
            fs::metadata(snapshots.path_of(&file)).unwrap().len(),
            file.file_bytes
        );
        assert_eq!(file.metadata, metadata(length + 1, 2));
    }
}

#[test]
fn every_flipped_byte_and_every_cut_is_found() {
    let dir = TempDir::new().unwrap();
    let snapshots = SnapshotDir::open(dir.path()).unwrap();
    let file = write(&snapshots, metadata(5, 2), b"some payload");
    let path = snapshots.path_of(&file);
    let intact = fs::read(&path).unwrap();
    for offset in 0..intact.len() {
        let mut damaged = intact.clone();
        damaged[offset] ^= 1;
        fs::write(&path, damaged).unwrap();
        assert!(read(&snapshots, &file).is_err(), "byte {offset}");
    }
    for length in 0..intact.len() {
        fs::write(&path, &intact[..length]).unwrap();
        assert!(read(&snapshots, &file).is_err(), "cut to {length}");
    }
    fs::write(&path, [&intact[..], b"x"].concat()).unwrap();
    assert!(read(&snapshots, &file).is_err(), "one byte more");
}

#[test]
fn a_torn_snapshot_stops_the_restart() {
    let bench = Bench::new();
    let mut store = bench.open();
    install(&mut store, 5, 1).unwrap();
    let path = store.snapshots().path_of(store.snapshot_file().unwrap());
    drop(store);
    let intact = fs::read(&path).unwrap();
    fs::write(&path, &intact[..intact.len() - 1]).unwrap();
    let torn = bench.open_as(IDENTITY).unwrap_err();
    assert!(
        matches!(
            torn,
            Error::CorruptSnapshot {
                fault: Fault::Length,
                ..
            }
        ),
        "{torn}"
    );
    fs::remove_file(&path).unwrap();
    assert!(matches!(
        bench.open_as(IDENTITY),
        Err(Error::SnapshotIo { .. })
    ));
}

#[test]
fn unfinished_files_leave_nothing() {
    let bench = Bench::new();
    let store = bench.open();
    let mut writer = store.snapshots().create(metadata(5, 2)).unwrap();
    writer.write_all(b"half").unwrap();
    drop((writer, store));
    assert_eq!(names(&bench.dir), Vec::<String>::new());
    fs::write(bench.dir.path().join("3.partial"), b"left by a crash").unwrap();
    drop(bench.open());
    assert_eq!(names(&bench.dir), Vec::<String>::new());
}

#[test]
fn a_received_file_is_verified_before_it_is_there() {
    let (dir, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let sender = SnapshotDir::open(other.path()).unwrap();
    let sent = write(&sender, metadata(5, 2), b"some payload");
    let intact = fs::read(sender.path_of(&sent)).unwrap();
    let mut flipped = intact.clone();
    flipped[intact.len() - 6] ^= 1;

    let snapshots = SnapshotDir::open(dir.path()).unwrap();
    for damaged in [&flipped[..], &intact[..20], &intact[..intact.len() - 1]] {
        let mut receiver = snapshots.receive(sent.file_bytes).unwrap();
        receiver.write_all(damaged).unwrap();
        assert!(receiver.finish().is_err());
        assert_eq!(names(&dir), Vec::<String>::new());
    }
    let mut receiver = snapshots.receive(sent.file_bytes - 1).unwrap();
    assert!(
        receiver.write_all(&intact).is_err(),
        "longer than announced"
    );

    for _ in 0..2 {
        let mut receiver = snapshots.receive(sent.file_bytes).unwrap();
        intact
            .chunks(7)
            .for_each(|chunk| receiver.write_all(chunk).unwrap());
        assert_eq!(receiver.finish().unwrap(), sent);
    }
    assert_eq!(read(&snapshots, &sent).unwrap(), b"some payload");
}

#[test]
fn a_recorded_name_never_changes_its_content() {
    let dir = TempDir::new().unwrap();
    let snapshots = SnapshotDir::open(dir.path()).unwrap();
    let first = write(&snapshots, metadata(5, 2), b"one");
    assert_eq!(write(&snapshots, metadata(5, 2), b"one"), first);
    let mut writer = snapshots.create(metadata(5, 2)).unwrap();
    writer.write_all(b"two").unwrap();
    assert!(matches!(
        writer.finish(),
        Err(Error::SnapshotDiffers { .. })
    ));
    assert_eq!(read(&snapshots, &first).unwrap(), b"one");
}

#[test]
fn the_newest_two_are_kept() {
    let bench = Bench::new();
    let mut store = bench.open();
    install(&mut store, 1, 1).unwrap();
    let (list, state) = (entries(2, &[1; 20]), hard_state(1, 1, 21));
    append(&mut store, &list).unwrap();
    store
        .persist(Batch {
            hard_state: Some(&state),
            ..Batch::default()
        })
        .unwrap();
    for index in [9, 10, 11] {
        let file = snapshot(&store, index, 1);
        store.record_snapshot(&file).unwrap();
    }
    let unrecorded = snapshot(&store, 15, 1);
    let stale = snapshot(&store, 8, 1);
    store.record_snapshot(&stale).unwrap();
    assert_eq!(
        store.snapshot_file().unwrap().metadata.index,
        11,
        "never goes back"
    );
    let recorded = snapshot(&store, 12, 1);
    store.record_snapshot(&recorded).unwrap();
    let expect = [
        "snapshot-1-11.bin",
        "snapshot-1-12.bin",
        &unrecorded.file_name,
    ];
    assert_eq!(
        names(&bench.dir),
        expect,
        "one that may yet be installed stays"
    );
    drop(store);
    drop(bench.open());
    assert_eq!(names(&bench.dir), expect[..2], "a restart forgets it");
}
