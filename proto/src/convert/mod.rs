//! Between the wire and the model of `ewc-core`, once for every program.
//!
//! Parsing, not validating: what comes out of a `…_from_wire` function is a value of the model
//! with every default filled in, or a [`WireError`] that names the field to blame. Nothing here
//! knows the state of the network, so whether a named site or data set exists is for the state
//! machine to say.

mod catalogue;
mod check;
mod coordinates;
mod digest;
mod energy;
mod enums;
mod error;
mod job;
mod job_parts;
mod network;
mod policy;
mod power;
mod resources;
mod site;
mod task_group;

pub use catalogue::{
    dataset_from_wire, dataset_to_wire, image_from_wire, image_to_wire, lower_grade_from_wire,
};
pub use digest::{sha256_from_hex, sha256_to_hex};
pub use energy::{
    energy_point_from_wire, energy_point_to_wire, energy_series_from_wire, energy_series_to_wire,
};
pub use enums::{
    accelerator_family_from_wire, accelerator_family_to_wire, data_grade_from_wire,
    data_grade_to_wire, job_kind_from_wire, job_kind_to_wire, job_state_from_wire,
    job_state_to_wire, layer_from_wire, layer_to_wire, node_kind_from_wire, node_kind_to_wire,
    on_disconnect_from_wire, on_disconnect_to_wire, site_mode_from_wire, site_mode_to_wire,
    workload_class_from_wire, workload_class_to_wire,
};
pub use error::WireError;
pub use job::{job_spec_from_wire, job_spec_to_wire};
pub use network::{
    demand_region_to_wire, link_definition_from_wire, link_definition_to_wire, link_to_wire,
    network_node_from_wire, network_node_to_wire, region_definition_from_wire,
    region_definition_to_wire,
};
pub use policy::{policy_from_wire, policy_to_wire, tenant_to_wire};
pub use power::{power_cap_from_wire, power_cap_to_wire};
pub use resources::{
    cost_to_wire, node_shape_from_wire, node_shape_to_wire, resources_from_wire, resources_to_wire,
    usage_from_wire, usage_to_wire,
};
pub use site::{
    pool_spec_from_wire, pool_spec_to_wire, pool_to_wire, site_spec_from_wire, site_spec_to_wire,
};
pub use task_group::{payload_from_wire, payload_to_wire};

#[cfg(test)]
mod network_tests;
