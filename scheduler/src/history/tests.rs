//! What goes in comes out, in order, once, and unchanged or not at all.

use ewc_core::model::{DataGrade, JobSpec, JobState, WorkloadClass};
use tempfile::TempDir;

use super::*;

fn job(id: u64, key: &str) -> Arc<Job> {
    let spec = JobSpec {
        class: WorkloadClass::Render,
        ..JobSpec::batch(format!("job {id}"), vec![])
    };
    Arc::new(Job {
        id: JobId(id),
        tenant: Arc::from("rendering"),
        key: key.to_owned(),
        spec: Arc::new(spec),
        grade: DataGrade::General,
        state: JobState::Succeeded,
        reason: None,
        submitted_ms: 1,
        ended_ms: Some(2),
        placement: None,
        planned_at: 0,
        planned_base: 0,
        staging: vec![],
        attempts: vec![],
        cancelling: false,
        preemption: None,
        slips: 0,
        due_ms: None,
        changed_at: id,
        saved: None,
        moving: None,
        moves: Vec::new(),
    })
}

fn jobs(ids: impl IntoIterator<Item = u64>) -> Vec<Arc<Job>> {
    ids.into_iter()
        .map(|id| job(id, &format!("k{id}")))
        .collect()
}

fn open(directory: &TempDir, max: u64) -> History {
    History::open(&directory.path().join("history.redb"), max).unwrap()
}

fn ids(page: &Page) -> Vec<u64> {
    page.jobs.iter().map(|job| job.id.0).collect()
}

/// Writes a record as damage or another program would leave it.
fn overwrite(history: &History, id: u64, change: impl FnOnce(&mut Vec<u8>)) {
    let mut record = {
        let transaction = history.database.begin_read().unwrap();
        let records = transaction.open_table(JOBS).unwrap();
        records.get(id).unwrap().unwrap().value().to_vec()
    };
    change(&mut record);
    let put = |records: &mut Records<'_>, _: &mut Keys<'_>| {
        records.insert(id, record.as_slice())?;
        Ok(())
    };
    history.write(Durability::Immediate, put).unwrap();
}

#[test]
fn jobs_are_found_by_identity_and_by_key() {
    let directory = tempfile::tempdir().unwrap();
    let history = open(&directory, 10);
    assert!(history.is_empty().unwrap());
    history.put(&jobs(1..=3)).unwrap();
    assert_eq!(
        history.get(JobId(2)).unwrap().as_ref(),
        Some(&*job(2, "k2"))
    );
    assert_eq!(history.get(JobId(4)).unwrap(), None);
    let by_key = history.get_by_key("rendering", "k3").unwrap();
    assert_eq!(by_key.unwrap().id, JobId(3));
    assert_eq!(history.get_by_key("other", "k3").unwrap(), None);
    assert_eq!(history.len().unwrap(), 3);
}

#[test]
fn to_put_again_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let history = open(&directory, 10);
    history.put(&[job(1, "k")]).unwrap();
    history.put(&[job(5, "k")]).unwrap();
    history.put(&[job(1, "k")]).unwrap();
    assert_eq!(history.len().unwrap(), 2);
    let newest = history.get_by_key("rendering", "k").unwrap().unwrap();
    assert_eq!(newest.id, JobId(5));
}

#[test]
fn lists_go_from_the_newest_to_the_oldest() {
    let directory = tempfile::tempdir().unwrap();
    let history = open(&directory, 100);
    history.put(&jobs(1..=10)).unwrap();
    let first = history.list(None, 4, |_| true).unwrap();
    assert_eq!(
        (ids(&first), first.next),
        (vec![10, 9, 8, 7], Some(JobId(7)))
    );
    let second = history.list(first.next, 4, |_| true).unwrap();
    assert_eq!(
        (ids(&second), second.next),
        (vec![6, 5, 4, 3], Some(JobId(3)))
    );
    let last = history.list(second.next, 4, |_| true).unwrap();
    assert_eq!((ids(&last), last.next), (vec![2, 1], None));
    let even = history.list(None, 2, |job| job.id.0 % 2 == 0).unwrap();
    assert_eq!((ids(&even), even.next), (vec![10, 8], Some(JobId(8))));
    assert_eq!(ids(&history.list(None, 0, |_| true).unwrap()), [0; 0]);
}

#[test]
fn one_call_reads_a_bounded_number_of_records() {
    let directory = tempfile::tempdir().unwrap();
    let history = open(&directory, 100_000);
    history.put(&jobs(1..=SCAN_MAX as u64 + 5)).unwrap();
    let page = history.list(None, 10, |job| job.id.0 <= 2).unwrap();
    assert_eq!((ids(&page), page.next), (vec![], Some(JobId(6))));
    let page = history.list(page.next, 10, |job| job.id.0 <= 2).unwrap();
    assert_eq!((ids(&page), page.next), (vec![2, 1], None));
}

