//! The cells of the tables, spread over threads.

use std::num::NonZero;
use std::path::Path;
use std::str::FromStr;

use super::error::CheckError;
use super::result::{Cell, Planned, Report, TableReport};
use super::{placement, queue, regions, shifting};
use crate::parallel;

/// A published table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TableName {
    /// A: a batch queue.
    Queue,
    /// B: GPU tasks on nodes.
    Placement,
    /// C: work between regions.
    Regions,
    /// D: work in time.
    Shifting,
}

impl TableName {
    /// All of them.
    pub const ALL: [TableName; 4] = [
        TableName::Queue,
        TableName::Placement,
        TableName::Regions,
        TableName::Shifting,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            TableName::Queue => "queue",
            TableName::Placement => "placement",
            TableName::Regions => "regions",
            TableName::Shifting => "shifting",
        }
    }
}

/// The name of no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("table {0:?} is not known; choose of queue, placement, regions, shifting")]
pub struct UnknownTable(String);

impl FromStr for TableName {
    type Err = UnknownTable;

    fn from_str(name: &str) -> Result<TableName, UnknownTable> {
        let found = TableName::ALL.into_iter().find(|t| t.name() == name);
        found.ok_or_else(|| UnknownTable(name.to_owned()))
    }
}

/// A piece of a table that can be worked out by itself.
pub(super) type Piece = Box<dyn Fn() -> Result<Found, CheckError> + Send + Sync>;

/// What a piece gives to its table.
pub(super) enum Found {
    /// Cells as they are.
    Cells(Vec<Cell>),
    /// One of several runs over which a cell is the mean.
    Samples(Vec<f64>),
    /// A cell of the planner.
    Planned(Planned),
}

/// A table before and after its pieces.
pub(super) struct Work {
    pub(super) source: &'static str,
    pub(super) rules: Vec<String>,
    pub(super) pieces: Vec<Piece>,
    pub(super) finish: fn(Vec<Found>, &mut TableReport),
}

/// Works tables out from the folder of the traces, on so many threads. `progress` hears how many
/// pieces of how many are done.
///
/// # Errors
/// A file is missing or is not what it should be.
pub fn run(
    data: &Path,
    tables: &[TableName],
    threads: NonZero<usize>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Report, CheckError> {
    let mut works = Vec::new();
    for table in tables {
        let work = match table {
            TableName::Queue => queue::work(data)?,
            TableName::Placement => placement::work(data)?,
            TableName::Regions => regions::work(data)?,
            TableName::Shifting => shifting::work(data)?,
        };
        works.push((table.name(), work));
    }
    let pieces: Vec<&Piece> = works.iter().flat_map(|(_, work)| &work.pieces).collect();
    let found = parallel::map(&pieces, threads, |piece| piece(), progress);
    let mut found = found.into_iter();
    let mut reports = Vec::new();
    for (name, work) in &works {
        let of_table = found.by_ref().take(work.pieces.len());
        let mut report = TableReport {
            name,
            source: work.source,
            rules: work.rules.clone(),
            cells: Vec::new(),
            planned: Vec::new(),
        };
        (work.finish)(of_table.collect::<Result<_, _>>()?, &mut report);
        reports.push(report);
    }
    Ok(Report { tables: reports })
}
