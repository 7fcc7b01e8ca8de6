//! The rules that a job keeps whatever door it came through; they need no state of the network.
//!
//! Whether sites, regions or data sets of these names exist is not asked here.

mod data;
mod group;
pub mod limits;
mod text;

use std::collections::BTreeSet;

use ewc_core::model::{JobKind, JobSpec, ServiceSpec, StorageSpec, Weights};

use crate::error::FieldError;
pub(crate) use text::{check_key, check_keys, check_name, check_names};

/// Checks a job as it is submitted.
pub fn validate(spec: &JobSpec) -> Result<(), FieldError> {
    check_name("name", &spec.name)?;
    group::check_all(&spec.groups)?;
    check_times(spec)?;
    data::check_inputs(&spec.inputs)?;
    data::check_outputs(&spec.outputs, &spec.inputs)?;
    check_latency_limits(spec)?;
    check_names("regions", &spec.regions)?;
    check_names("carriers", &spec.carriers)?;
    check_names("sites", &spec.sites)?;
    check_numbers(spec)?;
    check_kind(spec)?;
    check_checkpoint(spec)?;
    text::check_labels(&spec.labels)
}

fn check_times(spec: &JobSpec) -> Result<(), FieldError> {
    if spec.release_ms < 0 {
        return Err(FieldError::new(
            "release",
            "lies before 1970",
            "leave it out to start at once",
        ));
    }
    match spec.deadline_ms {
        Some(deadline_ms) if deadline_ms <= spec.release_ms => Err(FieldError::new(
            "deadline",
            "is not after the release",
            "write a later deadline or leave it out",
        )),
        _ => Ok(()),
    }
}

fn check_latency_limits(spec: &JobSpec) -> Result<(), FieldError> {
    text::check_length(
        "latency_limits",
        spec.latency_limits.len(),
        limits::LIST_MAX,
    )?;
    let mut seen = BTreeSet::new();
    for (index, limit) in spec.latency_limits.iter().enumerate() {
        let field = |name: &str| format!("latency_limits[{index}].{name}");
        check_name(field("region"), &limit.region)?;
        if !(1..=limits::LATENCY_US_MAX).contains(&limit.one_way_us_max) {
            let hint = "write a latency of more than zero and at most 10s, e.g. \"5ms\"";
            return Err(FieldError::new(
                field("one_way_max"),
                "is out of range",
                hint,
            ));
        }
        if !seen.insert((&limit.region, limit.layer)) {
            let problem = format!("{:?} has a limit on this layer already", limit.region);
            return Err(FieldError::new(
                field("region"),
                problem,
                "keep the stricter one",
            ));
        }
    }
    Ok(())
}

fn check_numbers(spec: &JobSpec) -> Result<(), FieldError> {
    let out_of_range = |field: &str, value: i64, hint: &str| {
        Err(FieldError::new(
            field,
            format!("{value} is out of range"),
            hint,
        ))
    };
    if !(1..=4).contains(&spec.mlps_level) {
        return out_of_range(
            "mlps_level",
            spec.mlps_level.into(),
            "write a level from 1 to 4",
        );
    }
    if spec.priority.unsigned_abs() > limits::PRIORITY_MAX {
        let hint = "write a number from -1000 to 1000";
        return out_of_range("priority", spec.priority.into(), hint);
    }
    if spec.retries > limits::RETRIES_MAX {
        return out_of_range("retries", spec.retries.into(), "write at most 100");
    }
    if spec.green_floor_permille > 1000 {
        let problem = "is more than 100%";
        return Err(FieldError::new(
            "green_floor",
            problem,
            "write a share such as \"35%\"",
        ));
    }
    text::check_length("after_ok", spec.after_ok.len(), limits::LIST_MAX)?;
    spec.weights.map_or(Ok(()), check_weights)
}

