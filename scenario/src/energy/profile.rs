//! Parameters of the generator.

use super::generate::mean_cooling_rise_permille;
use super::own::OwnShares;

/// What the generator knows of a site's energy. Shares are thousandths; temperatures are wet-bulb
/// and in tenths of a degree Celsius.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnergyProfile {
    /// Annual renewable share of the power consumed in the province.
    pub renewable_permille: u32,
    /// The part of it that is not hydro.
    pub non_hydro_permille: u32,
    /// Mean capacity factor of solar power.
    pub solar_permille: u32,
    /// Mean capacity factor of wind power.
    pub wind_permille: u32,
    /// Half the difference between the windiest and the calmest month, relative to the mean.
    pub wind_swing_permille: u32,
    /// Share of the site's power under green contracts.
    pub contracted_permille: u32,
    /// Annual emission factor of the grid; mg/Wh = g/kWh.
    pub grid_mg_per_wh: i64,
    /// Price outside valley and peak hours.
    pub flat_price_micro_cny_per_kwh: i64,
    /// Hours of the day, Beijing time, at half the price.
    pub valley_hours: Vec<u8>,
    /// Hours of the day, Beijing time, at one and a half times the price.
    pub peak_hours: Vec<u8>,
    /// PUE with free cooling.
    pub pue_base_permille: u32,
    /// Rise of the PUE per degree above `free_cooling_decicelsius`.
    pub pue_permille_per_celsius: u32,
    /// Wet-bulb temperature up to which free cooling suffices.
    pub free_cooling_decicelsius: i32,
    /// Annual mean wet-bulb temperature.
    pub wet_bulb_mean_decicelsius: i32,
    /// July above the annual mean.
    pub wet_bulb_swing_decicelsius: i32,
    /// Water per unit of energy.
    pub wue_ml_per_kwh: i64,
    /// The site's own supply, by its full load.
    pub own: OwnShares,
}

impl EnergyProfile {
    /// The same climate for a site whose PUE is `pue_permille` in the year's mean: the rise on warm
    /// hours stays, the base becomes what is left, and at least 1000.
    #[must_use]
    pub fn with_mean_pue(self, pue_permille: u32) -> Self {
        let base = pue_permille.saturating_sub(mean_cooling_rise_permille(&self));
        Self {
            pue_base_permille: base.max(1000),
            ..self
        }
    }

    /// Whether the parameters make sense.
    ///
    /// # Errors
    /// One sentence naming the field that does not.
    pub fn check(&self) -> Result<(), String> {
        let permille = [
            ("renewable_permille", self.renewable_permille),
            ("non_hydro_permille", self.non_hydro_permille),
            ("solar_permille", self.solar_permille),
            ("wind_permille", self.wind_permille),
            ("wind_swing_permille", self.wind_swing_permille),
            ("contracted_permille", self.contracted_permille),
        ];
        if let Some((name, _)) = permille.iter().find(|(_, value)| *value > 1000) {
            return Err(format!("{name} must be at most 1000"));
        }
        if self.non_hydro_permille > self.renewable_permille {
            return Err("non_hydro_permille is more than renewable_permille".into());
        }
        if self.pue_base_permille < 1000 {
            return Err("pue_base_permille must be at least 1000".into());
        }
        let hours = self.valley_hours.iter().chain(&self.peak_hours);
        if hours.clone().any(|hour| *hour > 23) {
            return Err("valley_hours and peak_hours must be 0 to 23".into());
        }
        if self
            .valley_hours
            .iter()
            .any(|hour| self.peak_hours.contains(hour))
        {
            return Err("an hour is both in valley_hours and in peak_hours".into());
        }
        let negative = [
            self.grid_mg_per_wh,
            self.flat_price_micro_cny_per_kwh,
            self.wue_ml_per_kwh,
        ];
        if negative.into_iter().any(|value| value < 0) {
            return Err("factors and prices cannot be negative".into());
        }
        Ok(())
    }
}
