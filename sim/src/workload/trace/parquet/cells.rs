//! Values of flat columns.

use parquet::basic::{LogicalType, TimeUnit};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::RowGroupReader;
use parquet::schema::types::Type;

use crate::workload::trace::mapping::Cell;

/// A value that is held.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Empty,
    Whole(i64),
    Decimal(f64),
    UnixMs(i64),
    Text(Box<str>),
}

impl Value {
    pub(super) fn cell(&self) -> Cell<'_> {
        match self {
            Value::Empty => Cell::Empty,
            Value::Whole(whole) => Cell::Whole(*whole),
            Value::Decimal(decimal) => Cell::Decimal(*decimal),
            Value::UnixMs(ms) => Cell::UnixMs(*ms),
            Value::Text(text) => Cell::of(text),
        }
    }
}

/// True for a column of single values, each of which may be absent.
pub(super) fn is_flat(field: &Type) -> bool {
    field.is_primitive()
        && field.get_basic_info().repetition() != parquet::basic::Repetition::REPEATED
}

/// A column of a row group.
pub(super) struct Column {
    reader: ColumnReader,
    optional: bool,
    meaning: Meaning,
}

/// What the whole numbers of a column are.
#[derive(Clone, Copy)]
enum Meaning {
    Number,
    /// A number without a sign.
    Unsigned,
    /// So many of them are a millisecond since 1970.
    UnixMs(i64),
    Days,
    /// Divided by this.
    Scaled(f64),
}

impl Column {
    /// The column of a field of the schema's root.
    pub(super) fn open(group: &dyn RowGroupReader, root: &Type, place: usize) -> Result<Column> {
        let field = &root.get_fields()[place];
        let leaves = (0..group.num_columns()).map(|leaf| group.metadata().column(leaf));
        let mut leaves = leaves.enumerate();
        let path = |parts: &[String]| parts.len() == 1 && parts[0] == field.name();
        let leaf = leaves.find(|(_, leaf)| path(leaf.column_path().parts()));
        let (leaf, _) = leaf.ok_or_else(|| {
            ParquetError::General(format!("a row group lacks column {:?}", field.name()))
        })?;
        Ok(Column {
            reader: group.get_column_reader(leaf)?,
            optional: field.is_optional(),
            meaning: meaning(field),
        })
    }

    /// Reads so many rows, or what there is.
    pub(super) fn read(&mut self, rows: usize, held: &mut Vec<Value>) -> Result<()> {
        let (optional, meaning) = (self.optional, self.meaning);
        match &mut self.reader {
            ColumnReader::BoolColumnReader(reader) => {
                values(reader, optional, rows, held, |flag| {
                    Ok(Value::Whole(i64::from(flag)))
                })
            }
            ColumnReader::Int32ColumnReader(reader) => {
                values(reader, optional, rows, held, |number| {
                    let unsigned = matches!(meaning, Meaning::Unsigned);
                    let number = match unsigned {
                        true => i64::from(number as u32),
                        false => i64::from(number),
                    };
                    Ok(meaning.value(number))
                })
            }
            ColumnReader::Int64ColumnReader(reader) => {
                values(reader, optional, rows, held, |number| {
                    Ok(meaning.value(number))
                })
            }
            ColumnReader::Int96ColumnReader(reader) => {
                values(reader, optional, rows, held, |time| {
                    Ok(Value::UnixMs(time.to_millis()))
                })
            }
            ColumnReader::FloatColumnReader(reader) => {
                values(reader, optional, rows, held, |number| {
                    Ok(Value::Decimal(number.into()))
                })
            }
            ColumnReader::DoubleColumnReader(reader) => {
                values(reader, optional, rows, held, |number| {
                    Ok(Value::Decimal(number))
                })
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                values(reader, optional, rows, held, |bytes| text(&bytes))
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                values(reader, optional, rows, held, |bytes| text(&bytes))
            }
        }
    }
}

fn values<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    optional: bool,
    rows: usize,
    held: &mut Vec<Value>,
    value: impl Fn(T::T) -> Result<Value>,
) -> Result<()> {
    let mut found: Vec<T::T> = Vec::new();
    let mut levels: Vec<i16> = Vec::new();
    let mut read = 0;
    while read < rows {
        let wanted = optional.then_some(&mut levels);
        let (records, _, _) = reader.read_records(rows - read, wanted, None, &mut found)?;
        if records == 0 {
            break;
        }
        read += records;
    }
    let mut found = found.into_iter().map(value);
    if !optional {
        levels = vec![1; found.len()];
    }
    for level in levels {
        let value = if level > 0 { found.next() } else { None };
        held.push(value.transpose()?.unwrap_or(Value::Empty));
    }
    Ok(())
}

fn text(bytes: &ByteArray) -> Result<Value> {
    Ok(Value::Text(bytes.as_utf8()?.into()))
}

fn meaning(field: &Type) -> Meaning {
    use parquet::basic::ConvertedType as Converted;
    let info = field.get_basic_info();
    if let Some(LogicalType::Timestamp(time)) = info.logical_type_ref()
        && time.unit == TimeUnit::NANOS
    {
        return Meaning::UnixMs(1_000_000);
    }
    match info.converted_type() {
        Converted::TIMESTAMP_MILLIS => Meaning::UnixMs(1),
        Converted::TIMESTAMP_MICROS => Meaning::UnixMs(1000),
        Converted::DATE => Meaning::Days,
        Converted::DECIMAL => Meaning::Scaled(decimal_unit(field)),
        Converted::UINT_8 | Converted::UINT_16 | Converted::UINT_32 | Converted::UINT_64 => {
            Meaning::Unsigned
        }
        _ => Meaning::Number,
    }
}

fn decimal_unit(field: &Type) -> f64 {
    match field {
        Type::PrimitiveType { scale, .. } => libm::pow(10.0, f64::from(*scale)),
        Type::GroupType { .. } => 1.0,
    }
}

impl Meaning {
    fn value(self, number: i64) -> Value {
        const DAY_MS: i64 = 86_400_000;
        match self {
            Meaning::Number => Value::Whole(number),
            Meaning::Unsigned if number < 0 => Value::Decimal(number as u64 as f64),
            Meaning::Unsigned => Value::Whole(number),
            Meaning::UnixMs(unit) => Value::UnixMs(number.div_euclid(unit)),
            Meaning::Days => Value::UnixMs(number.saturating_mul(DAY_MS)),
            Meaning::Scaled(unit) => Value::Decimal(number as f64 / unit),
        }
    }
}