#[test]
fn the_oldest_leave_beyond_the_limit() {
    let directory = tempfile::tempdir().unwrap();
    let history = open(&directory, 3);
    history.put(&jobs(1..=5)).unwrap();
    assert_eq!(ids(&history.list(None, 9, |_| true).unwrap()), [5, 4, 3]);
    assert_eq!(history.get_by_key("rendering", "k2").unwrap(), None);
    // A replayed job that is older than all is trimmed at once and takes nobody's place.
    history.put(&jobs([1, 6])).unwrap();
    assert_eq!(ids(&history.list(None, 9, |_| true).unwrap()), [6, 5, 4]);
    // A key that was used again stays with the newer job.
    history.put(&[job(7, "k4")]).unwrap();
    let kept = history.get_by_key("rendering", "k4").unwrap().unwrap();
    assert_eq!((kept.id, history.len().unwrap()), (JobId(7), 3));
}

#[test]
fn a_lowered_limit_is_reached_in_steps() {
    let directory = tempfile::tempdir().unwrap();
    let many = 2 * TRIM_EXTRA_MAX + 100;
    open(&directory, many).put(&jobs(1..=many)).unwrap();
    let history = open(&directory, 10);
    history.put(&jobs([many + 1])).unwrap();
    assert_eq!(history.len().unwrap(), many - TRIM_EXTRA_MAX);
    history.put(&jobs([many + 2])).unwrap();
    history.put(&jobs([many + 3])).unwrap();
    assert_eq!(history.len().unwrap(), 10);
}

#[test]
fn damage_is_detected() {
    let directory = tempfile::tempdir().unwrap();
    let history = open(&directory, 10);
    history.put(&jobs(1..=5)).unwrap();
    overwrite(&history, 2, |record| record[40] ^= 1);
    overwrite(&history, 3, |record| record.truncate(4));
    overwrite(&history, 4, |record| record[0] = 9);
    overwrite(&history, 5, |record| {
        *record = record::encode(&job(1, "k1"))
    });
    for (id, expected) in [
        (2, RecordFault::Checksum),
        (3, RecordFault::TooShort),
        (4, RecordFault::Version(9)),
        (5, RecordFault::Checksum),
    ] {
        match history.get(JobId(id)) {
            Err(HistoryError::Damaged { job, fault }) => {
                assert_eq!((job, fault), (JobId(id), expected));
            }
            other => panic!("job {id}: {other:?}"),
        }
    }
    assert!(history.get_by_key("rendering", "k2").is_err());
    let page = history.list(None, 10, |_| true).unwrap();
    assert_eq!(ids(&page), [1]);
    assert_eq!(page.damaged, [5, 4, 3, 2].map(JobId));
    // Damaged records leave like others.
    history.put(&jobs(6..=14)).unwrap();
    assert_eq!(
        ids(&history.list(None, 99, |_| true).unwrap()).len(),
        10 - 1
    );
}

#[test]
fn every_flipped_bit_is_detected() {
    let record = record::encode(&job(7, "key"));
    for bit in 0..record.len() * 8 {
        let mut damaged = record.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(record::decode(JobId(7), &damaged).is_err(), "bit {bit}");
    }
    assert!(record::decode(JobId(7), &record).is_ok());
}

/// A copy of the file is what a crash leaves, less what the system had not written.
fn after_a_crash(directory: &TempDir) -> u64 {
    let copy = tempfile::tempdir().unwrap();
    let path = copy.path().join("history.redb");
    std::fs::copy(directory.path().join("history.redb"), &path).unwrap();
    History::open(&path, 100_000).unwrap().len().unwrap()
}

#[test]
fn what_was_flushed_survives_a_crash() {
    let directory = tempfile::tempdir().unwrap();
    let history = open(&directory, 100_000);
    history.put(&jobs(1..=3)).unwrap();
    assert_eq!(after_a_crash(&directory), 0);
    history.flush().unwrap();
    assert_eq!(after_a_crash(&directory), 3);
    // Without a flush no more than a bounded number waits for the disk.
    history.put(&jobs(4..=10)).unwrap();
    history.put(&jobs(11..=VOLATILE_MAX + 10)).unwrap();
    assert_eq!(after_a_crash(&directory), VOLATILE_MAX + 10);
    assert_eq!(*history.lock_volatile(), 0);
}

#[test]
fn a_closed_store_reopens_with_everything() {
    let directory = tempfile::tempdir().unwrap();
    open(&directory, 10).put(&jobs(1..=3)).unwrap();
    assert_eq!(open(&directory, 10).len().unwrap(), 3);
}
