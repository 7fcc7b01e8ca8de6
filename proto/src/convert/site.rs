//! Sites and their pools, both ways.
//!
//! An agent declares a [`model::SiteSpec`]; what changes while a site is known (mode, energy,
//! reservations) is added by the scheduler that answers a question about it.

use ewc_core::model;

use super::check;
use super::coordinates;
use super::enums;
use super::error::{WireError, Within as _};
use super::resources::{node_shape_to_wire, resources_from_wire, resources_to_wire};
use crate::v1;

/// What an agent declares of its site. Fields that only schedulers fill are ignored.
pub fn site_spec_from_wire(wire: v1::Site) -> Result<model::SiteSpec, WireError> {
    let (latitude_udeg, longitude_udeg) = coordinates::from_degrees(wire.latitude, wire.longitude)?;
    let pools = check::each("pools", wire.pools, pool_spec_from_wire)?;
    distinct("pools", pools.iter().map(|pool| pool.name.as_str()))?;
    Ok(model::SiteSpec {
        name: check::name("id", wire.id)?,
        title: check::optional_name("name", wire.name)?,
        title_zh: check::optional_name("name_zh", wire.name_zh)?,
        hub: check::optional_name("hub", wire.hub)?,
        region: check::optional_name("region", wire.region)?,
        mlps_level: mlps_level("mlps_level", wire.mlps_level)?,
        carriers: check::names("carriers", wire.carriers)?,
        edge: wire.edge,
        latitude_udeg,
        longitude_udeg,
        pools,
    })
}

/// What is declared of a site; the rest of the message stays empty.
pub fn site_spec_to_wire(spec: &model::SiteSpec) -> v1::Site {
    v1::Site {
        id: spec.name.clone(),
        name: spec.title.clone(),
        name_zh: spec.title_zh.clone(),
        hub: spec.hub.clone(),
        region: spec.region.clone(),
        mlps_level: spec.mlps_level,
        carriers: spec.carriers.clone(),
        pools: spec.pools.iter().map(pool_spec_to_wire).collect(),
        edge: spec.edge,
        latitude: coordinates::to_degrees(spec.latitude_udeg),
        longitude: coordinates::to_degrees(spec.longitude_udeg),
        ..v1::Site::default()
    }
}

/// What an agent declares of a pool.
pub fn pool_spec_from_wire(wire: v1::Pool) -> Result<model::PoolSpec, WireError> {
    let node = resources_from_wire(check::present("node", wire.node)?).within("node")?;
    let family =
        enums::accelerator_family_from_wire("accelerator_family", wire.accelerator_family)?;
    if node.accelerators > 0 && family.is_none() {
        let problem = "must be given because the nodes have accelerators";
        return Err(WireError::new("accelerator_family", problem));
    }
    let price = |field, value| check::amount(field, value);
    Ok(model::PoolSpec {
        name: check::name("id", wire.id)?,
        architecture: check::name("architecture", wire.architecture)?,
        accelerator_family: family,
        accelerator_model: check::optional_name("accelerator_model", wire.accelerator_model)?,
        node,
        nodes: wire.nodes,
        cpu_watts_milli: check::amount("cpu_watts_milli", wire.cpu_watts_milli)?,
        accelerator_watts_milli: check::amount(
            "accelerator_watts_milli",
            wire.accelerator_watts_milli,
        )?,
        price_micro_cny_per_core_hour: price(
            "price_micro_cny_per_core_hour",
            wire.price_micro_cny_per_core_hour,
        )?,
        price_micro_cny_per_accelerator_hour: price(
            "price_micro_cny_per_accelerator_hour",
            wire.price_micro_cny_per_accelerator_hour,
        )?,
    })
}

/// What is declared of a pool; what is usable and reserved stays empty.
pub fn pool_spec_to_wire(spec: &model::PoolSpec) -> v1::Pool {
    v1::Pool {
        id: spec.name.clone(),
        architecture: spec.architecture.clone(),
        accelerator_family: spec
            .accelerator_family
            .map_or(
                v1::AcceleratorFamily::Unspecified,
                enums::accelerator_family_to_wire,
            )
            .into(),
        accelerator_model: spec.accelerator_model.clone(),
        node: Some(resources_to_wire(spec.node)),
        nodes: spec.nodes,
        cpu_watts_milli: spec.cpu_watts_milli,
        accelerator_watts_milli: spec.accelerator_watts_milli,
        price_micro_cny_per_core_hour: spec.price_micro_cny_per_core_hour,
        price_micro_cny_per_accelerator_hour: spec.price_micro_cny_per_accelerator_hour,
        ..v1::Pool::default()
    }
}

/// A pool as it stands, with what is reserved on it now.
pub fn pool_to_wire(pool: &model::Pool, reserved_now: model::Resources) -> v1::Pool {
    v1::Pool {
        usable: Some(resources_to_wire(pool.usable)),
        reserved_now: Some(resources_to_wire(reserved_now)),
        // Reservations give way when usable capacity shrinks; only running work stays beyond it.
        overbooked: !reserved_now.fits_in(pool.usable),
        free_shapes: pool
            .free_shapes
            .iter()
            .copied()
            .map(node_shape_to_wire)
            .collect(),
        ..pool_spec_to_wire(&pool.spec)
    }
}

/// A security level (等级保护): 1 to 4.
fn mlps_level(field: &str, level: u32) -> Result<u32, WireError> {
    match level {
        1..=4 => Ok(level),
        _ => Err(WireError::new(field, "must be between 1 and 4")),
    }
}

/// Names that must differ from each other.
fn distinct<'a>(field: &str, names: impl Iterator<Item = &'a str>) -> Result<(), WireError> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(WireError::new(field, format!("names {name:?} twice")));
        }
    }
    Ok(())
}
