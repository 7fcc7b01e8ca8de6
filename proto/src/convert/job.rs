//! Job specifications, both ways, with the defaults that the wire format documents.

use std::collections::BTreeSet;

use ewc_core::model;

use super::check;
use super::enums;
use super::error::{WireError, Within as _};
use super::job_parts as parts;
use super::task_group::{self, JobContext, string_map};
use crate::v1;

/// Security level of a job that asks for none.
const MLPS_LEVEL_DEFAULT: u32 = 2;
/// Highest priority, and lowest with a minus sign.
const PRIORITY_MAX: u32 = 1000;

/// A job's specification and the jobs it comes after.
///
/// The second part holds the names (id or key) in `after_ok` as they came: only the state machine
/// knows the jobs they stand for, so `after_ok` of the specification is empty.
///
/// Defaults: kind batch, class `batch_offline`, grade general (inputs may raise it), security
/// level 2, keep running when cut off.
pub fn job_spec_from_wire(wire: v1::JobSpec) -> Result<(model::JobSpec, Vec<String>), WireError> {
    let kind = enums::job_kind_from_wire("kind", wire.kind)?.unwrap_or_default();
    let class = enums::workload_class_from_wire("workload_class", wire.workload_class)?;
    let grade = enums::data_grade_from_wire("data_grade", wire.data_grade)?;
    let on_disconnect = enums::on_disconnect_from_wire("on_disconnect", wire.on_disconnect)?;
    let service = service(wire.service, kind)?;
    let storage = storage(wire.storage, kind)?;
    let run_for_ms = service.as_ref().map_or(0, |service| service.run_for_ms);
    let keep_for_ms = storage.as_ref().map_or(0, |storage| storage.keep_for_ms);
    let context = JobContext {
        kind,
        run_for_ms: run_for_ms.max(keep_for_ms),
    };
    let after_ok = check::names("after_ok", wire.after_ok)?;
    let spec = model::JobSpec {
        name: check::name("name", wire.name)?,
        kind,
        class: class.unwrap_or_default(),
        groups: groups(wire.groups, context)?,
        release_ms: check::moment_ms("release_ms", wire.release_ms)?,
        deadline_ms: deadline(wire.deadline_ms, wire.release_ms)?,
        inputs: check::each("inputs", wire.inputs, parts::input_from_wire)?,
        outputs: check::each("outputs", wire.outputs, parts::output_from_wire)?,
        latency_limits: check::each(
            "latency_limits",
            wire.latency_limits,
            parts::latency_limit_from_wire,
        )?,
        data_grade: grade.unwrap_or_default(),
        mlps_level: mlps_level(wire.mlps_level)?,
        regions: check::names("regions", wire.regions)?,
        carriers: check::names("carriers", wire.carriers)?,
        sites: check::names("sites", wire.sites)?,
        priority: priority(wire.priority)?,
        retries: wire.retries,
        on_disconnect: on_disconnect.unwrap_or_default(),
        weights: wire
            .weights
            .map(parts::weights_from_wire)
            .transpose()
            .within("weights")?,
        after_ok: Vec::new(),
        preemptible: wire.preemptible,
        checkpointable: wire.checkpointable,
        green_floor_permille: check::permille("green_floor_permille", wire.green_floor_permille)?,
        service,
        storage,
        labels: string_map("labels", wire.labels)?,
        checkpoint: wire
            .checkpoint
            .map(parts::checkpoint_from_wire)
            .transpose()
            .within("checkpoint")?,
    };
    Ok((spec, after_ok))
}

