//! Data sets and images, both ways.
//!
//! Replicas are site names on the wire and identities in the model; only the state machine knows
//! both, so they travel beside the value.

use std::collections::BTreeSet;

use ewc_core::model;

use super::check;
use super::digest::{sha256_from_hex, sha256_to_hex};
use super::enums;
use super::error::WireError;
use crate::v1;

/// A data set without replicas, and the names of the sites that hold one. The grade must be
/// given: data of unknown grade is refused.
pub fn dataset_from_wire(wire: v1::Dataset) -> Result<(model::Dataset, Vec<String>), WireError> {
    let dataset = model::Dataset {
        name: catalogue_name(wire.name)?,
        sha256: sha256_from_hex("sha256", &wire.sha256)?,
        size_bytes: check::amount("size_bytes", wire.size_bytes)?,
        grade: enums::given("grade", enums::data_grade_from_wire("grade", wire.grade))?,
        tenant: check::optional_name("tenant", wire.tenant)?,
        sites: BTreeSet::new(),
        // The network's to keep.
        lowered: Vec::new(),
    };
    Ok((dataset, check::names("sites", wire.sites)?))
}

/// A data set; `sites` are the names of its replicas' sites.
pub fn dataset_to_wire(dataset: &model::Dataset, sites: Vec<String>) -> v1::Dataset {
    v1::Dataset {
        name: dataset.name.clone(),
        sha256: sha256_to_hex(&dataset.sha256),
        size_bytes: dataset.size_bytes,
        grade: enums::data_grade_to_wire(dataset.grade).into(),
        sites,
        tenant: dataset.tenant.clone(),
        lowered: dataset.lowered.iter().map(lowering_to_wire).collect(),
    }
}

fn lowering_to_wire(lowering: &model::Lowering) -> v1::GradeLowering {
    v1::GradeLowering {
        at_ms: lowering.at_ms,
        from: enums::data_grade_to_wire(lowering.from).into(),
        to: enums::data_grade_to_wire(lowering.to).into(),
        by: lowering.by.clone(),
        because: lowering.because.clone(),
    }
}

/// Bytes of a reason, at most.
const BECAUSE_BYTES_MAX: usize = 1000;

/// A data set's name, the grade that it is to have, and why. The grade and a reason must be given.
pub fn lower_grade_from_wire(
    wire: v1::LowerGradeRequest,
) -> Result<(String, model::DataGrade, String), WireError> {
    let grade = enums::given("grade", enums::data_grade_from_wire("grade", wire.grade))?;
    let because = wire.because.trim().to_owned();
    if because.is_empty() {
        let problem = "say why, or which decision it follows: auditors read it";
        return Err(WireError::new("because", problem));
    }
    if because.len() > BECAUSE_BYTES_MAX {
        let problem = format!("is too long; at most {BECAUSE_BYTES_MAX} bytes");
        return Err(WireError::new("because", problem));
    }
    let dataset = catalogue_name(wire.dataset);
    let dataset = dataset.map_err(|error| WireError::new("dataset", error.problem))?;
    Ok((dataset, grade, because))
}

/// An image without replicas, and the names of the sites that hold one.
pub fn image_from_wire(wire: v1::Image) -> Result<(model::Image, Vec<String>), WireError> {
    let image = model::Image {
        name: catalogue_name(wire.name)?,
        sha256: sha256_from_hex("sha256", &wire.sha256)?,
        size_bytes: check::amount("size_bytes", wire.size_bytes)?,
        architecture: check::optional_name("architecture", wire.architecture)?,
        kind: image_kind_from_wire(&wire.kind)?,
        sites: BTreeSet::new(),
    };
    Ok((image, check::names("sites", wire.sites)?))
}

/// An image; `sites` are the names of its replicas' sites.
pub fn image_to_wire(image: &model::Image, sites: Vec<String>) -> v1::Image {
    let kind = match image.kind {
        model::ImageKind::Program => "program",
        model::ImageKind::Model => "model",
    };
    v1::Image {
        name: image.name.clone(),
        sha256: sha256_to_hex(&image.sha256),
        size_bytes: image.size_bytes,
        architecture: image.architecture.clone(),
        sites,
        kind: kind.to_owned(),
    }
}

/// Agents store replicas below a directory by name, so a name must not lead out of it.
fn catalogue_name(name: String) -> Result<String, WireError> {
    let name = check::name("name", name)?;
    check::relative_path("name", name)
}

fn image_kind_from_wire(kind: &str) -> Result<model::ImageKind, WireError> {
    match kind {
        "" | "program" => Ok(model::ImageKind::Program),
        "model" => Ok(model::ImageKind::Model),
        _ => Err(WireError::new("kind", "must be \"program\" or \"model\"")),
    }
}
