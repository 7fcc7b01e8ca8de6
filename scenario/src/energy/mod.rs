//! The generator of hourly energy figures: what a site's power is made of, emits and costs.
//!
//! Scenario, simulator, agents and demo ask the same generator, so that they mean the same network.
//! It computes from a province's published annual figures ([`presets`]); nothing here is measured,
//! and the `source` of a series says so. It reads no file and asks no clock.
//!
//! How a site's own figures ([`SiteEnergy`]) relate to the hourly shape of its preset:
//!
//! * `pue_permille` is the mean of the year. The preset's base gives way to the one with which the
//!   year's mean is the site's figure; the rise on warm hours stays the preset's. A base below 1000
//!   is none: a site that claims less overhead than its climate adds has 1000 on cold hours and a
//!   mean above its claim.
//! * `wue_ml_per_kwh` holds all year: no preset varies it by the hour. Zero is zero water, not
//!   "as the preset".
//! * `contracted_permille` holds all year; zero is no contract.
//! * `price_micro_cny_per_kwh` is the price outside valley and peak; the tariff's hours and factors
//!   stay the preset's.

use ewc_core::model::EnergySeries;

pub use self::generate::generate;
pub use self::profile::EnergyProfile;
use crate::network::{SiteDef, SiteEnergy};

mod generate;
pub mod presets;
mod profile;
#[cfg(test)]
mod tests;

/// One hour.
pub const HOUR_MS: i64 = 3_600_000;
/// Hours that a series covers: a week.
pub const SERIES_HOURS: usize = 168;

/// Start of the hour that holds at `at_ms`.
#[must_use]
pub fn hour_start_ms(at_ms: i64) -> i64 {
    at_ms.div_euclid(HOUR_MS) * HOUR_MS
}

/// The series issued at `now_ms`: [`SERIES_HOURS`] hourly points from the hour of `now_ms` on.
/// `source` says who tells the figures.
#[must_use]
pub fn series(profile: &EnergyProfile, source: &str, now_ms: i64) -> EnergySeries {
    let start_ms = hour_start_ms(now_ms);
    EnergySeries {
        issued_at_ms: now_ms,
        start_ms,
        step_ms: HOUR_MS,
        source: source.to_owned(),
        points: generate(profile, start_ms, SERIES_HOURS),
    }
}

impl SiteEnergy {
    /// The preset with the site's own figures over it; how they relate stands at the head of
    /// [`energy`](crate::energy).
    ///
    /// # Panics
    /// When no preset has that name. Reading a scenario refuses such a site.
    #[must_use]
    pub fn profile(&self) -> EnergyProfile {
        let Some(preset) = presets::by_name(&self.preset) else {
            panic!("no energy preset is named {:?}", self.preset);
        };
        EnergyProfile {
            contracted_permille: self.contracted_permille,
            flat_price_micro_cny_per_kwh: self.price_micro_cny_per_kwh,
            wue_ml_per_kwh: self.wue_ml_per_kwh,
            ..preset.with_mean_pue(self.pue_permille)
        }
    }
}

impl SiteDef {
    /// What the generator knows of the site's energy; see [`SiteEnergy::profile`].
    ///
    /// # Panics
    /// When no preset has the name that the site gives. Reading a scenario refuses such a site.
    #[must_use]
    pub fn energy_profile(&self) -> EnergyProfile {
        self.energy.profile()
    }
}
