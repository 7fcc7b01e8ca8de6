//! The fields of a job file outside its groups.

use ewc_core::model::{
    CheckpointSpec, DataGrade, Input, JobKind, JobSpec, LatencyLimit, Layer, OnDisconnect, Output,
    ServiceSpec, StorageSpec, TrafficShare, Weights, WorkloadClass,
};

use super::{JobFile, When, group};
use crate::error::{FieldError, Problem};
use crate::reader::{Table, amount, flag, one_of, scalar, text, whole};
use crate::tree::Value;
use crate::units;

const KINDS: [(&str, JobKind); 3] = [
    ("batch", JobKind::Batch),
    ("service", JobKind::Service),
    ("storage", JobKind::Storage),
];

const GRADES: [(&str, DataGrade); 3] = [
    ("general", DataGrade::General),
    ("important", DataGrade::Important),
    ("core", DataGrade::Core),
];

/// Names of the layers in files.
pub(crate) const LAYERS: [(&str, Layer); 3] = [
    ("optical", Layer::Optical),
    ("private_ip", Layer::PrivateIp),
    ("public_ip", Layer::PublicIp),
];

const ON_DISCONNECT: [(&str, OnDisconnect); 2] = [
    ("keep_running", OnDisconnect::KeepRunning),
    ("stop", OnDisconnect::Stop),
];

pub(super) fn read(table: &mut Table) -> Result<JobFile, FieldError> {
    refuse_mixed_forms(table)?;
    Ok(JobFile {
        idempotency_key: table.take("idempotency_key", text)?,
        tenant: table.take("tenant", text)?,
        after_ok: table.list("after_ok", scalar)?,
        release: table.take("release", when)?,
        deadline: table.take("deadline", when)?,
        spec: read_spec(table)?,
    })
}

fn read_spec(table: &mut Table) -> Result<JobSpec, FieldError> {
    let kind = table.take("kind", one_of(&KINDS))?.unwrap_or_default();
    let service = table.table("service")?.map(read_service).transpose()?;
    let storage = table.table("storage")?.map(read_storage).transpose()?;
    let checkpoint = table
        .table("checkpoint")?
        .map(read_checkpoint)
        .transpose()?;
    let run_for_ms = match kind {
        JobKind::Batch => 0,
        JobKind::Service => service.as_ref().map_or(0, |service| service.run_for_ms),
        JobKind::Storage => storage.as_ref().map_or(0, |storage| storage.keep_for_ms),
    };
    Ok(JobSpec {
        name: table.require("name", "name the job, e.g. name = \"nightly-report\"", text)?,
        kind,
        class: table.take("class", class)?.unwrap_or(usual_class(kind)),
        groups: group::read_all(table, run_for_ms)?,
        release_ms: 0,
        deadline_ms: None,
        inputs: read_inputs(table)?,
        outputs: table
            .tables("outputs")?
            .into_iter()
            .map(read_output)
            .collect::<Result<_, _>>()?,
        latency_limits: read_latency_limits(table)?,
        data_grade: table
            .take("data_grade", one_of(&GRADES))?
            .unwrap_or_default(),
        mlps_level: table.take("mlps_level", whole)?.unwrap_or(2),
        regions: table.list("regions", text)?,
        carriers: table.list("carriers", text)?,
        sites: table.list("sites", text)?,
        priority: table.take("priority", whole_signed)?.unwrap_or(0),
        retries: table.take("retries", whole)?.unwrap_or(0),
        on_disconnect: table
            .take("on_disconnect", one_of(&ON_DISCONNECT))?
            .unwrap_or_default(),
        weights: table.table("weights")?.map(read_weights).transpose()?,
        after_ok: Vec::new(),
        preemptible: table.take("preemptible", flag)?.unwrap_or(false),
        checkpointable: table
            .take("checkpointable", flag)?
            .unwrap_or(checkpoint.is_some()),
        green_floor_permille: table
            .take("green_floor", amount(units::permille))?
            .unwrap_or(0),
        service,
        storage,
        labels: table.texts("labels")?,
        checkpoint,
    })
}

/// What belongs to a group must not stand at the top as well.
fn refuse_mixed_forms(table: &Table) -> Result<(), FieldError> {
    const OF_GROUPS: [&str; 16] = [
        "command",
        "script",
        "interpreter",
        "image",
        "environment",
        "cpu",
        "memory",
        "accelerators",
        "accelerator_families",
        "accelerator_models",
        "architecture",
        "count",
        "gang",
        "estimate",
        "time_limit",
        "throughput",
    ];
    match OF_GROUPS
        .into_iter()
        .find(|name| table.has("groups") && table.has(name))
    {
        None => Ok(()),
        Some(name) => {
            let hint =
                "move it into each group, or leave the groups out and describe one at the top";
            Err(FieldError::new(name, "stands beside [[groups]]", hint))
        }
    }
}

fn when(value: &Value) -> Result<When, Problem> {
    When::parse(&scalar(value)?)
}

fn class(value: &Value) -> Result<WorkloadClass, Problem> {
    one_of(&WorkloadClass::ALL.map(|class| (class.name(), class)))(value)
}

