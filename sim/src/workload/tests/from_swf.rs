//! Rows become jobs that the network can hold.

use std::io::Write;
use std::path::Path;

use ewc_core::model::JobState;
use ewc_scenario::validate;

use super::network::Network;
use super::*;

const LOG: &str = "\
; MaxProcs: 1000
1 1000 0 60 4 -1 -1 4 300 1048576 1 7 1 1 1 1 -1 -1
2 1060 0 -1 -1 -1 -1 8 300 -1 5 7 1 1 1 1 -1 -1
3 1100 0 7200 200 -1 -1 200 -1 -1 1 8 1 1 1 1 -1 -1
4 1200 0 600 900000 -1 -1 -1 60 -1 0 -1 1 1 1 1 -1 -1
";

fn converted(log: &str, mix: &SwfMix) -> FromSwf {
    let scenario = national();
    from_swf(
        swf::read(log.as_bytes()),
        mix,
        &scenario.demo_sites(),
        &payload,
    )
    .unwrap()
}

#[test]
fn rows_become_jobs() {
    let mix = SwfMix {
        start_ms: 5_000,
        ..SwfMix::default()
    };
    let result = converted(LOG, &mix);
    let jobs = &result.workload.jobs;
    assert_eq!((jobs.len(), result.skipped, result.capped), (3, 1, 1));
    let submitted: Vec<i64> = jobs.iter().map(|job| job.submit_ms).collect();
    assert_eq!(submitted, [5_000, 105_000, 205_000]);
    let tenants: Vec<&str> = jobs.iter().map(|job| job.tenant.as_str()).collect();
    assert_eq!(tenants, ["user-7", "user-8", "unknown-user"]);

    let group = |position: usize| &jobs[position].spec.groups[0];
    assert_eq!((group(0).count, group(0).resources.cpu_millis), (1, 4_000));
    assert_eq!(group(0).resources.memory_mib, 4 * 1024);
    assert_eq!(
        (group(0).estimate_ms, group(0).time_limit_ms),
        (60_000, 300_000)
    );
    // 200 processors on nodes of 96.
    assert_eq!((group(1).count, group(1).resources.cpu_millis), (3, 67_000));
    assert!(group(1).gang);
    assert_eq!(group(1).time_limit_ms, 14_400_000);
    // It ran longer than it asked for, on more than 64 nodes have.
    assert_eq!(
        (group(2).count, group(2).resources.cpu_millis),
        (64, 96_000)
    );
    assert_eq!(group(2).time_limit_ms, 600_000);
    assert!(jobs.iter().all(|job| validate(&job.spec).is_ok()));
}

#[test]
fn time_can_be_compressed_and_data_added() {
    let mix = SwfMix {
        jobs: 2,
        span_ms: Some(1_000),
        run_divisor: 60,
        data_bytes: 5_000,
        ..SwfMix::default()
    };
    let result = converted(LOG, &mix);
    let jobs = &result.workload.jobs;
    assert_eq!(jobs.len(), 2);
    assert_eq!(jobs[1].submit_ms - jobs[0].submit_ms, 1_000);
    assert_eq!(jobs[0].run_ms, 1_000);
    assert_eq!(result.workload.datasets.len(), 2);
    assert_eq!(
        jobs[1].spec.inputs[0].dataset,
        result.workload.datasets[1].name
    );
    assert_ne!(
        result.workload.datasets[0].home_site,
        result.workload.datasets[1].home_site
    );
}

#[test]
fn errors_of_the_log_come_through() {
    let scenario = national();
    let read = |log: &'static str, sites: &[&SiteDef]| {
        from_swf(
            swf::read(log.as_bytes()),
            &SwfMix::default(),
            sites,
            &payload,
        )
    };
    let error = read("1 2 3\n", &scenario.demo_sites()).unwrap_err();
    assert!(
        error.to_string().contains("line 1: has 3 fields"),
        "{error}"
    );
    assert!(matches!(read("", &[]), Err(WorkloadError::NoSites)));
    assert_eq!(
        read("", &scenario.demo_sites()).unwrap(),
        FromSwf::default()
    );
}

#[test]
fn a_log_of_the_archive_is_placed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/traces/swf/KTH-SP2-filtered.swf.gz");
    let Ok(file) = std::fs::File::open(&path) else {
        // Written past the harness, which hides what a passing test prints.
        writeln!(
            std::io::stderr(),
            "SKIPPED: {} is not there",
            path.display()
        )
        .unwrap();
        return;
    };
    let scenario = national();
    let mix = SwfMix {
        jobs: 60,
        span_ms: Some(3_600_000),
        ..SwfMix::default()
    };
    let sites = scenario.demo_sites();
    let result = from_swf(swf::read(file), &mix, &sites, &payload).unwrap();
    assert_eq!(result.workload.jobs.len(), 60);
    let mut network = Network::new(&scenario, &result.workload);
    network.submit(&result.workload.jobs);
    network.round();
    assert_eq!(network.state.count(JobState::Pending), 0);
}
