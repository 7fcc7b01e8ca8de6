//! Table D: work moved in time, hour by hour.

use std::path::Path;
use std::sync::Arc;

use super::error::CheckError;
use super::files::Source;
use super::published::shifting as published;
use super::result::{Cell, TableReport};
use super::run::{Found, Piece, Work};
use crate::input::Table;

const HOURLY: &str = "carbon/carbon_intensity_2022_hourly_123regions.csv.gz";
/// Numbers of the file are taken as thousandths, exactly.
const SCALE: f64 = 1000.0;

pub(super) fn work(data: &Path) -> Result<Work, CheckError> {
    let source = Source::new(data, HOURLY);
    let mut pieces: Vec<Piece> = Vec::new();
    for (zone, savings) in published::SAVINGS {
        let hourly = Arc::new(intensity(&source, zone)?);
        for (length, slack, defer, interrupt) in savings {
            let hourly = Arc::clone(&hourly);
            pieces.push(Box::new(move || {
                let row = format!("{zone}, job {length} h, slack {slack} h");
                let ours = savings_pct(&hourly, length, slack);
                let published = [("deferred, %", defer), ("interrupted, %", interrupt)];
                let cells = published.iter().zip(ours);
                let cell = |((column, published), ours): (&(&str, f64), f64)| Cell {
                    row: row.clone(),
                    column: (*column).to_owned(),
                    published: *published,
                    ours,
                    tolerance: published::TOLERANCE,
                };
                Ok(Found::Cells(cells.map(cell).collect()))
            }));
        }
    }
    Ok(Work {
        source: published::SOURCE,
        rules: vec![String::from(
            "each job starts in each hour but the last possible; saved is the sum over the year, \
             against a start at once",
        )],
        pieces,
        finish,
    })
}

/// The hourly carbon intensity of a zone, in milligrams per kWh.
fn intensity(source: &Source, zone: &'static str) -> Result<Vec<i64>, CheckError> {
    let error = |error| source.error(error);
    let table = Table::open(source.open()?, &[zone], None);
    let mut table = table.map_err(error)?;
    let column = table.position(zone).unwrap_or_default();
    let mut hourly = Vec::new();
    while let Some(row) = table.next_row().map_err(error)? {
        let expected = "grams per kWh, 0 to 100000";
        let value: f64 = row.parse(column, expected).map_err(error)?;
        if !(0.0..=100_000.0).contains(&value) {
            return Err(error(row.wrong(column, expected)));
        }
        hourly.push((value * SCALE).round() as i64);
    }
    Ok(hourly)
}

/// What is saved by deferring, and by interrupting as well, in percent.
fn savings_pct(hourly: &[i64], length: usize, slack: usize) -> [f64; 2] {
    let window = length + slack;
    let starts = hourly.len().saturating_sub(window);
    let (mut at_once, mut deferred, mut interrupted) = (0, 0, 0);
    for start in 0..starts {
        let hours = &hourly[start..start + window];
        at_once += hours[..length].iter().sum::<i64>();
        let runs = hours.windows(length).map(|run| run.iter().sum::<i64>());
        deferred += runs.min().unwrap_or(0);
        let mut hours = hours.to_vec();
        hours.select_nth_unstable(length - 1);
        interrupted += hours[..length].iter().sum::<i64>();
    }
    [deferred, interrupted].map(|moved| 100.0 * (at_once - moved) as f64 / at_once as f64)
}

fn finish(found: Vec<Found>, report: &mut TableReport) {
    for piece in found {
        if let Found::Cells(cells) = piece {
            report.cells.extend(cells);
        }
    }
}
