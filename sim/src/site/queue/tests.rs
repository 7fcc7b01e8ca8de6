//! Small machines whose schedules can be worked out by hand, and one log of the archive.

use std::convert::Infallible;
use std::io::Write as _;
use std::path::Path;

use super::*;
use crate::workload::swf;

/// Jobs as `submit processors run estimate`, a line each; numbers from 1.
fn jobs(text: &str) -> Vec<QueuedJob> {
    let rows = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let parse = |(at, row): (usize, &str)| {
        let numbers: Vec<i64> = row.split(' ').map(|word| word.parse().unwrap()).collect();
        QueuedJob {
            id: at as u64 + 1,
            submit_ms: numbers[0],
            processors: numbers[1] as u32,
            run_ms: numbers[2],
            estimate_ms: numbers[3],
        }
    };
    rows.enumerate().map(parse).collect()
}

/// Starts by job number.
fn starts(processors: u32, discipline: Discipline, jobs: &[QueuedJob]) -> Vec<i64> {
    let mut machine = Machine::new(processors, discipline);
    let mut done = Vec::new();
    let source = jobs.iter().map(|job| Ok::<_, Infallible>(*job));
    replay(&mut machine, source, |job| {
        done.push(*job);
        true
    })
    .unwrap();
    assert_eq!((machine.waiting(), machine.running()), (0, 0));
    never_too_much(processors, &done);
    done.sort_by_key(|done| done.job.id);
    assert_eq!(done.len(), jobs.len());
    done.iter().map(|done| done.start_ms).collect()
}

/// Checks what runs at every start, by listing it.
fn never_too_much(processors: u32, done: &[Done]) {
    for at in done {
        let now = at.start_ms;
        let there = done.iter().filter(|d| d.start_ms <= now && now < d.end_ms);
        let held: u32 = there.map(|d| d.job.processors).sum();
        assert!(held <= processors, "{held} processors held at {now}");
        assert!(at.start_ms >= at.job.submit_ms);
    }
}

fn check(processors: u32, text: &str, expected: [(Discipline, &[i64]); 4]) {
    for (discipline, starts_ms) in expected {
        let found = starts(processors, discipline, &jobs(text));
        assert_eq!(found, starts_ms, "{discipline}");
    }
}

#[test]
fn disciplines_differ_where_they_should() {
    use Discipline::{Conservative, Easy, EasySjbf, Fcfs};
    // 4 processors. Job 1 holds 3 until 100; job 2 wants 4; jobs 3 to 5 could use the hole.
    let text = "0 3 100 100
                1 4 50 50
                2 1 90 90
                3 1 20 20
                4 2 10 10";
    check(
        4,
        text,
        [
            (Fcfs, &[0, 100, 150, 150, 150]),
            // Job 3 fills the hole until 92; 4 finds no room, then would end at 112.
            (Easy, &[0, 100, 2, 150, 150]),
            (EasySjbf, &[0, 100, 2, 150, 150]),
            (Conservative, &[0, 100, 2, 150, 150]),
        ],
    );
    // Jobs 3 and 4 compete at the end of job 2: by queue order or by estimate.
    let text = "0 3 100 100
                0 1 10 10
                1 4 50 50
                2 1 80 80
                3 1 20 20";
    check(
        4,
        text,
        [
            (Fcfs, &[0, 0, 100, 150, 150]),
            (Easy, &[0, 0, 100, 10, 150]),
            (EasySjbf, &[0, 0, 100, 150, 10]),
            (Conservative, &[0, 0, 100, 10, 150]),
        ],
    );
}

#[test]
fn conservative_keeps_the_second_in_the_queue_where_easy_delays_it() {
    use Discipline::{Conservative, Easy};
    // 10 processors. Job 3 is second in the queue; job 4 ends by the shadow time of job 2 only if
    // it takes what job 3 has reserved.
    let text = "0 6 100 100
                0 4 40 40
                1 8 50 50
                2 10 10 10
                3 2 200 200";
    let easy = starts(10, Easy, &jobs(text));
    assert_eq!(
        easy,
        [0, 0, 100, 240, 40],
        "extra beside the head, no other looked at"
    );
    let conservative = starts(10, Conservative, &jobs(text));
    assert_eq!(conservative, [0, 0, 100, 150, 160]);
}

