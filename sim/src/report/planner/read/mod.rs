//! Reads a folder of results. What is damaged is named with file and line; nothing grows with the
//! number of jobs or hours.

mod error;
mod growth;
mod jobs;
mod sample;
mod series;
mod sides;
mod site;
mod summary;
mod table;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::de::DeserializeOwned;

pub use error::ReportError;
pub(super) use growth::{Growth, Resource, growth};
pub(super) use jobs::{Jobs, Sums, Waits};
pub(super) use sample::JobBar;
pub(super) use series::{Series, SiteFrame, Use};
pub(super) use sides::{Of, Side, Sides, comparison, difference, sweep};
pub(super) use site::SiteFolder;
pub(super) use summary::{FaultSummary, RunSummary};

use crate::network_run::network_file::{self, NetworkFile};

/// Largest file of JSON.
const JSON_BYTES_MAX: u64 = 256 << 20;
/// Versions that can be read.
const SUMMARY_VERSION: u32 = 1;

/// The folder of a run on a network.
pub(super) struct RunFolder {
    pub(super) summary: RunSummary,
    pub(super) network: NetworkFile,
    pub(super) jobs: Jobs,
    pub(super) series: Series,
}

impl RunFolder {
    pub(super) fn read(folder: &Path) -> Result<RunFolder, ReportError> {
        let summary_path = folder.join("summary.json");
        let summary: RunSummary = json(&summary_path)?;
        version(&summary_path, summary.version, SUMMARY_VERSION)?;
        let network_path = folder.join("network.json");
        let network: NetworkFile = json(&network_path)?;
        version(&network_path, network.version, network_file::VERSION)?;
        let sites = positions(network.sites.iter().map(|site| &site.name));
        let links = positions(network.links.iter().map(|link| &link.name));
        Ok(RunFolder {
            jobs: jobs::read(folder, &sites)?,
            series: series::read(folder, &sites, &links)?,
            summary,
            network,
        })
    }
}

/// What was run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A whole network.
    Network,
    /// The queue of one site.
    Site,
}

/// What the folder of a run is of.
pub(super) fn kind(folder: &Path) -> Result<Kind, ReportError> {
    let path = folder.join("summary.json");
    if !path.is_file() {
        return Err(ReportError::NoResults(folder.to_owned()));
    }
    let summary: serde_json::Value = json(&path)?;
    match (summary.get("network"), summary.get("site")) {
        (None, Some(_)) => Ok(Kind::Site),
        _ => Ok(Kind::Network),
    }
}

fn positions<'n>(names: impl Iterator<Item = &'n String>) -> BTreeMap<String, usize> {
    names
        .enumerate()
        .map(|(at, name)| (name.clone(), at))
        .collect()
}

pub(super) fn version(path: &Path, found: u32, known: u32) -> Result<(), ReportError> {
    match found == known {
        true => Ok(()),
        false => Err(ReportError::Version {
            path: path.to_owned(),
            found,
            known,
        }),
    }
}

/// A file of JSON.
pub(super) fn json<T: DeserializeOwned>(path: &Path) -> Result<T, ReportError> {
    let file = File::open(path).map_err(|problem| ReportError::of_file(path, problem))?;
    let mut text = String::new();
    let read = file.take(JSON_BYTES_MAX).read_to_string(&mut text);
    read.map_err(|problem| ReportError::of_file(path, problem))?;
    serde_json::from_str(&text).map_err(|problem| ReportError::Json {
        path: path.to_owned(),
        problem,
    })
}
