//! What can be wrong with a job.

use ewc_proto::v1;
use tonic::Code;
use tonic::Code::{InvalidArgument, NotFound, OutOfRange};

use crate::world;

pub type Spoil = fn(&mut v1::SubmitRequest);

fn spec(request: &mut v1::SubmitRequest) -> &mut v1::JobSpec {
    request.spec.as_mut().unwrap()
}

fn group(request: &mut v1::SubmitRequest) -> &mut v1::TaskGroup {
    &mut spec(request).groups[0]
}

fn resources(request: &mut v1::SubmitRequest) -> &mut v1::Resources {
    group(request).resources.as_mut().unwrap()
}

fn input(dataset: &str, mount: &str) -> v1::Input {
    v1::Input {
        dataset: dataset.to_owned(),
        mount: mount.to_owned(),
    }
}

fn output(dataset: &str, path: &str) -> v1::Output {
    let (dataset, path) = (dataset.to_owned(), path.to_owned());
    v1::Output {
        dataset,
        path,
        ..v1::Output::default()
    }
}

fn script(text: String) -> Option<v1::Payload> {
    let script = v1::ScriptPayload {
        interpreter: String::new(),
        text,
    };
    let what = Some(v1::payload::What::Script(script));
    Some(v1::Payload {
        what,
        ..v1::Payload::default()
    })
}

fn container(image: &str) -> Option<v1::Payload> {
    let container = v1::ContainerPayload {
        image: image.to_owned(),
        argv: Vec::new(),
    };
    let what = Some(v1::payload::What::Container(container));
    Some(v1::Payload {
        what,
        ..v1::Payload::default()
    })
}

fn latency(region: &str, one_way_us_max: i64) -> Vec<v1::LatencyLimit> {
    vec![v1::LatencyLimit {
        region: region.to_owned(),
        one_way_us_max,
        layer: 0,
    }]
}

fn storage(request: &mut v1::SubmitRequest, copies: u32) {
    spec(request).kind = v1::JobKind::Storage.into();
    let keep_for_ms = 3_600_000;
    spec(request).storage = Some(v1::StorageSpec {
        keep_for_ms,
        copies,
        ..Default::default()
    });
}

