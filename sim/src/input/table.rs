//! Tables with a header: fields parted by commas, quoted by `"`, a row a line.

use std::collections::BTreeMap;
use std::io::Read;
use std::str::FromStr;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::{InputProblem, LINE_BYTES_MAX, Lines};

/// Most columns of a table.
const COLUMNS_MAX: usize = 4096;

/// An error with the line it stands in, counted from 1.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct TableError {
    /// The line.
    pub line: u64,
    /// What is wrong.
    #[source]
    pub problem: TableProblem,
}

/// What is wrong with a line of a table.
#[derive(Debug, thiserror::Error)]
pub enum TableProblem {
    /// The line could not be had.
    #[error(transparent)]
    Input(#[from] InputProblem),
    /// The file ends before its first line.
    #[error("there is no header; the first line names the columns")]
    NoHeader,
    /// A column that is needed is not there.
    #[error("column {0:?} is missing; the header has to name it")]
    MissingColumn(&'static str),
    /// A column that nobody knows.
    #[error("column {column:?} is not known; known are {known}")]
    UnknownColumn {
        /// The name in the header.
        column: String,
        /// All names there may be.
        known: String,
    },
    /// The row is shorter or longer than the header.
    #[error("has {found} fields where the header names {expected}")]
    FieldCount {
        /// Fields of the row.
        found: usize,
        /// Columns of the header.
        expected: usize,
    },
    /// The line is not text, ends within quotes, or has too many fields.
    #[error("is not a row of UTF-8 fields parted by commas (an open quote, or other bytes)")]
    NotARow,
    /// A field is not what the column holds.
    #[error("column {column:?} is {value:?}; give {expected}")]
    Field {
        /// The column.
        column: String,
        /// What stands there, shortened.
        value: String,
        /// What should.
        expected: &'static str,
    },
    /// Two rows have the same name.
    #[error("{name:?} is there twice, first in line {first}; names must differ")]
    Duplicate {
        /// The name.
        name: String,
        /// Where it stands for the first time.
        first: u64,
    },
}

/// A table that is read row by row.
pub struct Table<R: Read> {
    lines: Lines<R>,
    columns: Vec<String>,
    fields: Fields,
}

impl<R: Read> Table<R> {
    /// Reads the header. The columns in `required` must be there, those in `optional` may be; when
    /// `optional` is `None`, so may any other.
    ///
    /// # Errors
    /// There is no header, or it names other columns.
    pub fn open(
        reader: R,
        required: &[&'static str],
        optional: Option<&[&'static str]>,
    ) -> Result<Table<R>, TableError> {
        let mut table = Table {
            lines: Lines::new(reader),
            columns: Vec::new(),
            fields: Fields::new(),
        };
        if !table.advance()? {
            return Err(table.error(TableProblem::NoHeader));
        }
        table.columns = table.fields.iter().map(str::to_owned).collect();
        for &name in required {
            if !table.columns.iter().any(|column| column == name) {
                return Err(table.error(TableProblem::MissingColumn(name)));
            }
        }
        if let Some(optional) = optional {
            let known: Vec<&str> = required.iter().chain(optional).copied().collect();
            let stranger = table.columns.iter().find(|c| !known.contains(&c.as_str()));
            if let Some(column) = stranger.cloned() {
                let known = known.join(", ");
                return Err(table.error(TableProblem::UnknownColumn { column, known }));
            }
        }
        Ok(table)
    }

    /// Names of the columns, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The line read last, counted from 1.
    pub fn line(&self) -> u64 {
        self.lines.number()
    }

    /// Where a column stands, if it is there.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|name| name == column)
    }

    /// The next row; `None` at the end. Blank lines are passed over.
    ///
    /// # Errors
    /// The line cannot be read, or has not as many fields as the header.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, TableError> {
        if !self.advance()? {
            return Ok(None);
        }
        let (found, expected) = (self.fields.count, self.columns.len());
        if found != expected {
            return Err(self.error(TableProblem::FieldCount { found, expected }));
        }
        Ok(Some(Row {
            columns: &self.columns,
            fields: &self.fields,
            line: self.lines.number(),
        }))
    }

    fn advance(&mut self) -> Result<bool, TableError> {
        loop {
            match self.lines.advance() {
                Ok(true) if self.lines.line().trim_ascii().is_empty() => {}
                Ok(true) => break,
                Ok(false) => return Ok(false),
                Err(problem) => return Err(self.error(problem.into())),
            }
        }
        match self.fields.split(self.lines.line()) {
            true => Ok(true),
            false => Err(self.error(TableProblem::NotARow)),
        }
    }

    fn error(&self, problem: TableProblem) -> TableError {
        let line = self.lines.number();
        TableError { line, problem }
    }
}

/// One row.
pub struct Row<'t> {
    columns: &'t [String],
    fields: &'t Fields,
    line: u64,
}

impl Row<'_> {
    /// Its line, counted from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// What stands in the column at that position.
    ///
    /// # Panics
    /// There are not so many columns.
    pub fn text(&self, position: usize) -> &str {
        self.fields.get(position)
    }

