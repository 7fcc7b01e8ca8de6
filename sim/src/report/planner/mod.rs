//! The planners' report: `report.html` of a folder of results, made from its files alone.
//!
//! The same folder gives the same bytes: nothing is asked of a clock, and where not everything can
//! be shown, what is left out does not depend on order. The page needs no other file, no network.
//! Memory does not grow with jobs or hours.

mod chart;
mod growth_page;
mod page;
mod read;
mod run_page;
mod sides_page;
mod site_page;
mod targets;
#[cfg(test)]
mod tests;
mod text;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

pub use page::Lang;
pub use read::ReportError;

use read::{Kind, RunFolder, SiteFolder};

/// What `ewc-sim compare --out` leaves in its folder.
pub const COMPARISON: &str = "comparison.json";
/// What `ewc-sim whatif --out` leaves beside the runs.
pub const DIFFERENCE: &str = "difference.json";
/// What `ewc-sim expand --out` leaves in its folder.
pub const EXPANSION: &str = "expansion.json";
/// What `ewc-sim sweep --out` leaves beside its cells.
const SWEEP: &str = "results.json";

/// Makes the page of a folder from its files, and says where it is.
///
/// # Errors
/// The folder is none of results, or one of its files is missing or damaged.
pub fn write(folder: &Path, lang: Lang) -> Result<PathBuf, ReportError> {
    let page = html(folder, lang)?;
    let path = folder.join(super::PAGE);
    let written = fs::write(&path, page);
    written.map_err(|problem| ReportError::of_file(&path, problem))?;
    Ok(path)
}

/// The page of a folder.
///
/// # Errors
/// As [`write()`].
pub fn html(folder: &Path, lang: Lang) -> Result<String, ReportError> {
    let has = |name: &str| folder.join(name).is_file();
    if has(COMPARISON) {
        let sides = read::comparison(&folder.join(COMPARISON))?;
        return Ok(sides_page::html(&sides, lang));
    }
    if has(DIFFERENCE) {
        let sides = read::difference(&folder.join(DIFFERENCE))?;
        return Ok(sides_page::html(&sides, lang));
    }
    if has(EXPANSION) {
        let growth = read::growth(&folder.join(EXPANSION))?;
        return Ok(growth_page::html(&growth, lang));
    }
    if has(SWEEP) {
        let sides = read::sweep(&folder.join(SWEEP))?;
        return Ok(sides_page::html(&sides, lang));
    }
    match read::kind(folder)? {
        Kind::Network => Ok(run_page::html(&RunFolder::read(folder)?, lang)),
        Kind::Site => Ok(site_page::html(&SiteFolder::read(folder)?, lang)),
    }
}