#[test]
fn early_ends_bring_reservations_forward() {
    use Discipline::Conservative;
    let text = "0 4 30 100
                1 4 50 60
                2 2 10 10";
    assert_eq!(starts(4, Conservative, &jobs(text)), [0, 30, 80]);
}

#[test]
fn an_estimate_that_is_over_counts_as_ended_before_the_end_is_handled() {
    use Discipline::{Easy, Fcfs};
    // Job 2 comes at the time at which job 1 ends: submissions come first, and it starts.
    let text = "0 4 10 10
                10 4 5 5
                10 1 1 1";
    for discipline in [Fcfs, Easy] {
        assert_eq!(starts(4, discipline, &jobs(text)), [0, 10, 15]);
    }
}

#[test]
fn what_can_never_run_is_refused_by_name() {
    let refused = |row: &str| {
        let mut machine = Machine::new(4, Discipline::Easy);
        machine.submit(jobs("5 1 1 1")[0]).unwrap();
        machine.submit(jobs(row)[0]).unwrap_err().to_string()
    };
    for (row, part) in [
        ("6 5 1 1", "asks for 5 processors; the machine has 4"),
        ("6 0 1 1", "asks for no processors"),
        ("6 1 2 1", "at most its estimate"),
        ("6 1 0 1", "at least 1 ms"),
        (
            "4 1 1 1",
            "submitted at 4 ms, when it is 5 ms already; sort the log",
        ),
    ] {
        let message = refused(row);
        assert!(message.contains(part), "{message} should say {part}");
    }
}

#[test]
fn rows_without_run_or_processors_are_counted() {
    let log = "1 0 -1 100 4 -1 -1 8 50 -1 1 1 1 1 1 1 -1 -1
               2 1 -1 -1 4 -1 -1 8 50 -1 1 1 1 1 1 1 -1 -1
               3 2 -1 10 -1 -1 -1 0 50 -1 1 1 1 1 1 1 -1 -1
               4 3 -1 10 2 -1 -1 -1 -1 -1 1 1 1 1 1 1 -1 -1";
    let mut rows = LogJobs::new(swf::read(log.as_bytes()), Estimate::Double);
    let jobs: Vec<QueuedJob> = rows.by_ref().map(Result::unwrap).collect();
    let brief = |job: &QueuedJob| (job.id, job.processors, job.run_ms, job.estimate_ms);
    let expected = [(1, 8, 50_000, 100_000), (4, 2, 10_000, 20_000)];
    assert_eq!(jobs.iter().map(brief).collect::<Vec<_>>(), expected);
    let counts = LogCounts {
        jobs: 2,
        without_run: 1,
        without_processors: 1,
        run_cut: 1,
        request_unknown: 1,
    };
    assert_eq!(rows.counts(), counts);
}

#[test]
fn indicators_of_two_jobs() {
    let done = |submit_ms, start_ms, run_ms, processors| Done {
        job: QueuedJob {
            id: 0,
            submit_ms,
            processors,
            run_ms,
            estimate_ms: run_ms,
        },
        start_ms,
        end_ms: start_ms + run_ms,
    };
    let mut indicators = Indicators::default();
    indicators.add(&done(0, 0, 1_000, 2));
    indicators.add(&done(1_000, 31_000, 5_000, 4));
    assert_eq!(indicators.mean_wait_s(), 15.0);
    assert_eq!(indicators.max_wait_s(), 30.0);
    assert_eq!(indicators.mean_bounded_slowdown(), (1.0 + 3.5) / 2.0);
    assert_eq!(indicators.makespan_s(), 36.0);
    assert_eq!(indicators.utilisation(4), 22.0 / 144.0);
}

#[test]
fn every_discipline_replays_a_log_of_the_archive() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/traces/swf/KTH-SP2-filtered.swf.gz");
    let Ok(file) = std::fs::File::open(&path) else {
        let mut stderr = std::io::stderr();
        writeln!(stderr, "SKIPPED: {} is not there", path.display()).unwrap();
        return;
    };
    let jobs = LogJobs::new(swf::read(file), Estimate::Requested);
    let jobs: Vec<QueuedJob> = jobs.take(2_000).collect::<Result<_, _>>().unwrap();
    for discipline in Discipline::ALL {
        let first = starts(100, discipline, &jobs);
        assert_eq!(first, starts(100, discipline, &jobs), "{discipline}");
    }
}
