//! What sites say beforehand of their energy, and what it then really is.
//!
//! The planner sees what a forecast says; the ledger of a run counts the truth. The error is on how
//! dirty the grid is: the share that is not renewable, and with it the emission factor. Tariffs,
//! contracts, overhead and water are known.

mod file;

use std::cell::RefCell;

use ewc_core::model::{EnergyPoint, EnergySeries};
use ewc_scenario::NetworkRun;
use ewc_scenario::energy::{self, EnergyProfile, HOUR_MS, SERIES_HOURS};
use ewc_scenario::network_run::Forecast;

use crate::dice::Dice;
use crate::run::RunError;
use file::Foretold;

/// Draws whose sum stands for a normal one: their variance is 1 together (Irwin–Hall).
const DRAWS: i64 = 12;
const DAY_HOURS: i64 = 24;
const SHARE_PERMILLE_MAX: i64 = 1000;

/// What the sites of a run foretell.
pub(super) struct Forecaster<'a> {
    run: &'a NetworkRun,
    profiles: &'a [EnergyProfile],
    foretold: Option<Foretold>,
    /// What each site issued last, whatever a file says: an hour later most of it is the same.
    last: RefCell<Vec<Option<EnergySeries>>>,
}

impl<'a> Forecaster<'a> {
    /// Reads the file of a forecast from a file.
    ///
    /// # Errors
    /// It cannot be read, or is wrong.
    pub(super) fn new(
        run: &'a NetworkRun,
        profiles: &'a [EnergyProfile],
    ) -> Result<Forecaster<'a>, RunError> {
        Ok(Forecaster {
            run,
            profiles,
            foretold: Foretold::load(run)?,
            last: RefCell::new(vec![None; profiles.len()]),
        })
    }

    /// The series that a site issues at `now_ms`. The present hour is always known.
    pub(super) fn issued(&self, site: usize, now_ms: i64) -> EnergySeries {
        let mut series = self.drawn(site, now_ms);
        if let Some(foretold) = &self.foretold {
            let first = series.start_ms / HOUR_MS;
            for (point, hour) in series.points.iter_mut().zip(first..).skip(1) {
                foretold.apply(site, hour, point);
            }
        }
        series
    }

    fn drawn(&self, site: usize, now_ms: i64) -> EnergySeries {
        let (run, profile) = (self.run, &self.profiles[site]);
        let (forecast, number) = (run.forecast, site as u32);
        let before_ms = energy::hour_start_ms(now_ms) - HOUR_MS;
        let goes_on = |last: &EnergySeries| last.start_ms == before_ms;
        let last = self.last.borrow_mut()[site].take().filter(goes_on);
        let series = match (last, forecast) {
            (None, _) | (_, Forecast::Persistence) => {
                issued(forecast, profile, number, run.seed, now_ms)
            }
            (Some(last), _) => {
                let series = an_hour_later(last, forecast, profile, (run.seed, number));
                EnergySeries {
                    issued_at_ms: now_ms,
                    ..series
                }
            }
        };
        self.last.borrow_mut()[site] = Some(series.clone());
        series
    }
}

/// What is issued an hour after a series: one hour comes into sight, and one is known for certain.
fn an_hour_later(
    mut series: EnergySeries,
    forecast: Forecast,
    profile: &EnergyProfile,
    (seed, site): (u64, u32),
) -> EnergySeries {
    let last_ms = series.start_ms + series.points.len() as i64 * HOUR_MS;
    series.start_ms += HOUR_MS;
    series.points.drain(..1);
    for point in energy::generate(profile, last_ms, 1) {
        series.points.push(match forecast {
            Forecast::Gaussian { error_permille } => {
                let error = error(seed, site, last_ms / HOUR_MS);
                dirtier(point, error * i64::from(error_permille) / 1000)
            }
            _ => point,
        });
    }
    for (known, present) in
        series
            .points
            .iter_mut()
            .zip(energy::generate(profile, series.start_ms, 1))
    {
        *known = present;
    }
    series
}

fn issued(
    forecast: Forecast,
    profile: &EnergyProfile,
    site: u32,
    seed: u64,
    now_ms: i64,
) -> EnergySeries {
    let mut series = energy::series(profile, forecast.name(), now_ms);
    match forecast {
        // What a file says comes later.
        Forecast::Perfect | Forecast::File => {}
        Forecast::Gaussian { error_permille } => {
            let first = series.start_ms / HOUR_MS;
            for (point, hour) in series.points.iter_mut().zip(first..).skip(1) {
                let error = error(seed, site, hour) * i64::from(error_permille) / 1000;
                *point = dirtier(*point, error);
            }
        }
        Forecast::Persistence => {
            let before_ms = series.start_ms - (DAY_HOURS - 1) * HOUR_MS;
            let known = energy::generate(profile, before_ms, DAY_HOURS as usize);
            for (ahead, point) in series.points.iter_mut().enumerate().skip(1) {
                // The last day that is known ends with the present hour.
                let like = known[(ahead + known.len() - 1) % known.len()];
                point.renewable_permille = like.renewable_permille;
                point.grid_mg_per_wh = like.grid_mg_per_wh;
            }
        }
    }
    series
}

