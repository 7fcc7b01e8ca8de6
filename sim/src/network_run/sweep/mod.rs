//! A grid over fields of a scenario: every combination of values with every seed is a cell.
//!
//! A cell that is finished has a file of its own in the folder, named by a digest of all that
//! decides it, and is not run again; what was interrupted left none. `results.csv` and
//! `results.json` hold the finished cells of the grid in its order, whichever thread ran which.

mod cell;
mod grid;
mod results;
#[cfg(test)]
mod tests;

use std::num::NonZero;
use std::path::{Path, PathBuf};

use ewc_scenario::{FieldError, FileError};

use crate::parallel;
use crate::run::RunError;
use cell::Cell;
pub use grid::Axis;

/// Cells of a grid at most.
const CELLS_MAX: usize = 100_000;
/// The folder of the cells, in that of the sweep.
const CELLS: &str = "cells";

/// A sweep that can begin: every combination was read.
#[derive(Debug)]
pub struct Sweep {
    scenario: PathBuf,
    name: String,
    axes: Vec<Axis>,
    folder: PathBuf,
    cells: Vec<Cell>,
}

/// What a sweep has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Cells that are finished.
    pub finished: usize,
    /// All of them.
    pub cells: usize,
    /// Those of them that were finished before.
    pub known: usize,
}

/// Why a sweep cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// A field or its values.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The scenario with the values of a cell.
    #[error("{cell}: {problem}")]
    Scenario {
        /// The values.
        cell: String,
        /// What is wrong.
        problem: FileError,
    },
    /// The scenario is of one site.
    #[error("{}: is of one site; choose one of a network", .0.display())]
    OneSite(PathBuf),
    /// The grid is too large.
    #[error("the grid has {0} cells; at most 100000 are possible: give fewer values or seeds")]
    TooLarge(usize),
    /// A run.
    #[error("{cell}: {problem}")]
    Run {
        /// The values and the seed.
        cell: String,
        /// What went wrong.
        problem: RunError,
    },
    /// The folder.
    #[error(transparent)]
    Folder(#[from] RunError),
}

impl Sweep {
    /// Reads the scenario with every combination of the values, and looks for what is finished in
    /// the folder, which is made if it is not there.
    ///
    /// # Errors
    /// A combination is no scenario, the grid is too large, or the folder is of something else.
    pub fn new(
        scenario: &Path,
        axes: Vec<Axis>,
        seeds: u32,
        folder: &Path,
    ) -> Result<Sweep, SweepError> {
        grid::check(&axes)?;
        let combinations = axes.iter().map(|axis| axis.values.len());
        let combinations = combinations.fold(1, usize::saturating_mul);
        let count = combinations.saturating_mul(seeds as usize);
        if count > CELLS_MAX {
            return Err(SweepError::TooLarge(count));
        }
        let mut cells = Vec::with_capacity(count);
        let mut name = String::new();
        for values in grid::combinations(&axes) {
            let run = cell::load(scenario, &axes, &values)?;
            name.clone_from(&run.name);
            cell::with_seeds(&run, &values, seeds, &mut cells)?;
        }
        cell::prepare(folder, CELLS)?;
        let within = folder.join(CELLS);
        for cell in &mut cells {
            cell.look(&within);
        }
        Ok(Sweep {
            scenario: scenario.to_owned(),
            name,
            axes,
            folder: folder.to_owned(),
            cells,
        })
    }

    /// Cells that are finished already, and all.
    pub fn known(&self) -> (usize, usize) {
        let known = self.cells.iter().filter(|cell| cell.is_finished());
        (known.count(), self.cells.len())
    }

    /// Runs what is not finished, on so many threads, and writes the results. `go_on` is asked now
    /// and then; after the first `false` the results hold what is finished, and say so. `progress`
    /// hears how many cells are done of those that have to be run.
    ///
    /// # Errors
    /// The first cell that fails, in the order of the grid; or a file cannot be written.
    pub fn run(
        mut self,
        threads: NonZero<usize>,
        go_on: impl Fn() -> bool + Sync,
        progress: impl Fn(usize, usize) + Sync,
    ) -> Result<Swept, SweepError> {
        let (known, cells) = self.known();
        let within = self.folder.join(CELLS);
        let open = |at: &usize| !self.cells[*at].is_finished();
        let open: Vec<usize> = (0..cells).filter(open).collect();
        let work = |at: &usize| match go_on() {
            true => self.cells[*at].run((&self.scenario, &self.axes), &within, &go_on),
            false => Ok(None),
        };
        let done = parallel::map(&open, threads, work, progress);
        let mut failed = None;
        for (at, outcome) in open.into_iter().zip(done) {
            match outcome {
                Ok(indicators) => self.cells[at].indicators = indicators,
                Err(problem) => _ = failed.get_or_insert(problem),
            }
        }
        results::write(&self.folder, &self.name, &self.axes, &self.cells)?;
        match failed {
            Some(error) => Err(error),
            None => Ok(Swept {
                finished: self.known().0,
                cells,
                known,
            }),
        }
    }
}
