//! The format's cases as rows, and one log of the archive.

use std::io::{self, Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::input::{InputProblem, LINE_BYTES_MAX};

const ROW: &str = "7 100 5 3600 16 -1 2048 32 7200 -1 1 3 1 9 2 1 -1 -1";

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn jobs(text: &str) -> (Vec<SwfJob>, SwfCounts) {
    let mut reader = read(text.as_bytes());
    let jobs = reader.by_ref().collect::<Result<_, _>>().unwrap();
    (jobs, reader.counts())
}

fn error(bytes: &[u8]) -> SwfError {
    let mut reader = read(bytes);
    let error = reader.find_map(Result::err).expect("an error");
    assert!(reader.next().is_none(), "nothing follows an error");
    error
}

/// The row with one field, counted from 1, replaced.
fn with(field: usize, value: &str) -> String {
    let mut fields: Vec<&str> = ROW.split(' ').collect();
    fields[field - 1] = value;
    fields.join(" ")
}

#[test]
fn every_field_has_its_place_and_unit() {
    let text = "1 2 3 4 5 6.5 7 8 9 10 0 12 13 14 15 16 17 18";
    let (jobs, counts) = jobs(text);
    let expected = SwfJob {
        number: 1,
        submit_seconds: 2,
        wait_seconds: Some(3),
        run_time_seconds: Some(4),
        processors_allocated: Some(5),
        cpu_ms: Some(6500),
        memory_kb: Some(7),
        processors_requested: Some(8),
        time_requested_seconds: Some(9),
        memory_requested_kb: Some(10),
        status: Some(SwfStatus::Failed),
        user: Some(12),
        group: Some(13),
        executable: Some(14),
        queue: Some(15),
        partition: Some(16),
        preceding_job: Some(17),
        think_seconds: Some(18),
    };
    assert_eq!(jobs, [expected]);
    assert_eq!((counts.jobs, counts.repaired), (1, 0));
}

#[test]
fn a_row_is_written_as_it_is_read() {
    for row in [ROW, &with(6, "0.250"), &with(11, "5"), &with(18, "7")] {
        assert_eq!(jobs(row).0[0].to_string(), row);
    }
}

#[test]
fn processors_prefer_what_was_asked_for() {
    let of = |requested: &str, allocated: &str| {
        let row = with(8, requested).replacen(" 16 ", &format!(" {allocated} "), 1);
        jobs(&row).0[0].processors()
    };
    assert_eq!(of("32", "16"), Some(32));
    assert_eq!(of("-1", "16"), Some(16));
    assert_eq!(of("0", "16"), Some(16));
    assert_eq!(of("-1", "-1"), None);
    assert_eq!(jobs(&with(4, "0")).0[0].run_seconds(), None);
}

#[test]
fn header_comments_are_kept() {
    let text = format!("; MaxProcs: 100 (of 104)\n;MaxNodes: 50\n; no entry\n\n{ROW}\r\n");
    let mut reader = read(text.as_bytes());
    assert!(reader.next().unwrap().is_ok());
    assert_eq!(reader.header().processors_max(), Some(100));
    assert_eq!(reader.header().nodes_max(), Some(50));
    assert_eq!(reader.header().get("maxnodes"), Some("50"));
    assert_eq!(reader.header().entries().count(), 2);
    assert!(reader.next().is_none());
    assert_eq!(reader.counts().lines, 5);
}

#[test]
fn what_the_conventions_allow_is_repaired_or_dropped_and_counted() {
    let rows = [
        format!("{ROW} 99"),
        with(4, "3599.6"),
        with(9, "-5"),
        with(11, "3"),
        with(2, "-1"),
        ROW.to_owned(),
    ];
    let (jobs, counts) = jobs(&rows.join("\n"));
    assert_eq!(jobs.len(), 4);
    assert_eq!(jobs[1].run_seconds(), Some(3600));
    assert_eq!(jobs[2].time_requested_seconds, None);
    assert_eq!((counts.jobs, counts.repaired), (4, 3));
    assert_eq!((counts.dropped_bursts, counts.dropped_unknown), (1, 1));
}

#[test]
fn errors_name_line_and_field() {
    let cases: [(String, &str); 8] = [
        ("1 2 3".to_owned(), "line 2: has 3 fields"),
        (with(4, "long"), "line 2: field 4 (run time) is \"long\""),
        (with(4, "nan"), "line 2: field 4 (run time) is \"nan\""),
        (with(6, "NaN"), "line 2: field 6 (average CPU time used)"),
        (with(4, "inf"), "out of range"),
        (with(4, "9999999999999999999999"), "out of range"),
        (with(2, "2000000000000000"), "out of range"),
        (with(11, "6"), "line 2: field 11 (status) is 6"),
    ];
    for (row, part) in cases {
        let message = error(format!("; c: d\n{row}\n").as_bytes()).to_string();
        assert!(message.contains(part), "{message} should say {part}");
    }
}

#[test]
fn a_line_has_a_limit() {
    let longest = format!("{ROW}{}\n", " ".repeat(LINE_BYTES_MAX - ROW.len() - 1));
    assert_eq!(jobs(&longest).0.len(), 1);
    let error = error(format!("{}\n", "1 ".repeat(LINE_BYTES_MAX)).as_bytes());
    assert!(matches!(
        error.problem,
        SwfProblem::Input(InputProblem::LineTooLong)
    ));
}

#[test]
fn gzip_is_known_by_its_first_bytes() {
    let text = format!("{ROW}\n").repeat(10_000);
    let compressed = gzip(&text);
    let plain: Vec<SwfJob> = read(text.as_bytes()).map(Result::unwrap).collect();
    let unpacked: Vec<SwfJob> = read(&compressed[..]).map(Result::unwrap).collect();
    assert_eq!(plain, unpacked);

    let cut = error(&compressed[..compressed.len() / 2]);
    assert!(
        matches!(cut.problem, SwfProblem::Input(InputProblem::TruncatedGzip)),
        "{cut}"
    );
    let headless = error(&compressed[..5]);
    assert!(matches!(
        headless.problem,
        SwfProblem::Input(InputProblem::TruncatedGzip)
    ));
    let mut damaged = compressed.clone();
    let checksum = damaged.len() - 8;
    damaged[checksum] ^= 0xff;
    let damaged = error(&damaged);
    assert!(
        matches!(
            damaged.problem,
            SwfProblem::Input(InputProblem::DamagedGzip(_))
        ),
        "{damaged}"
    );
}

#[test]
fn an_empty_log_has_no_jobs() {
    for text in ["", "\n", "; Version: 2.2\n", ";"] {
        assert_eq!(jobs(text).0, []);
    }
}

#[test]
fn a_reader_that_fails_is_reported() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("unplugged"))
        }
    }
    let message = read(Broken).next().unwrap().unwrap_err().to_string();
    assert_eq!(message, "line 0: cannot be read: unplugged");
}

#[test]
fn reads_a_log_of_the_archive() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/traces/swf/KTH-SP2-filtered.swf.gz");
    let Ok(file) = std::fs::File::open(&path) else {
        // Written past the harness, which hides what a passing test prints.
        writeln!(io::stderr(), "SKIPPED: {} is not there", path.display()).unwrap();
        return;
    };
    let mut reader = read(file);
    let jobs: Vec<SwfJob> = reader.by_ref().collect::<Result<_, _>>().unwrap();
    assert_eq!(jobs.len(), 28_481);
    assert_eq!(reader.header().processors_max(), Some(100));
    assert_eq!(reader.header().get("Computer"), Some("IBM SP2"));
    assert_eq!(reader.counts().repaired, 0);
    assert!(jobs.iter().all(|job| job.processors() <= Some(100)));
    assert!(jobs.iter().all(|job| job.processors().is_some()));
}
