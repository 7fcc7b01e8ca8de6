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
//! * `price_micro_cny_per_kwh` is the price outside valley and peak; the tariff's factors stay the
//!   preset's, and its hours unless the site names its own.
//! * `grid_mg_per_wh` is the emission factor in the year's mean; its shape stays the preset's.
//! * `own` is what the site has beside the grid ([`OwnSupply`]).

use ewc_core::model::{EnergySeries, PoolSpec};

pub use self::generate::generate;
pub use self::own::{OwnShares, OwnSupply};
pub use self::profile::EnergyProfile;
use crate::network::{SiteDef, SiteEnergy};

mod generate;
mod own;
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
        let preset = preset.with_mean_pue(self.pue_permille);
        let hours = |own: &Option<Vec<u8>>, known: &Vec<u8>| own.as_ref().unwrap_or(known).clone();
        EnergyProfile {
            contracted_permille: self.contracted_permille,
            grid_mg_per_wh: self.grid_mg_per_wh.unwrap_or(preset.grid_mg_per_wh),
            flat_price_micro_cny_per_kwh: self.price_micro_cny_per_kwh,
            valley_hours: hours(&self.valley_hours, &preset.valley_hours),
            peak_hours: hours(&self.peak_hours, &preset.peak_hours),
            wue_ml_per_kwh: self.wue_ml_per_kwh,
            ..preset
        }
    }
}

impl SiteDef {
    /// What the generator knows of the site's energy, its own supply too; see
    /// [`SiteEnergy::profile`].
    ///
    /// # Panics
    /// When no preset has the name that the site gives. Reading a scenario refuses such a site.
    #[must_use]
    pub fn energy_profile(&self) -> EnergyProfile {
        EnergyProfile {
            own: self.energy.own.of_load(self.full_load_watts()),
            ..self.energy.profile()
        }
    }

    /// All nodes at full power, with the overhead of the year's mean.
    #[must_use]
    pub fn full_load_watts(&self) -> i64 {
        let of_pool = |pool: &PoolSpec| {
            let all = pool.node.times(pool.nodes);
            i128::from(all.cpu_millis) * i128::from(pool.cpu_watts_milli) / 1000
                + i128::from(all.accelerators) * i128::from(pool.accelerator_watts_milli)
        };
        let milliwatts: i128 = self.spec.pools.iter().map(of_pool).sum();
        let watts = milliwatts * i128::from(self.energy.pue_permille) / 1_000_000;
        i64::try_from(watts).unwrap_or(i64::MAX)
    }
}
