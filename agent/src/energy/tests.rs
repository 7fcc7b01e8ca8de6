//! The operator's table, and when a series is told.

use ewc_scenario::energy::{SERIES_HOURS, presets};

use super::*;

/// 2024-07-01 00:00 Beijing time.
const JULY_MS: i64 = 1_719_763_200_000;
/// 2024-02-01 00:00 Beijing time.
const FEBRUARY_MS: i64 = 1_706_716_800_000;

fn day_table(change: impl Fn(usize, &str) -> String) -> String {
    let header =
        "renewable_share,contracted_share,grid_kg_per_kwh,price_cny_per_kwh,pue,wue_l_per_kwh";
    let rows = (0..24).map(|hour| format!("0.{hour:02},0.5,0.4,0.3,1.2,0.5"));
    let lines = std::iter::once(header.to_owned()).chain(rows);
    lines
        .enumerate()
        .map(|(index, line)| change(index + 1, &line) + "\n")
        .collect()
}

#[test]
fn a_table_of_a_day_repeats() {
    let table = csv::Table::parse(&day_table(|_, line| line.into())).unwrap();
    let points = table.points(JULY_MS + 3 * HOUR_MS, 48);
    assert_eq!(points[0].renewable_permille, 30);
    assert_eq!(points[24], points[0]);
    assert_eq!(points[0].price_micro_cny_per_kwh, 300_000);
}

#[test]
fn a_table_of_a_year_follows_the_calendar() {
    let header =
        "wue_l_per_kwh,contracted_share,grid_kg_per_kwh,price_cny_per_kwh,pue,renewable_share\n";
    let rows = (0..8760).map(|hour| format!("0,0,0,{},1,0\n", f64::from(hour / 24) / 1e3));
    let table = csv::Table::parse(&(header.to_owned() + &rows.collect::<String>())).unwrap();
    let day = |start: i64| table.points(start, 1)[0].price_micro_cny_per_kwh / 1000;
    assert_eq!(day(JULY_MS), 181);
    assert_eq!(day(FEBRUARY_MS), 31);
    // 29 February 2024 stands as the day before; 31 December is the last day.
    assert_eq!(day(FEBRUARY_MS + 28 * 24 * HOUR_MS), 58);
    assert_eq!(day(FEBRUARY_MS + 29 * 24 * HOUR_MS), 59);
    assert_eq!(day(FEBRUARY_MS - 32 * 24 * HOUR_MS), 364);
}

#[test]
fn mistakes_in_a_table_are_named_by_line() {
    let replaced = |at: usize, from: &'static str, to: &'static str| {
        day_table(|number, line| {
            if number == at {
                line.replacen(from, to, 1)
            } else {
                line.into()
            }
        })
    };
    let cases = [
        (
            replaced(1, "pue", "puh"),
            "line 1: column \"puh\" is unknown",
        ),
        (replaced(1, ",pue", ""), "line 1: column pue is missing"),
        (
            replaced(1, "pue", "contracted_share"),
            "line 1: column contracted_share is there twice",
        ),
        (replaced(3, "1.2", "NaN"), "line 3: pue NaN is not in 1..=5"),
        (
            replaced(4, "0.5", "inf"),
            "line 4: contracted_share inf is not in 0..=1",
        ),
        (
            replaced(5, "0.4", "x"),
            "line 5: grid_kg_per_kwh \"x\" is not a number",
        ),
        (replaced(25, ",0.5", ""), "line 25: 5 cells, expected 6"),
        (
            day_table(|number, line| {
                if number == 9 {
                    String::new()
                } else {
                    line.into()
                }
            }),
            "line 25: 23 hours, expected 24 or 8760",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(csv::Table::parse(&text).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_series_is_told_once_an_hour_and_again_until_heard() {
    let profile = Box::new(presets::by_name("guizhou").unwrap());
    let source = EnergySource::Profile {
        name: "preset guizhou".into(),
        profile,
    };
    let mut issuer = Issuer::new(source);
    let first = issuer.due(JULY_MS + 5).cloned().unwrap();
    assert_eq!((first.start_ms, first.issued_at_ms), (JULY_MS, JULY_MS + 5));
    assert_eq!(first.points.len(), SERIES_HOURS);
    assert_eq!(issuer.due(JULY_MS + 99), Some(&first));
    issuer.heard(first.issued_at_ms);
    assert_eq!(issuer.due(JULY_MS + 100), None);
    let second = issuer.due(JULY_MS + HOUR_MS).cloned().unwrap();
    issuer.heard(first.issued_at_ms);
    assert_eq!(issuer.due(JULY_MS + HOUR_MS + 1), Some(&second));
}
