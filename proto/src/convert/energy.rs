//! Energy forecasts, both ways.

use ewc_core::model;

use super::check;
use super::error::WireError;
use crate::v1;

/// Most points of one forecast: a week in quarter hours.
const POINTS_MAX: usize = 7 * 24 * 4;
/// Highest power usage effectiveness that is not a mistake.
const PUE_PERMILLE_MAX: u32 = 10_000;

/// A forecast; the step must be positive unless there are no points.
pub fn energy_series_from_wire(wire: v1::EnergySeries) -> Result<model::EnergySeries, WireError> {
    if wire.points.len() > POINTS_MAX {
        return Err(WireError::new(
            "points",
            format!("has more than {POINTS_MAX} items"),
        ));
    }
    if wire.step_ms == 0 && !wire.points.is_empty() {
        return Err(WireError::new("step_ms", "must be positive"));
    }
    Ok(model::EnergySeries {
        issued_at_ms: check::moment_ms("issued_at_ms", wire.issued_at_ms)?,
        start_ms: check::moment_ms("start_ms", wire.start_ms)?,
        step_ms: check::length_ms("step_ms", wire.step_ms)?,
        source: check::optional_name("source", wire.source)?,
        points: check::each("points", wire.points, energy_point_from_wire)?,
    })
}

/// A forecast.
pub fn energy_series_to_wire(series: &model::EnergySeries) -> v1::EnergySeries {
    v1::EnergySeries {
        issued_at_ms: series.issued_at_ms,
        start_ms: series.start_ms,
        step_ms: series.step_ms,
        source: series.source.clone(),
        points: series.points.iter().map(energy_point_to_wire).collect(),
    }
}

/// Energy at one moment. A power usage effectiveness of 0 means "no overhead known", 1000.
pub fn energy_point_from_wire(wire: v1::EnergyPoint) -> Result<model::EnergyPoint, WireError> {
    Ok(model::EnergyPoint {
        renewable_permille: check::permille("renewable_permille", wire.renewable_permille)?,
        contracted_permille: check::permille("contracted_permille", wire.contracted_permille)?,
        grid_mg_per_wh: check::amount("grid_mg_per_wh", wire.grid_mg_per_wh)?,
        price_micro_cny_per_kwh: check::amount(
            "price_micro_cny_per_kwh",
            wire.price_micro_cny_per_kwh,
        )?,
        pue_permille: pue_from_wire(wire.pue_permille)?,
        wue_ml_per_kwh: check::amount("wue_ml_per_kwh", wire.wue_ml_per_kwh)?,
    })
}

/// Energy at one moment.
pub fn energy_point_to_wire(point: &model::EnergyPoint) -> v1::EnergyPoint {
    v1::EnergyPoint {
        renewable_permille: point.renewable_permille,
        contracted_permille: point.contracted_permille,
        grid_mg_per_wh: point.grid_mg_per_wh,
        price_micro_cny_per_kwh: point.price_micro_cny_per_kwh,
        pue_permille: point.pue_permille,
        wue_ml_per_kwh: point.wue_ml_per_kwh,
    }
}

fn pue_from_wire(pue_permille: u32) -> Result<u32, WireError> {
    match pue_permille {
        0 => Ok(1000),
        1000..=PUE_PERMILLE_MAX => Ok(pue_permille),
        _ => {
            let problem = format!("must be 0 or between 1000 and {PUE_PERMILLE_MAX}");
            Err(WireError::new("pue_permille", problem))
        }
    }
}
