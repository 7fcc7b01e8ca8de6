//! The rows of a table with a header as jobs, by a mapping of its columns.

use std::io::Read;

use super::mapping::{Cell, Clock, Mapper, Mapping, RowProblem};
use super::source::until_ended;
use super::{InOrder, JobSource, TraceCounts, TraceError, TraceJob, TraceProblem};
use crate::input::{Table, TableError};

/// The jobs of a table: fields parted by commas, plain or compressed by gzip.
pub struct CsvJobs<R: Read> {
    table: Table<R>,
    mapper: Mapper,
    file: String,
    clock: Clock,
    ended: bool,
}

impl<R: Read> CsvJobs<R> {
    /// Reads the header. Errors name `file`.
    ///
    /// # Errors
    /// There is no header, or it has not the columns of the mapping and no other.
    pub fn open(
        reader: R,
        file: &str,
        mapping: &Mapping,
    ) -> Result<InOrder<CsvJobs<R>>, TraceError> {
        let table = Table::open(reader, &[], None).map_err(|error| located(file, error))?;
        let rows_ahead = mapping.repair().rows_ahead;
        let mapper = Mapper::new(mapping.clone(), table.columns());
        let jobs = CsvJobs {
            mapper: mapper.map_err(|problem| TraceError {
                file: file.to_owned(),
                line: table.line(),
                problem,
            })?,
            table,
            file: file.to_owned(),
            clock: mapping.units.clock,
            ended: false,
        };
        Ok(InOrder::new(jobs, file, rows_ahead))
    }

    fn next_job(&mut self) -> Result<Option<TraceJob>, TraceError> {
        loop {
            let row = self.table.next_row();
            let Some(row) = row.map_err(|error| located(&self.file, error))? else {
                return Ok(None);
            };
            let line = row.line();
            let found = self.mapper.job(line, &|place| Cell::of(row.text(place)));
            match found {
                Ok(Some(job)) => return Ok(Some(job)),
                Ok(None) => {}
                Err(RowProblem::Field(place, expected)) => {
                    return Err(located(&self.file, row.wrong(place, expected)));
                }
                Err(RowProblem::Other(problem)) => {
                    let file = self.file.clone();
                    return Err(TraceError {
                        file,
                        line,
                        problem,
                    });
                }
            }
        }
    }
}

fn located(file: &str, error: TableError) -> TraceError {
    TraceError {
        file: file.to_owned(),
        line: error.line,
        problem: TraceProblem::Table(error.problem),
    }
}

impl<R: Read> Iterator for CsvJobs<R> {
    type Item = Result<TraceJob, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let found = self.next_job();
        until_ended(found, &mut self.ended)
    }
}

impl<R: Read> JobSource for CsvJobs<R> {
    fn counts(&self) -> TraceCounts {
        self.mapper.counts
    }

    fn processors_max(&self) -> Option<i64> {
        None
    }

    fn unix_start_ms(&self) -> Option<i64> {
        (self.clock != Clock::Start).then_some(0)
    }
}