fn check_weights(weights: Weights) -> Result<(), FieldError> {
    let named = [
        ("weights.money", weights.money_permille),
        ("weights.carbon", weights.carbon_permille),
        ("weights.water", weights.water_permille),
        ("weights.delay", weights.delay_permille),
    ];
    match named
        .into_iter()
        .find(|(_, permille)| *permille > limits::WEIGHT_PERMILLE_MAX)
    {
        None => Ok(()),
        Some((field, _)) => {
            let hint = "write at most \"10000%\", a hundred times the policy's price";
            Err(FieldError::new(field, "is too large", hint))
        }
    }
}

/// A service or storage block stands exactly with its kind.
/// A checkpoint that would not be used is a mistake.
fn check_checkpoint(spec: &JobSpec) -> Result<(), FieldError> {
    let Some(checkpoint) = &spec.checkpoint else {
        return Ok(());
    };
    if !spec.checkpointable {
        let hint = "write checkpointable = true or leave the checkpoint out";
        let problem = "belongs to a job that is not checkpointable";
        return Err(FieldError::new("checkpoint", problem, hint));
    }
    if spec.kind != JobKind::Batch {
        let hint = "leave it out: services and storage jobs are not moved while they run";
        return Err(FieldError::new(
            "checkpoint",
            "is only for batch jobs",
            hint,
        ));
    }
    text::check_path("checkpoint.path".to_owned(), &checkpoint.path)?;
    if !(0..=limits::OUTPUT_BYTES_MAX).contains(&checkpoint.size_bytes) {
        let hint = "write at most 1000PB, e.g. \"20GB\"";
        return Err(FieldError::new("checkpoint.size", "is out of range", hint));
    }
    let range = |field: &str, value: i64, low: i64| {
        let hint = "write a duration of at most ten years, e.g. \"30m\"";
        match (low..=limits::DURATION_MS_MAX).contains(&value) {
            true => Ok(()),
            false => Err(FieldError::new(field, "is out of range", hint)),
        }
    };
    range("checkpoint.every", checkpoint.every_ms, 1)?;
    range("checkpoint.restart", checkpoint.restart_ms, 0)?;
    data::check_checkpoint(&checkpoint.path, &spec.inputs)
}

fn check_kind(spec: &JobSpec) -> Result<(), FieldError> {
    let misplaced = |field: &str| {
        let hint = format!("write kind = {field:?} or leave the block out");
        Err(FieldError::new(
            field,
            "does not belong to a job of this kind",
            hint,
        ))
    };
    let missing = |field: &str| {
        let hint = format!("add a [{field}] table");
        Err(FieldError::new(
            field,
            "is missing from a job of this kind",
            hint,
        ))
    };
    match (&spec.service, &spec.storage) {
        (Some(_), _) if spec.kind != JobKind::Service => return misplaced("service"),
        (_, Some(_)) if spec.kind != JobKind::Storage => return misplaced("storage"),
        (None, _) if spec.kind == JobKind::Service => return missing("service"),
        (_, None) if spec.kind == JobKind::Storage => return missing("storage"),
        (Some(service), _) => check_service(spec, service)?,
        (_, Some(storage)) => check_storage(spec, storage)?,
        (None, None) => {}
    }
    check_run_for(spec)
}

/// The time limit must not end as a failure what is to run until then as a success.
fn check_run_for(spec: &JobSpec) -> Result<(), FieldError> {
    let short = spec
        .groups
        .iter()
        .position(|group| group.time_limit_ms < spec.run_for_ms());
    match short {
        None => Ok(()),
        Some(index) => Err(FieldError::new(
            format!("groups[{index}].time_limit"),
            "is shorter than the job is to run",
            "write at least run_for or keep_for, or leave it out",
        )),
    }
}

