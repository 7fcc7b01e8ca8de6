//! Every example file is read, and together they show every workload class.

use std::collections::BTreeSet;
use std::path::PathBuf;

use ewc_core::model::{DataGrade, JobKind, Layer, Payload, WorkloadClass};
use ewc_scenario::{JobFile, RunFile, When};

fn example(name: &str) -> JobFile {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("examples/jobs")
        .join(name);
    JobFile::load(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn one_example_for_each_class() {
    let mut classes = BTreeSet::new();
    for class in WorkloadClass::ALL {
        let file = example(&format!("{}.toml", class.name()));
        assert_eq!(file.spec.class, class);
        classes.insert(file.spec.class);
    }
    assert_eq!(classes.len(), 6);
}

#[test]
fn the_short_form_fills_in_the_usual() {
    let file = example("realtime.toml");
    assert_eq!(
        file.idempotency_key.as_deref(),
        Some("factory-inspection-v3")
    );
    assert_eq!(file.spec.kind, JobKind::Service);
    let group = &file.spec.groups[0];
    assert_eq!(
        (group.name.as_str(), group.count, group.gang),
        ("main", 2, false)
    );
    assert_eq!(group.resources.memory_mib, 32 * 1024);
    assert_eq!(
        (group.estimate_ms, group.time_limit_ms),
        (12 * 3_600_000, 24 * 3_600_000)
    );
    assert_eq!(file.spec.latency_limits[0].one_way_us_max, 5000);
    assert_eq!(file.spec.latency_limits[0].layer, Layer::PrivateIp);
    let Payload::Container {
        image,
        argv,
        environment,
    } = &group.payload
    else {
        panic!("{:?}", group.payload);
    };
    assert_eq!((image.as_str(), argv.len()), ("inspection", 3));
    assert_eq!(environment.get("MODEL_PRECISION").unwrap(), "fp16");
}

#[test]
fn batch_fields_are_read() {
    let file = example("batch_offline.toml");
    assert_eq!(file.deadline, Some(When::In(10 * 3_600_000)));
    assert_eq!(file.spec.data_grade, DataGrade::Important);
    assert_eq!(file.spec.green_floor_permille, 200);
    assert_eq!(
        file.spec.weights.map(|weights| weights.carbon_permille),
        Some(3000)
    );
    assert_eq!(file.spec.outputs[0].size_bytes, 200_000_000);
    let spec = file.spec_at(1_000).unwrap();
    assert_eq!((spec.release_ms, spec.deadline_ms), (0, Some(36_001_000)));
}

#[test]
fn groups_are_read() {
    let file = example("train.toml");
    assert_eq!(file.after_ok, ["corpus-cleaning-2025-05"]);
    assert_eq!(file.tenant.as_deref(), Some("speech-lab"));
    assert_eq!(file.spec.groups.len(), 2);
    assert_eq!(file.spec.groups[0].total().accelerators, 256);
    assert!(file.spec.groups[0].gang);
    assert!(file.spec.checkpointable);
    let checkpoint = file.spec.checkpoint.expect("a checkpoint");
    assert_eq!(checkpoint.path, "checkpoints/last");
    assert_eq!(
        (checkpoint.every_ms, checkpoint.restart_ms),
        (1_800_000, 300_000)
    );
}

#[test]
fn yaml_says_the_same() {
    let file = example("weather.yaml");
    assert_eq!(file.release, Some(When::At(1_748_714_400_000)));
    assert_eq!(file.spec.groups[0].resources.cpu_millis, 128_000);
    assert_eq!(file.spec.inputs[0].mount, "");
    assert_eq!(file.spec.inputs[1].mount, "inputs/boundary");
    assert_eq!(file.spec.labels.get("cycle").unwrap(), "18");
}

#[test]
fn runs_are_read_and_told_apart() {
    let examples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples");
    for (file, sites, faults) in [("tutorial", 3, 2), ("national", 14, 0)] {
        let run = RunFile::load(&examples.join(format!("runs/{file}.toml"))).unwrap();
        let RunFile::Network(run) = run else {
            panic!("{run:?}");
        };
        assert_eq!((run.network.sites.len(), run.faults.len()), (sites, faults));
    }
    let run = RunFile::load(&examples.join("sites/kth-sp2.toml")).unwrap();
    assert!(matches!(run, RunFile::Site(_)));
    let job = RunFile::load(&examples.join("jobs/train.toml")).unwrap_err();
    assert!(job.to_string().starts_with("network: is missing"), "{job}");
}
