//! Tables and logs as they should be.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use super::*;

const MAPPING: &str = "
[columns]
submit = \"at\"
run = \"run\"
cores = \"cores\"
accelerators = \"gpus\"
memory = \"mem\"
requested = \"limit\"
id = \"name\"
tenant = \"who\"
deadline = \"due\"
ignore = [\"note\"]
";
const HEADER: &str = "name,at,run,cores,gpus,mem,limit,who,due,note\n";

fn full(units: &str, row: &str) -> TraceJob {
    let mapping = Mapping::parse("m", &format!("{MAPPING}\n[units]\n{units}")).unwrap();
    let (jobs, _) = jobs(&mapping, &format!("{HEADER}{row}\n"));
    assert_eq!(jobs.len(), 1);
    jobs[0].clone()
}

#[test]
fn every_column_has_its_place_and_unit() {
    let expected = TraceJob {
        row: 2,
        id: String::from("a"),
        submit_ms: 90_000,
        run_ms: 1_500,
        cpu_millis: 2_500,
        memory_mib: Some(3),
        accelerators: 4,
        requested_ms: Some(2_000),
        deadline_ms: Some(120_000),
        tenant: Some(String::from("lab")),
    };
    let seconds = full("", "a,90,1.5,2.5,4,2.25,2,lab,120,x");
    assert_eq!(seconds, expected);
    let other = "submit = \"m\"\nrun = \"ms\"\ncores = \"millicores\"\nmemory = \"KiB\"";
    let minutes = full(other, "a,1.5,1500,2500,4,2304,2000,lab,2,x");
    assert_eq!(minutes, expected);
    let hours = "submit = \"h\"\nrun = \"d\"\nmemory = \"GiB\"";
    let hours = full(hours, "a,0.025,1,2.5,4,0.5,1,lab,0.03333333333333333,x");
    assert_eq!(
        (hours.submit_ms, hours.deadline_ms),
        (90_000, Some(120_000))
    );
    assert_eq!((hours.run_ms, hours.memory_mib), (86_400_000, Some(512)));
}

#[test]
fn what_is_left_empty_is_unknown() {
    let job = full("", "a,90,1.5,,4,,,,,");
    assert_eq!((job.cpu_millis, job.accelerators), (0, 4));
    assert_eq!((job.memory_mib, job.requested_ms), (None, None));
    assert_eq!((job.deadline_ms, &job.tenant), (None, &None));
    assert_eq!(job.processors(), 4, "accelerators where no cores are known");
    assert_eq!(full("", "a,90,1.5,2.001,4,,,,,").processors(), 3);
}

#[test]
fn clocks() {
    let iso = "clock = \"iso\"\nutc_offset = \"+08:00\"";
    for (units, text, ms) in [
        ("clock = \"epoch\"", "1748707200.25", 1_748_707_200_250),
        ("clock = \"epoch\"", "-1", -1_000),
        (iso, "2025-06-01 00:00:00", 1_748_707_200_000),
        (iso, "2025-05-31T16:00:00Z", 1_748_707_200_000),
        (
            "clock = \"iso\"",
            "2025-05-31 16:00:00.5",
            1_748_707_200_500,
        ),
    ] {
        assert_eq!(
            full(units, &format!("a,{text},1,1,,,,,,")).submit_ms,
            ms,
            "{text}"
        );
    }
}

#[test]
fn gzip_gives_the_same_jobs() {
    let text: String = (0..3000)
        .map(|at| format!("{at},{},{}\n", 1 + at % 7, 1 + at % 3))
        .collect();
    let text = format!("at,run,cores\n{text}");
    let plain = jobs(&short(""), &text);
    let packed = gzip(&text);
    let packed = CsvJobs::open(&packed[..], "t.csv.gz", &short("")).unwrap();
    let packed: Vec<TraceJob> = packed.map(Result::unwrap).collect();
    assert_eq!((plain.0.len(), &plain.0), (3000, &packed));
    assert_eq!(packed[2999].id, "3000", "the number of the row");
}

#[test]
fn repairs_are_counted() {
    let mapping = Mapping::parse(
        "m",
        "[columns]\nid = \"id\"\nsubmit = \"at\"\nrun = \"run\"\ncores = \"n\"\n[repair]\n\
         leave_out = true\nrows_ahead = 2",
    );
    let rows = "a,5,1,1\nb,3,1,1\na,6,1,1\nc,6,-4,1\nd,6,,1\ne,6,0,1\nf,6,2,0\ng,4,1,1\n";
    let (jobs, counts) = jobs(&mapping.unwrap(), &format!("id,at,run,n\n{rows}"));
    let order: Vec<&str> = jobs.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(order, ["b", "g", "a"]);
    let expected = TraceCounts {
        rows: 8,
        jobs: 3,
        without_run: 2,
        negative_run: 1,
        without_size: 1,
        duplicates: 1,
        reordered: 2,
        ..TraceCounts::default()
    };
    assert_eq!((counts, counts.left_out()), (expected, 5));
}

#[test]
fn jobs_submitted_together_keep_their_order() {
    let mapping = short("rows_ahead = 10");
    let (jobs, counts) = jobs(&mapping, "at,run,cores\n2,1,1\n1,2,1\n2,3,1\n1,4,1\n");
    let runs: Vec<i64> = jobs.iter().map(|job| job.run_ms / 1000).collect();
    assert_eq!((runs, counts.reordered), (vec![2, 4, 1, 3], 2));
}

#[test]
fn a_log_gives_jobs_too() {
    let log = "; MaxProcs: 64\n; UnixStartTime: 10\n1 5 3 60 4 -1 -1 8 90 2048 1 7 1 -1 -1 -1 -1 -1\n\
               2 6 -1 -1 4 -1 -1 8 90 -1 5 7 1 -1 -1 -1 -1 -1\n\
               3 6 -1 5 -1 -1 -1 -1 90 -1 5 7 1 -1 -1 -1 -1 -1\n";
    let mut source = SwfJobs::open(log.as_bytes(), "l.swf", Repair::default());
    let jobs: Vec<TraceJob> = source.by_ref().map(Result::unwrap).collect();
    let expected = TraceJob {
        row: 3,
        id: String::from("1"),
        submit_ms: 5_000,
        run_ms: 60_000,
        cpu_millis: 8_000,
        memory_mib: Some(16),
        accelerators: 0,
        requested_ms: Some(90_000),
        deadline_ms: None,
        tenant: Some(String::from("user-7")),
    };
    assert_eq!(jobs, [expected]);
    assert_eq!(
        (source.processors_max(), source.unix_start_ms()),
        (Some(64), Some(10_000))
    );
    let counts = source.counts();
    assert_eq!(
        (counts.rows, counts.without_run, counts.without_size),
        (3, 1, 1)
    );
}

#[test]
fn published_tables_are_read_with_the_ready_mappings() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/traces/jobs");
    for (name, mapping, rows, reordered, first) in [
        ("azure-100k", "gaia", 99_988, 0, (0, 2_700_000, 4)),
        (
            "mustang-trace-2015-100k",
            "gaia",
            100_000,
            0,
            (0, 14_985_000, 128),
        ),
        ("pai-100k", "gaia", 99_998, 0, (0, 91_469_000, 1)),
        (
            "philly",
            "philly",
            82_247,
            81_000,
            (1_504_521_041_000, 0, 0),
        ),
    ] {
        let path = folder.join(format!("{name}.csv.gz"));
        let Ok(file) = File::open(&path) else {
            // Written past the harness, which hides what a passing test prints.
            writeln!(io::stderr(), "SKIPPED: {} is not there", path.display()).unwrap();
            continue;
        };
        let mapping = Mapping::load(mapping).unwrap();
        let mut source = CsvJobs::open(file, name, &mapping).unwrap();
        let jobs: Vec<TraceJob> = source.by_ref().map(Result::unwrap).collect();
        let counts = source.counts();
        assert_eq!((counts.rows, counts.jobs), (rows, rows), "{name}");
        let (submit_ms, run_ms, cores) = first;
        assert_eq!(jobs[0].submit_ms, submit_ms, "{name}");
        if reordered == 0 {
            assert_eq!(
                (jobs[0].run_ms, jobs[0].processors()),
                (run_ms, cores),
                "{name}"
            );
        }
        assert_eq!(
            counts.reordered > 0,
            reordered > 0,
            "{name}: {}",
            counts.reordered
        );
        assert!(jobs.is_sorted_by_key(|job| job.submit_ms), "{name}");
    }
}
