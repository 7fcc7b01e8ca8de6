//! Round trip, defaults, and what is refused with which path.

use super::*;

fn group(name: &str) -> v1::TaskGroup {
    let process = v1::ProcessPayload {
        argv: vec!["render".into(), "--frame".into()],
    };
    v1::TaskGroup {
        name: name.into(),
        resources: Some(v1::Resources {
            cpu_millis: 2000,
            memory_mib: 512,
            accelerators: 0,
        }),
        payload: Some(v1::Payload {
            what: Some(v1::payload::What::Process(process)),
            environment: [("LANG".to_owned(), "C".to_owned())].into(),
        }),
        estimate_ms: 60_000,
        ..v1::TaskGroup::default()
    }
}

fn minimal() -> v1::JobSpec {
    v1::JobSpec {
        name: "job".into(),
        groups: vec![group("main")],
        ..v1::JobSpec::default()
    }
}

fn full() -> v1::JobSpec {
    let script = v1::ScriptPayload {
        interpreter: "/bin/bash".into(),
        text: "true\n".into(),
    };
    let container = v1::ContainerPayload {
        image: "trainer".into(),
        argv: vec!["-v".into()],
    };
    let mut scripted = group("script");
    scripted.payload.as_mut().unwrap().what = Some(v1::payload::What::Script(script));
    let mut contained = group("container");
    contained.payload.as_mut().unwrap().what = Some(v1::payload::What::Container(container));
    contained.accelerator_families = vec![v1::AcceleratorFamily::Cann.into()];
    contained.accelerator_models = vec!["Ascend 910B".into()];
    contained.architecture = "aarch64".into();
    v1::JobSpec {
        kind: v1::JobKind::Service.into(),
        workload_class: v1::WorkloadClass::Realtime.into(),
        groups: vec![group("main"), scripted, contained],
        release_ms: 1_000,
        deadline_ms: 90_000_000,
        inputs: vec![v1::Input {
            dataset: "corpus".into(),
            mount: "data".into(),
        }],
        outputs: vec![v1::Output {
            dataset: "model".into(),
            path: "out/model".into(),
            size_bytes: 7,
            deliver_to: "gz-guian".into(),
        }],
        latency_limits: vec![v1::LatencyLimit {
            region: "beijing".into(),
            one_way_us_max: 5_000,
            layer: v1::Layer::Optical.into(),
        }],
        data_grade: v1::DataGrade::Important.into(),
        mlps_level: 3,
        regions: vec!["贵州".into()],
        carriers: vec!["telecom".into()],
        priority: -7,
        retries: 2,
        on_disconnect: v1::OnDisconnect::Stop.into(),
        weights: Some(v1::Weights {
            carbon_permille: 2000,
            ..v1::Weights::default()
        }),
        after_ok: vec!["first".into()],
        preemptible: true,
        checkpointable: true,
        checkpoint: Some(v1::Checkpoint {
            path: "last".into(),
            size_bytes: 5_000_000_000,
            every_ms: 1_800_000,
            restart_ms: 60_000,
        }),
        green_floor_permille: 400,
        service: Some(v1::ServiceSpec {
            run_for_ms: 600_000,
            bandwidth_bps: 1_000_000,
            traffic: vec![v1::TrafficShare {
                region: "beijing".into(),
                weight: 3,
            }],
            spread_sites_min: 2,
        }),
        labels: [("team".to_owned(), "weather".to_owned())].into(),
        sites: vec!["gz-guian".into()],
        ..minimal()
    }
}

fn storage() -> v1::JobSpec {
    let keep = v1::StorageSpec {
        keep_for_ms: 86_400_000,
        copies: 2,
        ..Default::default()
    };
    let held = v1::TaskGroup {
        payload: None,
        estimate_ms: 0,
        ..group("hold")
    };
    v1::JobSpec {
        kind: v1::JobKind::Storage.into(),
        storage: Some(keep),
        groups: vec![held],
        ..minimal()
    }
}