    /// What stands in that column, as a number or another type with a written form.
    ///
    /// # Errors
    /// It is not `expected`.
    pub fn parse<T: FromStr>(
        &self,
        position: usize,
        expected: &'static str,
    ) -> Result<T, TableError> {
        let parsed = self.text(position).trim().parse();
        parsed.map_err(|_| self.wrong(position, expected))
    }

    /// That what stands in that column is not `expected`.
    pub fn wrong(&self, position: usize, expected: &'static str) -> TableError {
        const SHOWN: usize = 40;
        TableError {
            line: self.line,
            problem: TableProblem::Field {
                column: self.columns[position].clone(),
                value: self.text(position).chars().take(SHOWN).collect(),
                expected,
            },
        }
    }

    /// Remembers the name in that column, and its line.
    ///
    /// # Errors
    /// The name was there before.
    pub fn unique(
        &self,
        position: usize,
        seen: &mut BTreeMap<String, u64>,
    ) -> Result<(), TableError> {
        let name = self.text(position).to_owned();
        match seen.insert(name.clone(), self.line) {
            None => Ok(()),
            Some(first) => Err(TableError {
                line: self.line,
                problem: TableProblem::Duplicate { name, first },
            }),
        }
    }
}

/// The fields of one line.
struct Fields {
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
}

impl Fields {
    fn new() -> Fields {
        Fields {
            reader: ReaderBuilder::new().build(),
            text: vec![0; LINE_BYTES_MAX],
            ends: vec![0; COLUMNS_MAX],
            count: 0,
        }
    }

    /// Splits a line; false when it is no row.
    fn split(&mut self, line: &[u8]) -> bool {
        self.reader.reset();
        let line = line.trim_ascii_end();
        let (mut rest, mut text, mut ends) = (line, 0, 0);
        loop {
            // The reader knows that a row is over by the end of line, which is given anew here: so
            // an open quote shows.
            let input: &[u8] = if rest.is_empty() { b"\n" } else { rest };
            let (result, read, written, ended) =
                self.reader
                    .read_record(input, &mut self.text[text..], &mut self.ends[ends..]);
            let closing = rest.is_empty();
            rest = rest.get(read..).unwrap_or(&[]);
            (text, ends) = (text + written, ends + ended);
            match result {
                ReadRecordResult::Record => break,
                ReadRecordResult::InputEmpty if !closing => {}
                _ => return false,
            }
        }
        self.count = ends;
        rest.is_empty() && std::str::from_utf8(&self.text[..text]).is_ok()
    }

    fn get(&self, position: usize) -> &str {
        assert!(position < self.count, "a row has the columns of its header");
        let start = position
            .checked_sub(1)
            .map_or(0, |before| self.ends[before]);
        std::str::from_utf8(&self.text[start..self.ends[position]]).unwrap_or_default()
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.count).map(|position| self.get(position))
    }
}
