//! What the run leaves to look at: `report.html`.

use std::path::{Path, PathBuf};

use super::Args;
use super::judge::Verdict;
use super::watcher::Outcome;
use super::workload::Load;

/// Writes the report and answers where it is.
pub fn write(
    _args: &Args,
    _load: &Load,
    _outcome: &Outcome,
    verdict: &Verdict,
    directory: &Path,
) -> anyhow::Result<PathBuf> {
    let path = directory.join("report.html");
    std::fs::write(&path, verdict.last_line())?;
    Ok(path)
}
