//! The rows of a Parquet file as jobs, by a mapping of its columns. Flat columns of numbers, texts
//! and times; uncompressed, or compressed by Snappy or Zstandard.
//!
//! Holds some rows of the mapped columns, and of each its present page. Errors name the row where
//! those of texts name the line.

mod cells;
#[cfg(test)]
mod tests;

use std::fs::File;

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};

use super::mapping::{Cell, Clock, Mapper, Mapping, RowProblem};
use super::source::until_ended;
use super::{InOrder, JobSource, TraceCounts, TraceError, TraceJob, TraceProblem};
use crate::input::TableProblem;
use cells::{Column, Value};

/// Rows that are held.
const ROWS_HELD: usize = 1024;

/// The jobs of a Parquet file.
pub struct ParquetJobs {
    reader: SerializedFileReader<File>,
    header: Vec<String>,
    mapper: Mapper,
    /// Positions of the columns that are read.
    read: Vec<usize>,
    /// The columns of the present row group, in the order of `read`.
    columns: Vec<Column>,
    /// Rows left in it that are not held yet.
    left: usize,
    next_group: usize,
    /// Values that are held, by column, and the next row of them.
    held: Vec<Vec<Value>>,
    at: usize,
    row: u64,
    file: String,
    clock: Clock,
    ended: bool,
}

impl ParquetJobs {
    /// Reads the schema. Errors name `file`.
    ///
    /// # Errors
    /// It is no Parquet file, is cut off, or has not the columns of the mapping and no other.
    pub fn open(
        reader: File,
        file: &str,
        mapping: &Mapping,
    ) -> Result<InOrder<ParquetJobs>, TraceError> {
        let at_start = |problem: TraceProblem| TraceError {
            file: file.to_owned(),
            line: 0,
            problem,
        };
        let reader = SerializedFileReader::new(reader).map_err(|error| at_start(damaged(error)))?;
        let schema = reader.metadata().file_metadata().schema_descr();
        let fields = schema.root_schema().get_fields();
        let header: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
        let mapper = Mapper::new(mapping.clone(), &header).map_err(at_start)?;
        let read = mapper.read();
        if let Some(nested) = read.iter().find(|at| !cells::is_flat(&fields[**at])) {
            let column = header[*nested].clone();
            return Err(at_start(TraceProblem::ColumnNested(column)));
        }
        let jobs = ParquetJobs {
            header,
            mapper,
            held: vec![Vec::new(); read.len()],
            read,
            reader,
            columns: Vec::new(),
            left: 0,
            next_group: 0,
            at: 0,
            row: 0,
            file: file.to_owned(),
            clock: mapping.units.clock,
            ended: false,
        };
        Ok(InOrder::new(jobs, file, mapping.repair().rows_ahead))
    }

    fn next_job(&mut self) -> Result<Option<TraceJob>, TraceProblem> {
        loop {
            if self.at >= self.held.first().map_or(0, Vec::len) && !self.hold().map_err(damaged)? {
                return Ok(None);
            }
            self.row += 1;
            let (read, held, at) = (&self.read, &self.held, self.at);
            self.at += 1;
            let cell = |place: usize| {
                let column = read.iter().position(|read| *read == place);
                column.map_or(Cell::Empty, |column| held[column][at].cell())
            };
            match self.mapper.job(self.row, &cell) {
                Ok(Some(job)) => return Ok(Some(job)),
                Ok(None) => {}
                Err(RowProblem::Field(place, expected)) => {
                    return Err(TraceProblem::Table(TableProblem::Field {
                        column: self.header[place].clone(),
                        value: cell(place).to_string().chars().take(40).collect(),
                        expected,
                    }));
                }
                Err(RowProblem::Other(problem)) => return Err(problem),
            }
        }
    }

    /// Reads some more rows; false at the end of the file.
    fn hold(&mut self) -> Result<bool, ParquetError> {
        while self.left == 0 {
            if self.next_group >= self.reader.num_row_groups() {
                return Ok(false);
            }
            let group = self.reader.get_row_group(self.next_group)?;
            self.next_group += 1;
            self.left = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
            let fields = self.reader.metadata().file_metadata().schema_descr();
            let open = |place: &usize| Column::open(&*group, fields.root_schema(), *place);
            self.columns = self.read.iter().map(open).collect::<Result<_, _>>()?;
        }
        let wanted = self.left.min(ROWS_HELD);
        for (column, held) in self.columns.iter_mut().zip(&mut self.held) {
            held.clear();
            column.read(wanted, held)?;
            if held.len() != wanted {
                let message = "a column ends before the others";
                return Err(ParquetError::EOF(message.to_owned()));
            }
        }
        self.left -= wanted;
        self.at = 0;
        Ok(true)
    }
}

fn damaged(error: ParquetError) -> TraceProblem {
    TraceProblem::Parquet(error.to_string())
}

impl Iterator for ParquetJobs {
    type Item = Result<TraceJob, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let found = self.next_job();
        let located = |problem| TraceError {
            file: self.file.clone(),
            line: self.row,
            problem,
        };
        until_ended(found.map_err(located), &mut self.ended)
    }
}

impl JobSource for ParquetJobs {
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
