//! The site's energy for the coming week: where the figures come from and when they are told.
//!
//! Either a CSV of the operator's or a generator with a province's published figures. Nothing here
//! is measured; the `source` of a series says which it is.

use ewc_proto::v1;

pub use self::generate::generate;
pub use self::profile::EnergyProfile;

pub mod csv;
mod generate;
pub mod presets;
mod profile;
#[cfg(test)]
mod tests;

/// One hour in network milliseconds.
pub const HOUR_MS: i64 = 3_600_000;
/// Hours that a series covers.
pub const SERIES_HOURS: usize = 168;

/// A site's energy in one hour. Integers only, so that all members agree on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnergyPoint {
    /// Renewable share of the local grid.
    pub renewable_permille: u32,
    /// Share of the site's power under green contracts.
    pub contracted_permille: u32,
    /// Emission factor; mg/Wh = g/kWh.
    pub grid_mg_per_wh: i64,
    /// Price.
    pub price_micro_cny_per_kwh: i64,
    /// Power usage effectiveness.
    pub pue_permille: u32,
    /// Water usage effectiveness.
    pub wue_ml_per_kwh: i64,
}

impl From<EnergyPoint> for v1::EnergyPoint {
    fn from(point: EnergyPoint) -> Self {
        Self {
            renewable_permille: point.renewable_permille,
            contracted_permille: point.contracted_permille,
            grid_mg_per_wh: point.grid_mg_per_wh,
            price_micro_cny_per_kwh: point.price_micro_cny_per_kwh,
            pue_permille: point.pue_permille,
            wue_ml_per_kwh: point.wue_ml_per_kwh,
        }
    }
}

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
    /// The figures from an hour on.
    #[must_use]
    pub fn points(&self, start_ms: i64, hours: usize) -> Vec<EnergyPoint> {
        match self {
            Self::Profile { profile, .. } => generate(profile, start_ms, hours),
            Self::Table { table, .. } => table.points(start_ms, hours),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Profile { name, .. } | Self::Table { name, .. } => name,
        }
    }
}

/// Decides when a series is told: once for every hour of network time, again until it was heard.
#[derive(Debug)]
pub struct Issuer {
    source: EnergySource,
    issue: Option<v1::EnergySeries>,
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
    pub fn due(&mut self, network_now_ms: i64) -> Option<v1::EnergySeries> {
        let start_ms = network_now_ms.div_euclid(HOUR_MS) * HOUR_MS;
        let current = self
            .issue
            .as_ref()
            .is_some_and(|issue| issue.start_ms == start_ms);
        if !current {
            self.issue = Some(self.series(network_now_ms, start_ms));
            self.heard = false;
        }
        self.issue.clone().filter(|_| !self.heard)
    }

    /// A scheduler heard a report that carried this series.
    pub fn heard(&mut self, issued_at_ms: i64) {
        let issued = self.issue.as_ref().map(|issue| issue.issued_at_ms);
        self.heard |= issued == Some(issued_at_ms);
    }

    fn series(&self, issued_at_ms: i64, start_ms: i64) -> v1::EnergySeries {
        let points = self.source.points(start_ms, SERIES_HOURS);
        v1::EnergySeries {
            issued_at_ms,
            start_ms,
            step_ms: HOUR_MS,
            source: self.source.name().to_owned(),
            points: points.into_iter().map(Into::into).collect(),
        }
    }
}
