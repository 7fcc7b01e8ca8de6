//! Data sets and images.

use ewc_proto::v1;
use serde::Serialize;

use super::short;
use crate::format::rfc3339;

/// A data set.
#[derive(Debug, Serialize)]
pub struct DatasetView {
    pub name: String,
    pub sha256: String,
    pub size_bytes: i64,
    pub grade: String,
    pub sites: Vec<String>,
    pub tenant: String,
    pub lowered: Vec<LoweringView>,
}

/// One lowering of a data set's grade.
#[derive(Debug, Serialize)]
pub struct LoweringView {
    pub at: Option<String>,
    pub from: String,
    pub to: String,
    pub by: String,
    pub because: String,
}

/// A data set or image that was removed, or replicas of it.
#[derive(Debug, Serialize)]
pub struct RemovedView {
    pub name: String,
    pub sites: Vec<String>,
}

/// An image.
#[derive(Debug, Serialize)]
pub struct ImageView {
    pub name: String,
    pub sha256: String,
    pub size_bytes: i64,
    pub architecture: String,
    pub sites: Vec<String>,
    pub kind: String,
}

impl From<&v1::Dataset> for DatasetView {
    fn from(wire: &v1::Dataset) -> DatasetView {
        DatasetView {
            name: wire.name.clone(),
            sha256: wire.sha256.clone(),
            size_bytes: wire.size_bytes,
            grade: short(wire.grade().as_str_name(), "DATA_GRADE"),
            sites: wire.sites.clone(),
            tenant: wire.tenant.clone(),
            lowered: wire.lowered.iter().map(LoweringView::from).collect(),
        }
    }
}

impl From<&v1::GradeLowering> for LoweringView {
    fn from(wire: &v1::GradeLowering) -> LoweringView {
        LoweringView {
            at: rfc3339(wire.at_ms),
            from: short(wire.from().as_str_name(), "DATA_GRADE"),
            to: short(wire.to().as_str_name(), "DATA_GRADE"),
            by: wire.by.clone(),
            because: wire.because.clone(),
        }
    }
}

impl From<&v1::Image> for ImageView {
    fn from(wire: &v1::Image) -> ImageView {
        ImageView {
            name: wire.name.clone(),
            sha256: wire.sha256.clone(),
            size_bytes: wire.size_bytes,
            architecture: wire.architecture.clone(),
            sites: wire.sites.clone(),
            kind: wire.kind.clone(),
        }
    }
}
