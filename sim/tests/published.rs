//! The published tables, reproduced from the traces; without them the tests say that they were
//! skipped.

use std::io::Write as _;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use ewc_sim::check::{CheckError, GpuCluster, Report, TableName, run};

fn traces() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/traces");
    if path.is_dir() {
        return Some(path);
    }
    // Written past the harness, which hides what a passing test prints.
    let mut stderr = std::io::stderr();
    writeln!(stderr, "SKIPPED: {} is not there", path.display()).unwrap();
    None
}

fn worked_out(data: &Path, table: TableName, threads: usize) -> Result<Report, CheckError> {
    let threads = NonZero::new(threads).unwrap();
    run(data, &[table], threads, &|_, _| {})
}

/// Every cell holds, and there are as many as were published.
fn reproduces(table: TableName, cells: usize, planned: usize) {
    let Some(data) = traces() else { return };
    let report = worked_out(&data, table, 2).unwrap();
    let table = &report.tables[0];
    assert_eq!((table.cells.len(), table.planned.len()), (cells, planned));
    for cell in &table.cells {
        assert!(cell.holds(), "{cell:?}");
    }
    for cell in &table.planned {
        assert!(cell.holds(), "{cell:?}");
    }
}

#[test]
fn a_easy_backfilling_on_kth_sp2() {
    reproduces(TableName::Queue, 6, 0);
}

#[test]
fn b_gpu_tasks_on_nodes() {
    reproduces(TableName::Placement, 12, 0);
}

#[test]
fn c_work_between_regions_and_our_planner_beside_it() {
    reproduces(TableName::Regions, 15, 15);
}

#[test]
fn d_work_in_time() {
    reproduces(TableName::Shifting, 20, 0);
}

#[test]
fn threads_change_nothing() {
    let Some(data) = traces() else { return };
    for table in [TableName::Queue, TableName::Shifting] {
        let one = worked_out(&data, table, 1).unwrap();
        assert_eq!(one, worked_out(&data, table, 2).unwrap());
    }
}

#[test]
fn shuffled_orders_take_the_whole_list_and_fill_the_cluster_alike() {
    let Some(data) = traces() else { return };
    let cluster = GpuCluster::load(&data, "gpushare100").unwrap();
    let (one, other) = (cluster.shuffled(1), cluster.shuffled(2));
    assert_eq!(one.tasks, cluster.shuffled(1).tasks);
    assert_ne!(one.tasks[..100], other.tasks[..100]);
    for arrivals in [one, other] {
        let asked = arrivals
            .tasks
            .iter()
            .map(|task| u64::from(task.gpu_milli_total()));
        let (asked, there) = (asked.sum::<u64>(), arrivals.cluster.gpu_milli());
        assert!(
            (1_290..=1_300).contains(&(asked * 1000 / there)),
            "{asked} of {there}"
        );
        assert!(arrivals.tasks.len() >= 8_152);
    }
}

#[test]
fn a_missing_folder_is_named() {
    let error = worked_out(Path::new("no/such/folder"), TableName::Queue, 1).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("no/such/folder/swf/KTH"), "{message}");
    assert!(message.contains("--data"), "{message}");
    assert!(GpuCluster::load(Path::new("no/such/folder"), "default").is_err());
}

#[test]
fn a_gap_in_a_series_is_named_by_file_and_line() {
    let folder = std::env::temp_dir().join(format!("ewc-sim-series-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("carbon")).unwrap();
    let file = folder.join("carbon/carbon_intensity_2022_hourly_123regions.csv.gz");
    for value in ["NaN", "", "-1", "inf"] {
        std::fs::write(&file, format!("hour,DE,ES\n0,400,200\n1,{value},200\n")).unwrap();
        let message = worked_out(&folder, TableName::Shifting, 1)
            .unwrap_err()
            .to_string();
        let part = format!("regions.csv.gz: line 3: column \"DE\" is \"{value}\"; give grams");
        assert!(message.contains(&part), "{message} should say {part}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
