//! Small logs in a folder of their own.

use std::fs;
use std::path::PathBuf;

use ewc_scenario::BatchSite;
use serde_json::Value;

use super::*;
use crate::workload::swf::{self, SwfJob};

const HEAD: &str = "; MaxProcs: 4\n";
/// Submission, run, processors and request of three jobs: the second waits for the first.
const ROWS: [&str; 3] = [
    "1 0 -1 100 3 1.5 -1 3 100 -1 1 1 1 -1 -1 -1 -1 -1",
    "2 1 -1 80 4 -1 -1 4 50 -1 1 1 1 -1 -1 -1 -1 -1",
    "4 2 -1 10 1 -1 -1 1 10 -1 0 1 1 -1 -1 -1 -1 -1",
];

/// A folder that goes when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let name = format!("ewc-sim-run-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn scenario(&self, log: &str) -> BatchSite {
        let swf = self.0.join("log.swf");
        fs::write(&swf, log).unwrap();
        BatchSite {
            name: String::from("small"),
            seed: 7,
            site: String::from("here"),
            processors: 4,
            queue: String::from("easy"),
            swf,
            estimate: String::from("requested"),
            jobs_max: None,
        }
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn log(rows: &[&str]) -> String {
    format!("{HEAD}{}\n", rows.join("\n"))
}

fn go_on(_: u64) -> bool {
    true
}

#[test]
fn the_files_say_what_happened() {
    let folder = Folder::new("files");
    let scenario = folder.scenario(&log(&ROWS));
    let outcome = run(&scenario, &folder.0.join("out"), &mut go_on).unwrap();
    assert!(outcome.complete);
    let csv = folder.read("out/jobs.csv");
    let lines: Vec<&str> = csv.lines().collect();
    let expected = [
        "4,small,swf,2,1,10,0,COMPLETED_FAILED,2,10,12,0,10,1,3,,,here,1",
        "1,small,swf,0,3,100,1,COMPLETED_SUCCESSFULLY,0,100,100,0,100,1,0-2,,,here,1",
        "2,small,swf,1,4,50,0,COMPLETED_WALLTIME_REACHED,100,50,150,99,149,2.98,0-3,,,here,2.98",
    ];
    assert!(lines[0].starts_with("job_id,workload_name,profile,submission_time,"));
    assert_eq!(lines[0].split(',').count(), expected[0].split(',').count());
    assert_eq!(lines[1..], expected);

    let swf = folder.read("out/jobs.swf");
    let jobs: Vec<SwfJob> = swf::read(swf.as_bytes()).map(Result::unwrap).collect();
    let brief = |job: &SwfJob| (job.number, job.wait_seconds, job.run_seconds(), job.cpu_ms);
    let expected = [
        (1, Some(0), Some(100), Some(1500)),
        (2, Some(99), Some(50), None),
        (4, Some(0), Some(10), None),
    ];
    assert_eq!(jobs.iter().map(brief).collect::<Vec<_>>(), expected);

    let summary: Value = serde_json::from_str(&folder.read("out/summary.json")).unwrap();
    assert_eq!(summary["complete"], true);
    assert_eq!(
        (&summary["seed"], &summary["policy"]),
        (&7.into(), &"easy".into())
    );
    assert_eq!(summary["inputs"][0]["runs_cut_to_request"], 1);
    assert_eq!(summary["indicators"]["wait_s"]["mean"], 33.0);
    assert_eq!(summary["indicators"]["makespan_s"], 150.0);
}

#[test]
fn the_same_scenario_gives_the_same_bytes() {
    let folder = Folder::new("bytes");
    let scenario = folder.scenario(&log(&ROWS));
    for out in ["a", "b"] {
        run(&scenario, &folder.0.join(out), &mut go_on).unwrap();
    }
    for file in ["jobs.csv", "jobs.swf", "summary.json"] {
        let read = |out: &str| folder.read(&format!("{out}/{file}"));
        assert_eq!(read("a"), read("b"), "{file}");
    }
}

#[test]
fn what_is_interrupted_is_valid_and_says_so() {
    let folder = Folder::new("interrupted");
    let row = |at: u32| format!("{at} {at} -1 50000 1 -1 -1 1 50000 -1 1 1 1 -1 -1 -1 -1 -1");
    let rows: Vec<String> = (1..=3000).map(row).collect();
    let scenario = folder.scenario(&rows.join("\n"));
    let outcome = run(&scenario, &folder.0.join("out"), &mut |_| false).unwrap();
    assert!(!outcome.complete);
    assert_eq!(
        (outcome.indicators.jobs(), outcome.unfinished),
        (1024, 3000 - 1024)
    );
    let summary: Value = serde_json::from_str(&folder.read("out/summary.json")).unwrap();
    assert_eq!(summary["complete"], false);
    assert_eq!(folder.read("out/jobs.csv").lines().count(), 1 + 1024);
    let swf = folder.read("out/jobs.swf");
    assert!(swf.contains("; Note: partial"));
    assert_eq!(swf::read(swf.as_bytes()).map(Result::unwrap).count(), 1024);
}

#[test]
fn errors_name_file_line_and_field() {
    let folder = Folder::new("errors");
    let many = "5 3 -1 10 9 -1 -1 9 10 -1 1 1 1 -1 -1 -1 -1 -1";
    let back = "5 1 -1 10 1 -1 -1 1 10 -1 1 1 1 -1 -1 -1 -1 -1";
    let long = "5 3 -1 10 1 -1 -1 1 9000000000000 -1 1 1 1 -1 -1 -1 -1 -1";
    for (row, part) in [
        (ROWS[2], "log.swf: line 5: job 4 comes after job 4"),
        (
            many,
            "log.swf: line 5: job 5 asks for 9 processors; the machine has 4",
        ),
        (
            back,
            "log.swf: line 5: job 5 is submitted at 1000 ms, when it is 2000 ms already",
        ),
        (
            long,
            "log.swf: line 5: job 5: its run, its request or its processors",
        ),
        ("5 1", "log.swf: line 5: has 2 fields"),
    ] {
        let mut rows = ROWS.to_vec();
        rows.push(row);
        let scenario = folder.scenario(&log(&rows));
        let out = folder.0.join("out");
        let error = run(&scenario, &out, &mut go_on).unwrap_err().to_string();
        assert!(error.contains(part), "{error} should say {part}");
        assert!(!out.join("summary.json").exists(), "no result");
        let error = run(&scenario, &out, &mut go_on).unwrap_err().to_string();
        assert!(error.contains("is not empty; give a new folder"), "{error}");
        fs::remove_dir_all(&out).unwrap();
    }
    let mut scenario = folder.scenario(&log(&ROWS));
    scenario.queue = String::from("fifo");
    let error = run(&scenario, &folder.0.join("out"), &mut go_on).unwrap_err();
    let part = "site.queue: queue \"fifo\" is not known; choose of fcfs, easy";
    assert!(error.to_string().contains(part), "{error}");
}

#[test]
fn negative_runs_are_left_out_and_counted() {
    let folder = Folder::new("negative");
    let row = "5 3 -1 -7 1 -1 -1 1 10 -1 1 1 1 -1 -1 -1 -1 -1";
    let scenario = folder.scenario(&log(&[ROWS[0], row]));
    let outcome = run(&scenario, &folder.0.join("out"), &mut go_on).unwrap();
    assert_eq!((outcome.rows.jobs, outcome.rows.without_run), (1, 1));
    assert_eq!(outcome.lines.repaired, 1);
}