/// What a site's energy was from one instant to another.
pub(super) fn truth(profile: &EnergyProfile, from_ms: i64, until_ms: i64) -> EnergySeries {
    let start_ms = energy::hour_start_ms(from_ms);
    let hours = (until_ms - start_ms)
        .max(1)
        .unsigned_abs()
        .div_ceil(HOUR_MS.unsigned_abs());
    let hours = usize::try_from(hours).unwrap_or(SERIES_HOURS);
    EnergySeries {
        issued_at_ms: from_ms,
        start_ms,
        step_ms: HOUR_MS,
        source: String::new(),
        points: energy::generate(profile, start_ms, hours),
    }
}

/// A normal draw in thousandths, the same whenever an hour is foretold.
fn error(seed: u64, site: u32, hour: i64) -> i64 {
    let stream = (u64::from(site) << 32) ^ hour.unsigned_abs() ^ (1 << 63);
    let mut dice = Dice::new(seed, stream);
    let sum: i64 = (0..DRAWS).map(|_| dice.between(0, 1000)).sum();
    sum - DRAWS / 2 * 1000
}

/// The point with its dirty share and its emission factor so many thousandths higher.
fn dirtier(point: EnergyPoint, by_permille: i64) -> EnergyPoint {
    let factor = (1000 + by_permille).max(0);
    let dirty = (SHARE_PERMILLE_MAX - i64::from(point.renewable_permille)) * factor / 1000;
    let renewable = SHARE_PERMILLE_MAX - dirty.min(SHARE_PERMILLE_MAX);
    EnergyPoint {
        renewable_permille: u32::try_from(renewable).unwrap_or(0),
        grid_mg_per_wh: point.grid_mg_per_wh * factor / 1000,
        ..point
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_748_707_200_000;

    fn profile() -> EnergyProfile {
        ewc_scenario::national().sites[0].energy_profile()
    }

    #[test]
    fn a_perfect_forecast_is_the_truth() {
        let issued = issued(Forecast::Perfect, &profile(), 0, 1, NOW_MS);
        let truth = truth(&profile(), NOW_MS, NOW_MS + 5 * HOUR_MS);
        assert_eq!(issued.points[..5], truth.points);
    }

    #[test]
    fn a_gaussian_error_has_its_size_and_spares_the_present() {
        let forecast = Forecast::Gaussian {
            error_permille: 100,
        };
        let (wrong, truth) = (
            issued(forecast, &profile(), 3, 1, NOW_MS),
            issued(Forecast::Perfect, &profile(), 3, 1, NOW_MS),
        );
        assert_eq!(wrong.points[0], truth.points[0]);
        let pairs = wrong.points.iter().zip(&truth.points).skip(1);
        let errors = pairs
            .map(|(wrong, truth)| wrong.grid_mg_per_wh as f64 / truth.grid_mg_per_wh as f64 - 1.0);
        let errors: Vec<f64> = errors.collect();
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        let variance = errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>();
        let deviation = (variance / errors.len() as f64).sqrt();
        assert!(mean.abs() < 0.03, "mean {mean}");
        assert!((0.08..0.12).contains(&deviation), "deviation {deviation}");
    }

    #[test]
    fn going_on_by_an_hour_issues_what_a_new_series_does() {
        let forecasts = [
            Forecast::Perfect,
            Forecast::Gaussian {
                error_permille: 200,
            },
        ];
        for forecast in forecasts {
            let mut series = issued(forecast, &profile(), 3, 7, NOW_MS);
            for hour in 1..200 {
                series = an_hour_later(series, forecast, &profile(), (7, 3));
                let new = issued(forecast, &profile(), 3, 7, NOW_MS + hour * HOUR_MS);
                assert_eq!(
                    (series.start_ms, &series.points),
                    (new.start_ms, &new.points)
                );
            }
        }
    }

    #[test]
    fn persistence_repeats_the_last_known_day() {
        let issued = issued(Forecast::Persistence, &profile(), 0, 1, NOW_MS);
        let yesterday = energy::generate(&profile(), NOW_MS - 23 * HOUR_MS, 24);
        for ahead in [1, 5, 24, 30] {
            let like = yesterday[(ahead + 23) % 24];
            assert_eq!(issued.points[ahead].grid_mg_per_wh, like.grid_mg_per_wh);
        }
    }
}
