//! The same jobs under several policies.

use crate::report::data::{PolicyRow, RunReport};
use crate::report::draw::bars::{self, Part};
use crate::report::format;
use crate::report::markup::Markup;
use crate::report::words::{self, Words};

use super::table::{self, Cell, numeric, text};

/// What is compared, how it is read and how it is written.
type Measure = (Words, fn(&PolicyRow) -> f64, fn(f64) -> String);

const BARS: [Measure; 6] = [
    (words::MONEY_SHORT, |row| row.money_cny, format::yuan),
    (
        words::CARBON_LOCATION,
        |row| row.carbon_location_kg,
        format::kilograms,
    ),
    (
        words::CARBON_MARKET,
        |row| row.carbon_market_kg,
        format::kilograms,
    ),
    (
        words::ENERGY_SHORT,
        |row| row.energy_kwh,
        format::kilowatt_hours,
    ),
    (words::MEAN_WAIT, |row| row.mean_wait_ms as f64, duration),
    (words::P90_WAIT, |row| row.p90_wait_ms as f64, duration),
];

pub(super) fn write(markup: &mut Markup, report: &RunReport) {
    if report.comparison.is_empty() {
        return super::empty(markup);
    }
    markup.tag("p").words(words::POLICY_NOTE);
    markup.tag("div").class("many").body(|many| {
        for measure in &BARS {
            many.tag("div")
                .body(|one| bars_of(one, measure, &report.comparison));
        }
    });
    super::note(markup, words::LOWER);
    numbers(markup, &report.comparison);
}

fn duration(ms: f64) -> String {
    format::duration(ms as i64)
}

fn bars_of(markup: &mut Markup, (title, value, written): &Measure, rows: &[PolicyRow]) {
    markup.tag("h3").words(*title);
    let most = rows.iter().map(value).fold(f64::MIN_POSITIVE, f64::max);
    let first = rows.first().map(value).unwrap_or(0.0);
    for (at, row) in rows.iter().enumerate() {
        let part = Part {
            class: if at == 0 {
                "bar first".to_owned()
            } else {
                "bar".to_owned()
            },
            share: value(row) / most,
            title: written(value(row)),
        };
        super::row(
            markup,
            words::lookup(words::POLICY_NAMES, &row.name),
            |bar| bars::stacked(bar, &[part]),
            |figure| {
                figure.text(&written(value(row)));
                if at > 0 && first > 0.0 {
                    figure.tag("br").empty();
                    figure
                        .tag("small")
                        .class("muted")
                        .text(&change(value(row) / first - 1.0));
                }
            },
        );
    }
}

/// A relative difference with its sign.
fn change(difference: f64) -> String {
    let percent = (difference * 1000.0).round() / 10.0;
    let sign = match percent {
        percent if percent > 0.0 => "+",
        percent if percent < 0.0 => "−",
        _ => "±",
    };
    format!("{sign}{:.1} %", percent.abs())
}

fn numbers(markup: &mut Markup, rows: &[PolicyRow]) {
    let columns = [
        text(words::POLICY),
        numeric(words::JOBS),
        numeric(words::MONEY_SHORT),
        numeric(words::CARBON_LOCATION),
        numeric(words::CARBON_MARKET),
        numeric(words::ENERGY_SHORT),
        numeric(words::RENEWABLE_SHORT),
        numeric(words::WAN),
        numeric(words::MEAN_WAIT),
        numeric(words::P90_WAIT),
        numeric(words::UNPLACED),
    ];
    let rows = rows.iter().map(|row| -> Vec<Cell<'_>> {
        vec![
            words::lookup(words::POLICY_NAMES, &row.name).into(),
            format::count(row.jobs).into(),
            format::yuan(row.money_cny).into(),
            format::kilograms(row.carbon_location_kg).into(),
            format::kilograms(row.carbon_market_kg).into(),
            format::kilowatt_hours(row.energy_kwh).into(),
            format::permille(row.renewable_permille).into(),
            format::bytes(row.wan_bytes as f64).into(),
            format::duration(row.mean_wait_ms).into(),
            format::duration(row.p90_wait_ms).into(),
            format::count(row.unplaced).into(),
        ]
    });
    table::write(markup, &columns, rows);
}
