//! Data sets and images: what is staged to where a job runs.

use std::collections::BTreeSet;

use borsh::{BorshDeserialize, BorshSerialize};

use super::SiteId;

/// Grade of data (GB/T 43697-2024). Results inherit the highest grade of their inputs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, BorshSerialize, BorshDeserialize,
)]
pub enum DataGrade {
    /// 一般数据.
    #[default]
    General,
    /// 重要数据.
    Important,
    /// 核心数据.
    Core,
}

/// A named, immutable body of data and the sites that hold a whole copy of it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Dataset {
    /// Unique name.
    pub name: String,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// Size of the bytes.
    pub size_bytes: i64,
    /// Grade of the data.
    pub grade: DataGrade,
    /// Owner.
    pub tenant: String,
    /// Sites with a complete replica.
    pub sites: BTreeSet<SiteId>,
    /// How its grade was lowered, oldest first.
    pub lowered: Vec<Lowering>,
}

/// One lowering of a data set's grade, kept with it for whoever audits. A rule of the network:
/// results inherit the highest grade of their inputs unless somebody answers for a lower one.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Lowering {
    /// When, by the network's time.
    pub at_ms: i64,
    /// The grade before.
    pub from: DataGrade,
    /// The grade after.
    pub to: DataGrade,
    /// Who asked for it.
    pub by: String,
    /// The reason given, or the decision it follows.
    pub because: String,
}

/// What an image holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub enum ImageKind {
    /// A program or container image.
    #[default]
    Program,
    /// A trained model.
    Model,
}

/// A program or model artefact; staged like data.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Image {
    /// Unique name.
    pub name: String,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// Size of the bytes.
    pub size_bytes: i64,
    /// Architecture it runs on; empty: any.
    pub architecture: String,
    /// Program or model.
    pub kind: ImageKind,
    /// Sites with a complete replica.
    pub sites: BTreeSet<SiteId>,
}