#[rustfmt::skip]
pub const ROWS: &[(&str, Spoil, Code, &str)] = &[
    ("no spec", |r| r.spec = None, InvalidArgument, "spec: is missing"),
    ("no key", |r| r.idempotency_key.clear(), InvalidArgument, "idempotency_key"),
    ("long key", |r| r.idempotency_key = "k".repeat(129), InvalidArgument, "idempotency_key"),
    ("key of control characters", |r| r.idempotency_key = "\n".into(), InvalidArgument, "key"),
    ("no name", |r| spec(r).name.clear(), InvalidArgument, "spec.name"),
    ("name of blanks", |r| spec(r).name = "a b".into(), InvalidArgument, "spec.name"),
    ("unknown kind", |r| spec(r).kind = 9, InvalidArgument, "spec.kind"),
    ("unknown class", |r| spec(r).workload_class = 99, InvalidArgument, "workload_class"),
    ("unknown grade", |r| spec(r).data_grade = -1, InvalidArgument, "data_grade"),
    ("unknown on_disconnect", |r| spec(r).on_disconnect = 7, InvalidArgument, "on_disconnect"),
    ("no groups", |r| spec(r).groups.clear(), InvalidArgument, "spec.groups"),
    (
        "too many groups",
        |r| spec(r).groups = (0..65).map(|at| world::group(&format!("g{at}"))).collect(),
        InvalidArgument,
        "spec.groups",
    ),
    (
        "two groups of one name",
        |r| spec(r).groups = vec![world::group("a"), world::group("a")],
        InvalidArgument,
        "groups[1].name",
    ),
    ("no resources", |r| group(r).resources = None, InvalidArgument, "groups[0].resources"),
    ("no cores", |r| resources(r).cpu_millis = 0, InvalidArgument, "groups[0].resources.cpu"),
    ("cores below none", |r| resources(r).cpu_millis = -1, InvalidArgument, "groups[0].resources"),
    ("all cores", |r| resources(r).cpu_millis = i64::MAX, InvalidArgument, "resources.cpu"),
    ("no memory", |r| resources(r).memory_mib = 0, InvalidArgument, "resources.memory"),
    ("memory below none", |r| resources(r).memory_mib = i64::MIN, InvalidArgument, "memory_mib"),
    (
        "accelerators below none",
        |r| resources(r).accelerators = -8,
        InvalidArgument,
        "accelerators",
    ),
    ("larger than any node", |r| resources(r).cpu_millis = 9_000, InvalidArgument, "resources"),
    (
        "gang larger than any pool",
        |r| (group(r).count, group(r).gang) = (17, true),
        InvalidArgument,
        "groups[0]",
    ),
    ("more tasks than a job has", |r| group(r).count = u32::MAX, InvalidArgument, "groups"),
    ("no estimate", |r| group(r).estimate_ms = 0, InvalidArgument, "groups[0].estimate"),
    ("estimate below none", |r| group(r).estimate_ms = -1, InvalidArgument, "estimate_ms"),
    ("limit below estimate", |r| group(r).time_limit_ms = 1, InvalidArgument, "time_limit"),
    ("endless limit", |r| group(r).time_limit_ms = i64::MAX, InvalidArgument, "time_limit"),
    ("no payload", |r| group(r).payload = None, InvalidArgument, "groups[0].payload"),
    (
        "no command",
        |r| group(r).payload = Some(world::process(&[])),
        InvalidArgument,
        "groups[0].payload.process.argv",
    ),
    (
        "NUL in the command",
        |r| group(r).payload = Some(world::process(&["a", "\0"])),
        InvalidArgument,
        "groups[0]",
    ),
    ("empty script", |r| group(r).payload = script(" ".into()), InvalidArgument, "script"),
    ("long script", |r| group(r).payload = script("x".repeat(70_000)), InvalidArgument, "script"),
    (
        "longer script than decoded",
        |r| group(r).payload = script("x".repeat(200_000)),
        InvalidArgument,
        "script",
    ),
    (
        "larger than a message",
        |r| group(r).payload = script("x".repeat(5_000_000)),
        OutOfRange,
        "limit",
    ),
    ("image that is no name", |r| group(r).payload = container("a/../b"), InvalidArgument, "image"),
    (
        "variable that is no name",
        |r| {
            let environment = [("1=2".to_owned(), String::new())].into();
            group(r).payload = Some(v1::Payload {
                environment,
                ..world::process(&["true"])
            });
        },
        InvalidArgument,
        "environment",
    ),
    ("too many labels", |r| spec(r).labels = labels(65), InvalidArgument, "spec.labels"),
    (
        "long label",
        |r| spec(r).labels = [("a".to_owned(), "x".repeat(257))].into(),
        InvalidArgument,
        "spec.labels.a",
    ),
    (
        "too many inputs",
        |r| spec(r).inputs = (0..257).map(|at| input(&format!("d{at}"), "")).collect(),
        InvalidArgument,
        "spec.inputs",
    ),
    ("unknown data set", |r| spec(r).inputs = vec![input("nothing", "")], NotFound, "inputs"),
    ("a program as input", |r| spec(r).inputs = vec![input(world::IMAGE, "")], InvalidArgument, "image"),
    ("a result that is an image", |r| spec(r).outputs = vec![output(world::IMAGE, "o")], InvalidArgument, "outputs.dataset"),
    (
        "input outside",
        |r| spec(r).inputs = vec![input(world::DATASET, "../x")],
        InvalidArgument,
        "inputs[0].mount",
    ),
    (
        "absolute output",
        |r| spec(r).outputs = vec![output("o", "/etc/passwd")],
        InvalidArgument,
        "outputs[0].path",
    ),
    (
        "output outside",
        |r| spec(r).outputs = vec![output("o", "a/../../b")],
        InvalidArgument,
        "outputs[0].path",
    ),
    (
        "output over an input",
        |r| {
            spec(r).inputs = vec![input(world::DATASET, "")];
            spec(r).outputs = vec![output(world::DATASET, "o")];
        },
        InvalidArgument,
        "outputs[0].dataset",
    ),
    (
        "output of a size below none",
        |r| {
            spec(r).outputs = vec![v1::Output {
                size_bytes: -1,
                ..output("o", "o")
            }]
        },
        InvalidArgument,
        "outputs[0].size_bytes",
    ),
    (
        "output to an unknown site",
        |r| {
            spec(r).outputs = vec![v1::Output {
                deliver_to: "moon".into(),
                ..output("o", "o")
            }]
        },
        NotFound,
        "deliver_to",
    ),
    ("unknown region", |r| spec(r).latency_limits = latency("moon", 1), NotFound, "latency_limits"),
    (
        "impossible latency",
        |r| spec(r).latency_limits = latency("metro", 0),
        InvalidArgument,
        "latency_limits[0].one_way_us_max",
    ),
    (
        "latency below that of the region's access",
        |r| spec(r).latency_limits = latency("metro", 999),
        InvalidArgument,
        "latency_limits.one_way_us_max",
    ),
    (
        "unknown layer",
        |r| {
            spec(r).latency_limits = latency("metro", 9_000);
            spec(r).latency_limits[0].layer = 9;
        },
        InvalidArgument,
        "latency_limits[0].layer",
    ),
    ("unknown site", |r| spec(r).sites = vec!["moon".into()], NotFound, "sites"),
    ("site named twice", |r| spec(r).sites = vec!["north".into(); 2], InvalidArgument, "sites[1]"),
    (
        "unknown job before",
        |r| spec(r).after_ok = vec!["never".into()],
        InvalidArgument,
        "after_ok",
    ),
    ("level of security", |r| spec(r).mlps_level = 5, InvalidArgument, "mlps_level"),
    ("priority", |r| spec(r).priority = 1001, InvalidArgument, "priority"),
    ("lowest of all priorities", |r| spec(r).priority = i32::MIN, InvalidArgument, "priority"),
    ("retries", |r| spec(r).retries = 101, InvalidArgument, "retries"),
    ("green floor", |r| spec(r).green_floor_permille = 1001, InvalidArgument, "green_floor"),
    ("release before time", |r| spec(r).release_ms = -1, InvalidArgument, "release_ms"),
    ("deadline before time", |r| spec(r).deadline_ms = -1, InvalidArgument, "deadline_ms"),
    (
        "deadline before release",
        |r| (spec(r).release_ms, spec(r).deadline_ms) = (2_000, 1_000),
        InvalidArgument,
        "deadline_ms",
    ),
    (
        "service in a batch job",
        |r| spec(r).service = Some(v1::ServiceSpec::default()),
        InvalidArgument,
        "spec.service",
    ),
    ("too many copies", |r| storage(r, 65), InvalidArgument, "copies"),
];

/// Names that are unknown, or are no names.
#[rustfmt::skip]
pub const REPORTED: &[(&str, Spoil, Code, &str)] = &[
    ("unknown image", |r| group(r).payload = container("nowhere"), NotFound, "image"),
    ("tenant that is no name", |r| r.tenant = "\0".into(), InvalidArgument, "tenant"),
    ("long tenant", |r| r.tenant = "t".repeat(10_000), InvalidArgument, "tenant"),
];

pub fn labels(count: u32) -> std::collections::HashMap<String, String> {
    (0..count)
        .map(|at| (format!("l{at}"), String::new()))
        .collect()
}
