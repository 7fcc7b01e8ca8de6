//! Hourly figures from a few annual ones.
//!
//! Seasonal and diurnal shapes are tables with a mean of 1000; all arithmetic is on integers, so
//! the same profile and hour give the same figures on every machine. The model:
//!
//! - renewable share = hydro part × hydro season + solar part × sun + wind part × wind, where the
//!   parts are the annual shares (non-hydro split between sun and wind by their mean capacity
//!   factors, as if as much of both were installed: A);
//! - emission factor = annual factor × fossil share now ÷ annual fossil share (A);
//! - PUE = base + k · max(0, T_wet − T_free) (A); price = flat, half in the valley, one and a half
//!   times at the peak (A).

use ewc_core::model::EnergyPoint;

use super::{EnergyProfile, HOUR_MS};

const BEIJING_OFFSET_HOURS: i64 = 8;
const RENEWABLE_PERMILLE_MAX: i64 = 980;

/// Sun by hour of the day, Beijing time: highest at 13 h (D), none at night.
const SUN_BY_HOUR: [i64; 24] = [
    0, 0, 0, 0, 0, 0, 60, 480, 1180, 1900, 2500, 2940, 3190, 3270, 3080, 2550, 1780, 850, 220, 0,
    0, 0, 0, 0,
];
/// Sun by month: clear autumns and springs, short winter days (A).
const SUN_BY_MONTH: [i64; 12] = [
    780, 880, 1030, 1130, 1190, 1140, 1120, 1100, 1030, 960, 860, 780,
];
/// Wind by hour: a little stronger at night (A).
const WIND_BY_HOUR: [i64; 24] = [
    1090, 1090, 1080, 1070, 1060, 1040, 1010, 970, 940, 920, 910, 900, 900, 910, 930, 950, 970,
    990, 1010, 1030, 1050, 1050, 1060, 1070,
];
/// Deviation of the wind by month, −1000 in July, +1000 in March and December (shape D).
const WIND_DEVIATION_BY_MONTH: [i64; 12] = [
    500, 600, 1000, 700, 100, -600, -1000, -900, -600, -200, 400, 1000,
];
/// Hydro availability from .15 in February to .75 in July (D), in between A.
const HYDRO_BY_MONTH: [i64; 12] = [180, 150, 200, 300, 450, 650, 750, 730, 650, 480, 320, 220];
/// Wet-bulb temperature by month, −1000 in January, +1000 in July (A).
const WARMTH_BY_MONTH: [i64; 12] = [
    -1000, -820, -420, 60, 500, 830, 1000, 930, 560, 80, -420, -850,
];
/// Wet-bulb temperature by hour against the day's mean, in tenths of a degree (A).
const WARMTH_BY_HOUR: [i64; 24] = [
    -14, -17, -20, -22, -24, -25, -23, -17, -9, 0, 8, 15, 20, 24, 26, 25, 22, 17, 10, 4, 0, -4, -8,
    -7,
];

/// The figures of `hours` hours from the hour of `start_ms` on. Pure.
#[must_use]
pub fn generate(profile: &EnergyProfile, start_ms: i64, hours: usize) -> Vec<EnergyPoint> {
    let first = start_ms.div_euclid(HOUR_MS);
    (0..hours)
        .map(|hour| point(profile, first + hour as i64))
        .collect()
}

fn point(profile: &EnergyProfile, hour_since_epoch: i64) -> EnergyPoint {
    if !profile.own.has_battery() {
        return unbuffered(profile, hour_since_epoch);
    }
    let hour = (hour_since_epoch + BEIJING_OFFSET_HOURS).rem_euclid(24);
    let midnight = hour_since_epoch - hour;
    let day = (midnight..midnight + 24).map(|at| unbuffered(profile, at));
    let day: Vec<EnergyPoint> = day.collect();
    profile.own.buffered(&day, hour as usize)
}

