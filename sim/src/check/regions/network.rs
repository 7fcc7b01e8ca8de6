//! The regions, their mean carbon intensity, and the latencies between them.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::error::CheckError;
use super::super::files::Source;
use crate::input::Table;

const LATENCIES: &str = "spatial/gcp_latency_matrix.csv";
const INTENSITIES: &str = "spatial/mean_stats.csv";
const YEAR: &str = "2022";

/// The regions that both files know, the one of lowest intensity first.
pub(super) struct Regions {
    /// Grams of CO₂ per kWh.
    pub(super) intensity: Vec<f64>,
    /// `latency_ms[destination][origin]`, there and back.
    pub(super) latency_ms: Vec<Vec<f64>>,
}

impl Regions {
    pub(super) fn load(data: &Path) -> Result<Regions, CheckError> {
        let intensities = intensities(&Source::new(data, INTENSITIES))?;
        let source = Source::new(data, LATENCIES);
        let error = |error| source.error(error);
        let mut table = Table::open(source.open()?, &["origin"], None).map_err(error)?;
        // A zone with two regions stands there twice, with the same latencies: the first counts.
        let names: Vec<String> = table.columns().to_vec();
        let mut rows: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        while let Some(row) = table.next_row().map_err(error)? {
            let latency = |at| row.parse::<f64>(at, "milliseconds");
            let latencies = (1..names.len()).map(latency).collect::<Result<_, _>>();
            let latencies = latencies.map_err(error)?;
            rows.entry(row.text(0).to_owned()).or_insert(latencies);
        }
        let known = rows.keys().filter_map(|zone| {
            let intensity = intensities.get(zone)?;
            let column = names[1..].iter().position(|name| name == zone)?;
            Some((*intensity, zone.clone(), column))
        });
        let mut zones: Vec<(f64, String, usize)> = known.collect();
        zones.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        if zones.is_empty() {
            return Err(source.content("names no zone of mean_stats.csv"));
        }
        let from_all = |zone: &String| {
            let row = &rows[zone];
            zones.iter().map(|(_, _, column)| row[*column]).collect()
        };
        Ok(Regions {
            latency_ms: zones.iter().map(|(_, zone, _)| from_all(zone)).collect(),
            intensity: zones.iter().map(|(intensity, ..)| *intensity).collect(),
        })
    }

    pub(super) fn count(&self) -> usize {
        self.intensity.len()
    }

    /// Whether work may go there from `origin`.
    pub(super) fn reaches(&self, origin: usize, destination: usize, limit_ms: u32) -> bool {
        self.latency_ms[destination][origin] <= f64::from(limit_ms)
    }

    /// Where work of `origin` may be: it may also stay, however far that is.
    pub(super) fn destinations(&self, origin: usize, limit_ms: u32) -> impl Iterator<Item = usize> {
        (0..self.count())
            .filter(move |region| *region == origin || self.reaches(origin, *region, limit_ms))
    }
}

fn intensities(source: &Source) -> Result<BTreeMap<String, f64>, CheckError> {
    let error = |error| source.error(error);
    let mut table = Table::open(source.open()?, &["zonecode", YEAR], None).map_err(error)?;
    let zone = table.position("zonecode").unwrap_or_default();
    let year = table.position(YEAR).unwrap_or_default();
    let mut found = BTreeMap::new();
    while let Some(row) = table.next_row().map_err(error)? {
        if row.text(year).trim().is_empty() {
            continue;
        }
        let intensity: f64 = row.parse(year, "grams per kWh").map_err(error)?;
        if !(0.0..=100_000.0).contains(&intensity) {
            return Err(error(row.wrong(year, "grams per kWh, 0 to 100000")));
        }
        found.insert(row.text(zone).to_owned(), intensity);
    }
    Ok(found)
}