fn usual_class(kind: JobKind) -> WorkloadClass {
    match kind {
        JobKind::Batch => WorkloadClass::BatchOffline,
        JobKind::Service => WorkloadClass::Realtime,
        JobKind::Storage => WorkloadClass::StorageBackup,
    }
}

fn whole_signed(value: &Value) -> Result<i32, Problem> {
    whole(value).map_err(|problem| Problem {
        hint: "write a number from -1000 to 1000".into(),
        ..problem
    })
}

/// An input is the name of a data set, or a table that also says where it stands.
fn read_inputs(table: &mut Table) -> Result<Vec<Input>, FieldError> {
    let read = |(path, value)| match value {
        Value::Text(dataset) => Ok(Input {
            dataset,
            mount: String::new(),
        }),
        other => {
            let mut table = Table::of(path, other)?;
            let input = Input {
                dataset: table.require("dataset", "name the data set or model", text)?,
                mount: table.take("mount", text)?.unwrap_or_default(),
            };
            table.finish()?;
            Ok(input)
        }
    };
    table.elements("inputs")?.into_iter().map(read).collect()
}

fn read_output(mut table: Table) -> Result<Output, FieldError> {
    let size_hint = "write the size you expect, e.g. size = \"20GB\"; it reserves the links";
    let output = Output {
        dataset: table.require("dataset", "name the data set it becomes", text)?,
        path: table.require("path", "name the file below the working directory", text)?,
        size_bytes: table.require("size", size_hint, amount(units::size_bytes))?,
        deliver_to: table.take("deliver_to", text)?.unwrap_or_default(),
    };
    table.finish()?;
    Ok(output)
}

fn read_checkpoint(mut table: Table) -> Result<CheckpointSpec, FieldError> {
    let path_hint = "name the file below the working directory";
    let size_hint = "write the size you expect, e.g. size = \"20GB\"; it reserves the links";
    let every_hint = "write how often it is written, e.g. every = \"30m\"";
    let duration = || amount(units::duration_ms);
    let checkpoint = CheckpointSpec {
        path: table.require("path", path_hint, text)?,
        size_bytes: table.require("size", size_hint, amount(units::size_bytes))?,
        every_ms: table.require("every", every_hint, duration())?,
        restart_ms: table.take("restart", duration())?.unwrap_or(0),
    };
    table.finish()?;
    Ok(checkpoint)
}

fn read_latency_limits(table: &mut Table) -> Result<Vec<LatencyLimit>, FieldError> {
    let read = |mut table: Table| {
        let hint = "write the highest one-way latency, e.g. one_way_max = \"5ms\"";
        let limit = LatencyLimit {
            region: table.require("region", "name the demand region", text)?,
            one_way_us_max: table.require("one_way_max", hint, amount(units::latency_us))?,
            layer: table.take("layer", one_of(&LAYERS))?.unwrap_or_default(),
        };
        table.finish()?;
        Ok(limit)
    };
    table
        .tables("latency_limits")?
        .into_iter()
        .map(read)
        .collect()
}

/// Weights of the objective, as jobs and tenants give them.
pub(crate) fn read_weights(mut table: Table) -> Result<Weights, FieldError> {
    let share = || amount(units::permille);
    let default = Weights::default();
    let weights = Weights {
        money_permille: table
            .take("money", share())?
            .unwrap_or(default.money_permille),
        carbon_permille: table
            .take("carbon", share())?
            .unwrap_or(default.carbon_permille),
        water_permille: table
            .take("water", share())?
            .unwrap_or(default.water_permille),
        delay_permille: table
            .take("delay", share())?
            .unwrap_or(default.delay_permille),
    };
    table.finish()?;
    Ok(weights)
}

fn read_service(mut table: Table) -> Result<ServiceSpec, FieldError> {
    let service = ServiceSpec {
        run_for_ms: table
            .take("run_for", amount(units::duration_ms))?
            .unwrap_or(0),
        bandwidth_bps: table
            .take("bandwidth", amount(units::bandwidth_bps))?
            .unwrap_or(0),
        traffic: table
            .tables("traffic")?
            .into_iter()
            .map(read_traffic)
            .collect::<Result<_, _>>()?,
        spread_sites_min: table.take("spread_sites_min", whole)?.unwrap_or(1),
    };
    table.finish()?;
    Ok(service)
}

fn read_traffic(mut table: Table) -> Result<TrafficShare, FieldError> {
    let share = TrafficShare {
        region: table.require("region", "name the demand region", text)?,
        weight: table.take("weight", whole)?.unwrap_or(1),
    };
    table.finish()?;
    Ok(share)
}

fn read_storage(mut table: Table) -> Result<StorageSpec, FieldError> {
    let keep_hint = "write how long it is kept, e.g. keep_for = \"90d\"";
    let duration = || amount(units::duration_ms);
    let storage = StorageSpec {
        keep_for_ms: table.require("keep_for", keep_hint, duration())?,
        copies: table.take("copies", whole)?.unwrap_or(1),
        distance_km_min: table
            .take("distance_min", amount(units::distance_km))?
            .unwrap_or(0),
        refresh_every_ms: table.take("refresh_every", duration())?.unwrap_or(0),
    };
    table.finish()?;
    Ok(storage)
}
