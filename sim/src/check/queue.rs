//! Table A: disciplines of a queue on the log KTH-SP2.

use std::path::Path;
use std::sync::Arc;

use super::error::CheckError;
use super::files::Source;
use super::published::queue as published;
use super::result::{Cell, TableReport};
use super::run::{Found, Piece, Work};
use crate::site::queue::{
    Discipline, EVENT_RULE, Estimate, Indicators, LogError, LogJobs, Machine, QueuedJob,
    ReplayError, replay,
};
use crate::workload::swf;

/// Processors of the machine.
pub const KTH_PROCESSORS: u32 = 100;
const LOG: &str = "swf/KTH-SP2-filtered.swf.gz";

/// The jobs of the log KTH-SP2 in the folder of the traces.
///
/// # Errors
/// The log is missing or damaged.
pub fn kth_sp2(data: &Path, estimate: Estimate) -> Result<Vec<QueuedJob>, CheckError> {
    let source = Source::new(data, LOG);
    let rows = swf::read(source.open()?);
    let jobs: Result<Vec<QueuedJob>, LogError> = LogJobs::new(rows, estimate).collect();
    jobs.map_err(|error| source.error(error))
}

pub(super) fn work(data: &Path) -> Result<Work, CheckError> {
    let source = Arc::new(Source::new(data, LOG));
    let runs: [(Discipline, Estimate, Told); 4] = [
        (Discipline::Easy, Estimate::Requested, Run::easy),
        (Discipline::Easy, Estimate::Actual, |run| {
            vec![run.slowdown(published::EASY_ACTUAL)]
        }),
        (Discipline::EasySjbf, Estimate::Requested, |run| {
            vec![run.slowdown(published::EASY_SJBF_REQUESTED)]
        }),
        (Discipline::Fcfs, Estimate::Requested, |run| {
            vec![run.wait()]
        }),
    ];
    let mut pieces: Vec<Piece> = Vec::new();
    let mut rules = vec![EVENT_RULE.to_owned()];
    for (discipline, estimate, told) in runs {
        let rule = format!("{discipline}: {}", discipline.tie_rule());
        if !rules.contains(&rule) {
            rules.push(rule);
        }
        let jobs = kth_sp2(data, estimate)?;
        let source = Arc::clone(&source);
        pieces.push(Box::new(move || {
            let mut machine = Machine::new(KTH_PROCESSORS, discipline);
            let mut indicators = Indicators::default();
            let stream = jobs.iter().map(|job| Ok::<_, LogError>(*job));
            let ended = replay(&mut machine, stream, |done| {
                indicators.add(done);
                true
            });
            ended.map_err(|error| match error {
                ReplayError::Source(error) => source.error(error),
                ReplayError::Queue(error) => source.error(error),
            })?;
            let run = Run {
                row: format!("{discipline}, {estimate} times"),
                indicators,
            };
            Ok(Found::Cells(told(&run)))
        }));
    }
    Ok(Work {
        source: published::SOURCE,
        rules,
        pieces,
        finish,
    })
}

/// The cells of a run.
type Told = fn(&Run) -> Vec<Cell>;

struct Run {
    row: String,
    indicators: Indicators,
}

impl Run {
    fn slowdown(&self, published: f64) -> Cell {
        let ours = self.indicators.mean_bounded_slowdown();
        self.cell("mean bounded slowdown", published, ours)
    }

    fn wait(&self) -> Cell {
        let ours = self.indicators.mean_wait_s();
        let cell = self.cell("mean wait, s", published::FCFS_WAIT_S, ours);
        Cell {
            tolerance: published::WAIT_TOLERANCE_S,
            ..cell
        }
    }

    fn easy(&self) -> Vec<Cell> {
        let utilisation = self.indicators.utilisation(KTH_PROCESSORS);
        let makespan = self.indicators.makespan_s();
        vec![
            self.slowdown(published::EASY_REQUESTED),
            self.cell("utilisation", published::EASY_UTILISATION, utilisation),
            self.cell("makespan, s", published::EASY_MAKESPAN_S, makespan),
        ]
    }

    fn cell(&self, column: &str, published: f64, ours: f64) -> Cell {
        Cell {
            row: self.row.clone(),
            column: column.to_owned(),
            published,
            ours,
            tolerance: published::TOLERANCE,
        }
    }
}

fn finish(found: Vec<Found>, report: &mut TableReport) {
    for piece in found {
        if let Found::Cells(cells) = piece {
            report.cells.extend(cells);
        }
    }
}
