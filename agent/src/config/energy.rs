//! The `[energy]` table: where a site's energy figures come from.

use std::path::PathBuf;

use ewc_scenario::energy::{EnergyProfile, OwnShares, presets};
use serde::{Deserialize, Deserializer};

/// Where energy figures come from: exactly one of `preset`, `file` and `profile`. What else is
/// given stands over the preset's or the profile's field of that name; a file is told as it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnergyConfig {
    /// Province whose figures are built in, such as `guizhou`.
    pub preset: Option<String>,
    /// CSV of hourly figures; see `energy::csv`.
    pub file: Option<PathBuf>,
    /// All parameters of the generator.
    #[serde(default, deserialize_with = "some_profile")]
    pub profile: Option<EnergyProfile>,
    /// Share of power under green contracts.
    pub contracted_permille: Option<u32>,
    /// Price outside valley and peak hours.
    pub flat_price_micro_cny_per_kwh: Option<i64>,
    /// PUE with free cooling; warm hours rise from here. A year's mean is higher.
    pub pue_base_permille: Option<u32>,
    /// Water per unit of energy, the same all year.
    pub wue_ml_per_kwh: Option<i64>,
}

impl EnergyConfig {
    /// The generator's parameters with what is given over them, and what a series of theirs names
    /// as its source; `None` when a file is given or the preset is unknown.
    #[must_use]
    pub fn generator(&self) -> Option<(String, EnergyProfile)> {
        let (name, mut profile) = match (&self.profile, &self.preset) {
            (Some(profile), _) => ("operator's profile".to_owned(), profile.clone()),
            (None, Some(preset)) => (format!("preset {preset}"), presets::by_name(preset)?),
            (None, None) => return None,
        };
        overlay(&mut profile.contracted_permille, self.contracted_permille);
        overlay(
            &mut profile.flat_price_micro_cny_per_kwh,
            self.flat_price_micro_cny_per_kwh,
        );
        overlay(&mut profile.pue_base_permille, self.pue_base_permille);
        overlay(&mut profile.wue_ml_per_kwh, self.wue_ml_per_kwh);
        Some((name, profile))
    }
}

fn overlay<T: Copy>(field: &mut T, over: Option<T>) {
    *field = over.unwrap_or(*field);
}

fn some_profile<'de, D: Deserializer<'de>>(from: D) -> Result<Option<EnergyProfile>, D::Error> {
    ProfileFields::deserialize(from).map(Some)
}

/// How a profile is written; the generator itself knows no file format. The compiler keeps the
/// fields those of [`EnergyProfile`], where they are explained.
#[derive(Deserialize)]
#[serde(remote = "EnergyProfile", deny_unknown_fields)]
struct ProfileFields {
    renewable_permille: u32,
    non_hydro_permille: u32,
    solar_permille: u32,
    wind_permille: u32,
    wind_swing_permille: u32,
    contracted_permille: u32,
    grid_mg_per_wh: i64,
    flat_price_micro_cny_per_kwh: i64,
    valley_hours: Vec<u8>,
    peak_hours: Vec<u8>,
    pue_base_permille: u32,
    pue_permille_per_celsius: u32,
    free_cooling_decicelsius: i32,
    wet_bulb_mean_decicelsius: i32,
    wet_bulb_swing_decicelsius: i32,
    wue_ml_per_kwh: i64,
    /// A site that runs tells what its own panels and battery give in its hourly file.
    #[serde(skip)]
    own: OwnShares,
}
