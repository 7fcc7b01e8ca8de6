//! Jobs of a trace become jobs that the network takes.

use ewc_scenario::{national, validate};

use super::*;
use crate::workload::GeneratedJob;
use ewc_core::model::WorkloadClass;

const TABLE: &str = "\
id,at,run,cores,gpus,mem,limit,who,due
a b,10,60,2.5,,512,300,lab 1,100
a/b,11,60,200,,,,,5
,12,60,,12,,30,,
";

fn mapping() -> Mapping {
    let columns = "submit = \"at\"\nrun = \"run\"\ncores = \"cores\"\naccelerators = \"gpus\"\n\
        memory = \"mem\"\nrequested = \"limit\"\ntenant = \"who\"\ndeadline = \"due\"\n\
        ignore = [\"id\"]\n";
    Mapping::parse("m", &format!("[columns]\n{columns}")).unwrap()
}

fn on_network(tasks_max: u32, table: &str) -> (Vec<GeneratedJob>, u64) {
    let mix = NetworkMix {
        start_ms: 1_000_000,
        tasks_max,
        class: WorkloadClass::Train,
        classes: Vec::new(),
    };
    let scenario = national();
    let source = CsvJobs::open(table.as_bytes(), "t.csv", &mapping()).unwrap();
    let mut jobs = OnNetwork::new(source, &mix, &scenario.demo_sites()).unwrap();
    let found: Vec<GeneratedJob> = jobs.by_ref().map(Result::unwrap).collect();
    (found, jobs.capped())
}

#[test]
fn jobs_keep_sizes_times_and_owners() {
    let (jobs, capped) = on_network(64, TABLE);
    let times: Vec<i64> = jobs.iter().map(|job| job.submit_ms).collect();
    assert_eq!((times, capped), (vec![1_000_000, 1_001_000, 1_002_000], 0));
    let tenants: Vec<&str> = jobs.iter().map(|job| job.tenant.as_str()).collect();
    assert_eq!(tenants, ["lab-1", "unknown-user", "unknown-user"]);
    let group = |at: usize| &jobs[at].spec.groups[0];
    let of = |at: usize| {
        (
            group(at).count,
            group(at).resources.cpu_millis,
            group(at).gang,
        )
    };
    assert_eq!(of(0), (1, 3_000, false));
    assert_eq!(group(0).resources.memory_mib, 512);
    // 200 cores on nodes of 96.
    assert_eq!(of(1), (3, 67_000, true));
    assert_eq!(group(1).resources.memory_mib, 67 * 2048);
    // 12 accelerators on nodes of 8, with as large a share of the cores.
    assert_eq!((group(2).count, group(2).resources.accelerators), (2, 6));
    assert!(group(2).resources.cpu_millis > 1_000);
    let limits: Vec<i64> = (0..3).map(|at| group(at).time_limit_ms).collect();
    assert_eq!(limits, [300_000, 120_000, 60_000]);
    let due: Vec<Option<i64>> = jobs.iter().map(|job| job.spec.deadline_ms).collect();
    assert_eq!(
        due,
        [Some(1_090_000), None, None],
        "one lies before its submission"
    );
    for job in &jobs {
        validate(&job.spec).unwrap();
        assert_eq!((job.run_ms, job.spec.class), (60_000, WorkloadClass::Train));
    }
}

#[test]
fn what_is_too_large_is_cut_and_counted() {
    let (jobs, capped) = on_network(
        2,
        &format!("{TABLE},13,60,1000000,,,,,\n,14,60,,1e15,,,,\n"),
    );
    assert_eq!((jobs[1].spec.groups[0].count, capped), (2, 3));
    assert!(jobs.iter().all(|job| validate(&job.spec).is_ok()));
}

#[test]
fn an_error_of_the_trace_comes_through() {
    let source = CsvJobs::open("at,run,cores\n1,x,1\n".as_bytes(), "t.csv", &short("")).unwrap();
    let mix = NetworkMix {
        start_ms: 0,
        tasks_max: 1,
        class: WorkloadClass::BatchOffline,
        classes: Vec::new(),
    };
    let scenario = national();
    let mut jobs = OnNetwork::new(source, &mix, &scenario.demo_sites()).unwrap();
    let error = jobs.next().unwrap().unwrap_err().to_string();
    assert!(
        error.starts_with("workload trace t.csv: line 2: column \"run\""),
        "{error}"
    );
    assert!(jobs.next().is_none());
}

#[test]
fn names_are_those_of_the_network() {
    let text = "[columns]\nid = \"id\"\nsubmit = \"at\"\nrun = \"run\"\ncores = \"n\"\n";
    let mapping = Mapping::parse("m", text).unwrap();
    let long = "x".repeat(200);
    let table = format!("id,at,run,n\na b/ü,1,1,1\n..,1,1,1\n{long},1,1,1\n");
    let source = CsvJobs::open(table.as_bytes(), "t.csv", &mapping).unwrap();
    let mix = NetworkMix {
        start_ms: 0,
        tasks_max: 1,
        class: WorkloadClass::BatchOffline,
        classes: Vec::new(),
    };
    let jobs = OnNetwork::new(source, &mix, &national().demo_sites()).unwrap();
    let jobs: Vec<GeneratedJob> = jobs.map(Result::unwrap).collect();
    assert_eq!(
        (jobs[0].key.as_str(), jobs[1].key.as_str()),
        ("a-b---2", "x-3")
    );
    assert!(jobs.iter().all(|job| validate(&job.spec).is_ok()));
}
