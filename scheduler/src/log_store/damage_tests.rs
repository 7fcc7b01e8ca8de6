//! Damaged bytes, below redb and inside its values, are found and never taken for data.

use raft::eraftpb::Entry;
use redb::{Database, ReadableDatabase, ReadableTable};
use tempfile::TempDir;

use super::entries::ENTRIES;
use super::fault_backend::FaultBackend;
use super::meta::META;
use super::tests::{Bench, append, entries, entry, install};
use super::{Error, Fault, LogStore};

fn read_all(store: &LogStore) -> Result<Vec<Entry>, Error> {
    store
        .entries_range(store.first_index(), store.last_index() + 1)?
        .collect()
}

/// A store of five entries after a snapshot, closed.
fn closed_bench() -> Bench {
    let bench = Bench::new();
    let mut store = bench.open();
    install(&mut store, 1, 1).unwrap();
    for index in 2..7 {
        append(&mut store, &[entry(index, 1)]).unwrap();
    }
    drop(store);
    bench
}

/// Changes the database below the store, with valid redb checksums.
fn change(bench: &Bench, change: impl FnOnce(&redb::WriteTransaction)) {
    let database = Database::builder()
        .create_with_backend(bench.disk.clone())
        .unwrap();
    let transaction = database.begin_write().unwrap();
    change(&transaction);
    transaction.commit().unwrap();
}

fn entry_value(bench: &Bench, index: u64) -> Vec<u8> {
    let database = Database::builder()
        .create_with_backend(bench.disk.clone())
        .unwrap();
    let table = database.begin_read().unwrap().open_table(ENTRIES).unwrap();
    table.get(index).unwrap().unwrap().value().to_vec()
}

#[test]
fn a_wrong_entry_value_is_found() {
    let intact = entry_value(&closed_bench(), 4);
    let flipped = |offset: usize| {
        let mut value = intact.clone();
        value[offset] ^= 1;
        Some(value)
    };
    let cases: [(&str, Option<Vec<u8>>); 5] = [
        ("header", flipped(2)),
        ("payload", flipped(25)),
        ("checksum", flipped(intact.len() - 1)),
        (
            "another entry's value",
            Some(entry_value(&closed_bench(), 5)),
        ),
        ("missing", None),
    ];
    for (name, value) in cases {
        let bench = closed_bench();
        change(&bench, |transaction| {
            let mut table = transaction.open_table(ENTRIES).unwrap();
            match &value {
                Some(value) => drop(table.insert(4, value.as_slice()).unwrap()),
                None => drop(table.remove(4).unwrap()),
            }
        });
        let error = bench.open_as(super::tests::IDENTITY).unwrap_err();
        assert!(
            matches!(error, Error::Corrupt { index: 4, .. }),
            "{name}: {error}"
        );
    }
}

#[test]
fn a_wrong_meta_value_is_found() {
    for name in ["identity", "floor", "hard_state", "snapshot"] {
        let bench = closed_bench();
        change(&bench, |transaction| {
            let mut table = transaction.open_table(META).unwrap();
            let mut value = table.get(name).unwrap().unwrap().value().to_vec();
            value[3] ^= 1;
            table.insert(name, value.as_slice()).unwrap();
        });
        match bench.open_as(super::tests::IDENTITY) {
            Err(Error::CorruptMeta {
                record,
                fault: Fault::Checksum { .. },
            }) => {
                assert_eq!(record, name);
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

/// Opens a store on every image that differs from `image` in one byte (of those tried), and counts
/// how often it is refused, complete, or an earlier state of the log.
fn flip_bytes(dir: &TempDir, image: &[u8], complete: &[Entry]) -> [u32; 3] {
    let mut counts = [0; 3];
    for offset in interesting_offsets(image, 97) {
        let mut damaged = image.to_vec();
        damaged[offset] ^= 0x10;
        let disk = FaultBackend::holding(damaged);
        let damaged = Bench {
            disk,
            dir: copied_dir(dir),
        };
        let outcome = match damaged.open_as(super::tests::IDENTITY) {
            Err(_) => 0,
            Ok(store) => {
                let read = read_all(&store).unwrap();
                assert!(complete.starts_with(&read), "offset {offset}: {read:?}");
                if read.len() == complete.len() { 1 } else { 2 }
            }
        };
        counts[outcome] += 1;
    }
    counts
}

#[test]
fn a_flipped_byte_in_a_closed_database_is_found() {
    let bench = closed_bench();
    let image = bench.disk.contents();
    let [refused, complete, earlier] = flip_bytes(&bench.dir, &image, &entries(2, &[1; 5]));
    println!("{refused} refused, {complete} complete, {earlier} earlier");
    assert!(refused > 0 && complete > 0);
    assert_eq!(earlier, 0);
}

/// After a crash redb takes the newest of its two commits whose checksums are right. If the newest
/// one was acknowledged and then decayed, that is the one before: a database cannot tell a decayed
/// commit from a torn one. Nothing that was not written is ever read.
#[test]
fn a_flipped_byte_after_a_crash_is_found_or_undoes_the_last_commit() {
    let bench = Bench::new();
    let mut store = bench.open();
    install(&mut store, 1, 1).unwrap();
    append(&mut store, &entries(2, &[1; 4])).unwrap();
    append(&mut store, &[entry(6, 1)]).unwrap();
    let image = bench.disk.after_crash().contents();
    let [refused, complete, earlier] = flip_bytes(&bench.dir, &image, &entries(2, &[1; 5]));
    println!("{refused} refused, {complete} complete, {earlier} earlier");
    assert!(refused > 0 && complete > 0);
}

/// redb does not verify what it reads, so a byte that decays while the store is open is found by
/// the entry's own checksum. (A page of redb whose structure decays may make redb panic.)
#[test]
fn a_flipped_byte_is_found_without_the_help_of_redb() {
    let bench = closed_bench();
    let image = bench.disk.contents();
    let text = b"entry 4 of term 1";
    let copies = (0..image.len()).filter(|offset| image[*offset..].starts_with(text));
    let mut found = 0;
    for offset in copies {
        let mut damaged = image.clone();
        damaged[offset] ^= 1;
        let disk = FaultBackend::holding(damaged);
        let database = Database::builder().create_with_backend(disk).unwrap();
        let table = database.begin_read().unwrap().open_table(ENTRIES).unwrap();
        match super::entries::get(&table, 4) {
            Ok(intact) => assert_eq!(intact, entry(4, 1)),
            Err(Error::Corrupt {
                index: 4,
                fault: Fault::Checksum { .. },
            }) => found += 1,
            Err(other) => panic!("offset {offset}: {other}"),
        }
    }
    assert_eq!(found, 1, "one of the copies is the live one");
}

/// Every `step`th offset of every page that is not empty.
fn interesting_offsets(image: &[u8], step: usize) -> impl Iterator<Item = usize> {
    let pages = image.chunks(4096).enumerate();
    pages
        .filter(|(_, page)| page.iter().any(|b| *b != 0))
        .flat_map(move |(number, page)| {
            (0..page.len())
                .step_by(step)
                .map(move |offset| number * 4096 + offset)
        })
}

fn copied_dir(dir: &TempDir) -> TempDir {
    let copy = TempDir::new().unwrap();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    copy
}
