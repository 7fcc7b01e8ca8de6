//! Which column of a table is what of a job: a small file in TOML.
//!
//! ```toml
//! [columns]                 # names in the header; submit, run, and cores or accelerators at least
//! submit = "arrival_time"
//! run = "length"
//! cores = "cpus"            # of the whole job
//! # accelerators, memory (of the whole job), requested (run time asked for), id, tenant, deadline;
//! # ended instead of run, and started where that is not submit
//! ignore = ["note"]         # the other columns; ["*"] ignores all others
//!
//! [units]                   # what is left out has the value that stands here
//! clock = "start"           # times count from the trace's start; or "epoch" (1970),
//!                           # or "iso": 2025-06-01 08:00:00, 2025-06-01T08:00:00.5+08:00
//! utc_offset = "+00:00"     # of ISO times that name none
//! submit = "s"              # of all times: ms, s, m, h, d
//! run = "s"                 # of run and requested
//! cores = "cores"           # or "millicores"
//! memory = "MiB"            # or "B", "KiB", "GiB"
//!
//! [repair]
//! leave_out = false         # leave out and count what is otherwise an error
//! rows_ahead = 0            # so many rows are looked ahead to put them in order
//! ```
//!
//! An empty field is unknown; submit, id and what tells the size must not be. Without a column for
//! ids, the number of the row is the id.

mod cell;
mod places;
mod row;
mod units;

use std::path::Path;

use serde::Deserialize;

use super::{ROWS_AHEAD_MAX, Repair};

pub(super) use cell::Cell;
pub(super) use places::Places;
pub(super) use row::{Mapper, RowProblem};
pub use units::{Clock, CoresUnit, MemoryUnit, TimeUnit, Units};

/// Largest file of a mapping.
const SIZE_BYTES_MAX: u64 = 1 << 20;

/// Mappings of published traces, by name.
const READY: [(&str, &str); 4] = [
    ("ewc", include_str!("ready/ewc.toml")),
    ("gaia", include_str!("ready/gaia.toml")),
    ("openb", include_str!("ready/openb.toml")),
    ("philly", include_str!("ready/philly.toml")),
];

/// Which column is what.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Names of the columns.
    pub columns: Columns,
    /// What their numbers count.
    #[serde(default)]
    pub units: Units,
    /// What happens to rows that break a rule.
    #[serde(default, rename = "repair")]
    repair_section: RepairSection,
}

/// Names of the columns, as in the header.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// When it was submitted.
    pub submit: String,
    /// How long it ran; or else `ended` says it.
    pub run: Option<String>,
    /// When it started, where `ended` is given; without a value, when it was submitted.
    pub started: Option<String>,
    /// When it ended.
    pub ended: Option<String>,
    /// Cores of the whole job.
    pub cores: Option<String>,
    /// Accelerators of the whole job.
    pub accelerators: Option<String>,
    /// Memory of the whole job.
    pub memory: Option<String>,
    /// The run time that was asked for.
    pub requested: Option<String>,
    /// Its name.
    pub id: Option<String>,
    /// Who owns it.
    pub tenant: Option<String>,
    /// By when it is to end.
    pub deadline: Option<String>,
    /// Columns that nobody reads; `"*"` is all others.
    #[serde(default)]
    pub ignore: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RepairSection {
    leave_out: bool,
    rows_ahead: u32,
}

/// Why a mapping cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// It is neither a ready mapping nor a file that can be read.
    #[error("mapping {name}: {problem}; give a file, or one of {}", ready_names().join(", "))]
    Unreadable {
        /// As it was named.
        name: String,
        /// What the system says.
        problem: std::io::Error,
    },
    /// It is no TOML, or a field is missing, unknown or wrong.
    #[error("mapping {name}: {problem}")]
    Syntax {
        /// As it was named.
        name: String,
        /// The parser's words, with the line.
        problem: String,
    },
    /// A value is out of range, or says what cannot be.
    #[error("mapping {name}: {field}: {problem}")]
    Field {
        /// As it was named.
        name: String,
        /// Path of the field.
        field: &'static str,
        /// What is wrong, and what to do.
        problem: String,
    },
}

/// Names of the mappings that are built in.
pub fn ready_names() -> Vec<&'static str> {
    READY.iter().map(|(name, _)| *name).collect()
}

impl Mapping {
    /// A built-in mapping by its name, or else a file.
    ///
    /// # Errors
    /// Names the mapping and what is wrong with it.
    pub fn load(name: &str) -> Result<Mapping, MappingError> {
        if let Some((_, text)) = READY.iter().find(|(ready, _)| *ready == name) {
            return Mapping::parse(name, text);
        }
        let text = read(Path::new(name)).map_err(|problem| MappingError::Unreadable {
            name: name.to_owned(),
            problem,
        })?;
        Mapping::parse(name, &text)
    }

    /// Reads the text of a file. Errors name `name`.
    ///
    /// # Errors
    /// Names the line, or the field, and what is wrong with it.
    pub fn parse(name: &str, text: &str) -> Result<Mapping, MappingError> {
        let mapping: Mapping = toml::from_str(text).map_err(|error| MappingError::Syntax {
            name: name.to_owned(),
            problem: error.to_string().trim_end().to_owned(),
        })?;
        match mapping.check() {
            Ok(()) => Ok(mapping),
            Err((field, problem)) => Err(MappingError::Field {
                name: name.to_owned(),
                field,
                problem,
            }),
        }
    }

    /// What happens to rows that break a rule.
    pub fn repair(&self) -> Repair {
        Repair {
            leave_out: self.repair_section.leave_out,
            rows_ahead: self.repair_section.rows_ahead,
        }
    }

    /// The same with other repairs.
    #[must_use]
    pub fn with_repair(mut self, repair: Repair) -> Mapping {
        self.repair_section = RepairSection {
            leave_out: repair.leave_out,
            rows_ahead: repair.rows_ahead,
        };
        self
    }

    fn check(&self) -> Result<(), (&'static str, String)> {
        let columns = &self.columns;
        if columns.cores.is_none() && columns.accelerators.is_none() {
            let problem = "name a column for cores or for accelerators";
            return Err(("columns", problem.to_owned()));
        }
        match (&columns.run, &columns.ended, &columns.started) {
            (Some(_), None, None) | (None, Some(_), _) => {}
            (None, None, _) => {
                let problem = "name a column for run, or one for ended";
                return Err(("columns", problem.to_owned()));
            }
            (Some(_), _, _) => {
                let problem = "leave out started and ended, or run";
                return Err(("columns.run", problem.to_owned()));
            }
        }
        let ahead = self.repair_section.rows_ahead;
        if ahead > ROWS_AHEAD_MAX {
            let problem = format!("{ahead} rows are more than memory is kept for; give at most");
            return Err(("repair.rows_ahead", format!("{problem} {ROWS_AHEAD_MAX}")));
        }
        let offset = &self.units.utc_offset;
        units::check_offset(offset).map_err(|problem| ("units.utc_offset", problem))
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    use std::io::Read as _;
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    file.take(SIZE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}
