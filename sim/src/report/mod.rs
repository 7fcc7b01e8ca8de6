//! The report of a run: one self-contained HTML page in English and Chinese, and its data as JSON.
//!
//! [`RunReport`] is plain data; whoever ran the network fills it. The page needs no other file, no
//! network and no script, except for switching the language. Nothing here measures or decides.

mod data;
mod draw;
mod facts;
mod format;
mod markup;
mod page;
#[macro_use]
mod words;
pub mod planner;
mod sections;
mod series;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

pub use data::{
    CityRow, Cluster, JobRow, LeaderChange, LinkEnd, LinkRow, LinkSample, Member, PolicyRow,
    RunReport, SiteRow, SiteSample, Text, Verdict,
};

use crate::replan::Replanned;

/// Name of the page that [`RunReport::write`] leaves.
pub const PAGE: &str = "report.html";
/// Name of the data that [`RunReport::write`] leaves.
pub const DATA: &str = "report.json";

impl RunReport {
    /// The page.
    pub fn html(&self) -> String {
        page::page(self)
    }

    /// The data.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// Writes page and data into a directory that exists, and says where the page is.
    pub fn write(&self, directory: &Path) -> io::Result<PathBuf> {
        let page = directory.join(PAGE);
        std::fs::write(directory.join(DATA), self.json().map_err(io::Error::other)?)?;
        std::fs::write(&page, self.html())?;
        Ok(page)
    }
}

impl PolicyRow {
    /// The row of a replay.
    pub fn of(replanned: &Replanned) -> PolicyRow {
        let totals = &replanned.totals;
        PolicyRow {
            name: replanned.policy.name().to_owned(),
            jobs: replanned.jobs.len() as u64,
            money_cny: totals.money_cny(),
            carbon_location_kg: totals.carbon_location_kg(),
            carbon_market_kg: totals.carbon_market_kg(),
            energy_kwh: totals.energy_kwh(),
            renewable_permille: totals.renewable_permille,
            wan_bytes: totals.wan_bytes,
            mean_wait_ms: totals.wait.mean_ms,
            p90_wait_ms: totals.wait.p90_ms,
            unplaced: totals.not_placed.values().copied().map(u64::from).sum(),
        }
    }
}
