//! What is written is read again.

use super::*;
use crate::workload::trace::{CsvJobs, Mapping, Repair, SwfJobs};

fn jobs() -> Vec<TraceJob> {
    let first = TraceJob {
        row: 2,
        id: String::from("a, \"b\""),
        submit_ms: 90_250,
        run_ms: 1_500,
        cpu_millis: 2_500,
        memory_mib: Some(6),
        accelerators: 4,
        requested_ms: Some(2_000),
        deadline_ms: Some(120_000),
        tenant: Some(String::from("lab, one")),
    };
    let second = TraceJob {
        row: 3,
        id: String::from("2"),
        submit_ms: 95_249,
        run_ms: 60_000,
        accelerators: 8,
        ..TraceJob::default()
    };
    vec![first, second]
}

fn written(mut writer: Box<dyn JobWriter + '_>, complete: bool) {
    jobs().iter().for_each(|job| writer.add(job).unwrap());
    writer.finish(complete).unwrap();
}

#[test]
fn a_table_holds_all_that_is_known() {
    let mut table = Vec::new();
    written(Box::new(CsvWriter::new(&mut table).unwrap()), true);
    let source = CsvJobs::open(&table[..], "t.csv", &Mapping::load("ewc").unwrap());
    let read: Vec<TraceJob> = source.unwrap().map(Result::unwrap).collect();
    assert_eq!(read, jobs());
}

#[test]
fn a_log_holds_what_its_fields_do() {
    let mut log = Vec::new();
    let head = Head {
        source: String::from("a table\n; of mine"),
        processors_max: Some(64),
        unix_start_ms: Some(1_000_000),
    };
    written(Box::new(SwfWriter::new(&mut log, head.clone())), false);
    let text = String::from_utf8(log.clone()).unwrap();
    let rows: Vec<&str> = text.lines().filter(|line| !line.starts_with(';')).collect();
    let expected = [
        "1 0 -1 2 -1 -1 -1 3 2 2048 1 1 -1 -1 -1 -1 -1 -1",
        "2 4 -1 60 -1 -1 -1 8 -1 -1 1 -1 -1 -1 -1 -1 -1 -1",
    ];
    assert_eq!(rows, expected);
    assert!(
        text.ends_with("; Note: partial, writing was interrupted\n"),
        "{text}"
    );
    let mut source = SwfJobs::open(&log[..], "l.swf", Repair::default());
    assert_eq!(source.by_ref().map(Result::unwrap).count(), 2);
    use crate::workload::trace::JobSource as _;
    assert_eq!(source.processors_max(), Some(64));
    assert_eq!(source.unix_start_ms(), Some(1_090_000));
}
