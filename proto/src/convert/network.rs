//! The link graph and the demand regions attached to it, both ways.
//!
//! Definitions name their nodes; the state machine resolves the names.

use ewc_core::command::{LinkDefinition, RegionDefinition};
use ewc_core::model;

use super::check;
use super::coordinates;
use super::enums;
use super::error::WireError;
use crate::v1;

/// A vertex of the link graph; its kind must be given.
pub fn network_node_from_wire(wire: v1::NetworkNode) -> Result<model::NetworkNode, WireError> {
    let (latitude_udeg, longitude_udeg) = coordinates::from_degrees(wire.latitude, wire.longitude)?;
    Ok(model::NetworkNode {
        name: check::name("id", wire.id)?,
        name_zh: check::optional_name("name_zh", wire.name_zh)?,
        kind: enums::given("kind", enums::node_kind_from_wire("kind", wire.kind))?,
        latitude_udeg,
        longitude_udeg,
    })
}

/// A vertex of the link graph.
pub fn network_node_to_wire(node: &model::NetworkNode) -> v1::NetworkNode {
    v1::NetworkNode {
        id: node.name.clone(),
        kind: enums::node_kind_to_wire(node.kind).into(),
        latitude: coordinates::to_degrees(node.latitude_udeg),
        longitude: coordinates::to_degrees(node.longitude_udeg),
        name_zh: node.name_zh.clone(),
    }
}

/// A definition of a link; its layer must be given. Measurements and reservations are ignored.
pub fn link_definition_from_wire(wire: v1::Link) -> Result<LinkDefinition, WireError> {
    Ok(LinkDefinition {
        name: check::name("id", wire.id)?,
        a: check::name("a", wire.a)?,
        b: check::name("b", wire.b)?,
        carrier: check::name("carrier", wire.carrier)?,
        layer: enums::given("layer", enums::layer_from_wire("layer", wire.layer))?,
        one_way_us: check::length_us("one_way_us", wire.one_way_us)?,
        capacity_bps: check::amount("capacity_bps", wire.capacity_bps)?,
        usable_permille: check::permille("usable_permille", wire.usable_permille)?,
        price_micro_cny_per_gb: check::amount(
            "price_micro_cny_per_gb",
            wire.price_micro_cny_per_gb,
        )?,
        up: wire.up,
        encrypted: wire.encrypted,
    })
}

/// A definition of a link, whose latency is a declared one.
pub fn link_definition_to_wire(link: &LinkDefinition) -> v1::Link {
    v1::Link {
        id: link.name.clone(),
        a: link.a.clone(),
        b: link.b.clone(),
        carrier: link.carrier.clone(),
        layer: enums::layer_to_wire(link.layer).into(),
        one_way_us: link.one_way_us,
        capacity_bps: link.capacity_bps,
        usable_permille: link.usable_permille,
        price_micro_cny_per_gb: link.price_micro_cny_per_gb,
        up: link.up,
        encrypted: link.encrypted,
        latency_declared: true,
        ..v1::Link::default()
    }
}

/// A link as it stands between nodes `a` and `b`, with what is reserved on it now.
pub fn link_to_wire(link: &model::Link, a: &str, b: &str, reserved_now_bps: i64) -> v1::Link {
    v1::Link {
        id: link.name.clone(),
        a: a.to_owned(),
        b: b.to_owned(),
        carrier: link.carrier.clone(),
        layer: enums::layer_to_wire(link.layer).into(),
        one_way_us: link.one_way_us,
        capacity_bps: link.capacity_bps,
        usable_permille: link.usable_permille,
        price_micro_cny_per_gb: link.price_micro_cny_per_gb,
        reserved_now_bps,
        up: link.up,
        measured_rtt_us: link.measured_rtt_us.unwrap_or(0),
        latency_declared: link.latency_declared,
        encrypted: link.encrypted,
    }
}

/// A definition of a demand region.
pub fn region_definition_from_wire(wire: v1::DemandRegion) -> Result<RegionDefinition, WireError> {
    let (latitude_udeg, longitude_udeg) = coordinates::from_degrees(wire.latitude, wire.longitude)?;
    Ok(RegionDefinition {
        name: check::name("id", wire.id)?,
        name_zh: check::optional_name("name_zh", wire.name_zh)?,
        node: check::name("node", wire.node)?,
        access_us: check::length_us("access_us", wire.access_us)?,
        traffic_weight: wire.traffic_weight,
        latitude_udeg,
        longitude_udeg,
    })
}

/// A definition of a demand region.
pub fn region_definition_to_wire(region: &RegionDefinition) -> v1::DemandRegion {
    v1::DemandRegion {
        id: region.name.clone(),
        name_zh: region.name_zh.clone(),
        node: region.node.clone(),
        access_us: region.access_us,
        traffic_weight: region.traffic_weight,
        latitude: coordinates::to_degrees(region.latitude_udeg),
        longitude: coordinates::to_degrees(region.longitude_udeg),
    }
}

/// A demand region as it stands, attached to the node of that name.
pub fn demand_region_to_wire(region: &model::DemandRegion, node: &str) -> v1::DemandRegion {
    v1::DemandRegion {
        id: region.name.clone(),
        name_zh: region.name_zh.clone(),
        node: node.to_owned(),
        access_us: region.access_us,
        traffic_weight: region.traffic_weight,
        latitude: coordinates::to_degrees(region.latitude_udeg),
        longitude: coordinates::to_degrees(region.longitude_udeg),
    }
}