#[test]
fn every_field_makes_the_round_trip() {
    for wire in [minimal(), full(), storage()] {
        let (spec, after_ok) = job_spec_from_wire(wire).unwrap();
        let again = job_spec_to_wire(&spec, &after_ok);
        assert_eq!(
            job_spec_from_wire(again.clone()).unwrap(),
            (spec.clone(), after_ok.clone())
        );
        // With every default written out, the wire form is stable too.
        assert_eq!(job_spec_to_wire(&spec, &after_ok), again);
    }
    let (spec, after_ok) = job_spec_from_wire(full()).unwrap();
    let written = job_spec_to_wire(&spec, &after_ok);
    let mut expected = full();
    for group in &mut expected.groups {
        group.count = 1;
        group.time_limit_ms = 120_000;
    }
    assert_eq!(written, expected);
}

#[test]
fn what_is_not_said_gets_the_documented_default() {
    let (spec, after_ok) = job_spec_from_wire(minimal()).unwrap();
    assert!(after_ok.is_empty());
    assert_eq!(spec.kind, model::JobKind::Batch);
    assert_eq!(spec.class, model::WorkloadClass::BatchOffline);
    assert_eq!(spec.mlps_level, 2);
    assert_eq!(spec.deadline_ms, None);
    assert_eq!(spec.groups[0].count, 1);
    assert_eq!(spec.groups[0].time_limit_ms, 120_000);
    let (spec, _) = job_spec_from_wire(storage()).unwrap();
    assert_eq!(spec.groups[0].estimate_ms, 86_400_000);
    let limit = v1::LatencyLimit {
        region: "x".into(),
        one_way_us_max: 1,
        layer: 0,
    };
    let (spec, _) = job_spec_from_wire(v1::JobSpec {
        latency_limits: vec![limit],
        ..minimal()
    })
    .unwrap();
    assert_eq!(spec.latency_limits[0].layer, model::Layer::PrivateIp);
}

#[test]
fn what_is_wrong_is_named_by_its_path() {
    let check = |field: &str, change: &dyn Fn(&mut v1::JobSpec)| {
        let mut wire = full();
        change(&mut wire);
        assert_eq!(job_spec_from_wire(wire).unwrap_err().field, field);
    };
    check("name", &|job| job.name.clear());
    check("name", &|job| job.name = "长".repeat(257));
    check("kind", &|job| job.kind = 99);
    check("service", &|job| job.kind = v1::JobKind::Batch.into());
    check("groups", &|job| job.groups.clear());
    check("groups[1].name", &|job| job.groups[1].name = "main".into());
    check("groups[1].resources.cpu_millis", &|job| {
        job.groups[1].resources.as_mut().unwrap().cpu_millis = -1;
    });
    check("groups[0].payload.what", &|job| {
        job.groups[0].payload = None
    });
    check("groups[0].payload.process.argv", &|job| {
        job.groups[0].payload = Some(v1::Payload {
            what: Some(v1::payload::What::Process(v1::ProcessPayload::default())),
            ..Default::default()
        });
    });
    check("groups[0].time_limit_ms", &|job| {
        job.groups[0].time_limit_ms = 59_999
    });
    check("groups[0].estimate_ms", &|job| {
        job.groups[0].estimate_ms = i64::MAX
    });
    check("groups[2].accelerator_families[0]", &|job| {
        job.groups[2].accelerator_families[0] = 0;
    });
    check("release_ms", &|job| job.release_ms = -1);
    check("deadline_ms", &|job| job.deadline_ms = 1_000);
    check("inputs[0].mount", &|job| {
        job.inputs[0].mount = "a/../../b".into()
    });
    check("outputs[0].path", &|job| {
        job.outputs[0].path = "/etc/passwd".into()
    });
    check("latency_limits[0].one_way_us_max", &|job| {
        job.latency_limits[0].one_way_us_max = 0
    });
    check("latency_limits[0].layer", &|job| {
        job.latency_limits[0].layer = 9
    });
    check("checkpoint.path", &|job| {
        job.checkpoint.as_mut().unwrap().path = "/last".into();
    });
    check("checkpoint.every_ms", &|job| {
        job.checkpoint.as_mut().unwrap().every_ms = 0;
    });
    check("mlps_level", &|job| job.mlps_level = 5);
    check("regions[0]", &|job| job.regions[0].clear());
    check("priority", &|job| job.priority = i32::MIN);
    check("green_floor_permille", &|job| {
        job.green_floor_permille = 1001
    });
    check("service.run_for_ms", &|job| {
        job.service.as_mut().unwrap().run_for_ms = -1
    });
    check("service.traffic[0].region", &|job| {
        job.service.as_mut().unwrap().traffic[0].region.clear();
    });
}
