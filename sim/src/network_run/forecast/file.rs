//! A forecast from a file: a table with the columns `time`, `site`, `renewable_share` and
//! `grid_g_per_kwh` of `sites.csv`, so that one can begin with the truth of a run and change it.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use ewc_core::model::EnergyPoint;
use ewc_scenario::NetworkRun;
use ewc_scenario::energy::HOUR_MS;

use crate::input::{Row, Table, TableError};
use crate::run::RunError;

const COLUMNS: [&str; 4] = ["time", "site", "renewable_share", "grid_g_per_kwh"];
const FIELD: &str = "energy.file";
const DAY_HOURS: i64 = 24;
/// Seconds of the scenario beyond this are a mistake.
const TIME_S_MAX: f64 = 1e10;
/// More than any grid emits.
const GRID_MAX: f64 = 1e5;

/// What is foretold of each site, by the hour since 1970.
#[derive(Debug, Default)]
pub(in crate::network_run) struct Foretold {
    sites: Vec<BTreeMap<i64, Hour>>,
}

/// What is foretold of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hour {
    renewable_permille: u32,
    grid_mg_per_wh: i64,
}

impl Foretold {
    /// Reads the scenario's file, if it has one.
    ///
    /// # Errors
    /// Names the file with the line and the column that is wrong, or the site and the time of an
    /// hour that has no row.
    pub(in crate::network_run) fn load(run: &NetworkRun) -> Result<Option<Foretold>, RunError> {
        let Some(path) = &run.forecast_file else {
            return Ok(None);
        };
        let file = File::open(path).map_err(|problem| RunError::File {
            path: path.clone(),
            problem,
        })?;
        let foretold = read(file, run).map_err(|error| wrong(path, &error.to_string()))?;
        match foretold.first_gap(run) {
            Some((site, time_s)) => {
                let gap = format!("has no row for {site} at time {time_s}; give every hour");
                Err(wrong(path, &gap))
            }
            None => Ok(Some(foretold)),
        }
    }

    /// The point with what is foretold of that hour. Behind the file's end the hours of its last
    /// day come again.
    pub(super) fn apply(&self, site: usize, hour: i64, point: &mut EnergyPoint) {
        let Some(hours) = self.sites.get(site) else {
            return;
        };
        let last = hours.keys().next_back().copied().unwrap_or(hour);
        let behind = (hour - last).max(0).unsigned_abs();
        let days = behind.div_ceil(DAY_HOURS.unsigned_abs()).cast_signed();
        if let Some(found) = hours.get(&(hour - days * DAY_HOURS)) {
            point.renewable_permille = found.renewable_permille;
            point.grid_mg_per_wh = found.grid_mg_per_wh;
        }
    }

    /// The first site and hour of the scenario that is missing, its time in seconds.
    fn first_gap<'r>(&self, run: &'r NetworkRun) -> Option<(&'r str, i64)> {
        let first = run.start_ms.div_euclid(HOUR_MS);
        let end_ms = run.start_ms.saturating_add(run.duration_ms);
        let hours = first..(end_ms - 1).div_euclid(HOUR_MS) + 1;
        let sites = run.network.sites.iter().zip(&self.sites);
        let mut gaps = sites.filter_map(|(site, known)| {
            let gap = hours.clone().find(|hour| !known.contains_key(hour))?;
            let time_s = (gap * HOUR_MS - run.start_ms).max(0) / 1000;
            Some((site.spec.name.as_str(), time_s))
        });
        gaps.next()
    }
}

fn wrong(path: &Path, problem: &str) -> RunError {
    RunError::Scenario {
        field: FIELD,
        problem: format!("{}: {problem}", path.display()),
    }
}

fn read(file: File, run: &NetworkRun) -> Result<Foretold, TableError> {
    let mut table = Table::open(file, &COLUMNS, None)?;
    let places = COLUMNS.map(|column| table.position(column).unwrap_or_default());
    let mut sites = vec![BTreeMap::new(); run.network.sites.len()];
    while let Some(row) = table.next_row()? {
        let (site, hour, found) = hour(&row, places, run)?;
        if sites[site].insert(hour, found).is_some() {
            return Err(row.wrong(places[0], "each hour of a site once"));
        }
    }
    Ok(Foretold { sites })
}

fn hour(
    row: &Row<'_>,
    [time, site, share, grid]: [usize; 4],
    run: &NetworkRun,
) -> Result<(usize, i64, Hour), TableError> {
    let number = |at: usize, most: f64, expected: &'static str| {
        let value: f64 = row.parse(at, expected)?;
        match (0.0..=most).contains(&value) {
            true => Ok(value),
            false => Err(row.wrong(at, expected)),
        }
    };
    let time_s = number(
        time,
        TIME_S_MAX,
        "seconds since the scenario's start, at least 0",
    )?;
    let share = number(share, 1.0, "a share from 0 to 1")?;
    let grid = number(grid, GRID_MAX, "grams per kilowatt-hour, 0 to 100000")?;
    let mut known = run.network.sites.iter();
    let at = known.position(|known| known.spec.name == row.text(site));
    let at = at.ok_or_else(|| row.wrong(site, "the name of a site of the network"))?;
    let at_ms = run.start_ms.saturating_add((time_s * 1e3) as i64);
    let hour = Hour {
        renewable_permille: (share * 1e3).round() as u32,
        grid_mg_per_wh: grid.round() as i64,
    };
    Ok((at, at_ms.div_euclid(HOUR_MS), hour))
}