/// An hour without the site's battery.
fn unbuffered(profile: &EnergyProfile, hour_since_epoch: i64) -> EnergyPoint {
    let local = hour_since_epoch + BEIJING_OFFSET_HOURS;
    let hour = local.rem_euclid(24) as usize;
    let month = month(local.div_euclid(24));
    let renewable = renewable_permille(profile, month, hour);
    let rise = cooling_rise_permille(profile, month, hour);
    let from_grid = EnergyPoint {
        renewable_permille: renewable as u32,
        contracted_permille: profile.contracted_permille,
        grid_mg_per_wh: grid_mg_per_wh(profile, renewable),
        price_micro_cny_per_kwh: price(profile, hour),
        pue_permille: profile.pue_base_permille + rise as u32,
        wue_ml_per_kwh: profile.wue_ml_per_kwh,
    };
    let sun = i64::from(profile.solar_permille) * SUN_BY_HOUR[hour] * SUN_BY_MONTH[month] / 1000;
    let wind = wind_factor(profile, month, hour) / 1000;
    profile.own.covered(from_grid, sun, wind)
}

/// Capacity factor of wind, in thousandths of millionths.
fn wind_factor(profile: &EnergyProfile, month: usize, hour: usize) -> i64 {
    let swing = i64::from(profile.wind_swing_permille);
    let by_month = 1000 + swing * WIND_DEVIATION_BY_MONTH[month] / 1000;
    i64::from(profile.wind_permille) * by_month * WIND_BY_HOUR[hour]
}

/// What cooling adds to the base PUE.
fn cooling_rise_permille(profile: &EnergyProfile, month: usize, hour: usize) -> i64 {
    let temperature = i64::from(profile.wet_bulb_mean_decicelsius)
        + i64::from(profile.wet_bulb_swing_decicelsius) * WARMTH_BY_MONTH[month] / 1000
        + WARMTH_BY_HOUR[hour];
    let above = (temperature - i64::from(profile.free_cooling_decicelsius)).max(0);
    i64::from(profile.pue_permille_per_celsius) * above / 10
}

/// What cooling adds to the base PUE in the year's mean, all months counted alike.
pub(super) fn mean_cooling_rise_permille(profile: &EnergyProfile) -> u32 {
    let hours = (0..12).flat_map(|month| (0..24).map(move |hour| (month, hour)));
    let sum: i64 = hours
        .map(|(month, hour)| cooling_rise_permille(profile, month, hour))
        .sum();
    (sum / (12 * 24)) as u32
}

fn renewable_permille(profile: &EnergyProfile, month: usize, hour: usize) -> i64 {
    let non_hydro = i64::from(profile.non_hydro_permille);
    let hydro = i64::from(profile.renewable_permille) - non_hydro;
    let (solar, wind) = (
        i64::from(profile.solar_permille),
        i64::from(profile.wind_permille),
    );
    let both = (solar + wind).max(1);
    let hydro_mean = HYDRO_BY_MONTH.iter().sum::<i64>() / 12;
    let from_hydro = hydro * HYDRO_BY_MONTH[month] / hydro_mean;
    let from_solar = non_hydro * solar * SUN_BY_HOUR[hour] * SUN_BY_MONTH[month] / both;
    let from_wind = non_hydro * wind_factor(profile, month, hour) / both;
    (from_hydro + (from_solar + from_wind) / 1_000_000).clamp(0, RENEWABLE_PERMILLE_MAX)
}

fn grid_mg_per_wh(profile: &EnergyProfile, renewable_permille: i64) -> i64 {
    let fossil_mean = (1000 - i64::from(profile.renewable_permille)).max(20);
    profile.grid_mg_per_wh * (1000 - renewable_permille) / fossil_mean
}

fn price(profile: &EnergyProfile, hour: usize) -> i64 {
    let in_hours = |hours: &[u8]| hours.iter().any(|other| usize::from(*other) == hour);
    let flat = profile.flat_price_micro_cny_per_kwh;
    if in_hours(&profile.valley_hours) {
        flat / 2
    } else if in_hours(&profile.peak_hours) {
        flat * 3 / 2
    } else {
        flat
    }
}

/// Month, from 0, of a day since the epoch; civil calendar after `civil_from_days` by
/// Howard Hinnant.
fn month(day_since_epoch: i64) -> usize {
    let day_of_era = (day_since_epoch + 719_468).rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    ((month_from_march + 2) % 12) as usize
}