fn check_service(spec: &JobSpec, service: &ServiceSpec) -> Result<(), FieldError> {
    if !(0..=limits::DURATION_MS_MAX).contains(&service.run_for_ms) {
        let hint = "write at most 10 years, or leave it out to run until cancelled";
        return Err(FieldError::new("service.run_for", "is out of range", hint));
    }
    if !(0..=limits::BANDWIDTH_BPS_MAX).contains(&service.bandwidth_bps) {
        let hint = "write at most \"1000Tbps\"";
        return Err(FieldError::new(
            "service.bandwidth",
            "is out of range",
            hint,
        ));
    }
    if service.bandwidth_bps > 0 && service.traffic.is_empty() {
        let hint = "say where the bandwidth goes: traffic = [{ region = \"shanghai\" }]";
        return Err(FieldError::new("service.traffic", "is missing", hint));
    }
    check_traffic(service)?;
    const SPREAD: &str = "service.spread_sites_min";
    if service.spread_sites_min > limits::SITES_OF_JOB_MAX {
        let hint = format!("write a number from 1 to {}", limits::SITES_OF_JOB_MAX);
        return Err(FieldError::new(SPREAD, "is out of range", hint));
    }
    match spec.groups.as_slice() {
        [group] if spec.is_spread() && group.count < service.spread_sites_min => {
            let problem = format!("is more than there are tasks ({})", group.count);
            let hint = "write count = that many or more: each site gets a task at least";
            Err(FieldError::new(SPREAD, problem, hint))
        }
        _ => group::check_parts(SPREAD, spec),
    }
}

fn check_traffic(service: &ServiceSpec) -> Result<(), FieldError> {
    text::check_length("service.traffic", service.traffic.len(), limits::LIST_MAX)?;
    let mut seen = BTreeSet::new();
    for (index, share) in service.traffic.iter().enumerate() {
        let field = |name: &str| format!("service.traffic[{index}].{name}");
        check_name(field("region"), &share.region)?;
        if !(1..=limits::TRAFFIC_WEIGHT_MAX).contains(&share.weight) {
            let hint = "write a relative weight from 1 to 1000000";
            return Err(FieldError::new(field("weight"), "is out of range", hint));
        }
        if !seen.insert(&share.region) {
            let problem = format!("{:?} is named twice", share.region);
            return Err(FieldError::new(
                field("region"),
                problem,
                "add its weights up",
            ));
        }
    }
    Ok(())
}

fn check_storage(spec: &JobSpec, storage: &StorageSpec) -> Result<(), FieldError> {
    if !(1..=limits::DURATION_MS_MAX).contains(&storage.keep_for_ms) {
        let hint = "write more than zero and at most 10 years, e.g. \"90d\"";
        return Err(FieldError::new("storage.keep_for", "is out of range", hint));
    }
    if !(0..=limits::SITES_OF_JOB_MAX).contains(&storage.copies) {
        let hint = format!("write a number from 1 to {}", limits::SITES_OF_JOB_MAX);
        return Err(FieldError::new("storage.copies", "is out of range", hint));
    }
    group::check_parts("storage.copies", spec)?;
    if !(0..=limits::DISTANCE_KM_MAX).contains(&storage.distance_km_min) {
        let hint = "no two places are farther apart than 20015 km; write e.g. \"300km\"";
        return Err(FieldError::new(
            "storage.distance_min",
            "is out of range",
            hint,
        ));
    }
    if storage.distance_km_min > 0 && storage.copies < 2 {
        let hint = "write copies = 2 or more, or leave it out";
        return Err(FieldError::new(
            "storage.distance_min",
            "has no second copy",
            hint,
        ));
    }
    check_refresh(spec, storage)
}

fn check_refresh(spec: &JobSpec, storage: &StorageSpec) -> Result<(), FieldError> {
    const FIELD: &str = "storage.refresh_every";
    if storage.refresh_every_ms == 0 {
        return Ok(());
    }
    if !(limits::REFRESH_MS_MIN..=limits::DURATION_MS_MAX).contains(&storage.refresh_every_ms) {
        let hint = "write from 1 minute to 10 years, e.g. \"7d\", or leave it out";
        return Err(FieldError::new(FIELD, "is out of range", hint));
    }
    if storage.copies < 2 {
        let hint = "copies are refreshed from the first one: write copies = 2 or leave it out";
        return Err(FieldError::new(FIELD, "has no second copy", hint));
    }
    if spec.inputs.is_empty() {
        let hint = "name the data sets in inputs or leave it out";
        return Err(FieldError::new(FIELD, "has nothing to refresh", hint));
    }
    Ok(())
}
