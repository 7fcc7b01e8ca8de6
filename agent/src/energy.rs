//! The site's energy for the coming week: where the figures come from and when they are told.
//!
//! Either a CSV of the operator's or the generator of [`ewc_scenario::energy`] with a province's
//! published figures. Nothing here is measured; the `source` of a series says which it is.

use ewc_core::model::EnergySeries;
use ewc_scenario::energy::{self, EnergyProfile, HOUR_MS, SERIES_HOURS};

pub mod csv;
#[cfg(test)]
mod tests;

/// Where the figures come from.
#[derive(Clone, Debug)]
pub enum EnergySource {
    /// The generator.
    Profile {
        /// Told as the series' source.
        name: String,
        /// Its parameters.
        profile: Box<EnergyProfile>,
    },
    /// The operator's table.
    Table {
        /// Told as the series' source.
        name: String,
        /// The table.
        table: csv::Table,
    },
}

impl EnergySource {
    /// A week of figures from the hour of `now_ms` on, issued at `now_ms`.
    #[must_use]
    pub fn series(&self, now_ms: i64) -> EnergySeries {
        match self {
            Self::Profile { name, profile } => energy::series(profile, name, now_ms),
            Self::Table { name, table } => {
                let start_ms = energy::hour_start_ms(now_ms);
                EnergySeries {
                    issued_at_ms: now_ms,
                    start_ms,
                    step_ms: HOUR_MS,
                    source: name.clone(),
                    points: table.points(start_ms, SERIES_HOURS),
                }
            }
        }
    }
}

/// Decides when a series is told: once for every hour of network time, again until it was heard.
#[derive(Debug)]
pub struct Issuer {
    source: EnergySource,
    issue: Option<EnergySeries>,
    heard: bool,
}

impl Issuer {
    /// Nothing was told yet.
    #[must_use]
    pub fn new(source: EnergySource) -> Self {
        Self {
            source,
            issue: None,
            heard: false,
        }
    }

    /// The series to tell now, if any.
    pub fn due(&mut self, network_now_ms: i64) -> Option<&EnergySeries> {
        let start_ms = energy::hour_start_ms(network_now_ms);
        let current = self
            .issue
            .as_ref()
            .is_some_and(|issue| issue.start_ms == start_ms);
        if !current {
            self.issue = Some(self.source.series(network_now_ms));
            self.heard = false;
        }
        self.issue.as_ref().filter(|_| !self.heard)
    }

    /// A scheduler heard a report that carried this series.
    pub fn heard(&mut self, issued_at_ms: i64) {
        let issued = self.issue.as_ref().map(|issue| issue.issued_at_ms);
        self.heard |= issued == Some(issued_at_ms);
    }
}
