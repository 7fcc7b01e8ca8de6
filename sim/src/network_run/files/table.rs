//! A table of the results: text with commas, and beside it the same rows as Parquet.
//!
//! Whoever writes the table knows nothing of its twin: lines are taken apart as they pass, each
//! column by the type that [`COLUMNS`] has for its name. A row group holds so many rows, and so
//! much is held of a table, however long it grows. An empty field is a null.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use crate::run::RunError;
use crate::run::folder::create;
use crate::workload::trace::write::{compressed, write_column};

/// Rows of a row group.
const GROUP_ROWS: usize = 1 << 14;

/// What the fields of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Whole,
    Real,
    /// 0 or 1 in the text.
    Flag,
}

/// The columns that are no real numbers. A name means the same in every table.
const COLUMNS: [(&str, Kind); 28] = [
    ("job_id", Kind::Whole),
    ("workload_name", Kind::Text),
    ("profile", Kind::Text),
    ("requested_number_of_resources", Kind::Whole),
    ("success", Kind::Flag),
    ("final_state", Kind::Text),
    ("allocated_resources", Kind::Text),
    ("metadata", Kind::Text),
    ("site", Kind::Text),
    ("wan_bytes", Kind::Whole),
    ("attempts", Kind::Whole),
    ("silent", Kind::Flag),
    ("memory_mib_usable", Kind::Whole),
    ("memory_mib_reserved", Kind::Whole),
    ("accelerators_usable", Kind::Whole),
    ("accelerators_reserved", Kind::Whole),
    ("link", Kind::Text),
    ("up", Kind::Flag),
    ("usable_bps", Kind::Whole),
    ("reserved_bps", Kind::Whole),
    ("bytes", Kind::Whole),
    ("pending", Kind::Whole),
    ("planned", Kind::Whole),
    ("staging", Kind::Whole),
    ("running", Kind::Whole),
    ("class", Kind::Text),
    ("seen", Kind::Whole),
    ("basis", Kind::Text),
];

fn kind_of(column: &str) -> Kind {
    let mut known = COLUMNS.iter();
    known
        .find(|(name, _)| *name == column)
        .map_or(Kind::Real, |(_, kind)| *kind)
}

/// A table under way.
pub(crate) struct TableFile {
    text: BufWriter<File>,
    twin: Option<Twin>,
}

impl TableFile {
    /// `name.csv` in the folder, and `name.parquet` if there is to be a twin.
    pub(super) fn create(folder: &Path, name: &str, twin: bool) -> Result<TableFile, RunError> {
        let open = |ending: &str| create(&folder.join(format!("{name}.{ending}")));
        let text = open("csv")?;
        let twin = match twin {
            true => Some(Twin::new(open("parquet")?)),
            false => None,
        };
        Ok(TableFile { text, twin })
    }

    /// Writes what is held. Without it the twin cannot be read.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.text.flush()?;
        self.twin.take().map_or(Ok(()), Twin::finish)
    }
}

impl Write for TableFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.text.write(bytes)?;
        if let Some(twin) = &mut self.twin {
            twin.take(&bytes[..written])?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.text.flush()
    }
}

/// The rows of a column that are held.
#[derive(Debug)]
enum Held {
    Text(Vec<Option<ByteArray>>),
    Whole(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
    Flag(Vec<Option<bool>>),
}

struct Column {
    name: String,
    held: Held,
}

struct Twin {
    /// Until the header has told the columns.
    file: Option<BufWriter<File>>,
    out: Option<SerializedFileWriter<BufWriter<File>>>,
    columns: Vec<Column>,
    rows: usize,
    /// A line that has not ended.
    line: Vec<u8>,
}

impl Twin {
    fn new(file: BufWriter<File>) -> Twin {
        Twin {
            file: Some(file),
            out: None,
            columns: Vec::new(),
            rows: 0,
            line: Vec::new(),
        }
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let is_whole = part.last() == Some(&b'\n');
            if is_whole && self.line.is_empty() {
                self.add_line(part)?;
                continue;
            }
            self.line.extend_from_slice(part);
            if is_whole {
                let mut line = std::mem::take(&mut self.line);
                self.add_line(&line)?;
                line.clear();
                self.line = line;
            }
        }
        Ok(())
    }

