//! What an owner asked for.

use std::collections::BTreeMap;

use ewc_proto::v1;
use serde::Serialize;

use super::network::ResourcesView;
use super::short;
use crate::format::rfc3339;

/// A job's specification.
#[derive(Debug, Serialize)]
pub struct JobSpecView {
    pub name: String,
    pub kind: String,
    pub workload_class: String,
    pub groups: Vec<TaskGroupView>,
    pub release_ms: i64,
    pub release: Option<String>,
    pub deadline_ms: i64,
    pub deadline: Option<String>,
    pub inputs: Vec<InputView>,
    pub outputs: Vec<OutputView>,
    pub latency_limits: Vec<LatencyLimitView>,
    pub data_grade: String,
    pub mlps_level: u32,
    pub regions: Vec<String>,
    pub carriers: Vec<String>,
    pub sites: Vec<String>,
    pub priority: i32,
    pub retries: u32,
    pub on_disconnect: String,
    pub weights: Option<WeightsView>,
    pub after_ok: Vec<String>,
    pub preemptible: bool,
    pub checkpointable: bool,
    pub green_floor_permille: u32,
    pub service: Option<ServiceView>,
    pub storage: Option<StorageView>,
    pub labels: BTreeMap<String, String>,
    pub checkpoint: Option<CheckpointView>,
}

/// What a job goes on from.
#[derive(Debug, Serialize)]
pub struct CheckpointView {
    pub path: String,
    pub size_bytes: i64,
    pub every_ms: i64,
    pub restart_ms: i64,
}

/// A group of tasks.
#[derive(Debug, Serialize)]
pub struct TaskGroupView {
    pub name: String,
    pub count: u32,
    pub gang: bool,
    pub resources: ResourcesView,
    pub accelerator_families: Vec<String>,
    pub accelerator_models: Vec<String>,
    pub throughput_permille: BTreeMap<String, u32>,
    pub architecture: String,
    pub payload: Option<PayloadView>,
    pub estimate_ms: i64,
    pub time_limit_ms: i64,
}

