//! The operator's own hourly figures.
//!
//! A header line with exactly these columns, in any order, then 24 lines (a typical day) or 8760
//! (a typical year without 29 February, from 1 January on), in Beijing time:
//!
//! | column | unit | range |
//! |---|---|---|
//! | `renewable_share` | fraction | 0 to 1 |
//! | `contracted_share` | fraction | 0 to 1 |
//! | `grid_kg_per_kwh` | kg CO₂ per kWh | 0 to 2 |
//! | `price_cny_per_kwh` | yuan | −10 to 100 |
//! | `pue` | – | 1 to 5 |
//! | `wue_l_per_kwh` | litre | 0 to 20 |

use ewc_core::model::EnergyPoint;
use ewc_scenario::energy::HOUR_MS;

const COLUMNS: [(&str, f64, f64); 6] = [
    ("renewable_share", 0.0, 1.0),
    ("contracted_share", 0.0, 1.0),
    ("grid_kg_per_kwh", 0.0, 2.0),
    ("price_cny_per_kwh", -10.0, 100.0),
    ("pue", 1.0, 5.0),
    ("wue_l_per_kwh", 0.0, 20.0),
];
const BEIJING_OFFSET_HOURS: i64 = 8;
const DAY_ROWS: usize = 24;
const YEAR_ROWS: usize = 8760;

/// Figures for every hour of a typical day or year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    rows: Vec<EnergyPoint>,
}

/// What is wrong with a table, and where.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {detail}")]
pub struct CsvError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub detail: String,
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// The first line that cannot be used.
    pub fn parse(text: &str) -> Result<Self, CsvError> {
        let mut lines = text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.trim()));
        let header = lines.next().map_or("", |(_, line)| line);
        let order = columns(header)?;
        let rows = lines
            .filter(|(_, line)| !line.is_empty())
            .map(|(number, line)| row(number, line, &order))
            .collect::<Result<Vec<_>, _>>()?;
        let line = text.lines().count();
        match rows.len() {
            DAY_ROWS | YEAR_ROWS => Ok(Self { rows }),
            count => error(
                line,
                format!("{count} hours, expected {DAY_ROWS} or {YEAR_ROWS}"),
            ),
        }
    }

    /// The figures of `hours` hours from the hour of `start_ms` on.
    #[must_use]
    pub fn points(&self, start_ms: i64, hours: usize) -> Vec<EnergyPoint> {
        let first = start_ms.div_euclid(HOUR_MS) + BEIJING_OFFSET_HOURS;
        (0..hours)
            .map(|hour| self.rows[self.index(first + hour as i64)])
            .collect()
    }

    fn index(&self, local_hour: i64) -> usize {
        if self.rows.len() == DAY_ROWS {
            return local_hour.rem_euclid(24) as usize;
        }
        let (day, hour) = (local_hour.div_euclid(24), local_hour.rem_euclid(24));
        (day_of_typical_year(day) * 24 + hour) as usize
    }
}

/// Day of the year from 0; 29 February stands as 28 February.
fn day_of_typical_year(day_since_epoch: i64) -> i64 {
    // Years from March on, so that the leap day is the last of its year.
    let day_of_era = (day_since_epoch + 719_468).rem_euclid(146_097);
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_from_march = day_of_era - (365 * year + year / 4 - year / 100);
    (day_from_march.min(364) + 59) % 365
}

fn columns(header: &str) -> Result<Vec<usize>, CsvError> {
    let mut order = Vec::new();
    for name in header
        .trim_start_matches('\u{feff}')
        .split(',')
        .map(str::trim)
    {
        match COLUMNS.iter().position(|(column, ..)| *column == name) {
            Some(column) if order.contains(&column) => {
                return error(1, format!("column {name} is there twice"));
            }
            Some(column) => order.push(column),
            None => return error(1, format!("column {name:?} is unknown")),
        }
    }
    match (0..COLUMNS.len()).find(|column| !order.contains(column)) {
        Some(column) => error(1, format!("column {} is missing", COLUMNS[column].0)),
        None => Ok(order),
    }
}

fn row(number: usize, line: &str, order: &[usize]) -> Result<EnergyPoint, CsvError> {
    let cells: Vec<&str> = line.split(',').map(str::trim).collect();
    if cells.len() != order.len() {
        return error(
            number,
            format!("{} cells, expected {}", cells.len(), order.len()),
        );
    }
    let mut values = [0.0; COLUMNS.len()];
    for (cell, column) in cells.iter().zip(order) {
        let (name, least, most) = COLUMNS[*column];
        match cell.parse::<f64>() {
            // NaN is in no range.
            Ok(value) if (least..=most).contains(&value) => values[*column] = value,
            Ok(value) => {
                return error(number, format!("{name} {value} is not in {least}..={most}"));
            }
            Err(_) => return error(number, format!("{name} {cell:?} is not a number")),
        }
    }
    let [renewable, contracted, grid, price, pue, wue] = values;
    Ok(EnergyPoint {
        renewable_permille: rounded(renewable * 1e3) as u32,
        contracted_permille: rounded(contracted * 1e3) as u32,
        grid_mg_per_wh: rounded(grid * 1e3),
        price_micro_cny_per_kwh: rounded(price * 1e6),
        pue_permille: rounded(pue * 1e3) as u32,
        wue_ml_per_kwh: rounded(wue * 1e3),
    })
}

fn rounded(value: f64) -> i64 {
    value.round() as i64
}

fn error<T>(line: usize, detail: String) -> Result<T, CsvError> {
    Err(CsvError { line, detail })
}
