//! Amounts of capacity, costs and measured use, both ways.

use ewc_core::model;

use super::check;
use super::error::{WireError, Within as _};
use crate::v1;

/// Amounts of capacity; negative ones are refused.
pub fn resources_from_wire(wire: v1::Resources) -> Result<model::Resources, WireError> {
    Ok(model::Resources {
        cpu_millis: check::amount("cpu_millis", wire.cpu_millis)?,
        memory_mib: check::amount("memory_mib", wire.memory_mib)?,
        accelerators: check::amount("accelerators", wire.accelerators)?,
    })
}

/// Amounts of capacity.
pub fn resources_to_wire(resources: model::Resources) -> v1::Resources {
    v1::Resources {
        cpu_millis: resources.cpu_millis,
        memory_mib: resources.memory_mib,
        accelerators: resources.accelerators,
    }
}

/// Number of nodes with so much free.
pub fn node_shape_from_wire(wire: v1::NodeShape) -> Result<model::NodeShape, WireError> {
    let free = check::present("free", wire.free)?;
    Ok(model::NodeShape {
        free: resources_from_wire(free).within("free")?,
        nodes: wire.nodes,
    })
}

/// Number of nodes with so much free.
pub fn node_shape_to_wire(shape: model::NodeShape) -> v1::NodeShape {
    v1::NodeShape {
        free: Some(resources_to_wire(shape.free)),
        nodes: shape.nodes,
    }
}

/// Measured use of an attempt.
pub fn usage_from_wire(wire: v1::Usage) -> Result<model::Usage, WireError> {
    Ok(model::Usage {
        cpu_ms: check::amount("cpu_ms", wire.cpu_ms)?,
        memory_peak_mib: check::amount("memory_peak_mib", wire.memory_peak_mib)?,
        wall_ms: check::length_ms("wall_ms", wire.wall_ms)?,
    })
}

/// Measured use of an attempt.
pub fn usage_to_wire(usage: model::Usage) -> v1::Usage {
    v1::Usage {
        cpu_ms: usage.cpu_ms,
        memory_peak_mib: usage.memory_peak_mib,
        wall_ms: usage.wall_ms,
    }
}

/// What a placement costs. There is no way back: only schedulers say what something costs.
pub fn cost_to_wire(cost: &model::Cost) -> v1::Cost {
    v1::Cost {
        energy_micro_cny: cost.energy_micro_cny,
        pool_micro_cny: cost.pool_micro_cny,
        transport_micro_cny: cost.transport_micro_cny,
        energy_mwh: cost.energy_mwh,
        carbon_location_mg: cost.carbon_location_mg,
        carbon_market_mg: cost.carbon_market_mg,
        water_ml: cost.water_ml,
        renewable_permille: cost.renewable_permille,
        delay_micro_cny: cost.delay_micro_cny,
        objective_micro_cny: cost.objective_micro_cny,
        steering_micro_cny: cost.steering_micro_cny,
        age_micro_cny: cost.age_micro_cny,
        imbalance_micro_cny: cost.imbalance_micro_cny,
    }
}