/// A job's specification; `after_ok` are the names of the jobs it comes after and replaces the
/// identities in the specification.
pub fn job_spec_to_wire(spec: &model::JobSpec, after_ok: &[String]) -> v1::JobSpec {
    v1::JobSpec {
        name: spec.name.clone(),
        kind: enums::job_kind_to_wire(spec.kind).into(),
        workload_class: enums::workload_class_to_wire(spec.class).into(),
        groups: spec.groups.iter().map(task_group::to_wire).collect(),
        release_ms: spec.release_ms,
        deadline_ms: spec.deadline_ms.unwrap_or(0),
        inputs: spec.inputs.iter().map(parts::input_to_wire).collect(),
        outputs: spec.outputs.iter().map(parts::output_to_wire).collect(),
        latency_limits: spec
            .latency_limits
            .iter()
            .map(parts::latency_limit_to_wire)
            .collect(),
        data_grade: enums::data_grade_to_wire(spec.data_grade).into(),
        mlps_level: spec.mlps_level,
        regions: spec.regions.clone(),
        carriers: spec.carriers.clone(),
        priority: spec.priority,
        retries: spec.retries,
        on_disconnect: enums::on_disconnect_to_wire(spec.on_disconnect).into(),
        weights: spec.weights.map(parts::weights_to_wire),
        after_ok: after_ok.to_vec(),
        preemptible: spec.preemptible,
        checkpointable: spec.checkpointable,
        green_floor_permille: spec.green_floor_permille,
        service: spec.service.as_ref().map(parts::service_to_wire),
        storage: spec.storage.as_ref().map(parts::storage_to_wire),
        labels: spec.labels.clone().into_iter().collect(),
        sites: spec.sites.clone(),
        checkpoint: spec.checkpoint.as_ref().map(parts::checkpoint_to_wire),
    }
}

fn groups(
    wire: Vec<v1::TaskGroup>,
    context: JobContext,
) -> Result<Vec<model::TaskGroup>, WireError> {
    if wire.is_empty() {
        return Err(WireError::new("groups", "must not be empty"));
    }
    let groups = check::each("groups", wire, |group| {
        task_group::from_wire(group, context)
    })?;
    let mut names = BTreeSet::new();
    for (index, group) in groups.iter().enumerate() {
        if !names.insert(&group.name) {
            let problem = format!("is {:?} for a second time", group.name);
            return Err(WireError::new(format!("groups[{index}].name"), problem));
        }
    }
    Ok(groups)
}

fn service(
    wire: Option<v1::ServiceSpec>,
    kind: model::JobKind,
) -> Result<Option<model::ServiceSpec>, WireError> {
    if wire.is_some() && kind != model::JobKind::Service {
        return Err(WireError::new(
            "service",
            "belongs to jobs of kind service only",
        ));
    }
    wire.map(parts::service_from_wire)
        .transpose()
        .within("service")
}

fn storage(
    wire: Option<v1::StorageSpec>,
    kind: model::JobKind,
) -> Result<Option<model::StorageSpec>, WireError> {
    if wire.is_some() && kind != model::JobKind::Storage {
        return Err(WireError::new(
            "storage",
            "belongs to jobs of kind storage only",
        ));
    }
    wire.map(parts::storage_from_wire)
        .transpose()
        .within("storage")
}

fn deadline(deadline_ms: i64, release_ms: i64) -> Result<Option<i64>, WireError> {
    match check::moment_ms("deadline_ms", deadline_ms)? {
        0 => Ok(None),
        deadline if deadline <= release_ms => Err(WireError::new(
            "deadline_ms",
            "must be later than the release",
        )),
        deadline => Ok(Some(deadline)),
    }
}

fn mlps_level(level: u32) -> Result<u32, WireError> {
    match level {
        0 => Ok(MLPS_LEVEL_DEFAULT),
        1..=4 => Ok(level),
        _ => Err(WireError::new(
            "mlps_level",
            "must be between 1 and 4, or 0 for the default",
        )),
    }
}

fn priority(priority: i32) -> Result<i32, WireError> {
    if priority.unsigned_abs() > PRIORITY_MAX {
        let problem = format!("must be between -{PRIORITY_MAX} and {PRIORITY_MAX}");
        return Err(WireError::new("priority", problem));
    }
    Ok(priority)
}

#[cfg(test)]
#[path = "job_tests.rs"]
mod tests;
