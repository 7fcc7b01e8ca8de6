//! Damaged bytes of the files are found and never taken for data.

use raft::eraftpb::Entry;
use tempfile::TempDir;

use super::fault_disk::{Contents, FaultDisk};
use super::tests::{Bench, append, commit, entries, entry, install, snapshot};
use super::{Error, LogStore};

fn read_all(store: &LogStore) -> Result<Vec<Entry>, Error> {
    store
        .entries_range(store.first_index(), store.last_index() + 1)?
        .collect()
}

/// A store of five entries after a snapshot, closed; in one file, or in a few.
fn closed_bench(file_bytes: u64) -> Bench {
    let bench = Bench::new();
    let mut store = bench.open();
    store.files.set_file_bytes(file_bytes);
    install(&mut store, 1, 1).unwrap();
    for index in 2..7 {
        append(&mut store, &[entry(index, 1)]).unwrap();
    }
    drop(store);
    bench
}

fn bench_holding(contents: Contents, dir: &TempDir) -> Bench {
    Bench {
        disk: FaultDisk::holding(contents),
        dir: copied_dir(dir),
    }
}

/// Every third byte of what is used of every file, and some of the zeros behind.
fn bytes_that_count(contents: &Contents) -> impl Iterator<Item = (String, usize)> {
    contents.iter().flat_map(|(name, bytes)| {
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0);
        let room = (used..bytes.len()).step_by(997);
        (0..used)
            .step_by(3)
            .chain(room)
            .map(|offset| (name.clone(), offset))
    })
}

/// A byte decays, and the member starts anew. Either that is found, or it is a byte between records,
/// or the last batch of all is gone: damage there looks as what a crash tears. Nothing that was not
/// written is ever read.
#[test]
fn a_flipped_byte_is_found_or_undoes_the_last_batch() {
    for file_bytes in [u64::MAX, 300] {
        let bench = closed_bench(file_bytes);
        let complete = entries(2, &[1; 5]);
        let intact = bench.disk.contents();
        let (mut refused, mut whole, mut undone) = (0, 0, 0);
        for (name, offset) in bytes_that_count(&intact) {
            let mut damaged = intact.clone();
            damaged.get_mut(&name).unwrap()[offset] ^= 0x10;
            let damaged = bench_holding(damaged, &bench.dir);
            match damaged.open_as(super::tests::IDENTITY) {
                Err(_) => refused += 1,
                Ok(store) => match read_all(&store).unwrap() {
                    read if read == complete => whole += 1,
                    read => {
                        assert_eq!(read, complete[..4], "{name}, byte {offset}");
                        undone += 1;
                    }
                },
            }
        }
        println!("{refused} refused, {whole} complete, {undone} without the last batch");
        // A batch of one such entry is 132 bytes long, what is between records a few each.
        assert!(refused > 160 && (1..=44).contains(&undone), "{undone}");
    }
}

#[test]
fn a_missing_file_is_found() {
    let bench = closed_bench(300);
    let intact = bench.disk.contents();
    assert!(intact.len() >= 3, "{}", intact.len());
    let names: Vec<&String> = intact.keys().collect();
    // Without the newest, the log could have ended before; every file before it is missed.
    for name in &names[..names.len() - 1] {
        let mut damaged = intact.clone();
        damaged.remove(*name);
        let damaged = bench_holding(damaged, &bench.dir);
        let error = damaged.open_as(super::tests::IDENTITY).unwrap_err();
        let expected = matches!(error, Error::CorruptFile { .. } | Error::Contradiction(_));
        assert!(expected, "{name}: {error}");
    }
}

/// A write that a crash tore anywhere is gone, and what was acknowledged is there; the next batch
/// then stands where it was.
#[test]
fn a_torn_write_is_forgotten() {
    let bench = closed_bench(u64::MAX);
    let before = bench.disk.contents();
    let mut store = bench.open();
    append(&mut store, &entries(7, &[1, 1])).unwrap();
    drop(store);
    let after = bench.disk.contents();
    let name = before.keys().next().unwrap();
    let changed = |offset: &usize| before[name][*offset] != after[name][*offset];
    let changed: Vec<usize> = (0..before[name].len()).filter(changed).collect();
    for cut in &changed {
        // What comes before, or what comes after, has reached the disk.
        for first in [true, false] {
            let mut torn = before.clone();
            let bytes = torn.get_mut(name).unwrap();
            for offset in changed.iter().filter(|offset| (*offset < cut) == first) {
                bytes[*offset] = after[name][*offset];
            }
            let torn = bench_holding(torn, &bench.dir);
            let mut store = torn.open();
            let read = read_all(&store).unwrap();
            let is_whole = !first && cut == &changed[0];
            let expected = entries(2, &[1; 7]);
            assert_eq!(
                read,
                expected[..if is_whole { 7 } else { 5 }],
                "cut at {cut}"
            );
            append(&mut store, &[entry(7, 2)]).unwrap();
            drop(store);
            let read = read_all(&torn.open()).unwrap();
            assert_eq!(read, entries(2, &[1, 1, 1, 1, 1, 2]));
        }
    }
}

/// A byte that decays while the store is open is found by the entry's own checksum.
#[test]
fn a_byte_that_decays_under_an_open_store_is_found() {
    let bench = closed_bench(u64::MAX);
    let mut store = bench.open();
    store.set_cache_bytes(0);
    let mut contents = bench.disk.contents();
    let (name, bytes) = contents.pop_first().unwrap();
    let text = b"entry 4 of term 1";
    let at = bytes.windows(text.len()).position(|found| found == text);
    let file = super::Disk::open(&bench.disk, &name).unwrap();
    file.write_all_at(b"f", at.unwrap() as u64).unwrap();
    let error = read_all(&store).unwrap_err();
    assert!(matches!(error, Error::Corrupt { index: 4, .. }), "{error}");
}

/// Files go once nothing in them is needed, and never what a crash would need.
#[test]
fn files_are_given_back() {
    let bench = Bench::new();
    let mut store = bench.open();
    store.files.set_file_bytes(2000);
    let mut most = 0;
    for index in 1..500 {
        append(&mut store, &[entry(index, 1)]).unwrap();
        commit(&mut store, 1, index).unwrap();
        if index % 40 == 0 {
            let file = snapshot(&store, index - 5, 1);
            store.record_snapshot(&file).unwrap();
            store.compact(index - 5).unwrap();
        }
        most = most.max(bench.disk.contents().len());
        let left = Bench {
            disk: bench.disk.after_crash(),
            dir: copied_dir(&bench.dir),
        };
        let left = left.open();
        assert_eq!(left.last_index(), index);
        assert!(left.first_index() <= store.first_index());
        read_all(&left).unwrap();
    }
    assert!((3..8).contains(&most), "{most} files");
}

fn copied_dir(dir: &TempDir) -> TempDir {
    let copy = TempDir::new().unwrap();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    copy
}