/// What is started; the field that is there tells its kind.
#[derive(Debug, Serialize)]
pub struct PayloadView {
    #[serde(flatten)]
    pub what: Option<PayloadKindView>,
    pub environment: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PayloadKindView {
    Process { argv: Vec<String> },
    Script { interpreter: String, text: String },
    Container { image: String, argv: Vec<String> },
}

/// A data set it reads.
#[derive(Debug, Serialize)]
pub struct InputView {
    pub dataset: String,
    pub mount: String,
}

/// A file it leaves.
#[derive(Debug, Serialize)]
pub struct OutputView {
    pub dataset: String,
    pub path: String,
    pub size_bytes: i64,
    pub deliver_to: String,
}

/// Where its users are.
#[derive(Debug, Serialize)]
pub struct LatencyLimitView {
    pub region: String,
    pub one_way_us_max: i64,
    pub layer: String,
}

/// Its own weights.
#[derive(Debug, Serialize)]
pub struct WeightsView {
    pub money_permille: u32,
    pub carbon_permille: u32,
    pub water_permille: u32,
    pub delay_permille: u32,
}

/// What a service adds.
#[derive(Debug, Serialize)]
pub struct ServiceView {
    pub run_for_ms: i64,
    pub bandwidth_bps: i64,
    pub traffic: BTreeMap<String, u32>,
    pub spread_sites_min: u32,
}

/// What storage adds.
#[derive(Debug, Serialize)]
pub struct StorageView {
    pub keep_for_ms: i64,
    pub copies: u32,
    pub distance_km_min: i64,
    pub refresh_every_ms: i64,
}

impl From<&v1::JobSpec> for JobSpecView {
    fn from(wire: &v1::JobSpec) -> JobSpecView {
        JobSpecView {
            name: wire.name.clone(),
            kind: short(wire.kind().as_str_name(), "JOB_KIND"),
            workload_class: short(wire.workload_class().as_str_name(), "WORKLOAD_CLASS"),
            groups: wire.groups.iter().map(TaskGroupView::from).collect(),
            release_ms: wire.release_ms,
            release: rfc3339(wire.release_ms),
            deadline_ms: wire.deadline_ms,
            deadline: rfc3339(wire.deadline_ms),
            inputs: wire.inputs.iter().map(input).collect(),
            outputs: wire.outputs.iter().map(output).collect(),
            latency_limits: wire.latency_limits.iter().map(latency_limit).collect(),
            data_grade: short(wire.data_grade().as_str_name(), "DATA_GRADE"),
            mlps_level: wire.mlps_level,
            regions: wire.regions.clone(),
            carriers: wire.carriers.clone(),
            sites: wire.sites.clone(),
            priority: wire.priority,
            retries: wire.retries,
            on_disconnect: short(wire.on_disconnect().as_str_name(), "ON_DISCONNECT"),
            weights: wire.weights.as_ref().map(weights),
            after_ok: wire.after_ok.clone(),
            preemptible: wire.preemptible,
            checkpointable: wire.checkpointable,
            green_floor_permille: wire.green_floor_permille,
            service: wire.service.as_ref().map(service),
            storage: wire.storage.as_ref().map(storage),
            labels: wire.labels.clone().into_iter().collect(),
            checkpoint: wire.checkpoint.as_ref().map(|known| CheckpointView {
                path: known.path.clone(),
                size_bytes: known.size_bytes,
                every_ms: known.every_ms,
                restart_ms: known.restart_ms,
            }),
        }
    }
}

impl From<&v1::TaskGroup> for TaskGroupView {
    fn from(wire: &v1::TaskGroup) -> TaskGroupView {
        let family =
            |family: v1::AcceleratorFamily| short(family.as_str_name(), "ACCELERATOR_FAMILY");
        TaskGroupView {
            name: wire.name.clone(),
            count: wire.count,
            gang: wire.gang,
            resources: wire
                .resources
                .as_ref()
                .map(ResourcesView::from)
                .unwrap_or_default(),
            accelerator_families: wire.accelerator_families().map(family).collect(),
            accelerator_models: wire.accelerator_models.clone(),
            throughput_permille: wire.throughput_permille.clone().into_iter().collect(),
            architecture: wire.architecture.clone(),
            payload: wire.payload.as_ref().map(PayloadView::from),
            estimate_ms: wire.estimate_ms,
            time_limit_ms: wire.time_limit_ms,
        }
    }
}

impl From<&v1::Payload> for PayloadView {
    fn from(wire: &v1::Payload) -> PayloadView {
        use v1::payload::What;
        let kind = |what: &What| match what.clone() {
            What::Process(process) => PayloadKindView::Process { argv: process.argv },
            What::Script(script) => PayloadKindView::Script {
                interpreter: script.interpreter,
                text: script.text,
            },
            What::Container(container) => PayloadKindView::Container {
                image: container.image,
                argv: container.argv,
            },
        };
        PayloadView {
            what: wire.what.as_ref().map(kind),
            environment: wire.environment.clone().into_iter().collect(),
        }
    }
}

fn input(wire: &v1::Input) -> InputView {
    InputView {
        dataset: wire.dataset.clone(),
        mount: wire.mount.clone(),
    }
}

fn output(wire: &v1::Output) -> OutputView {
    OutputView {
        dataset: wire.dataset.clone(),
        path: wire.path.clone(),
        size_bytes: wire.size_bytes,
        deliver_to: wire.deliver_to.clone(),
    }
}

fn latency_limit(wire: &v1::LatencyLimit) -> LatencyLimitView {
    LatencyLimitView {
        region: wire.region.clone(),
        one_way_us_max: wire.one_way_us_max,
        layer: short(wire.layer().as_str_name(), "LAYER"),
    }
}

fn weights(wire: &v1::Weights) -> WeightsView {
    WeightsView {
        money_permille: wire.money_permille,
        carbon_permille: wire.carbon_permille,
        water_permille: wire.water_permille,
        delay_permille: wire.delay_permille,
    }
}

fn service(wire: &v1::ServiceSpec) -> ServiceView {
    let share = |share: &v1::TrafficShare| (share.region.clone(), share.weight);
    ServiceView {
        run_for_ms: wire.run_for_ms,
        bandwidth_bps: wire.bandwidth_bps,
        traffic: wire.traffic.iter().map(share).collect(),
        spread_sites_min: wire.spread_sites_min,
    }
}

fn storage(wire: &v1::StorageSpec) -> StorageView {
    StorageView {
        keep_for_ms: wire.keep_for_ms,
        copies: wire.copies,
        distance_km_min: wire.distance_km_min,
        refresh_every_ms: wire.refresh_every_ms,
    }
}
