//! Published figures by province.
//!
//! Marks: V seen in a published text, D derived from such, M remembered and to be verified,
//! A assumption. Renewable and non-hydro shares: annual consumption weights (V). Emission factors:
//! official 2022 grid factors (V). Solar and wind: mean capacity factors of the weather year 2020
//! (D; those of wind in Shanghai, Jiangsu, Zhejiang, Anhui, Guangdong and Chongqing, and of solar
//! in Jiangsu, Zhejiang and Anhui, A). Wind swing D for Inner Mongolia and Hebei, A elsewhere.
//! Prices M ±20 %; valley and peak hours V-weak for Ningxia, Gansu, Guizhou and the noon valley of
//! Jiangsu, A elsewhere. Contracted share, PUE slope, wet-bulb temperatures A; WUE M.

use super::{EnergyProfile, OwnShares};

/// Figures of one province; the columns of the table below.
struct Row {
    name: &'static str,
    /// Total and non-hydro share, thousandths.
    shares: (u32, u32),
    /// Mean capacity factor of sun, of wind, and the wind's swing, thousandths.
    factors: (u32, u32, u32),
    grid_mg_per_wh: i64,
    contracted_permille: u32,
    /// Thousandths of a yuan per kWh.
    price_milli_cny: i64,
    valley: &'static [u8],
    peak: &'static [u8],
    pue_base_permille: u32,
    /// Wet-bulb mean and swing, tenths of a degree.
    wet_bulb: (i32, i32),
    wue_ml_per_kwh: i64,
}

const NIGHT: &[u8] = &[0, 1, 2, 3, 4, 5, 6, 7];
const DAY_AND_EVENING: &[u8] = &[9, 10, 11, 18, 19, 20, 21];

/// The row's order is: name, shares, factors, emission factor, contracted share, price, valley,
/// peak, PUE base, wet bulb, WUE.
#[rustfmt::skip]
const ROWS: [Row; 12] = [
    row("hebei", (191, 190), (159, 180, 560), 725, 300, 575, NIGHT, &[17, 18, 19, 20, 21], 1180, (75, 135), 1000),
    row("shanghai", (300, 60), (126, 200, 300), 585, 200, 750, NIGHT, DAY_AND_EVENING, 1200, (145, 110), 1400),
    row("jiangsu", (209, 130), (130, 200, 300), 598, 200, 690, &[0, 1, 2, 3, 4, 5, 11, 12], DAY_AND_EVENING_NO_NOON, 1200, (140, 112), 1400),
    row("zhejiang", (216, 110), (125, 190, 300), 515, 200, 690, NIGHT, DAY_AND_EVENING, 1200, (148, 105), 1400),
    row("anhui", (196, 165), (130, 150, 350), 678, 250, 640, NIGHT, DAY_AND_EVENING, 1200, (138, 112), 1300),
    row("guangdong", (296, 75), (137, 180, 300), 440, 250, 660, NIGHT, DAY_AND_EVENING, 1210, (190, 75), 1600),
    row("sichuan", (700, 80), (148, 60, 400), 140, 400, 560, NIGHT, DAY_AND_EVENING, 1190, (138, 90), 1100),
    row("chongqing", (407, 65), (95, 100, 350), 523, 250, 660, NIGHT, DAY_AND_EVENING, 1200, (150, 95), 1200),
    row("guizhou", (368, 110), (94, 110, 350), 499, 350, 485, &[0, 1, 2, 3, 4, 5, 6, 7, 13, 14], &[10, 11, 17, 18, 19, 20], 1150, (120, 85), 500),
    row("inner-mongolia", (230, 220), (169, 299, 370), 685, 600, 380, NIGHT, &[17, 18, 19, 20], 1130, (15, 145), 400),
    row("gansu", (500, 215), (159, 124, 350), 477, 500, 440, &[10, 11, 12, 13, 14, 15], &[6, 7, 18, 19, 20, 21, 22], 1140, (45, 125), 400),
    row("ningxia", (265, 245), (163, 164, 350), 642, 500, 410, &[9, 10, 11, 12, 13, 14, 15, 16], &[7, 8, 17, 18, 19, 20, 21, 22], 1130, (45, 130), 400),
];

const DAY_AND_EVENING_NO_NOON: &[u8] = &[8, 9, 10, 17, 18, 19, 20, 21];

/// PUE rises by this per degree above free cooling (A).
const PUE_PERMILLE_PER_CELSIUS: u32 = 8;
/// Free cooling suffices up to here (A).
const FREE_COOLING_DECICELSIUS: i32 = 120;

#[allow(clippy::too_many_arguments)] // One argument per column keeps the table a table.
const fn row(
    name: &'static str,
    shares: (u32, u32),
    factors: (u32, u32, u32),
    grid_mg_per_wh: i64,
    contracted_permille: u32,
    price_milli_cny: i64,
    valley: &'static [u8],
    peak: &'static [u8],
    pue_base_permille: u32,
    wet_bulb: (i32, i32),
    wue_ml_per_kwh: i64,
) -> Row {
    Row {
        name,
        shares,
        factors,
        grid_mg_per_wh,
        contracted_permille,
        price_milli_cny,
        valley,
        peak,
        pue_base_permille,
        wet_bulb,
        wue_ml_per_kwh,
    }
}

/// Names of all presets.
#[must_use]
pub fn names() -> Vec<&'static str> {
    ROWS.iter().map(|row| row.name).collect()
}

/// The profile of a province.
#[must_use]
pub fn by_name(name: &str) -> Option<EnergyProfile> {
    ROWS.iter().find(|row| row.name == name).map(profile)
}

fn profile(row: &Row) -> EnergyProfile {
    EnergyProfile {
        renewable_permille: row.shares.0,
        non_hydro_permille: row.shares.1,
        solar_permille: row.factors.0,
        wind_permille: row.factors.1,
        wind_swing_permille: row.factors.2,
        contracted_permille: row.contracted_permille,
        grid_mg_per_wh: row.grid_mg_per_wh,
        flat_price_micro_cny_per_kwh: row.price_milli_cny * 1000,
        valley_hours: row.valley.to_vec(),
        peak_hours: row.peak.to_vec(),
        pue_base_permille: row.pue_base_permille,
        pue_permille_per_celsius: PUE_PERMILLE_PER_CELSIUS,
        free_cooling_decicelsius: FREE_COOLING_DECICELSIUS,
        wet_bulb_mean_decicelsius: row.wet_bulb.0,
        wet_bulb_swing_decicelsius: row.wet_bulb.1,
        wue_ml_per_kwh: row.wue_ml_per_kwh,
        own: OwnShares::default(),
    }
}