    fn add_line(&mut self, line: &[u8]) -> io::Result<()> {
        let line = std::str::from_utf8(line).map_err(io::Error::other)?;
        self.add(line.trim_end_matches('\n'))
    }

    fn add(&mut self, line: &str) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            self.columns = line.split(',').map(Column::new).collect();
            let schema = schema(&self.columns).map_err(io::Error::other)?;
            let out = SerializedFileWriter::new(file, Arc::new(schema), compressed());
            self.out = Some(out.map_err(io::Error::other)?);
            return Ok(());
        }
        let fields = line.bytes().filter(|byte| *byte == b',').count() + 1;
        if fields != self.columns.len() {
            let problem = format!("{fields} fields for {} columns", self.columns.len());
            return Err(io::Error::other(problem));
        }
        for (column, field) in self.columns.iter_mut().zip(line.split(',')) {
            column.add(field)?;
        }
        self.rows += 1;
        match self.rows < GROUP_ROWS {
            true => Ok(()),
            false => self.write_group(),
        }
    }

    fn write_group(&mut self) -> io::Result<()> {
        self.rows = 0;
        let Some(out) = &mut self.out else {
            return Ok(());
        };
        let mut group = out.next_row_group().map_err(io::Error::other)?;
        for column in &mut self.columns {
            let written = match &mut column.held {
                Held::Text(held) => write_column::<ByteArrayType, _>(&mut group, take(held)),
                Held::Whole(held) => write_column::<Int64Type, _>(&mut group, take(held)),
                Held::Real(held) => write_column::<DoubleType, _>(&mut group, take(held)),
                Held::Flag(held) => write_column::<BoolType, _>(&mut group, take(held)),
            };
            written.map_err(io::Error::other)?;
        }
        group.close().map_err(io::Error::other)?;
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        if self.rows > 0 {
            self.write_group()?;
        }
        if let Some(out) = self.out {
            out.close().map_err(io::Error::other)?;
        }
        Ok(())
    }
}

fn take<T>(held: &mut Vec<Option<T>>) -> Vec<Option<T>> {
    std::mem::take(held)
}

impl Column {
    fn new(name: &str) -> Column {
        let held = match kind_of(name) {
            Kind::Text => Held::Text(Vec::new()),
            Kind::Whole => Held::Whole(Vec::new()),
            Kind::Real => Held::Real(Vec::new()),
            Kind::Flag => Held::Flag(Vec::new()),
        };
        let name = name.to_owned();
        Column { name, held }
    }

    fn add(&mut self, field: &str) -> io::Result<()> {
        let wrong = || io::Error::other(format!("{}: {field:?} is no such value", self.name));
        let there = (!field.is_empty()).then_some(field);
        match &mut self.held {
            Held::Text(held) => held.push(there.map(|field| shared(held.last(), field))),
            Held::Whole(held) => {
                let value = there.map(str::parse).transpose();
                held.push(value.map_err(|_| wrong())?);
            }
            Held::Real(held) => {
                let value = there.map(str::parse).transpose();
                held.push(value.map_err(|_| wrong())?);
            }
            Held::Flag(held) => held.push(match there {
                None => None,
                Some("0") => Some(false),
                Some("1") => Some(true),
                Some(_) => return Err(wrong()),
            }),
        }
        Ok(())
    }

    fn type_of(&self) -> Result<Type, ParquetError> {
        let (physical, logical) = match self.held {
            Held::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Held::Whole(_) => (Int64Type::get_physical_type(), None),
            Held::Real(_) => (DoubleType::get_physical_type(), None),
            Held::Flag(_) => (BoolType::get_physical_type(), None),
        };
        Type::primitive_type_builder(&self.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
    }
}

/// The text, in the bytes of the row before if they are the same: most columns of text say one
/// thing for long.
fn shared(before: Option<&Option<ByteArray>>, field: &str) -> ByteArray {
    match before {
        Some(Some(before)) if before.data() == field.as_bytes() => before.clone(),
        _ => ByteArray::from(field.as_bytes().to_vec()),
    }
}

fn schema(columns: &[Column]) -> Result<Type, ParquetError> {
    let fields = columns.iter().map(|column| column.type_of().map(Arc::new));
    Type::group_type_builder("rows")
        .with_fields(fields.collect::<Result<Vec<_>, _>>()?)
        .build()
}
