//! Fence rules and damage of the journal.

use std::fs;

use super::*;
use crate::model::Phase;

fn key(job: &str, attempt: u32, fence: i64) -> AttemptKey {
    AttemptKey {
        job: job.into(),
        attempt,
        fence,
    }
}

fn done() -> Outcome {
    Outcome::bare(Phase::Succeeded, 0, "")
}

fn open(directory: &tempfile::TempDir) -> Result<Journal, JournalError> {
    Journal::open(&directory.path().join("journal"))
}

type Case<'a> = (&'a [(&'a str, i64)], i64, &'a str);

/// Runs `begin 5`, `end 5`, `release 5` steps on job `a` and returns what `begin fence` says after
/// a reopen.
fn begin_after(steps: &[(&str, i64)], fence: i64) -> String {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(&directory).unwrap();
    for (step, fence) in steps {
        let key = key("a", *fence as u32, *fence);
        match *step {
            "begin" => journal.begin(&key, 0).unwrap(),
            "end" => journal.end(&key, &done()).unwrap(),
            "release" => journal.release(&key).unwrap(),
            "compact" => journal.compact(0).unwrap(),
            other => panic!("unknown step {other}"),
        }
    }
    drop(journal);
    match open(&directory)
        .unwrap()
        .begin(&key("a", fence as u32, fence), 0)
    {
        Ok(()) => "started".into(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn fence_rules_hold_across_reopening() {
    let finished = [("begin", 5), ("end", 5)];
    let released = [("begin", 5), ("end", 5), ("release", 5)];
    let compacted = [("begin", 5), ("end", 5), ("release", 5), ("compact", 0)];
    let cases: &[Case<'_>] = &[
        (&[], 5, "started"),
        (&[], 0, "no start is granted (fence 0)"),
        (&[("begin", 5)], 5, "fence 5 was used before"),
        (
            &[("begin", 5)],
            4,
            "fence 4 is older than 5, which was granted since",
        ),
        (&[("begin", 5)], 6, "a/5 (fence 5) is not confirmed dead"),
        (&finished, 6, "started"),
        (&finished, 5, "fence 5 was used before"),
        (&released, 5, "fence 5 was used before"),
        (
            &released,
            3,
            "fence 3 is older than 5, which was granted since",
        ),
        (&compacted, 5, "fence 5 was used before"),
        (&compacted, 6, "started"),
        (
            &[("begin", 5), ("compact", 0)],
            6,
            "a/5 (fence 5) is not confirmed dead",
        ),
    ];
    for (steps, fence, expected) in cases {
        assert_eq!(
            begin_after(steps, *fence),
            *expected,
            "{steps:?} then {fence}"
        );
    }
}

#[test]
fn a_torn_tail_is_dropped_at_every_length() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let mut journal = open(&directory).unwrap();
    journal.begin(&key("a", 1, 5), 0).unwrap();
    let first = fs::metadata(&path).unwrap().len();
    journal.begin(&key("b", 1, 6), 0).unwrap();
    drop(journal);
    let whole = fs::read(&path).unwrap();
    for length in first..whole.len() as u64 {
        fs::write(&path, &whole[..length as usize]).unwrap();
        let journal = open(&directory).unwrap();
        assert_eq!(journal.intents().unreleased().count(), 1, "cut at {length}");
        assert_eq!(fs::metadata(&path).unwrap().len(), first);
    }
    let mut zeros = whole[..first as usize].to_vec();
    zeros.extend([0; 100]);
    fs::write(&path, zeros).unwrap();
    assert_eq!(open(&directory).unwrap().intents().unreleased().count(), 1);
}

#[test]
fn a_damaged_byte_before_the_tail_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    let mut journal = open(&directory).unwrap();
    journal.begin(&key("a", 1, 5), 0).unwrap();
    let first = fs::metadata(&path).unwrap().len() as usize;
    journal.begin(&key("b", 1, 6), 0).unwrap();
    drop(journal);
    let whole = fs::read(&path).unwrap();
    for at in 0..first {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x40;
        fs::write(&path, &bytes).unwrap();
        let error = open(&directory)
            .map(|_| ())
            .expect_err("damage must be seen");
        assert!(
            matches!(error, JournalError::Corrupt { offset: 0, .. }),
            "byte {at}: {error}"
        );
    }
}

#[test]
fn compaction_forgets_old_jobs_and_keeps_unreleased_ends() {
    const WEEK_MS: i64 = 7 * 24 * 3600 * 1000;
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(&directory).unwrap();
    for (job, at) in [("old", 0), ("new", WEEK_MS), ("kept", 0)] {
        journal.begin(&key(job, 1, 5), at).unwrap();
        journal.end(&key(job, 1, 5), &done()).unwrap();
    }
    journal.release(&key("old", 1, 5)).unwrap();
    journal.release(&key("new", 1, 5)).unwrap();
    journal.compact(WEEK_MS + 1).unwrap();
    drop(journal);
    let mut journal = open(&directory).unwrap();
    let kept: Vec<_> = journal
        .intents()
        .unreleased()
        .map(|(k, end)| (k.clone(), end.cloned()))
        .collect();
    assert_eq!(kept, [(key("kept", 1, 5), Some(done()))]);
    assert!(journal.begin(&key("new", 1, 5), 0).is_err());
    journal.begin(&key("old", 1, 5), 0).unwrap();
    journal.end(&key("old", 1, 5), &done()).unwrap();
    drop(journal);
    assert_eq!(open(&directory).unwrap().intents().unreleased().count(), 2);
}
