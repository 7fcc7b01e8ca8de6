//! Files beside the tables, and what they say.

use super::*;

/// A site of one node, jobs of ten minutes, most of which have to wait.
const MACHINE: &str = r#"
name = "a-log"
network = "machine.toml"
start = "2025-06-01T00:00:00+08:00"
duration = "1d"
[workload]
trace = "log.swf"
[[workload.classes]]
up_to = "15m"
class = "render"
[policy]
kind = "greedy"
[agents]
start_delay = "20s"
[output]
starts = true
"#;

const SITE: &str = r#"
name = "machine"
[[sites]]
name = "only"
title = "Only"
region = "beijing"
mlps_level = 3
latitude = 40.0
longitude = 116.0
[sites.energy]
preset = "hebei"
pue = "125%"
contracted = "0%"
price_per_kwh = "0.55CNY"
water_per_kwh = "0.8L"
[[sites.pools]]
name = "nodes"
architecture = "x86_64"
node = { cpu = "4", memory = "64GiB" }
nodes = 1
"#;

/// Runs 200 jobs, one every five minutes, in turns of ten and twenty minutes of the whole node.
fn run_log(folder: &Folder) -> Vec<Vec<String>> {
    let row = |at: i64| {
        let (submit, run) = (at * 300, 100 + at % 2 * 900);
        format!("{at} {submit} -1 {run} 4 -1 -1 4 {run} -1 1 3 1 -1 -1 -1 -1 -1")
    };
    let rows: Vec<String> = (1..=200).map(row).collect();
    fs::write(folder.0.join("log.swf"), rows.join("\n")).unwrap();
    fs::write(folder.0.join("machine.toml"), SITE).unwrap();
    folder.run("out", MACHINE)
}

fn table(folder: &Folder, file: &str) -> Vec<Vec<String>> {
    let text = folder.read(&format!("out/{file}"));
    let row = |line: &str| line.split(',').map(str::to_owned).collect();
    text.lines().map(row).collect()
}

#[test]
fn every_job_has_its_estimate_and_its_start() {
    let folder = Folder::new("starts");
    let jobs = run_log(&folder);
    let starts = table(&folder, "starts.csv");
    assert_eq!(starts.len(), jobs.len());
    assert_eq!(column(&starts, "started"), column(&jobs, "starting_time"));
    assert_eq!(column(&starts, "asked"), column(&jobs, "submission_time"));
    let number = |name: &str| -> Vec<f64> {
        let cells = column(&starts, name);
        cells.iter().map(|cell| cell.parse().unwrap()).collect()
    };
    let (asked, planned) = (number("asked"), number("planned_start"));
    let (p90, started) = (number("p90"), number("started"));
    assert!(
        asked
            .iter()
            .zip(&planned)
            .any(|(asked, planned)| planned > asked)
    );
    // Delays differ, and are no longer than ten times their mean.
    let late: BTreeSet<i64> = started
        .iter()
        .zip(&planned)
        .map(|(started, planned)| ((started - planned) * 1e3) as i64)
        .collect();
    assert!(late.len() > 50, "{late:?}");
    let kept = started.iter().zip(&p90).filter(|(start, p90)| start <= p90);
    assert!(kept.count() > 150);
}

#[test]
fn classes_go_by_what_a_job_asks_for() {
    let folder = Folder::new("classes");
    let jobs = run_log(&folder);
    let classes: BTreeSet<(String, String)> = column(&jobs, "requested_time")
        .into_iter()
        .zip(column(&jobs, "profile"))
        .collect();
    let pair = |time: &str, class: &str| (time.to_owned(), class.to_owned());
    let expected = [pair("100", "render"), pair("1000", "batch_offline")];
    assert_eq!(classes, expected.into());
}
