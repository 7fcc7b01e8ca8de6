//! Ranges, shapes and determinism of the figures, and the site's own over the preset's.

use ewc_core::model::EnergyPoint;

use super::*;
use crate::{Format, Scenario, national};

/// 2024-07-01 00:00 Beijing time.
const JULY_MS: i64 = 1_719_763_200_000;
/// 2024-02-01 00:00 Beijing time.
const FEBRUARY_MS: i64 = 1_706_716_800_000;

fn mean(points: &[EnergyPoint], of: impl Fn(&EnergyPoint) -> i64) -> i64 {
    points.iter().map(of).sum::<i64>() / points.len() as i64
}

#[test]
fn every_preset_stays_in_range_and_meets_its_annual_figures() {
    for name in presets::names() {
        let profile = presets::by_name(name).unwrap();
        profile.check().unwrap();
        let year = generate(&profile, JULY_MS, 8760);
        for point in &year {
            assert!(point.renewable_permille <= 980, "{name} {point:?}");
            assert!(
                (0..=1500).contains(&point.grid_mg_per_wh),
                "{name} {point:?}"
            );
            assert!(
                (1100..=1450).contains(&point.pue_permille),
                "{name} {point:?}"
            );
            assert!(
                (150_000..=1_200_000).contains(&point.price_micro_cny_per_kwh),
                "{name}"
            );
        }
        let share = mean(&year, |point| i64::from(point.renewable_permille));
        let told = i64::from(profile.renewable_permille);
        assert!(
            (share - told).abs() <= told / 12 + 10,
            "{name}: {share} for {told}"
        );
        let grid = mean(&year, |point| point.grid_mg_per_wh);
        assert!(
            (grid - profile.grid_mg_per_wh).abs() <= profile.grid_mg_per_wh / 8,
            "{name} {grid}"
        );
    }
}

#[test]
fn the_same_hour_has_the_same_figures_whenever_it_is_asked_for() {
    let profile = presets::by_name("ningxia").unwrap();
    let long = generate(&profile, JULY_MS, 400);
    assert_eq!(
        long[100..],
        generate(&profile, JULY_MS + 100 * HOUR_MS, 300)
    );
    assert_eq!(long[0], generate(&profile, JULY_MS + HOUR_MS - 1, 1)[0]);
    let golden: Vec<i64> = [2, 13, 20]
        .map(|hour| long[hour].renewable_permille.into())
        .to_vec();
    assert_eq!(golden, [121, 554, 118]);
}

#[test]
fn shapes_follow_sun_water_and_tariff() {
    let at = |name: &str, start: i64, hour: usize| {
        generate(&presets::by_name(name).unwrap(), start, 24)[hour]
    };
    let noon = at("gansu", JULY_MS, 13);
    assert!(noon.renewable_permille > at("gansu", JULY_MS, 2).renewable_permille);
    assert!(noon.grid_mg_per_wh < at("gansu", JULY_MS, 2).grid_mg_per_wh);
    assert_eq!(noon.price_micro_cny_per_kwh, 220_000);
    assert_eq!(at("gansu", JULY_MS, 19).price_micro_cny_per_kwh, 660_000);
    let (wet, dry) = (at("sichuan", JULY_MS, 2), at("sichuan", FEBRUARY_MS, 2));
    assert!(
        wet.renewable_permille > 2 * dry.renewable_permille,
        "{wet:?} {dry:?}"
    );
    let (hot, cold) = (
        at("guangdong", JULY_MS, 14),
        at("guangdong", FEBRUARY_MS, 4),
    );
    assert!(hot.pue_permille > cold.pue_permille);
}

#[test]
fn a_series_is_a_week_from_the_hour_on() {
    let profile = presets::by_name("guizhou").unwrap();
    let now_ms = JULY_MS + 5;
    let told = series(&profile, "preset guizhou", now_ms);
    assert_eq!((told.issued_at_ms, told.start_ms), (now_ms, JULY_MS));
    assert_eq!(
        (told.step_ms, told.source.as_str()),
        (HOUR_MS, "preset guizhou")
    );
    assert_eq!(told.points, generate(&profile, JULY_MS, 168));
    assert_eq!(hour_start_ms(-1), -HOUR_MS);
}

#[test]
fn sites_of_the_national_scenario_keep_their_own_figures_over_the_year() {
    for site in national().sites {
        let (name, energy) = (&site.spec.name, &site.energy);
        let profile = site.energy_profile();
        profile.check().unwrap();
        let year = generate(&profile, JULY_MS, 8760);
        let pue = mean(&year, |point| point.pue_permille.into());
        let told = i64::from(energy.pue_permille);
        assert!((pue - told).abs() <= 2, "{name}: {pue} for {told}");
        for point in &year {
            assert_eq!(
                point.contracted_permille, energy.contracted_permille,
                "{name}"
            );
            assert_eq!(point.wue_ml_per_kwh, energy.wue_ml_per_kwh, "{name}");
        }
        let flat = energy.price_micro_cny_per_kwh;
        for (point, hour) in year.iter().zip((0..24_u8).cycle()) {
            let expected = match hour {
                _ if profile.valley_hours.contains(&hour) => flat / 2,
                _ if profile.peak_hours.contains(&hour) => flat * 3 / 2,
                _ => flat,
            };
            assert_eq!(
                point.price_micro_cny_per_kwh, expected,
                "{name} at {hour} h"
            );
        }
    }
}

#[test]
fn what_a_site_does_not_say_stays_the_presets() {
    let preset = presets::by_name("guangdong").unwrap();
    let site = SiteEnergy {
        preset: "guangdong".into(),
        pue_permille: 1250,
        contracted_permille: 0,
        price_micro_cny_per_kwh: 660_000,
        wue_ml_per_kwh: 0,
        grid_mg_per_wh: None,
        valley_hours: None,
        peak_hours: None,
        own: OwnSupply::default(),
    };
    let profile = site.profile();
    assert_eq!(
        (profile.contracted_permille, profile.wue_ml_per_kwh),
        (0, 0)
    );
    let own = EnergyProfile {
        contracted_permille: preset.contracted_permille,
        wue_ml_per_kwh: preset.wue_ml_per_kwh,
        pue_base_permille: preset.pue_base_permille,
        ..profile.clone()
    };
    assert_eq!(own, preset);
    // Less overhead than the climate adds is not believed below 1000.
    let claim = preset.with_mean_pue(1001);
    assert_eq!(claim.pue_base_permille, 1000);
    assert!(generate(&claim, JULY_MS, 14)[13].pue_permille > 1000);
}

#[test]
fn a_preset_that_is_not_there_is_refused_by_name() {
    let national = include_str!("../../data/national.toml");
    let text = national.replacen("preset = \"gansu\"", "preset = \"atlantis\"", 1);
    let said = Scenario::parse(&text, Format::Toml)
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("energy.preset: \"atlantis\" is unknown; write one of hebei, "),
        "{said}"
    );
}
