use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

const HALF_A_DAY: &str = "name = \"half\"\nnetwork = \"tutorial\"\none_node_in = 64\n\
    start = \"2025-06-01T00:00:00+08:00\"\nduration = \"12h\"\n[workload]\njobs_per_day = 40\n\
    data_scale = 1000\n[policy]\nkind = \"greedy\"\n";

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let name = format!("ewc-sweep-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("scenario.toml"), HALF_A_DAY).unwrap();
        Folder(path)
    }

    fn sweep(&self, out: &str, axes: &[&str]) -> Result<Sweep, SweepError> {
        let axes = axes
            .iter()
            .map(|text| Axis::parse(text))
            .collect::<Result<Vec<_>, _>>()?;
        Sweep::new(&self.0.join("scenario.toml"), axes, 2, &self.0.join(out))
    }

    fn results(&self, out: &str) -> [String; 2] {
        ["results.csv", "results.json"]
            .map(|file| fs::read_to_string(self.0.join(out).join(file)).unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn threads(count: usize) -> NonZero<usize> {
    NonZero::new(count).unwrap()
}

const AXES: [&str; 2] = [
    "policy.kind=greedy,first_fit",
    "workload.jobs_per_day=20,40",
];

#[test]
fn the_same_bytes_on_any_number_of_threads_and_after_an_interruption() {
    let folder = Folder::new("threads");
    let swept = folder.sweep("one", &AXES).unwrap();
    let swept = swept.run(threads(1), || true, |_, _| {}).unwrap();
    assert_eq!((swept.finished, swept.cells, swept.known), (8, 8, 0));
    let two = folder.sweep("two", &AXES).unwrap();
    two.run(threads(2), || true, |_, _| {}).unwrap();
    assert_eq!(folder.results("one"), folder.results("two"));

    // Stopped once three cells are done; what is finished is valid, and not run again.
    let done = AtomicUsize::new(0);
    let three = folder.sweep("three", &AXES).unwrap();
    let stopped = three.run(
        threads(1),
        || done.load(Ordering::Relaxed) < 3,
        |so_far, _| done.store(so_far, Ordering::Relaxed),
    );
    assert_eq!(stopped.unwrap().finished, 3);
    let [csv, json] = folder.results("three");
    assert_eq!(csv.lines().count(), 4);
    assert!(json.contains("\"complete\": false"));
    let again = folder.sweep("three", &AXES).unwrap();
    assert_eq!(again.known(), (3, 8));
    let runs = AtomicUsize::new(0);
    let count = |_, _| {
        runs.fetch_add(1, Ordering::Relaxed);
    };
    assert_eq!(again.run(threads(2), || true, count).unwrap().known, 3);
    assert_eq!(runs.into_inner(), 5);
    assert_eq!(folder.results("one"), folder.results("three"));
}

#[test]
fn rows_have_the_values_and_the_indicators() {
    let folder = Folder::new("rows");
    let sweep = folder.sweep("out", &AXES).unwrap();
    sweep.run(threads(2), || true, |_, _| {}).unwrap();
    let [csv, _] = folder.results("out");
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(
        rows[0][..3],
        ["policy.kind", "workload.jobs_per_day", "seed"]
    );
    assert_eq!(rows[1][..3], ["greedy", "20", "1"]);
    assert_eq!(rows[8][..3], ["first_fit", "40", "2"]);
    let at = rows[0].iter().position(|name| *name == "jobs").unwrap();
    assert_eq!((rows[1][at], rows[8][at]), ("10", "20"));
    assert!(rows[0].contains(&"wait_s.mean"));
}

#[test]
fn a_changed_scenario_is_run_anew() {
    let folder = Folder::new("changed");
    let axes = ["workload.jobs_per_day=20"];
    let sweep = folder.sweep("out", &axes).unwrap();
    sweep.run(threads(2), || true, |_, _| {}).unwrap();
    let other = HALF_A_DAY.replace("data_scale = 1000", "data_scale = 500");
    fs::write(folder.0.join("scenario.toml"), other).unwrap();
    assert_eq!(folder.sweep("out", &axes).unwrap().known(), (0, 2));
    // A damaged cell is no cell.
    fs::write(folder.0.join("scenario.toml"), HALF_A_DAY).unwrap();
    assert_eq!(folder.sweep("out", &axes).unwrap().known(), (2, 2));
    let cells = fs::read_dir(folder.0.join("out/cells")).unwrap();
    cells.for_each(|cell| fs::write(cell.unwrap().path(), "{\"iden").unwrap());
    assert_eq!(folder.sweep("out", &axes).unwrap().known(), (0, 2));
}

#[test]
fn errors_name_the_field() {
    let folder = Folder::new("errors");
    fs::create_dir(folder.0.join("full")).unwrap();
    fs::write(folder.0.join("full/file"), "").unwrap();
    for (out, axes, part) in [
        ("a", &["workload.jobs_per_day"][..], "has no values"),
        ("a", &["seed=1,,2"], "seed: has an empty value"),
        ("a", &["seed=1,1"], "seed: has a value twice"),
        ("a", &["seed=1", "seed=2"], "seed: is set twice"),
        (
            "a",
            &["policy.kind=greedy,best"],
            "policy.kind=best: policy.kind: \"best\" is not known",
        ),
        ("a", &["workload.speed=2"], "workload.speed: is not a field"),
        ("full", &["seed=1"], "is not empty"),
    ] {
        let error = folder.sweep(out, axes).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    let listed = Axis::parse("network.sites.gz-guian.energy.peak_hours=[1,2],[3]").unwrap();
    assert_eq!(listed.values, ["[1,2]", "[3]"]);
}
