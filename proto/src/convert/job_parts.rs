//! The smaller messages inside a job's specification, both ways.

use ewc_core::model;

use super::check;
use super::enums;
use super::error::WireError;
use crate::v1;

pub(super) fn input_from_wire(wire: v1::Input) -> Result<model::Input, WireError> {
    let dataset = check::name("dataset", wire.dataset)?;
    Ok(model::Input {
        dataset: check::relative_path("dataset", dataset)?,
        mount: check::relative_path("mount", wire.mount)?,
    })
}

pub(super) fn input_to_wire(input: &model::Input) -> v1::Input {
    v1::Input {
        dataset: input.dataset.clone(),
        mount: input.mount.clone(),
    }
}

pub(super) fn output_from_wire(wire: v1::Output) -> Result<model::Output, WireError> {
    let dataset = check::name("dataset", wire.dataset)?;
    let path = check::name("path", wire.path)?;
    Ok(model::Output {
        dataset: check::relative_path("dataset", dataset)?,
        path: check::relative_path("path", path)?,
        size_bytes: check::amount("size_bytes", wire.size_bytes)?,
        deliver_to: check::optional_name("deliver_to", wire.deliver_to)?,
    })
}

pub(super) fn output_to_wire(output: &model::Output) -> v1::Output {
    v1::Output {
        dataset: output.dataset.clone(),
        path: output.path.clone(),
        size_bytes: output.size_bytes,
        deliver_to: output.deliver_to.clone(),
    }
}

pub(super) fn checkpoint_from_wire(
    wire: v1::Checkpoint,
) -> Result<model::CheckpointSpec, WireError> {
    let path = check::name("path", wire.path)?;
    let every_ms = check::length_ms("every_ms", wire.every_ms)?;
    if every_ms == 0 {
        return Err(WireError::new("every_ms", "must be positive"));
    }
    Ok(model::CheckpointSpec {
        path: check::relative_path("path", path)?,
        size_bytes: check::amount("size_bytes", wire.size_bytes)?,
        every_ms,
        restart_ms: check::length_ms("restart_ms", wire.restart_ms)?,
    })
}

pub(super) fn checkpoint_to_wire(checkpoint: &model::CheckpointSpec) -> v1::Checkpoint {
    v1::Checkpoint {
        path: checkpoint.path.clone(),
        size_bytes: checkpoint.size_bytes,
        every_ms: checkpoint.every_ms,
        restart_ms: checkpoint.restart_ms,
    }
}

/// An unspecified layer is private IP.
pub(super) fn latency_limit_from_wire(
    wire: v1::LatencyLimit,
) -> Result<model::LatencyLimit, WireError> {
    if wire.one_way_us_max == 0 {
        return Err(WireError::new("one_way_us_max", "must be positive"));
    }
    Ok(model::LatencyLimit {
        region: check::name("region", wire.region)?,
        one_way_us_max: check::length_us("one_way_us_max", wire.one_way_us_max)?,
        layer: enums::layer_from_wire("layer", wire.layer)?.unwrap_or_default(),
    })
}

pub(super) fn latency_limit_to_wire(limit: &model::LatencyLimit) -> v1::LatencyLimit {
    v1::LatencyLimit {
        region: limit.region.clone(),
        one_way_us_max: limit.one_way_us_max,
        layer: enums::layer_to_wire(limit.layer).into(),
    }
}

/// Highest weight: a million times the policy's price.
const WEIGHT_PERMILLE_MAX: u32 = 1_000_000_000;

pub(super) fn weights_from_wire(wire: v1::Weights) -> Result<model::Weights, WireError> {
    let weight = |field: &str, value: u32| match value {
        0..=WEIGHT_PERMILLE_MAX => Ok(value),
        _ => Err(WireError::new(
            field,
            format!("must be at most {WEIGHT_PERMILLE_MAX}"),
        )),
    };
    Ok(model::Weights {
        money_permille: weight("money_permille", wire.money_permille)?,
        carbon_permille: weight("carbon_permille", wire.carbon_permille)?,
        water_permille: weight("water_permille", wire.water_permille)?,
        delay_permille: weight("delay_permille", wire.delay_permille)?,
    })
}

pub(super) fn weights_to_wire(weights: model::Weights) -> v1::Weights {
    v1::Weights {
        money_permille: weights.money_permille,
        carbon_permille: weights.carbon_permille,
        water_permille: weights.water_permille,
        delay_permille: weights.delay_permille,
    }
}

pub(super) fn service_from_wire(wire: v1::ServiceSpec) -> Result<model::ServiceSpec, WireError> {
    let share = |wire: v1::TrafficShare| {
        Ok(model::TrafficShare {
            region: check::name("region", wire.region)?,
            weight: wire.weight,
        })
    };
    Ok(model::ServiceSpec {
        run_for_ms: check::length_ms("run_for_ms", wire.run_for_ms)?,
        bandwidth_bps: check::amount("bandwidth_bps", wire.bandwidth_bps)?,
        traffic: check::each("traffic", wire.traffic, share)?,
        spread_sites_min: wire.spread_sites_min,
    })
}

pub(super) fn service_to_wire(service: &model::ServiceSpec) -> v1::ServiceSpec {
    let share = |share: &model::TrafficShare| v1::TrafficShare {
        region: share.region.clone(),
        weight: share.weight,
    };
    v1::ServiceSpec {
        run_for_ms: service.run_for_ms,
        bandwidth_bps: service.bandwidth_bps,
        traffic: service.traffic.iter().map(share).collect(),
        spread_sites_min: service.spread_sites_min,
    }
}

/// No copies means one.
pub(super) fn storage_from_wire(wire: v1::StorageSpec) -> Result<model::StorageSpec, WireError> {
    Ok(model::StorageSpec {
        keep_for_ms: check::length_ms("keep_for_ms", wire.keep_for_ms)?,
        copies: wire.copies.max(1),
        distance_km_min: check::amount("distance_km_min", wire.distance_km_min)?,
        refresh_every_ms: check::length_ms("refresh_every_ms", wire.refresh_every_ms)?,
    })
}

pub(super) fn storage_to_wire(storage: &model::StorageSpec) -> v1::StorageSpec {
    v1::StorageSpec {
        keep_for_ms: storage.keep_for_ms,
        copies: storage.copies,
        distance_km_min: storage.distance_km_min,
        refresh_every_ms: storage.refresh_every_ms,
    }
}
