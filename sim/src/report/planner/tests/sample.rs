//! Folders of results to make pages of.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use ewc_scenario::{BatchSite, RunFile};

/// A day with an outage on three sites.
const DAY: &str = r#"
name = "a-day"
network = "tutorial"
one_node_in = 64
start = "2025-06-01T00:00:00+08:00"
duration = "1d"
[workload]
jobs_per_day = 60
data_scale = 16
[policy]
kind = "greedy"
[output]
parquet = false
swf = false
[[faults]]
kind = "site_outage"
site = "gz-guian"
from = "6h"
for = "3h"
"#;

/// A folder that goes away with the test.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new(name: &str) -> Folder {
        let name = format!("ewc-planner-page-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn load(folder: &Folder, text: &str) -> RunFile {
    let path = folder.0.with_extension("toml");
    fs::write(&path, text).unwrap();
    let run = RunFile::load(&path).unwrap();
    fs::remove_file(&path).unwrap();
    run
}

/// The results of the day.
pub(super) fn run_folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    let RunFile::Network(run) = load(&folder, DAY) else {
        panic!("a network was asked for");
    };
    crate::network_run::run(&run, &folder.0, &mut |_| true).unwrap();
    folder
}

/// Makes so many hours and jobs of it, by repeating what is there.
pub(super) fn prolong(folder: &Path, hours: usize, jobs: usize) {
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    for name in ["sites.csv", "links.csv", "queue.csv"] {
        let text = read(name);
        let (header, rows) = text.split_once('\n').unwrap();
        let mut long = format!("{header}\n");
        for day in 0..hours / 24 {
            for row in rows.lines() {
                let (time, rest) = row.split_once(',').unwrap();
                let time: f64 = time.parse().unwrap();
                if time < 86_400.0 {
                    let _ = writeln!(long, "{},{rest}", time + 86_400.0 * day as f64);
                }
            }
        }
        fs::write(folder.join(name), long).unwrap();
    }
    let text = read("jobs.csv");
    let (header, rows) = text.split_once('\n').unwrap();
    let mut long = format!("{header}\n");
    for (at, row) in rows.lines().cycle().take(jobs).enumerate() {
        let (_, rest) = row.split_once(',').unwrap();
        let _ = writeln!(long, "{},{rest}", at + 1);
    }
    fs::write(folder.join("jobs.csv"), long).unwrap();
}

/// The results of forty jobs on a machine.
pub(super) fn site_folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    let log = folder.0.with_extension("swf");
    let row = |at: i64| {
        let (submit, run) = (at * 300, 100 + at % 3 * 900);
        format!("{at} {submit} -1 {run} 4 -1 -1 4 {run} -1 1 3 1 -1 -1 -1 -1 -1\n")
    };
    fs::write(&log, (1..=40).map(row).collect::<String>()).unwrap();
    let site = BatchSite {
        name: String::from("a-log"),
        seed: 7,
        site: String::from("here"),
        processors: 8,
        queue: String::from("easy"),
        swf: log.clone(),
        estimate: String::from("requested"),
        jobs_max: None,
    };
    crate::run::run(&site, &folder.0, &mut |_| true).unwrap();
    fs::remove_file(&log).unwrap();
    folder
}
