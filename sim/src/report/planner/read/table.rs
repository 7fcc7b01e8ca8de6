//! Tables of a folder: by the names of their columns, each error with file and line.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::ReportError;
use crate::input::{Row, Table, TableError};

/// A table that is read row by row.
pub(super) struct TableIn {
    pub(super) path: PathBuf,
    table: Table<File>,
    positions: Vec<usize>,
}

impl TableIn {
    /// Opens `name` in the folder; `columns` must be there, in any order and among others.
    pub(super) fn open(
        folder: &Path,
        name: &str,
        columns: &[&'static str],
    ) -> Result<TableIn, ReportError> {
        let path = folder.join(name);
        let file = File::open(&path).map_err(|problem| ReportError::of_file(&path, problem))?;
        let wrong = |problem| ReportError::Table {
            path: path.clone(),
            problem,
        };
        let table = Table::open(file, columns, None).map_err(wrong)?;
        let positions = columns.iter().filter_map(|name| table.position(name));
        Ok(TableIn {
            positions: positions.collect(),
            table,
            path,
        })
    }

    /// The next row; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<RowIn<'_>>, ReportError> {
        let row = match self.table.next_row() {
            Ok(row) => row,
            Err(problem) => {
                return Err(ReportError::Table {
                    path: self.path.clone(),
                    problem,
                });
            }
        };
        Ok(row.map(|row| RowIn {
            path: &self.path,
            positions: &self.positions,
            row,
        }))
    }
}

/// A row; columns are counted as they were asked for.
pub(super) struct RowIn<'t> {
    path: &'t Path,
    positions: &'t [usize],
    row: Row<'t>,
}

impl RowIn<'_> {
    pub(super) fn text(&self, column: usize) -> &str {
        self.row.text(self.positions[column])
    }

    /// A finite number.
    pub(super) fn number(&self, column: usize) -> Result<f64, ReportError> {
        let number = self.optional(column)?;
        number.ok_or_else(|| self.wrong(column, "a number"))
    }

    /// A finite number, or nothing where the field is empty.
    pub(super) fn optional(&self, column: usize) -> Result<Option<f64>, ReportError> {
        if self.text(column).is_empty() {
            return Ok(None);
        }
        let number = self.text(column).parse().ok();
        match number.filter(|number: &f64| number.is_finite()) {
            Some(number) => Ok(Some(number)),
            None => Err(self.wrong(column, "a number")),
        }
    }

    /// What a name in that column stands for.
    pub(super) fn known(
        &self,
        column: usize,
        names: &BTreeMap<String, usize>,
        of_what: &str,
    ) -> Result<usize, ReportError> {
        let name = self.text(column);
        let known = names.get(name).copied();
        known.ok_or_else(|| {
            let shown: String = name.chars().take(40).collect();
            let problem = format!("{shown:?} is none of the {of_what}");
            ReportError::of_line(self.path, self.row.line(), problem)
        })
    }

    fn wrong(&self, column: usize, expected: &'static str) -> ReportError {
        let problem: TableError = self.row.wrong(self.positions[column], expected);
        ReportError::Table {
            path: self.path.to_owned(),
            problem,
        }
    }
}
